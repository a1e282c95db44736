use super::rule::each;
use super::{Descent, Rule, Step};
use tape::Element;

/// Adam: steps by the mean of recent gradients, divided by their size.
///
/// ```text
/// g = g + decay w
/// m = beta1 m + (1 - beta1) g
/// v = beta2 v + (1 - beta2) g^2
/// w = w - rate m' / (sqrt(v') + epsilon)      m' = m / (1 - beta1^t), v' = v / (1 - beta2^t)
/// ```
///
/// in step `t = 1, 2, ..`; with AMSGrad the largest `v` so far stands in the last line. The
/// definition of PyTorch's `Adam`, and its settings: betas 0.9 and 0.999, `epsilon` 1e-8.
/// Sources: Kingma, Ba 2014; Reddi, Kale, Kumar 2018.
///
/// Weight decay is part of the gradient here, and is divided by its size like the rest: mostly
/// [`AdamW`] is what is meant.
///
/// ```
/// use nn::Adam;
///
/// let mut w = [1.0, 1.0];
/// Adam::new(0.25).step_list(&mut w, &[7.0, -0.001]); // the first step is the rate
/// assert_eq!(format!("{w:.3?}"), "[0.750, 1.250]");
/// ```
pub type Adam<T = f64> = Descent<AdamRule<false>, T>;

/// Adam with decoupled weight decay: `w = w - rate decay w`, then a step of [`Adam`] from `g` as
/// it is.
///
/// The definition of PyTorch's `AdamW`, and its settings: those of `Adam`, and a weight decay of
/// 0.01. Source: Loshchilov, Hutter 2017.
///
/// ```
/// use nn::AdamW;
///
/// let mut w = [1.0];
/// AdamW::new(0.25).decay(0.5).step_list(&mut w, &[7.0]);
/// assert_eq!(format!("{w:.3?}"), "[0.625]"); // 1 - 0.25 * 0.5 - 0.25
/// ```
pub type AdamW<T = f64> = Descent<AdamRule<true>, T>;

/// The rule of [`Adam`], and that of [`AdamW`], where weight decay is decoupled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamRule<const DECOUPLED: bool> {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    amsgrad: bool,
}

impl<const DECOUPLED: bool> Default for AdamRule<DECOUPLED> {
    fn default() -> Self {
        AdamRule {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            amsgrad: false,
        }
    }
}

impl<T: Element> Descent<AdamRule<false>, T> {
    /// Adam with PyTorch's settings.
    ///
    /// # Panics
    /// If the rate is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn new(rate: f64) -> Adam<T> {
        Descent::with_rule(rate, AdamRule::default())
    }
}

impl<T: Element> Descent<AdamRule<true>, T> {
    /// AdamW with PyTorch's settings, a weight decay of 0.01 among them, for biases too:
    /// [`decay_weights`](Descent::decay_weights) spares those.
    ///
    /// # Panics
    /// If the rate is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn new(rate: f64) -> AdamW<T> {
        Descent::with_rule(rate, AdamRule::default()).decay(0.01)
    }
}

impl<const DECOUPLED: bool, T: Element> Descent<AdamRule<DECOUPLED>, T> {
    /// How much of the mean of gradients and of the mean of squares is kept in a step; 0.9 and
    /// 0.999 unless set.
    ///
    /// # Panics
    /// If one is not within `[0, 1)`.
    #[must_use]
    #[track_caller]
    pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
        self.set_betas(beta1, beta2);
        self
    }

    /// What is added to the divisor; 1e-8 unless set.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.epsilon = epsilon;
        self
    }

    /// Divides by the largest size of gradients so far, so that steps do not grow again.
    #[must_use]
    pub fn amsgrad(mut self) -> Self {
        self.rule.amsgrad = true;
        self
    }

    /// Other betas, from the next step on: [`OneCycle`](crate::schedule::OneCycle) moves the first
    /// against the rate.
    ///
    /// # Panics
    /// If one is not within `[0, 1)`.
    #[track_caller]
    pub fn set_betas(&mut self, beta1: f64, beta2: f64) {
        for beta in [beta1, beta2] {
            assert!((0.0..1.0).contains(&beta), "a beta of {beta}");
        }
        (self.rule.beta1, self.rule.beta2) = (beta1, beta2);
    }
}

impl<const DECOUPLED: bool, T: Element> Rule<T> for AdamRule<DECOUPLED> {
    fn keeps(&self) -> &'static [&'static str] {
        match self.amsgrad {
            false => &["exp_avg", "exp_avg_sq"],
            true => &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"],
        }
    }

    fn apply(&self, step: Step, w: &mut [T], slopes: &[T], kept: &mut [Vec<T>]) {
        let number = step.number as f64;
        let [beta1, beta2] = [self.beta1, self.beta2];
        let rate = step.rate / (1.0 - beta1.powf(number));
        let root = (1.0 - beta2.powf(number)).sqrt().recip();
        let [rate, root, epsilon] = [rate, root, self.epsilon].map(T::from_f64);
        let [keep1, add1] = [beta1, 1.0 - beta1].map(T::from_f64);
        let [keep2, add2] = [beta2, 1.0 - beta2].map(T::from_f64);

        // Either factor decays the element, or the summand the gradient.
        let [factor, summand] = match DECOUPLED {
            true => [1.0 - step.rate * step.decay, 0.0],
            false => [1.0, step.decay],
        };
        let decays = summand != 0.0;
        let [factor, summand] = [factor, summand].map(T::from_f64);

        let means = move |w: T, g: T, m: T, v: T| {
            let g = if decays { g + summand * w } else { g };
            (keep1 * m + add1 * g, keep2 * v + add2 * (g * g))
        };
        let stepped = move |w: T, m: T, v: T| factor * w - rate * (m / (v.sqrt() * root + epsilon));
        match kept {
            [mean, square, largest] => {
                each(
                    w,
                    slopes,
                    [mean, square, largest],
                    move |w, g, [m, v, most]| {
                        let (m, v) = means(w, g, m, v);
                        let most = if v <= most { most } else { v }; // NaN goes on
                        (stepped(w, m, most), [m, v, most])
                    },
                );
            }
            [mean, square, ..] => each(w, slopes, [mean, square], move |w, g, [m, v]| {
                let (m, v) = means(w, g, m, v);
                (stepped(w, m, v), [m, v])
            }),
            _ => unreachable!("Adam keeps two means"),
        }
    }
}
