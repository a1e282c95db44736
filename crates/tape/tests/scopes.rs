//! Scopes: what is recorded inside belongs to them, whatever else happens on the tape.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tape::{Explanation, Sweep, Tape, Var, no_gradient};

/// `path first..end` of each scope.
fn shown(explanation: &Explanation) -> Vec<String> {
    let scopes = explanation.scopes();
    for (place, scope) in scopes.iter().enumerate() {
        assert!(scope.parent.is_none_or(|parent| parent < place));
        let outer = scope.parent.map(|parent| &scopes[parent]);
        assert_eq!(scope.depth, outer.map_or(0, |outer| outer.depth + 1));
    }
    let show = |place: usize| {
        let path = explanation.scope_path(place);
        format!("{path} {:?}", scopes[place].nodes)
    };
    (0..scopes.len()).map(show).collect()
}

/// Checks the scopes of what some code records, with `x` as node 0.
#[track_caller]
fn check(code: impl FnOnce(&Tape, Var) -> Var, expected: &[&str]) {
    let tape = Tape::new();
    let x = tape.var("x", 0.5);
    assert_eq!(shown(&code(&tape, x).explain()), expected);
}

#[test]
fn scopes_nest_and_end_with_their_code() {
    check(|_, x| x.sin(), &[]);
    check(|tape, x| tape.scope("a", || x.sin()).cos(), &["a 1..2"]);
    let two = |tape: &Tape, x: Var| {
        let inner = |x: Var| tape.scope("b", || x.sin().cos());
        tape.scope("a", || inner(inner(x.exp())) + 1.0)
    };
    check(two, &["a 1..7", "a.b 2..4", "a.b 4..6"]);
    check(
        |tape, x| tape.scope("a", || tape.scope("a", || x.sin())),
        &["a 1..2", "a.a 1..2"],
    );
    check(
        |tape, x| tape.scope("a", || tape.scope("", || tape.leaf(1.0) * x)),
        &["a 1..3", "a. 1..3"],
    );
}

#[test]
fn a_scope_without_a_node_of_the_ledger_is_dropped() {
    check(|tape, x| tape.scope("a", || x), &[]);
    let around = |tape: &Tape, x: Var| {
        tape.scope("a", || tape.scope("empty", || ()));
        tape.scope("b", || tape.scope("c", || x.sin()))
    };
    check(around, &["b 1..2", "b.c 1..2"]);
    let behind = |tape: &Tape, x: Var| {
        let y = x.sin();
        tape.scope("unused", || y.cos());
        tape.scope("input", || tape.leaf(1.0));
        y
    };
    check(behind, &["input 3..4"]);
}

#[test]
fn a_panic_ends_a_scope() {
    let code = |tape: &Tape, x: Var| {
        let fails = || -> Var { tape.scope("inner", || panic!("no {}", x.sin())) };
        let failed = catch_unwind(AssertUnwindSafe(|| tape.scope("outer", fails)));
        assert!(failed.is_err());
        tape.scope("next", || x.cos())
    };
    check(code, &["outer 1..2", "outer.inner 1..2", "next 2..3"]);
}

#[test]
fn scopes_left_in_another_order_stay_nested() {
    let code = |tape: &Tape, x: Var| {
        let outer = tape.enter("outer");
        let a = x.sin();
        let inner = tape.enter("inner");
        let b = a.sin();
        drop(outer);
        let next = tape.enter("next");
        let c = b.sin();
        drop(inner);
        let d = c.sin();
        drop(next);
        d.sin()
    };
    check(code, &["outer 1..3", "outer.inner 2..3", "next 3..5"]);
}

#[test]
fn a_scope_that_outlives_its_nodes_ends_no_other() {
    let tape = Tape::new();
    let before = tape.enter("before a reset");
    tape.reset();
    let x = tape.tensor("x", [1.0, 2.0]);
    let after = tape.enter("after");
    drop(before);
    let y = x.exp();
    let kept = RefCell::new(None);
    let hook = |_: &mut tape::Array| *kept.borrow_mut() = Some(tape.enter("in a sweep"));
    drop(Sweep::new().hook(y, hook).backward(y.sum()));
    let next = tape.enter("next");
    drop(kept);
    let z = y.square();
    drop((next, after));
    let z = z.sum();
    assert_eq!(shown(&z.explain()), ["after 1..4", "after.next 3..4"]);
}

#[test]
fn a_reset_forgets_the_scopes_that_are_open() {
    for nodes in 0..3 {
        let tape = Tape::new();
        let y = tape.scope("before", || {
            (0..nodes).for_each(|_| _ = tape.leaf(1.0));
            tape.scope("inner", || tape.reset());
            let x = tape.scope("after", || tape.leaf(2.0));
            tape.scope("again", || x.sin())
        });
        let z = y.exp();
        assert_eq!(shown(&z.explain()), ["after 0..1", "again 1..2"]);
    }
    let tape = Tape::new();
    let x = tape.scope("gone", || tape.leaf(1.0));
    assert_eq!(shown(&x.explain()), ["gone 0..1"]);
    tape.reset();
    assert_eq!(shown(&tape.leaf(1.0).sin().explain()), [""; 0]);
    // The memory of a tape that is gone is used again.
    drop(tape);
    assert_eq!(shown(&Tape::new().leaf(1.0).explain()), [""; 0]);
}

#[test]
fn what_a_sweep_records_and_forgets_leaves_nothing() {
    let tape = Tape::new();
    let w = tape.tensor("W", [[1.0, 2.0], [3.0, 4.0]]);
    let y = tape.scope("layer", || {
        let product = tape.scope("product", || w.matmul(w));
        let loss = product.square().sum();
        assert_eq!(loss.backward()[product].len(), 4);
        // A hook that enters a scope is inside of the sweep.
        let seen = RefCell::new(0);
        let hook = |_: &mut tape::Array| tape.scope("hook", || *seen.borrow_mut() += 1);
        drop(Sweep::new().hook(product, hook).backward(loss));
        assert_eq!(seen.into_inner(), 1);
        tape.scope("root", || loss.sqrt())
    });
    let found = ["layer 1..5", "layer.product 1..2", "layer.root 4..5"];
    assert_eq!(shown(&y.explain()), found);
}

#[test]
fn gradients_that_stay_and_regions_without_gradient_are_inside() {
    let code = |tape: &Tape, x: Var| {
        let y = tape.scope("value", || x * x * x);
        let [slope] = tape.scope("slope", || y.gradient_of(&[x]))[..] else {
            unreachable!("one input")
        };
        let data = tape.scope("data", || no_gradient(|| slope.sin()));
        slope * data
    };
    let tape = Tape::new();
    let x = tape.var("x", 0.5);
    let y = code(&tape, x);
    let explanation = y.explain();
    let scopes = explanation.scopes();
    let names: Vec<_> = scopes.iter().map(|scope| &scope.name[..]).collect();
    assert_eq!(names, ["value", "slope", "data"]);
    assert_eq!(scopes[0].nodes.end, scopes[1].nodes.start);
    assert_eq!(scopes[1].nodes.end, scopes[2].nodes.start);
    // The sine, and where it is cut off.
    assert_eq!(scopes[2].nodes.len(), 2);
}

#[test]
fn an_open_scope_ends_where_the_tape_does() {
    let tape = Tape::new();
    let x = tape.leaf(0.5);
    let found = tape.scope("outer", || {
        let y = x.sin();
        tape.scope("inner", || shown(&y.cos().explain()))
    });
    assert_eq!(found, ["outer 1..3", "outer.inner 2..3"]);
}

#[test]
fn scopes_of_several_tapes_are_their_own() {
    let (one, other) = (Tape::new(), Tape::new());
    let (x, y) = one.scope("one", || {
        let x = one.leaf(0.5);
        (
            x,
            other.scope("other", || other.leaf(0.5) * one.len() as f64),
        )
    });
    assert_eq!(shown(&x.explain()), ["one 0..1"]);
    assert_eq!(shown(&y.explain()), ["other 0..2"]);
}

#[test]
fn json_counts_literals_in_scopes_as_it_does_in_nodes() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.5);
    let y = tape.scope("a\"\u{202e}", || {
        tape.scope("b", || 2.0 * x) + 3.0 * tape.scope("c", || x.sin())
    });
    let z = (1.0 + y).explain();
    let json: serde_json::Value = z.json().to_string().parse().unwrap();
    let operations: Vec<_> = json["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["op"])
        .collect();
    assert_eq!(
        operations,
        [
            "input", "const", "mul", "sin", "const", "mul", "add", "const", "add"
        ]
    );
    let scopes = serde_json::json!([
        {"name": "a\"\u{202e}", "nodes": [1, 7], "depth": 0, "parent": null},
        {"name": "b", "nodes": [1, 3], "depth": 1, "parent": 0},
        {"name": "c", "nodes": [3, 4], "depth": 1, "parent": 0},
    ]);
    assert_eq!(json["scopes"], scopes);
    let without: serde_json::Value = z.json().without_nodes().to_string().parse().unwrap();
    assert_eq!(without.get("scopes"), None);
}

/// Enters and leaves scopes at random, and keeps for each node the path that it should have.
fn wander(tape: &Tape, random: &mut impl FnMut() -> u32, path: &str, log: &mut Vec<(Var, String)>) {
    while !random().is_multiple_of(4) && log.len() < 60 {
        let name = ["a", "b", "long name"][random() as usize % 3];
        let inner = match path {
            "" => name.to_string(),
            _ => format!("{path}.{name}"),
        };
        match random() % 3 {
            0 => tape.scope(name, || wander(tape, random, &inner, log)),
            1 => log.push((tape.leaf(1.0), path.to_string())),
            _ => {
                let last = log
                    .last()
                    .map_or_else(|| tape.leaf(1.0), |last| last.0.sin());
                log.push((last, path.to_string()));
            }
        }
    }
}

#[test]
fn every_node_of_a_random_recording_is_in_the_scope_that_was_open() {
    let mut state = 7_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let tape = Tape::new();
    for _ in 0..300 {
        tape.reset();
        let mut log = Vec::new();
        wander(&tape, &mut random, "", &mut log);
        let Some(&(last, _)) = log.last() else {
            continue;
        };
        let explanation = last.explain();
        shown(&explanation);
        for (var, path) in &log {
            let scope = explanation.scope_of(*var);
            let found = scope.map_or(String::new(), |scope| explanation.scope_path(scope));
            assert_eq!(&found, path);
        }
    }
}

#[test]
fn a_scope_knows_the_line_that_entered_it() {
    let tape = Tape::new();
    let x = tape.var("x", 0.5);
    let (y, line) = (tape.scope("a", || x.tanh()), line!());
    let explanation = y.explain();
    let source = explanation.scopes()[0].source.as_ref().unwrap();
    assert!(source.place.file.ends_with("scopes.rs") && source.place.line == line);
    // The node's own line is in the same file: there is no need for another.
    let node = explanation.node(y).unwrap();
    assert_eq!(explanation.entered_from(node), None);
    let json = explanation.json().to_string();
    assert!(
        json.contains(&format!("\"parent\":null,\"line\":\"{source}\"}}")),
        "{json}"
    );
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.5);
    let explanation = tape.scope("a", || x.tanh()).explain();
    assert_eq!(explanation.scopes()[0].source, None);
}
