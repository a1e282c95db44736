//! Operations of a user's own.

use super::{Pulled, Structural};
use crate::array::Array;
use crate::element::{Element, ElementType};
use crate::error::Error;
use crate::kernel::{self, View};
use crate::shape::Shape;
use crate::tensor::{Rule, Tensor};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A call of a user's operation. What it computes is code: it can be run, and not be exported.
#[derive(Clone)]
pub(crate) struct Call {
    name: Arc<str>,
    /// The shape of the result, which the user's code alone decides.
    shape: Shape,
    /// What the rule's tensors are made of; operands that are all numbers do not say.
    element: ElementType,
    /// A [`Rule`] for that element type.
    rule: Arc<dyn Any + Send + Sync>,
}

impl Call {
    pub(crate) fn new<T: Element>(rule: &Arc<Rule<T>>, shape: Shape) -> Call {
        Call {
            name: Arc::clone(rule.name()),
            shape,
            element: T::TYPE,
            rule: Arc::clone(rule) as Arc<dyn Any + Send + Sync>,
        }
    }

    pub(crate) fn element(&self) -> ElementType {
        self.element
    }

    fn rule<T: Element>(&self) -> &Rule<T> {
        let rule = self.rule.downcast_ref();
        rule.expect("an operation is called with tensors of its own element type")
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({} -> {})", self.name, self.shape)
    }
}

impl PartialEq for Call {
    fn eq(&self, other: &Call) -> bool {
        Arc::ptr_eq(&self.rule, &other.rule) && self.shape == other.shape
    }
}

impl Structural for Call {
    const NAME: &'static str = "call";

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Error> {
        Ok(self.shape.clone())
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], _: &[usize], out: &mut [T]) {
        let copied = |view: &View<'_, T>| {
            let mut elements = vec![T::default(); view.count()];
            kernel::copy(*view, &mut elements);
            Array::new(view.lengths, elements)
        };
        let operands: Vec<Array<T>> = operands.iter().map(copied).collect();
        out.copy_from_slice(self.rule::<T>().value_at(&operands).as_slice());
    }

    fn called(&self) -> &str {
        &self.name
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let mut found = None;
        self.terms(node, &|other| other == slot, &mut |_, term| {
            found = Some(term);
        });
        found.expect("it is wanted")
    }

    fn terms<T: Element>(
        &self,
        node: &Pulled<T>,
        wanted: &dyn Fn(usize) -> bool,
        give: &mut dyn FnMut(usize, Tensor<T>),
    ) {
        self.rule::<T>().terms(node, wanted, give);
    }

    fn says(&self, _: usize) -> &'static str {
        "the derivative it was given"
    }
}
