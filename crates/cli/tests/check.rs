//! `chainrule check`: its report and its exit code.

mod command;

use command::{assert_snapshot, run};

const CIRCUIT: [&str; 7] = [
    "check",
    "1/(1+exp(-(w0*x0+w1*x1+w2)))",
    "w0=2",
    "x0=-1",
    "w1=-3",
    "x1=-2",
    "w2=-3",
];

#[test]
fn reports_are_as_the_snapshot_has_them() {
    let with = |options: &[&'static str]| [&CIRCUIT[..], options].concat();
    let rows: [Vec<&str>; 6] = [
        with(&[]),
        with(&["--epsilon", "1e-4"]),
        with(&["--one-sided", "--epsilon=1e-4"]),
        vec!["check", "x^2*y", "x=3", "y=2", "--order", "2"],
        vec!["check", "--order=1", "abs(x), max(x, y)", "x=0", "y=0"],
        vec!["check", "-x^2", "x=3", "unused=1"],
    ];
    let mut told = String::new();
    for arguments in rows {
        let done = run(&arguments);
        assert_eq!(
            (done.code, &*done.stderr),
            (0, ""),
            "{arguments:?}\n{}",
            done.stdout
        );
        told += &format!(
            "$ chainrule {}\n{}\n",
            arguments.join(" "),
            shortened(&done.stdout)
        );
    }
    assert_snapshot("check.txt", &told);
}

/// Without the last digits, and without columns.
fn shortened(report: &str) -> String {
    let short = |word: &str| match word.parse::<f64>() {
        Ok(number) if word.contains("e") && number < 1e-9 => "tiny".to_string(),
        Ok(number) if !word.contains("e") => format!("{number:.6}"),
        _ => word.to_string(),
    };
    let line = |line: &str| {
        line.split_whitespace()
            .map(short)
            .collect::<Vec<_>>()
            .join(" ")
    };
    report.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn what_is_not_confirmed_fails() {
    for arguments in [
        &["check", "step(x)", "x=0"][..],
        &["check", "sqrt(x)", "x=0"],
        &["check", "ln(x)", "x=-1"],
    ] {
        let done = run(arguments);
        assert_eq!(
            (done.code, &*done.stderr),
            (1, ""),
            "{arguments:?}\n{}",
            done.stdout
        );
        assert!(done.stdout.starts_with("FAILED"), "{}", done.stdout);
    }
}

#[test]
fn bad_questions_are_no_failed_checks() {
    assert_eq!(run(&["check", "x +", "x=1"]).code, 2);
    assert_eq!(run(&["check", "x", "x=1", "--epsilon", "-1"]).code, 2);
}

#[test]
fn constants_are_confirmed() {
    assert_eq!(run(&["check", "3", "x=1"]).code, 0);
    assert_eq!(run(&["check", "1 + 2"]).code, 0);
}
