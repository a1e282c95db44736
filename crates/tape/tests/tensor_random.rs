//! Random expressions over arrays: the sweep, the gradient as a graph and differences agree; and
//! hostile arguments, which are answered with an error and leave the tape as usable as it was.

#[path = "support/random_arrays.rs"]
mod random_arrays;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use random_arrays::{Expression, expressions, operands};
use tape::{Array, Conv, Error, Gradients, Mask, Over, Plan, Pool, Tape, Tensor};

/// The value of an expression at `x + h v`.
fn along(expression: &Expression, x: &[Array<f64>], v: &[Array<f64>], h: f64) -> f64 {
    let tape = Tape::without_lines();
    let moved = |(x, v): (&Array<f64>, &Array<f64>)| {
        let elements: Vec<f64> = x.iter().zip(v).map(|(x, v)| x + h * v).collect();
        tape.tensor_of(x.shape(), &elements)
    };
    let x: Vec<Tensor> = x.iter().zip(v).map(moved).collect();
    expression.apply(&x).value()
}

fn dot(a: &[Array<f64>], b: &[Array<f64>]) -> f64 {
    let pairs = a.iter().zip(b).flat_map(|(a, b)| a.iter().zip(b));
    pairs.map(|(a, b)| a * b).sum()
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(0x7e45),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn sweep_graph_and_differences_agree(expression in expressions(), x in operands()) {
        let tape = Tape::new();
        let leaves: Vec<Tensor> = x.iter().map(|x| tape.tensor_of(x.shape(), x.as_slice())).collect();
        let y = expression.apply(&leaves);
        let slopes = |g: &tape::Gradients| -> Vec<Array<f64>> {
            let slope = |&x: &Tensor| g.array(x).unwrap_or_else(|| Array::zeros(&x.shape()));
            leaves.iter().map(slope).collect()
        };

        let nodes = tape.len();
        let swept = slopes(&y.backward());
        prop_assert_eq!(tape.len(), nodes);
        let recorded = y.gradient_of(&leaves);
        for (swept, recorded) in swept.iter().zip(&recorded) {
            prop_assert_eq!(swept.shape(), &recorded.shape());
            for (a, b) in swept.iter().zip(recorded.to_vec()) {
                prop_assert!(close(*a, b, 1e-12), "sweep {a}, graph {b}");
            }
        }

        // Along a direction, by differences of two widths that are made one of higher order.
        let v: Vec<Array<f64>> = x.iter().map(|x| x.map(|x: f64| (7.0 * x).cos())).collect();
        let central = |h: f64| (along(&expression, &x, &v, h) - along(&expression, &x, &v, -h)) / (2.0 * h);
        let differed = (4.0 * central(5e-4) - central(1e-3)) / 3.0;
        let slope = dot(&swept, &v);
        prop_assert!(close(slope, differed, 1e-6), "sweep {slope}, differences {differed}");

        // The Hessian is symmetric: <w, H v> = <v, H w>.
        let w: Vec<Array<f64>> = x.iter().map(|x| x.map(|x: f64| (5.0 * x).sin() + 0.2)).collect();
        let product = |v: &[Array<f64>]| {
            let part = |(g, v): (&Tensor, &Array<f64>)| (*g * tape.constant(v)).sum();
            let along: tape::Var = recorded.iter().zip(v).map(part).sum();
            slopes(&along.backward())
        };
        let (there, back) = (dot(&w, &product(&v)), dot(&v, &product(&w)));
        prop_assert!(close(there, back, 1e-9), "<w, H v> = {there}, <v, H w> = {back}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        rng_seed: RngSeed::Fixed(0x91a7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn plans_have_the_bits_of_recordings(expression in expressions(), x in operands(), t in -0.9f64..0.9) {
        let record = |tape: &Tape, x: &[Array<f64>], t: f64| {
            let x: Vec<Tensor> = x.iter().map(|x| tape.tensor_of(x.shape(), x.as_slice())).collect();
            let t = tape.leaf(t);
            (expression.apply(&x) * t.exp() + (x[1] * t).sum(), (x, t))
        };
        let elsewhere: Vec<Array<f64>> = x.iter().map(|x| x.map(|x: f64| (9.0 * x + 1.0).sin())).collect();
        let (mut plan, (leaves, t_leaf)) = match Plan::record(|tape| record(tape, &elsewhere, 0.3)) {
            Ok(recorded) => recorded,
            Err(error) => {
                prop_assert!(error.to_string().contains("reads the elements"), "{error}");
                return Ok(());
            }
        };
        let tape = Tape::new();
        let (y, (fresh, t_fresh)) = record(&tape, &x, t);
        let swept = y.backward();
        let mut gradients = Gradients::new();
        for (&leaf, x) in leaves.iter().zip(&x) {
            plan.set(leaf, x.as_slice()).unwrap();
        }
        plan.set_number(t_leaf, t).unwrap();
        let bits = |x: &[f64]| x.iter().map(|x| x.to_bits()).collect::<Vec<u64>>();
        for _ in 0..2 {
            let value = plan.run(&mut gradients).unwrap();
            prop_assert_eq!(value.to_bits(), y.value().to_bits());
            prop_assert_eq!(gradients[t_leaf].to_bits(), swept[t_fresh].to_bits());
            for (&leaf, &fresh) in leaves.iter().zip(&fresh) {
                prop_assert_eq!(bits(&gradients[leaf]), bits(&swept[fresh]));
            }
        }
    }
}

/// Arrays that few functions expect.
fn strange(tape: &Tape) -> Vec<Tensor> {
    let x = tape.tensor("x", [[1.0, f64::NAN, 3.0], [-0.0, f64::INFINITY, 6.0]]);
    vec![
        x,
        x.t(),
        x.slice_step(1, .., -2),
        x.row(0).expand(&[4, 3]),
        x.slice(0, 2..),
        tape.tensor_of(&[], &[2.0]),
        tape.tensor_of(&[0], &[]),
        tape.tensor_of(&[1], &[f64::NEG_INFINITY]),
        tape.tensor_of(&[2, 0, 3], &[]),
        tape.tensor_of(&[1, 2, 2, 1], &[1.0, 2.0, 3.0, 4.0]),
        tape.tensor_of(&[3, 3], &[0.0; 9]),
        Tensor::from(5.0),
    ]
}

/// Everything that may refuse an axis or an operand.
#[rustfmt::skip]
fn answers(x: Tensor, y: Tensor, n: i64) -> Vec<Result<Tensor, Error>> {
    let u = n as usize;
    let conv = || Conv::new().stride(u).padding(u).dilation(u);
    let pool = || Pool::new(u).padding(u);
    let mut answers = vec![
        x.try_sum_over(n), x.try_mean_over([n, 0]), x.try_amax_over(n), x.try_amin_over([0, n]),
        x.try_prod_over(n), x.try_variance_over(n, n as f64), x.try_std_over(n, f64::NAN),
        x.try_norm_over(n), x.try_p_norm_over(n as f64, n), x.try_p_norm_over(f64::NAN, Over::all()),
        x.try_logsumexp_over([n, n]), x.try_softmax(n), x.try_log_softmax(n), x.try_cumsum(n),
        x.try_flip(n), x.try_roll(n, 0), x.try_roll(1, n), x.try_unsqueeze(n), x.try_squeeze(n),
        x.try_transpose(n, 0), x.try_movedim(0, n), x.try_permute(&[n, 0]), x.try_permute(&[n]),
        x.try_reshape(&[n]), x.try_reshape(&[n, -1]), x.try_reshape(&[n, n, n]), x.try_flatten_axes(n, -1),
        x.try_expand(&[u, 2, 3]), x.try_expand(&[u, u, u]), x.try_tile(&[u]), x.try_tile(&[u, 0]),
        x.try_repeat_interleave(u, n), x.try_repeat_interleave(u, 0), x.try_pad(&[(u, 0)], 0.0), x.try_pad(&[(0, u), (u, u)], 0.0),
        x.try_slice(0, n..), x.try_slice(n, ..n), x.try_slice_step(0, .., n), x.try_slice_step(0, n.., n),
        x.try_select_index(n, 0), x.try_select_index(0, n), x.try_row(n), x.try_at([n, n]).map(Tensor::from),
        x.try_tril(n), x.try_triu(n), x.try_diagonal(n), x.try_trace(), x.try_diag(),
        x.try_index_select(n, 0), x.try_index_select(0, u), x.try_gather(n, u), x.try_gather(0, [[u]]),
        x.try_index_add(n, u, y), x.try_scatter_add(n, [[u]], y), x.try_embedding(u),
        x.try_sort(n, true).map(|sorted| sorted.0), x.try_topk(u, n).map(|top| top.0), x.try_topk(1, n).map(|top| top.0),
        x.try_matmul(y), x.try_linear(y, Some(x)), x.try_linear(y, None), x.try_outer(y),
        x.try_masked_fill(y, n as f64), x.try_greater(y), x.try_logical_and(y),
        x.try_cross_entropy_each(&[u]), x.try_cross_entropy(&[]).map(Tensor::from),
        x.try_cross_entropy_with(y).map(Tensor::from), x.try_bce_with_logits_each(y),
        x.try_layer_norm(&[u], Some(y), None, 1e-5), x.try_rms_norm(&[], None, n as f64),
        x.try_group_norm(u, Some(y), None, 1e-5), x.try_batch_norm(Some(y), None, f64::NAN).map(|norm| norm.output),
        x.try_batch_norm_with(y, y, None, None, 1e-5),
        x.try_attention(y, y, Mask::Causal), x.try_attention(x, x, Mask::Keep(y)), x.try_attention(x, x, Mask::Add(y)),
        Tensor::try_concat(&[x, y], n), Tensor::try_stack(&[x, x], n), Tensor::try_concat(&[], n), Tensor::try_stack(&[], n),
        x.try_split(&[u, 1], n).map(|parts| parts[0]), x.try_split(&[], n).map(|_| x), x.try_chunk(u, 0).map(|_| x),
        x.try_conv2d(y, None, Conv::new()), x.try_conv1d(y, y, Conv::new().groups(u)), x.try_conv2d(y, y, conv()),
        x.try_conv_transpose2d(y, None, conv()), x.try_conv_transpose1d(y, x, Conv::new().groups(u)),
        x.try_unfold(u, Conv::new()), x.try_unfold(2, conv()), x.try_fold(u, 2, Conv::new()), x.try_fold(3, u, conv()),
        x.try_max_pool2d(pool()), x.try_max_pool1d(2), x.try_avg_pool2d(Pool::new(2).stride(u).ceil_mode(true)), x.try_avg_pool1d(pool()),
        x.try_adaptive_avg_pool2d(u), x.try_adaptive_max_pool1d(u),
        Tensor::try_einsum("ij,jk->ik", &[x, y]), Tensor::try_einsum("i->ii", &[x]), Tensor::try_einsum("", &[]),
        Tensor::try_einsum("...i,...i->...", &[x, y]), Tensor::try_einsum("ij", &[x]), Tensor::try_einsum("\u{e9},->->", &[x, y]),
    ];
    #[cfg(feature = "linalg")]
    answers.extend([
        x.try_solve(y), x.try_solve_triangular(y, tape::Triangle::upper().unit()), x.try_inverse(), x.try_cholesky(),
        x.try_det(), x.try_slogdet().map(|both| both.1), x.try_logdet(),
    ]);
    let found = [x.try_argmax(n), x.try_argmin(n), x.try_argsort(n, true)];
    answers.extend(found.map(|found| found.map(|_| x)));
    answers
}

#[test]
fn hostile_axes_and_operands_are_errors_and_nothing_breaks() {
    let hostile = [
        i64::MIN,
        i64::MIN + 1,
        -5,
        -3,
        -1,
        0,
        1,
        2,
        5,
        i64::MAX - 1,
        i64::MAX,
    ];
    for n in hostile {
        for place in 0..strange(&Tape::new()).len() {
            let tape = Tape::new();
            let all = strange(&tape);
            for (other, &y) in all.iter().enumerate() {
                for result in answers(all[place], y, n).into_iter().flatten() {
                    // What was answered can be swept.
                    if result.shape().count() <= 1000 {
                        let loss = result.sum();
                        let _ = loss.backward();
                        if n == 1 && other == (place + 3) % all.len() {
                            let precision = loss.explain().precision();
                            assert!(!precision.to_string().is_empty());
                        }
                    }
                }
            }
            let x = tape.tensor("still", [1.0, 2.0]);
            assert_eq!(
                (x * 2.0).sum().backward()[x],
                [2.0, 2.0],
                "after {n} to operand {place}"
            );
        }
    }
}

/// Arguments that say more elements than a machine has.
#[rustfmt::skip]
#[test]
fn arrays_larger_than_memory_are_errors() {
    let tape = Tape::new();
    let x = tape.tensor("x", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    for n in [1 << 46, 1 << 59, 1 << 61, 1 << 62, usize::MAX / 2, usize::MAX] {
        let answers = [
            x.try_tile(&[n, 1]),
            x.try_repeat_interleave(n, 0),
            x.try_pad(&[(n, 0), (0, n)], 0.0),
            x.try_pad(&[(0, 0), (n, 1)], 0.0),
            x.try_unfold(1, Conv::new().padding(n)).map(|_| x),
            x.row(0).try_adaptive_avg_pool1d(n),
        ];
        for (i, answer) in answers.into_iter().enumerate() {
            assert!(answer.is_err(), "answer {i} to {n}");
        }
    }
    // A view may be of any size that can be counted, but what is made of it may not.
    let view = x.expand(&[1 << 50, 2, 3]);
    let answers = [
        view.try_flatten(),
        view.try_cumsum(0),
        view.try_softmax(-1),
        view.try_sum_over(-1),
        view.try_matmul(view.t()),
        view.try_tril(0),
        view.try_roll(1, 0),
        view.try_variance_over(-1, 0.0),
        view.try_greater(0.5),
        view.try_cross_entropy_with_each(view),
        view.try_layer_norm(&[3], None, None, 1e-5),
        Tensor::try_concat(&[view, view], 0),
        Tensor::try_stack(&[view, view], 0),
        Tensor::try_einsum("aij,aij->ai", &[view, view]),
        view.try_max_pool1d(2),
    ];
    for (i, answer) in answers.into_iter().enumerate() {
        assert!(answer.is_err(), "answer {i} to a view of 2^50 rows");
    }
    assert_eq!(x.sum().backward()[x], [1.0; 6]);
}
