//! Values and gradients of tensor operations where textbooks are silent: ties, zeros, infinities,
//! nothing at all; and reference numbers from PyTorch 2.15.

use tape::{Array, ErrorKind, Mask, Tape, Tensor, Var};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Alike to 1e-12, relative to the larger of the number and 0.001, NaN with NaN.
#[track_caller]
fn alike(what: &str, got: &[f64], want: &[f64]) {
    let fits = |(a, b): (&f64, &f64)| {
        a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12 * b.abs().max(1e-3)
    };
    assert!(
        got.len() == want.len() && got.iter().zip(want).all(fits),
        "{what}: {got:?}, expected {want:?}"
    );
}

/// The value and the gradient of `sum(f(x) u)`.
#[track_caller]
fn case(
    what: &str,
    x: impl Into<Array<f64>>,
    u: &[f64],
    f: impl Fn(Tensor) -> Tensor,
    value: &[f64],
    slope: &[f64],
) {
    let tape = Tape::new();
    let x = tape.tensor("x", x);
    let y = f(x);
    alike(what, &y.to_vec(), value);
    let u = match u {
        [u] => vec![*u; value.len()],
        u => u.to_vec(),
    };
    let g = y.vjp(&Array::new(&y.shape(), u));
    alike(&format!("gradient of {what}"), &g[x], slope);
}

/// The same, of all elements: a number.
#[track_caller]
fn all(what: &str, x: impl Into<Array<f64>>, f: impl Fn(Tensor) -> Var, value: f64, slope: &[f64]) {
    case(what, x, &[1.0], |x| f(x).into(), &[value], slope);
}

/// The Hessian, row by row.
fn hessian(x: impl Into<Array<f64>>, f: impl Fn(Tensor) -> Var) -> Vec<f64> {
    let tape = Tape::new();
    let x = tape.tensor("x", x);
    let slope = f(x).gradient_of(&[x])[0];
    let count = x.shape().count();
    let row = |i| {
        let mut one = vec![0.0; count];
        one[i] = 1.0;
        slope.vjp(&Array::new(&x.shape(), one))[x].to_vec()
    };
    (0..count).flat_map(row).collect()
}

#[test]
fn extremes_split_ties_and_keep_nan() {
    all("amax", [1.0, 3.0, 2.0], |x| x.amax(), 3.0, &[0.0, 1.0, 0.0]);
    all(
        "amax, tie",
        [5.0, 1.0, 5.0, 5.0],
        |x| x.amax(),
        5.0,
        &[1.0 / 3.0, 0.0, 1.0 / 3.0, 1.0 / 3.0],
    );
    all(
        "amax, infinite tie",
        [INF, 1.0, INF],
        |x| x.amax(),
        INF,
        &[0.5, 0.0, 0.5],
    );
    all(
        "amax, all -inf",
        [-INF, -INF],
        |x| x.amax(),
        -INF,
        &[0.5, 0.5],
    );
    all(
        "amax, zeros of either sign",
        [0.0, -0.0],
        |x| x.amax(),
        0.0,
        &[0.5, 0.5],
    );
    all(
        "amax, NaN",
        [1.0, NAN, 2.0],
        |x| x.amax(),
        NAN,
        &[NAN, NAN, NAN],
    );
    all(
        "amin, tie",
        [1.0, 3.0, 1.0],
        |x| x.amin(),
        1.0,
        &[0.5, 0.0, 0.5],
    );
    all("amin, NaN", [1.0, NAN], |x| x.amin(), NAN, &[NAN, NAN]);
    let x = [[1.0, 4.0], [4.0, 4.0]];
    case(
        "amax over all by name",
        x,
        &[1.0],
        |x| x.amax_over([0, 1]),
        &[4.0],
        &[0.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0],
    );
    case(
        "amax over 0",
        x,
        &[1.0, 2.0],
        |x| x.amax_over(0),
        &[4.0, 4.0],
        &[0.0, 1.0, 1.0, 1.0],
    );
    assert_eq!(hessian([2.0, 2.0], |x| x.amax().square()), [0.5; 4]);
}

#[test]
fn products_are_right_at_zeros() {
    all(
        "prod",
        [2.0, 3.0, 4.0],
        |x| x.prod(),
        24.0,
        &[12.0, 8.0, 6.0],
    );
    all(
        "prod, a zero",
        [2.0, 0.0, 4.0],
        |x| x.prod(),
        0.0,
        &[0.0, 8.0, 0.0],
    );
    all(
        "prod, two zeros",
        [0.0, 3.0, 0.0],
        |x| x.prod(),
        0.0,
        &[0.0, 0.0, 0.0],
    );
    all("prod, NaN", [2.0, NAN], |x| x.prod(), NAN, &[NAN, 2.0]);
    all(
        "prod, overflow beside",
        [1e200, 1e200, 0.5],
        |x| x.prod(),
        INF,
        &[5e199, 5e199, INF],
    );
    let by_zero = [0.0, 4.0, 0.0, 4.0, 0.0, 2.0, 0.0, 2.0, 0.0];
    alike(
        "second order, a zero",
        &hessian([2.0, 0.0, 4.0], |x| x.prod()),
        &by_zero,
    );
    let by_zeros = [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0];
    alike(
        "second order, two zeros",
        &hessian([0.0, 3.0, 0.0], |x| x.prod()),
        &by_zeros,
    );
    let both = [[2.0, 0.0], [0.0, 5.0]];
    alike(
        "second order over an axis",
        &hessian(both, |x| x.prod_over(0).sum()),
        &[
            0., 0., 1., 0., 0., 0., 0., 1., 1., 0., 0., 0., 0., 1., 0., 0.,
        ],
    );
}

#[test]
fn nothing_has_a_sum_a_product_and_no_extreme() {
    let tape = Tape::new();
    let none = tape.tensor("none", Array::new(&[0, 3], vec![]));
    assert_eq!(
        (
            none.sum().value(),
            none.prod().value(),
            none.logsumexp().value()
        ),
        (0.0, 1.0, -INF)
    );
    assert_eq!((none.norm().value(), none.p_norm(3.0).value()), (0.0, 0.0));
    assert!(none.mean().value().is_nan() && none.variance(0.0).value().is_nan());
    assert!(none.cross_entropy(&[]).value().is_nan());
    alike("prod over 0", &none.prod_over(0).to_vec(), &[1.0; 3]);
    alike("mean over 0", &none.mean_over(0).to_vec(), &[NAN; 3]);
    alike("lse over 0", &none.logsumexp_over(0).to_vec(), &[-INF; 3]);
    assert_eq!(none.amax_over(1).shape(), [0]);
    assert_eq!(none.logsumexp().backward()[none].len(), 0);
    for error in [
        none.try_amax().unwrap_err(),
        none.try_amin_over(0).unwrap_err(),
        none.try_p_norm(INF).unwrap_err(),
    ] {
        let message = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Shape);
        assert!(
            message.contains("(none [0,3]): nothing to choose from: axis 0"),
            "{message}"
        );
        assert!(message.contains("tensor_edges.rs:"), "{message}");
    }
    assert!(
        none.try_amin()
            .unwrap_err()
            .to_string()
            .starts_with("amin_over(")
    );
}

#[test]
fn a_number_is_its_own_reduction() {
    let tape = Tape::new();
    let x = Tensor::<f64>::from(tape.var("x", -3.0));
    for y in [
        x.amax(),
        x.amin(),
        x.prod(),
        x.logsumexp(),
        x.mean(),
        x.sum(),
    ] {
        assert_eq!(y.value(), -3.0);
        assert_eq!(y.backward()[x.sum()], 1.0);
    }
    assert_eq!(
        (x.norm().value(), x.norm().backward()[x.sum()]),
        (3.0, -1.0)
    );
    assert_eq!(x.variance(0.0).value(), 0.0);
    assert!(x.variance(1.0).value().is_nan());
    let number = Tensor::<f64>::from(2.0);
    assert_eq!(
        (
            number.amax().value(),
            number.prod().value(),
            number.norm().value()
        ),
        (2.0, 2.0, 2.0)
    );
    assert_eq!(x.try_softmax(0).unwrap_err().kind(), ErrorKind::Axis);
    assert!(number.try_softmax(0).is_err());
}

#[test]
fn logsumexp_and_softmax_at_their_ends() {
    let lse = |x: Tensor| x.logsumexp();
    all(
        "lse",
        [1000.0, 1000.0],
        lse,
        1000.0 + 2f64.ln(),
        &[0.5, 0.5],
    );
    all(
        "lse, low",
        [-1000.0, -1000.0],
        lse,
        -1000.0 + 2f64.ln(),
        &[0.5, 0.5],
    );
    all("lse of all -inf", [-INF, -INF], lse, -INF, &[0.0, 0.0]);
    all("lse, one -inf", [-INF, 2.0], lse, 2.0, &[0.0, 1.0]);
    all("lse, +inf", [INF, 2.0], lse, INF, &[1.0, 0.0]);
    all("lse, two +inf", [INF, INF, 0.0], lse, INF, &[0.5, 0.5, 0.0]);
    all("lse, NaN", [1.0, NAN], lse, NAN, &[NAN, NAN]);
    // A small rest keeps its digits, in the value and in the second derivative.
    let tape = Tape::new();
    let x = tape.tensor("x", [0.0, -40.0]);
    let p = (-40f64).exp();
    assert_eq!(x.logsumexp().value(), p);
    for (got, want) in hessian([0.0, -40.0], lse).iter().zip([p, -p, -p, p]) {
        assert!((got / want - 1.0).abs() < 1e-15, "{got} {want}");
    }
    let u = [1.0, 2.0];
    case(
        "softmax, far",
        [1000.0, -1000.0],
        &u,
        |x| x.softmax(0),
        &[1.0, 0.0],
        &[0.0, 0.0],
    );
    case(
        "softmax, +inf",
        [INF, 0.0],
        &u,
        |x| x.softmax(0),
        &[1.0, 0.0],
        &[0.0, 0.0],
    );
    case(
        "softmax, -inf",
        [-INF, 0.0, 0.0],
        &[1.0, 2.0, 4.0],
        |x| x.softmax(0),
        &[0.0, 0.5, 0.5],
        &[0.0, -0.5, 0.5],
    );
    case(
        "softmax, all -inf",
        [-INF, -INF],
        &u,
        |x| x.softmax(0),
        &[NAN, NAN],
        &[NAN, NAN],
    );
    case(
        "softmax, NaN",
        [NAN, 0.0],
        &u,
        |x| x.softmax(0),
        &[NAN, NAN],
        &[NAN, NAN],
    );
    case(
        "log_softmax, far",
        [1000.0, -1000.0],
        &u,
        |x| x.log_softmax(0),
        &[0.0, -2000.0],
        &[-2.0, 2.0],
    );
    case(
        "log_softmax, +inf",
        [INF, 0.0],
        &u,
        |x| x.log_softmax(0),
        &[0.0, -INF],
        &[-2.0, 2.0],
    );
    case(
        "log_softmax, NaN",
        [NAN, 0.0],
        &u,
        |x| x.log_softmax(0),
        &[NAN, NAN],
        &[NAN, NAN],
    );
}

#[test]
fn cross_entropies_are_exact_at_a_thousand() {
    let ce = |class: usize| move |x: Tensor| x.reshape(&[1, -1]).cross_entropy(&[class]);
    all("right", [1000.0, -1000.0], ce(0), 0.0, &[0.0, 0.0]);
    all("wrong", [1000.0, -1000.0], ce(1), 2000.0, &[1.0, -1.0]);
    all("impossible", [0.0, -INF], ce(1), INF, &[1.0, -1.0]);
    all("NaN", [0.0, NAN], ce(0), NAN, &[NAN, NAN]);
    let p = (-40f64).exp();
    let tape = Tape::new();
    let x = tape.tensor("x", [[0.0, -40.0]]);
    let loss = x.cross_entropy(&[0]);
    assert_eq!(
        (loss.value(), loss.backward()[x].to_vec()),
        (p, vec![-p, p])
    );
    let with = x.cross_entropy_with(tape.constant([[1.0, 0.0]]));
    assert_eq!(
        (with.value(), with.backward()[x].to_vec()),
        (p, vec![-p, p])
    );

    let bce = |t: f64| move |x: Tensor| x.bce_with_logits(x * 0.0 + t);
    all("bce, right", [1000.0], bce(1.0), 0.0, &[0.0]);
    all("bce, wrong", [-1000.0], bce(1.0), 1000.0, &[-1.0]);
    all("bce, wrong, other", [1000.0], bce(0.0), 1000.0, &[1.0]);
    all("bce, undecided", [0.0], bce(0.5), 2f64.ln(), &[0.0]);
    let x = tape.tensor("x", [40.0, INF, -INF]);
    let each = x.bce_with_logits_each(tape.constant([1.0, 1.0, 0.0]));
    assert_eq!(each.to_vec(), [p, 0.0, 0.0]);
    assert_eq!(each.sum().backward()[x], [-p, 0.0, 0.0]);
}

#[test]
fn norms_neither_overflow_nor_vanish() {
    for (size, slope) in [
        (1e200, [0.6, 0.8]),
        (1e-200, [0.6, 0.8]),
        (1e-320, [0.6, 0.8]),
    ] {
        let tape = Tape::new();
        let x = tape.tensor("x", [3.0 * size, 4.0 * size]);
        for y in [x.norm(), x.p_norm(2.0)] {
            assert!((y.value() / size / 5.0 - 1.0).abs() < 1e-3);
            for (got, want) in y.backward()[x].iter().zip(slope) {
                assert!((got - want).abs() < 1e-3, "{size} {got}");
            }
        }
        assert!((x.p_norm(3.0).value() / (91f64.cbrt() * size) - 1.0).abs() < 1e-3);
    }
    all("1e200", [3e200, 4e200], |x| x.norm(), 5e200, &[0.6, 0.8]);
    all(
        "1e-200",
        [3e-200, 4e-200],
        |x| x.norm(),
        5e-200,
        &[0.6, 0.8],
    );
    for p in [1.0, 1.5, 2.0, 3.0] {
        all("origin", [0.0, 0.0], |x| x.p_norm(p), 0.0, &[0.0, 0.0]);
        all(
            "NaN",
            [0.0, NAN],
            |x| x.p_norm(p).max(0.0),
            NAN,
            &[if p == 1.0 { 0.0 } else { NAN }, NAN],
        );
        let tape = Tape::new();
        assert_eq!(tape.tensor("x", [1.0, -INF]).p_norm(p).value(), INF);
    }
    all(
        "inf-norm",
        [-3.0, 3.0, 1.0],
        |x| x.p_norm(INF),
        3.0,
        &[-0.5, 0.5, 0.0],
    );
    all(
        "inf-norm, origin",
        [0.0, 0.0],
        |x| x.p_norm(INF),
        0.0,
        &[0.0, 0.0],
    );
    let tape = Tape::new();
    let x = tape.tensor("x", [1.0]);
    for p in [0.0, 0.5, -1.0, NAN] {
        assert_eq!(x.try_p_norm(p).unwrap_err().kind(), ErrorKind::Option);
    }
}

#[test]
fn variance_takes_two_passes() {
    all(
        "offset",
        [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0],
        |x| x.variance(1.0),
        1.0,
        &[-1.0, 0.0, 1.0],
    );
    all(
        "std, large",
        [1e200, -1e200],
        |x| x.std(0.0),
        1e200,
        &[0.5, -0.5],
    );
    all(
        "std, small",
        [1e-200, -1e-200],
        |x| x.std(0.0),
        1e-200,
        &[0.5, -0.5],
    );
    all(
        "std, constant",
        [2.0, 2.0, 2.0],
        |x| x.std(1.0),
        0.0,
        &[0.0; 3],
    );
    all(
        "one number, unbiased",
        [2.0],
        |x| x.variance(1.0),
        NAN,
        &[NAN],
    );
    all("one number", [2.0], |x| x.variance(0.0), 0.0, &[0.0]);
    all("NaN", [2.0, NAN], |x| x.variance(0.0), NAN, &[NAN, NAN]);
}

#[test]
fn queries_without_keys_get_zeros_and_pass_no_nan_on() {
    let tape = Tape::new();
    let q = tape.tensor("q", [[1.0, 2.0], [3.0, 4.0]]);
    let k = tape.tensor("k", [[0.5, 0.1], [-0.2, 0.7]]);
    let v = tape.tensor("v", [[1.0], [2.0]]);
    for mask in [
        Mask::Keep(tape.constant([[0.0, 0.0], [1.0, 0.0]])),
        Mask::Add(tape.constant([[-INF, -INF], [0.0, -INF]])),
    ] {
        let y = q.attention(k, v, mask);
        assert_eq!(y.to_vec(), [0.0, 1.0]);
        let g = y.sum().backward();
        assert_eq!((g[q].to_vec(), g[k].to_vec()), (vec![0.0; 4], vec![0.0; 4]));
        assert_eq!(g[v], [1.0, 0.0]);
    }
    let wide = Mask::Keep(tape.constant([[[1.0, 1.0], [1.0, 1.0]]]));
    assert_eq!(
        q.try_attention(k, v, wide).unwrap_err().kind(),
        ErrorKind::Shape
    );
    assert!(q.try_attention(k, q.reshape(&[4, 1]), Mask::None).is_err());
}

#[test]
fn normalising_ends() {
    let plain = |x: Tensor| x.layer_norm(&[2], None, None, 0.0);
    case(
        "large",
        [3e200, 1e200],
        &[1.0, 3.0],
        plain,
        &[1.0, -1.0],
        &[0.0, 0.0],
    );
    case(
        "constant, epsilon",
        [7.0, 7.0],
        &[1.0, 3.0],
        |x| x.layer_norm(&[2], None, None, 1.0),
        &[0.0, 0.0],
        &[-1.0, 1.0],
    );
    case(
        "constant, none",
        [7.0, 7.0],
        &[1.0, 3.0],
        plain,
        &[NAN, NAN],
        &[NAN, NAN],
    );
    case(
        "offset",
        [1e9, 1e9 + 2.0],
        &[1.0, 3.0],
        plain,
        &[-1.0, 1.0],
        &[0.0, 0.0],
    );
    let tape = Tape::new();
    let x = tape.tensor("x", Array::new(&[2, 3], vec![1.0, 2.0, 4.0, 3.0, 7.0, 5.0]));
    let w = tape.tensor("w", [1.0, 2.0]);
    let messages = [
        x.try_layer_norm(&[2], None, None, 1e-5).unwrap_err(),
        x.try_layer_norm(&[], None, None, 1e-5).unwrap_err(),
        x.try_layer_norm(&[3], Some(w), None, 1e-5).unwrap_err(),
        x.try_layer_norm(&[3], None, None, -1.0).unwrap_err(),
        x.try_rms_norm(&[3], None, NAN).unwrap_err(),
        x.try_group_norm(2, None, None, 0.0).unwrap_err(),
        x.try_group_norm(0, None, None, 0.0).unwrap_err(),
        x.try_batch_norm(Some(w), None, 0.0).err().unwrap(),
        x.reshape(&[1, 6])
            .try_batch_norm(None, None, 0.0)
            .err()
            .unwrap(),
        x.reshape(&[6])
            .try_batch_norm(None, None, 0.0)
            .err()
            .unwrap(),
        x.try_batch_norm_with(w, w, None, None, 0.0).unwrap_err(),
        x.try_linear(w, None).unwrap_err(),
        x.try_linear(x, Some(x)).unwrap_err(),
        x.try_cross_entropy(&[1]).unwrap_err(),
        x.try_cross_entropy(&[1, 3]).unwrap_err(),
        x.try_cross_entropy_with(x.t()).unwrap_err(),
        x.try_bce_with_logits(w).unwrap_err(),
        x.try_mean_over([0, -2]).unwrap_err(),
        x.try_variance_over(i64::MIN, 0.0).unwrap_err(),
        x.try_softmax(2).unwrap_err(),
    ];
    for error in messages {
        let message = error.to_string();
        assert!(message.contains("tensor_edges.rs:"), "{message}");
    }
    assert_eq!(x.sum().value(), 22.0);
}

#[test]
fn numbers_of_pytorch() {
    let tape = Tape::new();
    let x = tape.tensor("x", [[0.5, -1.0, 2.0], [3.0, 0.25, -0.75]]);
    let u = [1.0, 2.0, -1.0, 0.5, -1.5, 3.0];
    let (w, b) = (
        tape.constant([1.5, -0.5, 2.0]),
        tape.constant([0.1, 0.2, 0.3]),
    );
    let check = |what: &str, y: Tensor, u: &[f64], value: &[f64], slope: &[f64]| {
        alike(what, &y.to_vec(), value);
        alike(what, &y.vjp(&Array::new(&y.shape(), u))[x], slope);
    };
    let batch = x.batch_norm(Some(w), Some(b), 1e-5);
    alike(
        "mean of a batch",
        &batch.mean.to_vec(),
        &[1.75, -0.375, 0.625],
    );
    alike(
        "its variance",
        &batch.variance.to_vec(),
        &[3.125, 0.78125, 3.78125],
    );
    let mean = tape.constant([0.1, 0.2, 0.3]);
    let variance = tape.constant([1.0, 2.0, 3.0]);
    let soft = tape.constant([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]);
    let six = |from: f64| tape.constant([0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|i| from * (i + 1.0)));
    let k = tape.constant([[1.0, 0.5, -0.5], [0.2, -0.3, 0.7]]);
    let v = tape.constant([[1.0, 2.0], [-3.0, 0.5]]);
    check(
        "layer_norm",
        x.layer_norm(&[3], Some(w), Some(b), 1e-5),
        &u,
        &[
            0.1,
            0.8123703944645484,
            2.749481577858193,
            2.1497904148606257,
            0.38395555005159465,
            -1.6972316862744559,
        ],
        &[
            1.6329877185721289,
            -0.816491137658011,
            -0.8164965809141179,
            0.4024602948123923,
            -1.5092469605347107,
            1.1067866657223187,
        ],
    );
    check(
        "rms_norm",
        x.rms_norm(&[3], Some(w), 1e-5),
        &u,
        &[
            0.5669450896730416,
            0.37796339311536103,
            3.0237071449228883,
            2.512303452800814,
            -0.06978620702224483,
            -0.837434484266938,
        ],
        &[
            1.2958735650618909,
            -1.0798935576623376,
            -0.863920029598213,
            0.7776166167433268,
            0.4486255233509572,
            3.2600130934152878,
        ],
    );
    check(
        "batch_norm",
        batch.output,
        &u,
        &[
            -1.3999952000230398,
            0.6999936001228774,
            2.299994710764784,
            1.59999520002304,
            -0.2999936001228774,
            -1.6999947107647835,
        ],
        &[
            1.919981568219995e-06,
            -3.583862378784695e-05,
            -1.538680504558185e-05,
            -1.919981568219995e-06,
            3.583862378784695e-05,
            1.538680504558185e-05,
        ],
    );
    check(
        "batch_norm_eval",
        x.batch_norm_with(mean, variance, Some(w), Some(b), 1e-5),
        &u,
        &[
            0.6999970000224998,
            0.6242630080557342,
            2.2629876436013814,
            4.449978250163124,
            0.18232237466434442,
            -0.9124335445773237,
        ],
        &[
            1.4999925000562495,
            -0.7071050134262237,
            -1.1546986138831654,
            0.7499962500281248,
            0.5303287600696678,
            3.4640958416494962,
        ],
    );
    check(
        "ce",
        x.cross_entropy(&[2, 1]).into(),
        &[1.0],
        &[1.5375713814464695],
        &[
            0.08764519607001835,
            0.019556286635343725,
            -0.10720148270536206,
            0.45979311218199004,
            -0.4706064097406296,
            0.010813297558639528,
        ],
    );
    check(
        "ce_soft",
        x.cross_entropy_with(soft).into(),
        &[1.0],
        &[0.7625713814464695],
        &[
            -0.012354803929981659,
            -0.13044371336465627,
            0.14279851729463794,
            -0.04020688781800996,
            0.029393590259370387,
            0.010813297558639528,
        ],
    );
    check(
        "bce",
        x.bce_with_logits(soft).into(),
        &[1.0],
        &[0.6459440767181314],
        &[
            0.07040988853364243,
            -0.0051764297716674805,
            0.06346617966298039,
            -0.007904312196261106,
            0.09369608348096635,
            0.05347021680410117,
        ],
    );
    check(
        "softmax0",
        x.softmax(0),
        &u,
        &[
            0.07585818002124356,
            0.22270013882530884,
            0.9399133498259924,
            0.9241418199787566,
            0.7772998611746911,
            0.06008665017400762,
        ],
        &[
            0.035051858272554075,
            0.6058667544737395,
            -0.22590497857949615,
            -0.03505185827255414,
            -0.6058667544737396,
            0.2259049785794962,
        ],
    );
    check(
        "logsoftmax",
        x.log_softmax(1),
        &u,
        &[
            -1.7413112966571571,
            -3.241311296657157,
            -0.24131129665715703,
            -0.083831466235782,
            -2.833831466235782,
            -3.833831466235782,
        ],
        &[
            0.6494192157199266,
            1.9217748534586252,
            -2.571194069178552,
            -1.3391724487279602,
            -1.6175743610374815,
            2.9567468097654417,
        ],
    );
    check(
        "var",
        x.variance_over(1, 1.0),
        &[1.0; 2],
        &[2.25, 3.7708333333333335],
        &[
            0.0,
            -1.5,
            1.5,
            2.1666666666666665,
            -0.5833333333333334,
            -1.5833333333333335,
        ],
    );
    check(
        "std0",
        x.std_over(0, 0.0),
        &[1.0; 3],
        &[1.25, 0.625, 1.375],
        &[-0.5, -0.5, 0.5, 0.5, 0.5, -0.5],
    );
    check(
        "norm3",
        x.p_norm_over(3.0, 1),
        &[1.0; 2],
        &[2.089669598190616, 3.016116963148294],
        &[
            0.05725122186823605,
            -0.2290048874729442,
            0.9160195498917768,
            0.9893413273197137,
            0.006870425884164678,
            -0.061833832957482106,
        ],
    );
    check(
        "prod",
        x.prod_over(0),
        &u[..3],
        &[1.5, -0.25, -1.5],
        &[3.0, 0.5, 0.75, 0.5, -2.0, -2.0],
    );
    check(
        "group",
        x.reshape(&[1, 6, 1])
            .group_norm(2, Some(six(1.0)), Some(six(0.1)), 1e-5),
        &u,
        &[
            0.09999999999999998,
            -2.2494815778581936,
            3.97422236678729,
            5.866107772961668,
            -1.3395555005159463,
            -5.391695058823368,
        ],
        &[
            0.27216461976202155,
            -0.13606325848463596,
            -0.13610136127738537,
            2.2196482832404394,
            -8.323730716885553,
            6.104082433645114,
        ],
    );
    check(
        "sdpa",
        x.attention(k, v, Mask::None),
        &[1.0, 2.0, 0.5, -1.5],
        &[
            -2.33729213596705,
            0.7485154490123562,
            0.5318242089231406,
            1.8244340783461779,
        ],
        &[
            0.4469138010822801,
            0.4469138010822801,
            -0.6703707016234202,
            -0.011933213691908468,
            -0.011933213691908591,
            0.01789982053786295,
        ],
    );
    check(
        "sdpa_c",
        x.attention(k, v, Mask::Causal),
        &[1.0, 2.0, 0.5, -1.5],
        &[1.0, 2.0, 0.5318242089231406, 1.8244340783461779],
        &[
            0.0,
            0.0,
            0.0,
            -0.011933213691908468,
            -0.011933213691908591,
            0.01789982053786295,
        ],
    );
}
