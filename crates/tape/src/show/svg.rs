//! The ledger as a drawing, in the manner of Stanford's CS231n: gates from left to right, on each
//! wire the value above in green and the adjoint below in red.

use super::layout::{Graph, Layout, layout};
use super::notes::{Kind, notes};
use super::visible;
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::op::{Attribute, Op};
use std::fmt::Write;

/// The width of a character, and the height of a line, in units of the drawing.
pub(super) const CHARACTER: f64 = 7.3;
const LINE: f64 = 15.0;
/// The height of a gate.
const GATE: f64 = 26.0;
/// How many characters a label may have before it is cut.
const LONGEST: usize = 24;
const MARGIN: f64 = 16.0;

pub(super) const STYLE: &str = "
  svg { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: #ffffff }
  .wire { fill: none; stroke: #8c959f; stroke-width: 1.3 }
  .none { stroke-dasharray: 2 3 }
  .hides { stroke: #cf222e }
  .gate { fill: #ffffff; stroke: #24292f; stroke-width: 1.3 }
  .input { fill: #f6f8fa }
  .output { stroke-width: 2.4 }
  .word { fill: #24292f; text-anchor: middle }
  .name { fill: #6e7781; text-anchor: middle; font-style: italic }
  .value { fill: #1a7f37 }
  .adjoint { fill: #cf222e }
  @media screen and (prefers-color-scheme: dark) {
    svg { background: #0d1117 }
    .gate { fill: #0d1117; stroke: #c9d1d9 }
    .input { fill: #161b22 }
    .word { fill: #c9d1d9 }
    .name { fill: #8b949e }
    .value { fill: #3fb950 }
    .adjoint, .hides { fill: #ff7b72 }
    .hides { fill: none; stroke: #ff7b72 }
  }
";

/// Of marks, where there are any.
const MARKS: &str = "  .mark { fill: #9a6700; font-weight: 700; font-size: 14px }
  @media (prefers-color-scheme: dark) { .mark { fill: #d29922 } }
";

/// A node as it is drawn: a gate, and behind it the wire with its numbers.
pub(super) struct Picture {
    /// What stands in the gate.
    pub(super) word: String,
    /// The name above it, of a node that is computed.
    pub(super) name: Option<String>,
    pub(super) value: String,
    pub(super) adjoint: Option<String>,
    pub(super) gate: f64,
    pub(super) wire: f64,
}

impl Explanation {
    /// The graph as a drawing, left to right: on each wire the value above (green) and the adjoint
    /// below (red). Where nothing flows back a wire is dotted; where a zero hid an infinity, red.
    /// With [marks](Explanation::marked), who made the first NaN and the like are marked.
    ///
    /// The file stands alone, is light or dark as its reader prefers, and prints.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
    /// let drawing = ((x + y) * z).explain().svg();
    /// assert!(drawing.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    /// assert!(drawing.contains("<text class=\"adjoint\""));
    /// ```
    #[must_use]
    pub fn svg(&self) -> String {
        let pictures: Vec<Picture> = self.nodes().iter().map(|node| self.picture(node)).collect();
        let operands = self.nodes().iter().map(|node| {
            let places = node.operands.iter().filter_map(|operand| match operand {
                Operand::Node(id) => Some(self.place_of(*id)),
                Operand::Literal(_) => None,
            });
            places.collect()
        });
        let graph = Graph {
            sizes: pictures.iter().map(Picture::size).collect(),
            operands: operands.collect(),
        };
        let layout = layout(&graph);
        let (width, height) = (layout.width + 2.0 * MARGIN, layout.height + 2.0 * MARGIN);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{} {} {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}{}</style>\n",
            -MARGIN,
            -MARGIN,
            self.title(),
            if self.marked { MARKS } else { "" }
        );
        for (place, node) in self.nodes().iter().enumerate() {
            self.draw_wires(&mut out, (place, node), &graph, &layout, &pictures);
        }
        for (place, (node, picture)) in self.nodes().iter().zip(&pictures).enumerate() {
            let is_output = self
                .outputs()
                .iter()
                .any(|output| output.node == Some(node.id));
            draw_gate(&mut out, node, picture, layout.centres[place], is_output);
        }
        if self.marked {
            let corner = |place: usize| {
                let (centre, size) = (layout.centres[place], pictures[place].size());
                [
                    centre[0] - size[0] / 2.0 + pictures[place].gate,
                    centre[1] - GATE / 2.0,
                ]
            };
            self.draw_marks(&mut out, corner);
        }
        out + "</svg>\n"
    }

    pub(super) fn title(&self) -> String {
        let named = |id: u32| escape(&visible(&self.at(id).label));
        let outputs: Vec<String> = self
            .outputs()
            .iter()
            .filter_map(|o| o.node.map(named))
            .collect();
        match outputs.is_empty() {
            true => "A recording without outputs".to_string(),
            false => format!("{}, differentiated", outputs.join(", ")),
        }
    }

    pub(super) fn picture(&self, node: &Node) -> Picture {
        let is_leaf = matches!(node.op, Op::Input | Op::Const);
        let label = cut(&visible(&node.label));
        let (word, name) = match is_leaf {
            true => (label, None),
            false => (
                cut(&self.gate_word(node)),
                node.name.is_some().then_some(label),
            ),
        };
        let shape = node.array.as_ref().map(|array| array.shape().to_string());
        let value = match shape {
            Some(shape) => cut(&format!("{shape} {}", self.value_line(node))),
            None => cut(&self.value_line(node)),
        };
        let adjoint = node.has_adjoint().then(|| {
            let adjoint = cut(&self.adjoint_line(node));
            match node.is_hooked() {
                true => adjoint + " (hook)",
                false => adjoint,
            }
        });
        let characters = |text: &str| text.chars().count() as f64 * CHARACTER;
        let widest = name.as_deref().map_or(0.0, characters);
        let numbers = characters(&value).max(adjoint.as_deref().map_or(0.0, characters));
        Picture {
            gate: (characters(&word) + 14.0).max(GATE).max(widest),
            wire: numbers + 12.0,
            word,
            name,
            value,
            adjoint,
        }
    }

    /// What stands in the gate of a node: the sign, and a plain number if it has one.
    fn gate_word(&self, node: &Node) -> String {
        let sign = match node.op {
            Op::Add | Op::Sum => "+",
            Op::Sub => "-",
            Op::Mul | Op::Product | Op::ChainMul => "*",
            Op::Div => "/",
            Op::Neg => return "* -1".to_string(),
            Op::Square => return "^2".to_string(),
            Op::Recip => return "1/x".to_string(),
            Op::Exp => "exp",
            Op::Pow => "^",
            Op::Powi => return format!("^{}", node.attribute.as_f64()),
            _ => node.op_name,
        };
        let literal = |operand: &Operand| match operand {
            Operand::Literal(number) => Some(self.numbers.literal(*number)),
            Operand::Node(_) => None,
        };
        let attribute = match node.attribute {
            Attribute::None => None,
            _ => Some(self.numbers.literal(node.attribute.as_f64())),
        };
        match (&node.operands[..], attribute) {
            ([_, right], None) if literal(right).is_some() => {
                format!("{sign} {}", literal(right).unwrap_or_default())
            }
            ([left, _], None) if literal(left).is_some() => {
                format!("{} {sign}", literal(left).unwrap_or_default())
            }
            (_, Some(attribute)) => format!("{sign} {attribute}"),
            _ => sign.to_string(),
        }
    }

    fn draw_wires(
        &self,
        out: &mut String,
        (place, node): (usize, &Node),
        graph: &Graph,
        layout: &Layout,
        pictures: &[Picture],
    ) {
        let operands = &graph.operands[place];
        let mut slots = node
            .operands
            .iter()
            .enumerate()
            .filter(|(_, o)| matches!(o, Operand::Node(_)));
        for (nth, (&operand, passed)) in operands.iter().zip(&layout.wires[place]).enumerate() {
            let slot = slots.next().map_or(0, |(slot, _)| slot as u32);
            let from = pictures[operand].end(layout.centres[operand]);
            let spread = (GATE - 10.0) * ((nth as f64 + 1.0) / (operands.len() as f64 + 1.0) - 0.5);
            let centre = layout.centres[place];
            let to = [
                centre[0] - pictures[place].size()[0] / 2.0,
                centre[1] + spread,
            ];
            let mut path = format!("M{:.1} {:.1}", from[0], from[1]);
            let mut last = from;
            for (index, point) in passed.iter().chain([&to]).enumerate() {
                match index % 2 {
                    // Through a column it runs straight, between columns it bends.
                    1 => write!(path, "H{:.1}", point[0]),
                    _ => {
                        let middle = (last[0] + point[0]) / 2.0;
                        write!(
                            path,
                            "C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}",
                            last[1], point[1], point[0], point[1]
                        )
                    }
                }
                .expect("a string takes all");
                last = *point;
            }
            let class = match self.flow(operand, node.id, slot) {
                Flow::Back => "wire",
                Flow::None => "wire none",
                Flow::Hidden => "wire hides",
            };
            let _ = writeln!(
                out,
                "<path class=\"{class}\" data-from=\"{}\" data-to=\"{}\" data-slot=\"{slot}\" d=\"{path}\"/>",
                self.nodes()[operand].id,
                node.id
            );
        }
    }

    /// The marks of nodes, side by side above the right corner of the gate, each with what it tells.
    fn draw_marks(&self, out: &mut String, corner: impl Fn(usize) -> [f64; 2]) {
        let mut notes = notes(self);
        notes.sort_by_key(|note| note.node);
        for notes in notes.chunk_by(|a, b| a.node == b.node) {
            let [x, y] = corner(self.place_of(notes[0].node));
            for (nth, kind) in [Kind::Blame, Kind::Kink, Kind::Digits]
                .into_iter()
                .filter(|kind| notes.iter().any(|note| note.kind == *kind))
                .enumerate()
            {
                let told = notes.iter().filter(|note| note.kind == kind);
                let told: Vec<&str> = told.map(|note| &note.text[..]).collect();
                let _ = writeln!(
                    out,
                    "<text class=\"mark\" x=\"{:.1}\" y=\"{:.1}\">{}<title>{}</title></text>",
                    x - 3.0 + 9.0 * nth as f64,
                    y + 2.0,
                    kind.mark(),
                    escape(&told.join("\n"))
                );
            }
        }
    }

    /// What a child handed back to an operand's slot.
    fn flow(&self, operand: usize, child: u32, slot: u32) -> Flow {
        let operand = &self.nodes()[operand];
        let hides = match &operand.array {
            Some(array) => {
                let term = array
                    .terms
                    .iter()
                    .find(|t| t.child == Some(child) && t.slot == slot);
                term.map(|term| self.array_hides(term))
            }
            None => {
                let term = operand
                    .terms
                    .iter()
                    .find(|t| t.child == Some(child) && t.slot == slot);
                term.map(crate::explain::Term::hides)
            }
        };
        match hides {
            None => Flow::None,
            Some(false) => Flow::Back,
            Some(true) => Flow::Hidden,
        }
    }
}

#[derive(Clone, Copy)]
enum Flow {
    Back,
    None,
    Hidden,
}

impl Picture {
    pub(super) fn size(&self) -> [f64; 2] {
        let name = if self.name.is_some() { LINE } else { 0.0 };
        [self.gate + self.wire, GATE + 2.0 * name.max(4.0)]
    }

    /// Where the wire behind the gate ends.
    fn end(&self, centre: [f64; 2]) -> [f64; 2] {
        [centre[0] + self.size()[0] / 2.0, centre[1]]
    }
}

fn draw_gate(out: &mut String, node: &Node, picture: &Picture, centre: [f64; 2], is_output: bool) {
    let left = centre[0] - picture.size()[0] / 2.0;
    let (middle, right) = (left + picture.gate / 2.0, left + picture.gate);
    let y = centre[1];
    let mut class = String::from("gate");
    if matches!(node.op, Op::Input | Op::Const) {
        class += " input";
    }
    if is_output {
        class += " output";
    }
    let line = |out: &mut String, text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(out, format!("<g class=\"node\" id=\"n{}\">", node.id));
    line(
        out,
        format!(
            "<path class=\"wire\" d=\"M{right:.1} {y:.1}H{:.1}\"/>",
            right + picture.wire
        ),
    );
    line(
        out,
        format!(
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{GATE}\" rx=\"{}\"/>",
            y - GATE / 2.0,
            picture.gate,
            GATE / 2.0
        ),
    );
    let text = |class: &str, x: f64, y: f64, text: &str| {
        format!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            escape(text)
        )
    };
    line(out, text("word", middle, y + 4.0, &picture.word));
    if let Some(name) = &picture.name {
        line(out, text("name", middle, y - GATE / 2.0 - 4.0, name));
    }
    line(out, text("value", right + 6.0, y - 5.0, &picture.value));
    if let Some(adjoint) = &picture.adjoint {
        line(out, text("adjoint", right + 6.0, y + 14.0, adjoint));
    }
    line(out, "</g>".to_string());
}

/// The beginning of a long text.
fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_string();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Text within an element. Characters that XML forbids do not come this far: labels are made
/// [`visible`].
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
