//! The loop.

use super::evaluate::evaluate;
use super::history::{Buffers, Run};
use super::planned::Plans;
use super::{Broken, Clip, Epoch, Flow, Report, Step, Stopped, TrainError, Trainer};
use crate::data::{Batch, Dataset, Targets};
use crate::pass::stream;
use crate::{Gradient, Module, Named, Optimizer};
use tape::{Array, Element, Tensor};

/// Which of a step's random numbers shuffle the data: none that a layer draws.
const ORDER: u64 = u64::MAX;

/// What a step of training found.
struct Found<'a, T: Element> {
    loss: f64,
    examples: f64,
    gradient: Slopes<'a, T>,
}

/// The gradient of a step: its own, or that of a plan, until the plan is run again.
enum Slopes<'a, T: Element> {
    Own(Gradient<T>),
    Plan(&'a mut Gradient<T>),
}

impl<T: Element> Slopes<'_, T> {
    fn get(&mut self) -> &mut Gradient<T> {
        match self {
            Slopes::Own(gradient) => gradient,
            Slopes::Plan(gradient) => gradient,
        }
    }

    fn into_own(self) -> Gradient<T> {
        match self {
            Slopes::Own(gradient) => gradient,
            Slopes::Plan(gradient) => {
                let mut own = Gradient::nothing();
                own.add(gradient);
                own
            }
        }
    }
}

impl<T: Element, Y: Targets> Trainer<'_, T, Y> {
    /// Trains the network, and reports.
    ///
    /// # Errors
    /// If there are no examples, if something is NaN or infinite (the error names what; parameters
    /// and buffers are those before the step), or a checkpoint cannot be read or written.
    ///
    /// # Panics
    /// If inputs and targets do not fit the network and the loss, as those do; or if the run is to
    /// [resume](Trainer::resume) and no checkpoint is named.
    #[track_caller]
    pub fn fit(
        mut self,
        net: &(impl Module<T> + ?Sized),
        optimizer: &mut (impl Optimizer<T> + ?Sized),
        data: &Dataset<T, Y>,
    ) -> Result<Report, TrainError> {
        if data.is_empty() || self.drop_last && data.len() < self.batch {
            return Err(TrainError::NoExamples);
        }
        let mut run = self.begin(net, optimizer)?;
        run.buffers = Buffers::of(net);
        let mut plans = Plans::new();
        if let Some(plateau) = &mut self.plateau {
            // What it remembers follows from the losses of the epochs before a resumption.
            for epoch in &run.epochs {
                plateau.observe(epoch.judged());
            }
            optimizer.set_rate(plateau.rate());
        }
        let stopped = loop {
            if self
                .patience
                .is_some_and(|most| run.waited() >= most.max(1))
            {
                break Stopped::Patience;
            }
            if run.epochs.len() >= self.epochs {
                break Stopped::Finished;
            }
            if self.epoch(&mut run, &mut plans, net, optimizer, data)? == Flow::Stop {
                break Stopped::Watcher;
            }
        };
        if self.patience.is_some() {
            run.restore_best(net);
        }
        let epochs = run.epochs;
        Ok(Report {
            epochs,
            stopped,
            unplanned: plans.refused(),
        })
    }

    /// A run from the start, or from its checkpoint.
    #[track_caller]
    fn begin(
        &self,
        net: &(impl Module<T> + ?Sized),
        optimizer: &mut (impl Optimizer<T> + ?Sized),
    ) -> Result<Run<T>, TrainError> {
        if !self.resume {
            return Ok(Run::new(self.seed));
        }
        let Some((path, _)) = &self.checkpoint else {
            panic!("resume: say from where, with `checkpoint`");
        };
        match path.exists() {
            true => Ok(Run::read(path, self.seed, self.epochs, net, optimizer)?),
            false => Ok(Run::new(self.seed)),
        }
    }

    /// One epoch: steps, validation, and what is asked for behind them.
    fn epoch(
        &mut self,
        run: &mut Run<T>,
        plans: &mut Plans<T>,
        net: &(impl Module<T> + ?Sized),
        optimizer: &mut (impl Optimizer<T> + ?Sized),
        data: &Dataset<T, Y>,
    ) -> Result<Flow, TrainError> {
        let (loss, mut flow) = self.steps(run, plans, net, optimizer, data)?;
        let whole = flow == Flow::GoOn;
        let measured =
            |data, metrics| evaluate(net, &run.session, &*self.loss, metrics, data, self.batch);
        let (validation, metrics) = match &self.validation {
            Some(validation) => {
                let (loss, metrics) = measured(validation, &self.metrics);
                (Some(loss), metrics)
            }
            None if self.metrics.is_empty() => (None, Vec::new()),
            None => (None, measured(data, &self.metrics).1),
        };
        run.add(Epoch {
            number: run.epochs.len() + 1,
            epochs: self.epochs,
            steps: run.steps,
            rate: optimizer.rate(),
            loss,
            validation,
            metrics,
            is_best: false, // until it is compared
        });
        let epoch = run.epochs.last().expect("just added");
        if let Some(plateau) = &mut self.plateau {
            optimizer.set_rate(plateau.observe(epoch.judged()));
        }
        if epoch.is_best && self.patience.is_some() {
            let parameters = net.parameters();
            run.best = parameters.iter().map(|own| own.parameter.value()).collect();
        }
        for watch in &mut self.epoch_watchers {
            if watch(epoch) == Flow::Stop {
                flow = Flow::Stop;
            }
        }
        if let Some((path, every)) = &self.checkpoint {
            let last = flow == Flow::Stop
                || epoch.number >= self.epochs
                || self
                    .patience
                    .is_some_and(|most| run.waited() >= most.max(1));
            // In the middle of an epoch there is nothing to go on from.
            if whole && (last || epoch.number.is_multiple_of(*every)) {
                run.checkpoint(net, optimizer).save(path)?;
            }
        }
        Ok(flow)
    }

    /// The steps of an epoch, and the mean loss of its examples.
    fn steps(
        &mut self,
        run: &mut Run<T>,
        plans: &mut Plans<T>,
        net: &(impl Module<T> + ?Sized),
        optimizer: &mut (impl Optimizer<T> + ?Sized),
        data: &Dataset<T, Y>,
    ) -> Result<(f64, Flow), TrainError> {
        let epoch = run.epochs.len() + 1;
        let mut order = stream([self.seed, epoch as u64, ORDER, 0]);
        let mut batches = data.shuffled(self.batch, &mut order);
        if self.drop_last {
            batches = batches.drop_last();
        }
        let steps = batches.len().div_ceil(self.accumulate);
        let (mut sum, mut seen) = (0.0, 0.0);
        for number in 1..=steps {
            if let Some(rate) = &self.schedule {
                optimizer.set_rate(rate(run.steps));
            }
            let part = batches.by_ref().take(self.accumulate);
            let mut found = self.step(run, plans, net, part)?;
            let gradient = found.gradient.get();
            match self.clip {
                Some(Clip::Norm(most)) => drop(gradient.clip_norm(most)),
                Some(Clip::Value(most)) => gradient.clip_value(most),
                None => {}
            }
            optimizer.step(gradient);
            run.steps += 1;
            sum += found.loss * found.examples;
            seen += found.examples;
            let step = Step {
                epoch,
                epochs: self.epochs,
                number,
                steps,
                total: run.steps,
                loss: found.loss,
                rate: optimizer.rate(),
            };
            for watch in &mut self.step_watchers {
                if watch(&step) == Flow::Stop {
                    return Ok((sum / seen, Flow::Stop));
                }
            }
        }
        Ok((sum / seen, Flow::GoOn))
    }

    /// The loss and the gradient of some batches: means over their examples.
    fn step<'p>(
        &self,
        run: &mut Run<T>,
        plans: &'p mut Plans<T>,
        net: &(impl Module<T> + ?Sized),
        mut batches: impl Iterator<Item = Batch<T, Y>>,
    ) -> Result<Found<'p, T>, TrainError> {
        run.buffers.keep();
        if self.accumulate == 1 {
            let batch = batches.next().expect("a step has a batch");
            return self.learn(run, plans, net, &batch);
        }
        let (mut loss, mut examples) = (0.0, 0.0);
        let mut total: Option<Gradient<T>> = None;
        for batch in batches {
            let mut found = self.learn(run, plans, net, &batch)?;
            found.gradient.get().scale(found.examples);
            loss += found.loss * found.examples;
            examples += found.examples;
            total = Some(match total {
                None => found.gradient.into_own(),
                Some(mut before) => {
                    before.add(found.gradient.get());
                    before
                }
            });
        }
        let mut gradient = total.expect("a step has a batch");
        gradient.scale(1.0 / examples);
        Ok(Found {
            loss: loss / examples,
            examples,
            gradient: Slopes::Own(gradient),
        })
    }

    /// The loss and the gradient of a batch: on a plan, or recorded.
    fn learn<'p>(
        &self,
        run: &mut Run<T>,
        plans: &'p mut Plans<T>,
        net: &(impl Module<T> + ?Sized),
        batch: &Batch<T, Y>,
    ) -> Result<Found<'p, T>, TrainError> {
        let examples = batch.x.shape()[0] as f64;
        let (loss, gradient) = if self.planned && plans.relies_on(batch) {
            match plans.step(&*self.loss, batch) {
                Some((loss, gradient)) => {
                    run.session.count();
                    (loss, Slopes::Plan(gradient))
                }
                None => {
                    let (loss, gradient) = self.record(run, net, batch)?;
                    (loss, Slopes::Own(gradient))
                }
            }
        } else {
            let (loss, gradient) = self.record(run, net, batch)?;
            if self.planned {
                plans.compare(net, &*self.loss, batch, (loss, &gradient));
            }
            (loss, Slopes::Own(gradient))
        };
        Ok(Found {
            loss,
            examples,
            gradient,
        })
    }

    /// The loss and the gradient of a batch, recorded: finite, or it is said what is not.
    fn record(
        &self,
        run: &mut Run<T>,
        net: &(impl Module<T> + ?Sized),
        batch: &Batch<T, Y>,
    ) -> Result<(f64, Gradient<T>), TrainError> {
        let mut outputs = None;
        let (loss, gradient) = run.session.step(|pass| {
            let y = net.forward(pass.data(&batch.x), pass);
            let loss = self.loss.of(y, &batch.y, pass);
            if !loss.value().is_finite() {
                outputs = Some(all_finite(y));
            }
            loss
        });
        let culprit = match outputs {
            Some(outputs) => Some(what_broke(net, &batch.x, outputs)),
            None => infinite_slope(net, &gradient),
        };
        if let Some(culprit) = culprit {
            run.buffers.restore();
            return Err(TrainError::NotFinite {
                epoch: run.epochs.len() + 1,
                step: run.steps,
                loss,
                culprit,
            });
        }
        Ok((loss, gradient))
    }
}

fn all_finite<T: Element>(y: Tensor<T>) -> bool {
    y.with(|numbers| numbers.iter().all(|x| x.to_f64().is_finite()))
}

/// What made a loss NaN or infinite.
fn what_broke<T: Element>(net: &(impl Module<T> + ?Sized), x: &Array<T>, outputs: bool) -> Broken {
    let finite = |array: &Array<T>| array.iter().all(|x| x.to_f64().is_finite());
    if !finite(x) {
        return Broken::Inputs;
    }
    let parameters = net.parameters();
    let mut broken = parameters
        .iter()
        .filter(|own| !finite(&own.parameter.value()));
    match (broken.next(), outputs) {
        (Some(named), _) => Broken::Parameter(named.name.clone()),
        (None, false) => Broken::Outputs,
        (None, true) => Broken::Loss,
    }
}

/// The first of the network's parameters by which the derivative is NaN or infinite.
fn infinite_slope<T: Element>(
    net: &(impl Module<T> + ?Sized),
    gradient: &Gradient<T>,
) -> Option<Broken> {
    gradient.first_not_finite()?;
    let parameters = net.parameters();
    let infinite = |own: &&Named<T>| {
        let slopes = gradient.of(&own.parameter).unwrap_or_default();
        slopes.iter().any(|slope| !slope.to_f64().is_finite())
    };
    let named = parameters.iter().find(infinite);
    let name = named.map_or("a parameter that the network does not list", |own| {
        &own.name
    });
    Some(Broken::Gradient(name.to_string()))
}
