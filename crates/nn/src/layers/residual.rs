use crate::hand::{Back, Hand};
use crate::{Module, Parts, Pass};
use std::fmt;
use tape::{Array, Element, Tensor};

/// A module and a way around it: `y = x + f(x)` (He et al. 2015).
///
/// Shapes: those of `x`, which `f` must keep. The parameters of `f` keep their names. By hand:
/// `dE/dx = dE/dy + dE/dy df/dx`.
///
/// ```
/// use nn::layers::{Linear, Residual};
/// use nn::{Module, Pass, seeded};
/// use tape::Tape;
///
/// let block = Residual::new(Linear::from_arrays([[0.5]], [0.0]));
/// let tape = Tape::new();
/// let y = block.forward(tape.constant([[2.0]]), &Pass::new(&tape));
/// assert_eq!(y.to_vec(), [3.0]);
/// ```
pub struct Residual<T: Element = f64> {
    inner: Box<dyn Module<T>>,
}

impl<T: Element> Residual<T> {
    /// A way around a module.
    #[must_use]
    pub fn new(inner: impl Module<T> + 'static) -> Residual<T> {
        Residual {
            inner: Box::new(inner),
        }
    }
}

impl<T: Element> Module<T> for Residual<T> {
    /// # Panics
    /// If the module does not keep the shape.
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let y = pass.run("", &self.inner, x);
        let (before, behind) = (x.shape(), y.shape());
        assert!(
            before == behind,
            "Residual: {} makes {behind} of an input of shape {before}; what is added must have its shape",
            self.inner.describe()
        );
        x + y
    }

    fn parts(&self, parts: &mut Parts<T>) {
        parts.module("", &self.inner);
    }

    fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
        let (f, back_through_f) = self.inner.by_hand(x, hand)?;
        let y = added(x, &f);
        let back = move |delta: &Array, hand: &mut Hand| added(delta, &back_through_f(delta, hand));
        Some((y, Box::new(back)))
    }
}

fn added(a: &Array, b: &Array) -> Array {
    let sum: Vec<f64> = a.iter().zip(b).map(|(a, b)| a + b).collect();
    Array::new(a.shape(), sum)
}

impl<T: Element> fmt::Debug for Residual<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Residual({})", self.inner.describe())
    }
}
