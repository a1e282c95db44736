//! Random graphs of numbers, from a seed.

use tape::{Tape, Var};

/// A stream of random numbers (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A number between -1 and 1.
    pub(crate) fn number(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    pub(crate) fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }
}

type Operation = fn(Var, Var) -> Var;

/// Operations that keep numbers finite and their slopes, too.
const TAME: &[Operation] = &[
    |x, y| (x + y) * 0.5,
    |x, y| x - y * 0.3,
    |x, y| x.tanh() * y,
    |x, _| x.sin(),
    |x, _| x.sigmoid() * 2.0 - 1.0,
    |x, y| x.atan2(y.square() + 1.0),
    |x, y| x.max(y),
    |x, y| x / (y.square() + 2.0),
    |x, _| (x * 0.5).exp().tanh(),
    |x, _| (x.square() + 1.0).ln(),
    |x, y| Var::dot(&[x, y, y, x]).tanh(),
    |x, y| (x - 0.2).select(y, x * 0.5),
    |x, y| x.mul_add(0.5, y * 0.25),
    |x, _| x.abs() - x.relu() * 0.1,
];

/// Some steps of a random graph, behind what is there.
pub(crate) fn grow(values: &mut Vec<Var>, steps: usize, random: &mut Random) {
    for _ in 0..steps {
        let (x, y) = (random.pick(values), random.pick(values));
        values.push(random.pick(TAME)(x, y));
    }
}

/// A few random inputs.
pub(crate) fn inputs(tape: &Tape, random: &mut Random) -> Vec<Var> {
    let count = 1 + random.below(4);
    (0..count).map(|_| tape.leaf(random.number())).collect()
}

/// One output that all of these lead to.
pub(crate) fn all_of(values: &[Var]) -> Var {
    values
        .iter()
        .copied()
        .reduce(|sum, x| sum + x)
        .expect("a value")
}
