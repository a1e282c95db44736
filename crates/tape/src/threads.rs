//! How many threads the loops over arrays may use.
//!
//! Numbers do not depend on it: work is split where no sum is split.

use std::sync::atomic::{AtomicUsize, Ordering};

/// 0 until someone asks or sets.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Sets how many threads large array operations may use, in the whole process.
///
/// Without the feature `rayon` there is one, whatever is set. With it there are as many as the
/// machine has, until this is called. Results are the same, bit for bit.
///
/// # Panics
/// If `count` is 0.
pub fn set_threads(count: usize) {
    assert!(count > 0, "set_threads(0): at least one thread is needed");
    THREADS.store(count, Ordering::Relaxed);
}

/// How many threads large array operations may use: see [`set_threads`].
#[must_use]
pub fn threads() -> usize {
    if !cfg!(feature = "rayon") {
        return 1;
    }
    match THREADS.load(Ordering::Relaxed) {
        0 => {
            let count = std::thread::available_parallelism().map_or(1, usize::from);
            THREADS.store(count, Ordering::Relaxed);
            count
        }
        count => count,
    }
}

/// Calls `work` with each number below `parts`, on several threads if there are any.
pub(crate) fn for_each_part(parts: usize, work: impl Fn(usize) + Sync + Send) {
    #[cfg(feature = "rayon")]
    if parts > 1 {
        use rayon::prelude::*;
        return (0..parts).into_par_iter().with_max_len(1).for_each(work);
    }
    (0..parts).for_each(work);
}
