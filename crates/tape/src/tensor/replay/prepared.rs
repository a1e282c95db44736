//! Operations on arrays with all that can be known before they are run: which kernel, and where
//! its operands and its result lie.
//!
//! What is looked up by a fresh recording, layouts and places, is most of the time of an operation
//! on a few elements. In a replay none of it changes, so it is looked up once, when the replay is
//! made; a run goes from one prepared operation to the next and calls kernels.

use super::super::arena::{Arena, Split};
use super::super::layout::Layouts;
use super::super::lent::{Loan, is_lent, lent_elements, number_lent, place_lent};
use super::super::rows::{RowTerm, RowValue};
use super::super::store::{Arrays, SWEPT, Source};
use super::super::sweep::{add, zeros};
use crate::element::{Element, ElementType};
use crate::graph::Row;
use crate::kernel::{self, View};
use crate::op::Op;
use crate::shape::Shape;
use crate::structural::StructuralOp;
use smallvec::SmallVec;

/// An operation on arrays of one element type, ready to be run.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) element: ElementType,
    work: Work,
    into: Room,
    /// The shape of the result, or how many elements it has, if that is all the kernel needs.
    lengths: Box<[usize]>,
    operands: Box<[Operand]>,
}

/// What is computed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// The value of an elementwise node: the operation, and an attribute's bits or the number of a
    /// custom operation.
    Row {
        op: Op,
        slot: u64,
    },
    /// The term of operand `slot` of an elementwise node.
    Term {
        row: Row,
        slot: usize,
    },
    /// The value of a structural node, whose operation has this place.
    Structural {
        op: usize,
    },
    /// The only element looked at.
    Element,
    /// The sum of two arrays.
    Sum,
    /// Adds an array to what is there.
    Add,
    Copy,
    Zeros,
}

impl Work {
    /// Whether its operands are read in order, whatever their shape.
    fn is_elementwise(self) -> bool {
        match self {
            Work::Structural { .. } | Work::Element => false,
            Work::Row { .. } | Work::Term { .. } => true,
            Work::Sum | Work::Add | Work::Copy | Work::Zeros => true,
        }
    }
}

/// Where a result goes.
#[derive(Clone, Copy, Debug)]
enum Room {
    Values { start: usize, count: usize },
    Swept { start: usize, count: usize },
    Number { node: usize },
}

/// An array to read: a view but for the memory.
#[derive(Debug)]
struct Operand {
    place: Place,
    lengths: Box<[usize]>,
    strides: Box<[isize]>,
}

/// In which memory an array starts, and where there.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// One of the following; from `LENT` on an array that is lent.
    memory: usize,
    start: usize,
}

/// Values of nodes.
const VALUES: usize = 0;
/// What the sweep computed, in front of the result.
const SWEPT_BEFORE: usize = 1;
/// The same, behind the result.
const SWEPT_BEHIND: usize = 2;
/// Numbers that stand for arrays.
const NUMBERS: usize = 3;
const LENT: usize = 4;

/// An operand of what is to be prepared.
#[derive(Clone, Copy)]
pub(super) enum Given {
    Array(Source),
    /// The place of a number among those that operations on arrays read.
    Number(usize),
}

/// What a run changes.
pub(super) struct Memory<'a> {
    pub(super) arrays: &'a mut Arrays,
    pub(super) numbers: &'a mut Arena,
}

impl Prepared {
    /// An operation whose result is an array.
    pub(super) fn array(layouts: &Layouts, work: Work, into: Source, given: &[Given]) -> Prepared {
        let layout = layouts.get(into.layout);
        let (start, count) = ((into.slot & !SWEPT) as usize, layout.shape.count());
        let room = match into.slot & SWEPT {
            0 => Room::Values { start, count },
            _ => Room::Swept { start, count },
        };
        let operand = |given: &Given| Operand::of(layouts, *given, &layout.shape, room, work);
        let mut prepared = Prepared {
            element: layout.element,
            work,
            into: room,
            lengths: layout.shape.to_vec().into(),
            operands: given.iter().map(operand).collect(),
        };
        if work.is_elementwise() {
            prepared.flatten(count);
        }
        prepared
    }

    /// An operation whose result is a number.
    pub(super) fn number(
        layouts: &Layouts,
        work: Work,
        element: ElementType,
        node: usize,
        given: &[Given],
    ) -> Prepared {
        let (room, shape) = (Room::Number { node }, Shape::scalar());
        let operand = |given: &Given| Operand::of(layouts, *given, &shape, room, work);
        Prepared {
            element,
            work,
            into: room,
            lengths: Box::from([]),
            operands: given.iter().map(operand).collect(),
        }
    }

    /// Moves the start of the first operand.
    pub(super) fn moved(mut self, offset: isize) -> Prepared {
        let start = &mut self.operands[0].place.start;
        *start = start.wrapping_add_signed(offset);
        self
    }

    /// Sees arrays as lists, if all of them lie in order or repeat a number: there is less to find out
    /// about a list.
    fn flatten(&mut self, count: usize) {
        let mut flat = Vec::with_capacity(self.operands.len());
        for operand in &self.operands {
            let Some(step) = operand.step() else {
                return;
            };
            flat.push(Operand {
                place: operand.place,
                lengths: Box::from([count]),
                strides: Box::from([step]),
            });
        }
        self.operands = flat.into();
        self.lengths = Box::from([count]);
    }

    /// Runs it, and answers the number and its node if the result is one.
    #[inline]
    pub(super) fn run<T: Element>(
        &self,
        memory: &mut Memory<'_>,
        ops: &[StructuralOp],
    ) -> Option<(usize, f64)> {
        let Arrays {
            values,
            swept,
            lent,
            ..
        } = &mut *memory.arrays;
        let (lent, numbers) = (T::lent(lent), memory.numbers.all::<T>());
        let mut number = [T::default()];
        let nothing: &[T] = &[];
        let (values, swept, behind, out) = match self.into {
            Room::Values { start, count } => {
                let Split { before, array, .. } = values.split::<T>(start, count);
                (before, nothing, nothing, array)
            }
            Room::Swept { start, count } => {
                let Split {
                    before,
                    array,
                    behind,
                } = swept.split::<T>(start, count);
                (values.all::<T>(), before, behind, array)
            }
            Room::Number { .. } => (values.all(), swept.all(), nothing, &mut number[..]),
        };
        let places = Places {
            memories: [values, swept, behind, numbers],
            lent,
        };
        let answer = self.look(&places, |views| self.compute(views, ops, out));
        match self.into {
            Room::Number { node } => Some((node, answer.unwrap_or_else(|| number[0].to_f64()))),
            Room::Values { .. } | Room::Swept { .. } => None,
        }
    }

    /// Shows the operands as views.
    #[inline(always)]
    fn look<T: Element, V>(
        &self,
        places: &Places<'_, T>,
        see: impl FnOnce(&[View<'_, T>]) -> V,
    ) -> V {
        match &*self.operands {
            [] => see(&[]),
            [a] => see(&[places.view(a)]),
            [a, b] => see(&[places.view(a), places.view(b)]),
            [a, b, c] => see(&[places.view(a), places.view(b), places.view(c)]),
            [a, b, c, d] => see(&[
                places.view(a),
                places.view(b),
                places.view(c),
                places.view(d),
            ]),
            all => {
                let views = all.iter().map(|operand| places.view(operand));
                see(&views.collect::<SmallVec<[View<'_, T>; 8]>>())
            }
        }
    }

    /// Computes the elements of the result; of a number the operation may answer it instead, in double
    /// precision.
    #[inline(never)]
    fn compute<T: Element>(
        &self,
        views: &[View<'_, T>],
        ops: &[StructuralOp],
        out: &mut [T],
    ) -> Option<f64> {
        match self.work {
            Work::Row { op, slot } => op.dispatch(RowValue {
                slot,
                operands: views,
                out,
            }),
            Work::Term { ref row, slot } => row.op.dispatch(RowTerm {
                row,
                slot,
                upstream: views[0],
                operands: &views[1..views.len() - 1],
                result: views[views.len() - 1],
                out,
            }),
            Work::Structural { op } => {
                if let Room::Number { .. } = self.into
                    && let Some(number) = ops[op].number(views)
                {
                    return Some(number);
                }
                ops[op].value(views, &self.lengths, out);
            }
            Work::Element => out[0] = views[0].data[views[0].start],
            Work::Sum => add(views, &[], out),
            Work::Add => kernel::add_into(out, views[0]),
            Work::Copy => kernel::copy(views[0], out),
            Work::Zeros => zeros(views, &[], out),
        }
        None
    }
}

impl Operand {
    /// An operand of what has a result of a shape, in some room.
    fn of(layouts: &Layouts, given: Given, result: &Shape, room: Room, work: Work) -> Operand {
        match given {
            Given::Array(source) => {
                let layout = layouts.get(source.layout);
                Operand {
                    place: Place::of(source.slot, room),
                    lengths: layout.shape.to_vec().into(),
                    strides: layout.strides.to_vec().into(),
                }
            }
            Given::Number(start) => {
                let lengths = match work.is_elementwise() {
                    true => result.to_vec(),
                    false => Vec::new(),
                };
                Operand {
                    place: Place {
                        memory: NUMBERS,
                        start,
                    },
                    strides: vec![0; lengths.len()].into(),
                    lengths: lengths.into(),
                }
            }
        }
    }

    /// How far it is from an element to the next in memory, if that is always 1, or always 0.
    fn step(&self) -> Option<isize> {
        if self.strides.iter().all(|&stride| stride == 0) && !self.strides.is_empty() {
            return Some(0);
        }
        let mut count = 1;
        for (&length, &stride) in self.lengths.iter().zip(&self.strides).rev() {
            if length != 1 && stride != count {
                return None;
            }
            count *= length as isize;
        }
        Some(1)
    }
}

impl Place {
    fn of(slot: u64, room: Room) -> Place {
        if is_lent(slot) {
            return Place {
                memory: LENT + number_lent(slot),
                start: place_lent(slot),
            };
        }
        let start = (slot & !SWEPT) as usize;
        let (memory, start) = match room {
            _ if slot & SWEPT == 0 => (VALUES, start),
            Room::Swept { start: from, count } if start >= from + count => {
                (SWEPT_BEHIND, start - (from + count))
            }
            _ => (SWEPT_BEFORE, start),
        };
        Place { memory, start }
    }
}

/// The memory of all places.
struct Places<'a, T: Element> {
    memories: [&'a [T]; LENT],
    lent: &'a [Loan<T>],
}

impl<'a, T: Element> Places<'a, T> {
    #[inline(always)]
    fn view<'b>(&'b self, operand: &'b Operand) -> View<'b, T> {
        let Place { memory, start } = operand.place;
        let data = match self.memories.get(memory) {
            Some(data) => data,
            None => lent_elements(self.lent, memory - LENT),
        };
        View {
            data,
            start,
            lengths: &operand.lengths,
            strides: &operand.strides,
        }
    }
}
