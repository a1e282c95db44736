//! Formulas as LaTeX mathematics.

use super::expression::{Expression, Sign, abbreviated};
use super::latex::Latex;
use super::latex_name::{group, number, operator};
use crate::explain::Node;
use crate::op::{Arity, Op};
use crate::shape::Shape;

impl Latex<'_> {
    /// A formula.
    pub(super) fn formula(&self, formula: &Expression) -> String {
        let listed = |list: &[Expression]| {
            list.iter()
                .map(|e| self.formula(e))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match formula {
            Expression::Number(literal) => number(&self.explanation.numbers.literal(*literal)),
            Expression::Node(id) => self.name(*id),
            Expression::Shaped(id) => {
                let node = self.explanation.at(*id);
                with_shape(&self.name(*id), &node.shape())
            }
            Expression::Word("pi") => "\\pi".to_string(),
            Expression::Word("...") => "\\dots".to_string(),
            Expression::Word(word) => format!("\\text{{{word}}}"),
            Expression::Negative(inner) => format!("-{}", self.formula_in(inner, 4)),
            Expression::Binary(Sign::Over, sides) => {
                format!(
                    "\\frac{{{}}}{{{}}}",
                    self.formula(&sides[0]),
                    self.formula(&sides[1])
                )
            }
            Expression::Binary(Sign::Power, sides) => {
                // A name with an index above cannot carry a power as well.
                let base = self.formula_in(
                    &sides[0],
                    if self.formula(&sides[0]).contains('^') {
                        6
                    } else {
                        5
                    },
                );
                format!("{base}^{{{}}}", self.formula(&sides[1]))
            }
            Expression::Binary(sign, sides) => {
                let operator = match sign {
                    Sign::Plus => "+",
                    Sign::Minus => "-",
                    Sign::Times => "\\cdot",
                    Sign::Dot => "\\,",
                    Sign::Modulo => "\\bmod",
                    Sign::Over | Sign::Power => unreachable!("matched above"),
                };
                let [left, right] = Expression::sides_need(*sign);
                let right = if sides[1].begins_with_minus() {
                    6
                } else {
                    right
                };
                format!(
                    "{} {operator} {}",
                    self.formula_in(&sides[0], left),
                    self.formula_in(&sides[1], right)
                )
            }
            Expression::Call("exp", x) => format!("e^{{{}}}", listed(x)),
            Expression::Call("sqrt", x) => format!("\\sqrt{{{}}}", listed(x)),
            Expression::Call(
                name @ ("ln" | "sin" | "cos" | "tan" | "sinh" | "cosh" | "tanh"),
                x,
            ) => {
                format!("\\{name}{}", group(&listed(x)))
            }
            Expression::Call(name, x) => format!("{}{}", operator(name), group(&listed(x))),
            Expression::List(list) => format!("\\left[{}\\right]", listed(list)),
        }
    }

    /// The terms of a formula that is a sum, or the one that it is.
    pub(super) fn summands(&self, formula: &Expression) -> Vec<String> {
        let (mut first, mut later) = (formula, Vec::new());
        while let Expression::Binary(Sign::Plus, sides) = first
            && !sides[1].begins_with_minus()
        {
            later.push(self.formula(&sides[1]));
            first = &sides[0];
        }
        later.push(self.formula(first));
        later.reverse();
        later
    }

    fn formula_in(&self, formula: &Expression, needed: u8) -> String {
        let inner = self.formula(formula);
        // A fraction holds together by its line.
        let holds = if matches!(formula, Expression::Binary(Sign::Over, _)) {
            4
        } else {
            formula.strength()
        };
        if holds < needed { group(&inner) } else { inner }
    }

    /// What a node computes, by its row's template; `None` of an input.
    pub(super) fn computed(&self, node: &Node) -> Option<String> {
        let operand = |slot: usize| self.formula(&node.operands[slot].into());
        let all = || {
            let names = node
                .operands
                .iter()
                .map(|&operand| self.formula(&operand.into()));
            abbreviated(names, "\\dots".to_string()).join(", ")
        };
        let info = node.op.info();
        match node.op {
            Op::Input | Op::Const => return None,
            Op::Structural => return Some(self.formula(&Expression::of(node))),
            Op::Call | Op::Detach => {
                return Some(format!("{}{}", operator(node.op_name), group(&all())));
            }
            _ => {}
        }
        let mut out = String::new();
        let mut rest = info.latex;
        while let Some(start) = rest.find('{') {
            let (before, from) = rest.split_at(start);
            let inside = from[1..].split(['{', '}']).next().unwrap_or("");
            let slot = info.operands.iter().position(|&operand| operand == inside);
            let put = match slot {
                _ if inside.is_empty() => None,
                Some(_) if info.arity == Arity::Any => Some(all()),
                Some(slot) => Some(operand(slot)),
                None if inside == info.attribute => Some(number(
                    &self.explanation.numbers.literal(node.attribute.as_f64()),
                )),
                None => None,
            };
            let after = &from[1 + inside.len()..];
            out += before;
            rest = match (put, after.strip_prefix('}')) {
                (Some(put), Some(after)) => {
                    // Two indices above one name cannot be.
                    let crowded = after.starts_with('^') && put.contains('^');
                    out += &if crowded || put.starts_with('-') {
                        group(&put)
                    } else {
                        put
                    };
                    after
                }
                _ => {
                    out.push('{');
                    &from[1..]
                }
            };
        }
        Some(out + rest)
    }
}

/// A name with the shape of its array below.
pub(super) fn with_shape(name: &str, shape: &Shape) -> String {
    if shape.rank() == 0 {
        return name.to_string();
    }
    let lengths: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("\\underset{{{}}}{{{name}}}", lengths.join(" \\times "))
}
