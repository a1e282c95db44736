//! Guards: what a program read off its values while it was recorded.
//!
//! A comparison of two `Var`s answers a plain `bool`, and the code that follows may
//! depend on it. The record therefore keeps the question and the answer. A replay asks
//! again, and where the answer differs it stops with the line of the comparison rather
//! than go on with nodes that the program would not have recorded.

use crate::graph::{Line, Operand};

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
