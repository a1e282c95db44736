//! Contractions by Einstein's convention.

mod spec;

use super::{Tensor, done, known, misfit, record_structural};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::op::rule;
use crate::shape::{Axes, Shape};
use crate::structural::{Dot, Expand, MatMul, Permute, Sum};
use smallvec::SmallVec;
use spec::{Label, Labels, Plan};

impl<T: Element> Tensor<T> {
    /// Sums of products by Einstein's convention: each axis gets an index, a letter, and what the
    /// output does not name is summed over.
    ///
    /// `"ij,jk->ik"` is a matrix product, `"ii->i"` a diagonal, `"ii"` a trace, `"ij->ji"` a
    /// transpose, `"i,j->ij"` an outer product, `"...ij,...jk->...ik"` products of stacks. As in
    /// NumPy: without `->` the output has the indices that occur once, in alphabetical order
    /// (capitals first), after the axes of `...`; these are broadcast, and summed if the output
    /// leaves them out (PyTorch). Unlike there, an index has the same length wherever it stands.
    ///
    /// It is computed pair by pair with matrix products and sums, the pair first that leaves the
    /// least behind, and differentiated through them.
    ///
    /// ```
    /// use tape::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let a = tape.tensor("A", [[1.0, 2.0], [3.0, 4.0]]);
    /// let x = tape.tensor("x", [5.0, 6.0]);
    /// let form = Tensor::einsum("i,ij,j->", &[x, a, x]);
    /// assert_eq!(form.item(), 25.0 + 150.0 + 144.0);
    /// let g = Tensor::einsum("ij,j", &[a, x]).sum().backward();
    /// assert_eq!(g[a], [5.0, 6.0, 5.0, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If the pattern is malformed or does not fit the operands; the message points at the place.
    #[must_use]
    #[track_caller]
    pub fn einsum(pattern: &str, operands: &[Tensor<T>]) -> Tensor<T> {
        done(Tensor::try_einsum(pattern, operands))
    }

    /// As [`einsum`](Tensor::einsum), with the error as a value.
    ///
    /// # Errors
    /// Where `einsum` panics.
    #[track_caller]
    pub fn try_einsum(pattern: &str, operands: &[Tensor<T>]) -> Result<Tensor<T>, Error> {
        if operands.is_empty() {
            let why = format!("\"{pattern}\" without operands");
            return misfit("einsum", operands, ErrorKind::Option, why);
        }
        known("einsum", operands)?;
        let shapes: SmallVec<[Shape; 4]> = operands.iter().map(|tensor| tensor.shape()).collect();
        let plan = match Plan::of(pattern, &shapes) {
            Ok(plan) => plan,
            Err(error) => return misfit("einsum", operands, error.kind(), error.to_string()),
        };
        let mut pieces: SmallVec<[Piece<T>; 4]> = SmallVec::new();
        for (&tensor, labels) in operands.iter().zip(&plan.operands) {
            let labels = labels.clone();
            pieces.push(Piece { tensor, labels }.diagonal()?);
        }
        while pieces.len() > 1 {
            let (first, second) = next_pair(&pieces, &plan);
            let other = pieces.remove(second);
            let wanted = kept(&pieces, first, &plan);
            let piece = std::mem::take(&mut pieces[first]);
            pieces[first] = piece.times(other, &wanted)?;
        }
        let last = pieces
            .remove(0)
            .without(|label| !plan.output.contains(&label))?;
        Ok(last.ordered(&plan.output)?.tensor)
    }
}

/// What other pieces and the output still need, if `own` is taken away.
fn kept<T: Element>(pieces: &[Piece<T>], own: usize, plan: &Plan) -> Labels {
    let others = pieces.iter().enumerate().filter(|&(i, _)| i != own);
    let labels = others.flat_map(|(_, piece)| &piece.labels);
    labels.chain(&plan.output).copied().collect()
}

/// The pair whose product leaves the least behind, measured against what goes away; of those the
/// cheapest, of those the first.
fn next_pair<T: Element>(pieces: &[Piece<T>], plan: &Plan) -> (usize, usize) {
    let size = |labels: &[Label]| {
        labels
            .iter()
            .map(|&label| plan.length(label))
            .product::<f64>()
    };
    let mut best = (0, 1);
    let mut least = (f64::INFINITY, f64::INFINITY);
    for first in 0..pieces.len() {
        for second in first + 1..pieces.len() {
            let (a, b) = (&pieces[first].labels, &pieces[second].labels);
            let mut all = a.clone();
            all.extend(b.iter().copied().filter(|label| !a.contains(label)));
            let products = size(&all);
            let needed = |label: &Label| {
                let mut others = pieces.iter().enumerate();
                plan.output.contains(label)
                    || others
                        .any(|(i, piece)| i != first && i != second && piece.labels.contains(label))
            };
            all.retain(|label| needed(label));
            let cost = (size(&all) - size(a) - size(b), products);
            if cost < least {
                (best, least) = ((first, second), cost);
            }
        }
    }
    best
}

/// An operand, or a product of some, and what its axes are called.
#[derive(Default)]
struct Piece<T: Element> {
    tensor: Tensor<T>,
    labels: Labels,
}

impl<T: Element> Piece<T> {
    /// Axes of the same name become one.
    #[track_caller]
    fn diagonal(mut self) -> Result<Piece<T>, Error> {
        loop {
            let labels = &self.labels;
            let repeated = (0..labels.len()).find_map(|second| {
                let first = labels[..second].iter().position(|&l| l == labels[second])?;
                Some((first, second))
            });
            let Some((first, second)) = repeated else {
                return Ok(self);
            };
            let rank = labels.len();
            let mut axes: Axes = (0..rank).filter(|&i| i != first && i != second).collect();
            axes.extend([first, second]);
            let turned = record_structural(Permute { axes }, &[self.tensor])?;
            let label = self.labels.remove(second);
            self.labels.remove(first);
            self.labels.push(label);
            self.tensor = turned.try_diagonal(0)?;
        }
    }

    /// Sums over the axes of some names.
    #[track_caller]
    fn without(self, goes: impl Fn(Label) -> bool) -> Result<Piece<T>, Error> {
        let mut axes = Axes::new();
        let mut labels = Labels::new();
        for (axis, &label) in self.labels.iter().enumerate() {
            if goes(label) {
                axes.push(axis);
            } else {
                labels.push(label);
            }
        }
        if axes.is_empty() {
            return Ok(self);
        }
        let tensor = record_structural(Sum { axes, keep: false }, &[self.tensor])?;
        Ok(Piece { tensor, labels })
    }

    /// The axes in an order of names.
    #[track_caller]
    fn ordered(self, labels: &[Label]) -> Result<Piece<T>, Error> {
        if self.labels[..] == *labels {
            return Ok(self);
        }
        let own = &self.labels;
        let place = |label| own.iter().position(|own| own == label);
        let axes = labels.iter().filter_map(place).collect();
        let tensor = record_structural(Permute { axes }, &[self.tensor])?;
        let labels = labels.into();
        Ok(Piece { tensor, labels })
    }

    fn length(&self, label: Label, shape: &Shape) -> usize {
        let axis = self.labels.iter().position(|&own| own == label);
        axis.map_or(1, |axis| shape[axis])
    }

    /// Axes of `...` that have length 1 here repeat as often as in the other.
    #[track_caller]
    fn stretched(self, labels: &[Label], other: &Piece<T>) -> Result<Piece<T>, Error> {
        let (own, others) = (self.tensor.shape(), other.tensor.shape());
        let mut shape = own.to_vec();
        for (length, label) in shape.iter_mut().zip(&self.labels) {
            if *length == 1 && labels.contains(label) {
                *length = other.length(*label, &others);
            }
        }
        if own[..] == shape[..] {
            return Ok(self);
        }
        let shape = Shape::new(&shape)?;
        let tensor = record_structural(Expand { shape }, &[self.tensor])?;
        Ok(Piece { tensor, ..self })
    }

    /// The product with another piece, summed over what nobody wants any more.
    #[track_caller]
    fn times(self, other: Piece<T>, wanted: &[Label]) -> Result<Piece<T>, Error> {
        let (a_labels, b_labels) = (self.labels.clone(), other.labels.clone());
        let a = self.without(|l| !b_labels.contains(&l) && !wanted.contains(&l))?;
        let b = other.without(|l| !a_labels.contains(&l) && !wanted.contains(&l))?;
        let [mut batch, mut inner, mut rows] = [Labels::new(), Labels::new(), Labels::new()];
        for &label in &a.labels {
            let part = match (b.labels.contains(&label), wanted.contains(&label)) {
                (true, true) => &mut batch,
                (true, false) => &mut inner,
                (false, _) => &mut rows,
            };
            part.push(label);
        }
        let columns: Labels = b
            .labels
            .iter()
            .copied()
            .filter(|l| !a.labels.contains(l))
            .collect();
        let result = [&batch[..], &rows, &columns].concat().into();
        if inner.is_empty() {
            return a.spread_over(b, result);
        }
        let (a, b) = (a.stretched(&inner, &b)?, b);
        let b = b.stretched(&inner, &a)?;
        if rows.is_empty() && columns.is_empty() {
            let labels = [&batch[..], &inner].concat();
            let (a, b) = (a.ordered(&labels)?, b.ordered(&labels)?);
            if !batch.is_empty() {
                let product = a.spread_over(b, labels.into())?;
                return product.without(|label| inner.contains(&label));
            }
            let vector = |tensor: Tensor<T>| Shape::vector(tensor.shape().count());
            let x = a.tensor.reshape_to(vector(a.tensor));
            let y = b.tensor.reshape_to(vector(b.tensor));
            let tensor = record_structural(Dot, &[x, y])?;
            return Ok(Piece {
                tensor,
                labels: result,
            });
        }
        let a = a.ordered(&[&batch[..], &rows, &inner].concat())?;
        let b = b.ordered(&[&batch[..], &inner, &columns].concat())?;
        let (a_shape, b_shape) = (a.tensor.shape(), b.tensor.shape());
        // Several axes become one: rows, what is summed, columns.
        let matrices = |shape: &Shape, split: usize| {
            let (first, second) = shape[batch.len()..].split_at(split);
            let sides = [first.iter().product(), second.iter().product()];
            Shape::trusted(shape[..batch.len()].iter().copied().chain(sides))
        };
        let left = a.tensor.reshape_to(matrices(&a_shape, rows.len()));
        let right = b.tensor.reshape_to(matrices(&b_shape, inner.len()));
        let product = record_structural(MatMul::plain(), &[left, right])?;
        let lengths = product.shape()[..batch.len()]
            .iter()
            .chain(&a_shape[batch.len()..batch.len() + rows.len()])
            .chain(&b_shape[batch.len() + inner.len()..])
            .copied()
            .collect::<Axes>();
        let tensor = product.reshape_to(Shape::new(&lengths)?);
        Ok(Piece {
            tensor,
            labels: result,
        })
    }

    /// The product element by element, along all the axes of both.
    #[track_caller]
    fn spread_over(self, other: Piece<T>, labels: Labels) -> Result<Piece<T>, Error> {
        let a = self.with_axes(&labels)?;
        let b = other.with_axes(&labels)?;
        let tensor = a.try_binary::<rule::Mul>(b)?;
        Ok(Piece { tensor, labels })
    }

    /// The tensor with these axes, of length 1 where it has none of that name. A number stays one.
    #[track_caller]
    fn with_axes(self, labels: &[Label]) -> Result<Tensor<T>, Error> {
        if self.labels.is_empty() {
            return Ok(self.tensor);
        }
        let own: Labels = labels
            .iter()
            .copied()
            .filter(|l| self.labels.contains(l))
            .collect();
        let piece = self.ordered(&own)?;
        let shape = piece.tensor.shape();
        let lengths = labels.iter().map(|&label| piece.length(label, &shape));
        let shape = Shape::trusted(lengths);
        Ok(piece.tensor.reshape_to(shape))
    }
}
