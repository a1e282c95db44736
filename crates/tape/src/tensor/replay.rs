//! A recording and its sweep as data, done again in place: every array is computed anew where it
//! lies, by the kernel that computed it first.

mod positions;
mod prepare;
mod prepared;
mod values;

use super::arena::Arena;
use super::layout::LayoutId;
use super::store::{Arrays, PASSIVE, Source};
use super::sweep::Step;
use crate::element::{Element, ElementType, by_element};
use crate::graph::{Operand, Row};
use crate::pull::{Nodes, pull_numbers};
use crate::recording::{Node, Recording};
use crate::run::evaluate_row;
use crate::structural::StructuralOp;
use prepared::{Memory, Prepared};
use std::sync::Arc;

/// A recording with its sweep, to be run again.
pub(crate) struct Replay {
    /// Those of the user, and behind them those that rules recorded.
    pub(crate) nodes: Vec<Node>,
    lists: Vec<u32>,
    ops: Vec<StructuralOp>,
    pub(crate) arrays: Arrays,
    /// Numbers that stand for arrays, where operations read them.
    numbers: Arena,
    forward: Vec<Task>,
    backward: Vec<Task>,
    /// Lists of positions, each once, in the order of their first use.
    positions: Vec<Arc<[usize]>>,
}

/// One thing to be done.
#[derive(Debug)]
enum Task {
    /// Computes a number from numbers.
    Number(u32),
    /// Computes an array, or a number from arrays.
    Array(Prepared),
    /// Computes an array from one of another element type.
    Cast(u32),
    /// Writes a number to where looks at it repeat it.
    Repeat(u32),
    /// Writes a number to where the next operation reads it.
    Write {
        node: u32,
        element: ElementType,
        place: usize,
    },
    /// What the sweep did, but for what is prepared.
    Step(Step),
}

impl Replay {
    /// What was recorded, and what the sweep did with it: `length` nodes are the user's.
    pub(crate) fn new(recording: &Recording, length: u32, steps: Vec<Step>) -> Replay {
        let mut replay = recording.with_store(|nodes, store| Replay {
            nodes: nodes.to_vec(),
            lists: store.lists.clone(),
            ops: store.arrays.ops.clone(),
            arrays: store.arrays.copied_values(),
            numbers: Arena::new(),
            forward: Vec::new(),
            backward: Vec::new(),
            positions: Vec::new(),
        });
        replay.prepare(length, steps);
        replay.positions = replay.lists_of_positions(length);
        replay
    }

    /// The first user's operation on arrays: its code is not ours to run at other values.
    pub(crate) fn first_call(&self) -> Option<&str> {
        let mut ops = self.ops.iter();
        ops.find(|op| matches!(op, StructuralOp::Call(_)))
            .map(StructuralOp::called)
    }

    /// Computes the user's nodes.
    pub(crate) fn forward(&mut self) {
        let (tasks, mut run) = self.run();
        for task in tasks.0 {
            run.perform(task, &mut []);
        }
    }

    /// Sweeps back, in the memory where the first sweep left the adjoints of arrays. Those of
    /// numbers begin with the seed.
    pub(crate) fn backward(&mut self, memory: &mut Arena, adjoints: &mut [f64]) {
        std::mem::swap(&mut self.arrays.swept, memory);
        let (tasks, mut run) = self.run();
        for task in tasks.1 {
            run.perform(task, adjoints);
        }
        std::mem::swap(&mut self.arrays.swept, memory);
    }

    /// What is to be done, forward and backward, and what does it.
    fn run(&mut self) -> ((&[Task], &[Task]), Run<'_>) {
        let run = Run {
            nodes: &mut self.nodes,
            lists: &self.lists,
            ops: &self.ops,
            memory: Memory {
                arrays: &mut self.arrays,
                numbers: &mut self.numbers,
            },
        };
        ((&self.forward, &self.backward), run)
    }
}

/// A run, in the midst of it.
struct Run<'a> {
    nodes: &'a mut [Node],
    lists: &'a [u32],
    ops: &'a [StructuralOp],
    memory: Memory<'a>,
}

impl Run<'_> {
    #[inline]
    fn perform(&mut self, task: &Task, adjoints: &mut [f64]) {
        match task {
            Task::Number(index) => self.number(*index as usize),
            Task::Array(prepared) => {
                let number = by_element!(prepared.element, T => {
                    prepared.run::<T>(&mut self.memory, self.ops)
                });
                if let Some((node, value)) = number {
                    self.nodes[node].value = value;
                }
            }
            Task::Cast(index) => self.cast(*index as usize),
            Task::Repeat(index) => self.repeat(*index as usize),
            Task::Write {
                node,
                element,
                place,
            } => {
                let number = self.nodes[*node as usize].value;
                by_element!(*element, T => {
                    self.memory.numbers.split(*place, 1).array[0] = T::from_f64(number);
                });
            }
            Task::Step(step) => self.step(step, adjoints),
        }
    }

    fn number(&mut self, index: usize) {
        let nodes = &mut *self.nodes;
        let at = |index: u32| nodes[index as usize].value;
        nodes[index].value = evaluate_row(&nodes[index].row, self.lists, at);
    }

    fn cast(&mut self, index: usize) {
        let node = &self.nodes[index];
        let (row, into) = (&node.row, Source::of(node));
        let from = Source::of(&self.nodes[row.list(self.lists)[0] as usize]);
        let arrays = &mut *self.memory.arrays;
        let element = |layout: LayoutId| arrays.layouts.get(layout).element;
        by_element!(element(from.layout), F => by_element!(element(into.layout), T => {
            arrays.compute_cast_into::<F, T>(into.slot, into.layout, from);
        }));
    }

    fn repeat(&mut self, index: usize) {
        let node = &self.nodes[index];
        let into = Source::of(node);
        let of = node.row.list(self.lists)[0];
        let number = self.nodes[of as usize].value;
        let arrays = &mut *self.memory.arrays;
        by_element!(arrays.layouts.get(into.layout).element, T => {
            arrays.write_number::<T>(into.slot, number);
        });
    }

    fn step(&mut self, step: &Step, adjoints: &mut [f64]) {
        let Run { nodes, lists, .. } = self;
        match step {
            Step::Numbers { start, end } => {
                let numbers = *start as usize..*end as usize;
                pull_numbers(&Nodes { nodes, lists }, adjoints, &mut (), numbers);
            }
            Step::Upstream { node, of } => nodes[*node as usize].value = adjoints[*of as usize],
            Step::Give { operand, term } => {
                let term = match *term {
                    Operand::Node(term) => nodes[term as usize].value,
                    Operand::Literal(term) => term,
                };
                adjoints[*operand as usize] += term + 0.0;
            }
            Step::Part {
                into,
                cuts,
                from,
                of,
                add,
            } => {
                let from = match of {
                    Some(of) => Source::number(adjoints[*of as usize]),
                    None => *from,
                };
                let arrays = &mut *self.memory.arrays;
                by_element!(arrays.layouts.get(into.layout).element, T => {
                    arrays.write_part::<T>(*into, cuts, from, *add);
                });
            }
            Step::Recorded { .. }
            | Step::Term { .. }
            | Step::Add { .. }
            | Step::Sum { .. }
            | Step::Copy { .. }
            | Step::Zeros { .. } => unreachable!("these are prepared"),
        }
    }
}

/// The number of a node's layout.
fn layout(row: &Row) -> LayoutId {
    row.shape & !PASSIVE
}
