//! A local derivative's formula: the row's `says`, read, with the nodes' names put in.

use super::expression::{Expression, Sign};
use crate::explain::{Node, Term};
use crate::op::{Arity, Op, OpInfo};

/// The formula of a term's local derivative, or `None` if it is nothing but the number.
pub(crate) fn shown(child: &Node, term: &Term) -> Option<Expression> {
    term.child?;
    match rule(child, term.slot as usize) {
        Expression::Number(number) if number == term.local => None,
        rule => Some(rule),
    }
}

/// The derivative of `child` by its operand `slot`.
pub(crate) fn rule(child: &Node, slot: usize) -> Expression {
    if child.op == Op::Call {
        return Expression::Word("own rule");
    }
    let info = child.op.info();
    let says = info.says[if info.arity == Arity::Any { 0 } else { slot }];
    let mut reader = Reader {
        rest: says,
        info,
        child,
        slot,
    };
    match reader.sum() {
        Some(rule) if reader.peek().is_none() => rule,
        _ => Expression::Word(says),
    }
}

/// Reads a formula as the rows write them: Rust's operators, calls, and `xs[i]`.
struct Reader<'a> {
    rest: &'static str,
    info: &'static OpInfo,
    child: &'a Node,
    slot: usize,
}

impl Reader<'_> {
    fn sum(&mut self) -> Option<Expression> {
        let mut sum = self.product()?;
        while let Some(sign) = self.sign(&[("+", Sign::Plus), ("-", Sign::Minus)]) {
            sum = simple(sign, sum, self.product()?);
        }
        Some(sum)
    }

    fn product(&mut self) -> Option<Expression> {
        let mut product = self.signed()?;
        while let Some(sign) = self.sign(&[("*", Sign::Times), ("/", Sign::Over)]) {
            product = simple(sign, product, self.signed()?);
        }
        Some(product)
    }

    fn signed(&mut self) -> Option<Expression> {
        if !self.take("-") {
            return self.primary();
        }
        Some(match self.signed()? {
            Expression::Number(number) => Expression::Number(-number),
            inner => Expression::Negative(Box::new(inner)),
        })
    }

    fn primary(&mut self) -> Option<Expression> {
        if self.take("(") {
            let inner = self.sum()?;
            return self.take(")").then_some(inner);
        }
        let word = self.word();
        if word.is_empty() {
            return None;
        }
        if let Ok(number) = word.parse::<f64>() {
            return Some(Expression::Number(number));
        }
        if self.take("[") {
            self.word();
            return self.take("]").then(|| self.operand(self.slot));
        }
        if self.take("(") {
            return self.call(word);
        }
        Some(self.variable(word))
    }

    fn call(&mut self, name: &'static str) -> Option<Expression> {
        let mut arguments = Vec::new();
        while !self.take(")") {
            arguments.push(self.sum()?);
            if !self.take(",") && self.peek() != Some(')') {
                return None;
            }
        }
        let count = self.child.operands.len();
        match name {
            "pow" => {
                let [base, exponent] = <[Expression; 2]>::try_from(arguments).ok()?;
                Some(simple(Sign::Power, base, exponent))
            }
            "partner" => Some(self.operand((self.slot + count / 2) % count)),
            "product_but" if count > 5 => Some(Expression::Word("product of the others")),
            "product_but" => {
                let others = (0..count)
                    .filter(|&other| other != self.slot)
                    .map(|other| self.operand(other));
                Some(
                    others
                        .reduce(|a, b| Expression::binary(Sign::Times, a, b))
                        .unwrap_or(Expression::Number(1.0)),
                )
            }
            _ => Some(Expression::Call(name, arguments)),
        }
    }

    fn variable(&self, word: &'static str) -> Expression {
        if let Some(slot) = self
            .info
            .operands
            .iter()
            .position(|&operand| operand == word)
        {
            // `xs` itself is only ever handed to `partner` and `product_but`, which know it.
            return if self.info.arity == Arity::Any {
                Expression::Word(word)
            } else {
                self.operand(slot)
            };
        }
        match word {
            _ if word == self.info.result => Expression::Node(self.child.id),
            _ if word == self.info.attribute => Expression::Number(self.child.attribute.as_f64()),
            "PI" => Expression::Word("pi"),
            _ => Expression::Word(word),
        }
    }

    fn operand(&self, slot: usize) -> Expression {
        self.child.operands[slot].into()
    }

    fn peek(&self) -> Option<char> {
        self.rest.trim_start().chars().next()
    }

    fn take(&mut self, symbol: &str) -> bool {
        let after = self.rest.trim_start().strip_prefix(symbol);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn sign(&mut self, signs: &[(&str, Sign)]) -> Option<Sign> {
        signs
            .iter()
            .find(|(symbol, _)| self.take(symbol))
            .map(|&(_, sign)| sign)
    }

    /// A name or a number.
    fn word(&mut self) -> &'static str {
        let text = self.rest.trim_start();
        let end = text
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
            .unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.rest = rest;
        word
    }
}

/// A binary formula, without the clutter that numbers in place of names leave behind: `3 - 1`,
/// `x^1`, `1 * x`, `0 * x`.
fn simple(sign: Sign, left: Expression, right: Expression) -> Expression {
    use Expression::Number;
    match (sign, left, right) {
        (Sign::Plus, Number(a), Number(b)) => Number(a + b),
        (Sign::Minus, Number(a), Number(b)) => Number(a - b),
        (Sign::Power, base, Number(1.0)) => base,
        (Sign::Power, _, Number(0.0)) => Number(1.0),
        (Sign::Times, Number(1.0), factor) => factor,
        (Sign::Times, Number(0.0), _) => Number(0.0),
        (sign, left, right) => Expression::binary(sign, left, right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tape, Var};

    /// What a formula is worth.
    fn evaluate(formula: &Expression, values: &dyn Fn(u32) -> f64) -> f64 {
        let value = |formula| evaluate(formula, values);
        match formula {
            Expression::Number(number) => *number,
            Expression::Node(id) => values(*id),
            Expression::Word("pi") => std::f64::consts::PI,
            Expression::Word(word) => panic!("{word} is not read"),
            Expression::List(_) => panic!("no formula has a list"),
            Expression::Shaped(_) => panic!("no formula has shapes"),
            Expression::Negative(inner) => -value(inner),
            Expression::Binary(sign, sides) => {
                let (a, b) = (value(&sides[0]), value(&sides[1]));
                match sign {
                    Sign::Plus => a + b,
                    Sign::Minus => a - b,
                    Sign::Times => a * b,
                    Sign::Over => a / b,
                    Sign::Modulo => a % b,
                    Sign::Power => a.powf(b),
                    Sign::Dot => panic!("no formula has products of matrices"),
                }
            }
            Expression::Call("positive", c) => Op::ReluSlope.apply(&[value(&c[0])], 0.0).unwrap(),
            Expression::Call(name, arguments) => {
                let op = *Op::ALL
                    .iter()
                    .find(|op| op.info().name == *name)
                    .expect(name);
                let arguments: Vec<f64> = arguments.iter().map(value).collect();
                let operands = arguments.len() - usize::from(!op.info().attribute.is_empty());
                op.apply(&arguments[..operands], *arguments.last().unwrap())
                    .expect(name)
            }
        }
    }

    #[test]
    fn every_rule_of_the_table_is_read_and_agrees_with_the_sweep() {
        for &op in Op::ALL {
            let info = op.info();
            let attributes = if info.attributes.is_empty() {
                &[0.0]
            } else {
                info.attributes
            };
            for &attribute in attributes {
                let tape = Tape::new();
                let middle = |&(low, high): &(f64, f64)| tape.leaf(0.3 * low + 0.7 * high);
                let operands: Vec<Var> = match info.arity {
                    Arity::Any => (1..=4).map(|i| tape.leaf(f64::from(i) / 3.0)).collect(),
                    _ => info.domain.iter().map(middle).collect(),
                };
                let explanation = op.apply(&operands, attribute).unwrap().explain();
                let values = |id| explanation.at(id).value;
                for node in explanation.inputs() {
                    for term in &node.terms {
                        let child = explanation.at(term.child.unwrap());
                        let says = evaluate(&rule(child, term.slot as usize), &values);
                        let error = (says - term.local).abs();
                        assert!(
                            error <= 1e-9 * says.abs().max(1.0),
                            "{op:?}: {says} and {}",
                            term.local
                        );
                    }
                }
            }
        }
    }
}
