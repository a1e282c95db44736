//! Recurrent layers and attention against PyTorch: outputs, last states, gradients; and by hand.
//!
//! The numbers and the script that made them stand in `reference/`.

use nn::layers::{Carried, Gru, Linear, Lstm, MultiHeadAttention, Rnn, Sequential};
use nn::{Hand, Module, Pass, Session, seeded};
use std::collections::BTreeMap;
use tape::{Array, Element, Indices, Mask, RecurrentState, Tape, Tensor};

/// As `sample` of the script.
fn sample(shape: &[usize], i: usize) -> Array {
    let count = shape.iter().product();
    let element = |k: usize| (((37 * k + 11 * i) % 64) as f64 - 31.5) / 64.0;
    Array::new(shape, (0..count).map(element).collect::<Vec<f64>>())
}

type Reference = BTreeMap<String, Array>;

/// The arrays of each case, by name.
fn references() -> BTreeMap<String, Reference> {
    let mut cases: BTreeMap<String, Reference> = BTreeMap::new();
    for line in include_str!("reference/recurrent.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let shape: Vec<usize> = fields[2].split(',').map(|n| n.parse().unwrap()).collect();
        let elements: Vec<f64> = fields[3].split(',').map(|x| x.parse().unwrap()).collect();
        let case = cases.entry(fields[0].to_string()).or_default();
        case.insert(fields[1].to_string(), Array::new(&shape, elements));
    }
    cases
}

fn fill<T: Element>(module: &dyn Module<T>) {
    for (i, named) in module.parameters().iter().enumerate() {
        let value = sample(named.parameter.shape(), i);
        named.parameter.set(value.cast::<T>());
    }
}

/// What a case answers, from leaves that it makes: named results and named leaves.
type Outcome<T> = (
    Vec<(&'static str, Tensor<T>)>,
    Vec<(&'static str, Tensor<T>)>,
);

/// Runs a case and compares all that the reference has of it.
#[track_caller]
fn compare<T: Element>(
    case: &str,
    tolerance: f64,
    module: &dyn Module<T>,
    run: impl FnOnce(&dyn Fn(&[usize], usize) -> Tensor<T>, &Pass<'_, T>) -> Outcome<T>,
) {
    let references = references();
    let reference = &references[case];
    fill(module);
    let tape = Tape::new();
    let pass = Pass::new(&tape);
    let leaf = |shape: &[usize], i| {
        let value: Array<T> = sample(shape, i).cast();
        tape.tensor_of(shape, value.as_slice())
    };
    let (results, leaves) = run(&leaf, &pass);
    let mut seen = Reference::new();
    let mut loss = tape.leaf(0.0);
    for (i, (name, result)) in results.into_iter().enumerate() {
        let adjoint: Array<T> = sample(&result.shape(), 30 + i).cast();
        loss += (result * tape.constant(&adjoint)).sum();
        seen.insert(name.to_string(), result.to_array().cast());
    }
    let gradients = loss.backward();
    for (name, leaf) in leaves {
        seen.insert(format!("d {name}"), gradients.array(leaf).unwrap().cast());
    }
    let gradient = pass.gradient(loss);
    for named in &module.parameters() {
        let slopes = gradient.of(&named.parameter).unwrap().to_vec();
        let slopes = Array::new(named.parameter.shape(), slopes).cast();
        seen.insert(format!("d {}", named.name), slopes);
    }
    let names = |arrays: &Reference| arrays.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&seen), names(reference), "{case}");
    for (name, expected) in reference {
        let found = &seen[name];
        assert_eq!(found.shape(), expected.shape(), "{case}: {name}");
        close(&format!("{case}: {name}"), found, expected, tolerance);
    }
}

#[track_caller]
fn close(what: &str, found: &Array, expected: &Array, tolerance: f64) {
    let scale = expected.iter().fold(1.0f64, |most, x| most.max(x.abs()));
    for (found, expected) in found.iter().zip(expected.iter()) {
        let difference = (found - expected).abs();
        assert!(
            difference <= tolerance * scale,
            "{what}: {found}, expected {expected}"
        );
    }
}

/// Runs a recurrent layer as the script does.
macro_rules! recurrent {
    ($case:literal, $layer:expr, $x:expr, $state:expr $(, $memory:literal)?) => {{
        recurrent!(@in f64, 1e-12, $case, $layer, $x, $state $(, $memory)?);
        recurrent!(@in f32, 2e-6, $case, $layer, $x, $state $(, $memory)?);
    }};
    (@in $T:ty, $tolerance:expr, $case:literal, $layer:expr, $x:expr, $state:expr $(, $memory:literal)?) => {
        let layer = $layer;
        compare::<$T>($case, $tolerance, &layer, |leaf, pass| {
            let x = leaf(&$x, 20);
            let mut leaves = vec![("x", x)];
            let start: Option<[usize; 3]> = $state;
            let start = start.map(|shape| {
                let hidden = leaf(&shape, 21);
                leaves.push(("h", hidden));
                let memory: Option<Tensor<$T>> = None;
                $(let memory = memory.or_else(|| Some(leaf(&shape, 22)));
                leaves.push(($memory, memory.unwrap()));)?
                RecurrentState { hidden, memory }
            });
            let (y, end) = layer.run(x, start, pass);
            let mut results = vec![("y", y), ("h", end.hidden)];
            results.extend(end.memory.map(|memory| ("c", memory)));
            (results, leaves)
        });
    };
}

#[test]
fn recurrent_layers_are_pytorchs() {
    let mut rng = seeded(1);
    let rng = &mut rng;
    recurrent!("rnn", Rnn::new(3, 4, rng), [4, 2, 3], Some([1, 2, 4]));
    recurrent!("rnn relu", Rnn::new(3, 4, rng).relu(), [4, 2, 3], None);
    recurrent!(
        "rnn two layers",
        Rnn::stacked(3, 2, 2, rng),
        [4, 2, 3],
        Some([2, 2, 2])
    );
    recurrent!(
        "lstm",
        Lstm::new(3, 4, rng),
        [4, 2, 3],
        Some([1, 2, 4]),
        "c"
    );
    recurrent!(
        "lstm two layers",
        Lstm::stacked(3, 2, 2, rng).batch_first(),
        [2, 4, 3],
        Some([2, 2, 2]),
        "c"
    );
    recurrent!("lstm from zeros", Lstm::new(3, 2, rng), [4, 2, 3], None);
    recurrent!("gru", Gru::new(3, 4, rng), [4, 2, 3], Some([1, 2, 4]));
    recurrent!(
        "gru two layers",
        Gru::stacked(3, 2, 2, rng).batch_first(),
        [2, 4, 3],
        Some([2, 2, 2])
    );
    recurrent!(
        "gru without bias",
        Gru::new(3, 2, rng).without_bias(),
        [4, 2, 3],
        None
    );
}

#[test]
fn step_by_step_they_are_too() {
    let mut rng = seeded(1);
    let rng = &mut rng;
    recurrent!(
        "rnn",
        Rnn::new(3, 4, rng).step_by_step(),
        [4, 2, 3],
        Some([1, 2, 4])
    );
    recurrent!(
        "lstm two layers",
        Lstm::stacked(3, 2, 2, rng).batch_first().step_by_step(),
        [2, 4, 3],
        Some([2, 2, 2]),
        "c"
    );
    recurrent!(
        "gru",
        Gru::new(3, 4, rng).step_by_step(),
        [4, 2, 3],
        Some([1, 2, 4])
    );
}

/// Keys that a mask hides: `true` in PyTorch, 0 here.
fn keep<T: Element>(pass: &Pass<'_, T>, rows: &[&[f64]]) -> Tensor<T> {
    pass.tape().constant(Array::from_rows(rows).cast::<T>())
}

#[test]
fn attention_is_pytorchs() {
    fn all<T: Element>(tolerance: f64) {
        let layer: MultiHeadAttention<T> = MultiHeadAttention::new(6, 2, &mut seeded(1));
        let itself = |case: &str, mask: fn() -> Mask<T>, padding: &[&[f64]]| {
            compare(case, tolerance, &layer, |leaf, pass| {
                let x = leaf(&[2, 4, 6], 20);
                let padding = (!padding.is_empty()).then(|| keep(pass, padding));
                let y = layer.attend(x, x, x, mask(), padding, pass);
                (vec![("y", y)], vec![("x", x)])
            });
        };
        itself("attention", || Mask::None, &[]);
        itself("attention causal", || Mask::Causal, &[]);
        itself(
            "attention causal padded",
            || Mask::Causal,
            &[&[1.0, 1.0, 1.0, 0.0], &[1.0; 4]],
        );

        let others = |case: &str,
                      keys: usize,
                      mask: &dyn Fn(&Pass<'_, T>) -> Mask<T>,
                      padding: &[&[f64]]| {
            compare(case, tolerance, &layer, |leaf, pass| {
                let q = leaf(&[2, 2, 6], 20);
                let (k, v) = (leaf(&[2, keys, 6], 21), leaf(&[2, keys, 6], 22));
                let padding = (!padding.is_empty()).then(|| keep(pass, padding));
                let y = layer.attend(q, k, v, mask(pass), padding, pass);
                (vec![("y", y)], vec![("x", q), ("k", k), ("v", v)])
            });
        };
        let there: [&[f64]; 2] = [&[1.0, 1.0, 1.0, 0.0, 0.0], &[1.0; 5]];
        others("attention padded", 5, &|_| Mask::None, &there);
        // The same as a mask, and as numbers added to the scores.
        let all_five = |pass: &Pass<'_, T>| keep(pass, &[[1.0; 5].as_slice(); 2]);
        others(
            "attention padded",
            5,
            &|pass| Mask::Keep(all_five(pass)),
            &there,
        );
        others(
            "attention padded",
            5,
            &|pass| Mask::Add(all_five(pass)),
            &there,
        );
        let seen: [&[f64]; 2] = [&[1.0, 0.0, 1.0], &[1.0, 1.0, 0.0]];
        others(
            "attention boolean",
            3,
            &|pass| Mask::Keep(keep(pass, &seen)),
            &[],
        );
        let added =
            |pass: &Pass<'_, T>| Mask::Add(pass.tape().constant(sample(&[2, 3], 23).cast::<T>()));
        others("attention additive", 3, &added, &[]);
    }
    all::<f64>(1e-12);
    all::<f32>(2e-6);
}

/// Value, `dE/dx` and the gradient by each parameter: from the tape, by hand, by central differences.
#[track_caller]
fn audited(module: &dyn Module, x: &[usize], learning: bool) {
    let x = sample(x, 3);
    let run = |x: &Array| {
        let tape = Tape::new();
        let pass = match learning {
            true => Pass::learning(&tape, 5, 1),
            false => Pass::new(&tape),
        };
        let leaf = tape.tensor("x", x);
        let y = module.forward(leaf, &pass);
        let g = (y * tape.constant(sample(&y.shape(), 9))).sum();
        let dx = g.backward().array(leaf).unwrap();
        (y.to_array(), g.value(), dx, pass.gradient(g))
    };
    let (y, _, dx, gradient) = run(&x);
    let mut hand = if learning {
        Hand::learning(5, 1)
    } else {
        Hand::new()
    };
    let (by_hand, back) = module.by_hand(&x, &mut hand).unwrap();
    let dx_by_hand = back(&sample(y.shape(), 9), &mut hand);
    let name = module.describe();
    close(&name, &y, &by_hand, 1e-13);
    close(&name, &dx, &dx_by_hand, 1e-12);
    for named in &module.parameters() {
        let what = format!("{name}: {}", named.name);
        let parameter = &named.parameter;
        let slopes = Array::new(parameter.shape(), gradient.of(parameter).unwrap());
        close(&what, &slopes, hand.of(parameter).unwrap(), 1e-12);
        let differ = |element: usize| {
            let at = |step: f64| {
                parameter.change(|w| w[element] += step);
                let value = run(&x).1;
                parameter.change(|w| w[element] -= step);
                value
            };
            let central = |h: f64| (at(h) - at(-h)) / (2.0 * h);
            (4.0 * central(1e-4) - central(2e-4)) / 3.0
        };
        for element in [0, parameter.count() - 1] {
            let (slope, difference) = (slopes.as_slice()[element], differ(element));
            let scale = slope.abs().max(1.0);
            assert!(
                (slope - difference).abs() <= 1e-10 * scale,
                "{what}: {slope}, {difference}"
            );
        }
    }
}

#[test]
fn by_hand_and_by_differences_they_are_the_same() {
    let mut rng = seeded(4);
    let rng = &mut rng;
    let gru = Gru::stacked(3, 4, 2, rng);
    audited(&gru, &[5, 2, 3], false);
    audited(&gru.dropout(0.4), &[5, 2, 3], true);
    audited(&Gru::new(3, 4, rng).without_bias(), &[5, 2, 3], false);
    audited(
        &Lstm::stacked(3, 4, 2, rng).batch_first(),
        &[2, 5, 3],
        false,
    );
    audited(&Rnn::new(3, 4, rng), &[5, 2, 3], false);
    audited(&Rnn::stacked(3, 4, 3, rng).relu(), &[5, 2, 3], false);
    audited(&MultiHeadAttention::new(6, 3, rng), &[2, 4, 6], false);
    audited(
        &MultiHeadAttention::new(6, 2, rng).causal(),
        &[2, 4, 6],
        false,
    );
    let text = Sequential::new()
        .then(Lstm::new(3, 4, rng))
        .then(Linear::new(4, 2, rng));
    audited(&text, &[5, 2, 3], false);
}

/// One unit over three steps: `h' = tanh(w h + v x)`. Its weight's adjoint has a term for each step, which
/// the ledger shows.
#[test]
fn a_shared_weight_has_a_term_for_each_step() {
    let rnn = Rnn::new(1, 1, &mut seeded(1)).without_bias().step_by_step();
    rnn.parameters().roll(&[1.0, 0.5]);
    let tape = Tape::new();
    let pass = Pass::new(&tape);
    pass.name_parameters(&rnn);
    let start = RecurrentState {
        hidden: tape.constant([[[0.5]]]),
        memory: None,
    };
    let x = tape.constant([[[1.0]], [[0.5]], [[-1.0]]]);
    let loss = rnn.run(x, Some(start), &pass).1.hidden.sum();
    let explanation = loss.explain();

    // By hand: h1, h2, h3, and back.
    let (h1, h2) = (1.25f64.tanh(), (0.5 * 1.25f64.tanh() + 0.5).tanh());
    let h3 = (0.5 * h2 - 1.0).tanh();
    let d3 = 1.0 - h3 * h3;
    let d2 = 0.5 * d3 * (1.0 - h2 * h2);
    let d1 = 0.5 * d2 * (1.0 - h1 * h1);
    let w = pass.parameter(rnn.parameters().get("weight_hh_l0").unwrap());
    let node = explanation.node(w).unwrap();
    let terms = &node.array.as_ref().unwrap().terms;
    let found: Vec<f64> = terms
        .iter()
        .map(|term| term.contribution.as_slice()[0])
        .collect();
    let expected = [d3 * h2, d2 * h1, d1 * 0.5];
    assert_eq!(found.len(), 3, "{}", explanation.ledger(w));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-15, "{found} and {expected}");
    }
    assert!(
        explanation.ledger(w).starts_with("weight_hh_l0"),
        "{}",
        explanation.ledger(w)
    );
}

/// A sequence cut in two, the state carried over: the same outputs.
#[test]
fn a_carried_state_goes_on_where_it_was() {
    let lstm = Lstm::stacked(3, 4, 2, &mut seeded(6));
    let x = sample(&[6, 2, 3], 1);
    let session = Session::new(0);
    let part = |from: usize, to: usize, start: Option<&Carried>| {
        session.evaluate(|pass| {
            let x = pass.tape().constant(&x).slice(0, from..to);
            let (y, end) = lstm.run(x, start.map(|start| start.on(pass)), pass);
            (y.to_vec(), Carried::from(end))
        })
    };
    let (whole, end) = part(0, 6, None);
    let (first, middle) = part(0, 4, None);
    let (second, again) = part(4, 6, Some(&middle));
    assert_eq!([first, second].concat(), whole);
    assert_eq!(again, end);
}

#[test]
fn no_steps_and_no_sequences() {
    let gru = Gru::stacked(3, 4, 2, &mut seeded(6));
    let session = Session::new(0);
    let shapes = |x: &[usize]| {
        session.evaluate(|pass| {
            let (y, end) = gru.run(pass.tape().constant(sample(x, 1)), None, pass);
            (y.shape().to_vec(), end.hidden.to_vec())
        })
    };
    assert_eq!(shapes(&[0, 2, 3]), (vec![0, 2, 4], vec![0.0; 16]));
    assert_eq!(shapes(&[5, 0, 3]), (vec![5, 0, 4], vec![]));
    let attention = MultiHeadAttention::new(6, 2, &mut seeded(1));
    for shape in [[0, 3, 6], [2, 0, 6]] {
        let y = session.evaluate(|pass| {
            attention
                .forward(pass.tape().constant(sample(&shape, 1)), pass)
                .shape()
                .to_vec()
        });
        assert_eq!(y, shape);
    }
}

/// Classes are looked up where one-hot rows would be multiplied: the same numbers.
#[test]
fn classes_are_one_hot_inputs() {
    for gru in [
        Gru::new(5, 4, &mut seeded(6)),
        Gru::stacked(5, 4, 2, &mut seeded(6)).batch_first(),
    ] {
        let classes = Indices::new(&[3, 2], [4, 0, 1, 1, 3, 4]).unwrap();
        let run = |looked_up: bool| {
            Session::new(0).step(|pass| {
                let (y, _) = match looked_up {
                    true => gru.run_classes(&classes, None, pass),
                    false => {
                        let x: Array = classes.one_hot(5).unwrap();
                        gru.run(pass.tape().constant(&x), None, pass)
                    }
                };
                (y * pass.tape().constant(sample(&y.shape(), 1))).sum()
            })
        };
        let ((value, gradient), (expected, multiplied)) = (run(true), run(false));
        assert!((value - expected).abs() < 1e-14);
        for named in &gru.parameters() {
            let slopes = [&gradient, &multiplied]
                .map(|g| Array::new(named.parameter.shape(), g.of(&named.parameter).unwrap()));
            close(&named.name, &slopes[0], &slopes[1], 1e-14);
        }
    }
}

/// The message of a panic.
fn refused<V>(run: impl FnOnce(&Pass<'_>) -> V + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(|| {
        let tape = Tape::new();
        let _ = run(&Pass::new(&tape));
    });
    *panic.unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn what_does_not_fit_is_said() {
    let data = |pass: &Pass<'_>, shape: &[usize]| pass.tape().constant(sample(shape, 1));
    let gru = || Gru::stacked(3, 4, 2, &mut seeded(6));
    let state = |pass: &Pass<'_>, shape| RecurrentState {
        hidden: data(pass, shape),
        memory: None,
    };
    let attention = || MultiHeadAttention::<f64>::new(6, 2, &mut seeded(1));
    for (found, expected) in [
        (
            refused(move |pass| gru().forward(data(pass, &[5, 2, 4]), pass)),
            "GRU 3 -> 4, 2 layers: an input of shape [5,2,4]; [steps, batch, 3] is needed",
        ),
        (
            refused(move |pass| gru().batch_first().forward(data(pass, &[5, 3]), pass)),
            "GRU 3 -> 4, 2 layers: an input of shape [5,3]; [batch, steps, 3] is needed",
        ),
        (
            refused(move |pass| {
                let start = state(pass, &[1, 2, 4]);
                gru().run(data(pass, &[5, 2, 3]), Some(start), pass)
            }),
            "a state of shape [1,2,4] where [2, 2, 4] belongs: [layers, batch, hidden]",
        ),
        (
            refused(move |pass| gru().run_classes(&Indices::from([1, 2]), None, pass)),
            "GRU 3 -> 4, 2 layers: classes of shape [2]; [steps, batch] is needed",
        ),
        (
            refused(move |pass| {
                let classes = Indices::new(&[1, 2], [1, 3]).unwrap();
                gru().run_classes(&classes, None, pass)
            }),
            "index 3 at [0,1] is out of range",
        ),
        (
            refused(move |pass| {
                let lstm = Lstm::new(3, 4, &mut seeded(1));
                let start = state(pass, &[1, 2, 4]);
                lstm.run(data(pass, &[5, 2, 3]), Some(start), pass)
            }),
            "LSTM 3 -> 4: a memory is missing where [1, 2, 4] belongs",
        ),
        (
            refused(move |pass| attention().forward(data(pass, &[2, 5]), pass)),
            "MultiHeadAttention 6 in 2 heads: queries [2,5], keys [2,5]",
        ),
        (
            refused(move |pass| {
                let x = data(pass, &[2, 5, 6]);
                let padding = Some(data(pass, &[2, 4]));
                attention().attend(x, x, x, Mask::None, padding, pass)
            }),
            "a padding of shape [2,4] for keys of 2 examples at 5 places",
        ),
        (
            refused(|_| MultiHeadAttention::<f64>::new(6, 4, &mut seeded(1))),
            "6 features do not divide into 4 heads",
        ),
    ] {
        assert!(found.contains(expected), "{found}");
    }
}
