//! How an operation is held to the laws.

use std::sync::Arc;
use tape::{Array, Element, Gradients, Plan, Tape, Tensor};

/// Operations that look at elements while they are recorded, which no plan follows.
const UNPLANNED: &[&str] = &["cholesky", "inverse", "largest", "solve", "sort", "topk"];

/// Operands between -1.5 and 1.5, none near a kink at 0 or at another's value; the same on every run.
pub(crate) fn sample(shape: &[usize], seed: u64) -> Array<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let count: usize = shape.iter().product();
    let elements: Vec<f64> = (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let unit = (state >> 11) as f64 / (1u64 << 53) as f64;
            let size = 0.05 + 1.45 * unit;
            if state & 1 == 0 { size } else { -size }
        })
        .collect();
    Array::new(shape, elements)
}

/// An operation as code. Not a type parameter: the laws are compiled once, and not for each
/// operation.
pub(crate) type Formula<'a, T> = dyn Fn(&[Tensor<T>]) -> Tensor<T> + 'a;

/// An operation with its operands.
pub(crate) struct Case<'a> {
    pub(crate) name: &'a str,
    pub(crate) operands: Vec<Array<f64>>,
    /// Operands somewhere else, of the same shapes.
    pub(crate) elsewhere: Vec<Array<f64>>,
    pub(crate) double: &'a Formula<'a, f64>,
    pub(crate) single: &'a Formula<'a, f32>,
    /// Whether the result is linear in each operand.
    pub(crate) linear: bool,
}

type Answer = (Vec<f64>, Vec<Vec<f64>>);

fn tensors<T: Element>(tape: &Tape, operands: &[Array<f64>]) -> Vec<Tensor<T>> {
    let cast = |array: &Array<f64>| -> Vec<T> {
        array.as_slice().iter().map(|&x| T::from_f64(x)).collect()
    };
    let leaf = |array: &Array<f64>| tape.tensor_of(array.shape(), &cast(array));
    operands.iter().map(leaf).collect()
}

/// The operands as their owner keeps them.
fn shared<T: Element>(tape: &Tape, operands: &[Array<f64>]) -> Vec<Tensor<T>> {
    let lend = |array: &Array<f64>| tape.shared(&Arc::new(array.cast()));
    operands.iter().map(lend).collect()
}

/// The same elements, lying in the opposite order of axes.
fn reordered<T: Element>(tensor: Tensor<T>) -> Tensor<T> {
    let rank = tensor.shape().rank() as i64;
    let backward: Vec<i64> = (0..rank).rev().collect();
    // Multiplying by one makes an array that lies in order of the turned axes.
    (tensor.permute(&backward) * 1.0).permute(&backward)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn close(a: f64, b: f64, tolerance: f64, scale: f64) -> bool {
    (a - b).abs() <= tolerance * scale.max(1.0) || (a.is_nan() && b.is_nan()) || a == b
}

#[track_caller]
fn same(what: &str, name: &str, a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len(), "{name}: {what}: lengths");
    let scale = a.iter().chain(b).fold(0.0f64, |m, x| m.max(x.abs()));
    for (i, (&a, &b)) in a.iter().zip(b).enumerate() {
        assert!(
            close(a, b, tolerance, scale),
            "{name}: {what}: element {i}: {a} against {b}"
        );
    }
}

impl Case<'_> {
    /// Value and vector-Jacobian product at some operands.
    fn vjp(&self, operands: &[Array<f64>], cotangent: Option<&[f64]>) -> Answer {
        let tape = Tape::new();
        let x = tensors(&tape, operands);
        self.vjp_of(&tape, &x, (self.double)(&x), cotangent)
    }

    fn vjp_of(
        &self,
        tape: &Tape,
        x: &[Tensor<f64>],
        y: Tensor<f64>,
        cotangent: Option<&[f64]>,
    ) -> Answer {
        let cotangent = match cotangent {
            Some(u) => Array::new(&y.shape(), u),
            None => sample(&y.shape(), 77),
        };
        let nodes = tape.len();
        let g = y.vjp(&cotangent);
        assert_eq!(
            tape.len(),
            nodes,
            "{}: a sweep leaves the tape alone",
            self.name
        );
        let slopes = x
            .iter()
            .map(|&x| match g.array(x) {
                Some(slope) => {
                    assert_eq!(
                        *slope.shape(),
                        x.shape(),
                        "{}: an adjoint has its node's shape",
                        self.name
                    );
                    slope.into_vec()
                }
                None => vec![0.0; x.shape().count()],
            })
            .collect();
        (y.to_vec(), slopes)
    }

    /// `<cotangent, f(x + h v)>` by Richardson's extrapolation of central differences.
    fn along(&self, direction: &[Array<f64>], f: &dyn Fn(&[Array<f64>]) -> f64) -> f64 {
        let at = |h: f64| {
            let moved: Vec<Array<f64>> = self
                .operands
                .iter()
                .zip(direction)
                .map(|(x, v)| {
                    let elements: Vec<f64> = x
                        .as_slice()
                        .iter()
                        .zip(v.as_slice())
                        .map(|(x, v)| x + h * v)
                        .collect();
                    Array::new(x.shape(), elements)
                })
                .collect();
            f(&moved)
        };
        let central = |h: f64| (at(h) - at(-h)) / (2.0 * h);
        let h = 1e-3;
        let (a, b, c) = (central(h), central(h / 2.0), central(h / 4.0));
        let (ab, bc) = ((4.0 * b - a) / 3.0, (4.0 * c - b) / 3.0);
        (16.0 * bc - ab) / 15.0
    }

    /// A plan that was recorded elsewhere gives the bits of a recording here.
    fn planned<T: Element>(&self, f: &Formula<'_, T>) {
        let name = self.name;
        let loss = |tape: &Tape, x: &[Tensor<T>]| {
            let y = f(x);
            let u: Array<T> = sample(&y.shape(), 77).cast();
            match y.shape().rank() {
                0 => y.sum() * u.item().to_f64(),
                _ => (y * tape.constant(u)).sum(),
            }
        };
        let recorded = Plan::record(|tape| {
            let x = shared::<T>(tape, &self.elsewhere);
            (loss(tape, &x), x)
        });
        let (mut plan, x) = match recorded {
            Ok(recorded) => recorded,
            Err(error) => {
                let reads = error.to_string().contains("reads the elements of an array");
                let known = UNPLANNED.iter().any(|start| name.starts_with(start));
                let users = error.to_string().contains("a user's operation on arrays");
                assert!(reads && known || users, "{name}: {error}");
                return;
            }
        };
        let tape = Tape::new();
        let fresh = tensors::<T>(&tape, &self.operands);
        let value = loss(&tape, &fresh);
        let slopes = value.backward();
        let bits = |slope: Option<Array<T>>| -> Option<Vec<u64>> {
            let slope = slope?.into_vec();
            Some(slope.iter().map(|g| g.to_f64().to_bits()).collect())
        };
        let mut gradients = Gradients::new();
        for round in 0..2 {
            for (&x, operand) in x.iter().zip(&self.operands) {
                plan.set(x, operand.cast::<T>().as_slice()).unwrap();
            }
            let answer = plan.run(&mut gradients).unwrap();
            let expected = value.value();
            assert!(
                answer.to_bits() == expected.to_bits(),
                "{name}: plan, round {round}: {answer}, recorded {expected}"
            );
            for (&x, &fresh) in x.iter().zip(&fresh) {
                let (planned, swept) = (gradients.array(x), slopes.array(fresh));
                assert_eq!(bits(planned), bits(swept), "{name}: plan, round {round}");
            }
        }
    }

    /// Holds the operation to every law.
    #[track_caller]
    pub(crate) fn hold(&self) {
        let name = self.name;
        let (value, slopes) = self.vjp(&self.operands, None);
        let cotangent = sample(&[value.len()], 77).into_vec();
        let direction: Vec<Array<f64>> = self
            .operands
            .iter()
            .enumerate()
            .map(|(i, x)| sample(x.shape(), 1000 + i as u64))
            .collect();

        // The sweep against differences, along a random direction.
        let swept: f64 = slopes
            .iter()
            .zip(&direction)
            .map(|(g, v)| dot(g, v.as_slice()))
            .sum();
        let differed = self.along(&direction, &|x| dot(&self.vjp(x, None).0, &cotangent));
        let scale = slopes.iter().flatten().fold(1.0f64, |m, g| m.max(g.abs()));
        assert!(
            close(swept, differed, 1e-8, scale * 10.0),
            "{name}: sweep {swept}, differences {differed}"
        );

        // Linear in each operand: <f(x), u> = <x_i, f_i^T(u)>, exactly but for rounding.
        if self.linear {
            for (x, slope) in self.operands.iter().zip(&slopes) {
                let (there, back) = (dot(&value, &cotangent), dot(x.as_slice(), slope));
                let size: f64 = x
                    .as_slice()
                    .iter()
                    .zip(slope)
                    .map(|(x, g)| (x * g).abs())
                    .sum();
                assert!(
                    close(there, back, 1e-12, size),
                    "{name}: <f(x), u> = {there}, <x, f^T(u)> = {back}"
                );
            }
        }

        // Operands that do not lie in order.
        let tape = Tape::new();
        let x = tensors(&tape, &self.operands);
        let turned: Vec<Tensor<f64>> = x.iter().map(|&x| reordered(x)).collect();
        let (there, back) = self.vjp_of(&tape, &x, (self.double)(&turned), None);
        same("operands out of order, value", name, &value, &there, 1e-13);
        for (a, b) in slopes.iter().zip(&back) {
            same("operands out of order, adjoint", name, a, b, 1e-12);
        }

        // Operands that are not copied.
        let tape = Tape::new();
        let x = shared(&tape, &self.operands);
        let lent = self.vjp_of(&tape, &x, (self.double)(&x), None);
        let bits = |answer: &Answer| {
            let numbers = answer.0.iter().chain(answer.1.iter().flatten());
            numbers.map(|number| number.to_bits()).collect::<Vec<u64>>()
        };
        assert_eq!(
            bits(&lent),
            bits(&(value.clone(), slopes.clone())),
            "{name}: shared operands"
        );

        self.planned(self.double);
        self.planned(self.single);

        // The gradient as a graph.
        let tape = Tape::new();
        let x = shared(&tape, &self.operands);
        let y = (self.double)(&x);
        let seed = match y.shape().rank() {
            0 => Tensor::from(tape.leaf(cotangent[0])),
            _ => tape.constant_of(&y.shape(), &cotangent),
        };
        let graph = y.gradient_of(seed, &x);
        for ((slope, recorded), x) in slopes.iter().zip(&graph).zip(&x) {
            assert_eq!(recorded.shape(), x.shape(), "{name}: the graph's shape");
            same("gradient graph", name, slope, &recorded.to_vec(), 1e-12);
        }

        // Second order: the sweep of <gradient, v>, against differences of the sweep.
        let mut along = tape.leaf(0.0);
        for (slope, v) in graph.iter().zip(&direction) {
            let v = match v.shape().rank() {
                0 => Tensor::from(tape.leaf(v.as_slice()[0])),
                _ => tape.constant(v.clone()),
            };
            along += (*slope * v).sum();
        }
        let second = along.backward();
        // Its ledger adds up, and every rule in it can be read.
        crate::ledger::check(&along.explain());
        for (i, x) in x.iter().enumerate() {
            let hv = second
                .array(*x)
                .map_or(vec![0.0; x.shape().count()], Array::into_vec);
            let w = sample(&x.shape(), 5);
            let differed = self.along(&direction, &|moved| {
                dot(&self.vjp(moved, Some(&cotangent)).1[i], w.as_slice())
            });
            let swept = dot(&hv, w.as_slice());
            let scale = hv.iter().fold(scale, |m, h| m.max(h.abs()));
            assert!(
                close(swept, differed, 1e-7, scale * 10.0),
                "{name}: second order by operand {i}: {swept}, differences {differed}"
            );
        }

        // Single precision.
        let tape = Tape::new();
        let x = shared::<f32>(&tape, &self.operands);
        let y = (self.single)(&x);
        let single: Vec<f64> = y.to_vec().into_iter().map(f64::from).collect();
        same("single precision, value", name, &value, &single, 2e-5);
        let u: Vec<f32> = cotangent.iter().map(|&u| u as f32).collect();
        let g = y.vjp(&Array::new(&y.shape(), u));
        for (slope, &x) in slopes.iter().zip(&x) {
            let single = g.array(x).map_or(vec![0.0; slope.len()], |g| {
                g.as_slice().iter().map(|&g| f64::from(g)).collect()
            });
            same("single precision, adjoint", name, slope, &single, 1e-4);
        }

        // Data gets no adjoint, and what is left is the same.
        for constant in 0..self.operands.len() {
            let tape = Tape::new();
            let mut x = tensors::<f64>(&tape, &self.operands);
            if x[constant].shape().rank() == 0 {
                continue;
            }
            x[constant] = tape.shared_constant(&Arc::new(self.operands[constant].clone()));
            let y = (self.double)(&x);
            let g = y.vjp(&Array::new(&y.shape(), cotangent.clone()));
            assert!(
                g.array(x[constant]).is_none(),
                "{name}: data has no adjoint"
            );
            for (i, &x) in x.iter().enumerate().filter(|&(i, _)| i != constant) {
                if let Some(g) = g.array(x) {
                    same("beside data", name, &slopes[i], g.as_slice(), 1e-13);
                }
            }
        }
    }
}

/// Holds an operation to the laws: `law!("name", [[2, 3], [3]], |x| x[0] + x[1])`.
#[macro_export]
macro_rules! law {
    (@linear $linear:expr, $name:expr, [$($shape:expr),* $(,)?], |$x:ident| $y:expr) => {{
        let shapes: Vec<Vec<usize>> = vec![$($shape.to_vec()),*];
        let operands = shapes
            .iter()
            .enumerate()
            .map(|(i, shape)| $crate::harness::sample(shape, 1 + i as u64))
            .collect();
        let elsewhere = shapes.iter().zip(500..);
        let elsewhere = elsewhere.map(|(shape, seed)| $crate::harness::sample(shape, seed));
        $crate::harness::Case {
            name: $name,
            operands,
            elsewhere: elsewhere.collect(),
            double: &|$x: &[tape::Tensor<f64>]| -> tape::Tensor<f64> { ($y).into() },
            single: &|$x: &[tape::Tensor<f32>]| -> tape::Tensor<f32> { ($y).into() },
            linear: $linear,
        }
        .hold();
    }};
    ($name:expr, $($rest:tt)*) => { $crate::law!(@linear false, $name, $($rest)*) };
}

/// As [`law`], for an operation that is linear in each operand.
#[macro_export]
macro_rules! linear {
    ($name:expr, $($rest:tt)*) => { $crate::law!(@linear true, $name, $($rest)*) };
}
