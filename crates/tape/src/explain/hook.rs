//! Hooks in the ledger: what each made of an adjoint.

use super::read::explain;
use super::start::Start;
use super::{Explanation, Source};
use crate::array::Array;
use crate::element::Element;
use crate::error::done;
use crate::hooks::Sweep;
use crate::recording::Recording;
use crate::tensor::Tensor;
use crate::var::Var;

/// The term of a hook that changed a number's adjoint: it is not added, but takes the place of what
/// was there.
///
/// A difference would not do: `before + (after - before)` is not `after` where digits are lost, and
/// nothing can be added to a NaN that makes a number of it.
#[derive(Clone, Debug, PartialEq)]
pub struct HookTerm {
    /// What the hook was given: the sum of the node's terms, or what the hook before left.
    pub before: f64,
    /// What it left.
    pub after: f64,
    /// The line that added the hook to its sweep, if lines were on.
    pub source: Option<Source>,
}

/// The term of a hook that changed an array's adjoint.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayHookTerm {
    /// What the hook was given: the sum of the node's terms, or what the hook before left.
    pub before: Array,
    /// What it left.
    pub after: Array,
    /// The line that added the hook to its sweep, if lines were on.
    pub source: Option<Source>,
}

impl ArrayHookTerm {
    /// How many elements it changed.
    #[must_use]
    pub fn changed(&self) -> usize {
        let pairs = self.before.iter().zip(self.after.iter());
        pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count()
    }
}

/// The ledger of a sweep with hooks.
impl Sweep<'_> {
    /// The ledger of [`backward`](Sweep::backward): where a hook changed an adjoint it has a term
    /// of its own, with the adjoint before and after. Hooks that only looked have none.
    ///
    /// ```
    /// use tape::{Sweep, Tape};
    ///
    /// let tape = Tape::without_lines();
    /// let x = tape.var("x", 3.0);
    /// let h = (x * x).named("h");
    /// let loss = (h * h).named("loss");
    /// let explanation = Sweep::new()
    ///     .hook_number(h, |adjoint| *adjoint = adjoint.clamp(-5.0, 5.0))
    ///     .explain(loss);
    /// assert_eq!(
    ///     explanation.ledger(h),
    ///     "\
    /// h = x * x = 9
    ///     from loss: 1 * 9 = 9    dloss/dh = h = 9 (operand 1)
    ///     from loss: 1 * 9 = 9    dloss/dh = h = 9 (operand 2)
    ///     hook:      18 -> 5
    ///     adjoint 9 + 9 = 18, made 5 by a hook
    /// "
    /// );
    /// assert_eq!(explanation.node(x).unwrap().adjoint, Some(30.0));
    /// ```
    ///
    /// # Panics
    /// As [`backward`](Sweep::backward).
    #[must_use]
    #[track_caller]
    pub fn explain(&mut self, output: Var) -> Explanation {
        self.explain_from(output, Start::Numbers(&[(output, 1.0)]))
    }

    /// The ledger of [`vjp`](Sweep::vjp), hooks included.
    ///
    /// # Panics
    /// As [`vjp`](Sweep::vjp).
    #[must_use]
    #[track_caller]
    pub fn explain_vjp<T: Element>(
        &mut self,
        output: Tensor<T>,
        cotangent: &Array<T>,
    ) -> Explanation {
        done(output.fits_cotangent("explain", cotangent));
        let mut number = Default::default();
        let start = Start::of(output, cotangent, &mut number);
        self.explain_from(output.var(), start)
    }

    #[track_caller]
    fn explain_from(&mut self, output: Var, start: Start<'_>) -> Explanation {
        if output.is_constant() {
            return explain(None, start, None);
        }
        let recording = Recording::expect_owner(output, "explain");
        let stops = self.stops(&recording);
        explain(Some(&recording), start, Some(stops))
    }
}
