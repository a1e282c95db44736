//! Elementwise kernels of any number of operands: gathered element by element, computed in `f64`.

use super::View;
use super::walk::Reader;
use crate::element::Element;
use crate::op::{Nary, chain_product};
use smallvec::SmallVec;

/// The operands of one element after another.
struct Gather<'a, T> {
    readers: SmallVec<[Reader<'a, T>; 4]>,
    operands: SmallVec<[f64; 8]>,
}

impl<'a, T: Element> Gather<'a, T> {
    fn new(xs: &[View<'a, T>]) -> Self {
        Gather {
            readers: xs.iter().map(|&x| Reader::new(x)).collect(),
            operands: SmallVec::from_elem(0.0, xs.len()),
        }
    }

    fn next(&mut self) -> &[f64] {
        for (operand, reader) in self.operands.iter_mut().zip(&mut self.readers) {
            *operand = reader.next_element().to_f64();
        }
        &self.operands
    }
}

/// `out = function(xs[0], xs[1], ..)`, for functions that are no rows of the table.
pub(crate) fn each<T: Element>(
    xs: &[View<'_, T>],
    out: &mut [T],
    mut function: impl FnMut(&[f64]) -> f64,
) {
    let mut gather = Gather::new(xs);
    for out in out {
        *out = T::from_f64(function(gather.next()));
    }
}

/// `out = op(xs[0], xs[1], ..)`.
pub(crate) fn nary<R: Nary, T: Element>(xs: &[View<'_, T>], out: &mut [T]) {
    let mut gather = Gather::new(xs);
    for out in out {
        *out = T::from_f64(R::value(gather.next()));
    }
}

/// `out = upstream` times the derivative by operand `slot`.
pub(crate) fn nary_pull<R: Nary, T: Element>(
    upstream: View<'_, T>,
    xs: &[View<'_, T>],
    value: View<'_, T>,
    slot: usize,
    out: &mut [T],
) {
    let mut gather = Gather::new(xs);
    let (mut upstream, mut value) = (Reader::new(upstream), Reader::new(value));
    let mut partials: SmallVec<[f64; 8]> = SmallVec::from_elem(0.0, xs.len());
    for out in out {
        let value = value.next_element().to_f64();
        R::partials(gather.next(), value, &mut partials);
        let upstream = upstream.next_element().to_f64();
        *out = T::from_f64(chain_product(upstream, partials[slot]));
    }
}
