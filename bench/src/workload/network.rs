//! A small network written in scalars: 2-16-16-1 with tanh, its 337 weights as the inputs.

use std::array::from_fn;

use super::Workload;
use crate::contestant::{Function, Number};

const WIDTH: usize = 16;
/// First layer: for each unit two weights and a bias.
const FIRST: usize = 3 * WIDTH;
/// Second layer: for each unit sixteen weights and a bias.
const SECOND: usize = (WIDTH + 1) * WIDTH;
/// Output: sixteen weights and a bias.
const WEIGHTS: usize = FIRST + SECOND + WIDTH + 1;

/// Squared error summed over fixed points, of a network asked to learn the product of its
/// two inputs.
pub(crate) struct Network {
    weights: Vec<f64>,
    points: Vec<[f64; 2]>,
}

impl Network {
    /// Weights between -0.5 and 0.5; 100 points on a 10 by 10 grid over the square of side 2.
    pub(crate) fn new() -> Self {
        let weights = (0..WEIGHTS).map(|i| 0.5 * (1.7 * i as f64).sin()).collect();
        let tick = |k: usize| (2 * k) as f64 / 9.0 - 1.0;
        let points = (0..100).map(|k| [tick(k / 10), tick(k % 10)]).collect();
        Network { weights, points }
    }
}

impl Workload for Network {
    fn name(&self) -> String {
        "network".into()
    }

    fn title(&self) -> String {
        "network 2-16-16-1, tanh, squared error over 100 points".into()
    }

    fn inputs(&self) -> &[f64] {
        &self.weights
    }

    /// Per point: products and sums of the three layers, 32 tanh, the error, its square and
    /// (but for the first point) the sum.
    fn operations(&self) -> usize {
        let point = (2 * 2 + 1) * WIDTH + (2 * WIDTH + 1) * WIDTH + 2 * WIDTH + 3;
        point * self.points.len() - 1
    }
}

impl Function for Network {
    #[inline(always)]
    fn call<N: Number>(&self, w: &[N]) -> N {
        let (first, rest) = w.split_at(FIRST);
        let (second, output) = rest.split_at(SECOND);
        let errors = self.points.iter().map(|&[a, b]| {
            let hidden: [N; WIDTH] = from_fn(|j| {
                let unit = &first[3 * j..][..3];
                (unit[2] + unit[0].times(a) + unit[1].times(b)).tanh()
            });
            let deep: [N; WIDTH] = from_fn(|j| weigh(&second[(WIDTH + 1) * j..], &hidden).tanh());
            let error = weigh(output, &deep).plus(-a * b);
            error * error
        });
        errors.reduce(|sum, e| sum + e).expect("there are points")
    }

    fn adjoint(&self, w: &[f64], gradient: &mut [f64], _saved: &mut Vec<f64>) -> f64 {
        let (first, rest) = w.split_at(FIRST);
        let (second, output) = rest.split_at(SECOND);
        gradient.fill(0.0);
        let (first_bar, rest_bar) = gradient.split_at_mut(FIRST);
        let (second_bar, output_bar) = rest_bar.split_at_mut(SECOND);
        let mut sum = 0.0;
        for &[a, b] in &self.points {
            let hidden: [f64; WIDTH] = from_fn(|j| {
                let unit = &first[3 * j..][..3];
                (unit[2] + unit[0] * a + unit[1] * b).tanh()
            });
            let deep: [f64; WIDTH] =
                from_fn(|j| weigh_f64(&second[(WIDTH + 1) * j..], &hidden).tanh());
            let error = weigh_f64(output, &deep) - a * b;
            sum += error * error;

            let error_bar = 2.0 * error;
            output_bar[WIDTH] += error_bar;
            let mut hidden_bar = [0.0; WIDTH];
            for j in 0..WIDTH {
                output_bar[j] += error_bar * deep[j];
                let z_bar = error_bar * output[j] * (1.0 - deep[j] * deep[j]);
                let unit = &second[(WIDTH + 1) * j..][..WIDTH + 1];
                let unit_bar = &mut second_bar[(WIDTH + 1) * j..][..WIDTH + 1];
                unit_bar[WIDTH] += z_bar;
                for k in 0..WIDTH {
                    unit_bar[k] += z_bar * hidden[k];
                    hidden_bar[k] += z_bar * unit[k];
                }
            }
            for j in 0..WIDTH {
                let z_bar = hidden_bar[j] * (1.0 - hidden[j] * hidden[j]);
                let unit_bar = &mut first_bar[3 * j..][..3];
                unit_bar[0] += z_bar * a;
                unit_bar[1] += z_bar * b;
                unit_bar[2] += z_bar;
            }
        }
        sum
    }
}

/// bias + sum over k of weight[k] x[k]; the bias stands behind the weights.
#[inline(always)]
fn weigh<N: Number>(unit: &[N], x: &[N; WIDTH]) -> N {
    (0..WIDTH).fold(unit[WIDTH], |sum, k| sum + unit[k] * x[k])
}

#[inline(always)]
fn weigh_f64(unit: &[f64], x: &[f64; WIDTH]) -> f64 {
    (0..WIDTH).fold(unit[WIDTH], |sum, k| sum + unit[k] * x[k])
}
