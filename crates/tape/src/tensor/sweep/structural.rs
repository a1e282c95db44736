//! The sweep at a structural node: its rule records the terms.

use super::super::lent::is_lent;
use super::super::record::is_active;
use super::super::store::{Arrays, PASSIVE, SWEPT, Source};
use super::held::Held;
use super::terms::structural_terms;
use super::{ArrayObserver, ArrayTerm, Step};
use crate::element::{Element, by_element};
use crate::graph::{Form, Operand};
use crate::op::Op;
use crate::recording::{Node, Recording};
use crate::structural::StructuralOp;
use crate::var::Var;
use smallvec::SmallVec;

/// Hands terms of a structural node on to its operands' adjoints.
#[track_caller]
pub(super) fn structural<O: ArrayObserver>(
    recording: &Recording,
    index: usize,
    node: Node,
    adjoints: &mut [f64],
    observer: &mut O,
) {
    if !O::TERMS && is_put_back(recording, index, node, adjoints, observer) {
        return;
    }
    let upstream = match node.row.shape & !PASSIVE {
        0 => {
            observer.did(|| Step::Upstream {
                node: recording.len() as u32,
                of: index as u32,
            });
            recording.constant(adjoints[index])
        }
        _ => {
            let Source { layout, slot } = Held::unpack(adjoints[index]).source;
            recording.append_row(Op::Const, Form::Leaf, 0, layout, f64::from_bits(slot))
        }
    };
    let wanted = |_: u32, operand: &Node| is_active(operand);
    // What the rule computes from here on is nobody else's, until it is given away.
    let mut fresh = recording.with_arrays(|arrays| Fresh::new(arrays));
    let give = &mut |slot: usize, operand: u32, term: Var| {
        let place = recording.index(term);
        observer.did(|| Step::Recorded {
            end: recording.len() as u32,
        });
        recording.with_nodes_and_arrays(|nodes, lists, arrays| {
            let of_number = nodes[operand as usize].row.shape & !PASSIVE == 0;
            let source = match place {
                Some(place) if !of_number => Source::of(&nodes[place as usize]),
                _ => Source::number(term.peek()),
            };
            observer.array_term(ArrayTerm {
                child: index as u32,
                slot: slot as u32,
                operand,
                source,
                local: None,
                arrays,
            });
            if of_number {
                adjoints[operand as usize] += term.peek() + 0.0;
                observer.did(|| Step::Give {
                    operand,
                    term: place.map_or(Operand::Literal(term.peek()), Operand::Node),
                });
                return;
            }
            by_element!(arrays.layouts.get(source.layout).element, T => {
                let source = match is_lent(source.slot) {
                    false => source,
                    // What a sweep leaves behind outlives the loan.
                    true => arrays.copied_told::<T>(source, observer),
                };
                let own = is_once(operand, node.row.list(lists))
                    && fresh.is_own::<T>(arrays, source, operand, adjoints);
                let adjoint = &mut adjoints[operand as usize];
                arrays.accumulate::<T>(adjoint, Held { source, own }, observer);
            });
        });
    };
    structural_terms(recording, index as u32, node, upstream, &wanted, give);
}

/// The memory that a rule computes terms in, so that an adjoint may own its first term and take
/// others in, where nobody else looks at it.
struct Fresh {
    /// In bytes: what lies before was there before the rule.
    rule: usize,
    /// What lies before is not fresh any more.
    given: usize,
    owners: SmallVec<[u32; 4]>,
}

impl Fresh {
    fn new(arrays: &Arrays) -> Fresh {
        let used = arrays.swept.used();
        Fresh {
            rule: used,
            given: used,
            owners: SmallVec::new(),
        }
    }

    /// Whether the adjoint of `operand` may own a term. Terms that may lie in each other's memory
    /// are owned by nobody.
    fn is_own<T: Element>(
        &mut self,
        arrays: &Arrays,
        term: Source,
        operand: u32,
        adjoints: &mut [f64],
    ) -> bool {
        if arrays.is_value(term) {
            return false;
        }
        let layout = arrays.layouts.get(term.layout);
        let start = (term.slot & !SWEPT) as usize * size_of::<T>();
        let mut end = start + layout.shape.count() * size_of::<T>();
        if arrays.layouts.ordered(term.layout) != term.layout {
            // It may reach anywhere.
            end = usize::MAX;
        } else if start >= self.given {
            self.given = end;
            self.owners.push(operand);
            return true;
        }
        if end > self.rule {
            self.given = self.given.max(end);
            for owner in self.owners.drain(..) {
                let adjoint = &mut adjoints[owner as usize];
                let held = Held::unpack(*adjoint);
                *adjoint = Held { own: false, ..held }.pack();
            }
        }
        false
    }
}

fn is_once(operand: u32, operands: &[u32]) -> bool {
    operands.iter().filter(|&&other| other == operand).count() == 1
}

/// Puts the adjoint of a part of an array back where the part lies in that of the whole, without
/// the array of zeros around it that the rule would record: many slices of one array cost as much
/// as the array. False if the node is no such part.
fn is_put_back(
    recording: &Recording,
    index: usize,
    node: Node,
    adjoints: &mut [f64],
    observer: &mut impl ArrayObserver,
) -> bool {
    recording.with_store(|nodes, store| {
        let arrays = &mut store.arrays;
        let StructuralOp::Slice(slice) = &arrays.ops[StructuralOp::place(&node.row)] else {
            return false;
        };
        let whole = node.row.list(&store.lists)[0] as usize;
        let layout = nodes[whole].row.shape & !PASSIVE;
        if layout == 0 {
            return false;
        }
        if is_active(&nodes[whole]) {
            let term = match node.row.shape & !PASSIVE {
                0 => (Source::number(adjoints[index]), Some(index as u32)),
                _ => (Held::unpack(adjoints[index]).source, None),
            };
            let (adjoint, cuts) = (&mut adjoints[whole], slice.cuts.clone());
            by_element!(arrays.layouts.get(layout).element, T => {
                arrays.accumulate_part::<T>(adjoint, layout, &cuts, term, observer);
            });
        }
        true
    })
}
