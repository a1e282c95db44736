//! Recording an operation that moves, mixes or reduces elements.

use super::super::Tensor;
use super::super::layout::LayoutId;
use super::super::store::{Arrays, Numbers, PASSIVE, Source};
use super::{is_active, no_memory, node, row, told_of, vars};
use crate::element::{Element, ElementType, by_element};
use crate::error::{Error, ErrorKind};
use crate::graph::{Form, Row};
use crate::kernel::View;
use crate::op::Op;
use crate::recording::{Recording, try_common_owner};
use crate::shape::Shape;
use crate::structural::StructuralOp;
use crate::var::Var;
use smallvec::SmallVec;
use std::panic::Location;

/// Records a structural operation.
#[track_caller]
pub(crate) fn record_structural<T: Element>(
    op: impl Into<StructuralOp>,
    operands: &[Tensor<T>],
) -> Result<Tensor<T>, Error> {
    Ok(Tensor::of(record_op(T::TYPE, op.into(), &vars(operands))?))
}

#[track_caller]
fn record_op(element: ElementType, op: StructuralOp, operands: &[Var]) -> Result<Var, Error> {
    let name = op.name();
    let mut op = Some(op);
    let mut take = || op.take().expect("it is computed once");
    // Nearly always all operands are nodes of the current recording.
    if !operands.iter().any(|var| var.is_constant()) {
        let here = Recording::if_current(
            operands.iter().copied(),
            |recording| by_element!(element, T => computed_row::<T>(recording, take(), operands)),
        );
        if let Some(Ok((row, value))) = here {
            return Ok(Recording::record_here(row, value));
        }
        if let Some(Err(error)) = here {
            let owner = try_common_owner(operands, name)?.expect("it is the current recording");
            return Err(told_of(error, name, &owner, operands));
        }
    }
    let Some(recording) = try_common_owner(operands, name)? else {
        return Err(Error::new(
            ErrorKind::Shape,
            format!(
                "{name}: all operands are plain numbers; an array starts on a tape (`tape.constant`) ({})",
                Location::caller()
            ),
        ));
    };
    let mut nodes = SmallVec::<[Var; 4]>::new();
    for &operand in operands {
        nodes.push(node(&recording, operand));
    }
    match by_element!(element, T => computed_row::<T>(&recording, take(), &nodes)) {
        Ok((row, value)) => Ok(recording.record(row, value)),
        Err(error) => Err(told_of(error, name, &recording, operands)),
    }
}

/// Computes a structural operation on nodes of a recording, and answers its row and value.
fn computed_row<T: Element>(
    recording: &Recording,
    op: StructuralOp,
    operands: &[Var],
) -> Result<(Row, f64), Error> {
    let base = recording.base();
    recording.litter();
    recording.with_store(|nodes, store| {
        let arrays = &mut store.arrays;
        let (mut passive, data) = (PASSIVE, op.is_data());
        let mut sources = SmallVec::<[Source; 4]>::new();
        let mut list = SmallVec::<[u32; 4]>::new();
        for var in operands {
            let index = (var.id - base) as u32;
            let node = &nodes[index as usize];
            if !data && is_active(node) {
                passive = 0;
            }
            list.push(index);
            sources.push(Source::of(node));
        }
        let shape = {
            let mut shapes = SmallVec::<[&Shape; 4]>::new();
            for source in &sources {
                shapes.push(&arrays.layouts.get(source.layout).shape);
            }
            op.shape(&shapes)?
        };
        let (layout, place) = computed::<T>(arrays, &op, &shape, &sources)?;
        let number = arrays.ops.len() as u64;
        arrays.any = true;
        arrays.ops.push(op);
        let slot = u64::from(store.append_list(&list)) | number << 32;
        let row = row(Op::Structural, Form::List, slot, layout, passive);
        Ok((row, f64::from_bits(place)))
    })
}

/// The result of a structural operation: its layout, and where it starts or its bits.
fn computed<T: Element>(
    arrays: &mut Arrays,
    op: &StructuralOp,
    shape: &Shape,
    sources: &[Source],
) -> Result<(LayoutId, u64), Error> {
    if shape.rank() == 0 {
        // On a tape every number is an `f64`, whatever type of tensor it is called.
        let number = match sources.iter().all(|source| source.layout == 0) {
            true => arrays.number::<f64>(op, sources),
            false => arrays.number::<T>(op, sources),
        };
        return Ok((0, number.to_bits()));
    }
    if let [source] = sources
        && let Some(look) = op.look(arrays.layouts.get(source.layout), shape)
    {
        if source.layout == 0 {
            // A number has no memory to look at; every look at it repeats it.
            let repeated = arrays.repeated::<T>(shape, source.slot);
            return Ok((repeated.layout, repeated.slot));
        }
        let layout = arrays.layouts.id(T::TYPE, shape, &look.strides);
        return Ok((layout, Arrays::moved(source.slot, look.offset)));
    }
    let layout = arrays.contiguous::<T>(shape);
    let value = |views: &[View<'_, T>], lengths: &[usize], out: &mut [T]| {
        op.value(views, lengths, out);
    };
    match arrays.try_compute(layout, sources, Numbers::Alone, value) {
        Some(place) => Ok((layout, place)),
        None => Err(no_memory(shape)),
    }
}

impl Arrays {
    /// The result of a structural operation, where that is a number.
    pub(in super::super) fn number<T: Element>(
        &self,
        op: &StructuralOp,
        sources: &[Source],
    ) -> f64 {
        let look = match sources {
            [source] => op.look(self.layouts.get(source.layout), &Shape::scalar()),
            _ => None,
        };
        self.compute_number::<T>(sources, |views| {
            if let Some(look) = look {
                let place = views[0].start.wrapping_add_signed(look.offset);
                return views[0].data[place].to_f64();
            }
            op.number(views).unwrap_or_else(|| {
                let mut out = [T::default()];
                op.value(views, &[], &mut out);
                out[0].to_f64()
            })
        })
    }
}

impl Recording {
    /// Appends the row of a structural operation whose value, in `layout`, is there already.
    #[track_caller]
    pub(in super::super) fn append_structural(
        &self,
        op: StructuralOp,
        operands: &[u32],
        layout: LayoutId,
        slot: u64,
    ) -> Var {
        let active = operands.iter().any(|&index| self.operand(index).active);
        let number = self.with_arrays(|arrays| {
            arrays.any = true;
            arrays.ops.push(op);
            arrays.ops.len() as u64 - 1
        });
        let list = u64::from(self.append_list(operands)) | number << 32;
        let passive = if active { 0 } else { PASSIVE };
        let row = row(Op::Structural, Form::List, list, layout, passive);
        self.record(row, f64::from_bits(slot))
    }
}

impl StructuralOp {
    /// Where the operation of a row is among those of its recording.
    pub(crate) fn place(row: &Row) -> usize {
        (row.slot >> 32) as usize
    }
}
