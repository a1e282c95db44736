//! Runs of other programs, read from files: a network in PyTorch, and its port.
//!
//! `tools/chainrule_dump.py` writes down what a PyTorch module computes: every module's output, every
//! parameter, input and loss, with their gradients. [`read`] makes a [`Snapshot`] of it, and a
//! [`Comparison`](tape::Comparison) with an explanation of the port says where they part first.
//! Parameters have PyTorch's names already; [`name_outputs`] gives modules' outputs theirs:
//!
//! ```
//! use nn::layers::{Linear, Sequential};
//! use nn::{Activation::Tanh, Module, Pass, dump, loss, seeded};
//! use tape::compare::{Comparison, Tolerance};
//! use tape::{Array, Tape};
//!
//! let torch = dump::parse(r#"{"producer": "torch", "nodes": [
//!     {"name": "0.out", "shape": [1, 1], "element": "f32", "value": [[0.5]], "adjoint": [[0.75]]},
//!     {"name": "1.out", "shape": [1, 1], "element": "f32", "value": [[0.46]], "adjoint": [[0.9242]]}
//! ]}"#)?;
//!
//! let net: Sequential = Sequential::new().then(Linear::new(1, 1, &mut seeded(1))).then(Tanh);
//! net.parameters().iter().zip([0.25, 0.0]).for_each(|(one, x)| one.parameter.change(|w| w[0] = x));
//! let tape = Tape::new();
//! let pass = Pass::new(&tape).watched(dump::name_outputs());
//! let y = pass.run("", &net, tape.constant([[2.0]]));
//! pass.name_parameters(&net);
//! let loss = y.square().sum().named("loss");
//!
//! let near = Tolerance::Within { absolute: 1e-6, relative: 1e-4 };
//! let comparison = Comparison::of(&torch, &loss.explain(), near).called(["torch", "here"]);
//! let first = comparison.first_value().expect("0.46 is short");
//! assert_eq!(first.labels[0], "1.out");
//! let told = r#""1.out" = tanh("0.out") in the scope "1: tanh", 0.46 | 0.462117 at [0,0]"#;
//! assert!(comparison.to_string().contains(told));
//! # Ok::<(), dump::DumpError>(())
//! ```
//!
//! The format is that of [`Explanation::json`](tape::Explanation::json), of which all but names and
//! values may be missing; so [`read`] reads explanations, too.

mod read;

use crate::watch::Seen;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use tape::Element;
use tape::compare::Snapshot;

/// Why a file is no dump: what was wanted where, and what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpError {
    message: String,
}

impl DumpError {
    fn new(message: impl Into<String>) -> DumpError {
        DumpError {
            message: message.into(),
        }
    }
}

impl fmt::Display for DumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DumpError {}

/// Reads a dump, or an explanation in JSON, from a file.
///
/// # Errors
/// If the file cannot be read, or is none. Memory is taken for what is there, not for what a file
/// says of itself.
pub fn read(path: impl AsRef<Path>) -> Result<Snapshot<'static>, DumpError> {
    let path = path.as_ref();
    let told = |why: &dyn fmt::Display| DumpError::new(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
    parse(&text).map_err(|error| told(&error))
}

/// Reads a dump, or an explanation in JSON, from a text.
///
/// # Errors
/// If it is none. The message names the place (`nodes[3].value[0]`) and what is wanted there.
pub fn parse(text: &str) -> Result<Snapshot<'static>, DumpError> {
    read::snapshot(text)
}

/// A [watcher](crate::Pass::watched) that names the output of each module for the ledger:
/// `layer1.out` for the module `layer1`, `out` for one without a name.
///
/// An output that is the module's input, or that an inner module has made, keeps its name.
pub fn name_outputs<T: Element>() -> impl Fn(&Seen<'_, T>) {
    let named = RefCell::new(HashSet::new());
    move |seen| {
        let output = seen.output.id();
        if output == seen.input.id() || !named.borrow_mut().insert(output) {
            return;
        }
        let dot = if seen.path.is_empty() { "" } else { "." };
        let _ = seen.output.named(format!("{}{dot}out", seen.path));
    }
}
