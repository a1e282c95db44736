//! The digits that are said to survive, against numbers with 32 digits.

use std::fs;
use std::path::Path;
use tape::story::Digits;
use tape::{CustomOp, Op, Tape, Var};

/// A number as the sum of two doubles.
#[derive(Clone, Copy, Debug)]
struct Exact {
    high: f64,
    low: f64,
}

impl Exact {
    fn read(text: &str) -> Exact {
        let (high, low) = text.split_once(' ').expect("two doubles");
        let [high, low] = [high, low].map(|text| text.parse().expect("a double"));
        Exact { high, low }
    }

    /// How far off a double is.
    fn error_of(self, number: f64) -> f64 {
        ((number - self.high) - self.low).abs()
    }
}

fn op_named(name: &str) -> Op {
    let op = Op::ALL.iter().find(|op| op.info().name == name);
    *op.unwrap_or_else(|| panic!("no operation {name}"))
}

/// The computations of the table: each node, and its exact value and adjoint.
fn computations(mut check: impl FnMut(&[Var], &[[Exact; 2]])) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/precision.tsv");
    let table = fs::read_to_string(path).expect("the table");
    for block in table.trim_end().split("\n\n") {
        let tape = Tape::without_lines();
        let (mut vars, mut exact): (Vec<Var>, Vec<[Exact; 2]>) = (Vec::new(), Vec::new());
        for line in block.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [op, operands, value, adjoint] = fields[..] else {
                panic!("not four fields: {line}");
            };
            let operand = |text: &str| match text.strip_prefix('#') {
                Some(number) => Var::from(number.parse::<f64>().expect("a number")),
                None => vars[text.parse::<usize>().expect("a line")],
            };
            let var = match op {
                "input" => tape.leaf(operands.parse().expect("a number")),
                _ => {
                    let operands: Vec<Var> = operands.split(',').map(operand).collect();
                    op_named(op)
                        .apply(&operands, 0.0)
                        .expect("operands that fit")
                }
            };
            vars.push(var);
            exact.push([value, adjoint].map(Exact::read));
        }
        check(&vars, &exact);
    }
}

/// How many digits a number really has.
fn digits_of(number: f64, error: f64) -> f64 {
    Digits::of(number, error).count()
}

#[test]
fn errors_are_bounds_and_digits_are_near_the_truth() {
    let (mut sure, mut gaps) = (0, Vec::new());
    let mut graphs = 0;
    computations(|vars, exact| {
        graphs += 1;
        let explanation = vars[vars.len() - 1].explain();
        let precision = explanation.precision();
        assert_eq!(precision.not_covered, 0);
        for (&var, exact) in vars.iter().zip(exact) {
            let id = explanation.node(var).unwrap().id;
            let node = precision
                .nodes
                .iter()
                .find(|node| node.at.node == id)
                .unwrap();
            for (told, exact) in [
                (Some(&node.value), exact[0]),
                (node.adjoint.as_ref(), exact[1]),
            ] {
                let Some(told) = told else { continue };
                let error = exact.error_of(told.number);
                // To first order, and the exact numbers have an end, too.
                let allowed = told.error * 1.001 + 1e-31 * exact.high.abs() + 1e-320;
                assert!(
                    error <= allowed,
                    "{} = {}: {told:?} is off by {error:e}",
                    node.at.label,
                    node.at.expression
                );
                sure += 1;
                if error > 0.0 && told.number != 0.0 {
                    gaps.push(digits_of(told.number, error) - told.count());
                }
            }
        }
    });
    assert!(
        graphs >= 60 && sure > 1500,
        "{graphs} graphs, {sure} numbers"
    );
    gaps.sort_by(f64::total_cmp);
    let part = |part: f64| gaps[(part * (gaps.len() - 1) as f64) as usize];
    let (median, most) = (part(0.5), part(0.95));
    println!(
        "{} numbers: digits too few by {median:.2} (median), {most:.2} (95 %), {:.2} (most)",
        gaps.len(),
        part(1.0)
    );
    assert!(median < 0.5 && most < 1.5, "{median} {most}");
}

/// A number with more digits than a double, times a power of ten, as two doubles.
fn decimal(text: &str) -> Option<Exact> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let exponent = exponent.parse::<i32>().ok()? - fraction.len() as i32;
    let high = digits as f64;
    let mut exact = Exact {
        high,
        low: (digits - high as i128) as f64,
    };
    for _ in 0..exponent.unsigned_abs() {
        // 10 is exact; what is left of each product or quotient goes to the low part.
        let Exact { high, low } = exact;
        let (next, rest) = match exponent > 0 {
            true => (high * 10.0, high.mul_add(10.0, -(high * 10.0)) + low * 10.0),
            false => {
                let next = high / 10.0;
                (next, (next.mul_add(-10.0, high) + low) / 10.0)
            }
        };
        let sum = next + rest;
        exact = Exact {
            high: sum,
            low: rest - (sum - next),
        };
    }
    Some(exact)
}

/// Every row of the table rounds as it says, at the points of the reference table.
#[test]
fn every_operation_rounds_as_its_row_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/ops.tsv");
    let table = fs::read_to_string(path).expect("the table");
    let mut worst: Vec<(f64, String)> = Vec::new();
    let mut compared = 0;
    for line in table.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let op = op_named(fields[0]);
        let mut operands: Vec<f64> = fields[1]
            .split(',')
            .map(|text| text.parse().unwrap())
            .collect();
        let attribute = match op {
            Op::Powi => operands.pop().unwrap(),
            // There the slope is 1/100, which is no double.
            Op::LeakyRelu => continue,
            Op::Elu => 1.0,
            _ => 0.0,
        };
        let tape = Tape::without_lines();
        let y = op.apply(&tape.leaves(&operands), attribute).unwrap();
        let precision = y.explain().precision();
        let told = &precision.nodes.last().unwrap().value;
        let Some(exact) = decimal(fields[2]).filter(|_| told.number.is_finite()) else {
            continue;
        };
        compared += 1;
        let error = exact.error_of(told.number) - 1e-19 * exact.high.abs();
        if error > told.error * 1.001 + 1e-320 {
            let ulps = error / (told.number.abs() * f64::EPSILON);
            worst.push((
                ulps,
                format!(
                    "{:.2} ulp, told {:.2}: {}",
                    ulps,
                    told.error / (told.number.abs() * f64::EPSILON),
                    &line[..line.len().min(70)]
                ),
            ));
        }
    }
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    let worst: Vec<String> = worst.into_iter().map(|(_, text)| text).collect();
    assert!(compared > 900, "{compared}");
    assert!(worst.is_empty(), "{}:\n{}", worst.len(), worst.join("\n"));
}

#[test]
fn whole_numbers_are_exact() {
    let tape = Tape::without_lines();
    let (x, y, z) = (tape.leaf(-2.0), tape.leaf(5.0), tape.leaf(-4.0));
    let precision = ((x + y) * z).explain().precision();
    assert!(precision.nodes.iter().all(|node| node.value.is_exact()));
    assert!(
        precision
            .nodes
            .iter()
            .all(|node| node.adjoint.as_ref().unwrap().is_exact())
    );
    assert!(precision.cancellations.is_empty());
}

#[test]
fn the_replay_has_the_bits_of_the_ledger() {
    let square = CustomOp::define("weighed", &[1.0], |x| x[0] * x[0]).unwrap();
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.3);
    let d = x.detach();
    let f = square.call(&[x * 0.1]) + (d - 0.1) * x + Var::sum(&[x, d, Var::from(0.7)]);
    let g = f + x.powi(5).leaky_relu(0.2);
    let explanation = tape.explain(&[f, g, Var::from(2.0)]);
    let precision = explanation.precision();
    assert_eq!(precision.nodes.len(), explanation.nodes().len());
    for (digits, node) in precision.nodes.iter().zip(explanation.nodes()) {
        assert_eq!(digits.value.number.to_bits(), node.value.to_bits());
        assert_eq!(digits.adjoint.as_ref().map(|a| a.number), node.adjoint);
        assert!(digits.value.count() > 14.0, "{digits:?}");
    }
}

#[test]
fn what_is_not_finite_has_no_digits() {
    let tape = Tape::without_lines();
    let x = tape.leaf(-1.0);
    let precision = (x.ln() + x).explain().precision();
    assert!(precision.nodes[1].value.count().is_nan());
    assert!(precision.to_string().contains("none"), "{precision}");
}

#[test]
fn a_precision_is_read_like_this() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 1e-9);
    let y = (x + 1.0).named("y");
    let f = (y - 1.0).named("f");
    assert_eq!(
        f.explain().precision().to_string(),
        "\
decimal digits that survive rounding, of 15.9; inputs and literals count as exact
               value  digits  adjoint  digits
    f = y - 1   1e-9     7.0        1   exact
    y = x + 1      1    15.9        1   exact
    x = input   1e-9   exact        1   exact
cancellation: f = y - 1 loses 8.8 digits: 15.9 before, 7.0 after
"
    );
}

/// A hundred thousand nodes one behind the other are no matter of recursion.
#[test]
fn long_chains_are_weighed() {
    let tape = Tape::without_lines();
    let x = tape.leaf(0.5);
    let y = (0..100_000).fold(x, |y, _| y * 1.000_01);
    let precision = y.explain().precision();
    let digits = precision.nodes.last().unwrap().value.count();
    assert!(digits > 11.0 && digits < 15.9, "{digits}");
}
