//! Derivatives of any order of a function of one variable.
//!
//! Write every node as a power series in the step `t` of the input. The chain rule
//! `y' = sum p_i x_i'` (`p_i` the local derivative by operand `x_i`) reads, coefficient by
//! coefficient,
//!
//! `k y[k] = sum_i sum_{j=1..k} j x_i[j] p_i[k - j]`.
//!
//! So the k-th coefficient of a node needs those of its local derivatives only up to
//! `k - 1`; and a local derivative is a node like any other, recorded by the operation's own
//! rule. It needs local derivatives in turn, one order lower; but with equal nodes shared,
//! most rules close on themselves after a step or two (sin, cos, -sin: done), and then the
//! cost is quadratic in the order. (Whole powers and polygamma make a new node per order, each
//! needed one order less.)
//!
//! Quotients, powers and logarithms have equations of their own ([`Rule`]), since their local
//! derivatives leave the range of numbers long before the result does: `x^0.5` at 1e130 is 1e65,
//! but `x^-2.5`, of which its third derivative is made, is 0. A quotient `y = x / d` is written as
//! `d y = x`, a power as `x y' = c x' y` (with a variable exponent as `e^(c ln x)`), a logarithm as
//! `x y' = x'`.

use crate::error::{Error, ErrorKind};
use crate::graph::Operand;
use crate::guard::Guards;
use crate::op::{Attribute, Op, chain_product};
use crate::program::{Output, Program, Session};
use crate::recording::{Recording, Settings};
use crate::run::{evaluate, local_partials};
use crate::var::Var;
use smallvec::SmallVec;

/// What the recurrence needs of one node: its operands, each with its local derivative.
type Factors = SmallVec<[(u32, Factor); 2]>;

#[derive(Clone, Copy)]
enum Factor {
    Node(u32),
    Constant(f64),
}

/// How the coefficients of a node follow from those of others.
#[derive(Clone)]
enum Rule {
    /// By the chain rule; a leaf has no factors.
    Chain(Factors),
    /// `y = a x^c`, by `x y' = c x' y`.
    Power { x: u32, c: f64 },
    /// `y = x / d`, by `d y = x`.
    Quotient { x: u32, d: u32 },
    /// `y = a ln(x + shift) + b`, by `(x + shift) y' = a x'`.
    Logarithm { x: u32, shift: f64, a: f64 },
}

impl Rule {
    /// The nodes whose coefficients are asked for, and how many orders less than the node's own.
    fn operands(&self) -> SmallVec<[(u32, usize); 4]> {
        match self {
            Rule::Chain(factors) => factors
                .iter()
                .flat_map(|&(operand, factor)| match factor {
                    Factor::Node(local) => SmallVec::from_slice(&[(operand, 0), (local, 1)]),
                    Factor::Constant(_) => SmallVec::<[_; 2]>::from_slice(&[(operand, 0)]),
                })
                .collect(),
            &Rule::Quotient { x, d } => SmallVec::from_slice(&[(x, 0), (d, 0)]),
            &Rule::Power { x, .. } | &Rule::Logarithm { x, .. } => SmallVec::from_slice(&[(x, 0)]),
        }
    }
}

/// The highest order that can be asked for.
const HIGHEST: usize = 1000;

/// The step in which a series of this order is written, a power of two up to `order / e`. The k-th
/// coefficient is then `scale^k / k!` times the k-th derivative, a factor that stays within the
/// range of numbers, where `1 / k!` alone is 0 beyond the 177th.
fn scale(order: usize) -> f64 {
    let ideal = order as f64 / std::f64::consts::E;
    if order < 2 {
        1.0
    } else {
        ideal.log2().floor().max(1.0).exp2()
    }
}

/// The series of a constant.
fn constant(value: f64, order: usize) -> Vec<f64> {
    let mut series = vec![0.0; order + 1];
    series[0] = value;
    series
}

impl Program {
    /// The derivatives of the one output by the one input, of order 0 to `order`.
    ///
    /// # Errors
    /// If the program has more than one input or output, a guard answers otherwise, or the order
    /// is above 1000.
    pub fn derivatives(&self, x: f64, order: usize) -> Result<Vec<f64>, Error> {
        if self.inputs != 1 || self.outputs.len() != 1 {
            let message = format!(
                "derivatives of higher order are for programs of one input and one output; this one has {} and {}",
                self.inputs,
                self.outputs.len()
            );
            return Err(Error::new(ErrorKind::Length, message));
        }
        if order > HIGHEST {
            let message =
                format!("derivatives of order {order} asked for; {HIGHEST} is the highest");
            return Err(Error::new(ErrorKind::Length, message));
        }
        self.forward(&[x])?;
        let scale = scale(order);
        let mut derivatives = match self.outputs[0] {
            Output::Constant { bits } => constant(f64::from_bits(bits), order),
            Output::Node(_) => self.taylor(x, order, scale),
        };
        for (k, derivative) in derivatives.iter_mut().enumerate() {
            for j in 1..=k {
                *derivative *= j as f64 / scale;
            }
        }
        Ok(derivatives)
    }

    /// The coefficients of the output as a series in `t`, the input being `x + scale t`.
    fn taylor(&self, x: f64, order: usize, scale: f64) -> Vec<f64> {
        let settings = Settings {
            lines: false,
            guards: Guards::Off,
            shared: true,
            ..Settings::BARE
        };
        let session = Session::open("a series", settings);
        let input = session.inputs(&[x]);
        let mut vars = Vec::new();
        evaluate(&self.rows, &self.lists, &input, &mut vars);
        let Output::Node(output) = self.outputs[0] else {
            unreachable!("the caller took constants away")
        };
        let output = vars[output as usize];
        let recording = &session.0;
        let Some(output) = recording.index(output) else {
            return constant(output.peek(), order);
        };
        let (rules, needed) = close(recording, output, order);
        let mut series = Series::new(recording, &needed, scale);
        for k in 1..=order {
            for index in 0..needed.len() {
                if k <= needed[index] {
                    series.extend(index, k, &rules[index]);
                }
            }
        }
        series.coefficients.swap_remove(output as usize)
    }
}

/// Records the local derivatives of every node that the output needs, those of the local
/// derivatives, and so on, until nothing new is needed. Answers each node's rule and the
/// order to which it is needed.
fn close(recording: &Recording, output: u32, order: usize) -> (Vec<Rule>, Vec<usize>) {
    let mut rules: Vec<Option<Rule>> = Vec::new();
    let mut needed: Vec<usize> = Vec::new();
    let mut asked = vec![(output, order)];
    while let Some((index, order)) = asked.pop() {
        let at = index as usize;
        if needed.len() < recording.len() {
            needed.resize(recording.len(), 0);
            rules.resize(recording.len(), None);
        }
        let known = rules[at].is_some() || needed[at] > 0;
        if known && needed[at] >= order || order == 0 {
            continue;
        }
        needed[at] = order;
        let rule = rules[at].get_or_insert_with(|| node_rule(recording, index));
        let less = |(operand, by)| (operand, order - by);
        asked.extend(rule.operands().into_iter().map(less));
    }
    needed.resize(recording.len(), 0);
    rules.resize(recording.len(), None);
    let leaf = || Rule::Chain(Factors::new());
    let rules = rules.into_iter().map(|rule| rule.unwrap_or_else(leaf));
    (rules.collect(), needed)
}

/// How the coefficients of a node follow.
fn node_rule(recording: &Recording, index: u32) -> Rule {
    rule_of_its_own(recording, index).unwrap_or_else(|| Rule::Chain(node_factors(recording, index)))
}

/// The rule of a quotient, a power or a logarithm, where neither side of its equation vanishes.
/// Whole powers from 0 up are left to the chain rule: polynomials have no singularity at 0.
fn rule_of_its_own(recording: &Recording, index: u32) -> Option<Rule> {
    let node = recording.node(index);
    let row = node.row;
    let operands = recording.with(|_, store| row.operands(&store.lists));
    let regular = |value: f64| value.is_finite() && value != 0.0;
    let (x, c) = match (row.op, operands.as_slice()) {
        (Op::Ln | Op::Log2 | Op::Log10 | Op::Log1p, &[Operand::Node(x)]) => {
            let shift = if row.op == Op::Log1p { 1.0 } else { 0.0 };
            let a = match row.op {
                Op::Log2 => std::f64::consts::LOG2_E,
                Op::Log10 => std::f64::consts::LOG10_E,
                _ => 1.0,
            };
            let size = recording.node(x).value + shift;
            return (size > 0.0 && size.is_finite()).then_some(Rule::Logarithm { x, shift, a });
        }
        (Op::Div, &[Operand::Node(x), Operand::Node(d)]) => {
            let divisible = regular(recording.node(d).value) && node.value.is_finite();
            return divisible.then_some(Rule::Quotient { x, d });
        }
        (Op::Sqrt, &[Operand::Node(x)]) => (x, 0.5),
        (Op::Cbrt, &[Operand::Node(x)]) => (x, 1.0 / 3.0),
        (Op::Recip, &[Operand::Node(x)]) => (x, -1.0),
        (Op::Div, &[Operand::Literal(_), Operand::Node(x)]) => (x, -1.0),
        (Op::Pow, &[Operand::Node(x), Operand::Literal(c)]) => (x, c),
        (Op::Pow, &[Operand::Node(x), Operand::Node(c)]) => {
            let (base, exponent) = (recording.handle(x), recording.handle(c));
            if !(base.peek() > 0.0 && base.peek().is_finite() && regular(node.value)) {
                return None;
            }
            let y = recording.handle(index);
            let locals = [(x, y * exponent / base), (c, y * base.ln())];
            return Some(Rule::Chain(
                locals
                    .map(|(operand, local)| (operand, factor(recording, local)))
                    .into(),
            ));
        }
        (Op::Powi, &[Operand::Node(x)]) => match row.attribute() {
            Attribute::Integer(n) => (x, f64::from(n)),
            _ => return None,
        },
        _ => return None,
    };
    let is_polynomial = c >= 0.0 && c.fract() == 0.0;
    (!is_polynomial && regular(recording.node(x).value) && regular(node.value))
        .then_some(Rule::Power { x, c })
}

/// A node's operands with the local derivative by each, recorded.
fn node_factors(recording: &Recording, index: u32) -> Factors {
    let row = recording.node(index).row;
    if matches!(row.op, Op::Input | Op::Const | Op::Detach) {
        return Factors::new();
    }
    let operands = recording.with(|_, store| row.operands(&store.lists));
    let handles: SmallVec<[Var; 4]> = operands
        .iter()
        .map(|operand| match *operand {
            Operand::Node(operand) => recording.handle(operand),
            Operand::Literal(number) => Var::constant(number),
        })
        .collect();
    let is_node = |slot: usize| matches!(operands[slot], Operand::Node(_));
    let locals = local_partials(&row, &handles, recording.handle(index), is_node);
    operands
        .iter()
        .zip(locals)
        .filter_map(|(operand, local)| match *operand {
            Operand::Node(operand) => Some((operand, factor(recording, local))),
            Operand::Literal(_) => None,
        })
        .collect()
}

/// A local derivative, as it stands in a rule.
fn factor(recording: &Recording, local: Var) -> Factor {
    let node = recording.index(local).map(Factor::Node);
    node.unwrap_or_else(|| Factor::Constant(local.peek()))
}

/// The coefficients of every node, so far.
struct Series {
    coefficients: Vec<Vec<f64>>,
}

impl Series {
    fn new(recording: &Recording, needed: &[usize], scale: f64) -> Series {
        let coefficients = recording.with(|nodes, _| {
            nodes
                .iter()
                .zip(needed)
                .map(|(node, &order)| {
                    let mut series = vec![0.0; order + 1];
                    series[0] = node.value;
                    if node.row.op == Op::Input && order > 0 {
                        series[1] = scale;
                    }
                    series
                })
                .collect()
        });
        Series { coefficients }
    }

    /// Computes coefficient `k` of a node. All lower ones of all nodes are known, and those of
    /// order `k` of the nodes before it.
    fn extend(&mut self, index: usize, k: usize, rule: &Rule) {
        let y = &self.coefficients[index];
        let of = |node: u32| &self.coefficients[node as usize];
        let coefficient = match rule {
            Rule::Chain(factors) if factors.is_empty() => return,
            Rule::Chain(factors) => {
                let mut sum = 0.0;
                for &(operand, factor) in factors {
                    let x = of(operand);
                    match factor {
                        Factor::Constant(local) => sum += chain_product(k as f64 * x[k], local),
                        Factor::Node(local) => {
                            let p = of(local);
                            for j in 1..=k {
                                sum += chain_product(j as f64 * x[j], p[k - j]);
                            }
                        }
                    }
                }
                sum / k as f64
            }
            // k x[0] y[k] = sum_{j=1..k} (c j - (k - j)) x[j] y[k - j]
            &Rule::Power { x, c } => {
                let x = of(x);
                let term = |j: usize| {
                    let weight = c * j as f64 - (k - j) as f64;
                    chain_product(weight / k as f64 * (x[j] / x[0]), y[k - j])
                };
                (1..=k).map(term).sum()
            }
            // d[0] y[k] = x[k] - sum_{j=1..k} d[j] y[k - j]
            &Rule::Quotient { x, d } => {
                let (x, d) = (of(x), of(d));
                let term = |j: usize| chain_product(d[j] / d[0], y[k - j]);
                x[k] / d[0] - (1..=k).map(term).sum::<f64>()
            }
            // k x[0] y[k] = a k x[k] - sum_{j=1..k-1} j y[j] x[k - j]
            &Rule::Logarithm { x, shift, a } => {
                let x = of(x);
                let size = x[0] + shift;
                let term = |j: usize| chain_product(j as f64 / k as f64 * y[j], x[k - j] / size);
                a * (x[k] / size) - (1..k).map(term).sum::<f64>()
            }
        };
        self.coefficients[index][k] = coefficient;
    }
}
