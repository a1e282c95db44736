//! Recording an operation on arrays: find the tape, fit the shapes, compute, append a node.

use super::Tensor;
use super::layout::{Layout, LayoutId};
use super::store::{Arrays, PASSIVE, Source};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::graph::{Form, Row};
use crate::kernel::View;
use crate::op::{Arity, Op};
use crate::recording::{Recording, common_owner};
use crate::shape::Shape;
use crate::structural::{Expand, StructuralOp};
use crate::var::Var;
use smallvec::SmallVec;
use std::panic::Location;
use std::rc::Rc;

/// An operand, looked up.
#[derive(Clone, Copy)]
pub(super) struct Operand {
    pub(super) index: u32,
    pub(super) source: Source,
    /// Whether it depends on an input.
    pub(super) active: bool,
}

impl Recording {
    /// Where a node's value is.
    pub(super) fn source(&self, index: u32) -> Source {
        self.operand(index).source
    }

    /// What the row of a node says about its value as an array.
    pub(super) fn operand(&self, index: u32) -> Operand {
        let node = self.node(index);
        Operand {
            index,
            source: Source {
                layout: node.row.shape & !PASSIVE,
                slot: node.value.to_bits(),
            },
            active: node.row.shape & PASSIVE == 0 && node.row.op != Op::Const,
        }
    }

    /// Records a plain number as a node.
    #[track_caller]
    pub(crate) fn constant(&self, number: f64) -> Var {
        self.append_row(Op::Const, Form::Leaf, number.to_bits(), 0, number)
    }

    #[track_caller]
    pub(super) fn append_row(&self, op: Op, form: Form, slot: u64, shape: u16, value: f64) -> Var {
        let row = Row {
            slot,
            first: 0,
            op,
            form,
            shape,
        };
        self.record(row, value)
    }

    /// Records an array as a leaf.
    #[track_caller]
    pub(crate) fn array_leaf<T: Element>(&self, op: Op, shape: &Shape, data: &[T]) -> Tensor<T> {
        assert_eq!(shape.count(), data.len(), "an element for each place");
        self.activate();
        if shape.rank() == 0 {
            let value = data[0].to_f64();
            let slot = if op == Op::Const { value.to_bits() } else { 0 };
            return Tensor::of(self.append_row(op, Form::Leaf, slot, 0, value));
        }
        let (layout, slot) = self.with_arrays(|arrays| {
            arrays.any = true;
            let layout = arrays.contiguous::<T>(shape);
            let slot = arrays.compute::<T>(layout, &[], |_, _, out| out.copy_from_slice(data));
            (layout, slot)
        });
        let passive = if op == Op::Const { PASSIVE } else { 0 };
        Tensor::of(self.append_row(op, Form::Leaf, 0, layout | passive, f64::from_bits(slot)))
    }
}

/// Records the operand's value, cut off from it; the elements are shared.
#[track_caller]
pub(super) fn record_detach<T: Element>(tensor: Tensor<T>) -> Tensor<T> {
    if tensor.is_number() {
        return Tensor::of(tensor.var().detach());
    }
    let recording = owner(&[tensor], "detach").expect("an array is on a tape");
    let operand = recording.operand(
        recording
            .index(tensor.var())
            .expect("the owner holds the handle"),
    );
    let row = Row {
        slot: 0,
        first: operand.index,
        op: Op::Detach,
        form: Form::One,
        shape: operand.source.layout | PASSIVE,
    };
    Tensor::of(recording.record(row, f64::from_bits(operand.source.slot)))
}

/// The recording of some tensors, made current; `None` if all are plain numbers.
#[track_caller]
fn owner<T: Element>(operands: &[Tensor<T>], doing: &str) -> Option<Rc<Recording>> {
    let current = Recording::current_of(operands.iter().map(|tensor| tensor.var()));
    if current.is_some() {
        return current;
    }
    let vars: SmallVec<[Var; 4]> = operands.iter().map(|tensor| tensor.var()).collect();
    common_owner(&vars, doing)
}

/// The loop of an elementwise operation: reads views of one shape, writes in row-major order.
pub(super) type Kernel<'a, T> = &'a mut dyn FnMut(&[View<'_, T>], &mut [T]);

/// Records an elementwise operation on arrays; `None` if all operands are numbers.
///
/// `slot` is the bits of an attribute, or the number of a custom operation.
#[track_caller]
pub(super) fn record_elementwise<T: Element>(
    op: Op,
    slot: u64,
    operands: &[Tensor<T>],
    kernel: Kernel<'_, T>,
) -> Result<Option<Tensor<T>>, Error> {
    let name = op.info().name;
    let Some(recording) = owner(operands, name) else {
        return Ok(None);
    };
    if let Some(computed) = computed_alike(&recording, operands, kernel) {
        let row = elementwise_row(&recording, op, slot, operands, &computed);
        return Ok(Some(Tensor::of(recording.record(row, computed.value))));
    }
    let Some(shape) = common_shape(&recording, name, operands)? else {
        return Ok(None);
    };
    let mut fitted: SmallVec<[Tensor<T>; 4]> = SmallVec::from_slice(operands);
    let pair = matches!(op.info().arity, Arity::Two);
    for tensor in &mut fitted {
        // A number beside one array rides in the row; in a list it becomes a node.
        if tensor.var().is_constant() && pair {
            continue;
        }
        if tensor.shape_in(&recording) != shape {
            let shape = shape.clone();
            *tensor = record_structural(Expand { shape }, &[on_tape(&recording, *tensor)])?;
        }
    }
    let computed = computed_alike(&recording, &fitted, kernel).expect("the shapes agree by now");
    let row = elementwise_row(&recording, op, slot, &fitted, &computed);
    Ok(Some(Tensor::of(recording.record(row, computed.value))))
}

/// What an elementwise operation on operands of one shape comes to.
struct Computed {
    /// The result's layout, marked if no operand depends on an input.
    shape: u16,
    value: f64,
}

/// Computes an elementwise operation whose operands are of one shape already, but for a number
/// beside an array; `None` if they are not.
fn computed_alike<T: Element>(
    recording: &Recording,
    operands: &[Tensor<T>],
    kernel: Kernel<'_, T>,
) -> Option<Computed> {
    let base = recording.base();
    recording.with_nodes_and_arrays(|nodes, _, arrays| {
        let mut sources = SmallVec::<[Source; 4]>::new();
        let mut ordered = None;
        let (mut passive, mut numbers) = (PASSIVE, false);
        for tensor in operands {
            let var = tensor.var();
            if var.is_constant() {
                numbers = true;
                sources.push(Source {
                    layout: 0,
                    slot: var.peek().to_bits(),
                });
                continue;
            }
            let node = &nodes[(var.id - base) as usize];
            let layout = node.row.shape & !PASSIVE;
            let same = arrays.layouts.ordered(layout);
            if layout == 0 || ordered.is_some_and(|ordered| ordered != same) {
                return None;
            }
            ordered = Some(same);
            passive &= node.row.shape;
            sources.push(Source {
                layout,
                slot: node.value.to_bits(),
            });
        }
        if numbers && operands.len() != 2 {
            return None;
        }
        let layout = ordered?;
        let place = arrays.compute::<T>(layout, &sources, |views, lengths, out| {
            if !numbers {
                return kernel(views, out);
            }
            // The kernel sees the number as an array that repeats it.
            let views: SmallVec<[View<'_, T>; 4]> =
                views.iter().map(|view| view.repeated(lengths)).collect();
            kernel(&views, out);
        });
        Some(Computed {
            shape: layout | passive,
            value: f64::from_bits(place),
        })
    })
}

/// The row of an elementwise operation.
fn elementwise_row<T: Element>(
    recording: &Recording,
    op: Op,
    slot: u64,
    operands: &[Tensor<T>],
    computed: &Computed,
) -> Row {
    let index = |tensor: Tensor<T>| recording.index(tensor.var());
    let mut row = Row {
        slot,
        first: 0,
        op,
        form: Form::One,
        shape: computed.shape,
    };
    match (op.info().arity, operands) {
        (Arity::One | Arity::OneAndAttribute { .. }, &[operand]) => {
            row.first = index(operand).expect("an array is a node");
        }
        (Arity::Two, &[x, y]) => match (index(x), index(y)) {
            (Some(x), Some(y)) => {
                (row.form, row.first, row.slot) = (Form::Two, x, u64::from(y));
            }
            (Some(x), None) => {
                let literal = y.var().peek().to_bits();
                (row.form, row.first, row.slot) = (Form::LiteralRight, x, literal);
            }
            (None, y) => {
                row.first = y.expect("one of the two is an array");
                (row.form, row.slot) = (Form::LiteralLeft, x.var().peek().to_bits());
            }
        },
        _ => {
            let list: SmallVec<[u32; 8]> = operands
                .iter()
                .map(|&tensor| index(tensor).expect("in a list all are nodes"))
                .collect();
            row.form = Form::List;
            row.slot = u64::from(recording.append_list(&list)) | slot << 32;
        }
    }
    row
}

/// The shape of an elementwise operation's result; `None` if all operands are numbers.
#[track_caller]
fn common_shape<T: Element>(
    recording: &Recording,
    name: &str,
    operands: &[Tensor<T>],
) -> Result<Option<Shape>, Error> {
    let mut shape = Shape::scalar();
    for tensor in operands {
        let other = tensor.shape_in(recording);
        shape = match shape.broadcast(&other) {
            Ok(shape) => shape,
            Err(error) => return Err(told(error, name, recording, operands)),
        };
    }
    Ok((shape.rank() > 0).then_some(shape))
}

/// A number as a node.
#[track_caller]
fn on_tape<T: Element>(recording: &Recording, tensor: Tensor<T>) -> Tensor<T> {
    match tensor.var().is_constant() {
        true => Tensor::of(recording.constant(tensor.var().peek())),
        false => tensor,
    }
}
/// Records a structural operation.
#[track_caller]
pub(crate) fn record_structural<T: Element>(
    op: impl Into<StructuralOp>,
    operands: &[Tensor<T>],
) -> Result<Tensor<T>, Error> {
    record_op(op.into(), operands)
}

#[track_caller]
fn record_op<T: Element>(op: StructuralOp, operands: &[Tensor<T>]) -> Result<Tensor<T>, Error> {
    let name = op.name();
    let Some(recording) = owner(operands, name) else {
        return Err(Error::new(
            ErrorKind::Shape,
            format!(
                "{name}: all operands are plain numbers; an array starts on a tape (`tape.constant`) ({})",
                Location::caller()
            ),
        ));
    };
    let mut found = SmallVec::<[u32; 4]>::new();
    for &tensor in operands {
        let tensor = on_tape(&recording, tensor);
        found.push(
            recording
                .index(tensor.var())
                .expect("the owner holds the handle"),
        );
    }
    let computed = recording.with_nodes_and_arrays(|nodes, _, arrays| {
        let mut passive = PASSIVE;
        let mut sources = SmallVec::<[Source; 4]>::new();
        for &index in &found {
            let node = &nodes[index as usize];
            if node.row.op != Op::Const {
                passive &= node.row.shape;
            }
            sources.push(Source {
                layout: node.row.shape & !PASSIVE,
                slot: node.value.to_bits(),
            });
        }
        let shape = {
            let shapes: SmallVec<[&Shape; 4]> = sources
                .iter()
                .map(|source| &arrays.layouts.get(source.layout).shape)
                .collect();
            op.shape(&shapes)?
        };
        let (layout, place) = computed::<T>(arrays, &op, &shape, &sources);
        let number = arrays.ops.len() as u64;
        arrays.any = true;
        arrays.ops.push(op);
        Ok((number, layout | passive, place))
    });
    let (number, shape, place) = match computed {
        Ok(computed) => computed,
        Err(error) => return Err(told(error, name, &recording, operands)),
    };
    let row = Row {
        slot: u64::from(recording.append_list(&found)) | number << 32,
        first: 0,
        op: Op::Structural,
        form: Form::List,
        shape,
    };
    Ok(Tensor::of(recording.record(row, f64::from_bits(place))))
}

/// The result of a structural operation: its layout, and where it starts or its bits.
fn computed<T: Element>(
    arrays: &mut Arrays,
    op: &StructuralOp,
    shape: &Shape,
    sources: &[Source],
) -> (LayoutId, u64) {
    if shape.rank() == 0 {
        let look = match sources {
            [source] => op.look(arrays.layouts.get(source.layout), shape),
            _ => None,
        };
        let number = arrays.compute_number::<T>(sources, |views| {
            if let Some(look) = look {
                let place = views[0].start.wrapping_add_signed(look.offset);
                return views[0].data[place].to_f64();
            }
            op.number(views).unwrap_or_else(|| {
                let mut out = [T::default()];
                op.value(views, &[], &mut out);
                out[0].to_f64()
            })
        });
        return (0, number.to_bits());
    }
    if let [source] = sources {
        if source.layout == 0 && op.look(arrays.layouts.get(0), shape).is_some() {
            // A number has no memory to look at; every look at it repeats it.
            let repeated = arrays.repeated::<T>(shape, source.slot);
            return (repeated.layout, repeated.slot);
        }
        if let Some(look) = op.look(arrays.layouts.get(source.layout), shape) {
            let layout = arrays.layouts.id(Layout {
                element: T::TYPE,
                shape: shape.clone(),
                strides: look.strides,
            });
            return (layout, Arrays::moved(source.slot, look.offset));
        }
    }
    let layout = arrays.contiguous::<T>(shape);
    let place = arrays.compute::<T>(layout, sources, |views, lengths, out| {
        op.value(views, lengths, out);
    });
    (layout, place)
}

/// Adds to an error what a user needs to find the mistake: operation, operands, line.
#[track_caller]
pub(super) fn told<T: Element>(
    error: Error,
    name: &str,
    recording: &Recording,
    operands: &[Tensor<T>],
) -> Error {
    let operands: Vec<String> = operands
        .iter()
        .map(|tensor| tensor.described_in(recording))
        .collect();
    Error::new(
        error.kind(),
        format!(
            "{name}({}): {error} ({})",
            operands.join(", "),
            Location::caller()
        ),
    )
}

/// An error about operands that do not fit each other, found before anything is recorded.
#[track_caller]
pub(crate) fn misfit<T: Element, V>(
    name: &str,
    operands: &[Tensor<T>],
    kind: ErrorKind,
    why: impl Into<String>,
) -> Result<V, Error> {
    let error = Error::new(kind, why);
    Err(match owner(operands, name) {
        Some(recording) => told(error, name, &recording, operands),
        None => Error::new(kind, format!("{name}: {error} ({})", Location::caller())),
    })
}

impl StructuralOp {
    /// Where the operation of a row is among those of its recording.
    pub(crate) fn place(row: &Row) -> usize {
        (row.slot >> 32) as usize
    }
}
