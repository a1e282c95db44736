//! The reverse sweep through arrays.
//!
//! What a scalar node hands to its operands is a product of two numbers (`pull.rs`). What an
//! array node hands on is an array, and it is computed by recording: each rule's term is written
//! with operations on tensors. While a sweep is at work their nodes go behind those of the user
//! and their elements into memory of the sweep's own; when it ends the nodes are forgotten,
//! and the memory leaves with the [`Gradients`](crate::Gradients).

use super::Tensor;
use super::layout::Layout;
use super::store::{PASSIVE, Source};
use crate::element::{Element, ElementType};
use crate::graph::{Form, Row};
use crate::kernel::{self, View};
use crate::op::{
    AttributeType, Attributed, Binary, Nary, Op, Ternary, Unary, Visitor, chain_product,
};
use crate::pull::{Nodes, is_untouched, pull_numbers};
use crate::recording::{Node, Recording};
use crate::run::local_partials;
use crate::structural::{Pulled, StructuralOp};
use crate::var::Var;
use smallvec::SmallVec;

/// Whether a row has an array as its value or among its operands.
#[inline(always)]
pub(crate) fn is_array(row: &Row) -> bool {
    row.shape & !PASSIVE != 0 || row.op == Op::Structural
}

/// An array that a sweep found: the adjoint of a node.
pub(crate) struct Found {
    pub(crate) index: u32,
    pub(crate) layout: Layout,
    pub(crate) slot: u64,
}

/// Marks an adjoint that is a sum of its own, which further terms may be added into.
const OWN_SUM: u64 = 1 << 32;

/// The adjoint of an array node: the number of the sweep's node that holds it.
fn held(adjoint: f64) -> u32 {
    adjoint.to_bits() as u32
}

/// A sweep in progress: what is recorded from here on goes when it is dropped.
struct Session<'a> {
    recording: &'a Recording,
    nodes: u32,
    lists: usize,
    ops: usize,
}

impl<'a> Session<'a> {
    fn begin(recording: &'a Recording) -> Session<'a> {
        recording.activate();
        let nodes = recording.len() as u32;
        let lists = recording.with(|_, store| store.lists.len());
        let ops = recording.with_arrays(|arrays| {
            arrays.sweeping = true;
            arrays.swept.clear();
            arrays.ops.len()
        });
        Session {
            recording,
            nodes,
            lists,
            ops,
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.recording.forget_behind(self.nodes, self.lists);
        self.recording.with_arrays(|arrays| {
            arrays.sweeping = false;
            arrays.ops.truncate(self.ops);
        });
    }
}

/// A seed of the sweep that is an array.
pub(crate) struct ArraySeed<'a, T> {
    pub(crate) index: u32,
    pub(crate) elements: &'a [T],
}

/// Sweeps a recording that has arrays. `adjoints` holds the seeds of numbers; all others are untouched.
/// Answers the adjoints of arrays; their memory is then in `arrays.swept`.
#[track_caller]
pub(crate) fn sweep_arrays<T: Element>(
    recording: &Recording,
    adjoints: &mut Vec<f64>,
    seed: Option<ArraySeed<'_, T>>,
    found: &mut Vec<Found>,
) {
    let session = Session::begin(recording);
    if let Some(seed) = seed {
        let shape = recording.shape(seed.index);
        let seeded = recording.array_leaf(Op::Const, &shape, seed.elements);
        adjoints.resize(seed.index as usize + 1, crate::pull::untouched());
        add_term(recording, adjoints, seed.index, seeded.var());
    }
    let mut left = adjoints.len();
    loop {
        left = recording.with(|nodes, store| {
            let record = Nodes {
                nodes,
                lists: &store.lists,
            };
            pull_numbers(&record, adjoints, &mut (), left)
        });
        if left == 0 {
            break;
        }
        let index = left as u32 - 1;
        let node = recording.node(index);
        let adjoint = adjoints[index as usize];
        let upstream = if node.row.shape & !PASSIVE == 0 {
            recording.constant(adjoint)
        } else {
            recording.handle(held(adjoint))
        };
        let wanted = |operand: u32| recording.operand(operand).active;
        terms(
            recording,
            index,
            node,
            upstream,
            Mode::Numbers,
            &wanted,
            &mut |operand, term| {
                add_term(recording, adjoints, operand, term);
            },
        );
        left -= 1;
    }
    collect(recording, adjoints, found);
    drop(session);
}

/// Notes where the adjoints of arrays are.
fn collect(recording: &Recording, adjoints: &[f64], found: &mut Vec<Found>) {
    found.clear();
    for (index, &adjoint) in adjoints.iter().enumerate() {
        if is_untouched(adjoint) {
            continue;
        }
        let index = index as u32;
        if recording.operand(index).source.layout == 0 {
            continue;
        }
        let mut source = recording.operand(held(adjoint)).source;
        recording.with_arrays(|arrays| {
            if arrays.is_value(source) {
                source = match arrays.layouts.get(source.layout).element {
                    ElementType::F64 => arrays.copied::<f64>(source),
                    ElementType::F32 => arrays.copied::<f32>(source),
                };
            }
            found.push(Found {
                index,
                layout: arrays.layouts.get(source.layout).clone(),
                slot: source.slot,
            });
        });
    }
}

/// Adds a term to the adjoint of a node.
#[track_caller]
fn add_term(recording: &Recording, adjoints: &mut [f64], operand: u32, term: Var) {
    let sum = &mut adjoints[operand as usize];
    let own = recording.operand(operand).source;
    if own.layout == 0 {
        *sum += term.peek() + 0.0;
        return;
    }
    let term = recording.index(term).expect("terms are recorded here");
    if is_untouched(*sum) {
        *sum = f64::from_bits(u64::from(term));
        return;
    }
    let element = recording.with_arrays(|arrays| arrays.layouts.get(own.layout).element);
    *sum = match element {
        ElementType::F64 => add_arrays::<f64>(recording, *sum, term),
        ElementType::F32 => add_arrays::<f32>(recording, *sum, term),
    };
}

impl Recording {
    /// A handle that is on the tape: a plain number is recorded first.
    #[track_caller]
    pub(crate) fn recorded(&self, var: Var) -> Var {
        match var.is_constant() {
            true => self.constant(var.peek()),
            false => var,
        }
    }

    /// The recorded sum of two terms of a node's adjoint.
    #[track_caller]
    pub(crate) fn sum_of(&self, node: u32, sum: Var, term: Var) -> Var {
        let layout = self.source(node).layout;
        if layout == 0 {
            return sum + term;
        }
        match self.with_arrays(|arrays| arrays.layouts.get(layout).element) {
            ElementType::F64 => (Tensor::<f64>::of(sum) + Tensor::of(term)).var(),
            ElementType::F32 => (Tensor::<f32>::of(sum) + Tensor::of(term)).var(),
        }
    }
}

/// The sum of an adjoint and one more term.
#[track_caller]
fn add_arrays<T: Element>(recording: &Recording, sum: f64, term: u32) -> f64 {
    if sum.to_bits() & OWN_SUM != 0 {
        let (into, from) = (recording.operand(held(sum)), recording.operand(term));
        recording.with_arrays(|arrays| arrays.add_into::<T>(into.source, from.source));
        return sum;
    }
    let added = Tensor::<T>::at(recording, held(sum)) + Tensor::<T>::at(recording, term);
    let index = recording.index(added.var()).expect("just recorded here");
    f64::from_bits(u64::from(index) | OWN_SUM)
}

/// What a sweep is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Adjoints as numbers: the term of an elementwise operation is one pass of a kernel.
    Numbers,
    /// Adjoints as nodes of the tape: every rule records itself.
    Graph,
}

/// Hands the term of every wanted operand of an array node to `give`.
#[track_caller]
pub(crate) fn terms(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    mode: Mode,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(u32, Var),
) {
    if matches!(node.row.op, Op::Input | Op::Const | Op::Detach) {
        return;
    }
    let element = recording.with(|_, store| {
        let list = match node.row.form {
            Form::List => node.row.list(&store.lists),
            _ => &[],
        };
        list.first().copied()
    });
    // A number made from an array has its operand's element type.
    let typed = if node.row.shape & !PASSIVE == 0 {
        element.expect("a structural row has operands")
    } else {
        index
    };
    let layout = recording.operand(typed).source.layout;
    match recording.with_arrays(|arrays| arrays.layouts.get(layout).element) {
        ElementType::F64 => {
            typed_terms::<f64>(recording, index, node, upstream, mode, wanted, give)
        }
        ElementType::F32 => {
            typed_terms::<f32>(recording, index, node, upstream, mode, wanted, give)
        }
    }
}

#[track_caller]
fn typed_terms<T: Element>(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    mode: Mode,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(u32, Var),
) {
    let row = node.row;
    let operands = recording.with(|_, store| row.operands(&store.lists));
    let node_of = |operand: &crate::graph::Operand| match *operand {
        crate::graph::Operand::Node(operand) => Some(operand).filter(|&operand| wanted(operand)),
        crate::graph::Operand::Literal(_) => None,
    };
    let handles = || -> SmallVec<[Tensor<T>; 4]> {
        operands
            .iter()
            .map(|operand| match *operand {
                crate::graph::Operand::Node(operand) => Tensor::at(recording, operand),
                crate::graph::Operand::Literal(number) => Tensor::from(number),
            })
            .collect()
    };
    if row.op == Op::Structural {
        let op = recording.with_arrays(|arrays| arrays.ops[StructuralOp::place(&row)].clone());
        let pulled = Pulled {
            upstream: Tensor::<T>::of(upstream),
            operands: handles(),
            result: Tensor::at(recording, index),
        };
        for (slot, operand) in operands.iter().enumerate() {
            if let Some(operand) = node_of(operand) {
                give(operand, op.term(&pulled, slot).var());
            }
        }
        return;
    }
    match mode {
        Mode::Graph => {
            let upstream = Tensor::<T>::of(upstream);
            let result = Tensor::at(recording, index);
            let locals = local_partials(&row, &handles(), result, |slot| {
                node_of(&operands[slot]).is_some()
            });
            for (operand, &local) in operands.iter().zip(&locals) {
                if let Some(operand) = node_of(operand) {
                    give(operand, upstream.chain_unless_one(local).var());
                }
            }
        }
        Mode::Numbers => {
            for (slot, operand) in operands.iter().enumerate() {
                let Some(operand) = node_of(operand) else {
                    continue;
                };
                // A sum hands its adjoint on as it is.
                let term = if row.op == Op::Add || row.op == Op::Sub && slot == 0 {
                    upstream
                } else {
                    elementwise_term::<T>(recording, index, &row, upstream, slot)
                };
                give(operand, term);
            }
        }
    }
}

/// The term of one operand of an elementwise operation, in one pass.
#[track_caller]
fn elementwise_term<T: Element>(
    recording: &Recording,
    index: u32,
    row: &Row,
    upstream: Var,
    slot: usize,
) -> Var {
    let upstream = recording.operand(recording.index(upstream).expect("recorded here"));
    let operands = recording.with(|_, store| row.operands(&store.lists));
    // The kernel reads the upstream adjoint, the operands, and the result.
    let mut sources = SmallVec::<[Source; 8]>::from_slice(&[upstream.source]);
    for operand in &operands {
        sources.push(match *operand {
            crate::graph::Operand::Node(operand) => recording.operand(operand).source,
            crate::graph::Operand::Literal(number) => Source {
                layout: 0,
                slot: number.to_bits(),
            },
        });
    }
    let result = recording.operand(index).source;
    sources.push(result);
    let (layout, place) = recording.with_arrays(|arrays| {
        let shape = arrays.layouts.get(result.layout).shape.clone();
        let layout = arrays.contiguous::<T>(&shape);
        let place = arrays.compute::<T>(layout, &sources, |views, lengths, out| {
            let views: SmallVec<[View<'_, T>; 8]> =
                views.iter().map(|view| view.repeated(lengths)).collect();
            row.op.dispatch(Term {
                row,
                slot,
                upstream: views[0],
                operands: &views[1..views.len() - 1],
                result: views[views.len() - 1],
                out,
            });
        });
        (layout, place)
    });
    recording.append_row(Op::Const, Form::Leaf, 0, layout, f64::from_bits(place))
}

/// One pass over arrays: upstream times the local derivative by operand `slot`.
struct Term<'a, T> {
    row: &'a Row,
    slot: usize,
    upstream: View<'a, T>,
    operands: &'a [View<'a, T>],
    result: View<'a, T>,
    out: &'a mut [T],
}

impl<T: Element> Visitor for Term<'_, T> {
    type Out = ();

    fn leaf(self) {
        unreachable!("a leaf has no operands")
    }
    fn detach(self) {
        unreachable!("nothing flows through a detached node")
    }
    fn call(self) {
        let Term {
            row,
            slot,
            upstream,
            operands,
            result,
            out,
        } = self;
        let mut views = SmallVec::<[View<'_, T>; 8]>::from_slice(operands);
        views.push(result);
        views.push(upstream);
        let mut partials = vec![0.0; operands.len()];
        kernel::each(&views, out, |values| {
            let [operands @ .., result, upstream] = values else {
                unreachable!("two were added")
            };
            row.function().partials(operands, *result, &mut partials);
            chain_product(*upstream, partials[slot])
        });
    }
    fn unary<R: Unary>(self) {
        kernel::unary_pull::<R, T>(self.upstream, self.operands[0], self.result, self.out);
    }
    fn attributed<R: Attributed>(self) {
        let attribute = R::Attribute::from_bits(self.row.slot);
        kernel::attributed_pull::<R, T>(
            self.upstream,
            self.operands[0],
            attribute,
            self.result,
            self.out,
        );
    }
    fn binary<R: Binary>(self) {
        let [x, y] = [self.operands[0], self.operands[1]];
        kernel::binary_pull::<R, T>(self.upstream, x, y, self.result, self.slot, self.out);
    }
    fn ternary<R: Ternary>(self) {
        let operands = [self.operands[0], self.operands[1], self.operands[2]];
        kernel::ternary_pull::<R, T>(self.upstream, operands, self.result, self.slot, self.out);
    }
    fn nary<R: Nary>(self) {
        kernel::nary_pull::<R, T>(
            self.upstream,
            self.operands,
            self.result,
            self.slot,
            self.out,
        );
    }
}
