//! What a notebook of Rust reads from a cell that ends with a value of ours.

use std::process::Command;
use tape::Tape;

/// Says to this program, run by itself, that it is a cell.
const CELL: &str = "CHAINRULE_TEST_CELL";

#[test]
fn a_cell_prints_its_value_between_two_lines() {
    if std::env::var_os(CELL).is_some() {
        let tape = Tape::without_lines();
        let (x, y) = (tape.var("x", -2.0), tape.var("y", 5.0));
        let w = tape.tensor("W", [1.0, 2.0]);
        let f = ((x + y) * w.sum()).named("f");
        f.explain().evcxr_display();
        f.evcxr_display();
        w.evcxr_display();
        f.explain().compare(&f.explain()).evcxr_display();
        return;
    }
    let cell = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "a_cell_prints_its_value_between_two_lines",
            "--nocapture",
        ])
        .env(CELL, "1")
        .output()
        .expect("this program runs");
    let text = String::from_utf8(cell.stdout).expect("text");
    let contents: Vec<&str> = text
        .split("EVCXR_BEGIN_CONTENT text/html\n")
        .skip(1)
        .map(|rest| rest.split_once("\nEVCXR_END_CONTENT\n").expect("an end").0)
        .collect();
    let [explanation, number, array, comparison] = contents[..] else {
        panic!("four values are shown: {text}");
    };
    assert!(explanation.starts_with("<img ") && explanation.contains("from f: 1 * 3 = 3"));
    assert_eq!(number, "<code>f = 9.0</code>");
    assert_eq!(array, "<code>W [2]</code> of f64\n<pre>[1. 2.]</pre>");
    assert!(
        comparison.starts_with("<pre>first | second: 6 nodes in both"),
        "{comparison}"
    );
}
