use super::activation::{chain_product, kinked, relu};
use super::error::{Result, check};
use super::{Activation, DeltaError};

/// A cost `E` of outputs `a` against targets `y`, over examples (`n` of them, or `m`) and output units.
///
/// | cost | `E` | `dE/da` |
/// |---|---|---|
/// | [`Quadratic`](Self::Quadratic) | `1/(2n) sum (y - a)^2` | `(a - y) / n` |
/// | [`SumOfSquares`](Self::SumOfSquares) | `1/2 sum (y - a)^2` | `a - y` |
/// | [`OneNeuron`](Self::OneNeuron) | `sum (a - y)^2` | `2 (a - y)` |
/// | [`Logistic`](Self::Logistic) | `-1/m sum [y ln a + (1 - y) ln(1 - a)]` | `(-y/a + (1-y)/(1-a)) / m` |
/// | [`BinaryCrossEntropy`](Self::BinaryCrossEntropy) | `-sum [y ln a + (1 - y) ln(1 - a)]` | `-y/a + (1-y)/(1-a)` |
/// | [`CrossEntropy`](Self::CrossEntropy) | `-sum y ln a` | `-y/a` |
/// | [`Hinge`](Self::Hinge) | `sum max(0, 1 - y a)` | `-y` where `y a < 1`, else 0 |
///
/// Every sum runs over all examples and all output units. Only two costs divide, by the number of
/// examples and never by the number of units; mean losses elsewhere often divide by both. The
/// logarithms are those of the lectures, of probabilities, with nothing clipped: `0 ln 0` is 0,
/// `ln 0` is minus infinity, and the digits of `1 - a` are lost where `a` is close to 1.
///
/// Batches are one row per example. Two batches of different shapes are an error.
///
/// ```
/// use nn::delta::Cost;
///
/// let (h, y) = ([vec![0.7, 0.2, 0.1]], [vec![1.0, 0.0, 0.0]]); // the first of three classes is true
/// assert_eq!(format!("{:.8}", Cost::Logistic.value(&h, &y)?), "0.68517901"); // -ln .7 - ln .8 - ln .9
/// assert_eq!(format!("{:.8}", Cost::CrossEntropy.value(&h, &y)?), "0.35667494"); // -ln .7
/// # Ok::<(), nn::delta::DeltaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cost {
    /// Nielsen's quadratic cost, a mean over examples.
    Quadratic,
    /// Half the squared error, summed: the matrix-form lecture and Mazur's example.
    SumOfSquares,
    /// The squared error without the half, as in the chain of single neurons.
    OneNeuron,
    /// The multi-output logistic cost `J(Theta)` without its penalty (see [`theta::cost`](super::theta::cost)).
    Logistic,
    /// The same sum of logarithms, not divided by the number of examples.
    BinaryCrossEntropy,
    /// The cross-entropy of a distribution over classes, for a softmax layer.
    CrossEntropy,
    /// The hinge of a maximum-margin classifier; targets are +1 or -1, anything else is an error.
    Hinge,
}

impl Cost {
    /// Every cost once.
    pub const ALL: [Self; 7] = [
        Self::Quadratic,
        Self::SumOfSquares,
        Self::OneNeuron,
        Self::Logistic,
        Self::BinaryCrossEntropy,
        Self::CrossEntropy,
        Self::Hinge,
    ];

    /// The lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quadratic => "quadratic",
            Self::SumOfSquares => "sum_of_squares",
            Self::OneNeuron => "one_neuron",
            Self::Logistic => "logistic",
            Self::BinaryCrossEntropy => "binary_cross_entropy",
            Self::CrossEntropy => "cross_entropy",
            Self::Hinge => "hinge",
        }
    }

    /// `E` for a batch. Of no examples it is 0, and NaN for the two costs that are means.
    pub fn value(self, outputs: &[Vec<f64>], targets: &[Vec<f64>]) -> Result<f64> {
        self.check(outputs, targets)?;
        let mut sum = 0.0;
        for e in 0..outputs.len() {
            for j in 0..outputs[e].len() {
                sum += self.term(outputs[e][j], targets[e][j]);
            }
        }
        Ok(sum / self.divisor(outputs.len()))
    }

    /// `dE/da`, one row per example.
    pub fn gradient(self, outputs: &[Vec<f64>], targets: &[Vec<f64>]) -> Result<Vec<Vec<f64>>> {
        self.check(outputs, targets)?;
        let divisor = self.divisor(outputs.len());
        let mut error = outputs.to_vec();
        for e in 0..outputs.len() {
            for j in 0..outputs[e].len() {
                error[e][j] = self.slope(outputs[e][j], targets[e][j]) / divisor;
            }
        }
        Ok(error)
    }

    /// The output error by the chain rule, `delta = dE/da f'(z)`: true for every pair of cost and activation.
    ///
    /// With half the squared error this is the familiar `(a - y) f'(z)`, for a sigmoid
    /// `(a - y) a (1 - a)`: a unit that is badly wrong and saturated hardly learns.
    ///
    /// See [`error_by_difference`](Self::error_by_difference) for the other familiar form.
    pub fn error_by_product(
        self,
        activation: Activation,
        z: &[Vec<f64>],
        targets: &[Vec<f64>],
    ) -> Result<Vec<Vec<f64>>> {
        let outputs: Vec<_> = z.iter().map(|z| activation.value(z)).collect();
        let mut delta = self.gradient(&outputs, targets)?;
        for e in 0..z.len() {
            delta[e] = activation.carry_back(&z[e], &delta[e]);
        }
        Ok(delta)
    }

    /// The output error as a difference, `delta = a - y`, where `f'(z)` cancels; `None` where it does not.
    ///
    /// Sigmoid with a cost of `-[y ln a + (1 - y) ln(1 - a)]`:
    ///
    /// `dE/da = -y/a + (1-y)/(1-a) = (a - y) / (a (1 - a))`, and `f'(z) = a (1 - a)`: what is left is `a - y`.
    ///
    /// Softmax with a cost of `-sum_c y_c ln p_c`, where the targets of an example sum to one:
    ///
    /// `delta_j = p_j (dE/dp_j - sum_c p_c dE/dp_c) = p_j (-y_j/p_j + sum_c y_c) = p_j - y_j`.
    ///
    /// (Targets that sum to another number `s` give `s p_j - y_j`, which is what is computed.)
    /// [`Logistic`](Self::Logistic) divides by the number of examples. No other pair cancels; a
    /// squared error with [`Identity`](Activation::Identity) has `a - y` because there `f' = 1`.
    ///
    /// On a badly wrong saturated unit the difference is right and the product is lost, because
    /// `1 - a` has been rounded to 0:
    ///
    /// ```
    /// use nn::delta::{Activation::Sigmoid, Cost::{BinaryCrossEntropy, SumOfSquares}};
    ///
    /// // One unit with a = 0.731 that should be 1, then one with a = 1 - 4e-18 that should be 0.
    /// for (z, y, difference, product, squared) in [
    ///     (1.0, 1.0, -0.2689414214, -0.2689414214, -0.0528770928),
    ///     (40.0, 0.0, 1.0, f64::INFINITY, 0.0000000000),
    /// ] {
    ///     let (z, y) = ([vec![z]], [vec![y]]);
    ///     let show = |delta: &[Vec<f64>]| format!("{:.10}", delta[0][0]);
    ///     let a = [Sigmoid.value(&z[0])];
    ///     let by_difference = BinaryCrossEntropy.error_by_difference(Sigmoid, &a, &y)?.unwrap();
    ///     assert_eq!(show(&by_difference), format!("{difference:.10}"));
    ///     assert_eq!(show(&BinaryCrossEntropy.error_by_product(Sigmoid, &z, &y)?), format!("{product:.10}"));
    ///     assert_eq!(show(&SumOfSquares.error_by_product(Sigmoid, &z, &y)?), format!("{squared:.10}"));
    /// }
    /// # Ok::<(), nn::delta::DeltaError>(())
    /// ```
    pub fn error_by_difference(
        self,
        activation: Activation,
        outputs: &[Vec<f64>],
        targets: &[Vec<f64>],
    ) -> Result<Option<Vec<Vec<f64>>>> {
        self.check(outputs, targets)?;
        let logarithms = self == Self::Logistic || self == Self::BinaryCrossEntropy;
        let sigmoid = logarithms && activation == Activation::Sigmoid;
        let softmax = self == Self::CrossEntropy && activation == Activation::Softmax;
        if !sigmoid && !softmax {
            return Ok(None);
        }
        let divisor = self.divisor(outputs.len());
        let mut delta = outputs.to_vec();
        for e in 0..outputs.len() {
            let s = if softmax {
                targets[e].iter().sum()
            } else {
                1.0
            };
            for j in 0..outputs[e].len() {
                delta[e][j] = (s * outputs[e][j] - targets[e][j]) / divisor;
            }
        }
        Ok(Some(delta))
    }

    /// What one output adds to the sum.
    fn term(self, a: f64, y: f64) -> f64 {
        match self {
            Self::Quadratic | Self::SumOfSquares => (y - a) * (y - a) / 2.0,
            Self::OneNeuron => (a - y) * (a - y),
            Self::Logistic | Self::BinaryCrossEntropy => {
                -(times_ln(y, a) + times_ln(1.0 - y, 1.0 - a))
            }
            Self::CrossEntropy => -times_ln(y, a),
            Self::Hinge => relu(1.0 - y * a),
        }
    }

    /// The derivative of [`term`](Self::term) with respect to `a`.
    fn slope(self, a: f64, y: f64) -> f64 {
        match self {
            Self::Quadratic | Self::SumOfSquares => a - y,
            Self::OneNeuron => 2.0 * (a - y),
            Self::Logistic | Self::BinaryCrossEntropy => {
                chain_product(1.0 - y, ln_slope(1.0 - a)) - chain_product(y, ln_slope(a))
            }
            Self::CrossEntropy => -chain_product(y, ln_slope(a)),
            Self::Hinge => chain_product(-y, kinked(1.0 - y * a, 0.0)),
        }
    }

    /// What the sum over the examples is divided by.
    fn divisor(self, examples: usize) -> f64 {
        match self {
            Self::Quadratic | Self::Logistic => examples as f64,
            Self::SumOfSquares
            | Self::OneNeuron
            | Self::BinaryCrossEntropy
            | Self::CrossEntropy
            | Self::Hinge => 1.0,
        }
    }

    fn check(self, outputs: &[Vec<f64>], targets: &[Vec<f64>]) -> Result<()> {
        let what = "targets, number of examples";
        check(what, &[outputs.len()], &[targets.len()])?;
        for example in 0..outputs.len() {
            let what = format_args!("targets, example {}", example + 1);
            let (a, y) = (&outputs[example], &targets[example]);
            check(what, &[a.len()], &[y.len()])?;
            for (unit, &found) in y.iter().enumerate() {
                if self == Self::Hinge && found.abs() != 1.0 {
                    return Err(DeltaError::Target {
                        example,
                        unit,
                        found,
                    });
                }
            }
        }
        Ok(())
    }
}

/// `y ln p`, and 0 for `y = 0` even where `ln p` is infinite.
fn times_ln(y: f64, p: f64) -> f64 {
    let ln = p.ln();
    if y == 0.0 && !p.is_nan() { 0.0 } else { y * ln }
}

/// `1 / p`, and NaN where the logarithm is.
fn ln_slope(p: f64) -> f64 {
    if p < 0.0 { f64::NAN } else { 1.0 / p }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const SIGMOID: Activation = Activation::Sigmoid;

    #[test]
    fn one_example_of_each_cost() {
        let (a, y) = (
            [vec![0.25, 0.5], vec![0.75, 0.125]],
            [vec![1.0, 1.0], vec![-1.0, 1.0]],
        );
        let squares = 0.75 * 0.75 + 0.5 * 0.5 + 1.75 * 1.75 + 0.875 * 0.875;
        assert_eq!(Cost::OneNeuron.value(&a, &y), Ok(squares));
        assert_eq!(Cost::SumOfSquares.value(&a, &y), Ok(squares / 2.0));
        assert_eq!(Cost::Quadratic.value(&a, &y), Ok(squares / 4.0));
        assert_eq!(Cost::Hinge.value(&a, &y), Ok(0.75 + 0.5 + 1.75 + 0.875));

        let y = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let sum = -(0.25_f64.ln() + 0.5_f64.ln() + 0.25_f64.ln() + 0.125_f64.ln());
        assert_relative_eq!(Cost::BinaryCrossEntropy.value(&a, &y).unwrap(), sum);
        assert_relative_eq!(Cost::Logistic.value(&a, &y).unwrap(), sum / 2.0);
        let sum = -(0.25_f64.ln() + 0.125_f64.ln());
        assert_relative_eq!(Cost::CrossEntropy.value(&a, &y).unwrap(), sum);
    }

    #[test]
    fn hinge_is_flat_at_its_kink_and_beyond() {
        let (a, y) = ([vec![1.0, 2.0, 0.5, -1.0]], [vec![1.0, 1.0, 1.0, -1.0]]);
        assert_eq!(
            Cost::Hinge.gradient(&a, &y).unwrap(),
            [[0.0, 0.0, -1.0, 0.0]]
        );
    }

    #[test]
    fn certain_and_right_costs_nothing_and_certain_and_wrong_is_infinite() {
        for cost in [Cost::BinaryCrossEntropy, Cost::Logistic] {
            assert_eq!(cost.value(&[vec![0.0, 1.0]], &[vec![0.0, 1.0]]), Ok(0.0));
            assert_eq!(cost.value(&[vec![0.0]], &[vec![1.0]]), Ok(f64::INFINITY));
            assert_eq!(
                cost.gradient(&[vec![0.0, 1.0]], &[vec![0.0, 1.0]]).unwrap(),
                [[1.0, -1.0]]
            );
        }
        assert_eq!(
            Cost::CrossEntropy.value(&[vec![0.0, 1.0]], &[vec![0.0, 1.0]]),
            Ok(0.0)
        );
        assert_eq!(
            Cost::CrossEntropy
                .gradient(&[vec![0.0]], &[vec![0.0]])
                .unwrap(),
            [[0.0]]
        );
    }

    #[test]
    fn nan_stays_nan() {
        let a = [vec![f64::NAN]];
        for cost in Cost::ALL {
            assert!(cost.value(&a, &[vec![1.0]]).unwrap().is_nan());
            assert!(cost.gradient(&a, &[vec![1.0]]).unwrap()[0][0].is_nan());
            if cost != Cost::Hinge {
                assert!(cost.value(&a, &[vec![0.0]]).unwrap().is_nan());
            }
        }
        let negative = Cost::CrossEntropy.gradient(&[vec![-0.5]], &[vec![1.0]]);
        assert!(negative.unwrap()[0][0].is_nan());
    }

    #[test]
    fn no_examples() {
        for cost in Cost::ALL {
            let mean = cost == Cost::Quadratic || cost == Cost::Logistic;
            let value = cost.value(&[], &[]).unwrap();
            assert!(if mean { value.is_nan() } else { value == 0.0 });
            let cancels = cost
                .error_by_difference(SIGMOID, &[], &[])
                .unwrap()
                .is_some();
            assert_eq!(
                cancels,
                cost == Cost::Logistic || cost == Cost::BinaryCrossEntropy
            );
        }
    }

    #[test]
    fn product_and_difference_agree_where_both_exist() {
        let z = [vec![0.3, -1.2, 2.0], vec![-0.4, 0.1, 0.7]];
        let y = [vec![0.0, 1.0, 0.0], vec![0.5, 0.3, 0.4]]; // the second sums to 1.2
        let mut pairs = 0;
        for activation in Activation::ALL {
            let a = z.clone().map(|z| activation.value(&z));
            for cost in [Cost::Logistic, Cost::BinaryCrossEntropy, Cost::CrossEntropy] {
                let Some(difference) = cost.error_by_difference(activation, &a, &y).unwrap() else {
                    continue;
                };
                pairs += 1;
                let product = cost.error_by_product(activation, &z, &y).unwrap();
                for (d, p) in difference.concat().iter().zip(product.concat()) {
                    assert_relative_eq!(*d, p, max_relative = 1e-12);
                }
            }
        }
        assert_eq!(pairs, 3);
    }

    #[test]
    fn wrong_targets_are_refused() {
        let a = [vec![0.1, 0.2], vec![0.3, 0.4]];
        let say = |cost: Cost, y: &[Vec<f64>]| {
            let errors = [
                cost.value(&a, y).unwrap_err(),
                cost.gradient(&a, y).unwrap_err(),
                cost.error_by_product(SIGMOID, &a, y).unwrap_err(),
                cost.error_by_difference(SIGMOID, &a, y).unwrap_err(),
            ];
            assert!(errors.iter().all(|error| *error == errors[0]));
            errors[0].to_string()
        };
        assert_eq!(
            say(Cost::Quadratic, &[vec![1.0, 0.0]]),
            "targets, number of examples: expected shape [2], found [1]"
        );
        assert_eq!(
            say(Cost::Logistic, &[vec![1.0, 0.0], vec![1.0]]),
            "targets, example 2: expected shape [2], found [1]"
        );
        assert_eq!(
            say(Cost::Hinge, &[vec![1.0, -1.0], vec![-1.0, 0.0]]),
            "hinge cost: the target of output 2 in example 2 is 0, but must be +1 or -1 \
             (classes 0 and 1 become 2 y - 1)"
        );
    }
}
