use super::recurrent::{Kind, Pulled, Recurrent, Stepped, sealed};
use tape::{Element, RecurrentUnit};

/// Elman's recurrent network: `h' = tanh(W x + b + U h + b')`, or [`relu`](Rnn::relu) instead of
/// tanh. As PyTorch's `RNN`; Elman, 1990.
///
/// Shapes, parameters and how to run it: [`Recurrent`]. By hand, with `delta` the adjoint of a step's
/// sum: `delta = (dE/dh' + U^T delta of the next step) (1 - h'^2)`; then `dE/dU` is the sum over
/// steps of `delta h^T`.
///
/// ```
/// use nn::layers::Rnn;
/// use nn::{Module, seeded};
///
/// let rnn: Rnn = Rnn::new(2, 4, &mut seeded(1));
/// let names: Vec<_> = rnn.parameters().iter().map(|p| p.name.clone()).collect();
/// assert_eq!(names, ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]);
/// ```
pub type Rnn<T = f64> = Recurrent<Elman, T>;

/// The kind of [`Rnn`].
#[derive(Debug)]
pub enum Elman {}

impl<T: Element> Rnn<T> {
    /// The same layers with relu in place of tanh.
    #[must_use]
    pub fn relu(self) -> Rnn<T> {
        self.with_unit(RecurrentUnit::Relu)
    }
}

impl Kind for Elman {}

impl sealed::Kind for Elman {
    const NAME: &'static str = "RNN";
    const UNIT: RecurrentUnit = RecurrentUnit::Tanh;

    fn step(unit: RecurrentUnit, x: &[f64], h: &[f64], _: [f64; 2]) -> Stepped {
        let z = x[0] + h[0];
        let (y, slope) = match unit {
            RecurrentUnit::Relu if z > 0.0 => (z, 1.0),
            RecurrentUnit::Relu => (0.0, 0.0),
            _ => (z.tanh(), 1.0 - z.tanh().powi(2)),
        };
        Stepped {
            state: [y, 0.0],
            back: Box::new(move |[g, _]| Pulled {
                x: vec![g * slope],
                h: vec![g * slope],
                state: [0.0, 0.0],
            }),
        }
    }
}
