//! Elements by positions that are data.

use super::record::told;
use super::{Tensor, known, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::indices::Indices;
use crate::recording::common_owner;
use crate::shape::Shape;
use crate::structural::{Gather, IndexAdd, IndexSelect, ScatterAdd, Structural};

impl<T: Element> Tensor<T> {
    operations! {
        /// The positions of an axis that `indices` name, in their order, repeated as they repeat;
        /// the axes of the indices stand where the axis was. As NumPy's `take`.
        ///
        /// Shapes: `[m, n]` by indices `[p, q]` gives `[p, q, n]` along axis 0.
        /// Term: the adjoint added up at the positions it was selected from.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [10.0, 20.0, 30.0]);
        /// let y = x.index_select(0, [2, 0, 2]);
        /// assert_eq!(y.to_vec(), [30.0, 10.0, 30.0]);
        /// assert_eq!(y.sum().backward()[x], [1.0, 0.0, 2.0]);
        /// ```
        ///
        /// # Panics
        /// If the axis or an index is out of range.
        index_select try_index_select(self, axis: i64, indices: impl Into<Indices>) -> Tensor<T> {
            let axis = self.told("index_select", self.shape().axis(axis))?;
            record_structural(IndexSelect { axis, indices: indices.into() }, &[self])
        }

        /// The rows of a table that `indices` name: of word vectors, say.
        ///
        /// Shapes: `[vocabulary, width]` by indices `[..]` gives `[.., width]`.
        /// Term: the adjoint added up in the rows it came from.
        ///
        /// # Panics
        /// If this is not a matrix, or an index is no row.
        embedding try_embedding(self, indices: impl Into<Indices>) -> Tensor<T> {
            let shape = self.shape();
            if shape.rank() != 2 {
                let error = Error::new(ErrorKind::Shape, format!(
                    "a table has shape [vocabulary, width], not {shape}"
                ));
                return self.told("embedding", Err(error));
            }
            let indices = indices.into();
            self.told("embedding", indices.within_axis(0, &shape))?;
            record_structural(IndexSelect { axis: 0, indices }, &[self])
        }

        /// This, with position `j` of `source` along an axis added at position `indices[j]`.
        /// Repeated indices add up, in their order. As PyTorch's `index_add`.
        ///
        /// Shapes: along the axis `source` is as long as there are indices, elsewhere as this.
        /// Terms: the adjoint; the positions of it that were added to.
        ///
        /// # Panics
        /// If a shape does not fit, or an index is out of range.
        index_add try_index_add(
            self,
            axis: i64,
            indices: impl Into<Indices>,
            source: impl Into<Tensor<T>>,
        ) -> Tensor<T> {
            let shape = self.shape();
            let axis = self.told("index_add", shape.axis(axis))?;
            let op = IndexAdd { axis, indices: indices.into().flat(), length: shape[axis] };
            self.with_added(op, axis, source.into())
        }

        /// One element for each index: its position along the axis is the index, along the others
        /// that of the index itself. As PyTorch's `gather` and NumPy's `take_along_axis`.
        ///
        /// `y[i, j] = x[i, indices[i, j]]` along axis 1. Shapes: the indices are as long as this along
        /// all axes but the one, and give the result's shape. Term: the adjoint added up where it
        /// was gathered from.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let p = tape.tensor("p", [[0.1, 0.9], [0.7, 0.3]]);
        /// let classes = [[1], [0]];
        /// assert_eq!(p.gather(1, classes).to_vec(), [0.9, 0.7]);
        /// ```
        ///
        /// # Panics
        /// If the shapes do not fit, or the axis or an index is out of range.
        gather try_gather(self, axis: i64, indices: impl Into<Indices>) -> Tensor<T> {
            let axis = self.told("gather", self.shape().axis(axis))?;
            record_structural(Gather { axis, indices: indices.into(), order: None }, &[self])
        }

        /// This, with each element of `source` added at the position its index says along the axis:
        /// the transpose of [`gather`](Tensor::gather). As PyTorch's `scatter_add`.
        ///
        /// `y[i, indices[i, j]] += source[i, j]` along axis 1. Shapes: an index for each element of
        /// `source`, which is as long as this along all axes but the one.
        /// Terms: the adjoint; the elements of it that were added to.
        ///
        /// # Panics
        /// If a shape does not fit, or an index is out of range.
        scatter_add try_scatter_add(
            self,
            axis: i64,
            indices: impl Into<Indices>,
            source: impl Into<Tensor<T>>,
        ) -> Tensor<T> {
            let shape = self.shape();
            let axis = self.told("scatter_add", shape.axis(axis))?;
            let op = ScatterAdd { axis, indices: indices.into(), length: shape[axis] };
            self.with_added(op, axis, source.into())
        }
    }

    /// This, with what `op` makes of a source added; a mistake is told of both.
    #[track_caller]
    fn with_added<S: Structural>(
        self,
        op: S,
        axis: usize,
        source: Tensor<T>,
    ) -> Result<Tensor<T>, Error> {
        known(S::NAME, &[self, source])?;
        let from = source.shape();
        let mistake = match beside(&self.shape(), &from, axis) {
            Ok(()) => op.shape(&[&from]).err(),
            Err(error) => Some(error),
        };
        if let Some(error) = mistake {
            let operands = [self, source];
            let recording = common_owner(&operands.map(Tensor::var), S::NAME);
            let recording = recording.expect("what has an axis is on a tape");
            return Err(told(error, S::NAME, &recording, &operands));
        }
        Ok(self + record_structural(op, &[source])?)
    }
}

/// That two arrays are equally long along all axes but one.
fn beside(shape: &Shape, source: &Shape, axis: usize) -> Result<(), Error> {
    let alike = |other| other == axis || source[other] == shape[other];
    if source.rank() == shape.rank() && (0..shape.rank()).all(alike) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Shape,
        format!(
            "a source of shape {source} for {shape}: they must be equally long along all axes but {axis}"
        ),
    ))
}
