//! Matrices to and from `nalgebra`, and its algorithms on handles.
#![cfg(feature = "nalgebra")]

use nalgebra::{DMatrix, DVector, Matrix2x3, Matrix3, RealField, Rotation3, SMatrix, Vector3};
use tape::{Array, ErrorKind, Tape, Var, gradient};

#[test]
fn columns_become_rows_there_and_back() {
    let m = Matrix2x3::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0);
    let a = Array::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(Array::from(m), a);
    assert_eq!(Matrix2x3::try_from(a.clone()).unwrap(), m);
    assert_eq!(
        Array::from(m.transpose()),
        Array::from([[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])
    );
    let d = DMatrix::try_from(a.clone()).unwrap();
    assert_eq!(Array::from(&d), a);
    assert_eq!(
        Array::from(d.view_with_steps((0, 0), (2, 2), (0, 1))),
        Array::from([[1.0, 3.0], [4.0, 6.0]])
    );
    assert_eq!(
        Array::from(d.column(1).into_owned()),
        Array::from([2.0, 5.0])
    );
    assert_eq!(*Array::from(d.row(1)).shape(), [1, 3]);
    let v = DVector::try_from(Array::from([1.0f32, 2.0])).unwrap();
    assert_eq!(Array::from(v), Array::from([1.0f32, 2.0]));
    assert_eq!(
        Vector3::try_from(Array::from([1.0, 2.0, 3.0])).unwrap(),
        Vector3::new(1.0, 2.0, 3.0)
    );
    let error = SMatrix::<f64, 2, 2>::try_from(a).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shape);
    assert_eq!(
        error.to_string(),
        "an array of shape [2,3] is not a matrix of 2 by 2"
    );
    let tape = Tape::new();
    assert_eq!(tape.tensor("m", m).to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

const A: [f64; 9] = [4.0, -2.0, 1.0, 3.0, 6.0, -4.0, 2.0, 1.0, 8.0];

#[track_caller]
fn differences(f: impl Fn(&[f64]) -> f64, x: &[f64], slopes: &[f64]) {
    for i in 0..x.len() {
        let at = |h: f64| {
            let mut x = x.to_vec();
            x[i] += h;
            f(&x)
        };
        let h = 1e-4;
        let slope = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
        let fits = (slope - slopes[i]).abs() < 1e-9 * slope.abs().max(1.0);
        assert!(fits, "slope {i}: {} against {slope}", slopes[i]);
    }
}

/// Holds a function of real numbers to differences.
macro_rules! holds {
    ($x:expr, $f:ident) => {{
        let slopes = gradient(|x: &[Var]| $f(x), $x);
        differences(|x| $f(x), $x, &slopes);
        slopes
    }};
}

fn square<T: RealField + Copy>(x: &[T]) -> Matrix3<T> {
    Matrix3::from_row_slice(&x[..9])
}

fn determinant<T: RealField + Copy>(x: &[T]) -> T {
    square(x).determinant()
}

fn inverse_norm<T: RealField + Copy>(x: &[T]) -> T {
    square(x).try_inverse().expect("invertible").norm()
}

fn definite<T: RealField + Copy>(x: &[T]) -> Matrix3<T> {
    square(x) * square(x).transpose() + Matrix3::identity()
}

fn right<T: RealField + Copy>() -> Vector3<T> {
    Vector3::new(
        nalgebra::convert(1.0),
        nalgebra::convert(-2.0),
        nalgebra::convert(0.5),
    )
}

fn cholesky<T: RealField + Copy>(x: &[T]) -> T {
    let solved = definite(x).cholesky().expect("definite").solve(&right());
    solved.dot(&solved)
}

fn lu<T: RealField + Copy>(x: &[T]) -> T {
    square(x).lu().solve(&right()).expect("invertible").norm()
}

fn qr<T: RealField + Copy>(x: &[T]) -> T {
    square(x).qr().solve(&right()).expect("invertible").sum()
}

fn rotation<T: RealField + Copy>(x: &[T]) -> T {
    let turned = Rotation3::from_euler_angles(x[0], x[1], x[2]) * right::<T>();
    turned.x * turned.y + turned.z
}

fn dynamic<T: RealField + Copy>(x: &[T]) -> T {
    let m = DMatrix::from_row_slice(3, 3, x);
    (&m * m.transpose()).trace() + m.norm_squared()
}

#[test]
fn algorithms_of_nalgebra_differentiate() {
    let slopes = holds!(&A, determinant);
    let cofactors = [52.0, -32.0, -9.0, 17.0, 30.0, -8.0, 2.0, 19.0, 30.0];
    for (slope, cofactor) in slopes.iter().zip(cofactors) {
        assert!((slope - cofactor).abs() < 1e-12);
    }
    holds!(&A, inverse_norm);
    holds!(&A, cholesky);
    holds!(&A, lu);
    holds!(&A, qr);
    holds!(&A, dynamic);
    holds!(&[0.3, -0.4, 1.2], rotation);
}

#[cfg(feature = "linalg")]
#[test]
fn tensors_and_matrices_of_handles_agree() {
    let tape = Tape::new();
    let a = tape.tensor("A", Array::new(&[3, 3], A));
    let same = |slopes: Vec<f64>, found: &[f64]| {
        for (slope, found) in slopes.iter().zip(found) {
            assert!((slope - found).abs() < 1e-12, "{slopes:?}, {found}");
        }
    };
    same(gradient(determinant, &A), &a.det().sum().backward()[a]);
    let definite = a.matmul(a.t()) + tape.constant(Array::eye(3));
    let b = tape.constant(Array::from(right::<f64>()));
    let solved = definite.solve(b);
    same(gradient(cholesky, &A), &solved.square().sum().backward()[a]);
    let l = definite.cholesky();
    let there = l.solve_triangular(b, tape::Triangle::lower());
    let back = l.solve_triangular(there, tape::Triangle::lower().transposed());
    same(gradient(cholesky, &A), &back.square().sum().backward()[a]);
}
