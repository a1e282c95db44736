//! The gradient as a recording: the reverse sweep with `Var` as its number type, so that
//! every rule writes itself onto the tape.

use crate::graph::Operand;
use crate::op::{Lift, Op, rule};
use crate::recording::Recording;
use crate::run::local_partials;
use crate::var::Var;
use smallvec::SmallVec;

/// The gradient as nodes.
impl Var {
    /// Records the derivative of this node by each of `inputs` as new nodes on the same tape,
    /// so that it can be computed with, and differentiated again.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 2.0);
    /// let y = x.powi(3);
    /// let slope = y.gradient_of(&[x])[0];
    /// assert_eq!(slope.value(), 12.0);
    /// assert_eq!(slope.backward()[x], 12.0); // the second derivative, 6x
    /// ```
    ///
    /// # Panics
    /// If a handle is stale, or the handles belong to two recordings.
    #[must_use]
    #[track_caller]
    pub fn gradient_of(self, inputs: &[Var]) -> Vec<Var> {
        gradient_of(self, inputs)
    }
}

/// Records the derivative of `output` by each of `inputs`.
#[track_caller]
pub(crate) fn gradient_of(output: Var, inputs: &[Var]) -> Vec<Var> {
    let zero = Var::constant(0.0);
    if output.is_constant() {
        return vec![zero; inputs.len()];
    }
    let recording = Recording::expect_owner(output, "gradient_of");
    recording.activate();
    let last = recording.index(output).expect("the owner holds the handle") as usize;
    let mut wanted: Vec<Option<usize>> = Vec::with_capacity(inputs.len());
    for &input in inputs {
        let index = recording.index(input);
        if index.is_none() && !input.is_constant() {
            let other = Recording::expect_owner(input, "gradient_of");
            panic!(
                "gradient_of mixes two recordings: {} is not of the recording of {}",
                other.describe(input),
                recording.describe(output)
            );
        }
        wanted.push(
            index
                .map(|index| index as usize)
                .filter(|&index| index <= last),
        );
    }
    let on_path = depends_on(&recording, &wanted, last);

    let mut adjoints: Vec<Option<Var>> = vec![None; last + 1];
    adjoints[last] = Some(Var::constant(1.0));
    for index in (0..=last).rev() {
        let Some(adjoint) = adjoints[index] else {
            continue;
        };
        let node = recording.node(index as u32);
        if !on_path[index] || matches!(node.row.op, Op::Input | Op::Const | Op::Detach) {
            continue;
        }
        let operands = recording.with(|_, store| node.row.operands(&store.lists));
        let handles: SmallVec<[Var; 4]> = operands
            .iter()
            .map(|operand| match *operand {
                Operand::Node(operand) => recording.handle(operand),
                Operand::Literal(number) => Var::constant(number),
            })
            .collect();
        let flows = |slot: usize| matches!(operands[slot], Operand::Node(operand) if on_path[operand as usize]);
        let locals = local_partials(&node.row, &handles, recording.handle(index as u32), flows);
        for (slot, operand) in operands.iter().enumerate() {
            let Operand::Node(operand) = *operand else {
                continue;
            };
            if !flows(slot) {
                continue;
            }
            let term = chain(adjoint, locals[slot]);
            let sum = &mut adjoints[operand as usize];
            *sum = Some(sum.map_or(term, |sum| sum + term));
        }
    }
    wanted
        .iter()
        .map(|index| index.and_then(|index| adjoints[index]).unwrap_or(zero))
        .collect()
}

/// The product of the chain rule; a factor of 1 is left out.
#[track_caller]
fn chain(adjoint: Var, local: Var) -> Var {
    let is_one = |v: Var| v.is_constant() && v.value == 1.0;
    match (is_one(adjoint), is_one(local)) {
        (true, _) => local,
        (_, true) => adjoint,
        _ => adjoint.binary::<rule::ChainMul>(local),
    }
}

/// For each node up to `last`: whether it depends on one of the inputs.
fn depends_on(recording: &Recording, inputs: &[Option<usize>], last: usize) -> Vec<bool> {
    let mut depends = vec![false; last + 1];
    for &input in inputs.iter().flatten() {
        depends[input] = true;
    }
    recording.with(|nodes, store| {
        for (index, node) in nodes[..=last].iter().enumerate() {
            if depends[index] || node.row.op == Op::Detach {
                continue;
            }
            depends[index] = node
                .row
                .operands(&store.lists)
                .iter()
                .any(|operand| match *operand {
                    Operand::Node(operand) => depends[operand as usize],
                    Operand::Literal(_) => false,
                });
        }
    });
    depends
}
