//! The elementary functions of one lane, without a branch.
//!
//! An inherent method of [`Fast`](super::fast::Fast) here is what the row of that name is worth in the
//! kernels. The formulas are those of [`math`](crate::math), which are the reference; the promises too:
//! NaN stays NaN, infinities have their limits, subnormal numbers are not flushed, neither in nor out.

mod activation;
mod error_function;
mod exponential;
mod logarithm;
mod steps;

pub(super) use exponential::RAISED;

#[cfg(test)]
mod tests;
