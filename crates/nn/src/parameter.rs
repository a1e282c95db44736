//! What a network learns.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tape::{Array, Element, Shape};

/// An array that a network learns, or keeps: a weight, a bias, a running mean.
///
/// A parameter is a place. Layers read it, an optimizer changes it, and both may do so through a
/// shared reference, from several threads. Two layers that [`share`](Parameter::share) a parameter
/// have the same weights for ever: its gradient is the sum of what both contribute.
///
/// The array in it is copied on write: whoever took [`value`](Parameter::value) before a step of
/// the optimizer, a tape above all, keeps the array of that time.
///
/// ```
/// use nn::Parameter;
///
/// let weight = Parameter::weight([[1.0, 2.0]]);
/// let tied = weight.share();
/// let before = weight.value();
/// weight.change(|w| w[0] = 5.0);
/// assert_eq!(*tied.value(), [[5.0, 2.0]].into());
/// assert_eq!(*before, [[1.0, 2.0]].into());
/// ```
#[derive(Debug)]
pub struct Parameter<T: Element = f64> {
    place: Arc<Place<T>>,
}

/// What a parameter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Multiplies what a layer reads. Weight decay is meant for these.
    Weight,
    /// Is added, or scales what was normalised. Usually exempt from weight decay.
    Bias,
    /// Is kept and saved with the network, but not learned: a running mean.
    Buffer,
}

#[derive(Debug)]
struct Place<T: Element> {
    id: ParameterId,
    role: Role,
    shape: Shape,
    state: RwLock<State<T>>,
}

#[derive(Debug)]
struct State<T: Element> {
    value: Arc<Array<T>>,
    frozen: bool,
}

/// Tells parameters apart. It is fit for a map key, and never used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId(u64);

static NEXT: AtomicU64 = AtomicU64::new(0);

impl<T: Element> Parameter<T> {
    /// A parameter with a start value.
    #[must_use]
    pub fn new(role: Role, value: impl Into<Array<T>>) -> Parameter<T> {
        let value = value.into();
        Parameter {
            place: Arc::new(Place {
                id: ParameterId(NEXT.fetch_add(1, Ordering::Relaxed)),
                role,
                shape: value.shape().clone(),
                state: RwLock::new(State {
                    value: Arc::new(value),
                    frozen: false,
                }),
            }),
        }
    }

    /// A weight.
    #[must_use]
    pub fn weight(value: impl Into<Array<T>>) -> Parameter<T> {
        Parameter::new(Role::Weight, value)
    }

    /// A bias, or the scale behind a normalisation: what weight decay usually leaves alone.
    #[must_use]
    pub fn bias(value: impl Into<Array<T>>) -> Parameter<T> {
        Parameter::new(Role::Bias, value)
    }

    /// An array that is kept with the network and not learned.
    #[must_use]
    pub fn buffer(value: impl Into<Array<T>>) -> Parameter<T> {
        Parameter::new(Role::Buffer, value)
    }

    /// The same parameter once more: one place, two owners.
    #[must_use]
    pub fn share(&self) -> Parameter<T> {
        Parameter {
            place: Arc::clone(&self.place),
        }
    }

    /// What it is for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.place.role
    }

    /// Its id, the same for all who share it.
    #[must_use]
    pub fn id(&self) -> ParameterId {
        self.place.id
    }

    /// The lengths along each axis. They never change.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.place.shape
    }

    /// The number of elements.
    #[must_use]
    pub fn count(&self) -> usize {
        self.place.shape.count()
    }

    /// The array as it is now.
    #[must_use]
    pub fn value(&self) -> Arc<Array<T>> {
        Arc::clone(&self.read().value)
    }

    /// The array as it is now, and whether it learns.
    pub(crate) fn state(&self) -> (Arc<Array<T>>, bool) {
        let state = self.read();
        let learns = self.role() != Role::Buffer && !state.frozen;
        (Arc::clone(&state.value), learns)
    }

    /// Puts another array in its place.
    ///
    /// # Panics
    /// If the array has another shape.
    #[track_caller]
    pub fn set(&self, value: impl Into<Array<T>>) {
        let value = value.into();
        assert!(
            value.shape() == self.shape(),
            "a parameter of shape {} cannot become an array of shape {}",
            self.shape(),
            value.shape()
        );
        self.write().value = Arc::new(value);
    }

    /// Changes the elements, in row-major order. They are copied first if somebody, a tape that was
    /// not reset for one, still looks at them.
    pub fn change<V>(&self, change: impl FnOnce(&mut [T]) -> V) -> V {
        change(Arc::make_mut(&mut self.write().value).as_mut_slice())
    }

    /// Leaves the parameter as it is from now on: passes see data, and it has no gradient.
    pub fn freeze(&self) {
        self.write().frozen = true;
    }

    /// Lets a frozen parameter learn again.
    pub fn thaw(&self) {
        self.write().frozen = false;
    }

    /// Whether it has a gradient: it is neither a buffer nor frozen.
    #[must_use]
    pub fn learns(&self) -> bool {
        self.role() != Role::Buffer && !self.read().frozen
    }

    fn read(&self) -> RwLockReadGuard<'_, State<T>> {
        // A change that panicked left whole elements behind, as any interrupted step does.
        self.place
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.place
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One place or two?
impl<T: Element> PartialEq for Parameter<T> {
    fn eq(&self, other: &Parameter<T>) -> bool {
        self.id() == other.id()
    }
}
