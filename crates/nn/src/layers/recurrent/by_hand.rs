//! Backpropagation through time, in plain loops.
//!
//! What differs between units, one step of one of them and the way back through it, stands with each
//! kind; here is what they have in common: steps, sequences, layers.

use super::{Kind, Layer, Recurrent};
use crate::Module;
use crate::hand::{Back, Hand};
use tape::{Array, Element};

/// One step of one unit: its state and memory, and the way back.
pub struct Stepped {
    pub(crate) state: [f64; 2],
    /// From the adjoints of state and memory after the step.
    pub(crate) back: Box<dyn Fn([f64; 2]) -> Pulled>,
}

/// The adjoints of what a unit read at a step.
pub(crate) struct Pulled {
    /// Of what its gates read of the input.
    pub(crate) x: Vec<f64>,
    /// Of what its gates read of the states.
    pub(crate) h: Vec<f64>,
    /// Of its own state and memory before the step, but for what its gates read.
    pub(crate) state: [f64; 2],
}

pub(super) fn by_hand<'a, K: Kind, T: Element>(
    own: &'a Recurrent<K, T>,
    x: &Array,
    hand: &mut Hand,
) -> Option<(Array, Back<'a>)> {
    if x.rank() != 3 {
        return None;
    }
    let turn = move |array: Array| match own.batch_first {
        true => turned(&array),
        false => array,
    };
    let mut x = turn(x.clone());
    let mut backs = Vec::new();
    for (place, layer) in own.layers.iter().enumerate() {
        if let Some(dropout) = own.dropout.as_ref().filter(|_| place > 0) {
            let (left, back) = Module::<T>::by_hand(dropout, &x, hand)?;
            backs.push(back);
            x = left;
        }
        let (shown, back) = one_layer(own, layer, x);
        backs.push(back);
        x = shown;
    }
    let back = move |delta: &Array, hand: &mut Hand| {
        let backwards = backs.into_iter().rev();
        turn(backwards.fold(turn(delta.clone()), |delta, back| back(&delta, hand)))
    };
    Some((turn(x), Box::new(back)))
}

/// With the first two axes changed for each other.
fn turned(x: &Array) -> Array {
    let lengths = [x.shape()[1], x.shape()[0], x.shape()[2]];
    Array::from_fn(&lengths, |at| x[[at[1], at[0], at[2]]])
}

/// The states of one layer's units after each step, from zeros, and the way back.
fn one_layer<'a, K: Kind, T: Element>(
    own: &'a Recurrent<K, T>,
    layer: &'a Layer<T>,
    x: Array,
) -> (Array, Back<'a>) {
    let [steps, batch, inputs] = [x.shape()[0], x.shape()[1], x.shape()[2]];
    let (hidden, gates) = (own.hidden, own.unit.gates());
    let w: Array = layer.of_input.value().cast();
    let u: Array = layer.of_state.value().cast();
    let biases: [Array; 2] = match &layer.biases {
        Some(biases) => biases.each_ref().map(|bias| bias.value().cast()),
        None => [(); 2].map(|()| zeros(&[gates * hidden])),
    };

    // states[t]: before step t. Gate g of unit j is row g * hidden + j of the weights.
    let mut states = zeros(&[steps + 1, batch, hidden]);
    let mut memories = zeros(&[batch, hidden]);
    let mut stepped = Vec::new();
    for t in 0..steps {
        for b in 0..batch {
            for j in 0..hidden {
                let rows = (0..gates).map(|g| g * hidden + j);
                let read_x = |row| {
                    let sum: f64 = (0..inputs).map(|i| w[[row, i]] * x[[t, b, i]]).sum();
                    sum + biases[0][[row]]
                };
                let read_h = |row| {
                    let sum: f64 = (0..hidden).map(|k| u[[row, k]] * states[[t, b, k]]).sum();
                    sum + biases[1][[row]]
                };
                let of_x: Vec<f64> = rows.clone().map(read_x).collect();
                let of_h: Vec<f64> = rows.map(read_h).collect();
                let state = [states[[t, b, j]], memories[[b, j]]];
                let step = K::step(own.unit, &of_x, &of_h, state);
                [states[[t + 1, b, j]], memories[[b, j]]] = step.state;
                stepped.push(step.back);
            }
        }
    }
    let shown = Array::from_fn(&[steps, batch, hidden], |at| {
        states[[at[0] + 1, at[1], at[2]]]
    });

    let back = move |delta: &Array, hand: &mut Hand| {
        let mut dx = zeros(x.shape());
        let (mut dw, mut du) = (zeros(w.shape()), zeros(u.shape()));
        let mut db = [(); 2].map(|()| zeros(&[gates * hidden]));
        // The adjoints of state and memory that the step above hands down.
        let mut carried = zeros(&[batch, hidden]);
        let mut carried_memory = zeros(&[batch, hidden]);
        for t in (0..steps).rev() {
            for b in 0..batch {
                let mut below = vec![0.0; hidden];
                for j in 0..hidden {
                    let adjoint = [delta[[t, b, j]] + carried[[b, j]], carried_memory[[b, j]]];
                    let pulled = stepped[(t * batch + b) * hidden + j](adjoint);
                    below[j] += pulled.state[0];
                    carried_memory[[b, j]] = pulled.state[1];
                    for g in 0..gates {
                        let row = g * hidden + j;
                        for i in 0..inputs {
                            dw[[row, i]] += pulled.x[g] * x[[t, b, i]];
                            dx[[t, b, i]] += pulled.x[g] * w[[row, i]];
                        }
                        for k in 0..hidden {
                            du[[row, k]] += pulled.h[g] * states[[t, b, k]];
                            below[k] += pulled.h[g] * u[[row, k]];
                        }
                        db[0][[row]] += pulled.x[g];
                        db[1][[row]] += pulled.h[g];
                    }
                }
                for j in 0..hidden {
                    carried[[b, j]] = below[j];
                }
            }
        }
        hand.add(&layer.of_input, dw);
        hand.add(&layer.of_state, du);
        if let Some(biases) = &layer.biases {
            for (bias, slopes) in biases.iter().zip(db) {
                hand.add(bias, slopes);
            }
        }
        dx
    };
    (shown, Box::new(back))
}

fn zeros(shape: &[usize]) -> Array {
    Array::zeros(shape)
}
