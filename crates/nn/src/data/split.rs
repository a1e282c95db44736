//! A data set in parts: for training, for validation, for the test.

use super::dataset::Dataset;
use super::error::{DataError, DataErrorKind, Result};
use super::targets::Targets;
use rand::Rng;
use rand::seq::SliceRandom;
use tape::Element;

impl<T: Element, Y: Targets> Dataset<T, Y> {
    /// The examples in random parts of these shares; every example is in exactly one of them.
    ///
    /// Part `k` ends at the example nearest to `len` times the sum of the first `k` shares, so that
    /// no size is off by more than one.
    ///
    /// ```
    /// use nn::data::iris;
    /// let (iris, _) = iris();
    /// let [train, validation, test] = iris.split(&[0.8, 0.1, 0.1], &mut nn::seeded(1))?;
    /// assert_eq!((train.len(), validation.len(), test.len()), (120, 15, 15));
    /// # Ok::<(), nn::data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If a share is negative, or they do not add up to 1.
    pub fn split<const N: usize>(
        &self,
        shares: &[f64; N],
        rng: &mut impl Rng,
    ) -> Result<[Dataset<T, Y>; N]> {
        let parts = cut(&permutation(self.len(), rng), shares)?;
        Ok(parts.map(|part| self.select(&part)))
    }
}

impl<T: Element> Dataset<T, Vec<usize>> {
    /// As [`split`](Dataset::split), class by class, so that every part has about the same share of
    /// each. Examples of a part are in random order.
    ///
    /// ```
    /// use nn::data::iris;
    /// let (iris, _) = iris();
    /// let [train, test] = iris.split_classes(&[0.8, 0.2], &mut nn::seeded(1))?;
    /// assert_eq!(train.class_counts(), [40, 40, 40]);
    /// assert_eq!(test.class_counts(), [10, 10, 10]);
    /// # Ok::<(), nn::data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If a share is negative, or they do not add up to 1.
    pub fn split_classes<const N: usize>(
        &self,
        shares: &[f64; N],
        rng: &mut impl Rng,
    ) -> Result<[Dataset<T, Vec<usize>>; N]> {
        cut(&[], shares)?; // with no example there is no class that would ask
        // Sorted by class, each class in random order.
        let mut order = permutation(self.len(), rng);
        order.sort_by_key(|&i| self.y()[i]);
        let mut parts = [const { Vec::new() }; N];
        for class in order.chunk_by(|&i, &j| self.y()[i] == self.y()[j]) {
            for (part, more) in parts.iter_mut().zip(cut(class, shares)?) {
                part.extend(more);
            }
        }
        Ok(parts.map(|mut part| {
            part.shuffle(rng);
            self.select(&part)
        }))
    }
}

/// The numbers below `count` in random order.
pub(super) fn permutation(count: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut order = Vec::from_iter(0..count);
    order.shuffle(rng);
    order
}

/// A list in consecutive parts of these shares.
fn cut<const N: usize>(order: &[usize], shares: &[f64; N]) -> Result<[Vec<usize>; N]> {
    let sum: f64 = shares.iter().sum();
    let in_range = shares.iter().all(|share| (0.0..=1.0).contains(share));
    if !in_range || (sum - 1.0).abs() > 1e-9 {
        let message = format!(
            "split into shares of {shares:?}: shares are at least 0 and add up to 1, not {sum}; examples to be left out are a share too"
        );
        return Err(DataError::new(DataErrorKind::Option, message));
    }
    let (mut share, mut start) = (0.0, 0);
    let mut left = N;
    Ok(shares.map(|next| {
        share += next;
        left -= 1;
        let end = match left {
            0 => order.len(),
            _ => ((share * order.len() as f64).round() as usize).clamp(start, order.len()),
        };
        let part = order[start..end].to_vec();
        start = end;
        part
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_split_is_a_partition_with_sizes_as_asked(
            count in 0_usize..80, a in 0.0..1.0, b in 0.0..1.0, seed: u64,
        ) {
            let shares = [a * b, a * (1.0 - b), 1.0 - a * b - a * (1.0 - b)];
            prop_assume!(shares[2] >= 0.0);
            let classes = Vec::from_iter((0..count).map(|i| i % 3));
            let x = tape::Array::from_fn(&[count], |i| i[0] as f64);
            let data = Dataset::new(x, classes);
            let mut rng = crate::seeded(seed);
            let plain = data.split(&shares, &mut rng).unwrap();
            for (part, share) in plain.iter().zip(shares) {
                prop_assert!((part.len() as f64 - share * count as f64).abs() <= 1.0);
            }
            for parts in [plain, data.split_classes(&shares, &mut rng).unwrap()] {
                let mut seen: Vec<f64> = parts.iter().flat_map(|p| p.x().to_vec()).collect();
                seen.sort_by(f64::total_cmp);
                prop_assert_eq!(seen, data.x().to_vec());
                for part in parts {
                    for (x, &y) in part.iter() {
                        prop_assert_eq!(x[0] as usize % 3, y);
                    }
                }
            }
        }
    }

    #[test]
    fn shares_that_make_no_sense() {
        let data = Dataset::new([1.0, 2.0, 3.0], vec![0; 3]);
        let error = data.split(&[0.8, 0.1], &mut crate::seeded(1)).unwrap_err();
        assert_eq!(error.kind(), DataErrorKind::Option);
        assert!(error.to_string().contains("[0.8, 0.1]"), "{error}");
        for shares in [[1.5, -0.5], [f64::NAN, 1.0], [f64::INFINITY, 0.0]] {
            assert!(data.split(&shares, &mut crate::seeded(1)).is_err());
        }
        assert!(data.split(&[], &mut crate::seeded(1)).is_err());
    }
}
