//! Where digits were lost: in an operation whose operands had them, or in a sum whose terms had.

use super::super::index_of;
use super::digits::{Digits, digits_left, resolution};
use crate::array::Array;
use crate::element::ElementType;
use crate::explain::{Explanation, Node};
use crate::graph::Operand;

/// How many digits an operation loses before it is told.
const TOLD: f64 = 3.0;

/// Digits that were lost in a node.
pub(super) struct Lost {
    /// Of an array: the element that lost most.
    pub(super) index: Option<Vec<usize>>,
    /// How many elements did.
    pub(super) count: usize,
    /// The digits before and after.
    pub(super) before: f64,
    pub(super) after: f64,
}

/// Of numbers, or the elements of an array, one after the other: those that lost many digits.
fn lost(node: &Node, elements: impl Iterator<Item = [f64; 2]>) -> Option<Lost> {
    let mut worst: Option<(usize, [f64; 2])> = None;
    let mut count = 0;
    for (place, [before, after]) in elements.enumerate() {
        if before - after >= TOLD {
            count += 1;
            if worst.is_none_or(|(_, worst)| before - after > worst[0] - worst[1]) {
                worst = Some((place, [before, after]));
            }
        }
    }
    let (place, [before, after]) = worst?;
    let shape = node.array.as_ref().map(|array| array.shape());
    Some(Lost {
        index: shape.map(|shape| index_of(shape, place)),
        count,
        before,
        after,
    })
}

/// Of an operation of the table: element by element, what the worst of its operands had.
pub(super) fn in_operation(
    explanation: &Explanation,
    node: &Node,
    known: &[Option<Digits>],
    value: &Digits,
) -> Option<Lost> {
    let (all, _) = resolution(value.element);
    let operands: Vec<Known<'_>> = node
        .operands
        .iter()
        .filter_map(|operand| match *operand {
            Operand::Literal(_) => None,
            Operand::Node(id) => {
                let place = explanation.place_of(id);
                Some(Known::of(
                    &explanation.nodes()[place],
                    known[place].as_ref()?,
                ))
            }
        })
        .collect();
    let result = Known::of(node, value);
    let elements = (0..result.len()).map(|place| {
        let before = operands.iter().map(|operand| operand.digits(place));
        [before.fold(all, f64::min), result.digits(place)]
    });
    lost(node, elements)
}

/// Of a sum, by the sizes of its terms.
pub(super) fn in_sum(node: &Node, sizes: &Array, value: &Digits) -> Option<Lost> {
    let result = Known::of(node, value);
    lost(node, sums(&result, sizes.as_slice()))
}

/// Of an adjoint, by the sizes of its terms.
pub(super) fn in_adjoint(node: &Node, adjoint: &Digits) -> Option<Lost> {
    let Some(array) = &node.array else {
        let sizes: f64 = node.terms.iter().map(|term| term.contribution.abs()).sum();
        return lost(node, sums(&Known::number(adjoint), &[sizes]));
    };
    let numbers = array.adjoint.as_ref()?;
    let mut sizes = vec![0.0; numbers.len()];
    for term in &array.terms {
        for (size, x) in sizes.iter_mut().zip(&term.contribution) {
            *size += x.abs();
        }
    }
    lost(node, sums(&Known::array(numbers, adjoint), &sizes))
}

/// Of each sum, the digits that its terms had: those that are left, and those that it lost.
fn sums<'a>(sums: &'a Known<'a>, sizes: &'a [f64]) -> impl Iterator<Item = [f64; 2]> + 'a {
    let (all, _) = resolution(sums.element);
    sizes.iter().enumerate().map(move |(place, &size)| {
        let (number, error) = (sums.numbers[place], sums.errors[place]);
        let left = digits_left(number, error, sums.element);
        let before = if left.is_nan() || size.is_nan() {
            f64::NAN
        } else if number != 0.0 {
            (left + (size / number.abs()).log10()).clamp(left, all)
        } else if error > 0.0 {
            (size / error).log10().clamp(left, all)
        } else {
            left
        };
        [before, left]
    })
}

/// Numbers and how far off they are.
struct Known<'a> {
    numbers: &'a [f64],
    errors: &'a [f64],
    element: ElementType,
}

impl<'a> Known<'a> {
    fn of(node: &'a Node, digits: &'a Digits) -> Known<'a> {
        match &node.array {
            None => Known::number(digits),
            Some(array) => Known::array(&array.value, digits),
        }
    }

    fn number(digits: &'a Digits) -> Known<'a> {
        Known {
            numbers: std::slice::from_ref(&digits.number),
            errors: std::slice::from_ref(&digits.error),
            element: digits.element,
        }
    }

    fn array(numbers: &'a Array, digits: &'a Digits) -> Known<'a> {
        let errors = digits.array.as_ref().map(|array| array.errors.as_slice());
        Known {
            numbers: numbers.as_slice(),
            errors: errors.unwrap_or_default(),
            element: digits.element,
        }
    }

    fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The digits of an element; a number has the same everywhere.
    fn digits(&self, place: usize) -> f64 {
        let place = if self.len() == 1 { 0 } else { place };
        digits_left(self.numbers[place], self.errors[place], self.element)
    }
}
