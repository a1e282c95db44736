//! The ledger as JSON, for programs.

use super::json_nodes::{nodes, scopes};
use super::json_parts::{Number, SQUARE, Text, list, nested, numbers};
use super::story::json::{Story, write_stories};
use crate::array::Array;
use crate::explain::Explanation;
use std::fmt;

/// An [`Explanation`] on its way to becoming one line of JSON: print it, or `to_string` it.
#[derive(Clone, Debug)]
pub struct Json<'a> {
    explanation: &'a Explanation,
    nodes: bool,
    hessians: Option<Vec<Vec<Vec<f64>>>>,
    derivatives: Option<Vec<f64>>,
    stories: Vec<Story<'a>>,
}

impl Explanation {
    /// The ledger as a JSON object, on one line.
    ///
    /// `"value"`, `"gradient"` (an object) and `"inputs"` (the names in order); of several
    /// outputs `"value"` is a list, and `"jacobian"` a list of objects takes the gradient's
    /// place, of the inputs that are numbers. Then `"nodes"` in recording order, operands before their users: `id`, `name`
    /// (or null), `op`, `operands`, `attribute` (where there is one), `value`, `adjoint` and
    /// `terms`. A literal is a node of its own, with the op `const` and the adjoint null, just
    /// before its user; the ids count these too. Numbers have all their digits; those that
    /// JSON has no word for are the strings `"nan"`, `"inf"` and `"-inf"`. Where the tape has
    /// scopes, `"scopes"` lists them with `name`, `nodes` (its first id, and the one behind its
    /// last), `depth`, `parent`, the place in this list of the scope around it, or null, and where lines
    /// are on `line`. Stories are added by [`story`](Json::story).
    ///
    /// An array is a list of lists, and its node has a `shape`, the `element` type, an adjoint that
    /// is null where there is none, and terms with `rule` (how they read), `contribution` and,
    /// where there is one, `local`; the seed of an output, whose `child` is null, with `contribution`. A term that is no product, of a number that an operation on
    /// arrays gave it to, has `rule` and `contribution`.
    ///
    /// A node whose adjoint hooks changed has `hooks`: `before`, `after` and, where lines are on,
    /// `line`. The terms add up to what the first was given.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let x = tape.var("x", 3.0);
    /// let explanation = (2.0 * x).explain();
    /// assert_eq!(
    ///     explanation.json().without_nodes().to_string(),
    ///     r#"{"value":6.0,"gradient":{"x":2.0},"inputs":["x"]}"#
    /// );
    /// ```
    #[must_use]
    pub fn json(&self) -> Json<'_> {
        Json {
            explanation: self,
            nodes: true,
            hessians: None,
            derivatives: None,
            stories: Vec::new(),
        }
    }
}

impl<'a> Json<'a> {
    /// Leaves out the nodes.
    #[must_use]
    pub fn without_nodes(mut self) -> Self {
        self.nodes = false;
        self
    }

    /// Adds `"hessian"`: the matrix of the one output, or a list of matrices, one per output.
    #[must_use]
    pub fn hessians(mut self, matrices: Vec<Vec<Vec<f64>>>) -> Self {
        self.hessians = Some(matrices);
        self
    }

    /// Adds `"derivatives"`: those of order 0, 1, 2 and so on.
    #[must_use]
    pub fn derivatives(mut self, derivatives: Vec<f64>) -> Self {
        self.derivatives = Some(derivatives);
        self
    }

    /// Adds a story under `"stories"`, as `"blame"`, `"kinks"`, `"paths"` (a list) or
    /// `"precision"`; its nodes are the ids in `"nodes"`.
    ///
    /// ```
    /// let tape = tape::Tape::without_lines();
    /// let x = tape.var("x", 0.0);
    /// let explanation = x.sqrt().explain();
    /// let kinks = explanation.kinks(0.0);
    /// let json = explanation.json().without_nodes().story(&kinks).to_string();
    /// assert!(json.contains(r#""stories":{"kinks":{"near":0.0,"found":[{"at":{"node":1,"#));
    /// assert!(json.contains(r#""taken":{"value":0.0,"slopes":["inf"]}"#));
    /// ```
    #[must_use]
    pub fn story(mut self, story: impl Into<Story<'a>>) -> Self {
        self.stories.push(story.into());
        self
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let explanation = self.explanation;
        let row = |f: &mut fmt::Formatter<'_>, row: &Vec<f64>| {
            let entries = explanation.number_inputs().zip(row);
            list(f, ['{', '}'], entries, |f, (input, &number)| {
                write!(f, "{}:{}", Text(&input.label), Number(number))
            })
        };
        match (explanation.outputs(), explanation.jacobian()) {
            ([output], [gradient]) => {
                f.write_str("{\"value\":")?;
                let node = output.node.map(|id| explanation.at(id));
                match node.and_then(|node| node.array.as_ref()) {
                    Some(array) => nested(f, &array.value)?,
                    None => write!(f, "{}", Number(output.value))?,
                }
                f.write_str(",\"gradient\":")?;
                write_gradient(f, explanation, gradient)?;
            }
            (outputs, jacobian) => {
                f.write_str("{\"value\":")?;
                list(f, SQUARE, outputs, |f, output| {
                    write!(f, "{}", Number(output.value))
                })?;
                f.write_str(",\"jacobian\":")?;
                list(f, SQUARE, jacobian, row)?;
            }
        }
        f.write_str(",\"inputs\":")?;
        list(f, SQUARE, explanation.inputs(), |f, input| {
            write!(f, "{}", Text(&input.label))
        })?;
        if let Some(matrices) = &self.hessians {
            f.write_str(",\"hessian\":")?;
            match (&matrices[..], explanation.outputs()) {
                ([matrix], [_]) => list(f, SQUARE, matrix, numbers)?,
                _ => list(f, SQUARE, matrices, |f, matrix| {
                    list(f, SQUARE, matrix, numbers)
                })?,
            }
        }
        if let Some(derivatives) = &self.derivatives {
            f.write_str(",\"derivatives\":")?;
            numbers(f, derivatives)?;
        }
        if self.nodes {
            f.write_str(",\"nodes\":")?;
            nodes(f, explanation)?;
            if !explanation.scopes().is_empty() {
                f.write_str(",\"scopes\":")?;
                scopes(f, explanation)?;
            }
        }
        if !self.stories.is_empty() {
            f.write_str(",\"stories\":")?;
            write_stories(f, explanation, &self.stories)?;
        }
        f.write_str("}")
    }
}

/// The derivatives by each input, numbers and arrays, as an object.
fn write_gradient(
    f: &mut fmt::Formatter<'_>,
    explanation: &Explanation,
    gradient: &[f64],
) -> fmt::Result {
    let mut numbers = gradient.iter();
    list(f, ['{', '}'], explanation.inputs(), |f, input| {
        write!(f, "{}:", Text(&input.label))?;
        match &input.array {
            None => write!(f, "{}", Number(numbers.next().copied().unwrap_or(0.0))),
            Some(array) => match &array.adjoint {
                Some(adjoint) => nested(f, adjoint),
                None => nested(f, &Array::zeros(array.shape())),
            },
        }
    })
}
