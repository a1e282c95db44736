/// An activation function, which turns the weighted inputs `z` of a layer into its outputs `a = f(z)`.
///
/// | name | `f(z)` | `f'(z)` |
/// |---|---|---|
/// | `identity` | `z` | `1` |
/// | `sigmoid` | `1 / (1 + e^-z)` | `f (1 - f)`, computed as `e / (1 + e)^2` with `e = exp(-abs z)` |
/// | `tanh` | `tanh z` | `1 - f^2`, computed as `4 e / (1 + e)^2` with `e = exp(-2 abs z)` |
/// | `relu` | `max(0, z)` | 1 for `z > 0`, else 0 |
/// | `leaky_relu` | `z` for `z > 0`, else `slope z` | 1 for `z > 0`, else `slope` |
/// | `softplus` | `ln(1 + e^z)`, computed as `max(0, z) + ln_1p(exp(-abs z))` | `sigmoid(z)` |
/// | `softmax` | `p_j = e^(z_j - max z) / sum_k e^(z_k - max z)` | `dp_j/dz_k = p_j ([j = k] - p_k)` |
///
/// The book's `f (1 - f)` is 0.1 % wrong at `z = 30` and 0 at `z = 40`, where `f` has rounded to 1;
/// the computed forms keep every digit. At a kink the derivative is that of the left side (0, or
/// `slope`), and NaN stays NaN.
///
/// ```
/// use nn::delta::Activation;
///
/// let a = Activation::Sigmoid.value(&[0.0, 1.0]);
/// assert_eq!(a, [0.5, 0.7310585786300049]);
/// assert_eq!(Activation::Relu.slopes(&[-1.0, 0.0, 2.0]), Some(vec![0.0, 0.0, 1.0]));
/// assert_eq!(Activation::ALL.map(Activation::name).join(" "),
///            "identity sigmoid tanh relu leaky_relu softplus softmax");
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
    /// The smooth version of [`Relu`](Self::Relu).
    Softplus,
    /// Probabilities that sum to one over the whole layer: the one activation whose units depend on each other.
    Softmax,
}

impl Activation {
    /// The leaky rectified linear unit with its usual slope, 0.01.
    pub const LEAKY_RELU: Self = Self::LeakyRelu { slope: 0.01 };

    /// Every activation once.
    pub const ALL: [Self; 7] = [
        Self::Identity,
        Self::Sigmoid,
        Self::Tanh,
        Self::Relu,
        Self::LEAKY_RELU,
        Self::Softplus,
        Self::Softmax,
    ];

    /// The lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Softplus => "softplus",
            Self::Softmax => "softmax",
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
            Self::Softplus => each(z, |z| z.max(0.0) + (-z.abs()).exp().ln_1p()),
            Self::Softmax => softmax(z),
        }
    }

    /// `f'(z_j)` for every unit, or `None` for softmax, where `a_j` depends on every `z_k`.
    pub fn slopes(self, z: &[f64]) -> Option<Vec<f64>> {
        match self {
            Self::Identity => Some(each(z, |_| 1.0)),
            Self::Sigmoid => Some(each(z, |z| bell((-z.abs()).exp()))),
            Self::Tanh => Some(each(z, |z| 4.0 * bell((-2.0 * z.abs()).exp()))),
            Self::Relu => Some(each(z, |z| kinked(z, 0.0))),
            Self::LeakyRelu { slope } => Some(each(z, |z| kinked(z, slope))),
            Self::Softplus => Some(each(z, sigmoid)),
            Self::Softmax => None,
        }
    }

    /// Carries the error `dE/da` of a layer back through its activation, to `delta = dE/dz`.
    ///
    /// `delta_j = dE/da_j f'(z_j)`, and for softmax, where every output depends on every `z`,
    /// `delta_j = sum_k dE/dp_k p_k ([j = k] - p_j) = p_j (dE/dp_j - sum_k dE/dp_k p_k)`.
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

/// Upstream error times local derivative: zero if either is exactly zero, so that `0 * inf` is no NaN.
pub(super) fn chain_product(upstream: f64, local: f64) -> f64 {
    if upstream == 0.0 || local == 0.0 {
        0.0
    } else {
        upstream * local
    }
}

fn each(z: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    z.iter().map(|&z| f(z)).collect()
}

/// `max(0, z)`, but NaN at NaN.
pub(super) fn relu(z: f64) -> f64 {
    if z <= 0.0 { 0.0 } else { z }
}

/// `1 / (1 + e^-z)`, without overflow in the exponential.
fn sigmoid(z: f64) -> f64 {
    let e = (-z.abs()).exp();
    if z >= 0.0 {
        1.0 / (1.0 + e)
    } else {
        e / (1.0 + e)
    }
}

/// `e / (1 + e)^2`, the slope of the sigmoid where `e = exp(-abs z)`.
fn bell(e: f64) -> f64 {
    e / ((1.0 + e) * (1.0 + e))
}

/// 1 to the right of 0, `left` at 0 and to its left, NaN at NaN.
pub(super) fn kinked(z: f64, left: f64) -> f64 {
    if z > 0.0 {
        1.0
    } else if z <= 0.0 {
        left
    } else {
        f64::NAN
    }
}

/// `p_j = e^(z_j - max z) / sum_k e^(z_k - max z)`: without the maximum, `e^1000` is infinite.
fn softmax(z: &[f64]) -> Vec<f64> {
    let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = each(z, |z| (z - largest).exp());
    let sum: f64 = powers.iter().sum();
    each(&powers, |power| power / sum)
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
    }

    #[test]
    fn nan_stays_nan() {
        for f in Activation::ALL {
            assert!(f.value(&[f64::NAN])[0].is_nan(), "{}", f.name());
            if f != Activation::Identity {
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
