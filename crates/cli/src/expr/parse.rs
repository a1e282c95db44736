//! Lexemes to nodes, by operator precedence with explicit stacks.
//!
//! The parser is always in one of two states: an operand must come next, or an
//! operator. Finished operands wait on one stack, operators whose right side is
//! not finished on a second, open parentheses on a third. Each parenthesis
//! remembers how many operators were waiting when it opened: those below wait
//! for it to close (Dijkstra's shunting-yard algorithm, 1961).

mod mistakes;

use std::f64::consts::PI;

use super::error::clip;
use super::lex::{Lexeme, Operator, Token, lex};
use super::names::{Meaning, Scope};
use super::{Arity, Call, Expression, Kind, Node, ParseError};

/// One pass over the lexemes of a source.
pub(super) struct Parser<'a> {
    source: &'a str,
    lexemes: Vec<Lexeme<'a>>,
    /// What stopped the lexer before the end of the source.
    mistake: Option<ParseError>,
    scope: Scope<'a>,

    /// The lexeme to read next.
    at: usize,
    /// Finished operands, as nodes.
    operands: Vec<usize>,
    /// Operators that wait for their right side.
    operators: Vec<(Operator, usize)>,
    /// Parentheses that wait for their end.
    opens: Vec<Open<'a>>,
    /// The name before the `=` of the binding being read.
    binding: Option<&'a str>,
    /// The lexeme where the operand read last begins.
    operand_start: usize,

    nodes: Vec<Node>,
    outputs: Vec<usize>,
}

/// A `(` whose `)` has not come.
struct Open<'a> {
    /// Its lexeme.
    lexeme: usize,
    /// How many operators were waiting before it.
    operators: usize,
    /// The call whose arguments it holds, if a function stands before it.
    call: Option<OpenCall<'a>>,
}

/// A call whose arguments are being read.
struct OpenCall<'a> {
    function: &'a str,
    arity: Arity,
    /// How many arguments are finished, literals included.
    given: usize,
    literals: Vec<f64>,
}

impl<'a> OpenCall<'a> {
    fn new(function: &'a str, arity: Arity) -> Self {
        let literals = Vec::new();
        OpenCall {
            function,
            arity,
            given: 0,
            literals,
        }
    }
}

/// What may come next.
enum State {
    Operand,
    Operator,
    Done,
}

/// A number with the sign written before it.
struct Literal {
    value: f64,
    /// The same number, if it is written as an integer and small enough.
    integer: Option<i32>,
    /// How many lexemes it takes: one, or two with a sign.
    length: usize,
}

type Step = Result<State, ParseError>;

impl<'a> Parser<'a> {
    /// A parser at the start of `source`.
    pub(super) fn new(source: &'a str, scope: Scope<'a>) -> Self {
        let (lexemes, mistake) = lex(source);
        Parser {
            source,
            lexemes,
            mistake,
            scope,
            at: 0,
            operands: Vec::new(),
            operators: Vec::new(),
            opens: Vec::new(),
            binding: None,
            operand_start: 0,
            nodes: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// Reads to the end.
    pub(super) fn parse(mut self) -> Result<Expression, ParseError> {
        let mut state = State::Operand;
        loop {
            if self.token(self.at) == Token::End
                && let Some(mistake) = self.mistake.take()
            {
                return Err(mistake);
            }
            state = match state {
                State::Operand => self.operand()?,
                State::Operator => self.operator()?,
                State::Done => break,
            };
        }
        Ok(Expression {
            nodes: self.nodes,
            outputs: self.outputs,
        })
    }

    // Where an operand must come.

    fn operand(&mut self) -> Step {
        match self.token(self.at) {
            Token::Number(_) | Token::Operator(Operator::Add | Operator::Sub) => Ok(self.signed()),
            Token::Name => self.name(),
            Token::Open => {
                self.open(self.at, None);
                Ok(State::Operand)
            }
            Token::Close if self.call().is_some() && self.token(self.at - 1) == Token::Open => {
                self.close()
            }
            Token::Operator(_)
            | Token::Close
            | Token::Comma
            | Token::Semicolon
            | Token::Equals
            | Token::End => Err(self.missing_operand()),
        }
    }

    /// A number, with its sign unless a power comes between them, or else a sign.
    fn signed(&mut self) -> State {
        let start = self.at;
        if let Some(literal) = self.literal(start) {
            let next = start + literal.length;
            if literal.length == 1 || self.token(next) != Token::Operator(Operator::Pow) {
                self.push_operand(Kind::Number(literal.value), start);
                self.at = next;
                return State::Operator;
            }
        }
        if self.token(start) == Token::Operator(Operator::Sub) {
            self.operators
                .push((Operator::Neg, self.lexemes[start].column));
        }
        self.at += 1;
        State::Operand
    }

    fn name(&mut self) -> Step {
        let start = self.at;
        let text = self.lexemes[start].text;
        let next = self.token(start + 1);
        if next == Token::Equals {
            return self.bind(text);
        }
        match self.scope.meaning(text) {
            Meaning::Node(node) => {
                self.operand_start = start;
                self.operands.push(node);
            }
            Meaning::Input(input) => {
                self.scope.insert(text, self.nodes.len());
                self.push_operand(Kind::Input(input), start);
            }
            Meaning::Pi => self.push_operand(Kind::Number(PI), start),
            Meaning::Function(arity) if next == Token::Open => {
                self.open(start + 1, Some(OpenCall::new(text, arity)));
                return self.argument();
            }
            Meaning::Function(_) => return Err(self.missing_parentheses()),
            Meaning::Unknown => return Err(self.unknown(text, next == Token::Open)),
        }
        self.at += 1;
        Ok(State::Operator)
    }

    /// `name =`, which must begin a statement.
    fn bind(&mut self, name: &'a str) -> Step {
        if self.at > 0 && self.token(self.at - 1) != Token::Semicolon {
            return Err(self.misplaced_equals(self.at + 1));
        }
        if let Some(taken) = self.scope.taken(name) {
            return Err(self.error(self.at, format!("`{}` {taken}", clip(name))));
        }
        self.binding = Some(name);
        self.at += 2;
        Ok(State::Operand)
    }

    /// The start of an argument: a literal where the function asks for one,
    /// else any expression.
    fn argument(&mut self) -> Step {
        let literal = self.literal(self.at);
        let length = literal.as_ref().map_or(0, |literal| literal.length);
        let after = self.token(self.at + length);
        let ends = matches!(after, Token::Close | Token::Comma | Token::End);
        let Some(call) = self.call() else {
            return Ok(State::Operand);
        };
        match (call.arity.literal_at(call.given), literal) {
            (Some(integer), Some(literal)) if ends && (!integer || literal.integer.is_some()) => {
                call.literals.push(literal.value);
                self.at += length;
                Ok(State::Operator)
            }
            (Some(integer), literal) if !ends || literal.is_some() => {
                let (place, function) = (call.given + 1, call.function);
                Err(self.missing_literal(place, function, integer))
            }
            _ => Ok(State::Operand),
        }
    }

    // Where an operator must come.

    fn operator(&mut self) -> Step {
        let column = self.lexemes[self.at].column;
        match self.token(self.at) {
            Token::Operator(Operator::Pow) => {
                self.at += 1;
                if let Some(literal) = self.literal(self.at)
                    && let Some(exponent) = literal.integer
                    && self.token(self.at + literal.length) != Token::Operator(Operator::Pow)
                {
                    let base = self.pop();
                    self.push(Kind::PowI(base, exponent), column);
                    self.at += literal.length;
                    return Ok(State::Operator);
                }
                // Right-associative, and nothing binds tighter: no operator ends here.
                self.operators.push((Operator::Pow, column));
                Ok(State::Operand)
            }
            Token::Operator(operator) => {
                self.reduce(operator.precedence());
                self.operators.push((operator, column));
                self.at += 1;
                Ok(State::Operand)
            }
            Token::Close => self.close(),
            Token::Comma => self.comma(),
            Token::Semicolon => self.semicolon(),
            Token::End => self.end(),
            Token::Equals => Err(self.misplaced_equals(self.at)),
            Token::Number(_) | Token::Name | Token::Open => Err(self.missing_operator()),
        }
    }

    fn close(&mut self) -> Step {
        self.reduce(0);
        let Some(open) = self.opens.pop() else {
            return Err(self.closes_nothing());
        };
        self.operand_start = open.lexeme;
        if let Some(mut call) = open.call {
            if self.at > open.lexeme + 1 {
                call.given += 1;
            }
            self.operand_start = open.lexeme - 1;
            let column = self.lexemes[self.operand_start].column;
            call.check(column)?;
            let first = self.operands.len() - (call.given - call.literals.len());
            let operands = self.operands.split_off(first);
            let function = call.function.to_string();
            let call = Call {
                function,
                operands,
                literals: call.literals,
            };
            self.push(Kind::Call(Box::new(call)), column);
        }
        self.at += 1;
        Ok(State::Operator)
    }

    fn comma(&mut self) -> Step {
        self.reduce(0);
        if let Some(call) = self.call() {
            call.given += 1;
            self.at += 1;
            return self.argument();
        }
        if !self.opens.is_empty() || self.binding.is_some() {
            return Err(self.misplaced_comma());
        }
        let output = self.pop();
        self.outputs.push(output);
        self.at += 1;
        Ok(State::Operand)
    }

    fn semicolon(&mut self) -> Step {
        let node = self.statement()?;
        let Some(name) = self.binding.take() else {
            return Err(self.misplaced_semicolon());
        };
        self.scope.insert(name, node);
        let node = &mut self.nodes[node];
        if node.name.is_none() && !matches!(node.kind, Kind::Input(_)) {
            node.name = Some(name.to_string());
        }
        self.at += 1;
        Ok(State::Operand)
    }

    fn end(&mut self) -> Step {
        let output = self.statement()?;
        if self.binding.is_some() {
            return Err(self.no_output());
        }
        self.outputs.push(output);
        Ok(State::Done)
    }

    /// The node of the statement that ends here.
    fn statement(&mut self) -> Result<usize, ParseError> {
        self.reduce(0);
        match self.opens.last() {
            Some(open) => Err(self.never_closed(open)),
            None => Ok(self.pop()),
        }
    }

    /// Makes nodes of the operators inside the current parenthesis that bind at
    /// least as tightly as `precedence`.
    fn reduce(&mut self, precedence: u8) {
        let waiting = self.opens.last().map_or(0, |open| open.operators);
        while self.operators.len() > waiting
            && let Some((operator, column)) = self
                .operators
                .pop_if(|(operator, _)| operator.precedence() >= precedence)
        {
            let right = self.pop();
            let kind = match operator {
                Operator::Neg => Kind::Neg(right),
                Operator::Add => Kind::Add(self.pop(), right),
                Operator::Sub => Kind::Sub(self.pop(), right),
                Operator::Mul => Kind::Mul(self.pop(), right),
                Operator::Div => Kind::Div(self.pop(), right),
                Operator::Pow => Kind::Pow(self.pop(), right),
            };
            self.push(kind, column);
        }
    }

    // The stacks and the lexemes.

    fn token(&self, at: usize) -> Token {
        self.lexemes
            .get(at)
            .map_or(Token::End, |lexeme| lexeme.token)
    }

    fn open(&mut self, lexeme: usize, call: Option<OpenCall<'a>>) {
        self.opens.push(Open {
            lexeme,
            operators: self.operators.len(),
            call,
        });
        self.at = lexeme + 1;
    }

    /// The call whose argument is being read.
    fn call(&mut self) -> Option<&mut OpenCall<'a>> {
        self.opens.last_mut()?.call.as_mut()
    }

    fn push(&mut self, kind: Kind, column: usize) {
        self.operands.push(self.nodes.len());
        self.nodes.push(Node {
            kind,
            column,
            name: None,
        });
    }

    fn push_operand(&mut self, kind: Kind, lexeme: usize) {
        self.operand_start = lexeme;
        self.push(kind, self.lexemes[lexeme].column);
    }

    fn pop(&mut self) -> usize {
        self.operands
            .pop()
            .expect("an operator is read only after an operand")
    }

    /// The number at `at`, with or without a sign.
    fn literal(&self, at: usize) -> Option<Literal> {
        let negative = self.token(at) == Token::Operator(Operator::Sub);
        let signed = negative || self.token(at) == Token::Operator(Operator::Add);
        let length = 1 + usize::from(signed);
        let sign = if negative { -1_i32 } else { 1 };
        let Lexeme {
            token: Token::Number(value),
            text,
            ..
        } = *self.lexemes.get(at + length - 1)?
        else {
            return None;
        };
        let integer = text
            .parse::<i64>()
            .ok()
            .and_then(|n| i32::try_from(i64::from(sign) * n).ok());
        Some(Literal {
            value: value * f64::from(sign),
            integer,
            length,
        })
    }
}
