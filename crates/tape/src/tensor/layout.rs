//! How an array lies in memory: shape, strides, element type.

use crate::element::ElementType;
use crate::shape::Shape;
use smallvec::SmallVec;
use std::sync::Arc;

/// Steps along each axis, in elements.
pub(crate) type Strides = SmallVec<[isize; 4]>;

/// How an array lies in memory, but for where it starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    pub(crate) element: ElementType,
    pub(crate) shape: Shape,
    pub(crate) strides: Strides,
}

impl Layout {
    /// Row-major without gaps.
    pub(crate) fn contiguous(shape: Shape, element: ElementType) -> Layout {
        let strides = row_major(&shape);
        Layout {
            element,
            shape,
            strides,
        }
    }
}

/// The strides of row-major order without gaps.
pub(crate) fn row_major(lengths: &[usize]) -> Strides {
    let mut strides = Strides::from_elem(0, lengths.len());
    let mut step = 1;
    for (stride, &length) in strides.iter_mut().zip(lengths).rev() {
        *stride = step;
        step *= length.max(1) as isize;
    }
    strides
}

/// The strides by which an array is looked at in another shape of as many elements, where no copy
/// is needed: where the axes that are merged lie one behind the other.
pub(crate) fn restrided(lengths: &[usize], strides: &[isize], to: &[usize]) -> Option<Strides> {
    let mut found = row_major(to);
    if lengths.contains(&0) {
        return Some(found);
    }
    // Axes of length 1 take no part: their strides say nothing.
    let real = |&axis: &usize| lengths[axis] != 1;
    let mut from = (0..lengths.len()).rev().filter(real).peekable();
    let mut axes = (0..to.len()).rev().filter(|&axis| to[axis] != 1);
    // From the end: take axes of either side until they hold equally many elements.
    while let Some(first) = axes.next() {
        let old = from.next()?;
        let (mut old_count, mut count) = (lengths[old], to[first]);
        let step = strides[old];
        found[first] = step;
        while old_count != count {
            if count < old_count {
                let axis = axes.next()?;
                found[axis] = step * count as isize;
                count *= to[axis];
            } else {
                let outer = from.next()?;
                if strides[outer] != step * old_count as isize {
                    return None;
                }
                old_count *= lengths[outer];
            }
        }
    }
    Some(found)
}

/// The number of a layout, as rows keep it. Number 0 is a scalar.
pub(crate) type LayoutId = u16;

/// The layouts of a recording, each kept once. They stay when it is reset: steps repeat.
#[derive(Clone)]
pub(crate) struct Layouts {
    list: Vec<Known>,
    /// Numbers of layouts at the places that their hashes lead to, or behind; 0 where there is none.
    /// A power of two long, and at most half full.
    table: Vec<LayoutId>,
}

#[derive(Clone)]
struct Known {
    layout: Arc<Layout>,
    /// The layout without gaps of the same shape.
    ordered: LayoutId,
    /// The number of elements, if they are few and lie without gaps; else 0.
    short: u8,
    hash: usize,
}

/// Up to this many elements an array is short: most of the time of an operation on it is spent on
/// finding out how its operands lie.
pub(super) const SHORT: usize = 16;

/// How many layouts are kept over a reset.
const KEPT: usize = 4096;
/// The most layouts that a recording may have: the top bit of a row's number says something else.
const MOST: usize = 1 << 15;

impl Layouts {
    pub(crate) fn new() -> Layouts {
        let mut layouts = Layouts {
            list: Vec::new(),
            table: Vec::new(),
        };
        layouts.clear();
        layouts
    }

    fn clear(&mut self) {
        let scalar = Layout::contiguous(Shape::scalar(), ElementType::F64);
        self.list.clear();
        self.list.push(Known {
            layout: Arc::new(scalar),
            ordered: 0,
            short: 0,
            hash: 0,
        });
        self.table.clear();
        self.table.resize(64, 0);
    }

    /// To be called when no row refers to a layout any more.
    pub(crate) fn reset(&mut self) {
        if self.list.len() > KEPT {
            self.clear();
        }
    }

    #[inline]
    pub(crate) fn get(&self, id: LayoutId) -> &Layout {
        &self.list[usize::from(id)].layout
    }

    /// A layout, to be kept beyond the recording.
    pub(crate) fn shared(&self, id: LayoutId) -> Arc<Layout> {
        Arc::clone(&self.list[usize::from(id)].layout)
    }

    /// The layout without gaps of the same shape.
    #[inline]
    pub(crate) fn ordered(&self, id: LayoutId) -> LayoutId {
        self.list[usize::from(id)].ordered
    }

    /// The number of elements of a short layout without gaps; 0 for any other.
    #[inline]
    pub(super) fn short(&self, id: LayoutId) -> usize {
        usize::from(self.list[usize::from(id)].short)
    }

    /// The number of the layout without gaps of a shape.
    pub(crate) fn contiguous(&mut self, element: ElementType, lengths: &[usize]) -> LayoutId {
        self.id(element, lengths, &row_major(lengths))
    }

    /// The number of a layout.
    ///
    /// # Panics
    /// If a recording has more than 32 767 different ones.
    pub(crate) fn id(
        &mut self,
        element: ElementType,
        lengths: &[usize],
        strides: &[isize],
    ) -> LayoutId {
        if lengths.is_empty() {
            return 0;
        }
        let hash = mixed(element, lengths, strides);
        let mut place = hash & (self.table.len() - 1);
        while self.table[place] != 0 {
            let id = self.table[place];
            let known = &self.list[usize::from(id)];
            let layout = &*known.layout;
            if known.hash == hash
                && layout.element == element
                && *layout.shape == *lengths
                && *layout.strides == *strides
            {
                return id;
            }
            place = (place + 1) & (self.table.len() - 1);
        }
        self.added(hash, element, lengths, strides)
    }

    #[cold]
    fn added(
        &mut self,
        hash: usize,
        element: ElementType,
        lengths: &[usize],
        strides: &[isize],
    ) -> LayoutId {
        let ordered = row_major(lengths);
        let ordered = (*ordered != *strides).then(|| self.id(element, lengths, &ordered));
        assert!(
            self.list.len() < MOST,
            "a recording holds arrays of at most {MOST} different shapes"
        );
        let id = self.list.len() as LayoutId;
        let shape = Shape::trusted(lengths.iter().copied());
        let is_short = ordered.is_none() && shape.count() <= SHORT;
        self.list.push(Known {
            ordered: ordered.unwrap_or(id),
            short: if is_short { shape.count() as u8 } else { 0 },
            hash,
            layout: Arc::new(Layout {
                element,
                shape,
                strides: Strides::from_slice(strides),
            }),
        });
        if self.list.len() * 2 > self.table.len() {
            let room = self.table.len() * 2;
            self.table.clear();
            self.table.resize(room, 0);
            for id in 1..id {
                self.place(id);
            }
        }
        self.place(id);
        id
    }

    /// Enters a layout into the table.
    fn place(&mut self, id: LayoutId) {
        let mask = self.table.len() - 1;
        let mut place = self.list[usize::from(id)].hash & mask;
        while self.table[place] != 0 {
            place = (place + 1) & mask;
        }
        self.table[place] = id;
    }
}

/// Mixes a few words well enough for a table; the standard hasher takes longer than a small operation.
fn mixed(element: ElementType, lengths: &[usize], strides: &[isize]) -> usize {
    // Fibonacci hashing: the golden ratio spreads near numbers far apart.
    let mix =
        |mixed: u64, word: u64| (mixed.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut mixed = mix(element as u64 + 1, lengths.len() as u64);
    for (&length, &stride) in lengths.iter().zip(strides) {
        mixed = mix(mix(mixed, length as u64), stride as u64);
    }
    (mixed ^ mixed >> 29) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_has_one_number_however_many_there_are() {
        let mut layouts = Layouts::new();
        let mut ids = Vec::new();
        for round in 0..2 {
            for n in 1..1000_usize {
                for (element, stride) in [(ElementType::F64, 1), (ElementType::F32, -2)] {
                    let id = layouts.id(element, &[n, 3], &[3, stride]);
                    let layout = layouts.get(id);
                    assert_eq!((layout.element, layout.strides[1]), (element, stride));
                    assert_eq!(layout.shape, [n, 3]);
                    assert_eq!(layouts.ordered(id), layouts.contiguous(element, &[n, 3]));
                    assert!(round == 1 || !ids.contains(&id));
                    ids.push(id);
                }
            }
        }
        assert_eq!(ids[..ids.len() / 2], ids[ids.len() / 2..]);
        assert_eq!(layouts.contiguous(ElementType::F32, &[]), 0);
        assert_eq!(layouts.get(0).shape, Shape::scalar());
    }

    #[test]
    fn another_shape_needs_no_copy_where_merged_axes_lie_in_a_row() {
        let look = |lengths: &[usize], strides: &[isize], to: &[usize]| {
            restrided(lengths, strides, to).map(|strides| strides.to_vec())
        };
        // A matrix, its transpose, every second column of it.
        assert_eq!(look(&[4, 6], &[6, 1], &[24]), Some(vec![1]));
        assert_eq!(look(&[6, 4], &[1, 6], &[24]), None);
        assert_eq!(
            look(&[6, 4], &[1, 6], &[2, 3, 2, 2]),
            Some(vec![3, 1, 12, 6])
        );
        assert_eq!(look(&[4, 3], &[6, 2], &[12]), Some(vec![2]));
        assert_eq!(look(&[4, 3], &[6, 2], &[2, 6]), Some(vec![12, 2]));
        assert_eq!(look(&[4, 2], &[6, 1], &[8]), None);
        // Two axes become two others, between the old limits.
        assert_eq!(look(&[4, 6], &[6, 1], &[3, 8]), Some(vec![8, 1]));
        assert_eq!(look(&[2, 6], &[12, 1], &[3, 4]), None);
        // Axes of length 1 come and go; a repeated number stays one.
        assert_eq!(look(&[1, 3], &[99, 5], &[3]), Some(vec![5]));
        assert_eq!(look(&[3], &[-2], &[1, 3, 1]).unwrap()[1], -2);
        assert_eq!(look(&[2, 3], &[0, 0], &[6]), Some(vec![0]));
        assert_eq!(look(&[2, 3], &[0, 1], &[6]), None);
        assert_eq!(look(&[1], &[7], &[]), Some(vec![]));
        assert_eq!(look(&[0, 3], &[3, 1], &[0]), Some(vec![1]));
    }
}
