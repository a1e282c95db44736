//! The digits of arrays, against the same computation with more of them.

use crate::random_arrays::{expressions, operands};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::RefCell;
use std::fs;
use std::path::Path;
use tape::story::{Digits, NodeDigits};
use tape::{
    Array, Conv, Element, Explanation, Mask, Pool, RecurrentState, RecurrentUnit, Tape, Tensor,
    TensorOp,
};

/// A node's value, and its adjoint.
fn numbers(explanation: &Explanation, place: usize) -> [Option<Vec<f64>>; 2] {
    let node = &explanation.nodes()[place];
    match &node.array {
        None => [
            Some(vec![node.value]),
            node.adjoint.map(|adjoint| vec![adjoint]),
        ],
        Some(array) => [
            Some(array.value.to_vec()),
            array.adjoint.as_ref().map(Array::to_vec),
        ],
    }
}

/// How far off each element is told to be.
fn told(digits: &Digits) -> Vec<f64> {
    match &digits.array {
        None => vec![digits.error],
        Some(array) => array.errors.to_vec(),
    }
}

/// A ledger in single precision against the same in double: that no element of a value or an adjoint
/// is farther off than is told. Answers by how many digits more is told than they are off.
fn compare(explanation: &Explanation, truth: &Explanation) -> Result<Vec<f64>, String> {
    let precision = explanation.precision();
    if (precision.not_covered, precision.adjoints_not_covered) != (0, 0) {
        return Err(format!("not covered: {:?}", precision.unknown));
    }
    assert_eq!(explanation.nodes().len(), truth.nodes().len());
    let mut gaps = Vec::new();
    for (place, node) in precision.nodes.iter().enumerate() {
        let NodeDigits { at, value, adjoint } = node;
        let pairs = numbers(explanation, place).into_iter();
        let pairs = pairs.zip(numbers(truth, place));
        for (pair, digits) in pairs.zip([Some(value), adjoint.as_ref()]) {
            let ((Some(here), Some(there)), Some(digits)) = (pair, digits) else {
                continue;
            };
            for ((here, there), told) in here.iter().zip(there).zip(told(digits)) {
                let error = (here - there).abs();
                // To first order, and the truth is rounded, too.
                if error > told * 1.001 + 1e-13 * there.abs() + 1e-15 {
                    return Err(format!(
                        "{at}: {here} for {there} is off by {error:e}, told {told:e}"
                    ));
                }
                if error > 1e-12 * there.abs() {
                    gaps.push((told / error).log10());
                }
            }
        }
    }
    Ok(gaps)
}

/// The same expression in single and in double precision: no element of a value or an adjoint is
/// farther off than is told, and not much less.
#[test]
fn errors_of_random_expressions_in_single_precision_are_bounds() {
    let config = Config {
        cases: 300,
        rng_seed: RngSeed::Fixed(0xd161),
        failure_persistence: None,
        ..Config::default()
    };
    let gaps = RefCell::new(Vec::new());
    let strategy = (expressions(), operands());
    let result = TestRunner::new(config).run(&strategy, |(expression, x)| {
        let singles: Vec<Array<f32>> = x.iter().map(Array::cast).collect();
        let (tape, wide) = (Tape::without_lines(), Tape::without_lines());
        let leaves: Vec<Tensor<f32>> = singles
            .iter()
            .map(|x| tape.tensor_of(x.shape(), x.as_slice()))
            .collect();
        let doubles: Vec<Tensor> = singles
            .iter()
            .map(|x| wide.tensor_of(x.shape(), x.cast::<f64>().as_slice()))
            .collect();
        let explanation = expression.apply(&leaves).explain();
        let truth = expression.apply(&doubles).explain();
        let compared = compare(&explanation, &truth).map_err(TestCaseError::fail)?;
        gaps.borrow_mut().extend(compared);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let mut gaps = gaps.into_inner();
    let (median, most) = spread(&mut gaps);
    println!(
        "{} numbers: digits too few by {median:.2} (median), {most:.2} (95 %)",
        gaps.len()
    );
    assert!(
        gaps.len() > 20_000 && median < 0.2 && most < 0.5,
        "{median} {most}"
    );
}

/// A list of functions of two tensors, for both element types.
macro_rules! families {
    ($Pair:ident: $($function:expr;)*) => {
        fn families<T: Element>() -> Vec<fn(Tensor<T>, Tensor<T>) -> Tensor<T>> {
            type $Pair<T> = fn(Tensor<T>, Tensor<T>) -> Tensor<T>;
            vec![$($function as $Pair<T>),*]
        }
    };
}

families! { Family:
    |x, k| x.conv2d(k, None, Conv::new().padding(1).stride(2).groups(2));
    |x, k| x.conv_transpose2d(k, None, Conv::new().stride(2));
    |x, _| x.unfold(2, Conv::new());
    |x, _| x.unfold(2, Conv::new()).fold([4, 6], 2, Conv::new());
    |x, _| x.max_pool2d(Pool::new(3).stride(1).padding(1));
    |x, _| x.avg_pool2d(Pool::new(2).stride(1));
    |x, _| x.adaptive_avg_pool2d([3, 4]);
    |x, _| (x + 50.0).batch_norm(None, None, 1e-5).output;
    |x, _| x.group_norm(2, None, None, 1e-5);
    |x, _| (x * 9.0 + 1000.0).layer_norm(&[6], None, None, 1e-5);
    |x, _| (x - 30.0).std_over([2, 3], 1.0);
    |x, _| (x + 30.0).variance_over(1, 0.0);
    |x, _| x.p_norm_over(3.0, -1);
    |x, _| x.norm_over([1, 3]);
    |x, _| (x * 20.0).reshape(&[16, 6]).cross_entropy_each(&[0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3]);
    |x, _| (x * 30.0).softmax(-1);
    |x, _| (x * 30.0).log_softmax(1);
    |x, _| (x * 30.0).logsumexp_over([1, 2]);
    |x, _| x.index_select(3, [5, 0, 0, 2]);
    |x, _| x.reshape(&[16, 6]).index_add(0, [3, 3, 0], x.reshape(&[16, 6]).slice(0, 4..7));
    |x, _| x.reshape(&[16, 6]).slice(0, ..2).scatter_add(1, [[0, 0, 1], [5, 5, 5]], x.reshape(&[32, 3]).slice(0, 2..4));
    |x, _| Tensor::einsum("abcd,abce->de", &[x, x.sin()]);
    |x, k| x.reshape(&[16, 6]).linear(k.reshape(&[12, 6]), Some(k.reshape(&[72]).slice(0, ..12)));
    |x, _| x.reshape(&[96]).outer(x.reshape(&[96]).slice(0, ..5));
    |x, _| Tensor::from(x.reshape(&[96]).dot(x.cos().reshape(&[96]))) * x;
    |x, _| x.prod_over(-1);
    |x, _| x.cumsum(2);
    |x, _| x.sort(3, true).0.topk(3, 2).0;
    |x, _| x.pad(&[(0, 0), (1, 2), (0, 0), (0, 3)], 0.3);
    |x, _| x.tril(1).flip(2).roll(1, 3);
    |x, k| x.reshape(&[2, 8, 6]).attention(k.reshape(&[2, 6, 6]), k.sin().reshape(&[2, 6, 6]), Mask::None);
    |x, _| x.reshape(&[8, 12]).attention(x.cos().reshape(&[8, 12]), x.reshape(&[8, 12]), Mask::Causal);
    |x, _| x.bce_with_logits_each(x.greater(0.3));
    |x, _| x.clamp(-0.5, 0.7).gelu() + x.atan2(x.square() + 1.0);
}

/// What the random expressions leave out.
#[test]
fn errors_of_every_family_are_bounds() {
    let numbers = |count: usize| (0..count).map(|i| ((i * i) as f32 * 0.37 + i as f32).sin());
    let x = Array::new(&[1, 4, 4, 6], numbers(96).collect::<Vec<f32>>());
    let k = Array::new(
        &[4, 2, 3, 3],
        numbers(72).map(|x| x / 2.0).collect::<Vec<f32>>(),
    );
    let both = [&x, &k];
    let mut gaps = Vec::new();
    for (number, (single, double)) in families::<f32>()
        .into_iter()
        .zip(families::<f64>())
        .enumerate()
    {
        let (tape, wide) = (Tape::without_lines(), Tape::without_lines());
        let [x, k] = both.map(|x| tape.tensor_of(x.shape(), x.as_slice()) / 3.0);
        let explanation = single(x, k).sin().sum().explain();
        let [x, k] = both.map(|x| wide.tensor_of(x.shape(), x.cast::<f64>().as_slice()) / 3.0);
        let truth = double(x, k).sin().sum().explain();
        match compare(&explanation, &truth) {
            Ok(compared) => gaps.extend(compared),
            Err(error) => panic!("family {number}: {error}"),
        }
    }
    let (median, most) = spread(&mut gaps);
    println!(
        "{} numbers: digits too few by {median:.2} (median), {most:.2} (95 %)",
        gaps.len()
    );
    assert!(
        gaps.len() > 5000 && median < 0.3 && most < 1.5,
        "{median} {most}"
    );
}

/// The median, and what 95 of 100 do not exceed.
fn spread(gaps: &mut [f64]) -> (f64, f64) {
    gaps.sort_by(f64::total_cmp);
    let part = |part: f64| gaps[(part * (gaps.len() - 1) as f64) as usize];
    (part(0.5), part(0.95))
}

/// A number as the sum of two doubles.
#[derive(Clone, Copy, Debug)]
struct Exact {
    high: f64,
    low: f64,
}

impl Exact {
    fn list(text: &str) -> Vec<Exact> {
        let exact = |text: &str| {
            let (high, low) = text.split_once(' ').expect("two doubles");
            let [high, low] = [high, low].map(|text| text.parse().expect("a double"));
            Exact { high, low }
        };
        text.split(',').map(exact).collect()
    }

    /// How far off a double is.
    fn error_of(self, number: f64) -> f64 {
        ((number - self.high) - self.low).abs()
    }
}

/// The computations of `precision_arrays.py`.
fn computed(name: &str, x: &[Tensor]) -> Tensor {
    let first = x[0];
    let plane = |x: Tensor| x.reshape(&[1, 1, x.shape()[0] as i64, x.shape()[1] as i64]);
    match name {
        "sum" => first.sum_over(-1),
        "mean" => first.mean_over(0),
        "cumsum" => first.cumsum(-1),
        "matmul" => first.matmul(x[1]),
        "linear" => first.linear(x[1], Some(x[2])),
        "dot" => Tensor::from(first.dot(x[1])).reshape(&[1]),
        "conv" => plane(first).conv2d(plane(x[1]), None, Conv::new().padding(1)),
        "avg_pool" => plane(first).avg_pool2d(2),
        "max_pool" => plane(first).max_pool2d(2),
        "softmax" => first.softmax(-1),
        "log_softmax" => first.log_softmax(-1),
        "logsumexp" => first.logsumexp_over(-1),
        "cross_entropy" => first.cross_entropy_each(&[1, 0, 2]),
        "layer_norm" => first.layer_norm(&[6], None, None, 1e-5),
        "rms_norm" => first.rms_norm(&[6], None, 1e-5),
        "variance" => first.variance_over(-1, 1.0),
        "std" => first.std_over(-1, 0.0),
        "norm" => first.norm_over(-1),
        "p_norm" => first.p_norm_over(3.0, -1),
        "amax" => first.amax_over(-1),
        "prod" => first.prod_over(-1),
        "attention" => first.matmul(x[1].t()).softmax(-1).matmul(x[2]),
        "network" => {
            let hidden = first.linear(x[1], None).tanh();
            hidden.linear(x[2], None).log_softmax(-1)
        }
        _ => panic!("no computation {name}"),
    }
}

/// Arrays of doubles against numbers with 32 digits: see `reference/precision_arrays.py`.
#[test]
fn errors_in_double_precision_are_bounds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/precision_arrays.tsv");
    let table = fs::read_to_string(path).expect("the table");
    let (mut gaps, mut worst) = (Vec::new(), Vec::new());
    for block in table.trim_end().split("\n\n") {
        let tape = Tape::without_lines();
        let (mut case, mut inputs, mut exact) = (Vec::new(), Vec::new(), Vec::new());
        for line in block.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields[..] {
                ["case", name, how] => case = vec![name, how],
                ["in", shape, numbers] => {
                    let shape: Vec<usize> = shape.split(',').map(|n| n.parse().unwrap()).collect();
                    let x: Vec<f64> = numbers.split(',').map(|x| x.parse().unwrap()).collect();
                    inputs.push(tape.tensor_of(&shape, &x));
                }
                ["out" | "grad", numbers] => exact.push(Exact::list(numbers)),
                _ => panic!("{line}"),
            }
        }
        let through = case[1] == "through";
        let from = |x: &Tensor| if through { *x / 3.0 } else { *x };
        let out = computed(case[0], &inputs.iter().map(from).collect::<Vec<_>>());
        let ends = if through { out.sin() } else { out };
        let c = |i: usize| ((5 * i % 7) as f64 - 3.0) / 4.0;
        let c: Vec<f64> = (0..out.shape().count()).map(c).collect();
        let loss = (ends * tape.constant(Array::new(&out.shape(), c))).sum();

        let explanation = loss.explain();
        let precision = explanation.precision();
        assert_eq!(
            (precision.not_covered, precision.adjoints_not_covered),
            (0, 0)
        );
        let handles = std::iter::once(out).chain(inputs);
        for (slot, (handle, exact)) in handles.zip(exact).enumerate() {
            let node = explanation.node(handle).expect("it is recorded");
            let mut nodes = precision.nodes.iter();
            let digits = nodes
                .find(|digits| digits.at.node == node.id)
                .expect("covered");
            let array = node.array.as_ref().expect("an array");
            let (numbers, digits) = match slot {
                0 => (&array.value, &digits.value),
                _ => (
                    array.adjoint.as_ref().unwrap(),
                    digits.adjoint.as_ref().unwrap(),
                ),
            };
            assert_eq!(numbers.len(), exact.len());
            for ((&number, exact), told) in numbers.iter().zip(exact).zip(told(digits)) {
                let error = exact.error_of(number);
                // To first order, and the exact numbers have an end, too.
                if error > told * 1.001 + 1e-20 * exact.high.abs() + 1e-320 {
                    worst.push(format!(
                        "{case:?} {slot}: {number:e} is off by {error:e}, told {told:e}"
                    ));
                }
                if error > 1e-19 * exact.high.abs() {
                    gaps.push((told / error).log10());
                }
            }
        }
    }
    assert!(worst.is_empty(), "{}:\n{}", worst.len(), worst.join("\n"));
    let (median, most) = spread(&mut gaps);
    println!(
        "{} numbers: digits too few by {median:.2} (median), {most:.2} (95 %)",
        gaps.len()
    );
    assert!(
        gaps.len() > 1000 && median < 1.2 && most < 3.0,
        "{median} {most}"
    );
}

#[test]
fn a_cancellation_in_one_element_is_named_with_its_index() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [[0.1, 0.2, 0.3], [0.4, 0.7, 0.6]]);
    let far = tape.constant([[0.0, 0.0, 0.0], [0.0, 1e8, 0.0]]);
    let there = (x + far).named("there");
    let back = (there - far).named("back");
    let loss = (back * x).sum().named("loss");
    let precision = loss.explain().precision();
    let lost = match &precision.cancellations[..] {
        [lost] => lost,
        others => panic!("{others:?}"),
    };
    assert_eq!(lost.at.label, "back");
    assert_eq!((lost.index.as_deref(), lost.count), (Some(&[1, 1][..]), 1));
    assert!(
        lost.before > 15.0 && lost.after < 8.5 && lost.after > 7.0,
        "{lost:?}"
    );
    let back = precision
        .nodes
        .iter()
        .find(|node| node.at.label == "back")
        .unwrap();
    let array = back.value.array.as_ref().unwrap();
    assert_eq!((array.index.as_slice(), array.lost), (&[1, 1][..], 0));
    assert!(
        array
            .errors
            .iter()
            .enumerate()
            .all(|(i, &error)| (error > 0.0) == (i == 4))
    );
    // The error is not a bound but the error itself.
    let exact = (0.7 + 1e8 - 1e8) - 0.7;
    assert_eq!(array.errors.as_slice()[4], f64::abs(exact));
}

#[test]
fn a_sum_that_cancels_is_named() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [1e9, 0.3, -999_999_998.0, 0.1]);
    let a = (x / 3.0).named("a");
    let s = a.sum().named("s");
    let precision = s.explain().precision();
    let lost: Vec<&str> = precision
        .cancellations
        .iter()
        .map(|lost| lost.at.label.as_str())
        .collect();
    assert_eq!(lost, ["s"]);
    let z = (tape.tensor("y", [[0.1], [0.7], [0.700_001]]) / 3.0).named("z");
    let p = tape.tensor("w", [[1.0, 1e9, -1e9]]).matmul(z).named("p");
    let precision = p.sum().explain().precision();
    let mut lost = precision.cancellations.iter();
    let lost = lost.find(|lost| lost.at.label == "p").expect("it cancels");
    assert_eq!((lost.index.as_deref(), lost.count), (Some(&[0, 0][..]), 1));
}

#[test]
fn whole_numbers_stay_exact_through_sums_and_products() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]]);
    let w = tape.tensor("w", [[1.0, -1.0, 2.0], [0.0, 3.0, 1.0]]);
    let b = tape.tensor("b", [7.0, -8.0]);
    let z = x.linear(w, Some(b)).relu();
    let loss = (z.matmul(z.t()).sum_over(0) * tape.constant([1.0, 2.0])).sum();
    let precision = loss.explain().precision();
    for node in &precision.nodes {
        assert!(node.value.is_exact(), "{}", node.at);
        assert!(
            node.adjoint.as_ref().is_none_or(Digits::is_exact),
            "{}",
            node.at
        );
    }
}

/// A layer of recurrent units is weighed step by step.
#[test]
fn recurrent_layers_are_covered() {
    let units = [RecurrentUnit::Tanh, RecurrentUnit::Lstm, RecurrentUnit::Gru];
    for unit in units {
        let loss = |tape: &Tape, wide: &Tape| {
            let number = |i: usize| ((i as f64 * 0.7).sin() * 1.3) as f32;
            let gates = unit.gates() * 2;
            let array = |shape: &[usize], from: usize| {
                let count = shape.iter().product::<usize>();
                Array::new(
                    shape,
                    (from..from + count).map(number).collect::<Vec<f32>>(),
                )
            };
            let arrays = [
                array(&[3, 1, gates], 0),
                array(&[gates, 2], 40),
                array(&[1, 2], 80),
                array(&[1, 2], 90),
            ];
            fn last<T: Element>(unit: RecurrentUnit, x: [Tensor<T>; 4]) -> tape::Var {
                let memory = (unit.states() == 2).then_some(x[3]);
                let start = RecurrentState {
                    hidden: x[2],
                    memory,
                };
                x[0].recurrent(unit, x[1], None, start).0.sin().sum()
            }
            let singles = arrays
                .each_ref()
                .map(|x| tape.tensor_of(x.shape(), x.as_slice()));
            let doubles = arrays
                .each_ref()
                .map(|x| wide.tensor_of(x.shape(), x.cast::<f64>().as_slice()));
            (last(unit, singles).explain(), last(unit, doubles).explain())
        };
        let (tape, wide) = (Tape::without_lines(), Tape::without_lines());
        let (explanation, truth) = loss(&tape, &wide);
        let precision = explanation.precision();
        // What the way back keeps.
        assert_eq!(
            (precision.not_covered, precision.adjoints_not_covered),
            (1, 0)
        );
        assert_eq!(precision.unknown, ["recurrent_trace"]);
        for digits in &precision.nodes {
            let place = explanation
                .nodes()
                .iter()
                .position(|node| node.id == digits.at.node)
                .unwrap();
            let pairs = numbers(&explanation, place)
                .into_iter()
                .zip(numbers(&truth, place));
            for ((here, there), digits) in pairs.zip([Some(&digits.value), digits.adjoint.as_ref()])
            {
                let (Some(here), Some(there), Some(digits)) = (here, there, digits) else {
                    continue;
                };
                for ((here, there), told) in here.iter().zip(there).zip(told(digits)) {
                    let error = (here - there).abs();
                    assert!(
                        error <= told * 1.001 + 1e-14,
                        "{unit:?}: {here} for {there}, told {told:e}"
                    );
                    assert!(told < 1e-5, "{told}");
                }
            }
        }
    }
}

#[test]
fn what_is_not_covered_is_counted_and_named() {
    let tape = Tape::without_lines();
    let triple: TensorOp = TensorOp::define("triple", |x| x[0] * 3.0);
    let x = tape.tensor("x", [1.0, 2.0]);
    let y = triple.call(&[x]).named("y");
    let loss = (y * x).sum();
    let precision = loss.explain().precision();
    assert_eq!(precision.nodes.len(), 1);
    assert!(precision.not_covered >= 3);
    assert_eq!(precision.unknown, ["triple"]);
    assert!(
        precision
            .to_string()
            .contains("triple and what depends on it"),
        "{precision}"
    );
}

#[test]
fn digits_of_arrays_are_read_like_this() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [0.1f32, 0.2, 0.3]);
    let far = tape.constant([0.0f32, 1e6, 0.0]).named("far");
    let y = ((x + far).named("there") - far).named("y");
    let loss = y.square().sum().named("loss");
    assert_eq!(
        loss.explain().precision().to_string(),
        "\
decimal digits that survive rounding, of 15.9; inputs and literals count as exact
of arrays: the worst element, of 7.2 digits in f32; lost are those with fewer than 3
                                   value                         digits       adjoint                         digits
    loss = sum(v4 [3])          0.135156                            1.4             1                          exact
    v4 = y^2            0.0351562 at [1]  0.8 (median 7.2), 1 of 3 lost      1 at [0]                          exact
    y = there - far        0.1875 at [1]  1.1 (median 7.2), 1 of 3 lost  0.375 at [1]  1.1 (median 7.2), 1 of 3 lost
    there = x + far       1000000 at [1]                            7.2  0.375 at [1]  1.1 (median 7.2), 1 of 3 lost
    far = data                  0 at [0]                          exact
    x = input                 0.1 at [0]                          exact  0.375 at [1]  1.1 (median 7.2), 1 of 3 lost
cancellation: y = there - far loses 6.0 digits in [1]: 7.2 before, 1.1 after
"
    );
}

/// What programs read.
#[test]
fn stories_are_told_in_json() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [-1.0, 0.0]);
    let y = x.ln().named("y");
    let loss = (y.relu() + x).sum().named("loss");
    let explanation = loss.explain();
    let precision = explanation.precision().json();
    assert!(
        precision.starts_with(r#"{"nodes":[{"at":{"node":0,"label":"x","expression":"input","source":null},"value":{"number":-1.0,"error":0.0,"digits":15."#),
        "{precision}"
    );
    assert!(
        precision.contains(r#""element":"f64","index":[0],"median":15."#),
        "{precision}"
    );
    let blame = explanation.blame().json();
    assert!(
        blame.contains(r#""forward":{"at":{"node":1,"label":"y""#),
        "{blame}"
    );
    assert!(blame.contains(r#""value":"nan""#), "{blame}");
    let kinks = explanation.kinks(0.0).json();
    assert!(kinks.starts_with(r#"{"near":0.0,"found":["#), "{kinks}");
    // In the ledger's JSON nodes have its ids, and literals are nodes there.
    let tape = Tape::without_lines();
    let a = tape.var("a", 2.0);
    let b = (3.0 * a).named("b");
    let f = (b * a).named("f");
    let explanation = f.explain();
    let paths = explanation.paths(a, f, 2).unwrap();
    assert!(
        paths.json().contains(r#""nodes":[0,1,2]"#),
        "{}",
        paths.json()
    );
    let json = explanation.json().story(&paths).to_string();
    assert!(
        json.contains(r#""stories":{"paths":[{"from":"a","to":"f","total":12.0"#),
        "{json}"
    );
    assert!(json.contains(r#""nodes":[0,2,3]"#), "{json}");
}
