use crate::Activation;
use tape::Real;

impl Activation {
    /// `a = f(z)` for one layer of one example, on numbers of any kind, built from the tape's operations.
    ///
    /// Each activation is one operation, but for softmax, which is
    /// `m = max z` (cut off: softmax does not depend on it), `e_j = e^(z_j - m)`,
    /// `p_j = e_j / sum_k e_k`, and its logarithm, `d_j = z_j - m`, `d_j - ln sum_k e^d_k`.
    /// Subtracting the maximum keeps every `e_j` at most 1.
    ///
    /// [`value`](Activation::value) is the same on plain numbers, written by hand.
    ///
    /// ```
    /// use nn::Activation::{Softmax, Tanh};
    ///
    /// let tape = tape::Tape::new();
    /// let z = tape.leaves(&[0.0, 0.0]);
    /// let p = Softmax.apply(&z);
    /// assert_eq!((p[0].value(), p[1].value()), (0.5, 0.5));
    /// assert_eq!(p[0].backward().of(&z), [0.25, -0.25]); // p_1 (1 - p_1) and -p_1 p_2
    /// assert_eq!(Tanh.apply(&z)[1].backward().of(&z), [0.0, 1.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn apply<R: Real>(self, z: &[R]) -> Vec<R> {
        let mut a = Vec::with_capacity(z.len());
        for &z_j in z {
            a.push(match self {
                Self::Identity => z_j,
                Self::Sigmoid => z_j.sigmoid(),
                Self::Tanh => z_j.tanh(),
                Self::Relu => z_j.relu(),
                Self::LeakyRelu { slope } => z_j.leaky_relu(slope),
                Self::Elu { alpha } => z_j.elu(alpha),
                Self::Selu => z_j.selu(),
                Self::Silu => z_j.silu(),
                Self::Mish => z_j.mish(),
                Self::Gelu => z_j.gelu(),
                Self::GeluTanh => z_j.gelu_tanh(),
                Self::Softplus => z_j.softplus(),
                Self::Softsign => z_j.softsign(),
                Self::LogSigmoid => z_j.log_sigmoid(),
                Self::HardTanh => z_j.hard_tanh(),
                Self::Ramp => z_j.ramp(),
                Self::Step => z_j.step(),
                Self::Perceptron => z_j.relu_slope(), // 1 above 0, else 0
                Self::Softmax => return softmax(z),
                Self::LogSoftmax => return log_softmax(z),
            });
        }
        a
    }
}

#[track_caller]
fn softmax<R: Real>(z: &[R]) -> Vec<R> {
    let largest = largest(z);
    let mut p = Vec::with_capacity(z.len());
    for &z in z {
        p.push(z.exp_shift(largest));
    }
    let sum = tape::sum(&p);
    for p in &mut p {
        *p /= sum;
    }
    p
}

#[track_caller]
fn log_softmax<R: Real>(z: &[R]) -> Vec<R> {
    let largest = largest(z);
    let mut below = Vec::with_capacity(z.len());
    for &z in z {
        below.push(z - largest);
    }
    let sum = tape::logsumexp(&below);
    for l in &mut below {
        *l -= sum;
    }
    below
}

/// The largest of a row, cut off from it; of nothing it is 0.
#[track_caller]
pub(super) fn largest<R: Real>(z: &[R]) -> R {
    let Some((&first, rest)) = z.split_first() else {
        return R::from(0.0);
    };
    let mut largest = first;
    for &z in rest {
        largest = largest.max(z);
    }
    largest.detach()
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use tape::Tape;

    #[test]
    fn values_and_errors_are_those_written_by_hand() {
        let (z, error) = ([-2.0, -0.3, 0.2, 0.9, 3.0], [0.7, -1.3, 0.4, 2.0, -0.6]);
        let tape = Tape::new();
        for f in Activation::ALL {
            tape.reset();
            let on_tape = tape.leaves(&z);
            let a = f.apply(&on_tape);
            let weighted: Vec<_> = a.iter().zip(error).map(|(&a, e)| a * e).collect();
            let adjoints = tape::sum(&weighted).backward().of(&on_tape);
            for j in 0..z.len() {
                assert_relative_eq!(a[j].value(), f.value(&z)[j], max_relative = 1e-15);
                let delta = f.carry_back(&z, &error)[j];
                assert_relative_eq!(adjoints[j], delta, max_relative = 1e-14, epsilon = 1e-16);
            }
        }
    }

    #[test]
    fn edges_are_those_written_by_hand() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let text = |a: Vec<f64>| format!("{:?}", a.iter().map(|a| a + 0.0).collect::<Vec<_>>());
        for f in Activation::ALL {
            for z in [
                vec![],
                vec![0.0],
                vec![1000.0, 0.0, -1000.0],
                vec![-inf, 2.0],
                vec![nan, 1.0],
            ] {
                assert_eq!(text(f.apply(&z)), text(f.value(&z)), "{}", f.name());
            }
        }
    }
}
