//! The sigmoid circuit of the textbooks: five inputs, eight operations.
//!
//! So small that it shows what a gradient costs before the first operation: a tape is
//! cleared, five inputs are recorded, an adjoint vector is found, five numbers are read.

use super::Workload;
use crate::contestant::{Function, Number};

/// f(w0, x0, w1, x1, w2) = 1 / (1 + exp(-(w0 x0 + w1 x1 + w2))).
pub(crate) struct Circuit;

impl Workload for Circuit {
    fn name(&self) -> String {
        "circuit".into()
    }

    fn title(&self) -> String {
        "sigmoid circuit 1 / (1 + exp(-(w0 x0 + w1 x1 + w2)))".into()
    }

    fn inputs(&self) -> &[f64] {
        &[2.0, -1.0, -3.0, -2.0, -3.0]
    }

    fn operations(&self) -> usize {
        8
    }
}

impl Function for Circuit {
    #[inline(always)]
    fn call<N: Number>(&self, x: &[N]) -> N {
        let &[w0, x0, w1, x1, w2] = x else {
            panic!("the circuit has five inputs, not {}", x.len())
        };
        let z = w0 * x0 + w1 * x1 + w2;
        (-z).exp().plus(1.0).under(1.0)
    }

    #[inline(always)]
    fn adjoint(&self, x: &[f64], gradient: &mut [f64], _saved: &mut Vec<f64>) -> f64 {
        let &[w0, x0, w1, x1, w2] = x else {
            panic!("the circuit has five inputs, not {}", x.len())
        };
        let y = 1.0 / (1.0 + (-(w0 * x0 + w1 * x1 + w2)).exp());
        let z_bar = y * (1.0 - y);
        gradient.copy_from_slice(&[z_bar * x0, z_bar * w0, z_bar * x1, z_bar * w1, z_bar]);
        y
    }
}
