//! Memory for a kernel's intermediate results, kept by the thread between calls.

use crate::element::Element;
use std::any::Any;
use std::cell::RefCell;

thread_local! {
    static IDLE: RefCell<(Vec<f64>, Vec<f32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// More than this many elements are not kept.
const LARGEST: usize = 1 << 22;

/// Calls `work` with `count` elements of memory, which hold anything.
pub(crate) fn with_buffer<T: Element, V>(count: usize, work: impl FnOnce(&mut [T]) -> V) -> V {
    // The memory is taken out while in use: kernels may call each other.
    let mut memory = IDLE.with_borrow_mut(|(double, single)| {
        let (double, single): (&mut dyn Any, &mut dyn Any) = (double, single);
        let idle = match double.downcast_mut::<Vec<T>>() {
            Some(double) => double,
            None => single.downcast_mut().expect("elements are f64 or f32"),
        };
        std::mem::take(idle)
    });
    if memory.len() < count {
        memory.resize(count, T::default());
    }
    let answer = work(&mut memory[..count]);
    if memory.len() <= LARGEST {
        IDLE.with_borrow_mut(|(double, single)| {
            let (double, single): (&mut dyn Any, &mut dyn Any) = (double, single);
            let idle = double.downcast_mut().or_else(|| single.downcast_mut());
            if let Some(idle) = idle.filter(|idle: &&mut Vec<T>| idle.len() < memory.len()) {
                *idle = memory;
            }
        });
    }
    answer
}
