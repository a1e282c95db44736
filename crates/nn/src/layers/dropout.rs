use crate::hand::{Back, Hand};
use crate::{Module, Pass};
use rand::Rng;
use std::sync::Arc;
use tape::{Array, Element, Tensor};

/// Dropout: in a pass that learns, each number becomes 0 with probability `p`, and the others are
/// divided by `1 - p`, so that the sum to expect stays the same; in use, nothing happens
/// (Srivastava et al. 2014).
///
/// Shapes: the input's, as PyTorch's `Dropout`. By hand: `dE/dx = dE/dy m`, `m` the mask of zeros and
/// `1 / (1 - p)`. The mask depends on the seed, the number of the step and the place of the layer
/// in the network, and on nothing else.
///
/// ```
/// use nn::layers::Dropout;
/// use nn::{Module, Pass};
/// use tape::{Array, Tape};
///
/// let layer = Dropout::new(0.5);
/// let tape = Tape::new();
/// let x = tape.constant(Array::<f64>::ones(&[1000]));
/// assert_eq!(layer.forward(x, &Pass::new(&tape)).sum().value(), 1000.0);
///
/// let y = layer.forward(x, &Pass::learning(&tape, 7, 0));
/// assert!(y.to_vec().iter().all(|&y| y == 0.0 || y == 2.0));
/// assert!((y.mean().value() - 1.0).abs() < 0.1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    p: f64,
}

impl Dropout {
    /// Drops each number with probability `p`.
    ///
    /// # Panics
    /// If `p` is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub fn new(p: f64) -> Dropout {
        assert!(
            (0.0..=1.0).contains(&p),
            "Dropout: a probability is from 0 to 1, not {p}"
        );
        Dropout { p }
    }

    /// 0 with probability `p`, else `1 / (1 - p)`, from 32 random bits for each element. They are
    /// fetched in blocks, and compared without a branch, in vectors.
    fn mask<T: Element>(self, count: usize, rng: &mut impl Rng) -> Vec<T> {
        let mut mask = vec![T::default(); count];
        if self.p == 1.0 {
            return mask;
        }
        let dropped_below = (self.p * 2f64.powi(32)) as u32;
        let kept = T::from_f64(1.0 / (1.0 - self.p));
        let mut bytes = [0; 4096];
        for block in mask.chunks_mut(1024) {
            let bytes = &mut bytes[..4 * block.len()];
            rng.fill_bytes(bytes);
            for (mask, bits) in block.iter_mut().zip(bytes.chunks_exact(4)) {
                let bits = u32::from_le_bytes([bits[0], bits[1], bits[2], bits[3]]);
                *mask = if bits < dropped_below {
                    T::default()
                } else {
                    kept
                };
            }
        }
        mask
    }
}

impl<T: Element> Module<T> for Dropout {
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let Some(mut rng) = pass.random() else {
            return x;
        };
        let shape = x.shape();
        let mask: Vec<T> = self.mask(shape.count(), &mut rng);
        x * pass.data(&Arc::new(Array::new(&shape, mask)))
    }

    fn describe(&self) -> String {
        format!("Dropout {}", self.p)
    }

    fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
        let mask = match hand.random() {
            Some(mut rng) => self.mask(x.len(), &mut rng),
            None => vec![1.0; x.len()],
        };
        let masked = move |array: &Array| {
            let products = array.iter().zip(&mask).map(|(x, m)| x * m);
            Array::new(array.shape(), products.collect::<Vec<f64>>())
        };
        let y = masked(x);
        Some((y, Box::new(move |delta, _| masked(delta))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded;

    #[test]
    fn as_many_are_dropped_as_probability_says() {
        for p in [0.0, 0.1, 0.5, 0.9, 1.0] {
            let mask: Vec<f64> = Dropout::new(p).mask(100_003, &mut seeded(3));
            assert_eq!(mask.len(), 100_003);
            let dropped = mask.iter().filter(|&&m| m == 0.0).count() as f64 / 100_003.0;
            assert!(
                (dropped - p).abs() <= 0.005 * (p * (1.0 - p) * 4.0),
                "{p}: {dropped}"
            );
            let kept = mask.iter().find(|&&m| m != 0.0);
            assert_eq!(kept.copied(), (p < 1.0).then(|| 1.0 / (1.0 - p)));
        }
    }

    #[test]
    fn the_mask_of_a_seed_never_changes() {
        let mask: Vec<f32> = Dropout::new(0.5).mask(12, &mut seeded(7));
        let kept: String = mask
            .iter()
            .map(|&m| if m > 0.0 { '1' } else { '.' })
            .collect();
        assert_eq!(kept, ".....1.1.11.");
    }
}
