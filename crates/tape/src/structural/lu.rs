//! Elimination with partial pivoting: the factors of a matrix, and what is solved with them.

use super::{Pulled, Structural, recorded};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::View;
use crate::kernel::factor::{Half, doubles, lu, solve_half};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The lengths in front of the last two, and the last two.
pub(super) fn split(shape: &[usize]) -> (&[usize], usize, usize) {
    let (leading, last) = shape.split_at(shape.len() - 2);
    (leading, last[0], last[1])
}

/// Checks that the last two axes are a square matrix.
pub(crate) fn square(shape: &Shape) -> Result<(), Error> {
    let why = match **shape {
        [.., rows, columns] if rows == columns => return Ok(()),
        [.., rows, columns] => format!("a matrix of {rows} by {columns} is not square"),
        _ => format!("shape {shape} is no matrix: two axes of equal length are needed"),
    };
    Err(Error::new(ErrorKind::Shape, why))
}

/// `P A = L U` for each matrix: both triangles in one, `L` without its ones, and behind each row
/// the number of the row of `A` that went there. Made from what is cut off from the inputs: the
/// derivative goes through `A`, which whoever uses the factors has as an operand too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LuFactors;

impl Structural for LuFactors {
    const NAME: &'static str = "lu_factors";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        square(operands[0])?;
        let mut lengths = operands[0].to_vec();
        *lengths.last_mut().expect("a matrix has axes") += 1;
        Shape::new(&lengths)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let (leading, n, width) = split(lengths);
        let mut a = doubles(operands[0]);
        for matrix in 0..leading.iter().product() {
            let a = &mut a[matrix * n * n..][..n * n];
            let order = lu(a, n);
            for (i, row) in out[matrix * n * width..][..n * width]
                .chunks_exact_mut(width)
                .enumerate()
            {
                for (to, &from) in row.iter_mut().zip(&a[i * n..][..n]) {
                    *to = T::from_f64(from);
                }
                row[n] = T::from_f64(order[i] as f64);
            }
        }
    }

    fn term<T: Element>(&self, _: &Pulled<T>, _: usize) -> Tensor<T> {
        unreachable!("factors are made from data")
    }

    fn says(&self, _: usize) -> &'static str {
        "0"
    }
}

/// The factors of one matrix, taken apart again.
pub(super) struct Factors {
    /// `L` below the diagonal, `U` on and above it.
    pub(super) both: Vec<f64>,
    pub(super) order: Vec<usize>,
}

impl Factors {
    /// The factors of matrix number `matrix` among the elements of [`LuFactors`].
    pub(super) fn of(packed: &[f64], matrix: usize, n: usize) -> Factors {
        let rows = packed[matrix * n * (n + 1)..][..n * (n + 1)].chunks_exact(n + 1);
        let order = rows.clone().map(|row| row[n] as usize).collect();
        let both = rows.flat_map(|row| &row[..n]).copied().collect();
        Factors { both, order }
    }

    /// Overwrites `n` rows of `k` right-hand sides with the solution of `A x = b` or `A^T x = b`.
    fn solve(&self, transposed: bool, x: &mut [f64], k: usize) {
        let n = self.order.len();
        let lower = Half {
            lower: true,
            unit: true,
            transposed,
        };
        let upper = Half {
            lower: false,
            unit: false,
            transposed,
        };
        let given = x.to_vec();
        if transposed {
            solve_half(&self.both, n, upper, x, k);
            solve_half(&self.both, n, lower, x, k);
            let solved = x.to_vec();
            for (row, &to) in solved.chunks_exact(k).zip(&self.order) {
                x[to * k..][..k].copy_from_slice(row);
            }
        } else {
            for (row, &from) in x.chunks_exact_mut(k).zip(&self.order) {
                row.copy_from_slice(&given[from * k..][..k]);
            }
            solve_half(&self.both, n, lower, x, k);
            solve_half(&self.both, n, upper, x, k);
        }
    }
}

/// The solution of `A X = B`, or of `A^T X = B`. Operands: `A`, its factors, `B`, with the same
/// axes in front of the matrices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LuSolve {
    pub(crate) transposed: bool,
}

impl Structural for LuSolve {
    const NAME: &'static str = "solve";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[2].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let (leading, n, k) = split(lengths);
        if n * k == 0 {
            return;
        }
        let (factors, mut x) = (doubles(operands[1]), doubles(operands[2]));
        for matrix in 0..leading.iter().product() {
            let x = &mut x[matrix * n * k..][..n * k];
            Factors::of(&factors, matrix, n).solve(self.transposed, x, k);
        }
        store(&x, out);
    }

    /// With `dB = A^-T g`, the adjoint of `B`: that of `A` is `-dB X^T`.
    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let [a, factors] = [node.operands[0], node.operands[1]];
        let back = LuSolve {
            transposed: !self.transposed,
        };
        let db = recorded(back, &[a, factors, node.upstream]);
        match (slot, self.transposed) {
            (0, false) => -db.matmul(node.result.t()),
            (0, true) => -node.result.matmul(db.t()),
            _ => db,
        }
    }

    fn says(&self, slot: usize) -> &'static str {
        match (slot, self.transposed) {
            (0, false) => "-({0}^-T . {g}) . {y}^T",
            (0, true) => "-{y} . ({0}^-1 . {g})^T",
            (_, false) => "{0}^-T . {g}",
            (_, true) => "{0}^-1 . {g}",
        }
    }
}

/// The inverse. Operands: `A` and its factors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inverse;

impl Structural for Inverse {
    const NAME: &'static str = "inverse";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        Ok(operands[0].clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let (leading, n, _) = split(lengths);
        if n == 0 {
            return;
        }
        let factors = doubles(operands[1]);
        for matrix in 0..leading.iter().product() {
            let mut x = vec![0.0; n * n];
            x.iter_mut().step_by(n + 1).for_each(|one| *one = 1.0);
            Factors::of(&factors, matrix, n).solve(false, &mut x, n);
            store(&x, &mut out[matrix * n * n..][..n * n]);
        }
    }

    fn term<T: Element>(&self, node: &Pulled<T>, _: usize) -> Tensor<T> {
        let y = node.result.t();
        -y.matmul(node.upstream).matmul(y)
    }

    fn says(&self, _: usize) -> &'static str {
        "-{y}^T . {g} . {y}^T"
    }
}

/// Rounds into the elements of a result.
pub(super) fn store<T: Element>(from: &[f64], out: &mut [T]) {
    for (out, &x) in out.iter_mut().zip(from) {
        *out = T::from_f64(x);
    }
}
