//! Where the laws are tried: every operation of the table, at points of its domain.

use crate::laws::{Case, Subject};
use tape::Op;
use tape::op::Arity;

/// Points per domain, besides 0.
const POINTS: usize = 5;

/// Further domains, an interval for each operand: the other side of a kink, another quadrant.
const MORE_DOMAINS: &[(Op, &[(f64, f64)])] = &[
    (Op::Recip, &[(-3.0, -0.3)]),
    (Op::Cbrt, &[(-4.0, -0.2)]),
    (Op::Relu, &[(-3.0, -0.2)]),
    (Op::ReluSlope, &[(-3.0, -0.2)]),
    (Op::Selu, &[(0.2, 3.0)]),
    (Op::Softsign, &[(-3.0, -0.2)]),
    (Op::HardTanh, &[(1.1, 3.0)]),
    (Op::HardTanh, &[(-3.0, -1.1)]),
    (Op::Ramp, &[(0.6, 2.0)]),
    (Op::Ramp, &[(-2.0, -0.6)]),
    (Op::Step, &[(-3.0, -0.2)]),
    (Op::Sign, &[(-3.0, -0.2)]),
    (Op::Abs, &[(-3.0, -0.2)]),
    (Op::Floor, &[(-2.9, -2.1)]),
    (Op::Trunc, &[(-2.9, -2.1)]),
    (Op::Erfc, &[(2.0, 5.0)]),
    (Op::Sigmoid, &[(-30.0, 30.0)]),
    (Op::Tanh, &[(-15.0, 15.0)]),
    (Op::Lgamma, &[(-2.8, -2.2)]),
    (Op::Digamma, &[(-2.8, -2.2)]),
    (Op::Polygamma, &[(-2.8, -2.2)]),
    (Op::Powi, &[(-2.0, -0.3)]),
    (Op::LeakyRelu, &[(0.2, 3.0)]),
    (Op::LeakyReluSlope, &[(0.2, 3.0)]),
    (Op::Elu, &[(0.2, 3.0)]),
    (Op::EluSlope, &[(0.2, 3.0)]),
    (Op::EluCurve, &[(0.2, 3.0)]),
    (Op::Div, &[(-3.0, 3.0), (-3.0, -0.3)]),
    (Op::ChainMul, &[(-3.0, -0.2), (0.2, 3.0)]),
    (Op::QuotientOrZero, &[(-3.0, 3.0), (-3.0, -0.3)]),
    (Op::Rem, &[(-2.5, -2.3), (0.95, 1.05)]),
    (Op::Rem, &[(-2.5, -2.3), (-1.05, -0.95)]),
    (Op::RemQuotient, &[(2.3, 2.5), (-1.05, -0.95)]),
    (Op::Atan2, &[(-3.0, -0.3), (-3.0, 3.0)]),
    (Op::Atan2, &[(0.3, 3.0), (-3.0, -0.3)]),
    (Op::Atan2Slope, &[(-3.0, 3.0), (-3.0, -0.3)]),
    (Op::Hypot, &[(-3.0, 3.0), (-3.0, -0.3)]),
    (Op::HypotSlope, &[(-3.0, 3.0), (-3.0, -0.3)]),
    (Op::Copysign, &[(-3.0, -0.3), (0.3, 3.0)]),
    (Op::Copysign, &[(0.3, 3.0), (-3.0, -0.3)]),
    (Op::Max, &[(0.0, 1.0), (2.0, 3.0)]),
    (Op::Min, &[(0.0, 1.0), (2.0, 3.0)]),
    (Op::MaxShare, &[(0.0, 1.0), (2.0, 3.0)]),
    (Op::Xlogy, &[(-3.0, 0.0), (0.3, 3.0)]),
    (Op::Select, &[(-1.0, -0.2), (-3.0, 3.0), (-3.0, 3.0)]),
    (Op::Clamp, &[(-3.0, -2.1), (-2.0, -1.0), (1.0, 2.0)]),
    (Op::Clamp, &[(2.1, 3.0), (-2.0, -1.0), (1.0, 2.0)]),
    (Op::Clamp, &[(-0.5, 0.5), (1.1, 2.0), (0.6, 1.0)]),
    (Op::Within, &[(2.1, 3.0), (-2.0, -1.0), (1.0, 2.0)]),
    (Op::ClampLow, &[(-3.0, -2.1), (-2.0, -1.0), (1.0, 2.0)]),
    (Op::ClampHigh, &[(2.1, 3.0), (-2.0, -1.0), (1.0, 2.0)]),
];

/// A small generator (SplitMix64, Steele et al. 2014), so that every run tries the same points.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn within(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Every operation with each of its attributes, at points of its domains, with every combination
/// of literal and variable operands.
pub(crate) fn all() -> Vec<Case> {
    let mut random = Random(7);
    let mut cases = Vec::new();
    for &op in Op::ALL {
        let own = std::iter::once(op.info().domain);
        let more = MORE_DOMAINS
            .iter()
            .filter(|&&(other, _)| other == op)
            .map(|&(_, domain)| domain);
        for domain in own.chain(more) {
            for domain in by_operand(op, domain) {
                for attribute in attributes(op) {
                    add_points(
                        &mut cases,
                        &mut random,
                        Subject::Table { op, attribute },
                        &domain,
                    );
                }
            }
        }
    }
    cases
}

/// The attributes to try; one that is ignored where the operation takes none.
pub(crate) fn attributes(op: Op) -> Vec<f64> {
    match op.info().attributes {
        [] => vec![0.0],
        attributes => attributes.to_vec(),
    }
}

/// An interval per operand; for an operation of any number of operands, some numbers of them.
fn by_operand(op: Op, domain: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    match (op.info().arity, op) {
        (Arity::Any, Op::Dot) => [2, 6].map(|n| vec![domain[0]; n]).to_vec(),
        (Arity::Any, _) => [1, 2, 3, 6].map(|n| vec![domain[0]; n]).to_vec(),
        _ => vec![domain.to_vec()],
    }
}

/// Random points of a domain, and 0 where it is inside.
pub(crate) fn add_points(
    cases: &mut Vec<Case>,
    random: &mut Random,
    subject: Subject,
    domain: &[(f64, f64)],
) {
    let n = domain.len();
    let mut points: Vec<Vec<f64>> = (0..POINTS)
        .map(|_| {
            domain
                .iter()
                .map(|&interval| random.within(interval))
                .collect()
        })
        .collect();
    if domain.iter().all(|&(low, high)| low < 0.0 && 0.0 < high) {
        points.push(vec![0.0; n]);
    }
    for operands in points {
        for variables in subsets(n) {
            let elsewhere = domain
                .iter()
                .map(|&interval| random.within(interval))
                .collect();
            cases.push(Case {
                subject,
                operands: operands.clone(),
                variables,
                elsewhere,
            });
        }
    }
}

/// The sets of operands that are variables: all but the empty set; of many operands, a few.
fn subsets(n: usize) -> Vec<Vec<usize>> {
    let chosen = |mask: usize| (0..n).filter(|i| mask >> i & 1 == 1).collect();
    if n <= 3 {
        (1..1 << n).map(chosen).collect()
    } else {
        [1, 0b1010, (1 << n) - 1].map(chosen).to_vec()
    }
}
