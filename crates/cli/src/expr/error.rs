//! What was wrong with a source, and how it is shown.

use std::fmt;

/// How many characters of the source are shown before and after the caret.
const WINDOW: (usize, usize) = (60, 40);

/// The longest piece of a source repeated in a message, in characters.
pub(super) const LONGEST: usize = 40;

/// A mistake in a source or in its list of inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParseError {
    /// What is wrong, in one line.
    pub(crate) message: String,
    /// Where, in characters of the source from 1; none if no place is at fault.
    pub(crate) column: Option<usize>,
    /// What to try.
    pub(crate) hint: Option<String>,
}

impl ParseError {
    /// A mistake at no place of the source.
    pub(super) fn new(message: impl Into<String>) -> Self {
        ParseError {
            message: message.into(),
            column: None,
            hint: None,
        }
    }

    /// A mistake at `column`.
    pub(super) fn at(column: usize, message: impl Into<String>) -> Self {
        ParseError {
            column: Some(column),
            ..ParseError::new(message)
        }
    }

    /// The same mistake, with advice.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        ParseError {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The message, the line of `source` with a caret, and the hint:
    ///
    /// ```text
    /// unknown function `tahn`
    ///   2*tahn(x)
    ///     ^
    /// hint: did you mean `tanh`?
    /// ```
    ///
    /// Of a long line only the part around the caret is shown. A tab takes one
    /// place, and a control character is shown as `�`, so that the caret stands
    /// where it should and the terminal is left alone.
    pub(crate) fn render(&self, source: &str) -> String {
        let mut text = self.message.clone();
        if let Some(column) = self.column {
            text += &excerpt(source, column);
        }
        if let Some(hint) = &self.hint {
            text += "\nhint: ";
            text += hint;
        }
        text
    }

    /// The message, the column and the hint, for where a caret cannot stand.
    pub(crate) fn in_one_line(&self) -> String {
        let mut text = self.message.clone();
        if let Some(column) = self.column {
            text += &format!(" (column {column})");
        }
        if let Some(hint) = &self.hint {
            text += "; ";
            text += hint;
        }
        text
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

/// Two indented lines: the source around `column`, and a caret below it.
fn excerpt(source: &str, column: usize) -> String {
    let characters: Vec<char> = source.chars().collect();
    let caret = column.saturating_sub(1).min(characters.len());
    let (before, after) = characters.split_at(caret);
    let line_start = before.iter().rposition(|c| *c == '\n').map_or(0, |i| i + 1);
    let line_end = caret + after.iter().take_while(|c| **c != '\n').count();
    let start = line_start.max(caret.saturating_sub(WINDOW.0));
    let end = line_end.min(caret + WINDOW.1);

    let cut = |hidden: bool| if hidden { "…" } else { "" };
    let shown = |from: usize, to: usize| -> String {
        characters[from..to].iter().copied().map(visible).collect()
    };
    let left = cut(start > line_start).to_string() + &shown(start, caret);
    let right = shown(caret, end) + cut(end < line_end);
    let indent: usize = left.chars().map(cells).sum();
    format!(
        "\n  {}\n  {}^",
        (left + &right).trim_end(),
        " ".repeat(indent)
    )
}

/// The character that shows `c` to a person.
fn visible(c: char) -> char {
    match c {
        c if c.is_whitespace() => ' ',
        // The ranges reorder the text around them.
        c if c.is_control() || matches!(c, '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
            '�'
        }
        c => c,
    }
}

/// How many cells of a terminal `c` takes: none for an accent that joins the
/// letter before it, two for the wide blocks of East Asian text and emoji
/// (the ranges of Markus Kuhn's `wcwidth`).
fn cells(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// `text` in one line, without its end if it is long.
pub(crate) fn clip(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).map(visible).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// `text` in one line, without its beginning if it is long.
pub(super) fn clip_front(text: &str) -> String {
    match text.char_indices().rev().nth(LONGEST - 1) {
        Some((start, _)) if start > 0 => format!("…{}", clip(&text[start..])),
        Some(_) | None => clip(text),
    }
}
