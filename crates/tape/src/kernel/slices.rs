//! Loops over slices: sums, extremes and maps, in a fixed order that machines with vectors like.
//!
//! Four terms of a sum are added in their own type, which halves the work of widening `f32`, then
//! pairwise in `f64`. What a sum of millions loses by the four are roundings that cancel.

use super::lanes::{Loop, Vectors};
use crate::element::Element;

/// Terms that are added in their own type.
pub(super) const FOUR: usize = 4;
/// Sums that run side by side, so that additions do not wait for each other.
const LANES: usize = 16;
/// Terms that go to the lanes at a time.
const GROUP: usize = FOUR * LANES;
/// Terms that are added before sums are paired: 32 fours to each lane.
pub(super) const RUN: usize = 32 * GROUP;

/// Runs that are summed in one call.
const RUNS: usize = 64;

/// Where a sum of more than [`RUN`] terms is halved.
pub(super) fn half(count: usize) -> usize {
    (count / 2).next_multiple_of(RUN)
}

/// What is computed for an element of a slice and its partners in others: `M` numbers.
///
/// It is handed on by value, closures too (`move`): a number behind a reference would be read
/// again for each element, and the loop would be no vector code.
pub(crate) trait Rule<T, const N: usize, const M: usize>: Copy {
    /// They for one element of each slice.
    fn at<const FMA: bool>(&self, operands: [T; N]) -> [T; M];
}

impl<T, const N: usize, const M: usize, F: Fn([T; N]) -> [T; M] + Copy> Rule<T, N, M> for F {
    #[inline(always)]
    fn at<const FMA: bool>(&self, operands: [T; N]) -> [T; M] {
        self(operands)
    }
}

/// `Σ rule(xᵢ, yᵢ, ..)`, pairwise in an order that depends on the length alone. Of nothing it is +0.
pub(crate) fn sums<T: Element, const N: usize, const M: usize>(
    operands: [&[T]; N],
    rule: impl Rule<T, N, M>,
) -> [f64; M] {
    let count = operands[0].len();
    if count > RUNS * RUN {
        let middle = half(count);
        let first = sums(operands.map(|x| &x[..middle]), rule);
        let second = sums(operands.map(|x| &x[middle..]), rule);
        return std::array::from_fn(|m| first[m] + second[m]);
    }
    let operands = operands.map(|x| &x[..count]);
    if count <= RUN {
        return Vectors::widest().run(Sums { operands, rule });
    }
    let mut of_runs = [[0.0; M]; RUNS];
    Vectors::widest().run(SumsOfRuns {
        operands,
        rule,
        sums: &mut of_runs,
    });
    paired(count, &of_runs)
}

/// The sums of `count` terms from those of their runs, by halves.
fn paired<const M: usize>(count: usize, of_runs: &[[f64; M]]) -> [f64; M] {
    if count <= RUN {
        return of_runs[0];
    }
    let middle = half(count);
    let first = paired(middle, of_runs);
    let second = paired(count - middle, &of_runs[middle / RUN..]);
    std::array::from_fn(|m| first[m] + second[m])
}

/// How many additions a term of [`sums`] goes through, at most: four, lanes, halves.
pub(crate) fn additions(count: usize) -> usize {
    let runs = count.div_ceil(RUN).max(1).next_power_of_two().ilog2() as usize;
    let in_a_run = 2 + count.min(RUN).div_ceil(GROUP) + FOUR + LANES.ilog2() as usize;
    (in_a_run + runs).min(count.saturating_sub(1))
}

/// `Σ rule(xᵢ)`, as [`sums`].
pub(crate) fn sum_of<T: Element>(xs: &[T], rule: impl Fn(T) -> T + Copy) -> f64 {
    sums([xs], move |[x]: [T; 1]| [rule(x)])[0]
}

/// Hands the sums of rows of `length` elements, at most [`RUN`], to `take`, with the place where
/// the row starts: each as [`sum_of`] adds it, in one call for all rows.
pub(super) fn sums_of_rows<T: Element>(
    data: &[T],
    starts: impl Iterator<Item = isize>,
    length: usize,
    take: impl FnMut(isize, f64),
) {
    assert!(length <= RUN);
    Vectors::widest().run(SumsOfRows {
        data,
        starts,
        length,
        take,
    });
}

struct SumsOfRows<'a, T, I, F> {
    data: &'a [T],
    starts: I,
    length: usize,
    take: F,
}

impl<T: Element, I: Iterator<Item = isize>, F: FnMut(isize, f64)> Loop for SumsOfRows<'_, T, I, F> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        for start in self.starts {
            let operands = [&self.data[start as usize..][..self.length]];
            let rule = |[x]: [T; 1]| [x];
            let [sum] = Sums { operands, rule }.run::<FMA>();
            (self.take)(start, sum);
        }
    }
}

/// The sums of some runs, one after the other: while the lanes of one are added, the next is read.
struct SumsOfRuns<'a, T, R, const N: usize, const M: usize> {
    operands: [&'a [T]; N],
    rule: R,
    sums: &'a mut [[f64; M]],
}

impl<T: Element, R: Rule<T, N, M>, const N: usize, const M: usize> Loop
    for SumsOfRuns<'_, T, R, N, M>
{
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let (count, rule) = (self.operands[0].len(), self.rule);
        for (start, sums) in (0..count).step_by(RUN).zip(self.sums) {
            let length = RUN.min(count - start);
            let operands = self.operands.map(|x| &x[start..][..length]);
            *sums = Sums { operands, rule }.run::<FMA>();
        }
    }
}

struct Sums<'a, T, R, const N: usize, const M: usize> {
    operands: [&'a [T]; N],
    rule: R,
}

impl<T: Element, R: Rule<T, N, M>, const N: usize, const M: usize> Loop for Sums<'_, T, R, N, M> {
    type Out = [f64; M];
    #[inline(always)]
    fn run<const FMA: bool>(self) -> [f64; M] {
        let count = self.operands[0].len();
        let mut sums = [[0.0; LANES]; M];
        for group in 0..count / GROUP {
            let operands = self.operands.map(|x| &x[group * GROUP..][..GROUP]);
            for lane in 0..LANES {
                let [a, b, c, d] = std::array::from_fn(|k| {
                    self.rule.at::<FMA>(operands.map(|x| x[k * LANES + lane]))
                });
                for (m, sums) in sums.iter_mut().enumerate() {
                    sums[lane] += ((a[m] + b[m]) + (c[m] + d[m])).to_f64();
                }
            }
        }
        // Full groups alone leave the sums in registers: a call for each row of a matrix must not
        // end with them on the stack.
        if count.is_multiple_of(GROUP) {
            return sums.map(sum_of_lanes);
        }
        let mut with_rest = sums;
        for start in (count / GROUP * GROUP..count).step_by(LANES) {
            let length = LANES.min(count - start);
            let operands = self.operands.map(|x| &x[start..][..length]);
            for lane in 0..length {
                let terms = self.rule.at::<FMA>(operands.map(|x| x[lane]));
                for (sums, term) in with_rest.iter_mut().zip(terms) {
                    sums[lane] += term.to_f64();
                }
            }
        }
        with_rest.map(sum_of_lanes)
    }
}

/// The sum of the lanes, by halves.
#[inline(always)]
fn sum_of_lanes(mut sums: [f64; LANES]) -> f64 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

/// `outᵢ = rule(xᵢ, yᵢ, ..)`.
pub(crate) fn map<T: Element, const N: usize>(
    operands: [&[T]; N],
    out: &mut [T],
    rule: impl Rule<T, N, 1>,
) {
    let operands = operands.map(|x| &x[..out.len()]);
    Vectors::widest().run(Map {
        operands,
        out,
        rule,
    });
}

struct Map<'a, T, R, const N: usize> {
    operands: [&'a [T]; N],
    out: &'a mut [T],
    rule: R,
}

impl<T: Element, R: Rule<T, N, 1>, const N: usize> Loop for Map<'_, T, R, N> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let operands = self.operands.map(|x| &x[..self.out.len()]);
        for (i, out) in self.out.iter_mut().enumerate() {
            [*out] = self.rule.at::<FMA>(operands.map(|x| x[i]));
        }
    }
}

/// `xᵢ = rule(xᵢ, yᵢ)`.
pub(crate) fn update<T: Element>(xs: &mut [T], ys: &[T], rule: impl Fn(T, T) -> T) {
    Vectors::widest().run(Update { xs, ys, rule });
}

/// `xᵢ = rule(xᵢ)`.
pub(crate) fn update_each<T: Element>(xs: &mut [T], rule: impl Fn(T) -> T) {
    Vectors::widest().run(UpdateEach { xs, rule });
}

struct Update<'a, T, F> {
    xs: &'a mut [T],
    ys: &'a [T],
    rule: F,
}

impl<T: Element, F: Fn(T, T) -> T> Loop for Update<'_, T, F> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (x, &y) in self.xs.iter_mut().zip(self.ys) {
            *x = (self.rule)(*x, y);
        }
    }
}

struct UpdateEach<'a, T, F> {
    xs: &'a mut [T],
    rule: F,
}

impl<T: Element, F: Fn(T) -> T> Loop for UpdateEach<'_, T, F> {
    type Out = ();
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.xs {
            *x = (self.rule)(*x);
        }
    }
}

/// The largest element, NaN if any is; -inf of nothing.
pub(crate) fn largest<T: Element>(xs: &[T]) -> T {
    Vectors::widest().run(Largest(xs))
}

struct Largest<'a, T>(&'a [T]);

impl<T: Element> Loop for Largest<'_, T> {
    type Out = T;
    #[inline(always)]
    fn run<const FMA: bool>(self) -> T {
        const WIDTH: usize = 2 * LANES;
        let mut lanes = [T::from_f64(f64::NEG_INFINITY); WIDTH];
        let mut unordered = [false; WIDTH];
        let lines = self.0.chunks_exact(WIDTH);
        let rest = lines.remainder();
        for line in lines {
            for ((lane, unordered), &x) in lanes.iter_mut().zip(&mut unordered).zip(line) {
                *lane = if x > *lane { x } else { *lane };
                *unordered |= x.is_nan();
            }
        }
        for ((lane, unordered), &x) in lanes.iter_mut().zip(&mut unordered).zip(rest) {
            *lane = if x > *lane { x } else { *lane };
            *unordered |= x.is_nan();
        }
        if unordered.contains(&true) {
            return T::from_f64(f64::NAN);
        }
        let larger = |m: T, x: T| if x > m { x } else { m };
        lanes.into_iter().fold(lanes[0], larger)
    }
}

/// The first place of the largest element; 0 if there is none.
pub(crate) fn place_of_largest<T: Element>(xs: &[T]) -> usize {
    const LINE: usize = 64;
    let largest = largest(xs);
    // A line at a time: that has no branch for each element.
    let holds = |line: &[T]| line.iter().fold(false, |found, &x| found | (x == largest));
    let line = xs.chunks(LINE).position(holds).unwrap_or(0);
    let within = xs[line * LINE..].iter().position(|&x| x == largest);
    line * LINE + within.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_extremes_of_any_length() {
        for count in [0, 1, 7, 8, 9, 255, 256, 257, 1000, 4097, 9000] {
            let xs: Vec<f64> = (0..count).map(|i| f64::from(i * 37 % 101)).collect();
            let singles: Vec<f32> = xs.iter().map(|&x| x as f32).collect();
            let want = [xs.iter().sum::<f64>() + 0.0, xs.iter().map(|x| x * x).sum()];
            assert_eq!(sums([&xs, &xs], |[x, y]: [f64; 2]| [x, x * y]), want);
            assert_eq!(sums([&singles], |[x]: [f32; 1]| [x, x * x]), want);
            let (mut best, mut at) = (f64::NEG_INFINITY, 0);
            for (i, &x) in xs.iter().enumerate() {
                if x > best {
                    (best, at) = (x, i);
                }
            }
            assert_eq!((largest(&xs), place_of_largest(&xs)), (best, at));
            assert_eq!(place_of_largest(&singles), at);
        }
        assert!(largest(&[1.0, f64::NAN, 2.0]).is_nan());
        assert_eq!(place_of_largest(&[1.0, f64::NAN, 2.0]), 0);
        assert_eq!(sum_of(&[], |x: f64| x).to_bits(), 0);
    }

    #[test]
    fn a_long_sum_keeps_its_digits() {
        let xs = vec![0.1; 1_000_000];
        assert!((sum_of(&xs, |x| x) - 1e5).abs() < 1e-10);
    }
}
