//! The inputs of a plan.

use super::Plan;
use crate::array::Array;
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::graph::Form;
use crate::shape::Shape;
use crate::tensor::{Loan, Tensor};
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
        match self.loan(input) {
            Some((loan, shape)) if array.shape().iter().eq(shape.iter()) => *loan = Some(array),
            _ => return Err(self.cannot("lend", input.var(), array.shape())),
        }
        Ok(())
    }

    /// Lets go of an array that is lent, so that its owner may change it without a copy. It is to be
    /// lent again, or set, before the next run.
    ///
    /// # Errors
    /// As [`lend`](Plan::lend).
    pub fn give_back<T: Element>(&mut self, input: Tensor<T>) -> Result<(), Error> {
        match self.loan(input) {
            Some((loan, _)) => *loan = None,
            None => return Err(self.cannot("give_back", input.var(), &Shape::scalar())),
        }
        Ok(())
    }

    /// Where an input's array is, if it is one that is lent, and its shape.
    #[inline]
    fn loan<T: Element>(&mut self, input: Tensor<T>) -> Option<(&mut Loan<T>, &Shape)> {
        let index = self.index(input.var())?;
        self.replay.loan(index)
    }

    /// Why an array of a shape cannot be lent to a tensor, or given back.
    #[cold]
    fn cannot(&self, doing: &str, input: Var, given: &Shape) -> Error {
        let index = match self.leaf(input, doing) {
            Ok(index) => index,
            Err(error) => return error,
        };
        if !self.replay.is_lent(index) {
            let message = format!(
                "{doing}: the input was recorded as a copy; record it with `Tape::shared`, or use `set`"
            );
            return Error::new(ErrorKind::Record, message);
        }
        let shape = self.replay.shape(index);
        let message = format!("{doing}: an array of shape {given} for an input of shape {shape}");
        Error::new(ErrorKind::Shape, message)
    }

    /// The lists of positions that operations were recorded with (classes, rows of a table), in the
    /// order of their first use. Clones of one [`Indices`](crate::Indices) are one list.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = &[usize]> {
        self.replay.positions().iter().map(|list| &list[..])
    }

    /// Sets a list of positions, by its place among [`positions`](Plan::positions), for the runs to
    /// come.
    ///
    /// ```
    /// let (mut plan, ()) = tape::Plan::record(|tape| {
    ///     let scores = tape.tensor("scores", [[2.0, 1.0, 0.0]]);
    ///     (scores.cross_entropy(&[0]), ())
    /// })?;
    /// assert_eq!(format!("{:.3}", plan.eval()?), "0.408");
    /// plan.set_positions(0, &[2])?;
    /// assert_eq!(format!("{:.3}", plan.eval()?), "2.408");
    /// assert!(plan.set_positions(0, &[3]).is_err());
    /// # Ok::<(), tape::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such list, it has another length, or a position is out of range. Nothing is set
    /// then.
    pub fn set_positions(&mut self, list: usize, positions: &[usize]) -> Result<(), Error> {
        let lists = self.replay.positions();
        let Some(old) = lists.get(list) else {
            let message = format!(
                "set_positions: list {list} of {}; they are counted from 0",
                lists.len()
            );
            return Err(Error::new(ErrorKind::Index, message));
        };
        if old.len() != positions.len() {
            let message = format!(
                "set_positions: {} positions for list {list}, which has {}",
                positions.len(),
                old.len()
            );
            return Err(Error::new(ErrorKind::Length, message));
        }
        self.replay.set_positions(list, positions.into())
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
        let is_leaf = |&index: &usize| self.replay.nodes[index].row.form == Form::Leaf;
        index.filter(is_leaf).ok_or_else(|| {
            let why = match index {
                Some(_) => "was computed: only inputs and data can be set",
                None => "is not of this plan's recording",
            };
            Error::new(ErrorKind::Record, format!("{doing}: a tensor that {why}"))
        })
    }
}
