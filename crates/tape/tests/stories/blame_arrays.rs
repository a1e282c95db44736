//! Every NaN and infinity planted in a random graph of arrays is found, and the element.

use crate::graph::Random;
use tape::story::{OriginKind, SpoiledKind};
use tape::{Array, Element, Tape, Tensor};

const SHAPE: [usize; 2] = [2, 3];

type Operation<T> = fn(Tensor<T>, Tensor<T>) -> Tensor<T>;

fn tame<T: Element>() -> [Operation<T>; 9] {
    [
        |x, y| (x + y) * 0.5,
        |x, y| x.tanh() * y,
        |x, _| x.sin(),
        |x, _| x.softmax(-1),
        |x, y| x.matmul(y.transpose(0, 1)).matmul(y).tanh(),
        |x, _| x.cumsum(1) * 0.3,
        |x, _| x.roll(1, 0),
        |x, y| x - y.mean_over(0).unsqueeze(0),
        |x, y| (x - 0.1).select(y, x * 0.5),
    ]
}

fn grow<T: Element>(values: &mut Vec<Tensor<T>>, steps: usize, random: &mut Random) {
    for _ in 0..steps {
        let (x, y) = (random.pick(values), random.pick(values));
        values.push(random.pick(&tame())(x, y));
    }
}

/// `yes` in one place, `no` in all others.
fn at<T: Element>(tape: &Tape, place: usize, yes: f64, no: f64) -> Tensor<T> {
    let elements: Vec<T> = (0..6)
        .map(|i| T::from_f64(if i == place { yes } else { no }))
        .collect();
    tape.constant(Array::new(&SHAPE, elements))
}

/// A random graph, grown before and behind what `plant` makes of one of its arrays.
fn check<T: Element>(
    seed: u64,
    plant: impl Fn(&Tape, Tensor<T>, usize) -> [Tensor<T>; 2],
    found: impl Fn(&tape::Explanation, u32, usize, &str),
) {
    let mut random = Random::new(seed);
    let tape = Tape::new();
    let input = |random: &mut Random| {
        let elements: Vec<T> = (0..6).map(|_| T::from_f64(random.number())).collect();
        tape.tensor("x", Array::new(&SHAPE, elements))
    };
    let mut values = vec![input(&mut random), input(&mut random)];
    let steps = random.below(8);
    grow(&mut values, steps, &mut random);
    let place = random.below(6);
    let [bad, end] = plant(&tape, random.pick(&values).tanh(), place);
    let node = bad;
    let steps = random.below(8);
    grow(&mut values, steps, &mut random);
    let mut loss = end.sum();
    for value in values {
        loss += value.sum();
    }
    let explanation = loss.explain();
    let id = explanation.node(node).unwrap().id;
    found(&explanation, id, place, &format!("seed {seed}"));
}

type Plant<T> = fn(&Tape, Tensor<T>, usize) -> Tensor<T>;

/// Elementwise operations that go wrong in one place.
fn elementwise<T: Element>() -> [Plant<T>; 7] {
    [
        |tape, x, place| (x + at(tape, place, -3.0, 3.0)).ln(),
        |tape, x, place| (x + at(tape, place, -3.0, 3.0)).sqrt(),
        |tape, x, place| (x + at(tape, place, 1000.0, 1.0)).exp(),
        |tape, x, place| (x * at(tape, place, 0.0, 1.0) + at(tape, place, 0.0, 5.0)).recip(),
        |tape, x, place| x / (x * 0.0 + at(tape, place, 0.0, 5.0)),
        |tape, x, place| (x + at(tape, place, 3.0, 0.0)).asin(),
        |tape, x, place| {
            let large = if size_of::<T>() == 4 { 1e30 } else { 1e300 };
            (x + 2.0) * at(tape, place, 1e38, 1.0) * large
        },
    ]
}

/// Operations that move, mix or reduce, and overflow or have no answer.
fn structural<T: Element>() -> [Plant<T>; 5] {
    [
        |_, x, _| ((x + 2.0) * 1e30).matmul(((x + 2.0) * 1e30).transpose(0, 1)),
        |_, x, _| ((x + 2.0) * 1e30).prod_over(1),
        |_, x, _| x.slice(0, ..1).variance_over(0, 1.0),
        |_, x, _| ((x + 2.0) * 1e38).cumsum(1),
        |_, x, _| ((x + 2.0) * 1e38).sum_over(1),
    ]
}

#[test]
fn an_element_that_is_spoiled_in_the_forward_pass_is_found() {
    fn run<T: Element>(seeds: std::ops::Range<u64>) {
        for seed in seeds {
            let plants = elementwise::<T>();
            let plant = plants[seed as usize % plants.len()];
            check::<T>(
                seed,
                |tape, x, place| [plant(tape, x, place); 2],
                |explanation, id, place, seed| {
                    let origin = explanation.blame().forward.expect(seed);
                    assert_eq!(
                        (origin.at.node, origin.kind),
                        (id, OriginKind::Operation),
                        "{seed}"
                    );
                    assert_eq!(origin.index, Some(vec![place / 3, place % 3]), "{seed}");
                    assert_eq!(origin.count, 1, "{seed}");
                    assert!(
                        origin.operands.iter().all(|seen| seen.value.is_finite()),
                        "{seed}"
                    );
                },
            );
        }
    }
    run::<f64>(0..60);
    run::<f32>(60..100);
}

#[test]
fn an_operation_on_whole_arrays_that_goes_wrong_is_found() {
    for seed in 200..300 {
        let plants = structural::<f32>();
        let plant = plants[seed as usize % plants.len()];
        check::<f32>(
            seed,
            |tape, x, place| [plant(tape, x, place); 2],
            |explanation, id, _, seed| {
                let origin = explanation.blame().forward.expect(seed);
                assert_eq!(
                    (origin.at.node, origin.kind),
                    (id, OriginKind::Operation),
                    "{seed}"
                );
                assert!(origin.operands[0].shown.contains(']'), "{seed}");
            },
        );
    }
}

#[test]
fn an_element_whose_adjoint_is_spoiled_is_found() {
    type Pair<T> = fn(&Tape, Tensor<T>, usize) -> [Tensor<T>; 2];
    fn run<T: Element>(seeds: std::ops::Range<u64>) {
        let plants: [(SpoiledKind, Pair<T>); 4] = [
            (SpoiledKind::Local, |tape, x, place| {
                let keep = at(tape, place, 0.0, 1.0);
                let bad = ((x + 2.0) * keep).sqrt();
                [bad, bad * 2.0]
            }),
            (SpoiledKind::Local, |tape, x, place| {
                let bad = (x * at(tape, place, 0.0, 0.5) + at(tape, place, 1.0, 0.0)).acos();
                [bad, bad]
            }),
            (SpoiledKind::Product, |tape, x, place| {
                let large = f64::from(f32::MAX) * 0.1;
                let small = x * 1e-38 * at(tape, place, 1e-5, 1e-38);
                let bad = small * at(tape, place, large, 1.0);
                [
                    bad,
                    bad * at(tape, place, 1e300_f64.min(large), 1.0) * T::from_f64(1.0).to_f64(),
                ]
            }),
            (SpoiledKind::Rule, |_, x, _| {
                let large = if size_of::<T>() == 4 { 1e30 } else { 1e200 };
                let bad = (x * (1.0 / large)).matmul((x * 0.0 + large).transpose(0, 1).detach());
                [bad, bad * large]
            }),
        ];
        for seed in seeds {
            let (kind, plant) = plants[seed as usize % plants.len()];
            if kind == SpoiledKind::Product && size_of::<T>() == 8 {
                continue;
            }
            check::<T>(seed, plant, |explanation, id, place, seed| {
                let blame = explanation.blame();
                assert_eq!(blame.forward, None, "{seed}");
                let spoiled = blame.backward.expect(seed);
                assert_eq!((spoiled.at.node, spoiled.kind), (id, kind), "{seed}");
                if kind != SpoiledKind::Rule {
                    assert_eq!(spoiled.index, Some(vec![place / 3, place % 3]), "{seed}");
                    assert!(spoiled.upstream.is_finite() && spoiled.count == 1, "{seed}");
                }
            });
        }
    }
    run::<f64>(400..460);
    run::<f32>(460..520);
}

#[test]
fn terms_of_an_array_that_overflow_together_are_found() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [[1e-38_f32, 2e-38], [0.0, 1e-38]]);
    let large = tape.constant([[1.0_f32, 2e38], [1.0, 1.0]]);
    let loss = (x * large).sum() + (x * large).sum();
    let explanation = loss.explain();
    let spoiled = explanation.blame().backward.unwrap();
    assert_eq!(spoiled.kind, SpoiledKind::Sum);
    assert_eq!(spoiled.operand.node, explanation.node(x).unwrap().id);
    assert_eq!(spoiled.index, Some(vec![0, 1]));
    assert!(spoiled.before.unwrap() > 1.9e38);
}

#[test]
fn data_that_are_nan_are_the_origin() {
    let tape = Tape::without_lines();
    let x = tape.constant([[1.0, f64::NAN], [2.0, f64::NAN]]).named("x");
    let w = tape.tensor("w", [[0.5, 0.5]]);
    let loss = (x * w).sum().named("loss");
    let blame = loss.explain().blame();
    let origin = blame.forward.as_ref().unwrap();
    assert_eq!((origin.kind, origin.count), (OriginKind::Data, 2));
    assert_eq!(origin.index, Some(vec![0, 1]));
    assert!(
        blame
            .to_string()
            .starts_with("forward: x at [0,1] is NaN, as the data were given\n")
    );
}

/// A mask of -infinity is meant: it is told, and does not hide who spoils the loss.
#[test]
fn a_mask_is_not_blamed_for_another_nan() {
    let tape = Tape::without_lines();
    let mask = tape
        .constant([[0.0, f64::NEG_INFINITY], [0.0, 0.0]])
        .named("mask");
    let x = tape.tensor("x", [[1.0, 2.0], [3.0, -1.0]]);
    let loss = ((x + mask).softmax(1) + x.ln().named("l")).sum();
    let blame = loss.explain().blame();
    assert_eq!(blame.forward.as_ref().unwrap().at.label, "l");
    assert_eq!(blame.also.len(), 1);
}
