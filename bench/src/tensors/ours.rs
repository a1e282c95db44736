//! Our own rows. Inputs are copied onto the tape outside the clock, but for the steps of
//! descent: there the copy of the weights is part of what a step costs.

use std::time::Instant;

use tape::{Array, Element, Gradients, Tape, Tensor};

use crate::Entry;
use crate::task::{Map, RATE, REPEATS, SIDE, Task, Vector, classes, numbers, weights};

/// A task on a tape of its own.
pub(crate) fn entry<T: Element>(task: Task) -> Entry {
    let array = |shape: &[usize], seed: usize| {
        let values = numbers(shape.iter().product(), seed);
        let values: Vec<T> = values.into_iter().map(T::from_f64).collect();
        Array::new(shape, values)
    };
    let tape = Tape::without_lines();
    match task {
        Task::MatMul { n, transposed } => {
            let (a, b) = (array(&[n, n], 1), array(&[n, n], 2));
            forward(
                move |tape| {
                    let [a, b] = [&a, &b].map(|x| tape.constant_of(&[n, n], x.as_slice()));
                    let fit = |x: Tensor<T>, transposed: bool| if transposed { x.t() } else { x };
                    (fit(a, transposed[0]), fit(b, transposed[1]))
                },
                |(a, b)| a.matmul(b),
                tape,
            )
        }
        Task::Map(map) => {
            let x = array(&[SIDE, SIDE], 1);
            // Logarithms of positive numbers.
            let x = if map == Map::Ln {
                x.map(|x| T::from_f64(x.to_f64() + 1.5))
            } else {
                x
            };
            forward(
                move |tape| tape.constant_of(&[SIDE, SIDE], x.as_slice()),
                move |x| match map {
                    Map::Exp => x.exp(),
                    Map::Ln => x.ln(),
                    Map::Tanh => x.tanh(),
                    Map::Sigmoid => x.sigmoid(),
                    Map::AddTransposed => x + x.t(),
                },
                tape,
            )
        }
        Task::Add(vector) => {
            let x = array(&[SIDE, SIDE], 1);
            let b = match vector {
                Vector::Row => array(&[SIDE], 2),
                Vector::Column => array(&[SIDE, 1], 2),
            };
            forward(
                move |tape| {
                    let x = tape.constant_of(&[SIDE, SIDE], x.as_slice());
                    (x, tape.constant_of(b.shape(), b.as_slice()))
                },
                |(x, b)| x + b,
                tape,
            )
        }
        Task::Sum(axis) => {
            let x = array(&[SIDE, SIDE], 1);
            forward(
                move |tape| tape.constant_of(&[SIDE, SIDE], x.as_slice()),
                move |x| match axis {
                    Some(axis) => x.sum_over(axis as i64),
                    None => x.sum().into(),
                },
                tape,
            )
        }
        Task::Softmax { pull } => weighed(
            array(&[SIDE, SIDE], 1),
            array(&[SIDE, SIDE], 2),
            pull,
            |x| x.softmax(-1),
            tape,
        ),
        Task::LayerNorm { pull } => weighed(
            array(&[SIDE, SIDE], 1),
            array(&[SIDE, SIDE], 2),
            pull,
            |x| x.layer_norm(&[SIDE], None, None, 1e-5),
            tape,
        ),
        Task::Small { pull } => small(array(&[4], 1), pull, tape),
        Task::Step {
            batch,
            inputs,
            hidden,
            outputs,
        } => step(
            array(&[batch, inputs], 1),
            batch,
            [inputs, hidden, outputs],
            tape,
        ),
    }
}

/// Times `work` on what `place` puts on the tape.
fn forward<T: Element, X>(
    place: impl Fn(&Tape) -> X + 'static,
    work: impl Fn(X) -> Tensor<T> + 'static,
    tape: Tape,
) -> Entry {
    Box::new(move |answer| {
        tape.reset();
        let x = place(&tape);
        let start = Instant::now();
        let y = work(x);
        let time = start.elapsed();
        if let Some(answer) = answer {
            *answer = y.to_vec().into_iter().map(T::to_f64).collect();
        }
        time
    })
}

/// Times `work` on a matrix, or that with the gradient of the sum of its elements, weighed.
fn weighed<T: Element>(
    x: Array<T>,
    g: Array<T>,
    pull: bool,
    work: impl Fn(Tensor<T>) -> Tensor<T> + 'static,
    tape: Tape,
) -> Entry {
    if !pull {
        return forward(
            move |tape| tape.constant_of(x.shape(), x.as_slice()),
            work,
            tape,
        );
    }
    let mut gradients = Gradients::new();
    Box::new(move |answer| {
        tape.reset();
        let x = tape.tensor_of(x.shape(), x.as_slice());
        let g = tape.constant_of(g.shape(), g.as_slice());
        let start = Instant::now();
        (work(x) * g).sum().backward_into(&mut gradients);
        let time = start.elapsed();
        if let Some(answer) = answer {
            *answer = gradients[x].iter().map(|g| g.to_f64()).collect();
        }
        time
    })
}

fn small<T: Element>(x: Array<T>, pull: bool, tape: Tape) -> Entry {
    let mut gradients = Gradients::new();
    Box::new(move |answer| {
        tape.reset();
        let x = tape.tensor_of(x.shape(), x.as_slice());
        let start = Instant::now();
        let mut y = x;
        for _ in 0..REPEATS {
            y = (y + x) * 0.5;
        }
        if pull {
            y.sum().backward_into(&mut gradients);
        }
        let time = start.elapsed();
        if let Some(answer) = answer {
            let found = if pull {
                gradients[x].to_vec()
            } else {
                y.to_vec()
            };
            *answer = found.into_iter().map(T::to_f64).collect();
        }
        time
    })
}

fn step<T: Element>(
    x: Array<T>,
    batch: usize,
    [inputs, hidden, outputs]: [usize; 3],
    tape: Tape,
) -> Entry {
    let start_weights = weights(inputs, hidden, outputs).map(|(shape, values)| {
        let values: Vec<T> = values.into_iter().map(T::from_f64).collect();
        Array::new(&shape, values)
    });
    let classes = classes(batch, outputs);
    let mut weights = start_weights.clone();
    let mut gradients = Gradients::new();
    Box::new(move |answer| {
        let start = Instant::now();
        tape.reset();
        let x = tape.constant_of(x.shape(), x.as_slice());
        let [w1, b1, w2, b2] = weights
            .each_ref()
            .map(|w| tape.tensor_of(w.shape(), w.as_slice()));
        let logits = x.linear(w1, Some(b1)).relu().linear(w2, Some(b2));
        logits.cross_entropy(&classes).backward_into(&mut gradients);
        for (w, handle) in weights.iter_mut().zip([w1, b1, w2, b2]) {
            for (w, g) in w.as_mut_slice().iter_mut().zip(&gradients[handle]) {
                *w = T::from_f64(w.to_f64() - RATE * g.to_f64());
            }
        }
        let time = start.elapsed();
        if let Some(answer) = answer {
            *answer = weights
                .iter()
                .flat_map(|w| w.iter().map(|w| w.to_f64()))
                .collect();
        }
        time
    })
}
