//! How values show themselves in a notebook of Rust: `evcxr` calls the method `evcxr_display` of
//! what a cell ends with, and shows what it prints between two lines of its own.

use super::svg::escape;
use super::visible;
use crate::compare::Comparison;
use crate::element::Element;
use crate::explain::Explanation;
use crate::tensor::Tensor;
use crate::var::Var;
use std::fmt::Write;

/// Of how many nodes a drawing is made: larger ones are for the explorer.
const DRAWN: usize = 400;

/// Of how many nodes the ledger is open from the start.
const OPEN: usize = 12;

impl Explanation {
    /// Shows the drawing and the ledger in a notebook: `evcxr` calls this.
    ///
    /// A drawing of more than 400 nodes is left to the [explorer](Explanation::html).
    pub fn evcxr_display(&self) {
        display(&self.notebook());
    }

    /// What a notebook shows, in HTML.
    fn notebook(&self) -> String {
        let count = self.nodes().len();
        let mut out = match count {
            0 => String::new(),
            // As a picture: its style is its own, and stays within.
            1..=DRAWN => format!(
                "<img style=\"max-width: 100%\" alt=\"{}\" src=\"data:image/svg+xml,{}\">\n",
                self.title(),
                in_address(&self.svg())
            ),
            _ => format!(
                "<p>A drawing of {count} nodes is for the explorer: \
                 <code>explanation.save(\"ledger.html\")</code></p>\n"
            ),
        };
        let open = if count <= OPEN { " open" } else { "" };
        let ledger = escape(&self.to_string());
        let _ = write!(
            out,
            "<details{open}><summary>Ledger of {count} nodes</summary>\n<pre>{ledger}</pre>\n</details>"
        );
        out
    }
}

impl Comparison {
    /// Shows the table in a notebook: `evcxr` calls this.
    pub fn evcxr_display(&self) {
        display(&self.notebook());
    }

    fn notebook(&self) -> String {
        format!("<pre>{}</pre>", escape(&self.to_string()))
    }
}

impl Var {
    /// Shows name and value in a notebook: `evcxr` calls this.
    pub fn evcxr_display(&self) {
        display(&self.notebook());
    }

    fn notebook(&self) -> String {
        let name = self.name().map(|name| visible(&name));
        let text = match name {
            Some(name) => format!("{name} = {:?}", self.peek()),
            None => format!("{:?}", self.peek()),
        };
        format!("<code>{}</code>", escape(&text))
    }
}

impl<T: Element> Tensor<T> {
    /// Shows name, shape and numbers in a notebook: `evcxr` calls this. Of a large array the first
    /// and the last are shown.
    ///
    /// # Panics
    /// If the handle is stale.
    pub fn evcxr_display(&self) {
        display(&self.notebook());
    }

    fn notebook(&self) -> String {
        let name = self.name().map(|name| visible(&name) + " ");
        let head = format!("{}{}", name.unwrap_or_default(), self.shape());
        let numbers = self.to_string();
        format!(
            "<code>{}</code> of {}\n<pre>{}</pre>",
            escape(&head),
            std::any::type_name::<T>(),
            escape(&numbers)
        )
    }
}

/// Prints HTML as `evcxr` takes it, in one piece.
fn display(html: &str) {
    println!("{}", content(html));
}

/// HTML between the lines that `evcxr` knows.
fn content(html: &str) -> String {
    // A line of the content that looks like the last one would end it.
    let html = html.replace("EVCXR_", "EVCXR&#95;");
    format!("EVCXR_BEGIN_CONTENT text/html\n{html}\nEVCXR_END_CONTENT")
}

/// A text as part of an address: letters and digits as they are, other bytes by number.
fn in_address(text: &str) -> String {
    let mut out = String::with_capacity(2 * text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'/' | b':' | b'=' | b' ' => {
                out.push(byte as char);
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Tape;

    #[test]
    fn numbers_and_arrays_show_their_names() {
        let tape = Tape::without_lines();
        let x = tape.var("<x>", -2.0);
        assert_eq!(
            x.notebook(),
            "<code>\"&lt;x&gt;\" = -2.0</code>".replace('"', "&quot;")
        );
        assert_eq!((x * 2.0).notebook(), "<code>-4.0</code>");
        assert_eq!(Var::constant(1.5).notebook(), "<code>1.5</code>");
        let w = tape.tensor("W", [[1.0, 2.0]]);
        assert_eq!(
            w.notebook(),
            "<code>W [1,2]</code> of f64\n<pre>[[1. 2.]]</pre>"
        );
        let large = tape.tensor("", crate::Array::<f32>::zeros(&[1000, 1000]));
        assert!(large.notebook().len() < 2000, "{}", large.notebook());
    }

    #[test]
    fn an_explanation_is_a_drawing_and_its_ledger() {
        let tape = Tape::without_lines();
        let x = tape.var("</pre><script>\nEVCXR_END_CONTENT\n", 3.0);
        let text = content(&(x * x).explain().notebook());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "EVCXR_BEGIN_CONTENT text/html");
        assert!(
            lines[1].starts_with("<img ") && lines[1].contains("%3Csvg xmlns=%22http://www.w3.org")
        );
        assert_eq!(
            lines[2],
            "<details open><summary>Ledger of 2 nodes</summary>"
        );
        assert_eq!(text.matches("EVCXR_").count(), 2);
        assert!(
            text.ends_with("</pre>\n</details>\nEVCXR_END_CONTENT") && !text.contains("<script")
        );
        assert!(text.contains("adjoint 3 + 3 = 6"));
        // A large graph is not drawn here.
        let chain = (0..500).fold(x, |x, _| x.sin());
        assert!(
            chain
                .explain()
                .notebook()
                .starts_with("<p>A drawing of 502 nodes")
        );
        assert!(tape.explain(&[]).notebook().contains("<img"));
        assert!(Tape::new().explain(&[]).notebook().starts_with("<details"));
    }
}
