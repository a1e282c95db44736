//! TEMPORARY plain loops.
use super::View;
use crate::element::Element;
use crate::op::*;

fn index<T>(v: &View<'_, T>, mut k: usize) -> usize {
    let mut at = v.start as isize;
    for (&l, &s) in v.lengths.iter().zip(v.strides).rev() {
        at += (k % l) as isize * s;
        k /= l;
    }
    at as usize
}
pub(crate) fn get<T: Element>(v: &View<'_, T>, k: usize) -> f64 {
    v.data[index(v, k)].to_f64()
}
pub(crate) fn each<T: Element>(
    xs: &[View<'_, T>],
    out: &mut [T],
    mut f: impl FnMut(&[f64]) -> f64,
) {
    let mut values = vec![0.0; xs.len()];
    for k in 0..out.len() {
        for (v, x) in values.iter_mut().zip(xs) {
            *v = get(x, k);
        }
        out[k] = T::from_f64(f(&values));
    }
}
pub(crate) fn unary<R: Unary, T: Element>(x: View<'_, T>, out: &mut [T]) {
    each(&[x], out, |v| R::value(v[0]));
}
pub(crate) fn attributed<R: Attributed, T: Element>(
    x: View<'_, T>,
    a: R::Attribute,
    out: &mut [T],
) {
    each(&[x], out, |v| R::value(v[0], a));
}
pub(crate) fn binary<R: Binary, T: Element>(x: View<'_, T>, y: View<'_, T>, out: &mut [T]) {
    each(&[x, y], out, |v| R::value(v[0], v[1]));
}
pub(crate) fn ternary<R: Ternary, T: Element>(
    x: View<'_, T>,
    y: View<'_, T>,
    z: View<'_, T>,
    out: &mut [T],
) {
    each(&[x, y, z], out, |v| R::value(v[0], v[1], v[2]));
}
pub(crate) fn nary<R: Nary, T: Element>(xs: &[View<'_, T>], out: &mut [T]) {
    each(xs, out, |v| R::value(v));
}
pub(crate) fn unary_pull<R: Unary, T: Element>(
    g: View<'_, T>,
    x: View<'_, T>,
    y: View<'_, T>,
    out: &mut [T],
) {
    each(&[g, x, y], out, |v| {
        chain_product(v[0], R::partial(v[1], v[2]))
    });
}
pub(crate) fn attributed_pull<R: Attributed, T: Element>(
    g: View<'_, T>,
    x: View<'_, T>,
    a: R::Attribute,
    y: View<'_, T>,
    out: &mut [T],
) {
    each(&[g, x, y], out, |v| {
        chain_product(v[0], R::partial(v[1], a, v[2]))
    });
}
pub(crate) fn binary_pull<R: Binary, T: Element>(
    g: View<'_, T>,
    x: View<'_, T>,
    y: View<'_, T>,
    r: View<'_, T>,
    slot: usize,
    out: &mut [T],
) {
    each(&[g, x, y, r], out, |v| {
        chain_product(
            v[0],
            if slot == 0 {
                R::first(v[1], v[2], v[3])
            } else {
                R::second(v[1], v[2], v[3])
            },
        )
    });
}
pub(crate) fn ternary_pull<R: Ternary, T: Element>(
    g: View<'_, T>,
    x: [View<'_, T>; 3],
    r: View<'_, T>,
    slot: usize,
    out: &mut [T],
) {
    each(&[g, x[0], x[1], x[2], r], out, |v| {
        chain_product(v[0], R::partials(v[1], v[2], v[3], v[4])[slot])
    });
}
pub(crate) fn nary_pull<R: Nary, T: Element>(
    g: View<'_, T>,
    x: &[View<'_, T>],
    r: View<'_, T>,
    slot: usize,
    out: &mut [T],
) {
    let mut views = x.to_vec();
    views.push(r);
    views.push(g);
    let mut p = vec![0.0; x.len()];
    each(&views, out, |v| {
        let n = v.len();
        R::partials(&v[..n - 2], v[n - 2], &mut p);
        chain_product(v[n - 1], p[slot])
    });
}
pub(crate) fn add_into<T: Element>(into: &mut [T], x: View<'_, T>) {
    for (k, o) in into.iter_mut().enumerate() {
        *o = T::from_f64(o.to_f64() + get(&x, k));
    }
}
pub(crate) fn copy<T: Element>(x: View<'_, T>, out: &mut [T]) {
    each(&[x], out, |v| v[0]);
}
pub(crate) fn sum_all<T: Element>(x: View<'_, T>) -> f64 {
    (0..x.count()).map(|k| get(&x, k)).sum::<f64>() + 0.0
}
pub(crate) fn sum_axes<T: Element>(x: View<'_, T>, axes: &[usize], out: &mut [T]) {
    let mut sums = vec![0.0; out.len()];
    for k in 0..x.count() {
        let mut rest = k;
        let (mut at, mut step) = (0, 1);
        for axis in (0..x.lengths.len()).rev() {
            let i = rest % x.lengths[axis];
            rest /= x.lengths[axis];
            if !axes.contains(&axis) {
                at += i * step;
                step *= x.lengths[axis];
            }
        }
        sums[at] += get(&x, k);
    }
    for (o, s) in out.iter_mut().zip(sums) {
        *o = T::from_f64(s);
    }
}
