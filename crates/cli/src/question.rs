//! What a user asks about: an expression, and a value for each of its inputs.

use std::fmt;

use crate::expr::{self, Expression, ParseError};
use crate::functions::{arity, names};

/// An expression and where to look at it.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) expression: Expression,
    /// In the order given.
    pub(crate) inputs: Vec<Input>,
}

/// An input and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) value: f64,
}

/// Why a command ends before its work is done.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Something the user can put right; the text says what.
    Mistake(String),
    /// Nobody reads the output any more.
    OutputClosed,
}

impl Stop {
    pub(crate) fn mistake(text: impl fmt::Display) -> Stop {
        Stop::Mistake(text.to_string())
    }
}

impl Question {
    /// Reads `source`, in which the inputs may be used.
    pub(crate) fn new(source: &str, inputs: Vec<Input>) -> Result<Question, ParseError> {
        let given: Vec<&str> = inputs.iter().map(|input| &*input.name).collect();
        let expression = expr::parse(source, &given, &arity, names())?;
        Ok(Question { expression, inputs })
    }

    /// Reads what stands on a command line: `"(x+y)*z"`, then `x=-2`, `y=5`, `z=-4`.
    pub(crate) fn from_words(source: &str, assignments: &[String]) -> Result<Question, Stop> {
        let mut inputs: Vec<Input> = Vec::new();
        for text in assignments {
            let input = read_assignment(text, &inputs);
            inputs.push(input.map_err(|mistake| Stop::mistake(mistake.render(text)))?);
        }
        Question::new(source, inputs).map_err(|mistake| Stop::mistake(mistake.render(source)))
    }

    /// The values of the inputs.
    pub(crate) fn values(&self) -> Vec<f64> {
        self.inputs.iter().map(|input| input.value).collect()
    }
}

/// Reads `name=value`, the assignment after `earlier` ones.
fn read_assignment(text: &str, earlier: &[Input]) -> Result<Input, ParseError> {
    let mistake = |column: usize, message: String, hint: &str| ParseError {
        message,
        column: Some(column),
        hint: Some(hint.to_string()),
    };
    let Some((left, right)) = text.split_once('=') else {
        let message = format!("`{}` is no assignment", expr::clip(text));
        let hint = "write name=value, as in x=1, and quote an expression that has spaces";
        return Err(mistake(1, message, hint));
    };
    let (name, written) = (left.trim(), right.trim());
    let shown = expr::clip(name);
    if let Some(unfit) = expr::unfit_input(name, &arity) {
        return Err(mistake(
            1,
            format!("the input `{shown}` {unfit}"),
            "choose another name",
        ));
    }
    if earlier.iter().any(|input| input.name == name) {
        let message = format!("the input `{shown}` is given twice");
        return Err(mistake(1, message, "give each input one value"));
    }
    let column = left.chars().count() + 2 + right.chars().take_while(|c| c.is_whitespace()).count();
    let value = if written.is_empty() {
        let message = format!("the input `{shown}` has no value after its `=`");
        Err(mistake(column, message, "a value is a number, as in x=-2"))
    } else {
        match written.parse::<f64>() {
            Ok(value) if value.is_infinite() && written.contains(|c: char| c.is_ascii_digit()) => {
                let message = format!("the number `{}` is too large", expr::clip(written));
                Err(mistake(
                    column,
                    message,
                    "the largest number is about 1.8e308; write inf for infinity",
                ))
            }
            Ok(value) => Ok(value),
            Err(_) => {
                let message = format!("`{}` is not a number", expr::clip(written));
                Err(mistake(
                    column,
                    message,
                    "a value is written like 12, -0.5, 1e-3, inf, -inf or nan",
                ))
            }
        }
    };
    let name = name.to_string();
    value.map(|value| Input { name, value })
}
