//! Rules by which parameters follow their gradient.

use crate::{Gradient, Parameters};
use tape::{Array, Element};

/// A rule by which parameters follow their gradient.
pub trait Optimizer<T: Element = f64> {
    /// One step: changes every parameter that the gradient has.
    fn step(&mut self, gradient: &Gradient<T>);

    /// The learning rate.
    fn rate(&self) -> f64;

    /// Another learning rate, from the next step on: what a schedule does.
    fn set_rate(&mut self, rate: f64);

    /// What it remembers of its steps, as arrays with names, to be saved with the parameters.
    fn memory(&self, parameters: &Parameters<T>) -> Vec<(String, Array<T>)>;

    /// Takes up what [`memory`](Optimizer::memory) answered, and goes on as if never interrupted.
    ///
    /// # Errors
    /// What is missing, too much, or of another shape, each by name. Nothing is changed then.
    fn recall(
        &mut self,
        parameters: &Parameters<T>,
        memory: &[(String, Array<T>)],
    ) -> Result<(), String>;
}
