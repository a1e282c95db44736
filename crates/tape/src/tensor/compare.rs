//! Comparisons element by element, answered with tensors of 1 and 0; masks.

use super::record::{on_tape, told};
use super::{Tensor, known, operations, record_structural};
use crate::array::Array;
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::op::Op;
use crate::recording::{Recording, common_owner};
use crate::structural::Compare;
use crate::var::Var;

impl<T: Element> Tensor<T> {
    operations! {
        /// 1 where this is greater than `other`, else 0. Data: no derivative passes.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [-1.0, 2.0, f64::NAN]);
        /// assert_eq!(x.greater(0.0).to_vec(), [0.0, 1.0, 0.0]);
        /// ```
        ///
        /// # Panics
        /// If the shapes do not go together.
        greater try_greater(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            self.compared("greater", Compare::Greater, other.into())
        }

        /// 1 where this is greater than `other` or equal, else 0. Data: no derivative passes.
        ///
        /// # Panics
        /// If the shapes do not go together.
        greater_equal try_greater_equal(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            self.compared("greater_equal", Compare::GreaterEqual, other.into())
        }

        /// 1 where this is less than `other`, else 0. Data: no derivative passes.
        ///
        /// # Panics
        /// If the shapes do not go together.
        less try_less(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            self.compared("less", Compare::Less, other.into())
        }

        /// 1 where this is less than `other` or equal, else 0. Data: no derivative passes.
        ///
        /// # Panics
        /// If the shapes do not go together.
        less_equal try_less_equal(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            self.compared("less_equal", Compare::LessEqual, other.into())
        }

        /// 1 where this equals `other`, else 0 (also where both are NaN). Data: no derivative passes.
        ///
        /// # Panics
        /// If the shapes do not go together.
        equal_to try_equal_to(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            self.compared("equal_to", Compare::Equal, other.into())
        }

        /// 1 where this differs from `other` (also where both are NaN), else 0. Data: no derivative
        /// passes.
        ///
        /// # Panics
        /// If the shapes do not go together.
        not_equal_to try_not_equal_to(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            self.compared("not_equal_to", Compare::NotEqual, other.into())
        }

        /// 1 where this and `other` are both different from 0, else 0. Data: no derivative passes.
        ///
        /// # Panics
        /// If the shapes do not go together.
        logical_and try_logical_and(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            self.compared("logical_and", Compare::And, other.into())
        }

        /// 1 where this or `other` is different from 0, else 0. Data: no derivative passes.
        ///
        /// # Panics
        /// If the shapes do not go together.
        logical_or try_logical_or(self, other: impl Into<Tensor<T>>) -> Tensor<T> {
            self.compared("logical_or", Compare::Or, other.into())
        }

        /// `number` where `mask` is above 0, this elsewhere. Where it is filled, the derivative is
        /// 0, and nothing else: not even a NaN passes.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [[4.0, 1.0], [2.0, 3.0]]);
        /// let later = tape.constant([[0.0, 1.0], [0.0, 0.0]]);
        /// let scores = x.masked_fill(later, f64::NEG_INFINITY);
        /// assert_eq!(scores.exp().sum().backward()[x][1], 0.0);
        /// ```
        ///
        /// # Panics
        /// If the mask does not broadcast to this tensor's shape.
        masked_fill try_masked_fill(self, mask: impl Into<Tensor<T>>, number: f64) -> Tensor<T> {
            let (shape, mask) = (self.shape(), mask.into());
            known("masked_fill", &[self, mask])?;
            let fits = self.told("masked_fill", shape.broadcast(&mask.shape()))? == shape;
            if !fits {
                let error = Error::new(ErrorKind::Shape, format!(
                    "a mask of shape {} for {shape}: it would repeat what it masks", mask.shape()
                ));
                return self.told("masked_fill", Err(error));
            }
            Ok(mask.select(Tensor::from(number), self))
        }
    }

    /// 1 where this is 0, else 0. Data: no derivative passes.
    #[must_use]
    #[track_caller]
    pub fn logical_not(self) -> Tensor<T> {
        self.equal_to(0.0)
    }

    #[track_caller]
    fn compared(self, name: &str, how: Compare, other: Tensor<T>) -> Result<Tensor<T>, Error> {
        known(name, &[self, other])?;
        if self.is_number() && other.is_number() {
            return Ok(Tensor::of(compared_numbers(how, self.var(), other.var())?));
        }
        let recording = common_owner(&[self.var(), other.var()], name).expect("one is an array");
        let shape = match self.shape().broadcast(&other.shape()) {
            Ok(shape) => shape,
            Err(error) => return Err(told(error, name, &recording, &[self, other])),
        };
        let (x, y) = (on_tape(&recording, self), on_tape(&recording, other));
        record_structural(how, &[x.expand_to(shape.clone()), y.expand_to(shape)])
    }

    /// An array of this one's shape that repeats a number, as data: it takes one element of memory.
    #[must_use]
    #[track_caller]
    pub fn full_like(self, number: f64) -> Tensor<T> {
        let shape = self.shape();
        if shape.rank() == 0 {
            return Tensor::from(number);
        }
        let recording = Recording::expect_owner(self.var(), "full_like");
        recording.activate();
        Tensor::of(recording.constant(number)).expand_to(shape)
    }

    /// An array as data on this tensor's tape, whatever this tensor's shape: what
    /// [`Tape::constant`](crate::Tape::constant) is, for a function that is handed no tape.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [[1.0, 2.0], [3.0, 4.0]]);
    /// let weighted = x * x.constant([0.5, 2.0]);
    /// assert_eq!(weighted.to_vec(), [0.5, 4.0, 1.5, 8.0]);
    /// ```
    ///
    /// # Panics
    /// If the handle is stale, or a number that is on no tape.
    #[must_use]
    #[track_caller]
    pub fn constant(self, array: impl Into<Array<T>>) -> Tensor<T> {
        let array = array.into();
        let recording = Recording::expect_owner(self.var(), "constant");
        recording.array_leaf(Op::Const, array.shape(), array.as_slice())
    }

    /// Zeros in this one's shape, as data.
    #[must_use]
    #[track_caller]
    pub fn zeros_like(self) -> Tensor<T> {
        self.full_like(0.0)
    }

    /// Ones in this one's shape, as data.
    #[must_use]
    #[track_caller]
    pub fn ones_like(self) -> Tensor<T> {
        self.full_like(1.0)
    }
}

/// Numbers are compared in double precision, whatever the arrays beside them are made of.
#[track_caller]
fn compared_numbers(how: Compare, x: Var, y: Var) -> Result<Var, Error> {
    if x.is_constant() && y.is_constant() {
        return Ok(Var::constant(f64::from(how.holds(x.peek(), y.peek()))));
    }
    Ok(record_structural(how, &[Tensor::<f64>::of(x), Tensor::of(y)])?.var())
}
