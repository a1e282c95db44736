use super::binary_cross_entropy;
use crate::scalar::Mlp;
use tape::Real;

/// The multi-output logistic cost without its penalty,
/// `-1/m sum [y ln h + (1 - y) ln(1 - h)]` with `m` examples.
///
/// `outputs` (`h`, behind sigmoids, from 0 to 1) and `targets` (0 to 1): `m` rows of equal lengths.
/// The output error of an example is `(h - y) / m`. PyTorch's mean divides by the number of outputs
/// as well. The lecture's `J(Theta)` is this plus [`penalty`].
///
/// The logarithms are those of [`binary_cross_entropy`](super::binary_cross_entropy()).
///
/// Source: Andrew Ng, Machine Learning, weeks 3 to 5.
///
/// ```
/// use nn::scalar::loss;
///
/// let j: f64 = loss::logistic(&[[0.7, 0.2, 0.1]], &[[1.0, 0.0, 0.0]]);
/// assert_eq!(format!("{j:.8}"), "0.68517901");
/// ```
///
/// # Panics
/// If the rows do not match.
#[must_use]
#[track_caller]
pub fn logistic<R: Real, O: AsRef<[R]>, T: AsRef<[f64]>>(outputs: &[O], targets: &[T]) -> R {
    binary_cross_entropy::sum("logistic", outputs, targets) / outputs.len() as f64
}

/// The penalty of `J(Theta)`: `lambda/(2m)` times the sum of squared weights. Biases pay nothing.
///
/// Its gradient is `lambda w / m`. (One lecture prints `lambda w`, which belongs to a penalty of
/// `lambda/2`; see [`theta`](crate::delta::theta).) Weight decay in deep-learning libraries usually
/// adds `lambda w` to the gradient, with no `m`, and decays biases too.
///
/// Source: Andrew Ng, Machine Learning, week 5.
///
/// ```
/// use nn::scalar::{gates, loss};
///
/// let net = gates::xor(); // six weights of +-20
/// let forward = net.forward(&[[0.0, 1.0], [1.0, 1.0]]);
/// let fit = loss::logistic(forward.outputs(), &[[1.0], [0.0]]);
/// let j = fit + loss::penalty(&net, 0.5, 2);
/// assert_eq!(format!("{fit:.6} {j:.6}"), "0.000045 300.000045"); // 0.5/4 * 6 * 400
/// ```
#[must_use]
#[track_caller]
pub fn penalty<R: Real>(net: &Mlp<R>, lambda: f64, examples: usize) -> R {
    let mut squares = Vec::new();
    for w in net.weights() {
        squares.push(w.square());
    }
    tape::sum(&squares) * (lambda / (2.0 * examples as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation::Sigmoid;
    use crate::{Init, delta::theta};
    use approx::assert_relative_eq;
    use tape::Tape;

    #[test]
    fn j_and_its_gradient_are_those_of_theta() {
        let net = Mlp::random(
            3,
            &[(4, Sigmoid), (2, Sigmoid)],
            Init::Signed,
            &mut crate::seeded(5),
        );
        let x = [vec![0.1, 0.9, -0.3], vec![1.1, -0.2, 0.4]];
        let y = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let lambda = 0.7;

        let tape = Tape::new();
        let recorded = net.record(&tape);
        let j = logistic(recorded.forward(&x).outputs(), &y) + penalty(&recorded, lambda, 2);
        let gradient = j.backward().of(&recorded.parameters());

        let thetas = theta::thetas(&net.to_delta().unwrap()).unwrap();
        let by_hand = theta::cost(&thetas, &x, &y, lambda).unwrap();
        assert_relative_eq!(j.value(), by_hand, max_relative = 1e-14);
        let sums = theta::accumulate(&thetas, &x, &y).unwrap();
        let d = theta::unroll(&theta::gradient(&sums, &thetas, lambda, 2).unwrap());
        for (found, by_hand) in gradient.iter().zip(d) {
            assert_relative_eq!(*found, by_hand, max_relative = 1e-12);
        }
    }
}
