//! The inputs of a plan.

use super::Plan;
use crate::array::Array;
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::op::Op;
use crate::tensor::Tensor;
use crate::var::Var;
use std::sync::Arc;

impl Plan {
    /// Sets the elements of an input, or of data, for the runs to come, in row-major order.
    ///
    /// ```
    /// let (mut plan, x) = tape::Plan::record(|tape| {
    ///     let x = tape.tensor("x", [1.0, 2.0]);
    ///     (x.square().sum(), x)
    /// })?;
    /// assert_eq!(plan.eval()?, 5.0);
    /// plan.set(x, &[3.0, 4.0])?;
    /// assert_eq!(plan.eval()?, 25.0);
    /// assert_eq!(
    ///     plan.set(x, &[0.0; 3]).unwrap_err().to_string(),
    ///     "set: 3 elements for an input of shape [2], which has 2"
    /// );
    /// # Ok::<(), tape::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is no leaf of this plan's recording, or there are more or fewer elements. Nothing
    /// is set then.
    pub fn set<T: Element>(&mut self, input: Tensor<T>, elements: &[T]) -> Result<(), Error> {
        let index = self.leaf(input.var(), "set")?;
        let shape = self.replay.shape(index);
        if shape.count() != elements.len() {
            let message = format!(
                "set: {} elements for an input of shape {shape}, which has {}",
                elements.len(),
                shape.count()
            );
            return Err(Error::new(ErrorKind::Shape, message));
        }
        self.replay.write(index, elements);
        Ok(())
    }

    /// Sets an input that is a number.
    ///
    /// # Errors
    /// If it is no leaf of this plan's recording.
    pub fn set_number(&mut self, input: Var, value: f64) -> Result<(), Error> {
        let index = self.leaf(input, "set_number")?;
        self.replay.nodes[index].value = value;
        Ok(())
    }

    /// Has the plan look at an array where its owner keeps it, in the place of one that was recorded
    /// with [`Tape::shared`](crate::Tape::shared) or [`shared_constant`](crate::Tape::shared_constant).
    ///
    /// # Errors
    /// If the tensor was not recorded that way, or the shape is another one.
    pub fn lend<T: Element>(
        &mut self,
        input: Tensor<T>,
        array: Arc<Array<T>>,
    ) -> Result<(), Error> {
        let index = self.leaf(input.var(), "lend")?;
        let shape = self.replay.shape(index);
        if shape != array.shape() {
            let message = format!(
                "lend: an array of shape {} for an input of shape {shape}",
                array.shape()
            );
            return Err(Error::new(ErrorKind::Shape, message));
        }
        match self.replay.lend(index, array) {
            true => Ok(()),
            false => Err(no_loan("lend")),
        }
    }

    /// Lets go of an array that is lent, so that its owner may change it without a copy. It is to be
    /// lent again, or set, before the next run.
    ///
    /// # Errors
    /// As [`lend`](Plan::lend).
    pub fn give_back<T: Element>(&mut self, input: Tensor<T>) -> Result<(), Error> {
        let index = self.leaf(input.var(), "give_back")?;
        match self.replay.give_back::<T>(index) {
            true => Ok(()),
            false => Err(no_loan("give_back")),
        }
    }

    pub(super) fn expect_lent(&self) -> Result<(), Error> {
        if self.replay.has_all_lent() {
            return Ok(());
        }
        let message = "an array that the plan looks at was given back; lend it again before a run";
        Err(Error::new(ErrorKind::Record, message))
    }

    /// The place of a leaf.
    fn leaf(&self, var: Var, doing: &str) -> Result<usize, Error> {
        let index = self.index(var);
        let is_leaf = |&index: &usize| {
            let op = self.replay.nodes[index].row.op;
            op == Op::Input || op == Op::Const
        };
        index.filter(is_leaf).ok_or_else(|| {
            let why = match index {
                Some(_) => "was computed: only inputs and data can be set",
                None => "is not of this plan's recording",
            };
            Error::new(ErrorKind::Record, format!("{doing}: a tensor that {why}"))
        })
    }
}

fn no_loan(doing: &str) -> Error {
    let message = format!(
        "{doing}: the input was recorded as a copy; record it with `Tape::shared`, or use `set`"
    );
    Error::new(ErrorKind::Record, message)
}
