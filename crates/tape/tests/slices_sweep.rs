//! What slices hand back is added where they lie: many of one array cost what the array costs.

use tape::{Array, Element, Gradients, Sweep, Tape, Tensor};

fn numbers<T: Element>(shape: &[usize], scale: f64) -> Array<T> {
    let mut next = 0;
    Array::from_fn(shape, |_| {
        next = (next * 37 + 11) % 101;
        T::from_f64((f64::from(next) - 50.0) * scale)
    })
}

type Part<T> = fn(Tensor<T>) -> Tensor<T>;

/// Parts of a matrix of 4 x 4: ranges, steps, both directions, diagonals, single positions, and
/// parts of parts.
fn parts<T: Element>() -> Vec<Part<T>> {
    vec![
        |x| x.slice(0, 1..3),
        |x| x.slice_step(1, .., -2),
        |x| x.row(-1),
        |x| x.select_index(1, 2),
        |x| x.diagonal(0),
        |x| x.diagonal(-1),
        |x| x.flip([0, 1]),
        |x| x.t().slice(0, 2..).t().row(0),
        |x| x.at([3, 0]).into(),
        |x| x.row(1).at([1]).into(),
        |x| x.slice(0, 2..2),
        |x| x.split(&[1, 3], 0)[1].reshape(&[2, 6]).row(1),
        |x| x * 1.0,
        |x| x + x,
    ]
}

/// The same, bit for bit, with parts added in place and with terms that are whole arrays, which a
/// ledger is made of.
fn agrees<T: Element>() {
    let parts = parts::<T>();
    let weights = numbers::<T>(&[4, 4], 0.1);
    for first in 0..parts.len() {
        for second in 0..parts.len() {
            let tape = Tape::without_lines();
            let x = tape.tensor("x", numbers::<T>(&[4, 4], 0.03));
            // An array that is not an input: its adjoint is handed on.
            let y = x.sin();
            let mut loss = tape.var("one", 1.0);
            for part in [first, second, first] {
                loss += (parts[part](y).square() * 0.3).sum();
            }
            let y_used = (y * tape.constant(weights.clone())).sum();
            for loss in [loss, loss + y_used, y_used + loss] {
                let (swept, ledger) = (loss.backward(), loss.explain());
                let mut seen = None;
                let hooked = Sweep::new()
                    .hook(y, |adjoint| seen = Some(adjoint.clone()))
                    .backward(loss);
                assert_eq!(seen.as_ref(), swept.array(y).as_ref());
                for handle in [x, y] {
                    assert_eq!(hooked[handle], swept[handle]);
                    let told = ledger.node(handle).unwrap().array.clone().unwrap();
                    let told = told.adjoint.unwrap();
                    let found = swept.array(handle).unwrap();
                    let same = found.iter().zip(told.iter()).all(|(a, &b)| a.to_f64() == b);
                    assert!(same, "parts {first} and {second}: {found} and {told}");
                }
            }
        }
    }
}

#[test]
fn parts_of_all_kinds_add_up_as_whole_terms_do() {
    agrees::<f64>();
    agrees::<f32>();
}

#[test]
fn a_part_of_data_hands_nothing_back() {
    let tape = Tape::new();
    let (data, w) = (
        tape.constant([[1.0, 2.0], [3.0, 4.0]]),
        tape.tensor("w", [1.0, 1.0]),
    );
    let g = (data.row(1) * w).sum().backward();
    assert_eq!(g[w], [3.0, 4.0]);
    assert!(g.array(data).is_none());
}

#[test]
fn a_warm_sweep_of_slices_reuses_its_memory() {
    let tape = Tape::without_lines();
    let mut gradients = Gradients::new();
    let x = numbers::<f64>(&[10, 10], 0.1);
    for _ in 0..3 {
        tape.reset();
        let x = tape.tensor_of(x.shape(), x.as_slice());
        let mut sum = x.row(0);
        for row in 1..10 {
            sum = (sum + x.row(row)).tanh();
        }
        sum.sum().backward_into(&mut gradients);
        assert_eq!(gradients[x].len(), 100);
    }
}
