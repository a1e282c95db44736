//! A table of strings, printed for a terminal or as Markdown.

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Text,
    Markdown,
}

/// A titled table. The first column is aligned left, the others right.
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// The table as text, ending in an empty line.
    pub(crate) fn show(&self, style: Style) -> String {
        let lines = || std::iter::once(&self.header).chain(&self.rows);
        let widths: Vec<usize> = (0..self.header.len())
            .map(|column| {
                lines()
                    .map(|row| row[column].chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, &width))| {
                    if column == 0 {
                        format!("{cell:<width$}")
                    } else {
                        format!("{cell:>width$}")
                    }
                });
            let cells: Vec<String> = cells.collect();
            match style {
                Style::Text => cells.join("  ").trim_end().to_string(),
                Style::Markdown => format!("| {} |", cells.join(" | ")),
            }
        };
        let rule = widths
            .iter()
            .enumerate()
            .map(|(column, &width)| match style {
                Style::Text => "-".repeat(width),
                Style::Markdown if column == 0 => "-".repeat(width),
                Style::Markdown => format!("{}:", "-".repeat(width - 1)),
            });
        let mut out = match style {
            Style::Text => vec![self.title.clone()],
            Style::Markdown => vec![format!("### {}", self.title), String::new()],
        };
        out.push(line(&self.header));
        out.push(line(&rule.collect()));
        out.extend(self.rows.iter().map(line));
        out.join("\n") + "\n\n"
    }
}
