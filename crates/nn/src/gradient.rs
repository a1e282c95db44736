//! The gradient of a loss by the parameters of a network.

use crate::parameter::{Parameter, ParameterId};
use tape::{Element, Gradients, Loop, Tensor, vectorised};

/// The gradient of a loss by the parameters of a network: for each that the loss depends on, the
/// derivative by each of its elements.
///
/// ```
/// use nn::{Parameter, Pass};
/// use tape::Tape;
///
/// let w = Parameter::weight([3.0, 4.0]);
/// let tape = Tape::new();
/// let pass = Pass::new(&tape);
/// let loss = pass.parameter(&w).square().sum();
/// let mut gradient = pass.gradient(loss);
/// assert_eq!(gradient.of(&w), Some(&[6.0, 8.0][..]));
/// assert_eq!(gradient.clip_norm(5.0), 10.0);
/// assert_eq!(format!("{:.4?}", gradient.of(&w)), "Some([3.0000, 4.0000])");
/// ```
#[derive(Debug)]
pub struct Gradient<T: Element = f64> {
    entries: Vec<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T: Element> {
    parameter: Parameter<T>,
    slopes: Vec<T>,
}

impl<T: Element> Gradient<T> {
    #[track_caller]
    pub(crate) fn new(leaves: Vec<(Parameter<T>, Tensor<T>)>, gradients: Gradients) -> Gradient<T> {
        let mut entries = Vec::with_capacity(leaves.len());
        for (parameter, tensor) in leaves {
            if !parameter.learns() {
                continue;
            }
            if let Some(slopes) = gradients.array(tensor) {
                let slopes = slopes.into_vec();
                entries.push(Entry { parameter, slopes });
            }
        }
        Gradient { entries }
    }

    /// The derivative by each element of a parameter, in row-major order; `None` if the loss does
    /// not depend on it, or it does not learn.
    #[must_use]
    pub fn of(&self, parameter: &Parameter<T>) -> Option<&[T]> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.parameter == *parameter)?;
        Some(&entry.slopes)
    }

    /// Each parameter with the derivatives by its elements.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Parameter<T>, &[T])> {
        self.entries
            .iter()
            .map(|entry| (&entry.parameter, &entry.slopes[..]))
    }

    /// As [`iter`](Gradient::iter), to change the derivatives.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&Parameter<T>, &mut [T])> {
        self.entries
            .iter_mut()
            .map(|entry| (&entry.parameter, &mut entry.slopes[..]))
    }

    /// The length of the gradient: the square root of the sum of all squares.
    #[must_use]
    pub fn norm(&self) -> f64 {
        let squares = self.iter().map(|(_, slopes)| vectorised(Squares(slopes)));
        squares.sum::<f64>().sqrt()
    }

    /// Shortens the gradient to a length of at most `most`, its direction kept, and answers the
    /// length that it had: `g most / (norm + 1e-6)` where that is shorter, as PyTorch's
    /// `clip_grad_norm_` has it.
    pub fn clip_norm(&mut self, most: f64) -> f64 {
        let norm = self.norm();
        let scale = most / (norm + 1e-6);
        if scale < 1.0 {
            self.scale(scale);
        }
        norm
    }

    /// Brings each derivative into `[-most, most]`; NaN stays NaN.
    pub fn clip_value(&mut self, most: f64) {
        let (low, high) = (T::from_f64(-most), T::from_f64(most));
        self.each(|g| {
            if g > high {
                high
            } else if g < low {
                low
            } else {
                g
            }
        });
    }

    /// Multiplies all derivatives by a number: 1/4 of the sum over four batches is their mean.
    pub fn scale(&mut self, factor: f64) {
        self.each(|g| T::from_f64(g.to_f64() * factor));
    }

    fn each(&mut self, change: impl Fn(T) -> T) {
        for (_, slopes) in self.iter_mut() {
            slopes.iter_mut().for_each(|g| *g = change(*g));
        }
    }

    /// Adds another gradient to this one: parameter by parameter, new ones at the end.
    pub fn add(&mut self, other: &Gradient<T>) {
        for (parameter, more) in other.iter() {
            let own = self
                .entries
                .iter_mut()
                .find(|entry| entry.parameter == *parameter);
            match own {
                Some(entry) => {
                    for (g, more) in entry.slopes.iter_mut().zip(more) {
                        *g = T::from_f64(g.to_f64() + more.to_f64());
                    }
                }
                None => self.entries.push(Entry {
                    parameter: parameter.share(),
                    slopes: more.to_vec(),
                }),
            }
        }
    }

    /// The first parameter with a derivative that is NaN or infinite.
    #[must_use]
    pub fn first_not_finite(&self) -> Option<ParameterId> {
        let finite = |slopes: &[T]| slopes.iter().all(|g| g.to_f64().is_finite());
        let found = self.iter().find(|(_, slopes)| !finite(slopes))?;
        Some(found.0.id())
    }
}

/// The sum of squares, in `f64`, as 32 sums side by side: one sum would wait for each addition, and
/// take four times as long as the rest of a step.
struct Squares<'a, T>(&'a [T]);

impl<T: Element> Loop for Squares<'_, T> {
    type Out = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        let mut sums = [0.0; 32];
        let mut add = |slopes: &[T]| {
            for (sum, g) in sums.iter_mut().zip(slopes) {
                *sum += g.to_f64() * g.to_f64();
            }
        };
        let (blocks, rest) = self.0.as_chunks::<32>();
        blocks.iter().for_each(|block| add(block));
        add(rest);
        sums.iter().sum()
    }
}
