//! The reverse sweep through arrays.
//!
//! What a scalar node hands to its operands is a product of two numbers (`pull.rs`). What an
//! array node hands on is an array, and it is computed by recording: each rule's term is written
//! with operations on tensors. While a sweep is at work their nodes go behind those of the user
//! and their elements into memory of the sweep's own; when it ends the nodes are forgotten,
//! and the memory leaves with the [`Gradients`](crate::Gradients).

use super::Tensor;
use super::layout::{Layout, LayoutId};
use super::lent::is_lent;
use super::rows::RowTerm;
use super::store::{Arrays, Numbers, PASSIVE, SWEPT, Source};
use crate::array::Array;
use crate::element::{Element, ElementType, Elements};
use crate::graph::{Form, Operand, Row};
use crate::kernel::{self, View};
use crate::op::{Op, rule};
use crate::pull::{Nodes, Observer, is_untouched, pull_numbers, untouched};
use crate::recording::{Node, Recording};
use crate::run::local_partials;
use crate::structural::{Pulled, StructuralOp};
use crate::var::Var;
use smallvec::SmallVec;
use std::rc::Rc;
use std::sync::Arc;

/// Whether a row has an array as its value or among its operands.
#[inline(always)]
pub(crate) fn is_array(row: &Row) -> bool {
    row.shape & !PASSIVE != 0 || row.op == Op::Structural
}

/// An array that a sweep found: the adjoint of a node.
pub(crate) struct Found {
    pub(crate) index: u32,
    pub(crate) layout: Arc<Layout>,
    pub(crate) slot: u64,
    /// Whether no other adjoint lies in the same memory.
    pub(crate) alone: bool,
}

/// An array's adjoint, as the list of adjoints holds it among those of numbers: where its
/// elements are, in 64 bits that are never those of "no term yet" (-0.0).
#[derive(Clone, Copy)]
struct Held {
    source: Source,
    /// Whether it was computed for this adjoint alone, so that terms may be added into it.
    own: bool,
}

impl Held {
    const ARRAY: u64 = 1 << 62;
    const LAYOUT: u32 = 47;
    const OWN: u64 = 1 << 46;
    const OF_SWEEP: u64 = 1 << 45;

    fn pack(self) -> f64 {
        let start = self.source.slot & !SWEPT;
        debug_assert!(start < Held::OF_SWEEP);
        let flag = |set: bool, flag: u64| if set { flag } else { 0 };
        f64::from_bits(
            Held::ARRAY
                | u64::from(self.source.layout) << Held::LAYOUT
                | flag(self.own, Held::OWN)
                | flag(self.source.slot & SWEPT != 0, Held::OF_SWEEP)
                | start,
        )
    }

    fn unpack(adjoint: f64) -> Held {
        let bits = adjoint.to_bits();
        debug_assert_ne!(bits & Held::ARRAY, 0);
        let swept = if bits & Held::OF_SWEEP != 0 { SWEPT } else { 0 };
        Held {
            source: Source {
                layout: (bits >> Held::LAYOUT) as LayoutId & !PASSIVE,
                slot: bits & (Held::OF_SWEEP - 1) | swept,
            },
            own: bits & Held::OWN != 0,
        }
    }
}

/// A sweep in progress: what is recorded from here on goes when it is dropped.
struct Session {
    /// Kept open: hooks and the rules of a user's operations run meanwhile.
    recording: Rc<Recording>,
    /// Id of the first node.
    base: u64,
    nodes: u32,
    lists: usize,
    ops: usize,
}

impl Session {
    #[track_caller]
    fn begin(recording: &Recording) -> Session {
        let recording = recording.opened();
        recording.activate();
        let nodes = recording.len() as u32;
        let lists = recording.with(|_, store| store.lists.len());
        let ops = recording.with_arrays(|arrays| {
            arrays.sweeping = true;
            arrays.swept.clear();
            arrays.ops.len()
        });
        Session {
            base: recording.base(),
            recording,
            nodes,
            lists,
            ops,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.recording.with_arrays(|arrays| arrays.sweeping = false);
        // A hook may have reset the tape: then there is nothing left to forget.
        if self.recording.base() == self.base {
            self.recording.forget_behind(self.nodes, self.lists);
            self.recording
                .with_arrays(|arrays| arrays.ops.truncate(self.ops));
        }
    }
}

/// A seed of the sweep that is an array.
pub(crate) struct ArraySeed<'a> {
    pub(crate) index: u32,
    pub(crate) elements: Elements<'a>,
}

/// Sees every term of a sweep through arrays as it is added.
pub(crate) trait ArrayObserver: Observer<f64> {
    /// Whether it asks for the local derivatives of elementwise operations, which the sweep
    /// itself multiplies without keeping.
    const LOCALS: bool = false;

    /// A term that is an array, or one that a structural operation gave to a number.
    fn array_term(&mut self, term: ArrayTerm<'_>);

    /// How many of the first `left` nodes there are up to the next one whose adjoint this wants
    /// to see before it is handed on, that one included; 0 if there is none.
    #[inline(always)]
    fn stop(&mut self, _left: usize) -> usize {
        0
    }

    /// The node that was stopped at: all terms of its adjoint have arrived.
    #[inline(always)]
    fn stopped(&mut self, _recording: &Recording, _index: usize, _adjoint: &mut f64) {}
}

/// Sees nothing, at no cost.
impl ArrayObserver for () {
    #[inline(always)]
    fn array_term(&mut self, _: ArrayTerm<'_>) {}
}

/// What an array node, or a number made from arrays, hands to one of its operands.
pub(crate) struct ArrayTerm<'a> {
    pub(crate) child: u32,
    pub(crate) slot: u32,
    pub(crate) operand: u32,
    /// Where the term is: an array, or the bits of a number.
    pub(crate) source: Source,
    /// Where the local derivative by each element is, if it was asked for and there is one.
    pub(crate) local: Option<Source>,
    pub(crate) arrays: &'a Arrays,
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
        left = recording.with(|nodes, store| {
            let lists = &store.lists;
            pull_numbers(&Nodes { nodes, lists }, adjoints, observer, stop..left)
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
                let step = Step {
                    nodes,
                    lists,
                    index: left,
                };
                match arrays.layouts.get(layout).element {
                    ElementType::F64 => step.elementwise::<f64, _>(arrays, adjoints, observer),
                    ElementType::F32 => step.elementwise::<f32, _>(arrays, adjoints, observer),
                }
            }),
        }
    }
    collect(recording, adjoints, found);
    drop(session);
}

/// The adjoint of an array, that a sweep holds among those of numbers.
pub(crate) fn read_adjoint<T: Element>(recording: &Recording, adjoint: f64) -> Array<T> {
    let source = Held::unpack(adjoint).source;
    recording.with_arrays(|arrays| {
        let view = arrays.read::<T>(&source);
        let mut elements = vec![T::default(); view.count()];
        kernel::copy(view, &mut elements);
        let shape = arrays.layouts.get(source.layout).shape.clone();
        Array::trusted(shape, elements)
    })
}

/// Another adjoint for an array, while a sweep is at work.
#[track_caller]
pub(crate) fn write_adjoint<T: Element>(recording: &Recording, array: &Array<T>) -> f64 {
    let written = recording.array_leaf(Op::Const, array.shape(), array.as_slice());
    let index = recording.index(written.var()).expect("just recorded");
    let source = recording.source(index);
    Held { source, own: false }.pack()
}

/// Notes where the adjoints of arrays are.
fn collect(recording: &Recording, adjoints: &[f64], found: &mut Vec<Found>) {
    found.clear();
    recording.with_nodes_and_arrays(|nodes, _, arrays| {
        for (index, (&adjoint, node)) in adjoints.iter().zip(nodes).enumerate() {
            if is_untouched(adjoint) || node.row.shape & !PASSIVE == 0 {
                continue;
            }
            let Held { mut source, own } = Held::unpack(adjoint);
            // An input hands its adjoint to nobody.
            let mut alone = own && node.row.op == Op::Input;
            // An input's adjoint lies in order, so that it can be read as a slice at no cost.
            let in_order = arrays.layouts.ordered(source.layout) == source.layout;
            if arrays.is_value(source) || (node.row.op == Op::Input && !in_order) {
                source = match arrays.layouts.get(source.layout).element {
                    ElementType::F64 => arrays.copied::<f64>(source),
                    ElementType::F32 => arrays.copied::<f32>(source),
                };
                alone = true;
            }
            found.push(Found {
                index: index as u32,
                layout: arrays.layouts.shared(source.layout),
                slot: source.slot,
                alone,
            });
        }
    });
}

impl Arrays {
    /// Adds a term to the adjoint of an array node.
    fn accumulate<T: Element>(&mut self, adjoint: &mut f64, term: Held) {
        if is_untouched(*adjoint) {
            *adjoint = term.pack();
            return;
        }
        let sum = Held::unpack(*adjoint);
        if sum.own {
            self.add_into::<T>(sum.source, term.source);
            return;
        }
        let layout = self.layouts.ordered(sum.source.layout);
        let operands = [sum.source, term.source];
        let add = |views: &[View<'_, T>], _: &[usize], out: &mut [T]| {
            kernel::binary::<rule::Add, T>(views[0], views[1], out);
        };
        let slot = self.compute(layout, &operands, Numbers::Alone, add);
        let source = Source { layout, slot };
        *adjoint = Held { source, own: true }.pack();
    }
}

/// The sweep at an elementwise node: no rule records anything, each term is one pass of a kernel.
struct Step<'a> {
    nodes: &'a [Node],
    lists: &'a [u32],
    index: usize,
}

impl Step<'_> {
    fn elementwise<T: Element, O: ArrayObserver>(
        self,
        arrays: &mut Arrays,
        adjoints: &mut [f64],
        observer: &mut O,
    ) {
        let node = &self.nodes[self.index];
        let row = &node.row;
        let upstream = Held::unpack(adjoints[self.index]).source;
        let layout = arrays.layouts.ordered(row.shape & !PASSIVE);
        let operands = row.operands(self.lists);
        // The kernel reads the upstream adjoint, the operands, and the result.
        let mut sources = SmallVec::<[Source; 8]>::new();
        sources.push(upstream);
        for operand in &operands {
            sources.push(match *operand {
                Operand::Node(operand) => Source::of(&self.nodes[operand as usize]),
                Operand::Literal(number) => Source::number(number),
            });
        }
        sources.push(Source::of(node));
        for (slot, operand) in operands.iter().enumerate() {
            let Operand::Node(operand) = *operand else {
                continue;
            };
            if self.nodes[operand as usize].row.shape & PASSIVE != 0 {
                continue;
            }
            // A sum hands its adjoint on as it is.
            let passes_on = row.op == Op::Add || row.op == Op::Sub && slot == 0;
            // The term; of an upstream adjoint of 1 it is the local derivative.
            let mut pulled = |arrays: &mut Arrays, upstream: Source| {
                if passes_on {
                    return upstream;
                }
                sources[0] = upstream;
                let pull = |views: &[View<'_, T>], _: &[usize], out: &mut [T]| {
                    row.op.dispatch(RowTerm {
                        row,
                        slot,
                        upstream: views[0],
                        operands: &views[1..views.len() - 1],
                        result: views[views.len() - 1],
                        out,
                    });
                };
                let slot = arrays.compute(layout, &sources, Numbers::Repeated, pull);
                Source { layout, slot }
            };
            let term = Held {
                source: pulled(arrays, upstream),
                own: !passes_on,
            };
            let local = O::LOCALS.then(|| pulled(arrays, Source::number(1.0)));
            observer.array_term(ArrayTerm {
                child: self.index as u32,
                slot: slot as u32,
                operand,
                source: term.source,
                local,
                arrays,
            });
            arrays.accumulate::<T>(&mut adjoints[operand as usize], term);
        }
    }
}

/// The sweep at a structural node: its rule records the terms.
#[track_caller]
fn structural(
    recording: &Recording,
    index: usize,
    node: Node,
    adjoints: &mut [f64],
    observer: &mut impl ArrayObserver,
) {
    let upstream = match node.row.shape & !PASSIVE {
        0 => recording.constant(adjoints[index]),
        _ => {
            let Source { layout, slot } = Held::unpack(adjoints[index]).source;
            recording.append_row(Op::Const, Form::Leaf, 0, layout, f64::from_bits(slot))
        }
    };
    let wanted = |operand: u32| recording.operand(operand).active;
    let give = &mut |slot: usize, operand: u32, term: Var| {
        let adjoint = &mut adjoints[operand as usize];
        let of_number = recording.source(operand).layout == 0;
        let source = match recording.index(term) {
            Some(term) if !of_number => recording.source(term),
            _ => Source::number(term.peek()),
        };
        recording.with_arrays(|arrays| {
            observer.array_term(ArrayTerm {
                child: index as u32,
                slot: slot as u32,
                operand,
                source,
                local: None,
                arrays,
            });
            if of_number {
                *adjoint += term.peek() + 0.0;
                return;
            }
            let element = arrays.layouts.get(source.layout).element;
            let source = match (is_lent(source.slot), element) {
                (false, _) => source,
                // What a sweep leaves behind outlives the loan.
                (true, ElementType::F64) => arrays.copied::<f64>(source),
                (true, ElementType::F32) => arrays.copied::<f32>(source),
            };
            let term = Held { source, own: false };
            match element {
                ElementType::F64 => arrays.accumulate::<f64>(adjoint, term),
                ElementType::F32 => arrays.accumulate::<f32>(adjoint, term),
            }
        });
    };
    structural_terms(recording, index as u32, node, upstream, &wanted, give);
}

/// Hands the term of every wanted operand of a structural node to `give`: slot, operand, term.
#[track_caller]
fn structural_terms(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    let element = element_of(recording, index, node);
    let place = StructuralOp::place(&node.row);
    let cast_from = recording.with_arrays(|arrays| match &arrays.ops[place] {
        StructuralOp::Cast(cast) => Some(cast.from),
        _ => None,
    });
    if let Some(from) = cast_from {
        return cast_back(recording, node, (from, element), upstream, wanted, give);
    }
    match element {
        ElementType::F64 => typed_terms::<f64>(recording, index, node, upstream, wanted, give),
        ElementType::F32 => typed_terms::<f32>(recording, index, node, upstream, wanted, give),
    }
}

/// The element type of an array node; of a number made from an array, that of its operand.
fn element_of(recording: &Recording, index: u32, node: Node) -> ElementType {
    recording.with_nodes_and_arrays(|nodes, lists, arrays| {
        if node.row.op == Op::Structural
            && let StructuralOp::Call(call) = &arrays.ops[StructuralOp::place(&node.row)]
        {
            return call.element();
        }
        let typed = match node.row.shape & !PASSIVE {
            0 => node.row.list(lists)[0],
            _ => index,
        };
        let layout = nodes[typed as usize].row.shape & !PASSIVE;
        arrays.layouts.get(layout).element
    })
}

#[track_caller]
fn typed_terms<T: Element>(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    let place = StructuralOp::place(&node.row);
    let op = recording.with_arrays(|arrays| arrays.ops[place].clone());
    let list: SmallVec<[u32; 4]> = recording.with(|_, store| node.row.list(&store.lists).into());
    let pulled = Pulled {
        upstream: Tensor::<T>::of(upstream),
        operands: list
            .iter()
            .map(|&operand| Tensor::of_node(recording, operand))
            .collect(),
        result: Tensor::of_node(recording, index),
    };
    let wanted = |slot: usize| wanted(list[slot]);
    op.terms(&pulled, &wanted, &mut |slot, term: Tensor<T>| {
        recording.assert_fits(&op, term.var(), list[slot]);
        give(slot, list[slot], term.var());
    });
}

/// Hands the adjoint of a cast to its operand, in that one's element type.
#[track_caller]
fn cast_back(
    recording: &Recording,
    node: Node,
    (from, to): (ElementType, ElementType),
    upstream: Var,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    let operand = recording.with(|_, store| node.row.list(&store.lists)[0]);
    if !wanted(operand) {
        return;
    }
    let term = match (from, to) {
        (ElementType::F64, ElementType::F32) => Tensor::<f32>::of(upstream).cast::<f64>().var(),
        (ElementType::F32, ElementType::F64) => Tensor::<f64>::of(upstream).cast::<f32>().var(),
        (ElementType::F64, ElementType::F64) | (ElementType::F32, ElementType::F32) => upstream,
    };
    give(0, operand, term);
}

impl Recording {
    /// Whether a sweep is at work, which forgets what is recorded now.
    pub(crate) fn is_sweeping(&self) -> bool {
        self.with_arrays(|arrays| arrays.sweeping)
    }

    /// A term of another shape than its operand would be broadcast, silently, when it is added.
    fn assert_fits(&self, op: &StructuralOp, term: Var, operand: u32) {
        let layout = self.index(term).map_or(0, |term| self.source(term).layout);
        let wanted = self.source(operand).layout;
        self.with_arrays(|arrays| {
            let [layout, wanted] = [layout, wanted].map(|id| arrays.layouts.ordered(id));
            assert_eq!(
                layout,
                wanted,
                "a term of `{}` has another shape",
                op.name()
            );
        });
    }
}

/// Records the terms of an array node as nodes to stay, and hands those of wanted operands to `give`.
#[track_caller]
pub(crate) fn recorded_terms(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    if node.row.op == Op::Structural {
        return structural_terms(recording, index, node, upstream, wanted, give);
    }
    match element_of(recording, index, node) {
        ElementType::F64 => {
            recorded_partials::<f64>(recording, index, node, upstream, wanted, give)
        }
        ElementType::F32 => {
            recorded_partials::<f32>(recording, index, node, upstream, wanted, give)
        }
    }
}

/// Records upstream times local derivative for each wanted operand of an elementwise node.
#[track_caller]
fn recorded_partials<T: Element>(
    recording: &Recording,
    index: u32,
    node: Node,
    upstream: Var,
    wanted: &dyn Fn(u32) -> bool,
    give: &mut dyn FnMut(usize, u32, Var),
) {
    let operands = recording.with(|_, store| node.row.operands(&store.lists));
    let mut handles = SmallVec::<[Tensor<T>; 4]>::new();
    for operand in &operands {
        handles.push(match *operand {
            Operand::Node(operand) => Tensor::of_node(recording, operand),
            Operand::Literal(number) => Tensor::from(number),
        });
    }
    let flows = |slot: usize| matches!(operands[slot], Operand::Node(operand) if wanted(operand));
    let result = Tensor::of_node(recording, index);
    let locals = local_partials(&node.row, &handles, result, flows);
    for (slot, (operand, &local)) in operands.iter().zip(&locals).enumerate() {
        if let (Operand::Node(operand), true) = (*operand, flows(slot)) {
            let term = Tensor::<T>::of(upstream).chain_unless_one(local);
            give(slot, operand, term.var());
        }
    }
}
