//! A chain of ten million operations, each using only the one before: depth and memory.
//!
//! Blocks of 16: a step up, a growth, a step down, a growth, and so on, eight steps and
//! seven growths, then a sine. The steps cancel, and near x = 0.002 the sine takes away what
//! the growths add. So x stays between 0.002 and 0.0032 and its derivative falls slowly, to
//! 0.38 over ten million operations: no overflow, no subnormal number, and no zero adjoint
//! that a sweep could skip.

use super::Workload;
use crate::contestant::{Function, Number};

const GROWTH: f64 = 1.0000001;
const STEP: f64 = 0.001;
const BLOCK: usize = 16;

/// x, run through `blocks` blocks of 16 operations.
pub(crate) struct Chain {
    blocks: usize,
}

impl Chain {
    pub(crate) fn new(operations: usize) -> Self {
        let blocks = operations / BLOCK;
        Chain { blocks }
    }
}

impl Workload for Chain {
    fn name(&self) -> String {
        "chain".into()
    }

    fn title(&self) -> String {
        format!("chain of {} operations, one input", self.operations())
    }

    fn inputs(&self) -> &[f64] {
        &[0.002]
    }

    fn operations(&self) -> usize {
        BLOCK * self.blocks
    }
}

impl Function for Chain {
    #[inline(always)]
    fn call<N: Number>(&self, x: &[N]) -> N {
        let mut x = x[0];
        for _ in 0..self.blocks {
            for k in 0..BLOCK - 1 {
                x = match k % 4 {
                    0 => x.plus(STEP),
                    2 => x.plus(-STEP),
                    _ => x.times(GROWTH),
                };
            }
            x = x.sin();
        }
        x
    }

    #[inline(always)]
    fn adjoint(&self, x: &[f64], gradient: &mut [f64], saved: &mut Vec<f64>) -> f64 {
        saved.clear();
        let mut x = x[0];
        for _ in 0..self.blocks {
            for k in 0..BLOCK - 1 {
                x = match k % 4 {
                    0 => x + STEP,
                    2 => x - STEP,
                    _ => x * GROWTH,
                };
            }
            saved.push(x);
            x = x.sin();
        }
        let mut x_bar = 1.0;
        for angle in saved.iter().rev() {
            x_bar *= angle.cos();
            for _ in 0..(BLOCK - 1) / 2 {
                x_bar *= GROWTH;
            }
        }
        gradient[0] = x_bar;
        x
    }
}
