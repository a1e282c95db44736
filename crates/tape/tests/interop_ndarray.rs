//! Arrays to and from `ndarray`, and its arithmetic on handles.
#![cfg(feature = "ndarray")]

use ndarray::{Array1, Array2, ArrayD, ArrayViewD, Axis, array, s};
use tape::{Array, ErrorKind, Tape};

#[test]
fn strides_are_followed_there_and_back() {
    let a = Array::from_fn(&[4, 6], |at| (10 * at[0] + at[1]) as f64);
    let n: Array2<f64> = a.clone().try_into().unwrap();
    assert_eq!(Array::from(n.clone()), a);
    assert_eq!(Array::from(&n), a);
    let odd = n.slice(s![1..;2, ..;-3]);
    assert_eq!(Array::from(odd), Array::from([[15.0, 12.0], [35.0, 32.0]]));
    assert_eq!(*Array::from(n.t()).shape(), [6, 4]);
    assert_eq!(Array::from(n.t())[[5, 2]], 25.0);
    let repeated = array![1.0f32, 2.0];
    let repeated = repeated.broadcast((3, 2)).unwrap();
    assert_eq!(Array::from(repeated), Array::from([[1.0f32, 2.0]; 3]));
    assert_eq!(Array::from(n.to_shared()), a);
    assert_eq!(
        Array::from(n.index_axis(Axis(0), 2)).to_vec(),
        n.row(2).to_vec()
    );
    assert_eq!(*Array::from(n.slice(s![..0, ..])).shape(), [0, 6]);
    let view = ArrayViewD::from(&a);
    assert_eq!(view[[3, 5]], 35.0);
    assert_eq!(Array::from(ArrayD::from(a.clone())), a);
    assert_eq!(Array::from(ndarray::arr0(3.0)).item(), 3.0);
}

#[test]
fn an_array_of_other_axes_is_refused() {
    let error = Array1::<f64>::try_from(Array::from([[1.0]])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shape);
    assert_eq!(
        error.to_string(),
        "an array of shape [1,1] is not an ndarray of 1 axes"
    );
}

#[test]
fn a_tape_takes_them_as_they_are() {
    let tape = Tape::new();
    let n = array![[1.0, 2.0], [3.0, 4.0]];
    let x = tape.tensor("x", n.t());
    let loss = (x * tape.constant(&n)).sum();
    assert_eq!(loss.backward()[x], [1.0, 2.0, 3.0, 4.0]);
}

#[cfg(feature = "num-traits")]
#[test]
fn arrays_of_handles_compute_and_differentiate() {
    let tape = Tape::new();
    let x: Array2<tape::Var> =
        Array2::from_shape_fn((2, 2), |(i, j)| tape.leaf((2 * i + j) as f64));
    let y = (x.dot(&x) + &x * &x).sum();
    let g = y.backward();
    // d(sum X X)/dX[i, j] is the sum of row j and of column i; then 2 x.
    let expected = [
        [1.0 + 2.0, 5.0 + 2.0 + 2.0],
        [1.0 + 4.0 + 4.0, 5.0 + 4.0 + 6.0],
    ];
    for ((i, j), &x) in x.indexed_iter() {
        assert_eq!(g[x], expected[i][j], "{i} {j}");
    }
    let v = Array1::from(vec![x[[0, 1]], x[[1, 1]]]);
    assert_eq!(v.dot(&v).value(), 10.0);
    assert_eq!(v.dot(&v).backward()[v[1]], 6.0);
}
