//! Arrays as cells: what moves, mixes or reduces elements, written as steps that compute one cell
//! each, so that the page replays arrays by the same functions as numbers.

use super::functions::Functions;
use super::joined;
use super::steps::{Part, Steps};
use crate::element::ElementType;
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::shape::Shape;

/// The most elements of one array, the most numbers of all arrays (the page holds them all), and
/// the most operands of all steps.
const ELEMENTS: usize = 1024;
const NUMBERS: usize = 12_000;
const OPERANDS: usize = 40_000;

/// What a page says of an array without numbers in it.
const LARGE: &str = "its arrays are too large to be computed here";

/// The cells of a recording: those of each node behind each other, then those that only steps use.
pub(super) struct Cells<'a> {
    explanation: &'a Explanation,
    first: Vec<usize>,
    count: usize,
    operands: usize,
}

impl<'a> Cells<'a> {
    /// `Err` if the arrays are too large, or not of double precision.
    pub(super) fn new(explanation: &'a Explanation) -> Result<Cells<'a>, String> {
        let (mut first, mut count, mut numbers) = (Vec::new(), 0, 0);
        for node in explanation.nodes() {
            first.push(count);
            count += size(node);
            let Some(part) = &node.array else { continue };
            if part.element != ElementType::F64 {
                return Err(
                    "it has arrays of single precision, and a page computes in double".to_string(),
                );
            }
            // Value, adjoint, and of each term what was added and by which factor.
            numbers += size(node) * (2 + 2 * part.terms.len());
            if size(node) > ELEMENTS || numbers > NUMBERS {
                return Err(LARGE.to_string());
            }
        }
        let asked = explanation
            .guards
            .iter()
            .flat_map(|guard| [guard.left, guard.right]);
        let of_array =
            |operand| matches!(operand, Operand::Node(id) if explanation.at(id).array.is_some());
        if asked.into_iter().any(of_array) {
            return Err("it asked for elements of arrays".to_string());
        }
        Ok(Cells {
            explanation,
            first,
            count,
            operands: 0,
        })
    }

    /// Whether each element of the node comes from those in the same place, or from numbers.
    pub(super) fn elementwise(&self, place: usize) -> Result<(), String> {
        let node = &self.explanation.nodes()[place];
        let fits = |operand: &Operand| match *operand {
            Operand::Literal(_) => true,
            Operand::Node(id) => {
                let operand = &self.explanation.at(id).array;
                operand.as_ref().is_none_or(|operand| {
                    let own = node.array.as_ref();
                    own.is_some_and(|own| own.shape() == operand.shape())
                })
            }
        };
        match node.operands.iter().all(fits) {
            true => Ok(()),
            false => Err(format!("{} mixes shapes", node.label)),
        }
    }

    /// The steps of a node, as JSON: `[kind, cell, operand, ..]`, of a copy with the kind -1.
    pub(super) fn steps(
        &mut self,
        place: usize,
        functions: &mut Functions,
    ) -> Result<String, String> {
        let node = &self.explanation.nodes()[place];
        // A term of the one could not be told from a term of the other.
        let operands = &node.operands;
        if (1..operands.len()).any(|slot| operands[..slot].contains(&operands[slot])) {
            return Err(format!("{} has an operand twice", node.label));
        }
        let mut steps = Steps {
            functions,
            list: Vec::new(),
            first: self.first[place],
            aside: self.count,
        };
        let op = node.structural.as_deref();
        let known = op
            .zip(self.operands_of(node))
            .and_then(|(op, operands)| steps.lower(op, &operands));
        known.ok_or_else(|| {
            let name = node.op_name;
            format!("it has `{name}`, which only the program itself computes")
        })?;
        self.count = steps.aside;
        self.operands += steps
            .list
            .iter()
            .map(|step| step.operands.len())
            .sum::<usize>();
        match self.operands > OPERANDS {
            true => Err(LARGE.to_string()),
            false => Ok(joined(steps.list.iter())),
        }
    }

    /// `None` if one is a plain number, or has no elements.
    fn operands_of(&self, node: &Node) -> Option<Vec<Part>> {
        let part = |operand: &Operand| {
            let Operand::Node(id) = *operand else {
                return None;
            };
            let place = self.explanation.place_of(id);
            let node = &self.explanation.nodes()[place];
            (size(node) > 0).then(|| Part {
                first: self.first[place],
                shape: shape(node),
            })
        };
        node.operands.iter().map(part).collect()
    }
}

fn shape(node: &Node) -> Shape {
    node.array
        .as_ref()
        .map_or(Shape::scalar(), |part| part.shape().clone())
}

fn size(node: &Node) -> usize {
    node.array.as_ref().map_or(1, |part| part.value.len())
}
