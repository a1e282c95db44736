//! Backward passes derived by hand: the witness of the tape, for every layer.

use crate::parameter::{Parameter, ParameterId};
use crate::pass::stream;
use rand::rngs::ChaCha8Rng;
use std::collections::HashMap;
use tape::{Array, Element};

/// The backward pass of one layer: from `dE/dy` to `dE/dx`, leaving `dE/dw` with the [`Hand`].
pub type Back<'a> = Box<dyn FnOnce(&Array, &mut Hand) -> Array + 'a>;

/// What a backward pass by hand leaves behind, and the random numbers that its forward pass drew.
///
/// Everything is computed in plain `f64` loops, without a tape, whatever the network's type.
#[derive(Debug, Default)]
pub struct Hand {
    learning: Option<(u64, u64)>,
    draws: u64,
    slopes: HashMap<ParameterId, Array>,
}

impl Hand {
    /// For a network in use.
    #[must_use]
    pub fn new() -> Hand {
        Hand::default()
    }

    /// For a network that learns: random numbers as in [`Pass::learning`](crate::Pass::learning).
    #[must_use]
    pub fn learning(seed: u64, step: u64) -> Hand {
        Hand {
            learning: Some((seed, step)),
            ..Hand::default()
        }
    }

    /// The same, behind `draws` layers that have drawn random numbers.
    pub(crate) fn behind(self, draws: u64) -> Hand {
        Hand { draws, ..self }
    }

    /// Whether the network is learning.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.learning.is_some()
    }

    /// The random numbers that the layer's forward pass on the tape drew.
    pub fn random(&mut self) -> Option<ChaCha8Rng> {
        let (seed, step) = self.learning?;
        self.draws += 1;
        Some(stream([seed, step, self.draws - 1, 0]))
    }

    /// Adds to the derivative by a parameter.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn add<T: Element>(&mut self, parameter: &Parameter<T>, slopes: Array) {
        assert_eq!(
            slopes.shape(),
            parameter.shape(),
            "a derivative by each element"
        );
        match self.slopes.get_mut(&parameter.id()) {
            None => {
                self.slopes.insert(parameter.id(), slopes);
            }
            Some(own) => {
                for (own, more) in own.as_mut_slice().iter_mut().zip(slopes.as_slice()) {
                    *own += more;
                }
            }
        }
    }

    /// The derivative by a parameter; `None` if no layer left one.
    #[must_use]
    pub fn of<T: Element>(&self, parameter: &Parameter<T>) -> Option<&Array> {
        self.slopes.get(&parameter.id())
    }
}
