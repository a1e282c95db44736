//! Operations in one piece, for the laws and against their compositions.

use crate::harness::sample;
use crate::law;
use tape::{Array, Element, Mask, Tape, Tensor, axes};

#[test]
fn linear_layers() {
    law!("linear", [[4, 3], [2, 3], [2]], |x| x[0]
        .linear(x[1], Some(x[2])));
    law!("linear of a vector", [[3], [2, 3]], |x| x[0]
        .linear(x[1], None));
    law!("linear, batched", [[2, 4, 3], [2, 3], [2]], |x| x[0]
        .linear(x[1], Some(x[2])));
    law!("linear of no rows", [[0, 3], [2, 3], [2]], |x| x[0]
        .linear(x[1], Some(x[2])));
}

#[test]
fn losses() {
    law!("cross_entropy", [[3, 4]], |x| x[0]
        .cross_entropy(&[3, 0, 0]));
    law!("cross_entropy, confident", [[3, 4]], |x| (x[0] * 6.0)
        .cross_entropy(&[3, 0, 0]));
    law!("cross_entropy of each", [[2, 2, 3]], |x| x[0]
        .cross_entropy_each(&[0, 1, 2, 1]));
    law!("cross_entropy of one row", [[4]], |x| x[0]
        .cross_entropy(&[2]));
    law!("cross_entropy_with", [[3, 4], [3, 4]], |x| x[0]
        .cross_entropy_with(x[1]));
    law!("cross_entropy_with, each", [[3, 4], [3, 4]], |x| x[0]
        .cross_entropy_with_each(x[1].softmax(1)));
    law!("bce_with_logits", [[3, 4], [3, 4]], |x| x[0]
        .bce_with_logits(x[1]));
    law!("bce_with_logits, each", [[5], [5]], |x| x[0]
        .bce_with_logits_each(x[1].sigmoid()));
}

#[test]
fn normalising() {
    law!("layer_norm", [[2, 3, 4], [4], [4]], |x| x[0].layer_norm(
        &[4],
        Some(x[1]),
        Some(x[2]),
        1e-5
    ));
    law!("layer_norm, two axes", [[2, 3, 4], [3, 4]], |x| x[0]
        .layer_norm(&[3, 4], Some(x[1]), None, 0.1));
    law!("layer_norm of no rows", [[0, 3]], |x| x[0].layer_norm(
        &[3],
        None,
        None,
        0.1
    ));
    law!("rms_norm", [[2, 4], [4]], |x| x[0].rms_norm(
        &[4],
        Some(x[1]),
        1e-5
    ));
    law!("group_norm", [[2, 4, 3], [4], [4]], |x| x[0].group_norm(
        2,
        Some(x[1]),
        Some(x[2]),
        1e-5
    ));
    law!("batch_norm", [[4, 2], [2], [2]], |x| x[0]
        .batch_norm(Some(x[1]), Some(x[2]), 1e-5)
        .output);
    law!("batch_norm of pictures", [[2, 3, 2, 2], [3]], |x| x[0]
        .batch_norm(None, Some(x[1]), 1e-5)
        .output);
    law!("batch_norm_with", [[4, 2, 3], [2], [2], [2], [2]], |x| x[0]
        .batch_norm_with(
            x[1],
            x[2].square(),
            Some(x[3]),
            Some(x[4]),
            0.1
        ));
}

#[test]
fn attending() {
    law!("attention", [[2, 3, 4], [2, 5, 4], [2, 5, 2]], |x| x[0]
        .attention(x[1], x[2], Mask::None));
    law!("attention, causal", [[3, 4], [3, 4], [3, 2]], |x| x[0]
        .attention(x[1], x[2], Mask::Causal));
    law!(
        "attention, causal, fewer keys",
        [[2, 5, 4], [2, 3, 4], [2, 3, 2]],
        |x| x[0].attention(x[1], x[2], Mask::Causal)
    );
    law!("attention, mask", [[3, 4], [3, 4], [3, 2], [3, 3]], |x| x
        [0]
    .attention(x[1], x[2], Mask::Keep(x[3])));
    law!("attention, added", [[3, 4], [3, 4], [3, 2], [3]], |x| x[0]
        .attention(x[1], x[2], Mask::Add(x[3])));
}

/// A piece and its composition agree: value, gradient, and the gradient of the gradient.
#[track_caller]
fn agree(
    name: &str,
    shapes: &[&[usize]],
    piece: impl Fn(&Tape, &[Tensor]) -> Tensor,
    composition: impl Fn(&Tape, &[Tensor]) -> Tensor,
) {
    let run = |f: &dyn Fn(&Tape, &[Tensor]) -> Tensor| {
        let tape = Tape::new();
        let leaf = |(i, shape): (usize, &&[usize])| tape.tensor("x", sample(shape, 3 + i as u64));
        let x: Vec<Tensor> = shapes.iter().enumerate().map(leaf).collect();
        let y = f(&tape, &x);
        let loss = (y * sample_like(&tape, y, 50)).sum();
        let slopes = loss.gradient_of(&x);
        let mut along = tape.leaf(0.0);
        for (i, &slope) in slopes.iter().enumerate() {
            along += (slope.square() * sample_like(&tape, slope, 60 + i as u64)).sum();
        }
        let second = along.backward();
        let third = second_of(along, &x);
        let mut numbers = vec![y.to_vec()];
        numbers.extend(slopes.iter().map(|slope| slope.to_vec()));
        numbers.extend(
            x.iter()
                .map(|&x| second.array(x).map_or(vec![], Array::into_vec)),
        );
        numbers.extend(third);
        numbers
    };
    let (a, b) = (run(&piece), run(&composition));
    for (part, (a, b)) in a.iter().zip(&b).enumerate() {
        assert_eq!(a.len(), b.len(), "{name}: part {part}");
        let scale = a.iter().fold(1.0f64, |m, x| m.max(x.abs()));
        for (a, b) in a.iter().zip(b) {
            assert!(
                (a - b).abs() <= 1e-11 * scale,
                "{name}: part {part}: {a} against {b}"
            );
        }
    }
}

fn sample_like<T: Element>(tape: &Tape, x: Tensor<T>, seed: u64) -> Tensor<T> {
    let elements: Vec<T> = sample(&x.shape(), seed)
        .as_slice()
        .iter()
        .map(|&x| T::from_f64(x))
        .collect();
    tape.constant_of(&x.shape(), &elements)
}

/// The gradient of the sum of squares of the second gradient: third derivatives.
fn second_of(along: tape::Var, x: &[Tensor]) -> Vec<Vec<f64>> {
    let mut sum = along * 0.0;
    for slope in along.gradient_of(x) {
        sum += slope.square().sum();
    }
    let g = sum.backward();
    x.iter()
        .map(|&x| g.array(x).map_or(vec![], Array::into_vec))
        .collect()
}

#[test]
fn pieces_agree_with_their_compositions() {
    let softmax = |x: Tensor, axis: i64| {
        let e = x.exp();
        e / e.sum_over(axes(axis).keep())
    };
    let normal = |x: Tensor, axes: tape::Over, epsilon: f64| {
        let d = x - x.mean_over(axes.clone().keep());
        d / (d.square().mean_over(axes.keep()) + epsilon).sqrt()
    };
    agree(
        "logsumexp",
        &[&[3, 4]],
        |_, x| x[0].logsumexp_over(1),
        |_, x| x[0].exp().sum_over(1).ln(),
    );
    agree(
        "softmax",
        &[&[3, 4]],
        |_, x| x[0].softmax(0),
        |_, x| softmax(x[0], 0),
    );
    agree(
        "log_softmax",
        &[&[3, 4]],
        |_, x| x[0].log_softmax(1),
        |_, x| softmax(x[0], 1).ln(),
    );
    agree(
        "variance",
        &[&[3, 4]],
        |_, x| x[0].variance_over(0, 1.0),
        |_, x| (x[0] - x[0].mean_over(axes(0).keep())).square().sum_over(0) / 2.0,
    );
    agree(
        "std",
        &[&[3, 4]],
        |_, x| x[0].std_over(0, 1.0),
        |_, x| x[0].variance_over(0, 1.0).sqrt(),
    );
    agree(
        "norm",
        &[&[3, 4]],
        |_, x| x[0].norm_over(0),
        |_, x| x[0].square().sum_over(0).sqrt(),
    );
    agree(
        "p-norm",
        &[&[3, 4]],
        |_, x| x[0].p_norm_over(3.0, 0),
        |_, x| x[0].abs().powi(3).sum_over(0).cbrt(),
    );
    agree(
        "prod",
        &[&[2, 4]],
        |_, x| x[0].prod_over(0),
        |_, x| {
            // x0 x1 = ((x0 + x1)^2 - x0^2 - x1^2) / 2
            (x[0].sum_over(0).square() - x[0].square().sum_over(0)) / 2.0
        },
    );
    agree(
        "cross_entropy",
        &[&[2, 3]],
        |_, x| x[0].cross_entropy_each(&[2, 0]),
        |tape, x| {
            let at_the_class = tape.constant([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
            -(softmax(x[0], 1).ln() * at_the_class).sum_over(1)
        },
    );
    agree(
        "layer_norm",
        &[&[3, 4]],
        |_, x| x[0].layer_norm(&[4], None, None, 0.1),
        |_, x| normal(x[0], axes(1), 0.1),
    );
    agree(
        "rms_norm",
        &[&[3, 4]],
        |_, x| x[0].rms_norm(&[4], None, 0.1),
        |_, x| x[0] / (x[0].square().mean_over(axes(1).keep()) + 0.1).sqrt(),
    );
    agree(
        "batch_norm",
        &[&[3, 2, 2]],
        |_, x| x[0].batch_norm(None, None, 0.1).output,
        |_, x| normal(x[0], axes([0, 2]), 0.1),
    );
    agree(
        "group_norm",
        &[&[3, 4, 2]],
        |_, x| x[0].group_norm(2, None, None, 0.1),
        |_, x| normal(x[0].reshape(&[3, 2, 4]), axes(2), 0.1).reshape(&[3, 4, 2]),
    );
    agree(
        "attention",
        &[&[2, 3], &[4, 3], &[4, 2]],
        |_, x| x[0].attention(x[1], x[2], Mask::None),
        |_, x| softmax(x[0].matmul(x[1].t()) / 3f64.sqrt(), 1).matmul(x[2]),
    );
    agree(
        "bce",
        &[&[3]],
        |_, x| x[0].bce_with_logits_each(x[0].cos()),
        |_, x| {
            let (p, t) = (x[0].sigmoid(), x[0].cos());
            -(t * p.ln() + (1.0 - t) * (1.0 - p).ln())
        },
    );
}
