//! Arrays as text, in the layout of NumPy's `print` and `repr`.
//!
//! Followed to the character: `numpy/_core/arrayprint.py` of NumPy 2. `tests/print.rs` compares
//! with what it printed.

use super::Array;
use super::digits::{Parts, Style};
use crate::element::{Element, ElementType};
use std::fmt::{self, Write};

/// Digits after the point, unless the caller asks for another number (`{:.3}`).
const PRECISION: usize = 8;
/// An array of more elements is summarised.
const THRESHOLD: usize = 1000;
/// What a summary shows at either end of an axis.
const EDGE: usize = 3;
/// Characters in a line.
const LINE: usize = 75;

/// As NumPy's `print`: columns aligned, at most 8 digits after the point, scientific where the
/// numbers differ by more than a thousandfold, only the corners of more than 1000 elements.
/// `{:.3}` asks for at most 3 digits. A number alone has all the digits it needs to be read back.
///
/// ```
/// use tape::Array;
/// let a = Array::from([[1.0, 0.5], [-2.0, 100.25]]);
/// assert_eq!(a.to_string(), "\
/// [[  1.     0.5 ]
///  [ -2.   100.25]]");
/// assert_eq!(format!("{:.1}", Array::from([1.0, 2.25])), "[1.  2.2]");
/// ```
impl<T: Element> fmt::Display for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.data, f.precision()) {
            ([number], precision) if self.rank() == 0 => scalar(*number, precision, f),
            (_, precision) => f.write_str(&layout(self, precision, "", " ", LINE)),
        }
    }
}

/// As NumPy's `repr`, but on one line where it fits; `{:#?}` always puts a row on a line.
///
/// ```
/// use tape::Array;
/// assert_eq!(format!("{:?}", Array::from([[1.0, 2.0], [3.0, 4.5]])), "Array([[1. , 2. ], [3. , 4.5]])");
/// assert_eq!(format!("{:?}", <Array>::zeros(&[0, 3])), "Array([], shape=[0,3])");
/// ```
impl<T: Element> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAME: &str = "Array(";
        let mut text = layout(self, f.precision(), NAME, ", ", LINE - 1);
        text.insert_str(0, NAME);
        if self.len() > THRESHOLD || (self.is_empty() && self.rank() > 1) {
            let shape = format!("shape={}", self.shape);
            let last = text.len() - text.rfind('\n').map_or(0, |end| end + 1);
            let fits = last + 1 + shape.len() + 2 <= LINE;
            text.push_str(if fits { ", " } else { ",\n      " });
            text.push_str(&shape);
        } else if !f.alternate() {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let line = lines.collect::<Vec<_>>().join(" ");
            if line.len() < LINE {
                text = line;
            }
        }
        write!(f, "{text})")
    }
}

/// A number alone, as NumPy prints it: all its digits, scientific if very large or small.
fn scalar<T: Element>(
    number: T,
    precision: Option<usize>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let size = number.to_f64().abs();
    let large = match T::TYPE {
        ElementType::F64 => 1e16,
        ElementType::F32 => 1e6,
    };
    if !size.is_finite() {
        return f.write_str(&Style::not_finite(number));
    }
    if let Some(precision) = precision {
        return write!(f, "{number:.precision$}");
    }
    let scientific = size != 0.0 && !(1e-4..large).contains(&size);
    let parts = Parts::shortest(number, usize::MAX, scientific);
    match (scientific, &*parts.fraction) {
        (true, "") => write!(f, "{}e{}", parts.whole, parts.exponent),
        (true, fraction) => write!(f, "{}.{fraction}e{}", parts.whole, parts.exponent),
        (false, "") => write!(f, "{}.0", parts.whole),
        (false, fraction) => write!(f, "{}.{fraction}", parts.whole),
    }
}

/// The array in brackets, to be written after `prefix`.
fn layout<T: Element>(
    array: &Array<T>,
    precision: Option<usize>,
    prefix: &str,
    separator: &str,
    width: usize,
) -> String {
    if array.is_empty() {
        return "[]".to_string();
    }
    let mut page = Page {
        array,
        summary: array.len() > THRESHOLD,
        separator,
        style: Style::default(),
    };
    let mut numbers = Vec::new();
    page.visible(0, 0, &mut numbers);
    page.style = Style::of(&numbers, precision.unwrap_or(PRECISION));
    page.block(0, 0, prefix.len() + 1, width)
}

/// An array on its way to text.
struct Page<'a, T: Element> {
    array: &'a Array<T>,
    /// Only the corners are shown.
    summary: bool,
    separator: &'a str,
    style: Style,
}

impl<T: Element> Page<'_, T> {
    /// The positions along an axis that are shown; `None` is the gap between them.
    fn positions(&self, axis: usize) -> impl Iterator<Item = Option<usize>> {
        let length = self.array.shape[axis];
        let gap = self.summary && length > 2 * EDGE;
        let head = if gap { EDGE } else { length };
        let tail = if gap { length - EDGE..length } else { 0..0 };
        (0..head)
            .map(Some)
            .chain(gap.then_some(None))
            .chain(tail.map(Some))
    }

    /// Collects the numbers that are shown of the part at `start`, the whole of `axis` and after.
    fn visible(&self, axis: usize, start: usize, numbers: &mut Vec<T>) {
        if axis == self.array.rank() {
            numbers.push(self.array.data[start]);
            return;
        }
        for position in self.positions(axis).flatten() {
            self.visible(axis + 1, self.step(axis, start, position), numbers);
        }
    }

    /// Where the part at `position` along `axis` starts, within one that starts at `start`.
    fn step(&self, axis: usize, start: usize, position: usize) -> usize {
        start + position * self.array.shape[axis + 1..].iter().product::<usize>()
    }

    /// The text of the part at `start`. Its lines after the first are indented; none is wider
    /// than `width`, where that can be helped.
    fn block(&self, axis: usize, start: usize, indent: usize, width: usize) -> String {
        if axis == self.array.rank() {
            return self.style.word(self.array.data[start]);
        }
        let text = if axis + 1 == self.array.rank() {
            self.row(start, indent, width)
        } else {
            let blank = "\n".repeat(self.array.rank() - axis - 1);
            let between = format!("{}{blank}{:indent$}", self.separator.trim_end(), "");
            let parts = self.positions(axis).map(|position| match position {
                None => "...".to_string(),
                Some(position) => {
                    let start = self.step(axis, start, position);
                    self.block(axis + 1, start, indent + 1, width - 1)
                }
            });
            parts.collect::<Vec<_>>().join(&between)
        };
        format!("[{text}]")
    }

    /// The numbers along the last axis, broken into lines.
    fn row(&self, start: usize, indent: usize, width: usize) -> String {
        let axis = self.array.rank() - 1;
        let mut text = String::new();
        let mut column = indent;
        for (i, position) in self.positions(axis).enumerate() {
            let word = match position {
                None => "...".to_string(),
                Some(position) => self.style.word(self.array.data[start + position]),
            };
            if i > 0 {
                text.push_str(self.separator);
                column += self.separator.len();
            }
            // A bracket or a comma still has to follow. A word too wide for any line stays.
            if column + word.len() > width - 1 && column > indent {
                text.truncate(text.trim_end().len());
                write!(text, "\n{:indent$}", "").expect("a string takes all");
                column = indent;
            }
            column += word.len();
            text.push_str(&word);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_takes_one_line_where_it_fits() {
        let a = Array::from([[1.0, 2.5], [3.0, f64::NAN]]);
        assert_eq!(format!("{a:?}"), "Array([[1. , 2.5], [3. , nan]])");
        assert_eq!(format!("{a:#?}"), "Array([[1. , 2.5],\n       [3. , nan]])");
        let blocks = Array::from([[[1.0], [2.0]], [[3.0], [4.0]]]);
        assert_eq!(format!("{blocks:?}"), "Array([[[1.], [2.]], [[3.], [4.]]])");
        let wide = <Array>::ones(&[4, 10]);
        assert_eq!(format!("{wide:?}"), format!("{wide:#?}"));
        assert_eq!(format!("{:?}", Array::from(-2.0)), "Array(-2.)");
        assert_eq!(
            format!("{:?}", Array::<f32>::zeros(&[50, 50]))
                .lines()
                .last(),
            Some("       [0., 0., 0., ..., 0., 0., 0.]], shape=[50,50])")
        );
    }

    #[test]
    fn a_number_alone_honours_a_precision() {
        let third = Array::from(1.0 / 3.0);
        assert_eq!(format!("{third} {third:.2}"), "0.3333333333333333 0.33");
    }
}
