//! Recurrent units over all steps of a sequence, forward and back.
//!
//! What one unit does is written once, for any number type ([`Unit`]): as a loop over lanes of a
//! vector register here, as operations on tensors where a computation is to be seen step by step.
//! The forward loop keeps each unit's states and local derivatives, so that the way back is a few
//! products per unit.

use super::fast::Fast;
use super::lanes::{Loop, Vectors};
use super::matmul::{Matrix, matmul};
use super::{View, with_buffer, with_ordered};
use crate::element::Element;
use crate::op::Real;
use std::marker::PhantomData;

/// A recurrent unit with `G` gates, a state of `S` numbers, the first of which others read, and `K`
/// numbers that its way back needs.
///
/// What arrives at its gates on that way are `A` numbers: one for each gate, as it read them of the
/// input; and one more if the last gate's, as it read it of the state, differs from that.
pub(crate) trait Unit<const G: usize, const S: usize, const K: usize, const A: usize> {
    /// The state after a step. `x` is what the gates read of the input, `h` what they read of all
    /// units' last state, biases included.
    fn next<N: Real>(x: [N; G], h: [N; G], state: [N; S]) -> [N; S];

    /// The same, and what the way back needs: local derivatives above all.
    fn keep<N: Real>(x: [N; G], h: [N; G], state: [N; S]) -> ([N; S], [N; K]);

    /// From the adjoint of the state after a step to those that arrive at the gates, and to that of the
    /// state before it.
    fn back<N: Real>(kept: [N; K], adjoint: [N; S]) -> ([N; A], [N; S]);
}

/// `h' = φ(x + h)`, with tanh or relu as `φ`.
pub(crate) struct Plain<const RELU: bool>;

impl<const RELU: bool> Unit<1, 1, 1, 1> for Plain<RELU> {
    #[inline(always)]
    fn next<N: Real>([x]: [N; 1], [h]: [N; 1], _: [N; 1]) -> [N; 1] {
        let z = x + h;
        [if RELU { z.relu() } else { z.tanh() }]
    }

    #[inline(always)]
    fn keep<N: Real>([x]: [N; 1], [h]: [N; 1], state: [N; 1]) -> ([N; 1], [N; 1]) {
        let z = x + h;
        let slope = if RELU {
            z.relu_slope()
        } else {
            z.sech_squared()
        };
        (Self::next([x], [h], state), [slope])
    }

    #[inline(always)]
    fn back<N: Real>([slope]: [N; 1], [g]: [N; 1]) -> ([N; 1], [N; 1]) {
        ([g.chain(slope)], [N::from(0.0)])
    }
}

/// Hochreiter and Schmidhuber's unit, gates in the order input, forget, cell, output.
pub(crate) struct Lstm;

impl Unit<4, 2, 6, 4> for Lstm {
    #[inline(always)]
    fn next<N: Real>(x: [N; 4], h: [N; 4], [_, c]: [N; 2]) -> [N; 2] {
        let [i, f, g, o] = sums(x, h);
        let c = f.sigmoid() * c + i.sigmoid() * g.tanh();
        [o.sigmoid() * c.tanh(), c]
    }

    #[inline(always)]
    fn keep<N: Real>(x: [N; 4], h: [N; 4], [_, c]: [N; 2]) -> ([N; 2], [N; 6]) {
        let [i, f, g, o] = sums(x, h);
        let (input, forget, cell, output) = (i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid());
        let next = forget * c + input * cell;
        let squashed = next.tanh();
        let kept = [
            cell.chain(i.sigmoid_slope()),
            c.chain(f.sigmoid_slope()),
            input.chain(g.sech_squared()),
            squashed.chain(o.sigmoid_slope()),
            output.chain(next.sech_squared()),
            forget,
        ];
        ([output * squashed, next], kept)
    }

    #[inline(always)]
    fn back<N: Real>(kept: [N; 6], [g, gc]: [N; 2]) -> ([N; 4], [N; 2]) {
        let [i, f, cell, o, through, forget] = kept;
        let c = gc + g.chain(through);
        let gates = [c.chain(i), c.chain(f), c.chain(cell), g.chain(o)];
        (gates, [N::from(0.0), c.chain(forget)])
    }
}

/// The gated recurrent unit of Cho et al., in the form of PyTorch and cuDNN: gates in the order
/// reset, update, new, and the reset gate multiplies what the new one reads of the state after the
/// weights.
pub(crate) struct Gru;

impl Unit<3, 1, 5, 4> for Gru {
    #[inline(always)]
    fn next<N: Real>([xr, xz, xn]: [N; 3], [hr, hz, hn]: [N; 3], [h]: [N; 1]) -> [N; 1] {
        let new = (xn + (xr + hr).sigmoid() * hn).tanh();
        [new + (xz + hz).sigmoid() * (h - new)]
    }

    #[inline(always)]
    fn keep<N: Real>([xr, xz, xn]: [N; 3], [hr, hz, hn]: [N; 3], [h]: [N; 1]) -> ([N; 1], [N; 5]) {
        let (r, z) = (xr + hr, xz + hz);
        let (reset, update) = (r.sigmoid(), z.sigmoid());
        let n = xn + reset * hn;
        let new = n.tanh();
        let kept = [
            hn.chain(r.sigmoid_slope()),
            (h - new).chain(z.sigmoid_slope()),
            (-update + 1.0).chain(n.sech_squared()),
            reset,
            update,
        ];
        ([new + update * (h - new)], kept)
    }

    #[inline(always)]
    fn back<N: Real>(kept: [N; 5], [g]: [N; 1]) -> ([N; 4], [N; 1]) {
        let [r, z, n, reset, update] = kept;
        let (z, n) = (g.chain(z), g.chain(n));
        ([n.chain(r), z, n, n.chain(reset)], [g.chain(update)])
    }
}

#[inline(always)]
fn sums<N: Real, const G: usize>(x: [N; G], h: [N; G]) -> [N; G] {
    std::array::from_fn(|gate| x[gate] + h[gate])
}

/// How many steps, sequences side by side, and units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    pub(crate) steps: usize,
    pub(crate) batch: usize,
    pub(crate) hidden: usize,
}

/// All steps of a sequence.
///
/// `x` is `[steps, batch, G hidden]`, `weight` `[G hidden, hidden]`, a bias `[G hidden]`, a state
/// `[batch, hidden]`. Writes, for each time from 0 to `steps`, and each sequence, the state and what
/// the step from there on keeps: `[steps + 1, batch, (S + K) hidden]`.
pub(crate) fn recur<U, T, const G: usize, const S: usize, const K: usize, const A: usize>(
    extent: Extent,
    x: View<'_, T>,
    weight: View<'_, T>,
    biases: [View<'_, T>; 2],
    start: &[View<'_, T>],
    out: &mut [T],
) where
    U: Unit<G, S, K, A>,
    T: Element,
{
    let Extent {
        steps,
        batch,
        hidden,
    } = extent;
    if out.is_empty() {
        return;
    }
    let width = (S + K) * hidden;
    let (first, _) = out.split_at_mut(batch * width);
    with_ordered(start[0], |state| each_row(first, width, 0, state));
    if S == 2 {
        with_ordered(start[1], |state| each_row(first, width, hidden, state));
    }
    // Behind the last step nothing is kept.
    let last = out.len() - batch * width;
    for row in out[last..].chunks_mut(width) {
        row[S * hidden..].fill(T::default());
    }
    let gates = G * hidden;
    let turned = gates * hidden;
    with_ordered(x, |x| {
        with_buffer(turned + (2 + batch) * gates, |buffer| {
            let (turned, buffer) = buffer.split_at_mut(turned);
            let (biases_of, products) = buffer.split_at_mut(2 * gates);
            // A row for each unit that is read: products of few rows read them as they lie.
            let transposed = View {
                lengths: &[hidden, gates],
                strides: &[weight.strides[1], weight.strides[0]],
                ..weight
            };
            super::copy(transposed, turned);
            for (view, bias) in biases.into_iter().zip(biases_of.chunks_mut(gates)) {
                super::copy(view, bias);
            }
            let vectors = Vectors::widest();
            for step in 0..steps {
                let (before, next) = out[step * batch * width..].split_at_mut(batch * width);
                let state = rows(before, batch, hidden, width);
                matmul(state, rows(turned, hidden, gates, gates), false, products);
                vectors.run(Forward {
                    unit: PhantomData::<U>,
                    hidden,
                    x: &x[step * batch * gates..][..batch * gates],
                    h: products,
                    biases: biases_of,
                    before,
                    next: &mut next[..batch * width],
                });
            }
        });
    });
}

/// The way back through all steps: of the adjoint of the states `[steps, batch, hidden]`, behind
/// which lies that of the last of the unit's other state, what arrives at the gates,
/// `[steps, batch, A hidden]`, and behind it the adjoints of the first state, `[batch, hidden]` each.
pub(crate) fn recur_back<U, T, const G: usize, const S: usize, const K: usize, const A: usize>(
    extent: Extent,
    adjoint: View<'_, T>,
    kept: View<'_, T>,
    weight: View<'_, T>,
    out: &mut [T],
) where
    U: Unit<G, S, K, A>,
    T: Element,
{
    let Extent {
        steps,
        batch,
        hidden,
    } = extent;
    let (states, width, row) = (batch * hidden, (S + K) * hidden, A * hidden);
    if states == 0 {
        return;
    }
    // Of the gates' weights, those that meet what arrives from the first column on, and the rest.
    let alike = if A == G { G * hidden } else { (G - 1) * hidden };
    let (arrived, first) = out.split_at_mut(steps * batch * row);
    with_ordered(adjoint, |adjoint| {
        with_ordered(kept, |kept| {
            with_ordered(weight, |weight| {
                let (given, last) = adjoint.split_at(steps * states);
                first.fill(T::default());
                first[states..].copy_from_slice(last);
                let (upper, lower) = weight.split_at(alike * hidden);
                let upper = rows(upper, alike, hidden, hidden);
                let lower = rows(lower, G * hidden - alike, hidden, hidden);
                let vectors = Vectors::widest();
                for step in (0..steps).rev() {
                    let arrived = &mut arrived[step * batch * row..][..batch * row];
                    vectors.run(Backward {
                        unit: PhantomData::<U>,
                        hidden,
                        given: &given[step * states..][..states],
                        kept: &kept[step * batch * width..][..batch * width],
                        arrived,
                        carried: first,
                    });
                    let below = &mut first[..states];
                    matmul(rows(arrived, batch, alike, row), upper, true, below);
                    if A != G {
                        let rest = &arrived[G * hidden..];
                        matmul(rows(rest, batch, hidden, row), lower, true, below);
                    }
                }
            });
        });
    });
}

/// `count` rows, `step` apart.
fn rows<T>(data: &[T], rows: usize, columns: usize, step: usize) -> Matrix<'_, T> {
    Matrix {
        data,
        start: 0,
        rows,
        columns,
        row_stride: step as isize,
        column_stride: 1,
    }
}

/// Copies rows to a place in wider rows.
fn each_row<T: Copy>(to: &mut [T], width: usize, place: usize, from: &[T]) {
    let hidden = from.len() / (to.len() / width);
    for (to, from) in to.chunks_mut(width).zip(from.chunks(hidden)) {
        to[place..place + hidden].copy_from_slice(from);
    }
}

/// Units that are computed at once. What they read and write lies in arrays of this length
/// meanwhile, which a compiler can tell apart: it would not make vector code of a loop over a dozen slices.
const BLOCK: usize = 32;

#[inline(always)]
fn load<T: Element>(from: &[T]) -> [T; BLOCK] {
    match from.first_chunk() {
        Some(block) => *block,
        None => {
            let mut block = [T::default(); BLOCK];
            block[..from.len()].copy_from_slice(from);
            block
        }
    }
}

#[inline(always)]
fn store<T: Element>(block: &[T; BLOCK], to: &mut [T]) {
    match to.first_chunk_mut() {
        Some(place) => *place = *block,
        None => to.copy_from_slice(&block[..to.len()]),
    }
}

/// A block of each of `N` rows that lie behind one another.
#[inline(always)]
fn load_all<T: Element, const N: usize>(
    from: &[T],
    hidden: usize,
    at: usize,
    end: usize,
) -> [[T; BLOCK]; N] {
    let mut blocks = [[T::default(); BLOCK]; N];
    for (number, block) in blocks.iter_mut().enumerate() {
        *block = load(&from[number * hidden + at..number * hidden + end]);
    }
    blocks
}

#[inline(always)]
fn store_all<T: Element, const N: usize>(
    blocks: &[[T; BLOCK]; N],
    to: &mut [T],
    hidden: usize,
    at: usize,
    end: usize,
) {
    for (number, block) in blocks.iter().enumerate() {
        store(block, &mut to[number * hidden + at..number * hidden + end]);
    }
}

/// One step of all units of all sequences.
struct Forward<'a, U, T, const G: usize, const S: usize, const K: usize, const A: usize> {
    unit: PhantomData<U>,
    hidden: usize,
    x: &'a [T],
    h: &'a [T],
    biases: &'a [T],
    before: &'a mut [T],
    next: &'a mut [T],
}

impl<U, T, const G: usize, const S: usize, const K: usize, const A: usize> Loop
    for Forward<'_, U, T, G, S, K, A>
where
    U: Unit<G, S, K, A>,
    T: Element,
{
    type Out = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let n = self.hidden;
        let (of_x, of_h) = self.biases.split_at(G * n);
        let reads = self.x.chunks_exact(G * n).zip(self.h.chunks_exact(G * n));
        let writes = self
            .before
            .chunks_exact_mut((S + K) * n)
            .zip(self.next.chunks_exact_mut((S + K) * n));
        for ((x, h), (before, next)) in reads.zip(writes) {
            for at in (0..n).step_by(BLOCK) {
                let end = n.min(at + BLOCK);
                let (x, of_x): ([_; G], [_; G]) =
                    (load_all(x, n, at, end), load_all(of_x, n, at, end));
                let (h, of_h): ([_; G], [_; G]) =
                    (load_all(h, n, at, end), load_all(of_h, n, at, end));
                let state: [_; S] = load_all(before, n, at, end);
                let mut states = [[T::default(); BLOCK]; S];
                let mut keeps = [[T::default(); BLOCK]; K];
                for l in 0..BLOCK {
                    let x = std::array::from_fn(|g| {
                        Fast::<T, FMA>(x[g][l]) + Fast::<T, FMA>(of_x[g][l])
                    });
                    let h = std::array::from_fn(|g| {
                        Fast::<T, FMA>(h[g][l]) + Fast::<T, FMA>(of_h[g][l])
                    });
                    let state = std::array::from_fn(|s| Fast::<T, FMA>(state[s][l]));
                    let (state, kept) = U::keep(x, h, state);
                    for s in 0..S {
                        states[s][l] = state[s].0;
                    }
                    for k in 0..K {
                        keeps[k][l] = kept[k].0;
                    }
                }
                store_all(&keeps, &mut before[S * n..], n, at, end);
                store_all(&states, next, n, at, end);
            }
        }
    }
}

/// One step back.
struct Backward<'a, U, T, const G: usize, const S: usize, const K: usize, const A: usize> {
    unit: PhantomData<U>,
    hidden: usize,
    given: &'a [T],
    kept: &'a [T],
    arrived: &'a mut [T],
    /// The adjoints of the states behind the step, then of those before it: `S` arrays.
    carried: &'a mut [T],
}

impl<U, T, const G: usize, const S: usize, const K: usize, const A: usize> Loop
    for Backward<'_, U, T, G, S, K, A>
where
    U: Unit<G, S, K, A>,
    T: Element,
{
    type Out = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let n = self.hidden;
        let states = self.given.len();
        for row in 0..states / n {
            let kept = &self.kept[row * (S + K) * n..][S * n..(S + K) * n];
            for at in (0..n).step_by(BLOCK) {
                let end = n.min(at + BLOCK);
                let kept: [_; K] = load_all(kept, n, at, end);
                let given = load(&self.given[row * n + at..row * n + end]);
                let mut carried: [_; S] = load_all(&self.carried[row * n..], states, at, end);
                let mut arrived = [[T::default(); BLOCK]; A];
                for l in 0..BLOCK {
                    let kept = std::array::from_fn(|k| Fast::<T, FMA>(kept[k][l]));
                    let mut adjoint = std::array::from_fn(|s| Fast::<T, FMA>(carried[s][l]));
                    adjoint[0] += Fast(given[l]);
                    let (gates, state) = U::back(kept, adjoint);
                    for a in 0..A {
                        arrived[a][l] = gates[a].0;
                    }
                    for s in 0..S {
                        carried[s][l] = state[s].0;
                    }
                }
                store_all(&arrived, &mut self.arrived[row * A * n..], n, at, end);
                store_all(&carried, &mut self.carried[row * n..], states, at, end);
            }
        }
    }
}
