//! Steps of a training on plans: recorded once for each size of a batch, and run again.

use super::Loss;
use crate::data::{Batch, Targets};
use crate::{Gradient, Module, StepPlan};
use std::sync::Arc;
use tape::{Array, Element, Tensor};

/// How many batches of a size are recorded as well, and compared with the plan in every bit, before
/// it is relied on: what a closure computes from targets off the tape shows there.
const COMPARED: usize = 3;

/// How a [`Loss`] puts the targets of a batch on the tape, so that a plan can be given those of the
/// next; see [`Loss::planned`].
#[derive(Debug)]
#[non_exhaustive]
pub enum PlannedTargets<'a, T: Element> {
    /// As data: [`Pass::data`](crate::Pass::data) of this array.
    Array(&'a Arc<Array<T>>),
    /// As the positions of an operation: the classes of a cross-entropy.
    Positions(&'a [usize]),
}

/// The plans of a training.
#[derive(Debug)]
pub(super) struct Plans<T: Element> {
    plans: Vec<BatchPlan<T>>,
    /// Why there are none any more.
    refused: Option<String>,
}

/// The plan of batches of one shape.
#[derive(Debug)]
struct BatchPlan<T: Element> {
    shape: Vec<usize>,
    step: StepPlan<T>,
    x: Tensor<T>,
    targets: Vec<Place<T>>,
    /// How many batches agreed with their recordings.
    agreed: usize,
}

/// Where targets are in a plan.
#[derive(Clone, Copy, Debug)]
enum Place<T: Element> {
    Data(Tensor<T>),
    List(usize),
}

/// A step on a plan: its loss and its gradient.
type Stepped<'a, T> = (f64, &'a mut Gradient<T>);

impl<T: Element> Plans<T> {
    pub(super) fn new() -> Plans<T> {
        Plans {
            plans: Vec::new(),
            refused: None,
        }
    }

    /// Why steps are recorded after all, if they are.
    pub(super) fn refused(self) -> Option<String> {
        self.refused
    }

    /// Whether there is a plan for such a batch that agreed with recordings often enough.
    pub(super) fn relies_on<Y>(&self, batch: &Batch<T, Y>) -> bool {
        let mut plans = self.plans.iter();
        let plan = plans.find(|plan| plan.is_for(batch));
        self.refused.is_none() && plan.is_some_and(|plan| plan.agreed >= COMPARED)
    }

    /// A step on the plan for such a batch; none where it cannot be run, or something is not finite,
    /// so that the step is to be recorded.
    pub(super) fn step<Y: Targets>(
        &mut self,
        loss: &dyn Loss<T, Y>,
        batch: &Batch<T, Y>,
    ) -> Option<Stepped<'_, T>> {
        let Plans { plans, refused } = self;
        let plan = plans.iter_mut().find(|plan| plan.is_for(batch))?;
        match plan.step(loss, batch) {
            Ok((loss, gradient)) => {
                let is_finite = loss.is_finite() && gradient.first_not_finite().is_none();
                is_finite.then_some((loss, gradient))
            }
            Err(reason) => {
                *refused = Some(reason);
                None
            }
        }
    }

    /// Learns from a step that was recorded, at the parameters that it had: makes a plan for such
    /// batches, or compares the one that there is.
    pub(super) fn compare<Y: Targets>(
        &mut self,
        net: &(impl Module<T> + ?Sized),
        loss: &dyn Loss<T, Y>,
        batch: &Batch<T, Y>,
        recorded: (f64, &Gradient<T>),
    ) {
        if self.refused.is_some() {
            return;
        }
        let known = self.plans.iter().position(|plan| plan.is_for(batch));
        let compared = match known {
            Some(place) => self.plans[place].compare(loss, batch, recorded),
            None => BatchPlan::record(net, loss, batch).and_then(|mut plan| {
                plan.compare(loss, batch, recorded)?;
                self.plans.push(plan);
                Ok(())
            }),
        };
        self.refused = compared.err();
    }
}

impl<T: Element> BatchPlan<T> {
    fn record<Y: Targets>(
        net: &(impl Module<T> + ?Sized),
        loss: &dyn Loss<T, Y>,
        batch: &Batch<T, Y>,
    ) -> Result<BatchPlan<T>, String> {
        let Some(given) = loss.planned(&batch.y) else {
            return Err(
                "the loss does not say how it puts targets on the tape (`Loss::planned`)".into(),
            );
        };
        let recorded = StepPlan::record_with(|pass| {
            let x = pass.data(&batch.x);
            let loss = loss.of(net.forward(x, pass), &batch.y, pass);
            let noted = match given {
                PlannedTargets::Array(array) => pass.noted(array),
                PlannedTargets::Positions(_) => Vec::new(),
            };
            (loss, (x, noted))
        });
        let (step, (x, noted)) = recorded.map_err(|error| error.to_string())?;
        let targets: Vec<Place<T>> = match given {
            PlannedTargets::Array(_) => noted.into_iter().map(Place::Data).collect(),
            PlannedTargets::Positions(classes) => {
                let lists = step.plan().positions().enumerate();
                let lists = lists.filter(|(_, list)| *list == classes);
                lists.map(|(list, _)| Place::List(list)).collect()
            }
        };
        if targets.is_empty() {
            return Err("the loss does not put the targets on the tape as they are".into());
        }
        Ok(BatchPlan {
            shape: batch.x.shape().to_vec(),
            step,
            x,
            targets,
            agreed: 0,
        })
    }

    fn is_for<Y>(&self, batch: &Batch<T, Y>) -> bool {
        batch.x.shape() == &self.shape[..]
    }

    fn step<Y: Targets>(
        &mut self,
        loss: &dyn Loss<T, Y>,
        batch: &Batch<T, Y>,
    ) -> Result<Stepped<'_, T>, String> {
        let Some(given) = loss.planned(&batch.y) else {
            return Err("the loss no longer says how it puts targets on the tape".into());
        };
        let step = &mut self.step;
        let lent = step.lend(self.x, &batch.x).and_then(|()| {
            self.targets
                .iter()
                .try_for_each(|&place| match (place, &given) {
                    (Place::Data(tensor), PlannedTargets::Array(array)) => step.lend(tensor, array),
                    (Place::List(list), PlannedTargets::Positions(classes)) => {
                        step.set_positions(list, classes)
                    }
                    _ => unreachable!("a loss has one kind of targets"),
                })
        });
        match lent.and_then(|()| step.step()) {
            Ok(stepped) => Ok(stepped),
            Err(error) => Err(error.to_string()),
        }
    }

    fn compare<Y: Targets>(
        &mut self,
        loss: &dyn Loss<T, Y>,
        batch: &Batch<T, Y>,
        (expected, slopes): (f64, &Gradient<T>),
    ) -> Result<(), String> {
        let (found, gradient) = self.step(loss, batch)?;
        let alike = found.to_bits() == expected.to_bits()
            && gradient.iter().len() == slopes.iter().len()
            && gradient.iter().zip(slopes.iter()).all(|(own, other)| {
                let bits = |slopes: &[T]| -> Vec<u64> {
                    slopes.iter().map(|g| g.to_f64().to_bits()).collect()
                };
                own.0 == other.0 && bits(own.1) == bits(other.1)
            });
        if !alike {
            return Err(format!(
                "the plan of a step found a loss of {found} or a gradient where recording it again \
                 found {expected} or another gradient: something differs from batch to batch that \
                 is not on the tape"
            ));
        }
        self.agreed += 1;
        Ok(())
    }
}
