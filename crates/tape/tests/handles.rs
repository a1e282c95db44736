//! What a handle may be used for, and what happens when it is used for anything else: a panic at
//! the user's line that says whose handle it is, never a wrong number.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Mutex;
use tape::{Dual, ErrorKind, Gradients, Program, Real, Tape, Var};

/// What a panic said, and where it was raised: file and line.
fn panic_of<T>(body: impl FnOnce() -> T) -> (String, (String, u32)) {
    static HOOK: Mutex<()> = Mutex::new(());
    thread_local! {
        static PLACE: RefCell<(String, u32)> = const { RefCell::new((String::new(), 0)) };
    }
    // Hooks are the process's and tests run in threads: one at a time.
    let guard = HOOK
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        PLACE.set(
            info.location()
                .map_or_else(Default::default, |at| (at.file().into(), at.line())),
        );
    }));
    let result = catch_unwind(AssertUnwindSafe(body));
    std::panic::set_hook(before);
    drop(guard);
    let Err(payload) = result else {
        panic!("nothing panicked")
    };
    let message = payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|message| (*message).to_string())
        })
        .unwrap_or_default();
    (message, PLACE.take())
}

/// Demands a panic in `body`, not inside the library, whose message has all `parts`.
#[track_caller]
fn expect_panic<T>(parts: &[&str], body: impl FnOnce() -> T) {
    let here = Location::caller();
    let (message, (file, line)) = panic_of(body);
    for part in parts {
        assert!(message.contains(part), "no `{part}` in: {message}");
    }
    let lines = here.line()..here.line() + 8;
    assert!(
        file == here.file() && lines.contains(&line),
        "the panic is at {file}:{line}: {message}"
    );
}

// ---- stale and foreign handles --------------------------------------------------------------------

#[test]
fn a_handle_from_before_a_reset_is_stale_in_every_operation() {
    let tape = Tape::new();
    let old = tape.var("old", 2.5);
    tape.reset();
    let new = tape.var("new", 3.0);
    let stale: &[&str] = &["stale", "2.5"];
    expect_panic(stale, || old + 1.0);
    expect_panic(stale, || 1.0 - old);
    expect_panic(stale, || new * old);
    expect_panic(stale, || old / new);
    expect_panic(stale, || -old);
    expect_panic(stale, || old.sin());
    expect_panic(stale, || old.powi(3));
    expect_panic(stale, || new.max(old));
    expect_panic(stale, || new.select(old, 1.0));
    expect_panic(stale, || Var::sum(&[new, old]));
    expect_panic(stale, || tape::dot(&[new], &[old]));
    expect_panic(stale, || old.detach());
    expect_panic(stale, || old.named("y"));
    expect_panic(stale, || old.backward());
    expect_panic(stale, || old.gradient_of(&[old]));
    expect_panic(stale, || new.sin().gradient_of(&[old]));
    let mut moved = new;
    expect_panic(stale, || moved += old);
    // The new handle is none the worse for it.
    assert_eq!((new * new).backward()[new], 6.0);
}

#[test]
fn a_handle_of_a_dropped_tape_is_stale() {
    let tape = Tape::new();
    let x = tape.leaf(2.5);
    drop(tape);
    expect_panic(&["stale", "2.5", "dropped"], || x * 2.0);
    // The memory of the dropped tape is used again; its handles still are not.
    let other = Tape::new();
    let y = other.leaf(1.0);
    expect_panic(&["stale", "2.5"], || x + y);
    expect_panic(&["stale", "2.5"], || y + x);
}

#[test]
fn a_handle_that_escapes_a_driver_is_stale() {
    let mut escaped = Var::constant(0.0);
    let _ = tape::gradient(
        |x| {
            escaped = x[0];
            x[0] * 2.0
        },
        &[2.5],
    );
    expect_panic(&["stale", "2.5"], || escaped + 1.0);
    expect_panic(&["stale", "2.5"], || {
        tape::gradient(|x| x[0] * escaped, &[1.0])
    });
}

#[test]
fn mixing_two_tapes_names_both_handles() {
    let (here, there) = (Tape::new(), Tape::new());
    let x = here.var("x", 2.0);
    let y = there.var("y", 3.0);
    let both: &[&str] = &["two recordings", "`x` = 2", "`y` = 3"];
    expect_panic(both, || x * y);
    expect_panic(both, || y - x);
    expect_panic(both, || x.hypot(y));
    expect_panic(both, || Var::sum(&[x, y]));
    expect_panic(both, || x.clamp(0.0, y));
    expect_panic(both, || x < y);
    expect_panic(
        &["gradient_of", "two recordings", "`y` = 3", "node 1 = 4"],
        || (x * x).gradient_of(&[y]),
    );
    // As a plain number it may take part.
    assert_eq!((x * y.value()).backward()[x], 3.0);
}

#[test]
fn a_handle_of_another_thread_says_so() {
    let tape = Tape::new();
    let x = tape.leaf(2.5);
    let there = std::thread::spawn(move || panic_of(|| x + 1.0).0);
    let message = there.join().expect("the panic was caught");
    assert!(
        message.contains("2.5") && message.contains("another thread"),
        "{message}"
    );
    assert_eq!((x + 1.0).value(), 3.5);
}

#[test]
fn gradients_of_another_recording_are_no_answer() {
    let (here, there) = (Tape::new(), Tape::new());
    let (x, y) = (here.leaf(2.0), there.leaf(2.5));
    let g = (x * x).backward();
    expect_panic(&["another recording", "2.5"], || g[y]);
    expect_panic(&["another recording", "2.5"], || g.get(y));
    here.reset();
    let z = here.leaf(7.5);
    expect_panic(&["another recording", "7.5"], || g[z]);
    assert_eq!(g[x], 4.0); // what was asked then is answered still
}

#[test]
fn gradients_outlive_their_tape_and_what_is_recorded_after_the_sweep_has_no_path() {
    let tape = Tape::new();
    let x = tape.leaf(2.0);
    let g = (x * x).backward();
    let later = x * 3.0;
    assert_eq!((g.get(later), g[later]), (None, 0.0));
    drop(tape);
    assert_eq!(g[x], 4.0);
}

#[test]
fn inputs_at_once_are_inputs_one_by_one() {
    let values: Vec<f64> = (0..3000).map(f64::from).collect();
    let (tape, other) = (Tape::new(), Tape::new());
    // The other tape is the current one now, and neither has memory yet.
    for round in 0..3 {
        let mut vars = vec![other.leaf(7.0)];
        let line = line!() + 1;
        tape.leaves_into(&values, &mut vars);
        tape.leaves_into(&[], &mut vars);
        assert_eq!((vars.len(), tape.len()), (3001, 3000));
        for (var, value) in vars[1..].iter().zip(&values) {
            assert_eq!(var.value(), *value);
        }
        let sum = Var::sum(&vars[1..]);
        let gradients = sum.backward();
        let mut derivatives = vec![f64::NAN; 3000];
        gradients.of_into(&vars[1..], &mut derivatives);
        assert_eq!(derivatives, [1.0; 3000]);
        let text = vars[3000].explain().to_string();
        assert!(text.contains(&format!("handles.rs:{line}")), "{text}");
        let (message, _) = panic_of(|| gradients.of_into(&vars, &mut vec![0.0; 3001]));
        assert!(message.contains("another recording"), "{message}");
        let (message, _) = panic_of(|| gradients.of_into(&vars[1..], &mut derivatives[..7]));
        assert_eq!(message, "3000 derivatives do not fit 7 places");
        tape.reset();
        let (message, _) = panic_of(|| vars[1] + vars[3000]);
        assert!(message.contains("stale"), "round {round}: {message}");
    }
    let capped = Tape::with_node_cap(3);
    let mut vars = Vec::new();
    let (message, _) = panic_of(|| capped.leaves_into(&[1.0; 4], &mut vars));
    assert!(message.contains("cap of 3 nodes"), "{message}");
}

#[test]
fn a_full_tape_refuses_the_operation_that_is_too_much() {
    let tape = Tape::with_node_cap(3);
    let x = tape.leaf(1.0);
    let y = x + x;
    let z = y * y;
    expect_panic(&["full", "3 nodes"], || z + 1.0);
    expect_panic(&["full", "3 nodes"], || tape.leaf(1.0));
    assert_eq!((tape.len(), z.backward()[x]), (3, 8.0));
    tape.reset();
    assert_eq!(tape.leaf(4.0).sqrt().value(), 2.0);
}

// ---- drivers --------------------------------------------------------------------------------------

#[test]
fn an_outer_variable_inside_a_driver_is_an_error_that_names_both() {
    let both = &["mul", "two recordings", "a gradient", "gradient_of"];
    expect_panic(both, || {
        tape::gradient(
            |x| tape::gradient(|y| y[0] * x[0], &[1.0])[0] * x[0],
            &[2.0],
        )
    });
    let tape = Tape::new();
    let x = tape.var("x", 2.0);
    expect_panic(&["`x` = 2", "a tape", "a gradient being taken"], || {
        tape::gradient(|y| x * y[0], &[1.0])
    });
    expect_panic(&["another recording", "x = 2"], || {
        tape::gradient(|_| x, &[1.0])
    });
    expect_panic(&["another recording", "x = 2"], || {
        tape::hvp(|_| x, &[1.0], &[1.0])
    });
    let error = Program::record(|_: &[Var]| x, &[1.0]).expect_err("the output is another tape's");
    assert_eq!(error.kind(), ErrorKind::Record);
    assert!(error.to_string().contains("another recording"), "{error}");
    assert_eq!((x * x).backward()[x], 4.0);
}

#[test]
fn a_derivative_inside_a_function_is_fine_if_it_is_of_plain_numbers() {
    let g = tape::gradient(
        |x| {
            let slope = tape::gradient(|y| y[0].sin(), &[x[0].peek()])[0];
            assert_eq!(tape::derivatives(|t| t * t, 3.0, 2), [9.0, 6.0, 2.0]);
            x[0] * slope
        },
        &[0.0],
    );
    assert_eq!(g, [1.0]);
    // Nested for good: a gradient of a gradient.
    let nested = tape::gradient(|x| x[0].powi(3).gradient_of(x)[0], &[2.0]);
    assert_eq!(nested, [12.0]);
}

#[test]
fn a_panic_in_a_function_closes_its_recording() {
    let tape = Tape::new();
    let x = tape.leaf(3.0);
    for _ in 0..20 {
        let fails: fn(&[Var]) -> Var = |x| {
            if x[0].peek() > 0.0 {
                panic!("a bug in the function")
            } else {
                x[0]
            }
        };
        let (message, _) = panic_of(|| tape::gradient(|x| fails(&[x[0] * 2.0]), &[1.0]));
        assert_eq!(message, "a bug in the function");
        panic_of(|| Program::record(fails, &[1.0]));
        panic_of(|| tape::derivatives(|x| fails(&[x]), 1.0, 3));
    }
    // The drivers work as before, and the tape that was open is current again.
    assert_eq!(tape::gradient(|x| x[0] * x[0], &[5.0]), [10.0]);
    assert_eq!((x * x).backward()[x], 6.0);
    let gone = Tape::new().leaf(1.0);
    let stale = panic_of(|| x + gone).0;
    assert!(stale.contains("open are: a tape of 2 nodes"), "{stale}");
}

#[test]
fn lengths_that_do_not_match_are_said() {
    expect_panic(&["hvp", "2 components for 1 inputs"], || {
        tape::hvp(|x| x[0], &[1.0], &[1.0, 2.0])
    });
    expect_panic(&["jvp", "0 components for 1 inputs"], || {
        tape::jvp(|x| x[0], &[1.0], &[])
    });
    expect_panic(&["vjp", "1 weights for 2 outputs"], || {
        tape::vjp(|x| [x[0], x[0]], &[1.0], &[1.0])
    });
    expect_panic(&["dot", "2 numbers against 1"], || {
        tape::dot(&[1.0, 2.0], &[1.0])
    });
    let program = Program::record(|x: &[Var]| [x[0], x[1]], &[1.0, 2.0]).expect("no guards");
    for error in [
        program.eval(&[1.0]).unwrap_err(),
        program.gradient(&[1.0, 2.0]).unwrap_err(),
        program.vjp(&[1.0, 2.0], &[1.0]).unwrap_err(),
        program.jvp(&[1.0, 2.0], &[1.0]).unwrap_err(),
        program.derivatives(1.0, 2).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Length, "{error}");
    }
}

// ---- tapes ----------------------------------------------------------------------------------------

#[test]
fn several_tapes_take_turns() {
    let tapes = [Tape::new(), Tape::without_lines(), Tape::new()];
    let x = [0, 1, 2].map(|i| tapes[i].leaf(i as f64 + 1.0));
    let mut y = x;
    for _ in 0..3 {
        for i in [2, 0, 1] {
            y[i] *= x[i];
        }
    }
    for i in [1, 2, 0] {
        assert_eq!(tapes[i].len(), 4);
        assert_eq!(y[i].backward()[x[i]], 4.0 * (i as f64 + 1.0).powi(3));
    }
}

#[test]
fn tapes_may_be_dropped_in_any_order() {
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut tapes = [0, 1, 2].map(|_| Some(Tape::new()));
        let x = [0, 1, 2].map(|i: usize| tapes[i].as_ref().expect("it is open").leaf(2.0));
        for (dropped, i) in order.into_iter().enumerate() {
            assert_eq!((x[i] * x[i]).backward()[x[i]], 4.0);
            tapes[i] = None;
            expect_panic(&["stale"], || x[i] + 1.0);
            for &j in &order[dropped + 1..] {
                assert_eq!((x[j] + 1.0).value(), 3.0);
            }
        }
    }
}

#[test]
fn resetting_one_tape_leaves_the_others_alone() {
    let (first, second) = (Tape::new(), Tape::new());
    let x = first.leaf(2.0);
    let y = second.leaf(3.0);
    first.reset(); // not the one that recorded last
    assert_eq!((y * y).backward()[y], 6.0);
    expect_panic(&["stale"], || x + 1.0);
    let x = first.leaf(4.0);
    second.reset();
    assert_eq!(
        ((x * x).backward()[x], first.len(), second.len()),
        (8.0, 2, 0)
    );
}

#[test]
fn a_tape_inside_a_driver_is_a_tape_like_any_other() {
    let mut kept = None;
    let g = tape::gradient(
        |x| {
            let (dropped, tape) = (Tape::new(), Tape::new());
            let (a, b) = (dropped.leaf(3.0), tape.leaf(5.0));
            let slope = (a * a).backward()[a];
            drop(dropped);
            let y = x[0] * slope;
            kept = Some((tape, b));
            y * x[0]
        },
        &[1.0],
    );
    assert_eq!(g, [12.0]);
    let (tape, b) = kept.expect("the function ran");
    assert_eq!(((b * b).backward()[b], tape.len()), (10.0, 2));
}

#[test]
fn a_tape_may_live_as_long_as_its_thread() {
    thread_local! {
        static TAPE: Tape = Tape::new();
    }
    let slope = std::thread::spawn(|| {
        TAPE.with(|tape| tape.leaf(3.0).powi(2)).backward()[TAPE.with(|t| t.leaf(0.0))]
    });
    assert_eq!(slope.join().expect("the tape goes away in peace"), 0.0);
}

#[test]
fn every_thread_has_tapes_of_its_own() {
    let threads: Vec<_> = (1..5)
        .map(|i| {
            std::thread::spawn(move || {
                let tape = Tape::new();
                let x = tape.leaf(f64::from(i));
                let y = (0..1000).fold(x, |y, _| y + x);
                (y.backward()[x], x.id())
            })
        })
        .collect();
    let ids: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().expect("no panic"))
        .collect();
    for (i, &(slope, id)) in ids.iter().enumerate() {
        assert_eq!(slope, 1001.0);
        assert!(
            ids[..i].iter().all(|&(_, other)| other != id),
            "ids are the process's, not the thread's"
        );
    }
}

#[test]
fn a_reset_tape_is_as_good_as_new() {
    let tape = Tape::new();
    let mut g = Gradients::new();
    let mut ids = Vec::new();
    for i in 0..100 {
        tape.reset();
        assert!(tape.is_empty());
        let x = tape.var("x", f64::from(i));
        (x.powi(2) + x).backward_into(&mut g);
        assert_eq!(
            (g[x], tape.len(), x.name()),
            (2.0 * f64::from(i) + 1.0, 3, Some("x".to_string()))
        );
        ids.push(x.id());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100, "no id is used twice");
}

#[test]
fn names_do_not_survive_a_reset() {
    let tape = Tape::new();
    let _ = tape.var("x", 1.0);
    tape.reset();
    assert_eq!(tape.leaf(1.0).name(), None);
}

#[test]
fn sweeping_twice_answers_twice_the_same() {
    let tape = Tape::new();
    let (x, y) = (tape.leaf(2.0), tape.leaf(3.0));
    let (p, q) = (x * y, x + y);
    let first = p.backward();
    let other = q.backward();
    let second = p.backward();
    assert_eq!((first[x], other[x], second[x]), (3.0, 1.0, 3.0)); // nothing piles up in the tape
    assert_eq!(first[p], 1.0);
    assert_eq!(tape.len(), 4); // a sweep records nothing
    assert_eq!(
        (p * q).backward().of(&[x, y]),
        [3.0 * 5.0 + 6.0, 2.0 * 5.0 + 6.0]
    ); // and the tape goes on
}

#[test]
fn one_object_takes_sweep_after_sweep() {
    let mut g = Gradients::new();
    let long = Tape::new();
    let x = long.leaf(1.0);
    let y = (0..1000).fold(x, |y, _| y * 1.0);
    y.backward_into(&mut g);
    assert_eq!(g[x], 1.0);
    // A shorter sweep leaves nothing of the longer one behind.
    let short = Tape::new();
    let (a, unused) = (short.leaf(2.0), short.leaf(1.0));
    (a * a).backward_into(&mut g);
    assert_eq!((g[a], g.get(unused)), (4.0, None));
    expect_panic(&["another recording"], || g[x]);
    Var::constant(3.0).backward_into(&mut g);
    assert_eq!((g.get(a), g.get(x)), (None, None));
}

// ---- constants ------------------------------------------------------------------------------------

#[test]
fn constants_need_no_tape_and_fold() {
    let two = Var::from(2.0);
    let seven = two.powi(2) + Var::constant(3.0).max(1.0);
    assert!(seven.is_constant());
    assert_eq!(seven.value(), 7.0);
    assert_eq!(Var::default().value(), 0.0);
    assert!(Var::sum(&[two, two]).is_constant() && two.select(1.0, 2.0).is_constant());
    assert_eq!(two.named("two").name(), None);

    let tape = Tape::new();
    let x = tape.leaf(5.0);
    assert_eq!((x * seven).backward()[x], 7.0);
    assert_eq!(tape.len(), 2); // the constant became a literal of the product
    let g = seven.backward();
    assert_eq!((g.get(seven), g.get(x), g[x]), (None, None, 0.0));
    assert_eq!(seven.gradient_of(&[x])[0].value(), 0.0);
    assert_eq!(
        x.gradient_of(&[seven, x])
            .iter()
            .map(|d| d.value())
            .collect::<Vec<_>>(),
        [0.0, 1.0]
    );
    assert_eq!(
        tape::gradient(|_| Var::constant(1.0), &[1.0, 2.0]),
        [0.0, 0.0]
    );
    assert_eq!(
        tape::derivatives(|_| Var::constant(4.0), 1.0, 2),
        [4.0, 0.0, 0.0]
    );
}

// ---- operators ------------------------------------------------------------------------------------

/// Every form of an operator: values and derivatives by the left and the right operand.
macro_rules! operator_forms {
    ($($name:ident $op:tt $assign:tt;)*) => { $(
        #[test]
        fn $name() {
            let (a, b) = (7.5, 2.0);
            let tape = Tape::new();
            let (x, y) = (tape.leaf(a), tape.leaf(b));
            let want = a $op b;
            let by_both = (x $op y).backward();
            let (by_x, by_y) = (by_both[x], by_both[y]);
            for (form, result, left, right) in [
                ("var, &var", x $op &y, by_x, by_y),
                ("&var, var", &x $op y, by_x, by_y),
                ("&var, &var", &x $op &y, by_x, by_y),
                ("var, f64", x $op b, by_x, 0.0),
                ("&var, f64", &x $op b, by_x, 0.0),
                ("f64, var", a $op y, 0.0, by_y),
                ("f64, &var", a $op &y, 0.0, by_y),
                ("assign var", { let mut z = x; z $assign y; z }, by_x, by_y),
                ("assign &var", { let mut z = x; z $assign &y; z }, by_x, by_y),
                ("assign f64", { let mut z = x; z $assign b; z }, by_x, 0.0),
                ("constant right", x $op Var::constant(b), by_x, 0.0),
                ("constant left", Var::constant(a) $op y, 0.0, by_y),
            ] {
                let g = result.backward();
                assert_eq!((result.value(), g[x], g[y]), (want, left, right), "{form}");
            }
            // Duals have the same forms.
            let (p, q) = (Dual::<f64, 2>::variable(a, 0), Dual::<f64, 2>::variable(b, 1));
            for (form, result, tangent) in [
                ("dual, dual", p $op q, [by_x, by_y]),
                ("dual, &dual", p $op &q, [by_x, by_y]),
                ("dual, f64", p $op b, [by_x, 0.0]),
                ("f64, dual", a $op q, [0.0, by_y]),
                ("assign dual", { let mut z = p; z $assign q; z }, [by_x, by_y]),
                ("assign f64", { let mut z = p; z $assign b; z }, [by_x, 0.0]),
            ] {
                assert_eq!((result.value, result.tangent), (want, tangent), "{form}");
            }
        }
    )* };
}

operator_forms! {
    addition_in_all_forms + +=;
    subtraction_in_all_forms - -=;
    multiplication_in_all_forms * *=;
    division_in_all_forms / /=;
    remainder_in_all_forms % %=;
}

#[test]
fn negation_in_both_forms() {
    let tape = Tape::new();
    let x = tape.leaf(3.0);
    assert_eq!(
        ((-x).value(), (-&x).value(), (-x).backward()[x]),
        (-3.0, -3.0, -1.0)
    );
}

#[test]
fn sums_and_products_go_from_left_to_right_by_value_and_by_reference() {
    let numbers = [1e16, 1.0, -1e16, 3.0]; // the order shows in the result
    let tape = Tape::new();
    let x = tape.leaves(&numbers);
    let sum: Var = x.iter().sum();
    let same: Var = x.iter().copied().sum();
    assert_eq!((sum.value(), same.value()), (3.0, 3.0));
    assert_eq!(sum.backward().of(&x), [1.0; 4]);
    let product: Var = x[1..].iter().product();
    let same: Var = x[1..].iter().copied().product();
    assert_eq!((product.value(), same.value()), (-3e16, -3e16));
    assert_eq!(product.backward().of(&x), [0.0, -3e16, 3.0, -1e16]);
    // Of nothing: constants. Of one: that one, without a node.
    let nothing: [Var; 0] = [];
    assert_eq!(
        (
            nothing.iter().sum::<Var>().value(),
            nothing.iter().product::<Var>().value()
        ),
        (0.0, 1.0)
    );
    assert_eq!(x[..1].iter().sum::<Var>().id(), x[0].id());
    let duals: Dual = [2.0, 3.0].map(|v| Dual::variable(v, 0)).iter().product();
    assert_eq!((duals.value, duals.tangent), (6.0, [5.0]));
}

#[test]
fn comparisons_are_by_value() {
    let tape = Tape::new();
    let (x, y) = (tape.leaf(2.0), tape.leaf(2.0));
    for (question, answer, want) in [
        ("x == y", x == y, true),
        ("x != y", x != y, false),
        ("x < y", x < y, false),
        ("x <= y", x <= y, true),
        ("x > y", x > y, false),
        ("x >= y", x >= y, true),
        ("x == 2", x == 2.0, true),
        ("2 == x", 2.0 == x, true),
        ("x < 3", x < 3.0, true),
        ("1 < x", 1.0 < x, true),
        ("3 > x", 3.0 > x, true),
        ("2 >= x", 2.0 >= x, true),
        ("3 <= x", 3.0 <= x, false),
    ] {
        assert_eq!(answer, want, "{question}");
    }
    assert_ne!(x.id(), y.id());
    let nan = tape.leaf(f64::NAN);
    assert!(nan != nan && nan.partial_cmp(&x).is_none() && nan.is_nan() && !x.is_nan());
    assert_eq!(x.partial_cmp(&3.0), Some(std::cmp::Ordering::Less));
    assert!(
        x.is_finite() && (x / 0.0).is_infinite() && (-x).is_sign_negative() && x.is_sign_positive()
    );
    let mut sorted = [3.0, 1.0, 2.0].map(|value| tape.leaf(value));
    sorted.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
    assert_eq!(sorted.map(Var::value), [1.0, 2.0, 3.0]);
}

#[test]
fn an_id_is_a_map_key() {
    let tape = Tape::new();
    let (x, y) = (tape.leaf(1.0), tape.leaf(1.0));
    let names = HashMap::from([(x.id(), "x"), (y.id(), "y")]);
    let copy = x;
    assert_eq!((names[&copy.id()], names[&y.id()]), ("x", "y"));
}

#[test]
fn handles_print_as_their_values_and_debug_as_their_names() {
    let tape = Tape::new();
    let x = tape.var("x", 2.5);
    let y = x * 2.0;
    assert_eq!(
        (format!("{x}"), format!("{y:8.3}|")),
        ("2.5".to_string(), "   5.000|".to_string())
    );
    assert_eq!(format!("{x:?}"), "Var(x = 2.5)");
    assert_eq!(format!("{:?}", Var::constant(3.0)), "Var(3.0)");
    assert_eq!(format!("{:?}", y.named("double")), "Var(double = 5.0)");
    assert_eq!(
        format!("{tape:?} {:?}", y.backward()),
        "Tape of 2 nodes Gradients of 2 nodes"
    );
    assert_eq!(format!("{}", Dual::<f64>::variable(2.5, 0)), "2.5");
    // A stale handle can still be looked at.
    drop(tape);
    assert!(format!("{x} {x:?}").starts_with("2.5 Var("));
}

#[test]
fn a_handle_is_small_and_may_cross_threads() {
    fn plain<T: Copy + Send + Sync + 'static>() {}
    fn shared<T: Send + Sync + Clone + PartialEq + 'static>() {}
    plain::<Var>();
    shared::<Program>();
    assert_eq!(size_of::<Var>(), 16);
}

// ---- paths ----------------------------------------------------------------------------------------

#[test]
fn no_path_is_none_and_a_derivative_of_zero_is_some() {
    let tape = Tape::new();
    let (x, y, z) = (tape.leaf(1.0), tape.leaf(2.0), tape.leaf(3.0));
    let g = (x * 0.0 + y.floor()).backward();
    assert_eq!((g.get(x), g.get(y), g.get(z)), (Some(0.0), Some(0.0), None));
    let g = (x - x).backward();
    assert_eq!(g.get(x), Some(0.0));
    let g = (x * -0.0).backward();
    assert_eq!(g.get(x), Some(0.0));
    let g = (x * 1e-300 * -1e-300).backward(); // underflows from below
    assert_eq!(g.get(x), Some(0.0));
    assert_eq!(x.backward().get(x), Some(1.0));
    assert_eq!(x.backward().get(y), None);
}

#[test]
fn a_detached_value_passes_nothing_on() {
    let tape = Tape::new();
    let x = tape.leaf(3.0);
    let g = (x * x.detach()).backward();
    assert_eq!((g[x], x.detach().backward().get(x)), (3.0, None));
    assert_eq!(
        tape::hessian(|x| x[0] * x[0].detach() * x[0], &[3.0]),
        [[6.0]]
    );
    assert_eq!(
        tape::jvp(|x| x[0] * tape::op::Lift::detach(x[0]), &[3.0], &[1.0]),
        [3.0]
    );
    assert_eq!(
        tape::derivatives(|x| x * x.detach(), 3.0, 2),
        [9.0, 3.0, 0.0]
    );
    assert_eq!((x * x.detach()).gradient_of(&[x])[0].value(), 3.0);
}

#[test]
fn the_side_of_a_select_that_is_not_taken_contributes_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(-4.0);
    let y = x.select(x.sqrt(), x * x);
    assert_eq!((y.value(), y.backward()[x]), (16.0, -8.0));
    assert_eq!(y.gradient_of(&[x])[0].backward()[x], 2.0);
}

// ---- guards ---------------------------------------------------------------------------------------

/// A program that looks at its values; where it must be replayed no more, and what the error says.
fn expect_branch_change(program: &Program, same: f64, other: f64, line: u32, parts: &[&str]) {
    program
        .eval(&[same])
        .unwrap_or_else(|error| panic!("the branch is the same at {same}: {error}"));
    let place = format!("handles.rs:{line}:");
    for error in [
        program.eval(&[other]).unwrap_err(),
        program.gradient(&[other]).unwrap_err(),
        program.jvp(&[other], &[1.0]).unwrap_err(),
        program.hvp(&[other], &[1.0]).unwrap_err(),
        program.derivatives(other, 2).unwrap_err(),
    ] {
        let message = error.to_string();
        assert_eq!(error.kind(), ErrorKind::BranchChanged);
        for part in parts.iter().chain([&place.as_str()]) {
            assert!(message.contains(part), "no `{part}` in: {message}");
        }
    }
}

#[test]
fn a_replay_that_would_branch_otherwise_names_the_line() {
    /// How a program looks at its input, a point that looks the same, one that does not, and the line.
    type Look = (fn(Var) -> bool, f64, f64, u32, &'static str);
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let looks: [Look; 14] = [
        (|x| x > 0.0, 2.0, -2.0, line!(), "-2 > 0"),
        (|x| x < 3.0, 2.0, 4.0, line!(), "4 < 3"),
        (|x| x >= 1.0, 2.0, 0.5, line!(), "0.5 >= 1"),
        (|x| x <= 1.0, 1.0, 1.5, line!(), "1.5 <= 1"),
        (|x| x == 1.0, 1.0, 2.0, line!(), "2 == 1"),
        (|x| x != 5.0, 2.0, 5.0, line!(), "5 == 5"),
        (|x| 0.0 < x, 2.0, -2.0, line!(), "0 < -2"),
        (|x| x * x > x, 0.5, 3.0, line!(), "9 > 3"),
        (|x| x.partial_cmp(&1.0).is_some(), 1.0, nan, line!(), "<=>"),
        (|x| x.is_nan(), 2.0, nan, line!(), "is_nan"),
        (|x| x.is_finite(), 2.0, inf, line!(), "is_finite"),
        (|x| x.is_infinite(), 2.0, inf, line!(), "is_infinite"),
        (|x| x.is_sign_negative(), 2.0, -0.0, line!(), "negative"),
        (|x| x.value() > 0.0, 1.0, 2.0, line!(), "a plain number"),
    ];
    for (look, same, other, line, part) in looks {
        let program = Program::record(
            |x: &[Var]| {
                look(x[0]);
                x[0] * 2.0
            },
            &[1.0],
        );
        let program = program.expect("all outputs are its own");
        expect_branch_change(&program, same, other, line, &[part]);
    }
}

#[test]
fn looking_without_a_guard_and_choosing_without_a_branch() {
    let program = Program::record(
        |x: &[Var]| {
            let seen = x[0].peek() + f64::from(u8::from(format!("{}", x[0]).is_empty()));
            let y =
                x[0].max(0.0) + x[0].min(1.0) + x[0].abs() + x[0].relu() + x[0].clamp(-1.0, 1.0);
            y + x[0].select(x[0], seen * 0.0)
        },
        &[1.0],
    );
    let program = program.expect("all outputs are its own");
    assert_eq!(program.eval(&[-2.0]), Ok(vec![-1.0]));
    assert_eq!(
        program.eval(&[3.0]),
        Ok(vec![3.0 + 1.0 + 3.0 + 3.0 + 1.0 + 3.0])
    );
}

#[test]
fn a_tape_and_a_driver_may_branch_as_they_like() {
    fn huber<R: Real>(x: R) -> R {
        if x.abs() < R::from(1.0) {
            x * x / 2.0
        } else {
            x.abs() - 0.5
        }
    }
    for (x, slope) in [(0.5, 0.5), (7.0, 1.0), (-7.0, -1.0)] {
        assert_eq!(tape::gradient(|x| huber(x[0]), &[x]), [slope]);
        assert_eq!(tape::derivatives(huber, x, 1)[1], slope);
        assert_eq!(tape::jvp(|x| huber(x[0]), &[x], &[1.0]), [slope]);
    }
}
