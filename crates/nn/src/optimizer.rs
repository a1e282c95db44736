//! Rules by which parameters follow their gradient.
//!
//! | optimizer | with `g` the gradient, one step is | source |
//! |---|---|---|
//! | [`Sgd`] | `v = momentum v + g`, `w -= rate v` | Polyak 1964; Nesterov 1983 |
//! | [`RmsProp`] | `s = alpha s + (1 - alpha) g^2`, `w -= rate g / (sqrt(s) + epsilon)` | Hinton 2012 |
//! | [`Adagrad`] | `s += g^2`, `w -= rate g / (sqrt(s) + epsilon)` | Duchi et al. 2011 |
//! | [`Adam`] | running means `m` of `g` and `v` of `g^2`, `w -= rate m / (sqrt(v) + epsilon)` | Kingma, Ba 2014 |
//! | [`AdamW`] | the same, and apart from it `w -= rate decay w` | Loshchilov, Hutter 2017 |
//!
//! Each follows PyTorch's definition step for step; each page has it in full. All of them are a
//! [`Rule`], one function on slices, in a [`Descent`], which has everything else: weight decay,
//! groups of parameters, what is kept between steps, and its way into a file.
//!
//! ```
//! use nn::layers::Linear;
//! use nn::{AdamW, Module, Optimizer, Role, Session, seeded};
//! use tape::Tensor;
//!
//! let layer: Linear = Linear::new(1, 1, &mut seeded(1));
//! let mut optimizer = AdamW::new(0.05)
//!     .decay(1e-3)
//!     .group(|p| p.role() == Role::Bias, |group| group.decay(0.0).rate_factor(2.0));
//!
//! // y = 2 x + 1, from three points.
//! let mut session = Session::new(7);
//! for _ in 0..500 {
//!     let (_, gradient) = session.step(|pass| {
//!         let x: Tensor = pass.tape().constant([[-1.0], [0.0], [1.0]]);
//!         let y = pass.tape().constant([[-1.0], [1.0], [3.0]]);
//!         (layer.forward(x, pass) - y).square().mean()
//!     });
//!     optimizer.step(&gradient);
//! }
//! let (w, b) = (layer.weight().value()[[0, 0]], layer.bias().unwrap().value()[[0]]);
//! assert_eq!(format!("{w:.2} {b:.2}"), "2.00 1.00");
//! ```

mod adagrad;
mod adam;
mod descent;
mod group;
mod memory;
mod rmsprop;
mod rule;
mod sgd;

pub use adagrad::{Adagrad, AdagradRule};
pub use adam::{Adam, AdamRule, AdamW};
pub use descent::Descent;
pub use group::Group;
pub use rmsprop::{RmsProp, RmsPropRule};
pub use rule::{Rule, Step};
pub use sgd::{Sgd, SgdRule};

use crate::{Gradient, Mismatch, Parameters};
use tape::{Array, Element};

/// A rule by which parameters follow their gradient.
///
/// Whoever trains asks for no more than this. To write an optimizer of your own, start from
/// [`Rule`], which asks for less.
pub trait Optimizer<T: Element = f64> {
    /// One step: changes every parameter that the gradient has.
    fn step(&mut self, gradient: &Gradient<T>);

    /// The learning rate.
    fn rate(&self) -> f64;

    /// Another learning rate, from the next step on: what a [`Schedule`](crate::Schedule) does.
    ///
    /// # Panics
    /// If it is negative or NaN.
    fn set_rate(&mut self, rate: f64);

    /// What it remembers of its steps, as arrays with names, to be saved with the parameters:
    /// `0.weight.exp_avg`. Settings (rates, decay, groups) are the program's, and not in it.
    fn memory(&self, parameters: &Parameters<T>) -> Vec<(String, Array<T>)>;

    /// Takes up what [`memory`](Optimizer::memory) answered, and goes on as if never interrupted,
    /// bit for bit.
    ///
    /// # Errors
    /// What is missing, too much, or does not fit, each by name. Nothing is changed then.
    fn recall(
        &mut self,
        parameters: &Parameters<T>,
        memory: &[(String, Array<T>)],
    ) -> Result<(), Mismatch>;
}
