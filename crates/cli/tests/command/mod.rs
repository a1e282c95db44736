//! Runs the command as a user does.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a run left behind.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Done {
            code: output.status.code().expect("not killed by a signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

pub(crate) fn chainrule(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chainrule"));
    command
        .args(arguments)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

pub(crate) fn run(arguments: &[&str]) -> Done {
    chainrule(arguments)
        .output()
        .expect("the command runs")
        .into()
}

/// Runs with `input` on standard input.
pub(crate) fn run_with(arguments: &[&str], input: &[u8]) -> Done {
    let mut command = chainrule(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("the command reads its input"));
        child.wait_with_output().expect("the command ends").into()
    })
}

/// Standard output of a run that must succeed.
#[track_caller]
pub(crate) fn answer(arguments: &[&str]) -> String {
    let done = run(arguments);
    assert_eq!((done.code, &*done.stderr), (0, ""), "{arguments:?}");
    done.stdout
}

/// The answer of `explain --format json`.
#[track_caller]
pub(crate) fn json(source: &str, assignments: &[&str]) -> Value {
    let mut arguments = vec!["explain", source, "--format", "json"];
    arguments.extend(assignments);
    serde_json::from_str(&answer(&arguments)).expect("JSON")
}

/// The answers of `explain --lines -`, one for each line.
#[track_caller]
pub(crate) fn lines(questions: &str) -> Vec<Value> {
    let done = run_with(&["explain", "--lines", "-"], questions.as_bytes());
    assert_eq!((done.code, &*done.stderr), (0, ""));
    done.stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The number that a JSON value stands for.
#[track_caller]
pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => number.as_f64().expect("a double"),
        Value::String(name) if ["nan", "inf", "-inf"].contains(&&**name) => {
            name.parse().expect("a name of a number")
        }
        other => panic!("{other} is not a number"),
    }
}

/// The derivatives by the inputs, in their order.
#[track_caller]
pub(crate) fn gradient(answer: &Value) -> Vec<f64> {
    in_order(answer, &answer["gradient"])
}

/// The entries of an object that has one for each input.
#[track_caller]
pub(crate) fn in_order(answer: &Value, row: &Value) -> Vec<f64> {
    let inputs = answer["inputs"].as_array().expect("a list");
    assert_eq!(
        row.as_object().map(|row| row.len()),
        Some(inputs.len()),
        "{answer}"
    );
    inputs
        .iter()
        .map(|name| number(&row[name.as_str().expect("a name")]))
        .collect()
}

/// A file of this name in a folder that tests may write to.
pub(crate) fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Compares with a file in `tests/snapshots`, or writes it where UPDATE_SNAPSHOTS is set.
#[track_caller]
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(&path, text).expect("writable");
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text, wanted,
        "{name} differs; UPDATE_SNAPSHOTS=1 accepts it"
    );
}
