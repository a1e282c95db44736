//! How far to go along a line: the strong Wolfe conditions.
//!
//! Nocedal, Wright, Numerical Optimization, 2nd edition 2006: algorithm 3.5 brackets a step that
//! fits, algorithm 3.6 closes in on it, by the lowest point of a cubic kept away from the ends.

use super::method::Line;
use super::{Point, dot};

/// How much of the fall that the slope promises is demanded: the first Wolfe constant.
const SUFFICIENT: f64 = 1e-4;
/// The most points that a search looks at.
const PROBES: usize = 60;

/// A point on the line.
#[derive(Clone, Debug)]
struct Probe {
    length: f64,
    slope: f64,
    point: Point,
}

impl Probe {
    fn value(&self) -> f64 {
        self.point.value
    }
}

/// A point of the line that satisfies the strong Wolfe conditions with the given second constant,
/// and how far it is; failing that, one that is lower. `None` if none was found.
pub(super) fn search(
    evaluate: &mut impl FnMut(Vec<f64>) -> Point,
    from: &Point,
    line: &Line,
    curvature: f64,
) -> Option<(Point, f64)> {
    let search = Search {
        value: from.value,
        slope: line.slope,
        curvature,
    };
    let mut probe = |length: f64| {
        let steps = from.x.iter().zip(&line.direction);
        let point = evaluate(steps.map(|(x, d)| x + length * d).collect());
        let slope = dot(&point.gradient, &line.direction);
        Probe {
            length,
            slope,
            point,
        }
    };
    let start = Probe {
        length: 0.0,
        slope: line.slope,
        point: from.clone(),
    };
    let found = search.bracket(&mut probe, start, line.first)?;
    (found.point.x != from.x).then_some((found.point, found.length))
}

/// What a step must satisfy.
struct Search {
    /// The value at the start of the line.
    value: f64,
    /// The slope there, negative.
    slope: f64,
    curvature: f64,
}

impl Search {
    /// Low enough. Where the fall drowns in rounding, the slope tells (Hager, Zhang 2005).
    fn is_low(&self, probe: &Probe) -> bool {
        let rounding = 4.0 * f64::EPSILON * self.value.abs();
        probe.value() <= self.value + SUFFICIENT * probe.length * self.slope
            || (probe.value() - self.value).abs() <= rounding
                && probe.slope <= (2.0 * SUFFICIENT - 1.0) * self.slope
    }

    fn is_flat(&self, probe: &Probe) -> bool {
        probe.slope.abs() <= self.curvature * self.slope.abs()
    }

    /// Algorithm 3.5: longer steps, until one fits or two enclose one that does.
    fn bracket(
        &self,
        probe: &mut impl FnMut(f64) -> Probe,
        start: Probe,
        first: f64,
    ) -> Option<Probe> {
        let (mut before, mut length) = (start, first);
        // Where the function was not finite: no step is as long.
        let mut wall = f64::INFINITY;
        for probes in 1..=PROBES {
            let here = probe(length);
            if here.value() == f64::NEG_INFINITY {
                return Some(here);
            }
            if !here.point.is_finite() {
                wall = length;
                length = halfway(before.length, wall);
                continue;
            }
            if self.is_low(&here) && self.is_flat(&here) {
                return Some(here);
            }
            if !self.is_low(&here) || before.length > 0.0 && here.value() >= before.value() {
                return self.zoom(probe, before, here, PROBES - probes);
            }
            if here.slope >= 0.0 {
                return self.zoom(probe, here, before, PROBES - probes);
            }
            length = match wall.is_finite() {
                true => halfway(here.length, wall),
                false => further(&before, &here),
            };
            before = here;
        }
        Some(before)
    }

    /// Algorithm 3.6: a step between `low`, the lowest so far, and `high`; the slope at `low` points
    /// towards `high`.
    fn zoom(
        &self,
        probe: &mut impl FnMut(f64) -> Probe,
        mut low: Probe,
        mut high: Probe,
        probes: usize,
    ) -> Option<Probe> {
        let mut width = f64::INFINITY;
        for _ in 0..probes {
            let now = (high.length - low.length).abs();
            let slow = now > 0.66 * width;
            width = now;
            let length = between(&low, &high, slow);
            if length == low.length || length == high.length {
                break; // no number lies between them
            }
            let here = probe(length);
            if here.point.is_finite() && self.is_low(&here) && self.is_flat(&here) {
                return Some(here);
            }
            let is_low = here.point.is_finite() && self.is_low(&here);
            if !is_low || here.value() >= low.value() {
                high = here;
            } else {
                if here.slope * (high.length - low.length) >= 0.0 {
                    high = low;
                }
                low = here;
            }
        }
        Some(low)
    }
}

/// A longer step: where a cubic through the last two has its lowest point, within bounds that grow
/// from step to step, so that a function without a lowest point shows it soon.
fn further(before: &Probe, here: &Probe) -> f64 {
    let growth = match before.length > 0.0 {
        true => here.length / before.length,
        false => 1.0,
    };
    let (least, most) = (2.0 * here.length, 10.0 * growth * here.length);
    match lowest(before, here) {
        Some(length) if length > here.length => length.clamp(least, most),
        _ => most,
    }
}

/// Between two lengths, by their size if that differs.
fn halfway(a: f64, b: f64) -> f64 {
    match a > 0.0 && b > 10.0 * a {
        true => a.sqrt() * b.sqrt(),
        false => a + (b - a) / 2.0,
    }
}

/// A step between two: the lowest point of a cubic, or the middle where that is too close to an
/// end, not to be had, or does not get ahead.
fn between(low: &Probe, high: &Probe, slow: bool) -> f64 {
    let middle = low.length + (high.length - low.length) / 2.0;
    let margin = 0.1 * (high.length - low.length).abs();
    match lowest(low, high) {
        Some(length) if !slow => {
            let (a, b) = (low.length.min(high.length), low.length.max(high.length));
            match (a + margin..=b - margin).contains(&length) {
                true => length,
                false if length < middle => a + margin,
                false => b - margin,
            }
        }
        _ => middle,
    }
}

/// Where the cubic with the values and slopes of two points has its minimum (equation 3.59).
fn lowest(a: &Probe, b: &Probe) -> Option<f64> {
    let width = b.length - a.length;
    let d1 = a.slope + b.slope - 3.0 * (b.value() - a.value()) / width;
    let square = d1 * d1 - a.slope * b.slope;
    let d2 = square.sqrt().copysign(width);
    let length = b.length - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    (square >= 0.0 && length.is_finite()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A search along the line of numbers from 0, downhill to the right.
    fn along(f: impl Fn(f64) -> (f64, f64), first: f64, curvature: f64) -> (f64, usize) {
        let mut probes = 0;
        let mut evaluate = |x: Vec<f64>| {
            probes += 1;
            let (value, slope) = f(x[0]);
            Point {
                x,
                value,
                gradient: vec![slope],
            }
        };
        let from = evaluate(vec![0.0]);
        let line = Line {
            direction: vec![1.0],
            slope: from.gradient[0],
            first,
        };
        let (point, length) = search(&mut evaluate, &from, &line, curvature).unwrap();
        assert_eq!(point.x, [length]);
        (length, probes - 1)
    }

    #[test]
    fn steps_satisfy_the_strong_wolfe_conditions() {
        type Case = (&'static str, fn(f64) -> (f64, f64));
        let cases: &[Case] = &[
            ("parabola", |x| ((x - 3.0).powi(2), 2.0 * (x - 3.0))),
            ("quartic", |x| ((x - 3.0).powi(4), 4.0 * (x - 3.0).powi(3))),
            ("waves", |x| (x.cos() - 0.1 * x, -x.sin() - 0.1)),
            ("flat tail", |x| {
                (-x / (x * x + 2.0), (x * x - 2.0) / (x * x + 2.0).powi(2))
            }),
            ("barrier", |x| {
                (-x - (1.0 - x).ln() * 1e-3, -1.0 + 1e-3 / (1.0 - x))
            }),
        ];
        for (name, f) in cases {
            for first in [1e-6, 0.01, 0.5, 1.0, 7.0, 1e6] {
                for curvature in [0.9, 0.1, 1e-3] {
                    let (step, probes) = along(f, first, curvature);
                    let ((v0, s0), (v, s)) = (f(0.0), f(step));
                    let story = format!("{name}, {first}, {curvature}: {step}, {probes} probes");
                    assert!(v <= v0 + SUFFICIENT * step * s0, "{story}");
                    assert!(s.abs() <= curvature * s0.abs(), "{story}");
                    assert!(probes <= 40, "{story}");
                }
            }
        }
    }
}
