//! How far off norms, variances and what they normalise are.

use super::rows::{Row, UNIT, chain, dot};
use crate::kernel::moments;

/// Of a p-norm: it differs by no more than the norm of the difference.
pub(in crate::structural) fn norm(row: &Row, p: f64) -> f64 {
    let (y, carried, own) = match p == 2.0 {
        true => (
            moments::norm(&row.x),
            moments::norm(&row.e),
            0.5 * row.depth() + 4.0,
        ),
        false => {
            let own = (row.depth() + row.count().ln()) / p + 8.0;
            (moments::p_norm(&row.x, p), moments::p_norm(&row.e, p), own)
        }
    };
    carried + UNIT * own * y
}

/// What is known of a row's deviations from its mean.
struct Deviations {
    /// `Σ (x - mean)²`
    squares: f64,
    /// `Σ |x - mean| e`
    carried: f64,
    /// `Σ e²`
    errors: f64,
}

impl Deviations {
    fn of(row: &Row) -> Deviations {
        let rough = row.mean(|x, _| x);
        let mean = rough + row.mean(|x, _| x - rough);
        let sum = |of: &dyn Fn(f64, f64) -> f64| row.pairs().map(|(x, e)| of(x - mean, e)).sum();
        Deviations {
            squares: sum(&|d, _| d * d),
            carried: sum(&|d, e| chain(d.abs(), e)),
            errors: sum(&|_, e| e * e),
        }
    }
}

/// Of a variance, the second order too: it alone is there where all elements are equal.
pub(in crate::structural) fn variance(row: &Row, correction: f64) -> f64 {
    let freedom = moments::freedom(row.x.len(), correction);
    let at = Deviations::of(row);
    let own = UNIT * (row.depth() + 8.0) * at.squares;
    (2.0 * at.carried + at.errors + own) / freedom
}

/// Of a standard deviation, which differs by no more than that of the difference.
pub(in crate::structural) fn std(row: &Row, correction: f64) -> f64 {
    let freedom = moments::freedom(row.x.len(), correction);
    let at = Deviations::of(row);
    let size = at.squares.sqrt();
    let most = at.errors.sqrt();
    let carried = if size > 0.0 {
        (at.carried / size).min(most)
    } else {
        most
    };
    (carried + UNIT * (0.5 * row.depth() + 6.0) * size) / freedom.sqrt()
}

/// A row as it is normalised: what it is, and how far off it would be without errors in the row.
struct Normal {
    y: Vec<f64>,
    own: Vec<f64>,
    scale: f64,
    /// By how much the scale is off, relative to it.
    scale_own: f64,
}

impl Normal {
    fn of(row: &Row, centred: bool, epsilon: f64) -> Normal {
        let mut y = vec![0.0; row.x.len()];
        moments::normalize(&row.x, centred, epsilon, &mut y);
        let at = Deviations::of(row);
        let squares = match centred {
            true => at.squares,
            false => row.pairs().map(|(x, _)| x * x).sum(),
        };
        let deviation = (squares / row.count()).sqrt();
        let scale = deviation.hypot(epsilon.sqrt()).recip();
        let scale_own = UNIT * (0.5 * row.depth() + 6.0);
        // Near 0 the mean is that of the row; farther off it is corrected by that of the rest.
        let mean = match centred {
            true => row.mean(|x, _| x.abs()).min(5.0 * deviation),
            false => 0.0,
        };
        let mean_own = UNIT * (row.depth() + 2.0) * mean * scale;
        let own = y.iter().map(|y| {
            let rounded = if centred {
                3.0 * UNIT * y.abs()
            } else {
                UNIT * y.abs()
            };
            rounded + y.abs() * scale_own + mean_own
        });
        Normal {
            own: own.collect(),
            y,
            scale,
            scale_own,
        }
    }

    /// The derivative with absolute values, applied to errors: `scale (e + mean e + |y| mean(|y| e))`.
    fn carried(&self, e: &[f64], centred: bool) -> Vec<f64> {
        let count = e.len() as f64;
        let size: Vec<f64> = self.y.iter().map(|y| y.abs()).collect();
        let mean = if centred {
            e.iter().sum::<f64>() / count
        } else {
            0.0
        };
        let slope = dot(&size, e) / count;
        let each = e
            .iter()
            .zip(&size)
            .map(|(e, y)| e + mean + chain(*y, slope));
        each.map(|e| chain(self.scale, e)).collect()
    }
}

/// Of `(x - mean) / √(variance + epsilon)`.
pub(in crate::structural) fn normalize(row: &Row, centred: bool, epsilon: f64, out: &mut [f64]) {
    let normal = Normal::of(row, centred, epsilon);
    let carried = normal.carried(&row.e, centred);
    for (out, (carried, own)) in out.iter_mut().zip(carried.iter().zip(&normal.own)) {
        *out = carried + own;
    }
}

/// Of `P(g) = scale (g - mean g - y mean(g y))`. Its derivative by `x`, applied to `v`, is
/// `-scale (y mean(v P(g)) + P(v) mean(g y) + P(g) mean(v y))`.
pub(in crate::structural) fn normalize_pull(
    rows: &[Row],
    centred: bool,
    epsilon: f64,
    out: &mut [f64],
) {
    let (x, g) = (&rows[0], &rows[1]);
    let normal = Normal::of(x, centred, epsilon);
    let (scale, count) = (normal.scale, x.count());
    let mut pulled = vec![0.0; out.len()];
    moments::normalize_pull(&x.x, &g.x, centred, epsilon, &mut pulled);
    let size = |x: &[f64]| -> Vec<f64> { x.iter().map(|x| x.abs()).collect() };
    let (y, pulled, g_size) = (size(&normal.y), size(&pulled), size(&g.x));

    let by_g = normal.carried(&g.e, centred);
    let by_x = normal.carried(&x.e, centred);
    let mean = if centred { g.mean(|x, _| x) } else { 0.0 };
    let beside: Vec<f64> = g.x.iter().map(|g| g - mean).collect();
    let slope = dot(&normal.y, &beside).abs() / count;
    let (along, turned) = (dot(&x.e, &pulled) / count, dot(&x.e, &y) / count);

    let depth = UNIT * (x.depth() + 4.0);
    let beside = size(&beside);
    let mean_own = match centred {
        true => depth * g_size.iter().sum::<f64>() / count,
        false => 0.0,
    };
    let slope_own = dot(&normal.own, &beside) / count
        + depth * dot(&y, &beside) / count
        + mean_own * y.iter().sum::<f64>() / count;
    for i in 0..out.len() {
        let carried = by_g[i]
            + scale * (chain(y[i], along) + chain(pulled[i], turned) + chain(by_x[i], slope));
        let own = scale
            * (3.0 * UNIT * beside[i]
                + mean_own
                + normal.own[i] * slope
                + y[i] * (slope_own + 2.0 * UNIT * slope))
            + (normal.scale_own + 2.0 * UNIT) * pulled[i];
        out[i] = carried + own;
    }
}
