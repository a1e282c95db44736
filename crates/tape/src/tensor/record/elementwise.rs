//! Recording an operation of the table, element by element.

use super::super::Tensor;
use super::super::rows::RowValue;
use super::super::store::{Numbers, PASSIVE, Source};
use super::{no_memory, node, record_structural, told_of};
use crate::element::{Element, ElementType, by_element};
use crate::error::Error;
use crate::graph::{Form, Row};
use crate::kernel::View;
use crate::op::{Arity, Op};
use crate::recording::{Recording, try_common_owner};
use crate::shape::Shape;
use crate::structural::Expand;
use crate::var::Var;
use smallvec::SmallVec;

/// The loop of an elementwise operation: reads views of one shape, writes in row-major order.
type Kernel<'a, T> = &'a mut dyn FnMut(&[View<'_, T>], &mut [T]);

/// Records an elementwise operation on arrays; `None` if all operands are numbers.
///
/// `slot` is the bits of an attribute, or the number of a custom operation. This and
/// `record_op` are the two gates to all loops over arrays: they have no type parameter, so that
/// the loops are compiled with this crate, once, and not with each crate that uses tensors.
#[track_caller]
pub(in super::super) fn record_elementwise(
    element: ElementType,
    op: Op,
    slot: u64,
    operands: &[Var],
) -> Result<Option<Var>, Error> {
    by_element!(element, T => elementwise::<T>(op, slot, operands))
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
    let alike = Recording::if_current(operands.iter().copied(), |recording| {
        match computed_short(recording, op, slot, operands, kernel) {
            Some(short) => Some(short),
            None => computed_alike(recording, op, slot, operands, kernel),
        }
    });
    match alike {
        Some(Some((row, value))) => Ok(Some(Recording::record_here(row, value))),
        _ => fitted::<T>(op, slot, operands, kernel),
    }
}

/// Records an elementwise operation whose operands may be of other recordings than the current
/// one, and may have to be repeated to become of one shape.
#[track_caller]
#[inline(never)]
fn fitted<T: Element>(
    op: Op,
    slot: u64,
    operands: &[Var],
    kernel: Kernel<'_, T>,
) -> Result<Option<Var>, Error> {
    let name = op.info().name;
    let Some(recording) = try_common_owner(operands, name)? else {
        return Ok(None);
    };
    let Some(shape) = common_shape(&recording, name, operands)? else {
        return Ok(None);
    };
    let mut fitted: SmallVec<[Var; 4]> = SmallVec::from_slice(operands);
    let pair = matches!(op.info().arity, Arity::Two);
    for var in &mut fitted {
        // A number beside one array rides in the row; in a list it becomes a node.
        if var.is_constant() && pair {
            continue;
        }
        if Tensor::<T>::of(*var).shape_in(&recording) != shape {
            let shape = shape.clone();
            let tensor = Tensor::<T>::of(node(&recording, *var));
            *var = record_structural(Expand { shape }, &[tensor])?.var();
        }
    }
    match computed_alike(&recording, op, slot, &fitted, kernel) {
        Some((row, value)) => Ok(Some(recording.record(row, value))),
        // The shapes agree by now.
        None => Err(told_of(no_memory(&shape), name, &recording, operands)),
    }
}

/// As [`computed_alike`], the quick way, for one or two operands that are short and without gaps.
#[inline]
fn computed_short<T: Element>(
    recording: &Recording,
    op: Op,
    slot: u64,
    operands: &[Var],
    kernel: Kernel<'_, T>,
) -> Option<(Row, f64)> {
    let pair = match op.info().arity {
        Arity::One | Arity::OneAndAttribute { .. } => false,
        Arity::Two => true,
        _ => return None,
    };
    let base = recording.base();
    recording.with_store(|nodes, store| {
        // Where an operand's node is, what its row says of its value, and where that is.
        let look = |var: Var| match var.is_constant() {
            true => (0, PASSIVE, Source::number(var.peek())),
            false => {
                let index = (var.id - base) as u32;
                let node = &nodes[index as usize];
                (index, node.row.shape, Source::of(node))
            }
        };
        let (first, shape, x) = look(operands[0]);
        let mut row = Row {
            slot,
            first,
            op,
            form: Form::One,
            shape,
        };
        let mut sources = [x, x];
        let mut layout = x.layout;
        if pair {
            let (second, other, y) = look(operands[1]);
            sources[1] = y;
            if operands[1].is_constant() {
                (row.form, row.slot) = (Form::LiteralRight, y.slot);
            } else if operands[0].is_constant() {
                (row.form, row.slot, row.first) = (Form::LiteralLeft, x.slot, second);
                (row.shape, layout) = (other, y.layout);
            } else if x.layout == y.layout {
                (row.form, row.slot) = (Form::Two, u64::from(second));
                row.shape &= other;
            } else {
                return None;
            }
        }
        let operands = &sources[..1 + usize::from(pair)];
        let arrays = &mut store.arrays;
        let place = arrays.compute_short(layout, operands, |views, out| kernel(views, out))?;
        Some((row, f64::from_bits(place)))
    })
}

/// Computes an elementwise operation whose operands are of one shape already, but for a number
/// beside an array, and answers its row and value; `None` if they are not, or there is no memory.
fn computed_alike<T: Element>(
    recording: &Recording,
    op: Op,
    slot: u64,
    operands: &[Var],
    kernel: Kernel<'_, T>,
) -> Option<(Row, f64)> {
    let base = recording.base();
    let (mut row, value) = recording.with_store(|nodes, store| {
        let arrays = &mut store.arrays;
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
        for (place, var) in operands.iter().enumerate() {
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
        let place = arrays.try_compute(layout, &sources, Numbers::Repeated, |views, _, out| {
            kernel(views, out);
        })?;
        Some((row, f64::from_bits(place)))
    })?;
    if !matches!(
        op.info().arity,
        Arity::One | Arity::OneAndAttribute { .. } | Arity::Two
    ) {
        let list: SmallVec<[u32; 8]> = operands
            .iter()
            .map(|&var| recording.index(var))
            .collect::<Option<_>>()?;
        row.form = Form::List;
        row.slot = u64::from(recording.append_list(&list)) | slot << 32;
    }
    Some((row, value))
}

/// The shape of an elementwise operation's result; `None` if all operands are numbers.
#[track_caller]
fn common_shape(
    recording: &Recording,
    name: &str,
    operands: &[Var],
) -> Result<Option<Shape>, Error> {
    let mut shape = Shape::scalar();
    for &var in operands {
        let other = Tensor::<f64>::of(var).shape_in(recording);
        shape = match shape.broadcast(&other) {
            Ok(shape) => shape,
            Err(error) => return Err(told_of(error, name, recording, operands)),
        };
    }
    Ok((shape.rank() > 0).then_some(shape))
}
