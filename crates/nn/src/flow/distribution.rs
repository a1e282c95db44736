//! Many numbers in a few.

use tape::Element;

/// How the numbers of an array are distributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// How many there are.
    pub count: usize,
    /// Their mean; NaN of none, as all of these are where a number is NaN.
    pub mean: f64,
    /// Their standard deviation, `sqrt(sum (x - mean)^2 / n)`.
    pub std: f64,
    /// Their Euclidean norm, `sqrt(sum x^2)`.
    pub norm: f64,
    /// The share that is exactly 0.
    pub zeros: f64,
    /// How many are infinite or NaN.
    pub not_finite: usize,
    /// Those that are finite and not 0, in 40 bins from the smallest to the largest.
    pub values: Histogram,
    /// The logarithms to base 10 of the sizes of those that are finite and not 0, in bins of a
    /// quarter, which begin at multiples of a quarter: those of several distributions lie over one
    /// another.
    pub sizes: Histogram,
}

/// How many numbers are in each of a row of bins of one width.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Where the first bin begins.
    pub low: f64,
    /// How wide a bin is.
    pub width: f64,
    /// How many numbers each bin has; the first and the last have some, if there are any.
    pub counts: Vec<usize>,
}

const BINS: usize = 40;
const BINS_PER_DECADE: f64 = 4.0;

impl Distribution {
    pub(super) fn of<T: Element>(numbers: &[T]) -> Distribution {
        let count = numbers.len();
        let all = || numbers.iter().map(|number| number.to_f64());
        let finite = || all().filter(|number| number.is_finite());
        let mean = all().map(|number| number / count as f64).sum::<f64>() / f64::from(count > 0);
        let deviations = norm(all().map(|number| number - mean));
        Distribution {
            count,
            mean,
            std: deviations / (count as f64).sqrt(),
            norm: norm(numbers),
            zeros: super::share(all().filter(|number| *number == 0.0).count(), count),
            not_finite: count - finite().count(),
            values: Histogram::of(|| finite().filter(|number| *number != 0.0)),
            sizes: Histogram::of_sizes(finite),
        }
    }
}

/// The Euclidean norm of some numbers: squares neither overflow nor vanish.
pub(super) fn norm<T: Number>(numbers: impl IntoIterator<Item = T> + Clone) -> f64 {
    let sizes = || numbers.clone().into_iter().map(|number| number.size());
    let largest = sizes().fold(0.0, |a: f64, b| if a > b || a.is_nan() { a } else { b });
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let unit = match (1e-100..1e100).contains(&largest) {
        true => 1.0,
        false => largest,
    };
    let squares = sizes().map(|size| (size / unit).powi(2));
    unit * squares.sum::<f64>().sqrt()
}

/// What a norm is taken of.
pub(super) trait Number {
    fn size(self) -> f64;
}

impl Number for f64 {
    fn size(self) -> f64 {
        self.abs()
    }
}

impl<T: Element> Number for &T {
    fn size(self) -> f64 {
        self.to_f64().abs()
    }
}

impl Histogram {
    /// Of finite numbers, from the smallest to the largest.
    fn of<N: Iterator<Item = f64>>(numbers: impl Fn() -> N) -> Histogram {
        let low = numbers().fold(f64::INFINITY, f64::min);
        let high = numbers().fold(f64::NEG_INFINITY, f64::max);
        // Halves of the largest numbers differ by no more than a number can be.
        let width = (high / BINS as f64 - low / BINS as f64).max(low.abs() * 1e-12);
        match (low > high, width > 0.0) {
            (true, _) => Histogram {
                low: 0.0,
                width: 1.0,
                counts: Vec::new(),
            },
            (_, false) => Histogram {
                low: -0.5,
                width: 1.0,
                counts: vec![numbers().count()],
            },
            (_, true) => {
                let mut counts = vec![0; BINS];
                for number in numbers() {
                    let bin = number / width - low / width;
                    counts[(bin as usize).min(BINS - 1)] += 1;
                }
                let used = 1 + counts.iter().rposition(|&count| count > 0).unwrap_or(0);
                counts.truncate(used);
                Histogram { low, width, counts }
            }
        }
    }

    /// Of the sizes of numbers by their logarithm.
    fn of_sizes<N: Iterator<Item = f64>>(numbers: impl Fn() -> N) -> Histogram {
        let logarithms = || numbers().filter(|&n| n != 0.0).map(|n| n.abs().log10());
        let bins = || logarithms().map(|x| (x * BINS_PER_DECADE).floor() as i64);
        let low = bins().min().unwrap_or(0);
        let high = bins().max().unwrap_or(-1);
        let mut counts = vec![0; (high - low + 1) as usize];
        for bin in bins() {
            counts[(bin - low) as usize] += 1;
        }
        Histogram {
            low: low as f64 / BINS_PER_DECADE,
            width: BINS_PER_DECADE.recip(),
            counts,
        }
    }

    /// Where the last bin ends.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.low + self.width * self.counts.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_numbers_have_a_distribution() {
        let cases: [(&[f64], usize, usize); 8] = [
            (&[], 0, 0),
            (&[0.0, 0.0], 0, 0),
            (&[3.0], 1, 0),
            (&[-1.0, 2.0, 0.0], 2, 0),
            (&[f64::NAN, 1.0], 1, 1),
            (&[f64::INFINITY, 1.0, -1.0], 2, 1),
            (&[f64::MIN, f64::MAX], 2, 0),
            (&[5e-324, 0.0, 1e300], 2, 0),
        ];
        for (numbers, shown, not_finite) in cases {
            let found = Distribution::of(numbers);
            for counts in [&found.values.counts, &found.sizes.counts] {
                assert_eq!(counts.iter().sum::<usize>(), shown, "{numbers:?}");
            }
            assert!(found.values.counts.len() <= BINS);
            assert_eq!(found.not_finite, not_finite);
        }
    }

    #[test]
    fn moments_are_those_of_a_textbook() {
        let found = Distribution::of(&[3.0_f32, -4.0, 0.0, 0.0]);
        assert_eq!((found.mean, found.norm, found.zeros), (-0.25, 5.0, 0.5));
        assert!((found.std - (25.0_f64 / 4.0 - 0.0625).sqrt()).abs() < 1e-15);
        for size in [1e200, 1e-200] {
            assert!((norm([3.0 * size, 4.0 * size]) / size - 5.0).abs() < 1e-14);
        }
        assert!(norm([1.0, f64::NAN, 2.0]).is_nan() && norm([f64::NAN, 1.0]).is_nan());
        assert_eq!(norm([1.0, f64::INFINITY]), f64::INFINITY);
    }

    #[test]
    fn bins_are_where_they_say() {
        let found = Distribution::of(&[-20.0, -19.0, 19.0, 20.0]).values;
        assert_eq!((found.low, found.width, found.high()), (-20.0, 1.0, 20.0));
        assert_eq!(
            (found.counts[0], found.counts[1], found.counts[39]),
            (1, 1, 2)
        );
        let found = Distribution::of(&[0.01, -0.01, 0.02, 1.0]).sizes;
        assert_eq!((found.low, found.high()), (-2.0, 0.25));
        assert_eq!(
            (found.counts[0], found.counts[1], found.counts[8]),
            (2, 1, 1)
        );
    }
}
