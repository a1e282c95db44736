mod curves;

use curves::{
    SELU_ALPHA, SELU_SCALE, bell, each, elu, fires, gelu_tanh_inner, inside, log_softmax,
    normal_below, sigmoid, softmax, softsign, tanh_softplus,
};
pub(super) use curves::{chain_product, kinked, relu};
use std::f64::consts::{FRAC_2_PI, TAU};

/// An activation function, which turns the weighted inputs `z` of a layer into its outputs `a = f(z)`.
///
/// | name | `f(z)` | `f'(z)` |
/// |---|---|---|
/// | `identity` | `z` | `1` |
/// | `sigmoid` | `1 / (1 + e^-z)` | `f (1 - f)`, computed as `e / (1 + e)^2` with `e = exp(-abs z)` |
/// | `tanh` | `tanh z` | `1 - f^2`, computed as `4 e / (1 + e)^2` with `e = exp(-2 abs z)` |
/// | `relu` | `max(0, z)` | 1 for `z > 0`, else 0 |
/// | `leaky_relu` | `z` for `z > 0`, else `slope z` | 1 for `z > 0`, else `slope` |
/// | `elu` | `z` for `z > 0`, else `alpha (e^z - 1)` | 1 for `z > 0`, else `alpha e^z` |
/// | `selu` | `1.0507 elu(z)` with `alpha` 1.6733 | 1.0507 for `z > 0`, else `1.7581 e^z` |
/// | `silu` | `z s(z)`, `s` the sigmoid | `s + z s'` |
/// | `mish` | `z tanh(softplus z)` | `tanh(softplus z) + z sech^2(softplus z) s(z)` |
/// | `gelu` | `z P(z)`, `P(z) = erfc(-z / sqrt 2) / 2` | `P(z) + z e^(-z^2 / 2) / sqrt(2 pi)` |
/// | `gelu_tanh` | `z s(2u)`, `u = sqrt(2 / pi) (z + 0.044715 z^3)` | `s(2u) + 2 z s'(2u) u'` |
/// | `softplus` | `ln(1 + e^z)`, computed as `max(0, z) + ln_1p(exp(-abs z))` | `s(z)` |
/// | `softsign` | `z / (1 + abs z)` | `1 / (1 + abs z)^2` |
/// | `log_sigmoid` | `ln s(z)`, computed as `min(0, z) - ln_1p(exp(-abs z))` | `s(-z)` |
/// | `hard_tanh` | `max(-1, min(1, z))` | 1 for `-1 < z < 1`, else 0 |
/// | `ramp` | `max(0, min(1, z + 1/2))` | 1 for `-1/2 < z < 1/2`, else 0 |
/// | `step` | 0 for `z < 0`, 1/2 at 0, 1 for `z > 0` | 0 |
/// | `perceptron` | 1 for `z > 0`, else 0 | 0 |
/// | `softmax` | `p_j = e^(z_j - max z) / sum_k e^(z_k - max z)` | `dp_j/dz_k = p_j ([j = k] - p_k)` |
/// | `log_softmax` | `l_j = z_j - max z - ln sum_k e^(z_k - max z)` | `dl_j/dz_k = [j = k] - p_k` |
///
/// The book's `f (1 - f)` is 0.1 % wrong at `z = 30` and 0 at `z = 40`, where `f` has rounded to 1;
/// the computed forms keep every digit. `z P(z)` is `z` times a factor that dies out faster than
/// `z` grows: 0 at minus infinity. At a kink the derivative is that of the left side (0, `slope` or
/// `alpha`), at the corners of `hard_tanh` and `ramp` it is 0, and NaN stays NaN.
///
/// ```
/// use nn::delta::Activation;
///
/// let a = Activation::Sigmoid.value(&[0.0, 1.0]);
/// assert_eq!(a, [0.5, 0.7310585786300049]);
/// assert_eq!(Activation::Relu.slopes(&[-1.0, 0.0, 2.0]), Some(vec![0.0, 0.0, 1.0]));
/// assert_eq!(Activation::ALL.map(Activation::name).join(" "),
///            "identity sigmoid tanh relu leaky_relu elu selu silu mish gelu gelu_tanh softplus softsign \
///             log_sigmoid hard_tanh ramp step perceptron softmax log_softmax");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `z` itself: a linear layer.
    Identity,
    /// The logistic function, from 0 to 1.
    Sigmoid,
    /// The hyperbolic tangent, from -1 to 1.
    Tanh,
    /// The rectified linear unit.
    Relu,
    /// [`Relu`](Self::Relu) with a small slope for negative `z`; see [`LEAKY_RELU`](Self::LEAKY_RELU).
    LeakyRelu {
        /// The derivative at and below 0.
        slope: f64,
    },
    /// The exponential linear unit (Clevert et al. 2015); see [`ELU`](Self::ELU).
    Elu {
        /// How far below 0 it falls; the derivative at 0.
        alpha: f64,
    },
    /// [`Elu`](Self::Elu) with the two constants that keep mean 0 and variance 1 from layer to layer
    /// (Klambauer et al. 2017).
    Selu,
    /// The sigmoid linear unit, or swish (Elfwing et al. 2017).
    Silu,
    /// The softplus version of [`Silu`](Self::Silu) (Misra 2019).
    Mish,
    /// The Gaussian error linear unit in its exact form (Hendrycks, Gimpel 2016).
    Gelu,
    /// The tanh form of [`Gelu`](Self::Gelu), as GPT-2 has it: not the same function.
    GeluTanh,
    /// The smooth version of [`Relu`](Self::Relu).
    Softplus,
    /// From -1 to 1 without an exponential.
    Softsign,
    /// The logarithm of [`Sigmoid`](Self::Sigmoid), finite where the sigmoid is 0.
    LogSigmoid,
    /// [`Tanh`](Self::Tanh) made of three straight lines.
    HardTanh,
    /// The lectures' ramp: a sigmoid made of three straight lines.
    Ramp,
    /// The unit step, 1/2 at 0. Nothing is learned through it: its derivative is 0.
    Step,
    /// The perceptron's unit, which fires only above 0 (Rosenblatt 1958). Nothing is learned
    /// through it: its derivative is 0.
    Perceptron,
    /// Probabilities that sum to one over the whole layer: units depend on each other.
    Softmax,
    /// The logarithm of [`Softmax`](Self::Softmax), finite where a probability is 0.
    LogSoftmax,
}

impl Activation {
    /// The leaky rectified linear unit with its usual slope, 0.01.
    pub const LEAKY_RELU: Self = Self::LeakyRelu { slope: 0.01 };

    /// The exponential linear unit with its usual alpha, 1.
    pub const ELU: Self = Self::Elu { alpha: 1.0 };

    /// Every activation once.
    pub const ALL: [Self; 20] = [
        Self::Identity,
        Self::Sigmoid,
        Self::Tanh,
        Self::Relu,
        Self::LEAKY_RELU,
        Self::ELU,
        Self::Selu,
        Self::Silu,
        Self::Mish,
        Self::Gelu,
        Self::GeluTanh,
        Self::Softplus,
        Self::Softsign,
        Self::LogSigmoid,
        Self::HardTanh,
        Self::Ramp,
        Self::Step,
        Self::Perceptron,
        Self::Softmax,
        Self::LogSoftmax,
    ];

    /// The lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Elu { .. } => "elu",
            Self::Selu => "selu",
            Self::Silu => "silu",
            Self::Mish => "mish",
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_tanh",
            Self::Softplus => "softplus",
            Self::Softsign => "softsign",
            Self::LogSigmoid => "log_sigmoid",
            Self::HardTanh => "hard_tanh",
            Self::Ramp => "ramp",
            Self::Step => "step",
            Self::Perceptron => "perceptron",
            Self::Softmax => "softmax",
            Self::LogSoftmax => "log_softmax",
        }
    }

    /// `a = f(z)` for one layer of one example; `a` is as long as `z`.
    pub fn value(self, z: &[f64]) -> Vec<f64> {
        match self {
            Self::Identity => z.to_vec(),
            Self::Sigmoid => each(z, sigmoid),
            Self::Tanh => each(z, f64::tanh),
            Self::Relu => each(z, relu),
            Self::LeakyRelu { slope } => each(z, |z| if z <= 0.0 { slope * z } else { z }),
            Self::Elu { alpha } => each(z, |z| elu(z, alpha)),
            Self::Selu => each(z, |z| SELU_SCALE * elu(z, SELU_ALPHA)),
            Self::Silu => each(z, |z| chain_product(z, sigmoid(z))),
            Self::Mish => each(z, |z| chain_product(z, tanh_softplus(z))),
            Self::Gelu => each(z, |z| chain_product(z, normal_below(z))),
            Self::GeluTanh => each(z, |z| chain_product(z, sigmoid(gelu_tanh_inner(z)))),
            Self::Softplus => each(z, |z| z.max(0.0) + (-z.abs()).exp().ln_1p()),
            Self::Softsign => each(z, softsign),
            Self::LogSigmoid => each(z, |z| z.min(0.0) - (-z.abs()).exp().ln_1p()),
            Self::HardTanh => each(z, |z| z.clamp(-1.0, 1.0)),
            Self::Ramp => each(z, |z| (z + 0.5).clamp(0.0, 1.0)),
            Self::Step => each(z, |z| fires(z, 0.5)),
            Self::Perceptron => each(z, |z| fires(z, 0.0)),
            Self::Softmax => softmax(z),
            Self::LogSoftmax => log_softmax(z),
        }
    }

    /// `f'(z_j)` for every unit, or `None` for softmax and its logarithm, where `a_j` depends on
    /// every `z_k`.
    pub fn slopes(self, z: &[f64]) -> Option<Vec<f64>> {
        match self {
            Self::Identity => Some(each(z, |_| 1.0)),
            Self::Sigmoid => Some(each(z, |z| bell((-z.abs()).exp()))),
            Self::Tanh => Some(each(z, |z| 4.0 * bell((-2.0 * z.abs()).exp()))),
            Self::Relu => Some(each(z, |z| kinked(z, 0.0))),
            Self::LeakyRelu { slope } => Some(each(z, |z| kinked(z, slope))),
            Self::Elu { alpha } => Some(each(z, |z| kinked(z, alpha * z.exp()))),
            Self::Selu => Some(each(z, |z| SELU_SCALE * kinked(z, SELU_ALPHA * z.exp()))),
            Self::Silu => Some(each(z, |z| {
                sigmoid(z) + chain_product(z, bell((-z.abs()).exp()))
            })),
            Self::Mish => Some(each(z, |z| {
                // With s = softplus z, e^-s is sigmoid(-z), and sech^2 s = 4 bell(e^-2s).
                let sech_squared = 4.0 * bell(sigmoid(-z).powi(2));
                tanh_softplus(z) + chain_product(z, sech_squared * sigmoid(z))
            })),
            Self::Gelu => Some(each(z, |z| {
                normal_below(z) + chain_product(z, (-z * z / 2.0).exp() / TAU.sqrt())
            })),
            Self::GeluTanh => Some(each(z, |z| {
                let (v, slope) = (gelu_tanh_inner(z), 1.0 + 3.0 * 0.044715 * z * z);
                let bell = bell((-v.abs()).exp());
                sigmoid(v) + chain_product(z * 2.0 * FRAC_2_PI.sqrt() * slope, bell)
            })),
            Self::Softplus => Some(each(z, sigmoid)),
            Self::Softsign => Some(each(z, |z| (1.0 + z.abs()).powi(2).recip())),
            Self::LogSigmoid => Some(each(z, |z| sigmoid(-z))),
            Self::HardTanh => Some(each(z, |z| inside(z, 1.0))),
            Self::Ramp => Some(each(z, |z| inside(z, 0.5))),
            Self::Step | Self::Perceptron => Some(each(z, |_| 0.0)),
            Self::Softmax | Self::LogSoftmax => None,
        }
    }

    /// Carries the error `dE/da` of a layer back through its activation, to `delta = dE/dz`.
    ///
    /// `delta_j = dE/da_j f'(z_j)`, and for softmax, where every output depends on every `z`,
    /// `delta_j = sum_k dE/dp_k p_k ([j = k] - p_j) = p_j (dE/dp_j - sum_k dE/dp_k p_k)`; for its
    /// logarithm `delta_j = sum_k dE/dl_k ([j = k] - p_j) = dE/dl_j - p_j sum_k dE/dl_k`.
    ///
    /// An error of exactly 0 gives 0 even where the slope is NaN or infinite, and the other way round.
    ///
    /// ```
    /// use nn::delta::Activation;
    ///
    /// assert_eq!(Activation::Sigmoid.carry_back(&[0.0], &[2.0]), [0.5]); // 2 * 1/4
    /// assert_eq!(Activation::Softmax.carry_back(&[0.0, 0.0], &[1.0, 0.0]), [0.25, -0.25]);
    /// ```
    ///
    /// # Panics
    /// If `z` and `error` differ in length.
    pub fn carry_back(self, z: &[f64], error: &[f64]) -> Vec<f64> {
        assert_eq!(z.len(), error.len(), "lengths of z and of dE/da");
        let mut delta = vec![0.0; z.len()];
        if let Some(slope) = self.slopes(z) {
            for j in 0..z.len() {
                delta[j] = chain_product(error[j], slope[j]);
            }
        } else if self == Self::LogSoftmax {
            let p = softmax(z);
            let sum: f64 = error.iter().sum();
            for j in 0..z.len() {
                delta[j] = error[j] - chain_product(sum, p[j]);
            }
        } else {
            let p = softmax(z);
            let mean: f64 = (0..p.len()).map(|k| chain_product(error[k], p[k])).sum();
            for j in 0..z.len() {
                delta[j] = chain_product(error[j] - mean, p[j]);
            }
        }
        delta
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn slopes_and_errors_agree_with_central_differences() {
        let error = [0.7, -1.3, 0.4, 2.0, -0.6];
        let z = [-2.0, -0.3, 0.2, 0.9, 3.0];
        for f in Activation::ALL {
            let delta = f.carry_back(&z, &error);
            for j in 0..z.len() {
                let total = |shift: f64| -> f64 {
                    let mut z = z;
                    z[j] += shift;
                    f.value(&z).iter().zip(error).map(|(a, e)| a * e).sum()
                };
                let difference = (total(1e-5) - total(-1e-5)) / 2e-5;
                assert_relative_eq!(delta[j], difference, max_relative = 1e-8, epsilon = 1e-10);
            }
        }
    }

    // References: the textbook forms in 60-digit decimal arithmetic.
    #[test]
    fn tails_keep_their_digits() {
        let slope = |f: Activation, z: f64| f.slopes(&[z]).unwrap()[0];
        for sign in [1.0, -1.0] {
            for (f, z, expected) in [
                (Activation::Sigmoid, 30.0, 9.357622968838423e-14),
                (Activation::Sigmoid, 40.0, 4.248354255291589e-18),
                (Activation::Tanh, 19.0, 1.2556531168192118e-16),
            ] {
                assert_relative_eq!(
                    slope(f, sign * z),
                    expected,
                    epsilon = 0.0,
                    max_relative = 1e-15
                );
            }
        }
        assert_eq!(
            Activation::Sigmoid.value(&[-745.0, -800.0, 800.0]),
            [5e-324, 0.0, 1.0]
        );
        assert_eq!(
            Activation::Softplus.value(&[1000.0, -1000.0]),
            [1000.0, 0.0]
        );
        assert_relative_eq!(
            Activation::Softplus.value(&[-40.0])[0],
            4.248354255291589e-18,
            epsilon = 0.0,
            max_relative = 1e-15
        );
        assert_eq!(
            Activation::Softmax.value(&[1000.0, 0.0, -1000.0]),
            [1.0, 0.0, 0.0]
        );
    }

    #[test]
    fn kinks_take_the_left_side() {
        assert_eq!(Activation::Relu.slopes(&[-0.0, 0.0]), Some(vec![0.0, 0.0]));
        assert_eq!(
            Activation::LEAKY_RELU.slopes(&[-0.0, 0.0]),
            Some(vec![0.01, 0.01])
        );
        assert_eq!(
            Activation::Elu { alpha: 0.5 }.slopes(&[-0.0, 0.0]),
            Some(vec![0.5, 0.5])
        );
        for (f, corner) in [(Activation::HardTanh, 1.0), (Activation::Ramp, 0.5)] {
            let z = [-corner, -0.9 * corner, 0.9 * corner, corner];
            assert_eq!(f.slopes(&z), Some(vec![0.0, 1.0, 1.0, 0.0]));
        }
    }

    #[test]
    fn a_perceptron_fires_only_above_zero_and_a_step_is_halfway_at_it() {
        let z = [-1.0, -0.0, 0.0, 5e-324];
        assert_eq!(Activation::Perceptron.value(&z), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(Activation::Step.value(&z), [0.0, 0.5, 0.5, 1.0]);
    }

    // What dies out wins over what grows: no NaN at an infinity.
    #[test]
    fn limits() {
        let inf = f64::INFINITY;
        for f in Activation::ALL {
            let slopes = f.slopes(&[-inf, inf]).unwrap_or(vec![0.0; 2]);
            assert!(slopes.iter().all(|slope| slope.is_finite()), "{}", f.name());
        }
        for f in [
            Activation::Silu,
            Activation::Mish,
            Activation::Gelu,
            Activation::GeluTanh,
        ] {
            assert_eq!(f.value(&[-inf, inf]), [0.0, inf], "{}", f.name());
            assert_eq!(f.slopes(&[-inf, inf]), Some(vec![0.0, 1.0]), "{}", f.name());
        }
        assert_eq!(Activation::Softsign.value(&[-inf, inf]), [-1.0, 1.0]);
    }

    #[test]
    fn nan_stays_nan() {
        for f in Activation::ALL {
            assert!(f.value(&[f64::NAN])[0].is_nan(), "{}", f.name());
            let flat = [Activation::Step, Activation::Perceptron].contains(&f);
            if f != Activation::Identity && !flat {
                assert!(
                    f.carry_back(&[f64::NAN], &[1.0])[0].is_nan(),
                    "{}",
                    f.name()
                );
            }
            assert!(f.value(&[]).is_empty());
        }
    }
}
