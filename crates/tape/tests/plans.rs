//! Plans: what they follow, what they refuse, and what may be done between two runs.

use std::sync::Arc;
use tape::{
    Array, Element, ErrorKind, Gradients, Indices, Plan, Program, Sweep, Tape, Tensor, TensorOp,
    Var,
};

/// What refuses a plan.
#[track_caller]
fn refused(record: impl FnOnce(&Tape) -> Var) -> String {
    let error = Plan::record(|tape| (record(tape), ())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Record);
    error.to_string()
}

#[test]
fn what_cannot_be_followed_is_refused_with_the_line() {
    let x = |tape: &Tape| -> Tensor { tape.tensor("x", [1.0, 2.0]) };
    let read = refused(|tape| x(tape).sum() * x(tape).to_vec()[0]);
    assert!(
        read.contains("reads the elements of an array, as at crates/tape/tests/plans.rs:"),
        "{read}"
    );
    assert!(refused(|tape| x(tape).sort(0, true).0.sum()).contains("reads the elements"));
    assert!(
        refused(|tape| (x(tape) * f64::from(format!("{}", x(tape)).len() as u32)).sum())
            .contains("reads")
    );

    let derivatives = "reads derivatives, as at crates/tape/tests/plans.rs:";
    let y = |tape: &Tape| x(tape).square().sum();
    for read in [
        refused(|tape| y(tape) * y(tape).backward().get(y(tape)).unwrap_or(2.0)),
        refused(|tape| y(tape) * x(tape).vjp(&[1.0, 2.0].into())[x(tape)].len() as f64),
        refused(|tape| y(tape) * Sweep::new().backward(y(tape)).get(y(tape)).unwrap_or(2.0)),
        refused(|tape| tape.leaf(3.0).powi(2) * tape.leaf(2.0).backward()[tape.leaf(1.0)]),
        Program::record(|x: &[Var]| x[0] * x[0].powi(2).backward()[x[0]], &[2.0])
            .unwrap_err()
            .to_string(),
    ] {
        assert!(read.contains(derivatives), "{read}");
    }

    let double = TensorOp::define("double", |x: &[Tensor]| x[0] * 2.0);
    let users = refused(|tape| double.call(&[x(tape)]).sum());
    assert!(users.contains("`double`"), "{users}");

    let nothing = refused(|_| Var::from(3.0));
    assert!(
        nothing.contains("was not computed on its tape"),
        "{nothing}"
    );
    let other = Tape::new();
    let elsewhere = refused(|_| other.leaf(1.0));
    assert!(
        elsewhere.contains("was not computed on its tape"),
        "{elsewhere}"
    );
}

#[test]
fn a_branch_that_would_go_another_way_is_an_error_and_the_plan_goes_on() {
    let (mut plan, x) = Plan::record(|tape| {
        let x: Tensor = tape.tensor("x", [1.0, 2.0]);
        let sum = x.sum();
        (if sum > 0.0 { sum * sum } else { -sum }, x)
    })
    .unwrap();
    let mut g = Gradients::new();
    assert_eq!(plan.run(&mut g).unwrap(), 9.0);
    assert_eq!(g[x], [6.0, 6.0]);
    plan.set(x, &[-1.0, -2.0]).unwrap();
    let error = plan.run(&mut g).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BranchChanged);
    assert!(
        error.to_string().contains("crates/tape/tests/plans.rs:"),
        "{error}"
    );
    plan.set(x, &[0.5, 0.5]).unwrap();
    assert_eq!(plan.run(&mut g).unwrap(), 1.0);
    assert_eq!(g[x], [2.0, 2.0]);
}

#[test]
fn a_tensor_of_rank_0_is_read_as_a_number_is() {
    let reads: [fn(Tensor) -> f64; 4] = [
        |x| x.item(),
        |x| x.to_vec()[0],
        |x| x.to_array().item(),
        |x| x.with(|x| x[0]),
    ];
    for read in reads {
        let (mut plan, x) = Plan::record(|tape| {
            let x: Tensor = tape.tensor("x", 3.0);
            // Printing leaves no guard, as that of a `Var` leaves none.
            assert_eq!(format!("{x} {x:?}"), "3.0 Tensor(x, [], Array(3.))");
            (x.square().sum() * read(x * 2.0), x)
        })
        .unwrap();
        assert_eq!(plan.eval().unwrap(), 54.0);
        plan.set(x, &[5.0]).unwrap();
        assert_eq!(plan.eval().unwrap_err().kind(), ErrorKind::BranchChanged);
        let program = Program::record(|x: &[Var]| x[0] * read(x[0].into()), &[2.0]).unwrap();
        assert_eq!(program.eval(&[2.0]).unwrap(), [4.0]);
        assert!(program.eval(&[5.0]).is_err());
    }
}

fn bits<T: Element>(elements: &[T]) -> Vec<u64> {
    elements.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// Holds a loss to the bits of a fresh recording, recorded at each of these points and run at all.
#[track_caller]
fn everywhere<T: Element>(name: &str, points: &[[f64; 4]], loss: fn(Tensor<T>, Var) -> Var) {
    let record = |tape: &Tape, at: &[f64; 4]| {
        let x = tape.tensor_of(&[2, 2], &at.map(T::from_f64));
        let n = tape.leaf(at[3]);
        (loss(x, n), (x, n))
    };
    let mut g = Gradients::new();
    for there in points {
        let (mut plan, (x, n)) = Plan::record(|tape| record(tape, there)).unwrap();
        for here in points {
            plan.set(x, &here.map(T::from_f64)).unwrap();
            plan.set_number(n, here[3]).unwrap();
            let value = plan.run(&mut g).unwrap();
            let tape = Tape::new();
            let (fresh, (fresh_x, fresh_n)) = record(&tape, here);
            let swept = fresh.backward();
            let what = format!("{name}: recorded at {there:?}, run at {here:?}");
            assert_eq!(bits(&[value]), bits(&[fresh.value()]), "{what}");
            assert_eq!(bits(&g[x]), bits(&swept[fresh_x]), "{what}");
            let slopes = (g.get(n), swept.get(fresh_n));
            assert_eq!(
                slopes.0.map(f64::to_bits),
                slopes.1.map(f64::to_bits),
                "{what}"
            );
        }
    }
}

fn steepness<T: Element>(x: Tensor<T>, y: Var) -> Var {
    Tensor::<T>::from(y).gradient_of(Tensor::from(1.0), &[x])[0]
        .square()
        .sum()
}

#[test]
fn a_plan_that_was_recorded_at_a_kink_is_right_beside_it() {
    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;
    let points = [
        [0.5, -1.5, 2.0, 0.75],
        [0.0, -0.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, -0.0],
        [-1.0, 1.0, 0.0, -1.0],
        [NAN, 1.0, -2.0, 1.0],
        [INF, 0.0, -INF, 2.0],
        [-INF, -INF, -INF, -INF],
        [1e308, -1e308, 1e-320, NAN],
    ];
    macro_rules! everywhere {
        ($($name:literal, |$x:ident, $n:ident| $loss:expr;)*) => { $(
            everywhere::<f64>($name, &points, |$x, $n| $loss);
            everywhere::<f32>($name, &points, |$x, $n| $loss);
        )* };
    }
    everywhere! {
        "kinks", |x, n| (x.relu() + x.abs() * n + x.max(x.t()).min(n)).sum();
        "clamp", |x, n| (x.clamp(-1.0, 1.0) * n.clamp(-1.0, 1.0)).sum() + n.max(0.0) * n.abs();
        "norms", |x, n| x.norm() * n + x.p_norm(1.0) + x.norm_over(0).sum();
        "ties", |x, n| x.amax() * n + x.amin_over(1).sum() + x.amax_over(0).prod();
        "zeros", |x, n| x.prod() * n + x.prod_over(0).sum() + (x * n).cumsum(1).prod();
        "powers", |x, n| (x.powi(2) + x.abs().pow(n) + x.sqrt() * 0.0 + x.ln()).sum();
        "choice", |x, n| x.greater(0.0).select(x * n, x.exp()).sum() + n.select(n.ln(), n * n);
        "mask", |x, n| x.masked_fill(x.less(n), -f64::INFINITY).softmax(1).sum() + n;
        "softmax", |x, n| (x * n).log_softmax(0).diagonal(0).sum() + x.logsumexp() * n;
        "loss", |x, n| (x * n).cross_entropy(&[0, 1]) + x.bce_with_logits(x.greater(0.0)) * n;
        "spread", |x, n| x.std(1.0) * n + x.variance_over(0, 0.0).sum();
        "untouched", |x, n| (x.detach() * n).sum() + x.slice(0, 1..).sum() * 0.0 + x.at([0, 0]) * n;
        "products", |x, n| x.matmul(x.t()).sum() * n + x.row(0).dot(x.row(1));
        "graph", |x, n| steepness(x, (x.tanh().prod() + x.abs().max(n).sum()) * n);
        "numbers", |x, n| {
            let y = (Tensor::from(n) * 0.1 + x.at([0, 1])).sum_over([0i64; 0]).reshape(&[]);
            y.amax() + y.square().sum() * (x * y).sum()
        };
    }
}

#[test]
fn a_wrong_input_is_an_error_and_nothing_is_set() {
    let (mut plan, (x, y, t)) = Plan::record(|tape| {
        let (x, t): (Tensor, Var) = (tape.tensor("x", [1.0, 2.0]), tape.leaf(3.0));
        let y = x * t;
        (y.sum(), (x, y, t))
    })
    .unwrap();
    let tape = Tape::new();
    let stranger: Tensor = tape.tensor("stranger", [1.0, 2.0]);
    for (error, words) in [
        (plan.set(x, &[1.0]), "1 elements for an input of shape [2]"),
        (plan.set(y, &[1.0, 2.0]), "only inputs and data can be set"),
        (
            plan.set(stranger, &[1.0, 2.0]),
            "not of this plan's recording",
        ),
        (
            plan.set(Tensor::from(1.0), &[1.0]),
            "not of this plan's recording",
        ),
        (
            plan.set_number(Var::from(2.0), 1.0),
            "not of this plan's recording",
        ),
        (
            plan.lend(x, Arc::new([1.0, 2.0].into())),
            "recorded as a copy",
        ),
        (plan.give_back(x), "recorded as a copy"),
        (plan.set_positions(0, &[1]), "list 0 of 0"),
    ] {
        let error = error.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(plan.eval().unwrap(), 9.0);
    plan.set_number(t, 4.0).unwrap();
    assert_eq!(plan.eval().unwrap(), 12.0);
    assert_eq!((plan.value(t), plan.array(y)), (4.0, [4.0, 8.0].into()));
}

#[test]
fn arrays_that_are_lent_change_hands() {
    let mut weights: Arc<Array> = Arc::new([1.0, 2.0].into());
    let (mut plan, w) = Plan::record(|tape| {
        let w = tape.shared(&weights);
        (w.square().sum(), w)
    })
    .unwrap();
    let mut g = Gradients::new();
    for _ in 0..3 {
        plan.lend(w, Arc::clone(&weights)).unwrap();
        plan.run(&mut g).unwrap();
        plan.give_back(w).unwrap();
        let own = Arc::get_mut(&mut weights)
            .expect("it is the owner's alone")
            .as_mut_slice();
        own.iter_mut().zip(&g[w]).for_each(|(w, g)| *w -= 0.25 * g);
    }
    assert_eq!(weights.as_slice(), [0.125, 0.25]);
    let error = plan.run(&mut g).unwrap_err().to_string();
    assert!(error.contains("was given back"), "{error}");
    let error = plan
        .lend(w, Arc::new([1.0].into()))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("shape [1] for an input of shape [2]"),
        "{error}"
    );
    // What is set is the plan's own.
    plan.set(w, &[3.0, 4.0]).unwrap();
    assert_eq!(plan.run(&mut g).unwrap(), 25.0);
    // However often it was given back, it may be lent again.
    for times in 0..3 {
        for _ in 0..times {
            plan.give_back(w).unwrap();
        }
        assert_eq!(plan.run(&mut g).is_err(), times > 0);
        plan.lend(w, Arc::clone(&weights)).unwrap();
        assert_eq!(plan.run(&mut g).unwrap(), 0.078125);
    }
}

#[test]
#[should_panic = "elements are those of an array that was given back to its owner"]
fn an_array_that_was_given_back_is_not_read() {
    let weights: Arc<Array> = Arc::new([[1.0, 2.0]].into());
    let (mut plan, (w, turned)) = Plan::record(|tape| {
        let w = tape.shared(&weights);
        (w.sum(), (w, w.t()))
    })
    .unwrap();
    assert_eq!(plan.array(turned), [[1.0], [2.0]].into());
    plan.give_back(w).unwrap();
    let _ = plan.array(turned);
}

#[test]
fn gradients_may_be_changed_and_used_elsewhere_between_runs() {
    let record = |tape: &Tape| {
        // One adjoint for both: changing one moves it to memory of its own.
        let (x, y): (Tensor, Tensor) = (tape.tensor("x", [1.0, 2.0]), tape.tensor("y", [3.0, 4.0]));
        ((x + y).square().sum(), (x, y))
    };
    let (mut plan, (x, y)) = Plan::record(record).unwrap();
    let (mut g, tape) = (Gradients::new(), Tape::new());
    for scale in [1.0, 2.0, 3.0] {
        plan.set(x, &[scale, 2.0 * scale]).unwrap();
        plan.run(&mut g).unwrap();
        let slopes = [2.0 * (scale + 3.0), 2.0 * (2.0 * scale + 4.0)];
        assert_eq!((&g[x], &g[y]), (&slopes[..], &slopes[..]));
        g.elements_mut(x).unwrap().fill(0.0);
        assert_eq!((&g[x], &g[y]), (&[0.0; 2][..], &slopes[..]));
        if scale == 2.0 {
            let (loss, (other, _)) = record(&tape);
            loss.backward_into(&mut g);
            assert_eq!(g[other], [8.0, 12.0]);
        }
    }
    let mut fresh = Gradients::new();
    plan.run(&mut fresh).unwrap();
    assert_eq!(fresh[y], [12.0, 20.0]);
    // Transposed adjoints are put in order for who looks; anew after each run.
    let (mut plan, (m, t)) = Plan::record(|tape| {
        let m: Tensor = tape.tensor("m", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let t = m.t() * 1.0;
        ((t.t() * m).sum(), (m, t))
    })
    .unwrap();
    for scale in [1.0, 5.0] {
        let elements = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(|x| x * scale);
        plan.set(m, &elements).unwrap();
        plan.run(&mut g).unwrap();
        assert_eq!(g[m], elements.map(|x| 2.0 * x));
        assert_eq!(g[t], [1.0, 4.0, 2.0, 5.0, 3.0, 6.0].map(|x| x * scale));
    }
}

#[test]
fn numbers_arrays_and_element_types_are_mixed_as_on_a_tape() {
    let record = |tape: &Tape, numbers: [f64; 3]| {
        let (a, b): (Var, Var) = (tape.leaf(numbers[0]), tape.leaf(numbers[1]));
        let x: Tensor = tape.tensor_of(&[2, 2], &[numbers[2], 0.5, -0.25, 2.0]);
        let spread = Tensor::from(a.sin()).expand(&[2, 2]);
        let single = (x.cast::<f32>() * 0.5_f64).tanh().cast::<f64>();
        let cut = (x * b).detach();
        let diagonal = x.diagonal(0).sum();
        let y = (spread * single + cut).slice(0, 1..).sum() * diagonal + x.at([0, 1]) * a;
        (y * tape::no_gradient(|| b.exp()), (a, b, x))
    };
    let (mut plan, (a, b, x)) = Plan::record(|tape| record(tape, [1.0, 2.0, 3.0])).unwrap();
    let tape = Tape::new();
    let (y, (fresh_a, fresh_b, fresh_x)) = record(&tape, [-0.5, 0.75, 1.5]);
    let swept = y.backward();
    plan.set_number(a, -0.5).unwrap();
    plan.set_number(b, 0.75).unwrap();
    plan.set(x, &[1.5, 0.5, -0.25, 2.0]).unwrap();
    let mut g = Gradients::new();
    assert_eq!(plan.run(&mut g).unwrap(), y.value());
    assert_eq!((g[a], g.get(b)), (swept[fresh_a], swept.get(fresh_b)));
    assert_eq!(g[x], swept[fresh_x]);
    assert_eq!(plan.len(), tape.len());
}

#[test]
fn positions_are_inputs() {
    let tokens = Indices::from([2, 0, 2]);
    let record = |tape: &Tape, tokens: &Indices, classes: &[usize]| {
        let table: Tensor = tape.tensor("table", [[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]);
        let x = table.embedding(tokens);
        let again = table.index_select(0, tokens).square();
        ((x + again).cross_entropy(classes), table)
    };
    let (mut plan, table) = Plan::record(|tape| record(tape, &tokens, &[0, 1, 1])).unwrap();
    let lists: Vec<Vec<usize>> = plan.positions().map(<[usize]>::to_vec).collect();
    assert_eq!(lists, [vec![2, 0, 2], vec![0, 1, 1]]);
    plan.set_positions(0, &[1, 1, 0]).unwrap();
    plan.set_positions(1, &[1, 0, 0]).unwrap();
    for (list, wrong, words) in [
        (0, &[0, 1, 3][..], "index 3 at [2] is out of range"),
        (1, &[0, 2, 0], "class 2 of row 1 is out of range"),
        (1, &[0, 0], "2 positions for list 1, which has 3"),
        (2, &[0], "list 2 of 2"),
    ] {
        let error = plan.set_positions(list, wrong).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let mut g = Gradients::new();
    let tape = Tape::new();
    let (y, fresh) = record(&tape, &Indices::from([1, 1, 0]), &[1, 0, 0]);
    assert_eq!(plan.run(&mut g).unwrap(), y.value());
    assert_eq!(g[table], y.backward()[fresh]);
}

#[test]
fn a_plan_outlives_its_tape_and_goes_to_another_thread() {
    let (mut plan, x) = Plan::record(|tape| {
        let x: Tensor<f32> = tape.tensor("x", [1.0, 2.0, 3.0]);
        (x.exp().sum(), x)
    })
    .unwrap();
    let slopes = std::thread::spawn(move || {
        let mut g = Gradients::new();
        plan.set(x, &[0.0; 3]).unwrap();
        assert_eq!(plan.run(&mut g).unwrap(), 3.0);
        g[x].to_vec()
    });
    assert_eq!(slopes.join().unwrap(), [1.0; 3]);
}
