//! What a data set asks of its targets, and who answers.

use super::error::{DataError, DataErrorKind, Result};
use tape::{Array, Element, Indices};

/// What the examples of a [`Dataset`](super::Dataset) have as targets, one for each.
///
/// | type | target of one example | for |
/// |---|---|---|
/// | [`Array<T>`] | a row along axis 0 | regression, one-hot and several labels |
/// | `Vec<C>` | an element: a class as `usize`, a label | classification |
/// | [`Indices`] | positions along axis 0 | sequences of classes |
///
/// Your own type of targets is one that can say how many there are and select some of them.
pub trait Targets: Sized {
    /// The target of one example, as [`Dataset::iter`](super::Dataset::iter) gives it.
    type Target<'a>
    where
        Self: 'a;

    /// The number of examples.
    fn count(&self) -> usize;

    /// The target of example `i`, which is below the count.
    fn target(&self, i: usize) -> Self::Target<'_>;

    /// The targets of these examples, in this order; every number is below the count.
    #[must_use]
    fn select(&self, examples: &[usize]) -> Self;

    /// As [`select`](Targets::select), over targets that are no longer needed, whose memory may be
    /// used again.
    fn select_into(&self, examples: &[usize], into: &mut Self) {
        *into = self.select(examples);
    }

    /// The targets of several sets, one after the other; there is at least one.
    ///
    /// # Errors
    /// If they do not go together: rows of different shapes.
    fn concat(parts: &[&Self]) -> Result<Self>;
}

impl<T: Element> Targets for Array<T> {
    type Target<'a> = &'a [T];

    fn count(&self) -> usize {
        self.shape().first().copied().unwrap_or(0)
    }

    fn target(&self, i: usize) -> &[T] {
        row(self, i)
    }

    fn select(&self, examples: &[usize]) -> Array<T> {
        let mut selected = Array::zeros(&along(self, 0));
        self.select_into(examples, &mut selected);
        selected
    }

    fn select_into(&self, examples: &[usize], into: &mut Array<T>) {
        let shape = along(self, examples.len());
        let length = shape[1..].iter().product();
        if *into.shape() == *shape {
            if length > 0 {
                let places = into.as_mut_slice().chunks_exact_mut(length);
                for (place, &i) in places.zip(examples) {
                    place.copy_from_slice(row(self, i));
                }
            }
            return;
        }
        let mut data = std::mem::take(into).into_vec();
        data.clear();
        data.reserve_exact(examples.len() * length);
        for &i in examples {
            data.extend_from_slice(row(self, i));
        }
        *into = Array::new(&shape, data);
    }

    fn concat(parts: &[&Array<T>]) -> Result<Array<T>> {
        let first = parts[0];
        let (mut count, mut data) = (0, Vec::new());
        for (i, part) in parts.iter().enumerate() {
            if part.rank() == 0 || part.shape()[1..] != first.shape()[1..] {
                let message = format!(
                    "part {i} has shape {}, part 0 has {}: only axis 0, the examples, may differ",
                    part.shape(),
                    first.shape()
                );
                return Err(DataError::new(DataErrorKind::Shape, message));
            }
            count += part.count();
            data.extend_from_slice(part.as_slice());
        }
        Ok(Array::new(&along(first, count), data))
    }
}

/// The elements of one example.
fn row<T: Element>(array: &Array<T>, i: usize) -> &[T] {
    let length = array.shape()[1..].iter().product::<usize>();
    &array.as_slice()[i * length..][..length]
}

/// The shape with another number of examples.
fn along<T: Element>(array: &Array<T>, count: usize) -> Vec<usize> {
    let mut shape = array.shape().to_vec();
    shape[0] = count;
    shape
}

impl<C: Clone> Targets for Vec<C> {
    type Target<'a>
        = &'a C
    where
        C: 'a;

    fn count(&self) -> usize {
        self.len()
    }

    fn target(&self, i: usize) -> &C {
        &self[i]
    }

    fn select(&self, examples: &[usize]) -> Vec<C> {
        examples.iter().map(|&i| self[i].clone()).collect()
    }

    fn select_into(&self, examples: &[usize], into: &mut Vec<C>) {
        into.clear();
        into.extend(examples.iter().map(|&i| self[i].clone()));
    }

    fn concat(parts: &[&Vec<C>]) -> Result<Vec<C>> {
        Ok(parts.iter().flat_map(|part| part.iter().cloned()).collect())
    }
}

impl Targets for Indices {
    type Target<'a> = &'a [usize];

    fn count(&self) -> usize {
        self.shape().first().copied().unwrap_or(0)
    }

    fn target(&self, i: usize) -> &[usize] {
        let length = self.shape()[1..].iter().product::<usize>();
        &self.as_slice()[i * length..][..length]
    }

    fn select(&self, examples: &[usize]) -> Indices {
        let mut shape = self.shape().to_vec();
        shape[0] = examples.len();
        let positions: Vec<usize> = examples
            .iter()
            .flat_map(|&i| self.target(i).iter().copied())
            .collect();
        Indices::new(&shape, positions).expect("as many as there are in its rows")
    }

    fn concat(parts: &[&Indices]) -> Result<Indices> {
        let (mut shape, mut positions) = (parts[0].shape().to_vec(), Vec::new());
        shape[0] = 0;
        for (i, part) in parts.iter().enumerate() {
            if part.shape().rank() == 0 || part.shape()[1..] != shape[1..] {
                let message = format!(
                    "part {i} has shape {}, part 0 has {}: only axis 0, the examples, may differ",
                    part.shape(),
                    parts[0].shape()
                );
                return Err(DataError::new(DataErrorKind::Shape, message));
            }
            shape[0] += part.count();
            positions.extend_from_slice(part.as_slice());
        }
        Ok(Indices::new(&shape, positions).expect("as many as the parts have"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_targets_selects_and_joins() {
        fn check<Y: Targets + PartialEq + std::fmt::Debug>(y: Y, selected: Y, twice: Y) {
            assert_eq!(y.select(&[2, 0]), selected);
            let mut memory = y.select(&[1, 1, 1]);
            y.select_into(&[2, 0], &mut memory);
            assert_eq!(memory, selected);
            y.select_into(&[0, 2], &mut memory);
            y.select_into(&[2, 0], &mut memory);
            assert_eq!(memory, selected);
            assert_eq!(Y::concat(&[&selected, &selected]).unwrap(), twice);
            assert_eq!(y.select(&[]).count(), 0);
        }
        check(
            Array::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
            Array::from([[5.0, 6.0], [1.0, 2.0]]),
            Array::from([[5.0, 6.0], [1.0, 2.0], [5.0, 6.0], [1.0, 2.0]]),
        );
        check(
            Array::<f32>::zeros(&[3, 0]),
            Array::zeros(&[2, 0]),
            Array::zeros(&[4, 0]),
        );
        check(vec![7, 8, 9], vec![9, 7], vec![9, 7, 9, 7]);
        check(
            vec!["a", "b", "c"],
            vec!["c", "a"],
            vec!["c", "a", "c", "a"],
        );
        check(
            Indices::from([[1, 2], [3, 4], [5, 6]]),
            Indices::from([[5, 6], [1, 2]]),
            Indices::from([[5, 6], [1, 2], [5, 6], [1, 2]]),
        );
    }

    #[test]
    fn rows_of_different_shapes_do_not_join() {
        let (a, b) = (Array::from([[1.0, 2.0]]), Array::from([[1.0], [2.0]]));
        let error = Targets::concat(&[&a, &b]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "part 1 has shape [2,1], part 0 has [1,2]: only axis 0, the examples, may differ"
        );
    }
}
