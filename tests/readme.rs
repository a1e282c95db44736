//! What the README prints is what its program prints. (That its programs compile and run is
//! tested with the documentation.)

use chainrule::prelude::*;
use std::path::Path;

#[test]
fn the_ledger_in_the_readme_is_the_real_one() {
    let tape = Tape::without_lines();
    let x = tape.var("x", -2.0);
    let y = tape.var("y", 5.0);
    let z = tape.var("z", -4.0);
    let q = (x + y).named("q");
    let f = (q * z).named("f");

    let without_places: Vec<&str> = printed(0)
        .lines()
        .map(|line| line.split("src/main.rs").next().unwrap_or("").trim_end())
        .collect();
    assert_eq!(
        without_places.join("\n").trim_end(),
        f.explain().to_string().trim_end()
    );
}

#[test]
fn the_matrix_rule_in_the_readme_is_the_real_one() {
    let tape = Tape::without_lines();
    let x = tape
        .constant([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4]])
        .named("X");
    let y = tape.constant([[0.75], [0.82], [0.93]]).named("y");
    let w1 = tape.tensor("W1", [[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]]);
    let w2 = tape.tensor("W2", [[0.7], [-0.5], [0.2]]);
    let a2 = x.matmul(w1).sigmoid().named("a2");
    let z3 = a2.matmul(w2).named("z3");
    let cost = ((z3.sigmoid() - y).square().sum() / 2.0).named("J");
    assert_eq!(printed(1), cost.explain().ledger(w2));
}

/// What the README shows in its `number`-th fence of output.
fn printed(number: usize) -> &'static str {
    let readme = include_str!("../README.md");
    let fence = readme.split("```text\n").nth(number + 1);
    let (printed, _) = fence
        .expect("the fence")
        .split_once("```")
        .expect("its end");
    printed
}

/// The pages that are kept are made by the explorer as it is:
/// `cargo run --example lesson_42_explorer -- docs/explorer`.
#[test]
fn the_kept_pages_have_the_explorers_script() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).expect("a text of the project");
    let parts =
        std::fs::read_dir(root.join("crates/tape/src/show/page")).expect("the page's parts");
    let parts: Vec<_> = parts
        .map(|part| part.expect("a part").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "js" || end == "css")
        })
        .collect();
    assert!(parts.len() >= 8, "{parts:?}");
    for name in ["circuit", "mazur", "classifier", "option"] {
        let page = read(&root.join(format!("docs/explorer/{name}.html")));
        for part in &parts {
            assert!(
                page.contains(&read(part)),
                "docs/explorer/{name}.html is older than {}",
                part.display()
            );
        }
    }
}
