use super::{Minimum, Options, minimize};
use crate::{Module, Parameters, Pass};
use tape::{Element, Tape, Var};

/// A loss as a function of the parameters, unrolled into one vector: what [`minimize`] asks for.
///
/// Asked at a point, it puts that point into the parameters, records the loss, and answers its value
/// and the gradient. It is the same function at every call: what is random in the network is drawn
/// from the same seed. Of the parameters it takes those that learn now.
pub fn loss_of<T: Element>(
    parameters: Parameters<T>,
    mut loss: impl FnMut(&Pass<'_, T>) -> Var,
) -> impl FnMut(&[f64]) -> (f64, Vec<f64>) {
    let parameters = parameters.learning();
    let tape = Tape::without_lines();
    move |x| {
        let elements: Vec<T> = x.iter().map(|&x| T::from_f64(x)).collect();
        parameters.roll(&elements);
        tape.reset();
        let pass = Pass::learning(&tape, 0, 0);
        let loss = loss(&pass);
        let gradient = pass.gradient(loss);
        let mut slopes = Vec::with_capacity(x.len());
        for named in &parameters {
            match gradient.of(&named.parameter) {
                Some(own) => slopes.extend(own.iter().map(|g| g.to_f64())),
                None => slopes.resize(slopes.len() + named.parameter.count(), 0.0),
            }
        }
        let value = loss.value();
        tape.reset();
        (value, slopes)
    }
}

/// Brings a module's parameters to the lowest loss that is found downhill from where they are.
///
/// The loss is that of all data at once, the same at each call. The parameters hold
/// [`Minimum::x`] afterwards.
///
/// ```
/// use nn::layers::Linear;
/// use nn::minimize::{Options, minimize_loss};
/// use nn::{Module, seeded};
/// use tape::Tensor;
///
/// // y = 2 x + 1, from three points.
/// let layer: Linear = Linear::new(1, 1, &mut seeded(1));
/// let found = minimize_loss(&layer, |pass| {
///     let x: Tensor = pass.tape().constant([[-1.0], [0.0], [1.0]]);
///     let y = pass.tape().constant([[-1.0], [1.0], [3.0]]);
///     (layer.forward(x, pass) - y).square().mean()
/// }, &Options::default());
/// assert!(found.value < 1e-12, "{found}");
/// assert!((layer.weight().value()[[0, 0]] - 2.0).abs() < 1e-6);
/// ```
#[track_caller]
pub fn minimize_loss<T: Element>(
    module: &(impl Module<T> + ?Sized),
    loss: impl FnMut(&Pass<'_, T>) -> Var,
    options: &Options,
) -> Minimum {
    let parameters = module.parameters().learning();
    let start: Vec<f64> = parameters.unrolled().iter().map(|w| w.to_f64()).collect();
    let found = minimize(loss_of(module.parameters(), loss), &start, options);
    let elements: Vec<T> = found.x.iter().map(|&x| T::from_f64(x)).collect();
    parameters.roll(&elements);
    found
}
