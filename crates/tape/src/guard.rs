//! Guards: what a program read off its values while it was recorded.
//!
//! A comparison of two `Var`s answers a plain `bool`, and the code that follows may
//! depend on it. The record therefore keeps the question and the answer. A replay asks
//! again, and where the answer differs it stops with the line of the comparison rather
//! than go on with nodes that the program would not have recorded.

use crate::error::{Error, ErrorKind};
use crate::graph::{Line, Operand};
use crate::recording::Recording;

/// Which reads of values leave a guard in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Guards {
    /// None: nothing will be replayed.
    Off,
    /// Comparisons and predicates.
    Branches,
    /// Those, and every reading of a value as a plain number.
    Reads,
}

/// What code read of its recording that no guard can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Elements,
    Derivatives,
}

impl Reading {
    /// The error of a replay, called `what`, that would repeat what was read at a line.
    pub(crate) fn unfollowed(self, what: &str, line: Line) -> Error {
        let (read, instead) = match self {
            Reading::Elements => ("the elements of an array", "Compute with tensors"),
            Reading::Derivatives => ("derivatives", "Record them with `gradient_of`"),
        };
        let message = format!(
            "a {what} does not follow code that reads {read}, as at {line}: what was read there would \
             stay as it was. {instead}, or record every time"
        );
        Error::new(ErrorKind::Record, message)
    }
}

/// A question about one or two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `left == right`
    Equal,
    /// `left < right`
    Less,
    /// `left <= right`
    LessEqual,
    /// `left > right`
    Greater,
    /// `left >= right`
    GreaterEqual,
    /// `left.partial_cmp(&right)`
    Compare,
    /// `left.is_nan()`
    IsNan,
    /// `left.is_finite()`
    IsFinite,
    /// `left.is_infinite()`
    IsInfinite,
    /// `left.is_sign_negative()`
    IsSignNegative,
    /// The number itself was read.
    Read,
}

impl Test {
    /// All questions, in a fixed order.
    pub const ALL: [Test; 11] = [
        Test::Equal,
        Test::Less,
        Test::LessEqual,
        Test::Greater,
        Test::GreaterEqual,
        Test::Compare,
        Test::IsNan,
        Test::IsFinite,
        Test::IsInfinite,
        Test::IsSignNegative,
        Test::Read,
    ];

    /// The answer: 0 or 1, or the bits of the number read.
    pub(crate) fn ask(self, left: f64, right: f64) -> u64 {
        match self {
            Test::Equal => u64::from(left == right),
            Test::Less => u64::from(left < right),
            Test::LessEqual => u64::from(left <= right),
            Test::Greater => u64::from(left > right),
            Test::GreaterEqual => u64::from(left >= right),
            Test::Compare => left
                .partial_cmp(&right)
                .map_or(3, |order| (order as i8 + 1) as u64),
            Test::IsNan => u64::from(left.is_nan()),
            Test::IsFinite => u64::from(left.is_finite()),
            Test::IsInfinite => u64::from(left.is_infinite()),
            Test::IsSignNegative => u64::from(left.is_sign_negative()),
            Test::Read => left.to_bits(),
        }
    }

    /// Its name in a printed program.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Test::Equal => "==",
            Test::Less => "<",
            Test::LessEqual => "<=",
            Test::Greater => ">",
            Test::GreaterEqual => ">=",
            Test::Compare => "<=>",
            Test::IsNan => "is_nan",
            Test::IsFinite => "is_finite",
            Test::IsInfinite => "is_infinite",
            Test::IsSignNegative => "is_sign_negative",
            Test::Read => "read",
        }
    }
}

/// A question that was asked of values while recording, and its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard {
    pub(crate) test: Test,
    pub(crate) left: Operand,
    pub(crate) right: Operand,
    pub(crate) answer: u64,
    pub(crate) line: Line,
}

impl Recording {
    /// Notes that code read what no guard can be about, if somebody watches.
    pub(crate) fn note(&self, reading: Reading, line: Line) {
        if self.settings().guards == Guards::Reads {
            self.litter();
            self.with_arrays(|arrays| {
                arrays.read_at.get_or_insert((reading, line));
            });
        }
    }

    /// An error if code read what no guard can be about: a replay, called `what`, would repeat it.
    pub(crate) fn expect_followed(&self, what: &str) -> Result<(), Error> {
        match self.with_arrays(|arrays| arrays.read_at) {
            Some((reading, line)) => Err(reading.unfollowed(what, line)),
            None => Ok(()),
        }
    }
}
