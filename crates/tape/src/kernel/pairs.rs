//! Sums, differences, products and quotients of two matrices, where rows of either may be one row or
//! one number that repeats, as broadcasting makes them.
//!
//! The loop over rows is inside the loop that is compiled for vectors, and a number stays in a
//! register: a call for each row, and a buffer full of its number, took half as long again as the
//! rows did.

use super::View;
use super::fast::Fast;
use super::lanes::{Lanewise, Loop, Vectors};
use super::walk::RowWalk;
use crate::element::Element;

/// Rows of two operands, each of which lies side by side or is one number.
pub(super) struct Pairs<'a, T> {
    x: Rows<'a, T>,
    y: Rows<'a, T>,
    /// Elements in a row.
    length: usize,
}

/// The rows of an operand.
#[derive(Clone, Copy)]
struct Rows<'a, T> {
    data: &'a [T],
    /// Where the first row begins.
    start: usize,
    /// How far on the next one does.
    step: isize,
    /// Whether a row is one number that repeats.
    is_number: bool,
}

/// The elements of a row.
enum Row<'a, T> {
    Number(T),
    Elements(&'a [T]),
}

impl<'a, T: Element> Pairs<'a, T> {
    /// The rows of two views; `None` where they have too many axes, or neither has its elements
    /// side by side, or rows are short.
    pub(super) fn of(views: [View<'a, T>; 2]) -> Option<Pairs<'a, T>> {
        let walk = RowWalk::new(&views)?;
        let (length, steps) = walk.row();
        let row_steps = match walk.outer() {
            [] => [0, 0],
            [(_, strides)] => *strides,
            _ => return None,
        };
        if !matches!(steps, [1, 1] | [0, 1] | [1, 0]) {
            return None;
        }
        let rows = |n: usize| Rows {
            data: views[n].data,
            start: views[n].start,
            step: row_steps[n],
            is_number: steps[n] == 0,
        };
        Some(Pairs {
            x: rows(0),
            y: rows(1),
            length,
        })
    }

    /// `out[i] = kernel(x[i], y[i])`.
    pub(super) fn run<K: Lanewise<2>>(self, kernel: &K, out: &mut [T]) {
        Vectors::widest().run(Each {
            kernel,
            pairs: self,
            out,
        });
    }
}

impl<'a, T: Element> Rows<'a, T> {
    #[inline(always)]
    fn row(&self, number: usize, length: usize) -> Row<'a, T> {
        let start = self.start.wrapping_add_signed(number as isize * self.step);
        match self.is_number {
            true => Row::Number(self.data[start]),
            false => Row::Elements(&self.data[start..start + length]),
        }
    }
}

/// The loop of a kernel over all rows.
struct Each<'a, 'b, K, T> {
    kernel: &'a K,
    pairs: Pairs<'a, T>,
    out: &'b mut [T],
}

impl<K: Lanewise<2>, T: Element> Loop for Each<'_, '_, K, T> {
    type Out = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Each { kernel, pairs, out } = self;
        let Pairs { x, y, length } = pairs;
        let at = |x: T, y: T| kernel.at([Fast::<T, FMA>(x), Fast(y)]).0;
        for (number, out) in out.chunks_exact_mut(length).enumerate() {
            match (x.row(number, length), y.row(number, length)) {
                (Row::Elements(x), Row::Elements(y)) => {
                    for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
                        *out = at(x, y);
                    }
                }
                (Row::Number(x), Row::Elements(y)) => {
                    for (out, &y) in out.iter_mut().zip(y) {
                        *out = at(x, y);
                    }
                }
                (Row::Elements(x), Row::Number(y)) => {
                    for (out, &x) in out.iter_mut().zip(x) {
                        *out = at(x, y);
                    }
                }
                (Row::Number(x), Row::Number(y)) => out.fill(at(x, y)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::map::binary;
    use super::super::walk::tests::{by_definition, view};
    use super::*;
    use crate::op::{Binary, rule};

    /// Shapes, and the start and strides of either operand.
    type Case = ([usize; 2], (usize, [isize; 2]), (usize, [isize; 2]));

    const CASES: &[(&str, bool, Case)] = &[
        ("matrix and row", true, ([9, 70], (3, [70, 1]), (5, [0, 1]))),
        (
            "matrix and column",
            true,
            ([9, 70], (0, [70, 1]), (9, [1, 0])),
        ),
        (
            "column and matrix",
            true,
            ([9, 70], (8, [-1, 0]), (0, [70, 1])),
        ),
        (
            "a number and a matrix",
            true,
            ([9, 70], (4, [0, 0]), (7, [70, 1])),
        ),
        (
            "parts of matrices",
            true,
            ([9, 64], (700, [-72, 1]), (1, [100, 1])),
        ),
        ("row and column", true, ([9, 70], (5, [0, 1]), (9, [1, 0]))),
        ("two columns", false, ([9, 70], (8, [1, 0]), (9, [1, 0]))),
        (
            "every second",
            false,
            ([9, 70], (0, [140, 2]), (0, [70, 1])),
        ),
        ("short rows", false, ([90, 7], (0, [7, 1]), (0, [1, 0]))),
        (
            "one row of many",
            true,
            ([1, 300], (0, [0, 1]), (9, [0, 0])),
        ),
    ];

    fn agrees<R: Binary, T: Element>() {
        let numbers = (0..2000_i32).map(|i| T::from_f64(f64::from(i * 7919 % 1009 - 500) / 37.0));
        let data: Vec<T> = numbers.collect();
        for (name, quick, (lengths, x, y)) in CASES {
            let [x, y] = [x, y].map(|(start, strides)| view(&data, *start, lengths, strides));
            assert_eq!(Pairs::of([x, y]).is_some(), *quick, "{name}");
            let mut out = vec![T::default(); x.count()];
            binary::<R, T>(x, y, &mut out);
            let wanted = by_definition(x).into_iter().zip(by_definition(y));
            for (found, (x, y)) in out.into_iter().zip(wanted) {
                let wanted = T::from_f64(R::value(x.to_f64(), y.to_f64()));
                let bits = [found, wanted].map(|number| number.to_f64().to_bits());
                assert_eq!(bits[0], bits[1], "{name}: {x:?}, {y:?}");
            }
        }
    }

    #[test]
    fn rows_that_repeat_are_what_they_repeat() {
        agrees::<rule::Add, f64>();
        agrees::<rule::Sub, f64>();
        agrees::<rule::Mul, f32>();
        agrees::<rule::Div, f32>();
    }
}
