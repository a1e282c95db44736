//! A step of training, recorded once and run again.

use crate::gradient::Gradient;
use crate::parameter::Parameter;
use crate::pass::Pass;
use std::fmt;
use std::sync::Arc;
use tape::{Array, Element, Gradients, Plan, Tensor, Var};

/// A step of training, recorded once and run again with other parameters and other data: what
/// [`Session::step`](crate::Session::step) does, with the recording left out.
///
/// The numbers are the same, bit for bit. Small networks take a fraction of the time, for most of it
/// went into recording; large ones gain nothing, and a [`Session`](crate::Session) asks for less: it
/// records every step, so that each may differ, and layers that draw random numbers or keep running
/// statistics can take part.
///
/// ```
/// use nn::layers::{Linear, Sequential};
/// use nn::{Activation::Tanh, Module, Optimizer, Sgd, StepPlan, seeded};
///
/// let rng = &mut seeded(3);
/// let net = Sequential::new().then(Linear::new(2, 4, rng)).then(Tanh).then(Linear::new(4, 1, rng));
/// let mut optimizer = Sgd::new(0.5);
///
/// let mut plan = StepPlan::record(|pass| {
///     let x = pass.tape().constant([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
///     let y = pass.tape().constant([[0.0], [1.0], [1.0], [0.0]]);
///     (net.forward(x, pass) - y).square().mean()
/// })?;
/// let mut last = 1.0;
/// for _ in 0..2000 {
///     let (loss, gradient) = plan.step()?;
///     optimizer.step(gradient);
///     last = loss;
/// }
/// assert!(last < 1e-3);
/// # Ok::<(), nn::PlanError>(())
/// ```
///
/// Other data for every step:
///
/// ```
/// use nn::{Optimizer, Parameter, Sgd, StepPlan};
/// use std::sync::Arc;
/// use tape::Array;
///
/// let w = Parameter::weight([0.0]);
/// let batches: Vec<Arc<Array>> = [1.0, 2.0, 3.0].map(|x| Arc::new(Array::from([x; 4]))).into();
/// let (mut plan, x) = StepPlan::record_with(|pass| {
///     let x = pass.data(&batches[0]);
///     ((pass.parameter(&w) * x - x * 5.0).square().mean(), x)
/// })?;
/// let mut optimizer = Sgd::new(0.05);
/// for step in 0..300 {
///     plan.lend(x, &batches[step % 3])?;
///     let (_, gradient) = plan.step()?;
///     optimizer.step(gradient);
/// }
/// assert!((w.value()[[0]] - 5.0).abs() < 1e-9);
/// # Ok::<(), nn::PlanError>(())
/// ```
#[derive(Debug)]
pub struct StepPlan<T: Element = f64> {
    plan: Plan,
    leaves: Vec<Leaf<T>>,
    gradient: Gradient<T>,
}

/// A parameter on the plan's tape.
#[derive(Debug)]
struct Leaf<T: Element> {
    parameter: Parameter<T>,
    tensor: Tensor<T>,
    learns: bool,
    /// Whether the loss depends on it, so that it has a place in the gradient.
    reached: bool,
}

/// Why a step cannot be planned, or a planned one not be run.
#[derive(Debug)]
#[non_exhaustive]
pub enum PlanError {
    /// A layer draws random numbers, as dropout does: they would be the same in every step.
    Random,
    /// A module keeps a buffer, as batch normalisation keeps running statistics: it would stay as it is.
    Buffer,
    /// A parameter was frozen or thawed since, so that the gradient is another one.
    Frozen(crate::ParameterId),
    /// A parameter was to be set as data is: the next step would put back what it holds.
    Parameter(crate::ParameterId),
    /// The tape's [`Plan`] says why.
    Tape(tape::Error),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanError::Random => f.write_str(
                "a layer draws random numbers in each step (dropout does), and a plan would draw \
                 them once; train with `Session::step`",
            ),
            PlanError::Buffer => f.write_str(
                "a module keeps a buffer that each step changes (batch norm's running statistics), \
                 and a plan would not; train with `Session::step`",
            ),
            PlanError::Frozen(parameter) => write!(
                f,
                "{parameter:?} was frozen or thawed since the plan was recorded; record it again"
            ),
            PlanError::Parameter(parameter) => write!(
                f,
                "{parameter:?} is no data of the plan: each step looks at what the parameter holds, \
                 so change that"
            ),
            PlanError::Tape(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PlanError {}

impl From<tape::Error> for PlanError {
    fn from(error: tape::Error) -> PlanError {
        PlanError::Tape(error)
    }
}

impl<T: Element> StepPlan<T> {
    /// Records a step on the parameters and the data that it finds.
    ///
    /// # Errors
    /// If a layer draws random numbers or keeps a buffer, or code in it cannot be
    /// [followed](Plan#what-a-plan-follows).
    #[track_caller]
    pub fn record(loss: impl FnOnce(&Pass<'_, T>) -> Var) -> Result<StepPlan<T>, PlanError> {
        Ok(StepPlan::record_with(|pass| (loss(pass), ()))?.0)
    }

    /// As [`record`](StepPlan::record), with the handles of data that is set later.
    ///
    /// # Errors
    /// As [`record`](StepPlan::record).
    #[track_caller]
    pub fn record_with<H>(
        loss: impl FnOnce(&Pass<'_, T>) -> (Var, H),
    ) -> Result<(StepPlan<T>, H), PlanError> {
        // It says more than what the tape would say of the same layer.
        let mut refused = None;
        let recorded = Plan::record(|tape| {
            let pass = Pass::learning(tape, 0, 0).noting();
            let (loss, handles) = loss(&pass);
            refused = match (pass.draws(), pass.buffers_kept()) {
                (0, 0) => None,
                (0, _) => Some(PlanError::Buffer),
                _ => Some(PlanError::Random),
            };
            (loss, (pass.give_up(), handles))
        });
        if let Some(error) = refused {
            return Err(error);
        }
        let (mut plan, (leaves, handles)) = recorded?;
        let mut swept = Gradients::new();
        plan.run(&mut swept)?;
        let shares = leaves.iter().map(|(parameter, tensor)| Leaf {
            learns: parameter.learns(),
            reached: parameter.learns() && swept.reaches(*tensor),
            parameter: parameter.share(),
            tensor: *tensor,
        });
        let planned = StepPlan {
            plan,
            leaves: shares.collect(),
            gradient: Gradient::new(leaves, swept),
        };
        Ok((planned, handles))
    }

    /// One step: the loss at the parameters as they are now, and the gradient by them.
    ///
    /// # Errors
    /// If a parameter was frozen or thawed since, or the step would branch otherwise than when it was
    /// recorded.
    pub fn step(&mut self) -> Result<(f64, &mut Gradient<T>), PlanError> {
        let StepPlan {
            plan,
            leaves,
            gradient,
        } = self;
        for leaf in &*leaves {
            let (value, learns) = leaf.parameter.state();
            if learns != leaf.learns {
                return Err(PlanError::Frozen(leaf.parameter.id()));
            }
            match value.rank() {
                0 => plan.set(leaf.tensor, value.as_slice())?,
                _ => plan.lend(leaf.tensor, value)?,
            }
        }
        let reached = leaves.iter().filter(|leaf| leaf.reached);
        if !gradient.is_of(reached.map(|leaf| leaf.tensor)) {
            // Somebody kept the plan's own, and left another one in its place.
            let mut swept = Gradients::new();
            plan.run(&mut swept)?;
            let shares = leaves
                .iter()
                .map(|leaf| (leaf.parameter.share(), leaf.tensor));
            *gradient = Gradient::new(shares.collect(), swept);
        }
        let answer = gradient.again(|swept| plan.run(swept));
        // Or the optimizer would have to copy what it changes.
        for leaf in leaves
            .iter()
            .filter(|leaf| leaf.parameter.shape().rank() > 0)
        {
            plan.give_back(leaf.tensor)?;
        }
        Ok((answer?, gradient))
    }

    /// Other elements for data that was recorded, in row-major order: they are copied.
    ///
    /// # Errors
    /// If the tensor is no leaf of this plan, or a parameter, or there are more or fewer elements.
    pub fn set(&mut self, data: Tensor<T>, elements: &[T]) -> Result<(), PlanError> {
        self.expect_data(data)?;
        Ok(self.plan.set(data, elements)?)
    }

    /// Another array for what was recorded with [`Pass::data`]: the plan looks at it where it is.
    ///
    /// # Errors
    /// If the tensor was not recorded so, or is a parameter, or the shape is another one.
    pub fn lend(&mut self, data: Tensor<T>, array: &Arc<Array<T>>) -> Result<(), PlanError> {
        self.expect_data(data)?;
        Ok(self.plan.lend(data, Arc::clone(array))?)
    }

    /// Other classes, or other rows of a table, for a list of positions that was recorded: see
    /// [`Plan::set_positions`].
    ///
    /// # Errors
    /// If there is no such list, it has another length, or a position is out of range.
    pub fn set_positions(&mut self, list: usize, positions: &[usize]) -> Result<(), PlanError> {
        Ok(self.plan.set_positions(list, positions)?)
    }

    fn expect_data(&self, data: Tensor<T>) -> Result<(), PlanError> {
        let mut leaves = self.leaves.iter();
        match leaves.find(|leaf| leaf.tensor.id() == data.id()) {
            Some(leaf) => Err(PlanError::Parameter(leaf.parameter.id())),
            None => Ok(()),
        }
    }

    /// The tape's plan: the values of all that was recorded, in the last step. Parameters hold
    /// their own: between steps the plan has none, and [`Plan::array`] of one, or of a look at one
    /// (a transposed weight), panics.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}
