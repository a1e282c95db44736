//! How far off the results of one row are, in double precision: to first order, with the absolute
//! values of the derivatives for what is carried along, and for what is added the roundings that an
//! element goes through in `kernel/distribution.rs` and `kernel/moments.rs`.

use crate::kernel::{additions, largest, moments};
use crate::shape::Shape;

/// Half a unit in the last place of 1: what a rounding adds to a number, relative to it.
pub(in crate::structural) const UNIT: f64 = 0.5 * f64::EPSILON;

/// A row of an operand.
pub(in crate::structural) struct Row {
    /// Its elements.
    pub(in crate::structural) x: Vec<f64>,
    /// How far off they may be.
    pub(in crate::structural) e: Vec<f64>,
}

impl Row {
    /// Its first elements.
    pub(in crate::structural) fn first(&self, count: usize) -> Row {
        Row {
            x: self.x[..count].to_vec(),
            e: self.e[..count].to_vec(),
        }
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.x.iter().copied().zip(self.e.iter().copied())
    }

    pub(super) fn count(&self) -> f64 {
        self.x.len() as f64
    }

    /// The additions that an element of a sum goes through.
    pub(super) fn depth(&self) -> f64 {
        additions(self.x.len()) as f64
    }

    pub(super) fn mean(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        self.pairs().map(|(x, e)| of(x, e)).sum::<f64>() / self.count()
    }
}

/// `x y`, where an exact zero wins.
pub(super) fn chain(x: f64, y: f64) -> f64 {
    if x == 0.0 || y == 0.0 { 0.0 } else { x * y }
}

/// The sum of the products of two rows.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| chain(a, b)).sum()
}

/// Of the largest: any that may be the largest may be off.
pub(in crate::structural) fn largest_of(row: &Row) -> f64 {
    let m = largest(&row.x);
    let at_most = row.pairs().filter(|&(x, _)| x == m);
    let own = at_most.map(|(_, e)| e).fold(0.0, f64::max);
    let near = row.pairs().filter(|&(x, e)| x >= m - (own + e));
    near.map(|(_, e)| e).fold(0.0, f64::max)
}

/// Of a product: each error times the others.
pub(in crate::structural) fn product(row: &Row) -> f64 {
    let size: Vec<f64> = row.x.iter().map(|x| x.abs()).collect();
    let mut others = vec![0.0; size.len()];
    moments::products_of_the_others(&size, &mut others);
    dot(&others, &row.e) + UNIT * row.count() * size.iter().product::<f64>()
}

/// Of the products of all others: a product and how far it is off, from before and from behind.
pub(in crate::structural) fn others(row: &Row, out: &mut [f64]) {
    type Product = [f64; 2];
    let times = |[p, d]: Product, (x, e): (f64, f64)| -> Product {
        [p * x.abs(), chain(d, x.abs()) + chain(p, e)]
    };
    let mut before: Vec<Product> = vec![[1.0, 0.0]];
    for pair in row.pairs() {
        before.push(times(before[before.len() - 1], pair));
    }
    let mut behind = [1.0, 0.0];
    for i in (0..out.len()).rev() {
        let ([p, d], [q, c]) = (before[i], behind);
        out[i] = chain(d, q) + chain(p, c) + UNIT * row.count() * (p * q);
        behind = times(behind, (row.x[i], row.e[i]));
    }
}

/// For each row along `axes` the places of its elements, in row-major order.
pub(in crate::structural) fn row_places(shape: &Shape, axes: &[usize]) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); shape.reduced(axes, false).count()];
    // A step to the next row for each axis that stays.
    let mut steps = vec![0; shape.rank()];
    let mut step = 1;
    for axis in (0..shape.rank()).rev().filter(|axis| !axes.contains(axis)) {
        steps[axis] = step;
        step *= shape[axis];
    }
    for place in 0..shape.count() {
        let (mut rest, mut row) = (place, 0);
        for axis in (0..shape.rank()).rev() {
            row += rest % shape[axis] * steps[axis];
            rest /= shape[axis];
        }
        rows[row].push(place);
    }
    rows
}
