//! How many digits the numbers of one array are printed with, so that their columns line up.

use crate::element::{Element, ElementType};

/// The columns of an array's numbers.
#[derive(Default)]
pub(super) struct Style {
    scientific: bool,
    /// Digits after the point, at most.
    precision: usize,
    /// Characters before the point.
    left: usize,
    /// Characters after the point.
    right: usize,
    /// Digits of the exponent.
    exponent: usize,
}

impl Style {
    /// The columns that fit `numbers`.
    pub(super) fn of<T: Element>(numbers: &[T], precision: usize) -> Style {
        let finite = numbers.iter().copied().filter(|x| x.to_f64().is_finite());
        let scientific = differ_widely(finite.clone());
        let mut style = Style {
            scientific,
            precision,
            ..Style::default()
        };
        for number in finite {
            let parts = Parts::shortest(number, precision, scientific);
            style.left = style.left.max(parts.whole.len());
            style.right = style.right.max(parts.fraction.len());
            style.exponent = style.exponent.max(parts.exponent.len() - 1);
        }
        if scientific {
            style.precision = style.right;
            style.right += "e+".len() + style.exponent;
        }
        for number in numbers.iter().filter(|x| !x.to_f64().is_finite()) {
            let length = Style::not_finite(*number).len();
            style.left = style.left.max(length.saturating_sub(style.right + 1));
        }
        style
    }

    /// A number, as wide as its column.
    pub(super) fn word<T: Element>(&self, number: T) -> String {
        let Style { left, right, .. } = *self;
        if !number.to_f64().is_finite() {
            let width = left + 1 + right;
            return format!("{:>width$}", Style::not_finite(number));
        }
        if self.scientific {
            let parts = Parts::rounded(number, self.precision, true);
            let (sign, digits) = parts.exponent.split_at(1);
            let exponent = format!("{sign}{digits:0>width$}", width = self.exponent);
            format!("{:>left$}.{}e{exponent}", parts.whole, parts.fraction)
        } else {
            let parts = Parts::shortest(number, self.precision, false);
            format!("{:>left$}.{:<right$}", parts.whole, parts.fraction)
        }
    }

    /// `nan`, `inf` or `-inf`.
    pub(super) fn not_finite<T: Element>(number: T) -> String {
        number.to_string().to_lowercase()
    }
}

/// Whether numbers are so large, so small or so far apart that fixed columns would be mostly zeros.
fn differ_widely<T: Element>(numbers: impl Iterator<Item = T>) -> bool {
    let sizes = numbers.map(|x| x.to_f64().abs()).filter(|&x| x != 0.0);
    let (min, max) = sizes.fold((f64::INFINITY, 0.0), |(min, max), x| {
        (f64::min(min, x), f64::max(max, x))
    });
    // NumPy compares in the type of the elements, and lets `f32` show no more digits than it has.
    let round = |x: f64| T::from_f64(x).to_f64();
    let large = match T::TYPE {
        ElementType::F64 => 1e8,
        ElementType::F32 => 1e6,
    };
    max > 0.0 && (max >= large || min < round(1e-4) || round(max / min) > 1000.0)
}

/// A number's text, in parts.
pub(super) struct Parts {
    /// Before the point, with the sign.
    pub(super) whole: String,
    /// After the point.
    pub(super) fraction: String,
    /// The power of ten: a sign and at least two digits.
    pub(super) exponent: String,
}

impl Parts {
    /// The fewest digits that read back as the number, but at most `precision` after the point.
    pub(super) fn shortest<T: Element>(number: T, precision: usize, scientific: bool) -> Parts {
        let text = if scientific {
            format!("{number:e}")
        } else {
            number.to_string()
        };
        let digits = Parts::read(&text).fraction.len().min(precision);
        // Halfway between two shortest texts Rust takes the upper, NumPy the even one, and so
        // does Rust where the number of digits is given.
        let mut parts = Parts::rounded(number, digits, scientific);
        let digits = parts.fraction.trim_end_matches('0').len();
        parts.fraction.truncate(digits);
        parts
    }

    /// Exactly `precision` digits after the point.
    fn rounded<T: Element>(number: T, precision: usize, scientific: bool) -> Parts {
        if scientific {
            Parts::read(&format!("{number:.precision$e}"))
        } else {
            Parts::read(&format!("{number:.precision$}"))
        }
    }

    fn read(text: &str) -> Parts {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i32 = exponent.parse().expect("a whole number");
        Parts {
            whole: whole.to_string(),
            fraction: fraction.to_string(),
            exponent: format!("{exponent:+03}"),
        }
    }
}
