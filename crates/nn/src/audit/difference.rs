//! One slope by central differences.

/// What differences say about a slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slope {
    /// The slope, and about how far it may be off.
    Settled { slope: f64, error: f64 },
    /// There is a kink or a jump: differences have no one answer.
    Unsettled,
}

/// The largest step. It is halved twice, and what the three central differences say is extrapolated to
/// a step of 0, which leaves an error of `h^6`; the steps that follow are each an eighth of it,
/// for functions with kinks nearby.
const LARGEST: f64 = 1.0 / 128.0;
const STEPS: usize = 6;
/// An error that is small enough not to look for a smaller one, as part of the scale.
const ENOUGH: f64 = 1e-12;
/// A slope that is less certain than this part of the scale is none.
const ROUGH: f64 = 1e-4;

/// The slope of `f` at `x`, of a quantity whose slopes are about `scale`; `noise` is how far rounding
/// may bring a value of `f` off.
pub(super) fn slope(x: f64, scale: f64, noise: f64, mut f: impl FnMut(f64) -> f64) -> Slope {
    let here = f(x);
    let (mut best, mut least, mut kinked) = (f64::NAN, f64::INFINITY, false);
    let mut step = LARGEST * x.abs().max(1.0);
    for _ in 0..STEPS {
        let (mut central, mut gap) = ([0.0; 3], [0.0; 3]);
        for halved in 0..3 {
            let (above, below) = (x + step, x - step);
            let (after, before) = (f(above), f(below));
            central[halved] = (after - before) / (above - below);
            // The slope on the right less that on the left: curvature times the step, or a kink.
            gap[halved] = (after - 2.0 * here + before) / step;
            if halved < 2 {
                step /= 2.0;
            }
        }
        let [d1, d2, d4] = central;
        let (r1, r2) = (d2 + (d2 - d1) / 3.0, d4 + (d4 - d2) / 3.0);
        let extrapolated = r2 + (r2 - r1) / 15.0;
        let error = (extrapolated - r2).abs() + 2.0 * noise / step;
        if error < least {
            (best, least) = (extrapolated, error);
            // Curvature would have made the gap a quarter of what it was.
            kinked = gap[2].abs() > 0.5 * gap[0].abs()
                && gap[2].abs() > 1e-6 * scale + 16.0 * noise / step;
        }
        if least <= ENOUGH * scale {
            break;
        }
        step /= 2.0;
    }
    if kinked || least > ROUGH * scale.max(best.abs()) && least > 1e3 * noise / LARGEST {
        return Slope::Unsettled;
    }
    Slope::Settled {
        slope: best,
        error: least,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(f: impl Fn(f64) -> f64, x: f64) -> Slope {
        slope(x, 1.0, f(x).abs() * f64::EPSILON, f)
    }

    #[test]
    fn smooth_functions_to_twelve_digits() {
        for (x, got, want) in [
            (0.7, of(f64::sin, 0.7), 0.7f64.cos()),
            (2.0, of(f64::exp, 2.0), 2f64.exp()),
            (0.0, of(|x| x * x, 0.0), 0.0),
            (
                1e3,
                of(|x| (x / 1e3).tanh() * 1e3, 1e3),
                1.0 - 1f64.tanh().powi(2),
            ),
        ] {
            let Slope::Settled { slope, error } = got else {
                panic!("unsettled at {x}")
            };
            assert!(
                (slope - want).abs() < 1e-12 * want.abs().max(1.0),
                "{x}: {slope}"
            );
            assert!((slope - want).abs() <= error, "{x}: {slope} within {error}");
        }
    }

    #[test]
    fn kinks_nearby_are_avoided_and_kinks_and_jumps_are_none() {
        for (kink, slope) in [(0.501, -1.0), (0.499, 1.0), (0.49999, 1.0)] {
            let Slope::Settled { slope: got, .. } = of(|x| (x - kink).abs(), 0.5) else {
                panic!("unsettled beside a kink at {kink}")
            };
            assert!((got - slope).abs() < 1e-9, "{kink}: {got}");
        }
        assert_eq!(of(|x| (x - 0.5).abs(), 0.5), Slope::Unsettled);
        assert_eq!(of(|x| (x - 0.5f64).max(0.0), 0.5), Slope::Unsettled);
        assert_eq!(of(|x| f64::from(x >= 0.5), 0.5), Slope::Unsettled);
    }

    #[test]
    fn what_is_no_number_has_no_slope() {
        let nan = of(|_| f64::NAN, 0.5);
        assert!(matches!(nan, Slope::Settled { slope, .. } if slope.is_nan()));
    }
}
