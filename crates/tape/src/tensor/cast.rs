//! From one element type to the other.

use super::Tensor;
use super::record::owner;
use crate::element::{Element, ElementType};
use crate::recording::Recording;
use crate::structural::Cast;
use crate::var::Var;

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
        Tensor::of(recording.record_cast(index, T::TYPE))
    }
}

impl Recording {
    /// Records the elements of a node, of type `from`, in the other type.
    #[track_caller]
    fn record_cast(&self, index: u32, from: ElementType) -> Var {
        let source = self.source(index);
        let (layout, slot) = self.with_arrays(|arrays| {
            let shape = arrays.layouts.get(source.layout).shape.clone();
            match from {
                ElementType::F64 => {
                    let layout = arrays.contiguous::<f32>(&shape);
                    (layout, arrays.compute_cast::<f64, f32>(layout, source))
                }
                ElementType::F32 => {
                    let layout = arrays.contiguous::<f64>(&shape);
                    (layout, arrays.compute_cast::<f32, f64>(layout, source))
                }
            }
        });
        self.append_structural(Cast { from }.into(), &[index], layout, slot)
    }
}
