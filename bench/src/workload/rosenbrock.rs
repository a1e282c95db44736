//! The chained Rosenbrock function: many short expressions summed into one.

use super::Workload;
use crate::contestant::{Function, Number};

/// f(x) = sum over i of 100 (x[i+1] - x[i]^2)^2 + (x[i] - 1)^2.
pub(crate) struct Rosenbrock {
    x: Vec<f64>,
}

impl Rosenbrock {
    /// n variables between 0.9 and 1.5, no two alike.
    pub(crate) fn new(n: usize) -> Self {
        let x = (0..n).map(|i| 1.2 + 0.3 * (i as f64).sin()).collect();
        Rosenbrock { x }
    }
}

impl Workload for Rosenbrock {
    fn name(&self) -> String {
        format!("rosenbrock-{}", self.x.len())
    }

    fn title(&self) -> String {
        format!("Rosenbrock, n = {}", self.x.len())
    }

    fn inputs(&self) -> &[f64] {
        &self.x
    }

    /// Per term: three multiplications, the factor 100, two differences, the sum of both
    /// squares, and (but for the first term) the sum over the terms.
    fn operations(&self) -> usize {
        8 * (self.x.len() - 1) - 1
    }
}

impl Function for Rosenbrock {
    #[inline(always)]
    fn call<N: Number>(&self, x: &[N]) -> N {
        let terms = x.windows(2).map(|pair| {
            let bend = pair[1] - pair[0] * pair[0];
            let gap = pair[0].plus(-1.0);
            (bend * bend).times(100.0) + gap * gap
        });
        terms
            .reduce(|sum, term| sum + term)
            .expect("n is at least 2")
    }

    #[inline(always)]
    fn adjoint(&self, x: &[f64], gradient: &mut [f64], _saved: &mut Vec<f64>) -> f64 {
        gradient.fill(0.0);
        let mut sum = 0.0;
        for i in 0..x.len() - 1 {
            let bend = x[i + 1] - x[i] * x[i];
            let gap = x[i] - 1.0;
            sum += 100.0 * bend * bend + gap * gap;
            gradient[i + 1] += 200.0 * bend;
            gradient[i] += 2.0 * gap - 400.0 * bend * x[i];
        }
        sum
    }
}
