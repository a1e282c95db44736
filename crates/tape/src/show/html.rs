//! The ledger as a page to step through: one file, which needs nothing else.
//!
//! The page's script draws and steps; what it needs to know stands in it as data: the nodes
//! ([`nodes`]), which of them are folded together ([`blocks`]) and where they are drawn
//! ([`scene`]), and if it can replay the recording, the operations as functions ([`functions`]),
//! those on arrays as steps of such functions ([`cells`], [`steps`]).

mod arrays;
mod blocks;
mod cells;
mod functions;
mod nodes;
mod places;
mod scene;
mod steps;

use super::Numbers;
use super::json_parts::{Number, Text};
use super::notes::{Note, notes};
use super::svg::{CHARACTER, Picture, STYLE as DRAWN};
use super::visible;
use crate::explain::Explanation;
use crate::graph::Operand;
use crate::guard::Test;
use crate::op::Op;
use crate::program::ProgramGuard;
use blocks::blocks;
use functions::functions;
use nodes::nodes;
use scene::scene;
use std::collections::BTreeMap;
use std::fmt::Write;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// The script, in the order in which its parts use each other.
const SCRIPT: [&str; 13] = [
    include_str!("page/numbers.js"),
    include_str!("page/math.js"),
    include_str!("page/run.js"),
    include_str!("page/replay.js"),
    include_str!("page/drawing.js"),
    include_str!("page/ledger.js"),
    include_str!("page/heatmap.js"),
    include_str!("page/arrays.js"),
    include_str!("page/steps.js"),
    include_str!("page/focus.js"),
    include_str!("page/marks.js"),
    include_str!("page/sliders.js"),
    include_str!("page/controls.js"),
];

/// The room for a number that a slider moves.
const MOVING: f64 = 10.0 * CHARACTER;

impl Explanation {
    /// The explorer: a page that steps through the recording forwards and through the sweep
    /// backwards, beside the program's own lines; folds what is large; and where the recording is
    /// of numbers and small arrays, replays it at other inputs.
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
        let mut pictures: Vec<Picture> =
            self.nodes().iter().map(|node| self.picture(node)).collect();
        let functions = functions(self);
        for (picture, node) in pictures.iter_mut().zip(self.nodes()) {
            // The page speaks of every node: each shows what it is called.
            if !matches!(node.op, Op::Input | Op::Const) && picture.name.is_none() {
                let label = visible(&node.label);
                picture.gate = picture.gate.max(label.chars().count() as f64 * CHARACTER);
                picture.name = Some(label);
            }
            if let Some(part) = &node.array {
                let brief = arrays::brief(self, node, part).chars().count();
                let shape = part.shape().to_string().chars().count();
                picture.wire = (brief.max(shape) as f64 + 2.0) * CHARACTER;
            }
            if functions.is_ok() {
                picture.wire = picture.wire.max(MOVING);
            }
        }
        let sources = self.sources();
        let files: Vec<&str> = sources.keys().copied().collect();
        let texts = sources.values().map(|lines| {
            let lines = lines.iter().flatten().map(|line| Text(line).to_string());
            format!("[{}]", joined(lines))
        });
        let outputs = self.outputs().iter().filter_map(|output| output.node);
        let data = format!(
            "{{\"numbers\":{},\"fixed\":{},\"outputs\":[{}],\"files\":[{}],\"sources\":[{}],\"guards\":[{}],\"notes\":[{}],\"blocks\":[{}],\"nodes\":[{}]}}",
            match self.numbers {
                Numbers::Readable => "\"readable\"".to_string(),
                Numbers::Exact => "\"exact\"".to_string(),
                Numbers::Decimals(decimals) => decimals.to_string(),
            },
            functions
                .as_ref()
                .err()
                .map_or("null".to_string(), |why| Text(why).to_string()),
            joined(outputs.map(|id| self.place_of(id).to_string())),
            joined(files.iter().map(|file| Text(file).to_string())),
            joined(texts),
            joined(self.guards.iter().map(|guard| self.guard(guard))),
            joined(notes(self).iter().map(|note| self.note(note))),
            scene(self, &blocks(self), &pictures),
            nodes(self, &pictures, functions.as_ref().ok(), &files),
        );
        // `</script` would end it, and `<!--` change how it is read.
        let data = data.replace('<', "\\u003c");
        let title = self.title();
        // In one pass: a name may look like the place of another part.
        let mut pieces = PAGE.split("{{");
        let mut out = pieces.next().unwrap_or_default().to_string();
        for piece in pieces {
            let (place, rest) = piece.split_once("}}").expect("the page is well formed");
            match place {
                "title" => out += &title,
                "style" => out.extend([DRAWN, STYLE]),
                "functions" => match &functions {
                    Ok(functions) => out += &functions.script(),
                    Err(_) => out += "const kinds = [];\n",
                },
                "script" => out.extend(SCRIPT),
                "data" => out += &data,
                _ => unreachable!("the page has no other place"),
            }
            out += rest;
        }
        out
    }

    /// The files that source lines name; line by line, if they can be read.
    fn sources(&self) -> BTreeMap<&str, Option<Vec<String>>> {
        let mut last: BTreeMap<&str, u32> = BTreeMap::new();
        for source in self.nodes().iter().filter_map(|node| node.source.as_ref()) {
            let last = last.entry(&source.place.file).or_default();
            *last = (*last).max(source.place.line);
        }
        let read = |(file, last)| {
            let text = std::fs::read_to_string(file).ok();
            let lines = text.map(|text| text.lines().map(str::to_string).collect::<Vec<_>>());
            // A file that is shorter by now is another one.
            (file, lines.filter(|lines| lines.len() >= last as usize))
        };
        last.into_iter().map(read).collect()
    }

    /// A mark: the place of its node, its kind and what is told.
    fn note(&self, note: &Note) -> String {
        let place = self.place_of(note.node);
        format!("[{place},\"{}\",{}]", note.kind.name(), Text(&note.text))
    }

    /// What the program asked of a value, and was answered.
    fn guard(&self, guard: &ProgramGuard) -> String {
        let operand = |operand: Operand| match operand {
            Operand::Node(id) => self.place_of(id).to_string(),
            Operand::Literal(number) => format!("[{}]", Number(number)),
        };
        let answer = match guard.test {
            Test::Read => Number(f64::from_bits(guard.answer)).to_string(),
            _ => guard.answer.to_string(),
        };
        format!(
            "[\"{}\",{},{},{answer},{}]",
            guard.test.name(),
            operand(guard.left),
            operand(guard.right),
            Text(&format!("{}:{}", guard.place.file, guard.place.line)),
        )
    }
}

fn joined(parts: impl Iterator<Item = impl std::fmt::Display>) -> String {
    let mut out = String::new();
    for part in parts {
        if !out.is_empty() {
            out.push(',');
        }
        write!(out, "{part}").expect("a string takes all");
    }
    out
}
