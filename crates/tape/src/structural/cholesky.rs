//! The square root of a positive definite matrix.

use super::lu::{split, square, store};
use super::triangular::{Diagonal, Triangle, TriangularSolve};
use super::{Pulled, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::View;
use crate::kernel::factor::{cholesky, doubles};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The lower triangular `L` with `L L^T = (A + A^T) / 2`. Where there is none, the first pivot
/// that is not positive is 0 on the diagonal of the result, and the rest of the matrix NaN.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cholesky;

impl Structural for Cholesky {
    const NAME: &'static str = "cholesky";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        square(operands[0])?;
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let (leading, n, _) = split(lengths);
        let mut a = doubles(operands[0]);
        for matrix in 0..leading.iter().product() {
            let a = &mut a[matrix * n * n..][..n * n];
            for i in 0..n {
                for j in 0..=i {
                    // Halves first: the sum of the largest numbers must not overflow.
                    a[i * n + j] = 0.5 * a[i * n + j] + 0.5 * a[j * n + i];
                }
            }
            for i in 0..n {
                a[i * n + i + 1..(i + 1) * n].fill(0.0);
            }
            let nan = a.iter().any(|x| x.is_nan());
            if let Err(pivot) = cholesky(a, n) {
                a.fill(f64::NAN);
                if !nan {
                    a[pivot * n + pivot] = 0.0;
                }
            }
        }
        store(&a, out);
    }

    /// `(S + S^T) / 2` with `S = L^-T P L^-1`, where `P` is the lower triangle of `L^T g` with its
    /// diagonal halved: Iain Murray, "Differentiation of the Cholesky decomposition", 2016.
    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let l = node.result;
        let back = TriangularSolve {
            triangle: Triangle::lower().transposed(),
        };
        let solved = |right| recorded(back.clone(), &[l, right]);
        let p = l
            .t()
            .matmul(node.upstream)
            .triangle_of(true, Diagonal::Halve);
        let s = solved(solved(p).t());
        (s + s.t()) * 0.5
    }

    fn says(&self, _: usize) -> &'static str {
        "symmetric part of {y}^-T . phi({y}^T . {g}) . {y}^-1"
    }
}
