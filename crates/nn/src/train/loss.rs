use super::PlannedTargets;
use crate::Pass;
use crate::loss::{BceWithLogits, CrossEntropy, MultiHinge, Nll};
use std::sync::Arc;
use tape::{Array, Element, Indices, Tensor, Var};

/// What a [`Trainer`](super::Trainer) makes small: a number from the outputs of a batch and its
/// targets.
///
/// It should be a mean over examples: means over an epoch, and over batches whose gradients are
/// accumulated, weigh each batch by its examples.
///
/// | targets of the data | a loss is |
/// |---|---|
/// | [`Array<T>`](Array) | a function of two tensors: [`loss::mse`](crate::loss::mse), `\|outputs: Tensor, targets: Tensor\| ..` |
/// | `Vec<usize>`, a class each | a function of a tensor and classes: [`loss::cross_entropy`](crate::loss::cross_entropy), `\|outputs: Tensor, classes: &[usize]\| ..`, or a [`CrossEntropy`] with options |
/// | [`Indices`], several each | the same, the classes in row-major order |
///
/// For anything else write the trait, or the loop: it is short.
pub trait Loss<T: Element, Y> {
    /// The loss of the outputs for one batch.
    #[track_caller]
    fn of(&self, outputs: Tensor<T>, targets: &Arc<Y>, pass: &Pass<'_, T>) -> Var;

    /// How [`of`](Loss::of) puts the targets on the tape, for a trainer whose steps are
    /// [planned](super::Trainer::planned): a plan is given the targets of each batch there, and knows
    /// of no others. `None`, unless it is written: steps with this loss are recorded.
    fn planned<'a>(&self, _targets: &'a Arc<Y>) -> Option<PlannedTargets<'a, T>> {
        None
    }
}

impl<T: Element, F: Fn(Tensor<T>, Tensor<T>) -> Var> Loss<T, Array<T>> for F {
    fn of(&self, outputs: Tensor<T>, targets: &Arc<Array<T>>, pass: &Pass<'_, T>) -> Var {
        self(outputs, pass.data(targets))
    }

    fn planned<'a>(&self, targets: &'a Arc<Array<T>>) -> Option<PlannedTargets<'a, T>> {
        Some(PlannedTargets::Array(targets))
    }
}

impl<T: Element, F: Fn(Tensor<T>, &[usize]) -> Var> Loss<T, Vec<usize>> for F {
    fn of(&self, outputs: Tensor<T>, targets: &Arc<Vec<usize>>, _: &Pass<'_, T>) -> Var {
        self(outputs, targets)
    }

    fn planned<'a>(&self, classes: &'a Arc<Vec<usize>>) -> Option<PlannedTargets<'a, T>> {
        Some(PlannedTargets::Positions(classes))
    }
}

impl<T: Element, F: Fn(Tensor<T>, &[usize]) -> Var> Loss<T, Indices> for F {
    fn of(&self, outputs: Tensor<T>, targets: &Arc<Indices>, _: &Pass<'_, T>) -> Var {
        self(outputs, targets.as_slice())
    }

    fn planned<'a>(&self, classes: &'a Arc<Indices>) -> Option<PlannedTargets<'a, T>> {
        Some(PlannedTargets::Positions(classes.as_slice()))
    }
}

/// Losses with options.
macro_rules! with_options {
    ($($Loss:ident $method:ident: $Targets:ty, $targets:ident, $pass:ident => $given:expr, $How:ident($what:expr);)*) => { $(
        impl<T: Element> Loss<T, $Targets> for $Loss {
            fn of(&self, outputs: Tensor<T>, $targets: &Arc<$Targets>, $pass: &Pass<'_, T>) -> Var {
                $Loss::$method(self, outputs, $given)
            }

            fn planned<'a>(&self, $targets: &'a Arc<$Targets>) -> Option<PlannedTargets<'a, T>> {
                Some(PlannedTargets::$How($what))
            }
        }
    )* };
}

with_options! {
    CrossEntropy of: Vec<usize>, classes, _pass => classes, Positions(classes);
    CrossEntropy of: Indices, classes, _pass => classes.as_slice(), Positions(classes.as_slice());
    CrossEntropy with: Array<T>, targets, pass => pass.data(targets), Array(targets);
    Nll of: Vec<usize>, classes, _pass => classes, Positions(classes);
    MultiHinge of: Vec<usize>, classes, _pass => classes, Positions(classes);
    BceWithLogits of: Array<T>, targets, pass => pass.data(targets), Array(targets);
}
