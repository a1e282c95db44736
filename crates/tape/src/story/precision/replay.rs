//! A ledger recorded anew, with its gradient as nodes behind it.

use crate::derive::gradient_of;
use crate::explain::{Explanation, Node};
use crate::graph::Operand;
use crate::guard::Guards;
use crate::op::{Lift, Op};
use crate::program::Session;
use crate::recording::Settings;
use crate::var::Var;

/// The numbers of a ledger on a tape of their own, and their adjoints.
pub(super) struct Replay {
    pub(super) session: Session,
    /// By place in the ledger: the node's index in the session; inside, `None` for what is a plain
    /// number there; outside, for what is or depends on an array.
    pub(super) values: Vec<Option<Option<u32>>>,
    /// The same of the adjoints. None of them where an output depends on an array, or a hook changed one.
    pub(super) adjoints: Vec<Option<Option<u32>>>,
}

impl Replay {
    pub(super) fn of(explanation: &Explanation) -> Replay {
        let settings = Settings {
            lines: false,
            guards: Guards::Off,
            ..Settings::BARE
        };
        let session = Session::open("a ledger being weighed", settings);
        let mut vars: Vec<Option<Var>> = Vec::with_capacity(explanation.nodes().len());
        for node in explanation.nodes() {
            let var = replayed(explanation, &session, &vars, node);
            vars.push(var);
        }
        let outputs = explanation
            .outputs()
            .iter()
            .filter_map(|output| output.node);
        let outputs: Option<Vec<Var>> = outputs.map(|id| vars[explanation.place_of(id)]).collect();
        let outputs = outputs.filter(|_| !explanation.nodes().iter().any(Node::is_hooked));
        let mut adjoints = vec![None; vars.len()];
        if let Some(total) = outputs.and_then(|outputs| outputs.into_iter().reduce(|a, b| a + b)) {
            let places: Vec<usize> = (0..vars.len())
                .filter(|&place| explanation.nodes()[place].adjoint.is_some())
                .filter(|&place| vars[place].is_some())
                .collect();
            let handles: Vec<Var> = places.iter().filter_map(|&place| vars[place]).collect();
            // The seed is a node, so that the products with it are, and nothing is folded unseen.
            let seed = match explanation.outputs() {
                [output] => output.seed,
                _ => 1.0,
            };
            let seed = session.0.constant(seed);
            for (&place, adjoint) in places.iter().zip(gradient_of(total, seed, &handles)) {
                adjoints[place] = Some(session.0.index(adjoint));
            }
        }
        let values = vars
            .iter()
            .map(|var| var.map(|var| session.0.index(var)))
            .collect();
        Replay {
            values,
            adjoints,
            session,
        }
    }
}

/// A node recorded anew; `None` where an array is in it.
fn replayed(
    explanation: &Explanation,
    session: &Session,
    vars: &[Option<Var>],
    node: &Node,
) -> Option<Var> {
    if node.array.is_some() || node.op == Op::Structural {
        return None;
    }
    let operand = |operand: &Operand| match *operand {
        Operand::Node(id) => vars[explanation.place_of(id)],
        // As nodes: what a rule makes of plain numbers is not recorded, and so not weighed.
        Operand::Literal(number) => Some(session.0.constant(number)),
    };
    let operands: Vec<Var> = node.operands.iter().map(operand).collect::<Option<_>>()?;
    match node.op {
        Op::Input => session.inputs(&[node.value]).pop(),
        Op::Const => Some(session.0.constant(node.value)),
        Op::Detach => operands.first().map(|operand| operand.detach()),
        Op::Call => Some(<Var as Lift>::call(node.row.function(), &operands)),
        op => op.apply(&operands, node.attribute.as_f64()),
    }
}
