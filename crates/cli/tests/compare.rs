//! `chainrule compare`: its table, its exit code, and what it says of files that are no runs.

mod command;

use command::{answer, assert_snapshot, run, scratch};

/// The file of an explanation.
fn explained(name: &str, source: &str, assignments: &[&str]) -> String {
    let file = scratch(name).display().to_string();
    let arguments = [&["explain", source, "-o", &file], assignments].concat();
    answer(&arguments);
    file
}

#[test]
fn two_runs_of_an_expression() {
    let at = ["x=-2", "y=5", "z=-4"];
    let one = explained("one.json", "q = x + y; q*z", &at);
    let same = explained("same.json", "q = x + y; q*z", &at);
    let step = explained("step.json", "q = x + y; q*z", &["x=-2", "y=5", "z=-4.5"]);
    let other = explained("other.json", "q = x - y; q*z", &at);
    let mut told = String::new();
    for (second, options, code) in [
        (&same, &[][..], 0),
        (&step, &[][..], 1),
        (&step, &["--relative", "0.5"][..], 0),
        (&step, &["--ulps=3"][..], 1),
        (&other, &["--absolute", "1e-9"][..], 1),
    ] {
        let arguments = [&["compare", &one, second], options].concat();
        let done = run(&arguments);
        assert_eq!((done.code, &*done.stderr), (code, ""), "{arguments:?}");
        let name = |text: &str| {
            ["one", "same", "step", "other"]
                .iter()
                .fold(text.to_string(), |text, name| {
                    let file = scratch(&format!("{name}.json")).display().to_string();
                    text.replace(&file, name)
                })
        };
        // Columns are as wide as the files' names, which are another machine's.
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown: Vec<String> = name(&done.stdout).lines().map(words).collect();
        told += &format!(
            "$ chainrule {}\n{}\n\n",
            name(&arguments.join(" ")),
            shown.join("\n")
        );
    }
    assert_snapshot("compare.txt", &told);
}

#[test]
fn what_is_no_run_is_told_with_its_place() {
    let one = explained("fine.json", "x^2", &["x=3"]);
    for (name, text, said) in [
        (
            "syntax",
            "{\"nodes\": [",
            "no JSON: EOF while parsing a list at line 1 column 11",
        ),
        (
            "list",
            "[1, 2]",
            "the document: an object with \"nodes\" is wanted, and there is a list of 2",
        ),
        (
            "nodes",
            "{}",
            "nodes: a list of nodes is wanted, and there is nothing",
        ),
    ] {
        let file = scratch(&format!("no-run-{name}.json"));
        std::fs::write(&file, text).expect("a scratch file");
        let file = file.display().to_string();
        let done = run(&["compare", &one, &file]);
        assert_eq!((done.code, &*done.stdout), (2, ""));
        assert_eq!(done.stderr, format!("error: {file}: {said}\n"));
    }
    let done = run(&["compare", &one, "/nowhere.json"]);
    assert_eq!(done.code, 2);
    assert!(
        done.stderr.starts_with("error: /nowhere.json: "),
        "{}",
        done.stderr
    );
    for (option, said) in [
        ("--relative=-1", "0 or more"),
        ("--ulps=x", "invalid digit"),
    ] {
        let done = run(&["compare", &one, &one, option]);
        assert_eq!(done.code, 2);
        assert!(done.stderr.contains(said), "{}", done.stderr);
    }
}
