use super::rule::each;
use super::{Descent, Rule, Step};
use tape::Element;

/// Adagrad: every element's step is divided by the size of all its gradients so far.
///
/// ```text
/// g = g + decay w
/// s = s + g^2
/// w = w - rate / (1 + (t - 1) rate_decay) g / (sqrt(s) + epsilon)      in step t = 1, 2, ..
/// ```
///
/// The definition of PyTorch's `Adagrad`, and its settings: `s` starts at 0, `epsilon` is 1e-10.
/// Source: Duchi, Hazan, Singer 2011.
///
/// ```
/// use nn::Adagrad;
///
/// let mut w = [1.0_f64];
/// let mut optimizer = Adagrad::new(0.5);
/// optimizer.step_list(&mut w, &[3.0]); // s = 9
/// optimizer.step_list(&mut w, &[4.0]); // s = 25
/// assert!((w[0] - (1.0 - 0.5 * (3.0 / 3.0 + 4.0 / 5.0))).abs() < 1e-9);
/// ```
pub type Adagrad<T = f64> = Descent<AdagradRule, T>;

/// The rule of [`Adagrad`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdagradRule {
    rate_decay: f64,
    start: f64,
    epsilon: f64,
}

impl<T: Element> Descent<AdagradRule, T> {
    /// Adagrad with PyTorch's settings.
    ///
    /// # Panics
    /// If the rate is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn new(rate: f64) -> Adagrad<T> {
        let rule = AdagradRule {
            rate_decay: 0.0,
            start: 0.0,
            epsilon: 1e-10,
        };
        Descent::with_rule(rate, rule)
    }

    /// Makes the rate of step `t` that of the first divided by `1 + (t - 1) rate_decay`.
    #[must_use]
    pub fn rate_decay(mut self, rate_decay: f64) -> Adagrad<T> {
        self.rule.rate_decay = rate_decay;
        self
    }

    /// What the sums of squares start with; 0 unless set.
    #[must_use]
    pub fn start(mut self, start: f64) -> Adagrad<T> {
        self.rule.start = start;
        self
    }

    /// What is added to the divisor; 1e-10 unless set.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Adagrad<T> {
        self.rule.epsilon = epsilon;
        self
    }
}

impl<T: Element> Rule<T> for AdagradRule {
    fn keeps(&self) -> &'static [&'static str] {
        &["sum"]
    }

    fn start(&self) -> f64 {
        self.start
    }

    fn apply(&self, step: Step, w: &mut [T], slopes: &[T], kept: &mut [Vec<T>]) {
        let before = (step.number - 1) as f64;
        let rate = step.rate / (1.0 + before * self.rate_decay);
        let [rate, decay, epsilon] = [rate, step.decay, self.epsilon].map(T::from_f64);
        let decays = step.decay != 0.0;
        each(w, slopes, [&mut kept[0]], move |w, g, [s]| {
            let g = if decays { g + decay * w } else { g };
            let s = s + g * g;
            (w - rate * (g / (s.sqrt() + epsilon)), [s])
        });
    }
}
