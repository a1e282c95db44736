//! How far rounding carries the results of operations on arrays: running error analysis to first
//! order, element by element.
//!
//! An operation says in [`Structural::errors`] how the errors of its operands come through, and
//! what it adds in double precision; most do so with a word of [`Rounded`]: they move elements
//! ([`moved`](Rounded::moved)), add them ([`summed`](Rounded::summed)) or add products
//! ([`multiplied`](Rounded::multiplied)). These are linear in each operand, so the operation itself
//! carries errors, and finds its own: see [`split`]. The rest have a formula for a row (`rows`).

pub(super) mod distribution;
pub(super) mod moments;
pub(super) mod rows;
mod split;

use super::Structural;
use crate::array::Array;
use crate::element::ElementType;
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::{Layout, Strides, row_major};
pub(super) use rows::row_places;
use rows::{Row, UNIT};
use split::{bits, split};

/// How far off each element of an array is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Errors {
    /// Computed less exact, as far as it is known.
    pub(crate) off: Array,
    /// A bound on the rest.
    pub(crate) within: Array,
    /// Where terms are added up, the sum of their sizes: beside it, a small sum has cancelled.
    pub(crate) sizes: Option<Array>,
}

impl Errors {
    pub(crate) fn none(shape: &Shape) -> Errors {
        Errors {
            off: Array::zeros(shape),
            within: Array::zeros(shape),
            sizes: None,
        }
    }

    /// Of which a bound is all that is known.
    fn bounded(within: Array) -> Errors {
        Errors {
            off: Array::zeros(within.shape()),
            within,
            sizes: None,
        }
    }

    /// How large the error of each element may be.
    pub(crate) fn size(&self) -> Array {
        zip(&self.off, &self.within, |off, within| off.abs() + within)
    }
}

/// The operands of an operation, in double precision, and how far off they are.
pub(crate) struct Rounded<'a> {
    pub(crate) operands: &'a [&'a Array],
    pub(crate) errors: &'a [Errors],
}

/// The result of an operation on plain arrays, in double precision.
pub(crate) fn applied<S: Structural>(op: &S, operands: &[&Array]) -> Array {
    let shapes: Vec<&Shape> = operands.iter().map(|operand| operand.shape()).collect();
    let shape = op.shape(&shapes).expect("the operands fitted before");
    let strides: Vec<Strides> = shapes.iter().map(|shape| row_major(shape)).collect();
    let views = operands.iter().zip(&strides);
    let views: Vec<View<'_, f64>> = views
        .map(|(operand, strides)| View {
            data: operand.as_slice(),
            start: 0,
            lengths: operand.shape(),
            strides,
        })
        .collect();
    let mut out = vec![0.0; shape.count()];
    let look = match *shapes {
        [operand] => {
            let layout = Layout::contiguous(operand.clone(), ElementType::F64);
            op.look(&layout, &shape)
        }
        _ => None,
    };
    if let Some(look) = look {
        let seen = View {
            start: look.offset as usize,
            lengths: &shape,
            strides: &look.strides,
            ..views[0]
        };
        kernel::copy(seen, &mut out);
    } else {
        let number = match shape.rank() {
            0 => op.number(&views),
            _ => None,
        };
        match number {
            Some(number) => out[0] = number,
            None => op.value(&views, &shape, &mut out),
        }
    }
    Array::trusted(shape, out)
}

impl Rounded<'_> {
    /// Of an operation that moves elements: errors are moved along, and none is added.
    pub(super) fn moved<S: Structural>(&self, op: &S) -> Errors {
        let carried = |part: fn(&Errors) -> &Array| {
            let parts: Vec<&Array> = self.errors.iter().map(part).collect();
            applied(op, &parts)
        };
        Errors {
            off: carried(|errors| &errors.off),
            within: carried(|errors| &errors.within),
            sizes: None,
        }
    }

    /// The same, where the first operand only says which elements of the second are meant.
    pub(super) fn picked<S: Structural>(&self, op: &S) -> Errors {
        let carried = |errors: &Array| applied(op, &[self.operands[0], errors]);
        Errors {
            off: carried(&self.errors[1].off),
            within: carried(&self.errors[1].within),
            sizes: None,
        }
    }

    /// Of an operation whose results do not change with its operands: `own` is what it adds.
    pub(super) fn within<S: Structural>(&self, op: &S, own: impl Fn(f64) -> f64) -> Errors {
        Errors::bounded(applied(op, self.operands).map(own))
    }

    /// Of one that adds nothing either.
    pub(super) fn exact<S: Structural>(&self, op: &S) -> Errors {
        self.within(op, |_| 0.0)
    }

    /// Of an operation that answers sums of elements of its operand, in any order.
    pub(super) fn summed<S: Structural>(&self, op: &S) -> Errors {
        let x = self.operands[0];
        let of = |x: &Array| applied(op, &[x]);
        let count = of(&x.map(|_| 1.0));
        let sizes = of(&x.map(f64::abs));
        let (off, within) = match split(x, 53 - bits(&count)) {
            None => (
                Array::zeros(sizes.shape()),
                zip(&count, &sizes, |count, size| {
                    UNIT * (count - 1.0).max(0.0) * size
                }),
            ),
            Some([high, low]) => {
                let (known, rest) = (of(&high), of(&low));
                let off = zip(&zip(&of(x), &known, |y, high| y - high), &rest, |y, low| {
                    y - low
                });
                let rest = of(&low.map(f64::abs));
                let within = zip(&count, &rest, |count, size| {
                    UNIT * (count - 1.0).max(0.0) * size
                });
                (off, within)
            }
        };
        self.moved(op).and(&off, &within, Some(sizes))
    }

    /// Of an operation that answers means of `terms` elements of its operand, or of fewer.
    pub(super) fn averaged<S: Structural>(&self, op: &S, terms: usize) -> Errors {
        let sizes = applied(op, &[&self.operands[0].map(f64::abs)]);
        let within = sizes.map(|size: f64| UNIT * (terms + 2) as f64 * size);
        let off = Array::zeros(sizes.shape());
        self.moved(op).and(&off, &within, Some(sizes))
    }

    /// Of an operation that answers sums of products of an element of the first operand with one
    /// of the second; a third is added, if there is one.
    pub(super) fn multiplied<S: Structural>(&self, op: &S) -> Errors {
        let (a, b, bias) = (self.operands[0], self.operands[1], self.operands.get(2));
        let no_bias = bias.map(|bias| Array::zeros(bias.shape()));
        let with = |a: &Array, b: &Array, bias: Option<&Array>| match bias {
            Some(bias) => applied(op, &[a, b, bias]),
            None => applied(op, &[a, b]),
        };
        let of = |a: &Array, b: &Array| with(a, b, no_bias.as_ref());
        let ones = |x: &Array| x.map(|_| 1.0);
        let size = |x: &Array| x.map(f64::abs);
        let count = with(&ones(a), &ones(b), bias.map(|bias| ones(bias)).as_ref());
        let sizes = with(&size(a), &size(b), bias.map(|bias| size(bias)).as_ref());
        let rounded = |sizes: &Array| zip(&count, sizes, |count, size| UNIT * count * size);

        let each = (53 - bits(&count)) / 2;
        let (off, within) = match (split(a, each), split(b, each)) {
            (Some([a_high, a_low]), Some([b_high, b_low])) => {
                let added = match bias {
                    Some(bias) => with(&a.map(|_| 0.0), &b.map(|_| 0.0), Some(bias)),
                    None => Array::zeros(sizes.shape()),
                };
                let y = with(a, b, bias.copied());
                let known = of(&a_high, &b_high);
                let rest = plus(&of(&a_high, &b_low), &of(&a_low, b));
                let off = (0..y.len()).map(|i| {
                    let [product, left] = less(y.as_slice()[i], added.as_slice()[i]);
                    (product - known.as_slice()[i]) + left - rest.as_slice()[i]
                });
                let off = Array::trusted(y.shape().clone(), off.collect());
                let rest = plus(
                    &of(&size(&a_high), &size(&b_low)),
                    &of(&size(&a_low), &size(b)),
                );
                (off, rounded(&rest))
            }
            _ => (Array::zeros(sizes.shape()), rounded(&sizes)),
        };

        let is_zero = |x: &Array| x.iter().all(|&x| x == 0.0);
        let carried = |part: fn(&Errors) -> &Array, size: fn(&Array) -> Array| {
            let e = |slot: usize| part(&self.errors[slot]);
            let mut sum = Array::zeros(sizes.shape());
            if !is_zero(e(0)) || bias.is_some() {
                sum = plus(&sum, &with(e(0), &size(b), bias.map(|_| e(2))));
            }
            if !is_zero(e(1)) {
                sum = plus(&sum, &of(&size(a), e(1)));
            }
            sum
        };
        let carried = Errors {
            off: carried(|errors| &errors.off, Array::clone),
            within: carried(|errors| &errors.within, |x| x.map(f64::abs)),
            sizes: None,
        };
        carried.and(&off, &within, Some(sizes))
    }

    /// Of an operation that makes a row of each row along `axes`: `rule` is given the operands'
    /// rows, and writes how far off each element of the result may be. `number` counts rows.
    pub(super) fn by_rows(
        &self,
        axes: &[usize],
        rule: impl Fn(usize, &[Row], &mut [f64]),
    ) -> Errors {
        let mut within = Array::zeros(self.operands[0].shape());
        self.each_row(axes, |number, rows, places| {
            let mut out = vec![0.0; places.len()];
            rule(number, rows, &mut out);
            for (&place, out) in places.iter().zip(out) {
                within.as_mut_slice()[place] = out;
            }
        });
        Errors::bounded(within)
    }

    /// Of an operation that makes a number of each row along `axes`.
    pub(super) fn folded<S: Structural>(
        &self,
        op: &S,
        axes: &[usize],
        rule: impl Fn(usize, &Row) -> f64,
    ) -> Errors {
        let shape = op.shape(&[self.operands[0].shape()]);
        let mut within = Array::zeros(&shape.expect("the operand fitted before"));
        self.each_row(axes, |number, rows, _| {
            within.as_mut_slice()[number] = rule(number, &rows[0]);
        });
        Errors::bounded(within)
    }

    /// Shows the rows along `axes` of all operands, which are of one shape, and their places.
    fn each_row(&self, axes: &[usize], mut see: impl FnMut(usize, &[Row], &[usize])) {
        let sizes: Vec<Array> = self.errors.iter().map(Errors::size).collect();
        let rows = row_places(self.operands[0].shape(), axes);
        // What is made of nothing is exact.
        let rows = rows.iter().enumerate();
        for (number, places) in rows.filter(|(_, places)| !places.is_empty()) {
            let taken = |x: &Array| places.iter().map(|&place| x.as_slice()[place]).collect();
            let rows = self.operands.iter().zip(&sizes);
            let rows: Vec<Row> = rows
                .map(|(x, e)| Row {
                    x: taken(x),
                    e: taken(e),
                })
                .collect();
            see(number, &rows, places);
        }
    }
}

impl Errors {
    /// These, carried along, and an operation's own.
    fn and(self, off: &Array, within: &Array, sizes: Option<Array>) -> Errors {
        let finite = |x: f64| if x.is_finite() { x } else { 0.0 };
        Errors {
            off: zip(&self.off, off, |carried, own| carried + finite(own)),
            within: plus(&self.within, within),
            sizes,
        }
    }
}

/// `y - x` as a number and a rest.
fn less(y: f64, x: f64) -> [f64; 2] {
    let difference = y - x;
    let part = difference - y;
    [difference, (y - (difference - part)) - (x + part)]
}

fn plus(a: &Array, b: &Array) -> Array {
    zip(a, b, |a, b| a + b)
}

fn zip(a: &Array, b: &Array, f: impl Fn(f64, f64) -> f64) -> Array {
    let elements = a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect();
    Array::trusted(a.shape().clone(), elements)
}
