//! From numbers to places in a picture.

/// A range of numbers on a range of pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    scale: Scale,
    pixels: [f64; 2],
}

/// How numbers are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Scale {
    #[default]
    Linear,
    /// By their logarithm: what is not above 0 has no place.
    Logarithmic,
}

/// Beyond this the width of a range overflows.
const LARGEST: f64 = 1e300;

impl Axis {
    /// An axis on which these numbers have room, from the first pixel to the second.
    pub(super) fn fitting(
        numbers: impl IntoIterator<Item = f64>,
        scale: Scale,
        pixels: [f64; 2],
    ) -> Axis {
        let shown = |x: &f64| x.is_finite() && (scale == Scale::Linear || *x > 0.0);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for number in numbers.into_iter().filter(shown) {
            low = low.min(number.max(-LARGEST));
            high = high.max(number.min(LARGEST));
        }
        if low > high {
            (low, high) = match scale {
                Scale::Linear => (0.0, 1.0),
                Scale::Logarithmic => (1.0, 10.0),
            };
        }
        match scale {
            Scale::Linear => {
                let least = 1e-9 * low.abs().max(high.abs()).max(1e-290);
                if high - low < least {
                    let room = if low == 0.0 { 1.0 } else { 0.5 * low.abs() };
                    (low, high) = (low - room, high + room);
                }
            }
            Scale::Logarithmic => {
                (low, high) = (low.log10(), high.log10());
                if high - low < 1e-3 {
                    (low, high) = (low - 0.5, high + 0.5);
                }
            }
        }
        Axis {
            low,
            high,
            scale,
            pixels,
        }
    }

    /// The same with some room at both ends.
    pub(super) fn with_room(mut self, share: f64) -> Axis {
        let room = (self.high - self.low) * share;
        (self.low, self.high) = (self.low - room, self.high + room);
        self
    }

    /// Where a number stands; `None` if it has no place.
    pub(super) fn place(&self, number: f64) -> Option<f64> {
        let number = match self.scale {
            Scale::Linear => number,
            Scale::Logarithmic => number.log10(),
        };
        let share = (number - self.low) / (self.high - self.low);
        let [from, to] = self.pixels;
        let place = from + share * (to - from);
        place.is_finite().then_some(place)
    }

    /// The number at a share of the axis.
    pub(super) fn at(&self, share: f64) -> f64 {
        let number = self.low + share * (self.high - self.low);
        match self.scale {
            Scale::Linear => number,
            Scale::Logarithmic => 10f64.powf(number),
        }
    }

    /// Round numbers along the axis, each with its place: about as many as are asked for.
    pub(super) fn ticks(&self, about: usize) -> Vec<(f64, String)> {
        let (low, high) = (self.low, self.high);
        let step = match self.scale {
            Scale::Linear => round_step((high - low) / about as f64),
            Scale::Logarithmic => ((high - low) / about as f64).ceil().max(1.0),
        };
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        let count = (last - first).clamp(-1.0, 50.0) as i64;
        let numbers = (0..=count).map(|i| (first + i as f64) * step);
        let numbers: Vec<f64> = match self.scale {
            Scale::Linear => numbers.collect(),
            Scale::Logarithmic if high - low < 2.5 => self.within_powers(),
            Scale::Logarithmic => numbers.map(|exponent| 10f64.powf(exponent)).collect(),
        };
        let place = |&number: &f64| {
            let text = match self.scale {
                Scale::Linear => label(number, step),
                Scale::Logarithmic => number_text(number),
            };
            self.place(number).map(|place| (place, text))
        };
        numbers.iter().filter_map(place).collect()
    }

    /// 1, 2 and 5 times the powers of ten on a short logarithmic axis; its ends, if that is no two.
    fn within_powers(&self) -> Vec<f64> {
        let powers = (self.low.floor() as i32)..=(self.high.ceil() as i32);
        let numbers = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|n| n * 10f64.powi(power)));
        let on_axis = |number: &f64| (self.low..=self.high).contains(&number.log10());
        let numbers: Vec<f64> = numbers.filter(on_axis).collect();
        match numbers.len() {
            0 | 1 => vec![self.at(0.0), self.at(1.0)],
            _ => numbers,
        }
    }
}

/// 1, 2 or 5 times a power of ten, not below a number.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    steps
        .into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(least)
}

/// A multiple of a step, with as many digits as the step has.
fn label(number: f64, step: f64) -> String {
    let largest = number.abs().max(step);
    if !(1e-4..1e6).contains(&largest) && number != 0.0 {
        return number_text(number);
    }
    let digits = (-(step.log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize;
    format!("{:.digits$}", number + 0.0)
}

/// A number for a reader: at most four digits.
pub(super) fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_string();
    }
    let size = number.abs();
    if (1e-4..1e6).contains(&size) {
        let digits = (3.0 - size.log10().floor()).clamp(0.0, 8.0) as usize;
        let text = format!("{number:.digits$}");
        return match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
            false => text,
        };
    }
    let text = format!("{number:.3e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}e{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(numbers: &[f64], scale: Scale) -> Vec<String> {
        let axis = Axis::fitting(numbers.iter().copied(), scale, [0.0, 100.0]);
        let ticks = axis.ticks(5);
        assert!(
            ticks
                .iter()
                .all(|(place, _)| (-0.1..=100.1).contains(place)),
            "{ticks:?}"
        );
        ticks.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_whatever_the_numbers() {
        use Scale::{Linear, Logarithmic};
        #[rustfmt::skip]
        let cases: [(&[f64], Scale, &[&str]); 12] = [
            (&[0.0, 1.0], Linear, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (&[-3.0, 17.0], Linear, &["0", "5", "10", "15"]),
            (&[0.0, 3e7], Linear, &["0", "1e7", "2e7", "3e7"]),
            (&[1e-9, 5e-9], Linear, &["1e-9", "2e-9", "3e-9", "4e-9", "5e-9"]),
            (&[], Linear, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (&[7.0, 7.0], Linear, &["4", "6", "8", "10"]),
            (&[0.0, f64::NAN, f64::INFINITY], Linear, &["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
            (&[f64::MIN, f64::MAX], Linear, &["-1e300", "-5e299", "0", "5e299", "1e300"]),
            (&[1e-3, 10.0, 0.0, -5.0], Logarithmic, &["0.001", "0.01", "0.1", "1", "10"]),
            (&[0.3, 6.0], Logarithmic, &["0.5", "1", "2", "5"]),
            (&[2.5, 3.0], Logarithmic, &["2.5", "3"]),
            (&[1e-200, 1.0], Logarithmic, &["1e-200", "1e-160", "1e-120", "1e-80", "1e-40", "1"]),
        ];
        for (numbers, scale, expected) in cases {
            assert_eq!(ticks(numbers, scale), expected, "{numbers:?}");
        }
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 0.25, 1234.5678, 1e-7, -0.00321, 123456.7].map(number_text);
        assert_eq!(texts, ["0", "0.25", "1235", "1e-7", "-0.00321", "123457"]);
    }
}
