use tape::{Element, Loop, vectorised};

/// What one step does to the elements of one parameter: all that is peculiar to an optimizer. A
/// [`Descent`](super::Descent) makes the optimizer out of it.
///
/// Lion (Chen et al. 2023), which steps by the sign of a mean, in full:
///
/// ```
/// use nn::optimizer::{Descent, Rule, Step};
/// use nn::{Optimizer, Parameter, Session};
/// use tape::Element;
///
/// struct Lion { beta1: f64, beta2: f64 }
///
/// impl<T: Element> Rule<T> for Lion {
///     fn keeps(&self) -> &'static [&'static str] {
///         &["exp_avg"]
///     }
///     fn apply(&self, step: Step, w: &mut [T], slopes: &[T], kept: &mut [Vec<T>]) {
///         for ((w, g), m) in w.iter_mut().zip(slopes).zip(&mut kept[0]) {
///             let (now, slope, mean) = (w.to_f64(), g.to_f64(), m.to_f64());
///             let ahead = self.beta1 * mean + (1.0 - self.beta1) * slope;
///             *w = T::from_f64(now - step.rate * (ahead.signum() + step.decay * now));
///             *m = T::from_f64(self.beta2 * mean + (1.0 - self.beta2) * slope);
///         }
///     }
/// }
///
/// let w = Parameter::weight([0.5, -0.5]);
/// let mut lion = Descent::with_rule(0.125, Lion { beta1: 0.9, beta2: 0.99 });
/// let (_, gradient) = Session::new(0).step(|pass| pass.parameter(&w).square().sum());
/// lion.step(&gradient);
/// assert_eq!(*w.value(), [0.375, -0.375].into());
/// ```
pub trait Rule<T: Element> {
    /// The names of the arrays that it keeps for each parameter between steps. They have the
    /// parameter's shape.
    fn keeps(&self) -> &'static [&'static str];

    /// The number that these arrays are filled with at first.
    fn start(&self) -> f64 {
        0.0
    }

    /// Changes the elements `w` of a parameter, whose derivatives are `slopes`, and what is kept of
    /// it: an array for each name, all of one length.
    fn apply(&self, step: Step, w: &mut [T], slopes: &[T], kept: &mut [Vec<T>]);
}

/// What holds for all elements of a parameter in one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The number of steps that this parameter has taken, with this one: 1 in the first.
    pub number: u64,
    /// Its learning rate, that of its group.
    pub rate: f64,
    /// Its weight decay, that of its group.
    pub decay: f64,
}

/// Runs `change`, from an element, its derivative and what is kept of it to the element and what is
/// kept after the step, on every element, as vector code.
///
/// `change` owns what it captures: behind a reference a number would be read again for each element,
/// for all the compiler knows after a store, and the loop would be no vector code.
#[inline]
pub(super) fn each<T: Element, const K: usize>(
    w: &mut [T],
    slopes: &[T],
    kept: [&mut [T]; K],
    change: impl Fn(T, T, [T; K]) -> (T, [T; K]) + 'static,
) {
    vectorised(Each {
        w,
        slopes,
        kept,
        change,
    });
}

struct Each<'a, T, F, const K: usize> {
    w: &'a mut [T],
    slopes: &'a [T],
    kept: [&'a mut [T]; K],
    change: F,
}

impl<T: Element, F: Fn(T, T, [T; K]) -> (T, [T; K]), const K: usize> Loop for Each<'_, T, F, K> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Each {
            w,
            slopes,
            kept,
            change,
        } = self;
        let count = w.len();
        let slopes = &slopes[..count];
        let mut kept = kept.map(|kept| &mut kept[..count]);
        for i in 0..count {
            let before = std::array::from_fn(|k| kept[k][i]);
            let (element, after) = change(w[i], slopes[i], before);
            w[i] = element;
            for (kept, after) in kept.iter_mut().zip(after) {
                kept[i] = after;
            }
        }
    }
}
