//! What is put into a replay, and read from it.

use super::super::lent::{Lent, Loan, is_lent, number_lent};
use super::super::store::{Numbers, Source};
use super::Replay;
use crate::array::Array;
use crate::element::Element;
use crate::graph::Form;
use crate::kernel;
use crate::shape::Shape;
use std::sync::Arc;

impl Replay {
    /// Whether a node is a number.
    pub(crate) fn is_number(&self, index: usize) -> bool {
        Source::of(&self.nodes[index]).layout == 0
    }

    /// The shape of a node.
    pub(crate) fn shape(&self, index: usize) -> &Shape {
        let layout = Source::of(&self.nodes[index]).layout;
        &self.arrays.layouts.get(layout).shape
    }

    /// A node's value; none if it lies in an array that was given back.
    pub(crate) fn array<T: Element>(&self, index: usize) -> Option<Array<T>> {
        let source = Source::of(&self.nodes[index]);
        if source.layout == 0 {
            return Some(Array::from(T::from_f64(self.nodes[index].value)));
        }
        if is_lent(source.slot) {
            T::lent(&self.arrays.lent)[number_lent(source.slot)].as_ref()?;
        }
        let view = self.arrays.read::<T>(&source);
        let mut elements = vec![T::default(); view.count()];
        kernel::copy(view, &mut elements);
        Some(Array::trusted(self.shape(index).clone(), elements))
    }

    /// Writes the elements of a leaf, as many as it has.
    pub(crate) fn write<T: Element>(&mut self, index: usize, elements: &[T]) {
        let Source { layout, slot } = Source::of(&self.nodes[index]);
        if layout == 0 {
            self.nodes[index].value = elements[0].to_f64();
        } else if let Some((loan, shape)) = self.loan::<T>(index) {
            match loan.as_mut().and_then(Arc::get_mut) {
                Some(own) => own.as_mut_slice().copy_from_slice(elements),
                None => {
                    let array = Array::trusted(shape.clone(), elements.to_vec());
                    *loan = Some(Arc::new(array));
                }
            }
        } else {
            let arrays = &mut self.arrays;
            arrays.compute_into::<T>(slot, layout, &[], Numbers::Alone, |_, _, out| {
                out.copy_from_slice(elements);
            });
        }
    }

    /// Where a leaf's array is, if it is lent, and its shape.
    #[inline]
    pub(crate) fn loan<T: Element>(&mut self, index: usize) -> Option<(&mut Loan<T>, &Shape)> {
        let node = &self.nodes[index];
        let Source { layout, slot } = Source::of(node);
        if layout == 0 || !is_lent(slot) || node.row.form != Form::Leaf {
            return None;
        }
        let loan = &mut T::lent_mut(&mut self.arrays.lent)[number_lent(slot)];
        Some((loan, &self.arrays.layouts.get(layout).shape))
    }

    /// Whether a leaf's array is lent.
    pub(crate) fn is_lent(&self, index: usize) -> bool {
        let Source { layout, slot } = Source::of(&self.nodes[index]);
        layout != 0 && is_lent(slot)
    }

    /// Whether no array that is lent was given back and not lent again.
    #[inline]
    pub(crate) fn has_all_lent(&self) -> bool {
        let Lent { doubles, singles } = &self.arrays.lent;
        doubles.iter().all(Option::is_some) && singles.iter().all(Option::is_some)
    }
}
