//! How far a run has come, and its way into a checkpoint and back.

use super::Epoch;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::{Module, Optimizer, Parameter, Role, Session};
use std::path::Path;
use std::sync::Arc;
use tape::{Array, Element};

/// A run of training, between two epochs.
#[derive(Debug)]
pub(super) struct Run<T: Element> {
    pub(super) session: Session,
    /// How many steps the optimizer took.
    pub(super) steps: u64,
    pub(super) epochs: Vec<Epoch>,
    /// The parameters of the best epoch, in the order of the network's, if they are kept.
    pub(super) best: Vec<Arc<Array<T>>>,
    pub(super) buffers: Buffers<T>,
}

/// The buffers of a network, and what was in them before a step.
#[derive(Debug)]
pub(super) struct Buffers<T: Element>(Vec<(Parameter<T>, Arc<Array<T>>)>);

impl<T: Element> Buffers<T> {
    pub(super) fn of(net: &(impl Module<T> + ?Sized)) -> Buffers<T> {
        let parameters = net.parameters();
        let buffers = parameters.iter().map(|own| &own.parameter);
        let buffers = buffers.filter(|own| own.role() == Role::Buffer);
        Buffers(buffers.map(|own| (own.share(), own.value())).collect())
    }

    pub(super) fn keep(&mut self) {
        for (buffer, value) in &mut self.0 {
            *value = buffer.value();
        }
    }

    pub(super) fn restore(&self) {
        for (buffer, value) in &self.0 {
            buffer.set(Array::clone(value));
        }
    }
}

/// The names of a run's arrays in a checkpoint: a number for each epoch.
const STEPS: &str = "trainer/steps";
const RATE: &str = "trainer/rate";
const LOSS: &str = "trainer/loss";
const VALIDATION: &str = "trainer/validation";
const METRIC: &str = "trainer/metric/";
/// And of the parameters of its best epoch.
const BEST: &str = "trainer/best/";

impl<T: Element> Run<T> {
    pub(super) fn new(seed: u64) -> Run<T> {
        Run {
            session: Session::new(seed),
            steps: 0,
            epochs: Vec::new(),
            best: Vec::new(),
            buffers: Buffers(Vec::new()),
        }
    }

    /// Adds an epoch, compared with those before it.
    pub(super) fn add(&mut self, mut epoch: Epoch) {
        let best = self.epochs.iter().rev().find(|epoch| epoch.is_best);
        let least = best.map_or(f64::INFINITY, Epoch::judged);
        epoch.is_best = epoch.judged() < least;
        self.epochs.push(epoch);
    }

    /// How many epochs there were since the best.
    pub(super) fn waited(&self) -> usize {
        self.epochs
            .iter()
            .rev()
            .take_while(|epoch| !epoch.is_best)
            .count()
    }

    pub(super) fn restore_best(&self, net: &(impl Module<T> + ?Sized)) {
        for (named, value) in net.parameters().iter().zip(&self.best) {
            named.parameter.set(Array::clone(value));
        }
    }

    pub(super) fn checkpoint(
        &self,
        net: &(impl Module<T> + ?Sized),
        optimizer: &(impl Optimizer<T> + ?Sized),
    ) -> Checkpoint {
        let column =
            |number: &dyn Fn(&Epoch) -> f64| -> Array { self.epochs.iter().map(number).collect() };
        let mut checkpoint = Checkpoint::new()
            .with_module(net)
            .with_optimizer(net, optimizer)
            .with_session(&self.session)
            .with_array(STEPS, &column(&|epoch| epoch.steps as f64))
            .with_array(RATE, &column(&|epoch| epoch.rate))
            .with_array(LOSS, &column(&|epoch| epoch.loss));
        let last = self.epochs.last();
        if last.is_some_and(|epoch| epoch.validation.is_some()) {
            let validation = column(&|epoch| epoch.validation.unwrap_or(f64::NAN));
            checkpoint = checkpoint.with_array(VALIDATION, &validation);
        }
        for (name, _) in last.iter().flat_map(|epoch| &epoch.metrics) {
            let metric = column(&|epoch| epoch.metric(name).unwrap_or(f64::NAN));
            checkpoint = checkpoint.with_array(&format!("{METRIC}{name}"), &metric);
        }
        for (named, value) in net.parameters().iter().zip(&self.best) {
            checkpoint = checkpoint.with_array(&format!("{BEST}{}", named.name), value);
        }
        checkpoint
    }

    /// Goes on from a checkpoint. On an error neither network nor optimizer is changed.
    pub(super) fn read(
        path: &Path,
        seed: u64,
        epochs: usize,
        net: &(impl Module<T> + ?Sized),
        optimizer: &mut (impl Optimizer<T> + ?Sized),
    ) -> Result<Run<T>, CheckpointError> {
        let checkpoint = Checkpoint::read(path)?;
        let run = Run::from(&checkpoint, seed, epochs, net, optimizer);
        run.map_err(|error| error.in_file(path))
    }

    fn from(
        checkpoint: &Checkpoint,
        seed: u64,
        count: usize,
        net: &(impl Module<T> + ?Sized),
        optimizer: &mut (impl Optimizer<T> + ?Sized),
    ) -> Result<Run<T>, CheckpointError> {
        let theirs = checkpoint.session()?.seed();
        if theirs != seed {
            let message = format!("the run that was saved has seed {theirs}, this one {seed}");
            return Err(CheckpointError::unlike(message));
        }
        let column = |name: &str| -> Result<Vec<f64>, CheckpointError> {
            Ok(checkpoint.array(name)?.into_vec())
        };
        let (steps, rate, loss) = (column(STEPS)?, column(RATE)?, column(LOSS)?);
        let optional = |name: &str| {
            checkpoint
                .names()
                .any(|own| own == name)
                .then(|| column(name))
        };
        let validation = optional(VALIDATION).transpose()?;
        let mut metrics = Vec::new();
        for name in checkpoint.names() {
            if let Some(own) = name.strip_prefix(METRIC) {
                metrics.push((own.to_string(), column(name)?));
            }
        }
        let mut best = Vec::new();
        for named in &net.parameters() {
            let name = format!("{BEST}{}", named.name);
            if checkpoint.names().any(|own| own == name) {
                let array = checkpoint.array(&name)?;
                if array.shape() != named.parameter.shape() {
                    let message = format!("{name} has another shape than the parameter");
                    return Err(CheckpointError::unlike(message));
                }
                best.push(Arc::new(array));
            }
        }
        let mut run = Run::new(seed);
        let at = |column: &[f64], i: usize| column.get(i).copied().unwrap_or(f64::NAN);
        for (i, &loss) in loss.iter().enumerate() {
            run.add(Epoch {
                number: i + 1,
                epochs: count,
                steps: at(&steps, i) as u64,
                rate: at(&rate, i),
                loss,
                validation: validation.as_ref().map(|column| at(column, i)),
                metrics: metrics
                    .iter()
                    .map(|(name, column)| (name.clone(), at(column, i)))
                    .collect(),
                is_best: false,
            });
        }
        run.steps = steps.last().map_or(0, |&steps| steps as u64);
        run.best = best;
        run.session = checkpoint.resume(net, optimizer)?;
        Ok(run)
    }
}
