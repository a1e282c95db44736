//! Operations on arrays against JAX: values, gradients by every operand, and products of the
//! Hessian with a direction.
//!
//! The numbers and the script that made them stand in `tests/reference`.

use serde_json::Value;
use std::collections::BTreeSet;
use tape::{Array, Mask, Over, Tape, Tensor, axes, logsumexp};

/// Relative for numbers above 1, absolute below.
const TOLERANCE: f64 = 1e-12;

type Operation = fn(&[Tensor]) -> Tensor;

#[rustfmt::skip]
const ELEMENTWISE: &[(&str, Operation)] = &[
    ("add, a row", |x| x[0] + x[1]),
    ("sub, a column", |x| x[0] - x[1]),
    ("mul, both stretch", |x| x[0] * x[1]),
    ("mul, a number", |x| x[0] * x[1]),
    ("div, both stretch", |x| x[0] / x[1]),
    ("pow, a row", |x| (x[0] * x[0] + 0.5).pow(x[1])),
    ("powi", |x| x[0].powi(3)),
    ("rem", |x| x[0] % x[1]),
    ("atan2", |x| x[0].atan2(x[1])),
    ("hypot", |x| x[0].hypot(x[1])),
    ("max, with ties", |x| x[0].max(x[1])),
    ("min, with ties", |x| x[0].min(x[1])),
    ("clamp", |x| x[0].clamp(-0.5, 0.75)),
    ("xlogy", |x| x[0].xlogy(x[1])),
    ("select", |x| x[0].select(x[1], x[2])),
    ("mul_add", |x| x[0].mul_add(x[1], x[2])),
    ("logsumexp of three", |x| logsumexp(x)),
    ("relu, at 0", |x| x[0].relu()),
    ("leaky_relu", |x| x[0].leaky_relu(0.01)),
    ("elu", |x| x[0].elu(1.0)),
    ("selu", |x| x[0].selu()),
    ("silu", |x| x[0].silu()),
    ("gelu", |x| x[0].gelu()),
    ("gelu_tanh", |x| x[0].gelu_tanh()),
    ("mish", |x| x[0].mish()),
    ("softplus", |x| x[0].softplus()),
    ("tanh of sigmoid", |x| x[0].sigmoid().tanh()),
    ("lgamma and digamma", |x| x[0].lgamma() * x[0].digamma()),
];

#[rustfmt::skip]
const MOVEMENT: &[(&str, Operation)] = &[
    ("reshape of a transpose", |x| x[0].t().reshape(&[3, -1]).sin()),
    ("permute", |x| x[0].permute(&[2, 0, 1])),
    ("transpose", |x| x[0].transpose(0, -1)),
    ("movedim", |x| x[0].movedim(0, -1)),
    ("expand", |x| x[0].expand(&[2, 3, 2])),
    ("flatten inner axes", |x| x[0].flatten_axes(1, 2)),
    ("tile", |x| x[0].tile(&[2, 2])),
    ("repeat_interleave", |x| x[0].repeat_interleave(2, 1)),
    ("slice", |x| x[0].slice(0, 1..3).slice(1, -2..)),
    ("slice_step, backward", |x| x[0].slice_step(0, 1.., -2)),
    ("row times row", |x| x[0].row(0) * x[0].row(-1)),
    ("pad", |x| x[0].pad(&[(1, 0), (0, 2)], 1.5).square()),
    ("flip and roll", |x| x[0].flip(0).roll(2, 1)),
    ("parts multiplied", |x| { let part = x[0].chunk(3, 1); part[0] * part[1] + part[2] }),
    ("concat", |x| Tensor::concat(&[x[0], x[1], x[0]], 1)),
    ("stack", |x| Tensor::stack(x, 1).square()),
    ("index_select", |x| x[0].index_select(0, [2, 0, 2])),
    ("embedding", |x| x[0].embedding([[4, 0], [0, 1]])),
    ("index_add", |x| x[0].index_add(0, [1, 1, 0], x[1]).square()),
    ("gather", |x| x[0].gather(1, [[3, 0], [1, 1]])),
    ("scatter_add", |x| x[0].scatter_add(1, [[2, 2], [0, 1]], x[1]).square()),
    ("diagonal", |x| x[0].diagonal(1)),
    ("diag", |x| x[0].diag()),
    ("trace", |x| x[0].matmul(x[0]).trace()),
    ("tril and triu", |x| x[0].tril(-1) + 2.0 * x[0].triu(1)),
    ("cumsum", |x| x[0].cumsum(1)),
    ("sort, descending", |x| x[0].sort(1, true).0),
    ("topk", |x| x[0].topk(2, -1).0),
    ("masked_fill", |x| x[0].masked_fill(x[0].ones_like().tril(0), -2.0)),
];

#[rustfmt::skip]
const REDUCTIONS: &[(&str, Operation)] = &[
    ("sum over the middle", |x| x[0].sum_over(1)),
    ("mean, kept", |x| x[0] - x[0].mean_over(axes([0, 2]).keep())),
    ("amax, with ties", |x| x[0].amax_over(1)),
    ("amin of all, with ties", |x| x[0].amin().into()),
    ("prod, with zeros", |x| x[0].prod_over(1)),
    ("prod of all", |x| x[0].prod().into()),
    ("variance, biased", |x| x[0].variance_over(0, 0.0)),
    ("variance, unbiased, far from 0", |x| x[0].variance_over(1, 1.0)),
    ("std", |x| x[0].std_over(1, 1.0)),
    ("norm", |x| x[0].norm_over(1)),
    ("p-norm", |x| x[0].p_norm_over(3.0, 0)),
    ("logsumexp over two", |x| x[0].logsumexp_over([0, 2])),
    ("logsumexp, far apart", |x| x[0].logsumexp_over(Over::all())),
    ("softmax, middle axis", |x| x[0].softmax(1)),
    ("log_softmax", |x| x[0].log_softmax(-1)),
    ("log_softmax, far apart", |x| x[0].log_softmax(-1)),
];

#[rustfmt::skip]
const LOSSES: &[(&str, Operation)] = &[
    ("cross_entropy", |x| x[0].cross_entropy(&[2, 0, 1]).into()),
    ("cross_entropy of each, confident", |x| x[0].cross_entropy_each(&[1, 0])),
    ("cross_entropy_with", |x| x[0].cross_entropy_with(x[1].softmax(-1)).into()),
    ("bce_with_logits", |x| x[0].bce_with_logits(x[1]).into()),
    ("bce_with_logits of each, confident", |x| x[0].bce_with_logits_each(x[1])),
];

#[rustfmt::skip]
const LAYERS: &[(&str, Operation)] = &[
    ("linear", |x| x[0].linear(x[1], Some(x[2]))),
    ("layer_norm", |x| x[0].layer_norm(&[4], Some(x[1]), Some(x[2]), 1e-5)),
    ("rms_norm", |x| x[0].rms_norm(&[4], Some(x[1]), 1e-5)),
    ("group_norm", |x| x[0].group_norm(2, Some(x[1]), Some(x[2]), 1e-5)),
    ("batch_norm", |x| x[0].batch_norm(Some(x[1]), Some(x[2]), 1e-5).output),
    ("batch_norm_with", |x| x[0].batch_norm_with(x[1], x[2].square(), Some(x[3]), Some(x[4]), 0.01)),
    ("attention", |x| x[0].attention(x[1], x[2], Mask::None)),
    ("attention, causal", |x| x[0].attention(x[1], x[2], Mask::Causal)),
    ("attention, mask", |x| x[0].attention(x[1], x[2], Mask::Keep(x[3]))),
    ("attention, added", |x| x[0].attention(x[1], x[2], Mask::Add(x[3]))),
    ("matmul", |x| x[0].matmul(x[1])),
    ("matmul, batches", |x| x[0].matmul(x[1])),
    ("matmul, row", |x| x[0].matmul(x[1])),
    ("matmul, column", |x| x[0].matmul(x[1])),
    ("matmul, dot", |x| x[0].matmul(x[1])),
    ("matmul, transposed", |x| x[0].t().matmul(x[1].t())),
    ("two layers", |x| x[0].matmul(x[1]).tanh().matmul(x[2])),
];

#[cfg(feature = "linalg")]
#[rustfmt::skip]
const LINEAR_ALGEBRA: &[(&str, Operation)] = &[
    ("linalg solve", |x| x[0].solve(x[1])),
    ("linalg solve, one side", |x| x[0].solve(x[1])),
    ("linalg solve_triangular", |x| x[0].solve_triangular(x[1], tape::Triangle::lower())),
    ("linalg inverse", |x| x[0].inverse()),
    ("linalg det", |x| x[0].det()),
    ("linalg slogdet", |x| (-x[0]).slogdet().1),
    ("linalg logdet", |x| x[0].logdet()),
    ("linalg cholesky", |x| x[0].cholesky()),
];
#[cfg(not(feature = "linalg"))]
const LINEAR_ALGEBRA: &[(&str, Operation)] = &[];

/// Every operation that the numbers are about.
fn operations() -> Vec<(&'static str, Operation)> {
    let sections = [
        ELEMENTWISE,
        MOVEMENT,
        REDUCTIONS,
        LOSSES,
        LAYERS,
        LINEAR_ALGEBRA,
    ];
    sections.concat()
}

fn array(json: &Value) -> Array<f64> {
    let list = |name: &str| json[name].as_array().expect("a list").iter();
    let shape: Vec<usize> = list("shape")
        .map(|n| n.as_u64().expect("a length") as usize)
        .collect();
    let data: Vec<f64> = list("data")
        .map(|x| x.as_f64().expect("a number"))
        .collect();
    Array::new(&shape, data)
}

fn arrays(json: &Value) -> Vec<Array<f64>> {
    json.as_array().expect("a list").iter().map(array).collect()
}

/// Says what is wrong with `got`.
fn compare(what: &str, got: &Array<f64>, want: &Array<f64>, wrong: &mut Vec<String>) {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= TOLERANCE * b.abs().max(1.0);
    if got.shape() != want.shape() || !got.iter().zip(want).all(close) {
        wrong.push(format!("{what}: {got:?}, JAX says {want:?}"));
    }
}

/// Compares one line of the table with what comes out here.
fn check(case: &Value, operation: Operation, wrong: &mut Vec<String>) {
    let name = case["case"].as_str().expect("a name");
    let operands = arrays(&case["operands"]);
    let cotangent = array(&case["cotangent"]);

    let tape = Tape::new();
    // A number is a tensor of rank 0.
    let input = |array: &Array<f64>| match array.rank() {
        0 => tape.leaf(array.item()).into(),
        _ => tape.tensor_of(array.shape(), array.as_slice()),
    };
    let x: Vec<Tensor> = operands.iter().map(input).collect();
    let slope =
        |g: &tape::Gradients, x: Tensor| g.array(x).unwrap_or_else(|| Array::zeros(&x.shape()));

    let y = operation(&x);
    compare(
        &format!("{name}, value"),
        &y.to_array(),
        &array(&case["value"]),
        wrong,
    );
    let g = y.vjp(&cotangent);
    let wanted = arrays(&case["gradient"]);
    for (i, (&x, want)) in x.iter().zip(&wanted).enumerate() {
        compare(
            &format!("{name}, swept gradient {i}"),
            &slope(&g, x),
            want,
            wrong,
        );
    }

    let seed = match cotangent.rank() {
        0 => cotangent.item().into(),
        _ => tape.constant(&cotangent),
    };
    let recorded = y.gradient_of(seed, &x);
    for (i, (g, want)) in recorded.iter().zip(&wanted).enumerate() {
        compare(
            &format!("{name}, recorded gradient {i}"),
            &g.to_array(),
            want,
            wrong,
        );
    }
    if case["direction"].is_null() {
        return;
    }
    let mut along = tape.leaf(0.0);
    for (&g, v) in recorded.iter().zip(arrays(&case["direction"])) {
        along += match v.rank() {
            0 => (g * v.item()).sum(),
            _ => (g * tape.constant(v)).sum(),
        };
    }
    let second = along.backward();
    for (i, (&x, want)) in x.iter().zip(arrays(&case["hessian_product"])).enumerate() {
        compare(
            &format!("{name}, Hessian product {i}"),
            &slope(&second, x),
            &want,
            wrong,
        );
    }
}

#[test]
fn every_operation_gives_the_numbers_of_another_library() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/tensors.jsonl");
    let text = std::fs::read_to_string(path).expect("the numbers");
    let mut missing: BTreeSet<&str> = operations().iter().map(|(name, _)| *name).collect();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a line of JSON");
        let name = case["case"].as_str().expect("a name");
        match operations().iter().find(|(known, _)| *known == name) {
            Some(&(known, operation)) => {
                missing.remove(known);
                check(&case, operation, &mut wrong);
            }
            None if name.starts_with("linalg ") && cfg!(not(feature = "linalg")) => {}
            None => wrong.push(format!("{name}: no operation of this name here")),
        }
    }
    assert!(missing.is_empty(), "no numbers for {missing:?}");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
