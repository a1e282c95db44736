//! Triangular matrices: solving with them, and cutting them out.

use super::lu::{split, square, store};
use super::{Pulled, Structural, recorded};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::View;
use crate::kernel::factor::{Half, doubles, solve_half};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Which half of a matrix [`solve_triangular`](Tensor::solve_triangular) reads, and how.
///
/// ```
/// use tape::{Tape, Triangle};
/// let tape = Tape::new();
/// let l = tape.tensor("L", [[2.0, 0.0], [1.0, 4.0]]);
/// let b = tape.tensor("b", [2.0, 9.0]);
/// assert_eq!(l.solve_triangular(b, Triangle::lower()).to_vec(), [1.0, 2.0]);
/// let upper = Triangle::lower().transposed();
/// assert_eq!(l.solve_triangular(b, upper).to_vec(), [-0.125, 2.25]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Triangle {
    pub(crate) lower: bool,
    pub(crate) unit: bool,
    pub(crate) transposed: bool,
}

impl Triangle {
    /// The diagonal and what is below; the rest is not read.
    pub fn lower() -> Triangle {
        Triangle {
            lower: true,
            unit: false,
            transposed: false,
        }
    }

    /// The diagonal and what is above; the rest is not read.
    pub fn upper() -> Triangle {
        Triangle {
            lower: false,
            ..Triangle::lower()
        }
    }

    /// With ones on the diagonal, whatever stands there.
    pub fn unit(self) -> Triangle {
        Triangle { unit: true, ..self }
    }

    /// Solves with the transpose: of the half that was chosen, which is read where it stands.
    pub fn transposed(self) -> Triangle {
        Triangle {
            transposed: !self.transposed,
            ..self
        }
    }
}

/// The solution of `A X = B`, where `A` is half of a matrix. Both have the same axes in front of
/// the matrices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TriangularSolve {
    pub(crate) triangle: Triangle,
}

impl Structural for TriangularSolve {
    const NAME: &'static str = "solve_triangular";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[1].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let (leading, n, k) = split(lengths);
        if n * k == 0 {
            return;
        }
        let Triangle {
            lower,
            unit,
            transposed,
        } = self.triangle;
        let half = Half {
            lower,
            unit,
            transposed,
        };
        let (a, mut x) = (doubles(operands[0]), doubles(operands[1]));
        for matrix in 0..leading.iter().product() {
            let x = &mut x[matrix * n * k..][..n * k];
            solve_half(&a[matrix * n * n..][..n * n], n, half, x, k);
        }
        store(&x, out);
    }

    /// With `dB = A^-T g`, the adjoint of `B`: that of `A` is the same half of `-dB X^T`.
    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let Triangle {
            lower,
            unit,
            transposed,
        } = self.triangle;
        let back = TriangularSolve {
            triangle: self.triangle.transposed(),
        };
        let db = recorded(back, &[node.operands[0], node.upstream]);
        let whole = match (slot, transposed) {
            (0, false) => -db.matmul(node.result.t()),
            (0, true) => -node.result.matmul(db.t()),
            _ => return db,
        };
        let diagonal = if unit { Diagonal::Drop } else { Diagonal::Keep };
        whole.triangle_of(lower, diagonal)
    }

    fn says(&self, slot: usize) -> &'static str {
        match (slot, self.triangle.transposed) {
            (0, false) => "triangle of -({0}^-T . {g}) . {y}^T",
            (0, true) => "triangle of -{y} . ({0}^-1 . {g})^T",
            (_, false) => "{0}^-T . {g}",
            (_, true) => "{0}^-1 . {g}",
        }
    }
}

/// What becomes of the diagonal of a triangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Diagonal {
    Keep,
    Drop,
    Halve,
}

impl<T: Element> Tensor<T> {
    #[track_caller]
    pub(super) fn triangle_of(self, lower: bool, diagonal: Diagonal) -> Tensor<T> {
        let side = |past: i64| match lower {
            true => self.tril(-past),
            false => self.triu(past),
        };
        match diagonal {
            Diagonal::Keep => side(0),
            Diagonal::Drop => side(1),
            Diagonal::Halve => (side(0) + side(1)) * 0.5,
        }
    }
}

/// Checks that right-hand sides `b` fit a square matrix `a`, both without the axes in front.
pub(crate) fn right_sides(a: &Shape, b: &Shape) -> Result<(), Error> {
    square(a)?;
    let (_, n, _) = split(a);
    let rows = match b.len() {
        0 => {
            let why = "the right-hand side is a number; a vector or a matrix is needed";
            return Err(Error::new(ErrorKind::Shape, why));
        }
        1 => b[0],
        rank => b[rank - 2],
    };
    if rows == n {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Shape,
        format!("{n} equations, but right-hand sides of {rows} rows"),
    ))
}
