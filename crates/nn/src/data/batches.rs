//! Mini-batches of a data set, in the same memory again and again.

use super::dataset::Dataset;
use super::targets::Targets;
use std::ops::Range;
use std::sync::Arc;
use tape::{Array, Element};

/// Some examples and their targets.
///
/// A tape looks straight into an array that is shared, without a copy:
///
/// ```
/// let line = nn::data::line(8, 2.0, 1.0, 0.0, &mut nn::seeded(1));
/// let tape = tape::Tape::new();
/// let w = tape.var("w", 2.0);
/// for batch in line.batches(4) {
///     let (x, y) = (tape.shared_constant(&batch.x), tape.shared_constant(&batch.y));
///     assert!(((x * w - y).square().mean().value() - 1.0).abs() < 1e-15); // the intercept is missing
/// }
/// ```
#[derive(Debug)]
pub struct Batch<T: Element = f64, Y = Array<T>> {
    /// The inputs, `[examples, ..]`.
    pub x: Arc<Array<T>>,
    /// The targets, one for each example.
    pub y: Arc<Y>,
}

/// A clone shares the data.
impl<T: Element, Y> Clone for Batch<T, Y> {
    fn clone(&self) -> Batch<T, Y> {
        Batch {
            x: Arc::clone(&self.x),
            y: Arc::clone(&self.y),
        }
    }
}

/// The batches of a data set, one after the other; see [`Dataset::batches`] and
/// [`Dataset::shuffled`].
///
/// The memory of a batch is used again once nobody else holds it. One batch may still be held while
/// the next is made: a loop that keeps no more than that allocates two batches, however many there
/// are.
#[derive(Debug)]
pub struct Batches<T: Element = f64, Y: Targets = Array<T>> {
    data: Dataset<T, Y>,
    size: usize,
    /// The examples in the order of batches; `None` is the data's own.
    order: Option<Vec<usize>>,
    /// The examples that are still to come, as positions in that order.
    rest: Range<usize>,
    /// The batches given out last.
    given: Vec<Batch<T, Y>>,
}

/// How many batches are remembered: the one that a tape still looks into, and another.
const REMEMBERED: usize = 2;

impl<T: Element, Y: Targets> Batches<T, Y> {
    #[track_caller]
    pub(super) fn new(data: Dataset<T, Y>, size: usize, order: Option<Vec<usize>>) -> Self {
        assert!(size > 0, "a batch of 0 examples: there is no end of them");
        Batches {
            size,
            order,
            rest: 0..data.len(),
            given: Vec::with_capacity(REMEMBERED),
            data,
        }
    }

    /// Without the last batch if it is smaller than the others.
    #[must_use]
    pub fn drop_last(mut self) -> Batches<T, Y> {
        self.rest.end -= self.rest.len() % self.size;
        self
    }

    /// The examples `range` of the order as a batch, in memory that nobody else holds.
    fn batch(&mut self, range: Range<usize>) -> Batch<T, Y> {
        let consecutive: Vec<usize>;
        let examples = match &self.order {
            Some(order) => &order[range],
            None => {
                consecutive = range.collect();
                &consecutive
            }
        };
        for batch in &mut self.given {
            if let (Some(x), Some(y)) = (Arc::get_mut(&mut batch.x), Arc::get_mut(&mut batch.y)) {
                self.data.x().select_into(examples, x);
                self.data.y().select_into(examples, y);
                return batch.clone();
            }
        }
        if self.given.len() == REMEMBERED {
            self.given.remove(0);
        }
        let batch = Batch {
            x: Arc::new(self.data.x().select(examples)),
            y: Arc::new(self.data.y().select(examples)),
        };
        self.given.push(batch.clone());
        batch
    }
}

impl<T: Element, Y: Targets> Iterator for Batches<T, Y> {
    type Item = Batch<T, Y>;

    fn next(&mut self) -> Option<Batch<T, Y>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.start.saturating_add(self.size).min(self.rest.end);
        let range = self.rest.start..end;
        self.rest.start = end;
        if self.order.is_none() && range == (0..self.data.len()) {
            return Some(self.data.whole());
        }
        Some(self.batch(range))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.rest.len().div_ceil(self.size);
        (count, Some(count))
    }
}

impl<T: Element, Y: Targets> ExactSizeIterator for Batches<T, Y> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn numbered(count: usize) -> Dataset<f64, Vec<usize>> {
        let x = Array::from_fn(&[count, 2], |i| (2 * i[0] + i[1]) as f64);
        Dataset::new(x, (0..count).collect())
    }

    proptest! {
        #[test]
        fn a_shuffle_is_a_permutation_whose_inputs_keep_their_targets(
            count in 0_usize..50, size in 1_usize..60, seed: u64,
        ) {
            let data = numbered(count);
            let batches = data.shuffled(size, &mut crate::seeded(seed));
            prop_assert_eq!(batches.len(), count.div_ceil(size));
            let mut seen = Vec::new();
            for batch in batches {
                prop_assert_eq!(batch.x.shape()[0], batch.y.len());
                for (x, &y) in batch.x.rows().zip(batch.y.iter()) {
                    prop_assert_eq!(x, [2.0 * y as f64, 2.0 * y as f64 + 1.0]);
                }
                seen.extend_from_slice(&batch.y);
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, Vec::from_iter(0..count));

            let full = data.shuffled(size, &mut crate::seeded(seed)).drop_last();
            prop_assert_eq!(full.len(), count / size);
            for batch in full {
                prop_assert_eq!(batch.y.len(), size);
            }
        }
    }

    #[test]
    fn batches_in_order_are_the_data() {
        let data = numbered(7);
        let parts: Vec<_> = data.batches(3).collect();
        assert_eq!(parts[2].x.as_slice(), [12.0, 13.0]);
        let y: Vec<usize> = parts.iter().flat_map(|b| b.y.to_vec()).collect();
        assert_eq!(y, *data.y().as_ref());
        let whole = data.batches(7).next().unwrap();
        assert!(Arc::ptr_eq(&whole.x, data.x()) && Arc::ptr_eq(&whole.y, data.y()));
    }

    #[test]
    fn the_same_seed_is_the_same_order_and_each_epoch_another() {
        let data = numbered(20);
        let mut rng = crate::seeded(3);
        let mut epoch = || data.shuffled(20, &mut rng).next().unwrap().y.to_vec();
        let (first, second) = (epoch(), epoch());
        assert_ne!(first, second);
        let again = data.shuffled(20, &mut crate::seeded(3)).next().unwrap();
        assert_eq!(*again.y, first);
    }

    #[test]
    fn memory_is_used_again_unless_somebody_holds_it() {
        let data = numbered(100);
        let mut addresses = HashSet::new();
        let mut held = None;
        for batch in data.batches(9) {
            addresses.insert(batch.x.as_slice().as_ptr());
            held = Some(batch); // as a tape holds the last batch until it is reset
        }
        assert!(held.is_some());
        assert_eq!(addresses.len(), 2);

        let all: Vec<_> = data.batches(9).collect();
        let y: Vec<usize> = all.iter().flat_map(|b| b.y.to_vec()).collect();
        assert_eq!(y, Vec::from_iter(0..100));
    }

    #[test]
    #[should_panic(expected = "a batch of 0 examples")]
    fn batches_of_nothing() {
        let _ = numbered(3).batches(0);
    }
}
