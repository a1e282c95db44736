//! What the page knows of a node that is an array: its shape, its numbers or a coarse map of them,
//! and the terms of its adjoint.

use super::super::json_parts::{Number, Text};
use super::joined;
use crate::array::Array;
use crate::element::ElementType;
use crate::explain::{ArrayPart, ArrayTerm, Explanation, Node};
use crate::math::norm;
use crate::op::Op;
use std::cell::Cell;

/// The most elements of one array whose numbers the page holds, and of all arrays together.
const WHOLE: usize = 4096;
const NUMBERS: usize = 16_384;
/// The most rows and columns of a coarse map, and the cells of all maps together.
const SIDE: usize = 40;
const CELLS: usize = 60_000;

/// The longest adjoint, in characters, that stands on a wire.
const SHORT: usize = 18;

/// How many more numbers the page takes.
pub(super) struct Budget {
    numbers: Cell<usize>,
    cells: Cell<usize>,
}

impl Budget {
    pub(super) fn new() -> Budget {
        Budget {
            numbers: Cell::new(NUMBERS),
            cells: Cell::new(CELLS),
        }
    }

    fn takes(budget: &Cell<usize>, count: usize) -> bool {
        let left = budget.get().checked_sub(count);
        left.inspect(|&left| budget.set(left)).is_some()
    }
}

/// The array of a node, as JSON.
pub(super) fn array(
    explanation: &Explanation,
    node: &Node,
    part: &ArrayPart,
    budget: &Budget,
) -> String {
    let adjoint = part.adjoint.as_ref();
    let terms = part
        .terms
        .iter()
        .filter_map(|term| Some(array_term(explanation, term.child?, term, budget)));
    let hooks = part.hooks.iter().map(|hook| {
        let [before, after] = [&hook.before, &hook.after].map(|array| numbers(array, budget));
        let line = hook
            .source
            .as_ref()
            .map_or(String::new(), ToString::to_string);
        format!("[{before},{after},{}]", Text(&line))
    });
    format!(
        "{{\"shape\":{:?},\"type\":{},\"ledger\":{},\"brief\":{},\"adjointText\":{},\"value\":{},\"adjoint\":{},\"terms\":[{}],\"hooks\":[{}]}}",
        &part.shape()[..],
        match part.element {
            ElementType::F64 => "\"f64\"",
            ElementType::F32 => "\"f32\"",
        },
        Text(&explanation.block(node)),
        Text(&brief(explanation, node, part)),
        Text(&explanation.adjoint_line(node)),
        numbers(&part.value, budget),
        adjoint.map_or("null".to_string(), |adjoint| numbers(adjoint, budget)),
        joined(terms),
        joined(hooks),
    )
}

/// The adjoint as it stands on a wire: itself, if it is short, else its norm.
pub(super) fn brief(explanation: &Explanation, node: &Node, part: &ArrayPart) -> String {
    let line = explanation.adjoint_line(node);
    match &part.adjoint {
        Some(adjoint) if line.chars().count() > SHORT => {
            format!("norm {}", explanation.number(norm(&adjoint.to_vec())))
        }
        _ => line,
    }
}

fn array_term(explanation: &Explanation, id: u32, term: &ArrayTerm, budget: &Budget) -> String {
    let child = explanation.at(id);
    let local = term.local.as_ref();
    // An array that was repeated along axes receives sums along them.
    let summed = child.op == Op::Structural && child.op_name == "expand";
    format!(
        "{{\"from\":{},\"slot\":{},\"reads\":{},\"summed\":{summed},\"local\":{},\"added\":{}}}",
        explanation.place_of(id),
        term.slot,
        Text(&explanation.rule(child, term.slot as usize)),
        local.map_or("null".to_string(), |local| numbers(local, budget)),
        numbers(&term.contribution, budget),
    )
}

/// The elements of an array in rows, if the page takes them; else a coarse map; else nothing.
fn numbers(array: &Array, budget: &Budget) -> String {
    let count = array.len();
    if count <= WHOLE && Budget::takes(&budget.numbers, count) {
        let all = joined(array.iter().map(|&x| Number(x).to_string()));
        return format!("{{\"numbers\":[{all}]}}");
    }
    let columns = array.shape().last().copied().unwrap_or(1).max(1);
    let rows = count / columns;
    let (height, width) = (rows.min(SIDE), columns.min(SIDE));
    if !Budget::takes(&budget.cells, height * width) {
        return "{}".to_string();
    }
    let elements = array.as_slice();
    let cells = (0..height * width).map(|cell| {
        let span =
            |at: usize, cells: usize, whole: usize| at * whole / cells..(at + 1) * whole / cells;
        let (down, along) = (
            span(cell / width, height, rows),
            span(cell % width, width, columns),
        );
        let size = (down.len() * along.len()) as f64;
        let sum: f64 = down
            .flat_map(|row| elements[row * columns + along.start..row * columns + along.end].iter())
            .sum();
        match sum / size {
            mean if mean.is_finite() => format!("{mean:.3e}"),
            mean => Number(mean).to_string(),
        }
    });
    format!(
        "{{\"rows\":{height},\"columns\":{width},\"means\":[{}]}}",
        joined(cells)
    )
}
