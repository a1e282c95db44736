//! Linear algebra: solving, inverses, determinants, Cholesky factors.
//!
//! A matrix is the last two axes; what stands before them counts matrices, each of which is
//! treated alone. Everything is computed in double precision, also for tensors of `f32`.

use super::record::{owner, record_detach, told};
use super::{Tensor, known, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::{List, Shape};
use crate::structural::{
    Cholesky, Determinant, Inverse, LuFactors, LuSolve, Triangle, TriangularSolve, Which,
    right_sides, square,
};

impl<T: Element> Tensor<T> {
    operations! {
        /// The solution `X` of `A X = B`, for this square matrix `A`, by elimination with partial
        /// pivoting. More accurate and faster than a product with the inverse.
        ///
        /// `B` of rank 1 is one right-hand side, and so is then the solution; else the columns of
        /// `B` are right-hand sides, as in NumPy. The axes before the matrices are broadcast, and
        /// a matrix that is repeated is factored once.
        ///
        /// Shapes: `[.., n, n]` and `[n]` give `[.., n]`; `[.., n, n]` and `[.., n, k]` give `[.., n, k]`.
        /// Terms: `dB = A^-T . g` and `dA = -dB . X^T`.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let a = tape.tensor("A", [[2.0, 1.0], [1.0, 3.0]]);
        /// let b = tape.tensor("b", [3.0, 5.0]);
        /// let x = a.solve(b);
        /// assert_eq!(x.to_array().map(|x| (10.0 * x).round()), [8.0, 14.0].into());
        /// let g = x.vjp(&[1.0, 0.0].into());
        /// assert!((g[b][0] - 0.6).abs() < 1e-15 && (g[b][1] + 0.2).abs() < 1e-15);
        /// ```
        ///
        /// # Panics
        /// If `A` is not square, the rows of `B` are not as many, or a matrix is singular: if a
        /// pivot is exactly 0. A matrix that is singular but for rounding is not found out.
        solve try_solve(self, right: impl Into<Tensor<T>>) -> Tensor<T> {
            let right = right.into();
            let both = [self, right];
            let (a, b) = fitted("solve", self, right)?;
            let factors = invertible("solve", &both)?;
            let factors = factors.with_leading(a.shape().leading());
            unfitted(record_structural(LuSolve { transposed: false }, &[a, factors, b])?, right)
        }

        /// The solution `X` of `A X = B`, where `A` is a triangle of this square matrix.
        ///
        /// Shapes are those of [`solve`](Tensor::solve). Terms: `dB = A^-T . g`, and `dA` is the
        /// same triangle of `-dB . X^T`.
        ///
        /// # Panics
        /// If this is not square, the rows of `B` are not as many, or a number on the diagonal,
        /// where it is read, is 0.
        solve_triangular try_solve_triangular(self, right: impl Into<Tensor<T>>, triangle: Triangle) -> Tensor<T> {
            let right = right.into();
            let both = [self, right];
            let (a, b) = fitted("solve_triangular", self, right)?;
            if !triangle.unit {
                let zero = first_zero(self, 0);
                no_zero("solve_triangular", &both, zero, |at| format!("element {at} of the diagonal is 0"))?;
            }
            unfitted(record_structural(TriangularSolve { triangle }, &[a, b])?, right)
        }

        /// The inverse matrix. To solve equations, [`solve`](Tensor::solve) is better.
        ///
        /// Shapes: `[.., n, n]` gives `[.., n, n]`. Term: `-Y^T . g . Y^T`.
        ///
        /// # Panics
        /// If this is not square, or a matrix is singular: if a pivot of the elimination is 0.
        inverse try_inverse(self) -> Tensor<T> {
            let factors = invertible("inverse", &[self])?;
            record_structural(Inverse, &[self, factors])
        }

        /// The lower triangular `L` with `L L^T = A`, for symmetric positive definite `A`.
        ///
        /// The symmetric part `(A + A^T) / 2` is what is factored, as in JAX, so that the
        /// gradient is symmetric and is that of the function of all elements.
        ///
        /// Shapes: `[.., n, n]` gives `[.., n, n]`. Term: the symmetric part of
        /// `L^-T . phi(L^T . g) . L^-1`, where `phi` takes the lower triangle and half of the
        /// diagonal (Iain Murray, "Differentiation of the Cholesky decomposition", 2016).
        ///
        /// # Panics
        /// If this is not square, or a matrix is not positive definite.
        cholesky try_cholesky(self) -> Tensor<T> {
            fits("cholesky", &[self], square(&self.shape()))?;
            let l = record_structural(Cholesky, &[self])?;
            let zero = first_zero(l, 0);
            no_zero("cholesky", &[self], zero, |at| format!(
                "not positive definite: pivot {at} is not above 0; is a covariance short of a ridge (`A + 1e-9 I`)?"
            ))?;
            Ok(l)
        }

        /// The determinant.
        ///
        /// Its gradient is the matrix of cofactors, computed with complete pivoting: right at
        /// singular matrices too, where the inverse does not exist. Derivatives of higher order
        /// are right everywhere up to 3 by 3, beyond at invertible matrices; at a singular one
        /// they are NaN.
        ///
        /// Shapes: `[.., n, n]` gives `[..]`; 1 for a matrix without elements. Term: `g * cofactors`.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let a = tape.tensor("A", [[1.0, 2.0], [2.0, 4.0]]);
        /// let det = a.det();
        /// assert_eq!(det.item(), 0.0);
        /// assert_eq!(det.sum().backward()[a], [4.0, -2.0, -2.0, 1.0]);
        /// ```
        ///
        /// # Panics
        /// If this is not square.
        det try_det(self) -> Tensor<T> {
            determinant("det", self, Which::Determinant)
        }

        /// The sign of the determinant (-1, 0 or 1) and the logarithm of its absolute value,
        /// which does not overflow, as in NumPy: (0, -inf) for a singular matrix.
        ///
        /// Shapes: `[.., n, n]` gives `[..]` twice. Terms: none for the sign, `g * A^-T` for the
        /// logarithm; infinite or NaN at a singular matrix.
        ///
        /// # Panics
        /// If this is not square.
        slogdet try_slogdet(self) -> (Tensor<T>, Tensor<T>) {
            Ok((
                determinant("slogdet", self, Which::Sign)?,
                determinant("slogdet", self, Which::LogAbs)?,
            ))
        }

        /// The logarithm of the determinant: NaN where that is negative, -inf where it is 0.
        ///
        /// Shapes: `[.., n, n]` gives `[..]`. Term: `g * A^-T`, NaN where the value is.
        ///
        /// # Panics
        /// If this is not square.
        logdet try_logdet(self) -> Tensor<T> {
            determinant("logdet", self, Which::Log)
        }
    }

    /// Repeats matrices along the axes before them.
    #[track_caller]
    fn with_leading(self, leading: &[usize]) -> Tensor<T> {
        let shape = self.shape();
        let last = &shape[shape.rank() - 2..];
        self.expand_to(Shape::trusted(leading.iter().chain(last).copied()))
    }
}

impl Shape {
    /// The lengths before a matrix.
    fn leading(&self) -> &[usize] {
        &self[..self.rank() - 2]
    }
}

/// A check's result, with the story of the operands added to an error.
#[track_caller]
fn fits<T: Element, V>(
    name: &str,
    operands: &[Tensor<T>],
    result: Result<V, Error>,
) -> Result<V, Error> {
    let error = match result {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    match owner(operands, name) {
        Some(recording) => Err(told(error, name, &recording, operands)),
        None => Err(Error::new(error.kind(), format!("{name}: {error}"))),
    }
}

/// A matrix and right-hand sides with the same axes before them, a vector as a column.
#[track_caller]
fn fitted<T: Element>(
    name: &str,
    a: Tensor<T>,
    right: Tensor<T>,
) -> Result<(Tensor<T>, Tensor<T>), Error> {
    known(name, &[a, right])?;
    let (shape, sides) = (a.shape(), right.shape());
    fits(name, &[a, right], right_sides(&shape, &sides))?;
    let column = match *sides {
        [n] => Shape::trusted([n, 1]),
        _ => sides,
    };
    let part = |lengths: &[usize]| Shape::trusted(lengths.iter().copied());
    let leading = match column.leading() {
        // One matrix of right-hand sides serves every matrix on the left.
        [] => Ok(part(shape.leading())),
        leading => part(shape.leading()).broadcast(&part(leading)),
    };
    let leading = fits(name, &[a, right], leading)?;
    let b = right.reshape_to(column);
    Ok((a.with_leading(&leading), b.with_leading(&leading)))
}

/// A solution for a vector has no axis of columns.
#[track_caller]
fn unfitted<T: Element>(solution: Tensor<T>, right: Tensor<T>) -> Result<Tensor<T>, Error> {
    if right.shape().rank() != 1 {
        return Ok(solution);
    }
    let shape = solution.shape();
    let vector = Shape::trusted(shape[..shape.rank() - 1].iter().copied());
    Ok(solution.reshape_to(vector))
}

/// The factors of a matrix, or an error if it is singular. It is the first operand.
#[track_caller]
fn invertible<T: Element>(name: &str, operands: &[Tensor<T>]) -> Result<Tensor<T>, Error> {
    let factors = factored(name, operands)?;
    let zero = first_zero(factors, 1);
    no_zero(name, operands, zero, |at| {
        format!(
            "singular: row {at} of the eliminated matrix has no pivot but 0; add a ridge (`A + 1e-9 I`), or ask for the determinant"
        )
    })?;
    Ok(factors)
}

#[track_caller]
fn factored<T: Element>(name: &str, operands: &[Tensor<T>]) -> Result<Tensor<T>, Error> {
    let a = operands[0];
    fits(name, operands, square(&a.shape()))?;
    record_structural(LuFactors, &[record_detach(a)])
}

#[track_caller]
fn determinant<T: Element>(name: &str, a: Tensor<T>, which: Which) -> Result<Tensor<T>, Error> {
    let factors = factored(name, &[a])?;
    let op = Determinant { which };
    match which {
        Which::Sign => record_structural(op, &[factors]),
        _ => record_structural(op, &[a, factors]),
    }
}

/// The first matrix with a 0 on its diagonal, and where. `beside` columns stand behind the matrix.
#[track_caller]
fn first_zero<T: Element>(matrices: Tensor<T>, beside: usize) -> Option<(usize, usize)> {
    let shape = matrices.shape();
    let width = shape[shape.rank() - 1];
    let n = width - beside;
    matrices.with(|elements| {
        let place = elements.iter().enumerate().position(|(place, x)| {
            let (row, column) = (place / width % n.max(1), place % width);
            row == column && *x == T::default()
        })?;
        Some((place / (width * n), place % width))
    })
}

/// The error for a 0 that stands where a number to divide by should.
#[track_caller]
fn no_zero<T: Element>(
    name: &str,
    operands: &[Tensor<T>],
    zero: Option<(usize, usize)>,
    why: impl Fn(usize) -> String,
) -> Result<(), Error> {
    let Some((matrix, at)) = zero else {
        return Ok(());
    };
    let shape = operands[0].shape();
    let mut message = why(at);
    if shape.rank() > 2 {
        let mut rest = matrix;
        let mut index: Vec<usize> = shape
            .leading()
            .iter()
            .rev()
            .map(|&length| {
                let along = rest % length;
                rest /= length;
                along
            })
            .collect();
        index.reverse();
        message = format!(
            "matrix {} of {}: {message}",
            List(&index),
            List(shape.leading())
        );
    }
    fits(
        name,
        operands,
        Err(Error::new(ErrorKind::Singular, message)),
    )
}
