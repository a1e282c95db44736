//! Consecutive windows of a sequence, in parallel streams, for networks with a state.

use super::error::{DataError, DataErrorKind, Result};
use std::ops::Range;
use tape::Indices;

/// A sequence of classes cut into parallel streams that are read window by window.
///
/// The sequence is cut into `batch` streams of the same length, one behind the other. Row `b` of a
/// window is the next `steps` classes of stream `b`, so that it goes on where row `b` of the window
/// before ended: the state that a recurrent network had there is the state that it starts with.
/// Targets are the classes that come next. The last window is shorter if need be, and what does not
/// fill a position of every stream is left out.
///
/// ```
/// use nn::data::Streams;
///
/// let sequence = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]; // two streams of 5, and their targets
/// let windows: Vec<_> = Streams::new(&sequence, 2, 3)?.collect();
/// assert_eq!(windows[0].x.as_slice(), [0, 1, 2, /* and */ 5, 6, 7]);
/// assert_eq!(windows[0].y.as_slice(), [1, 2, 3, /* and */ 6, 7, 8]);
/// assert_eq!(windows[1].x.as_slice(), [3, 4, /* and */ 8, 9]); // where the first window ended
/// assert!(windows[0].first && !windows[1].first);
/// # Ok::<(), nn::data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Streams<'a> {
    sequence: &'a [usize],
    batch: usize,
    steps: usize,
    /// The positions of a stream that are still to come.
    rest: Range<usize>,
    /// The length of a stream.
    length: usize,
}

/// A part of each stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The classes read, `[batch, steps]`.
    pub x: Indices,
    /// The class that follows each, `[batch, steps]`.
    pub y: Indices,
    /// Whether it is the first one: the state starts anew.
    pub first: bool,
}

impl<'a> Streams<'a> {
    /// `batch` streams of a sequence, in windows of `steps`.
    ///
    /// # Errors
    /// If there is no stream or no step, or the sequence is too short for one position of each
    /// stream and a target.
    pub fn new(sequence: &'a [usize], batch: usize, steps: usize) -> Result<Streams<'a>> {
        if batch == 0 || steps == 0 {
            let message = format!("{batch} streams of {steps} steps: at least one of each");
            return Err(DataError::new(DataErrorKind::Option, message));
        }
        let length = sequence.len().saturating_sub(1) / batch;
        if length == 0 {
            let message = format!(
                "a sequence of length {} for {batch} streams: at least {} are needed, one for each stream and a target",
                sequence.len(),
                batch.saturating_add(1)
            );
            return Err(DataError::new(DataErrorKind::Shape, message));
        }
        Ok(Streams {
            sequence,
            batch,
            steps,
            rest: 0..length,
            length,
        })
    }

    /// Without the last window if it is shorter than the others.
    #[must_use]
    pub fn drop_last(mut self) -> Streams<'a> {
        self.rest.end -= self.rest.len() % self.steps;
        self
    }

    /// The positions of a window in all streams, `ahead` of them by 0 or 1.
    fn window(&self, range: &Range<usize>, ahead: usize) -> Indices {
        let starts = (0..self.batch).map(|stream| stream * self.length + range.start + ahead);
        let rows = starts.flat_map(|start| &self.sequence[start..start + range.len()]);
        let positions: Vec<usize> = rows.copied().collect();
        Indices::new(&[self.batch, range.len()], positions).expect("a row for each stream")
    }
}

impl Iterator for Streams<'_> {
    type Item = Window;

    fn next(&mut self) -> Option<Window> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self
            .rest
            .start
            .saturating_add(self.steps)
            .min(self.rest.end);
        let range = self.rest.start..end;
        self.rest.start = end;
        Some(Window {
            x: self.window(&range, 0),
            y: self.window(&range, 1),
            first: range.start == 0,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.rest.len().div_ceil(self.steps);
        (count, Some(count))
    }
}

impl ExactSizeIterator for Streams<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_rows_of_all_windows_are_the_streams(
            length in 2_usize..200, batch in 1_usize..9, steps in 1_usize..30,
        ) {
            prop_assume!(length > batch);
            let sequence = Vec::from_iter(0..length);
            let streams = Streams::new(&sequence, batch, steps).unwrap();
            let long = (length - 1) / batch;
            prop_assert_eq!(streams.len(), long.div_ceil(steps));
            let full = streams.clone().drop_last();
            prop_assert_eq!(full.len(), long / steps);
            prop_assert!(full.into_iter().all(|window| *window.x.shape() == [batch, steps]));
            let mut read = vec![Vec::new(); batch];
            for (k, window) in streams.enumerate() {
                prop_assert_eq!(window.first, k == 0);
                let width = window.x.shape()[1];
                let pairs = window.x.as_slice().iter().zip(window.y.as_slice());
                for (i, (x, y)) in pairs.enumerate() {
                    prop_assert_eq!(x + 1, *y);
                    read[i / width].push(*x);
                }
            }
            prop_assert_eq!(read.concat(), &sequence[..long * batch]);
        }
    }

    #[test]
    fn too_short_a_sequence_and_no_streams() {
        for (length, batch, steps, kind) in [
            (5, 0, 3, DataErrorKind::Option),
            (5, 3, 0, DataErrorKind::Option),
            (5, 5, 3, DataErrorKind::Shape),
            (0, 1, 1, DataErrorKind::Shape),
            (5, usize::MAX, usize::MAX, DataErrorKind::Shape),
        ] {
            let error = Streams::new(&vec![0; length], batch, steps).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
        }
        assert_eq!(Streams::new(&[1, 2], 1, usize::MAX).unwrap().count(), 1);
    }
}
