//! Whose rule is wrong: each operation's local derivatives against differences of that operation.

use super::difference::{Slopes, slopes};
use super::{Check, Comparison, Culprit, Verdict};
use crate::dual::Dual;
use crate::graph::{Operand, Row};
use crate::op::{Op, Real};
use crate::program::Program;
use crate::run::local_partials;

/// Operations on more operands are checked along one direction first, and operand by operand
/// only where that fails.
const WIDE: usize = 32;
/// A bound on the rounding of one operation, in units of the last place of its value and, as it
/// may cancel inside, of its operands' parts in it.
const ULPS: f64 = 4.0;
/// Neighbours of a larger number are further apart than 1: no step is small.
const COARSE: f64 = 4.5e15;

/// Every wrong local derivative of a program at `x`, in the order of its rows.
pub(super) fn culprits(
    check: &Check,
    program: &Program,
    x: &[f64],
    inputs_pass: bool,
) -> Vec<Culprit> {
    let check = Check {
        epsilon: None,
        one_sided: false,
        names: Vec::new(),
        ..*check
    };
    let values = program.forward(x).unwrap_or_default();
    let mut culprits = Vec::new();
    for index in 0..program.len() {
        let row = program.rows[index];
        if matches!(row.op, Op::Input | Op::Const) || (row.op == Op::Detach && inputs_pass) {
            continue;
        }
        let operands = program.operands(index);
        let number = |operand: &Operand| match *operand {
            Operand::Node(node) => values[node as usize],
            Operand::Literal(number) => number,
        };
        let node = Node {
            row,
            at: operands.iter().map(number).collect(),
        };
        let is_node = |&slot: &usize| matches!(operands[slot], Operand::Node(_));
        let slots: Vec<usize> = (0..operands.len())
            .filter(is_node)
            .filter(|&slot| node.at[slot].abs() < COARSE)
            .collect();
        if slots.len() > WIDE && node.is_right_along(&check, &slots) {
            continue;
        }
        for slot in slots {
            for (by, comparison) in node.compare(&check, slot) {
                let Comparison {
                    backprop: rule,
                    estimate,
                    verdict: Verdict::Disagrees,
                    ..
                } = comparison
                else {
                    continue;
                };
                culprits.push(Culprit {
                    row: index,
                    op: program.op_name(index).to_string(),
                    name: program.name(index).map(str::to_string),
                    operand: by.unwrap_or(slot),
                    by: by.and(Some(slot)),
                    rule,
                    estimate,
                    place: program.place(index).cloned(),
                });
            }
        }
    }
    culprits
}

/// An operation at a point.
struct Node {
    row: Row,
    at: Vec<f64>,
}

impl Node {
    fn value<N: Real>(&self, operands: &[N]) -> N {
        match self.row.op {
            Op::Detach => operands[0],
            Op::Call => N::call(self.row.function(), operands),
            op => op
                .apply(operands, self.row.attribute().as_f64())
                .expect("the operands fit"),
        }
    }

    fn partials<N: Real>(&self, operands: &[N]) -> Vec<N> {
        local_partials(&self.row, operands, self.value(operands), |_| true).to_vec()
    }

    /// The derivative by one operand; at order 2, if that is right, those of all local
    /// derivatives by this operand, each with its number.
    fn compare(&self, check: &Check, slot: usize) -> Vec<(Option<usize>, Comparison)> {
        let mut direction = vec![0.0; self.at.len()];
        direction[slot] = 1.0;
        let at = |shift: f64| {
            let mut operands = self.at.clone();
            operands[slot] = shift;
            operands
        };
        let (value, partials) = self.compare_along(check, &direction, self.at[slot], at);
        if value.verdict == Verdict::Disagrees {
            return vec![(None, value)];
        }
        partials
            .into_iter()
            .enumerate()
            .map(|(i, partial)| (Some(i), partial))
            .collect()
    }

    /// Whether nothing disagrees along a direction that no operand is left out of.
    fn is_right_along(&self, check: &Check, slots: &[usize]) -> bool {
        let mut direction = vec![0.0; self.at.len()];
        for &slot in slots {
            direction[slot] = 0.5 + (slot as f64 * 0.618_033_988_749_895).fract();
        }
        let check = Check {
            tolerance: check.tolerance / slots.len() as f64,
            names: Vec::new(),
            ..*check
        };
        let at = |shift: f64| {
            self.at
                .iter()
                .zip(&direction)
                .map(|(x, d)| x + shift * d)
                .collect()
        };
        let (value, partials) = self.compare_along(&check, &direction, 0.0, at);
        [value]
            .iter()
            .chain(&partials)
            .all(|comparison| comparison.verdict != Verdict::Disagrees)
    }

    /// The derivative of the value, and at order 2 of each local derivative, along a direction.
    fn compare_along(
        &self,
        check: &Check,
        direction: &[f64],
        from: f64,
        at: impl Fn(f64) -> Vec<f64>,
    ) -> (Comparison, Vec<Comparison>) {
        let ulps = |value: f64, slopes: &dyn Fn(usize) -> f64| {
            let parts = |i: usize| (slopes(i) * self.at[i]).abs();
            let size = value.abs() + (0..self.at.len()).map(parts).sum::<f64>();
            ULPS * f64::EPSILON * if size.is_finite() { size } else { 0.0 }
        };
        let judge = |rule: f64, slopes: &Slopes| check.judge(String::new(), rule, 0.0, slopes);

        let partials = self.partials(&self.at);
        let rule = partials
            .iter()
            .zip(direction)
            .filter(|&(_, &d)| d != 0.0)
            .map(|(p, d)| p * d)
            .sum();
        let noise = ulps(self.value(&self.at), &|i| partials[i]);
        let value = judge(
            rule,
            &slopes(from, &[noise], None, |shift| vec![self.value(&at(shift))])[0],
        );
        if check.order == 1 {
            return (value, Vec::new());
        }
        let operands: Vec<Dual> = self
            .at
            .iter()
            .zip(direction)
            .map(|(&value, &d)| Dual {
                value,
                tangent: [d],
            })
            .collect();
        let rules: Vec<f64> = self
            .partials(&operands)
            .iter()
            .map(|partial| partial.tangent[0])
            .collect();
        let noise: Vec<f64> = partials
            .iter()
            .zip(&rules)
            .map(|(&partial, &rule)| ulps(partial, &|i| rule * direction[i]))
            .collect();
        let slopes = slopes(from, &noise, None, |shift| self.partials(&at(shift)));
        (
            value,
            rules
                .iter()
                .zip(&slopes)
                .map(|(&rule, slopes)| judge(rule, slopes))
                .collect(),
        )
    }
}
