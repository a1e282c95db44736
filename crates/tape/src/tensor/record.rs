//! Recording an operation on arrays: find the tape, fit the shapes, compute, append a node.

use super::Tensor;
use super::layout::{Layout, LayoutId};
use super::rows::RowValue;
use super::store::{Arrays, Numbers, PASSIVE, Source};
use crate::element::{Element, ElementType};
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
    /// The element type of a node that is an array.
    pub(crate) fn element(&self, index: u32) -> Option<ElementType> {
        let layout = self.source(index).layout;
        (layout != 0).then(|| self.with_arrays(|arrays| arrays.layouts.get(layout).element))
    }

    /// Where a node's value is.
    pub(super) fn source(&self, index: u32) -> Source {
        self.operand(index).source
    }

    /// What the row of a node says about its value as an array.
    pub(super) fn operand(&self, index: u32) -> Operand {
        let node = self.node(index);
        Operand {
            index,
            source: Source::of(&node),
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
            let slot = arrays.compute::<T>(layout, &[], Numbers::Alone, |_, _, out| {
                out.copy_from_slice(data)
            });
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
pub(super) fn owner<T: Element>(operands: &[Tensor<T>], doing: &str) -> Option<Rc<Recording>> {
    let vars: SmallVec<[Var; 4]> = operands.iter().map(|tensor| tensor.var()).collect();
    common_owner(&vars, doing)
}

/// The loop of an elementwise operation: reads views of one shape, writes in row-major order.
pub(super) type Kernel<'a, T> = &'a mut dyn FnMut(&[View<'_, T>], &mut [T]);

/// Records an elementwise operation on arrays; `None` if all operands are numbers.
///
/// `slot` is the bits of an attribute, or the number of a custom operation. This and
/// [`record_op`] are the two gates to all loops over arrays: they have no type parameter, so that
/// the loops are compiled with this crate, once, and not with each crate that uses tensors.
#[track_caller]
pub(super) fn record_elementwise(
    element: ElementType,
    op: Op,
    slot: u64,
    operands: &[Var],
) -> Result<Option<Var>, Error> {
    match element {
        ElementType::F64 => elementwise::<f64>(op, slot, operands),
        ElementType::F32 => elementwise::<f32>(op, slot, operands),
    }
}

#[track_caller]
fn elementwise<T: Element>(op: Op, slot: u64, operands: &[Var]) -> Result<Option<Var>, Error> {
    let kernel: Kernel<'_, T> = &mut |operands, out| {
        op.dispatch(RowValue {
            slot,
            operands,
            out,
        });
    };
    let operands = typed::<T>(operands);
    Ok(fitted_elementwise(op, slot, &operands, kernel)?.map(Tensor::var))
}

/// The tensors of some nodes.
fn typed<T: Element>(vars: &[Var]) -> SmallVec<[Tensor<T>; 4]> {
    let mut tensors = SmallVec::new();
    for &var in vars {
        tensors.push(Tensor::of(var));
    }
    tensors
}

#[track_caller]
fn fitted_elementwise<T: Element>(
    op: Op,
    slot: u64,
    operands: &[Tensor<T>],
    kernel: Kernel<'_, T>,
) -> Result<Option<Tensor<T>>, Error> {
    let alike = Recording::if_current(operands.iter().map(|tensor| tensor.var()), |recording| {
        computed_alike(recording, op, slot, operands, kernel)
    });
    if let Some(Some((row, value))) = alike {
        return Ok(Some(Tensor::of(Recording::record_here(row, value))));
    }
    let name = op.info().name;
    let Some(recording) = owner(operands, name) else {
        return Ok(None);
    };
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
    let (row, value) =
        computed_alike(&recording, op, slot, &fitted, kernel).expect("the shapes agree by now");
    Ok(Some(Tensor::of(recording.record(row, value))))
}

/// Computes an elementwise operation whose operands are of one shape already, but for a number
/// beside an array, and answers its row and value; `None` if they are not.
fn computed_alike<T: Element>(
    recording: &Recording,
    op: Op,
    slot: u64,
    operands: &[Tensor<T>],
    kernel: Kernel<'_, T>,
) -> Option<(Row, f64)> {
    let base = recording.base();
    let (mut row, value) = recording.with_nodes_and_arrays(|nodes, _, arrays| {
        let mut sources = SmallVec::<[Source; 4]>::new();
        let mut row = Row {
            slot,
            first: 0,
            op,
            form: if operands.len() == 1 {
                Form::One
            } else {
                Form::Two
            },
            shape: PASSIVE,
        };
        let mut ordered = None;
        for (place, tensor) in operands.iter().enumerate() {
            let var = tensor.var();
            if var.is_constant() {
                row.form = if place == 0 {
                    Form::LiteralLeft
                } else {
                    Form::LiteralRight
                };
                row.slot = var.peek().to_bits();
                sources.push(Source::number(var.peek()));
                continue;
            }
            let index = (var.id - base) as u32;
            let node = &nodes[index as usize];
            let layout = node.row.shape & !PASSIVE;
            let same = arrays.layouts.ordered(layout);
            if layout == 0 || ordered.is_some_and(|ordered| ordered != same) {
                return None;
            }
            match row.form {
                Form::Two if place == 1 => row.slot = u64::from(index),
                _ => row.first = index,
            }
            ordered = Some(same);
            row.shape &= node.row.shape;
            sources.push(Source::of(node));
        }
        let layout = ordered?;
        row.shape |= layout;
        let place = arrays.compute(layout, &sources, Numbers::Repeated, |views, _, out| {
            kernel(views, out);
        });
        Some((row, f64::from_bits(place)))
    })?;
    if !matches!(
        op.info().arity,
        Arity::One | Arity::OneAndAttribute { .. } | Arity::Two
    ) {
        let list: SmallVec<[u32; 8]> = operands
            .iter()
            .map(|tensor| recording.index(tensor.var()))
            .collect::<Option<_>>()?;
        row.form = Form::List;
        row.slot = u64::from(recording.append_list(&list)) | slot << 32;
    }
    Some((row, value))
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
pub(super) fn on_tape<T: Element>(recording: &Recording, tensor: Tensor<T>) -> Tensor<T> {
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
    let mut vars = SmallVec::<[Var; 4]>::new();
    for tensor in operands {
        vars.push(tensor.var());
    }
    Ok(Tensor::of(record_op(T::TYPE, op.into(), &vars)?))
}

#[track_caller]
fn record_op(element: ElementType, op: StructuralOp, operands: &[Var]) -> Result<Var, Error> {
    let recorded = match element {
        ElementType::F64 => typed_op::<f64>(op, &typed(operands))?.var(),
        ElementType::F32 => typed_op::<f32>(op, &typed(operands))?.var(),
    };
    Ok(recorded)
}

#[track_caller]
fn typed_op<T: Element>(op: StructuralOp, operands: &[Tensor<T>]) -> Result<Tensor<T>, Error> {
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
        let (mut passive, data) = (PASSIVE, op.is_data());
        let mut sources = SmallVec::<[Source; 4]>::new();
        for &index in &found {
            let node = &nodes[index as usize];
            if !data && node.row.op != Op::Const {
                passive &= node.row.shape;
            }
            sources.push(Source::of(node));
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
    let place = arrays.compute::<T>(layout, sources, Numbers::Alone, |views, lengths, out| {
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
