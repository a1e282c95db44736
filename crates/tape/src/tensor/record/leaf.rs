//! Nodes without operands, and nodes cut off from theirs.

use super::super::Tensor;
use super::super::store::{Numbers, PASSIVE};
use super::owner;
use crate::element::Element;
use crate::graph::{Form, Row};
use crate::op::Op;
use crate::recording::Recording;
use crate::shape::Shape;

impl Recording {
    /// Records an array as a leaf.
    #[track_caller]
    pub(crate) fn array_leaf<T: Element>(&self, op: Op, shape: &Shape, data: &[T]) -> Tensor<T> {
        assert_eq!(shape.count(), data.len(), "an element for each place");
        self.activate();
        if shape.rank() == 0 {
            let value = data[0].to_f64();
            let slot = if op == Op::Const { value.to_bits() } else { 0 };
            return Tensor::of(self.append_row(op, Form::Leaf, slot, 0, value));
        }
        self.litter();
        let (layout, slot) = self.with_arrays(|arrays| {
            arrays.any = true;
            let layout = arrays.contiguous::<T>(shape);
            let slot = arrays.compute::<T>(layout, &[], Numbers::Alone, |_, _, out| {
                out.copy_from_slice(data)
            });
            (layout, slot)
        });
        let passive = if op == Op::Const { PASSIVE } else { 0 };
        Tensor::of(self.append_row(op, Form::Leaf, 0, layout | passive, f64::from_bits(slot)))
    }
}

/// Records the operand's value, cut off from it; the elements are shared.
#[track_caller]
pub(in super::super) fn record_detach<T: Element>(tensor: Tensor<T>) -> Tensor<T> {
    if tensor.is_number() {
        return Tensor::of(tensor.var().detach());
    }
    let recording = owner(&[tensor], "detach").expect("an array is on a tape");
    let operand = recording.operand(
        recording
            .index(tensor.var())
            .expect("the owner holds the handle"),
    );
    let row = Row::detached(operand.index, operand.source.layout);
    Tensor::of(recording.record(row, f64::from_bits(operand.source.slot)))
}
