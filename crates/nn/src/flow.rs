//! What flows through a network: activations on their way up, gradients on their way back.

mod distribution;
mod mark;
mod table;

use crate::data::Batch;
use crate::train::Loss;
use crate::{Module, Parameter, Pass, Role};
use distribution::norm;
use std::cell::RefCell;
use std::collections::HashSet;
use tape::{Element, Op, Shape, Tape, Tensor};

pub use distribution::{Distribution, Histogram};
pub use mark::Mark;

/// Follows a batch through a network and its error back, layer by layer: how large activations are,
/// how many are stuck, how much of the gradient arrives, and where it [vanishes or
/// explodes](FlowReport#marks).
///
/// One pass of a network that learns (dropout drops, batch norm takes the batch's statistics) and one
/// sweep; buffers stay as they are. Modules are seen that are [run](Pass::run) by name. One that
/// hands on what its last inner module made has no row of its own.
///
/// ```
/// use nn::layers::{Linear, Sequential};
/// use nn::{Activation, Init, flow, loss, seeded};
///
/// let mut rng = seeded(1);
/// let mut net = Sequential::new();
/// for _ in 0..3 {
///     net = net
///         .then(Linear::with_init(1, 1, Init::Normal, &mut rng))
///         .then(Activation::Sigmoid);
/// }
/// let line = nn::data::line(8, 2.0, 1.0, 0.0, &mut rng);
/// let report = flow(&net, &line.whole(), loss::mse);
/// assert_eq!(report.to_string(), "\
/// layer  what            mean     std  zero  flat   |y|  |dE/dy|   |W|  |dE/dW|   ratio
/// 0      Linear 1 -> 1   0.26    0.58              1.80   9.3e-4  0.89   1.5e-3  1.7e-3  vanishing
/// 1      sigmoid         0.56    0.14              1.63   4.5e-3
/// 2      Linear 1 -> 1   0.53   0.027              1.49    0.023  0.20    0.026    0.13
/// 3      sigmoid         0.63  6.4e-3              1.78    0.097
/// 4      Linear 1 -> 1  -1.36  3.5e-3              3.85     0.18  0.55     0.16    0.29
/// 5      sigmoid         0.20  5.7e-4              0.58     1.08
///
/// loss 2.35
/// ");
/// ```
///
/// # Panics
/// If the network does not take such a batch, or the loss such outputs.
#[must_use]
#[track_caller]
pub fn flow<T: Element, Y>(
    model: &(impl Module<T> + ?Sized),
    batch: &Batch<T, Y>,
    loss: impl Loss<T, Y>,
) -> FlowReport {
    let tape = Tape::without_lines();
    let seen: RefCell<Vec<Ran<T>>> = RefCell::default();
    let claimed = RefCell::new(HashSet::new());
    let pass = Pass::learning(&tape, 0, 0).watched(|ran| {
        let mut seen = seen.borrow_mut();
        // Modules end before the one that runs them.
        let is_outer = seen.last().is_some_and(|last| last.number > ran.number);
        let mut weights = Vec::new();
        for named in &ran.module.parameters() {
            if claimed.borrow_mut().insert(named.parameter.id())
                && named.parameter.role() == Role::Weight
            {
                weights.push(named.parameter.share());
            }
        }
        if is_outer
            && seen
                .last()
                .is_some_and(|last| last.output.id() == ran.output.id())
        {
            return;
        }
        seen.push(Ran {
            path: ran.path.to_string(),
            module: ran.module.describe(),
            number: ran.number,
            output: ran.output,
            weights,
        });
    });
    let outputs = pass.run("", model, pass.data(&batch.x));
    let loss = loss.of(outputs, &batch.y, &pass);
    let gradients = loss.backward();
    let leaves = pass.give_up();
    let slopes_of = |weight: &Parameter<T>| {
        let (_, leaf) = leaves.iter().find(|(parameter, _)| parameter == weight)?;
        gradients.array(*leaf)
    };
    let layers = seen.into_inner().into_iter().map(|ran| {
        let (values, slopes) = (ran.output.to_array(), gradients.array(ran.output));
        let learning = || ran.weights.iter().filter_map(slopes_of);
        let slopes_of_weights = learning().next().map(|_| {
            let slopes: Vec<_> = learning().collect();
            norm(slopes.iter().flat_map(|slopes| slopes.iter()))
        });
        let weights: Vec<_> = ran.weights.iter().map(Parameter::value).collect();
        FlowLayer {
            path: ran.path,
            module: ran.module,
            output: values.shape().clone(),
            dead: share_of_dead(values.as_slice(), values.shape()),
            flat: range(ran.output).map(|range| share_of_flat(values.as_slice(), range)),
            activations: Distribution::of(values.as_slice()),
            gradient: slopes.map(|slopes| Distribution::of(slopes.as_slice())),
            weights: (!weights.is_empty()).then(|| WeightFlow {
                norm: norm(weights.iter().flat_map(|weights| weights.iter())),
                gradient: slopes_of_weights,
            }),
            marks: Vec::new(),
        }
    });
    let mut layers: Vec<FlowLayer> = layers.collect();
    mark::mark(&mut layers);
    FlowReport {
        loss: loss.value(),
        layers,
    }
}

/// A module that ran, before the sweep.
struct Ran<T: Element> {
    path: String,
    module: String,
    number: usize,
    output: Tensor<T>,
    weights: Vec<Parameter<T>>,
}

/// What [`flow`] found. It displays as a table; [`picture::flow`](crate::picture::flow)
/// draws its histograms.
///
/// # Marks
///
/// Gradients are compared by their Euclidean norm with that at the network's outputs, the last layer
/// that has one. It is what orthogonal layers would leave as it is.
///
/// | mark | where |
/// |---|---|
/// | [vanishing](Mark::Vanishing) | the gradient by the activations is less than [1/1000](FlowReport::VANISHING) of that at the outputs |
/// | [exploding](Mark::Exploding) | it is more than [1000](FlowReport::EXPLODING) times that at the outputs |
/// | [dead](Mark::Dead) | more than [half](FlowReport::STUCK) of the units are 0 for every example |
/// | [saturated](Mark::Saturated) | more than [half](FlowReport::STUCK) of the activations are where their curve is flat |
/// | [not finite](Mark::NotFinite) | an activation or a derivative is infinite or NaN |
///
/// The ratio `|dE/dW| / |W|` times the rate is the share of itself by which a layer changes in a step
/// of plain descent: around 1e-3 is usual, and a layer whose ratio is a millionth of the others' stands
/// still.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowReport {
    /// The loss of the batch.
    pub loss: f64,
    /// The layers, in the order in which data went through them.
    pub layers: Vec<FlowLayer>,
}

impl FlowReport {
    /// Below this share of the gradient at the outputs, a layer's is marked as vanishing.
    pub const VANISHING: f64 = 1e-3;
    /// Above this multiple of the gradient at the outputs, a layer's is marked as exploding.
    pub const EXPLODING: f64 = 1e3;
    /// Above this share of dead units, or of saturated activations, a layer is marked.
    pub const STUCK: f64 = 0.5;

    /// The layer of this path.
    #[must_use]
    pub fn layer(&self, path: &str) -> Option<&FlowLayer> {
        self.layers.iter().find(|layer| layer.path == path)
    }

    /// Whether no layer is marked.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.layers.iter().all(|layer| layer.marks.is_empty())
    }
}

/// One layer of a [`FlowReport`].
#[derive(Clone, Debug, PartialEq)]
pub struct FlowLayer {
    /// Its name behind those of the modules around it.
    pub path: String,
    /// What it says of itself.
    pub module: String,
    /// The shape of its output, examples first.
    pub output: Shape,
    /// The numbers in its output.
    pub activations: Distribution,
    /// The share of its units that are 0 for every example of the batch; 0 of a single example.
    pub dead: f64,
    /// The share of its outputs where a sigmoid, tanh, softsign, hard tanh or ramp is flat: within a
    /// fiftieth of its range from an end of it. A sigmoid's and a tanh's slope is there less than
    /// 8 % of what it is in the middle. `None` of other operations.
    pub flat: Option<f64>,
    /// The derivatives of the loss by its output; `None` where the loss does not depend on it, or
    /// it is data, such as what frozen layers make.
    pub gradient: Option<Distribution>,
    /// Its weights (not its biases), those of inner modules not included.
    pub weights: Option<WeightFlow>,
    /// What is wrong with it.
    pub marks: Vec<Mark>,
}

/// The weights of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightFlow {
    /// Their Euclidean norm.
    pub norm: f64,
    /// The norm of the derivatives of the loss by them; `None` where they do not learn.
    pub gradient: Option<f64>,
}

impl WeightFlow {
    /// How large the gradient is against the weights, `|dE/dW| / |W|`; `None` of weights that do not
    /// learn, and of zeros.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        Some(self.gradient? / self.norm).filter(|_| self.norm != 0.0)
    }
}

/// The ends of the range of the operation that made a tensor, if its curve is flat there.
fn range<T: Element>(output: Tensor<T>) -> Option<[f64; 2]> {
    match output.op()? {
        Op::Sigmoid | Op::Ramp => Some([0.0, 1.0]),
        Op::Tanh | Op::HardTanh | Op::Softsign => Some([-1.0, 1.0]),
        _ => None,
    }
}

fn share_of_flat<T: Element>(values: &[T], [low, high]: [f64; 2]) -> f64 {
    let rim = (high - low) / 50.0;
    let is_flat = |value: &&T| value.to_f64() < low + rim || value.to_f64() > high - rim;
    share(values.iter().filter(is_flat).count(), values.len())
}

fn share_of_dead<T: Element>(values: &[T], shape: &Shape) -> f64 {
    let examples = shape.first().copied().unwrap_or(0);
    if examples < 2 || values.is_empty() {
        return 0.0;
    }
    let units = values.len() / examples;
    let mut alive = vec![false; units];
    for example in values.chunks(units) {
        for (alive, value) in alive.iter_mut().zip(example) {
            *alive |= value.to_f64() != 0.0;
        }
    }
    share(alive.iter().filter(|alive| !**alive).count(), units)
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
