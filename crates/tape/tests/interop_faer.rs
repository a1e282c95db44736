//! Matrices to and from `faer`.
#![cfg(feature = "faer")]

use faer::{Col, Mat};
use tape::{Array, ErrorKind, Tape};

#[test]
fn strides_are_followed_there_and_back() {
    let a = Array::from_fn(&[4, 3], |at| (10 * at[0] + at[1]) as f64);
    let m = Mat::try_from(a.clone()).unwrap();
    assert_eq!((m[(3, 1)], Array::from(&m)), (31.0, a.clone()));
    assert_eq!(Array::from(m.transpose())[[1, 3]], 31.0);
    assert_eq!(
        Array::from(m.reverse_rows()).to_vec()[..3],
        [30.0, 31.0, 32.0]
    );
    assert_eq!(Array::from(m.col(2)).to_vec(), [2.0, 12.0, 22.0, 32.0]);
    let c = Col::try_from(Array::from([1.0f32, 2.0])).unwrap();
    assert_eq!(Array::from(c), Array::from([1.0f32, 2.0]));
    let error = Mat::try_from(Array::from([1.0])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shape);
    let tape = Tape::new();
    assert_eq!(tape.tensor("m", m).shape(), [4, 3]);
}
