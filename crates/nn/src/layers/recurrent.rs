//! What recurrent layers have in common.

mod by_hand;
mod state;

use super::Dropout;
use crate::hand::{Back, Hand};
use crate::{Init, Module, Parameter, Parts, Pass};
use rand::Rng;
use std::marker::PhantomData;
use tape::{Array, Element, Entered, Indices, RecurrentState, RecurrentUnit, Shape, Tensor};

pub(super) use by_hand::{Pulled, Stepped};
pub use state::Carried;

/// Layers of recurrent units, one above the other: each reads, step by step, what the layer below
/// shows, and its own last state.
///
/// [`Rnn`](super::Rnn), [`Lstm`](super::Lstm) and [`Gru`](super::Gru) are this with their units. Definitions, the order of gates
/// and names of parameters are PyTorch's: of layer `k`, `weight_ih_lk [gates hidden, inputs]`,
/// `weight_hh_lk [gates hidden, hidden]`, `bias_ih_lk` and `bias_hh_lk [gates hidden]`.
///
/// Shapes: an input `[steps, batch, inputs]`, or `[batch, steps, inputs]` if it is
/// [`batch_first`](Recurrent::batch_first), gives `[steps, batch, hidden]`, or
/// `[batch, steps, hidden]`; a state is `[layers, batch, hidden]` in either case.
///
/// ```
/// use nn::layers::{Carried, Gru};
/// use nn::{Session, seeded};
/// use tape::Array;
///
/// let gru: Gru = Gru::new(3, 5, &mut seeded(1));
/// let mut session = Session::new(1);
/// let mut carried: Option<Carried> = None;
/// for _ in 0..2 {
///     // Four steps of two sequences. The second part goes on where the first one ended.
///     let x = Array::<f64>::ones(&[4, 2, 3]);
///     let (_, gradient) = session.step(|pass| {
///         let start = carried.take().map(|carried| carried.on(pass));
///         let (y, end) = gru.run(pass.tape().constant(&x), start, pass);
///         carried = Some(Carried::from(end));
///         y.sum()
///     });
///     assert_eq!(gradient.iter().count(), 4);
/// }
/// assert_eq!(*carried.unwrap().hidden.shape(), [1, 2, 5]);
/// ```
#[derive(Debug)]
pub struct Recurrent<K, T: Element = f64> {
    unit: RecurrentUnit,
    inputs: usize,
    hidden: usize,
    layers: Vec<Layer<T>>,
    batch_first: bool,
    dropout: Option<Dropout>,
    step_by_step: bool,
    kind: PhantomData<K>,
}

#[derive(Debug)]
struct Layer<T: Element> {
    of_input: Parameter<T>,
    of_state: Parameter<T>,
    biases: Option<[Parameter<T>; 2]>,
}

impl<T: Element> Layer<T> {
    #[track_caller]
    fn biases(&self, pass: &Pass<'_, T>) -> Option<[Tensor<T>; 2]> {
        let [of_input, of_state] = self.biases.as_ref()?;
        Some([pass.parameter(of_input), pass.parameter(of_state)])
    }
}

// What closures would do, in functions that have the line of their caller.

#[track_caller]
fn stacked<T: Element>(parts: Option<&[Tensor<T>]>) -> Option<Tensor<T>> {
    Some(Tensor::stack(parts?, 0))
}

#[track_caller]
fn row<T: Element>(tensor: Option<Tensor<T>>, place: usize) -> Option<Tensor<T>> {
    Some(tensor?.row(place))
}

/// The kinds of recurrent layers that there are.
pub trait Kind: sealed::Kind + Send + Sync + 'static {}

pub(super) mod sealed {
    use super::Stepped;
    use tape::RecurrentUnit;

    pub trait Kind: std::fmt::Debug {
        /// What a layer is called.
        const NAME: &'static str;
        const UNIT: RecurrentUnit;
        /// One step of one unit, by hand: from what its gates read of input and state, and its state
        /// and memory.
        fn step(unit: RecurrentUnit, x: &[f64], h: &[f64], state: [f64; 2]) -> Stepped;
    }
}

impl<K: Kind, T: Element> Recurrent<K, T> {
    /// One layer that reads `inputs` numbers at each step and has `hidden` units, started as
    /// PyTorch does: all parameters uniform between plus and minus `1 / sqrt(hidden)`.
    #[must_use]
    pub fn new(inputs: usize, hidden: usize, rng: &mut impl Rng) -> Recurrent<K, T> {
        Recurrent::stacked(inputs, hidden, 1, rng)
    }

    /// Some layers, one above the other.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    #[track_caller]
    pub fn stacked(
        inputs: usize,
        hidden: usize,
        layers: usize,
        rng: &mut impl Rng,
    ) -> Recurrent<K, T> {
        assert!(layers > 0, "{}: at least one layer", K::NAME);
        let gates = K::UNIT.gates() * hidden;
        let layer = |inputs: usize, rng: &mut _| Layer {
            of_input: Parameter::weight(Init::Torch.weights(&[gates, inputs], hidden, gates, rng)),
            of_state: Parameter::weight(Init::Torch.weights(&[gates, hidden], hidden, gates, rng)),
            biases: Some([(); 2].map(|()| Parameter::bias(Init::Torch.biases(gates, hidden, rng)))),
        };
        let mut all = vec![layer(inputs, rng)];
        all.extend((1..layers).map(|_| layer(hidden, rng)));
        Recurrent {
            unit: K::UNIT,
            inputs,
            hidden,
            layers: all,
            batch_first: false,
            dropout: None,
            step_by_step: false,
            kind: PhantomData,
        }
    }

    /// Without biases.
    #[must_use]
    pub fn without_bias(mut self) -> Recurrent<K, T> {
        for layer in &mut self.layers {
            layer.biases = None;
        }
        self
    }

    /// Input and output are `[batch, steps, ..]`.
    #[must_use]
    pub fn batch_first(self) -> Recurrent<K, T> {
        Recurrent {
            batch_first: true,
            ..self
        }
    }

    /// In a pass that learns, each number that a layer shows to the one above it is 0 with
    /// probability `p`, and divided by `1 - p` otherwise.
    ///
    /// # Panics
    /// If `p` is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub fn dropout(self, p: f64) -> Recurrent<K, T> {
        Recurrent {
            dropout: Some(Dropout::new(p)),
            ..self
        }
    }

    /// Every step is recorded in elementary operations, so that the ledger shows what each of them
    /// adds to an adjoint. It is slower, and the same numbers but for rounding.
    #[must_use]
    pub fn step_by_step(self) -> Recurrent<K, T> {
        Recurrent {
            step_by_step: true,
            ..self
        }
    }

    /// The same layers with other units, of as many gates.
    pub(super) fn with_unit(self, unit: RecurrentUnit) -> Recurrent<K, T> {
        Recurrent { unit, ..self }
    }

    /// Runs over all steps of some sequences, from a state or from zeros: what the last layer shows after
    /// each step, and the state of each layer after the last.
    ///
    /// Shapes: above. A state of another batch goes on only as plain arrays: [`Carried`].
    ///
    /// # Panics
    /// If input or state do not fit, or the state of an LSTM has no memory.
    #[track_caller]
    pub fn run(
        &self,
        x: Tensor<T>,
        state: Option<RecurrentState<T>>,
        pass: &Pass<'_, T>,
    ) -> (Tensor<T>, RecurrentState<T>) {
        let batch = self.expect_input(&x.shape());
        let x = match self.batch_first {
            true => x.transpose(0, 1),
            false => x,
        };
        let scope = self.enter_layer(0, pass);
        let gates = x.linear(pass.parameter(&self.layers[0].of_input), None);
        self.run_gates(gates, scope, batch, state, pass)
    }

    /// As [`run`](Recurrent::run) of classes, one-hot: class `k` is an input of zeros and a 1 at place
    /// `k`. The product with the weights is then one of their columns, and looked up.
    ///
    /// Shape: classes `[steps, batch]`, or `[batch, steps]` if it is batch-first.
    ///
    /// # Panics
    /// If classes or state do not fit, a class is not below the number of inputs, or the state of an
    /// LSTM has no memory.
    #[track_caller]
    pub fn run_classes(
        &self,
        classes: &Indices,
        state: Option<RecurrentState<T>>,
        pass: &Pass<'_, T>,
    ) -> (Tensor<T>, RecurrentState<T>) {
        let batch = self.expect_classes(classes);
        let classes = match self.batch_first {
            true => turned(classes),
            false => classes.clone(),
        };
        let scope = self.enter_layer(0, pass);
        // A row for each class, side by side in memory.
        let columns = pass.parameter(&self.layers[0].of_input).t() * 1.0;
        self.run_gates(columns.embedding(classes), scope, batch, state, pass)
    }

    /// Enters the scope of a layer, if there are several.
    #[track_caller]
    fn enter_layer<'t>(&self, place: usize, pass: &Pass<'t, T>) -> Option<Entered<'t>> {
        match self.layers.len() {
            1 => None,
            _ => pass.enter(format_args!("layer {place}")),
        }
    }

    /// Runs from what the gates of the lowest layer read of the input, `[steps, batch, gates hidden]`,
    /// in that layer's scope.
    #[track_caller]
    fn run_gates<'t>(
        &self,
        gates: Tensor<T>,
        mut scope: Option<Entered<'t>>,
        batch: usize,
        state: Option<RecurrentState<T>>,
        pass: &Pass<'t, T>,
    ) -> (Tensor<T>, RecurrentState<T>) {
        if let Some(state) = &state {
            self.expect_state(state, batch);
        }
        let mut ends = Vec::with_capacity(self.layers.len());
        let mut gates = gates;
        let mut shown = gates;
        for (place, layer) in self.layers.iter().enumerate() {
            if place > 0 {
                scope = self.enter_layer(place, pass);
                let below = match &self.dropout {
                    Some(dropout) => dropout.forward(shown, pass),
                    None => shown,
                };
                gates = below.linear(pass.parameter(&layer.of_input), None);
            }
            let start = self.start(state, place, batch, pass);
            let (states, end) = self.layer(layer, gates, start, pass);
            shown = states;
            ends.push(end);
            drop(scope.take());
        }
        let hidden: Vec<Tensor<T>> = ends.iter().map(|end| end.hidden).collect();
        let memories: Option<Vec<Tensor<T>>> = ends.iter().map(|end| end.memory).collect();
        let end = RecurrentState {
            hidden: Tensor::stack(&hidden, 0),
            memory: stacked(memories.as_deref()),
        };
        match self.batch_first {
            true => (shown.transpose(0, 1), end),
            false => (shown, end),
        }
    }

    #[track_caller]
    fn layer(
        &self,
        layer: &Layer<T>,
        gates: Tensor<T>,
        start: RecurrentState<T>,
        pass: &Pass<'_, T>,
    ) -> (Tensor<T>, RecurrentState<T>) {
        let weight = pass.parameter(&layer.of_state);
        let biases = layer.biases(pass);
        let steps = gates.shape()[0];
        if !self.step_by_step || steps == 0 {
            return gates.recurrent(self.unit, weight, biases, start);
        }
        let mut state = start;
        let mut shown = Vec::with_capacity(steps);
        for step in 0..steps {
            let _step = pass.enter(format_args!("step {step}"));
            state = self.unit.step(gates.row(step), weight, biases, state);
            shown.push(state.hidden);
        }
        (Tensor::stack(&shown, 0), state)
    }

    /// Where a layer starts.
    #[track_caller]
    fn start(
        &self,
        state: Option<RecurrentState<T>>,
        place: usize,
        batch: usize,
        pass: &Pass<'_, T>,
    ) -> RecurrentState<T> {
        if let Some(state) = state {
            return RecurrentState {
                hidden: state.hidden.row(place),
                memory: row(state.memory, place),
            };
        }
        let zeros = Array::<T>::zeros(&[batch, self.hidden]);
        RecurrentState {
            hidden: pass.tape().constant(&zeros),
            memory: match self.unit.states() {
                2 => Some(pass.tape().constant(&zeros)),
                _ => None,
            },
        }
    }

    /// How many sequences the input has.
    #[track_caller]
    fn expect_input(&self, x: &Shape) -> usize {
        let axes = match self.batch_first {
            true => "batch, steps",
            false => "steps, batch",
        };
        assert!(
            x.rank() == 3 && x[2] == self.inputs,
            "{}: an input of shape {x}; [{axes}, {}] is needed",
            self.title(),
            self.inputs
        );
        x[usize::from(!self.batch_first)]
    }

    #[track_caller]
    fn expect_classes(&self, classes: &Indices) -> usize {
        let (axes, place) = match self.batch_first {
            true => ("batch, steps", 0),
            false => ("steps, batch", 1),
        };
        let shape = classes.shape();
        assert!(
            shape.rank() == 2,
            "{}: classes of shape {shape}; [{axes}] is needed",
            self.title()
        );
        shape[place]
    }

    #[track_caller]
    fn expect_state(&self, state: &RecurrentState<T>, batch: usize) {
        let expected = [self.layers.len(), batch, self.hidden];
        let parts = [("state", Some(state.hidden)), ("memory", state.memory)];
        for (what, part) in parts {
            let shape = part.map(Tensor::shape);
            let fits = match &shape {
                Some(shape) => *shape == expected,
                None => self.unit.states() == 1,
            };
            assert!(
                fits,
                "{}: a {what} {} where {expected:?} belongs: [layers, batch, hidden]",
                self.title(),
                shape.map_or("is missing".to_string(), |shape| format!(
                    "of shape {shape}"
                )),
            );
        }
    }

    fn title(&self) -> String {
        let layers = match self.layers.len() {
            1 => String::new(),
            layers => format!(", {layers} layers"),
        };
        format!("{} {} -> {}{layers}", K::NAME, self.inputs, self.hidden)
    }
}

/// With rows as columns.
fn turned(classes: &Indices) -> Indices {
    let [rows, columns] = [classes.shape()[0], classes.shape()[1]];
    let all = classes.as_slice();
    let places = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
    let turned: Vec<usize> = places.map(|place| all[place]).collect();
    Indices::new(&[columns, rows], turned).expect("as many, in another order")
}

impl<K: Kind, T: Element> Module<T> for Recurrent<K, T> {
    /// What the last layer shows after each step, starting from zeros.
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        self.run(x, None, pass).0
    }

    fn parts(&self, parts: &mut Parts<T>) {
        for (place, layer) in self.layers.iter().enumerate() {
            parts.parameter(&format!("weight_ih_l{place}"), &layer.of_input);
            parts.parameter(&format!("weight_hh_l{place}"), &layer.of_state);
            if let Some([of_input, of_state]) = &layer.biases {
                parts.parameter(&format!("bias_ih_l{place}"), of_input);
                parts.parameter(&format!("bias_hh_l{place}"), of_state);
            }
        }
    }

    fn describe(&self) -> String {
        self.title()
    }

    fn multiply_adds(&self, _: &Shape, y: &Shape) -> usize {
        let weights = |layer: &Layer<T>| layer.of_input.shape()[1] + self.hidden;
        let read: usize = self.layers.iter().map(weights).sum();
        y.count() * self.unit.gates() * read
    }

    fn by_hand<'a>(&'a self, x: &Array, hand: &mut Hand) -> Option<(Array, Back<'a>)> {
        by_hand::by_hand(self, x, hand)
    }
}
