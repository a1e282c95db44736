//! Examples and their targets.

use super::batches::{Batch, Batches};
use super::error::{DataError, DataErrorKind, Result, done};
use super::targets::Targets;
use rand::Rng;
use std::fmt;
use std::sync::Arc;
use tape::{Array, Element, Shape};

/// Inputs, one example for each position along axis 0, and a target for each.
///
/// `Dataset<T>` has arrays as targets, `Dataset<T, Vec<usize>>` a class for each example; see
/// [`Targets`]. Both are shared: a clone copies no data.
///
/// ```
/// use nn::data::Dataset;
/// use tape::Array;
///
/// let x = Array::from([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
/// let xor = Dataset::new(x, vec![0, 1, 1, 0]);
/// assert_eq!((xor.len(), &*xor.example_shape()), (4, &[2][..]));
///
/// let mut rng = nn::seeded(7);
/// for epoch in 0..2 {
///     for batch in xor.shuffled(3, &mut rng) { // of 3, then of 1
///         assert_eq!(batch.x.shape()[0], batch.y.len());
///     }
/// }
/// ```
pub struct Dataset<T: Element = f64, Y = Array<T>> {
    x: Arc<Array<T>>,
    y: Arc<Y>,
}

impl<T: Element, Y: Targets> Dataset<T, Y> {
    /// The data set of these inputs `[examples, ..]` and targets.
    ///
    /// # Panics
    /// If there is not one target for each example, or the inputs are a number, without axes.
    #[must_use]
    #[track_caller]
    pub fn new(x: impl Into<Array<T>>, y: Y) -> Dataset<T, Y> {
        done(Dataset::try_new(x, y))
    }

    /// As [`new`](Dataset::new), with the error as a value.
    ///
    /// # Errors
    /// Where `new` panics.
    pub fn try_new(x: impl Into<Array<T>>, y: Y) -> Result<Dataset<T, Y>> {
        let x = x.into();
        let Some(&count) = x.shape().first() else {
            let message = "the inputs are a number: a data set has its examples along axis 0";
            return Err(DataError::new(DataErrorKind::Shape, message));
        };
        if count != y.count() {
            let message = format!(
                "inputs of shape {} are {count} examples along axis 0, but there are {} targets: one for each example",
                x.shape(),
                y.count()
            );
            return Err(DataError::new(DataErrorKind::Shape, message));
        }
        let (x, y) = (Arc::new(x), Arc::new(y));
        Ok(Dataset { x, y })
    }

    /// The inputs, `[examples, ..]`.
    #[must_use]
    pub fn x(&self) -> &Arc<Array<T>> {
        &self.x
    }

    /// The targets, one for each example.
    #[must_use]
    pub fn y(&self) -> &Arc<Y> {
        &self.y
    }

    /// The number of examples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.x.shape()[0]
    }

    /// Whether there are no examples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of the input of one example.
    #[must_use]
    pub fn example_shape(&self) -> Shape {
        Shape::new(&self.x.shape()[1..]).expect("a part of a shape")
    }

    /// The examples in order, each with its target.
    ///
    /// ```
    /// let data = nn::data::Dataset::new([[1.0, 2.0], [3.0, 4.0]], vec!["a", "b"]);
    /// let found: Vec<_> = data.iter().map(|(x, y)| (x[0], *y)).collect();
    /// assert_eq!(found, [(1.0, "a"), (3.0, "b")]);
    /// ```
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&[T], Y::Target<'_>)> + ExactSizeIterator {
        let targets = (0..self.len()).map(|i| self.y.target(i));
        self.x.rows().zip(targets)
    }

    /// All examples as one batch, without a copy.
    #[must_use]
    pub fn whole(&self) -> Batch<T, Y> {
        Batch {
            x: Arc::clone(&self.x),
            y: Arc::clone(&self.y),
        }
    }

    /// Batches of `size` examples in order; the last one is smaller if need be. One batch of all
    /// examples is not a copy.
    ///
    /// # Panics
    /// If the size is 0.
    #[track_caller]
    pub fn batches(&self, size: usize) -> Batches<T, Y> {
        Batches::new(self.clone(), size, None)
    }

    /// Batches of `size` examples in a random order, as an epoch of training needs them; the last
    /// one is smaller if need be. Call it anew for each epoch.
    ///
    /// ```
    /// let data = nn::data::Dataset::new([0.0, 1.0, 2.0, 3.0, 4.0], vec![0; 5]);
    /// let sizes = |batches: nn::data::Batches<f64, _>| -> Vec<usize> { batches.map(|b| b.x.len()).collect() };
    /// let mut rng = nn::seeded(1);
    /// assert_eq!(sizes(data.shuffled(2, &mut rng)), [2, 2, 1]);
    /// assert_eq!(sizes(data.shuffled(2, &mut rng).drop_last()), [2, 2]);
    /// ```
    ///
    /// # Panics
    /// If the size is 0.
    #[track_caller]
    pub fn shuffled(&self, size: usize, rng: &mut impl Rng) -> Batches<T, Y> {
        let order = super::split::permutation(self.len(), rng);
        Batches::new(self.clone(), size, Some(order))
    }

    /// These examples, in this order; an example may be named twice.
    ///
    /// # Panics
    /// If there is no such example.
    #[must_use]
    #[track_caller]
    pub fn select(&self, examples: &[usize]) -> Dataset<T, Y> {
        if let Some(i) = examples.iter().find(|&&i| i >= self.len()) {
            panic!("select: example {i} of a data set of {}", self.len());
        }
        Dataset {
            x: Arc::new(self.x.select(examples)),
            y: Arc::new(self.y.select(examples)),
        }
    }

    /// The first `count` examples, or all of them if there are fewer.
    #[must_use]
    pub fn take(&self, count: usize) -> Dataset<T, Y> {
        if count >= self.len() {
            return self.clone();
        }
        self.select(&Vec::from_iter(0..count))
    }

    /// The examples of several sets, one after the other.
    ///
    /// # Errors
    /// If there is no set, or their examples differ in shape.
    pub fn concat(sets: &[Dataset<T, Y>]) -> Result<Dataset<T, Y>> {
        if sets.is_empty() {
            let message = "concat of no data sets: the shape of an example is not known";
            return Err(DataError::new(DataErrorKind::Shape, message));
        }
        let x = Array::concat(&Vec::from_iter(sets.iter().map(|set| &*set.x)))?;
        let y = Y::concat(&Vec::from_iter(sets.iter().map(|set| &*set.y)))?;
        Dataset::try_new(x, y)
    }

    /// The same targets with inputs made from these: scaled, say.
    ///
    /// ```
    /// use nn::data::{Dataset, Scaling};
    /// let data = Dataset::new([[1.0], [3.0]], vec![0, 1]);
    /// let scaling = Scaling::standardize(data.x());
    /// assert_eq!(data.map_x(|x| scaling.apply(x)).x().as_slice(), [-1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If there is not one target for each of the new inputs.
    #[must_use]
    #[track_caller]
    pub fn map_x<U: Element>(&self, f: impl FnOnce(&Array<T>) -> Array<U>) -> Dataset<U, Y> {
        let x = f(&self.x);
        let found = x.shape().first().copied();
        assert!(
            found == Some(self.len()),
            "map_x: inputs of shape {} for {} targets: one example along axis 0 for each",
            x.shape(),
            self.len()
        );
        Dataset {
            x: Arc::new(x),
            y: Arc::clone(&self.y),
        }
    }

    /// The same inputs with targets made from these.
    ///
    /// # Panics
    /// If there is not one of the new targets for each example.
    #[must_use]
    #[track_caller]
    pub fn map_y<Z: Targets>(&self, f: impl FnOnce(&Y) -> Z) -> Dataset<T, Z> {
        let y = f(&self.y);
        assert!(
            y.count() == self.len(),
            "map_y: {} targets for {} examples",
            y.count(),
            self.len()
        );
        Dataset {
            x: Arc::clone(&self.x),
            y: Arc::new(y),
        }
    }

    /// The same data, the input of each example under another shape; one length may be -1.
    ///
    /// ```
    /// use nn::data::Dataset;
    /// use tape::Array;
    /// let images = Dataset::new(<Array>::zeros(&[5, 28, 28]), vec![0; 5]);
    /// assert_eq!(*images.reshape(&[-1]).x().shape(), [5, 784]); // for a linear layer
    /// assert_eq!(*images.reshape(&[1, 28, 28]).x().shape(), [5, 1, 28, 28]); // for a convolution
    /// ```
    ///
    /// # Panics
    /// If an example has another number of elements.
    #[must_use]
    #[track_caller]
    pub fn reshape(&self, example: &[i64]) -> Dataset<T, Y> {
        // The lengths of one example first: with no examples, -1 could be anything.
        let one = <Array<T>>::zeros(&self.x.shape()[1..]).reshape(example);
        let mut shape = vec![self.len() as i64];
        shape.extend(one.shape().iter().map(|&length| length as i64));
        self.map_x(|x| x.clone().reshape(&shape))
    }
}

impl<T: Element> Dataset<T> {
    /// Inputs and targets in another type of elements.
    #[must_use]
    pub fn cast<U: Element>(&self) -> Dataset<U> {
        self.map_x(Array::cast).map_y(Array::cast)
    }
}

impl<T: Element> Dataset<T, Vec<usize>> {
    /// Inputs in another type of elements.
    ///
    /// ```
    /// let digits = nn::data::digits(50, 8, &mut nn::seeded(1)).cast::<f32>();
    /// assert_eq!(*digits.x().shape(), [50, 8, 8]);
    /// ```
    #[must_use]
    pub fn cast<U: Element>(&self) -> Dataset<U, Vec<usize>> {
        self.map_x(Array::cast)
    }
}

/// A clone shares the data.
impl<T: Element, Y> Clone for Dataset<T, Y> {
    fn clone(&self) -> Dataset<T, Y> {
        Dataset {
            x: Arc::clone(&self.x),
            y: Arc::clone(&self.y),
        }
    }
}

impl<T: Element, Y: PartialEq> PartialEq for Dataset<T, Y> {
    fn eq(&self, other: &Dataset<T, Y>) -> bool {
        self.x == other.x && self.y == other.y
    }
}

impl<T: Element, Y: Targets> fmt::Debug for Dataset<T, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset(x {}, {} targets)", self.x.shape(), self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_for_each_example() {
        let x = Array::from([[1.0, 2.0], [3.0, 4.0]]);
        let error = Dataset::try_new(x, vec![1, 2, 3]).unwrap_err();
        assert_eq!(error.kind(), DataErrorKind::Shape);
        assert_eq!(
            error.to_string(),
            "inputs of shape [2,2] are 2 examples along axis 0, but there are 3 targets: one for each example"
        );
        assert!(Dataset::try_new(1.0, vec![1]).is_err());
        assert!(Dataset::<f64>::try_new([1.0], Array::from(1.0)).is_err());
        assert!(Dataset::try_new(Array::<f32>::zeros(&[0, 3]), vec![0; 0]).is_ok());
    }

    #[test]
    fn parts_of_a_set_come_together_again() {
        let data = Dataset::new([[1.0], [2.0], [3.0]], Array::from([10.0, 20.0, 30.0]));
        let parts = [data.take(1), data.select(&[1, 2]), data.take(0)];
        assert_eq!(Dataset::concat(&parts).unwrap(), data);
        assert!(Arc::ptr_eq(data.take(9).x(), data.x()));
        let wider = Dataset::new([[1.0, 2.0]], Array::from([10.0]));
        let error = Dataset::concat(&[data.clone(), wider]).unwrap_err();
        assert!(
            error.to_string().starts_with("part 1 has shape [1,2]"),
            "{error}"
        );
        assert!(Dataset::<f64>::concat(&[]).is_err());
        assert_eq!(format!("{data:?}"), "Dataset(x [3,1], 3 targets)");
        assert_eq!(data.cast::<f32>().y().as_slice(), [10.0_f32, 20.0, 30.0]);
    }

    #[test]
    #[should_panic(expected = "select: example 3 of a data set of 3")]
    fn an_example_that_is_not_there() {
        let _ = Dataset::new([1.0, 2.0, 3.0], vec![0; 3]).select(&[0, 3]);
    }

    #[test]
    fn an_empty_set_reshapes_too() {
        let none = Dataset::new(Array::<f64>::zeros(&[0, 4, 4]), vec![0; 0]);
        assert_eq!(*none.reshape(&[-1]).x().shape(), [0, 16]);
        assert!(none.iter().next().is_none() && none.is_empty());
    }
}
