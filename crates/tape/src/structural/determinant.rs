//! Determinants, their logarithms, and cofactors.

use super::lu::{Factors, split, square, store};
use super::{Inverse, Pulled, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::View;
use crate::kernel::factor::{Half, doubles, lu_complete, scale, scaled_product, sign, solve_half};
use crate::op::{Lift, Op};
use crate::recording::Recording;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Which number of a matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Which {
    Determinant,
    /// The logarithm of the absolute value of the determinant.
    LogAbs,
    /// The logarithm of the determinant; NaN where that is negative.
    Log,
    /// -1, 0 or 1.
    Sign,
}

/// The determinant of each matrix, its logarithm or its sign. Operands: `A` and its factors; of
/// the sign, which has no derivative, the factors only.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Determinant {
    pub(crate) which: Which,
}

impl Determinant {
    fn of(&self, factors: &Factors) -> f64 {
        let n = factors.order.len();
        let pivots = || factors.both.iter().copied().step_by(n + 1);
        if pivots().any(|u| u == 0.0) && !pivots().any(f64::is_nan) {
            return match self.which {
                Which::LogAbs | Which::Log => f64::NEG_INFINITY,
                Which::Determinant | Which::Sign => 0.0,
            };
        }
        let signs = || sign(&factors.order) * pivots().map(|u| u / u.abs()).product::<f64>();
        let logarithm = || pivots().map(|u| u.abs().ln()).sum::<f64>() + 0.0;
        match self.which {
            Which::Determinant => {
                let (fraction, power) = scaled_product(pivots());
                scale(sign(&factors.order) * fraction, power)
            }
            Which::LogAbs => logarithm(),
            Which::Log if signs() < 0.0 => f64::NAN,
            Which::Log => logarithm(),
            Which::Sign => signs(),
        }
    }
}

impl Structural for Determinant {
    const NAME: &'static str = "det";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let factors = operands[operands.len() - 1];
        Ok(Shape::trusted(split(factors).0.iter().copied()))
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let factors = operands[operands.len() - 1];
        let n = split(factors.lengths).1;
        let factors = doubles(factors);
        for (matrix, out) in out.iter_mut().enumerate() {
            *out = T::from_f64(self.of(&Factors::of(&factors, matrix, n)));
        }
    }

    fn number<T: Element>(&self, operands: &[View<'_, T>]) -> Option<f64> {
        let factors = operands[operands.len() - 1];
        let n = split(factors.lengths).1;
        Some(self.of(&Factors::of(&doubles(factors), 0, n)))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let a = node.operands[0];
        let inverse = || recorded(Inverse, &[a, node.operands[1]]).t();
        let local = match self.which {
            Which::Determinant => recorded(Cofactors, &[a]),
            Which::LogAbs => inverse(),
            Which::Log => {
                // 0, but NaN where the logarithm is, so that no partial is a number there.
                let result = node.result.detach();
                inverse() + beside_matrices(result * 0.0)
            }
            Which::Sign => unreachable!("a sign is made from data"),
        };
        beside_matrices(node.upstream).chain(local)
    }

    fn says(&self, _: usize) -> &'static str {
        match self.which {
            Which::Determinant => "{g} * cofactors of {0}",
            Which::LogAbs | Which::Log => "{g} * {0}^-T",
            Which::Sign => "0",
        }
    }
}

/// One number for each matrix, with two axes of length 1 behind, to be multiplied with them.
#[track_caller]
fn beside_matrices<T: Element>(numbers: Tensor<T>) -> Tensor<T> {
    let shape = numbers.shape();
    if shape.rank() == 0 {
        return numbers;
    }
    numbers.reshape_to(Shape::trusted(shape.iter().copied().chain([1, 1])))
}

/// The matrix of cofactors, `det(A) A^-T`: the gradient of the determinant, right for every
/// matrix, invertible or not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cofactors;

impl Structural for Cofactors {
    const NAME: &'static str = "cofactors";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        square(operands[0])?;
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let (leading, n, _) = split(lengths);
        let mut a = doubles(operands[0]);
        for matrix in 0..leading.iter().product() {
            let a = &mut a[matrix * n * n..][..n * n];
            store(&cofactors(a, n), &mut out[matrix * n * n..][..n * n]);
        }
    }

    /// The second derivative of the determinant along `g`. To 3 by 3 it is a polynomial
    /// (Cayley and Hamilton); beyond, `(<g, C> C - C g^T C) / det`, which a singular matrix
    /// does not have.
    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let (a, g, c) = (node.operands[0], node.upstream, node.result);
        let n = split(&a.shape()).1;
        match n {
            0 | 1 => g.chain(Tensor::from(0.0)),
            2 => recorded(Cofactors, &[g]),
            3 => {
                let one = identity(c, n);
                let (ag, ga) = (a.matmul(g), g.matmul(a));
                let (trace_a, trace_g) = (total(a * one), total(g * one));
                let whole = trace_a * trace_g - total(ag * one);
                (ag + ga - trace_a * g - trace_g * a).t() + whole * one
            }
            _ => {
                // Any row of the matrix times its cofactors is the determinant.
                let det = total(a * c) / n as f64;
                (total(g * c) * c - c.matmul(g.t()).matmul(c)) / det
            }
        }
    }

    fn says(&self, _: usize) -> &'static str {
        "second derivative of the determinant of {0} along {g}"
    }
}

/// The sum over the last two axes, which stay.
#[track_caller]
fn total<T: Element>(matrices: Tensor<T>) -> Tensor<T> {
    matrices.sum_over(crate::tensor::axes([-2, -1]).keep())
}

/// The identity, on the tape of another tensor and of its rank.
#[track_caller]
fn identity<T: Element>(beside: Tensor<T>, n: usize) -> Tensor<T> {
    let recording = Recording::expect_owner(beside.var(), Cofactors::NAME);
    let shape = beside.shape();
    let mut one = vec![T::default(); n * n];
    one.iter_mut()
        .step_by(n + 1)
        .for_each(|x| *x = T::from_f64(1.0));
    let matrix = recording.array_leaf(Op::Const, &Shape::trusted([n, n]), &one);
    matrix.expand_to(shape)
}

/// The cofactors of a matrix, which is overwritten.
///
/// With `P A Q = L U` they are, rows and columns put back, `L^-T adj(U)^T` up to the sign. With
/// the last column of `U` written `(u, w)` and `d` the product of the other pivots, `adj(U)` is
/// `d [w U1^-1, -U1^-1 u; 0, 1]`: nothing is divided by `w`, the smallest pivot, which is all
/// that is zero in a matrix of rank `n - 1`. If another one is zero, so are all cofactors.
fn cofactors(a: &mut [f64], n: usize) -> Vec<f64> {
    let mut result = vec![0.0; n * n];
    if a.iter().any(|x| x.is_nan()) {
        result.fill(f64::NAN);
        return result;
    }
    let (rows, columns) = lu_complete(a, n);
    let pivot = |i: usize| a[i * n + i];
    let Some(last) = n.checked_sub(1) else {
        return result;
    };
    if (0..last).any(|i| pivot(i) == 0.0) {
        return result;
    }
    let (d, power) = scaled_product((0..last).map(pivot));
    // adj(U)^T / d: solve with U1 for the identity times w, and for -u.
    let mut inside = vec![0.0; last * last];
    let mut right = vec![0.0; last * n];
    for i in 0..last {
        inside[i * last..][..last].copy_from_slice(&a[i * n..][..last]);
        right[i * n + i] = pivot(last);
        right[i * n + last] = -a[i * n + last];
    }
    let upper = Half {
        lower: false,
        unit: false,
        transposed: false,
    };
    if last > 0 {
        solve_half(&inside, last, upper, &mut right, n);
    }
    let mut x = vec![0.0; n * n];
    for i in 0..last {
        for j in 0..n {
            x[j * n + i] = right[i * n + j];
        }
    }
    x[last * n + last] = 1.0;
    let back = Half {
        lower: true,
        unit: true,
        transposed: true,
    };
    solve_half(a, n, back, &mut x, n);
    let d = d * sign(&rows) * sign(&columns);
    for i in 0..n {
        for j in 0..n {
            result[rows[i] * n + columns[j]] = scale(d * x[i * n + j], power) + 0.0;
        }
    }
    result
}
