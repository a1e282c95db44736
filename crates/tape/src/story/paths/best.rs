//! The best ways on from each node, as many as are asked for.

use super::PathStep;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The size of a product of local derivatives, which neither overflows nor vanishes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weight {
    /// 0, an infinity, NaN, or in [1, 2).
    size: f64,
    /// Times 2 to this.
    exponent: i64,
}

impl Weight {
    const ONE: Weight = Weight {
        size: 1.0,
        exponent: 0,
    };

    fn times(self, local: f64) -> Weight {
        if self.size == 0.0 || local == 0.0 {
            return Weight {
                size: 0.0,
                exponent: 0,
            };
        }
        let (size, up) = parts(local);
        let (size, carry) = parts(self.size * size);
        Weight {
            size,
            exponent: self.exponent + up + carry,
        }
    }

    /// Zero, numbers, infinity, NaN: no step turns this order around, at most it makes two equal.
    fn rank(self) -> (u8, i64, f64) {
        match self.size {
            0.0 => (0, 0, 0.0),
            size if size.is_nan() => (3, 0, 0.0),
            size if size.is_infinite() => (2, 0, 0.0),
            size => (1, self.exponent, size),
        }
    }

    pub(super) fn signed(self, is_negative: bool) -> f64 {
        // In two steps, so that a subnormal result is reached from within the range.
        let half = |exponent: i64| 2f64.powi(exponent.clamp(-1100, 1100) as i32);
        let first = self.exponent / 2;
        let number = self.size * half(first) * half(self.exponent - first);
        match is_negative && self.size != 0.0 {
            true => -number,
            false => number,
        }
    }
}

/// A number as a size in [1, 2) and a power of two; 0, infinity and NaN as they are.
fn parts(number: f64) -> (f64, i64) {
    let number = number.abs();
    if number == 0.0 || !number.is_finite() {
        return (number, 0);
    }
    let (number, below) = match number.is_subnormal() {
        true => (number * 2f64.powi(64), -64),
        false => (number, 0),
    };
    let bits = number.to_bits();
    let exponent = (bits >> 52) as i64 - 1023;
    let size = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    (size, exponent + below)
}

/// A way on from a node to the end: its first step, and the rank of the rest among its child's ways.
#[derive(Clone, Copy)]
struct Way {
    weight: Weight,
    step: usize,
    rank: usize,
}

impl PartialEq for Way {
    fn eq(&self, other: &Way) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Way {}

impl PartialOrd for Way {
    fn partial_cmp(&self, other: &Way) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Way {
    /// The heavier is greater; of equal ones that of the earlier step, then of the better rest.
    fn cmp(&self, other: &Way) -> Ordering {
        let ((a, b, x), (c, d, y)) = (self.weight.rank(), other.weight.rank());
        (a, b)
            .cmp(&(c, d))
            .then(x.total_cmp(&y))
            .then(other.step.cmp(&self.step))
            .then(other.rank.cmp(&self.rank))
    }
}

/// The ways on from one node.
#[derive(Default)]
struct Ways {
    /// The best, in order.
    found: Vec<Way>,
    /// What may come next.
    candidates: BinaryHeap<Way>,
    /// Whether the way behind the last one found is among the candidates.
    is_ready: bool,
}

/// The best ways on from each node of a web, found as they are asked for.
pub(super) struct Best<'a> {
    steps: &'a [Vec<(usize, PathStep)>],
    ways: Vec<Ways>,
}

impl<'a> Best<'a> {
    /// Finds the best way on from each node.
    pub(super) fn new(steps: &'a [Vec<(usize, PathStep)>]) -> Best<'a> {
        let mut best = Best {
            steps,
            ways: Vec::new(),
        };
        best.ways.resize_with(steps.len(), Ways::default);
        let end = steps.len() - 1;
        for place in (0..end).rev() {
            for (step, &(child, PathStep { local, .. })) in steps[place].iter().enumerate() {
                let rest = match child == end {
                    true => Some(Weight::ONE),
                    false => best.ways[child].found.first().map(|way| way.weight),
                };
                let way = rest.map(|rest| Way {
                    weight: rest.times(local),
                    step,
                    rank: 0,
                });
                best.ways[place].candidates.extend(way);
            }
            let first = best.ways[place].candidates.pop();
            best.ways[place].found.extend(first);
        }
        best
    }

    /// The path of this rank from a node to the end, the heaviest has rank 0; `None` behind the last.
    pub(super) fn path(&mut self, from: usize, rank: usize) -> Option<(Weight, Vec<PathStep>)> {
        let end = self.steps.len() - 1;
        if from == end {
            return (rank == 0).then(|| (Weight::ONE, Vec::new()));
        }
        self.find(from, rank);
        let weight = self.ways[from].found.get(rank)?.weight;
        let mut path = Vec::new();
        let (mut place, mut rank) = (from, rank);
        while place != end {
            let way = self.ways[place].found[rank];
            let (child, step) = self.steps[place][way.step];
            path.push(step);
            (place, rank) = (child, way.rank);
        }
        Some((weight, path))
    }

    /// Finds ways on from a node until there are `rank + 1`, or no more.
    fn find(&mut self, from: usize, rank: usize) {
        let end = self.steps.len() - 1;
        let mut wanted = vec![(from, rank)];
        while let Some(&(place, rank)) = wanted.last() {
            let ways = &mut self.ways[place];
            let Some(&last) = ways.found.last().filter(|_| ways.found.len() <= rank) else {
                wanted.pop();
                continue;
            };
            if !ways.is_ready {
                // Behind the last way comes, among others, its first step with the next best rest.
                let (child, step) = self.steps[place][last.step];
                let next = last.rank + 1;
                let known = child == end || self.ways[child].found.len() > next;
                if !known && !self.ways[child].is_exhausted() {
                    wanted.push((child, next));
                    continue;
                }
                let rest = match child == end {
                    true => None,
                    false => self.ways[child].found.get(next),
                };
                let way = rest.map(|rest| Way {
                    weight: rest.weight.times(step.local),
                    step: last.step,
                    rank: next,
                });
                self.ways[place].candidates.extend(way);
                self.ways[place].is_ready = true;
                continue;
            }
            match ways.candidates.pop() {
                Some(way) => {
                    ways.found.push(way);
                    ways.is_ready = false;
                }
                None => {
                    wanted.pop();
                }
            }
        }
    }
}

impl Ways {
    /// Whether there is no further way.
    fn is_exhausted(&self) -> bool {
        self.found.is_empty() || self.is_ready && self.candidates.is_empty()
    }
}
