//! The nodes of an explanation as the page's script reads them.

use super::super::json_parts::{Number, Text};
use super::super::rule::shown;
use super::super::svg::Picture;
use super::super::visible;
use super::arrays::{Budget, array};
use super::functions::Functions;
use super::joined;
use crate::explain::{Explanation, HookTerm, Node, Term};
use crate::graph::Operand;
use crate::op::Op;

/// What nodes handed to their operands, by the place of the node and the slot.
pub(super) type Handed<'a> = Vec<Vec<Option<&'a Term>>>;

/// The terms of all numbers, by the node that added each.
pub(super) fn handed(explanation: &Explanation) -> Handed<'_> {
    let nodes = explanation.nodes();
    let mut handed: Handed<'_> = nodes
        .iter()
        .map(|node| vec![None; node.operands.len()])
        .collect();
    for term in nodes.iter().flat_map(|node| &node.terms) {
        if let Some(child) = term.child {
            handed[explanation.place_of(child)][term.slot as usize] = Some(term);
        }
    }
    handed
}

/// The nodes, one object each.
pub(super) fn nodes(
    explanation: &Explanation,
    pictures: &[Picture],
    functions: Option<&Functions>,
    files: &[&str],
) -> String {
    let handed = handed(explanation);
    let budget = Budget::new();
    let nodes = explanation.nodes().iter().zip(pictures).zip(&handed);
    joined(nodes.enumerate().map(|(place, ((node, picture), handed))| {
        let operands = node.operands.iter().map(|operand| match *operand {
            Operand::Node(id) => explanation.place_of(id).to_string(),
            Operand::Literal(number) => format!("[{}]", Number(number)),
        });
        let mut out = format!(
            "{{\"id\":{},\"label\":{},\"word\":{},\"gate\":{:.0},\"wire\":{:.0},\"operands\":[{}],\"value\":{},\"adjoint\":{}",
            node.id,
            Text(&visible(&node.label)),
            Text(&picture.word),
            picture.gate,
            picture.wire,
            joined(operands),
            Number(node.value),
            node.adjoint.map_or("null".to_string(), |adjoint| Number(adjoint).to_string()),
        );
        let mut add = |name: &str, text: String| out += &format!(",\"{name}\":{text}");
        match node.op {
            Op::Input => add("leaf", "\"input\"".to_string()),
            Op::Const => add("leaf", "\"data\"".to_string()),
            _ => add("reads", Text(&explanation.expression(node)).to_string()),
        }
        if picture.name.is_some() {
            add("named", "true".to_string());
        }
        if let Some(kind) = functions.and_then(|functions| functions.kind(node)) {
            add("kind", kind.to_string());
        }
        if let Some(steps) = functions.and_then(|functions| functions.steps.get(&place)) {
            add("steps", format!("[{steps}]"));
        }
        if handed.iter().any(Option::is_some) {
            add("hands", format!("[{}]", joined(handed.iter().map(|term| hands(explanation, node, *term)))));
        }
        if let Some(pattern) = pattern(node, handed) {
            add("pattern", format!("\"{pattern}\""));
        }
        let seeds = node.terms.iter().filter(|term| term.child.is_none());
        let seeds = joined(seeds.map(|term| Number(term.contribution)));
        let array_terms = node.array.iter().flat_map(|array| &array.terms);
        if !seeds.is_empty() || array_terms.into_iter().any(|term| term.child.is_none()) {
            add("seeds", format!("[{seeds}]"));
        }
        if !node.hooks.is_empty() {
            let hook = |hook: &HookTerm| {
                let line = hook.source.as_ref().map_or(String::new(), ToString::to_string);
                format!("[{},{},{}]", Number(hook.before), Number(hook.after), Text(&line))
            };
            add("hooks", format!("[{}]", joined(node.hooks.iter().map(hook))));
        }
        if let Some(part) = &node.array {
            add("array", array(explanation, node, part, &budget));
        }
        if let Some(source) = &node.source {
            let file = files.binary_search(&source.place.file.as_str()).expect("every file that a node names is listed");
            add("line", format!("[{file},{},{}]", source.place.line, source.of_operand));
        }
        out + "}"
    }))
}

/// What a node hands to one operand: the local derivative and its formula; or where it is no
/// product, the whole and how it reads.
fn hands(explanation: &Explanation, node: &Node, term: Option<&Term>) -> String {
    let Some(term) = term else {
        return "null".to_string();
    };
    if node.op == Op::Structural {
        let reads = explanation.rule(node, term.slot as usize);
        return format!(
            "{{\"whole\":{},\"reads\":{}}}",
            Number(term.contribution),
            Text(&reads)
        );
    }
    let rule = match shown(node, term) {
        Some(rule) => Text(&rule.text(explanation)).to_string(),
        None => "null".to_string(),
    };
    format!("{{\"local\":{},\"rule\":{rule}}}", Number(term.local))
}

/// How lectures call what a gate does to the adjoint: it hands it on alike to all operands, swaps
/// the operands, hands it to one of them, or stops it.
fn pattern(node: &Node, handed: &[Option<&Term>]) -> Option<&'static str> {
    const SWITCHES: [&str; 4] = ["max_share(", "positive(", "within(", "relu_slope("];
    let info = node.op.info();
    handed.iter().flatten().next()?;
    let switches = |says: &&str| SWITCHES.iter().any(|switch| says.starts_with(switch));
    match (info.says, info.operands) {
        ([], _) => None,
        ([first, second], [x, y]) if first == y && second == x => Some("swaps"),
        (says, _) if says.iter().all(|says| *says == "1.0") => {
            (handed.len() > 1).then_some("distributes")
        }
        (says, [_]) => says.iter().any(switches).then_some("gates"),
        (says, _) => says.iter().any(switches).then_some("routes"),
    }
}
