//! The stream that operations are recorded into.
//!
//! Each thread has one *current* recording, whose cursor (where the next node goes)
//! lives in thread-local cells, so that an operator is a few loads, one range check per
//! operand, one capacity check and a store. Everything else happens off that path, in
//! `operate.rs`: constants, growth, handles of another recording.
//!
//! A handle is a `u64` id that is never used twice in a process: a recording takes a
//! block of ids from one counter, and a reset goes on in its block. So `id - base < len`
//! says that a handle belongs to the current recording *as it stands now*; a stale or
//! foreign handle misses, and the slow path finds its owner or panics at the caller's line.
//!
//! This module and the sweep in `pull.rs` hold the crate's `unsafe` code.

mod cursor;
mod operate;
mod scopes;
mod store;

use crate::graph::{Form, Line, Row};
use crate::guard::Guards;
use crate::op::Op;
use crate::tensor::Arrays;
use crate::var::Var;
use cursor::{Cursor, NOWHERE, current, write};
use operate::lost_handle;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::panic::Location;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

pub(crate) use operate::{
    common_owner, guard, record_input, record_inputs, record_list, record_one, record_two,
    try_common_owner,
};
pub(crate) use scopes::{Recorded, ScopeId};
pub(crate) use store::Store;

/// A recorded operation: its row and its value, 24 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) value: f64,
    pub(crate) row: Row,
}

const _: () = assert!(size_of::<Node>() == 24);

/// How a recording behaves, chosen when it is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) lines: bool,
    pub(crate) guards: Guards,
    /// Whether an operation recorded twice is one node.
    pub(crate) shared: bool,
    pub(crate) node_cap: usize,
    /// Within how many regions without gradient the recording is.
    pub(crate) cut: u32,
}

impl Settings {
    /// For drivers: as fast as can be.
    pub(crate) const BARE: Settings = Settings {
        lines: false,
        guards: Guards::Off,
        shared: false,
        node_cap: MOST_NODES,
        cut: 0,
    };
}

impl Settings {
    /// Whether no node may take the fast path.
    fn every_node_is_slow(&self) -> bool {
        self.shared || self.cut > 0
    }
}

/// A stream of nodes with what is known about them.
pub(crate) struct Recording {
    /// The cursor while this recording is not the current one.
    parked: Cell<Cursor>,
    /// Whether a reset has more to forget than plain nodes.
    littered: Cell<bool>,
    /// The first id behind this recording's block.
    block_end: Cell<u64>,
    store: RefCell<Store>,
}

/// The most nodes that one recording may hold, unless told a smaller number.
pub(crate) const MOST_NODES: usize = u32::MAX as usize - 1;

/// Ids handed out to one recording at a time. The first block is left out: id 0 is a constant.
const BLOCK: u64 = 1 << 40;
static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);
/// What is left of the blocks of recordings that are gone, so that only nodes use up ids, and
/// not the opening of tapes or the coming and going of threads.
static LEFT_OVER: Mutex<Vec<Range<u64>>> = Mutex::new(Vec::new());

/// Ids that nobody has had, enough for a full recording.
fn fresh_ids() -> Range<u64> {
    let mut left_over = LEFT_OVER.lock().unwrap_or_else(PoisonError::into_inner);
    left_over.pop().unwrap_or_else(|| {
        let block = NEXT_BLOCK.fetch_add(1, Ordering::Relaxed);
        let start = block
            .checked_mul(BLOCK)
            .expect("a process records fewer than 2^64 nodes");
        start..start.saturating_add(BLOCK)
    })
}

impl Drop for Recording {
    fn drop(&mut self) {
        let cursor = self.parked.get();
        let unused = cursor.base.wrapping_add(cursor.length)..self.block_end.get();
        if cursor.base != NOWHERE.base
            && unused.end.saturating_sub(unused.start) > 2 * MOST_NODES as u64
        {
            LEFT_OVER
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(unused);
        }
    }
}

thread_local! {
    /// The recordings that are open on this thread, oldest first.
    static OPEN: RefCell<Vec<Rc<Recording>>> = const { RefCell::new(Vec::new()) };
    /// Closed recordings whose memory waits to be used again.
    static IDLE: RefCell<Vec<Rc<Recording>>> = const { RefCell::new(Vec::new()) };
}

/// How many closed recordings a thread keeps, and how many nodes each may have room for.
const IDLE_RECORDINGS: usize = 4;
const IDLE_NODES: usize = 1 << 22;

impl Recording {
    /// Opens a recording on this thread, with reused memory if some is idle, and makes it current.
    pub(crate) fn open(title: &'static str, settings: Settings) -> Rc<Recording> {
        let recording = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            Rc::new(Recording {
                parked: Cell::new(NOWHERE),
                littered: Cell::new(false),
                block_end: Cell::new(0),
                store: RefCell::new(Store::new(title, settings)),
            })
        });
        {
            let mut store = recording.store.borrow_mut();
            store.settings = settings;
            store.title = title;
        }
        recording.reset_slow();
        OPEN.with_borrow_mut(|open| open.push(Rc::clone(&recording)));
        recording.activate();
        recording
    }

    /// Closes the recording: its handles are stale from here on, its memory may be reused.
    pub(crate) fn close(self: &Rc<Self>) {
        self.reset();
        self.park();
        // A thread that is going away has no tables left to keep.
        let _ = OPEN.try_with(|open| {
            let mut open = open.borrow_mut();
            open.retain(|other| !Rc::ptr_eq(other, self));
            if let Some(last) = open.last() {
                last.activate();
            }
        });
        let _ = IDLE.try_with(|idle| {
            let mut idle = idle.borrow_mut();
            if idle.len() < IDLE_RECORDINGS && self.store.borrow().nodes.capacity() <= IDLE_NODES {
                idle.push(Rc::clone(self));
            }
        });
    }

    /// Makes this the thread's current recording.
    pub(crate) fn activate(&self) {
        let current = current();
        if !std::ptr::eq(current.owner.get(), self) {
            current.park();
            current.load(self.parked.get(), self);
        }
    }

    /// If this is the current recording, puts its cursor away and leaves the thread without one.
    fn park(&self) {
        if std::ptr::eq(current().owner.get(), self) {
            current().park();
        }
    }

    /// The cursor, wherever it is kept at the moment.
    fn cursor(&self) -> Cursor {
        let current = current();
        if std::ptr::eq(current.owner.get(), self) {
            current.cursor()
        } else {
            self.parked.get()
        }
    }

    /// Puts a changed cursor where it is kept at the moment.
    fn set_cursor(&self, cursor: Cursor) {
        let current = current();
        if std::ptr::eq(current.owner.get(), self) {
            current.load(cursor, self);
        } else {
            self.parked.set(cursor);
        }
    }

    /// Forgets every node, in constant time for plain nodes; handles to them are stale from here on.
    #[inline]
    pub(crate) fn reset(&self) {
        let current = current();
        let base = current.base.get().wrapping_add(current.length.get());
        let goes_on = std::ptr::eq(current.owner.get(), self) && !self.littered.get();
        if goes_on && base.wrapping_add(MOST_NODES as u64) < self.block_end.get() {
            current.base.set(base);
            current.length.set(0);
        } else {
            self.reset_slow();
        }
    }

    #[inline(never)]
    fn reset_slow(&self) {
        let mut cursor = self.cursor();
        let mut store = self.store.borrow_mut();
        store.clear();
        self.littered.set(store.settings.every_node_is_slow());
        cursor.base = cursor.base.wrapping_add(cursor.length);
        if cursor.base.wrapping_add(MOST_NODES as u64) >= self.block_end.get() {
            let ids = fresh_ids();
            cursor.base = ids.start;
            self.block_end.set(ids.end);
        }
        cursor.length = 0;
        store.place(&mut cursor);
        drop(store);
        self.set_cursor(cursor);
    }

    /// The number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.cursor().length as usize
    }

    /// Id of the first node.
    pub(crate) fn base(&self) -> u64 {
        self.cursor().base
    }

    /// The place of a handle's node in this recording, if it belongs here.
    pub(crate) fn index(&self, var: Var) -> Option<u32> {
        let cursor = self.cursor();
        let index = var.id.wrapping_sub(cursor.base);
        (index < cursor.length).then_some(index as u32)
    }

    /// The handle of a node.
    pub(crate) fn handle(&self, index: u32) -> Var {
        Var {
            value: self.node(index).value,
            id: self.base() + u64::from(index),
        }
    }

    /// One node, copied.
    pub(crate) fn node(&self, index: u32) -> Node {
        self.with(|nodes, _| nodes[index as usize])
    }

    /// Looks at the nodes and the operand lists. Nothing may be recorded here meanwhile.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&[Node], &Store) -> T) -> T {
        let cursor = self.cursor();
        let store = self.store.borrow();
        let length = cursor.length as usize;
        let nodes: &[Node] = if length == 0 {
            &[]
        } else {
            // SAFETY: the first `length` nodes of the store's memory were written by `write`, and
            // the memory can only move under `borrow_mut` of the store (`make_room`), which the
            // shared borrow held here forbids. `look` is this crate's own code: it neither
            // records here nor resets.
            unsafe { std::slice::from_raw_parts(cursor.nodes, length) }
        };
        look(nodes, &store)
    }

    /// Works with the arrays of this recording. Nothing may be recorded here meanwhile.
    pub(crate) fn with_arrays<T>(&self, work: impl FnOnce(&mut Arrays) -> T) -> T {
        work(&mut self.store.borrow_mut().arrays)
    }

    /// Whether an array was recorded since the last reset.
    pub(crate) fn has_arrays(&self) -> bool {
        self.store.borrow().arrays.any
    }

    /// Looks at the nodes and the operand lists, and works with the arrays. Nothing may be
    /// recorded here meanwhile.
    pub(crate) fn with_nodes_and_arrays<T>(
        &self,
        work: impl FnOnce(&[Node], &[u32], &mut Arrays) -> T,
    ) -> T {
        self.with_store(|nodes, store| work(nodes, &store.lists, &mut store.arrays))
    }

    /// Looks at the nodes, and works with what is kept beside them. Nothing may be recorded here
    /// meanwhile.
    pub(crate) fn with_store<T>(&self, work: impl FnOnce(&[Node], &mut Store) -> T) -> T {
        let cursor = self.cursor();
        let store = &mut *self.store.borrow_mut();
        let length = cursor.length as usize;
        let nodes: &[Node] = if length == 0 {
            &[]
        } else {
            // SAFETY: as in `with`: the memory can only move in `make_room`, which is private to
            // recording, as are the nodes in the store: `work` gets at other parts of it alone.
            unsafe { std::slice::from_raw_parts(cursor.nodes, length) }
        };
        work(nodes, store)
    }

    /// Records a node. The row of a leaf or a list points at itself, whatever it says.
    #[track_caller]
    pub(crate) fn record(&self, mut row: Row, value: f64) -> Var {
        let current = current();
        if !std::ptr::eq(current.owner.get(), self) || !current.has_room() {
            self.activate();
            return self.append(row, value);
        }
        if matches!(row.form, Form::Leaf | Form::List) {
            row.first = current.length.get() as u32;
        }
        current.push(row, value, Location::caller())
    }

    /// Works with the current recording, if all of `vars` but plain numbers are of it, and one is.
    pub(crate) fn if_current<V>(
        vars: impl Iterator<Item = Var>,
        work: impl FnOnce(&Recording) -> V,
    ) -> Option<V> {
        let current = current();
        let mut any = false;
        for var in vars {
            if !var.is_constant() {
                if current.index(var) >= current.length.get() {
                    return None;
                }
                any = true;
            }
        }
        // SAFETY: as in `with_owner`: a cursor of positive length belongs to an open recording,
        // which `OPEN` holds; `work` is this crate's own code and closes none.
        any.then(|| work(unsafe { &*current.owner.get() }))
    }

    /// Records a node on the current recording, which must be an open one.
    #[track_caller]
    pub(crate) fn record_here(mut row: Row, value: f64) -> Var {
        let current = current();
        if current.has_room() {
            if matches!(row.form, Form::Leaf | Form::List) {
                row.first = current.length.get() as u32;
            }
            return current.push(row, value, Location::caller());
        }
        let is_current =
            |open: &&Rc<Recording>| std::ptr::eq(Rc::as_ptr(open), current.owner.get());
        let owner = OPEN.with_borrow(|open| open.iter().rev().find(is_current).cloned());
        owner.expect("it is open").record(row, value)
    }

    /// Forgets what was recorded behind the first nodes, lists and scopes. No handle to it may be
    /// left: their ids will be given again.
    pub(crate) fn forget_behind(&self, nodes: u32, lists: usize, scopes: usize) {
        let mut cursor = self.cursor();
        let mut store = self.store.borrow_mut();
        store.lists.truncate(lists);
        store.scopes.truncate(scopes);
        cursor.length = u64::from(nodes);
        store.place(&mut cursor);
        drop(store);
        self.set_cursor(cursor);
    }

    /// The line that recorded a node, if lines are on.
    pub(crate) fn line(&self, index: u32) -> Option<Line> {
        let cursor = self.cursor();
        if cursor.lines.is_null() || u64::from(index) >= cursor.length {
            return None;
        }
        // SAFETY: `lines` has room for as many entries as `nodes`, and every node up to the
        // cursor was written together with its line since lines are switched on at a reset only.
        Some(unsafe { *cursor.lines.add(index as usize) })
    }

    /// The name of a handle's node, if it has one.
    pub(crate) fn name_of(&self, var: Var) -> Option<String> {
        self.store
            .borrow()
            .names
            .get(&self.index(var)?)
            .map(|name| name.to_string())
    }

    /// Says that there is more than plain nodes for a reset to forget.
    pub(crate) fn litter(&self) {
        self.littered.set(true);
    }

    /// Names a node.
    pub(crate) fn name(&self, index: u32, name: &str) {
        self.littered.set(true);
        self.store.borrow_mut().names.insert(index, name.into());
    }

    /// Opens a scope: what is recorded until it is left belongs to it.
    pub(crate) fn enter(&self, name: &str, line: Line) -> ScopeId {
        self.littered.set(true);
        let node = self.len() as u32;
        let line = self.settings().lines.then_some(line);
        self.store.borrow_mut().scopes.enter(name, node, line)
    }

    /// Ends a scope.
    pub(crate) fn leave(&self, scope: ScopeId) {
        let node = self.len() as u32;
        self.store.borrow_mut().scopes.leave(scope, node);
    }

    /// Changes the settings, from the next reset on for lines.
    pub(crate) fn configure(&self, change: impl FnOnce(&mut Settings)) {
        let mut cursor = self.cursor();
        let mut store = self.store.borrow_mut();
        change(&mut store.settings);
        self.littered.set(true);
        store.place(&mut cursor);
        drop(store);
        self.set_cursor(cursor);
    }

    pub(crate) fn settings(&self) -> Settings {
        self.store.borrow().settings
    }

    /// The recordings that are open on this thread, oldest first.
    pub(crate) fn all_open() -> Vec<Rc<Recording>> {
        OPEN.with_borrow(Vec::clone)
    }

    /// The open recording of this thread that a handle belongs to.
    pub(crate) fn owner_of(var: Var) -> Option<Rc<Recording>> {
        OPEN.with_borrow(|open| open.iter().rev().find(|r| r.index(var).is_some()).cloned())
    }

    /// Hands the owner of a handle to `act`; a panic at the caller's line if there is none on this thread.
    #[inline]
    #[track_caller]
    pub(crate) fn with_owner<T>(var: Var, doing: &str, act: impl FnOnce(&Recording) -> T) -> T {
        let current = current();
        if current.index(var) < current.length.get() {
            // SAFETY: a cursor of positive length belongs to an open recording, which `OPEN`
            // holds; if `act` closes it, `close` holds an `Rc` of its own until it is done,
            // and a tape or session being closed by its owner is not inside this call.
            act(unsafe { &*current.owner.get() })
        } else {
            act(&Recording::expect_owner(var, doing))
        }
    }

    /// This recording, which is open, to be kept while code of the user's runs.
    pub(crate) fn opened(&self) -> Rc<Recording> {
        let this = |open: &&Rc<Recording>| std::ptr::eq(Rc::as_ptr(open), self);
        let open = OPEN.with_borrow(|open| open.iter().rev().find(this).cloned());
        open.expect("it is open")
    }

    /// The owner of a handle; a panic at the caller's line if there is none on this thread.
    #[track_caller]
    pub(crate) fn expect_owner(var: Var, doing: &str) -> Rc<Recording> {
        match Recording::owner_of(var) {
            Some(owner) => owner,
            // Not in a closure: the panic is to be at the caller's line.
            None => panic!("{}", lost_handle(var, doing)),
        }
    }

    /// Appends an operand list and answers where it starts.
    pub(crate) fn append_list(&self, operands: &[u32]) -> u32 {
        self.littered.set(true);
        self.store.borrow_mut().append_list(operands)
    }

    /// Records a node after making room for it. The recording must be current.
    ///
    /// In a region without gradient every result is cut off from its operands by a node behind it.
    #[track_caller]
    pub(crate) fn append(&self, row: Row, value: f64) -> Var {
        let node = self.append_node(row, value);
        if self.settings().cut == 0 || row.form == Form::Leaf || row.op == Op::Detach {
            return node;
        }
        let index = self.index(node).expect("just recorded");
        self.append_node(Row::detached(index, row.shape), value)
    }

    #[track_caller]
    fn append_node(&self, mut row: Row, value: f64) -> Var {
        let line = Location::caller();
        let mut cursor = self.cursor();
        let index = cursor.length as u32;
        let mut store = self.store.borrow_mut();
        if let Some(same) = store.same_row(&row) {
            drop(store);
            return self.handle(same);
        }
        if index as usize >= store.settings.node_cap {
            panic!(
                "{} is full: it holds its cap of {} nodes ({line})",
                store.title, store.settings.node_cap
            );
        }
        store.remember(row, index);
        store.make_room(&mut cursor, index as usize);
        if matches!(row.form, Form::Leaf | Form::List) {
            row.first = index;
        }
        // SAFETY: `make_room` left room for at least one node, and one line if lines are on.
        unsafe { write(cursor, index as usize, Node { value, row }, line) };
        let id = cursor.base + cursor.length;
        cursor.length += 1;
        store.place(&mut cursor);
        drop(store);
        self.set_cursor(cursor);
        Var { value, id }
    }
}
