//! The ledger of one element of an array.

use super::{ArrayHookTerm, ArrayTerm, Explanation, HookTerm, Node, Term};
use crate::derive::Handle;
use crate::element::Element;
use crate::tensor::Tensor;

/// What one element of a tensor received from each child: made by [`Explanation::element`].
///
/// Printed, it is a ledger like that of a number. The terms add up to the adjoint, exactly, in
/// the arithmetic of the element's type.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementLedger<'a> {
    /// The ledger that it was taken from.
    pub explanation: &'a Explanation,
    /// The node of the tensor.
    pub node: &'a Node,
    /// The place along each axis.
    pub index: Vec<usize>,
    /// The element.
    pub value: f64,
    /// The derivative of the output by this element; `None` where no path leads to an output.
    pub adjoint: Option<f64>,
    /// What the adjoint is the sum of, in the order in which it was added.
    ///
    /// Of an elementwise child: its adjoint and its local derivative in this place. Where the
    /// child moves, mixes or reduces elements, `upstream` is the whole contribution and `local` 1.
    pub terms: Vec<Term>,
    /// What hooks made of that sum, those that changed this element.
    pub hooks: Vec<HookTerm>,
}

impl Explanation {
    /// The ledger of one element.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let w = tape.tensor("w", [2.0, 3.0]);
    /// let s = w.square().named("s");
    /// let explanation = (s.sum() + w.sum()).explain();
    /// let element = explanation.element(w, &[1]);
    /// assert_eq!((element.value, element.adjoint), (3.0, Some(7.0)));
    /// assert_eq!(element.terms[1].local, 6.0); // from s
    /// ```
    ///
    /// # Panics
    /// If the tensor is no array of this explanation, or the index is not within its shape.
    #[must_use]
    #[track_caller]
    pub fn element<T: Element>(&self, tensor: Tensor<T>, index: &[usize]) -> ElementLedger<'_> {
        let node = self.node(Handle::node(tensor));
        let Some((node, array)) = node.and_then(|node| Some((node, node.array.as_ref()?))) else {
            panic!("element: the tensor is no array of this explanation");
        };
        let Some(value) = array.value.get(index) else {
            panic!(
                "element: {index:?} is no place in {} {}",
                node.label,
                array.shape()
            );
        };
        let at = |term: &ArrayTerm| {
            let contribution = term.contribution.get(index)?;
            let local = term.local.as_ref().and_then(|local| local.get(index));
            let child = term.child.map(|child| self.at(child));
            let upstream = child.and_then(|child| child.array.as_ref());
            let upstream = upstream.and_then(|child| child.adjoint.as_ref()?.get(index));
            let (upstream, local) = match (local, upstream) {
                (Some(local), Some(upstream)) => (upstream, local),
                _ => (contribution, 1.0),
            };
            Some(Term {
                child: term.child,
                slot: term.slot,
                upstream,
                local,
                contribution,
            })
        };
        let hooked = |hook: &ArrayHookTerm| {
            let (before, after) = (hook.before.get(index)?, hook.after.get(index)?);
            let source = hook.source.clone();
            (before.to_bits() != after.to_bits()).then_some(HookTerm {
                before,
                after,
                source,
            })
        };
        ElementLedger {
            explanation: self,
            node,
            index: index.to_vec(),
            value,
            adjoint: array
                .adjoint
                .as_ref()
                .and_then(|adjoint| adjoint.get(index)),
            terms: array.terms.iter().filter_map(at).collect(),
            hooks: array.hooks.iter().filter_map(hooked).collect(),
        }
    }
}
