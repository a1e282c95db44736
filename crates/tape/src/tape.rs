//! The tape a user holds.

use crate::array::Array;
use crate::element::Element;
use crate::guard::Guards;
use crate::op::Op;
use crate::recording::{MOST_NODES, Recording, Settings, record_input, record_inputs};
use crate::shape::Shape;
use crate::tensor::{Tensor, done};
use crate::var::Var;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

/// A recording of operations on [`Var`]s.
///
/// Make variables on it, compute with them, and every operation is recorded with its value
/// and the line of your code that made it. Several tapes may be open on a thread, and
/// threads have tapes of their own.
///
/// ```
/// use tape::Tape;
///
/// let tape = Tape::new();
/// let x = tape.var("x", -2.0);
/// let y = tape.var("y", 5.0);
/// let z = tape.var("z", -4.0);
/// let f = (x + y).named("q") * z;
/// assert_eq!(f.value(), -12.0);
/// assert_eq!(f.backward().of(&[x, y, z]), [-4.0, -4.0, 3.0]);
/// ```
///
/// [`reset`](Tape::reset) forgets the nodes but keeps the memory, so that a loop that
/// records the same computation again and again allocates nothing. Handles from before a
/// reset are stale, and using one is a panic at your line, never a wrong number.
pub struct Tape {
    pub(crate) recording: Rc<Recording>,
}

impl Tape {
    /// An empty tape that keeps source lines.
    #[must_use]
    pub fn new() -> Tape {
        Tape::with_settings(Settings {
            lines: true,
            guards: Guards::Branches,
            ..Settings::BARE
        })
    }

    /// An empty tape without source lines: recording is somewhat faster.
    #[must_use]
    pub fn without_lines() -> Tape {
        Tape::with_settings(Settings {
            guards: Guards::Branches,
            ..Settings::BARE
        })
    }

    /// An empty tape that refuses to grow beyond `nodes` nodes: the operation that would
    /// exceed the cap panics at its line, before any memory is taken for it.
    #[must_use]
    pub fn with_node_cap(nodes: usize) -> Tape {
        let tape = Tape::new();
        tape.recording
            .configure(|settings| settings.node_cap = nodes.min(MOST_NODES));
        tape
    }

    /// An empty tape that notes where its values are read.
    pub(crate) fn watched() -> Tape {
        Tape::with_settings(Settings {
            lines: true,
            guards: Guards::Reads,
            ..Settings::BARE
        })
    }

    fn with_settings(settings: Settings) -> Tape {
        Tape {
            recording: Recording::open("a tape", settings),
        }
    }

    /// A named input.
    #[track_caller]
    pub fn var(&self, name: impl AsRef<str>, value: f64) -> Var {
        let var = self.leaf(value);
        self.recording.name(
            self.recording.index(var).expect("just recorded here"),
            name.as_ref(),
        );
        var
    }

    /// An input without a name.
    #[inline]
    #[track_caller]
    pub fn leaf(&self, value: f64) -> Var {
        record_input(&self.recording, value)
    }

    /// An input for each value, without names.
    #[track_caller]
    pub fn leaves(&self, values: &[f64]) -> Vec<Var> {
        let mut vars = Vec::new();
        self.leaves_into(values, &mut vars);
        vars
    }

    /// [`leaves`](Tape::leaves), behind those that are in a list.
    ///
    /// ```
    /// let (tape, mut x) = (tape::Tape::new(), Vec::new());
    /// let mut gradients = tape::Gradients::new();
    /// let mut slope = [0.0; 2];
    /// for point in [[1.0, 2.0], [3.0, 4.0]] {
    ///     tape.reset();
    ///     x.clear();
    ///     tape.leaves_into(&point, &mut x);
    ///     (x[0] * x[1]).backward_into(&mut gradients);
    ///     gradients.of_into(&x, &mut slope);
    ///     assert_eq!(slope, [point[1], point[0]]);
    /// } // The second time, and any other, nothing is allocated.
    /// ```
    #[inline]
    #[track_caller]
    pub fn leaves_into(&self, values: &[f64], vars: &mut Vec<Var>) {
        record_inputs(&self.recording, values, vars);
    }

    /// A named input that is an array.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let w = tape.tensor("w", [[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(w.shape(), [2, 2]);
    /// ```
    #[track_caller]
    pub fn tensor<T: Element>(
        &self,
        name: impl AsRef<str>,
        array: impl Into<Array<T>>,
    ) -> Tensor<T> {
        let array = array.into();
        self.tensor_of(array.shape(), array.as_slice()).named(name)
    }

    /// An input that is an array, without a name, from elements in row-major order: nothing is
    /// allocated once the tape has the memory.
    ///
    /// # Panics
    /// If there are not as many elements as the shape says.
    #[track_caller]
    pub fn tensor_of<T: Element>(&self, shape: &[usize], elements: &[T]) -> Tensor<T> {
        self.array(Op::Input, shape, elements)
    }

    /// An array that no derivative is asked for: data.
    #[track_caller]
    pub fn constant<T: Element>(&self, array: impl Into<Array<T>>) -> Tensor<T> {
        let array = array.into();
        self.constant_of(array.shape(), array.as_slice())
    }

    /// As [`tensor_of`](Tape::tensor_of), for data.
    ///
    /// # Panics
    /// If there are not as many elements as the shape says.
    #[track_caller]
    pub fn constant_of<T: Element>(&self, shape: &[usize], elements: &[T]) -> Tensor<T> {
        self.array(Op::Const, shape, elements)
    }

    /// An input that is an array which its owner keeps: the tape looks at the elements where they
    /// are, without a copy. Name it with [`named`](Tensor::named).
    ///
    /// The tape holds the array until it is [`reset`](Tape::reset) or dropped; from then on
    /// [`Arc::get_mut`] finds it unshared again. Whoever changes it earlier, with
    /// [`Arc::make_mut`], changes a copy: recorded values stay as they are.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let mut weights: Arc<tape::Array> = Arc::new([1.0, 2.0].into());
    /// let tape = tape::Tape::new();
    /// for _ in 0..10 {
    ///     let w = tape.shared(&weights);
    ///     let gradients = (w - 3.0).square().sum().backward();
    ///     tape.reset();
    ///     // Gradients outlive the reset; the array is the owner's alone again.
    ///     let elements = Arc::get_mut(&mut weights).unwrap().as_mut_slice();
    ///     for (element, slope) in elements.iter_mut().zip(&gradients[w]) {
    ///         *element -= 0.25 * slope;
    ///     }
    /// }
    /// assert!((weights[[0]] - 3.0).abs() < 0.01);
    /// ```
    #[track_caller]
    pub fn shared<T: Element>(&self, array: &Arc<Array<T>>) -> Tensor<T> {
        self.recording.lent_leaf(Op::Input, array)
    }

    /// As [`shared`](Tape::shared), for data: no derivative is asked for.
    #[track_caller]
    pub fn shared_constant<T: Element>(&self, array: &Arc<Array<T>>) -> Tensor<T> {
        self.recording.lent_leaf(Op::Const, array)
    }

    #[track_caller]
    fn array<T: Element>(&self, op: Op, shape: &[usize], elements: &[T]) -> Tensor<T> {
        let shape = done(Shape::new(shape));
        assert!(
            shape.count() == elements.len(),
            "a tensor of shape {shape} has {} elements; {} are given ({})",
            shape.count(),
            elements.len(),
            Location::caller()
        );
        self.recording.array_leaf(op, &shape, elements)
    }

    /// The number of nodes recorded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recording.len()
    }

    /// Whether nothing is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all nodes and keeps their memory. Handles to them are stale from here on.
    #[inline]
    pub fn reset(&self) {
        self.recording.reset();
    }
}

impl Default for Tape {
    fn default() -> Tape {
        Tape::new()
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.recording.close();
    }
}

impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tape of {} nodes", self.len())
    }
}
