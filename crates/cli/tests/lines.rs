//! `explain --lines`: one question a line, one answer a line.

mod command;

use command::{assert_snapshot, gradient, lines, number, run, run_with, scratch};
use serde_json::{Value, json};

#[test]
fn answers_come_in_order_and_a_mistake_ends_only_its_line() {
    let answers = lines(
        "{\"src\": \"x^2\", \"inputs\": {\"x\": 3}}\n\
         nonsense\n\
         \n   \t\r\n\
         {\"src\": \"x^3\", \"inputs\": {\"x\": 2}}\r\n\
         {\"src\": \"1/0\"}",
    );
    assert_eq!(answers.len(), 4);
    assert_eq!(
        (&answers[0]["value"], &answers[0]["gradient"]),
        (&json!(9.0), &json!({"x": 6.0}))
    );
    assert!(answers[1]["error"].is_string());
    assert_eq!(
        (&answers[2]["value"], &answers[2]["gradient"]),
        (&json!(8.0), &json!({"x": 12.0}))
    );
    assert_eq!(answers[3]["value"], json!("inf"));
}

#[test]
fn inputs_keep_the_order_of_the_object() {
    let answers =
        lines(r#"{"src": "x - 2*b + 3*a", "inputs": {"x": 1, "b": 1, "a": 1, "unused": 1}}"#);
    assert_eq!(gradient(&answers[0]), [1.0, -2.0, 3.0, 0.0]);
}

#[test]
fn numbers_are_read_and_written_to_the_last_bit() {
    let values = [
        0.1 + 0.2,
        5e-324,
        f64::MAX,
        -2.2250738585072014e-308,
        1.7976931348623155e308,
        123456789.12345679,
    ];
    let questions: Vec<String> = values
        .iter()
        .map(|value| json!({"src": "x", "inputs": {"x": value}}).to_string())
        .collect();
    for (value, answer) in values.iter().zip(lines(&questions.join("\n"))) {
        assert_eq!(number(&answer["value"]).to_bits(), value.to_bits());
    }
    let names = lines(
        "{\"src\": \"x\", \"inputs\": {\"x\": \"nan\"}}\n{\"src\": \"x\", \"inputs\": {\"x\": \"inf\"}}\n\
         {\"src\": \"x\", \"inputs\": {\"x\": \"-inf\"}}\n{\"src\": \"1/x\", \"inputs\": {\"x\": -0.0}}\n\
         {\"src\": \"1/x\", \"inputs\": {\"x\": -0}}\n{\"src\": \"x\", \"inputs\": {\"x\": 18446744073709551615}}",
    );
    let values: Vec<&Value> = names.iter().map(|answer| &answer["value"]).collect();
    assert_eq!(values[..5], ["nan", "inf", "-inf", "-inf", "-inf"]);
    assert_eq!(number(values[5]), 18446744073709551615u64 as f64);
}

#[test]
fn extras_come_where_they_are_asked_for() {
    let answers = lines(
        "{\"src\": \"x^3\", \"inputs\": {\"x\": 2}, \"hessian\": true, \"order\": 4, \"nodes\": false}\n\
         {\"src\": \"x*y, x^2\", \"inputs\": {\"x\": 2, \"y\": 3}, \"hessian\": true}\n\
         {\"src\": \"x\", \"inputs\": {\"x\": 2}}",
    );
    assert_eq!(answers[0]["hessian"], json!([[12.0]]));
    assert_eq!(
        answers[0]["derivatives"],
        json!([8.0, 12.0, 12.0, 6.0, 0.0])
    );
    assert!(answers[0].get("nodes").is_none());
    assert_eq!(
        answers[1]["hessian"],
        json!([[[0.0, 1.0], [1.0, 0.0]], [[2.0, 0.0], [0.0, 0.0]]])
    );
    let keys: Vec<&String> = answers[2].as_object().expect("an object").keys().collect();
    assert!(answers[2]["nodes"].is_array(), "{keys:?}");
    assert!(answers[2].get("hessian").is_none() && answers[2].get("derivatives").is_none());
}

#[test]
fn every_mistake_in_a_line_is_told_as_the_snapshot_has_it() {
    let questions: &[&str] = &[
        "nonsense",
        "[\"x\", {\"x\": 1}]",
        "{\"src\": \"x\", \"inputs\": {\"x\": 1}",
        "{\"src\": \"x\", \"inputs\": {\"x\": 1}} x",
        "{\"inputs\": {\"x\": 1}}",
        "{\"src\": 3}",
        "{\"src\": \"x\", \"inputs\": [1]}",
        "{\"src\": \"x\", \"inputs\": {\"x\": \"1\"}}",
        "{\"src\": \"x\", \"inputs\": {\"x\": null}}",
        "{\"src\": \"x\", \"inputs\": {\"x\": 1e999}}",
        "{\"src\": \"x\", \"inputs\": {\"x\": 1, \"x\": 2}}",
        "{\"src\": \"x\", \"src\": \"x\"}",
        "{\"src\": \"x\", \"inptus\": {}}",
        "{\"src\": \"x\", \"inputs\": {\"x\": 1}, \"hessian\": 1}",
        "{\"src\": \"x\", \"inputs\": {\"x\": 1}, \"order\": -1}",
        "{\"src\": \"x\", \"inputs\": {\"x\": 1}, \"order\": 1.5}",
        "{\"src\": \"x*y\", \"inputs\": {\"x\": 1, \"y\": 2}, \"order\": 2}",
        "{\"src\": \"x\", \"inputs\": {\"x\": 1}, \"order\": 1000000000}",
        "{\"src\": \"x\", \"inputs\": {\"2x\": 1}}",
        "{\"src\": \"x\", \"inputs\": {\"sin\": 1}}",
        "{\"src\": \"\"}",
        "{\"src\": \"x + y\", \"inputs\": {\"x\": 1}}",
        "{\"src\": \"(x+y)z\", \"inputs\": {\"x\": 1, \"y\": 2, \"z\": 3}}",
        "{\"src\": \"tahn(x)\", \"inputs\": {\"x\": 1}}",
    ];
    let mut told = String::new();
    for (question, answer) in questions.iter().zip(lines(&questions.join("\n"))) {
        let object = answer.as_object().expect("an object");
        assert_eq!(object.keys().collect::<Vec<_>>(), ["error"], "{question}");
        told += &format!(
            "{question}\n    {}\n",
            object["error"].as_str().expect("text")
        );
    }
    assert_snapshot("lines.txt", &told);
}

#[test]
fn bytes_that_are_no_text_are_a_mistake_of_their_line() {
    let done = run_with(
        &["explain", "--lines", "-"],
        b"{\"src\": \"\xff\"}\n{\"src\": \"1\"}\n\xfe\n",
    );
    assert_eq!((done.code, done.stdout.lines().count()), (0, 3));
    let answers: Vec<Value> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(answers[0]["error"].is_string() && answers[2]["error"].is_string());
    assert_eq!(answers[1]["value"], json!(1.0));
}

#[test]
fn a_file_is_read_and_a_file_is_written() {
    let (questions, answers) = (scratch("questions.jsonl"), scratch("answers.jsonl"));
    std::fs::write(&questions, "{\"src\": \"2*3\"}\n{\"src\": \"(\"}\n").expect("writable");
    let (questions, answers) = (
        questions.to_str().expect("text"),
        answers.to_str().expect("text"),
    );
    let done = run(&["explain", "--lines", questions, "-o", answers]);
    assert_eq!((done.code, &*done.stdout, &*done.stderr), (0, "", ""));
    let written = std::fs::read_to_string(answers).expect("written");
    assert_eq!(written.lines().count(), 2);
    let missing = run(&["explain", "--lines", "no-such-file", "-o", answers]);
    assert_eq!(missing.code, 2);
    assert_eq!(std::fs::read_to_string(answers).expect("kept"), written);
}

#[test]
fn an_empty_file_has_no_answers() {
    assert!(lines("").is_empty());
    assert!(lines("\n\n").is_empty());
}

#[test]
fn an_answer_comes_before_the_next_question() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;
    let mut command = command::chainrule(&["explain", "--lines", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    for x in 0..3 {
        writeln!(stdin, "{}", json!({"src": "x", "inputs": {"x": x}})).expect("written");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("read");
        let answer: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(number(&answer["value"]), f64::from(x));
    }
    drop(stdin);
    assert!(child.wait().expect("ends").success());
}

#[test]
fn many_lines_are_quick() {
    let question = json!({"src": "q = x + y; q*z + sin(x)", "inputs": {"x": 1, "y": 2, "z": 3}})
        .to_string()
        + "\n";
    assert_eq!(lines(&question.repeat(20_000)).len(), 20_000);
}
