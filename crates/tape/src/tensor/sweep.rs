//! The reverse sweep through arrays.
//!
//! What a scalar node hands to its operands is a product of two numbers (`pull.rs`). What an
//! array node hands on is an array. Elementwise nodes compute it in one pass of a kernel
//! (`sweep/elementwise.rs`). All others compute it by recording: each rule's term is written
//! with operations on tensors (`sweep/structural.rs`). While a sweep is at work their nodes go
//! behind those of the user and their elements into memory of the sweep's own; when it ends the
//! nodes are forgotten, and the memory leaves with the [`Gradients`](crate::Gradients).

mod elementwise;
mod held;
mod observer;
mod step;
mod structural;
mod terms;

use super::store::PASSIVE;
use crate::element::{Elements, by_element};
use crate::graph::Row;
use crate::op::Op;
use crate::pull::{Nodes, pull_numbers, untouched};
use crate::recording::Recording;
use elementwise::Elementwise;
use held::{Held, collect};

use std::rc::Rc;
use structural::structural;

pub(crate) use held::{Found, plain_adjoint, read_adjoint, write_adjoint};
pub(super) use held::{add, zeros};
pub(crate) use observer::{ArrayObserver, ArrayTerm};
pub(crate) use step::Step;
pub(crate) use terms::recorded_terms;

/// Whether a row has an array as its value or among its operands.
#[inline(always)]
pub(crate) fn is_array(row: &Row) -> bool {
    row.shape & !PASSIVE != 0 || row.op == Op::Structural
}

/// A sweep in progress: what is recorded from here on goes when it is dropped.
struct Session {
    /// Kept open: hooks and the rules of a user's operations run meanwhile.
    recording: Rc<Recording>,
    /// Id of the first node.
    base: u64,
    nodes: u32,
    lists: usize,
    scopes: usize,
    ops: usize,
}

impl Session {
    #[track_caller]
    fn begin(recording: &Recording) -> Session {
        let recording = recording.opened();
        recording.activate();
        let nodes = recording.len() as u32;
        let (lists, scopes, ops) = recording.with_store(|_, store| {
            store.arrays.sweeping = true;
            store.arrays.swept.clear();
            (
                store.lists.len(),
                store.scopes.len(),
                store.arrays.ops.len(),
            )
        });
        Session {
            base: recording.base(),
            recording,
            nodes,
            lists,
            scopes,
            ops,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.recording.with_arrays(|arrays| arrays.sweeping = false);
        // A hook may have reset the tape: then there is nothing left to forget.
        if self.recording.base() == self.base {
            self.recording
                .forget_behind(self.nodes, self.lists, self.scopes);
            self.recording
                .with_arrays(|arrays| arrays.ops.truncate(self.ops));
        }
    }
}

/// A seed of the sweep that is an array.
#[derive(Clone, Copy)]
pub(crate) struct ArraySeed<'a> {
    pub(crate) index: u32,
    pub(crate) elements: Elements<'a>,
}

/// Sweeps a recording that has arrays. `adjoints` holds the seeds of numbers; all others are untouched.
/// Answers the adjoints of arrays; their memory is then in `arrays.swept`.
#[track_caller]
pub(crate) fn sweep_arrays(
    recording: &Recording,
    adjoints: &mut Vec<f64>,
    seed: Option<ArraySeed<'_>>,
    found: &mut Vec<Found>,
    observer: &mut impl ArrayObserver,
) {
    let session = Session::begin(recording);
    // Data has no adjoint, also where it is what a sweep is asked to start from.
    if let Some(seed) = seed.filter(|seed| recording.operand(seed.index).active) {
        let shape = recording.shape(seed.index);
        let seeded = match seed.elements {
            Elements::F64(elements) => recording.array_leaf(Op::Const, &shape, elements).var(),
            Elements::F32(elements) => recording.array_leaf(Op::Const, &shape, elements).var(),
        };
        adjoints.resize(seed.index as usize + 1, untouched());
        let source = recording.source(recording.index(seeded).expect("just recorded"));
        adjoints[seed.index as usize] = Held { source, own: false }.pack();
    }
    let mut left = adjoints.len();
    loop {
        let stop = observer.stop(left);
        let end = left;
        left = recording.with(|nodes, store| {
            let lists = &store.lists;
            pull_numbers(&Nodes { nodes, lists }, adjoints, observer, stop..left)
        });
        observer.did(|| Step::Numbers {
            start: left as u32,
            end: end as u32,
        });
        if left == 0 {
            break;
        }
        if left == stop {
            observer.stopped(recording, left - 1, &mut adjoints[left - 1]);
            continue;
        }
        left -= 1;
        let node = recording.node(left as u32);
        match node.row.op {
            Op::Input | Op::Const | Op::Detach => {}
            Op::Structural => structural(recording, left, node, adjoints, observer),
            _ => recording.with_nodes_and_arrays(|nodes, lists, arrays| {
                let layout = node.row.shape & !PASSIVE;
                let node = Elementwise {
                    nodes,
                    lists,
                    index: left,
                };
                let element = arrays.layouts.get(layout).element;
                by_element!(element, T => node.pull::<T, _>(arrays, adjoints, observer));
            }),
        }
    }
    collect(recording, adjoints, found, observer);
    observer.done(recording);
    drop(session);
}

impl Recording {
    /// Whether a sweep is at work, which forgets what is recorded now.
    pub(crate) fn is_sweeping(&self) -> bool {
        self.with_arrays(|arrays| arrays.sweeping)
    }
}
