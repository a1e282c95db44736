//! Extremes, products, variance and norms over axes.

use super::{Over, Tensor, mismatch, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::shape::{Axes, Shape};
use crate::structural::{Amax, Norm, Prod, Std, Variance};
use crate::var::Var;

impl<T: Element> Tensor<T> {
    operations! {
        /// The largest element along axes; NaN where any is NaN.
        ///
        /// Derivative: 1 by the largest element, 0 by the others; a tie is split evenly.
        /// (Of two tensors, element by element: [`max`](Tensor::max).)
        ///
        /// # Panics
        /// If there is no element to choose from; if an axis is out of range or named twice.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [[1.0, 3.0], [5.0, 5.0]]);
        /// let y = x.amax_over(1);
        /// assert_eq!(y.to_vec(), [3.0, 5.0]);
        /// assert_eq!(y.sum().backward()[x], [0.0, 1.0, 0.5, 0.5]);
        /// ```
        amax_over try_amax_over(self, over: impl Into<Over>) -> Tensor<T> {
            let (axes, keep) = self.told("amax_over", over.into().of_something(&self.shape()))?;
            record_structural(Amax { axes, keep }, &[self])
        }

        /// The smallest element along axes, as [`amax_over`](Tensor::amax_over) has the largest.
        ///
        /// # Panics
        /// If there is no element to choose from; if an axis is out of range or named twice.
        amin_over try_amin_over(self, over: impl Into<Over>) -> Tensor<T> {
            let (axes, keep) = self.told("amin_over", over.into().of_something(&self.shape()))?;
            Ok(-record_structural(Amax { axes, keep }, &[-self])?)
        }

        /// The largest element. See [`amax_over`](Tensor::amax_over).
        ///
        /// # Panics
        /// If there are no elements.
        amax try_amax(self) -> Var {
            if self.is_number() {
                return Ok(self.var());
            }
            Ok(self.try_amax_over(Over::all())?.var())
        }

        /// The smallest element. See [`amax_over`](Tensor::amax_over).
        ///
        /// # Panics
        /// If there are no elements.
        amin try_amin(self) -> Var {
            if self.is_number() {
                return Ok(self.var());
            }
            Ok(self.try_amin_over(Over::all())?.var())
        }

        /// The product over axes; 1 of nothing.
        ///
        /// Derivative by each element: the product of the others, taken without a division, so
        /// that it is right where elements are 0, at every order. (The second derivative of a
        /// product of `n` elements takes `n²` numbers.)
        ///
        /// # Panics
        /// If an axis is out of range or named twice.
        prod_over try_prod_over(self, over: impl Into<Over>) -> Tensor<T> {
            let (axes, keep) = self.told("prod_over", over.into().of(&self.shape()))?;
            record_structural(Prod { axes, keep }, &[self])
        }

        /// The variance over axes, `Σ (x - mean)² / (n - correction)`, in two passes.
        ///
        /// A correction of 0 gives the variance of these numbers (NumPy's default, and what
        /// normalising layers divide by), 1 the unbiased estimate for what they are a sample of
        /// (PyTorch's default). NaN where `n` is not above the correction.
        ///
        /// Derivative: `2 (x - mean) / (n - correction)`.
        ///
        /// # Panics
        /// If an axis is out of range or named twice.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [1e8 + 1.0, 1e8 + 2.0, 1e8 + 3.0]);
        /// assert_eq!(x.variance(1.0).value(), 1.0);
        /// assert_eq!(x.variance(0.0).value(), 2.0 / 3.0);
        /// ```
        variance_over try_variance_over(self, over: impl Into<Over>, correction: f64) -> Tensor<T> {
            let (axes, keep) = self.told("variance_over", over.into().of(&self.shape()))?;
            record_structural(Variance { axes, keep, correction }, &[self])
        }

        /// The standard deviation over axes: the root of the
        /// [`variance_over`](Tensor::variance_over), neither overflowing nor vanishing.
        ///
        /// Derivative: `(x - mean) / (std (n - correction))`, and 0 where all elements are equal.
        ///
        /// # Panics
        /// If an axis is out of range or named twice.
        std_over try_std_over(self, over: impl Into<Over>, correction: f64) -> Tensor<T> {
            let (axes, keep) = self.told("std_over", over.into().of(&self.shape()))?;
            record_structural(Std { axes, keep, correction }, &[self])
        }

        /// The length over axes, `√Σ x²`, scaled so that neither `[1e200, ..]` overflows nor
        /// `[1e-200, ..]` vanishes; 0 of nothing.
        ///
        /// Derivative: `x / norm`, and 0 at the origin.
        ///
        /// # Panics
        /// If an axis is out of range or named twice.
        norm_over try_norm_over(self, over: impl Into<Over>) -> Tensor<T> {
            let (axes, keep) = self.told("norm_over", over.into().of(&self.shape()))?;
            record_structural(Norm { axes, keep, p: 2.0 }, &[self])
        }

        /// The p-norm over axes, `(Σ |x|^p)^(1/p)`: the sum of magnitudes for `p = 1`, the
        /// largest magnitude for `p = f64::INFINITY`.
        ///
        /// Derivative: `sign(x) (|x| / norm)^(p-1)`, and 0 at the origin; largest magnitudes that
        /// tie share it evenly.
        ///
        /// # Panics
        /// If `p` is below 1; if an axis is out of range or named twice; for an infinite `p`,
        /// if there is no element.
        p_norm_over try_p_norm_over(self, p: f64, over: impl Into<Over>) -> Tensor<T> {
            let over = over.into();
            let valid = if p >= 1.0 { Ok(()) } else {
                Err(Error::new(ErrorKind::Option, format!("the p of a norm is at least 1, not {p}")))
            };
            self.told("p_norm_over", valid)?;
            let (axes, keep) = self.told("p_norm_over", over.of(&self.shape()))?;
            if p == f64::INFINITY {
                self.told("p_norm_over", over.of_something(&self.shape()))?;
                return record_structural(Amax { axes, keep }, &[self.abs()]);
            }
            if p == 1.0 {
                return self.abs().try_sum_over(over);
            }
            record_structural(Norm { axes, keep, p }, &[self])
        }

        /// The p-norm of all elements. See [`p_norm_over`](Tensor::p_norm_over).
        ///
        /// # Panics
        /// If `p` is below 1; for an infinite `p`, if there are no elements.
        p_norm try_p_norm(self, p: f64) -> Var {
            Ok(self.try_p_norm_over(p, Over::all())?.var())
        }
    }

    /// The product of all elements; 1 of nothing. See [`prod_over`](Tensor::prod_over).
    #[must_use]
    #[track_caller]
    pub fn prod(self) -> Var {
        if self.is_number() {
            return self.var();
        }
        self.prod_over(Over::all()).var()
    }

    /// The variance of all elements. See [`variance_over`](Tensor::variance_over).
    #[must_use]
    #[track_caller]
    pub fn variance(self, correction: f64) -> Var {
        self.variance_over(Over::all(), correction).var()
    }

    /// The standard deviation of all elements. See [`std_over`](Tensor::std_over).
    #[must_use]
    #[track_caller]
    pub fn std(self, correction: f64) -> Var {
        self.std_over(Over::all(), correction).var()
    }

    /// The length of all elements as one vector, `√Σ x²`. See [`norm_over`](Tensor::norm_over).
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [3.0, 4.0]);
    /// assert_eq!(x.norm().value(), 5.0);
    /// assert_eq!(x.norm().backward()[x], [0.6, 0.8]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn norm(self) -> Var {
        if self.is_number() {
            return self.var().abs();
        }
        self.norm_over(Over::all()).var()
    }
}

impl Over {
    /// As [`of`](Over::of), where there must be an element to choose.
    fn of_something(&self, shape: &Shape) -> Result<(Axes, bool), Error> {
        let (axes, keep) = self.of(shape)?;
        match axes.iter().find(|&&axis| shape[axis] == 0) {
            None => Ok((axes, keep)),
            Some(axis) => Err(mismatch(format!(
                "nothing to choose from: axis {axis} of shape {shape} has length 0"
            ))),
        }
    }
}
