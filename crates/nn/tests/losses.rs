//! Losses: against PyTorch, the lectures' numbers, the scalar losses of the same names, and the ends
//! of the number line.

use nn::loss::Reduction::Sum;
use nn::loss::{self, BceWithLogits, CrossEntropy, MultiHinge, Nll};
use serde_json::Value;
use std::panic::catch_unwind;
use tape::{Array, Tape, Tensor, Var};

/// Relative for numbers above 1, absolute below.
const TOLERANCE: f64 = 1e-12;

const CLASSES: [usize; 4] = [0, 2, 1, 2];
const WEIGHTS: [f64; 3] = [0.5, 2.0, 1.25];
const T: [[f64; 3]; 4] = [
    [1.0, -1.0, 2.0],
    [0.5, 0.25, -1.125],
    [0.0, -1.0, -1.0],
    [2.3, 0.1, 0.6],
];
const Y: [[f64; 3]; 4] = [
    [1.0, 0.0, 0.0],
    [0.0, 0.3, 0.9],
    [0.25, 0.5, 1.0],
    [0.0, 1.0, 1.0],
];
const D: [[f64; 3]; 4] = [
    [0.5, 0.25, 0.25],
    [0.0, 1.0, 0.0],
    [0.1, 0.1, 0.8],
    [0.0, 0.4, 0.6],
];

type Loss = fn(Tensor) -> Var;
type Pair = fn(Tensor, Tensor) -> Var;

fn t(a: Tensor) -> Tensor {
    a.constant(T)
}
fn y(a: Tensor) -> Tensor {
    a.constant(Y)
}
fn d(a: Tensor) -> Tensor {
    a.constant(D)
}

#[rustfmt::skip]
const CASES: &[(&str, Loss)] = &[
    ("mse", |a| loss::mse(a, t(a))),
    ("mse, sum", |a| loss::mse_each(a, t(a)).sum()),
    ("mae", |a| loss::mae(a, t(a))),
    ("huber, 1", |a| loss::huber(a, t(a), 1.0)),
    ("huber, 0.6", |a| loss::huber(a, t(a), 0.6)),
    ("smooth_l1, 1", |a| loss::smooth_l1(a, t(a), 1.0)),
    ("smooth_l1, 2.5", |a| loss::smooth_l1(a, t(a), 2.5)),
    ("smooth_l1, 0", |a| loss::smooth_l1(a, t(a), 0.0)),
    ("bce", |p| loss::bce(p, y(p))),
    ("bce, sum", |p| Sum.of(loss::bce_each(p, y(p)))),
    ("bce_with_logits", |a| loss::bce_with_logits(a, y(a))),
    ("bce_with_logits, far", |a| loss::bce_with_logits(a, y(a))),
    ("bce_with_logits, a weight", |a| BceWithLogits::new().positive_weight(9.0).of(a, y(a))),
    ("bce_with_logits, weights, sum", |a| BceWithLogits::new().positive_weight(WEIGHTS).reduction(Sum).of(a, y(a))),
    ("cross_entropy", |a| loss::cross_entropy(a, &CLASSES)),
    ("cross_entropy, far", |a| loss::cross_entropy(a, &CLASSES)),
    ("cross_entropy, sum", |a| CrossEntropy::new().reduction(Sum).of(a, &CLASSES)),
    ("cross_entropy, weights", |a| CrossEntropy::new().weights(WEIGHTS).of(a, &CLASSES)),
    ("cross_entropy, smoothing", |a| CrossEntropy::new().smoothing(0.1).of(a, &CLASSES)),
    ("cross_entropy, weights, smoothing", |a| CrossEntropy::new().weights(WEIGHTS).smoothing(0.3).of(a, &CLASSES)),
    ("cross_entropy, ignoring", |a| CrossEntropy::new().ignoring(2).of(a, &CLASSES)),
    ("cross_entropy, all", |a| CrossEntropy::new().weights(WEIGHTS).smoothing(0.3).ignoring(2).of(a, &CLASSES)),
    ("cross_entropy_with", |a| loss::cross_entropy_with(a, d(a))),
    ("cross_entropy_with, far", |a| loss::cross_entropy_with(a, d(a))),
    ("cross_entropy_with, weights, smoothing", |a| CrossEntropy::new().weights(WEIGHTS).smoothing(0.3).with(a, d(a))),
    ("nll", |p| loss::nll(p.ln(), &CLASSES)),
    ("nll, weights, ignoring", |p| Nll::new().weights(WEIGHTS).ignoring(2).of(p.ln(), &CLASSES)),
    ("nll, weights, sum", |p| Nll::new().weights(WEIGHTS).reduction(Sum).of(p.ln(), &CLASSES)),
    ("kl_divergence", |p| loss::kl_divergence(p, d(p))),
    ("multi_hinge", |a| loss::multi_hinge(a, &CLASSES)),
    ("multi_hinge, margin, sum", |a| MultiHinge::new().margin(0.5).reduction(Sum).of(a, &CLASSES)),
];

#[track_caller]
fn close(what: &str, found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0),
        "{what}: {found} for {expected}"
    );
}

/// The value of a loss and its gradient by the prediction.
fn on_tape(x: impl Into<Array>, loss: impl Fn(Tensor) -> Var) -> (f64, Vec<f64>) {
    let tape = Tape::new();
    let x = tape.tensor("x", x);
    let loss = loss(x);
    let gradient = loss.backward().array(x);
    (
        loss.value(),
        gradient.map(Array::into_vec).unwrap_or_default(),
    )
}

#[test]
fn values_and_gradients_are_pytorchs() {
    let mut cases = CASES.iter();
    for line in include_str!("reference/losses.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let numbers = |list: &Value| -> Vec<f64> {
            let list = list.as_array().unwrap().iter();
            list.map(|x| x.as_f64().unwrap()).collect()
        };
        let (name, loss) = cases.next().expect("a case for each line");
        assert_eq!(case["name"], **name);
        let rows: Vec<Vec<f64>> = case["x"].as_array().unwrap().iter().map(numbers).collect();
        let (value, gradient) = on_tape(Array::from_rows(&rows), loss);
        close(name, value, case["value"].as_f64().unwrap());
        let expected = numbers(&case["gradient"]);
        assert_eq!(gradient.len(), expected.len());
        for (found, expected) in gradient.iter().zip(expected) {
            close(name, *found, expected);
        }
    }
    assert_eq!(cases.next().map(|case| case.0), None);
}

#[test]
fn the_lectures_numbers() {
    let digits = |loss: Var, digits: usize| format!("{:.digits$}", loss.value());
    let tape = Tape::new();
    let (h, first) = (
        tape.constant([[0.7, 0.2, 0.1]]),
        tape.constant([[1.0, 0.0, 0.0]]),
    );
    assert_eq!(digits(loss::logistic(h, first), 8), "0.68517901");
    assert_eq!(digits(loss::bce(h, first), 8), "0.22839300");
    assert_eq!(digits(loss::nll(h.ln(), &[0]), 8), "0.35667494");
    assert_eq!(digits(loss::cross_entropy(h.ln(), &[0]), 8), "0.35667494");

    let (p, q) = (
        tape.constant([[0.2, 0.5, 0.3]]),
        tape.constant([[0.1, 0.6, 0.3]]),
    );
    assert_eq!(digits(loss::kl_divergence(q, p), 10), "0.0474686577");
    assert_eq!(
        digits(loss::cross_entropy_with(q.ln(), p), 10),
        "1.0771216718"
    );
    assert_eq!(
        digits(loss::cross_entropy_with(p.ln(), p), 10),
        "1.0296530141"
    );
    assert_eq!(loss::kl_divergence(p, p).value(), 0.0);

    let (value, slopes) = on_tape([[0.1f64, 0.6, 0.3].map(f64::ln)], |z| {
        loss::cross_entropy(z, &[1])
    });
    close("softmax", value, 0.5108256237659907);
    for (found, expected) in slopes.iter().zip([0.1, -0.4, 0.3]) {
        close("p - y", *found, expected);
    }

    // Mazur's outputs, and their errors before the sigmoids' slopes.
    let (o, t) = ([[0.7513650696, 0.7729284653]], [[0.01, 0.99]]);
    let (e, errors) = on_tape(o, |o| loss::sum_of_squares(o, o.constant(t)));
    assert_eq!(format!("{e:.9}"), "0.298371109");
    let slopes = o[0].map(|o| o * (1.0 - o));
    assert_eq!(
        format!("{:.9} {:.9}", errors[0] * slopes[0], errors[1] * slopes[1]),
        "0.138498562 -0.038098237"
    );
}

/// Where `scalar::loss` has a cost of the same name, it is the same number with the same gradient.
#[test]
fn costs_of_the_same_name_are_the_same() {
    use nn::scalar::loss as scalar;
    type Rows<'a> = &'a [[f64; 3]; 4];
    let a = [
        [0.7, 0.2, 0.1],
        [0.25, 0.5, 0.25],
        [0.05, 0.05, 0.9],
        [0.99, 0.003, 0.007],
    ];
    type Both = (Loss, fn(Rows<'_>) -> f64);
    let costs: [Both; 4] = [
        (|a| loss::quadratic(a, y(a)), |a| scalar::quadratic(a, &Y)),
        (
            |a| loss::sum_of_squares(a, y(a)),
            |a| scalar::sum_of_squares(a, &Y),
        ),
        (|a| loss::one_neuron(a, y(a)), |a| scalar::one_neuron(a, &Y)),
        (|a| loss::logistic(a, y(a)), |a| scalar::logistic(a, &Y)),
    ];
    for (place, (tensors, numbers)) in costs.iter().enumerate() {
        close(&format!("cost {place}"), on_tape(a, tensors).0, numbers(&a));
    }
    let errors: [(Loss, f64); 3] = [
        (|a| loss::quadratic(a, y(a)), 1.0 / 4.0),
        (|a| loss::sum_of_squares(a, y(a)), 1.0),
        (|a| loss::one_neuron(a, y(a)), 2.0),
    ];
    for (loss, factor) in errors {
        let differences = a.as_flattened().iter().zip(Y.as_flattened());
        for (found, (a, y)) in on_tape(a, loss).1.iter().zip(differences) {
            close("output error", *found, factor * (a - y));
        }
    }
}

#[test]
fn the_lectures_cross_entropy_clips_nothing() {
    let bce = |p: f64, y: f64| {
        let (value, slopes) = on_tape([p], |p| loss::bce(p, p.constant([y])));
        (value, slopes[0])
    };
    assert_eq!(bce(0.0, 0.0), (0.0, 1.0));
    assert_eq!(bce(1.0, 1.0), (0.0, -1.0));
    assert_eq!(bce(0.0, 1.0), (f64::INFINITY, f64::NEG_INFINITY));
    assert_eq!(bce(1.0, 0.0), (f64::INFINITY, f64::INFINITY));
    assert!(bce(-0.1, 1.0).0.is_nan() && bce(f64::NAN, 0.5).0.is_nan());
}

#[test]
fn logits_far_out_keep_their_digits() {
    let class = |row: [f64; 2], class: usize| on_tape([row], |z| loss::cross_entropy(z, &[class]));
    assert_eq!(class([1000.0, -1000.0], 0), (0.0, vec![0.0, 0.0]));
    assert_eq!(class([1000.0, -1000.0], 1), (2000.0, vec![1.0, -1.0]));
    let tail = 4.248354255291589e-18; // e^-40
    assert_eq!(class([40.0, 0.0], 0), (tail, vec![-tail, tail]));
    let soft = on_tape([[40.0, 0.0]], |z| {
        loss::cross_entropy_with(z, z.constant([[1.0, 0.0]]))
    });
    assert_eq!(soft, (tail, vec![-tail, tail]));

    let binary = |x: f64, t: f64| {
        let (value, slopes) = on_tape([x], |x| loss::bce_with_logits(x, x.constant([t])));
        (value, slopes[0])
    };
    assert_eq!(binary(1000.0, 1.0), (0.0, 0.0));
    assert_eq!(binary(1000.0, 0.0), (1000.0, 1.0));
    assert_eq!(binary(-1000.0, 1.0), (1000.0, -1.0));
    assert_eq!(binary(40.0, 1.0), (tail, -tail));
    assert_eq!(binary(f64::NEG_INFINITY, 0.0), (0.0, 0.0));
    let weighed = |x: f64, t: f64| {
        on_tape([x], |x| {
            BceWithLogits::new()
                .positive_weight(9.0)
                .of(x, x.constant([t]))
        })
    };
    assert_eq!(weighed(f64::NEG_INFINITY, 0.0), (0.0, vec![0.0]));
    assert_eq!(weighed(-1000.0, 1.0), (9000.0, vec![-9.0]));
}

/// An ignored row has no part in the loss, whatever stands in it.
#[test]
fn ignored_rows_pass_nothing_on() {
    let z = [[1.0, 2.0], [f64::NAN, f64::INFINITY], [0.5, -0.5]];
    let without = [[1.0, 2.0], [0.5, -0.5]];
    for loss in [CrossEntropy::new(), CrossEntropy::new().smoothing(0.2)] {
        let ignoring = loss.clone().ignoring(7);
        let (value, slopes) = on_tape(z, |z| ignoring.of(z, &[0, 7, 1]));
        let (alone, expected) = on_tape(without, |z| loss.of(z, &[0, 1]));
        assert_eq!(value, alone);
        assert_eq!([&slopes[..2], &slopes[4..]].concat(), expected);
        assert_eq!(slopes[2..4], [0.0, 0.0]);

        let tape = Tape::new();
        let each = ignoring.each(tape.tensor("z", z), &[0, 7, 1]);
        assert_eq!((each.shape().to_vec(), each.to_vec()[1]), (vec![3], 0.0));
        let (nothing, _) = on_tape(without, |z| ignoring.of(z, &[7, 7]));
        assert!(nothing.is_nan());
    }
}

#[test]
fn of_no_rows_a_mean_is_nan_and_a_sum_is_zero() {
    let none = Array::zeros(&[0, 3]);
    let means: [Loss; 10] = [
        |a| loss::quadratic(a, a.zeros_like()),
        |a| loss::logistic(a, a.zeros_like()),
        |a| loss::mse(a, a.zeros_like()),
        |a| loss::huber(a, a.zeros_like(), 1.0),
        |a| loss::bce(a, a.zeros_like()),
        |a| loss::bce_with_logits(a, a.zeros_like()),
        |a| loss::cross_entropy(a, &[]),
        |a| loss::nll(a, &[]),
        |a| loss::kl_divergence(a, a.zeros_like()),
        |a| loss::multi_hinge(a, &[]),
    ];
    for (place, loss) in means.iter().enumerate() {
        let (value, gradient) = on_tape(&none, loss);
        assert!(
            value.is_nan() && gradient.is_empty(),
            "mean {place}: {value}"
        );
    }
    let sums: [Loss; 5] = [
        |a| loss::sum_of_squares(a, a.zeros_like()),
        |a| loss::one_neuron(a, a.zeros_like()),
        |a| loss::hinge_each(a, a.zeros_like()).sum(),
        |a| {
            CrossEntropy::new()
                .weights([1.0; 3])
                .smoothing(0.1)
                .reduction(Sum)
                .of(a, &[])
        },
        |a| MultiHinge::new().reduction(Sum).of(a, &[]),
    ];
    for (place, loss) in sums.iter().enumerate() {
        assert_eq!(on_tape(&none, loss).0, 0.0, "sum {place}");
    }
}

#[test]
fn mistakes_are_told_with_shapes_rows_and_classes() {
    let column = |loss: Pair| {
        let tape = Tape::new();
        let _ = loss(tape.constant([[1.0]; 5]), tape.constant([1.0; 5]));
    };
    let scores = |loss: Loss| {
        let tape = Tape::new();
        let _ = loss(tape.constant([[0.0; 3]; 2]));
    };
    type Mistake<'a> = (&'a str, Box<dyn Fn() + std::panic::UnwindSafe + 'a>);
    let shapes = "a prediction of shape [5,1] against a target of shape [5]; a loss does not broadcast: `reshape` one of them";
    let both: [(&str, Pair); 12] = [
        ("quadratic", loss::quadratic),
        ("sum_of_squares", loss::sum_of_squares),
        ("one_neuron", loss::one_neuron),
        ("logistic", loss::logistic),
        ("mse", loss::mse),
        ("mae", loss::mae),
        ("huber", |a, t| loss::huber(a, t, 1.0)),
        ("smooth_l1", |a, t| loss::smooth_l1(a, t, 0.0)),
        ("bce", loss::bce),
        ("bce_with_logits", loss::bce_with_logits),
        ("cross_entropy", loss::cross_entropy_with),
        ("kl_divergence", loss::kl_divergence),
    ];
    let told: Vec<String> = both
        .iter()
        .map(|(name, _)| format!("{name}: {shapes}"))
        .collect();
    let mut mistakes: Vec<Mistake<'_>> = Vec::new();
    for ((_, loss), told) in both.into_iter().zip(&told) {
        mistakes.push((told, Box::new(move || column(loss))));
    }
    let rows: [(&str, Loss); 9] = [
        (
            "cross_entropy: class 3 of row 1 is out of range: an array of shape [2,3] has 3 classes, from 0",
            |x| loss::cross_entropy(x, &[0, 3]),
        ),
        (
            "nll: class 9 of row 0 is out of range: an array of shape [2,3] has 3 classes, from 0",
            |x| loss::nll(x, &[9, 3]),
        ),
        (
            "multi_hinge: class 3 of row 1 is out of range: an array of shape [2,3] has 3 classes, from 0",
            |x| loss::multi_hinge(x, &[0, 3]),
        ),
        (
            "cross_entropy: an array of shape [2,3] has 2 rows along its last axis; 3 classes are given",
            |x| loss::cross_entropy(x, &[0, 1, 2]),
        ),
        (
            "cross_entropy: 2 weights for 3 classes, in an array of shape [2,3]",
            |x| CrossEntropy::new().weights([1.0, 1.0]).of(x, &[0, 1]),
        ),
        (
            "cross_entropy: 2 weights for 3 classes, in logits of shape [2,3]",
            |x| CrossEntropy::new().weights([1.0, 1.0]).with(x, x),
        ),
        (
            "hinge: target 0 is 0, but must be +1 or -1 (classes 0 and 1 become 2 t - 1)",
            |x| loss::hinge(x, x),
        ),
        ("huber: delta is 0, but must be above 0", |x| {
            loss::huber(x, x, 0.0)
        }),
        (
            "bce_with_logits: weights of shape [2] for logits of shape [2,3]; give a number, or a weight for each position along the last axis",
            |x| BceWithLogits::new().positive_weight([1.0, 2.0]).of(x, x),
        ),
    ];
    for (told, loss) in rows {
        mistakes.push((told, Box::new(move || scores(loss))));
    }
    for (told, mistake) in mistakes {
        let panic = catch_unwind(mistake).unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), told);
    }
}

/// A class for each position of a sequence, in batches: the classes lie along the last axis.
#[test]
fn rows_may_lie_in_any_shape() {
    let z = Array::from_fn(&[2, 2, 3], |i| {
        (i[0] * 5 + i[1] * 3 + i[2] * i[2]) as f64 * 0.3
    });
    let flat = z.clone().reshape(&[4, 3]);
    type Each = fn(Tensor) -> Tensor;
    let losses: [Each; 4] = [
        |z| {
            CrossEntropy::new()
                .weights(WEIGHTS)
                .smoothing(0.1)
                .ignoring(1)
                .each(z, &CLASSES)
        },
        |z| Nll::new().weights(WEIGHTS).ignoring(1).each(z, &CLASSES),
        |z| MultiHinge::new().each(z, &CLASSES),
        |z| loss::kl_divergence_each(z.softmax(-1), z.softmax(-1).square()),
    ];
    for loss in losses {
        let tape = Tape::new();
        let (deep, rows) = (loss(tape.constant(&z)), loss(tape.constant(&flat)));
        assert_eq!(
            (deep.shape().to_vec(), rows.shape().to_vec()),
            (vec![2, 2], vec![4])
        );
        assert_eq!(deep.to_vec(), rows.to_vec());
    }
}

#[test]
fn single_precision_has_the_same_losses() {
    let tape = Tape::new();
    let z: Tensor<f32> = tape.tensor("z", Array::from(T).cast::<f32>());
    let all = CrossEntropy::new()
        .weights(WEIGHTS)
        .smoothing(0.3)
        .ignoring(2)
        .of(z, &CLASSES);
    let (double, _) = on_tape(T, |z| {
        CrossEntropy::new()
            .weights(WEIGHTS)
            .smoothing(0.3)
            .ignoring(2)
            .of(z, &CLASSES)
    });
    assert!((all.value() - double).abs() < 1e-6);
    assert!(all.backward().array(z).is_some());
}
