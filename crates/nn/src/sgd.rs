/// Gradient descent on a flat list of parameters, with momentum if you like.
///
/// `v = momentum v + g`, then `w = w - rate v`; `v` starts at 0, and without momentum this is
/// `w = w - rate g`. It is the definition of PyTorch's `SGD` (no dampening, no Nesterov). Other
/// books fold the rate into `v`, which is the same walk while the rate does not change.
///
/// ```
/// use nn::Sgd;
///
/// let mut w = [2.0];
/// let mut sgd = Sgd::new(0.25).with_momentum(0.5);
/// sgd.step(&mut w, &[4.0]); // v = 4
/// assert_eq!(w, [1.0]);
/// sgd.step(&mut w, &[4.0]); // v = 0.5 * 4 + 4
/// assert_eq!(w, [-0.5]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate. Change it between steps for a schedule.
    pub rate: f64,
    /// How much of the last velocity is kept, from 0 to 1.
    pub momentum: f64,
    velocity: Vec<f64>,
}

impl Sgd {
    /// Plain gradient descent.
    #[must_use]
    pub fn new(rate: f64) -> Sgd {
        Sgd {
            rate,
            momentum: 0.0,
            velocity: Vec::new(),
        }
    }

    /// The same with momentum.
    #[must_use]
    pub fn with_momentum(self, momentum: f64) -> Sgd {
        Sgd { momentum, ..self }
    }

    /// One step down the gradient, which lists the derivative by each parameter in order.
    ///
    /// To leave some parameters alone, hand over the others only, as
    /// [`Mlp::weights_mut`](crate::scalar::Mlp::weights_mut) does.
    ///
    /// # Panics
    /// If there is not one derivative per parameter, or not as many as in the step before. It has
    /// changed nothing then, neither the parameters nor the velocity.
    #[track_caller]
    pub fn step<'a>(
        &mut self,
        parameters: impl IntoIterator<Item = &'a mut f64>,
        gradient: &[f64],
    ) {
        let parameters: Vec<&mut f64> = parameters.into_iter().collect();
        let (count, before) = (gradient.len(), self.velocity.len());
        if before > 0 {
            assert_eq!(
                before, count,
                "step: parameters of the first step, derivatives now"
            );
        }
        assert_eq!(parameters.len(), count, "step: parameters, derivatives");

        self.velocity.resize(count, 0.0);
        for ((parameter, v), slope) in parameters.into_iter().zip(&mut self.velocity).zip(gradient)
        {
            *v = self.momentum * *v + slope;
            *parameter -= self.rate * *v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // w^2 / 2 from w = 1, worked by hand: v = 1, 1.8, 2.34, 2.592.
    #[test]
    fn momentum_follows_its_definition() {
        let mut w = [1.0];
        let mut sgd = Sgd::new(0.1).with_momentum(0.9);
        let mut walk = Vec::new();
        for _ in 0..4 {
            let gradient = w;
            sgd.step(&mut w, &gradient);
            walk.push(w[0]);
        }
        for (w, expected) in walk.iter().zip([0.9, 0.72, 0.486, 0.2268]) {
            assert!((w - expected).abs() < 1e-15, "{walk:?}");
        }
    }

    #[test]
    #[should_panic(expected = "step: parameters, derivatives\n  left: 3\n right: 2")]
    fn too_short_a_gradient_is_refused() {
        Sgd::new(0.1).step(&mut [0.0; 3], &[1.0; 2]);
    }

    #[test]
    #[should_panic(
        expected = "step: parameters of the first step, derivatives now\n  left: 2\n right: 1"
    )]
    fn a_gradient_of_another_network_is_refused() {
        let mut sgd = Sgd::new(0.1);
        sgd.step(&mut [0.0; 2], &[1.0; 2]);
        sgd.step(&mut [0.0; 1], &[1.0; 1]);
    }

    #[test]
    fn a_refused_step_changes_nothing() {
        let fresh = Sgd::new(0.1).with_momentum(0.5);
        let mut moving = fresh.clone();
        moving.step(&mut [0.0; 2], &[1.0; 2]);
        for start in [fresh, moving] {
            for (parameters, derivatives) in [(2, 1), (1, 2), (3, 2), (2, 3)] {
                let (mut w, mut sgd) = (vec![7.0; parameters], start.clone());
                let step = || sgd.step(&mut w, &vec![1.0; derivatives]);
                let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(step));
                assert!(refused.is_err(), "{parameters}, {derivatives}");
                assert_eq!((w, &sgd), (vec![7.0; parameters], &start));
            }
        }
    }
}
