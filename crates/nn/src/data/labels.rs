//! Names of classes, and targets made from them: numbers, one-hot rows, several labels at once.

use super::dataset::Dataset;
use super::error::{DataError, DataErrorKind, Result, quoted};
use std::collections::{BTreeSet, HashMap};
use tape::{Array, Element};

/// The names of classes; a class is its place among them.
///
/// ```
/// use nn::data::Labels;
/// use tape::Array;
///
/// let labels = Labels::of(["setosa", "virginica", "setosa"]); // sorted, each once
/// assert_eq!(labels.encode(&["virginica", "setosa"])?, [1, 0]);
/// assert_eq!(labels.one_hot(&["virginica"])?, Array::from([[0.0, 1.0]]));
/// assert_eq!(labels.decode_rows(&Array::from([[0.3, 0.7], [0.9, 0.1]]))?, ["virginica", "setosa"]);
///
/// // Several labels to an example: {A, B}, {A}, {C, B}, {B}.
/// let labels = Labels::new(["A", "B", "C"]);
/// let y = labels.multi_hot(&[vec!["A", "B"], vec!["A"], vec!["C", "B"], vec!["B"]])?;
/// let rows = [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 0.0]];
/// assert_eq!(y, Array::from(rows));
/// assert_eq!(labels.decode_sets(&y, 0.5)?[2], ["B", "C"]);
/// # Ok::<(), nn::data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    names: Vec<String>,
    classes: HashMap<String, usize>,
}

impl Labels {
    /// These names in this order, each taken once.
    #[must_use]
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Labels {
        let mut labels = Labels {
            names: Vec::new(),
            classes: HashMap::new(),
        };
        for name in names {
            labels.class_or_new(&name.into());
        }
        labels
    }

    /// The names that occur, sorted: the same classes whatever the order of the examples.
    #[must_use]
    pub fn of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Labels {
        Labels::new(BTreeSet::from_iter(names.into_iter().map(S::into)))
    }

    /// The class of a name, which is added if it is new.
    pub(super) fn class_or_new(&mut self, name: &str) -> usize {
        if let Some(&class) = self.classes.get(name) {
            return class;
        }
        let class = self.names.len();
        self.classes.insert(name.to_string(), class);
        self.names.push(name.to_string());
        class
    }

    /// The names in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of classes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no classes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The class of a name.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<usize> {
        self.classes.get(name).copied()
    }

    /// The name of a class.
    #[must_use]
    pub fn name(&self, class: usize) -> Option<&str> {
        self.names.get(class).map(String::as_str)
    }

    /// The classes of names.
    ///
    /// # Errors
    /// If a name is not known.
    pub fn encode(&self, names: &[impl AsRef<str>]) -> Result<Vec<usize>> {
        let class = |(i, name): (usize, &_)| self.known(i, AsRef::as_ref(name));
        names.iter().enumerate().map(class).collect()
    }

    /// The names of classes.
    ///
    /// # Errors
    /// If a class is not below the number of names.
    pub fn decode(&self, classes: &[usize]) -> Result<Vec<&str>> {
        let name = |(i, &class): (usize, &usize)| {
            self.name(class).ok_or_else(|| {
                let message = format!(
                    "class {class} at position {i} is not among {} names",
                    self.len()
                );
                DataError::new(DataErrorKind::Unknown, message)
            })
        };
        classes.iter().enumerate().map(name).collect()
    }

    /// One row for each name, `[names, classes]`: 1 at its class, 0 elsewhere.
    ///
    /// # Errors
    /// If a name is not known.
    pub fn one_hot<T: Element>(&self, names: &[impl AsRef<str>]) -> Result<Array<T>> {
        Ok(Array::one_hot(&self.encode(names)?, self.len()))
    }

    /// The name of the largest element of each row, `[examples, classes]`: of one-hot rows,
    /// probabilities, logits.
    ///
    /// # Errors
    /// If a row has not one element for each class.
    pub fn decode_rows<T: Element>(&self, rows: &Array<T>) -> Result<Vec<&str>> {
        self.check(rows)?;
        self.decode(&classes(rows))
    }

    /// One row for each set of names, `[sets, classes]`: 1 at each of its classes, 0 elsewhere.
    ///
    /// # Errors
    /// If a name is not known.
    pub fn multi_hot<T: Element, S: AsRef<str>>(
        &self,
        sets: &[impl AsRef<[S]>],
    ) -> Result<Array<T>> {
        let mut rows = Array::zeros(&[sets.len(), self.len()]);
        for (i, set) in sets.iter().enumerate() {
            for name in set.as_ref() {
                let class = self.known(i, name.as_ref())?;
                rows[[i, class]] = T::from_f64(1.0);
            }
        }
        Ok(rows)
    }

    /// The names whose elements are above a threshold, for each row of `[examples, classes]`: 0.5
    /// for probabilities, 0 for logits.
    ///
    /// # Errors
    /// If a row has not one element for each class.
    pub fn decode_sets<T: Element>(
        &self,
        rows: &Array<T>,
        threshold: f64,
    ) -> Result<Vec<Vec<&str>>> {
        self.check(rows)?;
        let set = |row: &[T]| {
            let named = row.iter().zip(&self.names);
            let above = named.filter(|(x, _)| x.to_f64() > threshold);
            above.map(|(_, name)| name.as_str()).collect()
        };
        Ok(rows.rows().map(set).collect())
    }

    fn known(&self, i: usize, name: &str) -> Result<usize> {
        self.class(name).ok_or_else(|| {
            let message = format!(
                "label {} at position {i} is not known; the {} known ones begin with {:?}",
                quoted(name),
                self.len(),
                &self.names[..self.len().min(5)]
            );
            DataError::new(DataErrorKind::Unknown, message)
        })
    }

    fn check<T: Element>(&self, rows: &Array<T>) -> Result<()> {
        if rows.rank() == 2 && rows.shape()[1] == self.len() && !self.is_empty() {
            return Ok(());
        }
        let message = format!(
            "rows of shape {} for {} classes: expected [examples,{}]",
            rows.shape(),
            self.len(),
            self.len()
        );
        Err(DataError::new(DataErrorKind::Shape, message))
    }
}

/// The position of the largest element in each row, the first of equals: the classes of one-hot
/// rows, of probabilities, of logits.
///
/// ```
/// use nn::data::classes;
/// use tape::Array;
/// assert_eq!(classes(&Array::from([[0.1, 0.7, 0.2], [3.0, -1.0, 0.0]])), [1, 0]);
/// ```
///
/// # Panics
/// If the array is not a matrix, or its rows are empty.
#[must_use]
#[track_caller]
pub fn classes<T: Element>(rows: &Array<T>) -> Vec<usize> {
    assert!(
        rows.rank() == 2 && rows.shape()[1] > 0,
        "classes of an array of shape {}: expected [examples,classes]",
        rows.shape()
    );
    rows.rows().map(|row| Array::from(row).argmax()).collect()
}

impl<T: Element> Dataset<T, Vec<usize>> {
    /// The number of classes: one more than the largest.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.y().iter().max().map_or(0, |&class| class + 1)
    }

    /// How many examples each class has.
    #[must_use]
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes()];
        for &class in self.y().iter() {
            counts[class] += 1;
        }
        counts
    }

    /// A weight for each class, so that every class counts as much as every other:
    /// `examples / (classes * count)`. Scikit-learn's `balanced`; a class without examples has 0.
    ///
    /// ```
    /// let data = nn::data::Dataset::new([1.0, 2.0, 3.0, 4.0], vec![0, 0, 0, 1]);
    /// assert_eq!(data.class_weights(), [2.0 / 3.0, 2.0]);
    /// ```
    #[must_use]
    pub fn class_weights(&self) -> Vec<f64> {
        let counts = self.class_counts();
        let present = counts.iter().filter(|&&count| count > 0).count();
        let weight = |&count: &usize| match count {
            0 => 0.0,
            count => self.len() as f64 / (present * count) as f64,
        };
        counts.iter().map(weight).collect()
    }

    /// The same examples with one-hot rows `[examples, classes]` as targets.
    ///
    /// # Panics
    /// If a class is not below `classes`.
    #[must_use]
    #[track_caller]
    pub fn one_hot(&self, classes: usize) -> Dataset<T> {
        let y = Array::one_hot(self.y(), classes);
        self.map_y(|_| y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_and_classes_are_told() {
        let labels = Labels::new(["b", "a", "b"]);
        assert_eq!(labels.names(), ["b", "a"]);
        let error = labels.encode(&["a", "c"]).unwrap_err();
        assert_eq!(error.kind(), DataErrorKind::Unknown);
        assert_eq!(
            error.to_string(),
            r#"label "c" at position 1 is not known; the 2 known ones begin with ["b", "a"]"#
        );
        let error = labels.decode(&[0, 2]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "class 2 at position 1 is not among 2 names"
        );
        assert!(labels.multi_hot::<f64, _>(&[["a", "x"]]).is_err());
    }

    #[test]
    fn rows_have_an_element_for_each_class() {
        let labels = Labels::new(["a", "b"]);
        let error = labels.decode_rows(&<Array>::zeros(&[2, 3])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "rows of shape [2,3] for 2 classes: expected [examples,2]"
        );
        assert!(labels.decode_sets(&Array::from([1.0, 0.0]), 0.5).is_err());
        let none = Labels::new::<&str>([]);
        assert!(none.decode_rows(&<Array>::zeros(&[2, 0])).is_err());
        assert_eq!(none.one_hot::<f32>(&[""; 0]).unwrap().shape()[1], 0);
    }

    #[test]
    fn classes_are_counted_and_weighed() {
        let data = Dataset::new([0.0; 6], vec![2, 0, 2, 2, 2, 0]);
        assert_eq!(data.class_counts(), [2, 0, 4]);
        assert_eq!(data.class_weights(), [1.5, 0.0, 0.75]);
        let rows = data.one_hot(4);
        assert_eq!(*rows.y().shape(), [6, 4]);
        assert_eq!(classes(rows.y()), **data.y());
    }
}
