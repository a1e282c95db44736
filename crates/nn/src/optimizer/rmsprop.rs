use super::rule::each;
use super::{Descent, Rule, Step};
use tape::Element;

/// RMSprop: every element's step is divided by the size of its recent gradients.
///
/// ```text
/// g = g + decay w
/// s = alpha s + (1 - alpha) g^2
/// d = sqrt(s) + epsilon                   (centered: sqrt(s - m^2), m = alpha m + (1 - alpha) g)
/// w = w - rate g / d                      (momentum: v = momentum v + g / d,  w - rate v)
/// ```
///
/// The definition of PyTorch's `RMSprop`, and its settings: `alpha` 0.99, `epsilon` 1e-8.
/// Source: Hinton, Neural Networks for Machine Learning, lecture 6 (2012); centered: Graves 2013.
///
/// ```
/// use nn::RmsProp;
///
/// let mut w = [1.0, 1.0];
/// let mut optimizer = RmsProp::new(0.01).alpha(0.75);
/// optimizer.step_list(&mut w, &[1000.0, 0.001]); // the size does not matter, the sign does
/// assert_eq!(format!("{w:.3?}"), "[0.980, 0.980]");
/// ```
pub type RmsProp<T = f64> = Descent<RmsPropRule, T>;

/// The rule of [`RmsProp`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsPropRule {
    alpha: f64,
    epsilon: f64,
    momentum: f64,
    centered: bool,
}

impl<T: Element> Descent<RmsPropRule, T> {
    /// RMSprop with PyTorch's settings.
    ///
    /// # Panics
    /// If the rate is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn new(rate: f64) -> RmsProp<T> {
        let rule = RmsPropRule {
            alpha: 0.99,
            epsilon: 1e-8,
            momentum: 0.0,
            centered: false,
        };
        Descent::with_rule(rate, rule)
    }

    /// How much of the mean of squares is kept in a step; 0.99 unless set.
    ///
    /// # Panics
    /// If it is not within `[0, 1)`.
    #[must_use]
    #[track_caller]
    pub fn alpha(mut self, alpha: f64) -> RmsProp<T> {
        assert!((0.0..1.0).contains(&alpha), "alpha = {alpha}");
        self.rule.alpha = alpha;
        self
    }

    /// What is added to the divisor; 1e-8 unless set.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> RmsProp<T> {
        self.rule.epsilon = epsilon;
        self
    }

    /// Divides by the deviation of recent gradients from their mean, rather than by their size.
    #[must_use]
    pub fn centered(mut self) -> RmsProp<T> {
        self.rule.centered = true;
        self
    }

    /// With momentum: how much of the last velocity is kept, from 0 to 1.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f64) -> RmsProp<T> {
        self.set_momentum(momentum);
        self
    }

    /// Another momentum, from the next step on.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[track_caller]
    pub fn set_momentum(&mut self, momentum: f64) {
        assert!(momentum >= 0.0, "a momentum of {momentum}");
        self.rule.momentum = momentum;
    }
}

impl<T: Element> Rule<T> for RmsPropRule {
    fn keeps(&self) -> &'static [&'static str] {
        match (self.centered, self.momentum > 0.0) {
            (false, false) => &["square_avg"],
            (true, false) => &["square_avg", "grad_avg"],
            (false, true) => &["square_avg", "momentum_buffer"],
            (true, true) => &["square_avg", "grad_avg", "momentum_buffer"],
        }
    }

    fn apply(&self, step: Step, w: &mut [T], slopes: &[T], kept: &mut [Vec<T>]) {
        let [rate, decay] = [step.rate, step.decay].map(T::from_f64);
        let decays = step.decay != 0.0;
        let decayed = move |w: T, g: T| if decays { g + decay * w } else { g };
        let constants = [self.alpha, 1.0 - self.alpha, self.epsilon, self.momentum];
        let [alpha, beta, epsilon, momentum] = constants.map(T::from_f64);

        // Where gradients do not change, rounding may leave a little less than nothing.
        let nothing = T::from_f64(0.0);
        let deviation = move |s: T, m: T| {
            let variance = s - m * m;
            (if variance < nothing {
                nothing
            } else {
                variance
            })
            .sqrt()
        };

        match kept {
            [square] => each(w, slopes, [square], move |w, g, [s]| {
                let g = decayed(w, g);
                let s = alpha * s + beta * (g * g);
                (w - rate * (g / (s.sqrt() + epsilon)), [s])
            }),
            [square, mean] if self.centered => {
                each(w, slopes, [square, mean], move |w, g, [s, m]| {
                    let g = decayed(w, g);
                    let s = alpha * s + beta * (g * g);
                    let m = m + beta * (g - m);
                    (w - rate * (g / (deviation(s, m) + epsilon)), [s, m])
                })
            }
            [square, velocity] => each(w, slopes, [square, velocity], move |w, g, [s, v]| {
                let g = decayed(w, g);
                let s = alpha * s + beta * (g * g);
                let v = momentum * v + g / (s.sqrt() + epsilon);
                (w - rate * v, [s, v])
            }),
            [square, mean, velocity, ..] => {
                each(
                    w,
                    slopes,
                    [square, mean, velocity],
                    move |w, g, [s, m, v]| {
                        let g = decayed(w, g);
                        let s = alpha * s + beta * (g * g);
                        let m = m + beta * (g - m);
                        let v = momentum * v + g / (deviation(s, m) + epsilon);
                        (w - rate * v, [s, m, v])
                    },
                );
            }
            [] => unreachable!("RMSprop keeps the mean of squares"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding puts the mean of squares below the square of the mean in step 53: the root of that
    /// would be NaN, and the parameter from there on, as PyTorch's are.
    #[test]
    fn a_gradient_that_does_not_change_has_a_deviation_of_0() {
        for momentum in [0.0, 0.5] {
            let mut w = [1.0_f64];
            let mut optimizer = RmsProp::new(1e-3).alpha(0.5).centered().momentum(momentum);
            for _ in 0..100 {
                optimizer.step_list(&mut w, &[2.543_826_873_442_325_7]);
            }
            assert!(w[0].is_finite(), "momentum {momentum}: {w:?}");
        }
    }
}
