//! The stream that operations are recorded into.
//!
//! Each thread has one *current* recording, whose cursor (where the next node goes)
//! lives in thread-local cells, so that an operator is a few loads, one range check per
//! operand, one capacity check and a store. Everything else happens off that path, in
//! [`record_slow`] and its like: constants, growth, handles of another recording.
//!
//! A handle is a `u64` id that is never used twice in a process: a recording takes a
//! block of ids from one counter, and a reset goes on in its block. So `id - base < len`
//! says that a handle belongs to the current recording *as it stands now*; a stale or
//! foreign handle misses, and the slow path finds its owner or panics at the caller's line.
//!
//! This file and the sweep in `pull.rs` hold the crate's `unsafe` code.

use crate::graph::{Form, Row};
use crate::guard::{Guard, Guards};
use crate::op::Op;
use crate::var::Var;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::Location;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A recorded operation: its row and its value, 24 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) value: f64,
    pub(crate) row: Row,
}

const _: () = assert!(size_of::<Node>() == 24);

/// A line of the user's code.
pub(crate) type Line = &'static Location<'static>;

/// Ids handed out to one recording at a time. The first block is left out: id 0 is a constant.
const BLOCK: u64 = 1 << 40;
static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);

/// The most nodes that one recording may hold, unless told a smaller number.
pub(crate) const MOST_NODES: usize = u32::MAX as usize - 1;

/// Where the next node of a recording goes.
#[derive(Clone, Copy)]
struct Cursor {
    /// Id of the first node.
    base: u64,
    /// The number of nodes.
    length: u64,
    /// The length at which recording must take the slow path.
    limit: u64,
    /// Where the first node is stored.
    nodes: *mut Node,
    /// Where the first node's line is stored; null if lines are off.
    lines: *mut Line,
    /// Which reads of values leave a guard.
    guards: Guards,
}

/// The cursor of no recording: every handle misses it.
const NOWHERE: Cursor = Cursor {
    base: u64::MAX,
    length: 0,
    limit: 0,
    nodes: std::ptr::null_mut(),
    lines: std::ptr::null_mut(),
    guards: Guards::Off,
};

/// The cursor of the thread's current recording, each field in a cell of its own.
struct Current {
    base: Cell<u64>,
    length: Cell<u64>,
    limit: Cell<u64>,
    nodes: Cell<*mut Node>,
    lines: Cell<*mut Line>,
    guards: Cell<Guards>,
    owner: Cell<*const Recording>,
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
    /// The recordings that are open on this thread, oldest first.
    static OPEN: RefCell<Vec<Rc<Recording>>> = const { RefCell::new(Vec::new()) };
    /// Closed recordings whose memory waits to be used again.
    static IDLE: RefCell<Vec<Rc<Recording>>> = const { RefCell::new(Vec::new()) };
}

/// How many closed recordings a thread keeps, and how many nodes each may have room for.
const IDLE_RECORDINGS: usize = 4;
const IDLE_NODES: usize = 1 << 22;

/// How a recording behaves, chosen when it is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) lines: bool,
    pub(crate) guards: Guards,
    /// Whether an operation recorded twice is one node.
    pub(crate) shared: bool,
    pub(crate) node_cap: usize,
}

impl Settings {
    /// For drivers: as fast as can be.
    pub(crate) const BARE: Settings =
        Settings { lines: false, guards: Guards::Off, shared: false, node_cap: MOST_NODES };
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

/// The memory of a recording, and all that is not needed to record one more node.
pub(crate) struct Store {
    /// Room for nodes. The vector's own length is not kept up; the cursor's is.
    nodes: Vec<Node>,
    lines: Vec<Line>,
    settings: Settings,
    /// What a panic calls this recording.
    pub(crate) title: &'static str,
    /// Operand lists: a length, then that many operands, for each list row.
    pub(crate) lists: Vec<u32>,
    pub(crate) names: HashMap<u32, Box<str>>,
    pub(crate) guards: Vec<Guard>,
    /// In a shared recording, the node of each row and the place of each operand list.
    seen: HashMap<Row, u32>,
    seen_lists: HashMap<Box<[u32]>, u32>,
}

impl Recording {
    /// Opens a recording on this thread, with reused memory if some is idle, and makes it current.
    pub(crate) fn open(title: &'static str, settings: Settings) -> Rc<Recording> {
        let recording = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            Rc::new(Recording {
                parked: Cell::new(NOWHERE),
                littered: Cell::new(false),
                block_end: Cell::new(0),
                store: RefCell::new(Store {
                    nodes: Vec::new(),
                    lines: Vec::new(),
                    settings,
                    title,
                    lists: Vec::new(),
                    names: HashMap::new(),
                    guards: Vec::new(),
                    seen: HashMap::new(),
                    seen_lists: HashMap::new(),
                }),
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
        if std::ptr::eq(current.owner.get(), self) { current.cursor() } else { self.parked.get() }
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
        store.lists.clear();
        store.names.clear();
        store.guards.clear();
        store.seen.clear();
        store.seen_lists.clear();
        self.littered.set(store.settings.shared);
        cursor.base = cursor.base.wrapping_add(cursor.length);
        if cursor.base.wrapping_add(MOST_NODES as u64) >= self.block_end.get() {
            let block = NEXT_BLOCK.fetch_add(1, Ordering::Relaxed);
            cursor.base = block * BLOCK;
            self.block_end.set(cursor.base + BLOCK);
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
        Var { value: self.node(index).value, id: self.base() + u64::from(index) }
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
        // SAFETY: the first `length` nodes of the store's memory were written by `write`, and
        // the memory can only move or be handed on under `borrow_mut` of the store (growth in
        // `make_room`, `reset` in `place`), which the shared borrow held here forbids. A node
        // recorded by `look` all the same goes behind the slice, or panics on that borrow.
        let nodes: &[Node] =
            if length == 0 { &[] } else { unsafe { std::slice::from_raw_parts(cursor.nodes, length) } };
        look(nodes, &store)
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
        self.store.borrow().names.get(&self.index(var)?).map(|name| name.to_string())
    }

    /// Names a node.
    pub(crate) fn name(&self, index: u32, name: &str) {
        self.littered.set(true);
        self.store.borrow_mut().names.insert(index, name.into());
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
    fn append_list(&self, operands: &[u32]) -> u32 {
        self.littered.set(true);
        let store = &mut *self.store.borrow_mut();
        if let Some(&same) = store.seen_lists.get(operands) {
            return same;
        }
        let lists = &mut store.lists;
        let start = u32::try_from(lists.len()).expect("operand lists of a recording hold fewer than 2^32 entries");
        lists.push(operands.len() as u32);
        lists.extend_from_slice(operands);
        if store.settings.shared {
            store.seen_lists.insert(operands.into(), start);
        }
        start
    }

    /// Records a node after making room for it. The recording must be current.
    #[track_caller]
    fn append(&self, mut row: Row, value: f64) -> Var {
        let line = Location::caller();
        let mut cursor = self.cursor();
        let index = cursor.length as u32;
        if matches!(row.form, Form::Leaf | Form::List) {
            row.first = index;
        }
        let mut store = self.store.borrow_mut();
        if store.settings.shared && !matches!(row.op, Op::Input) {
            let key = Row { first: if matches!(row.form, Form::Leaf | Form::List) { 0 } else { row.first }, ..row };
            if let Some(&same) = store.seen.get(&key) {
                drop(store);
                return self.handle(same);
            }
            store.seen.insert(key, index);
        }
        if index as usize >= store.settings.node_cap {
            panic!("{} is full: it holds its cap of {} nodes ({line})", store.title, store.settings.node_cap);
        }
        store.make_room(&mut cursor, index as usize);
        drop(store);
        // SAFETY: `make_room` left room for at least one node, and one line if lines are on.
        unsafe { write(cursor, index as usize, Node { value, row }, line) };
        let id = cursor.base + cursor.length;
        cursor.length += 1;
        if self.store.borrow().settings.shared {
            cursor.limit = cursor.length;
        }
        self.set_cursor(cursor);
        Var { value, id }
    }
}

impl Store {
    /// Points a cursor at this memory.
    fn place(&mut self, cursor: &mut Cursor) {
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
        cursor.limit = if self.settings.shared { cursor.length } else { room as u64 };
    }

    /// Makes room for one node behind the first `length`, doubling the memory.
    fn make_room(&mut self, cursor: &mut Cursor, length: usize) {
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

/// The thread's cursor. Fetched as a pointer, because `LocalKey::with` around a whole
/// operator is not inlined: two calls per operation.
#[inline(always)]
fn current<'a>() -> &'a Current {
    let current = CURRENT.with(std::ptr::from_ref);
    // SAFETY: `CURRENT` is constant-initialised and has no destructor, so it is there for as
    // long as its thread runs; the reference cannot leave the thread (`Current` is not `Sync`).
    unsafe { &*current }
}

impl Current {
    fn cursor(&self) -> Cursor {
        Cursor {
            base: self.base.get(),
            length: self.length.get(),
            limit: self.limit.get(),
            nodes: self.nodes.get(),
            lines: self.lines.get(),
            guards: self.guards.get(),
        }
    }

    fn load(&self, cursor: Cursor, owner: *const Recording) {
        self.base.set(cursor.base);
        self.length.set(cursor.length);
        self.limit.set(cursor.limit);
        self.nodes.set(cursor.nodes);
        self.lines.set(cursor.lines);
        self.guards.set(cursor.guards);
        self.owner.set(owner);
    }

    /// Gives the cursor back to its recording, and leaves the thread without a current one.
    fn park(&self) {
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
    fn index(&self, var: Var) -> u64 {
        var.id.wrapping_sub(self.base.get())
    }

    /// Whether the next node can take the fast path.
    #[inline(always)]
    fn has_room(&self) -> bool {
        self.length.get() != self.limit.get()
    }

    /// Records one node; the fast path of every operator. The caller has checked `has_room`.
    #[inline(always)]
    fn push(&self, row: Row, value: f64, line: Line) -> Var {
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
        Var { value, id: self.base.get() + length }
    }
}

/// Writes node `index` behind a cursor.
///
/// # Safety
/// The cursor's memory must have room for that node, and for its line if lines are on.
unsafe fn write(cursor: Cursor, index: usize, node: Node, line: Line) {
    // SAFETY: the caller's promise.
    unsafe {
        cursor.nodes.add(index).write(node);
        if !cursor.lines.is_null() {
            cursor.lines.add(index).write(line);
        }
    }
}

/// Records an operation of one operand (`Form::One`, or with a literal in the slot).
#[inline(always)]
#[track_caller]
pub(crate) fn record_one(op: Op, form: Form, operand: Var, slot: u64, value: f64) -> Var {
    let current = current();
    let first = current.index(operand);
    if first < current.length.get() && current.has_room() {
        current.push(Row { slot, first: first as u32, op, form, shape: 0 }, value, Location::caller())
    } else {
        record_one_slow(op, form, operand, slot, value)
    }
}

/// Records an operation of two operands.
#[inline(always)]
#[track_caller]
pub(crate) fn record_two(op: Op, a: Var, b: Var, value: f64) -> Var {
    let current = current();
    let (first, second) = (current.index(a), current.index(b));
    if first < current.length.get() && second < current.length.get() && current.has_room() {
        let row = Row { slot: second, first: first as u32, op, form: Form::Two, shape: 0 };
        current.push(row, value, Location::caller())
    } else {
        record_two_slow(op, a, b, value)
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn record_one_slow(op: Op, form: Form, operand: Var, slot: u64, value: f64) -> Var {
    if operand.is_constant() {
        return Var::constant(value);
    }
    let recording = Recording::expect_owner(operand, op.info().name);
    recording.activate();
    let first = recording.index(operand).expect("the owner holds the handle");
    recording.append(Row { slot, first, op, form, shape: 0 }, value)
}

/// Constants among the operands are common in generic code (`R::from(2.0) * x`), so this is
/// off the fast path but not cold.
#[inline(never)]
#[track_caller]
fn record_two_slow(op: Op, a: Var, b: Var, value: f64) -> Var {
    if b.is_constant() {
        record_one(op, Form::LiteralRight, a, b.value.to_bits(), value)
    } else if a.is_constant() {
        record_one(op, Form::LiteralLeft, b, a.value.to_bits(), value)
    } else {
        record_two_elsewhere(op, a, b, value)
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn record_two_elsewhere(op: Op, a: Var, b: Var, value: f64) -> Var {
    let recording = common_owner(&[a, b], op.info().name).expect("neither operand is a constant");
    let index = |var| recording.index(var).expect("the owner holds the handle");
    let row = Row { slot: u64::from(index(b)), first: index(a), op, form: Form::Two, shape: 0 };
    recording.append(row, value)
}

/// Records an operation on a list of operands. Constants among them become nodes.
#[track_caller]
pub(crate) fn record_list(op: Op, function: u32, operands: &[Var], value: f64) -> Var {
    let Some(recording) = common_owner(operands, op.info().name) else {
        return Var::constant(value);
    };
    let mut list = smallvec::SmallVec::<[u32; 16]>::with_capacity(operands.len());
    for &operand in operands {
        let operand = if operand.is_constant() {
            let bits = operand.value.to_bits();
            let row = Row { slot: bits, first: 0, op: Op::Const, form: Form::Leaf, shape: 0 };
            recording.append(row, operand.value)
        } else {
            operand
        };
        list.push(recording.index(operand).expect("the owner holds the handle"));
    }
    let start = recording.append_list(&list);
    let slot = u64::from(start) | u64::from(function) << 32;
    recording.append(Row { slot, first: 0, op, form: Form::List, shape: 0 }, value)
}

/// Records an input on an open recording.
#[track_caller]
#[inline]
pub(crate) fn record_input(recording: &Recording, value: f64) -> Var {
    let current = current();
    if std::ptr::eq(current.owner.get(), recording) && current.has_room() {
        let row = Row { slot: 0, first: current.length.get() as u32, op: Op::Input, form: Form::Leaf, shape: 0 };
        return current.push(row, value, Location::caller());
    }
    recording.activate();
    recording.append(Row { slot: 0, first: 0, op: Op::Input, form: Form::Leaf, shape: 0 }, value)
}

/// The one recording that all handles but constants belong to, made current; `None` if all are constants.
#[track_caller]
fn common_owner(operands: &[Var], doing: &str) -> Option<Rc<Recording>> {
    let mut owner: Option<(Rc<Recording>, Var)> = None;
    for &operand in operands {
        if operand.is_constant() {
            continue;
        }
        match &owner {
            None => owner = Some((Recording::expect_owner(operand, doing), operand)),
            Some((recording, first)) => {
                if recording.index(operand).is_none() {
                    let other = Recording::expect_owner(operand, doing);
                    panic!(
                        "{doing} mixes two recordings: {} belongs to {} and {} to {}. \
                         A value recorded elsewhere can take part as a plain number (`.value()`); \
                         derivatives nest with `gradient_of` ({})",
                        recording.describe(*first),
                        recording.store.borrow().title,
                        other.describe(operand),
                        other.store.borrow().title,
                        Location::caller(),
                    );
                }
            }
        }
    }
    owner.map(|(recording, _)| {
        recording.activate();
        recording
    })
}

impl Recording {
    /// What a message calls a handle: its name if it has one, and its value.
    pub(crate) fn describe(&self, var: Var) -> String {
        match (self.name_of(var), self.index(var)) {
            (Some(name), _) => format!("`{name}` = {}", var.value),
            (None, Some(index)) => format!("node {index} = {}", var.value),
            (None, None) => format!("a handle of value {}", var.value),
        }
    }
}

/// The story of a handle that no open recording of this thread knows.
fn lost_handle(var: Var, doing: &str) -> String {
    let open = OPEN.with_borrow(|open| {
        let titles: Vec<_> = open.iter().map(|r| format!("{} of {} nodes", r.store.borrow().title, r.len())).collect();
        if titles.is_empty() { "no recording is open".to_string() } else { format!("open are: {}", titles.join(", ")) }
    });
    format!(
        "{doing}: a handle of value {} is stale: its recording was reset or dropped, or belongs to another thread \
         (on this thread, {open}). Make the variable again after a reset",
        var.value
    )
}

/// Appends a guard on what reading values answered, if the recording of `vars` keeps such guards.
#[inline]
#[track_caller]
pub(crate) fn guard(least: Guards, vars: [Var; 2], guard: impl FnOnce([crate::graph::Operand; 2], Line) -> Guard) {
    if vars[0].is_constant() && vars[1].is_constant() {
        return;
    }
    let current = current();
    let here = |v: Var| v.is_constant() || current.index(v) < current.length.get();
    if here(vars[0]) && here(vars[1]) && current.guards.get() < least {
        return;
    }
    guard_slow(least, vars, guard, Location::caller());
}

#[inline(never)]
#[track_caller]
fn guard_slow(least: Guards, vars: [Var; 2], guard: impl FnOnce([crate::graph::Operand; 2], Line) -> Guard, line: Line) {
    let recording = common_owner(&vars, "comparison").expect("one of the two is no constant");
    if recording.settings().guards < least {
        return;
    }
    let operand = |var: Var| match recording.index(var) {
        Some(index) => crate::graph::Operand::Node(index),
        None => crate::graph::Operand::Literal(var.value),
    };
    let guard = guard(vars.map(operand), line);
    recording.littered.set(true);
    recording.store.borrow_mut().guards.push(guard);
}
