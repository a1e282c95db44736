use super::recurrent::{Kind, Pulled, Recurrent, Stepped, sealed};
use crate::delta::Activation::Sigmoid;
use tape::RecurrentUnit;

/// Long short-term memory. With `z = W x + b + U h + b'` for each gate:
///
/// ```text
/// i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)   c' = f c + i g   h' = o tanh(c')
/// ```
///
/// As PyTorch's `LSTM`; Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000.
///
/// Shapes, parameters and how to run it: [`Recurrent`]; gates lie in the order `i, f, g, o`, and a state is
/// `h` and the memory `c`. By hand, with `m = dE/dc' + dE/dh' o (1 - tanh(c')^2)`:
/// `δ_i = m g i (1 - i)`, `δ_f = m c f (1 - f)`, `δ_g = m i (1 - g^2)`,
/// `δ_o = dE/dh' tanh(c') o (1 - o)`; the memory before it gets `m f`, the state `U^T δ`.
pub type Lstm<T = f64> = Recurrent<LongShortTerm, T>;

/// The kind of [`Lstm`].
#[derive(Debug)]
pub enum LongShortTerm {}

impl Kind for LongShortTerm {}

impl sealed::Kind for LongShortTerm {
    const NAME: &'static str = "LSTM";
    const UNIT: RecurrentUnit = RecurrentUnit::Lstm;

    fn step(_: RecurrentUnit, x: &[f64], h: &[f64], [_, c]: [f64; 2]) -> Stepped {
        let sigmoid = |z: f64| Sigmoid.value(&[z])[0];
        let [i, f, o] = [0, 1, 3].map(|gate| sigmoid(x[gate] + h[gate]));
        let g = (x[2] + h[2]).tanh();
        let next = f * c + i * g;
        let squashed = next.tanh();
        Stepped {
            state: [o * squashed, next],
            back: Box::new(move |[of_h, of_c]| {
                let m = of_c + of_h * o * (1.0 - squashed * squashed);
                let gates = vec![
                    m * g * i * (1.0 - i),
                    m * c * f * (1.0 - f),
                    m * i * (1.0 - g * g),
                    of_h * squashed * o * (1.0 - o),
                ];
                Pulled {
                    x: gates.clone(),
                    h: gates,
                    state: [0.0, m * f],
                }
            }),
        }
    }
}
