//! Linear algebra: numbers from NumPy, edges, and what is refused.
#![cfg(feature = "linalg")]

use tape::{Array, ErrorKind, Tape, Tensor, Triangle};

#[track_caller]
fn near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let fits = (a - b).abs() <= tolerance * b.abs().max(1.0) || a == b;
        assert!(
            fits || (a.is_nan() && b.is_nan()),
            "element {i}: {found:?} against {expected:?}"
        );
    }
}

const A: [[f64; 3]; 3] = [[4.0, -2.0, 1.0], [3.0, 6.0, -4.0], [2.0, 1.0, 8.0]];

#[test]
fn solutions_inverses_and_determinants_are_numpys() {
    let tape = Tape::new();
    let a = tape.tensor("A", A);
    near(
        &a.solve(tape.constant([12.0, -25.0, 32.0])).to_vec(),
        &[1.0, -2.0, 4.0],
        1e-14,
    );
    let x = a.solve(tape.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]));
    let expected = [
        0.42965779467680604,
        0.6996197718631179,
        0.5817490494296578,
        0.6463878326996199,
        0.44486692015209134,
        0.4942965779467681,
    ];
    near(&x.to_vec(), &expected, 1e-15);
    let expected = [
        0.19771863117870722,
        0.06463878326996197,
        0.00760456273764259,
        -0.12167300380228137,
        0.11406844106463877,
        0.07224334600760458,
        -0.03422053231939164,
        -0.03041825095057035,
        0.1140684410646388,
    ];
    near(&a.inverse().to_vec(), &expected, 1e-15);
    near(&[a.det().item()], &[263.0], 1e-14);
    let (sign, logarithm) = a.slogdet();
    near(
        &[sign.item(), logarithm.item()],
        &[1.0, 5.572154032177764],
        1e-15,
    );
    let turned = tape.tensor("P", [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
    assert_eq!((turned.det().item(), (-turned).det().item()), (1.0, -1.0));
    let swapped = tape.tensor("Q", [[0.0, 1.0], [1.0, 0.0]]);
    assert_eq!(
        (swapped.det().item(), swapped.slogdet().0.item()),
        (-1.0, -1.0)
    );
}

#[test]
fn cholesky_factors_are_numpys() {
    let tape = Tape::new();
    let s = tape.tensor(
        "S",
        [
            [4.0, 12.0, -16.0],
            [12.0, 37.0, -43.0],
            [-16.0, -43.0, 98.0],
        ],
    );
    near(
        &s.cholesky().to_vec(),
        &[2.0, 0.0, 0.0, 6.0, 1.0, 0.0, -8.0, 5.0, 3.0],
        1e-14,
    );
    near(&[s.logdet().item()], &[3.583518938456108], 1e-13);
    let hilbert = Array::from_fn(&[4, 4], |at| 1.0 / (at[0] + at[1] + 1) as f64);
    let h = tape.tensor("H", hilbert);
    let expected = [
        1.0,
        0.0,
        0.0,
        0.0,
        0.5,
        0.28867513459481287,
        0.0,
        0.0,
        1.0 / 3.0,
        0.2886751345948129,
        0.07453559924999305,
        0.0,
        0.25,
        0.2598076211353316,
        0.11180339887498901,
        0.01889822365046368,
    ];
    near(&h.cholesky().to_vec(), &expected, 1e-13);
    near(
        &h.solve(tape.constant([1.0; 4])).to_vec(),
        &[-4.0, 60.0, -180.0, 140.0],
        1e-10,
    );
}

#[test]
fn the_gradient_of_a_determinant_is_right_where_the_matrix_is_singular() {
    let cofactors = |rows: Array<f64>| {
        let tape = Tape::new();
        let a = tape.tensor("A", rows);
        a.det().sum().backward()[a].to_vec()
    };
    let counted = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
    near(
        &cofactors(counted.into()),
        &[-3.0, 6.0, -3.0, 6.0, -12.0, 6.0, -3.0, 6.0, -3.0],
        1e-13,
    );
    assert_eq!(
        cofactors([[1.0, 2.0], [2.0, 4.0]].into()),
        [4.0, -2.0, -2.0, 1.0]
    );
    assert_eq!(cofactors([[0.0]].into()), [1.0]);
    assert_eq!(cofactors([[1.0; 3]; 3].into()), [0.0; 9]);
    assert_eq!(cofactors([[0.0; 4]; 4].into()), [0.0; 16]);
    let mut diagonal = Array::zeros(&[4, 4]);
    for (i, d) in [1.0, 0.0, 3.0, 2.0].into_iter().enumerate() {
        diagonal[[i, i]] = d;
    }
    let mut expected = vec![0.0; 16];
    expected[5] = 6.0;
    assert_eq!(cofactors(diagonal), expected);
}

#[test]
fn the_second_derivative_of_a_small_determinant_is_right_where_it_is_singular() {
    let tape = Tape::new();
    let a = tape.tensor("A", [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]);
    let slope = a.det().sum().gradient_of(&[a])[0];
    // det = a (e i - f h) + ..: along the element e, what is left is i, at a = 1.
    let along = tape.constant([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]);
    let second = (slope * along).sum().backward();
    assert_eq!(second[a], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn determinants_do_not_overflow_on_the_way() {
    let tape = Tape::new();
    let mut large = Array::zeros(&[4, 4]);
    for (i, d) in [1e200, 1e200, 1e-200, 1e-190].into_iter().enumerate() {
        large[[i, i]] = d;
    }
    let a = tape.tensor("A", large);
    let det = a.det();
    near(&[det.item()], &[1e10], 1e-14);
    near(&[det.sum().backward()[a][10]], &[1e210], 1e-14);
    let tiny = tape.tensor("t", Array::eye(300)) * 1e-3;
    assert_eq!(tiny.det().item(), 0.0);
    near(&[tiny.logdet().item()], &[300.0 * 1e-3f64.ln()], 1e-14);
}

#[test]
fn logarithms_say_where_there_is_none() {
    let tape = Tape::new();
    let singular = tape.tensor("A", [[1.0, 2.0], [2.0, 4.0]]);
    let (sign, logarithm) = singular.slogdet();
    assert_eq!((sign.item(), logarithm.item()), (0.0, f64::NEG_INFINITY));
    assert_eq!(singular.logdet().item(), f64::NEG_INFINITY);
    let negative: Tensor = tape.tensor("B", [[0.0, 1.0], [1.0, 0.0]]);
    let logdet = negative.logdet();
    assert!(logdet.item().is_nan());
    assert!(logdet.sum().backward()[negative].iter().all(|g| g.is_nan()));
    assert_eq!(
        negative.slogdet().1.sum().backward()[negative],
        [0.0, 1.0, 1.0, 0.0]
    );
}

#[test]
fn matrices_without_elements() {
    let tape = Tape::new();
    let empty = tape.tensor("E", Array::<f64>::zeros(&[0, 0]));
    assert_eq!((empty.det().item(), empty.logdet().item()), (1.0, 0.0));
    assert_eq!(empty.inverse().shape(), [0, 0]);
    assert_eq!(empty.cholesky().shape(), [0, 0]);
    let many = tape.tensor("M", Array::<f64>::zeros(&[2, 0, 0]));
    assert_eq!(
        (many.det().to_vec(), many.slogdet().0.to_vec()),
        (vec![1.0; 2], vec![1.0; 2])
    );
    let none = tape.tensor("N", Array::<f64>::zeros(&[0, 3, 3]));
    assert_eq!(none.det().shape(), [0]);
    let right = tape.constant(Array::<f64>::zeros(&[3, 2]));
    assert_eq!(none.solve(right).shape(), [0, 3, 2]);
    let a = tape.tensor("A", A);
    assert_eq!(
        a.solve(tape.constant(Array::<f64>::zeros(&[3, 0]))).shape(),
        [3, 0]
    );
    assert_eq!(many.det().sum().backward()[many], [0.0; 0]);
}

#[test]
fn not_a_number_stays_so_and_is_no_error() {
    let tape = Tape::new();
    let a = tape.tensor("A", [[f64::NAN, 0.0], [0.0, 1.0]]);
    assert!(a.solve(tape.constant([1.0, 1.0])).to_vec()[0].is_nan());
    assert!(a.cholesky().to_vec().iter().all(|x| x.is_nan()));
    assert!(a.det().item().is_nan() && a.logdet().item().is_nan());
    assert!(a.det().sum().backward()[a].iter().all(|x| x.is_nan()));
}

#[track_caller]
fn refused<V>(result: Result<V, tape::Error>, kind: ErrorKind, parts: &[&str]) {
    let Err(error) = result else {
        panic!("not refused")
    };
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{error}: without {part}");
    }
}

#[test]
fn singular_matrices_are_refused_with_the_pivot() {
    let tape = Tape::new();
    let a = tape.tensor("A", [[1.0, 2.0], [2.0, 4.0]]);
    let b = tape.tensor("b", [1.0, 1.0]);
    refused(
        a.try_solve(b),
        ErrorKind::Singular,
        &["solve(A [2,2], b [2])", "singular", "row 1", "linalg.rs:"],
    );
    refused(a.try_inverse(), ErrorKind::Singular, &["inverse(A [2,2])"]);
    let batch = tape.tensor("S", [[[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]]);
    refused(
        batch.try_inverse(),
        ErrorKind::Singular,
        &["matrix [1] of [2]", "row 0"],
    );
    let indefinite = tape.tensor("C", [[4.0, 0.0, 0.0], [0.0, 1.0, 2.0], [0.0, 2.0, 1.0]]);
    refused(
        indefinite.try_cholesky(),
        ErrorKind::Singular,
        &["cholesky(C [3,3])", "pivot 2", "positive definite"],
    );
    let zero = tape.tensor("Z", [[0.0]]);
    refused(zero.try_cholesky(), ErrorKind::Singular, &["pivot 0"]);
    let l = tape.tensor("L", [[1.0, 0.0], [5.0, 0.0]]);
    refused(
        l.try_solve_triangular(b, Triangle::lower()),
        ErrorKind::Singular,
        &["element 1 of the diagonal"],
    );
    assert_eq!(
        l.solve_triangular(b, Triangle::lower().unit()).to_vec(),
        [1.0, -4.0]
    );
    assert_eq!((b * 2.0).to_vec(), [2.0, 2.0]);
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let tape = Tape::new();
    let wide = tape.tensor("W", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let vector = tape.tensor("v", [1.0, 2.0]);
    let square = tape.tensor("A", A);
    refused(
        wide.try_det(),
        ErrorKind::Shape,
        &["det(W [2,3])", "2 by 3 is not square"],
    );
    refused(wide.try_inverse(), ErrorKind::Shape, &["inverse(W [2,3])"]);
    refused(
        wide.try_cholesky(),
        ErrorKind::Shape,
        &["cholesky(W [2,3])"],
    );
    refused(
        vector.try_logdet(),
        ErrorKind::Shape,
        &["logdet(v [2])", "no matrix"],
    );
    refused(
        square.try_solve(vector),
        ErrorKind::Shape,
        &["solve(A [3,3], v [2])", "3 equations"],
    );
    refused(square.try_solve(1.0), ErrorKind::Shape, &["a number"]);
    refused(
        Tensor::<f64>::from(2.0).try_det(),
        ErrorKind::Shape,
        &["det"],
    );
    let (two, four) = (
        Array::<f64>::ones(&[2, 3, 3]),
        Array::<f64>::ones(&[4, 3, 1]),
    );
    let (two, four) = (tape.tensor("X", two), tape.tensor("Y", four));
    refused(
        two.try_solve(four),
        ErrorKind::Shape,
        &["solve(X [2,3,3], Y [4,3,1])"],
    );
}

#[test]
#[should_panic(expected = "singular")]
fn the_panic_tells_the_same() {
    let tape = Tape::new();
    let _ = tape.tensor("A", [[0.0]]).inverse();
}
