use super::recurrent::{Kind, Pulled, Recurrent, Stepped, sealed};
use crate::delta::Activation::Sigmoid;
use tape::RecurrentUnit;

/// Gated recurrent units. With `x_r = W_r x + b_r` and `h_r = U_r h + b'_r` what the reset gate reads of
/// input and state, and so for the gates `z` and `n`:
///
/// ```text
/// r = σ(x_r + h_r)    z = σ(x_z + h_z)    n = tanh(x_n + r h_n)    h' = (1 - z) n + z h
/// ```
///
/// As PyTorch's `GRU` (the reset gate multiplies `h_n`, bias included); Cho et al., 2014.
///
/// Shapes, parameters and how to run it: [`Recurrent`]; gates lie in the order `r, z, n`. By hand, with
/// `g = dE/dh'`: `δ_n = g (1 - z) (1 - n^2)`, `δ_z = g (h - n) z (1 - z)`, `δ_r = δ_n h_n r (1 - r)`;
/// what the state before it gets is `g z + U_r^T δ_r + U_z^T δ_z + U_n^T (r δ_n)`.
pub type Gru<T = f64> = Recurrent<Gated, T>;

/// The kind of [`Gru`].
#[derive(Debug)]
pub enum Gated {}

impl Kind for Gated {}

impl sealed::Kind for Gated {
    const NAME: &'static str = "GRU";
    const UNIT: RecurrentUnit = RecurrentUnit::Gru;

    fn step(_: RecurrentUnit, x: &[f64], read: &[f64], [h, _]: [f64; 2]) -> Stepped {
        let sigmoid = |z: f64| Sigmoid.value(&[z])[0];
        let (r, z) = (sigmoid(x[0] + read[0]), sigmoid(x[1] + read[1]));
        let h_n = read[2];
        let n = (x[2] + r * h_n).tanh();
        Stepped {
            state: [(1.0 - z) * n + z * h, 0.0],
            back: Box::new(move |[g, _]| {
                let of_n = g * (1.0 - z) * (1.0 - n * n);
                let of_z = g * (h - n) * z * (1.0 - z);
                let of_r = of_n * h_n * r * (1.0 - r);
                Pulled {
                    x: vec![of_r, of_z, of_n],
                    h: vec![of_r, of_z, of_n * r],
                    state: [g * z, 0.0],
                }
            }),
        }
    }
}
