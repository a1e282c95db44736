//! What a reverse sweep found: the adjoint of every node.

use crate::buffers;
use crate::element::{Element, Elements};
use crate::guard::Reading;
use crate::pull::{Nodes, is_untouched, pull, untouched};
use crate::recording::Recording;
use crate::tensor::{Arena, ArrayAdjoints, ArrayObserver, ArraySeed, Found, Tensor};
use crate::var::Var;
use std::fmt;
use std::ops::Index;
use std::panic::Location;

/// The derivative of an output by every node of its tape, intermediate ones included.
///
/// `g[x]` is the number, 0.0 where there is no path; [`get`](Gradients::get) tells the two
/// apart. It stays valid, for the handles it was made with, when the tape goes on or is
/// swept again: adjoints live here and not in the tape.
///
/// ```
/// let tape = tape::Tape::new();
/// let (x, y, unused) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("unused", 1.0));
/// let q = x + y;
/// let g = (q * -4.0).backward();
/// assert_eq!((g[x], g[y], g[q]), (-4.0, -4.0, -4.0));
/// assert_eq!((g.get(unused), g[unused]), (None, 0.0));
/// ```
#[derive(Default)]
pub struct Gradients {
    adjoints: Vec<f64>,
    /// Id of the first node.
    base: u64,
    /// How many nodes the recording held when it was swept.
    length: u64,
    /// Adjoints of arrays, ascending by node, and their elements.
    arrays: ArrayAdjoints,
    /// Whether a plan of the recording at `base` swept last, in its way.
    planned: bool,
}

impl Gradients {
    /// Empty gradients, to sweep into with [`Var::backward_into`].
    #[must_use]
    pub fn new() -> Gradients {
        Gradients {
            adjoints: buffers::take(),
            base: 0,
            length: 0,
            arrays: ArrayAdjoints::default(),
            planned: false,
        }
    }

    /// Has a plan sweep again: `start` is what its own sweep left, but for numbers, which are as a
    /// sweep begins. `sweep` is called with the memory of arrays and the adjoints of numbers.
    pub(crate) fn swept_again(
        &mut self,
        start: &Gradients,
        sweep: impl FnOnce(&mut Arena, &mut [f64]),
    ) {
        if !self.planned || self.base != start.base || !self.arrays.is_as_swept() {
            self.arrays = start.arrays.copied();
            (self.base, self.length) = (start.base, start.length);
            self.planned = true;
        }
        self.adjoints.clear();
        self.adjoints.extend_from_slice(&start.adjoints);
        sweep(self.arrays.memory_again(), &mut self.adjoints);
    }

    /// The adjoints of numbers, and where those of arrays are, as a sweep holds them.
    pub(crate) fn adjoints_mut(&mut self) -> &mut [f64] {
        &mut self.adjoints
    }

    /// The derivative by `var`, or `None` where no path leads from it to the output.
    /// A derivative that is zero is `Some(0.0)`.
    ///
    /// # Panics
    /// If `var` is not of the recording that was swept, as it stood then.
    #[must_use]
    #[track_caller]
    pub fn get(&self, var: Var) -> Option<f64> {
        self.find(var).copied()
    }

    /// The derivative by `var`, to be changed in place, or `None` where no path leads from it to
    /// the output.
    ///
    /// # Panics
    /// As [`get`](Gradients::get).
    #[track_caller]
    pub fn get_mut(&mut self, var: Var) -> Option<&mut f64> {
        self.find(var)?;
        let index = var.id.wrapping_sub(self.base);
        self.adjoints.get_mut(index as usize)
    }

    /// Whether a path leads from a tensor, of any rank, to the output.
    ///
    /// # Panics
    /// As [`get`](Gradients::get).
    #[must_use]
    #[track_caller]
    pub fn reaches<T: Element>(&self, tensor: Tensor<T>) -> bool {
        self.find(tensor.var()).is_some()
    }

    #[inline]
    #[track_caller]
    fn find(&self, var: Var) -> Option<&f64> {
        // There are no more adjoints than nodes, so only a handle that misses them is looked into.
        let index = var.id.wrapping_sub(self.base);
        match self.adjoints.get(index as usize) {
            Some(adjoint) if !is_untouched(*adjoint) => Some(adjoint),
            Some(_) => None,
            None => {
                self.expect_ours(var);
                None
            }
        }
    }

    /// A panic if a handle is of another recording.
    #[cold]
    #[track_caller]
    fn expect_ours(&self, var: Var) {
        if !var.is_constant() && var.id.wrapping_sub(self.base) >= self.length {
            self.foreign(var);
        }
    }

    /// Sweeps from a tensor, each of whose elements has a seed.
    #[track_caller]
    pub(crate) fn sweep_from_array(
        &mut self,
        recording: &Recording,
        index: u32,
        elements: Elements<'_>,
        observer: &mut impl ArrayObserver,
    ) {
        recording.note(Reading::Derivatives, Location::caller());
        self.begin(recording.base(), recording.len() as u64);
        let seed = ArraySeed { index, elements };
        self.arrays
            .sweep(recording, &mut self.adjoints, Some(seed), observer);
    }

    /// Sweeps from a number, past hooks.
    #[track_caller]
    pub(crate) fn sweep_from_number(
        &mut self,
        recording: &Recording,
        (output, seed): (Var, f64),
        observer: &mut impl ArrayObserver,
    ) {
        let index = recording.index(output).expect("the owner holds the handle");
        self.begin(recording.base(), recording.len() as u64);
        self.seed(index as usize, seed);
        self.arrays
            .sweep(recording, &mut self.adjoints, None, observer);
    }

    /// Where the adjoint of a tensor is, if a path leads from it to the output.
    #[track_caller]
    pub(crate) fn find_array(&self, var: Var) -> Option<&Found> {
        if var.is_constant() {
            return None;
        }
        let index = var.id.wrapping_sub(self.base);
        if index >= self.length {
            self.foreign(var);
        }
        self.arrays.find(index as u32)
    }

    pub(crate) fn arrays(&self) -> &ArrayAdjoints {
        &self.arrays
    }

    pub(crate) fn arrays_mut(&mut self) -> &mut ArrayAdjoints {
        &mut self.arrays
    }

    #[cold]
    #[track_caller]
    fn foreign(&self, var: Var) {
        // A node recorded after the sweep is no stranger: there is just no path from it.
        let later = Recording::owner_of(var).is_some_and(|owner| owner.base() == self.base);
        assert!(
            later,
            "these gradients are of another recording: a handle of value {} is not in it \
             (its tape was reset, or it was made on another tape)",
            var.value
        );
    }

    /// The derivatives by several variables, in their order; 0.0 where there is no path.
    ///
    /// # Panics
    /// As [`get`](Gradients::get).
    #[must_use]
    #[track_caller]
    pub fn of(&self, vars: &[Var]) -> Vec<f64> {
        vars.iter().map(|&var| self[var]).collect()
    }

    /// [`of`](Gradients::of) into a slice.
    ///
    /// # Panics
    /// As [`get`](Gradients::get), and if there are not as many places as variables.
    #[track_caller]
    pub fn of_into(&self, vars: &[Var], derivatives: &mut [f64]) {
        assert!(
            vars.len() == derivatives.len(),
            "{} derivatives do not fit {} places",
            vars.len(),
            derivatives.len()
        );
        for (place, &var) in derivatives.iter_mut().zip(vars) {
            *place = match self.adjoints.get(var.id.wrapping_sub(self.base) as usize) {
                // What no path leads to is -0.0 there, and so 0.0.
                Some(adjoint) => adjoint + 0.0,
                None => self[var],
            };
        }
    }

    /// Sweeps from one output with seed 1.
    #[inline]
    #[track_caller]
    pub(crate) fn sweep_from(&mut self, output: Var) {
        self.sweep_from_seed(output, 1.0);
    }

    /// Sweeps from one output.
    #[inline]
    #[track_caller]
    pub(crate) fn sweep_from_seed(&mut self, output: Var, seed: f64) {
        if output.is_constant() {
            // A constant depends on nothing: every handle answers `None`.
            self.begin(0, u64::MAX);
            return;
        }
        let line = Location::caller();
        Recording::with_owner(output, "backward", |recording| {
            recording.note(Reading::Derivatives, line);
            let base = recording.base();
            self.begin(base, recording.len() as u64);
            self.seed((output.id - base) as usize, seed);
            self.run(recording);
        });
    }

    /// Sweeps a recording from outputs, with a seed each.
    #[track_caller]
    pub(crate) fn sweep(&mut self, recording: &Recording, seeds: impl Iterator<Item = (Var, f64)>) {
        let (base, length) = (recording.base(), recording.len() as u64);
        self.begin(base, length);
        for (output, seed) in seeds {
            if output.is_constant() {
                continue;
            }
            let index = output.id.wrapping_sub(base);
            assert!(
                index < length,
                "outputs of one sweep belong to different recordings"
            );
            self.seed(index as usize, seed);
        }
        self.run(recording);
    }

    /// Forgets what was found, for a sweep of the recording that begins here.
    #[inline(always)]
    fn begin(&mut self, base: u64, length: u64) {
        self.adjoints.clear();
        self.arrays.clear();
        (self.base, self.length) = (base, length);
        self.planned = false;
    }

    /// Adds to the adjoint that a node starts with.
    #[inline(always)]
    fn seed(&mut self, index: usize, seed: f64) {
        if index >= self.adjoints.len() {
            self.adjoints.resize(index + 1, untouched());
        }
        self.adjoints[index] += seed + 0.0;
    }

    /// Sweeps from the seeds down.
    #[inline]
    #[track_caller]
    fn run(&mut self, recording: &Recording) {
        let arrays = recording.with(|nodes, store| {
            let lists = &store.lists;
            if !store.arrays.any {
                pull(&Nodes { nodes, lists }, &mut self.adjoints, &mut ());
            }
            store.arrays.any
        });
        if arrays {
            self.arrays
                .sweep(recording, &mut self.adjoints, None, &mut ());
        }
    }
}

/// The reverse sweep.
impl Var {
    /// The reverse sweep from this node: the derivative of its value by every node below it.
    ///
    /// # Panics
    /// If the handle is stale. The gradient of a constant is empty.
    #[must_use]
    #[track_caller]
    pub fn backward(self) -> Gradients {
        let mut gradients = Gradients::new();
        self.backward_into(&mut gradients);
        gradients
    }

    /// [`backward`](Var::backward) into an existing object, whose memory is reused.
    #[track_caller]
    pub fn backward_into(self, gradients: &mut Gradients) {
        gradients.sweep_from(self);
    }
}

impl Drop for Gradients {
    fn drop(&mut self) {
        buffers::give(std::mem::take(&mut self.adjoints));
        self.arrays.give();
    }
}

impl Index<Var> for Gradients {
    type Output = f64;
    #[inline]
    #[track_caller]
    fn index(&self, var: Var) -> &f64 {
        self.find(var).unwrap_or(&0.0)
    }
}

impl Index<&Var> for Gradients {
    type Output = f64;
    #[inline]
    #[track_caller]
    fn index(&self, var: &Var) -> &f64 {
        &self[*var]
    }
}

impl fmt::Debug for Gradients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gradients of {} nodes", self.adjoints.len())
    }
}
