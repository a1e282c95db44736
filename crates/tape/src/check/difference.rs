//! Slopes from differences, each with an estimate of its own error.
//!
//! A difference has two errors: rounding, which grows as the step `h` shrinks, and curvature,
//! which grows with it. Rounding is known beforehand: a change of node `i` by one unit in its last
//! place moves the output by `eps |v_i a_i|` (`v` value, `a` adjoint), and the sum of these over
//! the graph is a bound. So steps are tried from the smallest up, each with the interval that
//! rounding alone allows, until an interval no longer meets all those before it: there curvature
//! sets in, and the last step that fitted is the best one (O. Lepski's rule). Steps where another
//! branch of the function begins are refused by the same rule, at any scale.

/// What differences at many steps say about one slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slope {
    /// They agree on this slope, up to this error.
    Settled { slope: f64, error: f64 },
    /// They do not agree: the slope is without bound, or the function is rougher than rounding.
    Unsettled { slope: f64 },
    /// They are not finite.
    NotFinite,
}

/// The slopes of one function at one point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slopes {
    pub(super) both: Slope,
    pub(super) left: Slope,
    pub(super) right: Slope,
}

/// The largest step, relative to `max(1, |x|)`. No round number, lest a period fit into it.
const LARGEST: f64 = 0.1047;
/// The smallest step, relative to `|x|`.
const SMALLEST: f64 = 6e-14;
/// Below this, `|x|` and 1 are scales apart, and steps are taken around each.
const SMALL: f64 = 1e-18;
/// What rounding does to numbers near the smallest there are.
const UNDERFLOW: f64 = 1e-321;
/// Slopes are not told apart beyond this part of the slope at a middling step, `LARGEST / 4^5`:
/// `x^2.5` at 0 has a slope of `h^1.5`, which no interval of rounding makes equal to 0.
const FLOOR: f64 = 1e-12;
const MIDDLING: usize = 5;
/// How many of its estimated errors a slope may be from a sharper estimate.
const NEAR: f64 = 16.0;
/// How often in a row steps must agree, each a quarter of the one before.
const AGREEING: usize = 4;

/// The function at two points around `x`, and how far away they are.
struct Step {
    forth: f64,
    back: f64,
    after: Vec<f64>,
    before: Vec<f64>,
}

/// The slopes at `x` of each component of `sample`. `noise` bounds their rounding errors.
/// With `epsilon` the step is that and no other.
pub(super) fn slopes(
    x: f64,
    noise: &[f64],
    epsilon: Option<f64>,
    mut sample: impl FnMut(f64) -> Vec<f64>,
) -> Vec<Slopes> {
    let here = sample(x);
    let mut step = |h: f64| {
        let (after, before) = (x + h, x - h);
        Step {
            forth: after - x,
            back: x - before,
            after: sample(after),
            before: sample(before),
        }
    };
    let steps: Vec<Step> = match epsilon {
        Some(epsilon) => vec![step(2.0 * epsilon), step(epsilon)],
        None => ladder(x.abs())
            .map(step)
            .filter(|step| step.forth > 0.0 && step.back > 0.0)
            .collect(),
    };
    let slopes_of = |i: usize| {
        if !here[i].is_finite() {
            return Slopes {
                both: Slope::NotFinite,
                left: Slope::NotFinite,
                right: Slope::NotFinite,
            };
        }
        let size = |s: &Step| here[i].abs().max(s.after[i].abs()).max(s.before[i].abs());
        let table = |slope: &dyn Fn(&Step) -> f64| -> Vec<Entry> {
            let noise = |s: &Step| noise[i].max(size(s) * f64::EPSILON / 2.0).max(UNDERFLOW);
            steps
                .iter()
                .map(|s| Entry {
                    step: s.forth,
                    slope: slope(s),
                    noise: noise(s) / s.forth,
                })
                .collect()
        };
        let settle = if epsilon.is_some() {
            at_one_step
        } else {
            at_the_best_step
        };
        Slopes {
            both: settle(
                &table(&|s| (s.after[i] - s.before[i]) / (s.forth + s.back)),
                2,
            ),
            left: settle(&table(&|s| (here[i] - s.before[i]) / s.back), 1),
            right: settle(&table(&|s| (s.after[i] - here[i]) / s.forth), 1),
        }
    };
    (0..here.len()).map(slopes_of).collect()
}

/// Steps from the largest to the smallest, each a quarter of the one before.
fn ladder(x: f64) -> impl Iterator<Item = f64> {
    let quarters = |from: f64| std::iter::successors(Some(from), |h| Some(h / 4.0));
    let (smallest, own) = match x {
        0.0 => (SMALL * SMALLEST, 0.0),
        x if x < SMALL => (SMALL, LARGEST * x),
        x => (SMALLEST * x, 0.0),
    };
    let around_one = quarters(LARGEST * x.max(1.0)).take_while(move |&h| h > smallest);
    around_one.chain(quarters(own).take_while(move |&h| h > SMALLEST * x))
}

/// A slope by differences, and a bound on its rounding error.
#[derive(Clone, Copy)]
struct Entry {
    step: f64,
    slope: f64,
    noise: f64,
}

/// The slope at the second of two steps; the first, twice as large, tells the error.
fn at_one_step(entries: &[Entry], order: i32) -> Slope {
    let [twice, once] = entries else {
        unreachable!("two steps are taken")
    };
    if !once.slope.is_finite() {
        return Slope::NotFinite;
    }
    let curvature = (twice.slope - once.slope).abs() / (2f64.powi(order) - 1.0);
    let curvature = if curvature.is_nan() {
        f64::INFINITY
    } else {
        curvature
    };
    Slope::Settled {
        slope: once.slope,
        error: 2.0 * (curvature + once.noise),
    }
}

/// The slope at the step where rounding and curvature balance. Entries are from the largest step
/// to the smallest; pairs of them are extrapolated, their error being of `order` in the step.
fn at_the_best_step(entries: &[Entry], order: i32) -> Slope {
    let floor = entries
        .get(MIDDLING)
        .map_or(0.0, |entry| FLOOR * entry.slope.abs());
    let floor = if floor.is_finite() { floor } else { 0.0 };
    let finite = entries
        .iter()
        .rev()
        .take_while(|entry| entry.slope.is_finite())
        .count();
    let entries = &entries[entries.len() - finite..];
    let Some(last) = entries.last() else {
        return Slope::NotFinite;
    };
    let gain = 4f64.powi(order);
    let extrapolated: Vec<Entry> = entries
        .windows(2)
        .map(|pair| Entry {
            step: pair[0].step,
            slope: pair[1].slope + (pair[1].slope - pair[0].slope) / (gain - 1.0),
            noise: floor.max(pair[1].noise + (pair[1].noise + pair[0].noise) / (gain - 1.0)),
        })
        .collect();
    // The bound on rounding may be too small (a wrong derivative makes a wrong bound): then a
    // wider one fits more steps, and may end in a smaller error near the same slope.
    let settled = [1.0, 16.0, 256.0, 4096.0].into_iter().filter_map(|widen| {
        let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
        let fits = |entry: &&Entry| {
            least = least.max(entry.slope - widen * entry.noise);
            most = most.min(entry.slope + widen * entry.noise);
            least <= most
        };
        let agreeing = extrapolated.iter().rev().take_while(fits).count();
        let [best, next, ..] = &extrapolated[extrapolated.len() - agreeing..] else {
            return None;
        };
        let error = widen * best.noise + 2.0 * (best.slope - next.slope).abs();
        (agreeing >= AGREEING).then_some((best.slope, error))
    });
    let sharper = |best: (f64, f64), other: (f64, f64)| {
        let near = (other.0 - best.0).abs() <= NEAR * best.1;
        if other.1 < best.1 && near {
            other
        } else {
            best
        }
    };
    match settled.reduce(sharper) {
        Some((slope, error)) => Slope::Settled { slope, error },
        None => Slope::Unsettled { slope: last.slope },
    }
}
