//! Errors as decimal digits.

use super::super::index_of;
use crate::array::Array;
use crate::element::ElementType;

/// How many digits are so few that an element is counted among the [lost](ArrayDigits::lost).
const FEW: f64 = 3.0;

/// A number, or the element of an array that has the fewest digits, and how far off it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    /// The number.
    pub number: f64,
    /// How far from it the exact number is, to first order. 0 of an exact one.
    pub error: f64,
    /// What it is made of: of 53 bits or of 24.
    pub element: ElementType,
    /// Of an array, where that element is, and how the others are.
    pub array: Option<ArrayDigits>,
}

/// The digits of the elements of an array.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayDigits {
    /// The index of the element with the fewest digits, the first of them; empty if there is none.
    pub index: Vec<usize>,
    /// The digits of the median element. NaN where none is finite.
    pub median: f64,
    /// How many elements have fewer than 3 digits.
    pub lost: usize,
    /// How far off each element is.
    pub errors: Array,
}

/// The decimal digits of a number of this type, and the smallest number that has them all.
pub(super) fn resolution(element: ElementType) -> (f64, f64) {
    match element {
        ElementType::F64 => (15.954_589_770_191_003, f64::MIN_POSITIVE),
        ElementType::F32 => (7.224_719_895_935_548, f64::from(f32::MIN_POSITIVE)),
    }
}

/// The decimal digits that survive of a number that is so far off.
pub(super) fn digits_left(number: f64, error: f64, element: ElementType) -> f64 {
    let (all, least) = resolution(element);
    if !number.is_finite() {
        f64::NAN
    } else if error == 0.0 || (number == 0.0 && error < least) {
        all
    } else if error.is_nan() || number == 0.0 {
        0.0
    } else {
        (-(error / number.abs()).log10()).clamp(0.0, all)
    }
}

impl Digits {
    /// Those of a number in double precision.
    #[must_use]
    pub fn of(number: f64, error: f64) -> Digits {
        Digits {
            number,
            error,
            element: ElementType::F64,
            array: None,
        }
    }

    /// Those of an array, by how far off each element is.
    pub(super) fn of_array(numbers: &Array, errors: Array, element: ElementType) -> Digits {
        let pairs = numbers.iter().zip(&errors);
        let counts = pairs.map(|(&number, &error)| digits_left(number, error, element));
        let counts: Vec<f64> = counts.collect();
        // NaN goes behind all numbers, and what is exact behind what has all its digits.
        let exact = |place: usize| errors.as_slice()[place] == 0.0;
        let worst = (0..counts.len()).fold(0, |worst, place| {
            let order = counts[place].total_cmp(&counts[worst]);
            match order.then(exact(place).cmp(&exact(worst))).is_lt() {
                true => place,
                false => worst,
            }
        });
        let mut finite: Vec<f64> = counts.into_iter().filter(|count| !count.is_nan()).collect();
        let lost = finite.iter().filter(|&&count| count < FEW).count();
        let middle = finite.len() / 2;
        let median = match finite.is_empty() {
            true => f64::NAN,
            false => *finite.select_nth_unstable_by(middle, f64::total_cmp).1,
        };
        let (number, error) = match numbers.is_empty() {
            true => (0.0, 0.0),
            false => (numbers.as_slice()[worst], errors.as_slice()[worst]),
        };
        Digits {
            number,
            error,
            element,
            array: Some(ArrayDigits {
                index: match numbers.is_empty() {
                    true => Vec::new(),
                    false => index_of(numbers.shape(), worst),
                },
                median,
                lost,
                errors,
            }),
        }
    }

    /// The decimal digits that survive: from 0 to 15.95, all that a double has, or to 7.22 of an
    /// `f32`; of an array those of its worst element. NaN where the number is not finite. A 0 that
    /// is off by less than the smallest number with all its digits has them all.
    #[must_use]
    pub fn count(&self) -> f64 {
        digits_left(self.number, self.error, self.element)
    }

    /// Whether nothing was rounded on the way to it, or roundings made up for each other; of an
    /// array, whether this is so of all elements.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        match &self.array {
            None => self.error == 0.0,
            Some(array) => array.errors.iter().all(|&error| error == 0.0),
        }
    }
}
