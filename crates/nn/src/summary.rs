//! What a network is made of, as a table.

use crate::{Module, Parameter, Pass, Role};
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use tape::{Array, Element, Shape, Tape};

/// What a network is made of: each module with its output's shape, its parameters, and the products
/// of two numbers that it takes.
///
/// A network in use is run once on an input of zeros of this shape, examples included. Modules are
/// seen that are [run](Pass::run) by name; what others have counts for the module that calls them.
///
/// ```
/// use nn::layers::{Linear, Sequential};
/// use nn::{Activation::Relu, seeded, summary};
///
/// let mut rng = seeded(7);
/// let net: Sequential = Sequential::new()
///     .then(Linear::new(784, 128, &mut rng))
///     .then(Relu)
///     .then(Linear::new(128, 10, &mut rng));
/// assert_eq!(summary(&net, &[32, 784]).to_string(), "\
/// module  what                   output  parameters  multiply-adds
///         Sequential            [32,10]
/// 0         Linear 784 -> 128  [32,128]     100 480      3 211 264
/// 1         relu               [32,128]
/// 2         Linear 128 -> 10    [32,10]       1 290         40 960
///
/// input [32,784]: 101 770 parameters, 3 252 224 multiply-adds
/// ");
/// ```
///
/// # Panics
/// If the network does not take such an input.
#[must_use]
#[track_caller]
pub fn summary<T: Element>(model: &(impl Module<T> + ?Sized), input: &[usize]) -> Summary {
    let tape = Tape::without_lines();
    let zeros = Array::<T>::zeros(input);
    let (rows, claimed) = (RefCell::new(Vec::new()), RefCell::new(HashSet::new()));
    let frozen = RefCell::new(0);
    let pass = Pass::new(&tape).watched(|seen| {
        let (x, y) = (seen.input.shape(), seen.output.shape());
        let mut parameters = 0;
        for named in &seen.module.parameters() {
            // Inner modules end first, so that what they have is claimed by them.
            if claimed.borrow_mut().insert(named.parameter.id()) {
                parameters += learned(&named.parameter);
                if !named.parameter.learns() {
                    *frozen.borrow_mut() += learned(&named.parameter);
                }
            }
        }
        rows.borrow_mut().push((
            seen.number,
            SummaryRow {
                path: seen.path.to_string(),
                depth: seen.depth,
                module: seen.module.describe(),
                multiply_adds: seen.module.multiply_adds(&x, &y),
                output: y,
                parameters,
            },
        ));
    });
    pass.run("", model, tape.constant(&zeros));
    drop(pass);
    let mut rows = rows.into_inner();
    rows.sort_by_key(|(number, _)| *number);
    Summary {
        input: zeros.shape().clone(),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        frozen: frozen.into_inner(),
    }
}

/// How many numbers of a parameter can learn; a buffer's cannot.
fn learned<T: Element>(parameter: &Parameter<T>) -> usize {
    match parameter.role() {
        Role::Weight | Role::Bias => parameter.count(),
        Role::Buffer => 0,
    }
}

/// What [`summary`] found. It displays as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The shape of the input.
    pub input: Shape,
    /// The modules, each before those inside of it.
    pub rows: Vec<SummaryRow>,
    /// How many of the parameters are frozen.
    pub frozen: usize,
}

/// One module of a [`Summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryRow {
    /// Its name behind those of the modules around it; the network itself has none.
    pub path: String,
    /// How many modules it is inside of.
    pub depth: usize,
    /// What it says of itself.
    pub module: String,
    /// The shape of its output.
    pub output: Shape,
    /// How many numbers it can learn, those of inner modules and those counted before not included.
    pub parameters: usize,
    /// How many products of two numbers it takes, inner modules not included.
    pub multiply_adds: usize,
}

impl Summary {
    /// How many numbers the network can learn.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.rows.iter().map(|row| row.parameters).sum()
    }

    /// How many products of two numbers the network takes.
    #[must_use]
    pub fn multiply_adds(&self) -> usize {
        self.rows.iter().map(|row| row.multiply_adds).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["module", "what", "output", "parameters", "multiply-adds"];
        let mut table = vec![head.map(str::to_string)];
        for row in &self.rows {
            table.push([
                row.path.clone(),
                format!("{}{}", "  ".repeat(row.depth), row.module),
                row.output.to_string(),
                grouped_unless_none(row.parameters),
                grouped_unless_none(row.multiply_adds),
            ]);
        }
        let width = |column: usize| {
            let cells = table.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let [a, b, c, d, e]: [usize; 5] = std::array::from_fn(width);
        for [path, what, output, parameters, products] in &table {
            let line =
                format!("{path:a$}  {what:b$}  {output:>c$}  {parameters:>d$}  {products:>e$}");
            writeln!(f, "{}", line.trim_end())?;
        }
        let (parameters, products) = (self.parameters(), self.multiply_adds());
        write!(
            f,
            "\ninput {}: {} parameters",
            self.input,
            grouped(parameters)
        )?;
        if self.frozen > 0 {
            write!(f, ", {} of them frozen", grouped(self.frozen))?;
        }
        writeln!(f, ", {} multiply-adds", grouped(products))
    }
}

fn grouped_unless_none(number: usize) -> String {
    match number {
        0 => String::new(),
        _ => grouped(number),
    }
}

/// `1 234 567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{BatchNorm1d, Dropout, Linear, Residual, Sequential};
    use crate::{Activation, seeded};

    #[test]
    fn nested_frozen_and_shared_parameters_count_once() {
        let mut rng = seeded(1);
        let block = Sequential::new()
            .then(Linear::new(4, 4, &mut rng))
            .then_named("norm", BatchNorm1d::new(4))
            .then(Activation::Relu);
        let net: Sequential = Sequential::new()
            .then_named("block", Residual::new(block))
            .then(Dropout::new(0.5))
            .then_named("head", Linear::new(4, 1000, &mut rng));
        net.parameters().get("block.0.weight").unwrap().freeze();
        let summary = summary(&net, &[2, 4]);
        assert_eq!(summary.parameters(), net.parameters().count());
        assert_eq!(
            summary.to_string(),
            "\
module      what                   output  parameters  multiply-adds
            Sequential           [2,1000]
block         Residual              [2,4]
block           Sequential          [2,4]
block.0           Linear 4 -> 4     [2,4]          20             32
block.norm        BatchNorm1d 4     [2,4]           8
block.2           relu              [2,4]
1             Dropout 0.5           [2,4]
head          Linear 4 -> 1000   [2,1000]       5 000          8 000

input [2,4]: 5 028 parameters, 16 of them frozen, 8 032 multiply-adds
"
        );
    }
}
