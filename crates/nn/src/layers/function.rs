use crate::{Module, Pass};
use std::fmt;
use tape::{Element, Tensor};

/// A function of tensors as a module without parameters. See [`function`].
pub struct Function<F> {
    name: String,
    function: F,
}

/// A function of tensors as a module without parameters.
///
/// ```
/// use nn::layers::{Sequential, function};
/// use tape::Tensor;
///
/// let net: Sequential = Sequential::new().then(function("double", |x: Tensor| x * 2.0));
/// # let _ = net;
/// ```
pub fn function<T: Element, F: Fn(Tensor<T>) -> Tensor<T>>(name: &str, function: F) -> Function<F> {
    Function {
        name: name.to_string(),
        function,
    }
}

impl<T: Element, F: Fn(Tensor<T>) -> Tensor<T> + Send + Sync> Module<T> for Function<F> {
    fn forward(&self, x: Tensor<T>, _: &Pass<'_, T>) -> Tensor<T> {
        (self.function)(x)
    }

    fn describe(&self) -> String {
        self.name.clone()
    }
}

impl<F> fmt::Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function {}", self.name)
    }
}
