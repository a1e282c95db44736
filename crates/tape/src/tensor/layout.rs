//! How an array lies in memory: shape, strides, element type.

use crate::element::ElementType;
use crate::kernel::is_contiguous;
use crate::shape::Shape;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
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

    pub(crate) fn is_contiguous(&self) -> bool {
        is_contiguous(&self.shape, &self.strides)
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

/// The number of a layout, as rows keep it. Number 0 is a scalar.
pub(crate) type LayoutId = u16;

/// The layouts of a recording, each kept once. They stay when it is reset: steps repeat.
pub(crate) struct Layouts {
    /// Each with the number of the layout without gaps of the same shape.
    list: Vec<(Arc<Layout>, LayoutId)>,
    ids: HashMap<Layout, LayoutId, BuildHasherDefault<Mix>>,
}

/// How many layouts are kept over a reset.
const KEPT: usize = 4096;
/// The most layouts that a recording may have: the top bit of a row's number says something else.
const MOST: usize = 1 << 15;

impl Layouts {
    pub(crate) fn new() -> Layouts {
        let mut layouts = Layouts {
            list: Vec::new(),
            ids: HashMap::default(),
        };
        layouts.clear();
        layouts
    }

    fn clear(&mut self) {
        self.list.clear();
        self.ids.clear();
        self.id(Layout::contiguous(Shape::scalar(), ElementType::F64));
    }

    /// To be called when no row refers to a layout any more.
    pub(crate) fn reset(&mut self) {
        if self.list.len() > KEPT {
            self.clear();
        }
    }

    pub(crate) fn get(&self, id: LayoutId) -> &Layout {
        &self.list[usize::from(id)].0
    }

    /// A layout, to be kept beyond the recording.
    pub(crate) fn shared(&self, id: LayoutId) -> Arc<Layout> {
        Arc::clone(&self.list[usize::from(id)].0)
    }

    /// The layout without gaps of the same shape.
    pub(crate) fn ordered(&self, id: LayoutId) -> LayoutId {
        self.list[usize::from(id)].1
    }

    /// The number of a layout.
    ///
    /// # Panics
    /// If a recording has more than 32 767 different ones.
    pub(crate) fn id(&mut self, layout: Layout) -> LayoutId {
        if layout.shape.rank() == 0 && !self.list.is_empty() {
            return 0;
        }
        if let Some(&id) = self.ids.get(&layout) {
            return id;
        }
        let ordered = Layout::contiguous(layout.shape.clone(), layout.element);
        let ordered = (ordered != layout).then(|| self.id(ordered));
        assert!(
            self.list.len() < MOST,
            "a recording holds arrays of at most {MOST} different shapes"
        );
        let id = self.list.len() as LayoutId;
        self.list
            .push((Arc::new(layout.clone()), ordered.unwrap_or(id)));
        self.ids.insert(layout, id);
        id
    }
}

/// Mixes a few words well enough for a table; the standard hasher takes longer than a small operation.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
    fn write_u64(&mut self, word: u64) {
        // Fibonacci hashing: the golden ratio spreads near numbers far apart.
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }
}
