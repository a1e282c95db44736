//! Second derivatives, and those of any order.

use std::fmt::Write;

use tape::{derivatives, hessian};

use crate::evaluate::evaluate;
use crate::question::Question;

/// The most numbers that an answer's Hessians may have.
const MOST_NUMBERS: usize = 10_000_000;

/// The highest order: the factorial of the next is larger than any number.
const HIGHEST_ORDER: usize = 170;

/// What is told besides value and gradient, where it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// A matrix for each output: a row and a column for each input.
    pub(crate) hessians: Option<Vec<Vec<Vec<f64>>>>,
    /// The derivatives of order 0 (the value), 1, 2, ...
    pub(crate) derivatives: Option<Vec<f64>>,
}

impl Extras {
    /// Computes what is wanted.
    pub(crate) fn new(
        question: &Question,
        hessian: bool,
        order: Option<usize>,
    ) -> Result<Extras, String> {
        let hessians = if hessian {
            Some(hessians(question)?)
        } else {
            None
        };
        let derivatives = order.map(|order| all_orders(question, order)).transpose()?;
        Ok(Extras {
            hessians,
            derivatives,
        })
    }

    /// The same as tables, with `digits` decimals.
    pub(crate) fn text(&self, question: &Question, digits: Option<usize>) -> String {
        let mut text = String::new();
        for (index, hessian) in self.hessians.iter().flatten().enumerate() {
            let several = question.expression.outputs.len() > 1;
            let of = if several {
                format!(" of output {}", index + 1)
            } else {
                String::new()
            };
            let _ = writeln!(text, "\nsecond derivatives{of}");
            text += &matrix(question, hessian, digits);
        }
        if let Some(derivatives) = &self.derivatives {
            let by = &question.inputs[0].name;
            let _ = writeln!(text, "\nderivatives by {by}\norder");
            for (order, derivative) in derivatives.iter().enumerate() {
                let _ = writeln!(text, "{order:>5}  {}", number(*derivative, digits));
            }
        }
        text
    }
}

fn hessians(question: &Question) -> Result<Vec<Vec<Vec<f64>>>, String> {
    let (outputs, inputs) = (question.expression.outputs.len(), question.inputs.len());
    let numbers = inputs
        .checked_mul(inputs)
        .and_then(|entries| entries.checked_mul(outputs));
    if numbers.is_none_or(|numbers| numbers > MOST_NUMBERS) {
        return Err(format!(
            "the second derivatives of {outputs} outputs by {inputs} inputs are more than {MOST_NUMBERS} numbers"
        ));
    }
    let values = question.values();
    let one = |output| hessian(|x| evaluate(&question.expression, x)[output], &values);
    Ok((0..outputs).map(one).collect())
}

fn all_orders(question: &Question, order: usize) -> Result<Vec<f64>, String> {
    let (outputs, inputs) = (question.expression.outputs.len(), question.inputs.len());
    if (inputs, outputs) != (1, 1) {
        let noun =
            |count: usize, noun| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        return Err(format!(
            "derivatives of higher order are for one input and one output; here are {} and {}",
            noun(inputs, "input"),
            noun(outputs, "output")
        ));
    }
    if order > HIGHEST_ORDER {
        return Err(format!(
            "an order is a whole number from 0 to {HIGHEST_ORDER}, not {order}"
        ));
    }
    Ok(derivatives(
        |x| evaluate(&question.expression, &[x])[0],
        question.inputs[0].value,
        order,
    ))
}

/// A table with the inputs' names on both sides.
fn matrix(question: &Question, rows: &[Vec<f64>], digits: Option<usize>) -> String {
    let names = || question.inputs.iter().map(|input| input.name.clone());
    let mut table = vec![
        [String::new()]
            .into_iter()
            .chain(names())
            .collect::<Vec<String>>(),
    ];
    for (name, row) in names().zip(rows) {
        let numbers = row.iter().map(|entry| number(*entry, digits));
        table.push([name].into_iter().chain(numbers).collect());
    }
    let width = |column: usize| {
        table
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..=rows.len()).map(width).collect();
    let mut text = String::new();
    for row in &table {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "  {cell:>width$}");
        }
        text.push('\n');
    }
    text
}

/// With `digits` decimals, or six significant digits.
fn number(number: f64, digits: Option<usize>) -> String {
    let size = number.abs();
    match digits {
        Some(digits) => format!("{number:.digits$}"),
        None if number.fract() == 0.0 && size < 1e15 => format!("{number}"),
        None => {
            let rounded: f64 = format!("{number:.5e}").parse().unwrap_or(number);
            if (1e-5..1e15).contains(&size) {
                format!("{rounded}")
            } else {
                format!("{rounded:e}")
            }
        }
    }
}
