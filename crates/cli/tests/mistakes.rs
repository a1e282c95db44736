//! Bad input: one clear message, exit code 2, nothing on standard output.

mod command;

use command::{assert_snapshot, run};

#[test]
fn every_mistake_is_told_as_the_snapshot_has_it() {
    let rows: &[&[&str]] = &[
        // Names and values.
        &["explain", "x + y", "x=1"],
        &["explain", "x1*x2", "x1=1"],
        &["explain", "2*tahn(x)", "x=1"],
        &["explain", "frobnicate(x)", "x=1"],
        &["explain", "e^x", "x=1"],
        &["explain", "x", "x=abc"],
        &["explain", "x", "x="],
        &["explain", "x", "x=1e999"],
        &["explain", "x", "x = 2,5"],
        &["explain", "x", "x=1", "x=2"],
        &["explain", "x", "2x=1"],
        &["explain", "x", "sin=1"],
        &["explain", "x", "x"],
        &["explain", "x", "+", "y", "x=1"],
        // The expression.
        &["explain", "", "x=1"],
        &["explain", "(x+y", "x=1", "y=2"],
        &["explain", "x+y)", "x=1", "y=2"],
        &["explain", "(x+y)z", "x=1", "y=2", "z=3"],
        &["explain", "2x", "x=1"],
        &["explain", "x +", "x=1"],
        &["explain", "x ** 2", "x=1"],
        &["explain", "sin x", "x=1"],
        &["explain", "q = x", "x=1"],
        // Arguments of functions.
        &["explain", "sin(x, x)", "x=1"],
        &["explain", "max(x)", "x=1"],
        &["explain", "clip(x, 0)", "x=1"],
        &["explain", "dot(x, x, x)", "x=1"],
        &["explain", "sum()", "x=1"],
        &["explain", "powi(x, 2.5)", "x=1"],
        &["explain", "powi(x)", "x=1"],
        &["explain", "leaky_relu(x, x)", "x=1"],
        // Options.
        &["explain"],
        &["explain", "x", "x=1", "--formt", "json"],
        &["explain", "x", "x=1", "--format", "pdf"],
        &["explain", "x", "x=1", "--order", "-1"],
        &["explain", "x", "x=1", "--order", "171"],
        &["explain", "x*y", "x=1", "y=2", "--order", "2"],
        &["explain", "x, 2*x", "x=1", "--order", "2"],
        &["explain", "x", "x=1", "--format", "latex", "--hessian"],
        &["explain", "x", "x=1", "--format", "dot", "--blame"],
        &["explain", "x", "x=1", "--kinks=near"],
        &["explain", "x", "x=1", "--kinks", "-1"],
        &["explain", "x", "x=1", "--paths"],
        &["explain", "x", "x=1", "--paths", "many"],
        &["explain", "x", "x=1", "--paths", "1000000"],
        &["explain", "x", "x=1", "--lines", "-", "--precision"],
        &["explain", "x", "x=1", "-o", "no/such/folder/file"],
        &["explain", "--lines", "no/such/file"],
        &["explain", "x", "x=1", "--lines", "-"],
        &["check", "(x+y)z", "x=1", "y=2", "z=3"],
        &["check", "x", "x=1", "--epsilon", "0"],
        &["check", "x", "x=1", "--order", "3"],
        &["tour", "7"],
        &["tour", "xnor"],
        &["expalin", "x"],
    ];
    let mut told = String::new();
    for arguments in rows {
        let done = run(arguments);
        assert_eq!(done.code, 2, "{arguments:?}\n{}", done.stderr);
        assert_eq!(done.stdout, "", "{arguments:?}");
        assert!(
            done.stderr.starts_with("error: "),
            "{arguments:?}\n{}",
            done.stderr
        );
        told += &format!("$ chainrule {}\n{}\n", quoted(arguments), done.stderr);
    }
    assert_snapshot("mistakes.txt", &told);
}

fn quoted(arguments: &[&str]) -> String {
    let plain = |word: &str| !word.is_empty() && !word.contains([' ', '(', ')', '*', ';']);
    let words = arguments.iter().map(|word| {
        if plain(word) {
            word.to_string()
        } else {
            format!("\"{word}\"")
        }
    });
    words.collect::<Vec<String>>().join(" ")
}

#[test]
fn the_caret_stands_under_the_mistake() {
    for (source, column) in [
        ("1 + y", 4),
        ("(1+2)x", 5),
        ("2*tahn(1)", 2),
        ("-(2", 1),
        ("sin(1, 2)", 0),
    ] {
        let done = run(&["explain", source]);
        let lines: Vec<&str> = done.stderr.lines().collect();
        assert_eq!(lines[1], format!("  {source}"));
        assert_eq!(lines[2], format!("  {}^", " ".repeat(column)), "{source}");
    }
}
