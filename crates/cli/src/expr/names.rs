//! What a name means, and which one was meant.

use std::collections::HashMap;

use super::Arity;
use super::error::{LONGEST, ParseError, clip};
use super::lex::is_name;

/// Names other languages use for what ours calls the second word.
const ELSEWHERE: [(&str, &str); 22] = [
    ("arcsin", "asin"),
    ("arccos", "acos"),
    ("arctan", "atan"),
    ("arctan2", "atan2"),
    ("arcsinh", "asinh"),
    ("arccosh", "acosh"),
    ("arctanh", "atanh"),
    ("logistic", "sigmoid"),
    ("expit", "sigmoid"),
    ("swish", "silu"),
    ("heaviside", "step"),
    ("fabs", "abs"),
    ("sgn", "sign"),
    ("power", "pow"),
    ("fmod", "rem"),
    ("mod", "rem"),
    ("prod", "product"),
    ("ln1p", "log1p"),
    ("gammaln", "lgamma"),
    ("loggamma", "lgamma"),
    ("psi", "digamma"),
    ("π", "pi"),
];

/// Everything a name of the source can stand for.
pub(super) struct Scope<'a> {
    /// The position of each input.
    inputs: HashMap<&'a str, usize>,
    /// The node of each input used so far and of each binding.
    nodes: HashMap<&'a str, usize>,
    /// The caller's table.
    functions: &'a dyn Fn(&str) -> Option<Arity>,
    function_names: &'a [&'a str],
}

/// What a name stands for.
pub(super) enum Meaning {
    /// A binding, or an input used before.
    Node(usize),
    /// An input that has no node yet.
    Input(usize),
    Function(Arity),
    Pi,
    Unknown,
}

impl<'a> Scope<'a> {
    /// The scope before the first binding. Each input needs a name of its own.
    pub(super) fn new(
        inputs: &[&'a str],
        functions: &'a dyn Fn(&str) -> Option<Arity>,
        function_names: &'a [&'a str],
    ) -> Result<Self, ParseError> {
        let mut scope = Scope {
            inputs: HashMap::new(),
            nodes: HashMap::new(),
            functions,
            function_names,
        };
        for (position, &input) in inputs.iter().enumerate() {
            let twice = scope
                .inputs
                .insert(input, position)
                .map(|_| "is given twice");
            if let Some(wrong) = unfit_input(input, functions).or(twice) {
                let message = format!("the input `{}` {wrong}", clip(input));
                return Err(ParseError::new(message));
            }
        }
        Ok(scope)
    }

    /// What `name` stands for at this point of the source.
    pub(super) fn meaning(&self, name: &str) -> Meaning {
        if let Some(node) = self.nodes.get(name) {
            Meaning::Node(*node)
        } else if let Some(input) = self.inputs.get(name) {
            Meaning::Input(*input)
        } else if let Some(arity) = (self.functions)(name) {
            Meaning::Function(arity)
        } else if name == "pi" {
            Meaning::Pi
        } else {
            Meaning::Unknown
        }
    }

    /// Lets `name` stand for `node` from here on.
    pub(super) fn insert(&mut self, name: &'a str, node: usize) {
        self.nodes.insert(name, node);
    }

    /// Why `name` cannot be bound, if it cannot.
    pub(super) fn taken(&self, name: &str) -> Option<&'static str> {
        match self.meaning(name) {
            _ if self.inputs.contains_key(name) => Some("is an input and cannot be bound"),
            Meaning::Node(_) | Meaning::Input(_) => Some("is bound twice"),
            Meaning::Function(_) => Some("is reserved: it is the name of a function"),
            Meaning::Pi | Meaning::Unknown => None,
        }
    }

    /// The function written most like `name`.
    pub(super) fn nearest_function(&self, name: &str) -> Option<&'a str> {
        nearest(name, self.function_names.iter().copied())
    }

    /// The input, binding or constant written most like `name`.
    pub(super) fn nearest_value(&self, name: &str) -> Option<&'a str> {
        let names = self.inputs.keys().chain(self.nodes.keys());
        nearest(name, names.copied().chain(["pi"]))
    }
}

/// Why `name` cannot be the name of an input, if it cannot.
pub(crate) fn unfit_input(
    name: &str,
    functions: &dyn Fn(&str) -> Option<Arity>,
) -> Option<&'static str> {
    if !is_name(name) {
        Some("is not a name: letters, digits and `_`, and no digit first")
    } else if functions(name).is_some() {
        Some("is reserved: it is the name of a function")
    } else {
        None
    }
}

/// The one of `known` that is written most like `name`: the same but for case,
/// or with about one slip (a letter wrong, left out, added, or swapped with the
/// next) for every three letters.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length > LONGEST {
        return None;
    }
    let elsewhere = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name);
    let wanted = elsewhere.map_or(name.to_lowercase(), |(_, ours)| (*ours).to_string());
    let longer = |known: &str| known.chars().count().abs_diff(wanted.chars().count());
    known
        .filter(|known| longer(known) <= length)
        .map(|known| (strsim::osa_distance(&wanted, &known.to_lowercase()), known))
        .filter(|(slips, _)| *slips <= (length + 1) / 3)
        // A name run on or cut short first (`sinn` is `sin`, not `sign`); then letters are swapped
        // more often than left out: `tahn` is rather `tanh` than `tan`.
        .min_by_key(|(slips, known)| {
            let begins_alike = wanted.starts_with(known) || known.starts_with(&wanted);
            (*slips, !begins_alike, longer(known), *known)
        })
        .map(|(_, known)| known)
}
