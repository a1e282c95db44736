//! A parsed expression as a computation, on any number type.

use tape::{Op, Real, Tape, Var};

use crate::expr::{Expression, Kind};
use crate::functions::function;
use crate::question::Question;

/// An expression recorded on a tape.
pub(crate) struct Recorded {
    pub(crate) tape: Tape,
    /// The outputs, in the order written.
    pub(crate) outputs: Vec<Var>,
}

/// Records a question: first its inputs, then a node for each step that is not constant.
/// Names that the source binds name their nodes.
pub(crate) fn record(question: &Question) -> Recorded {
    let tape = Tape::without_lines();
    let inputs: Vec<Var> = question
        .inputs
        .iter()
        .map(|input| tape.var(&input.name, input.value))
        .collect();
    let outputs = run(&question.expression, &inputs, |var, name| {
        var.named(name);
    });
    Recorded { tape, outputs }
}

/// The outputs of `expression` at `inputs`.
pub(crate) fn evaluate<N: Real>(expression: &Expression, inputs: &[N]) -> Vec<N> {
    run(expression, inputs, |_, _| ())
}

/// One pass over the nodes; `name` is told the value of each that has a name.
fn run<N: Real>(expression: &Expression, inputs: &[N], name: impl Fn(N, &str)) -> Vec<N> {
    let mut values: Vec<N> = Vec::with_capacity(expression.nodes.len());
    let mut operands: Vec<N> = Vec::new();
    for node in &expression.nodes {
        let one = |op, a: usize, attribute| apply(op, &[values[a]], attribute);
        let two = |op, a: usize, b: usize| apply(op, &[values[a], values[b]], 0.0);
        let value = match &node.kind {
            Kind::Number(number) => N::from(*number),
            Kind::Input(input) => inputs[*input],
            Kind::Neg(a) => one(Op::Neg, *a, 0.0),
            Kind::PowI(a, exponent) => one(Op::Powi, *a, f64::from(*exponent)),
            Kind::Add(a, b) => two(Op::Add, *a, *b),
            Kind::Sub(a, b) => two(Op::Sub, *a, *b),
            Kind::Mul(a, b) => two(Op::Mul, *a, *b),
            Kind::Div(a, b) => two(Op::Div, *a, *b),
            Kind::Pow(a, b) => two(Op::Pow, *a, *b),
            Kind::Call(call) => {
                let function = function(&call.function).expect("the parser has looked it up");
                let attribute = call.literals.first().copied();
                operands.clear();
                operands.extend(call.operands.iter().map(|operand| values[*operand]));
                apply(
                    function.op,
                    &operands,
                    attribute.unwrap_or(function.default),
                )
            }
        };
        if let Some(bound) = &node.name {
            name(value, bound);
        }
        values.push(value);
    }
    let outputs = expression.outputs.iter();
    outputs.map(|output| values[*output]).collect()
}

fn apply<N: Real>(op: Op, operands: &[N], attribute: f64) -> N {
    op.apply(operands, attribute)
        .expect("the parser has counted the arguments")
}
