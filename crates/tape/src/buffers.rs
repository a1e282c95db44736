//! Memory for values and adjoints that is used again: the first touch of a fresh page costs more
//! than all the arithmetic on it.

use std::cell::RefCell;

thread_local! {
    static IDLE: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// How many buffers a thread keeps, and how many numbers each may have room for.
const KEPT: usize = 4;
const LONGEST: usize = 1 << 22;

/// An empty buffer, with room from its last use if one is idle.
pub(crate) fn take() -> Vec<f64> {
    let mut buffer = IDLE.with_borrow_mut(Vec::pop).unwrap_or_default();
    buffer.clear();
    buffer
}

/// Keeps a buffer for the next one who needs it.
pub(crate) fn give(buffer: Vec<f64>) {
    if buffer.capacity() == 0 || buffer.capacity() > LONGEST {
        return;
    }
    // A thread that is going away keeps none.
    let _ = IDLE.try_with(|idle| {
        let mut idle = idle.borrow_mut();
        if idle.len() < KEPT {
            idle.push(buffer);
        }
    });
}
