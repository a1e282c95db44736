//! A layer's affine map.

use super::{Errors, MatMul, Pulled, Rounded, Structural, Sum, recorded};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::kernel::{self, View};
use crate::shape::{Axes, Shape};
use crate::tensor::{Strides, Tensor};

/// Up to so many outputs, a bias is added number by number.
const SHORT: usize = 8;

/// `x W^T + b`, each row along the last axis of `x`; of two operands `x W^T`.
///
/// One operation and not a product and a sum: the bias is added where the product lies, and the
/// weights' term is made in their own order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Linear;

impl Structural for Linear {
    const NAME: &'static str = "linear";

    fn shape(&self, operands: &[&Shape]) -> Result<Shape, Error> {
        let (x, weight) = (operands[0], operands[1]);
        let error = |why| Err(Error::new(ErrorKind::Shape, why));
        let (Some((last, rows)), &[out, inputs]) = (x.split_last(), &weight[..]) else {
            return error(unfit(x, weight));
        };
        if *last != inputs {
            return error(unfit(x, weight));
        }
        if let Some(bias) = operands.get(2)
            && **bias != [out]
        {
            return error(format!("bias has shape {bias}; [{out}] is expected"));
        }
        let mut lengths = Axes::from_slice(rows);
        lengths.push(out);
        Shape::new(&lengths)
    }

    fn value<T: Element>(&self, operands: &[View<'_, T>], lengths: &[usize], out: &mut [T]) {
        let (x, weight) = (operands[0], operands[1]);
        let transposed = View {
            lengths: &[weight.lengths[1], weight.lengths[0]],
            strides: &[weight.strides[1], weight.strides[0]],
            ..weight
        };
        match *x.lengths {
            // A vector is a row.
            [length] => {
                let (lengths, strides) = (&[1, length], &[0, x.strides[0]]);
                let row = View {
                    lengths,
                    strides,
                    ..x
                };
                kernel::products(row, transposed, &[], out);
            }
            _ => kernel::products(x, transposed, &[], out),
        }
        let Some(&bias) = operands.get(2) else {
            return;
        };
        let columns = bias.lengths[0];
        if let Some(bias) = bias.as_slice()
            && columns <= SHORT
        {
            for row in out.chunks_exact_mut(columns.max(1)) {
                for (out, &bias) in row.iter_mut().zip(bias) {
                    *out = *out + bias;
                }
            }
        } else {
            let mut strides = Strides::from_elem(0, lengths.len());
            strides[lengths.len() - 1] = bias.strides[0];
            let repeated = View {
                lengths,
                strides: &strides,
                ..bias
            };
            kernel::add_into(out, repeated);
        }
    }

    fn term<T: Element>(&self, node: &Pulled<T>, slot: usize) -> Tensor<T> {
        let g = node.upstream;
        let (x, weight) = (node.operands[0], node.operands[1]);
        match slot {
            0 => {
                let term = recorded(MatMul::plain(), &[rows(g), weight]);
                term.reshape_to(x.shape())
            }
            1 => recorded(MatMul::plain(), &[rows(g).t(), rows(x)]),
            _ => {
                let (axes, keep) = (Axes::from_slice(&[0]), false);
                recorded(Sum { axes, keep }, &[rows(g)])
            }
        }
    }

    fn says(&self, slot: usize) -> &'static str {
        match slot {
            0 => "{g} . {1}",
            1 => "{g}^T . {0}",
            _ => "sum of {g} over its rows",
        }
    }

    fn errors(&self, at: &Rounded<'_>) -> Option<Errors> {
        Some(at.multiplied(self))
    }
}

fn unfit(x: &Shape, weight: &Shape) -> String {
    format!("an input of shape {x} for weights of shape {weight}; [.., in] goes with [out, in]")
}

/// A matrix of the rows along the last axis.
fn rows<T: Element>(x: Tensor<T>) -> Tensor<T> {
    let shape = x.shape();
    let last = shape[shape.rank() - 1];
    let count = shape[..shape.rank() - 1].iter().product();
    x.reshape_to(Shape::trusted([count, last]))
}
