//! The language of `chainrule explain "EXPR" x=-2 y=5`: text in, a flat list of
//! nodes out.
//!
//! ```text
//! source   = { name "=" sum ";" } sum { "," sum }
//! sum      = product { ("+" | "-") product }
//! product  = signed { ("*" | "/") signed }
//! signed   = { "+" | "-" } power
//! power    = primary [ "^" signed ]
//! primary  = number | name | "(" sum ")" | name "(" [ sum { "," sum } ] ")"
//! ```
//!
//! So `-x^2` is `-(x^2)`, `2^3^2` is `2^(3^2)` and `2^-x^2` is `2^(-(x^2))`.
//! A number is decimal: `3`, `2.`, `.5`, `1e-3`. A name has letters, digits and
//! `_`, and starts with no digit. `pi` is a constant unless an input or a
//! binding takes its name.
//!
//! The source `q = x*y; q + sin(q)`, with the inputs `x` and `y`, becomes
//!
//! ```text
//! 0  Input(0)            column 5
//! 1  Input(1)            column 7
//! 2  Mul(0, 1)           column 6, named q
//! 3  Call sin(2)         column 14
//! 4  Add(2, 3)           column 12
//! outputs: 4
//! ```
//!
//! Three choices a reader of the nodes should know:
//!
//! - Only names are shared. Every use of an input or of a bound name is the same
//!   node; `x*x + x*x` has two products.
//! - `base ^ literal` with an integer literal, signed or not, that fits an `i32`
//!   is [`Kind::PowI`]. Any other exponent gives [`Kind::Pow`]: `x^2.0`,
//!   `x^(2)`, `x^--2`, and the outer power of `x^2^3`.
//! - A sign directly before a number belongs to the number: `-2*x` multiplies by
//!   the literal -2. Before a power it does not: `-2^2` is -4.
//!
//! Nothing here recurses, so a long or deep expression costs memory, not stack.

mod error;
mod lex;
mod names;
mod parse;
#[cfg(test)]
mod tests;

pub(crate) use error::{ParseError, clip};
pub(crate) use names::unfit_input;

/// A parsed source: every node comes after its operands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    /// The nodes, in postfix order.
    pub(crate) nodes: Vec<Node>,
    /// The node of each output, in the order written; never empty.
    pub(crate) outputs: Vec<usize>,
}

/// One step of the calculation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// What the step does, and to which earlier nodes.
    pub(crate) kind: Kind,
    /// Where it is written: the operator, the function's name, the number, or
    /// the first use of the input; in characters, from 1.
    pub(crate) column: usize,
    /// The first name bound to it. An input keeps its own name and has none here.
    pub(crate) name: Option<String>,
}

/// What a node does. Operands are indices into [`Expression::nodes`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A number of the source, or `pi`.
    Number(f64),
    /// An input, by its position in the list given to [`parse()`].
    Input(usize),
    /// A function of the caller's table.
    Call(Box<Call>),
    /// `-a`.
    Neg(usize),
    /// `a + b`.
    Add(usize, usize),
    /// `a - b`.
    Sub(usize, usize),
    /// `a * b`.
    Mul(usize, usize),
    /// `a / b`.
    Div(usize, usize),
    /// `a ^ b` with any exponent.
    Pow(usize, usize),
    /// `a ^ n` with an integer literal for exponent.
    PowI(usize, i32),
}

/// A function applied to nodes; its arity has been checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// The function's name in the caller's table.
    pub(crate) function: String,
    /// The arguments that are nodes.
    pub(crate) operands: Vec<usize>,
    /// The arguments that had to be literal numbers, after the operands.
    pub(crate) literals: Vec<f64>,
}

/// Which arguments a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    /// This many operands: `sin(x)`, `atan2(y, x)`.
    Exactly(usize),
    /// This many operands or more: `logsumexp(a, b, ...)`.
    AtLeast(usize),
    /// Two lists of one length, one after the other: `dot(a1, a2, b1, b2)`.
    Halves,
    /// Operands, then numbers that must be written out, with or without a sign:
    /// `leaky_relu(x, 0.1)`, `powi(x, -3)`.
    Literals {
        /// How many operands come first.
        operands: usize,
        /// The least and the greatest number of literals after them.
        literals: (usize, usize),
        /// Whether each literal must be an integer that fits an `i32`.
        integer: bool,
    },
}

impl Arity {
    /// The least and the greatest number of arguments.
    fn counts(self) -> (usize, usize) {
        match self {
            Arity::Exactly(count) => (count, count),
            Arity::AtLeast(least) => (least, usize::MAX),
            Arity::Halves => (2, usize::MAX),
            Arity::Literals {
                operands,
                literals: (least, most),
                ..
            } => (operands + least, operands + most),
        }
    }

    /// Whether the argument at `place`, from 0, is a literal, and if so an integer.
    fn literal_at(self, place: usize) -> Option<bool> {
        match self {
            Arity::Exactly(_) | Arity::AtLeast(_) | Arity::Halves => None,
            Arity::Literals {
                operands,
                literals: (_, most),
                integer,
            } => (operands..operands + most)
                .contains(&place)
                .then_some(integer),
        }
    }
}

/// Parses `source`, in which the names of `inputs` have a meaning and `functions`
/// gives the arity of each name that can be called.
///
/// `function_names` lists the functions for one purpose: to suggest the nearest
/// one when a name is unknown.
///
/// # Errors
///
/// The first mistake in the source, with the column it starts at. A list of
/// inputs that names one twice, or like a function, is a mistake without a column.
pub(crate) fn parse(
    source: &str,
    inputs: &[&str],
    functions: &dyn Fn(&str) -> Option<Arity>,
    function_names: &[&str],
) -> Result<Expression, ParseError> {
    let scope = names::Scope::new(inputs, functions, function_names)?;
    parse::Parser::new(source, scope).parse()
}
