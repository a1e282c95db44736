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
//! cost is quadratic in the order. (Powers with a literal exponent and polygamma make a new
//! node per order, each needed one order less.)

use crate::error::{Error, ErrorKind};
use crate::graph::Operand;
use crate::guard::Guards;
use crate::op::{Op, chain_product};
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
        let (factors, needed) = close(recording, output, order);
        let mut series = Series::new(recording, &needed, scale);
        for k in 1..=order {
            for index in 0..needed.len() {
                if k <= needed[index] {
                    series.extend(index, k, &factors[index]);
                }
            }
        }
        series.coefficients.swap_remove(output as usize)
    }
}

/// Records the local derivatives of every node that the output needs, those of the local
/// derivatives, and so on, until nothing new is needed. Answers each node's factors and the
/// order to which it is needed.
fn close(recording: &Recording, output: u32, order: usize) -> (Vec<Factors>, Vec<usize>) {
    let mut factors: Vec<Option<Factors>> = Vec::new();
    let mut needed: Vec<usize> = Vec::new();
    let mut asked = vec![(output, order)];
    while let Some((index, order)) = asked.pop() {
        let at = index as usize;
        if needed.len() < recording.len() {
            needed.resize(recording.len(), 0);
            factors.resize(recording.len(), None);
        }
        let known = factors[at].is_some() || needed[at] > 0;
        if known && needed[at] >= order || order == 0 {
            continue;
        }
        needed[at] = order;
        if factors[at].is_none() {
            factors[at] = Some(node_factors(recording, index));
        }
        for &(operand, factor) in factors[at].iter().flatten() {
            asked.push((operand, order));
            if let Factor::Node(local) = factor {
                asked.push((local, order - 1));
            }
        }
    }
    needed.resize(recording.len(), 0);
    factors.resize(recording.len(), None);
    (
        factors.into_iter().map(Option::unwrap_or_default).collect(),
        needed,
    )
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
            Operand::Node(operand) => Some((
                operand,
                recording
                    .index(local)
                    .map_or(Factor::Constant(local.peek()), Factor::Node),
            )),
            Operand::Literal(_) => None,
        })
        .collect()
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
    fn extend(&mut self, index: usize, k: usize, factors: &Factors) {
        if factors.is_empty() {
            return;
        }
        let mut sum = 0.0;
        for &(operand, factor) in factors {
            let x = &self.coefficients[operand as usize];
            match factor {
                Factor::Constant(local) => sum += chain_product(k as f64 * x[k], local),
                Factor::Node(local) => {
                    let p = &self.coefficients[local as usize];
                    for j in 1..=k {
                        sum += chain_product(j as f64 * x[j], p[k - j]);
                    }
                }
            }
        }
        self.coefficients[index][k] = sum / k as f64;
    }
}
