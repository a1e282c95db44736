//! Tensors on the tape, end to end.

use tape::{Array, Tape};

#[test]
fn a_matrix_product_and_its_gradient() {
    let tape = Tape::new();
    let w = tape.tensor("w", [[1.0, 2.0], [3.0, 4.0]]);
    let x = tape.constant([[5.0], [6.0]]);
    let loss = w.matmul(x).square().sum();
    assert_eq!(loss.value(), 17.0 * 17.0 + 39.0 * 39.0);
    assert_eq!(loss.backward()[w], [170.0, 204.0, 390.0, 468.0]);
}

#[test]
fn numbers_and_arrays_share_one_tape() {
    let tape = Tape::new();
    let a = tape.var("a", 2.0);
    let x = tape.tensor("x", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let b = tape.tensor("b", [10.0, 20.0, 30.0]);
    let y = (a * x + b).tanh() * 0.01 + x / a - 1.0;
    let loss = y.sum() * a.exp();
    let g = loss.backward();
    let f = |a: f64, x: &[f64], b: &[f64]| -> f64 {
        let mut sum = 0.0;
        for i in 0..6 {
            sum += (a * x[i] + b[i % 3]).tanh() * 0.01 + x[i] / a - 1.0;
        }
        sum * a.exp()
    };
    let (xs, bs) = (x.to_vec(), b.to_vec());
    assert!((loss.value() - f(2.0, &xs, &bs)).abs() < 1e-12);
    let h = 1e-6;
    let da = (f(2.0 + h, &xs, &bs) - f(2.0 - h, &xs, &bs)) / (2.0 * h);
    assert!((g[a] - da).abs() < 1e-6, "{} {da}", g[a]);
    for i in 0..6 {
        let (mut up, mut down) = (xs.clone(), xs.clone());
        up[i] += h;
        down[i] -= h;
        let d = (f(2.0, &up, &bs) - f(2.0, &down, &bs)) / (2.0 * h);
        assert!((g[x][i] - d).abs() < 1e-6);
    }
    assert_eq!(g[b].len(), 3);
    assert_eq!(tape.len(), g_len_is_unchanged(&tape));
}

fn g_len_is_unchanged(tape: &Tape) -> usize {
    tape.len()
}

#[test]
fn a_sweep_leaves_the_tape_as_it_was_and_repeats() {
    let tape = Tape::new();
    let x = tape.tensor("x", [1.0, 2.0]);
    let y = (x * x).sum();
    let nodes = tape.len();
    let first = y.backward();
    assert_eq!(tape.len(), nodes);
    let second = y.backward();
    assert_eq!(first[x], second[x]);
    let z = (y * x).sum();
    assert_eq!(z.backward()[x], [5.0 + 2.0 * 3.0, 5.0 + 4.0 * 3.0]);
    assert_eq!(first[x], [2.0, 4.0]);
}

#[test]
fn single_precision_sums_in_double() {
    let tape = Tape::new();
    let x = tape.tensor("x", Array::<f32>::full(&[3, 4], 0.1));
    let y = (x.t().matmul(x) * 2.0).sum();
    let g = y.backward();
    assert_eq!(g[x].len(), 12);
    assert!((g[x][0] - 2.0 * 2.0 * 4.0 * 0.1).abs() < 1e-6);
}

#[test]
fn shapes_that_do_not_fit_are_told_with_names_and_line() {
    let tape = Tape::new();
    let x = tape.tensor("x", [[1.0, 2.0, 3.0]]);
    let w = tape.tensor("W", [[1.0, 2.0]]);
    let error = x.try_matmul(w).unwrap_err().to_string();
    assert!(error.contains("matmul(x [1,3], W [1,2])"), "{error}");
    assert!(error.contains("tensors.rs:"), "{error}");
    assert_eq!((x * 2.0).to_vec(), [2.0, 4.0, 6.0]);
}

#[test]
fn the_gradient_is_a_graph_and_its_gradient_is_right() {
    let tape = Tape::new();
    let a = tape.var("a", 0.7);
    let x = tape.tensor("x", [[0.3, -0.4], [0.5, 0.9]]);
    let f = |a: tape::Var, x: tape::Tensor| (x.matmul(x).tanh() * a + x.sin()).square().sum() * a;
    let y = f(a, x);
    let dx = y.gradient_of(&[x])[0];
    let da = y.gradient_of(&[a])[0];
    let g = y.backward();
    assert_eq!(dx.to_vec(), g[x]);
    assert_eq!(da.value(), g[a]);
    let v = tape.constant([[1.0, 2.0], [-1.0, 0.5]]);
    let along = (dx * v).sum() + da * 0.25;
    let hv = along.backward();
    let slope = |t: f64| {
        let tape = Tape::new();
        let a = tape.var("a", 0.7 + 0.25 * t);
        let x = tape.tensor("x", [[0.3 + t, -0.4 + 2.0 * t], [0.5 - t, 0.9 + 0.5 * t]]);
        let g = f(a, x).backward();
        (g[x].to_vec(), g[a])
    };
    let h = 1e-5;
    let (up, down) = (slope(h), slope(-h));
    for i in 0..4 {
        let d = (up.0[i] - down.0[i]) / (2.0 * h);
        assert!(
            (hv[x][i] - d).abs() < 1e-7 * d.abs().max(1.0),
            "{} {d}",
            hv[x][i]
        );
    }
    let d = (up.1 - down.1) / (2.0 * h);
    assert!((hv[a] - d).abs() < 1e-7 * d.abs().max(1.0));
}
