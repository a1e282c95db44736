//! How a replay is prepared: from rows and steps to what is done in a run.

use super::super::store::Source;
use super::super::sweep::Step;
use super::prepared::{Given, Prepared, Work};
use super::{Replay, Task, layout};
use crate::element::{Element, ElementType, by_element};
use crate::graph::{Form, Operand, Row};
use crate::op::Op;
use crate::shape::Shape;
use crate::structural::StructuralOp;
use smallvec::SmallVec;
use std::ops::Range;

impl Replay {
    /// Prepares a replay of `length` nodes of the user's, and of the steps of a sweep.
    pub(super) fn prepare(&mut self, length: u32, steps: Vec<Step>) {
        self.forward = self.tasks(0..length);
        let (mut backward, mut seen) = (Vec::new(), length);
        for step in steps {
            match step {
                Step::Recorded { end } => {
                    backward.extend(self.tasks(seen..end));
                    seen = end;
                }
                Step::Numbers { start, end } if start == end => {}
                step => self.step_task(step, &mut backward),
            }
        }
        self.backward = backward;
    }

    /// What has to be done for these nodes: nothing for leaves, and for other looks at an array.
    fn tasks(&mut self, nodes: Range<u32>) -> Vec<Task> {
        let mut tasks = Vec::new();
        for index in nodes {
            let row = self.nodes[index as usize].row;
            let is_number = layout(&row) == 0;
            match row.op {
                Op::Input | Op::Const => {}
                Op::Structural if !is_number && self.is_look(&row) => {
                    let of = row.list(&self.lists)[0];
                    if layout(&self.nodes[of as usize].row) == 0 {
                        tasks.push(Task::Repeat(index));
                    }
                }
                Op::Structural => self.structural(index, &mut tasks),
                _ if is_number => tasks.push(Task::Number(index)),
                Op::Detach => {}
                _ => self.elementwise(index, &mut tasks),
            }
        }
        tasks
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

    fn elementwise(&mut self, index: u32, tasks: &mut Vec<Task>) {
        let node = &self.nodes[index as usize];
        let (row, into) = (node.row, Source::of(node));
        // A list's place rides in the low half, and what a custom operation is in the high one.
        let slot = match row.form {
            Form::List => row.slot >> 32,
            _ => row.slot,
        };
        let operands = row.operands(&self.lists);
        let given = self.given(self.element(into), &operands, tasks);
        self.prepared(Work::Row { op: row.op, slot }, into, &given, tasks);
    }

    fn structural(&mut self, index: u32, tasks: &mut Vec<Task>) {
        let node = &self.nodes[index as usize];
        let (row, into) = (node.row, Source::of(node));
        let op = StructuralOp::place(&row);
        let operands: SmallVec<[Operand; 4]> = row
            .list(&self.lists)
            .iter()
            .map(|&operand| Operand::Node(operand))
            .collect();
        if into.layout != 0 {
            if let StructuralOp::Cast(_) = self.ops[op] {
                return tasks.push(Task::Cast(index));
            }
            let given = self.given(self.element(into), &operands, tasks);
            return self.prepared(Work::Structural { op }, into, &given, tasks);
        }
        // A number made from arrays is made from its first operand's elements.
        let first = Source::of(&self.nodes[row.list(&self.lists)[0] as usize]);
        let element = self.element(first);
        let given = self.given(element, &operands, tasks);
        let layouts = &self.arrays.layouts;
        let look = match operands.len() {
            1 => self.ops[op].look(layouts.get(first.layout), &Shape::scalar()),
            _ => None,
        };
        let node = index as usize;
        tasks.push(Task::Array(match look {
            Some(look) => {
                let read = Prepared::number(layouts, Work::Element, element, node, &given);
                read.moved(look.offset)
            }
            None => Prepared::number(layouts, Work::Structural { op }, element, node, &given),
        }));
    }

    /// What is to be done for a step of the sweep.
    fn step_task(&mut self, step: Step, tasks: &mut Vec<Task>) {
        match step {
            Step::Term {
                child,
                slot,
                upstream,
                into,
            } => {
                let row = self.nodes[child as usize].row;
                let operands = row.operands(&self.lists);
                let mut given = self.given(self.element(into), &operands, tasks);
                given.insert(0, Given::Array(upstream));
                given.push(Given::Array(Source::of(&self.nodes[child as usize])));
                let slot = slot as usize;
                self.prepared(Work::Term { row, slot }, into, &given, tasks);
            }
            Step::Add { into, from } => {
                self.prepared(Work::Add, into, &[Given::Array(from)], tasks);
            }
            Step::Sum { into, terms } => {
                self.prepared(Work::Sum, into, &terms.map(Given::Array), tasks);
            }
            Step::Copy { into, from } => {
                self.prepared(Work::Copy, into, &[Given::Array(from)], tasks);
            }
            Step::Zeros { into } => self.prepared(Work::Zeros, into, &[], tasks),
            Step::Recorded { .. }
            | Step::Numbers { .. }
            | Step::Upstream { .. }
            | Step::Give { .. }
            | Step::Part { .. } => tasks.push(Task::Step(step)),
        }
    }

    fn prepared(&self, work: Work, into: Source, given: &[Given], tasks: &mut Vec<Task>) {
        let layouts = &self.arrays.layouts;
        tasks.push(Task::Array(Prepared::array(layouts, work, into, given)));
    }

    /// Operands of an operation on arrays. Numbers among them get a place to be read at: a literal is
    /// written there now, others by a task of each run.
    fn given(
        &mut self,
        element: ElementType,
        operands: &[Operand],
        tasks: &mut Vec<Task>,
    ) -> SmallVec<[Given; 8]> {
        let mut given = SmallVec::new();
        for operand in operands {
            let number = match *operand {
                Operand::Literal(number) => number,
                Operand::Node(node) => {
                    let source = Source::of(&self.nodes[node as usize]);
                    if source.layout != 0 {
                        given.push(Given::Array(source));
                        continue;
                    }
                    self.nodes[node as usize].value
                }
            };
            let place = by_element!(element, T => {
                let place = self.numbers.take::<T>(1).expect("there is memory for a number");
                self.numbers.split(place, 1).array[0] = T::from_f64(number);
                place
            });
            if let Operand::Node(node) = *operand {
                tasks.push(Task::Write {
                    node,
                    element,
                    place,
                });
            }
            given.push(Given::Number(place));
        }
        given
    }

    fn element(&self, source: Source) -> ElementType {
        self.arrays.layouts.get(source.layout).element
    }
}
