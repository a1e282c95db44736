//! Linear algebra. Samples are random matrices; what must be invertible or positive definite is
//! made from them.

use crate::harness::{Case, sample};
use crate::law;
use tape::{Array, Tensor, Triangle};

/// A sample with 3 added on the diagonal of each matrix.
fn regular(shape: &[usize], seed: u64) -> Array<f64> {
    let mut sampled = sample(shape, seed);
    let n = shape[shape.len() - 1];
    for (place, x) in sampled.as_mut_slice().iter_mut().enumerate() {
        if place / n % n == place % n {
            *x += 3.0;
        }
    }
    sampled
}

/// As `law!`, with a first operand that is well conditioned.
macro_rules! regular {
    ($name:expr, [$first:expr $(, $shape:expr)*], |$x:ident| $y:expr) => {{
        #[allow(unused_mut)]
        let mut operands = vec![regular(&$first, 1)];
        #[allow(unused_mut)]
        let mut elsewhere = vec![regular(&$first, 500)];
        $(operands.push(sample(&$shape, 1 + operands.len() as u64));)*
        $(elsewhere.push(sample(&$shape, 500 + elsewhere.len() as u64));)*
        Case {
            name: $name,
            operands,
            elsewhere,
            double: &|$x: &[Tensor<f64>]| -> Tensor<f64> { $y },
            single: &|$x: &[Tensor<f32>]| -> Tensor<f32> { $y },
            linear: false,
        }
        .hold();
    }};
}

#[test]
fn solving() {
    regular!("solve, vector", [[3, 3], [3]], |x| x[0].solve(x[1]));
    regular!("solve, matrix", [[3, 3], [3, 2]], |x| x[0].solve(x[1]));
    regular!("solve, batched", [[2, 3, 3], [2, 3, 2]], |x| x[0]
        .solve(x[1]));
    regular!("solve, one matrix for all", [[3, 3], [4, 3, 1]], |x| x[0]
        .solve(x[1]));
    regular!("solve, one side for all", [[4, 3, 3], [3, 2]], |x| x[0]
        .solve(x[1]));
    regular!("solve, transposed", [[3, 3], [3]], |x| x[0].t().solve(x[1]));
    regular!("inverse", [[3, 3]], |x| x[0].inverse());
    regular!("inverse, batched", [[2, 2, 2]], |x| x[0].inverse());
    law!("solve, nothing", [[0, 0], [0, 2]], |x| x[0].solve(x[1]));
}

#[test]
fn triangles() {
    for lower in [true, false] {
        for unit in [true, false] {
            for transposed in [true, false] {
                let half = || {
                    let half = if lower {
                        Triangle::lower()
                    } else {
                        Triangle::upper()
                    };
                    let half = if unit { half.unit() } else { half };
                    if transposed { half.transposed() } else { half }
                };
                regular!("solve_triangular", [[2, 3, 3], [2, 3, 2]], |x| x[0]
                    .solve_triangular(x[1], half()));
                regular!("solve_triangular, vector", [[3, 3], [3]], |x| x[0]
                    .solve_triangular(x[1], half()));
            }
        }
    }
}

#[test]
fn factors_and_determinants() {
    regular!("cholesky", [[3, 3]], |x| x[0].matmul(x[0].t()).cholesky());
    regular!("cholesky of what is not symmetric", [[3, 3]], |x| x[0]
        .cholesky());
    regular!("cholesky, batched", [[2, 4, 4]], |x| x[0]
        .matmul(x[0].t())
        .cholesky());
    law!("det, number", [[1, 1]], |x| x[0].det());
    law!("det 2", [[2, 2]], |x| x[0].det());
    law!("det 3", [[3, 3]], |x| x[0].det());
    regular!("det 4", [[4, 4]], |x| x[0].det());
    law!("det, batched", [[5, 3, 3]], |x| x[0].det());
    regular!("logdet", [[3, 3]], |x| x[0].matmul(x[0].t()).logdet());
    regular!("logdet, batched", [[2, 3, 3]], |x| x[0]
        .matmul(x[0].t())
        .logdet());
    regular!("slogdet", [[2, 3, 3]], |x| {
        let (sign, logarithm) = x[0].slogdet();
        sign * logarithm
    });
}
