//! Named stretches of a tape.

use crate::recording::ScopeId;
use crate::tape::Tape;
use std::fmt;
use std::panic::Location;

impl Tape {
    /// Runs a piece of code, and lets everything that it records on this tape belong to a scope of
    /// this name: a layer, a step, a part of a formula. Scopes nest, and
    /// [`Explanation::scopes`](crate::Explanation::scopes) lists them. The code's answer is
    /// answered.
    ///
    /// Nothing else changes: no value, no derivative, no name. A scope ends with its code, also
    /// when that panics, and a [`reset`](Tape::reset) inside forgets it along with its nodes.
    /// Entering one takes constant time, and no memory once a loop is warm.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 0.5);
    /// let y = tape.scope("encoder", || {
    ///     let h = tape.scope("layer1", || (2.0 * x).tanh());
    ///     tape.scope("layer2", || (h + 1.0).tanh())
    /// });
    /// let explanation = y.explain();
    /// let scopes = explanation.scopes();
    /// let found: Vec<_> = scopes.iter().map(|s| (&s.name[..], s.nodes.clone(), s.parent)).collect();
    /// assert_eq!(
    ///     found,
    ///     [("encoder", 1..5, None), ("layer1", 1..3, Some(0)), ("layer2", 3..5, Some(0))]
    /// );
    /// assert_eq!(explanation.scope_path(1), "encoder.layer1");
    /// ```
    #[track_caller]
    pub fn scope<V>(&self, name: impl AsRef<str>, code: impl FnOnce() -> V) -> V {
        let _entered = self.enter(name);
        code()
    }

    /// Enters a scope, which ends when what this answers is dropped: [`scope`](Tape::scope) for
    /// code that a closure would not suit, because it is `#[track_caller]` and its own caller's
    /// line is to be kept, or returns early.
    ///
    /// Scopes that are still open inside one that ends, end with it.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 0.5);
    /// let entered = tape.enter("layer1");
    /// let y = x.tanh();
    /// drop(entered);
    /// assert_eq!((y * y).explain().scopes()[0].nodes, 1..2);
    /// ```
    #[must_use = "a scope ends when this is dropped"]
    #[track_caller]
    pub fn enter(&self, name: impl AsRef<str>) -> Entered<'_> {
        Entered {
            tape: self,
            scope: self.recording.enter(name.as_ref(), Location::caller()),
        }
    }

    /// Whether the tape keeps the line of code that recorded each node: it is there to be read, and
    /// what makes it more readable, such as the scopes of a network's layers, is worth its time.
    #[must_use]
    pub fn keeps_lines(&self) -> bool {
        self.recording.settings().lines
    }
}

/// A scope of a tape, left when this is dropped: made by [`Tape::enter`].
pub struct Entered<'t> {
    tape: &'t Tape,
    scope: ScopeId,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.tape.recording.leave(self.scope);
    }
}

impl fmt::Debug for Entered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a scope of {:?}", self.tape)
    }
}
