use super::memory::{State, States};
use super::{Group, Optimizer, Rule, Step};
use crate::{Gradient, Mismatch, Parameter, Parameters, Role};
use std::fmt;
use std::sync::Arc;
use tape::{Array, Element};

/// An optimizer: a [`Rule`], its learning rate and weight decay, groups of parameters that have
/// their own, and what is kept between steps.
///
/// [`Sgd`](super::Sgd), [`RmsProp`](super::RmsProp), [`Adagrad`](super::Adagrad),
/// [`Adam`](super::Adam) and [`AdamW`](super::AdamW) are this with their rule. What is kept belongs
/// to a parameter, not to a place in a list: parameters may appear later, or have no gradient in
/// some steps, and those steps do not count for them, as in PyTorch.
#[derive(Clone)]
pub struct Descent<R, T: Element = f64> {
    pub(super) rule: R,
    rate: f64,
    decay: f64,
    groups: Vec<Choice<T>>,
    states: States<T>,
    /// The state of a plain list of numbers.
    list: Option<State<T>>,
    /// Room for such a list.
    elements: Vec<T>,
}

/// Which parameters, and what is different for them.
#[derive(Clone)]
struct Choice<T: Element> {
    includes: Arc<Includes<T>>,
    set: Arc<Set>,
}

type Includes<T> = dyn Fn(&Parameter<T>) -> bool + Send + Sync;
type Set = dyn Fn(Group) -> Group + Send + Sync;

impl<R, T: Element> Descent<R, T> {
    /// An optimizer with a rule of your own.
    ///
    /// # Panics
    /// If the rate is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn with_rule(rate: f64, rule: R) -> Descent<R, T> {
        Descent {
            rule,
            rate: checked(rate),
            decay: 0.0,
            groups: Vec::new(),
            states: States::default(),
            list: None,
            elements: Vec::new(),
        }
    }

    /// Weight decay for all parameters, biases too, as PyTorch has it: adds `decay w` to the
    /// gradient, which is the gradient of `decay / 2` times the sum of squares.
    /// ([`AdamW`](super::AdamW) subtracts `rate decay w` from the parameter instead.)
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn decay(mut self, decay: f64) -> Descent<R, T> {
        assert!(decay >= 0.0, "a weight decay of {decay}");
        self.decay = decay;
        self.states.forget_groups();
        self
    }

    /// Weight decay for weights, none for biases and the scales of normalisations: what is mostly
    /// meant. Short for `.decay(decay).group(|p| p.role() == Role::Bias, |group| group.decay(0.0))`.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn decay_weights(self, decay: f64) -> Descent<R, T> {
        let is_bias = |parameter: &Parameter<T>| parameter.role() == Role::Bias;
        self.decay(decay).group(is_bias, |group| group.decay(0.0))
    }

    /// Other settings for those parameters that `includes` lets in. A parameter may be in several
    /// groups: `set` goes on from what the groups before made of it.
    ///
    /// ```
    /// use nn::layers::{Linear, Sequential};
    /// use nn::{AdamW, Module, seeded};
    ///
    /// let mut rng = seeded(1);
    /// let net: Sequential = Sequential::new()
    ///     .then_named("body", Linear::new(8, 4, &mut rng))
    ///     .then_named("head", Linear::new(4, 2, &mut rng));
    /// let body = net.parameters().only(|p| p.name.starts_with("body."));
    /// let optimizer = AdamW::new(1e-3)
    ///     .decay_weights(0.1)
    ///     .group(move |p| body.contains(p), |group| group.rate_factor(0.1));
    /// ```
    #[must_use]
    pub fn group(
        mut self,
        includes: impl Fn(&Parameter<T>) -> bool + Send + Sync + 'static,
        set: impl Fn(Group) -> Group + Send + Sync + 'static,
    ) -> Descent<R, T> {
        self.groups.push(Choice {
            includes: Arc::new(includes),
            set: Arc::new(set),
        });
        self.states.forget_groups();
        self
    }

    /// One step of a plain list of numbers, the parameters of a network of single
    /// [`Var`](tape::Var)s, down the gradient, which lists the derivative by each in order.
    ///
    /// To leave some parameters alone, hand over the others only, as
    /// [`Mlp::weights_mut`](crate::scalar::Mlp::weights_mut) does. Groups do not apply, and
    /// [`memory`](Optimizer::memory) has nothing of it, for a number has no name.
    ///
    /// # Panics
    /// If there is not one derivative per parameter, or not as many as in the step before. Nothing
    /// is changed then.
    #[track_caller]
    pub fn step_list<'a>(&mut self, parameters: impl IntoIterator<Item = &'a mut T>, gradient: &[T])
    where
        R: Rule<T>,
    {
        let parameters: Vec<&mut T> = parameters.into_iter().collect();
        let count = gradient.len();
        if let Some(before) = &self.list {
            let before = before.count();
            assert_eq!(
                before, count,
                "step_list: parameters of the first step, derivatives now"
            );
        }
        assert_eq!(
            parameters.len(),
            count,
            "step_list: parameters, derivatives"
        );

        let group = Group {
            factor: 1.0,
            decay: self.decay,
        };
        let state = self.list.get_or_insert_with(|| State::new(count));
        self.elements.clear();
        self.elements.extend(parameters.iter().map(|w| **w));
        state.step(&self.rule, self.rate, group, &mut self.elements, gradient);
        for (parameter, &element) in parameters.into_iter().zip(&self.elements) {
            *parameter = element;
        }
    }
}

impl<T: Element> State<T> {
    fn step(
        &mut self,
        rule: &impl Rule<T>,
        rate: f64,
        group: Group,
        elements: &mut [T],
        slopes: &[T],
    ) {
        self.make_room(rule);
        self.steps += 1;
        let step = Step {
            number: self.steps,
            rate: rate * group.factor,
            decay: group.decay,
        };
        rule.apply(step, elements, slopes, &mut self.kept);
    }
}

impl<R: Rule<T>, T: Element> Optimizer<T> for Descent<R, T> {
    fn step(&mut self, gradient: &Gradient<T>) {
        let mut next = 0;
        for (parameter, slopes) in gradient.iter() {
            let place = self.states.place_of(parameter, next);
            next = place + 1;
            let entry = self.states.entry(place);
            let group = *entry.group.get_or_insert_with(|| {
                let all = Group {
                    factor: 1.0,
                    decay: self.decay,
                };
                let own = self.groups.iter().filter(|own| (own.includes)(parameter));
                own.fold(all, |group, own| (own.set)(group))
            });
            let state = &mut entry.state;
            parameter.change(|w| state.step(&self.rule, self.rate, group, w, slopes));
        }
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    #[track_caller]
    fn set_rate(&mut self, rate: f64) {
        self.rate = checked(rate);
    }

    fn memory(&self, parameters: &Parameters<T>) -> Vec<(String, Array<T>)> {
        self.states.memory(&self.rule, parameters)
    }

    fn recall(
        &mut self,
        parameters: &Parameters<T>,
        memory: &[(String, Array<T>)],
    ) -> Result<(), Mismatch> {
        self.states.recall(&self.rule, parameters, memory)
    }
}

#[track_caller]
fn checked(rate: f64) -> f64 {
    assert!(rate >= 0.0, "a learning rate of {rate}");
    rate
}

impl<R: fmt::Debug, T: Element> fmt::Debug for Descent<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descent")
            .field("rule", &self.rule)
            .field("rate", &self.rate)
            .field("decay", &self.decay)
            .field("groups", &self.groups.len())
            .field("parameters", &self.states.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::Sgd;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    #[should_panic(expected = "step_list: parameters, derivatives\n  left: 3\n right: 2")]
    fn too_short_a_gradient_is_refused() {
        Sgd::new(0.1).step_list(&mut [0.0; 3], &[1.0; 2]);
    }

    #[test]
    #[should_panic(
        expected = "step_list: parameters of the first step, derivatives now\n  left: 2\n right: 1"
    )]
    fn a_gradient_of_another_network_is_refused() {
        let mut sgd = Sgd::new(0.1);
        sgd.step_list(&mut [0.0; 2], &[1.0; 2]);
        sgd.step_list(&mut [0.0; 1], &[1.0; 1]);
    }

    #[test]
    fn a_refused_step_changes_nothing() {
        let fresh = Sgd::new(0.1).momentum(0.5);
        let mut moving = fresh.clone();
        moving.step_list(&mut [0.0; 2], &[1.0; 2]);
        for start in [fresh, moving] {
            for (parameters, derivatives) in [(2, 1), (1, 2), (3, 2), (2, 3)] {
                let (mut w, mut sgd) = (vec![7.0; parameters], start.clone());
                let step = || sgd.step_list(&mut w, &vec![1.0; derivatives]);
                assert!(
                    catch_unwind(AssertUnwindSafe(step)).is_err(),
                    "{parameters}, {derivatives}"
                );
                assert_eq!(w, vec![7.0; parameters]);
                assert_eq!(next(sgd), next(start.clone()));
            }
        }
    }

    /// Where a step leads.
    fn next(mut sgd: Sgd) -> [f64; 2] {
        let mut w = [0.0; 2];
        sgd.step_list(&mut w, &[1.0; 2]);
        w
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let refused = |make: fn() -> Sgd| catch_unwind(make).is_err();
        assert!(refused(|| Sgd::new(-0.1)));
        assert!(refused(|| Sgd::new(f64::NAN)));
        assert!(refused(|| Sgd::new(0.1).momentum(-0.5)));
        assert!(refused(|| Sgd::new(0.1).decay(-1.0)));
        assert!(!refused(|| Sgd::new(0.0)));
    }
}
