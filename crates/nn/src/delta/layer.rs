use super::Activation;
use super::error::{Result, check};

/// One fully connected layer: `z_j = sum_i W[j,i] a_i + b_j`, then `f(z)`.
///
/// ```
/// use nn::delta::{Activation, Layer};
///
/// let and = Layer::new(2, 1, vec![20.0, 20.0], vec![-30.0], Activation::Sigmoid)?;
/// assert_eq!(and.weigh(&[1.0, 1.0]), [10.0]);
/// assert_eq!(and.weigh(&[1.0, 0.0]), [-10.0]);
/// assert_eq!(and.carry_back(&[0.5]), [10.0, 10.0]);
/// # Ok::<(), nn::delta::DeltaError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// `W`, row-major `[outputs, inputs]`: the weight to unit `j` from unit `i` is `weight[j * inputs + i]`.
    pub weight: Vec<f64>,
    /// `b`, one per output.
    pub bias: Vec<f64>,
    /// The number of units that the layer reads.
    pub inputs: usize,
    /// The number of units that the layer has.
    pub outputs: usize,
    /// `f`.
    pub activation: Activation,
}

impl Layer {
    /// A layer from its numbers; a wrong count of weights or biases is an error.
    ///
    /// For a layer without biases give zeros, and train it by
    /// [`update_weights`](super::Network::update_weights).
    pub fn new(
        inputs: usize,
        outputs: usize,
        weight: Vec<f64>,
        bias: Vec<f64>,
        activation: Activation,
    ) -> Result<Self> {
        let layer = Self {
            weight,
            bias,
            inputs,
            outputs,
            activation,
        };
        layer.check("")?;
        Ok(layer)
    }

    /// The weighted inputs `z_j = sum_i W[j,i] a_i + b_j` of one example.
    ///
    /// # Panics
    /// If `a` does not have `inputs` entries.
    pub fn weigh(&self, a: &[f64]) -> Vec<f64> {
        assert_eq!(a.len(), self.inputs, "inputs of a layer, given and needed");
        let mut z = vec![0.0; self.outputs];
        for j in 0..self.outputs {
            for i in 0..self.inputs {
                z[j] += self.weight[j * self.inputs + i] * a[i];
            }
            z[j] += self.bias[j];
        }
        z
    }

    /// What each input is to blame for, `dE/da_i = sum_j W[j,i] delta_j`: the transposed matrix.
    ///
    /// # Panics
    /// If `delta` does not have `outputs` entries.
    pub fn carry_back(&self, delta: &[f64]) -> Vec<f64> {
        assert_eq!(
            delta.len(),
            self.outputs,
            "errors of a layer, given and needed"
        );
        let mut error = vec![0.0; self.inputs];
        for i in 0..self.inputs {
            for j in 0..self.outputs {
                error[i] += self.weight[j * self.inputs + i] * delta[j];
            }
        }
        error
    }

    pub(super) fn check(&self, place: &str) -> Result<()> {
        if self.inputs.checked_mul(self.outputs) != Some(self.weight.len()) {
            let what = format_args!("{place}weight [out, in]");
            check(what, &[self.outputs, self.inputs], &[self.weight.len()])?;
        }
        let what = format_args!("{place}bias");
        check(what, &[self.outputs], &[self.bias.len()])
    }
}
