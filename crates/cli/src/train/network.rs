//! The networks that the command knows, and how a file remembers which one it holds.

use nn::checkpoint::Checkpoint;
use nn::data::Scaling;
use nn::layers::{Conv, Conv2d, Dropout, Flatten, Linear, MaxPool2d, Pool, Sequential};
use nn::{Activation, Module, Parameter, Parts, Pass, seeded};
use tape::{Array, Element, Tensor};

use super::Arguments;
use super::source::{Examples, Task};
use crate::question::Stop;

/// A network as it is asked for, sizes and all: what a file remembers of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// Units of each layer, the inputs first; of `cnn` the side lengths and the outputs.
    sizes: Vec<usize>,
    is_cnn: bool,
    activation: Activation,
    dropout: f64,
    /// The lengths of one example.
    shape: Vec<usize>,
}

const ACTIVATIONS: [Activation; 5] = [
    Activation::Relu,
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Gelu,
    Activation::Silu,
];

/// The names of notes in a file.
const MODEL: &str = "chainrule.model";
const ACTIVATION: &str = "chainrule.activation";
const DROPOUT: &str = "chainrule.dropout";
const SHAPE: &str = "chainrule.shape";
const LABELS: &str = "chainrule.labels";
const TARGET: &str = "chainrule.target";

impl Plan {
    /// What the arguments ask for, made to fit the examples.
    pub(super) fn parse(arguments: &Arguments, examples: &Examples) -> Result<Plan, Stop> {
        let inputs: usize = examples.shape.iter().product();
        let outputs = match &examples.task {
            Task::Classes(_, labels) => labels.len(),
            Task::Numbers(data) => data.y().shape()[1],
        };
        let spec = arguments.model.as_str();
        let (kind, sizes) = spec.split_once(':').unwrap_or((spec, ""));
        let numbers: Option<Vec<usize>> = match sizes {
            "" => Some(Vec::new()),
            _ => sizes
                .split('-')
                .map(|size| size.parse().ok().filter(|&n| n > 0))
                .collect(),
        };
        let Some(mut hidden) = numbers else {
            return Err(Stop::mistake(format!(
                "--model {spec}: sizes are whole numbers with - between them, as in mlp:128-64"
            )));
        };
        if hidden.iter().any(|&units| units > 1 << 20) || hidden.len() > 64 {
            return Err(Stop::mistake(format!(
                "--model {spec}: at most 64 layers, of 1048576 units each"
            )));
        }
        let is_cnn = kind == "cnn";
        let sizes = match kind {
            "linear" if hidden.is_empty() => vec![inputs, outputs],
            "mlp" => {
                if let [first, .., last] = hidden[..] {
                    // All layers are named where both ends say what the data say.
                    if first == inputs && last == outputs {
                        hidden = hidden[1..hidden.len() - 1].to_vec();
                    } else if first == inputs || hidden.len() > 2 && last == outputs {
                        return Err(Stop::mistake(format!(
                            "--model {spec}: the data have {inputs} inputs and {outputs} outputs, as in mlp:{inputs}-128-{outputs}"
                        )));
                    }
                }
                if hidden.is_empty() && spec == "mlp" {
                    hidden.push(64);
                }
                [vec![inputs], hidden, vec![outputs]].concat()
            }
            "cnn" if hidden.is_empty() => {
                let &[rows, columns] = &examples.shape[..] else {
                    return Err(Stop::mistake(
                        "--model cnn: images are wanted, rows by columns; these examples are no images",
                    ));
                };
                if rows < 8 || columns < 8 {
                    return Err(Stop::mistake(
                        "--model cnn: images of at least 8 x 8 are wanted",
                    ));
                }
                vec![rows, columns, outputs]
            }
            _ => {
                return Err(Stop::mistake(format!(
                    "--model {spec}: linear, mlp, mlp:SIZES or cnn is wanted"
                )));
            }
        };
        Ok(Plan {
            sizes,
            is_cnn,
            activation: activation(&arguments.activation)?,
            dropout: arguments.dropout,
            shape: examples.shape.clone(),
        })
    }

    /// The network, with random weights.
    pub(crate) fn build(&self, seed: u64) -> Network {
        let mut rng = seeded(seed);
        let mut body = Sequential::new();
        if self.is_cnn {
            let [rows, columns, outputs] = self.sizes[..] else {
                unreachable!("a plan of a cnn has three sizes");
            };
            let mut one = |from, to| Conv2d::new(from, to, [3, 3], Conv::new().same(), &mut rng);
            let (first, second) = (one(1, 8), one(8, 16));
            body = body
                .then(first)
                .then(self.activation)
                .then(MaxPool2d::new(Pool::new(2)))
                .then(second)
                .then(self.activation)
                .then(MaxPool2d::new(Pool::new(2)))
                .then(Flatten::new());
            body = self.dropped(body);
            body = body.then(Linear::new(
                16 * (rows / 4) * (columns / 4),
                outputs,
                &mut rng,
            ));
        } else {
            for (layer, pair) in self.sizes.windows(2).enumerate() {
                if layer > 0 {
                    body = self.dropped(body.then(self.activation));
                }
                body = body.then(Linear::new(pair[0], pair[1], &mut rng));
            }
        }
        let inputs: usize = self.shape.iter().product();
        Network {
            shift: Parameter::buffer(Array::zeros(&[inputs])),
            divisor: Parameter::buffer(Array::ones(&[inputs])),
            image: self.is_cnn.then(|| [self.sizes[0], self.sizes[1]]),
            body,
        }
    }

    fn dropped(&self, body: Sequential<f32>) -> Sequential<f32> {
        match self.dropout > 0.0 {
            true => body.then(Dropout::new(self.dropout)),
            false => body,
        }
    }

    /// Writes down what a file must say to be used without the program that made it.
    pub(super) fn note(&self, checkpoint: Checkpoint, examples: &Examples) -> Checkpoint {
        let joined = |sizes: &[usize]| {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            sizes.join("-")
        };
        let kind = if self.is_cnn { "cnn" } else { "mlp" };
        let mut checkpoint = checkpoint
            .with_note(MODEL, format!("{kind}:{}", joined(&self.sizes)))
            .with_note(ACTIVATION, self.activation.name())
            .with_note(DROPOUT, self.dropout.to_string())
            .with_note(SHAPE, joined(&self.shape));
        if let Task::Classes(_, labels) = &examples.task {
            let names = serde_json::to_string(labels.names()).expect("names are text");
            checkpoint = checkpoint.with_note(LABELS, names);
        }
        if let Some(target) = &examples.target {
            checkpoint = checkpoint.with_note(TARGET, target);
        }
        checkpoint
    }

    /// The network of a file, with its weights.
    pub(crate) fn restore(checkpoint: &Checkpoint) -> Result<Restored, Stop> {
        let note = |name: &str| {
            checkpoint.note(name).ok_or_else(|| {
                Stop::mistake(format!(
                    "it has no note {name}: `chainrule train -o` did not write it"
                ))
            })
        };
        let numbers = |text: &str| -> Result<Vec<usize>, Stop> {
            let numbers: Option<Vec<usize>> =
                text.split('-').map(|size| size.parse().ok()).collect();
            // What the file's arrays must fill is checked by their shapes; this only bounds it.
            let numbers =
                numbers.filter(|sizes| sizes.iter().all(|size| (1..=1 << 24).contains(size)));
            numbers.ok_or_else(|| Stop::mistake(format!("{text:?} is no list of sizes")))
        };
        let model = note(MODEL)?;
        let (kind, sizes) = model.split_once(':').unwrap_or((model, ""));
        let dropout = note(DROPOUT)?
            .parse()
            .ok()
            .filter(|p| (0.0..1.0).contains(p));
        let plan = Plan {
            sizes: numbers(sizes)?,
            is_cnn: kind == "cnn",
            activation: activation(note(ACTIVATION)?)?,
            dropout: dropout.ok_or_else(|| Stop::mistake("its dropout is no share"))?,
            shape: numbers(note(SHAPE)?)?,
        };
        plan.check_against(checkpoint)?;
        let network = plan.build(0);
        checkpoint.restore(&network).map_err(Stop::mistake)?;
        let labels = match checkpoint.note(LABELS) {
            Some(names) => Some(serde_json::from_str(names).map_err(Stop::mistake)?),
            None => None,
        };
        Ok(Restored {
            network,
            shape: plan.shape,
            labels,
            target: checkpoint.note(TARGET).map(str::to_string),
        })
    }

    /// Before memory is taken for a network: does the file have its numbers at all?
    fn check_against(&self, checkpoint: &Checkpoint) -> Result<(), Stop> {
        let shift: Array<f32> = checkpoint.array("scale.shift").map_err(Stop::mistake)?;
        let inputs = self
            .shape
            .iter()
            .try_fold(1_usize, |n, &length| n.checked_mul(length));
        let fits = inputs == Some(shift.len())
            && match self.is_cnn {
                true => self.sizes.len() == 3 && self.sizes[..2] == self.shape[..],
                false => self.sizes.len() >= 2 && inputs == self.sizes.first().copied(),
            };
        let mut held = 0;
        for name in checkpoint.names() {
            held += checkpoint.array::<f32>(name).map_or(0, |array| array.len());
        }
        let wanted = match self.is_cnn {
            true => 0,
            false => self.sizes.windows(2).fold(0_usize, |sum, pair| {
                sum.saturating_add(pair[0].saturating_mul(pair[1]))
            }),
        };
        match fits && wanted <= held {
            true => Ok(()),
            false => Err(Stop::mistake("its notes and its arrays do not go together")),
        }
    }
}

/// What a file holds.
pub(crate) struct Restored {
    pub(crate) network: Network,
    pub(crate) shape: Vec<usize>,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) target: Option<String>,
}

fn activation(name: &str) -> Result<Activation, Stop> {
    let found = ACTIVATIONS.into_iter().find(|own| own.name() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = ACTIVATIONS.iter().map(|own| own.name()).collect();
        Stop::mistake(format!(
            "{name} is no activation here; there are {}",
            names.join(", ")
        ))
    })
}

/// A network behind the scaling of its inputs, which is saved with it.
#[derive(Debug)]
pub(crate) struct Network {
    shift: Parameter<f32>,
    divisor: Parameter<f32>,
    /// Rows and columns, where the body reads images.
    image: Option<[usize; 2]>,
    body: Sequential<f32>,
}

impl Network {
    /// Scales inputs to mean 0 and deviation 1 over the examples that are learned from; images by
    /// one mean and deviation for all pixels.
    pub(super) fn fit_scale(&self, x: &Array<f32>) {
        let count = self.shift.count();
        let scaling = match x.rank() > 2 {
            false => Scaling::standardize(x),
            true => Scaling::standardize(&x.clone().reshape(&[-1, 1])),
        };
        let spread = |numbers: &[f64]| {
            let numbers = numbers.iter().cycle().take(count);
            Array::new(
                &[count],
                numbers.map(|&n| f32::from_f64(n)).collect::<Vec<f32>>(),
            )
        };
        if !scaling.shift().is_empty() {
            self.shift.set(spread(scaling.shift()));
            self.divisor.set(spread(scaling.divisor()));
        }
    }
}

impl Module<f32> for Network {
    fn forward(&self, x: Tensor<f32>, pass: &Pass<'_, f32>) -> Tensor<f32> {
        let rows = x.shape()[0] as i64;
        let x = x.reshape(&[rows, self.shift.count() as i64]);
        let x = (x - pass.parameter(&self.shift)) / pass.parameter(&self.divisor);
        let x = match self.image {
            Some([height, width]) => x.reshape(&[rows, 1, height as i64, width as i64]),
            None => x,
        };
        pass.run("body", &self.body, x)
    }

    fn parts(&self, parts: &mut Parts<f32>) {
        parts.parameter("scale.shift", &self.shift);
        parts.parameter("scale.divisor", &self.divisor);
        parts.module("body", &self.body);
    }
}
