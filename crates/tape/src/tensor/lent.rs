//! Arrays that a recording looks at where their owner keeps them.

use super::Tensor;
use super::store::{Arrays, PASSIVE, Source};
use crate::array::Array;
use crate::element::Element;
use crate::graph::Form;
use crate::kernel::View;
use crate::op::Op;
use crate::recording::Recording;
use std::sync::Arc;

/// The bits of a slot in front of an element's place: which memory it is in.
const MEMORY: u32 = 61;
/// Marks the start of a lent array: behind the mark its number, then the place of an element in it,
/// so that a look at a part moves the slot like any other.
const LENT: u64 = 1 << MEMORY;
const NUMBER: u32 = 40;
const MOST_ARRAYS: usize = 1 << (MEMORY - NUMBER);
const MOST_ELEMENTS: usize = 1 << NUMBER;

/// The arrays that are lent to a recording, until it is reset.
#[derive(Clone, Default)]
pub struct Lent {
    pub(crate) doubles: Vec<Loan<f64>>,
    pub(crate) singles: Vec<Loan<f32>>,
}

/// An array that is lent; none while its owner has it back, which only a replay knows.
pub(crate) type Loan<T> = Option<Arc<Array<T>>>;

impl Lent {
    /// Gives them all back.
    pub(super) fn clear(&mut self) {
        self.doubles.clear();
        self.singles.clear();
    }
}

/// All memory that an array may lie in.
#[derive(Clone, Copy)]
pub(super) struct Memories<'a, T: Element> {
    /// Values of recorded nodes.
    pub(super) values: &'a [T],
    /// What a sweep computes.
    pub(super) swept: &'a [T],
    pub(super) lent: &'a [Loan<T>],
}

impl<'a, T: Element> Memories<'a, T> {
    /// The memory that a slot is in, and the place of its first element there.
    #[inline]
    pub(super) fn find(&self, slot: u64) -> (&'a [T], usize) {
        const PLACE: u64 = LENT - 1;
        match slot >> MEMORY {
            0 => (self.values, slot as usize),
            1 => (
                lent_elements(self.lent, number_lent(slot)),
                place_lent(slot),
            ),
            _ => (self.swept, (slot & PLACE) as usize),
        }
    }
}

impl<'a, T: Element> Memories<'a, T> {
    /// A short array without gaps as a list, or a number repeated in `room` for it.
    #[inline]
    pub(super) fn short<'b>(
        &self,
        source: &Source,
        room: &'b mut [T],
        lengths: &'b [usize; 1],
    ) -> View<'b, T>
    where
        'a: 'b,
    {
        let (data, start) = match source.layout {
            0 => {
                room.fill(T::from_f64(f64::from_bits(source.slot)));
                (&*room, 0)
            }
            _ => self.find(source.slot),
        };
        View {
            data,
            start,
            lengths,
            strides: &[1],
        }
    }
}

/// The elements of an array that is lent.
#[inline]
pub(super) fn lent_elements<T: Element>(lent: &[Loan<T>], number: usize) -> &[T] {
    match &lent[number] {
        Some(array) => array.as_slice(),
        None => &[],
    }
}

/// Whether a slot is that of an array that is lent.
#[inline]
pub(super) fn is_lent(slot: u64) -> bool {
    slot >> MEMORY == 1
}

/// The place of an element in an array that is lent.
#[inline]
pub(super) fn place_lent(slot: u64) -> usize {
    (slot & (MOST_ELEMENTS as u64 - 1)) as usize
}

/// Which of the arrays that are lent a slot is in.
#[inline]
pub(super) fn number_lent(slot: u64) -> usize {
    ((slot & (LENT - 1)) >> NUMBER) as usize
}

impl Arrays {
    /// Keeps hold of an array and answers its slot; none if it has to be copied.
    fn lend<T: Element>(&mut self, array: &Arc<Array<T>>) -> Option<u64> {
        let lent = T::lent_mut(&mut self.lent);
        // What a sweep sees leaves with its result, and outlives the loan.
        if self.sweeping || lent.len() == MOST_ARRAYS || array.len() >= MOST_ELEMENTS {
            return None;
        }
        lent.push(Some(Arc::clone(array)));
        Some(LENT | (lent.len() as u64 - 1) << NUMBER)
    }
}

impl Recording {
    /// Records an array as a leaf, without a copy.
    #[track_caller]
    pub(crate) fn lent_leaf<T: Element>(&self, op: Op, array: &Arc<Array<T>>) -> Tensor<T> {
        let lent = self.with_arrays(|arrays| match array.rank() {
            0 => None,
            _ => {
                let slot = arrays.lend(array)?;
                arrays.any = true;
                Some((arrays.contiguous::<T>(array.shape()), slot))
            }
        });
        let Some((layout, slot)) = lent else {
            return self.array_leaf(op, array.shape(), array.as_slice());
        };
        self.activate();
        self.litter();
        let passive = if op == Op::Const { PASSIVE } else { 0 };
        Tensor::of(self.append_row(op, Form::Leaf, 0, layout | passive, f64::from_bits(slot)))
    }
}
