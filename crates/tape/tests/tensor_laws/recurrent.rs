//! Recurrent layers in one piece: the laws, and against the same units step by step.

use crate::harness::sample;
use crate::law;
use tape::RecurrentUnit::{Gru, Lstm, Relu, Tanh};
use tape::{Check, Element, RecurrentState, RecurrentUnit, Tape, Tensor};

/// Operands `x, W, b, b, h0` and, of an LSTM, `c0`: the states, and the last ones.
fn layer<T: Element>(unit: RecurrentUnit, x: &[Tensor<T>]) -> [Tensor<T>; 3] {
    let start = RecurrentState {
        hidden: x[4],
        memory: x.get(5).copied(),
    };
    let (states, last) = x[0].recurrent(unit, x[1], Some([x[2], x[3]]), start);
    [states, last.hidden, last.memory.unwrap_or(last.hidden)]
}

#[test]
fn layers_of_recurrent_units() {
    law!("tanh", [[3, 2, 4], [4, 4], [4], [4], [2, 4]], |x| {
        layer(Tanh, x)[0]
    });
    law!("relu", [[3, 2, 3], [3, 3], [3], [3], [2, 3]], |x| {
        layer(Relu, x)[0]
    });
    law!("gru", [[3, 2, 9], [9, 3], [9], [9], [2, 3]], |x| {
        layer(Gru, x)[0]
    });
    law!(
        "gru, the last state",
        [[2, 1, 6], [6, 2], [6], [6], [1, 2]],
        |x| { layer(Gru, x)[1].square() }
    );
    law!(
        "lstm",
        [[3, 2, 12], [12, 3], [12], [12], [2, 3], [2, 3]],
        |x| { layer(Lstm, x)[0] }
    );
    law!(
        "lstm, the last memory",
        [[2, 2, 8], [8, 2], [8], [8], [2, 2], [2, 2]],
        |x| { layer(Lstm, x)[2] }
    );
    law!(
        "lstm, all of it",
        [[2, 1, 4], [4, 1], [4], [4], [1, 1], [1, 1]],
        |x| {
            let [states, last, memory] = layer(Lstm, x);
            states * last * memory
        }
    );
    // More units than are computed at once, and not a multiple of them.
    law!(
        "gru, wide",
        [[1, 1, 105], [105, 35], [105], [105], [1, 35]],
        |x| { layer(Gru, &[x[0], x[1] * 0.2, x[2], x[3], x[4]])[0] }
    );
}

#[test]
fn layers_without_steps_or_sequences_or_units() {
    law!("no steps", [[0, 2, 9], [9, 3], [9], [9], [2, 3]], |x| {
        layer(Gru, x)[1]
    });
    law!(
        "no steps, states",
        [[0, 2, 9], [9, 3], [9], [9], [2, 3]],
        |x| { layer(Gru, x)[0] }
    );
    law!(
        "no sequences",
        [[2, 0, 12], [12, 3], [12], [12], [0, 3], [0, 3]],
        |x| { layer(Lstm, x)[0] }
    );
    law!("no units", [[2, 3, 0], [0, 0], [0], [0], [3, 0]], |x| {
        layer(Tanh, x)[0]
    });
}

/// In one piece and step by step: states, and the gradient by every operand, are the same.
#[test]
fn one_piece_is_the_steps() {
    for (unit, hidden) in [(Tanh, 5), (Relu, 33), (Gru, 40), (Lstm, 35)] {
        let (steps, batch, gates) = (4, 3, unit.gates() * hidden);
        let shapes = [
            vec![steps, batch, gates],
            vec![gates, hidden],
            vec![gates],
            vec![gates],
        ];
        let states = vec![vec![batch, hidden]; unit.states()];
        let operands = shapes.iter().chain(&states).enumerate();
        let operands: Vec<_> = operands
            .map(|(i, shape)| sample(shape, 3 + i as u64))
            .collect();

        let run = |in_one: bool| {
            let tape = Tape::new();
            let x: Vec<Tensor> = operands
                .iter()
                .map(|x| tape.tensor_of(x.shape(), x.as_slice()))
                .collect();
            let x_and_small = [x[0], x[1] * 0.2];
            let states = match in_one {
                true => layer(unit, &[&x_and_small, &x[2..]].concat())[0],
                false => {
                    let mut state = RecurrentState {
                        hidden: x[4],
                        memory: x.get(5).copied(),
                    };
                    let mut states = Vec::new();
                    for step in 0..steps {
                        state = unit.step(
                            x_and_small[0].row(step),
                            x_and_small[1],
                            Some([x[2], x[3]]),
                            state,
                        );
                        states.push(state.hidden);
                    }
                    Tensor::stack(&states, 0)
                }
            };
            let g = states.vjp(&sample(&[steps, batch, hidden], 9));
            let slopes: Vec<_> = x.iter().map(|&x| g.array(x).unwrap().into_vec()).collect();
            (states.to_vec(), slopes.concat())
        };
        let (one, steps) = (run(true), run(false));
        for (a, b) in [(one.0, steps.0), (one.1, steps.1)] {
            let scale = b.iter().fold(1.0f64, |m, b| m.max(b.abs()));
            for (a, b) in a.iter().zip(&b) {
                assert!((a - b).abs() <= 1e-13 * scale, "{unit:?}: {a} and {b}");
            }
        }
    }
}

/// The gradient and each operation's rule against differences: none is suspected.
#[test]
fn a_check_finds_nothing() {
    for unit in [Tanh, Relu, Gru, Lstm] {
        let gates = unit.gates() * 3;
        let shapes = [vec![3, 2, gates], vec![gates, 3], vec![gates], vec![gates]];
        let states = vec![vec![2, 3]; unit.states()];
        let operands: Vec<_> = shapes
            .iter()
            .chain(&states)
            .map(|shape| sample(shape, 4))
            .collect();
        let loss = |x: &[Tensor]| (layer(unit, x)[0].square() * layer(unit, x)[2]).sum();
        let report = Check::new().run_arrays(loss, &operands);
        assert!(report.passed(), "{report}");
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let tape = Tape::new();
    let x = tape.tensor("x", sample(&[2, 3, 6], 1));
    let w = tape.tensor("w", sample(&[6, 2], 2));
    let short = tape.tensor("b", sample(&[4], 2));
    let state = |shape: &[usize]| RecurrentState {
        hidden: tape.constant(sample(shape, 3)),
        memory: None,
    };
    let message = |result: Result<_, tape::Error>| result.map(drop).unwrap_err().to_string();
    for (error, parts) in [
        (
            message(x.try_recurrent(Lstm, w, None, state(&[3, 2]))),
            ["lstm", "x [2,3,6]", "[6,2]", "[steps, batch, 4 hidden]"],
        ),
        (
            message(x.try_recurrent(Gru, w, Some([short; 2]), state(&[3, 2]))),
            ["gru", "the input's bias", "[4]", "[6]"],
        ),
        (
            message(x.try_recurrent(Gru, w, None, state(&[2, 3]))),
            ["gru", "the first state", "[2,3]", "[3,2]"],
        ),
    ] {
        for part in parts {
            assert!(error.contains(part), "{part} in: {error}");
        }
    }
    let four = tape.tensor("x", sample(&[2, 3, 8], 1));
    let w = tape.tensor("w", sample(&[8, 2], 2));
    let error = message(four.try_recurrent(Lstm, w, None, state(&[3, 2])));
    assert!(error.contains("a memory, which is missing"), "{error}");
}
