//! From one element type to the other.

use super::Tensor;
use super::layout::Layout;
use super::record::owner;
use crate::element::Element;
use crate::recording::Recording;
use crate::structural::Cast;

impl<T: Element> Tensor<T> {
    /// The same elements in another type, each rounded to nearest where that has fewer digits:
    /// what is above its largest number becomes infinite.
    ///
    /// The shape stays. The term is the adjoint, cast back. A number keeps all its digits: on a
    /// tape every number is an `f64`, whatever the arrays beside it are made of. To the type that
    /// it has already a tensor is cast by doing nothing.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let weights = tape.tensor("weights", [0.1, 0.2]); // kept in f64
    /// let loss = weights.cast::<f32>().square().sum(); // computed in f32
    /// assert_eq!(loss.backward()[weights], [f64::from(0.1_f32 * 2.0), f64::from(0.2_f32 * 2.0)]);
    /// ```
    ///
    /// # Panics
    /// If the handle is stale.
    #[must_use]
    #[track_caller]
    pub fn cast<U: Element>(self) -> Tensor<U> {
        if T::TYPE == U::TYPE || self.is_number() {
            return Tensor::of(self.var());
        }
        let recording = owner(&[self], "cast").expect("an array is on a tape");
        let index = recording
            .index(self.var())
            .expect("the owner holds the handle");
        recording.record_cast::<T, U>(index)
    }
}

impl Recording {
    /// Records the elements of a node in another type.
    #[track_caller]
    fn record_cast<T: Element, U: Element>(&self, index: u32) -> Tensor<U> {
        let from = self.source(index);
        let (layout, slot) = self.with_arrays(|arrays| {
            let shape = arrays.layouts.get(from.layout).shape.clone();
            let layout = arrays.layouts.id(Layout::contiguous(shape, U::TYPE));
            (layout, arrays.compute_cast::<T, U>(layout, from))
        });
        let op = Cast { from: T::TYPE }.into();
        Tensor::of(self.append_structural(op, &[index], layout, slot))
    }
}
