//! Sums and extremes of slices, in a fixed order that machines with vectors like.

/// As many sums run side by side: two registers of the widest kind, and no wait for an addition.
const LANES: usize = 8;
/// Up to this many terms are added side by side; longer sums are halved first.
const BLOCK: usize = 256;

/// `Σ term(xᵢ)`, pairwise in an order that depends on the length alone. Of nothing it is +0.
pub(crate) fn sum_of(xs: &[f64], term: &impl Fn(f64) -> f64) -> f64 {
    sum_of_pairs(xs, xs, &|x, _| term(x))
}

/// `Σ term(xᵢ, yᵢ)`, in the order of [`sum_of`].
pub(crate) fn sum_of_pairs(xs: &[f64], ys: &[f64], term: &impl Fn(f64, f64) -> f64) -> f64 {
    let count = xs.len();
    if count > BLOCK {
        let middle = (count / 2).next_multiple_of(LANES);
        return sum_of_pairs(&xs[..middle], &ys[..middle], term)
            + sum_of_pairs(&xs[middle..], &ys[middle..], term);
    }
    let mut lanes = [0.0; LANES];
    let (x_lines, y_lines) = (xs.chunks_exact(LANES), ys.chunks_exact(LANES));
    let (x_rest, y_rest) = (x_lines.remainder(), y_lines.remainder());
    for (x, y) in x_lines.zip(y_lines) {
        for (lane, (&x, &y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += term(x, y);
        }
    }
    for (lane, (&x, &y)) in lanes.iter_mut().zip(x_rest.iter().zip(y_rest)) {
        *lane += term(x, y);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// `Σ xᵢ` without the element at a place.
pub(crate) fn sum_but(xs: &[f64], at: usize, term: &impl Fn(f64) -> f64) -> f64 {
    sum_of(&xs[..at], term) + sum_of(&xs[at + 1..], term)
}

/// The largest element, NaN if any is; -inf of nothing.
pub(crate) fn largest(xs: &[f64]) -> f64 {
    let mut lanes = [f64::NEG_INFINITY; LANES];
    let mut unordered = false;
    for line in xs.chunks(LANES) {
        for (lane, &x) in lanes.iter_mut().zip(line) {
            *lane = if x > *lane { x } else { *lane };
            unordered |= x.is_nan();
        }
    }
    if unordered {
        return f64::NAN;
    }
    lanes.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// The first place of the largest element; 0 if there is none.
pub(crate) fn place_of_largest(xs: &[f64]) -> usize {
    let largest = largest(xs);
    xs.iter().position(|&x| x == largest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_extremes_of_any_length() {
        for count in [0, 1, 7, 8, 9, 255, 256, 257, 1000, 4097] {
            let xs: Vec<f64> = (0..count).map(|i| f64::from(i * 37 % 101)).collect();
            assert_eq!(sum_of(&xs, &|x| x), xs.iter().sum::<f64>() + 0.0);
            let (mut best, mut at) = (f64::NEG_INFINITY, 0);
            for (i, &x) in xs.iter().enumerate() {
                if x > best {
                    (best, at) = (x, i);
                }
            }
            assert_eq!((largest(&xs), place_of_largest(&xs)), (best, at));
        }
        assert!(largest(&[1.0, f64::NAN, 2.0]).is_nan());
        assert_eq!(sum_of(&[], &|x| x).to_bits(), 0);
    }

    #[test]
    fn a_long_sum_keeps_its_digits() {
        let xs = vec![0.1; 1_000_000];
        assert!((sum_of(&xs, &|x| x) - 1e5).abs() < 1e-10);
    }
}
