//! Which way to go: what the last steps tell about the function's curvature.

use super::{Point, dot};
use std::collections::VecDeque;

/// How [`minimize`](super::minimize) chooses the directions of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Limited-memory BFGS: Newton's direction, as far as the last `history` steps tell the
    /// curvature. Nocedal, Wright 2006, algorithms 7.4 and 7.5.
    Lbfgs {
        /// How many steps are remembered, two vectors each; 3 to 20 are usual.
        history: usize,
    },
    /// Nonlinear conjugate gradients: Polak and Ribiere's, never turned back (PR+), begun anew where
    /// successive gradients are far from orthogonal. Two vectors of memory. Nocedal, Wright 2006,
    /// section 5.2.
    ConjugateGradient,
}

/// A direction, the slope of the function along it, and how far to go at first.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) direction: Vec<f64>,
    pub(super) slope: f64,
    pub(super) first: f64,
}

/// A method and what it has learned on its way.
#[derive(Debug)]
pub(super) struct Course {
    method: Method,
    learned: VecDeque<Learned>,
}

/// What one step has taught.
#[derive(Debug)]
struct Learned {
    /// The step, for L-BFGS; the direction, for conjugate gradients.
    s: Vec<f64>,
    /// What it changed in the gradient; the gradient before it.
    y: Vec<f64>,
    /// Their product; the slope times the length of the step.
    sy: f64,
}

impl Course {
    pub(super) fn new(method: Method) -> Course {
        Course {
            method,
            learned: VecDeque::new(),
        }
    }

    /// Whether nothing is known but the gradient.
    pub(super) fn is_new(&self) -> bool {
        self.learned.is_empty()
    }

    pub(super) fn forget(&mut self) {
        self.learned.clear();
    }

    /// By how much a step must flatten the slope: the second Wolfe constant. Conjugate directions
    /// need a line searched well.
    pub(super) fn curvature(&self) -> f64 {
        match self.method {
            Method::Lbfgs { .. } => 0.9,
            Method::ConjugateGradient => 0.1,
        }
    }

    /// The line to search, from what was learned; down the gradient if that leads upward.
    pub(super) fn line(&mut self, at: &Point) -> Line {
        if let Some(line) = self.learned_line(at) {
            if line.slope < 0.0 && line.slope.is_finite() {
                return line;
            }
            self.forget();
        }
        // At first, no coordinate moves by more than 1.
        let scale = at.steepest().max(1.0).recip();
        let direction: Vec<f64> = at.gradient.iter().map(|g| -g * scale).collect();
        let slope = dot(&direction, &at.gradient);
        let first = 1.0;
        Line {
            direction,
            slope,
            first,
        }
    }

    fn learned_line(&self, at: &Point) -> Option<Line> {
        let newest = self.learned.back()?;
        let (direction, first) = match self.method {
            Method::Lbfgs { .. } => (two_loops(&self.learned, &at.gradient)?, None),
            Method::ConjugateGradient => {
                let (g, before, last) = (&at.gradient, &newest.y, &newest.s);
                let [gg, overlap] = [dot(g, g), dot(g, before)];
                if overlap.abs() >= 0.2 * gg {
                    return None; // Powell's restart
                }
                let beta = ((gg - overlap) / dot(before, before)).max(0.0);
                let direction = g.iter().zip(last).map(|(g, d)| beta * d - g).collect();
                (direction, Some(newest.sy))
            }
        };
        let slope = dot(&direction, &at.gradient);
        // Conjugate gradients expect the fall of the last step once more (equation 3.60).
        let first = first.map_or(1.0, |fall| fall / slope);
        let first = if first.is_normal() { first } else { 1.0 };
        Some(Line {
            direction,
            slope,
            first,
        })
    }

    /// Remembers a step along a line.
    pub(super) fn learn(&mut self, from: &Point, to: &Point, line: Line, length: f64) {
        match self.method {
            Method::Lbfgs { history } => {
                let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect();
                let (s, y): (Vec<f64>, Vec<f64>) =
                    (minus(&to.x, &from.x), minus(&to.gradient, &from.gradient));
                let sy = dot(&s, &y);
                if sy > 0.0 {
                    self.learned.push_back(Learned { s, y, sy });
                }
                if self.learned.len() > history {
                    self.learned.pop_front();
                }
            }
            Method::ConjugateGradient => {
                self.learned.clear();
                self.learned.push_back(Learned {
                    s: line.direction,
                    y: from.gradient.clone(),
                    sy: line.slope * length,
                });
            }
        }
    }
}

/// `-H g` with `H` the inverse Hessian as the pairs tell it, from a multiple of the identity.
fn two_loops(pairs: &VecDeque<Learned>, gradient: &[f64]) -> Option<Vec<f64>> {
    let newest = pairs.back()?;
    let add = |q: &mut [f64], factor: f64, v: &[f64]| {
        q.iter_mut().zip(v).for_each(|(q, v)| *q += factor * v);
    };
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let alpha = dot(&pair.s, &q) / pair.sy;
        add(&mut q, -alpha, &pair.y);
        alphas.push(alpha);
    }
    let gamma = newest.sy / dot(&newest.y, &newest.y);
    q.iter_mut().for_each(|q| *q *= gamma);
    for (pair, alpha) in pairs.iter().zip(alphas.into_iter().rev()) {
        let beta = dot(&pair.y, &q) / pair.sy;
        add(&mut q, alpha - beta, &pair.s);
    }
    Some(q)
}
