//! The adjoints of arrays while a sweep is at work, and what it leaves of them.

use super::super::layout::{Layout, LayoutId};
use super::super::store::{Arrays, Numbers, PASSIVE, SWEPT, Source};
use super::{ArrayObserver, Step};
use crate::array::Array;
use crate::element::{Element, by_element};
use crate::kernel::{self, View};
use crate::op::{Op, rule};
use crate::pull::is_untouched;
use crate::recording::Recording;
use crate::structural::Cut;
use std::sync::Arc;

/// An array's adjoint, as the list of adjoints holds it among those of numbers: where its
/// elements are, in 64 bits that are never those of "no term yet" (-0.0).
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) source: Source,
    /// Whether it was computed for this adjoint alone, without gaps, so that terms may be added
    /// into it.
    pub(super) own: bool,
}

impl Held {
    const ARRAY: u64 = 1 << 62;
    const LAYOUT: u32 = 47;
    const OWN: u64 = 1 << 46;
    const OF_SWEEP: u64 = 1 << 45;

    pub(super) fn pack(self) -> f64 {
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

    pub(super) fn unpack(adjoint: f64) -> Held {
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

impl Arrays {
    /// Adds a term to the adjoint of an array node.
    pub(super) fn accumulate<T: Element>(
        &mut self,
        adjoint: &mut f64,
        term: Held,
        observer: &mut impl ArrayObserver,
    ) {
        if is_untouched(*adjoint) {
            *adjoint = term.pack();
            return;
        }
        let sum = Held::unpack(*adjoint);
        if sum.own {
            let (into, from) = (sum.source, term.source);
            self.add_into::<T>(into, from);
            return observer.did(|| Step::Add { into, from });
        }
        let layout = self.layouts.ordered(sum.source.layout);
        let terms = [sum.source, term.source];
        let slot = self.compute(layout, &terms, Numbers::Alone, add::<T>);
        let source = Source { layout, slot };
        observer.did(|| Step::Sum {
            into: source,
            terms,
        });
        *adjoint = Held { source, own: true }.pack();
    }

    /// Adds a term that is zero but for a part, where it is `term`, to the adjoint of an array node
    /// of this layout: in time proportional to the part, from the second such term on. If the term
    /// is a number, it is the adjoint of node `of`.
    pub(super) fn accumulate_part<T: Element>(
        &mut self,
        adjoint: &mut f64,
        whole: LayoutId,
        cuts: &[Cut],
        (term, of): (Source, Option<u32>),
        observer: &mut impl ArrayObserver,
    ) {
        let untouched = is_untouched(*adjoint);
        let sum = if untouched {
            let layout = self.layouts.ordered(whole);
            let slot = self.compute(layout, &[], Numbers::Alone, zeros::<T>);
            let into = Source { layout, slot };
            observer.did(|| Step::Zeros { into });
            into
        } else {
            match Held::unpack(*adjoint) {
                Held { source, own: true } => source,
                Held { source, own: false } => self.copied_told::<T>(source, observer),
            }
        };
        self.write_part::<T>(sum, cuts, term, !untouched);
        observer.did(|| Step::Part {
            into: sum,
            cuts: cuts.into(),
            from: term,
            of,
            add: !untouched,
        });
        let (source, own) = (sum, true);
        *adjoint = Held { source, own }.pack();
    }

    /// A copy of an array, without gaps, of which the observer is told.
    pub(super) fn copied_told<T: Element>(
        &mut self,
        from: Source,
        observer: &mut impl ArrayObserver,
    ) -> Source {
        let into = self.copied::<T>(from);
        observer.did(|| Step::Copy { into, from });
        into
    }
}

/// The kernel of a sum of two terms.
pub(in super::super) fn add<T: Element>(views: &[View<'_, T>], _: &[usize], out: &mut [T]) {
    kernel::binary::<rule::Add, T>(views[0], views[1], out);
}

/// The kernel of zeros.
pub(in super::super) fn zeros<T: Element>(_: &[View<'_, T>], _: &[usize], out: &mut [T]) {
    out.fill(T::default());
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

/// The same as plain data, whatever its elements are.
pub(crate) fn plain_adjoint(recording: &Recording, adjoint: f64) -> Array {
    recording.with_arrays(|arrays| arrays.plain(&Held::unpack(adjoint).source))
}

/// Another adjoint for an array, while a sweep is at work.
#[track_caller]
pub(crate) fn write_adjoint<T: Element>(recording: &Recording, array: &Array<T>) -> f64 {
    let written = recording.array_leaf(Op::Const, array.shape(), array.as_slice());
    let index = recording.index(written.var()).expect("just recorded");
    let source = recording.source(index);
    Held { source, own: false }.pack()
}

/// An array that a sweep found: the adjoint of a node.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) index: u32,
    pub(crate) layout: Arc<Layout>,
    pub(crate) slot: u64,
    /// Whether no other adjoint lies in the same memory.
    pub(crate) alone: bool,
    /// Whether its elements lie in row-major order without gaps.
    pub(crate) ordered: bool,
}

/// Notes where the adjoints of arrays are.
pub(super) fn collect<O: ArrayObserver>(
    recording: &Recording,
    adjoints: &[f64],
    found: &mut Vec<Found>,
    observer: &mut O,
) {
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
            let apart = alone || !O::APART;
            if arrays.is_value(source) || node.row.op == Op::Input && !(in_order && apart) {
                let element = arrays.layouts.get(source.layout).element;
                source = by_element!(element, T => arrays.copied_told::<T>(source, observer));
                alone = true;
            }
            found.push(Found {
                index: index as u32,
                layout: arrays.layouts.shared(source.layout),
                slot: source.slot,
                alone,
                ordered: arrays.layouts.ordered(source.layout) == source.layout,
            });
        }
    });
}
