//! What a network is drawn from: the layers that a pass saw, as columns of units.

use crate::{Module, Parameter, Pass, Role};
use std::cell::RefCell;
use tape::{Array, Element, Tape, Tensor};

/// A layer of units.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// What is said of it, the layer first, then what works on its units one by one.
    pub(super) labels: Vec<String>,
    /// The lengths of one example.
    pub(super) shape: Vec<usize>,
    /// What the first example makes of it.
    pub(super) values: Vec<f64>,
    /// From each unit of the column before to each of this one, `[out, in]`, where it is known.
    pub(super) weights: Option<Array>,
    pub(super) biases: Option<Array>,
}

impl Column {
    fn of<T: Element>(label: String, tensor: Tensor<T>) -> Column {
        let shape = tensor.shape();
        let shape = shape.get(1..).unwrap_or_default().to_vec();
        Column {
            labels: vec![label],
            values: first_example(tensor),
            shape,
            weights: None,
            biases: None,
        }
    }

    /// How many units there are, if they stand in a row.
    pub(super) fn units(&self) -> Option<usize> {
        match self.shape[..] {
            [units] => Some(units),
            _ => None,
        }
    }
}

fn first_example<T: Element>(tensor: Tensor<T>) -> Vec<f64> {
    let array = tensor.to_array();
    let examples = array.shape().first().copied().unwrap_or(1);
    match examples {
        0 => Vec::new(),
        _ => array.as_slice()[..array.len() / examples]
            .iter()
            .map(|value| value.to_f64())
            .collect(),
    }
}

/// The columns of a network: its input, and what each of its modules makes that has weights or
/// changes the shape. Others are a label more.
#[track_caller]
pub(super) fn columns<T: Element>(model: &(impl Module<T> + ?Sized), x: &Array<T>) -> Vec<Column> {
    let tape = Tape::without_lines();
    let columns: RefCell<Vec<Column>> = RefCell::default();
    // The number of the last module that ended, and what it made.
    let last: RefCell<Option<(usize, Tensor<T>)>> = RefCell::default();
    let pass = Pass::new(&tape).watched(|ran| {
        let mut columns = columns.borrow_mut();
        let before = last.replace(Some((ran.number, ran.output)));
        if columns.is_empty() {
            columns.push(Column::of("input".to_string(), ran.input));
        }
        // One that runs others ends behind them, and has nothing of its own to add but a way around.
        let is_outer = before.is_some_and(|(number, _)| number > ran.number);
        if is_outer && before.is_some_and(|(_, output)| output.id() == ran.output.id()) {
            return;
        }
        let parameters = ran.module.parameters();
        let is_map = |p: &Parameter<T>| p.role() == Role::Weight && p.shape().rank() >= 2;
        let maps = parameters.iter().filter(|named| is_map(&named.parameter));
        let maps: Vec<&Parameter<T>> = maps.map(|named| &named.parameter).collect();
        let label = ran.module.describe();
        let (from, to) = (ran.input.shape(), ran.output.shape());
        if from == to
            && (is_outer || maps.is_empty())
            && let Some(column) = columns.last_mut()
        {
            column.labels.push(label);
            column.values = first_example(ran.output);
            return;
        }
        let mut column = Column::of(label, ran.output);
        let follows = before.is_none_or(|(_, output)| output.id() == ran.input.id());
        if let ([map], [_, inputs], [_, outputs]) = (&maps[..], &from[..], &to[..])
            && *map.shape() == [*outputs, *inputs]
            && follows
        {
            column.weights = Some(map.value().cast());
            let is_bias = |p: &Parameter<T>| p.role() == Role::Bias && *p.shape() == [*outputs];
            let bias = parameters.iter().find(|named| is_bias(&named.parameter));
            column.biases = bias.map(|named| named.parameter.value().cast());
        }
        columns.push(column);
    });
    pass.run("", model, tape.constant(x));
    drop(pass);
    let mut columns = columns.into_inner();
    if columns.is_empty() {
        columns.push(Column::of("input".to_string(), tape.constant(x)));
    }
    columns
}
