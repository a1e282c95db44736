//! `chainrule explain --lines FILE`: many questions, one JSON object a line, one answer a line.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::explain::{Wanted, json};
use crate::output::Output;
use crate::question::{Input, Question, Stop};

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    src: String,
    #[serde(default)]
    inputs: Inputs,
    #[serde(default)]
    hessian: bool,
    order: Option<usize>,
    nodes: Option<bool>,
}

/// Answers every line of the file at `path` (`-`: of standard input), in order, to `answers`
/// or standard output.
pub(crate) fn run(path: &Path, answers: Option<&Path>) -> Result<(), Stop> {
    let unreadable =
        |error: io::Error| Stop::mistake(format!("cannot read {}: {error}", path.display()));
    let file: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(unreadable)?)
    };
    let mut output = Output::open(answers)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    loop {
        // Whoever writes the lines may wait for the answers before the next.
        if reader.buffer().is_empty() {
            output.flush()?;
        }
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            return output.finish();
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        output.write(&answer_or_error(line.trim_ascii()))?;
    }
}

fn answer_or_error(line: &[u8]) -> String {
    let answer = catch_unwind(AssertUnwindSafe(|| answer(line)));
    let answer =
        answer.unwrap_or_else(|_| Err("internal error: the calculation panicked".to_string()));
    answer.unwrap_or_else(|error| format!("{{\"error\":{}}}\n", serde_json::Value::from(error)))
}

fn answer(line: &[u8]) -> Result<String, String> {
    if !line.starts_with(b"{") {
        return Err(
            "a line must be one JSON object, such as {\"src\": \"x^2\", \"inputs\": {\"x\": 3}}"
                .to_string(),
        );
    }
    let request: Request = serde_json::from_slice(line).map_err(|error| {
        let message = error
            .to_string()
            .replace(" at line 1 column ", " at column ");
        format!(
            "not a question: {}",
            message.replace("expected usize", "expected a whole number")
        )
    })?;
    let question =
        Question::new(&request.src, request.inputs.0).map_err(|mistake| mistake.in_one_line())?;
    let wanted = Wanted {
        hessian: request.hessian,
        order: request.order,
        nodes: request.nodes.unwrap_or(true),
    };
    json(&question, &wanted, None)
}

/// The inputs in the order of the object's keys.
#[derive(Default)]
struct Inputs(Vec<Input>);

impl<'de> Deserialize<'de> for Inputs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Inputs, D::Error> {
        deserializer.deserialize_map(InputsVisitor)
    }
}

struct InputsVisitor;

impl<'de> Visitor<'de> for InputsVisitor {
    type Value = Inputs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of names and numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inputs, A::Error> {
        let mut inputs = Vec::new();
        while let Some((name, Value(value))) = map.next_entry()? {
            // The expression's parser refuses a name that is given twice.
            inputs.push(Input { name, value });
        }
        Ok(Inputs(inputs))
    }
}

/// A number, or the name of one that JSON cannot write.
struct Value(f64);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl Visitor<'_> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"nan\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value(number as f64))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Value, E> {
        match name {
            "nan" => Ok(Value(f64::NAN)),
            "inf" => Ok(Value(f64::INFINITY)),
            "-inf" => Ok(Value(f64::NEG_INFINITY)),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(name), &self)),
        }
    }
}
