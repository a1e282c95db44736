//! The sweep at an elementwise node: no rule records anything, each term is one pass of a kernel.

use super::super::rows::RowTerm;
use super::super::store::{Arrays, Numbers, PASSIVE, Source};
use super::held::Held;
use super::{ArrayObserver, ArrayTerm, Step};
use crate::element::Element;
use crate::graph::{Operand, Row};
use crate::kernel::View;
use crate::op::Op;
use crate::recording::Node;
use smallvec::SmallVec;

/// A node, among those of its recording.
pub(super) struct Elementwise<'a> {
    pub(super) nodes: &'a [Node],
    pub(super) lists: &'a [u32],
    pub(super) index: usize,
}

/// What a term is computed from: the upstream adjoint, the operands, and the result.
pub(super) type Sources = SmallVec<[Source; 8]>;

impl Elementwise<'_> {
    pub(super) fn pull<T: Element, O: ArrayObserver>(
        self,
        arrays: &mut Arrays,
        adjoints: &mut [f64],
        observer: &mut O,
    ) {
        let node = &self.nodes[self.index];
        let row = &node.row;
        let upstream = Held::unpack(adjoints[self.index]).source;
        let layout = arrays.layouts.ordered(row.shape & !PASSIVE);
        let mut sources = self.sources(upstream);
        for (slot, operand) in row.operands(self.lists).iter().enumerate() {
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
                let slot =
                    arrays.compute(layout, &sources, Numbers::Repeated, term::<T>(row, slot));
                Source { layout, slot }
            };
            let held = Held {
                source: pulled(arrays, upstream),
                own: !passes_on,
            };
            let local = O::LOCALS.then(|| pulled(arrays, Source::number(1.0)));
            if !passes_on {
                observer.did(|| Step::Term {
                    child: self.index as u32,
                    slot: slot as u32,
                    upstream,
                    into: held.source,
                });
            }
            observer.array_term(ArrayTerm {
                child: self.index as u32,
                slot: slot as u32,
                operand,
                source: held.source,
                local,
                arrays,
            });
            arrays.accumulate::<T>(&mut adjoints[operand as usize], held, observer);
        }
    }

    pub(super) fn sources(&self, upstream: Source) -> Sources {
        let node = &self.nodes[self.index];
        let mut sources = Sources::new();
        sources.push(upstream);
        for operand in &node.row.operands(self.lists) {
            sources.push(match *operand {
                Operand::Node(operand) => Source::of(&self.nodes[operand as usize]),
                Operand::Literal(number) => Source::number(number),
            });
        }
        sources.push(Source::of(node));
        sources
    }
}

/// The kernel of a term: upstream times the local derivative by operand `slot`.
pub(super) fn term<T: Element>(
    row: &Row,
    slot: usize,
) -> impl FnOnce(&[View<'_, T>], &[usize], &mut [T]) {
    move |views, _, out| {
        row.op.dispatch(RowTerm {
            row,
            slot,
            upstream: views[0],
            operands: &views[1..views.len() - 1],
            result: views[views.len() - 1],
            out,
        });
    }
}
