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
    swept: Gradients,
}

#[derive(Debug)]
struct Entry<T: Element> {
    parameter: Parameter<T>,
    slopes: Slopes<T>,
}

/// Where derivatives are.
#[derive(Debug)]
enum Slopes<T: Element> {
    /// With what the sweep left, under the parameter's node.
    Swept(Tensor<T>),
    /// Here, taken from the tensor: of a parameter of rank 0.
    Number(Tensor<T>, [T; 1]),
    /// Here: of a parameter that came with another gradient.
    Own(Vec<T>),
}

impl<T: Element> Gradient<T> {
    #[track_caller]
    pub(crate) fn new(leaves: Vec<(Parameter<T>, Tensor<T>)>, swept: Gradients) -> Gradient<T> {
        let mut entries = Vec::with_capacity(leaves.len());
        for (parameter, tensor) in leaves {
            if !parameter.learns() || !swept.reaches(tensor) {
                continue;
            }
            let slopes = match parameter.shape().rank() {
                0 => Slopes::Number(tensor, number(&swept, tensor)),
                _ => Slopes::Swept(tensor),
            };
            entries.push(Entry { parameter, slopes });
        }
        Gradient { entries, swept }
    }

    fn slopes<'a>(&'a self, entry: &'a Entry<T>) -> &'a [T] {
        match &entry.slopes {
            Slopes::Swept(tensor) => &self.swept[*tensor],
            Slopes::Number(_, slope) => slope,
            Slopes::Own(slopes) => slopes,
        }
    }

    /// A gradient by nothing, to which others are added.
    pub(crate) fn nothing() -> Gradient<T> {
        Gradient {
            entries: Vec::new(),
            swept: Gradients::new(),
        }
    }

    /// Whether it is of these tensors, besides what came with other gradients.
    pub(crate) fn is_of(&self, tensors: impl Iterator<Item = Tensor<T>>) -> bool {
        let own = self.entries.iter().filter_map(|entry| match entry.slopes {
            Slopes::Swept(tensor) | Slopes::Number(tensor, _) => Some(tensor.id()),
            Slopes::Own(_) => None,
        });
        own.eq(tensors.map(Tensor::id))
    }

    /// Sweeps again into the same memory: `sweep` is given what the sweep before left. Derivatives
    /// that came with other gradients go.
    pub(crate) fn again<V>(&mut self, sweep: impl FnOnce(&mut Gradients) -> V) -> V {
        let answer = sweep(&mut self.swept);
        self.entries
            .retain(|entry| !matches!(entry.slopes, Slopes::Own(_)));
        for entry in &mut self.entries {
            if let Slopes::Number(tensor, slope) = &mut entry.slopes {
                *slope = number(&self.swept, *tensor);
            }
        }
        answer
    }

    /// The derivative by each element of a parameter, in row-major order; `None` if the loss does
    /// not depend on it, or it does not learn.
    #[must_use]
    pub fn of(&self, parameter: &Parameter<T>) -> Option<&[T]> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.parameter == *parameter)?;
        Some(self.slopes(entry))
    }

    /// Each parameter with the derivatives by its elements.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Parameter<T>, &[T])> {
        self.entries
            .iter()
            .map(|entry| (&entry.parameter, self.slopes(entry)))
    }

    /// Changes derivatives, parameter by parameter.
    pub fn change(&mut self, mut change: impl FnMut(&Parameter<T>, &mut [T])) {
        for Entry { parameter, slopes } in &mut self.entries {
            let slopes = match slopes {
                Slopes::Swept(tensor) => self.swept.elements_mut(*tensor),
                Slopes::Number(_, slope) => Some(&mut slope[..]),
                Slopes::Own(slopes) => Some(&mut slopes[..]),
            };
            change(parameter, slopes.expect("the sweep reached it"));
        }
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
        self.change(|_, slopes| slopes.iter_mut().for_each(|g| *g = change(*g)));
    }

    /// Adds another gradient to this one: parameter by parameter, new ones at the end.
    pub fn add(&mut self, other: &Gradient<T>) {
        self.change(|parameter, slopes| {
            for (g, more) in slopes.iter_mut().zip(other.of(parameter).unwrap_or(&[])) {
                *g = T::from_f64(g.to_f64() + more.to_f64());
            }
        });
        for (parameter, slopes) in other.iter() {
            if self.of(parameter).is_none() {
                self.entries.push(Entry {
                    parameter: parameter.share(),
                    slopes: Slopes::Own(slopes.to_vec()),
                });
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

/// The derivative by a number.
fn number<T: Element>(swept: &Gradients, tensor: Tensor<T>) -> [T; 1] {
    [swept.item(tensor).map_or_else(T::default, T::from_f64)]
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
