//! The adjoints of tensors, as [`Gradients`] holds them.

use super::arena::Arena;
use super::layout::Layout;
use super::read::plain;
use super::store::SWEPT;
use super::sweep::{ArrayObserver, ArraySeed, Found, sweep_arrays};
use super::{Tensor, done, known};
use crate::array::Array;
use crate::element::{Element, by_element};
use crate::error::{Error, ErrorKind};
use crate::gradients::Gradients;
use crate::kernel::{self, View};
use crate::recording::Recording;
use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::ops::Index;
use std::sync::Arc;

/// The adjoints of arrays, ascending by node, and the memory they lie in.
#[derive(Default)]
pub(crate) struct ArrayAdjoints {
    memory: Option<Arena>,
    found: Vec<Found>,
    /// Elements in row-major order, of those that lie otherwise, made when somebody looks.
    ordered: OnceCell<Vec<OnceCell<Box<dyn Any + Send + Sync>>>>,
    /// Whether an adjoint was moved to be changed: it is not where the sweep left it.
    moved: bool,
}

thread_local! {
    static IDLE: RefCell<Vec<ArrayAdjoints>> = const { RefCell::new(Vec::new()) };
}

/// How many a thread keeps, and how many bytes each may have room for.
const KEPT: usize = 2;
const LARGEST: usize = 1 << 30;

impl ArrayAdjoints {
    /// Keeps the memory for the next sweep.
    pub(crate) fn give(&mut self) {
        let room = self.memory.as_ref().map_or(0, Arena::room);
        if room == 0 || room > LARGEST {
            return;
        }
        let mut own = std::mem::take(self);
        own.clear();
        // A thread that is going away keeps none.
        let _ = IDLE.try_with(|idle| {
            let mut idle = idle.borrow_mut();
            if idle.len() < KEPT {
                idle.push(own);
            }
        });
    }

    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        // A sweep of numbers alone has nothing to forget here.
        if !self.found.is_empty() {
            self.forget();
        }
    }

    #[inline(never)]
    fn forget(&mut self) {
        self.found.clear();
        self.ordered = OnceCell::new();
        self.moved = false;
    }

    /// A copy of what a sweep left.
    pub(crate) fn copied(&self) -> ArrayAdjoints {
        ArrayAdjoints {
            memory: self.memory.clone(),
            found: self.found.clone(),
            ..ArrayAdjoints::default()
        }
    }

    /// Whether every adjoint is where the sweep left it.
    pub(crate) fn is_as_swept(&self) -> bool {
        !self.moved
    }

    /// The memory of the sweep, to be swept into again: elements that were put in order are forgotten.
    pub(crate) fn memory_again(&mut self) -> &mut Arena {
        if self.ordered.get().is_some() {
            self.ordered = OnceCell::new();
        }
        self.memory.get_or_insert_with(Arena::new)
    }

    /// Sweeps a recording and takes the adjoints of arrays.
    #[track_caller]
    pub(crate) fn sweep(
        &mut self,
        recording: &Recording,
        adjoints: &mut Vec<f64>,
        seed: Option<ArraySeed<'_>>,
        observer: &mut impl ArrayObserver,
    ) {
        if self.memory.is_none() {
            // With memory from its last use if one is idle.
            *self = IDLE.with_borrow_mut(Vec::pop).unwrap_or_default();
        }
        let memory = self.memory.take().unwrap_or_else(Arena::new);
        recording.with_arrays(|arrays| {
            assert!(
                !arrays.sweeping,
                "a sweep of a tape began within another sweep of it, in a hook"
            );
            arrays.swept = memory;
        });
        sweep_arrays(recording, adjoints, seed, &mut self.found, observer);
        let swept =
            recording.with_arrays(|arrays| std::mem::replace(&mut arrays.swept, Arena::new()));
        self.memory = Some(swept);
    }

    pub(crate) fn find(&self, index: u32) -> Option<&Found> {
        Some(&self.found[self.place(index)?])
    }

    fn place(&self, index: u32) -> Option<usize> {
        // Inputs are mostly recorded first, one after the other.
        let near = index.wrapping_sub(self.found.first()?.index) as usize;
        if self
            .found
            .get(near)
            .is_some_and(|found| found.index == index)
        {
            return Some(near);
        }
        let place = self.found.binary_search_by_key(&index, |found| found.index);
        place.ok()
    }

    /// The adjoint of a node, if it is an array, as plain data.
    pub(crate) fn array(&self, index: u32) -> Option<Array> {
        let found = self.find(index)?;
        Some(by_element!(found.layout.element, T => plain(self.view::<T>(found))))
    }

    fn view<'a, T: Element>(&'a self, found: &'a Found) -> View<'a, T> {
        debug_assert_eq!(found.layout.element, T::TYPE);
        View {
            data: self.memory.as_ref().expect("there was a sweep").all(),
            start: (found.slot & !SWEPT) as usize,
            lengths: &found.layout.shape,
            strides: &found.layout.strides,
        }
    }

    /// The elements in row-major order.
    fn elements<'a, T: Element>(&'a self, found: &'a Found) -> &'a [T] {
        let view = self.view::<T>(found);
        if found.ordered {
            return &view.data[view.start..view.start + view.count()];
        }
        let ordered = self
            .ordered
            .get_or_init(|| self.found.iter().map(|_| OnceCell::new()).collect());
        let place = self.place(found.index).expect("it was found here");
        let elements = ordered[place].get_or_init(|| {
            let mut elements = vec![T::default(); view.count()];
            kernel::copy(view, &mut elements);
            Box::new(elements)
        });
        elements
            .downcast_ref::<Vec<T>>()
            .expect("of the node's element type")
    }

    /// The elements in row-major order, to change: of this adjoint alone.
    fn elements_mut<T: Element>(&mut self, index: u32) -> Option<&mut [T]> {
        let place = self.place(index)?;
        let found = &self.found[place];
        let count = found.layout.shape.count();
        if !(found.alone && found.ordered) {
            let elements = self.elements::<T>(found).to_vec();
            let memory = self.memory.as_mut().expect("there was a sweep");
            let start = memory
                .take::<T>(count)
                .expect("as much as there was before");
            memory.split(start, count).array.copy_from_slice(&elements);
            let found = &mut self.found[place];
            found.slot = start as u64 | SWEPT;
            found.layout = Arc::new(Layout::contiguous(found.layout.shape.clone(), T::TYPE));
            (found.alone, found.ordered) = (true, true);
            self.moved = true;
        }
        let start = (self.found[place].slot & !SWEPT) as usize;
        let memory = self.memory.as_mut().expect("there was a sweep");
        Some(memory.split(start, count).array)
    }
}

/// The adjoints of tensors.
impl Gradients {
    /// The derivative by each element of a tensor, or `None` where no path leads from it to the
    /// output.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let (x, unused) = (tape.tensor("x", [1.0, 2.0]), tape.tensor("unused", [0.0]));
    /// let g = x.square().sum().backward();
    /// assert_eq!(g.array(x).unwrap().as_slice(), [2.0, 4.0]);
    /// assert!(g.array(unused).is_none());
    /// ```
    ///
    /// # Panics
    /// If the tensor is not of the recording that was swept, as it stood then.
    #[must_use]
    #[track_caller]
    pub fn array<T: Element>(&self, tensor: Tensor<T>) -> Option<Array<T>> {
        if let Some(found) = self.find_array(tensor.var()) {
            let elements = self.arrays().elements::<T>(found).to_vec();
            return Some(Array::trusted(found.layout.shape.clone(), elements));
        }
        // A number's adjoint is kept with the numbers'.
        let adjoint = self.get(tensor.var())?;
        Some(Array::from(T::from_f64(adjoint)))
    }

    /// The derivative by a tensor of rank 0, or `None` where no path leads from it to the output, or
    /// it has axes.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x: tape::Tensor = tape.tensor("x", 3.0);
    /// assert_eq!(x.square().sum().backward().item(x), Some(6.0));
    /// ```
    ///
    /// # Panics
    /// If the tensor is not of the recording that was swept, as it stood then.
    #[must_use]
    #[track_caller]
    pub fn item<T: Element>(&self, tensor: Tensor<T>) -> Option<f64> {
        match self.find_array(tensor.var()) {
            Some(_) => None,
            None => self.get(tensor.var()),
        }
    }

    /// The derivative by each element of a tensor, in row-major order, to be changed in place
    /// (clipped, scaled, added to), or `None` where no path leads from it to the output.
    ///
    /// Only this tensor's derivative changes: one that shares its memory with another's, or lies
    /// otherwise, is copied first. A tensor of rank 0 is a number: see [`get_mut`](Gradients::get_mut).
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [1.0, -20.0]);
    /// let mut g = x.square().sum().backward();
    /// for slope in g.elements_mut(x).unwrap() {
    ///     *slope = f64::clamp(*slope, -1.0, 1.0);
    /// }
    /// assert_eq!(g[x], [1.0, -1.0]);
    /// ```
    ///
    /// # Panics
    /// If the tensor is not of the recording that was swept, as it stood then.
    #[track_caller]
    pub fn elements_mut<T: Element>(&mut self, tensor: Tensor<T>) -> Option<&mut [T]> {
        let index = self.find_array(tensor.var())?.index;
        self.arrays_mut().elements_mut(index)
    }
}

/// The elements in row-major order; none where no path leads to the output.
impl<T: Element> Index<Tensor<T>> for Gradients {
    type Output = [T];
    #[track_caller]
    fn index(&self, tensor: Tensor<T>) -> &[T] {
        match self.find_array(tensor.var()) {
            Some(found) => self.arrays().elements(found),
            None => &[],
        }
    }
}

impl<T: Element> Tensor<T> {
    /// The vector-Jacobian product: the reverse sweep from this tensor, whose elements' adjoints
    /// start as those of `cotangent`.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [1.0, 2.0]);
    /// let g = x.square().vjp(&[1.0, 10.0].into());
    /// assert_eq!(g[x], [2.0, 40.0]);
    /// ```
    ///
    /// # Panics
    /// If the shapes differ, or the handle is stale.
    #[must_use]
    #[track_caller]
    pub fn vjp(self, cotangent: &Array<T>) -> Gradients {
        done(self.try_vjp(cotangent))
    }

    /// As [`vjp`](Tensor::vjp), with the error as a value.
    ///
    /// # Errors
    /// If the shapes differ.
    #[track_caller]
    pub fn try_vjp(self, cotangent: &Array<T>) -> Result<Gradients, Error> {
        self.fits_cotangent("vjp", cotangent)?;
        let mut gradients = Gradients::new();
        if self.is_number() {
            gradients.sweep_from_seed(self.var(), cotangent.as_slice()[0].to_f64());
            return Ok(gradients);
        }
        let recording = Recording::expect_owner(self.var(), "vjp");
        let index = recording
            .index(self.var())
            .expect("the owner holds the handle");
        gradients.sweep_from_array(
            &recording,
            index,
            T::elements(cotangent.as_slice()),
            &mut (),
        );
        Ok(gradients)
    }
    /// Whether a sweep may start from this tensor with a cotangent.
    #[track_caller]
    pub(crate) fn fits_cotangent(self, name: &str, cotangent: &Array<T>) -> Result<(), Error> {
        known(name, &[self])?;
        let shape = self.shape();
        if shape == *cotangent.shape() {
            return Ok(());
        }
        let mismatch = Error::new(
            ErrorKind::Shape,
            format!(
                "a cotangent of shape {} for a value of shape {shape}",
                cotangent.shape()
            ),
        );
        self.told(name, Err(mismatch))
    }
}
