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
}

impl<T: Element, F: Fn(Tensor<T>, Tensor<T>) -> Var> Loss<T, Array<T>> for F {
    fn of(&self, outputs: Tensor<T>, targets: &Arc<Array<T>>, pass: &Pass<'_, T>) -> Var {
        self(outputs, pass.data(targets))
    }
}

impl<T: Element, F: Fn(Tensor<T>, &[usize]) -> Var> Loss<T, Vec<usize>> for F {
    fn of(&self, outputs: Tensor<T>, targets: &Arc<Vec<usize>>, _: &Pass<'_, T>) -> Var {
        self(outputs, targets)
    }
}

impl<T: Element, F: Fn(Tensor<T>, &[usize]) -> Var> Loss<T, Indices> for F {
    fn of(&self, outputs: Tensor<T>, targets: &Arc<Indices>, _: &Pass<'_, T>) -> Var {
        self(outputs, targets.as_slice())
    }
}

/// Losses with options.
macro_rules! with_options {
    ($($Loss:ident $method:ident: $Targets:ty, $targets:ident, $pass:ident => $given:expr;)*) => { $(
        impl<T: Element> Loss<T, $Targets> for $Loss {
            fn of(&self, outputs: Tensor<T>, $targets: &Arc<$Targets>, $pass: &Pass<'_, T>) -> Var {
                $Loss::$method(self, outputs, $given)
            }
        }
    )* };
}

with_options! {
    CrossEntropy of: Vec<usize>, classes, _pass => classes;
    CrossEntropy of: Indices, classes, _pass => classes.as_slice();
    CrossEntropy with: Array<T>, targets, pass => pass.data(targets);
    Nll of: Vec<usize>, classes, _pass => classes;
    MultiHinge of: Vec<usize>, classes, _pass => classes;
    BceWithLogits of: Array<T>, targets, pass => pass.data(targets);
}
