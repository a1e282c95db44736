//! Loops that move elements between places, row by row along the last axis.

use super::View;
use crate::element::Element;
use smallvec::SmallVec;

/// Calls `visit` with where each row along the last axis starts, in several arrays that are
/// walked together. Positions after a row's start follow in steps of the last stride.
pub(crate) fn rows<const N: usize>(
    lengths: &[usize],
    mut starts: [usize; N],
    strides: [&[isize]; N],
    mut visit: impl FnMut([usize; N]),
) {
    if lengths.contains(&0) {
        return;
    }
    let outer = lengths.len().saturating_sub(1);
    let mut index = SmallVec::<[usize; 8]>::from_elem(0, outer);
    loop {
        visit(starts);
        // The next row's index, as an odometer counts.
        let mut axis = outer;
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            index[axis] += 1;
            if index[axis] < lengths[axis] {
                break;
            }
            index[axis] = 0;
            let back = 1 - lengths[axis] as isize;
            for (start, strides) in starts.iter_mut().zip(strides) {
                *start = start.wrapping_add_signed(back * strides[axis]);
            }
        }
        for (start, strides) in starts.iter_mut().zip(strides) {
            *start = start.wrapping_add_signed(strides[axis]);
        }
    }
}

/// Where the elements of an array go: element `(i, j, ..)` to `start + i * strides[0] + ..`.
pub(crate) struct Place<'a> {
    pub(crate) start: usize,
    pub(crate) strides: &'a [isize],
}

/// Puts the elements of an array where they belong.
pub(crate) fn place<T: Element>(x: View<'_, T>, out: &mut [T], to: Place<'_>) {
    moved(x, out, to, |out, x| *out = x, <[T]>::copy_from_slice);
}

/// Adds the elements of an array to what is where they belong.
pub(crate) fn place_add<T: Element>(x: View<'_, T>, out: &mut [T], to: Place<'_>) {
    let add = |out: &mut T, x: T| *out = sum(*out, x);
    moved(x, out, to, add, |out, x| {
        for (out, &x) in out.iter_mut().zip(x) {
            add(out, x);
        }
    });
}

/// Moves elements one by one, or in runs where they lie without gaps on both sides.
fn moved<T: Element>(
    x: View<'_, T>,
    out: &mut [T],
    to: Place<'_>,
    put: impl Fn(&mut T, T),
    put_run: impl Fn(&mut [T], &[T]),
) {
    let (mut outer, mut run) = (x.lengths.len(), 1);
    while outer > 0 {
        let (length, step) = (x.lengths[outer - 1], run as isize);
        let gapless = x.strides[outer - 1] == step && to.strides[outer - 1] == step;
        if length != 1 && !gapless {
            break;
        }
        run *= length;
        outer -= 1;
    }
    let starts = [x.start, to.start];
    if outer == x.lengths.len() && outer > 0 {
        let last = outer - 1;
        let (by, out_by) = (x.strides[last], to.strides[last]);
        let strides = [x.strides, to.strides];
        return rows(x.lengths, starts, strides, |[mut from, mut to]| {
            for _ in 0..x.lengths[last] {
                put(&mut out[to], x.data[from]);
                from = from.wrapping_add_signed(by);
                to = to.wrapping_add_signed(out_by);
            }
        });
    }
    let mut lengths = SmallVec::<[usize; 8]>::from_slice(&x.lengths[..outer]);
    lengths.push(run);
    rows(&lengths, starts, [x.strides, to.strides], |[from, to]| {
        put_run(&mut out[to..to + run], &x.data[from..from + run]);
    });
}

fn sum<T: Element>(a: T, b: T) -> T {
    T::from_f64(a.to_f64() + b.to_f64())
}

/// Positions along an axis, by which elements or whole rows are moved.
#[derive(Clone, Copy)]
pub(crate) struct Along<'a> {
    pub(crate) axis: usize,
    pub(crate) positions: &'a [usize],
}

/// `out[.., j, ..] = x[.., positions[j], ..]`, all along the axis. `strides` are those of `out`.
pub(crate) fn select<T: Element>(
    x: View<'_, T>,
    along: Along<'_>,
    strides: &[isize],
    out: &mut [T],
) {
    let axis = along.axis;
    let (lengths, from) = (without(x.lengths, axis), without(x.strides, axis));
    let to = without(strides, axis);
    for (j, &position) in along.positions.iter().enumerate() {
        let row = View {
            start: (x.start).wrapping_add_signed(position as isize * x.strides[axis]),
            lengths: &lengths,
            strides: &from,
            ..x
        };
        let start = j * strides[axis] as usize;
        let strides = &to;
        place(row, out, Place { start, strides });
    }
}

/// `out[.., positions[j], ..] += x[.., j, ..]`, in the order of the positions.
pub(crate) fn select_add<T: Element>(
    x: View<'_, T>,
    along: Along<'_>,
    strides: &[isize],
    out: &mut [T],
) {
    let axis = along.axis;
    let (lengths, from) = (without(x.lengths, axis), without(x.strides, axis));
    let to = without(strides, axis);
    for (j, &position) in along.positions.iter().enumerate() {
        let row = View {
            start: (x.start).wrapping_add_signed(j as isize * x.strides[axis]),
            lengths: &lengths,
            strides: &from,
            ..x
        };
        let start = position * strides[axis] as usize;
        let strides = &to;
        place_add(row, out, Place { start, strides });
    }
}

/// A list without what it says about one axis.
fn without<V: Copy>(list: &[V], axis: usize) -> SmallVec<[V; 8]> {
    let mut rest = SmallVec::from_slice(&list[..axis]);
    rest.extend_from_slice(&list[axis + 1..]);
    rest
}

/// `out[.., j, ..] = x[.., positions[.., j, ..], ..]`. `lengths` is the shape of the positions.
pub(crate) fn gather<T: Element>(
    x: View<'_, T>,
    along: Along<'_>,
    lengths: &[usize],
    out: &mut [T],
) {
    let mut strides: SmallVec<[isize; 8]> = x.strides.into();
    let jump = std::mem::replace(&mut strides[along.axis], 0);
    let by = strides[strides.len() - 1];
    let length = lengths[lengths.len() - 1];
    let mut pairs = out.iter_mut().zip(along.positions);
    rows(lengths, [x.start], [&strides], |[mut from]| {
        for (out, &position) in pairs.by_ref().take(length) {
            *out = x.data[from.wrapping_add_signed(position as isize * jump)];
            from = from.wrapping_add_signed(by);
        }
    });
}

/// `out[.., positions[.., j, ..], ..] += x[.., j, ..]`, in row-major order of `x`.
pub(crate) fn scatter_add<T: Element>(
    x: View<'_, T>,
    along: Along<'_>,
    strides: &[isize],
    out: &mut [T],
) {
    let mut strides: SmallVec<[isize; 8]> = strides.into();
    let jump = std::mem::replace(&mut strides[along.axis], 0);
    let last = strides.len() - 1;
    let (by, out_by) = (x.strides[last], strides[last]);
    let mut positions = along.positions.iter();
    rows(
        x.lengths,
        [x.start, 0],
        [x.strides, &strides],
        |[mut from, mut to]| {
            for &position in positions.by_ref().take(x.lengths[last]) {
                let out = &mut out[to.wrapping_add_signed(position as isize * jump)];
                *out = sum(*out, x.data[from]);
                from = from.wrapping_add_signed(by);
                to = to.wrapping_add_signed(out_by);
            }
        },
    );
}

/// Running sums along an axis, from its start or from its end, carried in double precision.
pub(crate) fn cumulate<T: Element>(
    x: View<'_, T>,
    axis: usize,
    from_end: bool,
    strides: &[isize],
    out: &mut [T],
) {
    // The axis goes last, so that a row is what is summed.
    let last = |list: &mut SmallVec<[isize; 8]>| {
        let own = list.remove(axis);
        list.push(own);
        own
    };
    let mut lengths: SmallVec<[usize; 8]> = x.lengths.into();
    let length = lengths.remove(axis);
    lengths.push(length);
    let (mut from, mut to) = (
        SmallVec::from_slice(x.strides),
        SmallVec::from_slice(strides),
    );
    let (mut by, mut out_by) = (last(&mut from), last(&mut to));
    let first = if from_end {
        length.saturating_sub(1) as isize
    } else {
        0
    };
    let starts = [
        x.start.wrapping_add_signed(first * by),
        (first * out_by) as usize,
    ];
    if from_end {
        (by, out_by) = (-by, -out_by);
    }
    rows(&lengths, starts, [&from, &to], |[mut from, mut to]| {
        let mut sum = 0.0;
        for place in 0..length {
            let element = x.data[from].to_f64();
            sum = if place == 0 { element } else { sum + element };
            out[to] = T::from_f64(sum);
            from = from.wrapping_add_signed(by);
            to = to.wrapping_add_signed(out_by);
        }
    });
}
