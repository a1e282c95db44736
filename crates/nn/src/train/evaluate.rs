//! A network in use.

use super::{Loss, Metric};
use crate::data::{Dataset, Targets};
use crate::{Module, Session};
use tape::{Array, Element, Tensor};

/// The outputs of a network in use, for all examples along the first axis.
///
/// They are computed in parts of 256 examples: what a network answers for one does not depend on the
/// others.
///
/// ```
/// use nn::layers::Linear;
///
/// let layer = Linear::from_arrays([[1.0, 2.0]], [0.5]);
/// let y = nn::predict(&layer, &[[3.0, 4.0], [0.0, 0.0]].into());
/// assert_eq!(y, [[11.5], [0.5]].into());
/// ```
///
/// # Panics
/// If the inputs are a number, or do not fit the network.
#[must_use]
#[track_caller]
pub fn predict<T: Element>(net: &(impl Module<T> + ?Sized), x: &Array<T>) -> Array<T> {
    assert!(
        x.rank() > 0,
        "predict: examples lie along the first axis, a number has none"
    );
    let session = Session::new(0);
    let rows = x.shape()[0];
    let length = x.len() / rows.max(1);
    let mut shape = x.shape().to_vec();
    let mut outputs = Outputs::default();
    let mut first = 0;
    // Of no examples too there is an output, of no rows.
    while first < rows || outputs.shape.is_empty() {
        shape[0] = (rows - first).min(256);
        let part = &x.as_slice()[first * length..][..shape[0] * length];
        session.evaluate(|pass| {
            let y = net.forward(pass.tape().constant_of(&shape, part), pass);
            outputs.add(y);
        });
        first += 256;
    }
    outputs.array()
}

/// Outputs of batches, one behind the other.
#[derive(Debug, Default)]
struct Outputs<T> {
    shape: Vec<usize>,
    numbers: Vec<T>,
}

impl<T: Element> Outputs<T> {
    fn add(&mut self, y: Tensor<T>) {
        let shape = y.shape();
        match self.shape.first_mut() {
            None => self.shape = shape.to_vec(),
            Some(rows) => *rows += shape.first().copied().unwrap_or(0),
        }
        y.with(|numbers| self.numbers.extend_from_slice(numbers));
    }

    fn array(self) -> Array<T> {
        Array::new(&self.shape, self.numbers)
    }
}

/// The mean loss of a data set, and what metrics say of all its outputs.
pub(super) fn evaluate<T: Element, Y: Targets>(
    net: &(impl Module<T> + ?Sized),
    session: &Session,
    loss: &dyn Loss<T, Y>,
    metrics: &[(String, Metric<'_, T, Y>)],
    data: &Dataset<T, Y>,
    batch: usize,
) -> (f64, Vec<(String, f64)>) {
    let (mut sum, mut outputs) = (0.0, Outputs::default());
    for batch in data.batches(batch) {
        let of_batch = session.evaluate(|pass| {
            let y = net.forward(pass.data(&batch.x), pass);
            if !metrics.is_empty() {
                outputs.add(y);
            }
            loss.of(y, &batch.y, pass).value()
        });
        sum += of_batch * batch.x.shape()[0] as f64;
    }
    let mean = sum / data.len() as f64;
    if metrics.is_empty() || data.is_empty() {
        let nothing = metrics.iter().map(|(name, _)| (name.clone(), f64::NAN));
        return (mean, nothing.collect());
    }
    let outputs = outputs.array();
    let measured = metrics
        .iter()
        .map(|(name, metric)| (name.clone(), metric(&outputs, data.y())));
    (mean, measured.collect())
}
