//! Products of vectors and matrices, and contractions by Einstein's convention.

use crate::linear;
use tape::{ErrorKind, Tape, Tensor};

#[test]
fn matrix_products() {
    linear!("matmul", [[2, 3], [3, 4]], |x| x[0].matmul(x[1]));
    linear!("matmul, transposed", [[3, 2], [4, 3]], |x| x[0]
        .t()
        .matmul(x[1].t()));
    linear!("matmul, nothing inside", [[2, 0], [0, 4]], |x| x[0]
        .matmul(x[1]));
}

#[test]
fn stacks_of_matrices() {
    linear!("equal batches", [[5, 2, 3], [5, 3, 4]], |x| x[0]
        .matmul(x[1]));
    linear!("one right matrix", [[5, 2, 3], [3, 4]], |x| x[0]
        .matmul(x[1]));
    linear!("one left matrix", [[2, 3], [5, 3, 4]], |x| x[0]
        .matmul(x[1]));
    linear!("both repeat", [[4, 1, 2, 3], [5, 3, 2]], |x| x[0]
        .matmul(x[1]));
    linear!("both repeat, other way", [[5, 2, 3], [4, 1, 3, 2]], |x| x
        [0]
    .matmul(x[1]));
    linear!("two axes, one matrix", [[2, 3, 1, 2], [2, 3]], |x| x[0]
        .matmul(x[1]));
    linear!("a middle axis repeats", [[2, 1, 3, 2], [2, 4, 2, 2]], |x| x
        [0]
    .matmul(x[1]));
    linear!("a stack of turned matrices", [[3, 2, 4], [2, 5]], |x| x[0]
        .t()
        .matmul(x[1]));
    linear!("an expanded operand", [[2, 3], [4, 3, 2]], |x| x[0]
        .expand(&[4, 2, 3])
        .matmul(x[1]));
    linear!("no matrices", [[0, 2, 3], [3, 4]], |x| x[0].matmul(x[1]));
    linear!("no matrices against one", [[1, 2, 3], [0, 3, 4]], |x| x[0]
        .matmul(x[1]));
}

#[test]
fn vectors() {
    linear!("vector times matrix", [[3], [3, 4]], |x| x[0].matmul(x[1]));
    linear!("matrix times vector", [[4, 3], [3]], |x| x[0].matmul(x[1]));
    linear!("vector times stack", [[3], [2, 3, 4]], |x| x[0]
        .matmul(x[1]));
    linear!("stack times vector", [[2, 4, 3], [3]], |x| x[0]
        .matmul(x[1]));
    linear!("vector times vector", [[3], [3]], |x| x[0].matmul(x[1]));
    linear!("dot", [[700], [700]], |x| x[0].dot(x[1]));
    linear!("dot of nothing", [[0], [0]], |x| x[0].dot(x[1]));
    linear!("outer", [[3], [2]], |x| x[0].outer(x[1]));
    linear!("bilinear", [[4, 2], [5, 2, 3], [4, 3]], |x| x[0]
        .bilinear(x[1], x[2]));
    linear!(
        "bilinear, two batch axes",
        [[2, 3, 2], [1, 2, 2], [2, 3, 2]],
        |x| x[0].bilinear(x[1], x[2])
    );
    linear!("bilinear of two vectors", [[2], [5, 2, 3], [3]], |x| x[0]
        .bilinear(x[1], x[2]));
}

#[test]
fn a_dot_product_of_single_precision_is_summed_in_double() {
    let tape = Tape::new();
    let x = tape.constant(vec![1e8f32, 1.0, -1e8f32]);
    assert_eq!(x.dot(tape.constant(vec![1.0f32; 3])).value(), 1.0);
}

/// What a failed call says, with the tape usable after it.
#[track_caller]
fn refused<V: std::fmt::Debug>(tried: Result<V, tape::Error>, kind: ErrorKind, words: &[&str]) {
    let error = tried.expect_err("it does not fit");
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{word} in: {error}");
    }
}

#[test]
fn what_does_not_fit_is_told() {
    let tape = Tape::new();
    let array = |name: &str, shape: &[usize]| {
        tape.tensor_of::<f64>(shape, &vec![1.0; shape.iter().product()])
            .named(name)
    };
    let (a, b, v) = (array("A", &[2, 3]), array("B", &[2, 3]), array("v", &[2]));
    let shape = ErrorKind::Shape;
    refused(
        a.try_matmul(b),
        shape,
        &[
            "matmul(A [2,3], B [2,3])",
            "rows of 3 against columns of 2",
            "`t()`",
            "product.rs:",
        ],
    );
    refused(
        a.try_matmul(v),
        shape,
        &["A [2,3], v [2]", "a vector of 2 along an axis of 3"],
    );
    refused(a.try_matmul(2.0), shape, &["`*` scales"]);
    refused(
        v.try_dot(array("w", &[3])),
        shape,
        &["dot(v [2], w [3])", "different lengths"],
    );
    refused(v.try_dot(a), shape, &["`matmul` takes matrices"]);
    refused(
        v.try_outer(a),
        shape,
        &["outer(v [2], A [2,3])", "reshape(&[-1])"],
    );
    let stacks = (array("S", &[4, 2, 3]), array("T", &[5, 3, 2]));
    refused(
        stacks.0.try_matmul(stacks.1),
        shape,
        &["batches [4] and [5]", "4 against 5"],
    );
    let w = array("W", &[7, 2, 3]);
    refused(
        v.try_bilinear(w, v),
        shape,
        &[
            "bilinear(v [2], W [7,2,3], v [2])",
            "2 and 3, not of 2 and 2",
        ],
    );
    refused(v.try_bilinear(a, v), shape, &["weight `[o, i, j]`"]);
    refused(
        a.try_bilinear(w, array("y", &[4, 3])),
        shape,
        &["[2] and [4] differ"],
    );
    assert_eq!((a * b).sum().value(), 6.0);
}
