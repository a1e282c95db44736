use super::{bce::term, examples};
use crate::{Module, Pass, Role};
use tape::{Element, Tensor, Var};

/// The multi-output logistic cost without its penalty,
/// `-1/m sum [t ln p + (1 - t) ln(1 - p)]` with `m` examples along the first axis.
///
/// Shapes: both `[m, ..]`; `p` stands behind sigmoids, from 0 to 1, and so does `t`. The output
/// error of an example is `(p - t) / m`. [`bce`](super::bce()), as PyTorch has it, divides by the
/// number of outputs as well. The lecture's `J(Theta)` is this plus [`penalty`].
///
/// Source: Andrew Ng, Machine Learning, weeks 3 to 5.
///
/// ```
/// # use nn::loss;
/// let tape = tape::Tape::new();
/// let (h, y) = (tape.constant([[0.7, 0.2, 0.1]]), tape.constant([[1.0, 0.0, 0.0]]));
/// assert_eq!(format!("{:.8}", loss::logistic(h, y).value()), "0.68517901");
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
#[track_caller]
pub fn logistic<T: Element>(prediction: Tensor<T>, target: impl Into<Tensor<T>>) -> Var {
    term("logistic", prediction, target.into()).sum() / examples(prediction)
}

/// The penalty of `J(Theta)`: `lambda/(2m)` times the sum of squared weights. Biases pay nothing,
/// nor do weights that are frozen.
///
/// Its gradient is `lambda w / m`. (One lecture prints `lambda w`, which belongs to a penalty of
/// `lambda/2`.) Weight decay in deep-learning libraries usually adds `lambda w` to the gradient,
/// with no `m`, and decays biases too.
///
/// Source: Andrew Ng, Machine Learning, week 5.
///
/// ```
/// use nn::layers::Linear;
/// use nn::{Pass, loss};
/// use tape::Tape;
///
/// let layer = Linear::from_arrays([[3.0, 4.0]], [7.0]);
/// let tape = Tape::new();
/// let pass = Pass::new(&tape);
/// let penalty = loss::penalty(&layer, &pass, 0.5, 2);
/// assert_eq!(penalty.value(), 0.5 / 4.0 * 25.0);
/// assert_eq!(pass.gradient(penalty).of(layer.weight()), Some(&[0.75, 1.0][..]));
/// ```
#[must_use]
#[track_caller]
pub fn penalty<T: Element>(
    net: &(impl Module<T> + ?Sized),
    pass: &Pass<'_, T>,
    lambda: f64,
    examples: usize,
) -> Var {
    let mut squares = Vec::new();
    for named in &net.parameters().learning() {
        if named.parameter.role() == Role::Weight {
            squares.push(pass.parameter(&named.parameter).square().sum());
        }
    }
    tape::sum(&squares) * (lambda / (2.0 * examples as f64))
}
