use super::paired;
use std::fmt;

/// How often each class was taken for each: a table with a row for each true class, a column for
/// each predicted one.
///
/// Source: the layout of scikit-learn's `confusion_matrix`.
///
/// ```
/// use nn::metrics::Confusion;
///
/// let confusion = Confusion::new(2, &[0, 0, 1, 1, 1], &[0, 1, 1, 1, 0]);
/// assert_eq!(confusion.count(1, 0), 1); // a 1 taken for a 0
/// assert_eq!(confusion.accuracy(), 0.6);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    counts: Vec<usize>,
    names: Vec<String>,
}

impl Confusion {
    /// The table of these predictions, with classes from 0 to `classes - 1`.
    ///
    /// # Panics
    /// If there is not a true class for each predicted one, or a class is out of range.
    #[must_use]
    #[track_caller]
    pub fn new(classes: usize, predicted: &[usize], actual: &[usize]) -> Confusion {
        let mut confusion = Confusion::empty(classes);
        confusion.add(predicted, actual);
        confusion
    }

    /// The table of nothing yet.
    #[must_use]
    pub fn empty(classes: usize) -> Confusion {
        Confusion {
            counts: vec![0; classes * classes],
            names: (0..classes).map(|class| class.to_string()).collect(),
        }
    }

    /// Counts more predictions, of another batch say.
    ///
    /// # Panics
    /// If there is not a true class for each predicted one, or a class is out of range; nothing is
    /// counted then.
    #[track_caller]
    pub fn add(&mut self, predicted: &[usize], actual: &[usize]) {
        paired("a confusion matrix", predicted.len(), actual.len());
        let classes = self.classes();
        for (what, list) in [("predicted", predicted), ("true", actual)] {
            for (place, class) in list.iter().enumerate() {
                assert!(
                    *class < classes,
                    "a confusion matrix of {classes} classes: {what} class {class} of example {place}"
                );
            }
        }
        for (predicted, actual) in predicted.iter().zip(actual) {
            self.counts[actual * classes + predicted] += 1;
        }
    }

    /// The same table with names for its classes.
    ///
    /// # Panics
    /// If there is not a name for each class.
    #[must_use]
    #[track_caller]
    pub fn with_names<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Confusion {
        let names: Vec<String> = names.into_iter().map(S::into).collect();
        assert!(
            names.len() == self.classes(),
            "{} names for {} classes",
            names.len(),
            self.classes()
        );
        Confusion { names, ..self }
    }

    /// The number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.names.len()
    }

    /// The names of the classes; their numbers if they were given none.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many examples of the class `actual` were taken for `predicted`.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    #[track_caller]
    pub fn count(&self, actual: usize, predicted: usize) -> usize {
        let classes = self.classes();
        assert!(
            actual < classes && predicted < classes,
            "classes {actual} and {predicted} of {classes}"
        );
        self.counts[actual * classes + predicted]
    }

    /// How many examples there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// The share of predictions that are right; NaN of none.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right: usize = (0..self.classes())
            .map(|class| self.count(class, class))
            .sum();
        right as f64 / self.total() as f64
    }
}

/// The table, with as much room for each column as it needs.
impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = |text: &str| text.chars().count();
        let corner = "actual";
        let names = self.names.iter().map(|name| wide(name));
        let left = names.max().unwrap_or(0).max(wide(corner));
        let column = |predicted: usize| {
            let counts = (0..self.classes()).map(|actual| self.count(actual, predicted));
            wide(&counts.max().unwrap_or(0).to_string()).max(wide(&self.names[predicted]))
        };
        let widths: Vec<usize> = (0..self.classes()).map(column).collect();
        writeln!(f, "{:left$}  predicted", "")?;
        write!(f, "{corner:left$}")?;
        for (name, width) in self.names.iter().zip(&widths) {
            write!(f, "  {name:>width$}")?;
        }
        writeln!(f)?;
        for (actual, name) in self.names.iter().enumerate() {
            write!(f, "{name:left$}")?;
            for (predicted, width) in widths.iter().enumerate() {
                write!(f, "  {:>width$}", self.count(actual, predicted))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_as_wide_as_its_longest_name_or_number() {
        let mut confusion = Confusion::empty(2).with_names(["a", "a long name"]);
        confusion.add(&[0; 1000], &[0; 1000]);
        confusion.add(&[0, 1], &[1, 1]);
        let table = "             predicted
actual          a  a long name
a            1000            0
a long name     1            1
";
        assert_eq!(confusion.to_string(), table);
    }

    #[test]
    fn batches_add_up() {
        let mut confusion = Confusion::new(3, &[0, 1], &[0, 2]);
        confusion.add(&[2, 2], &[2, 1]);
        assert_eq!(confusion, Confusion::new(3, &[0, 1, 2, 2], &[0, 2, 2, 1]));
        assert_eq!((confusion.total(), confusion.accuracy()), (4, 0.5));
        assert!(Confusion::empty(0).accuracy().is_nan());
    }

    #[test]
    #[should_panic(expected = "of 2 classes: true class 2 of example 1")]
    fn a_class_that_there_is_not() {
        let _ = Confusion::new(2, &[0, 1], &[1, 2]);
    }
}
