//! The words for what is wrong, and what to try.

use super::super::error::{clip, clip_front};
use super::super::{Arity, ParseError};
use super::{Lexeme, Meaning, Open, OpenCall, Operator, Parser, Token};

impl Parser<'_> {
    /// A mistake at the lexeme `at`.
    pub(super) fn error(&self, at: usize, message: impl Into<String>) -> ParseError {
        ParseError::at(self.lexemes[at].column, message)
    }

    /// No operand where one must come.
    pub(super) fn missing_operand(&self) -> ParseError {
        let at = self.at;
        let found = &self.lexemes[at];
        let previous = at.checked_sub(1).map(|at| &self.lexemes[at]);
        let operator = previous.filter(|lexeme| matches!(lexeme.token, Token::Operator(_)));
        let text = found.text;
        match (operator, found.token, self.opens.last()) {
            (_, Token::Equals, _) => self.misplaced_equals(at),
            (Some(operator), Token::Operator(_), _) => self.error(
                at,
                format!("missing operand between `{}` and `{text}`", operator.text),
            ),
            (Some(operator), ..) => {
                self.error(at - 1, format!("missing operand after `{}`", operator.text))
            }
            (None, Token::Operator(_), _) => {
                self.error(at, format!("missing operand before `{text}`"))
            }
            (None, Token::End | Token::Semicolon, Some(open)) => self.never_closed(open),
            (None, Token::Close, None) => self.closes_nothing(),
            (None, Token::Close | Token::Comma, Some(Open { call: Some(_), .. })) => {
                self.error(at, "empty argument")
            }
            (None, Token::Close, Some(_)) => self.error(at, "empty parentheses"),
            (None, Token::End, None)
                if previous.is_some_and(|lexeme| lexeme.token == Token::Comma) =>
            {
                self.error(at - 1, "missing expression after `,`")
            }
            (None, Token::End, None) => self.no_output(),
            (
                None,
                Token::Comma | Token::Semicolon | Token::Number(_) | Token::Name | Token::Open,
                _,
            ) => self.error(at, format!("missing expression before `{text}`")),
        }
    }

    /// A source that ends before its first output.
    pub(super) fn no_output(&self) -> ParseError {
        match self.binding.map(clip) {
            Some(name) => self
                .error(self.at, "empty expression: a binding, but no output")
                .hint(format!(
                    "write what to compute after it: `{name} = ...; {name}`"
                )),
            None if self.at > 0 => self
                .error(self.at, "empty expression: bindings, but no output")
                .hint("write what to compute after the last `;`"),
            None => ParseError::new("empty expression"),
        }
    }

    /// An operand where an operator must come.
    pub(super) fn missing_operator(&self) -> ParseError {
        let at = self.at;
        let Lexeme { token, text, .. } = self.lexemes[at];
        let next = self.token(at + 1);
        if token == Token::Name && next == Token::Equals {
            return self.error(
                at,
                format!("missing `;` before the binding of `{}`", clip(text)),
            );
        }
        self.error(at, format!("missing operator before `{}`", clip(text)))
            .hint(format!("did you mean `{}`?", self.product()))
    }

    /// The product meant where an operand follows another with no `*` between
    /// them: `(x+y)*z` for `(x+y)z`.
    fn product(&self) -> String {
        let mut right = &self.lexemes[self.at..];
        if self.token(self.at + 1) == Token::Open && self.is_function(right[0].text) {
            right = &right[1..];
        }
        let mut depth = 0_usize;
        let last = right.iter().find(|lexeme| {
            depth += usize::from(lexeme.token == Token::Open);
            depth -= usize::from(lexeme.token == Token::Close);
            depth == 0 || lexeme.token == Token::End
        });
        let left = self.lexemes[self.operand_start].start..self.lexemes[self.at - 1].end();
        let right = self.lexemes[self.at].start..last.map_or(self.source.len(), Lexeme::end);
        format!(
            "{}*{}",
            clip_front(&self.source[left]),
            clip(&self.source[right])
        )
    }

    fn is_function(&self, name: &str) -> bool {
        matches!(self.scope.meaning(name), Meaning::Function(_))
    }

    /// A name that is no input, binding, constant or function.
    pub(super) fn unknown(&self, name: &str, called: bool) -> ParseError {
        let text = clip(name);
        let what = if called { "function" } else { "name" };
        let error = self.error(self.at, format!("unknown {what} `{text}`"));
        if name == "e" {
            return error.hint("there is no constant `e`: write exp(1), and exp(x) for e^x");
        }
        if self.binding == Some(name) {
            return error.hint("a binding cannot use its own name");
        }
        let bound = |pair: &&[Lexeme<'_>]| pair[0].text == name && pair[1].token == Token::Equals;
        if let Some([later, ..]) = self.lexemes[self.at..].windows(2).find(bound) {
            let column = later.column;
            return error.hint(format!(
                "it is bound later, at column {column}: bind it before"
            ));
        }
        let near = if called {
            self.scope.nearest_function(name)
        } else {
            self.scope.nearest_value(name)
        };
        match near {
            Some(near) if called => error.hint(format!("did you mean `{near}`?")),
            Some(near) => error.hint(format!(
                "did you mean `{near}`? Else give it a value, as in `{text}=1`"
            )),
            None if called => error,
            None => error.hint(format!(
                "give it a value, as in `{text}=1`, or bind it: `{text} = ...;`"
            )),
        }
    }

    /// An argument that has to be a literal and is not.
    pub(super) fn missing_literal(
        &self,
        place: usize,
        function: &str,
        integer: bool,
    ) -> ParseError {
        let wanted = if integer { "an integer" } else { "a number" };
        self.error(
            self.at,
            format!("argument {place} of {function} must be {wanted}, written out"),
        )
    }

    /// A function's name that no parenthesis follows.
    pub(super) fn missing_parentheses(&self) -> ParseError {
        let text = self.lexemes[self.at].text;
        let next = &self.lexemes[self.at + 1];
        let hint = match next.token {
            Token::Operator(Operator::Pow) => format!("for a power of it write `{text}(x)^2`"),
            Token::Number(_) | Token::Name if !self.is_function(next.text) => {
                format!("did you mean `{text}({})`?", clip(next.text))
            }
            _ => format!("write `{text}(...)`"),
        };
        self.error(self.at, format!("the function `{text}` needs parentheses"))
            .hint(hint)
    }

    /// A `=` that does not follow the first name of a statement.
    pub(super) fn misplaced_equals(&self, at: usize) -> ParseError {
        self.error(at, "this `=` belongs to no binding")
            .hint("a binding is written `name = expression;`, before the outputs")
    }

    /// A `;` after something that is no binding.
    pub(super) fn misplaced_semicolon(&self) -> ParseError {
        self.error(self.at, "this `;` ends no binding")
            .hint("a binding is written `name = expression;`, and outputs come last")
    }

    /// A `,` that separates neither arguments nor outputs.
    pub(super) fn misplaced_comma(&self) -> ParseError {
        match self.binding.map(clip) {
            Some(name) if self.opens.is_empty() => self
                .error(
                    self.at,
                    format!("the binding of `{name}` must end with `;`"),
                )
                .hint("outputs are separated by `,` and come last"),
            _ => self.error(
                self.at,
                "a comma between parentheses that belong to no function",
            ),
        }
    }

    /// A `(` that the statement ends in.
    pub(super) fn never_closed(&self, open: &Open<'_>) -> ParseError {
        self.error(
            open.lexeme,
            "unbalanced parentheses: this `(` is never closed",
        )
    }

    /// A `)` before which no `(` is open.
    pub(super) fn closes_nothing(&self) -> ParseError {
        self.error(self.at, "unbalanced parentheses: this `)` closes nothing")
    }
}

impl OpenCall<'_> {
    /// Refuses too few or too many arguments to the function named at `column`.
    pub(super) fn check(&self, column: usize) -> Result<(), ParseError> {
        let (least, most) = self.arity.counts();
        if self.arity == Arity::Halves && self.given % 2 == 1 {
            let message = format!(
                "{} takes an even number of arguments, {} given",
                self.function, self.given
            );
            let hint = "the first half is multiplied by the second half, one by one";
            return Err(ParseError::at(column, message).hint(hint));
        }
        if (least..=most).contains(&self.given) {
            return Ok(());
        }
        let wanted = match most {
            usize::MAX => format!("at least {least}"),
            most if most == least => least.to_string(),
            most if most == least + 1 => format!("{least} or {most}"),
            most => format!("{least} to {most}"),
        };
        let noun = if least == 1 && (most == 1 || most == usize::MAX) {
            "argument"
        } else {
            "arguments"
        };
        let message = format!(
            "{} takes {wanted} {noun}, {} given",
            self.function, self.given
        );
        Err(ParseError::at(column, message))
    }
}
