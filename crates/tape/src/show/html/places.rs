//! Where an operation takes its elements from, asked of the operation itself.
//!
//! What moves elements makes of the numbers 0, 1, 2, .. a list of places. Sums are asked by their
//! transpose, and products with one factor alone and the other numbered.

use crate::array::Array;
use crate::op::Op;
use crate::program::Session;
use crate::recording::Settings;
use crate::shape::{Axes, Shape};
use crate::structural::{StructuralOp, Sum};
use crate::tensor::Tensor;

/// The operation at other operands.
fn applied(op: &StructuralOp, operands: &[(&Shape, Vec<f64>)]) -> Array {
    let session = Session::open("an operation being asked", Settings::BARE);
    let leaf =
        |(shape, numbers): &(&Shape, Vec<f64>)| session.0.array_leaf(Op::Input, shape, numbers);
    let operands: Vec<Tensor> = operands.iter().map(leaf).collect();
    op.again(&operands).to_array()
}

fn numbered(shape: &Shape, from: usize) -> Vec<f64> {
    (from..from + shape.count())
        .map(|number| number as f64)
        .collect()
}

/// Of an operation that moves elements: which one each element of the result is, counted through
/// all operands.
pub(super) fn moved(op: &StructuralOp, shapes: &[Shape]) -> Vec<usize> {
    let mut next = 0;
    let operands: Vec<_> = shapes
        .iter()
        .map(|shape| {
            let numbers = numbered(shape, next);
            next += shape.count();
            (shape, numbers)
        })
        .collect();
    let result = applied(op, &operands);
    result.iter().map(|&number| number as usize).collect()
}

/// The elements that are summed along axes, for each element of the sum.
pub(super) fn groups(shape: &Shape, axes: &Axes) -> Vec<Vec<usize>> {
    let keep = false;
    let axes = axes.clone();
    let reduced = shape.reduced(&axes, keep);
    let session = Session::open("an operation being asked", Settings::BARE);
    let x = session
        .0
        .array_leaf(Op::Input, shape, &vec![0.0; shape.count()]);
    let sum = StructuralOp::from(Sum { axes, keep }).again(&[x]);
    // The transpose spreads the numbers of the sums over what they are of.
    let spread = sum.vjp(&Array::new(&reduced, numbered(&reduced, 0)));
    let mut groups = vec![Vec::new(); reduced.count()];
    if let Some(spread) = spread.array(x) {
        for (place, &group) in spread.iter().enumerate() {
            groups[group as usize].push(place);
        }
    }
    groups
}

/// Of a product: for each element of the result the pairs of factors, whose products it is the sum
/// of.
pub(super) fn products(op: &StructuralOp, shapes: &[Shape]) -> Vec<Vec<[usize; 2]>> {
    let rest = shapes[2..]
        .iter()
        .map(|shape| (shape, vec![0.0; shape.count()]));
    let mut pairs = Vec::new();
    for left in 0..shapes[0].count() {
        let mut alone = vec![0.0; shapes[0].count()];
        alone[left] = 1.0;
        let factors = [(&shapes[0], alone), (&shapes[1], numbered(&shapes[1], 1))];
        let result = applied(
            op,
            &factors.into_iter().chain(rest.clone()).collect::<Vec<_>>(),
        );
        pairs.resize(result.len(), Vec::new());
        for (place, &right) in result.iter().enumerate() {
            if right != 0.0 {
                pairs[place].push([left, right as usize - 1]);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structural::{MatMul, Permute};

    #[test]
    fn operations_say_themselves_where_elements_go() {
        let shape = Shape::new(&[2, 3]).unwrap();
        let axes = Axes::from_slice(&[1, 0]);
        assert_eq!(
            moved(&Permute { axes }.into(), std::slice::from_ref(&shape)),
            [0, 3, 1, 4, 2, 5]
        );
        let groups = |axes: &[usize]| groups(&shape, &Axes::from_slice(axes));
        assert_eq!(groups(&[1]), [[0, 1, 2], [3, 4, 5]]);
        assert_eq!(groups(&[0]), [[0, 3], [1, 4], [2, 5]]);
        assert_eq!(groups(&[0, 1]), [[0, 1, 2, 3, 4, 5]]);
        let right = Shape::new(&[3, 1]).unwrap();
        assert_eq!(
            products(&MatMul::plain().into(), &[shape, right]),
            [[[0, 0], [1, 1], [2, 2]], [[3, 0], [4, 1], [5, 2]]]
        );
    }
}
