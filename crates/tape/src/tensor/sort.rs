//! Elements in order of size: which is where.

use super::{Tensor, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::indices::Indices;
use crate::shape::{Axes, Shape};
use crate::structural::{Gather, Order};
use std::cmp::Ordering;

impl<T: Element> Tensor<T> {
    operations! {
        /// The elements along an axis in ascending or descending order, and where each came from.
        ///
        /// Equal elements keep their order, in both directions. NaN counts as greater than every
        /// number: it stands last in ascending order, as in NumPy, and first in descending, as in
        /// PyTorch.
        ///
        /// Term: the adjoint put back where each element came from; the positions are data.
        ///
        /// ```
        /// let tape = tape::Tape::new();
        /// let x = tape.tensor("x", [3.0, 1.0, 2.0]);
        /// let (sorted, from) = x.sort(0, false);
        /// assert_eq!((sorted.to_vec().as_slice(), from.as_slice()), (&[1.0, 2.0, 3.0][..], &[1, 2, 0][..]));
        /// ```
        ///
        /// # Panics
        /// If the axis is out of range.
        sort try_sort(self, axis: i64, descending: bool) -> (Tensor<T>, Indices) {
            let indices = self.try_argsort(axis, descending)?;
            let axis = self.shape().axis(axis)?;
            let order = if descending { Order::Descending } else { Order::Ascending };
            let gather = Gather { axis, indices: indices.clone(), order: Some(order) };
            let sorted = record_structural(gather, &[self])?;
            Ok((sorted, indices))
        }

        /// Where the elements along an axis stand in the order of [`sort`](Tensor::sort).
        ///
        /// # Panics
        /// If the axis is out of range.
        argsort try_argsort(self, axis: i64, descending: bool) -> Indices {
            let shape = self.shape();
            let axis = self.told("argsort", shape.axis(axis))?;
            let length = shape[axis];
            self.ranked("argsort", &shape, axis, length, |elements, places| {
                places.sort_by(|&a, &b| order(elements(a), elements(b), descending));
            })
        }

        /// The `k` largest elements along an axis, the largest first, and where they came from. Of
        /// equal ones the first is taken, and stands first. NaN counts as greater than every number.
        ///
        /// Shapes: the axis has length `k`. Term: the adjoint put back where each element came from.
        ///
        /// # Panics
        /// If the axis is out of range or shorter than `k`.
        topk try_topk(self, k: usize, axis: i64) -> (Tensor<T>, Indices) {
            let shape = self.shape();
            let axis = self.told("topk", shape.axis(axis))?;
            if k > shape[axis] {
                let error = Error::new(ErrorKind::Index, format!(
                    "the largest {k} of axis {axis}, which has length {}", shape[axis]
                ));
                return self.told("topk", Err(error));
            }
            let indices = self.ranked("topk", &shape, axis, k, |elements, places| {
                let before = |&a: &usize, &b: &usize| {
                    order(elements(a), elements(b), true).then(a.cmp(&b))
                };
                if k > 0 && k < places.len() {
                    places.select_nth_unstable_by(k - 1, before);
                }
                places[..k].sort_unstable_by(before);
            })?;
            let gather = Gather { axis, indices: indices.clone(), order: Some(Order::Descending) };
            let largest = record_structural(gather, &[self])?;
            Ok((largest, indices))
        }

        /// Where the largest element along an axis is: the first of equals, and the first NaN where
        /// there is one, as in NumPy.
        ///
        /// Shapes: the axis is gone, `[m, n]` gives `[m]` for axis 1.
        ///
        /// # Panics
        /// If the axis is out of range or empty.
        argmax try_argmax(self, axis: i64) -> Indices {
            self.extreme("argmax", axis, |new, best| new > best)
        }

        /// Where the smallest element along an axis is: the first of equals, and the first NaN where
        /// there is one, as in NumPy.
        ///
        /// Shapes: the axis is gone, `[m, n]` gives `[m]` for axis 1.
        ///
        /// # Panics
        /// If the axis is out of range or empty.
        argmin try_argmin(self, axis: i64) -> Indices {
            self.extreme("argmin", axis, |new, best| new < best)
        }
    }

    /// The first `count` places along an axis, after `arrange` has put them in order.
    #[track_caller]
    fn ranked(
        self,
        name: &str,
        shape: &Shape,
        axis: usize,
        count: usize,
        arrange: impl Fn(&dyn Fn(usize) -> T, &mut [usize]),
    ) -> Result<Indices, Error> {
        let mut lengths: Axes = shape.iter().copied().collect();
        lengths[axis] = count;
        let ranked = Shape::trusted(lengths);
        // A view may have more elements than there is memory.
        self.told(name, room::<T>(shape.count()).map(drop))?;
        let mut found = self.told(name, room(ranked.count()))?;
        found.resize(ranked.count(), 0);
        let mut places = self.told(name, room(shape[axis]))?;
        self.with(|elements| {
            lanes(shape, axis, |lane, inner, element| {
                places.clear();
                places.extend(0..shape[axis]);
                arrange(&|place| elements[element(place)], &mut places);
                let start = lane / inner * count * inner + lane % inner;
                for (rank, &place) in places[..count].iter().enumerate() {
                    found[start + rank * inner] = place;
                }
            });
        });
        Ok(Indices::trusted(ranked, found))
    }

    #[track_caller]
    fn extreme(
        self,
        name: &str,
        axis: i64,
        beats: impl Fn(T, T) -> bool,
    ) -> Result<Indices, Error> {
        let shape = self.shape();
        let axis = self.told(name, shape.axis(axis))?;
        if shape[axis] == 0 {
            let error = Error::new(
                ErrorKind::Shape,
                format!("axis {axis} of shape {shape} is empty: nothing is first there"),
            );
            return self.told(name, Err(error));
        }
        let left = shape.reduced(&[axis], false);
        self.told(name, room::<T>(shape.count()).map(drop))?;
        let mut found = self.told(name, room(left.count()))?;
        self.with(|elements| {
            lanes(&shape, axis, |_, _, element| {
                let mut best = 0;
                for place in 1..shape[axis] {
                    let (new, old) = (elements[element(place)], elements[element(best)]);
                    if !is_nan(old) && (is_nan(new) || beats(new, old)) {
                        best = place;
                    }
                }
                found.push(best);
            });
        });
        Ok(Indices::trusted(left, found))
    }
}

/// An empty list with room for so many.
fn room<V>(count: usize) -> Result<Vec<V>, Error> {
    let mut list = Vec::new();
    match list.try_reserve_exact(count) {
        Ok(()) => Ok(list),
        Err(_) => Err(Error::new(
            ErrorKind::Shape,
            format!("there is no memory for {count} elements in order"),
        )),
    }
}

/// Calls `visit` for each line of elements along an axis of a row-major array: with the line's
/// number, how many lie beside it, and where its elements are.
fn lanes(shape: &Shape, axis: usize, mut visit: impl FnMut(usize, usize, &dyn Fn(usize) -> usize)) {
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    for lane in 0..outer * inner {
        let start = lane / inner * shape[axis] * inner + lane % inner;
        visit(lane, inner, &|place| start + place * inner);
    }
}

fn is_nan<T: Element>(number: T) -> bool {
    number.to_f64().is_nan()
}

/// The order of two elements; NaN is greater than every number.
fn order<T: Element>(a: T, b: T, descending: bool) -> Ordering {
    let ascending = a
        .partial_cmp(&b)
        .unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)));
    if descending {
        ascending.reverse()
    } else {
        ascending
    }
}
