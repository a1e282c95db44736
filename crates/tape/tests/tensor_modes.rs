//! What there is for numbers is there for arrays: drivers, a user's operations, casts, hooks, regions
//! without gradient, and the story of every handle that is used where it does not belong.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tape::{Array, ErrorKind, Real, Sweep, Tape, Tensor, TensorOp, Var, arrays, no_gradient};

/// What a panic said.
#[track_caller]
fn panicked<V>(body: impl FnOnce() -> V) -> String {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(_) => panic!("nothing panicked"),
        Err(payload) => match payload.downcast_ref::<String>() {
            Some(message) => message.clone(),
            None => payload.downcast_ref::<&str>().unwrap_or(&"").to_string(),
        },
    }
}

fn array<const N: usize>(elements: [f64; N]) -> Array {
    Array::from(elements)
}

fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    let scale = a.iter().chain(b).fold(1.0f64, |m, x| m.max(x.abs()));
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= tolerance * scale, "{a} against {b}");
    }
}

fn dot(a: &Array, b: &Array) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

// ---- drivers --------------------------------------------------------------------------------------

/// A function of a matrix and a vector that is neither linear nor symmetric.
fn layer(x: &[Tensor]) -> Tensor {
    (x[0].matmul(x[1]) + x[1].square().sum()).tanh() * x[0].sum()
}

fn point() -> Vec<Array> {
    vec![
        Array::from([[0.3, -0.2], [0.1, 0.5], [-0.4, 0.2]]),
        array([0.7, -0.6]),
    ]
}

fn direction() -> Vec<Array> {
    vec![
        Array::from([[1.0, 0.5], [-0.3, 0.2], [0.9, -1.1]]),
        array([-0.8, 0.4]),
    ]
}

#[test]
fn jvp_is_the_transpose_of_vjp() {
    let (x, v, u) = (point(), direction(), array([0.2, -1.3, 0.8]));
    let forward = arrays::jvp(layer, &x, &v);
    let back = arrays::vjp(layer, &x, &u);
    let there = dot(&u, &forward);
    let here: f64 = back.iter().zip(&v).map(|(g, v)| dot(g, v)).sum();
    assert!((there - here).abs() <= 1e-14 * there.abs().max(1.0));

    // Against differences.
    let at = |h: f64| {
        let moved: Vec<Array> = x
            .iter()
            .zip(&v)
            .map(|(x, v)| {
                let elements: Vec<f64> = x.iter().zip(v).map(|(x, v)| x + h * v).collect();
                Array::new(x.shape(), elements)
            })
            .collect();
        let tape = Tape::new();
        let moved: Vec<Tensor> = moved.iter().map(|x| tape.constant(x.clone())).collect();
        layer(&moved).to_vec()
    };
    let (after, before) = (at(1e-5), at(-1e-5));
    let slopes: Vec<f64> = after
        .iter()
        .zip(&before)
        .map(|(a, b)| (a - b) / 2e-5)
        .collect();
    close(forward.as_slice(), &slopes, 1e-9);
}

#[test]
fn jacobian_rows_are_vjps_and_columns_are_jvps() {
    let x = point();
    let j = arrays::jacobian(layer, &x);
    assert_eq!(
        (&j[0].shape()[..], &j[1].shape()[..]),
        (&[3, 3, 2][..], &[3, 2][..])
    );
    for row in 0..3 {
        let mut u = Array::zeros(&[3]);
        u.as_mut_slice()[row] = 1.0;
        let g = arrays::vjp(layer, &x, &u);
        assert_eq!(&j[0].as_slice()[row * 6..][..6], g[0].as_slice());
        assert_eq!(&j[1].as_slice()[row * 2..][..2], g[1].as_slice());
    }
    for column in 0..2 {
        let mut v = vec![Array::zeros(&[3, 2]), Array::zeros(&[2])];
        v[1].as_mut_slice()[column] = 1.0;
        let along = arrays::jvp(layer, &x, &v);
        let expected: Vec<f64> = (0..3).map(|row| j[1][[row, column]]).collect();
        close(along.as_slice(), &expected, 1e-14);
    }
}

#[test]
fn the_hessian_is_symmetric_and_its_products_are_hvps() {
    let f = |x: &[Tensor]| layer(x).square().sum();
    let (x, v) = (point(), direction());
    let h = arrays::hessian(f, &x);
    assert_eq!(h[0][1].shape()[..], [3, 2, 2]);
    let flat = |a: &Array, i: usize, j: usize, n: usize| a.as_slice()[i * n + j];
    for i in 0..6 {
        for j in 0..6 {
            close(
                &[flat(&h[0][0], i, j, 6)],
                &[flat(&h[0][0], j, i, 6)],
                1e-12,
            );
        }
        for j in 0..2 {
            close(
                &[flat(&h[0][1], i, j, 2)],
                &[flat(&h[1][0], j, i, 6)],
                1e-12,
            );
        }
    }
    let hv = arrays::hvp(f, &x, &v);
    for i in 0..6 {
        let row: f64 = (0..6)
            .map(|j| flat(&h[0][0], i, j, 6) * v[0].as_slice()[j])
            .sum::<f64>()
            + (0..2)
                .map(|j| flat(&h[0][1], i, j, 2) * v[1].as_slice()[j])
                .sum::<f64>();
        close(&[row], &[hv[0].as_slice()[i]], 1e-12);
    }
}

#[test]
fn a_generic_function_has_the_same_derivatives_on_numbers_and_on_arrays() {
    fn f<R: Real>(x: &[R]) -> R {
        (x[0] * x[1]).sin() * x[0].exp() + x[1].powi(3)
    }
    let numbers = [0.4, -1.2];
    let x = numbers.map(Array::from);
    let v = [0.3, 2.0].map(Array::from);
    let items = |arrays: &[Array]| -> Vec<f64> { arrays.iter().map(Array::item).collect() };
    let (value, g) = arrays::value_and_gradient(f, &x);
    let (expected, slopes) = tape::value_and_gradient(f, &numbers);
    assert_eq!(value, expected);
    close(&items(&g), &slopes, 1e-15);
    close(
        &[arrays::jvp(f, &x, &v).item()],
        &tape::jvp(f, &numbers, &[0.3, 2.0]),
        1e-15,
    );
    close(
        &items(&arrays::hvp(f, &x, &v)),
        &tape::hvp(f, &numbers, &[0.3, 2.0]),
        1e-14,
    );
    let h = tape::hessian(f, &numbers);
    for (row, expected) in arrays::hessian(f, &x).iter().zip(&h) {
        close(&items(row), expected, 1e-14);
    }
    // The same body, element by element.
    let columns = [array([0.4, 1.0]), array([-1.2, 0.5])];
    let both = arrays::vjp(f, &columns, &array([1.0, 1.0]));
    close(
        &[both[0].as_slice()[0], both[1].as_slice()[0]],
        &slopes,
        1e-15,
    );
}

#[test]
fn drivers_of_nothing_and_of_what_is_not_used() {
    let empty = Array::zeros(&[0, 3]);
    let x = [empty.clone(), array([1.0, 2.0])];
    let g = arrays::gradient(|x| x[0].square().sum() + x[1].sum(), &x);
    assert_eq!(g, [empty.clone(), array([1.0, 1.0])]);
    assert_eq!(arrays::jvp(|x| x[0].exp(), &x, &x), empty);
    assert_eq!(*arrays::jacobian(|x| x[0].exp(), &x)[1].shape(), [0, 3, 2]);
    assert_eq!(arrays::hvp(|x| x[1].sum(), &x, &x)[1], array([0.0, 0.0]));
    assert_eq!(arrays::gradient(|_| 7.0, &x)[1], array([0.0, 0.0]));
    assert_eq!(arrays::jvp(|_| 7.0, &x, &x), Array::from(0.0));
    assert_eq!(arrays::gradient(|_: &[Tensor]| 1.0, &[]), []);
    let single = Array::<f32>::from([1.0f32, 2.0]);
    assert_eq!(
        arrays::gradient(|x| x[0].square().sum(), &[single]),
        [Array::from([2.0f32, 4.0])]
    );
}

#[test]
fn drivers_nest_and_close_what_they_opened() {
    let tape = Tape::new();
    let outer = tape.tensor("outer", [3.0]);
    let x = [array([2.0])];
    let g = arrays::gradient(
        |x| {
            let inner = arrays::gradient(|y| y[0].powi(3).sum(), &[x[0].to_array()]);
            assert_eq!(inner, [array([12.0])]);
            (x[0] * 5.0).sum()
        },
        &x,
    );
    assert_eq!(g, [array([5.0])]);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        arrays::gradient(|_| -> Tensor { panic!("in the middle") }, &x)
    }));
    assert!(caught.is_err());
    assert!(panicked(|| arrays::gradient(|_| outer.sum(), &x)).contains("another recording"));
    assert!(
        panicked(|| arrays::gradient(|x| (x[0] * outer).sum(), &x))
            .contains("mixes two recordings")
    );
    assert!(
        panicked(|| arrays::gradient(|x| x[0], &x)).contains("array of shape [1], not a number")
    );
    assert!(panicked(|| arrays::jvp(|x| x[0], &x, &[])).contains("0 arrays for 1 inputs"));
    assert!(
        panicked(|| arrays::hvp(|x| x[0].sum(), &x, &[array([1.0, 2.0])])).contains("shape [2]")
    );
    assert_eq!((outer * outer).sum().backward()[outer], [6.0]);
}

// ---- a user's operations -----------------------------------------------------------------------------

#[test]
fn a_users_operation_is_one_node() {
    let op: TensorOp = TensorOp::define("gram", |x| x[0].matmul(x[0].t()).tanh().exp());
    let tape = Tape::new();
    let x = tape.tensor("x", [[0.1, 0.2], [0.3, 0.4]]);
    let before = tape.len();
    let y = op.call(&[x]);
    assert_eq!(tape.len(), before + 1);
    let g = y.vjp(&Array::ones(&[2, 2]));
    assert_eq!(tape.len(), before + 1);
    let open = x.matmul(x.t()).tanh().exp();
    assert_eq!(y.to_vec(), open.to_vec());
    close(&g[x], &open.vjp(&Array::ones(&[2, 2]))[x], 1e-15);
}

#[test]
fn an_operation_does_not_follow_how_its_operands_depend_on_each_other() {
    let op: TensorOp = TensorOp::define("product", |x| x[0] * x[1]);
    let tape = Tape::new();
    let x = tape.tensor("x", [2.0, 3.0]);
    let product = op.call(&[x, x.square()]).sum(); // x^3
    assert_eq!(product.backward()[x], [12.0, 27.0]);
    let slope = product.gradient_of(&[x])[0];
    assert_eq!(slope.to_vec(), [12.0, 27.0]);
    assert_eq!(slope.sum().backward()[x], [12.0, 18.0]); // 6 x

    // A number among the operands: (v^2 v) for each of two.
    let v = tape.var("v", 3.0);
    let scaled = op
        .call(&[tape.constant([1.0, 1.0]) * v.square(), v.into()])
        .sum();
    assert_eq!(scaled.backward()[v], 54.0);
    assert_eq!(scaled.gradient_of(&[v])[0].value(), 54.0);
}

#[test]
fn a_derivative_of_a_users_own_is_what_counts_at_every_order() {
    // Straight-through rounding: the value is a step function, the derivative is said to be 1.
    let round: TensorOp = TensorOp::with_derivative("round", |x| x[0].round(), |_, _, g| vec![g]);
    let tape = Tape::new();
    let x = tape.tensor("x", [0.4, 1.7]);
    let y = round.call(&[x]);
    assert_eq!(
        (y.to_vec(), y.square().sum().backward()[x].to_vec()),
        (vec![0.0, 2.0], vec![0.0, 4.0])
    );
    let slope = y.square().sum().gradient_of(&[x])[0];
    assert_eq!(slope.sum().backward()[x], [2.0, 2.0]);
    // An operand that is data, a number, or without a derivative.
    let scaled: TensorOp = TensorOp::with_derivative(
        "scaled",
        |x| x[0] * x[1],
        |x, _, g| vec![g * x[1], 0.0.into()],
    );
    let s = tape.leaf(3.0);
    let g = scaled.call(&[x, s.into()]).sum().backward();
    assert_eq!((g[x].to_vec(), g[s]), (vec![3.0, 3.0], 0.0));
    let y = scaled.call(&[tape.constant([1.0, 1.0]), 2.0.into()]);
    assert!(y.sum().backward().get(s).is_none());
}

#[test]
fn what_a_users_operation_gets_wrong_is_told() {
    let tape = Tape::new();
    let x = tape.tensor("x", [1.0, 2.0]);
    let one = |d: fn(&[Tensor], Tensor, Tensor) -> Vec<Tensor>| {
        let op: TensorOp = TensorOp::with_derivative("mine", |x| x[0] * 2.0, d);
        let y = op.call(&[x]);
        let told = panicked(|| y.sum().backward());
        assert!(
            told.contains("`mine`") && told.contains("tensor_modes.rs"),
            "{told}"
        );
        let graph = panicked(|| y.sum().gradient_of(&[x]));
        assert!(graph.contains("`mine`"), "{graph}");
        told
    };
    assert!(one(|_, _, _| vec![]).contains("0 terms for 1 operands"));
    assert!(
        one(|_, _, g| vec![g.reshape(&[2, 1])])
            .contains("a term of shape [2,1] for operand 0 of shape [2]")
    );
    // A tensor that is no operand.
    let hidden: TensorOp = TensorOp::define("hidden", move |y| y[0] * x);
    assert!(panicked(|| hidden.call(&[x])).contains("mixes two recordings"));
    let other: TensorOp = TensorOp::define("other", move |_| x);
    let error = other.try_call(&[x]).unwrap_err().to_string();
    assert!(
        error.contains("not made from its operands") && error.contains("other(x [2])"),
        "{error}"
    );
    assert!(
        other
            .try_call(&[1.0.into()])
            .unwrap_err()
            .to_string()
            .contains("plain numbers")
    );
    // One that calls itself.
    fn endless(x: &[Tensor]) -> Tensor {
        TensorOp::define("endless", endless).call(x)
    }
    assert!(panicked(|| endless(&[x])).contains("nest more than 64 deep"));
    assert_eq!((x * x).sum().backward()[x], [2.0, 4.0]);
}

#[test]
fn a_handle_that_escapes_from_a_users_operation_is_stale() {
    use std::sync::Mutex;
    static ESCAPED: Mutex<Vec<Tensor>> = Mutex::new(Vec::new());
    let op: TensorOp = TensorOp::with_derivative(
        "leaky",
        |x| {
            ESCAPED.lock().unwrap().push(x[0]);
            x[0] * 2.0
        },
        |_, _, g| {
            ESCAPED.lock().unwrap().push(g);
            vec![g * 2.0]
        },
    );
    let tape = Tape::new();
    let x = tape.tensor("x", [1.0]);
    let y = op.call(&[x]);
    assert_eq!(y.sum().backward()[x], [2.0]);
    let _more = x + y + x * y;
    for escaped in ESCAPED.lock().unwrap().drain(..) {
        assert!(panicked(|| escaped + x).contains("stale"));
    }
}

// ---- casts ---------------------------------------------------------------------------------------------

#[test]
fn a_cast_rounds_and_its_adjoint_comes_back_in_the_other_type() {
    let tape = Tape::new();
    let x = tape.tensor("x", [[0.1, -0.0, 1e300], [f64::NAN, 1e-50, 2.5]]);
    let y = x.cast::<f32>();
    assert_eq!(y.shape(), [2, 3]);
    let values = y.to_vec();
    assert_eq!(
        (values[0], values[2], values[4], values[5]),
        (0.1f32, f32::INFINITY, 0.0, 2.5)
    );
    assert!(values[1].is_sign_negative() && values[3].is_nan());
    // Linear: <cast(x), u> = <x, cast^T(u)>, where all numbers are representable.
    let z = tape.tensor("z", [1.5, -0.25]);
    let g = z.cast::<f32>().vjp(&[2.0f32, 4.0].into());
    assert_eq!(g[z], [2.0, 4.0]);
    // Views, both ways, on both sides of a graph.
    let single = tape.tensor::<f32>("s", [[1.0f32, 2.0], [3.0, 4.0]]);
    let double = single.t().cast::<f64>();
    assert_eq!(double.to_vec(), [1.0, 3.0, 2.0, 4.0]);
    let loss = (double * tape.constant([[1.0, 2.0], [3.0, 4.0]]))
        .powi(3)
        .sum();
    let graph = loss.gradient_of(&[single])[0];
    assert_eq!(loss.backward()[single], graph.to_vec()[..]);
    assert_eq!(
        graph.to_vec(),
        [3.0, 3.0 * 27.0 * 4.0, 3.0 * 8.0 * 9.0, 3.0 * 64.0 * 16.0]
    );
    let curvature = graph.sum().backward();
    assert_eq!(
        curvature[single],
        [6.0, 6.0 * 27.0 * 2.0, 6.0 * 8.0 * 3.0, 6.0 * 64.0 * 4.0]
    );
}

#[test]
fn casts_of_numbers_of_data_of_nothing_and_in_sweeps() {
    let tape = Tape::new();
    let n = tape.leaf(0.1);
    let number = Tensor::<f64>::from(n).cast::<f32>();
    assert_eq!((number * number).sum().backward()[n], 0.2);
    let data = tape.constant([1.0, 2.0]).cast::<f32>();
    let w = tape.tensor::<f32>("w", [3.0f32, 4.0]);
    let g = (w * data).sum().backward();
    assert_eq!(g[w], [1.0, 2.0]);
    assert!(g.array(data).is_none());
    let empty = tape.tensor("empty", Array::<f64>::zeros(&[0, 2]));
    assert_eq!(
        empty
            .cast::<f32>()
            .sum()
            .backward()
            .array(empty)
            .unwrap()
            .shape()[..],
        [0, 2]
    );
    // Within a user's rule, so within a sweep and in a gradient graph.
    let op: TensorOp = TensorOp::with_derivative(
        "half precision",
        |x| x[0].cast::<f32>().exp().cast::<f64>(),
        |_, y, g| vec![(g.cast::<f32>() * y.cast::<f32>()).cast()],
    );
    let x = tape.tensor("x", [0.0, 1.0]);
    let y = op.call(&[x]);
    assert_eq!(y.sum().backward()[x], y.to_vec()[..]);
    assert_eq!(
        y.sum().gradient_of(&[x])[0].sum().backward()[x],
        y.to_vec()[..]
    );
}

// ---- hooks ---------------------------------------------------------------------------------------------

#[test]
fn hooks_see_whole_adjoints_in_the_order_of_the_sweep() {
    let tape = Tape::new();
    let (x, n) = (tape.tensor("x", [1.0, 2.0]), tape.var("n", 3.0));
    let h = x * n;
    let k = n.sin();
    let loss = (h * h).sum() + h.sum() + k * k;
    let plain = loss.backward();
    let seen = std::cell::RefCell::new(Vec::new());
    let g = Sweep::new()
        .hook(x, |a| seen.borrow_mut().push(("x", a.to_vec())))
        .hook(h, |a| seen.borrow_mut().push(("h", a.to_vec())))
        .hook_number(n, |a| seen.borrow_mut().push(("n", vec![*a])))
        .hook_number(k, |a| seen.borrow_mut().push(("k", vec![*a])))
        .hook(h, |a| seen.borrow_mut().push(("h again", a.to_vec())))
        .hook_number(loss, |a| seen.borrow_mut().push(("loss", vec![*a])))
        .backward(loss);
    let expected = [
        ("loss", vec![1.0]),
        ("k", vec![plain[k]]),
        ("h", plain[h].to_vec()),
        ("h again", plain[h].to_vec()),
        ("n", vec![plain[n]]),
        ("x", plain[x].to_vec()),
    ];
    assert_eq!(seen.into_inner(), expected);
    assert_eq!(
        (g[x].to_vec(), g[n], g[k]),
        (plain[x].to_vec(), plain[n], plain[k])
    );
}

#[test]
fn a_hook_changes_what_is_handed_on() {
    let tape = Tape::new();
    let x = tape.leaf(2.0);
    let h = x * 3.0;
    let y = h * h;
    let mut sweep = Sweep::new().hook_number(h, |a| *a *= 10.0);
    for _ in 0..2 {
        let g = sweep.backward(y);
        assert_eq!((g[h], g[x]), (120.0, 360.0));
    }
    assert_eq!(y.backward()[x], 36.0);
    let w = tape.tensor::<f32>("w", [1.0f32, 2.0]);
    let v = w * 2.0;
    let g = Sweep::new()
        .hook(v, |a| *a = Array::zeros(&[2]))
        .vjp(v.exp(), &Array::ones(&[2]));
    assert_eq!((g[v].to_vec(), g[w].to_vec()), (vec![0.0; 2], vec![0.0; 2]));
    // No path, no call; a node behind the output, neither.
    let later = w.square();
    let g = Sweep::new()
        .hook_number(x, |_| unreachable!())
        .hook(later, |_| unreachable!())
        .vjp(v, &Array::ones(&[2]));
    assert_eq!(g[w], [2.0, 2.0]);
    let empty = tape.tensor("empty", Array::<f64>::zeros(&[0]));
    let calls = Cell::new(0);
    let _ = Sweep::new()
        .hook(empty, |_| calls.set(calls.get() + 1))
        .backward(empty.exp().sum());
    assert_eq!(calls.get(), 1);
}

#[test]
fn a_hook_that_misbehaves_is_told_and_leaves_the_tape_whole() {
    let tape = Tape::new();
    let x = tape.tensor("x", [1.0, 2.0]);
    let n = tape.leaf(1.0);
    let y = x.square();
    let loss = y.sum() * n;
    let hooked =
        |hook: &mut dyn FnMut(&mut Array)| panicked(|| Sweep::new().hook(y, hook).backward(loss));
    assert!(
        hooked(&mut |a| *a = Array::zeros(&[3])).contains("of shape [3] out of one of shape [2]")
    );
    assert!(
        hooked(&mut |_| {
            let _ = (x + 1.0).named("new");
        })
        .contains("recorded on the tape that is being swept")
    );
    assert!(
        hooked(&mut |_| {
            let _ = loss.backward();
        })
        .contains("within another sweep")
    );
    assert!(hooked(&mut |_| panic!("mine")).contains("mine"));
    let other = Tape::new();
    let stranger = other.tensor("stranger", [1.0]);
    let told = panicked(|| Sweep::new().hook(stranger, |_| ()).backward(loss));
    assert!(
        told.contains("stranger") && told.contains("another tape"),
        "{told}"
    );
    assert_eq!(loss.backward()[x], [2.0, 4.0]);
    assert!(hooked(&mut |_| tape.reset()).contains("or reset it"));
    let x = tape.tensor("x", [3.0]);
    assert_eq!(x.square().sum().backward()[x], [6.0]);
}

// ---- regions without gradient ---------------------------------------------------------------------------

#[test]
fn nothing_flows_through_what_a_region_recorded() {
    let tape = Tape::new();
    let (x, n) = (tape.tensor("x", [1.0, 2.0]), tape.var("n", 3.0));
    let mut escaped = None;
    let (y, s) = no_gradient(|| {
        let y = (x * n).exp();
        escaped = Some(x * 7.0);
        (y, n.sin() + x.sum())
    });
    assert_eq!(y.to_vec(), [3f64.exp(), 6f64.exp()]);
    let loss = (x * y).sum() + s * n + escaped.unwrap().sum() * n;
    let g = loss.backward();
    assert_eq!(g[x], y.to_vec()[..]);
    assert_eq!(g[n], s.value() + 21.0);
    // The gradient graph and second order say the same.
    let slope = loss.gradient_of(&[x])[0];
    assert_eq!(slope.to_vec(), y.to_vec());
    assert!(slope.sum().backward().array(x).is_none());
    // Data stays data; inputs made inside are inputs.
    let made = no_gradient(|| tape.tensor("made", [5.0]));
    assert_eq!(made.square().sum().backward()[made], [10.0]);
}

#[test]
fn regions_nest_and_end_also_by_a_panic() {
    let tape = Tape::new();
    let x = tape.var("x", 2.0);
    let slope = |y: Var| y.backward().get(x);
    let (a, b, c) = no_gradient(|| (x * x, no_gradient(|| x * x), x * x));
    assert_eq!(
        [slope(a), slope(b), slope(c), slope(x * x)],
        [None, None, None, Some(4.0)]
    );
    let caught = catch_unwind(AssertUnwindSafe(|| no_gradient(|| panic!("inside"))));
    assert!(caught.is_err());
    assert_eq!(slope(x * x), Some(4.0));
    // A sweep inside, of what was recorded before; a driver inside; a reset inside.
    let y = x.powi(3);
    assert_eq!(no_gradient(|| y.backward()[x]), 12.0);
    assert_eq!(
        no_gradient(|| tape::gradient(|x| x[0] * x[0], &[3.0])),
        [6.0]
    );
    let z = no_gradient(|| {
        tape.reset();
        let x = tape.leaf(2.0);
        let y = x * x;
        assert_eq!(y.backward().get(x), None);
        x
    });
    assert_eq!((z * z).backward()[z], 4.0);
}

#[test]
fn a_region_within_a_driver_counts_in_every_order() {
    let f = |x: &[Var]| x[0] * no_gradient(|| x[0] * x[1]) + x[1] * x[1];
    assert_eq!(tape::gradient(f, &[2.0, 3.0]), [6.0, 6.0]);
    assert_eq!(tape::hessian(f, &[2.0, 3.0]), [[0.0, 0.0], [0.0, 2.0]]);
    let program = tape::Program::record(|x: &[Var]| f(x), &[2.0, 3.0]).unwrap();
    assert_eq!(program.eval(&[5.0, 1.0]).unwrap(), [26.0]);
    assert_eq!(program.gradient(&[5.0, 1.0]).unwrap(), [5.0, 2.0]);
    let g = |x: &[Tensor]| (x[0] * no_gradient(|| x[0].exp())).sum();
    let x = [array([1.0, 2.0])];
    assert_eq!(arrays::gradient(g, &x), [array([1f64.exp(), 2f64.exp()])]);
    assert_eq!(arrays::hessian(g, &x)[0][0], Array::zeros(&[2, 2]));
}

// ---- handles -------------------------------------------------------------------------------------------

#[test]
fn a_tensor_from_before_a_reset_or_of_a_dropped_tape_is_stale_everywhere() {
    let tape = Tape::new();
    let reset = tape.tensor("old", [1.0, 2.0]);
    tape.reset();
    let dropped = Tape::new().tensor("gone", [1.0, 2.0]);
    let elsewhere = std::thread::spawn(|| Tape::new().tensor("far", [1.0, 2.0]))
        .join()
        .unwrap();
    let new = tape.tensor("new", [3.0, 4.0]);
    let twice: TensorOp = TensorOp::define("twice", |x| x[0] * 2.0);
    for old in [reset, dropped, elsewhere] {
        let stale = |body: &dyn Fn()| {
            let told = panicked(body);
            assert!(told.contains("stale"), "{told}");
        };
        stale(&|| {
            let _ = old + 1.0;
        });
        stale(&|| {
            let _ = 1.0 - old;
        });
        stale(&|| {
            let _ = new * old;
        });
        stale(&|| {
            let _ = old.exp();
        });
        stale(&|| {
            let _ = old.sum();
        });
        stale(&|| {
            let _ = new.matmul(old);
        });
        stale(&|| {
            let _ = old.t();
        });
        stale(&|| {
            let _ = old.detach();
        });
        stale(&|| {
            let _ = old.shape();
        });
        stale(&|| {
            let _ = old.to_vec();
        });
        stale(&|| {
            let _ = old.cast::<f32>();
        });
        stale(&|| {
            let _ = old.named("again");
        });
        stale(&|| {
            let _ = old.vjp(&[1.0, 1.0].into());
        });
        stale(&|| {
            let _ = new.sum().gradient_of(&[old]);
        });
        stale(&|| {
            let _ = Tensor::stack(&[new, old], 0);
        });
        stale(&|| {
            let _ = Sweep::new().hook(old, |_| ()).backward(new.sum());
        });
        assert!(panicked(|| new.sum().backward().array(old)).contains("another recording"));
        for error in [
            Tensor::try_concat(&[new, old], 0),
            twice.try_call(&[old]),
            Tensor::try_stack(&[new, old], 0),
        ] {
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Record);
            assert!(error.to_string().contains("stale"), "{error}");
            assert!(error.to_string().contains("tensor_modes.rs"), "{error}");
        }
        assert_eq!(old.name(), None);
        assert!(format!("{old:?}").contains("stale"));
    }
    assert_eq!((new * new).sum().backward()[new], [6.0, 8.0]);
}

#[test]
fn tensors_of_two_tapes_do_not_mix() {
    let (one, two) = (Tape::new(), Tape::new());
    let (a, b) = (one.tensor("a", [1.0, 2.0]), two.tensor("b", [3.0, 4.0]));
    let n = two.var("n", 1.0);
    for mixed in [
        &(|| {
            let _ = a + b;
        }) as &dyn Fn(),
        &|| {
            let _ = b.matmul(a);
        },
        &|| {
            let _ = a * n;
        },
        &|| {
            let _ = Tensor::concat(&[a, b], 0);
        },
        &|| {
            let _ = a.sum() + n;
        },
        &|| {
            let _ = TensorOp::define("both", |x| x[0] + x[1]).call(&[a, b]);
        },
    ] {
        let told = panicked(mixed);
        assert!(
            told.contains("mixes two recordings") && told.contains("tensor_modes.rs"),
            "{told}"
        );
    }
    assert_eq!((a * a).sum().backward()[a], [2.0, 4.0]);
    assert_eq!((b * n).sum().backward()[n], 7.0);
}
