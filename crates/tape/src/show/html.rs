//! The ledger as a page to step through: one file, which needs nothing else.

use super::json_parts::Text;
use super::visible;
use crate::explain::{Explanation, Node};
use std::collections::BTreeMap;
use std::fmt::Write;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

impl Explanation {
    /// The explorer: a page that steps through the recording forwards and through the sweep
    /// backwards, beside the program's own lines.
    ///
    /// It is one file without references to others, for any browser, with the network off; by
    /// mouse, by keyboard, light or dark, and on paper. Files that source lines name are read and
    /// become part of it, where they can be read.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
    /// let page = ((x + y) * z).explain().html();
    /// assert!(page.starts_with("<!doctype html>"));
    /// ```
    #[must_use]
    pub fn html(&self) -> String {
        let data = format!(
            "{{\"nodes\":[{}],\"steps\":[{}],\"sources\":{{{}}}}}",
            joined(self.nodes().iter().map(|node| self.node_data(node))),
            joined(self.steps_data()),
            joined(self.sources_data()),
        );
        // A script ends at the first `</`, whatever it holds.
        let data = data.replace('<', "\\u003c");
        let drawing = self.svg();
        let title = self.title();
        // In one pass: a name may look like the place of another part.
        let mut pieces = PAGE.split("{{");
        let mut out = pieces.next().unwrap_or_default().to_string();
        for piece in pieces {
            let (place, rest) = piece.split_once("}}").expect("the page is well formed");
            out += match place {
                "title" => &title,
                "style" => STYLE,
                "script" => SCRIPT,
                "drawing" => &drawing,
                "data" => &data,
                _ => unreachable!("the page has no other place"),
            };
            out += rest;
        }
        out
    }

    fn node_data(&self, node: &Node) -> String {
        let optional = |text: Option<String>| match text {
            Some(text) => Text(&text).to_string(),
            None => "null".to_string(),
        };
        let line = match &node.source {
            Some(source) => format!("[{},{}]", Text(&source.place.file), source.place.line),
            None => "null".to_string(),
        };
        let seed = node.terms.iter().any(|term| term.child.is_none());
        format!(
            "{{\"id\":{},\"label\":{},\"reads\":{},\"value\":{},\"adjoint\":{},\"seed\":{seed},\"ledger\":{},\"line\":{line}}}",
            node.id,
            Text(&visible(&node.label)),
            Text(&self.headline(node)),
            Text(&self.value_line(node)),
            optional(node.has_adjoint().then(|| self.adjoint_line(node))),
            Text(&self.block(node)),
        )
    }

    /// Each step of the sweep: the node, and what each operand has when it has received its term.
    fn steps_data(&self) -> impl Iterator<Item = String> {
        self.steps().map(|step| {
            let numbers = step.receipts.iter().map(|receipt| {
                let product = self.product(&receipt.term);
                let label = visible(&receipt.operand.label);
                let sum = match receipt.before {
                    Some(before) => format!(
                        "{} + {} = {}",
                        self.number(before),
                        self.number(receipt.term.contribution),
                        self.number(receipt.after)
                    ),
                    None => self.number(receipt.after),
                };
                let says = self.formula(receipt.operand, &receipt.term).to_string();
                let text = format!("{label} receives {product}");
                receipt_data(
                    receipt.operand,
                    receipt.term.slot,
                    &text,
                    &says,
                    &sum,
                    &self.number(receipt.after),
                )
            });
            let arrays = step.array_receipts.iter().map(|receipt| {
                let label = visible(&receipt.operand.label);
                let rule = self.rule(step.node, receipt.term.slot as usize);
                let added = self.array_line(&receipt.term.contribution);
                let nth = format!("term {}", receipt.place + 1);
                let text = format!("{label} receives {rule}");
                receipt_data(
                    receipt.operand,
                    receipt.term.slot,
                    &text,
                    &nth,
                    &added,
                    &added,
                )
            });
            format!(
                "{{\"node\":{},\"receipts\":[{}]}}",
                step.node.id,
                joined(numbers.chain(arrays))
            )
        })
    }

    /// The files that source lines name, line by line, as far as they can be read.
    fn sources_data(&self) -> impl Iterator<Item = String> {
        let mut files: BTreeMap<&str, u32> = BTreeMap::new();
        for source in self.nodes().iter().filter_map(|node| node.source.as_ref()) {
            let last = files.entry(&source.place.file).or_default();
            *last = (*last).max(source.place.line);
        }
        files.into_iter().filter_map(|(file, last)| {
            let text = std::fs::read_to_string(file).ok()?;
            // A file that is shorter by now is another one.
            let lines: Vec<&str> = text.lines().collect();
            (lines.len() >= last as usize).then(|| {
                let lines = joined(lines.iter().map(|line| Text(line).to_string()));
                format!("{}:[{lines}]", Text(file))
            })
        })
    }
}

fn receipt_data(
    operand: &Node,
    slot: u32,
    text: &str,
    says: &str,
    sum: &str,
    after: &str,
) -> String {
    format!(
        "{{\"to\":{},\"slot\":{slot},\"text\":{},\"says\":{},\"sum\":{},\"after\":{}}}",
        operand.id,
        Text(text),
        Text(says),
        Text(sum),
        Text(after)
    )
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    let mut out = String::new();
    for part in parts {
        if !out.is_empty() {
            out.push(',');
        }
        write!(out, "{part}").expect("a string takes all");
    }
    out
}
