//! Forward mode, for functions of few inputs: duals, and no tape at all.
//!
//! The number of inputs is a constant `K`; all `K` directions travel together. The cost
//! grows with `K`, so beyond about ten inputs the reverse mode of
//! [`gradient`](crate::gradient) wins; on the sigmoid circuit's five inputs duals take a fifth of a tape's time.

use crate::drivers::Outputs;
use crate::dual::Dual;
use crate::op::Lift;

/// The gradient of `f` at `x`.
///
/// ```
/// assert_eq!(tape::forward::gradient(|x| x[0] * x[1], &[2.0, 3.0]), [3.0, 2.0]);
/// ```
#[must_use]
#[inline]
pub fn gradient<const K: usize>(
    f: impl FnOnce(&[Dual<f64, K>; K]) -> Dual<f64, K>,
    x: &[f64; K],
) -> [f64; K] {
    value_and_gradient(f, x).1
}

/// The value and the gradient of `f` at `x`.
#[must_use]
#[inline]
pub fn value_and_gradient<const K: usize>(
    f: impl FnOnce(&[Dual<f64, K>; K]) -> Dual<f64, K>,
    x: &[f64; K],
) -> (f64, [f64; K]) {
    let output = f(&variables(x));
    (output.value, output.tangent)
}

/// The derivatives of each output (a row) by each input.
///
/// ```
/// let j = tape::forward::jacobian(|x| [x[0] * x[1], x[0] + x[1]], &[2.0, 3.0]);
/// assert_eq!(j, [[3.0, 2.0], [1.0, 1.0]]);
/// ```
#[must_use]
pub fn jacobian<const K: usize, O: Outputs<Dual<f64, K>>>(
    f: impl FnOnce(&[Dual<f64, K>; K]) -> O,
    x: &[f64; K],
) -> Vec<[f64; K]> {
    f(&variables(x))
        .to_vec()
        .iter()
        .map(|output| output.tangent)
        .collect()
}

/// The Hessian of `f` at `x`, by duals of duals.
///
/// ```
/// assert_eq!(tape::forward::hessian(|x| x[0] * x[0] * x[1], &[2.0, 3.0]), [[6.0, 4.0], [4.0, 0.0]]);
/// ```
#[must_use]
pub fn hessian<const K: usize>(
    f: impl FnOnce(&[Dual<Dual<f64, K>, K>; K]) -> Dual<Dual<f64, K>, K>,
    x: &[f64; K],
) -> [[f64; K]; K] {
    let inner = variables(x);
    let outer = std::array::from_fn(|i| Dual::variable(inner[i], i));
    f(&outer).tangent.map(|slope| slope.tangent)
}

#[inline]
fn variables<const K: usize>(x: &[f64; K]) -> [Dual<f64, K>; K] {
    std::array::from_fn(|i| Dual::variable(x[i].peek(), i))
}
