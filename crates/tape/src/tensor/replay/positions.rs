//! Positions along an axis, which are no arrays of the tape: classes, rows of a table.

use super::super::store::Source;
use super::Replay;
use crate::error::Error;
use crate::op::Op;
use crate::shape::Shape;
use crate::structural::StructuralOp;
use smallvec::SmallVec;
use std::sync::Arc;

impl Replay {
    /// The lists of positions of the first `length` nodes, in the order of their first use.
    pub(super) fn lists_of_positions(&self, length: u32) -> Vec<Arc<[usize]>> {
        let mut lists: Vec<Arc<[usize]>> = Vec::new();
        for node in &self.nodes[..length as usize] {
            if node.row.op != Op::Structural {
                continue;
            }
            if let Some(list) = self.ops[StructuralOp::place(&node.row)].positions()
                && !lists.iter().any(|known| Arc::ptr_eq(known, list))
            {
                lists.push(Arc::clone(list));
            }
        }
        lists
    }

    pub(crate) fn positions(&self) -> &[Arc<[usize]>] {
        &self.positions
    }

    /// Puts another list, as long, in the place of one.
    ///
    /// # Errors
    /// If an operation would not take it. Nothing is set then.
    pub(crate) fn set_positions(&mut self, list: usize, new: Arc<[usize]>) -> Result<(), Error> {
        let old = Arc::clone(&self.positions[list]);
        let has_it = |op: &StructuralOp| op.positions().is_some_and(|its| Arc::ptr_eq(its, &old));
        for node in &self.nodes {
            if node.row.op != Op::Structural {
                continue;
            }
            let op = &self.ops[StructuralOp::place(&node.row)];
            if has_it(op) {
                let mut op = op.clone();
                op.set_positions(&new);
                let mut shapes = SmallVec::<[&Shape; 4]>::new();
                for &operand in node.row.list(&self.lists) {
                    let layout = Source::of(&self.nodes[operand as usize]).layout;
                    shapes.push(&self.arrays.layouts.get(layout).shape);
                }
                op.shape(&shapes)?;
            }
        }
        for op in self.ops.iter_mut().filter(|op| has_it(op)) {
            op.set_positions(&new);
        }
        self.positions[list] = new;
        Ok(())
    }
}
