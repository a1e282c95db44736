//! Recording an operation on arrays: find the tape, fit the shapes, compute, append a node.

use super::Tensor;
use super::layout::{Layout, LayoutId};
use super::store::{Arrays, PASSIVE, Source};
use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::graph::{Form, Row};
use crate::kernel::View;
use crate::op::Op;
use crate::recording::{Recording, common_owner};
use crate::shape::Shape;
use crate::structural::{Expand, Structural, StructuralOp};
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

    /// The operand that a handle is. A plain number is recorded as a constant first.
    #[track_caller]
    fn operand_of<T: Element>(&self, tensor: Tensor<T>) -> Operand {
        let var = match tensor.var().is_constant() {
            true => self.constant(tensor.var().peek()),
            false => tensor.var(),
        };
        self.operand(self.index(var).expect("the owner holds the handle"))
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
        self.append(row, value)
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
    let operand = recording.operand_of(tensor);
    let row = Row {
        slot: 0,
        first: operand.index,
        op: Op::Detach,
        form: Form::One,
        shape: operand.source.layout | PASSIVE,
    };
    Tensor::of(recording.append(row, f64::from_bits(operand.source.slot)))
}

/// The recording of some tensors, made current; `None` if all are plain numbers.
#[track_caller]
fn owner<T: Element>(operands: &[Tensor<T>], doing: &str) -> Option<Rc<Recording>> {
    let vars: SmallVec<[Var; 4]> = operands.iter().map(|tensor| tensor.var()).collect();
    common_owner(&vars, doing)
}

/// An elementwise operation about to be recorded.
pub(super) struct Elementwise<'a, T: Element> {
    pub(super) op: Op,
    /// An attribute's bits, or the number of a custom operation.
    pub(super) slot: u64,
    pub(super) operands: &'a [Tensor<T>],
}

/// Records an elementwise operation, of which at least one operand is an array.
#[track_caller]
pub(super) fn record_elementwise<T: Element>(
    request: Elementwise<'_, T>,
    kernel: impl FnOnce(&[View<'_, T>], &mut [T]),
) -> Result<Tensor<T>, Error> {
    let Elementwise { op, slot, operands } = request;
    let name = op.info().name;
    let recording = owner(operands, name).expect("an array is on a tape");
    let shape = common_shape(&recording, name, operands)?;
    // A number beside one operand rides in the row; in a list it becomes a node.
    let pair = operands.len() == 2;
    let mut found = SmallVec::<[Operand; 4]>::new();
    let mut sources = SmallVec::<[Source; 4]>::new();
    let mut literal = None;
    for (place, &tensor) in operands.iter().enumerate() {
        if pair && tensor.var().is_constant() {
            let bits = tensor.var().peek().to_bits();
            literal = Some((place, bits));
            sources.push(Source {
                layout: 0,
                slot: bits,
            });
            continue;
        }
        let mut operand = recording.operand_of(tensor);
        let same = |arrays: &mut Arrays| arrays.layouts.get(operand.source.layout).shape == shape;
        if !recording.with_arrays(same) {
            let expand = Expand {
                shape: shape.clone(),
            };
            let expanded =
                record_structural(expand, &[Tensor::<T>::at(&recording, operand.index)])?;
            operand = recording.operand_of(expanded);
        }
        sources.push(operand.source);
        found.push(operand);
    }
    let (layout, place) = recording.with_arrays(|arrays| {
        let layout = arrays.contiguous::<T>(&shape);
        let place = arrays.compute::<T>(layout, &sources, |views, lengths, out| {
            if literal.is_none() {
                return kernel(views, out);
            }
            // The kernel sees the number as an array that repeats it.
            let views: SmallVec<[View<'_, T>; 4]> =
                views.iter().map(|view| view.repeated(lengths)).collect();
            kernel(&views, out);
        });
        (layout, place)
    });
    let passive = if found.iter().any(|operand| operand.active) {
        0
    } else {
        PASSIVE
    };
    let mut row = Row {
        slot,
        first: found[0].index,
        op,
        form: Form::One,
        shape: layout | passive,
    };
    match (found.len(), literal) {
        (1, None) if operands.len() == 1 && !matches!(op.info().arity, crate::op::Arity::Any) => {}
        (1, Some((place, bits))) => {
            row.form = if place == 0 {
                Form::LiteralLeft
            } else {
                Form::LiteralRight
            };
            row.slot = bits;
        }
        (2, None) if matches!(op.info().arity, crate::op::Arity::Two) => {
            row.form = Form::Two;
            row.slot = u64::from(found[1].index);
        }
        _ => {
            let list: SmallVec<[u32; 8]> = found.iter().map(|operand| operand.index).collect();
            row.form = Form::List;
            row.slot = u64::from(recording.append_list(&list)) | slot << 32;
        }
    }
    Ok(Tensor::of(recording.append(row, f64::from_bits(place))))
}

/// The shape of an elementwise operation's result.
#[track_caller]
fn common_shape<T: Element>(
    recording: &Recording,
    name: &str,
    operands: &[Tensor<T>],
) -> Result<Shape, Error> {
    let mut shape: Option<Shape> = None;
    for tensor in operands {
        if tensor.var().is_constant() {
            continue;
        }
        let other = tensor.shape_in(recording);
        shape = Some(match shape {
            None => other,
            Some(shape) if shape == other => shape,
            Some(shape) => match shape.broadcast(&other) {
                Ok(shape) => shape,
                Err(error) => return Err(told(error, name, recording, operands)),
            },
        });
    }
    Ok(shape.expect("one operand is an array"))
}

/// Records a structural operation.
#[track_caller]
pub(crate) fn record_structural<T: Element, S: Structural>(
    op: S,
    operands: &[Tensor<T>],
) -> Result<Tensor<T>, Error> {
    let Some(recording) = owner(operands, S::NAME) else {
        return Err(Error::new(
            ErrorKind::Shape,
            format!(
                "{}: all operands are plain numbers; an array starts on a tape (`tape.constant`)",
                S::NAME
            ),
        ));
    };
    let shapes: SmallVec<[Shape; 4]> = operands
        .iter()
        .map(|tensor| tensor.shape_in(&recording))
        .collect();
    let shape = {
        let shapes: SmallVec<[&Shape; 4]> = shapes.iter().collect();
        match op.shape(&shapes) {
            Ok(shape) => shape,
            Err(error) => return Err(told(error, S::NAME, &recording, operands)),
        }
    };
    let found: SmallVec<[Operand; 4]> = operands
        .iter()
        .map(|&tensor| recording.operand_of(tensor))
        .collect();
    let sources: SmallVec<[Source; 4]> = found.iter().map(|operand| operand.source).collect();
    let (layout, place, number) = recording.with_arrays(|arrays| {
        let (layout, place) = computed::<T, S>(arrays, &op, &shape, &sources);
        let number = arrays.ops.len() as u64;
        arrays.ops.push(op.into());
        (layout, place, number)
    });
    let list: SmallVec<[u32; 8]> = found.iter().map(|operand| operand.index).collect();
    let slot = u64::from(recording.append_list(&list)) | number << 32;
    let passive = if found.iter().any(|operand| operand.active) {
        0
    } else {
        PASSIVE
    };
    let value = f64::from_bits(place);
    Ok(Tensor::of(recording.append_row(
        Op::Structural,
        Form::List,
        slot,
        layout | passive,
        value,
    )))
}

/// The result of a structural operation: its layout, and where it starts or its bits.
fn computed<T: Element, S: Structural>(
    arrays: &mut Arrays,
    op: &S,
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
    /// The number of the operation in a row's slot.
    pub(crate) fn number(row: &Row) -> usize {
        (row.slot >> 32) as usize
    }
}
