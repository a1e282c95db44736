//! The memory that array values live in.

use crate::element::Element;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

/// Arrays start at multiples of this many bytes: a cache line, and the widest vector register.
const LINE: usize = 64;

/// One block of plain bits, used from the front, reused after a [`clear`](Arena::clear).
///
/// An array is known by the number of its first element, so that the block may move when it
/// grows. It is zeroed by the system when it is made: its bits are numbers from the start.
pub(crate) struct Arena {
    memory: NonNull<u8>,
    /// In bytes, multiples of `LINE`.
    room: usize,
    used: usize,
}

// SAFETY: an arena owns its memory alone, and hands out references only as borrows of itself.
unsafe impl Send for Arena {}
// SAFETY: as above; nothing changes behind a shared reference.
unsafe impl Sync for Arena {}

impl Arena {
    pub(crate) const fn new() -> Arena {
        Arena {
            memory: NonNull::<Aligned>::dangling().cast(),
            room: 0,
            used: 0,
        }
    }

    /// Forgets all arrays and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.used = 0;
    }

    /// Takes room for an array and answers the number of its first element; none if there is no
    /// such memory. Its elements are whatever was there before.
    pub(crate) fn take<T: Element>(&mut self, count: usize) -> Option<usize> {
        let start = self.used;
        let end = count
            .checked_mul(size_of::<T>())
            .and_then(|bytes| bytes.checked_next_multiple_of(LINE))
            .and_then(|bytes| start.checked_add(bytes))
            .filter(|&end| end <= isize::MAX as usize / 2)?;
        if end > self.room && !self.grow(end) {
            return None;
        }
        self.used = end;
        Some(start / size_of::<T>())
    }

    /// All memory in use, as elements of one type.
    pub(crate) fn all<T: Element>(&self) -> &[T] {
        // SAFETY: `used` bytes from `memory` are initialised (zeroed when allocated), aligned to
        // a line, and any bits are a number of either element type (`Element` is sealed). With
        // nothing allocated `used` is 0 and the pointer dangling but aligned.
        unsafe {
            std::slice::from_raw_parts(self.memory.as_ptr().cast(), self.used / size_of::<T>())
        }
    }

    /// An array, to write, and all memory before and behind it, to read.
    pub(crate) fn split<T: Element>(&mut self, start: usize, count: usize) -> Split<'_, T> {
        // SAFETY: as in `all`; the borrow is unique.
        let all: &mut [T] = unsafe {
            std::slice::from_raw_parts_mut(self.memory.as_ptr().cast(), self.used / size_of::<T>())
        };
        let (before, rest) = all.split_at_mut(start);
        let (array, behind) = rest.split_at_mut(count);
        Split {
            before,
            array,
            behind,
        }
    }

    /// An array, to write, and all memory before it, to read as elements of another type.
    pub(crate) fn split_mixed<T: Element, U: Element>(
        &mut self,
        start: usize,
        count: usize,
    ) -> (&[T], &mut [U]) {
        let (before, end) = (start * size_of::<U>(), (start + count) * size_of::<U>());
        assert!(before.is_multiple_of(LINE) && end <= self.used);
        // SAFETY: as in `all`; the borrow is unique, and the two parts do not overlap: the one
        // ends in front of byte `before`, where the other begins.
        unsafe {
            let memory = self.memory.as_ptr();
            (
                std::slice::from_raw_parts(memory.cast(), before / size_of::<T>()),
                std::slice::from_raw_parts_mut(memory.add(before).cast(), count),
            )
        }
    }

    /// Bytes in use.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Bytes reserved.
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// Makes room for at least so many bytes, if the system gives them.
    #[cold]
    fn grow(&mut self, least: usize) -> bool {
        let room = least
            .max(self.room.saturating_mul(2))
            .max(1 << 12)
            .next_multiple_of(LINE);
        let layout = Arena::layout(room);
        // SAFETY: the size is not zero.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(memory) = NonNull::new(memory) else {
            return false;
        };
        // SAFETY: both blocks hold `used` bytes, and the new one is no part of the old.
        unsafe { memory.copy_from_nonoverlapping(self.memory, self.used) };
        self.release();
        self.memory = memory;
        self.room = room;
        true
    }

    fn layout(room: usize) -> Layout {
        Layout::from_size_align(room, LINE).expect("sizes are checked in `take`")
    }

    fn release(&mut self) {
        if self.room > 0 {
            // SAFETY: allocated in `grow` with this layout.
            unsafe { dealloc(self.memory.as_ptr(), Arena::layout(self.room)) };
            self.room = 0;
        }
    }
}

impl Clone for Arena {
    /// Its arrays, in as little memory as they need.
    fn clone(&self) -> Arena {
        let mut copy = Arena::new();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, source: &Arena) {
        self.clear();
        let words = source.used / size_of::<f64>();
        let start = self.take::<f64>(words).expect("there is memory for a copy");
        let elements = source.all::<f64>();
        self.split(start, words).array.copy_from_slice(elements);
    }
}

/// An arena around one of its arrays.
pub(crate) struct Split<'a, T> {
    pub(crate) before: &'a [T],
    pub(crate) array: &'a mut [T],
    pub(crate) behind: &'a [T],
}

/// For the address of an empty arena, which must be aligned like any other.
#[repr(align(64))]
struct Aligned;

impl Drop for Arena {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_keep_their_elements_while_the_arena_grows() {
        let mut arena = Arena::new();
        assert!(arena.all::<f64>().is_empty());
        let a = arena.take::<f32>(3).unwrap();
        arena
            .split::<f32>(a, 3)
            .array
            .copy_from_slice(&[1.0, 2.0, 3.0]);
        let b = arena.take::<f64>(100_000).unwrap();
        let Split {
            before,
            array: out,
            behind,
        } = arena.split::<f64>(b, 100_000);
        assert!(behind.is_empty());
        assert_eq!(before.len(), 8);
        out.fill(7.0);
        assert_eq!(arena.all::<f32>()[a..a + 3], [1.0, 2.0, 3.0]);
        assert_eq!(arena.all::<f64>()[b + 99_999], 7.0);
        let room = arena.room();
        arena.clear();
        assert_eq!(arena.take::<f64>(10), Some(0));
        assert_eq!(arena.room(), room);
        for count in [1 << 48, usize::MAX / 8, usize::MAX] {
            // Miri ends where memory does.
            if !cfg!(miri) || count > 1 << 48 {
                assert_eq!(arena.take::<f64>(count), None);
            }
        }
        assert_eq!(arena.take::<f64>(10), Some(16));
        assert_eq!(arena.room(), room);
    }
}
