//! Training: a loop that fits on a slide, and a [`Trainer`] that has what such a loop lacks.
//!
//! The loop, whole. A [`Session`](crate::Session) keeps the tape, and the seed of what is random in
//! a step; a pass records the network and its loss; an optimizer follows the gradient:
//!
//! ```
//! use nn::layers::{Linear, Sequential};
//! use nn::{Activation::Tanh, Adam, Module, Optimizer, Session, loss, seeded};
//! use tape::Array;
//!
//! let x = Array::from([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
//! let y = Array::from([[0.0], [1.0], [1.0], [0.0]]);
//! let mut rng = seeded(7);
//! let net = Sequential::new()
//!     .then(Linear::new(2, 8, &mut rng))
//!     .then(Tanh)
//!     .then(Linear::new(8, 1, &mut rng));
//!
//! let (mut session, mut optimizer) = (Session::new(7), Adam::new(0.05));
//! for _ in 0..200 {
//!     let (_, gradient) = session.step(|pass| {
//!         let (x, y) = (pass.tape().constant(&x), pass.tape().constant(&y));
//!         loss::bce_with_logits(net.forward(x, pass), y)
//!     });
//!     optimizer.step(&gradient);
//! }
//! let answers = nn::predict(&net, &x).map(|logit| f64::from(u8::from(logit > 0.0)));
//! assert_eq!(answers, y);
//! ```
//!
//! The same with a trainer:
//!
//! ```
//! # use nn::layers::{Linear, Sequential};
//! # use nn::{Activation::Tanh, Adam, loss, seeded};
//! use nn::data::Dataset;
//! use nn::Trainer;
//!
//! # let mut rng = seeded(7);
//! # let net = Sequential::new()
//! #     .then(Linear::new(2, 8, &mut rng))
//! #     .then(Tanh)
//! #     .then(Linear::new(8, 1, &mut rng));
//! let x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
//! let xor = Dataset::new(x, [[0.0], [1.0], [1.0], [0.0]].into());
//! let report = Trainer::new(loss::bce_with_logits)
//!     .epochs(200)
//!     .batch_size(4)
//!     .fit(&net, &mut Adam::new(0.05), &xor)?;
//! assert!(report.last().unwrap().loss < 0.05);
//! # Ok::<(), nn::train::TrainError>(())
//! ```

mod error;
mod evaluate;
mod fit;
mod history;
mod loss;
mod planned;
mod report;

pub use error::{Broken, TrainError};
pub use evaluate::predict;
pub use loss::Loss;
pub use planned::PlannedTargets;
pub use report::{Epoch, Flow, Report, Step, Stopped};

use crate::Plateau;
use crate::data::{Dataset, Targets};
use std::path::PathBuf;
use tape::{Array, Element};

/// Trains a network on a data set: epochs of shuffled batches, with validation, early stopping, a
/// schedule, clipping, accumulation and checkpoints as they are asked for.
///
/// The same seed, data and start give the same bits, on every run, and so does a run that was
/// interrupted and [resumed](Trainer::resume). The trainer asks nothing of the clock and prints
/// nothing: whoever wants to see a bar watches [steps](Trainer::on_step).
///
/// ```
/// use nn::data::iris;
/// use nn::layers::{Linear, Sequential};
/// use nn::{Activation::Relu, Adam, Trainer, loss, seeded};
///
/// let (iris, _) = iris();
/// let [train, test] = iris.split_classes(&[0.8, 0.2], &mut seeded(1))?;
/// let mut rng = seeded(1);
/// let net = Sequential::new()
///     .then(Linear::new(4, 16, &mut rng))
///     .then(Relu)
///     .then(Linear::new(16, 3, &mut rng));
/// let report = Trainer::new(loss::cross_entropy)
///     .epochs(60)
///     .batch_size(16)
///     .seed(7)
///     .validation(&test)
///     .accuracy()
///     .patience(20)
///     .fit(&net, &mut Adam::new(0.01), &train)?;
/// assert!(report.best().unwrap().metric("accuracy").unwrap() > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Trainer<'a, T: Element = f64, Y: Targets = Array<T>> {
    loss: Box<dyn Loss<T, Y> + 'a>,
    epochs: usize,
    batch: usize,
    drop_last: bool,
    seed: u64,
    validation: Option<Dataset<T, Y>>,
    metrics: Vec<(String, Metric<'a, T, Y>)>,
    patience: Option<usize>,
    schedule: Option<Box<dyn Fn(u64) -> f64 + 'a>>,
    plateau: Option<Plateau>,
    clip: Option<Clip>,
    accumulate: usize,
    step_watchers: Vec<Watcher<'a, Step>>,
    epoch_watchers: Vec<Watcher<'a, Epoch>>,
    checkpoint: Option<(PathBuf, usize)>,
    resume: bool,
    planned: bool,
}

type Watcher<'a, V> = Box<dyn FnMut(&V) -> Flow + 'a>;
type Metric<'a, T, Y> = Box<dyn Fn(&Array<T>, &Y) -> f64 + 'a>;

/// How gradients are kept small.
#[derive(Clone, Copy, Debug)]
enum Clip {
    Norm(f64),
    Value(f64),
}

impl<'a, T: Element, Y: Targets> Trainer<'a, T, Y> {
    /// A trainer with this loss: [`loss::mse`](crate::loss::mse), say, or a closure
    /// `|outputs, targets| ..`; see [`Loss`].
    ///
    /// One epoch of batches of 32, seed 0, and nothing else.
    pub fn new(loss: impl Loss<T, Y> + 'a) -> Trainer<'a, T, Y> {
        Trainer {
            loss: Box::new(loss),
            epochs: 1,
            batch: 32,
            drop_last: false,
            seed: 0,
            validation: None,
            metrics: Vec::new(),
            patience: None,
            schedule: None,
            plateau: None,
            clip: None,
            accumulate: 1,
            step_watchers: Vec::new(),
            epoch_watchers: Vec::new(),
            checkpoint: None,
            resume: false,
            planned: false,
        }
    }

    /// How many times the data are gone through, in all: a run that is resumed does the rest.
    pub fn epochs(self, epochs: usize) -> Self {
        Trainer { epochs, ..self }
    }

    /// How many examples there are in a batch; the last batch of an epoch has the rest.
    ///
    /// # Panics
    /// If it is 0.
    #[track_caller]
    pub fn batch_size(self, batch: usize) -> Self {
        assert!(batch > 0, "batches of 0 examples: there is no end of them");
        Trainer { batch, ..self }
    }

    /// Leaves out the last batch of an epoch if it is smaller than the others.
    pub fn drop_last(self) -> Self {
        Trainer {
            drop_last: true,
            ..self
        }
    }

    /// The seed of the order of examples, and of what is random in the network.
    pub fn seed(self, seed: u64) -> Self {
        Trainer { seed, ..self }
    }

    /// Examples that the network does not learn from: their loss after each epoch is what patience
    /// looks at.
    pub fn validation(self, data: &Dataset<T, Y>) -> Self {
        Trainer {
            validation: Some(data.clone()),
            ..self
        }
    }

    /// A number to report after each epoch, from all outputs and targets of the validation set, or
    /// of the training set if there is none.
    pub fn metric(mut self, name: &str, metric: impl Fn(&Array<T>, &Y) -> f64 + 'a) -> Self {
        self.metrics.push((name.to_string(), Box::new(metric)));
        self
    }

    /// Stops when the loss (of the validation set, or of the training set if there is none) has not
    /// become less for so many epochs. The network has the parameters of its best epoch then, and
    /// also where the epochs run out first.
    pub fn patience(self, epochs: usize) -> Self {
        Trainer {
            patience: Some(epochs),
            ..self
        }
    }

    /// The learning rate of each step of the optimizer, from 0: what a
    /// [`Schedule`](crate::Schedule) says, `.schedule(|step| schedule.rate(step))`.
    pub fn schedule(self, rate: impl Fn(u64) -> f64 + 'a) -> Self {
        Trainer {
            schedule: Some(Box::new(rate)),
            ..self
        }
    }

    /// The learning rate of each epoch, lowered when the loss (of the validation set, or of the
    /// training set if there is none) has stopped falling. A [schedule](Trainer::schedule) goes before.
    pub fn plateau(self, plateau: Plateau) -> Self {
        Trainer {
            plateau: Some(plateau),
            ..self
        }
    }

    /// Shortens gradients that are longer than this; see
    /// [`Gradient::clip_norm`](crate::Gradient::clip_norm).
    pub fn clip_norm(self, most: f64) -> Self {
        Trainer {
            clip: Some(Clip::Norm(most)),
            ..self
        }
    }

    /// Brings each derivative into `[-most, most]`.
    pub fn clip_value(self, most: f64) -> Self {
        Trainer {
            clip: Some(Clip::Value(most)),
            ..self
        }
    }

    /// Takes one step of the optimizer for so many batches: the gradient is the mean over their
    /// examples, as of one large batch whose memory is not there.
    ///
    /// # Panics
    /// If it is 0.
    #[track_caller]
    pub fn accumulate(self, batches: usize) -> Self {
        assert!(batches > 0, "a step for 0 batches");
        Trainer {
            accumulate: batches,
            ..self
        }
    }

    /// Calls this after each step of the optimizer. It may answer [`Flow::Stop`].
    pub fn on_step<F: Into<Flow>>(mut self, mut watch: impl FnMut(&Step) -> F + 'a) -> Self {
        let watch = move |step: &Step| watch(step).into();
        self.step_watchers.push(Box::new(watch));
        self
    }

    /// Calls this after each epoch. It may answer [`Flow::Stop`].
    ///
    /// ```
    /// use nn::train::Flow;
    /// use nn::{Trainer, loss};
    ///
    /// let trainer: Trainer = Trainer::new(loss::mse)
    ///     .on_epoch(|epoch| println!("{epoch}"))
    ///     .on_epoch(|epoch| if epoch.loss < 1e-3 { Flow::Stop } else { Flow::GoOn });
    /// ```
    pub fn on_epoch<F: Into<Flow>>(mut self, mut watch: impl FnMut(&Epoch) -> F + 'a) -> Self {
        let watch = move |epoch: &Epoch| watch(epoch).into();
        self.epoch_watchers.push(Box::new(watch));
        self
    }

    /// Records a step once for each size of a batch, and runs it again for the others, as a
    /// [`StepPlan`](crate::StepPlan) does: the same bits, and on small networks a fraction of the time.
    ///
    /// The first batches of a size are recorded as well, and compared. Where steps cannot be planned
    /// (dropout, batch norm, a loss that branches otherwise, a user's operation) they are recorded, all
    /// from there on, and [`Report::unplanned`] says why.
    ///
    /// You have to ask for it since a plan does again what was recorded: of a network or a loss with
    /// a state that the tape does not know (random numbers of its own, a counter of epochs, a file)
    /// it would keep what it found. A change behind the batches that are compared is not noticed.
    ///
    /// ```
    /// use nn::data::Dataset;
    /// use nn::layers::{Linear, Sequential};
    /// use nn::{Activation::Tanh, Adam, Trainer, loss, seeded};
    ///
    /// let x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    /// let xor = Dataset::new(x, [[0.0], [1.0], [1.0], [0.0]].into());
    /// let fit = |trainer: Trainer| {
    ///     let mut rng = seeded(7);
    ///     let net = Sequential::new()
    ///         .then(Linear::new(2, 8, &mut rng))
    ///         .then(Tanh)
    ///         .then(Linear::new(8, 1, &mut rng));
    ///     trainer.epochs(200).fit(&net, &mut Adam::new(0.05), &xor)
    /// };
    /// let report = fit(Trainer::new(loss::bce_with_logits).planned())?;
    /// assert_eq!(report, fit(Trainer::new(loss::bce_with_logits))?);
    /// assert_eq!(report.unplanned(), None);
    /// # Ok::<(), nn::train::TrainError>(())
    /// ```
    pub fn planned(self) -> Self {
        Trainer {
            planned: true,
            ..self
        }
    }

    /// Saves a checkpoint after every so many epochs, and after the last: network, optimizer, and
    /// how far training has come.
    ///
    /// # Panics
    /// If it is to be after every 0 epochs.
    #[track_caller]
    pub fn checkpoint(self, path: impl Into<PathBuf>, every: usize) -> Self {
        assert!(every > 0, "a checkpoint after every 0 epochs");
        Trainer {
            checkpoint: Some((path.into(), every)),
            ..self
        }
    }

    /// Goes on from the checkpoint, if there is a file: to the same bits as if the run had not been
    /// interrupted. Settings and data are the program's; give the same.
    pub fn resume(self) -> Self {
        Trainer {
            resume: true,
            ..self
        }
    }
}

impl<T: Element> Trainer<'_, T, Vec<usize>> {
    /// Reports the share of examples whose class has the largest output.
    pub fn accuracy(self) -> Self {
        self.metric("accuracy", |outputs, classes| {
            crate::metrics::accuracy(&crate::metrics::classes(outputs), classes)
        })
    }
}
