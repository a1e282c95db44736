use super::rule::each;
use super::{Descent, Rule, Step};
use tape::Element;

/// Gradient descent, with momentum if you like.
///
/// With `g` the gradient and `decay` the weight decay (0 unless set), one step is
///
/// ```text
/// g = g + decay w
/// v = momentum v + (1 - dampening) g      (v = g in the first step)
/// w = w - rate v                          (Nesterov: w - rate (g + momentum v))
/// ```
///
/// the definition of PyTorch's `SGD`. Without momentum it is `w = w - rate g`. Other books fold the
/// rate into `v`, which is the same walk while the rate does not change.
///
/// ```
/// use nn::Sgd;
///
/// let mut w = [2.0];
/// let mut sgd = Sgd::new(0.25).momentum(0.5);
/// sgd.step_list(&mut w, &[4.0]); // v = 4
/// assert_eq!(w, [1.0]);
/// sgd.step_list(&mut w, &[4.0]); // v = 0.5 * 4 + 4
/// assert_eq!(w, [-0.5]);
/// ```
pub type Sgd<T = f64> = Descent<SgdRule, T>;

/// The rule of [`Sgd`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdRule {
    momentum: f64,
    dampening: f64,
    nesterov: bool,
}

impl<T: Element> Descent<SgdRule, T> {
    /// Plain gradient descent.
    ///
    /// # Panics
    /// If the rate is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn new(rate: f64) -> Sgd<T> {
        let rule = SgdRule {
            momentum: 0.0,
            dampening: 0.0,
            nesterov: false,
        };
        Descent::with_rule(rate, rule)
    }

    /// With momentum: how much of the last velocity is kept, from 0 to 1.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f64) -> Sgd<T> {
        self.set_momentum(momentum);
        self
    }

    /// How much of the gradient does not enter the velocity; 0 unless set.
    #[must_use]
    pub fn dampening(mut self, dampening: f64) -> Sgd<T> {
        self.rule.dampening = dampening;
        self
    }

    /// Nesterov's momentum: the gradient, and the velocity that it leads to, make the step.
    #[must_use]
    pub fn nesterov(mut self) -> Sgd<T> {
        self.rule.nesterov = true;
        self
    }

    /// Another momentum, from the next step on: [`OneCycle`](crate::schedule::OneCycle) moves it
    /// against the rate.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[track_caller]
    pub fn set_momentum(&mut self, momentum: f64) {
        assert!(momentum >= 0.0, "a momentum of {momentum}");
        self.rule.momentum = momentum;
    }
}

impl<T: Element> Rule<T> for SgdRule {
    fn keeps(&self) -> &'static [&'static str] {
        match self.momentum == 0.0 {
            true => &[],
            false => &["momentum_buffer"],
        }
    }

    fn apply(&self, step: Step, w: &mut [T], slopes: &[T], kept: &mut [Vec<T>]) {
        let [rate, decay] = [step.rate, step.decay].map(T::from_f64);
        let decays = step.decay != 0.0;
        let decayed = move |w: T, g: T| if decays { g + decay * w } else { g };
        let [velocity] = kept else {
            return each(w, slopes, [], move |w, g, []| {
                (w - rate * decayed(w, g), [])
            });
        };

        let fresh = match step.number {
            1 => 1.0,
            _ => 1.0 - self.dampening,
        };
        let [momentum, fresh] = [self.momentum, fresh].map(T::from_f64);
        if self.nesterov {
            each(w, slopes, [velocity], move |w, g, [v]| {
                let g = decayed(w, g);
                let v = momentum * v + fresh * g;
                (w - rate * (g + momentum * v), [v])
            });
        } else {
            each(w, slopes, [velocity], move |w, g, [v]| {
                let v = momentum * v + fresh * decayed(w, g);
                (w - rate * v, [v])
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // w^2 / 2 from w = 1, worked by hand: v = 1, 1.8, 2.34, 2.592.
    #[test]
    fn momentum_follows_its_definition() {
        let mut w = [1.0_f64];
        let mut sgd = Sgd::new(0.1).momentum(0.9);
        let mut walk = Vec::new();
        for _ in 0..4 {
            let gradient = w;
            sgd.step_list(&mut w, &gradient);
            walk.push(w[0]);
        }
        for (w, expected) in walk.iter().zip([0.9, 0.72, 0.486, 0.2268]) {
            assert!((w - expected).abs() < 1e-15, "{walk:?}");
        }
    }
}
