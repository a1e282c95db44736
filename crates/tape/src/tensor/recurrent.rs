//! Recurrent layers, as functions.

use super::{Tensor, mismatch, operations, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::recurrent::{Extent, Gru, Lstm, Plain, Unit};
use crate::recording::Recording;
use crate::shape::Shape;
use crate::structural::{Recurrent, RecurrentTrace, Units};
use smallvec::SmallVec;

/// A unit that reads its own last state beside an input.
///
/// `x` is what its gates read of the input, `h` what they read of the last states of all units of its
/// layer, biases included: `x_r` and `h_r` are the reset gate's. Definitions and the order of gates
/// are PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecurrentUnit {
    /// Elman's unit: `tanh(x + h)`.
    Tanh,
    /// `relu(x + h)`.
    Relu,
    /// Long short-term memory, with gates `i, f, g, o` (Hochreiter and Schmidhuber, 1997; Gers et al., 2000):
    /// the memory becomes `c' = σ(x_f + h_f) c + σ(x_i + h_i) tanh(x_g + h_g)`, the state
    /// `σ(x_o + h_o) tanh(c')`.
    Lstm,
    /// The gated recurrent unit, with gates `r, z, n` (Cho et al., 2014): with `r = σ(x_r + h_r)`,
    /// `z = σ(x_z + h_z)` and `n = tanh(x_n + r h_n)` the state becomes `(1 - z) n + z h`.
    Gru,
}

/// The state of a layer of recurrent units.
#[derive(Clone, Copy, Debug)]
pub struct RecurrentState<T: Element = f64> {
    /// What the units show: `[batch, hidden]`.
    pub hidden: Tensor<T>,
    /// The memory behind it, of the same shape, of units that have one: LSTM.
    pub memory: Option<Tensor<T>>,
}

impl RecurrentUnit {
    /// How many gates it has: the weights of a layer have as many rows for each unit.
    #[must_use]
    pub fn gates(self) -> usize {
        match self {
            RecurrentUnit::Tanh | RecurrentUnit::Relu => 1,
            RecurrentUnit::Lstm => 4,
            RecurrentUnit::Gru => 3,
        }
    }

    /// How many numbers it carries from step to step.
    #[must_use]
    pub fn states(self) -> usize {
        match self {
            RecurrentUnit::Tanh | RecurrentUnit::Relu | RecurrentUnit::Gru => 1,
            RecurrentUnit::Lstm => 2,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RecurrentUnit::Tanh => "rnn_tanh",
            RecurrentUnit::Relu => "rnn_relu",
            RecurrentUnit::Lstm => "lstm",
            RecurrentUnit::Gru => "gru",
        }
    }

    /// One step in elementary operations, each a node of its own. `x` is what the gates read of the
    /// input, `[batch, gates hidden]`; for the rest see [`recurrent`](Tensor::recurrent).
    ///
    /// # Panics
    /// If the shapes do not fit.
    ///
    /// ```
    /// use tape::{RecurrentState, RecurrentUnit, Tape};
    ///
    /// // One unit over three steps: its weight's adjoint has a term for each.
    /// let tape = Tape::new();
    /// let w = tape.tensor("w", [[0.5]]);
    /// let mut state = RecurrentState { hidden: tape.constant([[1.0]]), memory: None };
    /// for x in [1.0, 0.0, -1.0] {
    ///     let x = tape.constant([[x]]);
    ///     state = RecurrentUnit::Relu.step(x, w, None, state);
    /// }
    /// // h: 1, 1.5, 0.75, and relu(-0.625) = 0.
    /// assert_eq!(state.hidden.to_vec(), [0.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn step<T: Element>(
        self,
        x: Tensor<T>,
        weight: Tensor<T>,
        biases: Option<[Tensor<T>; 2]>,
        state: RecurrentState<T>,
    ) -> RecurrentState<T> {
        let x = match biases {
            Some([of_input, _]) => x + of_input,
            None => x,
        };
        let h = state
            .hidden
            .linear(weight, biases.map(|[_, of_state]| of_state));
        let hidden = weight.shape()[1];
        let gate = |all: Tensor<T>, gate: usize| match self.gates() {
            1 => all,
            _ => all.slice(-1, gate * hidden..(gate + 1) * hidden),
        };
        macro_rules! gates {
            ($($gate:literal)*) => { ([$(gate(x, $gate)),*], [$(gate(h, $gate)),*]) };
        }
        let before = state.hidden;
        let hidden = match self {
            RecurrentUnit::Tanh => Plain::<false>::next([x], [h], [before])[0],
            RecurrentUnit::Relu => Plain::<true>::next([x], [h], [before])[0],
            RecurrentUnit::Gru => {
                let (x, h) = gates!(0 1 2);
                Gru::next(x, h, [before])[0]
            }
            RecurrentUnit::Lstm => {
                let (x, h) = gates!(0 1 2 3);
                let memory = state.memory.expect("an LSTM's state has a memory");
                let [hidden, memory] = Lstm::next(x, h, [before, memory]);
                return RecurrentState {
                    hidden,
                    memory: Some(memory),
                };
            }
        };
        RecurrentState {
            hidden,
            memory: None,
        }
    }

    /// The states after all steps, and the last memory behind them, one node at a time.
    #[track_caller]
    pub(crate) fn step_by_step<T: Element>(
        self,
        x: Tensor<T>,
        weight: Tensor<T>,
        biases: Option<[Tensor<T>; 2]>,
        start: RecurrentState<T>,
    ) -> Tensor<T> {
        let mut state = start;
        let mut states = Vec::with_capacity(x.shape()[0] + 1);
        for step in 0..x.shape()[0] {
            state = self.step(x.row(step), weight, biases, state);
            states.push(state.hidden);
        }
        states.extend(state.memory);
        Tensor::stack(&states, 0)
    }
}

impl<T: Element> Tensor<T> {
    operations! {
        /// A layer of recurrent units over all steps of a sequence: the states after each step,
        /// and the last state. As the layers `RNN`, `LSTM` and `GRU` of PyTorch, behind the product
        /// of the input with its weights.
        ///
        /// Shapes: what the gates read of the input, `[steps, batch, gates hidden]`, a gate behind the
        /// other; weights of the state `[gates hidden, hidden]`; the biases of input and state
        /// `[gates hidden]`; the first state `[batch, hidden]` give `[steps, batch, hidden]`. Of no
        /// steps the last state is the first.
        ///
        /// One node (beside one for what its way back needs). Terms: backpropagation through time,
        /// in one pass; `dE/dW` is one product over all steps. [`RecurrentUnit::step`] is the same, step by
        /// step, for a ledger to show.
        ///
        /// # Panics
        /// If the shapes do not fit, or the state has not the memory that the unit needs.
        ///
        /// ```
        /// use tape::{RecurrentState, RecurrentUnit, Tape};
        /// let tape = Tape::new();
        /// let w = tape.tensor("w", [[0.5]]);
        /// let x = tape.constant([[[1.0]], [[0.0]], [[1.0]]]);
        /// let start = RecurrentState { hidden: tape.constant([[1.0]]), memory: None };
        /// let (states, last) = x.recurrent(RecurrentUnit::Relu, w, None, start);
        /// assert_eq!(states.to_vec(), [1.5, 0.75, 1.375]);
        /// // h3 = w h2 + 1, h2 = w h1, h1 = w h0 + 1: by w, h2 + w h1 + w^2 h0.
        /// assert_eq!(last.hidden.sum().backward()[w], [0.75 + 0.75 + 0.25]);
        /// ```
        recurrent try_recurrent(
            self,
            unit: RecurrentUnit,
            weight: Tensor<T>,
            biases: Option<[Tensor<T>; 2]>,
            start: RecurrentState<T>,
        ) -> (Tensor<T>, RecurrentState<T>) {
            let name = unit.name();
            let extent = self.told(name, extent(unit, self.shape(), weight.shape()))?;
            let Extent { steps, batch, hidden } = extent;
            let gates = unit.gates() * hidden;
            for (what, bias) in ["the input's bias", "the state's bias"].into_iter().zip(biases.into_iter().flatten()) {
                self.told(name, bias.expect_shape(what, &[gates]))?;
            }
            self.told(name, start.hidden.expect_shape("the first state", &[batch, hidden]))?;
            match start.memory {
                Some(memory) => self.told(name, memory.expect_shape("the first memory", &[batch, hidden]))?,
                None if unit.states() == 1 => {}
                None => {
                    let message = "its state is a hidden state and a memory, which is missing";
                    return self.told(name, Err(Error::new(ErrorKind::Option, message)));
                }
            }
            if steps == 0 {
                return Ok((self.try_slice(2, ..hidden)?, start));
            }
            let biases = match biases {
                Some(biases) => biases,
                None => {
                    let recording = Recording::expect_owner(self.var(), name);
                    let zeros = Tensor::of(recording.constant(0.0)).expand_to(Shape::trusted([gates]));
                    [zeros, zeros]
                }
            };
            let mut operands = SmallVec::<[Tensor<T>; 8]>::new();
            operands.extend([self, weight, biases[0], biases[1], start.hidden]);
            operands.extend(start.memory.filter(|_| unit.states() == 2));
            let units = Units { unit, extent };
            let trace = record_structural(RecurrentTrace(units), &operands)?;
            operands.insert(0, trace);
            let results = record_structural(Recurrent(units), &operands)?;
            let last = results.try_row(steps - 1)?;
            if unit.states() == 1 {
                return Ok((results, RecurrentState { hidden: last, memory: None }));
            }
            let memory = Some(results.try_row(steps)?);
            Ok((results.try_slice(0, ..steps)?, RecurrentState { hidden: last, memory }))
        }
    }
}

/// How many steps, sequences and units the shapes say.
fn extent(unit: RecurrentUnit, x: Shape, weight: Shape) -> Result<Extent, Error> {
    let gates = unit.gates();
    match (&x[..], &weight[..]) {
        (&[steps, batch, wide], &[tall, hidden])
            if wide == tall
                && hidden.checked_mul(gates) == Some(tall)
                && steps
                    .checked_add(1)
                    .and_then(|n| n.checked_mul(batch))
                    .is_some() =>
        {
            Ok(Extent {
                steps,
                batch,
                hidden,
            })
        }
        _ => Err(mismatch(format!(
            "gates that read {x} and weights of the state {weight} do not fit: \
             [steps, batch, {gates} hidden] and [{gates} hidden, hidden] do"
        ))),
    }
}
