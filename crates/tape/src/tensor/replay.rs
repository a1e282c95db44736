//! A recording and its sweep as data, done again in place: every array is computed anew where it
//! lies, by the kernel that computed it first.

mod positions;
mod values;

use super::arena::Arena;
use super::layout::LayoutId;
use super::lent::Lent;
use super::rows::RowValue;
use super::store::{Arrays, Numbers, PASSIVE, Source};
use super::sweep::{Elementwise, Step, add, term, zeros};
use crate::array::Array;
use crate::element::{Element, ElementType, by_element};
use crate::graph::{Form, Operand, Row};
use crate::kernel::{self, View};
use crate::op::Op;
use crate::pull::{Nodes, pull_numbers};
use crate::recording::{Node, Recording};
use crate::run::evaluate_row;
use crate::shape::Shape;
use crate::structural::StructuralOp;
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::Arc;

/// A recording with its sweep, to be run again.
pub(crate) struct Replay {
    /// Those of the user, and behind them those that rules recorded.
    pub(crate) nodes: Vec<Node>,
    lists: Vec<u32>,
    ops: Vec<StructuralOp>,
    pub(crate) arrays: Arrays,
    /// Shared with a run while it goes on.
    forward: Arc<[Task]>,
    backward: Arc<[Task]>,
    /// Lists of positions, each once, in the order of their first use.
    positions: Vec<Arc<[usize]>>,
    /// How long the arrays that are lent have to be.
    lengths_lent: (Vec<usize>, Vec<usize>),
    /// What stands for arrays that were given back.
    nothing: Lent,
}

/// One thing to be done.
#[derive(Debug)]
enum Task {
    /// Computes a node.
    Node(u32),
    /// Writes a number to where looks at it repeat it.
    Repeat(u32),
    /// What the sweep did.
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
            forward: Arc::from([]),
            backward: Arc::from([]),
            positions: Vec::new(),
            lengths_lent: (
                lengths(&store.arrays.lent.doubles),
                lengths(&store.arrays.lent.singles),
            ),
            nothing: Lent {
                doubles: vec![empty()],
                singles: vec![empty()],
            },
        });
        replay.forward = replay.tasks(0..length).into();
        replay.positions = replay.lists_of_positions(length);
        let (mut backward, mut seen) = (Vec::new(), length);
        for step in steps {
            match step {
                Step::Recorded { end } => {
                    backward.extend(replay.tasks(seen..end));
                    seen = end;
                }
                Step::Numbers { start, end } if start == end => {}
                step => backward.push(Task::Step(step)),
            }
        }
        replay.backward = backward.into();
        replay
    }

    /// What has to be done for these nodes: nothing for leaves, and for other looks at an array.
    fn tasks(&self, nodes: Range<u32>) -> Vec<Task> {
        nodes.filter_map(|index| self.task(index)).collect()
    }

    fn task(&self, index: u32) -> Option<Task> {
        let row = &self.nodes[index as usize].row;
        let is_number = layout(row) == 0;
        match row.op {
            Op::Input | Op::Const => None,
            Op::Detach => is_number.then_some(Task::Node(index)),
            Op::Structural if !is_number && self.is_look(row) => {
                let of = row.list(&self.lists)[0];
                let repeats = layout(&self.nodes[of as usize].row) == 0;
                repeats.then_some(Task::Repeat(index))
            }
            _ => Some(Task::Node(index)),
        }
    }

    /// Whether the array of a structural row is another look at its operand's memory.
    fn is_look(&self, row: &Row) -> bool {
        let &[of] = row.list(&self.lists) else {
            return false;
        };
        let layouts = &self.arrays.layouts;
        let of = layouts.get(layout(&self.nodes[of as usize].row));
        let op = &self.ops[StructuralOp::place(row)];
        op.look(of, &layouts.get(layout(row)).shape).is_some()
    }

    /// The first user's operation on arrays: its code is not ours to run at other values.
    pub(crate) fn first_call(&self) -> Option<&str> {
        let mut ops = self.ops.iter();
        ops.find(|op| matches!(op, StructuralOp::Call(_)))
            .map(StructuralOp::called)
    }

    /// Computes the user's nodes.
    pub(crate) fn forward(&mut self) {
        for task in &*Arc::clone(&self.forward) {
            self.perform(task, &mut []);
        }
    }

    /// Sweeps back, in the memory where the first sweep left the adjoints of arrays. Those of
    /// numbers begin with the seed.
    pub(crate) fn backward(&mut self, memory: &mut Arena, adjoints: &mut [f64]) {
        std::mem::swap(&mut self.arrays.swept, memory);
        for task in &*Arc::clone(&self.backward) {
            self.perform(task, adjoints);
        }
        std::mem::swap(&mut self.arrays.swept, memory);
    }

    #[inline]
    fn perform(&mut self, task: &Task, adjoints: &mut [f64]) {
        match task {
            Task::Node(index) => self.compute(*index as usize),
            Task::Repeat(index) => self.repeat(*index as usize),
            Task::Step(step) => self.step(step, adjoints),
        }
    }

    fn compute(&mut self, index: usize) {
        let Node { row, .. } = self.nodes[index];
        let layout = layout(&row);
        if row.op == Op::Structural {
            // A number made from arrays is made from its first operand's elements.
            let typed = match layout {
                0 => self::layout(&self.nodes[row.list(&self.lists)[0] as usize].row),
                layout => layout,
            };
            by_element!(self.element(typed), T => self.structural::<T>(index));
        } else if layout == 0 {
            let nodes = &self.nodes;
            let at = |index: u32| nodes[index as usize].value;
            self.nodes[index].value = evaluate_row(&row, &self.lists, at);
        } else {
            by_element!(self.element(layout), T => self.elementwise::<T>(index));
        }
    }

    fn elementwise<T: Element>(&mut self, index: usize) {
        let Replay {
            nodes,
            lists,
            arrays,
            ..
        } = self;
        let node = &nodes[index];
        let (row, into) = (&node.row, Source::of(node));
        let source = |index: u32| Source::of(&nodes[index as usize]);
        // A list's place rides in the low half, and what a custom operation is in the high one.
        let (mut slot, mut sources) = (row.slot, SmallVec::<[Source; 4]>::new());
        let literal = Source::number(f64::from_bits(slot));
        match row.form {
            Form::Leaf => unreachable!("a leaf is computed by nobody"),
            Form::One => sources.push(source(row.first)),
            Form::Two => sources.extend_from_slice(&[source(row.first), source(slot as u32)]),
            Form::LiteralRight => sources.extend_from_slice(&[source(row.first), literal]),
            Form::LiteralLeft => sources.extend_from_slice(&[literal, source(row.first)]),
            Form::List => {
                sources.extend(row.list(lists).iter().map(|&index| source(index)));
                slot >>= 32;
            }
        }
        let value = |operands: &[View<'_, T>], _: &[usize], out: &mut [T]| {
            row.op.dispatch(RowValue {
                slot,
                operands,
                out,
            });
        };
        arrays.compute_into(into.slot, into.layout, &sources, Numbers::Repeated, value);
    }

    fn structural<T: Element>(&mut self, index: usize) {
        let Replay {
            nodes,
            lists,
            ops,
            arrays,
            ..
        } = self;
        let node = &nodes[index];
        let (row, into) = (&node.row, Source::of(node));
        let op = &ops[StructuralOp::place(row)];
        let mut sources = SmallVec::<[Source; 4]>::new();
        for &operand in row.list(lists) {
            sources.push(Source::of(&nodes[operand as usize]));
        }
        if into.layout == 0 {
            nodes[index].value = arrays.number::<T>(op, &sources);
            return;
        }
        if let StructuralOp::Cast(cast) = op {
            let (slot, layout, from) = (into.slot, into.layout, sources[0]);
            return by_element!(cast.from, F => {
                arrays.compute_cast_into::<F, T>(slot, layout, from);
            });
        }
        let value = |views: &[View<'_, T>], lengths: &[usize], out: &mut [T]| {
            op.value(views, lengths, out);
        };
        arrays.compute_into(into.slot, into.layout, &sources, Numbers::Alone, value);
    }

    fn repeat(&mut self, index: usize) {
        let node = &self.nodes[index];
        let into = Source::of(node);
        let of = node.row.list(&self.lists)[0];
        let number = self.nodes[of as usize].value;
        by_element!(self.element(into.layout), T => {
            self.arrays.write_number::<T>(into.slot, number);
        });
    }

    fn step(&mut self, step: &Step, adjoints: &mut [f64]) {
        let Replay {
            nodes,
            lists,
            arrays,
            ..
        } = self;
        match step {
            Step::Numbers { start, end } => {
                let numbers = *start as usize..*end as usize;
                pull_numbers(&Nodes { nodes, lists }, adjoints, &mut (), numbers);
            }
            Step::Term {
                child,
                slot,
                upstream,
                into,
            } => {
                let index = *child as usize;
                let node = Elementwise {
                    nodes,
                    lists,
                    index,
                };
                let (row, sources) = (&nodes[index].row, node.sources(*upstream));
                by_element!(arrays.layouts.get(into.layout).element, T => {
                    let term = term::<T>(row, *slot as usize);
                    arrays.compute_into(into.slot, into.layout, &sources, Numbers::Repeated, term);
                });
            }
            Step::Upstream { node, of } => nodes[*node as usize].value = adjoints[*of as usize],
            Step::Recorded { .. } => unreachable!("these are nodes by now"),
            Step::Give { operand, term } => {
                let term = match *term {
                    Operand::Node(term) => nodes[term as usize].value,
                    Operand::Literal(term) => term,
                };
                adjoints[*operand as usize] += term + 0.0;
            }
            Step::Add { into, from } => {
                by_element!(self.element(into.layout), T => self.arrays.add_into::<T>(*into, *from));
            }
            Step::Sum { into, terms } => self.fill(*into, terms, Fill::Sum),
            Step::Copy { into, from } => self.fill(*into, &[*from], Fill::Copy),
            Step::Zeros { into } => self.fill(*into, &[], Fill::Zeros),
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
                by_element!(self.element(into.layout), T => {
                    self.arrays.write_part::<T>(*into, cuts, from, *add);
                });
            }
        }
    }

    fn fill(&mut self, into: Source, from: &[Source], how: Fill) {
        let arrays = &mut self.arrays;
        by_element!(arrays.layouts.get(into.layout).element, T => {
            let kernel = match how {
                Fill::Sum => add::<T>,
                Fill::Copy => copy::<T>,
                Fill::Zeros => zeros::<T>,
            };
            arrays.compute_into(into.slot, into.layout, from, Numbers::Alone, kernel);
        });
    }

    fn element(&self, layout: LayoutId) -> ElementType {
        self.arrays.layouts.get(layout).element
    }
}

/// With what an array of the sweep's own is filled.
enum Fill {
    Sum,
    Copy,
    Zeros,
}

fn copy<T: Element>(views: &[View<'_, T>], _: &[usize], out: &mut [T]) {
    kernel::copy(views[0], out);
}

fn lengths<T: Element>(lent: &[Arc<Array<T>>]) -> Vec<usize> {
    lent.iter().map(|array| array.len()).collect()
}

fn empty<T: Element>() -> Arc<Array<T>> {
    Arc::new(Array::trusted(Shape::vector(0), Vec::new()))
}

fn layout(row: &Row) -> LayoutId {
    row.shape & !PASSIVE
}
