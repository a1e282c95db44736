//! `easy-ml`, reverse mode: `Record<f64>` on a `WengertList`.
//!
//! Used as its documentation says for repeated passes: one list, `clear()`, then `reset()` on
//! each input. Constants go on the right of an operator or through `SwappedOperations`, which
//! keeps them off the list. There is no tanh; it is made with `unary`, as the documentation
//! does, with the derivative 1 - tanh^2. `derivatives()` returns a fresh vector. The container
//! types (`RecordTensor`) are left out: they record the same entry for each element, and the
//! workloads are scalar code.
//!
//! A node is 32 bytes.

use easy_ml::differentiation::record_operations::SwappedOperations;
use easy_ml::differentiation::{Record, WengertList};
use easy_ml::numeric::extra::{Exp, Pow, Sin, Sqrt};

use crate::contestant::{Clock, Contestant, Function, Misuse, Number};

/// The inputs on a list that is cleared before each recording.
pub(crate) struct EasyMl<'a> {
    list: &'a WengertList<f64>,
    inputs: Vec<Record<'a, f64>>,
}

impl<'a> EasyMl<'a> {
    pub(crate) fn new(list: &'a WengertList<f64>) -> Self {
        let inputs = Vec::new();
        EasyMl { list, inputs }
    }
}

impl Contestant for EasyMl<'_> {
    const NAME: &'static str = "easy-ml 2.3.0";

    #[inline(always)]
    fn gradient<F: Function>(
        &mut self,
        f: &F,
        x: &[f64],
        gradient: &mut [f64],
        clock: &mut impl Clock,
    ) -> f64 {
        self.list.clear();
        if self.inputs.len() == x.len() {
            for (input, &value) in self.inputs.iter_mut().zip(x) {
                input.number = value;
                input.reset();
            }
        } else {
            self.inputs.clear();
            let variables = x.iter().map(|&value| self.list.variable(value));
            self.inputs.extend(variables);
        }
        let y = f.call(&self.inputs);
        clock.recorded();
        let derivatives = y.derivatives();
        for (slot, input) in gradient.iter_mut().zip(&self.inputs) {
            *slot = derivatives[input];
        }
        y.number
    }

    fn misuse(&mut self, misuse: Misuse) -> Option<f64> {
        let list = self.list;
        match misuse {
            Misuse::Stale => {
                let x = list.variable(3.0);
                list.clear();
                let a = list.variable(5.0);
                Some((a * x).derivatives()[&a])
            }
            Misuse::Nested => {
                let inner = WengertList::new();
                let x = list.variable(3.0);
                let y = inner.variable(5.0);
                Some((x * y).derivatives()[&y])
            }
            Misuse::ForConstant => {
                let x = list.variable(2.0);
                let c = Record::constant(3.0);
                Some((c * x).derivatives()[&c])
            }
            Misuse::OfConstant => {
                let x = list.variable(3.0);
                Some(Record::constant(7.0).derivatives()[&x])
            }
            Misuse::OtherThread | Misuse::BranchChanged | Misuse::AfterZeroGrad => None,
        }
    }
}

impl Number for Record<'_, f64> {
    #[inline(always)]
    fn plus(self, c: f64) -> Self {
        self + c
    }
    #[inline(always)]
    fn times(self, c: f64) -> Self {
        self * c
    }
    #[inline(always)]
    fn under(self, c: f64) -> Self {
        self.div_swapped(c)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Exp::exp(self)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        Sin::sin(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        let t = self.number.tanh();
        let y = self.unary(|_| t, |_| 1.0 - t * t);
        // `unary` borrows its operand for as long as the result lives; the same result again,
        // with the lifetime of the list.
        Record::from_existing((y.number, y.index), self.history())
    }
    fn sqrt(self) -> Self {
        Sqrt::sqrt(self)
    }
    fn powf(self, c: f64) -> Self {
        Pow::pow(self, c)
    }
    fn exponent_of(self, c: f64) -> Self {
        Pow::pow(c, self)
    }
}
