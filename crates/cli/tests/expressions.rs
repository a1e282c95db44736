//! Expressions and what they are worth: value and gradient, in the process's own words.

mod command;

use command::{gradient, json, lines, number};
use serde_json::{Value, json as object};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// Expression, inputs, value, gradient.
type Row<'a> = (&'a str, &'a [(&'a str, f64)], f64, &'a [f64]);

/// As JSON, where a number that JSON has no word for is a string.
fn written(number: f64) -> Value {
    if number.is_finite() {
        object!(number)
    } else {
        object!(number.to_string().to_lowercase())
    }
}

/// Asks all rows in one process. Numbers agree to 1e-14 of their size.
#[track_caller]
fn check(rows: &[Row<'_>]) {
    let questions: Vec<String> = rows
        .iter()
        .map(|(source, inputs, ..)| {
            let inputs = inputs
                .iter()
                .map(|(name, value)| format!("\"{name}\": {}", written(*value)));
            let inputs = inputs.collect::<Vec<String>>().join(", ");
            format!("{{\"src\": \"{source}\", \"inputs\": {{{inputs}}}}}")
        })
        .collect();
    let answers = lines(&questions.join("\n"));
    assert_eq!(answers.len(), rows.len());
    for ((source, inputs, value, wanted), answer) in rows.iter().zip(&answers) {
        let context = format!("{source} at {inputs:?}: {answer}");
        assert!(
            agree(number(&answer["value"]), *value),
            "value of {context}"
        );
        let found = gradient(answer);
        let same = found
            .iter()
            .zip(*wanted)
            .all(|(found, wanted)| agree(*found, *wanted));
        assert!(found.len() == wanted.len() && same, "gradient of {context}");
    }
}

fn agree(found: f64, wanted: f64) -> bool {
    found == wanted
        || found.is_nan() && wanted.is_nan()
        || (found - wanted).abs() <= 1e-14 * wanted.abs()
}

#[test]
fn signs_and_powers_bind_as_in_mathematics() {
    let ln_2 = std::f64::consts::LN_2;
    check(&[
        ("-x^2", &[("x", 3.0)], -9.0, &[-6.0]),
        ("(-x)^2", &[("x", 3.0)], 9.0, &[6.0]),
        ("2^-x", &[("x", 3.0)], 0.125, &[-ln_2 / 8.0]),
        ("x^-2", &[("x", -2.0)], 0.25, &[0.25]),
        ("x^2^3", &[("x", -1.0)], 1.0, &[-8.0]),
        ("(x^2)^3", &[("x", -1.0)], 1.0, &[-6.0]),
        ("x^2.0", &[("x", -3.0)], 9.0, &[-6.0]),
        ("x^(2)", &[("x", -3.0)], 9.0, &[-6.0]),
        ("x^--2", &[("x", -3.0)], 9.0, &[-6.0]),
        ("x^0", &[("x", NAN)], 1.0, &[0.0]),
        ("x^0.5", &[("x", 0.0)], 0.0, &[INF]),
        ("x^y", &[("x", -2.0), ("y", 3.0)], -8.0, &[12.0, NAN]),
        (
            "x - y - z",
            &[("x", 1.0), ("y", 2.0), ("z", 3.0)],
            -4.0,
            &[1.0, -1.0, -1.0],
        ),
        (
            "x / y / z",
            &[("x", 8.0), ("y", 2.0), ("z", 2.0)],
            2.0,
            &[0.25, -1.0, -1.0],
        ),
        (
            "x/y*z",
            &[("x", 8.0), ("y", 2.0), ("z", 3.0)],
            12.0,
            &[1.5, -6.0, 4.0],
        ),
        ("-x*y", &[("x", 2.0), ("y", 5.0)], -10.0, &[-5.0, -2.0]),
        ("x - -y", &[("x", 2.0), ("y", 5.0)], 7.0, &[1.0, 1.0]),
        ("--x", &[("x", 2.0)], 2.0, &[1.0]),
        ("-2^2*x", &[("x", 1.0)], -4.0, &[-4.0]),
        ("2*x^2^1", &[("x", 3.0)], 18.0, &[12.0]),
        (
            "-sin(x)^2",
            &[("x", 0.5)],
            -(0.5f64.sin().powi(2)),
            &[-(1f64.sin())],
        ),
    ]);
}

#[test]
fn the_lectures_numbers() {
    check(&[
        (
            "(x+y)*z",
            &[("x", -2.0), ("y", 5.0), ("z", -4.0)],
            -12.0,
            &[-4.0, -4.0, 3.0],
        ),
        (
            "q = x + y; q*z",
            &[("z", -4.0), ("y", 5.0), ("x", -2.0)],
            -12.0,
            &[3.0, -4.0, -4.0],
        ),
        ("(3*x + 2*x^2)^2", &[("x", 1.0)], 25.0, &[70.0]),
        (
            "1/(1+exp(-(w0*x0+w1*x1+w2)))",
            &[
                ("w0", 2.0),
                ("x0", -1.0),
                ("w1", -3.0),
                ("x1", -2.0),
                ("w2", -3.0),
            ],
            0.7310585786300049,
            &[
                -0.19661193324148185,
                0.3932238664829637,
                -0.3932238664829637,
                -0.5898357997244456,
                0.19661193324148185,
            ],
        ),
        (
            "z = w0*x0+w1*x1+w2; sigmoid(z)",
            &[
                ("w0", 2.0),
                ("x0", -1.0),
                ("w1", -3.0),
                ("x1", -2.0),
                ("w2", -3.0),
            ],
            0.7310585786300049,
            &[
                -0.19661193324148185,
                0.3932238664829637,
                -0.3932238664829637,
                -0.5898357997244456,
                0.19661193324148185,
            ],
        ),
    ]);
}

#[test]
fn functions_take_their_arguments_and_defaults() {
    check(&[
        ("powi(x, -3)", &[("x", 2.0)], 0.125, &[-0.1875]),
        ("leaky_relu(x)", &[("x", -2.0)], -0.02, &[0.01]),
        ("leaky_relu(x, 0.2)", &[("x", -2.0)], -0.4, &[0.2]),
        ("leaky_relu(x, -0.2)", &[("x", 0.0)], 0.0, &[-0.2]),
        ("elu(x)", &[("x", -1.0)], (-1f64).exp_m1(), &[(-1f64).exp()]),
        (
            "elu(x, 0.5)",
            &[("x", -1.0)],
            (-1f64).exp_m1() / 2.0,
            &[(-1f64).exp() / 2.0],
        ),
        (
            "polygamma(x, 1)",
            &[("x", 1.0)],
            std::f64::consts::PI.powi(2) / 6.0,
            &[-2.4041138063191885],
        ),
        ("log(x) + ln(x)", &[("x", 1.0)], 0.0, &[2.0]),
        (
            "logsigmoid(x)",
            &[("x", 0.0)],
            -std::f64::consts::LN_2,
            &[0.5],
        ),
        (
            "clip(x, lo, hi)",
            &[("x", 5.0), ("lo", 0.0), ("hi", 2.0)],
            2.0,
            &[0.0, 0.0, 1.0],
        ),
        ("clamp(x, 3, 2)", &[("x", 5.0)], 2.0, &[0.0]),
        (
            "where(c, a, b)",
            &[("c", 1.0), ("a", 2.0), ("b", 3.0)],
            2.0,
            &[0.0, 1.0, 0.0],
        ),
        (
            "where(c, a, b)",
            &[("c", 0.0), ("a", 2.0), ("b", 3.0)],
            3.0,
            &[0.0, 0.0, 1.0],
        ),
        ("where(x, sqrt(x), 0)", &[("x", -1.0)], 0.0, &[0.0]),
        ("gelu_tanh(x)", &[("x", 0.0)], 0.0, &[0.5]),
        (
            "sum(x, y, 3, x)",
            &[("x", 1.0), ("y", 2.0)],
            7.0,
            &[2.0, 1.0],
        ),
        (
            "product(x, y, 3)",
            &[("x", 0.0), ("y", 2.0)],
            0.0,
            &[6.0, 0.0],
        ),
        (
            "dot(x, 2, 3, y)",
            &[("x", 5.0), ("y", 7.0)],
            29.0,
            &[3.0, 2.0],
        ),
        (
            "logsumexp(x, y)",
            &[("x", 0.0), ("y", 0.0)],
            std::f64::consts::LN_2,
            &[0.5, 0.5],
        ),
        ("logsumexp(x)", &[("x", 3.0)], 3.0, &[1.0]),
        ("max(x, y)", &[("x", 3.0), ("y", 3.0)], 3.0, &[0.5, 0.5]),
        ("abs(x)", &[("x", 0.0)], 0.0, &[0.0]),
        ("sech_squared(x)", &[("x", 0.0)], 1.0, &[0.0]),
        (
            "mul_add(x, y, z)",
            &[("x", 2.0), ("y", 3.0), ("z", 4.0)],
            10.0,
            &[3.0, 2.0, 1.0],
        ),
        (
            "add(x, mul(2, y))",
            &[("x", 2.0), ("y", 3.0)],
            8.0,
            &[1.0, 2.0],
        ),
        ("atan2(y, x)", &[("y", 0.0), ("x", 0.0)], 0.0, &[0.0, 0.0]),
        ("hypot(x, y)", &[("x", 3.0), ("y", 4.0)], 5.0, &[0.6, 0.8]),
    ]);
}

#[test]
fn edges_of_the_numbers() {
    check(&[
        ("x", &[("x", -0.0)], 0.0, &[1.0]),
        ("x + 1", &[("x", NAN)], NAN, &[1.0]),
        ("2*x", &[("x", INF)], INF, &[2.0]),
        ("exp(x)", &[("x", -INF)], 0.0, &[0.0]),
        ("sqrt(x)", &[("x", 0.0)], 0.0, &[INF]),
        ("ln(x)", &[("x", 0.0)], -INF, &[INF]),
        ("ln(x)", &[("x", -1.0)], NAN, &[NAN]),
        ("0*sqrt(x)", &[("x", 0.0)], 0.0, &[0.0]),
        ("max(x, 1)", &[("x", NAN)], NAN, &[NAN]),
        ("x*1e-320", &[("x", 1.0)], 1e-320, &[1e-320]),
        ("x*x", &[("x", 1e200)], INF, &[2e200]),
    ]);
}

#[test]
fn an_input_counts_even_where_nothing_uses_it() {
    check(&[
        (
            "x",
            &[("y", 5.0), ("x", 3.0), ("z", NAN)],
            3.0,
            &[0.0, 1.0, 0.0],
        ),
        ("2", &[("x", 3.0)], 2.0, &[0.0]),
        ("2 + 3*pi - 3*pi", &[], 2.0, &[]),
        ("x - x", &[("x", 3.0)], 0.0, &[0.0]),
        ("pi", &[("pi", 3.0)], 3.0, &[1.0]),
    ]);
}

#[test]
fn a_million_terms_are_no_trouble() {
    let million = 1_000_000;
    let question = object!({"src": format!("x{}", " + x".repeat(million - 1)), "inputs": {"x": 1}, "nodes": false});
    let deep = object!({"src": format!("{}x{}", "sin(".repeat(100_000), ")".repeat(100_000)), "inputs": {"x": 1}, "nodes": false});
    let answers = lines(&format!("{question}\n{deep}"));
    assert_eq!(number(&answers[0]["value"]), 1e6);
    assert_eq!(gradient(&answers[0]), [1e6]);
    assert!(number(&answers[1]["value"]) > 0.0);
}

#[test]
fn the_command_line_and_the_lines_agree() {
    let one = json("x^2*y", &["x=3", "y=2"]);
    let many = lines(r#"{"src": "x^2*y", "inputs": {"x": 3, "y": 2}}"#);
    assert_eq!(one, many[0]);
}
