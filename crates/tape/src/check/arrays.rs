//! Functions of arrays against differences, and each of their operations, so that a wrong rule is named.

use super::difference::{Slopes, slopes};
use super::{Check, CheckReport, Comparison, Culprit, Verdict};
use crate::array::Array;
use crate::drivers::arrays::{self, Recorded};
use crate::element::ElementType;
use crate::graph::{Operand, Row};
use crate::guard::Guards;
use crate::op::{Lift, Op};
use crate::program::Session;
use crate::recording::{Recording, Settings};
use crate::structural::StructuralOp;
use crate::tensor::Tensor;

/// A bound on the rounding of one operation, in units of the last place.
const ULPS: f64 = 8.0;

impl Check {
    /// Checks the derivatives of a function of arrays at `x`, element by element; the report holds
    /// for each input (at order 2, for each pair) the element that is furthest off, as `w[1,2]`.
    ///
    /// Every operation that the function recorded in `f64` is checked as well, along one direction
    /// for each operand, and named if its rule is wrong. `f` is called some hundred times for each
    /// element: take small arrays.
    ///
    /// ```
    /// use tape::{Array, Check, Tensor, TensorOp};
    ///
    /// // A rule with a factor forgotten.
    /// let square: TensorOp = TensorOp::with_derivative("square", |x| x[0] * x[0], |x, _, g| vec![g * x[0]]);
    /// let report = Check::new().run_arrays(|x| square.call(x).sum(), &[Array::from([1.0, 3.0])]);
    /// assert!(!report.passed());
    /// assert_eq!((report.gradient[0].name.as_str(), report.gradient[0].backprop), ("x[0][1]", 3.0));
    /// assert_eq!(report.culprits[0].op, "square");
    /// ```
    ///
    /// # Panics
    /// If `f` answers an array that is no number, mixes in a tensor of another recording, or answers one.
    #[track_caller]
    pub fn run_arrays<F, Y>(&self, f: F, x: &[Array]) -> CheckReport
    where
        F: Fn(&[Tensor]) -> Y,
        Y: Into<Tensor>,
    {
        let settings = Settings {
            lines: true,
            guards: Guards::Off,
            ..Settings::BARE
        };
        let recorded = Recorded::with_settings(&f, x, settings);
        let output = recorded.number("check").var();
        let swept = output.backward();
        let backprop = recorded.of(&swept);
        let recording = &recorded.session.0;
        let name = |i: usize| match (self.names.get(i), recorded.inputs[i].name()) {
            (Some(name), _) => name.clone(),
            (None, Some(name)) => name,
            (None, None) => format!("x[{i}]"),
        };
        let names: Vec<String> = (0..x.len()).map(name).collect();

        // What rounding can do to the output: the sum over the nodes of `eps |value x adjoint|`.
        let mut noise = 0.0;
        for index in 0..recording.len() as u32 {
            let (node, epsilon) = match recording.element(index) {
                Some(ElementType::F32) => continue,
                _ => (Tensor::<f64>::of_node(recording, index), f64::EPSILON),
            };
            if let Some(adjoint) = swept.array(node) {
                let values = node.to_vec();
                let terms = values.iter().zip(&adjoint).map(|(v, a)| (v * a).abs());
                noise += epsilon * terms.filter(|term| term.is_finite()).sum::<f64>();
            }
        }
        let value = |x: &[Array]| {
            let shifted = Recorded::with_settings(&f, x, Settings::BARE);
            vec![shifted.number("check").var().peek()]
        };
        let flat = |arrays: &[Array]| -> Vec<f64> { arrays.iter().flatten().copied().collect() };
        let gradient = |x: &[Array]| flat(&arrays::gradient(&f, x));

        let mut report = CheckReport {
            method: self.to_string(),
            gradient: Vec::new(),
            hessian: Vec::new(),
            culprits: Vec::new(),
        };
        for i in 0..x.len() {
            let compared = (0..x[i].len()).map(|element| {
                let found = self.along(x, (i, element), &[noise], &value);
                let name = format!("{}{}", names[i], place_of(&x[i], element));
                self.judge(name, backprop[i].as_slice()[element], 0.0, &found[0])
            });
            report.gradient.extend(compared.reduce(worse));
        }
        if self.order == 2 {
            let hessian = arrays::hessian(&f, x);
            let largest = flat(&backprop)
                .iter()
                .fold(noise, |most, g| most.max(g.abs()));
            let noise = vec![ULPS * f64::EPSILON * largest; flat(&backprop).len()];
            for j in 0..x.len() {
                let mut worst: Vec<Option<Comparison>> = vec![None; x.len()];
                for b in 0..x[j].len() {
                    let found = self.along(x, (j, b), &noise, &gradient);
                    let mut found = found.iter();
                    for (i, worst) in worst.iter_mut().enumerate() {
                        for (a, slopes) in (0..x[i].len()).zip(&mut found) {
                            let (first, second) = (place_of(&x[i], a), place_of(&x[j], b));
                            let name = format!("{}{first}, {}{second}", names[i], names[j]);
                            let second = hessian[j][i].as_slice()[b * x[i].len() + a];
                            let compared = self.judge(name, second, 0.0, slopes);
                            *worst = Some(match worst.take() {
                                Some(other) => worse(other, compared),
                                None => compared,
                            });
                        }
                    }
                }
                report.hessian.extend(worst.into_iter().flatten());
            }
        }
        let suspects = !report.inputs_pass();
        for index in 0..recording.len() as u32 {
            report
                .culprits
                .extend(self.culprits_at(recording, index, suspects));
        }
        report
    }

    /// The slopes of `f` by one element of one input.
    fn along(
        &self,
        x: &[Array],
        (input, element): (usize, usize),
        noise: &[f64],
        f: &dyn Fn(&[Array]) -> Vec<f64>,
    ) -> Vec<Slopes> {
        let mut shifted = x.to_vec();
        slopes(x[input].as_slice()[element], noise, self.epsilon, |shift| {
            shifted[input].as_mut_slice()[element] = shift;
            f(&shifted)
        })
    }

    /// The operands for which the rule of a node's operation is wrong.
    fn culprits_at(&self, recording: &Recording, index: u32, suspects: bool) -> Vec<Culprit> {
        let Some(operation) = Operation::at(recording, index, suspects) else {
            return Vec::new();
        };
        let check = Check {
            epsilon: None,
            one_sided: false,
            names: Vec::new(),
            ..*self
        };
        let mut culprits = Vec::new();
        for operand in 0..operation.operands.len() {
            let compared = operation.compare(&check, operand);
            if compared.verdict == Verdict::Disagrees {
                culprits.push(Culprit {
                    row: index as usize,
                    op: operation.name(),
                    name: recording.name_of(recording.handle(index)),
                    operand,
                    by: None,
                    rule: compared.backprop,
                    estimate: compared.estimate,
                    place: recording.line(index).map(Into::into),
                });
            }
        }
        culprits
    }
}

/// The one of two derivatives that is further off.
fn worse(a: Comparison, b: Comparison) -> Comparison {
    if b.badness() > a.badness() { b } else { a }
}

/// The index of an element, as it is written; nothing for a number.
fn place_of(array: &Array, element: usize) -> String {
    let (mut left, mut index) = (element, Vec::new());
    for &length in array.shape().iter().rev() {
        index.push((left % length).to_string());
        left /= length;
    }
    index.reverse();
    match index.is_empty() {
        true => String::new(),
        false => format!("[{}]", index.join(",")),
    }
}

/// An operation at the operands it was recorded with.
struct Operation {
    row: Row,
    structural: Option<StructuralOp>,
    operands: Vec<Array>,
}

impl Operation {
    /// The operation of a node; `None` for leaves, data, and what is not all double precision.
    fn at(recording: &Recording, index: u32, suspects: bool) -> Option<Operation> {
        let row = recording.node(index).row;
        let structural = (row.op == Op::Structural)
            .then(|| recording.with_arrays(|arrays| arrays.ops[StructuralOp::place(&row)].clone()));
        let passed_over = match (row.op, &structural) {
            (Op::Input | Op::Const, _) => true,
            // Differences see through it: a suspect if something is wrong.
            (Op::Detach, _) => !suspects,
            (_, Some(StructuralOp::Cast(_))) => true,
            (_, Some(op)) => op.is_data(),
            (_, None) => false,
        };
        if passed_over || recording.element(index) == Some(ElementType::F32) {
            return None;
        }
        let mut operands = Vec::new();
        for operand in recording.with(|_, store| row.operands(&store.lists)) {
            operands.push(match operand {
                Operand::Literal(number) => Array::from(number),
                Operand::Node(node) => match recording.element(node) {
                    Some(ElementType::F32) => return None,
                    _ => Tensor::<f64>::of_node(recording, node).to_array(),
                },
            });
        }
        Some(Operation {
            row,
            structural,
            operands,
        })
    }

    fn name(&self) -> String {
        match &self.structural {
            Some(op) => op.called().to_string(),
            None => self.row.op_name().to_string(),
        }
    }

    fn apply(&self, x: &[Tensor]) -> Tensor {
        match (self.row.op, &self.structural) {
            (_, Some(op)) => op.again(x),
            (Op::Detach, None) => Lift::detach(x[0]),
            (Op::Call, None) => Tensor::call(self.row.function(), x),
            (op, None) => op
                .apply(x, self.row.attribute().as_f64())
                .expect("the operands fit"),
        }
    }

    /// The derivative of `<u, y>` along a direction of one operand, by the rule and by differences.
    fn compare(&self, check: &Check, operand: usize) -> Comparison {
        let at = |operands: &[Array]| {
            let session = Session::open("an operation being checked", Settings::BARE);
            let leaf = |x: &Array| session.0.array_leaf(Op::Input, x.shape(), x.as_slice());
            let x: Vec<Tensor> = operands.iter().map(leaf).collect();
            let y = self.apply(&x);
            let u = spread(&y.to_array(), 0.754_877_666_246_693);
            let value = dot(&u, &y.to_array());
            let slope = y.vjp(&u).array(x[operand]);
            (value, slope, size(&u, &y.to_array()))
        };
        // Not the numbers of `u`: a matrix that should be transposed would not be missed.
        let v = spread(&self.operands[operand], 0.618_033_988_749_895);
        let (_, slope, largest) = at(&self.operands);
        let slope = slope.unwrap_or_else(|| Array::zeros(v.shape()));
        let parts = size(&slope, &self.operands[operand]);
        let noise = ULPS * f64::EPSILON * (largest + parts);
        let mut shifted = self.operands.clone();
        let found = slopes(0.0, &[noise], None, |shift| {
            let here = self.operands[operand].as_slice();
            let moved = shifted[operand].as_mut_slice();
            for (moved, (x, v)) in moved.iter_mut().zip(here.iter().zip(&v)) {
                *moved = x + shift * v;
            }
            vec![at(&shifted).0]
        });
        check.judge(String::new(), dot(&slope, &v), 0.0, &found[0])
    }
}

/// Numbers between 1/2 and 3/2 in an array's shape, no two the same.
fn spread(like: &Array, step: f64) -> Array {
    let number = |i: usize| 0.5 + (i as f64 * step).fract();
    Array::new(
        like.shape(),
        (0..like.len()).map(number).collect::<Vec<_>>(),
    )
}

fn dot(a: &Array, b: &Array) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The sum of the sizes of the finite products.
fn size(a: &Array, b: &Array) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| (a * b).abs());
    products.filter(|product| product.is_finite()).sum()
}
