//! Replaying a program at new inputs, and sweeping it backwards.

use super::{Output, Program};
use crate::buffers;
use crate::dual::Dual;
use crate::error::{Error, ErrorKind};
use crate::graph::Operand;
use crate::op::{Op, Real};
use crate::pull::{Observer, Values, is_untouched, pull, untouched};
use crate::run::evaluate;

impl Program {
    /// The values of the outputs at `inputs`.
    ///
    /// # Errors
    /// If the number of inputs is wrong, or a guard answers otherwise than when the program was recorded.
    pub fn eval(&self, inputs: &[f64]) -> Result<Vec<f64>, Error> {
        let values = self.forward(inputs)?;
        let outputs = self
            .outputs
            .iter()
            .map(|output| output.value(&values))
            .collect();
        buffers::give(values);
        Ok(outputs)
    }

    /// The gradient of the one output at `inputs`.
    ///
    /// # Errors
    /// As [`eval`](Program::eval), and if the program has several outputs (see
    /// [`vjp`](Program::vjp) and [`jacobian`](Program::jacobian)).
    pub fn gradient(&self, inputs: &[f64]) -> Result<Vec<f64>, Error> {
        Ok(self.value_and_gradient(inputs)?.1)
    }

    /// The value and the gradient of the one output.
    ///
    /// # Errors
    /// As [`gradient`](Program::gradient).
    pub fn value_and_gradient(&self, inputs: &[f64]) -> Result<(f64, Vec<f64>), Error> {
        let mut gradient = vec![0.0; self.inputs];
        let value = self.value_and_gradient_into(inputs, &mut gradient)?;
        Ok((value, gradient))
    }

    /// The value of the one output; its gradient is written to `gradient`. A loop over this
    /// allocates nothing.
    ///
    /// ```
    /// use tape::{Program, Var};
    ///
    /// let program = Program::record(|x: &[Var]| x[0] * x[0] * x[1], &[1.0, 1.0])?;
    /// let mut gradient = [0.0; 2];
    /// assert_eq!(program.value_and_gradient_into(&[3.0, 2.0], &mut gradient)?, 18.0);
    /// assert_eq!(gradient, [12.0, 9.0]);
    /// # Ok::<(), tape::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`gradient`](Program::gradient), and if `gradient` has not a place per input.
    pub fn value_and_gradient_into(
        &self,
        inputs: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64, Error> {
        self.expect_one_output("gradient")?;
        expect_length(
            "places for derivatives",
            "input of the program",
            gradient.len(),
            self.inputs,
        )?;
        let values = self.forward(inputs)?;
        let value = self.outputs[0].value(&values);
        self.sweep(&values, &[1.0], gradient);
        buffers::give(values);
        Ok(value)
    }

    /// The derivative, by each input, of the sum of the outputs weighted with `weights`.
    ///
    /// # Errors
    /// As [`eval`](Program::eval), and if there is not a weight per output.
    pub fn vjp(&self, inputs: &[f64], weights: &[f64]) -> Result<Vec<f64>, Error> {
        expect_length("weights", "output", weights.len(), self.outputs.len())?;
        let values = self.forward(inputs)?;
        let mut gradient = vec![0.0; self.inputs];
        self.sweep(&values, weights, &mut gradient);
        buffers::give(values);
        Ok(gradient)
    }

    /// The derivative of each output along `direction`.
    ///
    /// # Errors
    /// As [`eval`](Program::eval), and if there is not a component per input.
    pub fn jvp(&self, inputs: &[f64], direction: &[f64]) -> Result<Vec<f64>, Error> {
        let values = self.forward_along(inputs, direction)?;
        Ok(self
            .outputs
            .iter()
            .map(|output| output.value(&values).tangent[0])
            .collect())
    }

    /// The derivatives of each output (a row) by each input.
    ///
    /// # Errors
    /// As [`eval`](Program::eval).
    pub fn jacobian(&self, inputs: &[f64]) -> Result<Vec<Vec<f64>>, Error> {
        let values = self.forward(inputs)?;
        let mut weights = vec![0.0; self.outputs.len()];
        let mut rows = Vec::with_capacity(self.outputs.len());
        for output in 0..self.outputs.len() {
            weights[output] = 1.0;
            let mut gradient = vec![0.0; self.inputs];
            self.sweep(&values, &weights, &mut gradient);
            rows.push(gradient);
            weights[output] = 0.0;
        }
        Ok(rows)
    }

    /// The product of the Hessian of the one output with `direction`: forward mode over the reverse sweep.
    ///
    /// # Errors
    /// As [`gradient`](Program::gradient), and if there is not a component per input.
    pub fn hvp(&self, inputs: &[f64], direction: &[f64]) -> Result<Vec<f64>, Error> {
        self.expect_one_output("hvp")?;
        let values = self.forward_along(inputs, direction)?;
        let adjoints = self.adjoints(&values, &[Dual::from(1.0)], &mut ());
        let mut product = vec![0.0; self.inputs];
        self.of_inputs(&adjoints, |adjoint| adjoint.tangent[0], &mut product);
        Ok(product)
    }

    /// The Hessian of the one output, a product with each unit vector.
    ///
    /// # Errors
    /// As [`gradient`](Program::gradient).
    pub fn hessian(&self, inputs: &[f64]) -> Result<Vec<Vec<f64>>, Error> {
        self.expect_one_output("hessian")?;
        let mut direction = vec![0.0; inputs.len()];
        let mut rows = Vec::with_capacity(inputs.len());
        for i in 0..inputs.len() {
            direction[i] = 1.0;
            rows.push(self.hvp(inputs, &direction)?);
            direction[i] = 0.0;
        }
        Ok(rows)
    }

    /// The outputs on any number type, guards unasked.
    pub(crate) fn replay<N: Real>(&self, inputs: &[N]) -> Vec<N> {
        let mut values = Vec::with_capacity(self.rows.len());
        evaluate(&self.rows, &self.lists, inputs, &mut values);
        self.outputs
            .iter()
            .map(|output| output.value(&values))
            .collect()
    }

    /// The values of all rows, with every guard asked.
    pub(crate) fn forward(&self, inputs: &[f64]) -> Result<Vec<f64>, Error> {
        expect_length("inputs", "input of the program", inputs.len(), self.inputs)?;
        let mut values = buffers::take();
        evaluate(&self.rows, &self.lists, inputs, &mut values);
        self.ask_guards(&values)?;
        Ok(values)
    }

    fn forward_along(&self, inputs: &[f64], direction: &[f64]) -> Result<Vec<Dual>, Error> {
        expect_length("inputs", "input of the program", inputs.len(), self.inputs)?;
        expect_length(
            "components of the direction",
            "input of the program",
            direction.len(),
            self.inputs,
        )?;
        let inputs: Vec<Dual> = inputs
            .iter()
            .zip(direction)
            .map(|(&value, &tangent)| Dual {
                value,
                tangent: [tangent],
            })
            .collect();
        let mut values = Vec::with_capacity(self.rows.len());
        evaluate(&self.rows, &self.lists, &inputs, &mut values);
        self.ask_guards(&values)?;
        Ok(values)
    }

    fn ask_guards<N: Real>(&self, values: &[N]) -> Result<(), Error> {
        for guard in &self.guards {
            guard.ask("program", |index| values[index as usize].peek())?;
        }
        Ok(())
    }

    /// The reverse sweep: the adjoints of the inputs.
    fn sweep(&self, values: &[f64], seeds: &[f64], gradient: &mut [f64]) {
        let mut adjoints = buffers::take();
        self.sweep_into(values, seeds, &mut adjoints, &mut ());
        self.of_inputs(&adjoints, |adjoint| adjoint, gradient);
        buffers::give(adjoints);
    }

    /// Something of the adjoint of each input; of an input without a path to the output, 0.
    fn of_inputs<N: Real>(&self, adjoints: &[N], read: impl Fn(N) -> f64, out: &mut [f64]) {
        let rows = self.rows.iter().zip(adjoints);
        let inputs = rows.filter(|(row, _)| row.op == Op::Input);
        for (out, (_, &adjoint)) in out.iter_mut().zip(inputs) {
            *out = if is_untouched(adjoint) {
                0.0
            } else {
                read(adjoint)
            };
        }
    }

    /// The reverse sweep: the adjoints of all rows.
    pub(crate) fn adjoints<N: Real>(
        &self,
        values: &[N],
        seeds: &[N],
        observer: &mut impl Observer<N>,
    ) -> Vec<N> {
        let mut adjoints = Vec::new();
        self.sweep_into(values, seeds, &mut adjoints, observer);
        adjoints
    }

    fn sweep_into<N: Real>(
        &self,
        values: &[N],
        seeds: &[N],
        adjoints: &mut Vec<N>,
        observer: &mut impl Observer<N>,
    ) {
        adjoints.clear();
        adjoints.resize(self.rows.len(), untouched());
        for (output, &seed) in self.outputs.iter().zip(seeds) {
            if let Output::Node(index) = *output {
                adjoints[index as usize] += seed + 0.0;
            }
        }
        let record = Values {
            rows: &self.rows,
            values,
            lists: &self.lists,
        };
        pull(&record, adjoints, observer);
    }

    pub(super) fn expect_one_output(&self, doing: &str) -> Result<(), Error> {
        if self.outputs.len() == 1 {
            return Ok(());
        }
        let message = format!(
            "{doing} is for programs of one output, and this one has {}; use jacobian, or vjp with a weight per output",
            self.outputs.len()
        );
        Err(Error::new(ErrorKind::Length, message))
    }
}

impl Output {
    pub(super) fn operand(self) -> Operand {
        match self {
            Output::Node(row) => Operand::Node(row),
            Output::Constant { bits } => Operand::Literal(f64::from_bits(bits)),
        }
    }

    pub(super) fn value<N: Real>(self, values: &[N]) -> N {
        match self {
            Output::Node(index) => values[index as usize],
            Output::Constant { bits } => N::from(f64::from_bits(bits)),
        }
    }
}

fn expect_length(what: &str, per: &str, got: usize, wanted: usize) -> Result<(), Error> {
    if got == wanted {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Length,
        format!("{got} {what} given, {wanted} wanted: one per {per}"),
    ))
}
