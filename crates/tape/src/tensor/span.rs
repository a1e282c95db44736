//! Ranges along an axis, with ends counted from either side.

use crate::error::{Error, ErrorKind};
use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

mod sealed {
    pub trait Sealed {}
}

/// A whole number that may say a position along an axis: `i32`, `i64` or `usize`; negative ones
/// count from the end.
pub trait Whole: sealed::Sealed + Copy {
    /// The number; one beyond the range of `i64` is out of range of every axis.
    fn whole(self) -> i64;
}

/// A range along an axis, for [`slice`](crate::Tensor::slice): made from Rust's ranges of
/// [whole numbers](Whole). Negative ends count from the end of the axis: `..-1` is all but the last,
/// `-3..` the last three. From the start to an end counted from the end: a pair, `(1, -1)`, since
/// Clippy takes `1..-1` for an empty range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: Option<i64>,
    /// One past the last.
    end: Option<i64>,
}

impl Span {
    fn new(start: Option<i64>, end: Option<i64>) -> Span {
        Span { start, end }
    }

    /// Up to and with `last`.
    fn through(start: Option<i64>, last: i64) -> Span {
        // Behind the last one there is no number from the end: the range is open.
        let end = if last == -1 {
            None
        } else {
            Some(last.saturating_add(1))
        };
        Span { start, end }
    }

    /// The positions that are meant along an axis: first and one past the last.
    pub(crate) fn of(self, axis: usize, length: usize) -> Result<Range<usize>, Error> {
        let place = |end: i64| {
            let from_front = if end < 0 {
                end.checked_add_unsigned(length as u64)?
            } else {
                end
            };
            usize::try_from(from_front)
                .ok()
                .filter(|&end| end <= length)
        };
        let start = self.start.map_or(Some(0), place);
        let end = self.end.map_or(Some(length), place);
        let why = match (start, end) {
            (Some(start), Some(end)) if start <= end => return Ok(start..end),
            (Some(_), Some(_)) => {
                "ends before it starts; `slice_step` with a step of -1 runs backward"
            }
            _ => "reaches outside",
        };
        Err(Error::new(
            ErrorKind::Index,
            format!("the range {self} of axis {axis} of length {length} {why}"),
        ))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |end: Option<i64>| end.map_or(String::new(), |end| end.to_string());
        write!(f, "{}..{}", end(self.start), end(self.end))
    }
}

/// All of an axis.
impl From<RangeFull> for Span {
    fn from(_: RangeFull) -> Span {
        Span::new(None, None)
    }
}

macro_rules! span_from {
    ($($Integer:ty),*) => { $(
        impl sealed::Sealed for $Integer {}
        impl Whole for $Integer {
            fn whole(self) -> i64 {
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        }
        impl From<Range<$Integer>> for Span {
            fn from(range: Range<$Integer>) -> Span {
                Span::new(Some(range.start.whole()), Some(range.end.whole()))
            }
        }
        impl From<($Integer, $Integer)> for Span {
            fn from((start, end): ($Integer, $Integer)) -> Span {
                Span::from(start..end)
            }
        }
        impl From<RangeFrom<$Integer>> for Span {
            fn from(range: RangeFrom<$Integer>) -> Span {
                Span::new(Some(range.start.whole()), None)
            }
        }
        impl From<RangeTo<$Integer>> for Span {
            fn from(range: RangeTo<$Integer>) -> Span {
                Span::new(None, Some(range.end.whole()))
            }
        }
        impl From<RangeInclusive<$Integer>> for Span {
            fn from(range: RangeInclusive<$Integer>) -> Span {
                Span::through(Some(range.start().whole()), range.end().whole())
            }
        }
        impl From<RangeToInclusive<$Integer>> for Span {
            fn from(range: RangeToInclusive<$Integer>) -> Span {
                Span::through(None, range.end.whole())
            }
        }
    )* };
}

span_from!(i32, i64, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::reversed_empty_ranges)]
    fn ends_count_from_either_side_and_stay_inside() {
        let of = |span: Span| span.of(0, 5).map_err(|error| error.to_string());
        assert_eq!(of((..).into()), Ok(0..5));
        assert_eq!(of((1..-1).into()), Ok(1..4));
        assert_eq!(of((1, -1).into()), Ok(1..4));
        assert_eq!(of((-2..).into()), Ok(3..5));
        assert_eq!(of((..=2usize).into()), Ok(0..3));
        assert_eq!(of((1..=-1).into()), Ok(1..5));
        assert_eq!(of((-5..=-2).into()), Ok(0..4));
        assert_eq!(of((5..5).into()), Ok(5..5));
        let outside = |range: &str| {
            Err(format!(
                "the range {range} of axis 0 of length 5 reaches outside"
            ))
        };
        assert_eq!(of((0..6).into()), outside("0..6"));
        assert_eq!(of((-6..).into()), outside("-6.."));
        assert_eq!(
            of((i64::MIN..i64::MAX).into()),
            outside(&format!("{}..{}", i64::MIN, i64::MAX))
        );
        assert!(of((0..=i64::MAX).into()).is_err());
        assert!(of((0..usize::MAX).into()).is_err());
        assert!(of((3..2).into()).unwrap_err().contains("runs backward"));
    }
}
