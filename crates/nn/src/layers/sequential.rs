use crate::hand::{Back, Hand};
use crate::{Module, Parts, Pass};
use std::fmt;
use tape::{Array, Element, Tensor};

/// Modules one behind the other.
///
/// They are named by their place: the weight of the third is `2.weight`, as in PyTorch.
///
/// ```
/// use nn::layers::{Linear, Sequential};
/// use nn::{Activation::Tanh, Module, seeded};
///
/// let mut rng = seeded(7);
/// let net: Sequential = Sequential::new()
///     .then(Linear::new(2, 8, &mut rng))
///     .then(Tanh)
///     .then(Linear::new(8, 1, &mut rng));
/// assert_eq!(net.parameters().count(), 33);
/// ```
pub struct Sequential<T: Element = f64> {
    modules: Vec<(String, Box<dyn Module<T>>)>,
}

impl<T: Element> Sequential<T> {
    /// Nothing yet: the output is the input.
    #[must_use]
    pub fn new() -> Sequential<T> {
        Sequential {
            modules: Vec::new(),
        }
    }

    /// Adds a module at the end, named by its place.
    #[must_use]
    pub fn then(self, module: impl Module<T> + 'static) -> Sequential<T> {
        let name = self.modules.len().to_string();
        self.then_named(&name, module)
    }

    /// Adds a module at the end under a name of its own.
    #[must_use]
    pub fn then_named(mut self, name: &str, module: impl Module<T> + 'static) -> Sequential<T> {
        self.modules.push((name.to_string(), Box::new(module)));
        self
    }

    /// How many modules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}

impl<T: Element> Default for Sequential<T> {
    fn default() -> Sequential<T> {
        Sequential::new()
    }
}

impl<T: Element> Module<T> for Sequential<T> {
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let mut x = x;
        for (name, module) in &self.modules {
            x = pass.run(name, module, x);
        }
        x
    }

    fn parts(&self, parts: &mut Parts<T>) {
        for (name, module) in &self.modules {
            parts.module(name, module);
        }
    }

    fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
        let mut backs = Vec::with_capacity(self.modules.len());
        let mut x = x.clone();
        for (_, module) in &self.modules {
            let (y, back) = module.by_hand(&x, hand)?;
            backs.push(back);
            x = y;
        }
        let back = |error: &Array, hand: &mut Hand| {
            let backwards = backs.into_iter().rev();
            backwards.fold(error.clone(), |error, back| back(&error, hand))
        };
        Some((x, Box::new(back)))
    }
}

impl<T: Element> fmt::Debug for Sequential<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modules = self
            .modules
            .iter()
            .map(|(name, module)| (name, module.describe()));
        f.debug_map().entries(modules).finish()
    }
}
