//! Mean, variance, norms of one row, in the row's own type; sums are wider.

use super::buffer::with_buffer;
use super::slices::{largest, map, sum_of, sums};
use crate::element::{Element, ElementType, Elements};

/// What is known of a row: `Σ (x - mean)²` with `mean = shift + rest`.
///
/// The mean is in two parts, so that it is right to the last digit in single precision too.
struct Moments<T> {
    shift: T,
    rest: f64,
    squares: f64,
}

impl<T: Element> Moments<T> {
    fn of(row: &[T]) -> Moments<T> {
        let count = row.len() as f64;
        let mean = sum_of(row, |x| x) / count;
        let shift = T::from_f64(mean);
        let rest = T::from_f64(mean - shift.to_f64());
        let squares = sum_of(row, move |x| {
            let d = (x - shift) - rest;
            d * d
        });
        let is_near_zero = mean * mean * count <= 16.0 * squares;
        if is_near_zero || !squares.is_finite() {
            let rest = rest.to_f64();
            return Moments {
                shift,
                rest,
                squares,
            };
        }
        // Far from zero the digits of a mean are coarse beside the deviations: the mean of what is
        // left is taken off again.
        let [left, squares] = sums([row], move |[x]: [T; 1]| {
            let d = x - shift;
            [d, d * d]
        });
        let rest = left / count;
        Moments {
            shift,
            rest,
            squares: squares - left * rest,
        }
    }

    /// The same with 0 in place of the mean.
    fn about_zero(row: &[T]) -> Moments<T> {
        Moments {
            shift: T::default(),
            rest: 0.0,
            squares: sum_of(row, |x| x * x),
        }
    }
}

/// Whether no square that counts has overflowed or vanished.
fn is_sound<T: Element>(squares: f64) -> bool {
    // Squares that vanished beside such a sum are below its last digit.
    let least = match T::TYPE {
        ElementType::F64 => 1e-260,
        ElementType::F32 => 1e-30,
    };
    squares > least && squares < f64::INFINITY
}

/// A row in double precision: for the few whose squares overflow or vanish.
fn widened<T: Element, V>(row: &[T], work: impl FnOnce(&[f64]) -> V) -> V {
    if let Elements::F64(row) = T::elements(row) {
        return work(row);
    }
    with_buffer(row.len(), |wide| {
        widen(row, wide);
        work(wide)
    })
}

fn widen<T: Element>(row: &[T], wide: &mut [f64]) {
    for (wide, x) in wide.iter_mut().zip(row) {
        *wide = x.to_f64();
    }
}

/// A row from rows, in double precision.
fn widened_map<T: Element, const N: usize>(
    rows: [&[T]; N],
    out: &mut [T],
    work: impl FnOnce([&[f64]; N], &mut [f64]),
) {
    let count = out.len();
    with_buffer((N + 1) * count, |wide| {
        let (wide_out, wide) = wide.split_at_mut(count);
        for (row, wide) in rows.iter().zip(wide.chunks_exact_mut(count)) {
            widen(row, wide);
        }
        work(
            std::array::from_fn(|n| &wide[n * count..][..count]),
            wide_out,
        );
        for (out, &wide) in out.iter_mut().zip(&*wide_out) {
            *out = T::from_f64(wide);
        }
    });
}

/// The mean, corrected by the mean of what is left: right to the last digit at any offset.
fn mean(row: &[f64]) -> f64 {
    let count = row.len() as f64;
    let rough = sum_of(row, |x| x) / count;
    if !rough.is_finite() {
        return rough;
    }
    rough + sum_of(row, move |x| x - rough) / count
}

/// `√Σ (x - mean)²`, scaled where squares would overflow or vanish.
fn deviation<T: Element>(row: &[T]) -> f64 {
    let squares = Moments::of(row).squares;
    if is_sound::<T>(squares) {
        return squares.sqrt();
    }
    widened(row, |row| {
        let mean = mean(row);
        scaled_norm(row, move |x| x - mean)
    })
}

/// `Σ (x - mean)² / (n - correction)`, in two passes; NaN where nothing is left to divide by.
pub(crate) fn variance<T: Element>(row: &[T], correction: f64) -> f64 {
    let mut squares = Moments::of(row).squares;
    if !is_sound::<T>(squares) {
        squares = widened(row, |row| {
            let mean = mean(row);
            sum_of(row, move |x| (x - mean) * (x - mean))
        });
    }
    squares / freedom(row.len(), correction)
}

/// The root of [`variance`], neither overflowing nor vanishing.
pub(crate) fn std<T: Element>(row: &[T], correction: f64) -> f64 {
    deviation(row) / freedom(row.len(), correction).sqrt()
}

/// What a sum of squared deviations is divided by; NaN if that is nothing.
pub(crate) fn freedom(count: usize, correction: f64) -> f64 {
    let freedom = count as f64 - correction;
    if freedom > 0.0 { freedom } else { f64::NAN }
}

/// `√Σ xᵢ²`, scaled where squares would overflow or vanish.
pub(crate) fn norm<T: Element>(row: &[T]) -> f64 {
    let squares = sum_of(row, |x| x * x);
    if is_sound::<T>(squares) {
        return squares.sqrt();
    }
    widened(row, |row| scaled_norm(row, |x| x))
}

fn scaled_norm(row: &[f64], term: impl Fn(f64) -> f64 + Copy) -> f64 {
    let m = largest_magnitude(row, term);
    if m == 0.0 || !m.is_finite() {
        return m;
    }
    // By a power of two: dividing by it loses nothing.
    let scale = f64::from_bits(m.to_bits() & 0x7ff << 52).max(f64::MIN_POSITIVE);
    scale * sum_of(row, move |x| (term(x) / scale) * (term(x) / scale)).sqrt()
}

fn largest_magnitude<T: Element>(row: &[T], term: impl Fn(f64) -> f64 + Copy) -> f64 {
    row.iter()
        .fold(0.0, |m, &x| crate::math::max(m, term(x.to_f64()).abs()))
}

/// `(Σ |xᵢ|^p)^(1/p)`, scaled by the largest.
pub(crate) fn p_norm<T: Element>(row: &[T], p: f64) -> f64 {
    let m = largest_magnitude(row, |x| x);
    if m == 0.0 || !m.is_finite() {
        return m;
    }
    m * widened(row, |row| sum_of(row, move |x| (x.abs() / m).powf(p))).powf(p.recip())
}

/// How a row is normalised: `y = ((x - shift) - rest) scale`.
#[derive(Clone, Copy)]
struct Normal<T> {
    shift: T,
    rest: T,
    scale: T,
}

impl<T: Element> Normal<T> {
    /// None where it takes double precision.
    fn of(row: &[T], centred: bool, epsilon: f64) -> Option<Normal<T>> {
        let count = row.len() as f64;
        let mut moments = match centred {
            true => Moments::of(row),
            false => Moments::about_zero(row),
        };
        // Beside an epsilon squares may vanish.
        let deviation = if is_sound::<T>(moments.squares + count * epsilon) {
            (moments.squares / count + epsilon).sqrt()
        } else if let Elements::F64(row) = T::elements(row) {
            let mean = if centred { mean(row) } else { 0.0 };
            (moments.shift, moments.rest) = (T::from_f64(mean), 0.0);
            let norm = scaled_norm(row, move |x| x - mean);
            (norm / count.sqrt()).hypot(epsilon.sqrt())
        } else {
            return None;
        };
        Some(Normal {
            shift: moments.shift,
            rest: T::from_f64(moments.rest),
            scale: T::from_f64(deviation.recip()),
        })
    }

    #[inline(always)]
    fn at(self, x: T) -> T {
        ((x - self.shift) - self.rest) * self.scale
    }
}

/// `(x - mean) / √(variance + epsilon)`, the mean left out if not `centred`.
pub(crate) fn normalize<T: Element>(row: &[T], centred: bool, epsilon: f64, out: &mut [T]) {
    match Normal::of(row, centred, epsilon) {
        Some(normal) => map([row], out, move |[x]: [T; 1]| [normal.at(x)]),
        None => widened_map([row], out, |[row], out| {
            normalize(row, centred, epsilon, out)
        }),
    }
}

/// The derivative of [`normalize`] at a row, applied to `g`: `scale (g - mean g - y mean(g y))`.
pub(crate) fn normalize_pull<T: Element>(
    row: &[T],
    g: &[T],
    centred: bool,
    epsilon: f64,
    out: &mut [T],
) {
    let Some(normal) = Normal::of(row, centred, epsilon) else {
        return widened_map([row, g], out, |[row, g], out| {
            normalize_pull(row, g, centred, epsilon, out);
        });
    };
    let count = row.len() as f64;
    let mean = if centred {
        sum_of(g, |g| g) / count
    } else {
        0.0
    };
    let shift = T::from_f64(mean);
    let rest = T::from_f64(mean - shift.to_f64());
    let [slope] = sums([row, g], move |[x, g]: [T; 2]| [normal.at(x) * (g - shift)]);
    let (slope, scale) = (T::from_f64(slope / count), normal.scale);
    map([row, g], out, move |[x, g]: [T; 2]| {
        [scale * (((g - shift) - rest) - normal.at(x) * slope)]
    });
}

/// For each element the product of all others: no division, so zeros are no trouble.
pub(crate) fn products_of_the_others<T: Element>(row: &[T], out: &mut [T]) {
    with_buffer(row.len(), |products| {
        let mut before = 1.0;
        for (place, x) in products.iter_mut().zip(row) {
            *place = before;
            before *= x.to_f64();
        }
        let mut after = 1.0;
        for ((out, &before), x) in out.iter_mut().zip(&*products).zip(row).rev() {
            *out = T::from_f64(before * after);
            after *= x.to_f64();
        }
    });
}

/// What share of the row's largest element each element is: 1 in all, evenly split at a tie; NaN
/// if the largest is.
pub(crate) fn shares_of_the_largest<T: Element>(row: &[T], out: &mut [T]) {
    let m = largest(row);
    let (zero, one) = (T::default(), T::from_f64(1.0));
    let ties = sum_of(row, move |x| if x == m { one } else { zero });
    let share = if m.is_nan() {
        m
    } else {
        T::from_f64(ties.recip())
    };
    let other = if m.is_nan() { m } else { zero };
    map([row], out, move |[x]: [T; 1]| {
        [if x == m { share } else { other }]
    });
}
