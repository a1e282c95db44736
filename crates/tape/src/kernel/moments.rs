//! Mean, variance, norms of one row.

use super::slices::{largest, sum_of, sum_of_pairs, update, update_each};

/// The mean, corrected by the mean of what is left: right to the last digit at any offset.
pub(crate) fn mean(row: &[f64]) -> f64 {
    let count = row.len() as f64;
    let rough = sum_of(row, &|x| x) / count;
    if !rough.is_finite() {
        return rough;
    }
    rough + sum_of(row, &|x| x - rough) / count
}

/// `Σ (x - mean)² / (n - correction)`, in two passes; NaN where nothing is left to divide by.
pub(crate) fn variance(row: &[f64], correction: f64) -> f64 {
    let mean = mean(row);
    sum_of(row, &|x| (x - mean) * (x - mean)) / freedom(row.len(), correction)
}

/// The root of [`variance`], neither overflowing nor vanishing.
pub(crate) fn std(row: &[f64], correction: f64) -> f64 {
    let mean = mean(row);
    norm_of(row, &|x| x - mean) / freedom(row.len(), correction).sqrt()
}

/// What a sum of squared deviations is divided by; NaN if that is nothing.
pub(crate) fn freedom(count: usize, correction: f64) -> f64 {
    let freedom = count as f64 - correction;
    if freedom > 0.0 { freedom } else { f64::NAN }
}

/// `√Σ xᵢ²`, scaled where squares would overflow or vanish.
pub(crate) fn norm(row: &[f64]) -> f64 {
    norm_of(row, &|x| x)
}

fn norm_of(row: &[f64], term: &impl Fn(f64) -> f64) -> f64 {
    let squares = sum_of(row, &|x| term(x) * term(x));
    // Squares that vanished beside such a sum are below its last digit.
    if squares > 1e-260 && squares < f64::INFINITY {
        return squares.sqrt();
    }
    let m = largest_magnitude(row, term);
    if m == 0.0 || !m.is_finite() {
        return m;
    }
    // By a power of two: dividing by it loses nothing.
    let scale = f64::from_bits(m.to_bits() & 0x7ff << 52).max(f64::MIN_POSITIVE);
    scale * sum_of(row, &|x| (term(x) / scale) * (term(x) / scale)).sqrt()
}

fn largest_magnitude(row: &[f64], term: &impl Fn(f64) -> f64) -> f64 {
    row.iter()
        .fold(0.0, |m, &x| crate::math::max(m, term(x).abs()))
}

/// `(Σ |xᵢ|^p)^(1/p)`, scaled by the largest.
pub(crate) fn p_norm(row: &[f64], p: f64) -> f64 {
    let m = largest_magnitude(row, &|x| x);
    if m == 0.0 || !m.is_finite() {
        return m;
    }
    m * sum_of(row, &|x| (x.abs() / m).powf(p)).powf(p.recip())
}

/// `(x - mean) / √(variance + epsilon)` in place, the mean left out if not `centred`; answers
/// what the deviations were multiplied by.
pub(crate) fn normalize(row: &mut [f64], centred: bool, epsilon: f64) -> f64 {
    let mean = if centred { mean(row) } else { 0.0 };
    let deviation = norm_of(row, &|x| x - mean) / (row.len() as f64).sqrt();
    let scale = deviation.hypot(epsilon.sqrt()).recip();
    update_each(row, |x| (x - mean) * scale);
    scale
}

/// The derivative of [`normalize`] at a row, applied to `g`, in place of the row:
/// `scale (g - mean g - y mean(g y))`.
pub(crate) fn normalize_pull(row: &mut [f64], g: &[f64], centred: bool, epsilon: f64) {
    let count = row.len() as f64;
    let scale = normalize(row, centred, epsilon);
    let shift = if centred { mean(g) } else { 0.0 };
    let slope = sum_of_pairs(row, g, &|y: f64, g: f64| y * (g - shift)) / count;
    update(row, g, |y, g| scale * ((g - shift) - y * slope));
}

/// For each element the product of all others, in place: no division, so zeros are no trouble.
pub(crate) fn products_of_the_others(row: &mut [f64], scratch: &mut [f64]) {
    let mut before = 1.0;
    for (place, &x) in scratch.iter_mut().zip(row.iter()) {
        *place = before;
        before *= x;
    }
    let mut after = 1.0;
    for (x, &before) in row.iter_mut().zip(scratch.iter()).rev() {
        let own = *x;
        *x = before * after;
        after *= own;
    }
}

/// What share of the row's largest element each element is, in place: 1 in all, evenly split at a
/// tie; NaN if the largest is.
pub(crate) fn shares_of_the_largest(row: &mut [f64]) {
    let m = largest(row);
    let ties = sum_of(row, &|x| f64::from(u8::from(x == m)));
    for x in row {
        *x = if m.is_nan() {
            m
        } else if *x == m {
            ties.recip()
        } else {
            0.0
        };
    }
}
