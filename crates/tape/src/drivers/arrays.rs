//! Derivatives of a function of arrays, in one call.
//!
//! Write the function on tensors, or over `R: Real`, and hand it over with the arrays to take it at.
//! Each call records on a tape of its own, which is closed again, also when the function panics.
//!
//! | you have | you want | use |
//! |---|---|---|
//! | a loss of many arrays | its gradient | [`gradient`], [`value_and_gradient`]: one reverse sweep, whatever the number of elements |
//! | an array as the result | the gradients of its elements, weighted and added | [`vjp`]: one reverse sweep |
//! | one direction | the derivative along it | [`jvp`]: some two gradients, whatever the number of elements |
//! | few elements in the result | all derivatives | [`jacobian`]: a reverse sweep per element of the result |
//! | a loss | curvature along a direction | [`hvp`]: some two gradients |
//! | a loss of few elements | all second derivatives | [`hessian`]: a sweep of the gradient per element |
//! | a loss, and a loop that changes the arrays | gradients, and memory used again | a [`Tape`](crate::Tape), with [`reset`](crate::Tape::reset) |
//! | a doubt whether a gradient is right | it checked | [`Check::run_arrays`](crate::Check::run_arrays) |
//!
//! Functions of numbers have the [same drivers](crate::drivers), on slices.
//!
//! ```
//! use tape::{Array, Tensor, arrays};
//!
//! let loss = |x: &[Tensor]| (x[0].matmul(x[1]) - 1.0).square().sum();
//! let w = Array::from([[1.0, 2.0], [3.0, 4.0]]);
//! let x = Array::from([1.0, 0.0]);
//! let g = arrays::gradient(loss, &[w, x]);
//! assert_eq!(g[0], Array::from([[0.0, 0.0], [4.0, 0.0]]));
//! assert_eq!(g[1], Array::from([12.0, 16.0]));
//! ```

use crate::array::Array;
use crate::derive::gradient_of;
use crate::element::Element;
use crate::gradients::Gradients;
use crate::op::Op;
use crate::program::Session;
use crate::recording::Settings;
use crate::shape::Shape;
use crate::tensor::{Tensor, done};
use crate::var::Var;

/// The gradient of `f` at `x`: for each array its derivatives, in its shape.
///
/// `f` answers one number. An array that it does not depend on has a gradient of zeros.
///
/// # Panics
/// If `f` answers an array that is no number (use [`vjp`] or [`jacobian`]), mixes in a tensor of
/// another recording, or answers one.
#[must_use]
#[track_caller]
pub fn gradient<T, F, Y>(f: F, x: &[Array<T>]) -> Vec<Array<T>>
where
    T: Element,
    F: FnOnce(&[Tensor<T>]) -> Y,
    Y: Into<Tensor<T>>,
{
    value_and_gradient(f, x).1
}

/// The value and the gradient of `f` at `x`.
///
/// ```
/// use tape::{Array, arrays};
/// let (value, g) = arrays::value_and_gradient(|x| x[0].powi(3).sum(), &[Array::from([1.0, 2.0])]);
/// assert_eq!((value, g), (9.0, vec![Array::from([3.0, 12.0])]));
/// ```
///
/// # Panics
/// As [`gradient`].
#[must_use]
#[track_caller]
pub fn value_and_gradient<T, F, Y>(f: F, x: &[Array<T>]) -> (f64, Vec<Array<T>>)
where
    T: Element,
    F: FnOnce(&[Tensor<T>]) -> Y,
    Y: Into<Tensor<T>>,
{
    let recorded = Recorded::new(f, x);
    let output = recorded.number("gradient");
    (output.var().peek(), recorded.of(&output.var().backward()))
}

/// The vector-Jacobian product: the derivatives of `<cotangent, f(x)>` by each array.
///
/// ```
/// use tape::{Array, arrays};
/// let g = arrays::vjp(|x| x[0].square(), &[Array::from([1.0, 2.0])], &[1.0, 10.0].into());
/// assert_eq!(g, [Array::from([2.0, 40.0])]);
/// ```
///
/// # Panics
/// If the cotangent has not the shape of the result; otherwise as [`gradient`].
#[must_use]
#[track_caller]
pub fn vjp<T, F, Y>(f: F, x: &[Array<T>], cotangent: &Array<T>) -> Vec<Array<T>>
where
    T: Element,
    F: FnOnce(&[Tensor<T>]) -> Y,
    Y: Into<Tensor<T>>,
{
    let recorded = Recorded::new(f, x);
    recorded.of(&recorded.output.vjp(cotangent))
}

/// The Jacobian-vector product: the derivative of `f` along `direction`, in the shape of the result.
///
/// It needs no rules of its own: `J^T u` is linear in `u`, and its derivative by `u`, with `v` as
/// the cotangent, is `J v`. So `f` is recorded, its reverse sweep behind it, and the sweep of that
/// behind both: some two gradients' work.
///
/// ```
/// use tape::{Array, arrays};
/// let along = arrays::jvp(|x| x[0].square(), &[Array::from([1.0, 2.0])], &[[1.0, 10.0].into()]);
/// assert_eq!(along, Array::from([2.0, 40.0]));
/// ```
///
/// # Panics
/// If there is not a direction of its shape for each array; otherwise as [`gradient`].
#[must_use]
#[track_caller]
pub fn jvp<T, F, Y>(f: F, x: &[Array<T>], direction: &[Array<T>]) -> Array<T>
where
    T: Element,
    F: FnOnce(&[Tensor<T>]) -> Y,
    Y: Into<Tensor<T>>,
{
    expect_alike("jvp", x, direction);
    let recorded = Recorded::new(f, x);
    let shape = recorded.output.shape();
    // J^T u is the same function of u wherever it is recorded; at 1 no product is an exact zero.
    let u = recorded.leaf(Op::Input, &Array::ones(&shape));
    let pulled = gradient_of(recorded.output.var(), u.var(), &recorded.inputs);
    let mut along: Option<Tensor<T>> = None;
    for (pulled, v) in pulled.into_iter().zip(direction) {
        let v = recorded.leaf(Op::Const, v);
        let part = gradient_of(pulled.var(), v.var(), &[u])[0];
        along = Some(along.map_or(part, |along| along + part));
    }
    along.map_or(Array::zeros(&shape), Tensor::to_array)
}

/// All derivatives of `f` at `x`: for each array one of shape `[result.., array..]`.
///
/// A reverse sweep per element of the result.
///
/// ```
/// use tape::{Array, arrays};
/// let j = arrays::jacobian(|x| x[0].matmul(x[1]), &[[[1.0, 2.0], [3.0, 4.0]].into(), [5.0, 6.0].into()]);
/// assert_eq!(*j[0].shape(), [2, 2, 2]);
/// assert_eq!(j[1], Array::from([[1.0, 2.0], [3.0, 4.0]]));
/// ```
///
/// # Panics
/// If result and array have more axes together than an array may have; otherwise as [`gradient`].
#[must_use]
#[track_caller]
pub fn jacobian<T, F, Y>(f: F, x: &[Array<T>]) -> Vec<Array<T>>
where
    T: Element,
    F: FnOnce(&[Tensor<T>]) -> Y,
    Y: Into<Tensor<T>>,
{
    let recorded = Recorded::new(f, x);
    recorded.rows(recorded.output)
}

/// The Hessian of `f` times `direction`: for each array the derivative of its gradient along it.
///
/// The gradient is recorded, and swept with `direction` as its cotangent: some two gradients' work.
///
/// ```
/// use tape::{Array, arrays};
/// let hv = arrays::hvp(|x| x[0].powi(3).sum(), &[Array::from([1.0, 2.0])], &[[1.0, 10.0].into()]);
/// assert_eq!(hv, [Array::from([6.0, 120.0])]);
/// ```
///
/// # Panics
/// If there is not a direction of its shape for each array; otherwise as [`gradient`].
#[must_use]
#[track_caller]
pub fn hvp<T, F, Y>(f: F, x: &[Array<T>], direction: &[Array<T>]) -> Vec<Array<T>>
where
    T: Element,
    F: FnOnce(&[Tensor<T>]) -> Y,
    Y: Into<Tensor<T>>,
{
    expect_alike("hvp", x, direction);
    let recorded = Recorded::new(f, x);
    let output = recorded.number("hvp");
    let slopes = output.var().gradient_of(&recorded.inputs);
    let mut along = Var::constant(0.0);
    for (slope, v) in slopes.into_iter().zip(direction) {
        along += (slope * recorded.leaf(Op::Const, v)).sum();
    }
    recorded.of(&along.backward())
}

/// All second derivatives of `f` at `x`: for each pair of arrays one of shape `[first.., second..]`.
///
/// The gradient is recorded once, and swept per element.
///
/// ```
/// use tape::{Array, arrays};
/// let h = arrays::hessian(|x| (x[0].square() * x[1]).sum(), &[[1.0, 2.0].into(), [3.0, 4.0].into()]);
/// assert_eq!(h[0][0], Array::from([[6.0, 0.0], [0.0, 8.0]]));
/// assert_eq!(h[0][1], Array::from([[2.0, 0.0], [0.0, 4.0]]));
/// ```
///
/// # Panics
/// As [`jacobian`] and [`gradient`].
#[must_use]
#[track_caller]
pub fn hessian<T, F, Y>(f: F, x: &[Array<T>]) -> Vec<Vec<Array<T>>>
where
    T: Element,
    F: FnOnce(&[Tensor<T>]) -> Y,
    Y: Into<Tensor<T>>,
{
    let recorded = Recorded::new(f, x);
    let output = recorded.number("hessian");
    let mut rows = Vec::with_capacity(x.len());
    for slope in output.var().gradient_of(&recorded.inputs) {
        rows.push(recorded.rows(slope));
    }
    rows
}

/// A function, recorded at a point on a tape of its own.
pub(crate) struct Recorded<T: Element> {
    pub(crate) session: Session,
    pub(crate) inputs: Vec<Tensor<T>>,
    pub(crate) output: Tensor<T>,
}

impl<T: Element> Recorded<T> {
    #[track_caller]
    fn new<F, Y>(f: F, x: &[Array<T>]) -> Recorded<T>
    where
        F: FnOnce(&[Tensor<T>]) -> Y,
        Y: Into<Tensor<T>>,
    {
        Recorded::with_settings(f, x, Settings::BARE)
    }

    #[track_caller]
    pub(crate) fn with_settings<F, Y>(f: F, x: &[Array<T>], settings: Settings) -> Recorded<T>
    where
        F: FnOnce(&[Tensor<T>]) -> Y,
        Y: Into<Tensor<T>>,
    {
        let session = Session::open("a derivative being taken", settings);
        let mut inputs = Vec::with_capacity(x.len());
        for x in x {
            inputs.push(session.0.array_leaf(Op::Input, x.shape(), x.as_slice()));
        }
        let output: Tensor<T> = f(&inputs).into();
        super::expect_own(&session, &[output.var()]);
        Recorded {
            session,
            inputs,
            output,
        }
    }

    #[track_caller]
    fn leaf(&self, op: Op, x: &Array<T>) -> Tensor<T> {
        self.session.0.array_leaf(op, x.shape(), x.as_slice())
    }

    /// The output, which must be a number.
    #[track_caller]
    pub(crate) fn number(&self, name: &str) -> Tensor<T> {
        let shape = self.output.shape();
        assert!(
            shape.rank() == 0,
            "{name}: the function answers an array of shape {shape}, not a number; \
             reduce it (`sum`, `mean`), or take `vjp` or `jacobian`"
        );
        self.output
    }

    /// The derivative by each input, in its shape; zeros where there is no path.
    #[track_caller]
    pub(crate) fn of(&self, gradients: &Gradients) -> Vec<Array<T>> {
        let mut slopes = Vec::with_capacity(self.inputs.len());
        for &input in &self.inputs {
            slopes.push(match gradients.array(input) {
                Some(slope) => slope,
                None => Array::zeros(&input.shape()),
            });
        }
        slopes
    }

    /// The derivatives of each element of a tensor by each input: a sweep per element.
    #[track_caller]
    fn rows(&self, of: Tensor<T>) -> Vec<Array<T>> {
        let shape = of.shape();
        let mut rows: Vec<(Shape, Vec<T>)> = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let lengths: Vec<usize> = shape.iter().chain(input.shape().iter()).copied().collect();
            rows.push((done(Shape::new(&lengths)), Vec::new()));
        }
        let mut one = Array::zeros(&shape);
        for element in 0..shape.count() {
            one.as_mut_slice()[element] = T::from_f64(1.0);
            let slopes = self.of(&of.vjp(&one));
            one.as_mut_slice()[element] = T::from_f64(0.0);
            for ((_, row), slope) in rows.iter_mut().zip(slopes) {
                row.extend_from_slice(slope.as_slice());
            }
        }
        rows.into_iter()
            .map(|(shape, data)| Array::trusted(shape, data))
            .collect()
    }
}

/// A direction needs a part for each array, in its shape.
#[track_caller]
fn expect_alike<T: Element>(name: &str, x: &[Array<T>], direction: &[Array<T>]) {
    assert!(
        x.len() == direction.len(),
        "{name}: a direction of {} arrays for {} inputs",
        direction.len(),
        x.len()
    );
    for (i, (x, v)) in x.iter().zip(direction).enumerate() {
        assert!(
            x.shape() == v.shape(),
            "{name}: a direction of shape {} for input {i} of shape {}",
            v.shape(),
            x.shape()
        );
    }
}
