//! `ad_trait`, reverse mode: `adr` on one thread-local graph.
//!
//! Used as its `ReverseAD` does it (reset the graph, `adr::new_variable`, call,
//! `get_backwards_mode_grad`, `wrt`), without the matrix and the vectors that `FunctionEngine`
//! allocates around that. `reset` keeps the graph's memory; the adjoint vector is fresh in
//! each sweep. The graph starts with room for 100,000 nodes, 4 MB, which is most of the bytes
//! shown for small workloads.
//!
//! A node is 40 bytes; constants are `adr::constant` and are not recorded.

use ad_trait::AD;
use ad_trait::reverse_ad::adr::{GlobalComputationGraph, adr};
use simba::scalar::{ComplexField, RealField};

use crate::contestant::{Clock, Contestant, Function, Misuse, Number};

/// The inputs; the graph is the library's own, one for each thread.
#[derive(Default)]
pub(crate) struct AdTrait {
    inputs: Vec<adr>,
}

impl Contestant for AdTrait {
    const NAME: &'static str = "ad_trait 0.3.1";

    #[inline(always)]
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        clock: &mut impl Clock,
    ) -> f64 {
        GlobalComputationGraph::get().reset();
        self.inputs.clear();
        let variables = x.iter().map(|&value| adr::new_variable(value, false));
        self.inputs.extend(variables);
        let y = f.call(&self.inputs);
        clock.recorded();
        let adjoints = y.get_backwards_mode_grad();
        for (slot, input) in gradient.iter_mut().zip(&self.inputs) {
            *slot = adjoints.wrt(input);
        }
        y.value()
    }

    fn misuse(&mut self, misuse: Misuse) -> Option<f64> {
        match misuse {
            // Opening a gradient resets the one graph of the thread, so a variable of an outer
            // gradient is a stale one: the same program.
            Misuse::Stale | Misuse::Nested => {
                let x = adr::new_variable(3.0, true);
                let y = adr::new_variable(5.0, true);
                Some((x * y).get_backwards_mode_grad().wrt(&y))
            }
            Misuse::OtherThread => {
                let x = adr::new_variable(3.0, true);
                let other = std::thread::spawn(move || {
                    let y = adr::new_variable(5.0, true);
                    (x * y).get_backwards_mode_grad().wrt(&y)
                });
                Some(other.join().unwrap())
            }
            Misuse::ForConstant => {
                let x = adr::new_variable(2.0, true);
                let c = adr::constant(3.0);
                Some((c * x).get_backwards_mode_grad().wrt(&c))
            }
            Misuse::OfConstant => {
                let x = adr::new_variable(3.0, true);
                Some(adr::constant(7.0).get_backwards_mode_grad().wrt(&x))
            }
            Misuse::BranchChanged | Misuse::AfterZeroGrad => None,
        }
    }
}

impl Number for adr {
    #[inline(always)]
    fn plus(self, c: f64) -> Self {
        self + adr::constant(c)
    }
    #[inline(always)]
    fn times(self, c: f64) -> Self {
        self * adr::constant(c)
    }
    #[inline(always)]
    fn under(self, c: f64) -> Self {
        adr::constant(c) / self
    }
    #[inline(always)]
    fn exp(self) -> Self {
        ComplexField::exp(self)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        ComplexField::sin(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        ComplexField::tanh(self)
    }
    fn sqrt(self) -> Self {
        ComplexField::sqrt(self)
    }
    fn cbrt(self) -> Self {
        ComplexField::cbrt(self)
    }
    fn abs(self) -> Self {
        ComplexField::abs(self)
    }
    fn powi(self, n: i32) -> Self {
        ComplexField::powi(self, n)
    }
    fn powf(self, c: f64) -> Self {
        ComplexField::powf(self, adr::constant(c))
    }
    fn exponent_of(self, c: f64) -> Self {
        ComplexField::powf(adr::constant(c), self)
    }
    fn max(self, other: Self) -> Self {
        RealField::max(self, other)
    }
    fn hypot(self, other: Self) -> Self {
        ComplexField::hypot(self, other)
    }
    fn atan2(self, x: Self) -> Self {
        RealField::atan2(self, x)
    }
    fn rem(self, other: Self) -> Self {
        self % other
    }
}
