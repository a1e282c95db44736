//! What a network is made of.

use crate::hand::{Back, Hand};
use crate::parameter::{Parameter, ParameterId, Role};
use crate::pass::Pass;
use std::collections::HashSet;
use std::fmt;
use tape::{Array, Element, Shape, Tensor};

/// A part of a network, or a whole one: it makes a tensor of a tensor, and has parameters.
///
/// [`forward`](Module::forward) is written with the tape's operations, which take care of the
/// derivative; [`parts`](Module::parts) lists parameters and inner modules by name. That is all.
/// Names are joined by dots, as in PyTorch: `0.weight`, `encoder.1.bias`. Several threads may run
/// one module, each on a tape of its own.
///
/// ```
/// use nn::layers::Linear;
/// use nn::{Module, Parts, Pass, seeded};
/// use tape::Tensor;
///
/// /// x + W2 tanh(W1 x): two layers and a way around them.
/// struct Around {
///     inner: Linear,
///     outer: Linear,
/// }
///
/// impl Module for Around {
///     fn forward(&self, x: Tensor, pass: &Pass<'_>) -> Tensor {
///         x + self.outer.forward(self.inner.forward(x, pass).tanh(), pass)
///     }
///
///     fn parts(&self, parts: &mut Parts) {
///         parts.module("inner", &self.inner);
///         parts.module("outer", &self.outer);
///     }
/// }
///
/// let mut rng = seeded(1);
/// let net = Around { inner: Linear::new(2, 3, &mut rng), outer: Linear::new(3, 2, &mut rng) };
/// let names: Vec<_> = net.parameters().iter().map(|p| p.name.clone()).collect();
/// assert_eq!(names, ["inner.weight", "inner.bias", "outer.weight", "outer.bias"]);
/// assert_eq!(net.parameters().count(), 9 + 8);
/// ```
pub trait Module<T: Element = f64>: Send + Sync {
    /// The output for an input. Examples lie along the first axis.
    #[track_caller]
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T>;

    /// Lists parameters and inner modules, always in the same order. One without any says nothing.
    fn parts(&self, parts: &mut Parts<T>) {
        let _ = parts;
    }

    /// What a summary calls it, sizes included: `Linear 784 -> 128`.
    fn describe(&self) -> String {
        let name = std::any::type_name::<Self>();
        let name = name.split('<').next().unwrap_or(name);
        name.rsplit("::").next().unwrap_or(name).to_string()
    }

    /// Products of two numbers that an output of shape `y` from an input of shape `x` takes, inner
    /// modules not included.
    fn multiply_adds(&self, x: &Shape, y: &Shape) -> usize {
        let _ = (x, y);
        0
    }

    /// The output, and the backward pass as derived by hand, without a tape: the witness of
    /// [`audit`](crate::audit). `None` where nobody has derived it.
    fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
        let _ = (x, hand);
        None
    }

    /// All parameters, buffers included, each with its name, in the order of
    /// [`parts`](Module::parts). One that is shared counts where it is named first.
    fn parameters(&self) -> Parameters<T> {
        let mut parts = Parts::new();
        self.parts(&mut parts);
        parts.found
    }
}

/// Collects what a module lists.
#[derive(Debug)]
pub struct Parts<T: Element = f64> {
    path: String,
    known: HashSet<ParameterId>,
    found: Parameters<T>,
}

impl<T: Element> Parts<T> {
    fn new() -> Parts<T> {
        Parts {
            path: String::new(),
            known: HashSet::new(),
            found: Parameters { list: Vec::new() },
        }
    }

    /// Lists a parameter.
    pub fn parameter(&mut self, name: &str, parameter: &Parameter<T>) {
        if self.known.insert(parameter.id()) {
            self.found.list.push(Named {
                name: joined(&self.path, name),
                parameter: parameter.share(),
            });
        }
    }

    /// Lists an inner module.
    pub fn module(&mut self, name: &str, module: &(impl Module<T> + ?Sized)) {
        let outer = self.path.len();
        self.path = joined(&self.path, name);
        module.parts(self);
        self.path.truncate(outer);
    }
}

/// A path one name longer. A module without a name, in a wrapper, has that of the wrapper.
pub(crate) fn joined(path: &str, name: &str) -> String {
    match (path, name) {
        ("", _) => name.to_string(),
        (_, "") => path.to_string(),
        _ => format!("{path}.{name}"),
    }
}

/// A parameter and its name.
#[derive(Debug)]
pub struct Named<T: Element = f64> {
    /// Names of modules and of the parameter, joined by dots.
    pub name: String,
    /// The parameter, shared with its module.
    pub parameter: Parameter<T>,
}

/// The parameters of a module, in order: a list, and one long vector.
#[derive(Debug)]
pub struct Parameters<T: Element = f64> {
    list: Vec<Named<T>>,
}

impl<T: Element> Parameters<T> {
    /// Each with its name.
    pub fn iter(&self) -> std::slice::Iter<'_, Named<T>> {
        self.list.iter()
    }

    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Parameter<T>> {
        let named = self.list.iter().find(|named| named.name == name)?;
        Some(&named.parameter)
    }

    /// The name of a parameter.
    #[must_use]
    pub fn name_of(&self, id: ParameterId) -> Option<&str> {
        let named = self.list.iter().find(|named| named.parameter.id() == id)?;
        Some(&named.name)
    }

    /// Whether a parameter is among them.
    #[must_use]
    pub fn contains(&self, parameter: &Parameter<T>) -> bool {
        self.name_of(parameter.id()).is_some()
    }

    /// Those that learn: no buffers, none that are frozen.
    #[must_use]
    pub fn learning(self) -> Parameters<T> {
        self.only(|named| named.parameter.learns())
    }

    /// Those that a test lets through, say the biases, or all of one layer.
    #[must_use]
    pub fn only(self, keep: impl FnMut(&Named<T>) -> bool) -> Parameters<T> {
        let mut list = self.list;
        list.retain(keep);
        Parameters { list }
    }

    /// How many numbers are learned. (Buffers are not.)
    #[must_use]
    pub fn count(&self) -> usize {
        let learned = self
            .list
            .iter()
            .filter(|named| named.parameter.role() != Role::Buffer);
        learned.map(|named| named.parameter.count()).sum()
    }

    /// Freezes all of them.
    pub fn freeze(&self) {
        self.list.iter().for_each(|named| named.parameter.freeze());
    }

    /// Lets all of them learn again.
    pub fn thaw(&self) {
        self.list.iter().for_each(|named| named.parameter.thaw());
    }

    /// All elements behind one another: the parameters unrolled into one vector.
    #[must_use]
    pub fn unrolled(&self) -> Vec<T> {
        let mut vector = Vec::with_capacity(self.list.iter().map(|p| p.parameter.count()).sum());
        for named in &self.list {
            vector.extend_from_slice(named.parameter.value().as_slice());
        }
        vector
    }

    /// Puts a vector, as from [`unrolled`](Parameters::unrolled), back into the parameters.
    ///
    /// # Panics
    /// If it has not as many elements. Nothing is changed then.
    #[track_caller]
    pub fn roll(&self, vector: &[T]) {
        let count: usize = self.list.iter().map(|p| p.parameter.count()).sum();
        assert!(
            vector.len() == count,
            "a vector of {} elements for parameters of {count}",
            vector.len()
        );
        let mut rest = vector;
        for named in &self.list {
            let (own, behind) = rest.split_at(named.parameter.count());
            named
                .parameter
                .change(|elements| elements.copy_from_slice(own));
            rest = behind;
        }
    }
}

impl<'a, T: Element> IntoIterator for &'a Parameters<T> {
    type Item = &'a Named<T>;
    type IntoIter = std::slice::Iter<'a, Named<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A line for each: name, shape, number of elements.
impl<T: Element> fmt::Display for Parameters<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .list
            .iter()
            .map(|named| named.name.len())
            .max()
            .unwrap_or(0);
        for named in &self.list {
            let (shape, count) = (named.parameter.shape(), named.parameter.count());
            writeln!(f, "{:width$}  {count:>9}  {shape}", named.name)?;
        }
        Ok(())
    }
}

/// What points to a module is one.
macro_rules! pointers {
    ($($Pointer:ty),*) => { $(
        impl<T: Element, M: Module<T> + ?Sized> Module<T> for $Pointer {
            fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
                (**self).forward(x, pass)
            }
            fn parts(&self, parts: &mut Parts<T>) {
                (**self).parts(parts);
            }
            fn describe(&self) -> String {
                (**self).describe()
            }
            fn multiply_adds(&self, x: &Shape, y: &Shape) -> usize {
                (**self).multiply_adds(x, y)
            }
            fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
                (**self).by_hand(x, hand)
            }
        }
    )* };
}

pointers!(Box<M>, &M);
