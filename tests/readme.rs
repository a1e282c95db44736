//! What the README prints is what its program prints. (That its programs compile and run is
//! tested with the documentation.)

use chainrule::prelude::*;

#[test]
fn the_ledger_in_the_readme_is_the_real_one() {
    let tape = Tape::without_lines();
    let x = tape.var("x", -2.0);
    let y = tape.var("y", 5.0);
    let z = tape.var("z", -4.0);
    let q = (x + y).named("q");
    let f = (q * z).named("f");

    let readme = include_str!("../README.md");
    let (_, after) = readme.split_once("```text\n").expect("the ledger's fence");
    let (ledger, _) = after.split_once("```").expect("the end of the ledger");
    let without_places: Vec<&str> = ledger
        .lines()
        .map(|line| line.split("src/main.rs").next().unwrap_or("").trim_end())
        .collect();
    assert_eq!(
        without_places.join("\n").trim_end(),
        f.explain().to_string().trim_end()
    );
}
