//! Formulas: what a node computes, and what its local derivative is, in the names of the nodes.

use super::{rule, visible};
use crate::explain::{ArrayTerm, Explanation, Node, Output, Term};
use crate::graph::Operand;
use crate::op::{Attribute, Op};
use std::fmt;

/// A formula, small enough to print.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Number(f64),
    Node(u32),
    /// A node, and its shape if it is an array.
    Shaped(u32),
    /// A constant or a remark.
    Word(&'static str),
    Negative(Box<Expression>),
    Binary(Sign, Box<[Expression; 2]>),
    Call(&'static str, Vec<Expression>),
    List(Vec<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
    Power,
    /// The product of matrices.
    Dot,
}

/// How many operands a formula spells out.
pub(crate) const SPELLED_OUT: usize = 8;

/// The first and last of many things, and dots between.
pub(crate) fn abbreviated<T>(things: impl ExactSizeIterator<Item = T>, dots: T) -> Vec<T> {
    let count = things.len();
    if count <= SPELLED_OUT {
        return things.collect();
    }
    let mut shown: Vec<T> = Vec::with_capacity(SPELLED_OUT);
    let mut dots = Some(dots);
    for (place, thing) in things.enumerate() {
        if place < SPELLED_OUT / 2 || place == count - 1 {
            shown.push(thing);
        } else {
            shown.extend(dots.take());
        }
    }
    shown
}

impl From<Operand> for Expression {
    fn from(operand: Operand) -> Expression {
        match operand {
            Operand::Node(id) => Expression::Node(id),
            Operand::Literal(number) => Expression::Number(number),
        }
    }
}

impl Expression {
    pub(crate) fn binary(sign: Sign, left: Expression, right: Expression) -> Expression {
        Expression::Binary(sign, Box::new([left, right]))
    }

    /// What a node computes.
    pub(crate) fn of(node: &Node) -> Expression {
        let operand = |slot: usize| Expression::from(node.operands[slot]);
        let list = |operands: &[Operand]| {
            abbreviated(
                operands.iter().map(|&operand| operand.into()),
                Expression::Word("..."),
            )
        };
        let sign = match node.op {
            Op::Input => return Expression::Word("input"),
            Op::Const => return Expression::Word("data"),
            Op::Structural => {
                let shaped = |&operand: &Operand| match operand {
                    Operand::Node(id) => Expression::Shaped(id),
                    Operand::Literal(number) => Expression::Number(number),
                };
                let operands =
                    abbreviated(node.operands.iter().map(shaped), Expression::Word("..."));
                return match (node.op_name, <[Expression; 2]>::try_from(operands)) {
                    ("matmul", Ok([left, right])) => Expression::binary(Sign::Dot, left, right),
                    (name, Ok(operands)) => Expression::Call(name, operands.into()),
                    (name, Err(operands)) => Expression::Call(name, operands),
                };
            }
            Op::Neg => return Expression::Negative(Box::new(operand(0))),
            Op::Square => {
                return Expression::binary(Sign::Power, operand(0), Expression::Number(2.0));
            }
            Op::Recip => {
                return Expression::binary(Sign::Over, Expression::Number(1.0), operand(0));
            }
            Op::Powi => {
                let exponent = Expression::Number(node.attribute.as_f64());
                return Expression::binary(Sign::Power, operand(0), exponent);
            }
            Op::MulAdd => {
                let product = Expression::binary(Sign::Times, operand(0), operand(1));
                return Expression::binary(Sign::Plus, product, operand(2));
            }
            Op::Dot => {
                let (left, right) = node.operands.split_at(node.operands.len() / 2);
                return Expression::Call(
                    "dot",
                    vec![Expression::List(list(left)), Expression::List(list(right))],
                );
            }
            Op::Add => Sign::Plus,
            Op::Sub => Sign::Minus,
            Op::Mul => Sign::Times,
            Op::Div => Sign::Over,
            Op::Rem => Sign::Modulo,
            Op::Pow => Sign::Power,
            _ => {
                let mut arguments = list(&node.operands);
                if node.attribute != Attribute::None {
                    arguments.push(Expression::Number(node.attribute.as_f64()));
                }
                return Expression::Call(node.op_name, arguments);
            }
        };
        Expression::binary(sign, operand(0), operand(1))
    }

    /// How tightly it holds together: sums 1, products 2, a minus sign 3, powers 4, the rest 5.
    pub(crate) fn strength(&self) -> u8 {
        match self {
            Expression::Binary(Sign::Plus | Sign::Minus, _) => 1,
            Expression::Binary(Sign::Times | Sign::Over | Sign::Modulo | Sign::Dot, _) => 2,
            Expression::Negative(_) => 3,
            Expression::Number(number) if number.is_sign_negative() => 3,
            Expression::Binary(Sign::Power, _) => 4,
            Expression::Number(_) | Expression::Node(_) | Expression::Word(_) => 5,
            Expression::Shaped(_) => 5,
            Expression::Call(..) | Expression::List(_) => 5,
        }
    }

    /// Whether it begins with a minus sign, so that it cannot follow an operator bare.
    pub(crate) fn begins_with_minus(&self) -> bool {
        match self {
            Expression::Binary(_, sides) => sides[0].begins_with_minus(),
            _ => self.strength() == 3,
        }
    }

    /// The strength that the operand on each side must have to stand without parentheses.
    pub(crate) fn sides_need(sign: Sign) -> [u8; 2] {
        match sign {
            Sign::Plus => [1, 1],
            Sign::Minus => [1, 2],
            Sign::Times | Sign::Over | Sign::Modulo | Sign::Dot => [2, 3],
            Sign::Power => [5, 5],
        }
    }

    /// The formula as plain text.
    pub(crate) fn text(&self, explanation: &Explanation) -> String {
        let listed = |list: &[Expression]| {
            list.iter()
                .map(|e| e.text(explanation))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match self {
            Expression::Number(number) => explanation.numbers.literal(*number),
            Expression::Node(id) => visible(&explanation.at(*id).label),
            Expression::Shaped(id) => {
                let node = explanation.at(*id);
                match &node.array {
                    Some(array) => format!("{} {}", visible(&node.label), array.shape()),
                    None => visible(&node.label),
                }
            }
            Expression::Word(word) => (*word).to_string(),
            Expression::Negative(inner) => format!("-{}", inner.text_in(4, explanation)),
            Expression::Binary(sign, sides) => {
                let operator = match sign {
                    Sign::Plus => " + ",
                    Sign::Minus => " - ",
                    Sign::Times => " * ",
                    Sign::Over => " / ",
                    Sign::Modulo => " % ",
                    Sign::Power => "^",
                    Sign::Dot => " . ",
                };
                let [left, right] = Expression::sides_need(*sign);
                let right = if sides[1].begins_with_minus() {
                    6
                } else {
                    right
                };
                format!(
                    "{}{operator}{}",
                    sides[0].text_in(left, explanation),
                    sides[1].text_in(right, explanation)
                )
            }
            Expression::Call(name, arguments) => {
                format!("{}({})", visible(name), listed(arguments))
            }
            Expression::List(list) => format!("[{}]", listed(list)),
        }
    }

    /// The text, in parentheses if it holds together less than `needed`.
    fn text_in(&self, needed: u8, explanation: &Explanation) -> String {
        let text = self.text(explanation);
        if self.strength() < needed {
            format!("({text})")
        } else {
            text
        }
    }
}

/// A local derivative as a lecture writes it: `df/dq = z = -4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    /// What it is a derivative of, and by what: `df/dq`.
    pub derivative: String,
    /// The textbook's formula, `z`; `None` where that is just the number.
    pub rule: Option<String>,
    /// The number, `-4`.
    pub number: String,
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "{} = {rule} = {}", self.derivative, self.number),
            None => write!(f, "{} = {}", self.derivative, self.number),
        }
    }
}

impl Explanation {
    /// What a node computes, in the labels of its operands: `x + y`; `input` for an input, `data`
    /// for a constant array.
    #[must_use]
    pub fn expression(&self, node: &Node) -> String {
        if node.op == Op::Structural && node.op_name == "expand" {
            let operand = self.operand_text(node.operands[0]);
            let (from, to) = (self.operand_shape(node.operands[0]), node.shape());
            return match from.rank() {
                0 => format!("{operand}, a number, expanded to {to}"),
                _ => format!("{operand} expanded from {from} to {to}"),
            };
        }
        Expression::of(node).text(self)
    }

    /// The formula of the local derivative in a term of `node`. Where an operation on the elements
    /// of arrays added it there is none: then it is that of the term, `dJ/db = sum of dJ/dv`.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 3.0);
    /// let y = x.powi(3).named("y");
    /// let explanation = y.explain();
    /// let node = explanation.node(x).unwrap();
    /// assert_eq!(explanation.formula(node, &node.terms[0]).to_string(), "dy/dx = 3 * x^2 = 27");
    /// ```
    #[must_use]
    pub fn formula(&self, node: &Node, term: &Term) -> Formula {
        let child = term.child.map_or(node, |child| self.at(child));
        if term.child.is_some() && child.op == Op::Structural {
            return Formula {
                derivative: self.adjoint_name(node),
                rule: Some(self.rule(child, term.slot as usize)),
                number: self.numbers.show(term.contribution),
            };
        }
        Formula {
            derivative: format!("d{}/d{}", visible(&child.label), visible(&node.label)),
            rule: rule::shown(child, term).map(|rule| rule.text(self)),
            number: self.numbers.show(term.local),
        }
    }

    /// The formula of the local derivative in a term of an array, without its numbers:
    /// `da/dz = 1 - a^2`. `None` where there is no local derivative.
    pub(crate) fn local_formula(&self, node: &Node, term: &ArrayTerm) -> Option<String> {
        term.local.as_ref()?;
        let child = self.at(term.child?);
        let rule = rule::rule(child, term.slot as usize).text(self);
        Some(format!(
            "d{}/d{} = {rule}",
            visible(&child.label),
            visible(&node.label)
        ))
    }

    /// A computed number, as this explanation shows numbers.
    pub(crate) fn number(&self, number: f64) -> String {
        self.numbers.show(number)
    }

    /// What the adjoints are derivatives of: an output, or the sum of several.
    pub(crate) fn outputs_text(&self, text: impl Fn(&Output) -> String) -> String {
        self.outputs()
            .iter()
            .map(text)
            .collect::<Vec<_>>()
            .join(" + ")
    }
}
