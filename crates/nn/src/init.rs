use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use tape::{Array, Element};

/// How the parameters of a new network are drawn.
///
/// A unit that reads `n` others, in a layer of `m` units, gets
///
/// | | weights | biases | source |
/// |---|---|---|---|
/// | [`Signed`](Init::Signed) | uniform in `[-1, 1)` | the same | micrograd, whose biases are 0 |
/// | [`Unit`](Init::Unit) | uniform in `[0, 1)` | the same | `rand(...)` in lecture code |
/// | [`Epsilon`](Init::Epsilon) | uniform in `[-epsilon, epsilon)` | the same | Ng, Machine Learning, week 5 |
/// | [`Glorot`](Init::Glorot) | uniform in `[-c, c)`, `c = sqrt(6 / (n + m))` | 0 | Glorot, Bengio 2010 |
/// | [`Normal`](Init::Normal) | normal, deviation 1 | the same | Nielsen, chapter 1 |
/// | [`He`](Init::He) | normal, deviation `sqrt(2 / n)` | 0 | He et al. 2015, for relu |
/// | [`Lecun`](Init::Lecun) | normal, deviation `sqrt(1 / n)` | 0 | LeCun et al. 1998, for selu and tanh |
/// | [`Small`](Init::Small) | uniform in `[0, epsilon)` | the same | `rand(...) * epsilon` in lecture code |
/// | [`Torch`](Init::Torch) | uniform in `[-c, c)`, `c = 1 / sqrt(n)` | the same | PyTorch's layers |
/// | [`Zeros`](Init::Zeros) | 0 | 0 | what never to do with a hidden layer |
///
/// Numbers are drawn in the order of [`Mlp::parameters`](crate::scalar::Mlp::parameters). The
/// weights must not be all alike: two units with the same weights have the same gradient, and stay
/// the same for ever. `Unit` breaks that symmetry too, but large positive sums saturate a sigmoid.
///
/// ```
/// use nn::{Init, seeded};
///
/// let mut rng = seeded(1);
/// let weight = Init::Epsilon(0.12).weight(4, 3, &mut rng);
/// assert!(weight.abs() < 0.12);
/// assert_eq!(Init::He.bias(4, &mut rng), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform between -1 and 1.
    Signed,
    /// Uniform between 0 and 1.
    Unit,
    /// Uniform between plus and minus a small number.
    Epsilon(f64),
    /// Uniform, so that the variance of signals is kept forward and backward.
    Glorot,
    /// Standard normal.
    Normal,
    /// Normal, so that the variance of signals is kept through relu.
    He,
    /// Normal, so that the variance of signals is kept forward.
    Lecun,
    /// Uniform between 0 and a small number.
    Small(f64),
    /// Uniform, within the inverse square root of what a unit reads: what PyTorch's layers start with.
    Torch,
    /// All 0: units of a layer stay alike for ever.
    Zeros,
}

impl Init {
    /// One weight of a unit that reads `inputs` units, in a layer of `outputs` units.
    pub fn weight(self, inputs: usize, outputs: usize, rng: &mut impl Rng) -> f64 {
        match self {
            Init::Signed => around_zero(1.0, rng),
            Init::Unit => rng.random(),
            Init::Epsilon(epsilon) => around_zero(epsilon, rng),
            Init::Glorot => around_zero((6.0 / (inputs + outputs) as f64).sqrt(), rng),
            Init::Normal => normal(rng),
            Init::He => normal(rng) * (2.0 / inputs as f64).sqrt(),
            Init::Lecun => normal(rng) * (1.0 / inputs as f64).sqrt(),
            Init::Small(epsilon) => rng.random::<f64>() * epsilon,
            Init::Torch => around_zero((inputs as f64).sqrt().recip(), rng),
            Init::Zeros => 0.0,
        }
    }

    /// One bias of a unit that reads `inputs` units. Where it is 0, nothing is drawn.
    pub fn bias(self, inputs: usize, rng: &mut impl Rng) -> f64 {
        match self {
            Init::Signed
            | Init::Unit
            | Init::Epsilon(_)
            | Init::Normal
            | Init::Small(_)
            | Init::Torch => self.weight(inputs, 1, rng),
            Init::Glorot | Init::He | Init::Lecun | Init::Zeros => 0.0,
        }
    }

    /// An array of weights of units that read `inputs` others, in a layer of `outputs` units.
    pub fn weights<T: Element>(
        self,
        shape: &[usize],
        inputs: usize,
        outputs: usize,
        rng: &mut impl Rng,
    ) -> Array<T> {
        Array::from_fn(shape, |_| T::from_f64(self.weight(inputs, outputs, rng)))
    }

    /// The biases of `outputs` units that read `inputs` others.
    pub fn biases<T: Element>(self, outputs: usize, inputs: usize, rng: &mut impl Rng) -> Array<T> {
        Array::from_fn(&[outputs], |_| T::from_f64(self.bias(inputs, rng)))
    }
}

/// A random generator that gives the same numbers for the same seed, on every machine.
///
/// ```
/// use nn::{Init::Signed, seeded};
///
/// assert_eq!(Signed.bias(1, &mut seeded(7)), Signed.bias(1, &mut seeded(7)));
/// assert_ne!(Signed.bias(1, &mut seeded(7)), Signed.bias(1, &mut seeded(8)));
/// ```
#[must_use]
pub fn seeded(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Uniform in `[-size, size)`.
fn around_zero(size: f64, rng: &mut impl Rng) -> f64 {
    (2.0 * rng.random::<f64>() - 1.0) * size
}

/// Standard normal, by the method of Box and Muller (1958): two uniform numbers for one.
pub(crate) fn normal(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt(); // 1 - u is never 0
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Smallest, largest, mean and deviation of many weights of a 50-unit layer that reads 100.
    fn sample(init: Init) -> [f64; 4] {
        let mut rng = seeded(42);
        let w: Vec<f64> = (0..100_000)
            .map(|_| init.weight(100, 50, &mut rng))
            .collect();
        let mean = w.iter().sum::<f64>() / w.len() as f64;
        let variance = w.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / w.len() as f64;
        let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
        let bounds = w
            .iter()
            .fold((low, high), |(l, h), &w| (l.min(w), h.max(w)));
        [bounds.0, bounds.1, mean, variance.sqrt()]
    }

    #[test]
    fn each_start_has_the_range_and_spread_it_says() {
        let third = 3f64.sqrt();
        let glorot = (6.0_f64 / 150.0).sqrt();
        for (init, low, high, mean, deviation) in [
            (Init::Signed, -1.0, 1.0, 0.0, 1.0 / third),
            (Init::Unit, 0.0, 1.0, 0.5, 0.5 / third),
            (Init::Epsilon(0.12), -0.12, 0.12, 0.0, 0.12 / third),
            (Init::Glorot, -glorot, glorot, 0.0, glorot / third),
            (Init::Normal, -6.0, 6.0, 0.0, 1.0),
            (Init::He, -1.0, 1.0, 0.0, 0.02_f64.sqrt()),
            (Init::Lecun, -1.0, 1.0, 0.0, 0.1),
            (Init::Small(0.12), 0.0, 0.12, 0.06, 0.06 / third),
            (Init::Torch, -0.1, 0.1, 0.0, 0.1 / third),
        ] {
            let [l, h, m, d] = sample(init);
            assert!(low <= l && h < high, "{init:?}: from {l} to {h}");
            assert!((m - mean).abs() < 0.01 * deviation, "{init:?}: mean {m}");
            assert!(
                (d / deviation - 1.0).abs() < 0.01,
                "{init:?}: deviation {d}"
            );
        }
    }

    #[test]
    fn the_stream_of_a_seed_never_changes() {
        let mut rng = seeded(7);
        let drawn =
            [Init::Signed, Init::Unit, Init::Normal].map(|init| init.weight(1, 1, &mut rng));
        assert_eq!(
            drawn,
            [
                -0.6844078059587613,
                0.1679893627721013,
                -0.22730853267554407
            ]
        );
    }
}
