//! `chainrule explain`: its words, formats, files and exit codes.

mod command;

use std::fs;
use std::process::Stdio;

use command::{answer, assert_snapshot, chainrule, gradient, json, number, run, scratch};
use serde_json::{Value, json as object};

const CIRCUIT: [&str; 4] = ["q = x + y; q*z", "x=-2", "y=5", "z=-4"];

#[test]
fn formats_are_as_the_snapshots_have_them() {
    for (format, file) in [
        ("text", "txt"),
        ("latex", "tex"),
        ("json", "json"),
        ("markdown", "md"),
        ("dot", "dot"),
    ] {
        let [source, x, y, z] = CIRCUIT;
        let text = answer(&["explain", source, x, y, z, "--format", format]);
        assert!(text.ends_with('\n'), "{format}");
        assert_snapshot(&format!("circuit.{file}"), &text);
    }
}

#[test]
fn text_is_the_default_and_shows_second_derivatives_and_orders() {
    let text = answer(&[
        "explain",
        "x^2*y",
        "x=3",
        "y=0.1",
        "--hessian",
        "--digits",
        "2",
    ]);
    assert_snapshot("hessian.txt", &text);
    let text = answer(&["explain", "--order", "4", "sin(x)", "x=0.5", "--hessian"]);
    assert_snapshot("orders.txt", &text);
    assert_eq!(
        answer(&["explain", "x", "x=1"]),
        answer(&["explain", "x", "x=1", "--format", "text"])
    );
}

#[test]
fn stories_stand_behind_the_ledger() {
    let stories = [
        (
            "blame.txt",
            &["d = a - b; r = ln(d); r*a + b", "a=2", "b=3", "--blame"][..],
        ),
        (
            "kinks.txt",
            &[
                "h = relu(x); h*w + max(x, y)",
                "x=0",
                "y=1e-9",
                "w=2",
                "--kinks",
            ],
        ),
        (
            "paths.txt",
            &[
                "p = x*y; q = sin(p); q*x - p, y",
                "x=3",
                "y=2",
                "--paths",
                "3",
            ],
        ),
        (
            "precision.txt",
            &[
                "c = cos(x); d = 1 - c; d/x^2",
                "x=1e-4",
                "--precision",
                "--digits",
                "12",
            ],
        ),
        (
            "stories.txt",
            &[
                "sqrt(x)*y",
                "x=0",
                "y=1",
                "--precision",
                "--paths=2",
                "--kinks",
                "0.5",
                "--blame",
            ],
        ),
    ];
    for (file, arguments) in stories {
        let arguments: Vec<&str> = std::iter::once("explain")
            .chain(arguments.iter().copied())
            .collect();
        let text = answer(&arguments);
        let ledger = text.split("\n\n").next().expect("a ledger");
        assert!(ledger.contains("adjoint is the derivative"), "{text}");
        assert_snapshot(file, &text);
    }
}

#[test]
fn terms_add_up_to_the_adjoint() {
    let answer = json("q = x*y; q*q + sin(q)/x", &["x=1.3", "y=-0.7"]);
    let nodes = answer["nodes"].as_array().expect("a list");
    let mut checked = 0;
    for node in nodes {
        let terms = node["terms"].as_array().map_or(&[][..], |terms| terms);
        if terms.is_empty() {
            continue;
        }
        let products = terms.iter().map(|term| number(&term["contribution"]));
        let sum = products
            .reduce(|sum, product| sum + product)
            .expect("a term");
        assert_eq!(sum.to_bits(), number(&node["adjoint"]).to_bits(), "{node}");
        checked += 1;
    }
    assert!(checked >= 6, "only {checked} nodes have terms");
    assert!(nodes.iter().any(|node| node["name"] == object!("q")));
}

#[test]
fn the_same_input_twice_gives_two_terms() {
    let answer = json("x*x", &["x=3"]);
    let nodes = answer["nodes"].as_array().expect("a list");
    let x = nodes
        .iter()
        .find(|node| node["name"] == object!("x"))
        .expect("x is a node");
    assert_eq!(x["terms"].as_array().map(Vec::len), Some(2));
    assert_eq!(number(&x["adjoint"]), 6.0);
}

#[test]
fn a_literal_is_a_const_node() {
    let answer = json("2*x + 1", &["x=3"]);
    let nodes = answer["nodes"].as_array().expect("a list");
    let constants: Vec<f64> = nodes
        .iter()
        .filter(|node| node["op"] == object!("const"))
        .map(|node| number(&node["value"]))
        .collect();
    assert_eq!(constants, [2.0, 1.0]);
}

#[test]
fn several_outputs_have_a_value_and_a_gradient_each() {
    let answer = json("q = x*y; q, q + x", &["x=2", "y=3"]);
    assert_eq!(answer["value"], object!([6.0, 8.0]));
    assert_eq!(
        answer["jacobian"],
        object!([{"x": 3.0, "y": 2.0}, {"x": 4.0, "y": 2.0}])
    );
    assert!(answer.get("gradient").is_none());
    assert_eq!(json("x", &["x=2"])["value"], object!(2.0));
}

#[test]
fn inputs_are_listed_in_the_order_given() {
    let answer = json("a - b", &["b=1", "unused=nan", "a=inf"]);
    assert_eq!(answer["inputs"], object!(["b", "unused", "a"]));
    assert_eq!(answer["value"], object!("inf"));
    assert_eq!(gradient(&answer), [-1.0, 0.0, 1.0]);
}

#[test]
fn a_second_name_does_not_rename_an_input() {
    let answer = json("a = x; b = a*x; b", &["x=3"]);
    let names: Vec<&Value> = answer["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|node| &node["name"])
        .collect();
    assert_eq!(names, ["x", "b"]);
}

#[test]
fn hessians_and_orders_are_in_the_json() {
    let text = answer(&[
        "explain",
        "x^3",
        "x=2",
        "--hessian",
        "--order",
        "3",
        "--format",
        "json",
    ]);
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(answer["hessian"], object!([[12.0]]));
    assert_eq!(answer["derivatives"], object!([8.0, 12.0, 12.0, 6.0]));
    assert_eq!(
        (number(&answer["value"]), gradient(&answer)),
        (8.0, vec![12.0])
    );
}

#[test]
fn a_minus_sign_is_no_option() {
    let value = |arguments: &[&str]| {
        let answer: Value = serde_json::from_str(&answer(arguments)).expect("JSON");
        number(&answer["value"])
    };
    assert_eq!(value(&["explain", "-x^2", "x=3", "--format", "json"]), -9.0);
    assert_eq!(value(&["explain", "--format", "json", "-x^2", "x=3"]), -9.0);
    assert_eq!(value(&["explain", "--format=json", "--x", "x=3"]), 3.0);
    assert_eq!(
        value(&["explain", "--format", "json", "--", "-h", "h=3"]),
        -3.0
    );
    assert_eq!(
        value(&["explain", "--format", "json", "--", "-x", "x=-3"]),
        3.0
    );
    assert_eq!(value(&["explain", "-1e-3", "--format", "json"]), -1e-3);
}

#[test]
fn a_file_is_replaced_when_the_answer_is_complete() {
    let path = scratch("explained.tex");
    fs::write(&path, "old").expect("writable");
    let file = path.to_str().expect("text");
    let done = run(&["explain", "x +", "x=1", "-o", file]);
    assert_eq!(
        (done.code, fs::read_to_string(&path).expect("kept").as_str()),
        (2, "old")
    );
    assert_eq!(answer(&["explain", "x^2", "x=1", "-o", file]), "");
    assert_eq!(
        fs::read_to_string(&path).expect("new"),
        answer(&["explain", "x^2", "x=1", "--format", "latex"])
    );
    answer(&["explain", "x^2", "x=1", "--output", file, "--format", "dot"]);
    assert!(
        fs::read_to_string(&path)
            .expect("new")
            .starts_with("digraph")
    );
    let left: Vec<_> = fs::read_dir(path.parent().expect("a folder"))
        .expect("readable")
        .flatten()
        .collect();
    assert!(!left.iter().any(|entry| {
        entry
            .file_name()
            .to_string_lossy()
            .starts_with(".explained")
    }));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_device_a_device() {
    let (target, link) = (scratch("target.txt"), scratch("link.txt"));
    let _ = fs::remove_file(&link);
    fs::write(&target, "old").expect("writable");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    answer(&["explain", "x", "x=1", "-o", link.to_str().expect("text")]);
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_ne!(fs::read_to_string(&target).expect("there"), "old");
    answer(&["explain", "x", "x=1", "-o", "/dev/null"]);
    assert!(!fs::metadata("/dev/null").expect("there").is_file());
    let done = run(&[
        "explain",
        "x",
        "x=1",
        "-o",
        scratch("").to_str().expect("text"),
    ]);
    assert_eq!((done.code, &*done.stdout), (2, ""));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    for arguments in [&["explain", &"x + ".repeat(20_000), "x=1"][..], &["tour"]] {
        let source = arguments[1.min(arguments.len() - 1)];
        let arguments: Vec<String> = arguments
            .iter()
            .map(|word| {
                if *word == source && word.len() > 9 {
                    format!("{word}x")
                } else {
                    word.to_string()
                }
            })
            .collect();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut child = chainrule(&words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        drop(child.stdout.take());
        let done = child.wait_with_output().expect("ends");
        assert_eq!(
            (done.status.code(), done.stderr.len()),
            (Some(0), 0),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

#[test]
fn help_lists_the_functions() {
    let help = answer(&["explain", "--help"]);
    for name in [
        "sigmoid",
        "leaky_relu",
        "logsumexp",
        "atan2",
        "where",
        "pow_ln",
    ] {
        assert!(help.contains(&format!(" {name}")), "{name}");
    }
    assert!(
        help.lines().all(|line| line.chars().count() <= 100),
        "{help}"
    );
    assert_eq!(run(&["explain", "-h"]).code, 0);
}

#[test]
fn stories_are_a_part_of_json() {
    let told = answer;
    let text = told(&[
        "explain",
        "d = 1 - cos(x); ln(d)",
        "x=0",
        "--format",
        "json",
        "--blame",
        "--kinks",
        "--paths=2",
        "--precision",
    ]);
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let stories = &answer["stories"];
    // Nodes are the ids in "nodes", where the literal 1 is one, too.
    let forward = &stories["blame"]["forward"];
    let id = forward["at"]["node"].as_u64().expect("an id") as usize;
    assert_eq!(answer["nodes"][id]["op"], "ln");
    assert_eq!(
        (&forward["value"], &forward["operands"][0]["value"]),
        (&object!("-inf"), &object!(0.0))
    );
    assert_eq!(stories["kinks"]["near"], 1e-6);
    assert_eq!(stories["paths"][0]["from"], "x");
    assert_eq!(
        stories["paths"][0]["heaviest"][0]["nodes"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
    assert_eq!(stories["precision"]["not_covered"], 0);
    let without: Value =
        serde_json::from_str(&told(&["explain", "x", "x=0", "--format", "json"])).unwrap();
    assert!(without.get("stories").is_none());
}
