//! A reverse sweep whose adjoints are seen, or changed, on their way.

use crate::array::Array;
use crate::element::Element;
use crate::error::done;
use crate::gradients::Gradients;
use crate::graph::Line;
use crate::guard::Reading;
use crate::pull::{Observer, Term, is_untouched};
use crate::recording::Recording;
use crate::tensor::{ArrayObserver, Tensor, read_adjoint, write_adjoint};
use crate::var::Var;
use std::panic::Location;

/// A reverse sweep with hooks: code that sees a node's adjoint when all its terms have arrived,
/// before it is handed on to the operands, and may change it.
///
/// Hooks belong to the sweep and not to the tape: nothing stays behind, and a sweep without them
/// costs nothing more. What a hook leaves behind is what [`Gradients`] then holds for that node.
/// [`explain`](Sweep::explain) shows what each made of what.
/// A node that no path leads to has no adjoint, and its hook is not called. Several hooks of one
/// node are called in the order in which they were added.
///
/// ```
/// use tape::{Sweep, Tape};
///
/// let tape = Tape::new();
/// let w = tape.tensor("w", [3.0, -4.0]);
/// let hidden = w * 10.0;
/// let loss = hidden.square().sum();
///
/// let mut largest = 0.0;
/// let g = Sweep::new()
///     .hook(hidden, |adjoint| {
///         largest = adjoint.iter().fold(0.0, |most: f64, &a| most.max(f64::abs(a)));
///         *adjoint = adjoint.map(|a| a.clamp(-70.0, 70.0));
///     })
///     .backward(loss);
/// assert_eq!(g[w], [600.0, -700.0]);
/// assert_eq!(g[hidden], [60.0, -70.0]);
/// drop(g);
/// assert_eq!(largest, 80.0);
/// ```
#[derive(Default)]
pub struct Sweep<'a> {
    /// With the line that each was added on.
    hooks: Vec<(Var, Line, Hook<'a>)>,
}

/// Sees an adjoint as the list of adjoints holds it.
type Hook<'a> = Box<dyn FnMut(&Recording, &mut f64) + 'a>;

impl<'a> Sweep<'a> {
    /// A sweep without hooks.
    #[must_use]
    pub fn new() -> Sweep<'a> {
        Sweep::default()
    }

    /// Has `look` called with the adjoint of a tensor. It must leave the shape as it is, and must
    /// neither record on the tape that is being swept nor sweep it.
    #[must_use]
    #[track_caller]
    pub fn hook<T: Element>(
        mut self,
        tensor: Tensor<T>,
        mut look: impl FnMut(&mut Array<T>) + 'a,
    ) -> Sweep<'a> {
        let line = Location::caller();
        let hook = move |recording: &Recording, held: &mut f64| {
            let is_number = recording
                .index(tensor.var())
                .is_some_and(|index| recording.shape(index).rank() == 0);
            let before = match is_number {
                true => Array::from(T::from_f64(*held)),
                false => read_adjoint::<T>(recording, *held),
            };
            let mut adjoint = before.clone();
            guarded(recording, line, || look(&mut adjoint));
            assert!(
                adjoint.shape() == before.shape(),
                "a hook made an adjoint of shape {} out of one of shape {} ({line})",
                adjoint.shape(),
                before.shape()
            );
            if adjoint == before {
                return;
            }
            *held = match is_number {
                true => adjoint.item().to_f64() + 0.0,
                false => write_adjoint(recording, &adjoint),
            };
        };
        self.hooks.push((tensor.var(), line, Box::new(hook)));
        self
    }

    /// As [`hook`](Sweep::hook), for a number.
    #[must_use]
    #[track_caller]
    pub fn hook_number(mut self, var: Var, mut look: impl FnMut(&mut f64) + 'a) -> Sweep<'a> {
        let line = Location::caller();
        let hook = move |recording: &Recording, adjoint: &mut f64| {
            guarded(recording, line, || look(adjoint));
            *adjoint += 0.0;
        };
        self.hooks.push((var, line, Box::new(hook)));
        self
    }

    /// Sweeps from a number: [`Var::backward`] with these hooks.
    ///
    /// # Panics
    /// If a handle is stale or of another tape, or if a hook misbehaves: see [`hook`](Sweep::hook).
    #[must_use]
    #[track_caller]
    pub fn backward(&mut self, output: Var) -> Gradients {
        let mut gradients = Gradients::new();
        if output.is_constant() {
            gradients.sweep_from(output);
            return gradients;
        }
        let recording = Recording::expect_owner(output, "backward");
        let mut stops = self.stops(&recording);
        gradients.sweep_from_number(&recording, (output, 1.0), &mut stops);
        gradients
    }

    /// Sweeps from a tensor: [`Tensor::vjp`] with these hooks.
    ///
    /// # Panics
    /// If the shapes differ; otherwise as [`backward`](Sweep::backward).
    #[must_use]
    #[track_caller]
    pub fn vjp<T: Element>(&mut self, output: Tensor<T>, cotangent: &Array<T>) -> Gradients {
        done(output.fits_cotangent("vjp", cotangent));
        let mut gradients = Gradients::new();
        if output.var().is_constant() {
            gradients.sweep_from(output.var());
            return gradients;
        }
        let recording = Recording::expect_owner(output.var(), "vjp");
        let mut stops = self.stops(&recording);
        let index = recording.index(output.var());
        let index = index.expect("the owner holds the handle");
        let elements = cotangent.as_slice();
        if cotangent.shape().rank() == 0 {
            let seed = elements[0].to_f64();
            gradients.sweep_from_number(&recording, (output.var(), seed), &mut stops);
        } else {
            gradients.sweep_from_array(&recording, index, T::elements(elements), &mut stops);
        }
        gradients
    }

    /// The hooks by node, the last first.
    #[track_caller]
    pub(crate) fn stops<'s>(&'s mut self, recording: &Recording) -> Stops<'s, 'a> {
        recording.note(Reading::Derivatives, Location::caller());
        let mut hooks = Vec::with_capacity(self.hooks.len());
        for (var, line, hook) in &mut self.hooks {
            if var.is_constant() {
                continue;
            }
            let Some(index) = recording.index(*var) else {
                let owner = Recording::expect_owner(*var, "a hook");
                panic!(
                    "a hook on another tape than the one that is swept: {} ({})",
                    owner.describe(*var),
                    Location::caller()
                );
            };
            hooks.push((index as usize, *line, hook));
        }
        // The last in the list comes first: the last node, and of one node the first hook.
        hooks.reverse();
        hooks.sort_by_key(|&(index, ..)| index);
        Stops { hooks }
    }
}

/// Runs a user's code in the middle of a sweep.
fn guarded(recording: &Recording, line: Line, code: impl FnOnce()) {
    let before = (recording.base(), recording.len());
    code();
    assert!(
        before == (recording.base(), recording.len()),
        "a hook recorded on the tape that is being swept, or reset it ({line})"
    );
}

/// Where a sweep stops: hooks, ascending by node.
pub(crate) struct Stops<'s, 'a> {
    hooks: Vec<(usize, Line, &'s mut Hook<'a>)>,
}

impl Stops<'_, '_> {
    /// Calls the hook that the sweep stopped at, if an adjoint is there to be seen; answers the
    /// hook's line.
    pub(crate) fn call(&mut self, recording: &Recording, adjoint: &mut f64) -> Option<Line> {
        let (_, line, hook) = self.hooks.pop()?;
        if is_untouched(*adjoint) {
            return None;
        }
        hook(recording, adjoint);
        Some(line)
    }
}

impl Observer<f64> for Stops<'_, '_> {
    #[inline(always)]
    fn term(&mut self, _: Term<f64>) {}
}

impl ArrayObserver for Stops<'_, '_> {
    fn stop(&mut self, left: usize) -> usize {
        while self.hooks.pop_if(|hook| hook.0 >= left).is_some() {}
        self.hooks.last().map_or(0, |&(index, ..)| index + 1)
    }

    fn stopped(&mut self, recording: &Recording, _: usize, adjoint: &mut f64) {
        self.call(recording, adjoint);
    }
}
