//! Recording an operation: the fast path of one and of two operands, and what happens off it
//! (constants, growth, a handle of another recording, a handle of none).

use super::cursor::current;
use super::{OPEN, Recording};
use crate::error::{Error, ErrorKind};
use crate::graph::{Form, Line, Operand, Row};
use crate::guard::{Guard, Guards};
use crate::op::Op;
use crate::var::Var;
use smallvec::SmallVec;
use std::panic::Location;
use std::rc::Rc;

/// Records an operation of one operand (`Form::One`, or with a literal in the slot).
#[inline(always)]
#[track_caller]
pub(crate) fn record_one(op: Op, form: Form, operand: Var, slot: u64, value: f64) -> Var {
    let current = current();
    let first = current.index(operand);
    if first < current.length.get() && current.has_room() {
        current.push(
            Row {
                slot,
                first: first as u32,
                op,
                form,
                shape: 0,
            },
            value,
            Location::caller(),
        )
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
        let row = Row {
            slot: second,
            first: first as u32,
            op,
            form: Form::Two,
            shape: 0,
        };
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
    let first = recording
        .index(operand)
        .expect("the owner holds the handle");
    recording.append(
        Row {
            slot,
            first,
            op,
            form,
            shape: 0,
        },
        value,
    )
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
    let row = Row {
        slot: u64::from(index(b)),
        first: index(a),
        op,
        form: Form::Two,
        shape: 0,
    };
    recording.append(row, value)
}

/// Records an operation on a list of operands. Constants among them become nodes.
#[track_caller]
pub(crate) fn record_list(op: Op, function: u32, operands: &[Var], value: f64) -> Var {
    let Some(recording) = common_owner(operands, op.info().name) else {
        return Var::constant(value);
    };
    let mut list = SmallVec::<[u32; 16]>::with_capacity(operands.len());
    for &operand in operands {
        let operand = if operand.is_constant() {
            let bits = operand.value.to_bits();
            let row = Row {
                slot: bits,
                first: 0,
                op: Op::Const,
                form: Form::Leaf,
                shape: 0,
            };
            recording.append(row, operand.value)
        } else {
            operand
        };
        list.push(
            recording
                .index(operand)
                .expect("the owner holds the handle"),
        );
    }
    let start = recording.append_list(&list);
    let slot = u64::from(start) | u64::from(function) << 32;
    recording.append(
        Row {
            slot,
            first: 0,
            op,
            form: Form::List,
            shape: 0,
        },
        value,
    )
}

/// Records an input on an open recording.
#[track_caller]
#[inline]
pub(crate) fn record_input(recording: &Recording, value: f64) -> Var {
    let current = current();
    if std::ptr::eq(current.owner.get(), recording) && current.has_room() {
        let row = Row::input(current.length.get() as u32);
        current.push(row, value, Location::caller())
    } else {
        record_input_slow(recording, value)
    }
}

/// Records inputs on an open recording, and adds their handles to a list.
#[track_caller]
pub(crate) fn record_inputs(recording: &Recording, values: &[f64], vars: &mut Vec<Var>) {
    let current = current();
    if std::ptr::eq(current.owner.get(), recording) && current.has_room_for(values.len()) {
        vars.extend(current.push_inputs(values, Location::caller()));
    } else {
        vars.reserve(values.len());
        for &value in values {
            vars.push(record_input(recording, value));
        }
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn record_input_slow(recording: &Recording, value: f64) -> Var {
    recording.activate();
    recording.append(Row::input(0), value)
}

/// The one recording that all handles but constants belong to, made current; `None` if all are constants.
#[track_caller]
pub(crate) fn common_owner(operands: &[Var], doing: &str) -> Option<Rc<Recording>> {
    match try_common_owner(operands, doing) {
        Ok(owner) => owner,
        // Not in a closure: the panic is to be at the caller's line.
        Err(error) => panic!("{error}"),
    }
}

/// As [`common_owner`], with the story of a stale or foreign handle as an error.
#[track_caller]
pub(crate) fn try_common_owner(
    operands: &[Var],
    doing: &str,
) -> Result<Option<Rc<Recording>>, Error> {
    let error =
        |story: String, line: Line| Error::new(ErrorKind::Record, format!("{story} ({line})"));
    let line = Location::caller();
    let mut owner: Option<(Rc<Recording>, Var)> = None;
    for &operand in operands {
        if operand.is_constant() {
            continue;
        }
        if let Some((recording, _)) = &owner
            && recording.index(operand).is_some()
        {
            continue;
        }
        let Some(other) = Recording::owner_of(operand) else {
            return Err(error(lost_handle(operand, doing), line));
        };
        if let Some((recording, first)) = &owner {
            let story = format!(
                "{doing} mixes two recordings: {} belongs to {} and {} to {}. \
                 A value recorded elsewhere can take part as a plain number (`.value()`); \
                 derivatives nest with `gradient_of`",
                recording.describe(*first),
                recording.store.borrow().title,
                other.describe(operand),
                other.store.borrow().title,
            );
            return Err(error(story, line));
        }
        owner = Some((other, operand));
    }
    Ok(owner.map(|(recording, _)| {
        recording.activate();
        recording
    }))
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
pub(super) fn lost_handle(var: Var, doing: &str) -> String {
    let open = OPEN.with_borrow(|open| {
        let titles: Vec<_> = open
            .iter()
            .map(|r| format!("{} of {} nodes", r.store.borrow().title, r.len()))
            .collect();
        if titles.is_empty() {
            "no recording is open".to_string()
        } else {
            format!("open are: {}", titles.join(", "))
        }
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
pub(crate) fn guard(
    least: Guards,
    vars: [Var; 2],
    guard: impl FnOnce([Operand; 2], Line) -> Guard,
) {
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
fn guard_slow(
    least: Guards,
    vars: [Var; 2],
    guard: impl FnOnce([Operand; 2], Line) -> Guard,
    line: Line,
) {
    // Reading the value of a handle is no computation: that of a stale one may be read, and
    // there is no recording left that could want a guard.
    let is_stale = |var: Var| !var.is_constant() && Recording::owner_of(var).is_none();
    if vars[1].is_constant() && is_stale(vars[0]) {
        return;
    }
    let recording = common_owner(&vars, "a comparison").expect("one of the two is no constant");
    if recording.settings().guards < least {
        return;
    }
    let operand = |var: Var| match recording.index(var) {
        Some(index) => Operand::Node(index),
        None => Operand::Literal(var.value),
    };
    let guard = guard(vars.map(operand), line);
    recording.littered.set(true);
    recording.store.borrow_mut().guards.push(guard);
}
