//! Every operation against 80-digit numbers: values, and derivatives up to the fourth order.
//!
//! The numbers and the script that made them stand in `tests/reference` of the workspace.

use std::fs;
use std::path::Path;
use tape::{Op, Program, Real, Tape};

/// Relative to the number itself: small numbers deep in a tail have their digits too.
const TOLERANCE: f64 = 1e-12;

/// A line of the table: an operation, where it is evaluated, and what must come out.
struct Case {
    op: Op,
    operands: Vec<f64>,
    attribute: f64,
    value: f64,
    /// One operand: the derivatives of order 1 to 4. Two: f_x, f_y, f_xx, f_xy, f_yy. More: the gradient.
    derivatives: Vec<f64>,
    line: String,
}

impl Case {
    fn read(line: &str) -> Case {
        let number = |text: &str| -> f64 {
            text.parse()
                .unwrap_or_else(|_| panic!("`{text}` in: {line}"))
        };
        let fields: Vec<&str> = line.split('\t').collect();
        let op = *Op::ALL
            .iter()
            .find(|op| op.info().name == fields[0])
            .unwrap_or_else(|| panic!("no op for: {line}"));
        let mut operands: Vec<f64> = fields[1].split(',').map(number).collect();
        let attribute = match op {
            Op::Powi => operands.pop().expect("the exponent comes last"),
            Op::LeakyRelu => 0.01,
            Op::Elu => 1.0,
            _ => 0.0,
        };
        let numbers: Vec<f64> = fields[2..].iter().map(|text| number(text)).collect();
        Case {
            op,
            operands,
            attribute,
            value: numbers[0],
            derivatives: numbers[1..].to_vec(),
            line: line.to_string(),
        }
    }

    fn apply<N: Real>(&self, operands: &[N]) -> N {
        self.op
            .apply(operands, self.attribute)
            .expect("the operands fit the operation")
    }
}

/// Collects what is wrong, so that one run shows all of it.
#[derive(Default)]
struct Report(Vec<String>);

impl Report {
    fn expect(&mut self, case: &Case, what: &str, got: f64, want: f64) {
        let error = (got - want).abs() / want.abs();
        if !(error <= TOLERANCE || got == want || got.is_nan() && want.is_nan()) {
            self.0.push(format!(
                "{what}: got {got:e}, want {want:e}, off by {error:.1e}, in: {}",
                case.line
            ));
        }
    }
}

fn check(law: impl Fn(&Case, &mut Report)) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/ops.tsv");
    let table =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Vec<Case> = table.lines().map(Case::read).collect();
    assert!(cases.len() > 900, "{} cases", cases.len());
    let mut report = Report::default();
    for case in &cases {
        law(case, &mut report);
    }
    assert!(
        report.0.is_empty(),
        "{} wrong numbers:\n{}",
        report.0.len(),
        report.0.join("\n")
    );
}

#[test]
fn values() {
    check(|case, report| report.expect(case, "value", case.apply(&case.operands), case.value));
}

#[test]
fn gradients_by_the_reverse_sweep() {
    check(|case, report| {
        let tape = Tape::new();
        let operands = tape.leaves(&case.operands);
        let gradient = case.apply(&operands).backward().of(&operands);
        for (i, (&got, &want)) in gradient.iter().zip(&case.derivatives).enumerate() {
            report.expect(case, &format!("derivative by operand {i}"), got, want);
        }
    });
}

#[test]
fn derivatives_of_one_operand_to_the_fourth_order() {
    check(|case, report| {
        let [x] = *case.operands else { return };
        let derivatives = tape::derivatives(|x| case.apply(&[x]), x, case.derivatives.len());
        for (order, (&got, &want)) in derivatives[1..].iter().zip(&case.derivatives).enumerate() {
            report.expect(case, &format!("derivative {}", order + 1), got, want);
        }
    });
}

#[test]
fn hessians_of_two_operands_in_three_modes() {
    check(|case, report| {
        let [x, y] = *case.operands else { return };
        let [_, _, xx, xy, yy] = *case.derivatives else {
            return;
        };
        let program = Program::record(|x: &[_]| case.apply(x), &[0.5, 2.0]).expect("no guards");
        let slopes = Program::record(|x: &[tape::Var]| case.apply(x).gradient_of(x), &[0.5, 2.0])
            .expect("no guards");
        let modes = [
            (
                "forward over reverse",
                program.hessian(&[x, y]).expect("no guards"),
            ),
            (
                "gradient of the gradient",
                slopes.jacobian(&[x, y]).expect("no guards"),
            ),
            (
                "forward over forward",
                tape::forward::hessian(|x| case.apply(x), &[x, y])
                    .map(|row| row.to_vec())
                    .to_vec(),
            ),
        ];
        for (mode, hessian) in modes {
            for (entry, got, want) in [
                ("xx", hessian[0][0], xx),
                ("xy", hessian[0][1], xy),
                ("yx", hessian[1][0], xy),
                ("yy", hessian[1][1], yy),
            ] {
                report.expect(case, &format!("{entry} by {mode}"), got, want);
            }
        }
    });
}
