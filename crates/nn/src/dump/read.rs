//! From JSON to a snapshot, with the place of whatever is wrong.

mod scopes;

use super::DumpError;
use scopes::Scopes;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use tape::compare::{Slope, Snapshot, SnapshotNode};
use tape::{Array, ElementType, Operand};

type Result<V> = std::result::Result<V, DumpError>;

/// Where in the file something stands: `nodes[3].value[0]`.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Key(Place::Root, key) => f.write_str(key),
            Place::Key(outer, key) => write!(f, "{outer}.{key}"),
            Place::Item(outer, item) => write!(f, "{outer}[{item}]"),
        }
    }
}

impl Place<'_> {
    fn wants(&self, wanted: &str, found: Option<&Value>) -> DumpError {
        let found = match found {
            None => "there is nothing".to_string(),
            Some(Value::Array(list)) => format!("there is a list of {}", list.len()),
            Some(Value::Object(_)) => "there is an object".to_string(),
            Some(plain) => {
                let text = plain.to_string();
                let start: String = text.chars().take(40).collect();
                let rest = if start.len() < text.len() { "..." } else { "" };
                format!("there is {start}{rest}")
            }
        };
        let place = match self {
            Place::Root => "the document".to_string(),
            Place::Key(..) | Place::Item(..) => self.to_string(),
        };
        DumpError::new(format!("{place}: {wanted} is wanted, and {found}"))
    }
}

/// What a node of the file has become: literals are written as nodes there.
enum Became {
    Node(u32),
    Literal(f64),
}

pub(super) fn snapshot(text: &str) -> Result<Snapshot<'static>> {
    let document: Value =
        serde_json::from_str(text).map_err(|why| DumpError::new(format!("no JSON: {why}")))?;
    let root = Place::Root;
    let Value::Object(fields) = &document else {
        return Err(root.wants("an object with \"nodes\"", Some(&document)));
    };
    let place = Place::Key(&root, "nodes");
    let Some(Value::Array(nodes)) = fields.get("nodes") else {
        return Err(place.wants("a list of nodes", fields.get("nodes")));
    };
    let mut run = match fields.get("producer") {
        Some(Value::String(producer)) => Snapshot::new(producer.clone()),
        Some(Value::Null) | None => Snapshot::default(),
        other => return Err(Place::Key(&root, "producer").wants("a text", other)),
    };
    let scopes = Scopes::of(fields)?;
    let mut became = Vec::with_capacity(nodes.len());
    for (number, node) in nodes.iter().enumerate() {
        let place = Place::Item(&place, number);
        let Value::Object(fields) = node else {
            return Err(place.wants("a node, an object with \"value\"", Some(node)));
        };
        let mut node = self::node(&place, fields, number, &became)?;
        node.scope = scopes
            .path(number as u64)
            .map(|path| Cow::Owned(path.to_string()));
        // An explanation writes plain numbers as nodes, before their users.
        let is_literal = !node.is_named && node.op.as_deref() == Some("const");
        became.push(match is_literal && !fields.contains_key("shape") {
            true => Became::Literal(node.value.item()),
            false => Became::Node(run.nodes().len() as u32),
        });
        if let Some(Became::Node(_)) = became.last() {
            run.push(node);
        }
    }
    Ok(run)
}

fn node(
    place: &Place<'_>,
    fields: &Map<String, Value>,
    number: usize,
    became: &[Became],
) -> Result<SnapshotNode<'static>> {
    let text = |key: &str| match fields.get(key) {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Null) | None => Ok(None),
        other => Err(Place::Key(place, key).wants("a text or null", other)),
    };
    let op = text("op")?;
    let name = text("name")?.filter(|name| !name.is_empty());
    let element = match text("element")?.as_deref() {
        Some("f64") | None => ElementType::F64,
        Some("f32") => ElementType::F32,
        Some(_) => {
            return Err(
                Place::Key(place, "element").wants("\"f64\" or \"f32\"", fields.get("element"))
            );
        }
    };
    let attribute = match fields.get("attribute") {
        Some(Value::Null) | None => None,
        Some(value) => Some(self::number(&Place::Key(place, "attribute"), value)?),
    };
    let shape = shape(place, fields)?;
    let in_value = Place::Key(place, "value");
    let value = fields
        .get("value")
        .ok_or_else(|| in_value.wants("a number or lists of numbers", None))?;
    let value = array(&in_value, value, shape.as_deref())?;
    let adjoint = match fields.get("adjoint") {
        None => Slope::Unknown,
        // Data and plain numbers have none.
        Some(Value::Null) if op.as_deref() == Some("const") => Slope::Unknown,
        Some(Value::Null) => Slope::NoPath,
        // A number that nothing was added to is written as one whose terms are none.
        Some(_) if has_no_terms(fields) => Slope::NoPath,
        Some(adjoint) => {
            let place = Place::Key(place, "adjoint");
            Slope::Known(Cow::Owned(array(&place, adjoint, Some(value.shape()))?))
        }
    };
    Ok(SnapshotNode {
        is_named: name.is_some(),
        label: Cow::Owned(name.unwrap_or_else(|| format!("v{number}"))),
        operands: operands(place, fields, became)?,
        op: op.map(Cow::Owned),
        attribute,
        element,
        value: Cow::Owned(value),
        adjoint,
        scope: None,
    })
}

fn has_no_terms(fields: &Map<String, Value>) -> bool {
    matches!(fields.get("terms"), Some(Value::Array(terms)) if terms.is_empty())
}

fn operands(
    place: &Place<'_>,
    fields: &Map<String, Value>,
    became: &[Became],
) -> Result<Vec<Operand>> {
    let place = Place::Key(place, "operands");
    let list = match fields.get("operands") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        other => return Err(place.wants("a list of nodes' numbers", other)),
    };
    let operand = |(item, value): (usize, &Value)| {
        let known = value
            .as_u64()
            .and_then(|number| became.get(usize::try_from(number).ok()?));
        match known {
            Some(Became::Node(number)) => Ok(Operand::Node(*number)),
            Some(Became::Literal(number)) => Ok(Operand::Literal(*number)),
            None => Err(Place::Item(&place, item)
                .wants("the number of a node before this one", Some(value))),
        }
    };
    list.iter().enumerate().map(operand).collect()
}

fn shape(place: &Place<'_>, fields: &Map<String, Value>) -> Result<Option<Vec<usize>>> {
    let place = Place::Key(place, "shape");
    let list = match fields.get("shape") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) => list,
        other => return Err(place.wants("a list of lengths", other)),
    };
    let length = |(axis, value): (usize, &Value)| {
        let length = value
            .as_u64()
            .and_then(|length| usize::try_from(length).ok());
        length.ok_or_else(|| Place::Item(&place, axis).wants("a length", Some(value)))
    };
    list.iter()
        .enumerate()
        .map(length)
        .collect::<Result<_>>()
        .map(Some)
}

/// Lists of lists of numbers, of this shape; or of the shape that the first ones have.
fn array(place: &Place<'_>, value: &Value, shape: Option<&[usize]>) -> Result<Array> {
    let shape = match shape {
        Some(shape) => shape.to_vec(),
        None => {
            let mut lengths = Vec::new();
            let mut first = Some(value);
            while let Some(Value::Array(list)) = first {
                lengths.push(list.len());
                first = list.first();
            }
            lengths
        }
    };
    let mut numbers = Vec::new();
    elements(place, value, &shape, &mut numbers)?;
    Array::try_new(&shape, numbers).map_err(|why| DumpError::new(format!("{place}: {why}")))
}

fn elements(
    place: &Place<'_>,
    value: &Value,
    shape: &[usize],
    numbers: &mut Vec<f64>,
) -> Result<()> {
    let [length, inner @ ..] = shape else {
        numbers.push(number(place, value)?);
        return Ok(());
    };
    match value {
        Value::Array(list) if list.len() == *length => {
            let mut items = list.iter().enumerate();
            items.try_for_each(|(item, value)| {
                elements(&Place::Item(place, item), value, inner, numbers)
            })
        }
        other => Err(place.wants(&format!("a list of {length}"), Some(other))),
    }
}

fn number(place: &Place<'_>, value: &Value) -> Result<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(word) => match &word[..] {
            "nan" => Some(f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.ok_or_else(|| place.wants("a number, or \"nan\", \"inf\" or \"-inf\",", Some(value)))
}
