//! What a recording keeps for its arrays, beside its nodes.

use super::arena::{Arena, Split};
use super::layout::{LayoutId, Layouts, SHORT};
use super::lent::{Lent, Memories};
use crate::element::Element;
use crate::graph::Line;
use crate::guard::Reading;
use crate::kernel::{self, Place, View};
use crate::recording::Node;
use crate::shape::{MOST_AXES, Shape};
use crate::structural::{Cut, StructuralOp, part};
use std::alloc::handle_alloc_error;

/// Marks a row that depends on constants only: no adjoint is wanted there.
pub(crate) const PASSIVE: u16 = 1 << 15;

/// Marks the start of an array that a sweep made.
pub(super) const SWEPT: u64 = 1 << 62;

/// The arrays of a recording: memory, layouts, and what structural operations are told.
pub(crate) struct Arrays {
    /// Values of recorded nodes.
    values: Arena,
    /// Values of what a sweep computes; they leave with its result.
    pub(super) swept: Arena,
    /// Values of nodes that their owners keep.
    pub(super) lent: Lent,
    /// Whether a sweep is at work: nodes recorded now go when it ends.
    pub(super) sweeping: bool,
    pub(crate) layouts: Layouts,
    /// Each structural row's operation; the high half of its slot is the place here.
    pub(crate) ops: Vec<StructuralOp>,
    /// Whether any array was recorded since the last reset.
    pub(crate) any: bool,
    /// What was read first that no guard can be about, and where, if that is watched.
    pub(crate) read_at: Option<(Reading, Line)>,
}

/// An operand of an operation on arrays: an array, or a number that stands for one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) layout: LayoutId,
    /// Where an array starts; the bits of a number.
    pub(crate) slot: u64,
}

impl Source {
    /// Where a node's value is.
    #[inline]
    pub(crate) fn of(node: &Node) -> Source {
        Source {
            layout: node.row.shape & !PASSIVE,
            slot: node.value.to_bits(),
        }
    }

    /// A plain number.
    #[inline]
    pub(crate) fn number(number: f64) -> Source {
        Source {
            layout: 0,
            slot: number.to_bits(),
        }
    }
}

impl Arrays {
    pub(crate) fn new() -> Arrays {
        Arrays {
            values: Arena::new(),
            swept: Arena::new(),
            lent: Lent::default(),
            sweeping: false,
            layouts: Layouts::new(),
            ops: Vec::new(),
            any: false,
            read_at: None,
        }
    }

    /// The values and how they lie, without what belongs to the recording's rows.
    pub(super) fn copied_values(&self) -> Arrays {
        Arrays {
            values: self.values.clone(),
            lent: self.lent.clone(),
            layouts: self.layouts.clone(),
            any: self.any,
            ..Arrays::new()
        }
    }

    pub(crate) fn clear(&mut self) {
        self.read_at = None;
        if self.any {
            self.any = false;
            self.values.clear();
            self.lent.clear();
            self.ops.clear();
            self.layouts.reset();
        }
    }

    /// Computes a new array of `layout`, which must be without gaps, and answers its slot.
    /// Numbers among the operands are seen as arrays of rank 0, or as repeated over the layout.
    ///
    /// Where there is no memory, the process ends as after any failed allocation.
    #[inline]
    pub(crate) fn compute<T: Element>(
        &mut self,
        layout: LayoutId,
        operands: &[Source],
        numbers: Numbers,
        kernel: impl FnOnce(&[View<'_, T>], &[usize], &mut [T]),
    ) -> u64 {
        match self.try_compute(layout, operands, numbers, kernel) {
            Some(slot) => slot,
            None => self.no_memory::<T>(layout),
        }
    }

    #[cold]
    fn no_memory<T: Element>(&self, layout: LayoutId) -> ! {
        let count = self.layouts.get(layout).shape.count();
        let wanted = std::alloc::Layout::array::<T>(count);
        handle_alloc_error(wanted.expect("an array's size is checked when its shape is made"))
    }

    /// As [`compute`](Arrays::compute); none where there is no memory for the array.
    #[inline]
    pub(crate) fn try_compute<T: Element>(
        &mut self,
        layout: LayoutId,
        operands: &[Source],
        numbers: Numbers,
        kernel: impl FnOnce(&[View<'_, T>], &[usize], &mut [T]),
    ) -> Option<u64> {
        let count = self.layouts.get(layout).shape.count();
        let slot = self.room::<T>(count)?;
        self.compute_into(slot, layout, operands, numbers, kernel);
        Some(slot)
    }

    /// As [`try_compute`](Arrays::try_compute), the quick way, for one or two operands that are
    /// numbers or of the layout of the result, where that is short and no sweep is at work; `None`
    /// for all others.
    #[inline]
    pub(super) fn compute_short<T: Element>(
        &mut self,
        layout: LayoutId,
        operands: &[Source],
        kernel: impl FnOnce(&[View<'_, T>], &mut [T]),
    ) -> Option<u64> {
        let count = self.layouts.short(layout);
        if count == 0 || self.sweeping {
            return None;
        }
        let slot = self.values.take::<T>(count)?;
        let Split { before, array, .. } = self.values.split::<T>(slot, count);
        let memories = Memories {
            values: before,
            swept: &[],
            lent: T::lent(&self.lent),
        };
        let lengths = [count];
        let mut numbers = [[T::default(); SHORT]; 2];
        let [first, second] = &mut numbers;
        match operands {
            [x] => kernel(&[memories.short(x, first, &lengths)], array),
            [x, y] => {
                let x = memories.short(x, first, &lengths);
                let y = memories.short(y, second, &lengths);
                kernel(&[x, y], array);
            }
            _ => unreachable!("one or two operands"),
        }
        Some(slot as u64)
    }

    /// Room for a new array, of whatever elements: a sweep writes to memory of its own.
    #[inline]
    fn room<T: Element>(&mut self, count: usize) -> Option<u64> {
        match self.sweeping {
            true => Some(self.swept.take::<T>(count)? as u64 | SWEPT),
            false => Some(self.values.take::<T>(count)? as u64),
        }
    }

    /// Computes an array of `layout`, without gaps, where there is room for it; its operands lie
    /// before it, or in other memory.
    #[inline]
    pub(crate) fn compute_into<T: Element>(
        &mut self,
        slot: u64,
        layout: LayoutId,
        operands: &[Source],
        numbers: Numbers,
        kernel: impl FnOnce(&[View<'_, T>], &[usize], &mut [T]),
    ) {
        let shape = &*self.layouts.get(layout).shape;
        let (start, count) = ((slot & !SWEPT) as usize, shape.iter().product());
        // A sweep reads both memories and writes to its own; recording knows values alone.
        let (values, swept, out) = if slot & SWEPT != 0 {
            let Split { before, array, .. } = self.swept.split::<T>(start, count);
            (self.values.all::<T>(), before, array)
        } else {
            let Split { before, array, .. } = self.values.split::<T>(start, count);
            (before, &[] as &[T], array)
        };
        let memory = Memory {
            layouts: &self.layouts,
            memories: Memories {
                values,
                swept,
                lent: T::lent(&self.lent),
            },
            repeat: (numbers == Numbers::Repeated).then_some(shape),
        };
        memory.look(operands, |views| kernel(views, shape, out));
    }

    /// Computes a number from arrays.
    pub(crate) fn compute_number<T: Element>(
        &self,
        operands: &[Source],
        kernel: impl FnOnce(&[View<'_, T>]) -> f64,
    ) -> f64 {
        let memory = Memory {
            layouts: &self.layouts,
            memories: self.memories(),
            repeat: None,
        };
        memory.look(operands, kernel)
    }

    /// Computes a new array of `layout`, without gaps, from the elements of one of another type.
    pub(super) fn compute_cast<T: Element, U: Element>(
        &mut self,
        layout: LayoutId,
        from: Source,
    ) -> u64 {
        let count = self.layouts.get(layout).shape.count();
        let Some(slot) = self.room::<U>(count) else {
            self.no_memory::<U>(layout)
        };
        self.compute_cast_into::<T, U>(slot, layout, from);
        slot
    }

    /// As [`compute_cast`](Arrays::compute_cast), where there is room for it.
    pub(crate) fn compute_cast_into<T: Element, U: Element>(
        &mut self,
        slot: u64,
        layout: LayoutId,
        from: Source,
    ) {
        let count = self.layouts.get(layout).shape.count();
        let swept = slot & SWEPT != 0;
        let (into, other) = match swept {
            true => (&mut self.swept, &self.values),
            false => (&mut self.values, &self.swept),
        };
        let start = (slot & !SWEPT) as usize;
        let (before, out) = into.split_mixed::<T, U>(start, count);
        let of = self.layouts.get(from.layout);
        let (values, swept) = match swept {
            true => (other.all(), before),
            false => (before, other.all()),
        };
        let lent = T::lent(&self.lent);
        let memories = Memories {
            values,
            swept,
            lent,
        };
        let (data, first) = memories.find(from.slot);
        let view = View {
            data,
            start: first,
            lengths: &of.shape,
            strides: &of.strides,
        };
        kernel::cast(view, out);
    }

    /// Adds an array to one without gaps that a sweep made and that nobody else looks at.
    pub(super) fn add_into<T: Element>(&mut self, into: Source, from: Source) {
        self.change::<T>(into, from, |array, view, _| kernel::add_into(array, view));
    }

    /// Writes an array, or a number, into a part of one as `add_into` wants it, or adds it there.
    pub(super) fn write_part<T: Element>(
        &mut self,
        into: Source,
        cuts: &[Cut],
        from: Source,
        add: bool,
    ) {
        self.change::<T>(into, from, |array, view, strides| {
            let look = part(cuts, strides, view.lengths);
            let to = Place {
                start: look.offset as usize,
                strides: &look.strides,
            };
            match add {
                true => kernel::place_add(view, array, to),
                false => kernel::place(view, array, to),
            }
        });
    }

    /// Changes an array without gaps that a sweep made by the elements of another one: `change` is
    /// called with it, with a view of the other, and with its own strides.
    fn change<T: Element>(
        &mut self,
        into: Source,
        from: Source,
        change: impl FnOnce(&mut [T], View<'_, T>, &[isize]),
    ) {
        let start = (into.slot & !SWEPT) as usize;
        let whole = self.layouts.get(into.layout);
        let Split {
            before,
            array,
            behind,
        } = self.swept.split::<T>(start, whole.shape.count());
        if from.layout == 0 {
            let number = View {
                data: &[T::from_f64(f64::from_bits(from.slot))],
                start: 0,
                lengths: &[],
                strides: &[],
            };
            return change(array, number, &whole.strides);
        }
        let layout = self.layouts.get(from.layout);
        let end = start + array.len();
        let memories = Memories {
            values: self.values.all(),
            swept: before,
            lent: T::lent(&self.lent),
        };
        let (data, start) = match memories.find(from.slot) {
            (_, place) if from.slot & SWEPT != 0 && place >= end => (behind, place - end),
            found => found,
        };
        let view = View {
            data,
            start,
            lengths: &layout.shape,
            strides: &layout.strides,
        };
        change(array, view, &whole.strides);
    }

    /// All memory that an array may lie in.
    fn memories<T: Element>(&self) -> Memories<'_, T> {
        Memories {
            values: self.values.all(),
            swept: self.swept.all(),
            lent: T::lent(&self.lent),
        }
    }

    /// Whether an array is a recorded node's value, and not what a sweep made.
    pub(super) fn is_value(&self, source: Source) -> bool {
        source.slot & SWEPT == 0
    }

    /// A copy of an array, without gaps.
    pub(super) fn copied<T: Element>(&mut self, source: Source) -> Source {
        let layout = self.layouts.ordered(source.layout);
        let copy = |views: &[View<'_, T>], _: &[usize], out: &mut [T]| kernel::copy(views[0], out);
        let slot = self.compute(layout, &[source], Numbers::Alone, copy);
        Source { layout, slot }
    }

    /// An array as it lies in memory.
    pub(crate) fn read<T: Element>(&self, source: &Source) -> View<'_, T> {
        debug_assert_ne!(source.layout, 0, "a number is no array");
        let layout = self.layouts.get(source.layout);
        debug_assert_eq!(layout.element, T::TYPE);
        let (data, start) = self.memories().find(source.slot);
        View {
            data,
            start,
            lengths: &layout.shape,
            strides: &layout.strides,
        }
    }

    /// An array that repeats a number, given by its bits: one element in memory.
    pub(super) fn repeated<T: Element>(&mut self, shape: &Shape, bits: u64) -> Source {
        let one = self.contiguous::<T>(&Shape::vector(1));
        let number = T::from_f64(f64::from_bits(bits));
        let slot = self.compute::<T>(one, &[], Numbers::Alone, |_, _, out| out[0] = number);
        let strides = &[0; MOST_AXES][..shape.rank()];
        Source {
            layout: self.layouts.id(T::TYPE, shape, strides),
            slot,
        }
    }

    /// The slot of a part of an array: `offset` elements further.
    pub(crate) fn moved(slot: u64, offset: isize) -> u64 {
        slot.wrapping_add_signed(offset as i64)
    }

    /// Writes the number that an array made by [`repeated`](Arrays::repeated) repeats.
    pub(super) fn write_number<T: Element>(&mut self, slot: u64, number: f64) {
        let memory = match slot & SWEPT {
            0 => &mut self.values,
            _ => &mut self.swept,
        };
        let start = (slot & !SWEPT) as usize;
        memory.split(start, 1).array[0] = T::from_f64(number);
    }

    /// Interns the layout without gaps of a shape.
    pub(crate) fn contiguous<T: Element>(&mut self, shape: &Shape) -> LayoutId {
        self.layouts.contiguous(T::TYPE, shape)
    }
}

/// How an operation sees the numbers among its operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// As arrays of rank 0.
    Alone,
    /// As arrays that repeat the number, in the shape of the result.
    Repeated,
}

/// The memory that views look at.
struct Memory<'a, T: Element> {
    layouts: &'a Layouts,
    memories: Memories<'a, T>,
    repeat: Option<&'a [usize]>,
}

impl<T: Element> Memory<'_, T> {
    /// Shows operands as views. Up to four, nearly always, need no list on the heap's side.
    #[inline]
    fn look<V>(&self, operands: &[Source], see: impl FnOnce(&[View<'_, T>]) -> V) -> V {
        let number = |source: &Source| T::from_f64(f64::from_bits(source.slot));
        match operands {
            [] => see(&[]),
            [a] => {
                let x = number(a);
                see(&[self.view(a, &x)])
            }
            [a, b] => {
                let (x, y) = (number(a), number(b));
                see(&[self.view(a, &x), self.view(b, &y)])
            }
            [a, b, c] => {
                let (x, y, z) = (number(a), number(b), number(c));
                see(&[self.view(a, &x), self.view(b, &y), self.view(c, &z)])
            }
            [a, b, c, d] => {
                let numbers = [number(a), number(b), number(c), number(d)];
                let [x, y, z, w] = &numbers;
                see(&[
                    self.view(a, x),
                    self.view(b, y),
                    self.view(c, z),
                    self.view(d, w),
                ])
            }
            _ => {
                let numbers: Vec<T> = operands.iter().map(number).collect();
                let pairs = operands.iter().zip(&numbers);
                let views: Vec<View<'_, T>> =
                    pairs.map(|(source, x)| self.view(source, x)).collect();
                see(&views)
            }
        }
    }

    #[inline]
    fn view<'a>(&'a self, source: &Source, number: &'a T) -> View<'a, T> {
        if source.layout == 0 {
            let lengths = self.repeat.unwrap_or(&[]);
            return View {
                data: std::slice::from_ref(number),
                start: 0,
                lengths,
                strides: &[0; MOST_AXES][..lengths.len()],
            };
        }
        let layout = self.layouts.get(source.layout);
        let (data, start) = self.memories.find(source.slot);
        View {
            data,
            start,
            lengths: &layout.shape,
            strides: &layout.strides,
        }
    }
}
