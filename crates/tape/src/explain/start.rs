//! What the sweep of a ledger starts from; the ledger of an array.

use super::Explanation;
use super::read::explain;
use crate::array::Array;
use crate::element::{Element, Elements};
use crate::error::{Error, done};
use crate::recording::Recording;
use crate::tensor::Tensor;
use crate::var::Var;

/// The outputs and their seeds.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// Numbers, each with its seed.
    Numbers(&'a [(Var, f64)]),
    /// An array, and the seed of each of its elements.
    Array(Var, Elements<'a>),
}

impl<'a> Start<'a> {
    /// The outputs, in order. The seed of an array is NaN here.
    pub(super) fn outputs(self) -> Vec<(Var, f64)> {
        match self {
            Start::Numbers(outputs) => outputs.to_vec(),
            Start::Array(output, _) => vec![(output, f64::NAN)],
        }
    }

    /// A tensor, of any rank, and the elements of a cotangent of its shape.
    pub(crate) fn of<T: Element>(
        output: Tensor<T>,
        cotangent: &'a Array<T>,
        number: &'a mut [(Var, f64); 1],
    ) -> Start<'a> {
        let elements = cotangent.as_slice();
        if cotangent.shape().rank() > 0 {
            return Start::Array(output.var(), T::elements(elements));
        }
        *number = [(output.var(), elements[0].to_f64())];
        Start::Numbers(number)
    }
}

/// The ledger of an array.
impl<T: Element> Tensor<T> {
    /// The ledger of the sweep from this tensor, whose elements' adjoints start as those of
    /// `cotangent`, an array of its shape: what [`vjp`](Tensor::vjp) computes, term by term. Every
    /// adjoint is the derivative of `sum(cotangent * self)`.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let x = tape.constant([[1.0, 2.0]]).named("x");
    /// let w = tape.tensor("W", [[3.0, 4.0], [5.0, 6.0]]);
    /// let y = x.matmul(w).named("y");
    /// let explanation = y.explain(&[[1.0, -1.0]].into());
    /// assert_eq!(
    ///     explanation.ledger(w),
    ///     "\
    /// W [2,2] = input
    ///     value [[3. 4.] [5. 6.]]
    ///     from y: d sum(seed * y)/dW [2,2] = x^T [2,1] . seed [1,2]
    ///     adjoint [2,2]: [[ 1. -1.] [ 2. -2.]]
    /// "
    /// );
    /// ```
    ///
    /// The ledger of several arrays is that of the sum of their products with their cotangents:
    /// `((a * &ca).sum() + (b * &cb).sum()).explain()`.
    ///
    /// # Panics
    /// If the shapes differ, or the handle is stale.
    #[must_use]
    #[track_caller]
    pub fn explain(self, cotangent: &Array<T>) -> Explanation {
        done(self.try_explain(cotangent))
    }

    /// As [`explain`](Tensor::explain), with the error as a value.
    ///
    /// # Errors
    /// If the shapes differ, or the handle is stale.
    #[track_caller]
    pub fn try_explain(self, cotangent: &Array<T>) -> Result<Explanation, Error> {
        self.fits_cotangent("explain", cotangent)?;
        let constant = self.var().is_constant();
        let recording = (!constant).then(|| Recording::expect_owner(self.var(), "explain"));
        let mut number = Default::default();
        let start = Start::of(self, cotangent, &mut number);
        Ok(explain(recording.as_deref(), start, None))
    }
}
