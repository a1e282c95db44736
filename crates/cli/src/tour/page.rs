//! A page of the tour: prose, code, drawings, in colours that a plain output drops.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

pub(super) const HEADING: Style = AnsiColor::Cyan.on_default().bold();
pub(super) const CODE: Style = AnsiColor::Yellow.on_default();
/// As on the lecture's slides: values in green, gradients in red.
pub(super) const VALUE: Style = AnsiColor::Green.on_default();
pub(super) const GRADIENT: Style = AnsiColor::Red.on_default();
pub(super) const FAINT: Style = Style::new().dimmed();

/// How wide prose may be.
const WIDTH: usize = 78;

/// Writes to standard output, and remembers if that fails.
pub(super) struct Page {
    output: anstream::AutoStream<io::Stdout>,
    failure: Option<io::Error>,
}

impl Page {
    pub(super) fn new() -> Page {
        Page {
            output: anstream::stdout(),
            failure: None,
        }
    }

    /// The first thing that went wrong.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.failure.map_or_else(|| self.output.flush(), Err)
    }

    /// A line that stands out, with a rule below it.
    pub(super) fn title(&mut self, title: &str) {
        let rule = "─".repeat(title.chars().count());
        self.line(&format!("{HEADING}{title}{HEADING:#}"));
        self.line(&format!("{HEADING}{rule}{HEADING:#}"));
    }

    /// A paragraph, broken into lines, and an empty line.
    pub(super) fn say(&mut self, prose: &str) {
        let mut line = String::new();
        for word in prose.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&line);
        self.line("");
    }

    /// The part of a source file between its marks `// shown:` and `// :shown`, and an empty line.
    pub(super) fn code(&mut self, source: &str) {
        self.code_text(&shown(source).1);
    }

    /// The same with a number before each line. Answers the line of the file that stands before
    /// line 1.
    pub(super) fn numbered_code(&mut self, source: &str) -> usize {
        let (before, lines) = shown(source);
        let numbered = lines
            .lines()
            .enumerate()
            .map(|(number, line)| format!("{}  {line}\n", number + 1));
        self.code_text(&numbered.collect::<String>());
        before
    }

    /// Lines to type, and an empty line.
    pub(super) fn code_text(&mut self, lines: &str) {
        for line in lines.lines() {
            let space = if line.is_empty() { "" } else { "    " };
            self.line(&format!("{space}{CODE}{line}{CODE:#}"));
        }
        self.line("");
    }

    /// Finished lines, as they are, and an empty line.
    pub(super) fn lines(&mut self, lines: &str) {
        for line in lines.trim_start_matches('\n').lines() {
            self.line(line);
        }
        self.line("");
    }

    /// One line.
    pub(super) fn line(&mut self, line: &str) {
        if self.failure.is_none() {
            self.failure = writeln!(self.output, "{}", line.trim_end()).err();
        }
    }
}

/// The lines between the marks, without the indentation they share, and the line of the first mark.
fn shown(source: &str) -> (usize, String) {
    let mark = source.lines().position(|line| line.trim() == "// shown:");
    let before = mark.map_or(0, |mark| mark + 1);
    let lines = source
        .lines()
        .skip(before)
        .take_while(|line| line.trim() != "// :shown");
    let lines: Vec<&str> = lines.collect();
    let indents = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| line.len() - line.trim_start().len());
    let indent = indents.min().unwrap_or(0);
    let lines: Vec<&str> = lines
        .iter()
        .map(|line| line.get(indent..).unwrap_or(""))
        .collect();
    (before, lines.join("\n"))
}
