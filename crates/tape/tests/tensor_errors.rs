//! What tensors say to mistakes, and that a mistake leaves the tape as usable as it was.

use tape::{Array, Error, ErrorKind, Indices, Tape, Tensor};

/// A mistake on `x` of shape `[2,3]`, what kind it is, and what the message says.
#[track_caller]
fn mistake<V>(kind: ErrorKind, says: &str, call: impl Fn(Tensor) -> Result<V, Error>) {
    let tape = Tape::new();
    let x = tape.tensor("x", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let Err(error) = call(x) else {
        panic!("no error, but expected: {says}")
    };
    let message = error.to_string();
    assert!(message.contains(says), "{message:?} says not {says:?}");
    assert_eq!(error.kind(), kind, "{message}");
    assert!(
        message.contains("2,3]"),
        "{message:?} names not the operand's shape"
    );
    assert!(
        message.contains("tensor_errors.rs:"),
        "{message:?} names not the line"
    );
    assert_eq!((x * 2.0).sum().backward()[x], [2.0; 6]);
}

#[test]
fn axes_that_are_not_there() {
    use ErrorKind::{Axis, Shape};
    let outside = "axis 2 is out of range for shape [2,3]: its axes are 0 to 1, or -2 to -1";
    mistake(Axis, outside, |x| x.try_slice(2, ..));
    mistake(Axis, outside, |x| x.try_select_index(2, 0));
    mistake(Axis, outside, |x| x.try_flip([0, 2]));
    mistake(Axis, outside, |x| x.try_roll(1, 2));
    mistake(Axis, outside, |x| x.try_split(&[2], 2));
    mistake(Axis, outside, |x| x.try_chunk(1, 2));
    mistake(Axis, outside, |x| x.try_squeeze(2));
    mistake(Axis, outside, |x| x.try_movedim(0, 2));
    mistake(Axis, outside, |x| x.try_flatten_axes(0, 2));
    mistake(Axis, outside, |x| x.try_repeat_interleave(2, 2));
    mistake(Axis, outside, |x| x.try_cumsum(2));
    mistake(Axis, outside, |x| x.try_sort(2, false));
    mistake(Axis, outside, |x| x.try_topk(1, 2));
    mistake(Axis, outside, |x| x.try_argmax(2));
    mistake(Axis, outside, |x| x.try_index_select(2, 0));
    mistake(Axis, outside, |x| x.try_gather(2, 0));
    mistake(Axis, outside, |x| x.try_index_add(2, 0, x));
    mistake(Axis, outside, |x| x.try_scatter_add(2, 0, x));
    mistake(Axis, outside, |x| Tensor::try_concat(&[x, x], 2));
    for axis in [i64::MIN, i64::MAX] {
        mistake(Axis, "is out of range", |x| x.try_slice(axis, ..));
        mistake(Axis, "a new axis", |x| x.try_unsqueeze(axis));
        mistake(Axis, "a new axis", |x| Tensor::try_stack(&[x], axis));
    }
    mistake(Axis, "named twice", |x| x.try_flip([0, -2]));
    mistake(Axis, "axis 0 stands before axis 1", |x| {
        x.try_flatten_axes(1, 0)
    });
    mistake(
        Axis,
        "a new axis 3 of shape [2,3] is out of range: its place is 0 to 2",
        |x| x.try_unsqueeze(3),
    );
    mistake(Shape, "axis 1 of shape [2,3] has length 3, not 1", |x| {
        x.try_squeeze(-1)
    });
}

#[test]
fn positions_that_are_not_there() {
    use ErrorKind::{Index, Option, Shape};
    mistake(
        Index,
        "the range 1..4 of axis 1 of length 3 reaches outside",
        |x| x.try_slice(1, 1..4),
    );
    mistake(Index, "the range -4.. of axis 1", |x| x.try_slice(1, -4..));
    mistake(Index, "ends before it starts", |x| x.try_slice(1, (2, 1)));
    mistake(Option, "a step of 0", |x| x.try_slice_step(0, .., 0));
    mistake(
        Index,
        "index 2 is out of range for axis 0 of length 2",
        |x| x.try_row(2),
    );
    mistake(Index, "index -3 is out of range for axis 0", |x| {
        x.try_row(-3)
    });
    mistake(Index, "index -9223372036854775808", |x| {
        x.try_at([0, i64::MIN])
    });
    mistake(Index, "1 positions for shape [2,3]", |x| x.try_at([0]));
    mistake(
        Index,
        "index 7 at [1,0] is out of range for axis 0 of length 2",
        |x| x.try_index_select(0, [[1, 0], [7, 9]]),
    );
    mistake(
        Index,
        "index 2 is out of range for axis 0 of length 2",
        |x| x.try_embedding(2),
    );
    mistake(
        Index,
        "index 3 at [1,1] is out of range for axis 1 of length 3",
        |x| x.try_gather(1, [[0, 1], [2, 3]]),
    );
    mistake(
        Index,
        "at [1] is out of range for axis 1 of length 3",
        |x| x.try_index_add(1, [0, usize::MAX, 1], x),
    );
    mistake(
        Index,
        "scatter_add(x [2,3], node 1 [2,2]): index 3 at [0,1] is out of range for axis 1 of length 3",
        |x| x.try_scatter_add(1, [[0, 3], [0, 0]], x.slice(1, ..2)),
    );
    mistake(Shape, "equally long along all axes but 1", |x| {
        x.try_gather(1, [0, 1])
    });
    mistake(Shape, "equally long along all axes but 1", |x| {
        x.try_gather(1, [[0, 1]])
    });
    mistake(Shape, "a source of shape [3,2] for [2,3]", |x| {
        x.try_index_add(0, [0, 1], x.t())
    });
    mistake(Shape, "2 indices for axis 1 of length 3", |x| {
        x.try_index_add(1, [0, 1], x * 1.0)
    });
    mistake(Shape, "a table has shape [vocabulary, width]", |x| {
        x.unsqueeze(0).try_embedding(0)
    });
    mistake(Index, "the largest 4 of axis 1, which has length 3", |x| {
        x.try_topk(4, 1)
    });
}

#[test]
fn shapes_that_do_not_fit() {
    use ErrorKind::Shape;
    mistake(Shape, "1 pairs (before, behind) for shape [2,3]", |x| {
        x.try_pad(&[(1, 1)], 0.0)
    });
    mistake(Shape, "more elements than fit in memory", |x| {
        x.try_pad(&[(usize::MAX, usize::MAX), (0, 0)], 0.0)
    });
    mistake(Shape, "more elements than fit in memory", |x| {
        x.try_tile(&[usize::MAX, 2])
    });
    mistake(Shape, "more elements than fit in memory", |x| {
        x.try_repeat_interleave(usize::MAX, 0)
    });
    mistake(Shape, "axes: 64 are the most", |x| x.try_tile(&[1; 65]));
    mistake(
        Shape,
        "parts of [1,2] do not add up to the length 2 of axis 0",
        |x| x.try_split(&[1, 2], 0),
    );
    mistake(Shape, "parts of", |x| x.try_split(&[usize::MAX, 3], 0));
    mistake(
        Shape,
        "axis 1 of length 3 does not divide into 2 equal parts",
        |x| x.try_chunk(2, 1),
    );
    mistake(Shape, "does not divide into 0 equal parts", |x| {
        x.try_chunk(0, 1)
    });
    mistake(
        Shape,
        "concat(x [2,3], node 1 [3,2]): operand 1 of shape [3,2]",
        |x| Tensor::try_concat(&[x, x.t()], 0),
    );
    mistake(Shape, "only equal shapes stack", |x| {
        Tensor::try_stack(&[x, x.row(0)], 0)
    });
    mistake(Shape, "greater(x [2,3], node 1 [3,2])", |x| {
        x.try_greater(x.t())
    });
    mistake(Shape, "a mask of shape [1,2,3]", |x| {
        x.try_masked_fill(x.unsqueeze(0), 0.0)
    });
}

#[test]
fn operands_without_enough_axes_or_elements() {
    let tape = Tape::new();
    let v = tape.tensor("v", [1.0, 2.0]);
    let none = tape.tensor("none", Array::<f64>::zeros(&[2, 0]));
    let says = |result: Result<Tensor, Error>| result.unwrap_err().to_string();
    assert!(says(v.try_tril(0)).contains("tril(v [2]): shape [2] is no matrix"));
    assert!(says(v.try_diagonal(0)).contains("diagonal(v [2]): shape [2] is no matrix"));
    assert!(says(v.try_trace()).contains("trace(v [2])"));
    assert!(says(v.sum_over(0).try_diag()).contains("a number: it has no axes"));
    assert!(says(Tensor::try_concat(&[], 0)).contains("concat of no tensors"));
    assert!(says(Tensor::try_stack(&[], 0)).contains("stack of no tensors"));
    assert!(says(Tensor::try_concat(&[v.sum_over(0)], 0)).contains("axis 0 of a number"));
    let error = none.try_argmin(1).unwrap_err().to_string();
    assert!(
        error.contains("argmin(none [2,0]): axis 1 of shape [2,0] is empty"),
        "{error}"
    );
    assert!(none.argmax(0).is_empty());
    assert!(Indices::from(3).one_hot::<f64>(3).is_err());
    let error = Tensor::<f64>::from(1.0)
        .try_flatten()
        .unwrap_err()
        .to_string();
    assert!(error.contains("all operands are plain numbers"), "{error}");
}

#[test]
fn a_stale_handle_is_an_error_of_every_twin() {
    let (tape, other) = (Tape::new(), Tape::new());
    let stale = tape.tensor("stale", [[1.0, 2.0], [3.0, 4.0]]);
    tape.reset();
    let x = tape.tensor("x", [[1.0, 2.0], [3.0, 4.0]]);
    let foreign = other.tensor("foreign", [[1.0, 2.0], [3.0, 4.0]]);
    for bad in [stale, foreign] {
        let mut errors = vec![
            x.try_matmul(bad).map(drop),
            x.try_linear(bad, None).map(drop),
            x.try_linear(x, Some(bad)).map(drop),
            x.try_attention(bad, x, tape::Mask::None).map(drop),
            x.try_masked_fill(bad, 0.0).map(drop),
            x.try_outer(bad).map(drop),
            x.try_greater(bad).map(drop),
            x.try_cross_entropy_with(bad).map(drop),
            x.try_index_add(0, [0, 1], bad).map(drop),
            x.try_layer_norm(&[2, 2], Some(bad), None, 1e-5).map(drop),
            Tensor::try_concat(&[x, bad], 0).map(drop),
            Tensor::try_stack(&[x, bad], 0).map(drop),
            Tensor::try_einsum("ij,jk->ik", &[x, bad]).map(drop),
        ];
        if bad.id() == stale.id() {
            errors.extend([
                bad.try_reshape(&[4]).map(drop),
                bad.try_permute(&[1, 0]).map(drop),
                bad.try_slice(0, 1..).map(drop),
                bad.try_row(0).map(drop),
                bad.try_at([0, 0]).map(drop),
                bad.try_sum_over(0).map(drop),
                bad.try_softmax(-1).map(drop),
                bad.try_sort(0, true).map(drop),
                bad.try_topk(1, 0).map(drop),
                bad.try_argmax(0).map(drop),
                bad.try_item().map(drop),
                bad.try_vjp(&Array::ones(&[2, 2])).map(drop),
                bad.try_explain(&Array::ones(&[2, 2])).map(drop),
                bad.try_cross_entropy(&[0, 1]).map(drop),
                Tensor::try_concat(&[bad, x], 0).map(drop),
            ]);
        }
        for (place, error) in errors.into_iter().enumerate() {
            let message = error.expect_err(&format!("twin {place}")).to_string();
            let says = ["stale", "mixes two recordings"];
            assert!(says.iter().any(|says| message.contains(says)), "{message}");
            assert!(message.contains("tensor_errors.rs:"), "{message}");
        }
    }
    assert_eq!(x.sum().value(), 10.0);
}

#[test]
fn what_no_memory_can_order_is_an_error() {
    let tape = Tape::new();
    let huge = tape.tensor("x", [1.0]).expand(&[1 << 58]);
    for error in [
        huge.try_sort(0, false).map(drop),
        huge.try_topk(3, 0).map(drop),
        huge.try_argmax(0).map(drop),
    ] {
        let message = error.unwrap_err().to_string();
        assert!(message.contains("there is no memory"), "{message}");
    }
    assert_eq!(huge.shape(), [1 << 58]);
}
