//! The gradient as a recording: the reverse sweep with `Var` as its number type, so that
//! every rule writes itself onto the tape.

use crate::element::{Element, by_element};
use crate::graph::Operand;
use crate::op::{Lift, Op, rule};
use crate::recording::Recording;
use crate::run::local_partials;
use crate::tensor::{Tensor, is_array, recorded_terms};
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
    pub fn gradient_of<H: Handle>(self, inputs: &[H]) -> Vec<H> {
        gradient_of(self, Var::constant(1.0), inputs)
    }
}

/// The gradient as nodes.
impl<T: Element> Tensor<T> {
    /// Records the vector-Jacobian product as nodes: the derivative of `cotangent . self` by each
    /// of `inputs`, with the cotangent held fixed where it depends on them.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.tensor("x", [1.0, 2.0]);
    /// let slope = x.powi(3).gradient_of(tape.constant([1.0, 1.0]), &[x])[0];
    /// assert_eq!(slope.to_vec(), [3.0, 12.0]);
    /// assert_eq!(slope.sum().backward()[x], [6.0, 12.0]); // the second derivative
    /// ```
    ///
    /// # Panics
    /// If the shapes differ, a handle is stale, or the handles belong to two recordings.
    #[must_use]
    #[track_caller]
    pub fn gradient_of<H: Handle>(self, cotangent: Tensor<T>, inputs: &[H]) -> Vec<H> {
        let (shape, given) = (self.shape(), cotangent.shape());
        assert!(
            shape == given,
            "gradient_of: a cotangent of shape {given} for a value of shape {shape}"
        );
        gradient_of(self.var(), cotangent.var(), inputs)
    }
}

/// What a derivative can be taken by: a [`Var`] or a [`Tensor`].
pub trait Handle: Copy + sealed::Sealed {
    /// The node's handle.
    #[doc(hidden)]
    fn node(self) -> Var;
    /// The handle of a node of the same kind.
    #[doc(hidden)]
    fn from_node(var: Var) -> Self;
    /// Zero, in the shape of this one.
    #[doc(hidden)]
    fn zero(self) -> Self;
}

mod sealed {
    /// Handles are this crate's.
    pub trait Sealed {}
    impl Sealed for crate::Var {}
    impl<T: crate::Element> Sealed for crate::Tensor<T> {}
}

impl Handle for Var {
    fn node(self) -> Var {
        self
    }
    fn from_node(var: Var) -> Var {
        var
    }
    fn zero(self) -> Var {
        Var::constant(0.0)
    }
}

impl<T: Element> Handle for Tensor<T> {
    fn node(self) -> Var {
        self.var()
    }
    fn from_node(var: Var) -> Tensor<T> {
        Tensor::of(var)
    }
    #[track_caller]
    fn zero(self) -> Tensor<T> {
        if self.is_number() {
            return Tensor::from(0.0);
        }
        let recording = Recording::expect_owner(self.var(), "gradient_of");
        Tensor::of(recording.constant(0.0)).expand_to(self.shape())
    }
}

/// Records the derivative of `seed x output` by each of `inputs`.
#[track_caller]
pub(crate) fn gradient_of<H: Handle>(output: Var, seed: Var, inputs: &[H]) -> Vec<H> {
    let mut slopes = Vec::with_capacity(inputs.len());
    if output.is_constant() {
        for input in inputs {
            slopes.push(input.zero());
        }
        return slopes;
    }
    let recording = Recording::expect_owner(output, "gradient_of");
    recording.activate();
    let last = recording.index(output).expect("the owner holds the handle") as usize;
    let mut wanted: Vec<Option<usize>> = Vec::with_capacity(inputs.len());
    for input in inputs {
        let input = input.node();
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
    adjoints[last] = Some(seed);
    for index in (0..=last).rev() {
        let Some(adjoint) = adjoints[index] else {
            continue;
        };
        let node = recording.node(index as u32);
        if !on_path[index] || matches!(node.row.op, Op::Input | Op::Const | Op::Detach) {
            continue;
        }
        if is_array(&node.row) {
            let adjoint = recording.recorded(adjoint);
            let flows = |operand: u32| on_path[operand as usize];
            let give = &mut |_: usize, operand: u32, term: Var| {
                let sum = &mut adjoints[operand as usize];
                *sum = Some(match *sum {
                    None => term,
                    Some(sum) => recording.sum_of(operand, sum, term),
                });
            };
            recorded_terms(&recording, index as u32, node, adjoint, &flows, give);
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
    for (input, index) in inputs.iter().zip(wanted) {
        let slope = index.and_then(|index| adjoints[index]);
        slopes.push(match slope {
            Some(slope) => H::from_node(slope),
            None => input.zero(),
        });
    }
    slopes
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

impl Recording {
    /// A handle that is on the tape: a plain number is recorded first.
    #[track_caller]
    fn recorded(&self, var: Var) -> Var {
        match var.is_constant() {
            true => self.constant(var.peek()),
            false => var,
        }
    }

    /// The recorded sum of two terms of a node's adjoint.
    #[track_caller]
    fn sum_of(&self, node: u32, sum: Var, term: Var) -> Var {
        match self.element(node) {
            None => sum + term,
            Some(element) => {
                by_element!(element, T => (Tensor::<T>::of(sum) + Tensor::of(term)).var())
            }
        }
    }
}
