//! Bytes, counted by the allocator: the same ruler for every contestant.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

use crate::contestant::Clock;

/// The system's allocator with a counter, which is off while anything is timed.
pub(crate) struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

fn count(bytes: isize) {
    if ON.load(Relaxed) {
        let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
        PEAK.fetch_max(live, Relaxed);
    }
}

// SAFETY: every method hands its arguments to `System` unchanged and returns what that returns;
// counting touches nothing but three atomic integers.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above; `block` came from `System`.
        unsafe { System.dealloc(block, layout) }
    }

    /// Counted as a change of size: the moment in which old and new block both exist is not.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What the first evaluation of a fresh contestant on a fresh thread asked for, in bytes.
pub(crate) struct Footprint {
    /// Held when the recording was complete, spare capacity included; `None` if the contestant
    /// has no such moment.
    pub(crate) recorded: Option<usize>,
    /// The most held at any time, the adjoints of the reverse sweep included.
    pub(crate) peak: usize,
}

/// Notes the bytes held at the end of the recording.
#[derive(Default)]
pub(crate) struct Mark {
    recorded: Option<usize>,
}

impl Clock for Mark {
    fn recorded(&mut self) {
        self.recorded = Some(LIVE.load(Relaxed).max(0) as usize);
    }
}

/// Runs `evaluate` with the counter on. Nothing else may run meanwhile.
pub(crate) fn footprint(evaluate: impl FnOnce(&mut Mark)) -> Footprint {
    let mut mark = Mark::default();
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    ON.store(true, Relaxed);
    evaluate(&mut mark);
    ON.store(false, Relaxed);
    Footprint {
        recorded: mark.recorded,
        peak: PEAK.load(Relaxed).max(0) as usize,
    }
}
