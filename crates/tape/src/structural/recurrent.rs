//! A layer of recurrent units over all steps of a sequence.

use super::slice::anew;
use super::{Pulled, Structural, recorded};
use crate::element::Element;
use crate::error::Error;
use crate::kernel::View;
use crate::kernel::recurrent::{Extent, Gru, Lstm, Plain, recur, recur_back};
use crate::recording::Recording;
use crate::shape::Shape;
use crate::tensor::{Over, RecurrentState, RecurrentUnit, Tensor};
use smallvec::SmallVec;

/// Which units, how many, and how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Units {
    pub(crate) unit: RecurrentUnit,
    pub(crate) extent: Extent,
}

impl Units {
    /// Numbers that a unit keeps of a step, its state first.
    fn kept(self) -> usize {
        match self.unit {
            RecurrentUnit::Tanh | RecurrentUnit::Relu => 2,
            RecurrentUnit::Lstm => 8,
            RecurrentUnit::Gru => 6,
        }
    }

    /// The units' states, and the last of the other state where there is one: steps in the result.
    fn results(self) -> usize {
        self.extent.steps + self.unit.states() - 1
    }

    /// Numbers that arrive at a unit's gates on the way back: see the kernel's `Unit`.
    fn arriving(self) -> usize {
        match self.unit {
            RecurrentUnit::Tanh | RecurrentUnit::Relu => 1,
            RecurrentUnit::Lstm | RecurrentUnit::Gru => 4,
        }
    }

    /// Where in a way back's result the first states' adjoints start, the second state's, and the end.
    fn ends(self) -> [usize; 3] {
        let Extent {
            steps,
            batch,
            hidden,
        } = self.extent;
        let states = batch * hidden;
        let first = steps * states * self.arriving();
        [first, first + states, first + self.unit.states() * states]
    }
}

/// What units go through: for each time and sequence the states, and what their way back needs of
/// the step from there on, local derivatives above all. It is data: [`Recurrent`] has the rule.
///
/// Operands: what the gates read of the input `[steps, batch, gates hidden]`, the weights of the
/// state `[gates hidden, hidden]`, the biases of both `[gates hidden]`, the first states `[batch, hidden]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecurrentTrace(pub(crate) Units);

impl Structural for RecurrentTrace {
    const NAME: &'static str = "recurrent_trace";
    const DATA: bool = true;

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Error> {
        let Extent {
            steps,
            batch,
            hidden,
        } = self.0.extent;
        Shape::new(&[
            steps.saturating_add(1),
            batch,
            hidden.saturating_mul(self.0.kept()),
        ])
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let (extent, x, weight) = (self.0.extent, operands[0], operands[1]);
        let (biases, start) = ([operands[2], operands[3]], &operands[4..]);
        match self.0.unit {
            RecurrentUnit::Tanh => {
                recur::<Plain<false>, T, 1, 1, 1, 1>(extent, x, weight, biases, start, out);
            }
            RecurrentUnit::Relu => {
                recur::<Plain<true>, T, 1, 1, 1, 1>(extent, x, weight, biases, start, out);
            }
            RecurrentUnit::Lstm => {
                recur::<Lstm, T, 4, 2, 6, 4>(extent, x, weight, biases, start, out);
            }
            RecurrentUnit::Gru => {
                recur::<Gru, T, 3, 1, 5, 4>(extent, x, weight, biases, start, out)
            }
        }
    }

    /// Asked for by a gradient graph alone: the sweep knows that the answers are data.
    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        node.operands[slot].zeros_like()
    }

    fn says(&self, _: usize) -> &'static str {
        "0"
    }
}

/// The states of the units after each step, `[steps, batch, hidden]`; behind them, of units with two
/// states, the last of the other one.
///
/// Operands: the [trace](RecurrentTrace), and the trace's operands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recurrent(pub(crate) Units);

impl Structural for Recurrent {
    const NAME: &'static str = "recurrent";

    fn called(&self) -> &str {
        self.0.unit.name()
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Error> {
        let Extent { batch, hidden, .. } = self.0.extent;
        Shape::new(&[self.0.results(), batch, hidden])
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let Extent {
            steps,
            batch,
            hidden,
        } = self.0.extent;
        if out.is_empty() {
            return;
        }
        let trace = operands[0].as_slice().expect("it was computed in order");
        let width = self.0.kept() * hidden;
        for (number, row) in out.chunks_mut(hidden).enumerate() {
            let (time, sequence) = (number / batch + 1, number % batch);
            let from = match time <= steps {
                true => (time * batch + sequence) * width,
                false => (steps * batch + sequence) * width + hidden,
            };
            row.copy_from_slice(&trace[from..from + hidden]);
        }
    }

    fn again<T: Element>(&self, operands: &[Tensor<T>]) -> Tensor<T> {
        let mut operands: SmallVec<[Tensor<T>; 8]> = SmallVec::from_slice(operands);
        operands[0] = recorded(RecurrentTrace(self.0), &operands[1..]);
        recorded(self.clone(), &operands)
    }

    fn composed<T: Element>(&self, operands: &[Tensor<T>]) -> Option<Tensor<T>> {
        let &[_, x, weight, of_input, of_state, hidden, ref memory @ ..] = operands else {
            return None;
        };
        let memory = memory.first().copied();
        let start = RecurrentState { hidden, memory };
        let biases = Some([of_input, of_state]);
        Some(self.0.unit.step_by_step(x, weight, biases, start))
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let mut found = None;
        self.terms(node, &|other| other == slot, &mut |_, term| {
            found = Some(term);
        });
        found.unwrap_or_else(|| node.operands[slot].zeros_like())
    }

    fn terms<T: Element>(
        &self,
        node: &Pulled<T>,
        wanted: &dyn Fn(usize) -> bool,
        give: &mut dyn FnMut(usize, Tensor<T>),
    ) {
        match Recording::expect_owner(node.result.var(), Self::NAME).is_sweeping() {
            true => self.swept(node, wanted, give),
            false => self.derived(node, wanted, give),
        }
    }

    fn says(&self, slot: usize) -> &'static str {
        match slot {
            0 => "0",
            1 => "back through time: {g} and what later steps read, through each step's gates",
            2 => "sum over steps of (what arrives at the gates)^T . (the state they read)",
            3 | 4 => "sum over steps and sequences of what arrives at the gates",
            _ => "what the first step hands back to the state before it",
        }
    }
}

impl Recurrent {
    /// In a sweep, whose nodes nobody differentiates: one pass back through the trace, and one
    /// product for the weights of all steps.
    fn swept<T: Element>(
        &self,
        node: &Pulled<T>,
        wanted: &dyn Fn(usize) -> bool,
        give: &mut dyn FnMut(usize, Tensor<T>),
    ) {
        let Extent {
            steps,
            batch,
            hidden,
        } = self.0.extent;
        let gates = self.0.unit.gates() * hidden;
        let (rows, columns) = (steps * batch, self.0.arriving() * hidden);
        let [trace, x, weight] = [0, 1, 2].map(|slot| node.operands[slot]);
        let pulled = recorded(RecurrentPull(self.0), &[node.upstream, trace, weight]);
        let [first, second, end] = self.0.ends();
        let arrived = pulled.slice(0, ..first);
        let arrived = arrived.reshape_to(Shape::trusted([rows, columns]));
        if wanted(1) {
            give(1, arrived.slice(1, ..gates).reshape_to(x.shape()));
        }
        // What arrives as read of the state: a number for each gate, of which the last may stand behind.
        let of_state: SmallVec<[_; 2]> = match columns == gates {
            true => std::iter::once(0..gates).collect(),
            false => [0..gates - hidden, gates..columns].into(),
        };
        let joined = |parts: &[Tensor<T>]| match *parts {
            [part] => part,
            _ => Tensor::concat(parts, 0),
        };
        if wanted(2) {
            let read = trace.slice(0, ..steps).slice(2, ..hidden);
            let read = read.reshape_to(Shape::trusted([rows, hidden]));
            let product = |range| arrived.slice(1, range).t().matmul(read);
            let products: SmallVec<[_; 2]> = of_state.iter().cloned().map(product).collect();
            give(2, joined(&products));
        }
        if wanted(3) || wanted(4) {
            let sums = arrived.sum_over(Over::from(0));
            if wanted(3) {
                give(3, sums.slice(0, ..gates));
            }
            if wanted(4) {
                let part = |range| sums.slice(0, range);
                let parts: SmallVec<[_; 2]> = of_state.into_iter().map(part).collect();
                give(4, joined(&parts));
            }
        }
        for (slot, start, end) in [(5, first, second), (6, second, end)] {
            if slot < node.operands.len() && wanted(slot) {
                let shape = node.operands[slot].shape();
                give(slot, pulled.slice(0, start..end).reshape_to(shape));
            }
        }
    }

    /// In a gradient that stays, to be differentiated in its turn: that of the same computation,
    /// recorded step by step.
    fn derived<T: Element>(
        &self,
        node: &Pulled<T>,
        wanted: &dyn Fn(usize) -> bool,
        give: &mut dyn FnMut(usize, Tensor<T>),
    ) {
        let operands: SmallVec<[Tensor<T>; 8]> =
            node.operands[1..].iter().copied().map(anew).collect();
        let [x, weight, of_input, of_state, start @ ..] = &operands[..] else {
            unreachable!("it has at least five operands")
        };
        let start = RecurrentState {
            hidden: start[0],
            memory: start.get(1).copied(),
        };
        let biases = Some([*of_input, *of_state]);
        let results = self.0.unit.step_by_step(*x, *weight, biases, start);
        let slopes = results.gradient_of(node.upstream, &operands);
        for (slot, slope) in slopes.into_iter().enumerate() {
            if wanted(slot + 1) {
                give(slot + 1, slope);
            }
        }
    }
}

/// Back through time in one pass: what arrives at the gates, and behind it the first states' adjoints.
///
/// Operands: the adjoint, the trace and the weights. Only a sweep records it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecurrentPull(pub(crate) Units);

impl Structural for RecurrentPull {
    const NAME: &'static str = "recurrent_pull";

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Error> {
        let [.., end] = self.0.ends();
        Shape::new(&[end])
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let (extent, [adjoint, trace, weight]) = (self.0.extent, [0, 1, 2].map(|i| operands[i]));
        match self.0.unit {
            RecurrentUnit::Tanh | RecurrentUnit::Relu => {
                recur_back::<Plain<false>, T, 1, 1, 1, 1>(extent, adjoint, trace, weight, out);
            }
            RecurrentUnit::Lstm => {
                recur_back::<Lstm, T, 4, 2, 6, 4>(extent, adjoint, trace, weight, out);
            }
            RecurrentUnit::Gru => {
                recur_back::<Gru, T, 3, 1, 5, 4>(extent, adjoint, trace, weight, out);
            }
        }
    }

    fn term<T: Element>(&self, _: &Pulled<T>, _: usize) -> Tensor<T> {
        unreachable!("a sweep's own nodes are forgotten, not differentiated")
    }

    fn says(&self, _: usize) -> &'static str {
        "0"
    }
}
