//! What the views say of arrays: their numbers, and how their terms read.

use super::hook::by;
use super::{Numbers, visible};
use crate::array::Array;
use crate::explain::{ArrayPart, ArrayTerm, Explanation, Node, Output};
use crate::graph::Operand;
use crate::math::sum;
use crate::op::Op;
use crate::shape::Shape;

/// How many elements are spelled out; of more there are statistics.
pub(super) const SPELLED_OUT: usize = 12;

/// How wide an array on one line may be.
const LINE: usize = 72;

/// A piece of a rule such as `{g} . {1}^T`.
#[derive(Clone, Copy)]
pub(super) enum Piece {
    Text(&'static str),
    /// The adjoint of the node whose rule it is.
    Upstream,
    /// An operand, or with `None` the node itself; and what stands behind it: `^T`.
    Value(Option<usize>, &'static str),
}

/// What a rule is made of.
pub(super) fn pieces(rule: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = rule;
    while let Some((before, (inside, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        rest = after;
        if inside == "g" {
            pieces.push(Piece::Upstream);
            continue;
        }
        let suffix = ["^-T", "^-1", "^T"]
            .into_iter()
            .find(|suffix| rest.starts_with(suffix));
        let suffix = suffix.unwrap_or("");
        rest = &rest[suffix.len()..];
        pieces.push(Piece::Value(inside.parse().ok(), suffix));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Whether the shapes stand in a rule: in products of matrices.
pub(super) fn is_shaped(rule: &str) -> bool {
    rule.contains("} . {") || rule.contains("^T . {")
}

/// The shape of a matrix, or of its transpose.
pub(super) fn shape_behind(shape: &Shape, suffix: &str) -> Shape {
    let mut lengths = shape.to_vec();
    let rank = lengths.len();
    if suffix.ends_with('T') && rank >= 2 {
        lengths.swap(rank - 2, rank - 1);
    }
    Shape::trusted(lengths)
}

impl Node {
    /// The shape of the value: of a number `[]`.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match &self.array {
            Some(array) => array.shape().clone(),
            None => Shape::scalar(),
        }
    }
}

impl Explanation {
    /// How the term reads that `child` hands to its operand `slot`.
    ///
    /// Of an operation on single elements it is the child's adjoint times the local derivative,
    /// element by element; of others it is what the operation says of itself.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let w = tape.tensor("W", [[1.0, 2.0], [3.0, 4.0]]);
    /// let z = w.matmul(tape.constant([[5.0], [6.0]]).named("x")).named("z1");
    /// let explanation = z.square().sum().named("J").explain();
    /// let z = explanation.node(z).unwrap();
    /// assert_eq!(explanation.rule(z, 0), "delta1 [2,1] . x^T [1,2]");
    /// ```
    ///
    /// # Panics
    /// If the child has no such operand.
    #[must_use]
    pub fn rule(&self, child: &Node, slot: usize) -> String {
        let operand = child.operands[slot];
        let upstream = self.upstream_name(child);
        if child.op != Op::Structural {
            let (child, operand) = (visible(&child.label), self.operand_text(operand));
            return format!("{upstream} * d{child}/d{operand}");
        }
        let template = child.rules[slot];
        let shaped = is_shaped(template);
        let with_shape = |text: String, shape: &Shape| match shaped && shape.rank() > 0 {
            true => format!("{text} {shape}"),
            false => text,
        };
        let mut out = String::new();
        for piece in pieces(template) {
            out += &match piece {
                Piece::Text(text) if child.op_name == "expand" => {
                    text.replace("the repeated axes", &self.repeated_axes(child))
                }
                Piece::Text(text) => text.to_string(),
                Piece::Upstream => with_shape(upstream.clone(), &child.shape()),
                Piece::Value(None, suffix) => with_shape(
                    visible(&child.label) + suffix,
                    &shape_behind(&child.shape(), suffix),
                ),
                Piece::Value(Some(slot), suffix) => {
                    let operand = child.operands[slot];
                    let shape = shape_behind(&self.operand_shape(operand), suffix);
                    with_shape(self.operand_text(operand) + suffix, &shape)
                }
            };
        }
        out
    }

    /// The axes along which a node repeats its operand, in words.
    fn repeated_axes(&self, child: &Node) -> String {
        let (from, to) = (self.operand_shape(child.operands[0]), child.shape());
        let new = to.rank() - from.rank();
        let repeated = |&axis: &usize| axis < new || from[axis - new] != to[axis];
        let axes: Vec<usize> = (0..to.rank()).filter(repeated).collect();
        match &axes[..] {
            all if all.len() == to.rank() => "all axes".to_string(),
            [axis] => format!("axis {axis}"),
            axes => {
                let axes: Vec<String> = axes.iter().map(ToString::to_string).collect();
                format!("axes {}", axes.join(", "))
            }
        }
    }

    /// Whether a node is an array.
    pub(super) fn has_arrays(&self) -> bool {
        self.nodes().iter().any(|node| node.array.is_some())
    }

    pub(crate) fn operand_text(&self, operand: Operand) -> String {
        match operand {
            Operand::Node(id) => visible(&self.at(id).label),
            Operand::Literal(number) => self.numbers.literal(number),
        }
    }

    pub(super) fn operand_shape(&self, operand: Operand) -> Shape {
        match operand {
            Operand::Node(id) => self.at(id).shape(),
            Operand::Literal(_) => Shape::scalar(),
        }
    }

    /// What the derivative of the output by a node is called: `dJ/dW2`.
    pub(super) fn adjoint_name(&self, node: &Node) -> String {
        let label = visible(&node.label);
        let of = |output: &Output| match output.node {
            Some(id) => visible(&self.at(id).label),
            None => self.number(output.value),
        };
        match self.outputs() {
            [output] if output.seed == 1.0 => format!("d{}/d{label}", of(output)),
            [output] if output.seed.is_nan() => {
                format!("d {}/d{label}", self.seeded(output, of(output)))
            }
            [output] => format!("d({})/d{label}", self.seeded(output, of(output))),
            few if few.len() <= 3 => format!("d({})/d{label}", self.outputs_text(of)),
            _ => format!("d(sum of the outputs)/d{label}"),
        }
    }

    /// What the adjoints of an output are derivatives of, for which it was called by `name`.
    pub(super) fn seeded(&self, output: &Output, name: String) -> String {
        let node = output.node.map(|id| self.at(id));
        if node.is_some_and(|node| node.array.is_some()) {
            return format!("sum(seed * {name})");
        }
        match output.seed {
            1.0 => name,
            seed => format!("{} * {name}", self.number(seed)),
        }
    }

    /// The adjoint of a child in a term: `delta3` of a node named `z3`, as lectures have it; of
    /// the output itself the number 1, or the seed.
    fn upstream_name(&self, child: &Node) -> String {
        match (delta(child), self.outputs(), &child.terms[..]) {
            (Some(delta), _, _) => delta,
            (None, [_], [seed]) if seed.child.is_none() && child.hooks.is_empty() => {
                self.number(seed.contribution)
            }
            (None, [_], []) if is_seeded(child) => "seed".to_string(),
            _ => self.adjoint_name(child),
        }
    }

    /// The adjoint of an array, of two names if it has them: `adjoint delta3`.
    pub(super) fn array_total(&self, node: &Node, array: &ArrayPart) -> String {
        let Some(adjoint) = &array.adjoint else {
            let why = match (array.is_data, node.op) {
                (true, Op::Const) => "it is data",
                (true, _) => "it depends on data alone",
                (false, _) => "no path leads to an output",
            };
            return format!("adjoint none: {why}");
        };
        let delta = delta(node).map_or(String::new(), |delta| format!(" {delta}"));
        let terms = match array.terms.len() {
            0 | 1 => String::new(),
            many => format!(", the sum of {many} terms"),
        };
        let hooked = match array.hooks.len() {
            0 => String::new(),
            many => format!(", changed by {}", by(many)),
        };
        let head = format!("adjoint{delta} {}{terms}{hooked}: ", array.shape());
        self.array_block(&head, adjoint)
    }

    /// An array behind `head`; on lines of its own, aligned, if one is not enough.
    pub(super) fn array_block(&self, head: &str, array: &Array) -> String {
        let text = self.array_text(array);
        let line = one_line(&text);
        if head.len() + line.len() <= LINE || !text.contains('\n') {
            return format!("{head}{line}");
        }
        let lines: Vec<String> = text.lines().map(|line| format!("        {line}")).collect();
        format!("{}\n{}", head.trim_end(), lines.join("\n"))
    }

    /// An array on one line.
    pub(crate) fn array_line(&self, array: &Array) -> String {
        one_line(&self.array_text(array))
    }

    /// The adjoint of a node on one line; `none` where no path leads to an output.
    pub(super) fn adjoint_line(&self, node: &Node) -> String {
        let shown = match &node.array {
            Some(array) => array
                .adjoint
                .as_ref()
                .map(|adjoint| self.array_line(adjoint)),
            None => node.adjoint.map(|adjoint| self.number(adjoint)),
        };
        shown.unwrap_or("none".to_string())
    }

    /// The value of a node on one line.
    pub(super) fn value_line(&self, node: &Node) -> String {
        match &node.array {
            Some(array) => self.array_line(&array.value),
            None => self.number(node.value),
        }
    }

    /// What a node is called, and its shape if it is an array.
    pub(super) fn shaped_label(&self, node: &Node) -> String {
        match &node.array {
            Some(array) => format!("{} {}", visible(&node.label), array.shape()),
            None => visible(&node.label),
        }
    }

    /// The numbers of a small array, as [`Array`] prints them; statistics of a large one.
    fn array_text(&self, array: &Array) -> String {
        if array.len() > SPELLED_OUT {
            return self.statistics(array.as_slice());
        }
        match self.numbers {
            Numbers::Readable => format!("{array:.6}"),
            Numbers::Decimals(decimals) => format!("{array:.decimals$}"),
            Numbers::Exact => format!("{array:.17}"),
        }
    }

    fn statistics(&self, elements: &[f64]) -> String {
        let finite: Vec<f64> = elements.iter().copied().filter(|x| x.is_finite()).collect();
        let count = finite.len() as f64;
        let largest = |sign: f64| {
            finite
                .iter()
                .fold(f64::NEG_INFINITY, |a, &x| a.max(sign * x))
        };
        // Relative to the largest element: no sum overflows, and equal elements have no deviation.
        let size = largest(1.0).max(largest(-1.0));
        let parts: Vec<f64> = finite.iter().map(|x| x / size).collect();
        let mean = if size > 0.0 {
            size * (sum(&parts) / count)
        } else {
            0.0
        };
        // Relative to the largest deviation, so that squares neither overflow nor vanish.
        let scale = (largest(1.0) - mean).max(largest(-1.0) + mean);
        let squares = finite.iter().map(|x| ((x - mean) / scale).powi(2) / count);
        let deviation = if scale > 0.0 {
            scale * squares.sum::<f64>().sqrt()
        } else {
            0.0
        };
        let zeros = match elements.iter().filter(|&&x| x == 0.0).count() {
            1 => "1 zero".to_string(),
            zeros => format!("{zeros} zeros"),
        };
        let others = elements.len() - finite.len();
        let counts = format!("{zeros}, {others} not finite");
        if finite.is_empty() {
            return format!("{} elements, {counts}", elements.len());
        }
        let [mean, deviation, smallest, largest] =
            [mean, deviation, -largest(-1.0), largest(1.0)].map(|number| self.number(number));
        format!("mean {mean}, std {deviation}, smallest {smallest}, largest {largest}, {counts}")
    }

    /// Whether an exact zero hid an infinity or a NaN in the product of some element.
    pub(super) fn array_hides(&self, term: &ArrayTerm) -> bool {
        let child = term.child.map(|child| self.at(child));
        let child = child.and_then(|child| child.array.as_ref());
        let upstream = child.and_then(|child| child.adjoint.as_ref());
        let (Some(local), Some(upstream)) = (&term.local, upstream) else {
            return false;
        };
        upstream
            .iter()
            .zip(local.iter())
            .any(|(&upstream, &local)| {
                (upstream == 0.0 && !local.is_finite()) || (local == 0.0 && !upstream.is_finite())
            })
    }
}

/// Whether the adjoint of an array is a seed.
fn is_seeded(node: &Node) -> bool {
    node.array.as_ref().is_some_and(|array| {
        let is_seed = matches!(&array.terms[..], [seed] if seed.child.is_none());
        is_seed && array.hooks.is_empty()
    })
}

/// What lectures call the adjoint of `z3`.
fn delta(node: &Node) -> Option<String> {
    let number = node.name.as_ref()?.strip_prefix('z')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && node.array.is_some()).then(|| format!("delta{number}"))
}

/// The rows of an array behind each other.
fn one_line(text: &str) -> String {
    let rows: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|row| !row.is_empty())
        .collect();
    rows.join(" ")
}
