//! Where the next node goes: the thread's cursor, and the one write that every operator makes.

use super::{Node, Recording};
use crate::graph::{Line, Row};
use crate::guard::Guards;
use crate::var::Var;
use std::cell::Cell;

/// Where the next node of a recording goes.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    /// Id of the first node.
    pub(super) base: u64,
    /// The number of nodes.
    pub(super) length: u64,
    /// The length at which recording must take the slow path.
    pub(super) limit: u64,
    /// Where the first node is stored.
    pub(super) nodes: *mut Node,
    /// Where the first node's line is stored; null if lines are off.
    pub(super) lines: *mut Line,
    /// Which reads of values leave a guard.
    pub(super) guards: Guards,
}

/// The cursor of no recording: every handle misses it.
pub(super) const NOWHERE: Cursor = Cursor {
    base: u64::MAX,
    length: 0,
    limit: 0,
    nodes: std::ptr::null_mut(),
    lines: std::ptr::null_mut(),
    guards: Guards::Off,
};

/// The cursor of the thread's current recording, each field in a cell of its own.
pub(super) struct Current {
    pub(super) base: Cell<u64>,
    pub(super) length: Cell<u64>,
    pub(super) limit: Cell<u64>,
    pub(super) nodes: Cell<*mut Node>,
    pub(super) lines: Cell<*mut Line>,
    pub(super) guards: Cell<Guards>,
    pub(super) owner: Cell<*const Recording>,
}

thread_local! {
    static CURRENT: Current = const {
        Current {
            base: Cell::new(NOWHERE.base),
            length: Cell::new(NOWHERE.length),
            limit: Cell::new(NOWHERE.limit),
            nodes: Cell::new(NOWHERE.nodes),
            lines: Cell::new(NOWHERE.lines),
            guards: Cell::new(NOWHERE.guards),
            owner: Cell::new(std::ptr::null()),
        }
    };
}

/// The thread's cursor. Fetched as a pointer, because `LocalKey::with` around a whole
/// operator is not inlined: two calls per operation.
#[inline(always)]
pub(super) fn current<'a>() -> &'a Current {
    let current = CURRENT.with(std::ptr::from_ref);
    // SAFETY: `CURRENT` is constant-initialised and has no destructor, so it is there for as
    // long as its thread runs; the reference cannot leave the thread (`Current` is not `Sync`).
    unsafe { &*current }
}

impl Current {
    pub(super) fn cursor(&self) -> Cursor {
        Cursor {
            base: self.base.get(),
            length: self.length.get(),
            limit: self.limit.get(),
            nodes: self.nodes.get(),
            lines: self.lines.get(),
            guards: self.guards.get(),
        }
    }

    pub(super) fn load(&self, cursor: Cursor, owner: *const Recording) {
        self.base.set(cursor.base);
        self.length.set(cursor.length);
        self.limit.set(cursor.limit);
        self.nodes.set(cursor.nodes);
        self.lines.set(cursor.lines);
        self.guards.set(cursor.guards);
        self.owner.set(owner);
    }

    /// Gives the cursor back to its recording, and leaves the thread without a current one.
    pub(super) fn park(&self) {
        let owner = self.owner.get();
        if !owner.is_null() {
            // SAFETY: a recording that is current is open (`close` parks it first), and `OPEN`
            // or the closing `Rc` keeps it alive.
            unsafe { (*owner).parked.set(self.cursor()) };
        }
        self.load(NOWHERE, std::ptr::null());
    }

    /// The place of a handle among the current nodes; at least their number if it is not there.
    #[inline(always)]
    pub(super) fn index(&self, var: Var) -> u64 {
        var.id.wrapping_sub(self.base.get())
    }

    /// Whether the next node can take the fast path.
    #[inline(always)]
    pub(super) fn has_room(&self) -> bool {
        self.length.get() != self.limit.get()
    }

    /// Whether so many nodes more can take the fast path.
    pub(super) fn has_room_for(&self, count: usize) -> bool {
        self.limit.get().saturating_sub(self.length.get()) >= count as u64
    }

    /// Records an input for each value, and answers their handles. The caller has checked
    /// `has_room_for` them.
    pub(super) fn push_inputs(&self, values: &[f64], line: Line) -> impl Iterator<Item = Var> {
        let (length, nodes, lines) = (self.length.get(), self.nodes.get(), self.lines.get());
        let first = length as usize;
        for (index, &value) in (first..).zip(values) {
            let row = Row::input(index as u32);
            // SAFETY: the memory has room up to the limit, and that is as far away as there are values.
            unsafe { nodes.add(index).write(Node { value, row }) };
        }
        if !lines.is_null() {
            for index in first..first + values.len() {
                // SAFETY: as above; there is room for as many lines as nodes.
                unsafe { lines.add(index).write(line) };
            }
        }
        self.length.set(length + values.len() as u64);
        let id = self.base.get() + length;
        values
            .iter()
            .zip(id..)
            .map(|(&value, id)| Var { value, id })
    }

    /// Records one node; the fast path of every operator. The caller has checked `has_room`.
    #[inline(always)]
    pub(super) fn push(&self, row: Row, value: f64, line: Line) -> Var {
        let length = self.length.get();
        let nodes = self.nodes.get();
        let lines = self.lines.get();
        // SAFETY: the length is not at the limit, so below it, and the memory has room up to the limit.
        unsafe {
            nodes.add(length as usize).write(Node { value, row });
            if !lines.is_null() {
                lines.add(length as usize).write(line);
            }
        }
        self.length.set(length + 1);
        Var {
            value,
            id: self.base.get() + length,
        }
    }
}

/// Writes node `index` behind a cursor.
///
/// # Safety
/// The cursor's memory must have room for that node, and for its line if lines are on.
pub(super) unsafe fn write(cursor: Cursor, index: usize, node: Node, line: Line) {
    // SAFETY: the caller's promise.
    unsafe {
        cursor.nodes.add(index).write(node);
        if !cursor.lines.is_null() {
            cursor.lines.add(index).write(line);
        }
    }
}
