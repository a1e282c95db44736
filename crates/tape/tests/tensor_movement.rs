//! Values of operations that move elements, at the points where a convention decides them.

use tape::{Array, Indices, Over, Tape, Tensor};

fn matrix(tape: &Tape) -> Tensor {
    tape.tensor("x", [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]])
}

#[test]
fn parts_are_looks_at_the_same_elements() {
    let tape = Tape::new();
    let x = matrix(&tape);
    let looks = [
        (x.slice(1, (1, -1)), vec![1.0, 2.0, 5.0, 6.0]),
        (x.slice_step(1, .., 2), vec![0.0, 2.0, 4.0, 6.0]),
        (x.slice_step(1, ..3, -2), vec![2.0, 0.0, 6.0, 4.0]),
        (x.row(-1), vec![4.0, 5.0, 6.0, 7.0]),
        (x.select_index(1, 2usize), vec![2.0, 6.0]),
        (
            x.flip(Over::all()),
            vec![7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0],
        ),
        (x.diagonal(1), vec![1.0, 6.0]),
        (x.diagonal(-1), vec![4.0]),
        (
            x.slice_step(0, .., -1).unsqueeze(0).squeeze(0),
            vec![4.0, 5.0, 6.0, 7.0, 0.0, 1.0, 2.0, 3.0],
        ),
        (x.t().flip(0).t().row(0), vec![3.0, 2.0, 1.0, 0.0]),
    ];
    for (number, (look, elements)) in looks.into_iter().enumerate() {
        assert_eq!(look.to_vec(), elements, "look {number}");
    }
    assert_eq!(x.at([1, 2]).value(), 6.0);
    assert_eq!(x.at([1usize, 0]).value(), 4.0);
}

#[test]
fn rolling_tiling_and_repeating_are_numpys() {
    let tape = Tape::new();
    let v = tape.tensor("v", [0.0, 1.0, 2.0]);
    assert_eq!(v.roll(1, 0).to_vec(), [2.0, 0.0, 1.0]);
    assert_eq!(v.roll(-1, 0).to_vec(), [1.0, 2.0, 0.0]);
    assert_eq!(
        v.roll(i64::MIN, 0).to_vec(),
        v.roll(i64::MIN % 3, 0).to_vec()
    );
    assert_eq!(v.roll(3, 0).to_vec(), [0.0, 1.0, 2.0]);
    assert_eq!(v.tile(&[2, 1]).to_vec(), [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
    assert_eq!(v.tile(&[]).to_vec(), [0.0, 1.0, 2.0]);
    assert_eq!(
        v.repeat_interleave(2, 0).to_vec(),
        [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]
    );
    let x = matrix(&tape);
    let tiled = x.tile(&[1, 2]);
    assert_eq!(tiled.shape(), [2, 8]);
    assert_eq!(
        tiled.row(0).to_vec(),
        [0.0, 1.0, 2.0, 3.0, 0.0, 1.0, 2.0, 3.0]
    );
}

#[test]
fn sorting_is_stable_and_puts_nan_above_every_number() {
    let tape = Tape::new();
    let nan = f64::NAN;
    let x = tape.tensor("x", [2.0, nan, -0.0, 0.0, f64::INFINITY, 2.0]);
    let (up, from) = x.sort(0, false);
    assert_eq!(from.as_slice(), [2, 3, 0, 5, 4, 1]);
    assert!(up.at([5]).value().is_nan());
    assert_eq!(x.argsort(0, true).as_slice(), [1, 4, 0, 5, 2, 3]);
    let (top, from) = x.topk(3, 0);
    assert_eq!(from.as_slice(), [1, 4, 0]);
    assert_eq!(top.slice(0, 1..).to_vec(), [f64::INFINITY, 2.0]);
    assert_eq!((x.argmax(0).item(), x.argmin(0).item()), (1, 1));
    let ties = tape.tensor("ties", [[1.0, 3.0, 3.0], [2.0, 1.0, 1.0]]);
    assert_eq!(ties.argmax(1).as_slice(), [1, 0]);
    assert_eq!(ties.argmin(-1).as_slice(), [0, 1]);
    assert_eq!(ties.argmax(0).as_slice(), [1, 0, 0]);
    assert_eq!(ties.topk(1, 1).1.as_slice(), [1, 0]);
    assert_eq!(ties.sort(0, true).1.as_slice(), [1, 0, 0, 0, 1, 1]);
    // The gradient goes to the first of equal ones, where it came from.
    assert_eq!(
        ties.topk(1, 1).0.sum().backward()[ties],
        [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]
    );
}

#[test]
fn comparisons_answer_as_ieee_does_and_are_data() {
    let tape = Tape::new();
    let nan = f64::NAN;
    let x = tape.tensor("x", [1.0, 2.0, nan, f64::INFINITY]);
    let y = tape.constant([2.0, 2.0, nan, f64::INFINITY]);
    let answers: [(Tensor, [f64; 4]); 8] = [
        (x.greater(y), [0.0, 0.0, 0.0, 0.0]),
        (x.greater_equal(y), [0.0, 1.0, 0.0, 1.0]),
        (x.less(y), [1.0, 0.0, 0.0, 0.0]),
        (x.less_equal(y), [1.0, 1.0, 0.0, 1.0]),
        (x.equal_to(y), [0.0, 1.0, 0.0, 1.0]),
        (x.not_equal_to(y), [1.0, 0.0, 1.0, 0.0]),
        (x.less(2.0).logical_not(), [0.0, 1.0, 1.0, 1.0]),
        (
            x.greater(1.0).logical_and(x.less(3.0)),
            [0.0, 1.0, 0.0, 0.0],
        ),
    ];
    for (number, (answer, expected)) in answers.into_iter().enumerate() {
        assert_eq!(answer.to_vec(), expected, "comparison {number}");
        assert!(
            answer.sum().backward().array(x).is_none(),
            "comparison {number}"
        );
    }
    assert_eq!(
        x.less(2.0).logical_or(y.equal_to(2.0)).to_vec(),
        [1.0, 1.0, 0.0, 0.0]
    );
    // Numbers are compared as numbers, also beside single precision.
    let a = tape.var("a", 0.1);
    assert_eq!(Tensor::<f32>::from(a).less(0.1).to_vec(), [0.0]);
    assert_eq!(Tensor::<f32>::from(0.1).equal_to(0.1).to_vec(), [1.0]);
    assert_eq!(a.backward()[a], 1.0);
}

#[test]
fn what_is_masked_lets_no_nan_through() {
    let tape = Tape::new();
    let x = tape.tensor("x", [[f64::NAN, 4.0], [9.0, f64::NAN]]);
    let kept = x.masked_fill(x.equal_to(x).logical_not(), 0.0);
    let g = kept.sqrt().sum().backward();
    assert_eq!(g[x], [0.0, 0.25, 1.0 / 6.0, 0.0]);
    assert_eq!(x.tril(-1).to_vec(), [0.0, 0.0, 9.0, 0.0]);
    assert_eq!(x.triu(1).sum().backward()[x], [0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn repeated_positions_add_up() {
    let tape = Tape::new();
    let table = tape.tensor("table", [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let words = Indices::from([[2, 0, 2]]);
    let y = table.embedding(&words);
    assert_eq!(y.shape(), [1, 3, 2]);
    let weights = tape.constant([[[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]]]);
    let g = (y * weights).sum().backward();
    assert_eq!(g[table], [2.0, 20.0, 0.0, 0.0, 5.0, 50.0]);
    let added = table.index_add(0, [1, 1], table.slice(0, ..2));
    assert_eq!(added.to_vec(), [1.0, 2.0, 7.0, 10.0, 5.0, 6.0]);
    let scattered = table.scatter_add(0, [[2, 0], [2, 1]], table.slice(0, 1..));
    assert_eq!(scattered.to_vec(), [1.0, 6.0, 3.0, 10.0, 13.0, 6.0]);
    let ones: Array<f32> = words.one_hot(3).unwrap();
    assert_eq!(
        ones.as_slice(),
        [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    );
}

#[test]
fn running_sums_carry_more_digits_than_single_precision() {
    let tape = Tape::new();
    let x = tape.tensor("x", Array::<f32>::full(&[100_000], 0.1));
    let last = x.cumsum(0).at([-1]).value();
    assert!((last - 10_000.0).abs() < 1e-3, "{last}");
    let y = tape.tensor("y", [f64::INFINITY, f64::NEG_INFINITY, 1.0]);
    assert!(y.cumsum(0).at([2]).value().is_nan());
    assert_eq!(
        tape.tensor("z", [-0.0, 1.0])
            .cumsum(0)
            .at([0])
            .value()
            .to_bits(),
        (-0.0f64).to_bits()
    );
}
