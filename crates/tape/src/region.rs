//! Regions without gradient.

use crate::recording::Recording;
use std::rc::Rc;

/// Runs a piece of code whose results count as data: no derivative flows through what it records.
///
/// It is as if every result inside were [detached](crate::Var::detach): values are the same, and
/// derivatives of every order, by every mode that works on a tape, stop there; also where a result
/// leaves by another way than as the answer. An input made inside is an input all the same.
///
/// A region holds for the tapes that are open on this thread when it begins, may be nested, and
/// ends with the code, also when that panics. A derivative that is taken inside, of what was
/// recorded before, or by a driver of a function of its own, is what it is outside. Duals and plain
/// numbers know nothing of regions: code that is to run on them as well calls `detach`.
///
/// ```
/// let tape = tape::Tape::new();
/// let w = tape.tensor("w", [1.0, 2.0]);
/// let scale = tape::no_gradient(|| w.square().sum()); // 5, as a number
/// assert_eq!((w.sum() / scale).backward()[w], [0.2, 0.2]);
/// ```
pub fn no_gradient<V>(code: impl FnOnce() -> V) -> V {
    let _region = Region::begin();
    code()
}

/// A region, ended when this is dropped.
struct Region(Vec<Rc<Recording>>);

impl Region {
    fn begin() -> Region {
        let open = Recording::all_open();
        for recording in &open {
            recording.configure(|settings| settings.cut += 1);
        }
        Region(open)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        for recording in &self.0 {
            // One that was closed meanwhile, and maybe opened again, is in no region.
            recording.configure(|settings| settings.cut = settings.cut.saturating_sub(1));
        }
    }
}
