//! What looks on while a sweep goes through arrays.

use super::super::store::{Arrays, Source};
use super::Step;
use crate::pull::Observer;
use crate::recording::Recording;

/// Sees every term of a sweep through arrays as it is added.
pub(crate) trait ArrayObserver: Observer<f64> {
    /// Whether it looks at terms. If not, those that are zero nearly everywhere are added where
    /// they are not, and never made.
    const TERMS: bool = false;

    /// Whether it asks for the local derivatives of elementwise operations, which the sweep
    /// itself multiplies without keeping.
    const LOCALS: bool = false;

    /// Whether the adjoint of each input is to lie apart, so that it can be changed where it is.
    const APART: bool = false;

    /// A term that is an array, or one that a structural operation gave to a number.
    #[inline(always)]
    fn array_term(&mut self, _: ArrayTerm<'_>) {}

    /// What the sweep just did, for those who will do it again.
    #[inline(always)]
    fn did(&mut self, _step: impl FnOnce() -> Step) {}

    /// The sweep is done; what its rules recorded is still there.
    #[inline(always)]
    fn done(&mut self, _recording: &Recording) {}

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
impl ArrayObserver for () {}

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
