//! The state of a layer between batches.

use crate::Pass;
use std::sync::Arc;
use tape::{Array, Element, RecurrentState};

/// The state that a recurrent layer carries from one batch to the next, off the tape: the next
/// batch starts from it, and no adjoint goes back through it. (Truncated backpropagation
/// through time.)
#[derive(Clone, Debug, PartialEq)]
pub struct Carried<T: Element = f64> {
    /// The states of the units: `[layers, batch, hidden]`.
    pub hidden: Arc<Array<T>>,
    /// Their memories, of LSTM.
    pub memory: Option<Arc<Array<T>>>,
}

impl<T: Element> Carried<T> {
    /// The state as data on the tape of a pass.
    // A closure would have a line of its own.
    #[allow(clippy::manual_map)]
    #[track_caller]
    pub fn on(&self, pass: &Pass<'_, T>) -> RecurrentState<T> {
        RecurrentState {
            hidden: pass.data(&self.hidden),
            memory: match &self.memory {
                Some(memory) => Some(pass.data(memory)),
                None => None,
            },
        }
    }
}

impl<T: Element> From<RecurrentState<T>> for Carried<T> {
    fn from(state: RecurrentState<T>) -> Carried<T> {
        Carried {
            hidden: Arc::new(state.hidden.to_array()),
            memory: state.memory.map(|memory| Arc::new(memory.to_array())),
        }
    }
}
