//! The memory of a recording.

use super::cursor::Cursor;
use super::scopes::Scopes;
use super::{Node, Settings};
use crate::graph::{Line, Row};
use crate::guard::Guard;
use crate::op::Op;
use crate::tensor::Arrays;
use std::collections::HashMap;

/// The memory of a recording, and all that is not needed to record one more node.
pub(crate) struct Store {
    /// Room for nodes. The vector's own length is not kept up; the cursor's is.
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Line>,
    pub(super) settings: Settings,
    /// What a panic calls this recording.
    pub(crate) title: &'static str,
    /// Operand lists: a length, then that many operands, for each list row.
    pub(crate) lists: Vec<u32>,
    pub(crate) names: HashMap<u32, Box<str>>,
    pub(crate) scopes: Scopes,
    pub(crate) guards: Vec<Guard>,
    pub(crate) arrays: Arrays,
    /// In a shared recording, the node of each row and the place of each operand list.
    pub(super) seen: HashMap<Row, u32>,
    pub(super) seen_lists: HashMap<Box<[u32]>, u32>,
}

impl Store {
    pub(super) fn new(title: &'static str, settings: Settings) -> Store {
        Store {
            nodes: Vec::new(),
            lines: Vec::new(),
            settings,
            title,
            lists: Vec::new(),
            names: HashMap::new(),
            scopes: Scopes::default(),
            guards: Vec::new(),
            arrays: Arrays::new(),
            seen: HashMap::new(),
            seen_lists: HashMap::new(),
        }
    }

    /// Forgets everything but the memory itself.
    pub(super) fn clear(&mut self) {
        self.lists.clear();
        self.names.clear();
        self.scopes.clear();
        self.guards.clear();
        self.arrays.clear();
        self.seen.clear();
        self.seen_lists.clear();
    }

    /// Appends an operand list and answers where it starts.
    pub(crate) fn append_list(&mut self, operands: &[u32]) -> u32 {
        if self.settings.shared
            && let Some(&same) = self.seen_lists.get(operands)
        {
            return same;
        }
        let lists = &mut self.lists;
        let start = u32::try_from(lists.len())
            .expect("operand lists of a recording hold fewer than 2^32 entries");
        lists.push(operands.len() as u32);
        lists.extend_from_slice(operands);
        if self.settings.shared {
            self.seen_lists.insert(operands.into(), start);
        }
        start
    }

    /// In a shared recording, the node that this row has already.
    pub(super) fn same_row(&self, row: &Row) -> Option<u32> {
        self.settings
            .shared
            .then(|| self.seen.get(row).copied())
            .flatten()
    }

    /// In a shared recording, keeps the node of a row to be found again. Inputs are all different.
    pub(super) fn remember(&mut self, row: Row, index: u32) {
        if self.settings.shared && row.op != Op::Input {
            self.seen.insert(row, index);
        }
    }

    /// Points a cursor at this memory.
    pub(super) fn place(&mut self, cursor: &mut Cursor) {
        let length = cursor.length as usize;
        let room = self.nodes.capacity().min(self.settings.node_cap);
        if self.settings.lines && (length == 0 || !cursor.lines.is_null()) {
            self.lines.reserve(self.nodes.capacity());
            cursor.lines = self.lines.as_mut_ptr();
        } else {
            cursor.lines = std::ptr::null_mut();
        }
        cursor.nodes = self.nodes.as_mut_ptr();
        cursor.guards = self.settings.guards;
        cursor.limit = if self.settings.every_node_is_slow() {
            cursor.length
        } else {
            room as u64
        };
    }

    /// Makes room for one node behind the first `length`, doubling the memory.
    pub(super) fn make_room(&mut self, cursor: &mut Cursor, length: usize) {
        if length < self.nodes.capacity() {
            return;
        }
        // SAFETY: the first `length` nodes, and lines if they are on, are written and `Copy`;
        // the length is set so that growing carries them over.
        unsafe {
            self.nodes.set_len(length);
            if !cursor.lines.is_null() {
                self.lines.set_len(length);
            }
        }
        self.nodes.reserve_exact(length.max(1024));
        if !cursor.lines.is_null() {
            let room = self.nodes.capacity();
            self.lines.reserve_exact(room - length);
        }
        // SAFETY: shrinking a length of `Copy` elements to 0.
        unsafe {
            self.nodes.set_len(0);
            self.lines.set_len(0);
        }
        self.place(cursor);
    }
}
