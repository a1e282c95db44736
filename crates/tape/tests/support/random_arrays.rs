//! Random expressions over arrays of any element type.

use proptest::prelude::*;
use tape::{Array, Element, Error, Mask, Tensor, axes};

/// One operation of an expression. Numbers beyond what there is wrap around.
#[derive(Clone, Debug)]
struct Step {
    op: usize,
    first: usize,
    second: usize,
    axis: i64,
}

type Operation<T> = fn(Tensor<T>, Tensor<T>, i64) -> Result<Tensor<T>, Error>;

/// Operations that are smooth and keep moderate numbers moderate. Each may find its operands unfit.
#[rustfmt::skip]
fn operations<T: Element>() -> Vec<Operation<T>> {
    vec![
        |x, _, _| Ok(x.tanh()),
        |x, _, _| Ok(x.sin() + 0.5),
        |x, _, _| Ok(x.sigmoid() * x),
        |x, _, _| Ok(x.gelu()),
        |x, _, _| Ok(-x / 2.0),
        |x, y, _| Ok(if fit(x, y) { x + y } else { x }),
        |x, y, _| Ok(if fit(x, y) { x.tanh() * y } else { y }),
        |x, y, _| Ok(if fit(x, y) { x / (y.square() + 1.0) } else { x }),
        |x, y, _| Ok(if fit(x, y) { x.atan2(y.square() + 1.0) } else { y }),
        |x, _, axis| x.try_sum_over(axis),
        |x, _, axis| x.try_mean_over(axes(axis).keep()),
        |x, _, _| Ok(x.mean().into()),
        |x, _, axis| x.try_amax_over(axis),
        |x, _, axis| x.try_prod_over(axis),
        |x, _, axis| x.try_variance_over(axes(axis).keep(), 0.0),
        |x, _, axis| x.try_logsumexp_over(axis),
        |x, _, axis| x.try_softmax(axis),
        |x, _, axis| x.try_log_softmax(axis),
        |x, _, axis| x.try_cumsum(axis),
        |x, _, axis| x.try_flip(axis),
        |x, _, axis| x.try_roll(1, axis),
        |x, _, axis| x.try_unsqueeze(axis),
        |x, _, axis| x.try_squeeze(axis),
        |x, _, axis| x.try_transpose(axis, 0),
        |x, _, axis| x.try_movedim(axis, -1),
        |x, _, axis| x.try_slice(axis, 1..),
        |x, _, axis| x.try_slice_step(axis, .., -2),
        |x, _, axis| x.try_select_index(axis, 0),
        |x, _, axis| x.try_repeat_interleave(2, axis),
        |x, _, axis| x.try_index_select(axis, [1, 0, 1]),
        |x, _, axis| Ok(x.try_sort(axis, true)?.0),
        |x, _, _| x.try_reshape(&[2, -1]),
        |x, _, _| x.try_flatten(),
        |x, _, _| x.try_tril(0),
        |x, _, _| x.try_diagonal(0),
        |x, _, _| x.try_expand(&[2, 2, 3]),
        |x, y, _| Ok(x.try_matmul(y)? / 2.0),
        |x, y, _| Ok(x.try_matmul(y.try_transpose(-1, -2)?)? / 2.0),
        |x, y, axis| Tensor::try_concat(&[x, y], axis),
        |x, y, axis| Tensor::try_stack(&[x, y], axis),
        |x, y, _| x.try_bce_with_logits_each(y),
        |x, y, _| x.try_attention(y, y, Mask::None),
        |x, _, _| match x.shape().last() { Some(&n) => x.try_rms_norm(&[n], None, 0.5), None => Ok(x) },
    ]
}

/// Whether two shapes go together in an operator.
fn fit<T: Element>(x: Tensor<T>, y: Tensor<T>) -> bool {
    let (a, b) = (x.shape(), y.shape());
    let (long, short) = if a.rank() < b.rank() { (b, a) } else { (a, b) };
    let trailing = &long[long.rank() - short.rank()..];
    let goes = |(&m, &n): (&usize, &usize)| m == n || m == 1 || n == 1;
    match long.rank() == short.rank() {
        true => long.iter().zip(&short[..]).all(goes),
        false => *trailing == short[..],
    }
}

/// A function of three arrays.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    steps: Vec<Step>,
}

impl Expression {
    /// A number that all results have a part in. Steps that do not fit leave nothing behind.
    pub(crate) fn apply<T: Element>(&self, x: &[Tensor<T>]) -> tape::Var {
        let operations = operations();
        let mut values = x.to_vec();
        for step in &self.steps {
            let pick = |place: usize| values[values.len() - 1 - place % values.len().min(6)];
            let operation = operations[step.op % operations.len()];
            let result = operation(pick(step.first), pick(step.second), step.axis);
            // What grows is left out, and what has no elements: its mean is NaN.
            values.extend(
                result
                    .ok()
                    .filter(|y| (1..=200).contains(&y.shape().count())),
            );
        }
        let part = |(i, y): (usize, &Tensor<T>)| (*y * (0.3 + i as f64 / 7.0)).sin().sum();
        values.iter().enumerate().map(part).sum()
    }
}

pub(crate) fn expressions() -> impl Strategy<Value = Expression> {
    let step = (any::<usize>(), 0usize..6, 0usize..6, -4i64..4);
    let step = step.prop_map(|(op, first, second, axis)| Step {
        op,
        first,
        second,
        axis,
    });
    prop::collection::vec(step, 1..14).prop_map(|steps| Expression { steps })
}

/// Three arrays whose shapes go together.
pub(crate) fn operands() -> impl Strategy<Value = Vec<Array<f64>>> {
    let shapes = prop_oneof![
        Just([&[2, 3][..], &[3], &[2, 1]]),
        Just([&[2, 3][..], &[1, 3], &[2, 3]]),
        Just([&[2, 2, 3][..], &[3, 2], &[2, 1, 3]]),
        Just([&[4][..], &[1], &[4]]),
        Just([&[3, 3][..], &[3, 1], &[1, 1]]),
    ];
    (shapes, prop::collection::vec(-1.5f64..1.5, 24)).prop_map(|(shapes, numbers)| {
        let mut numbers = numbers.into_iter().cycle();
        shapes
            .map(|shape| Array::from_fn(shape, |_| numbers.next().expect("cycles")))
            .to_vec()
    })
}
