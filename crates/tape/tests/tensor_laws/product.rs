//! Products of vectors and matrices, and contractions by Einstein's convention.

use crate::{law, linear};
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
pub(crate) fn refused<V: std::fmt::Debug>(
    tried: Result<V, tape::Error>,
    kind: ErrorKind,
    words: &[&str],
) {
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

#[test]
fn einstein_sums() {
    linear!("matrix product", [[2, 3], [3, 4]], |x| Tensor::einsum(
        "ij,jk->ik",
        x
    ));
    linear!("product, turned", [[3, 2], [4, 3]], |x| Tensor::einsum(
        "ji,kj->ki",
        x
    ));
    linear!("stacks", [[2, 1, 2, 3], [3, 3, 2]], |x| Tensor::einsum(
        "...ij,...jk->...ik",
        x
    ));
    linear!("sum of dots", [[1, 3], [4, 3]], |x| Tensor::einsum(
        "...i,...i",
        x
    ));
    linear!("the dots summed", [[1, 3], [4, 3]], |x| Tensor::einsum(
        "...i,...i->i",
        x
    ));
    linear!("diagonal", [[3, 3, 2]], |x| Tensor::einsum("iij->ij", x));
    linear!("trace", [[3, 3]], |x| Tensor::einsum("ii", x));
    linear!("thrice", [[2, 2, 2]], |x| Tensor::einsum("iii->i", x));
    linear!("transpose", [[2, 3]], |x| Tensor::einsum("ji", x));
    linear!("sum", [[2, 3]], |x| Tensor::einsum("ij->j", x));
    linear!("outer", [[2], [3]], |x| Tensor::einsum("i,j->ji", x));
    linear!("element by element", [[2, 3], [3, 2]], |x| Tensor::einsum(
        "ij,ji->ij",
        x
    ));
    linear!("rows against rows", [[2, 3], [2, 3]], |x| Tensor::einsum(
        "ij,ij->i", x
    ));
    linear!("whole against whole", [[2, 3], [3, 2]], |x| Tensor::einsum(
        "ij,ji", x
    ));
    linear!("nothing in common", [[2, 3], [4]], |x| Tensor::einsum(
        "ij,k->", x
    ));
    linear!("a number", [[0; 0], [2, 3]], |x| Tensor::einsum(
        ",ij->ji", x
    ));
    linear!("numbers", [[0; 0], [0; 0]], |x| Tensor::einsum(",", x));
    linear!(
        "a chain",
        [[2, 5], [5, 3], [3, 4], [4]],
        |x| Tensor::einsum("ab,bc,cd,d->a", x)
    );
    linear!("shared by all", [[2, 3], [2, 4], [2, 5]], |x| {
        Tensor::einsum("zi,zj,zk->zjki", x)
    });
    linear!("two axes summed", [[2, 3, 4], [4, 3, 5]], |x| {
        Tensor::einsum("ijk,kjl->il", x)
    });
    linear!("nothing to sum", [[2, 0], [0, 3]], |x| Tensor::einsum(
        "ij,jk->ik",
        x
    ));
    law!("one operand twice", [[2, 2]], |x| Tensor::einsum(
        "ij,jk,ki->",
        &[x[0], x[0], x[0]]
    ));
}

#[test]
fn a_pattern_that_does_not_fit_is_pointed_at() {
    let tape = Tape::new();
    let array = |name: &str, shape: &[usize]| {
        let ones = vec![1.0; shape.iter().product()];
        tape.tensor_of::<f64>(shape, &ones).named(name)
    };
    let (a, b) = (array("A", &[2, 3]), array("B", &[3, 4]));
    let error = Tensor::try_einsum("ij,jk->iq", &[a, b]).unwrap_err();
    let story = "einsum(A [2,3], B [3,4]): output index `q` is in no operand\n    ij,jk->iq\n            ^\n    (";
    assert!(error.to_string().starts_with(story), "{error}");
    let (option, shape) = (ErrorKind::Option, ErrorKind::Shape);
    let told = |pattern: &str, kind, words: &[&str]| {
        refused(Tensor::try_einsum(pattern, &[a, b]), kind, words);
    };
    told(
        "ij,jk,kl->il",
        option,
        &["for 3 operands, and 2 operands are given", "\n          ^"],
    );
    told("ij->i", option, &["for 1 operand, and 2"]);
    told("", option, &["for 1 operand"]);
    told(
        "ij,kj->ik",
        shape,
        &["index `j` is 3 before and 4 in operand 1", "\n        ^"],
    );
    told(
        "ijk,jk->i",
        shape,
        &["3 indices for operand 0, whose shape [2,3] has 2 axes"],
    );
    told(
        "i,jk->i",
        shape,
        &["1 index for operand 0", "`...` stands for the others"],
    );
    told("ii,jk->i", shape, &["index `i` is 2 before and 3"]);
    told(
        "ij,jk->ii",
        option,
        &["`i` is twice in the output", "\n            ^"],
    );
    told("ij,jk->i->k", option, &["a second `->`"]);
    told("ij,jk->i,k", option, &["no `,` after `->`"]);
    told("ij,jk-ik", option, &["`-` without `>`"]);
    told("i1,jk->i", option, &["'1' is no index"]);
    told("i\u{e9},jk->i", option, &["is no index"]);
    told("..ij,jk", option, &["three dots"]);
    told("...i...,jk", option, &["a second `...`"]);
    told(
        "...,...->...",
        shape,
        &["the axes of `...` do not go together: axis -2"],
    );
    refused(
        Tensor::<f64>::try_einsum("ij", &[]),
        option,
        &["without operands"],
    );
    refused(
        Tensor::try_einsum("i", &[Tensor::<f64>::from(2.0)]),
        shape,
        &["whose shape [] has 0 axes"],
    );
    assert_eq!(Tensor::einsum("ij,jk->", &[a, b]).item(), 24.0);
}
