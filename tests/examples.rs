//! Every example runs and prints exactly what its header says.

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_example_prints_what_its_header_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources: Vec<PathBuf> = std::fs::read_dir(root.join("examples"))
        .expect("the examples' folder")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    sources.sort();
    assert!(sources.len() >= 40, "{} examples", sources.len());
    for source in sources {
        let text = std::fs::read_to_string(&source).expect("a readable example");
        let name = source
            .file_stem()
            .expect("a file name")
            .to_str()
            .expect("a plain name");
        let output = Command::new(built_example(name))
            .output()
            .expect("a built example");
        let printed = String::from_utf8(output.stdout).expect("text");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} failed:\n{errors}");
        assert_eq!(
            header_output(&text, name),
            printed.trim_end(),
            "{name} prints another output"
        );
    }
}

/// The text between the header's two fences.
fn header_output(source: &str, name: &str) -> String {
    let header = source.lines().map_while(|line| line.strip_prefix("//!"));
    let mut inside = header.skip_while(|line| line.trim() != "```text").skip(1);
    let lines: Vec<&str> = inside
        .by_ref()
        .take_while(|line| line.trim() != "```")
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    assert!(!lines.is_empty(), "{name} has no output in its header");
    lines.join("\n").trim_end().to_string()
}

/// Where the test's own build put the example.
fn built_example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("target/<profile>/deps/<test>");
    profile
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
