//! What is put into a replay, and read from it.

use super::super::lent::{is_lent, number_lent};
use super::super::store::{Numbers, Source};
use super::Replay;
use crate::array::Array;
use crate::element::Element;
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
            let nothing = &T::lent(&self.nothing)[0];
            let lent = &T::lent(&self.arrays.lent)[number_lent(source.slot)];
            if Arc::ptr_eq(lent, nothing) {
                return None;
            }
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
        } else if is_lent(slot) {
            let lent = &mut T::lent_mut(&mut self.arrays.lent)[number_lent(slot)];
            match Arc::get_mut(lent).filter(|array| array.len() == elements.len()) {
                Some(own) => own.as_mut_slice().copy_from_slice(elements),
                None => {
                    let shape = self.arrays.layouts.get(layout).shape.clone();
                    *lent = Arc::new(Array::trusted(shape, elements.to_vec()));
                }
            }
        } else {
            let arrays = &mut self.arrays;
            arrays.compute_into::<T>(slot, layout, &[], Numbers::Alone, |_, _, out| {
                out.copy_from_slice(elements);
            });
        }
    }

    /// Looks at another array in the place of one that is lent; false if it is none.
    pub(crate) fn lend<T: Element>(&mut self, index: usize, array: Arc<Array<T>>) -> bool {
        let Source { layout, slot } = Source::of(&self.nodes[index]);
        let is_lent = layout != 0 && is_lent(slot);
        if is_lent {
            let lent = &mut T::lent_mut(&mut self.arrays.lent)[number_lent(slot)];
            let before = std::mem::replace(lent, array);
            // Kept for the next to be given back: counting its owners would take as long as all the rest.
            let nothing = T::lent_mut(&mut self.nothing);
            if Arc::ptr_eq(&before, &nothing[0]) {
                nothing.push(before);
            }
        }
        is_lent
    }

    /// Lets go of an array that is lent; false if it is none.
    pub(crate) fn give_back<T: Element>(&mut self, index: usize) -> bool {
        let Source { layout, slot } = Source::of(&self.nodes[index]);
        let is_lent = layout != 0 && is_lent(slot);
        if is_lent {
            let nothing = T::lent_mut(&mut self.nothing);
            let none = match &nothing[..] {
                [only] => Arc::clone(only),
                _ => nothing.pop().expect("more than one"),
            };
            T::lent_mut(&mut self.arrays.lent)[number_lent(slot)] = none;
        }
        is_lent
    }

    /// Whether no array that is lent was given back and not lent again.
    pub(crate) fn has_all_lent(&self) -> bool {
        let lent = &self.arrays.lent;
        let (doubles, singles) = &self.lengths_lent;
        let mut all = lent.doubles.iter().zip(doubles);
        all.all(|(array, &length)| array.len() == length) && {
            let mut all = lent.singles.iter().zip(singles);
            all.all(|(array, &length)| array.len() == length)
        }
    }
}
