//! # 24. A Boltzmann machine learns a distribution
//!
//! Units of 0 and 1, any two of them linked: the state `s` has the energy
//! `E(s) = -sum_(i<j) w_ij s_i s_j - sum_i b_i s_i`, and the probability `e^-E(s) / Z`. Some units
//! are seen, the others hidden: what is seen has the probability of all hidden states together.
//! With few units all states can be listed, so the likelihood is an ordinary expression, and its
//! gradient comes from the tape. It is the difference of two averages: how often two units are on
//! together while the data hold the visible ones, and how often when the machine runs freely,
//!
//! `dL/dw_ij = <s_i s_j>_data - <s_i s_j>_model`.
//!
//! The data: three units of which an odd number is on. Any two of them are independent, so that
//! links between visible units find nothing to learn; hidden units do.
//!
//! ```text
//! D(data, model) in nats
//!  step  hidden: none       three
//!     0      0.709780    0.710715
//!   500      0.693147    0.211042
//!  1000      0.693147    0.055774
//!  1500      0.693147    0.030655
//!  2000      0.693147    0.020914
//!  2500      0.693147    0.015804
//!  3000      0.693147    0.012675
//!
//! visible   data  model
//!     000  0.000  0.003
//!     001  0.250  0.247
//!     010  0.250  0.247
//!     011  0.000  0.004
//!     100  0.250  0.248
//!     101  0.000  0.003
//!     110  0.000  0.003
//!     111  0.250  0.247
//! ```

use chainrule::nn::{Init::Epsilon, seeded};
use chainrule::prelude::*;

const VISIBLE: usize = 3;

/// The truth: each of 001, 010, 100, 111 in a quarter of all cases.
const DATA: [f64; 8] = [0.0, 0.25, 0.25, 0.0, 0.25, 0.0, 0.0, 0.25];

fn main() {
    println!("D(data, model) in nats");
    println!(" step  hidden: none       three");
    let mut machines = [0, 3].map(Machine::new);
    for step in 0..=3000 {
        let learned = machines.each_mut().map(|machine| machine.learn());
        if step % 500 == 0 {
            println!("{step:5} {:13.6} {:11.6}", learned[0], learned[1]);
        }
        if step == 3000 {
            assert!((learned[0] - 2f64.ln()).abs() < 1e-3, "pairs say nothing");
            assert!(learned[1] < 0.02);
        }
    }
    println!("\nvisible   data  model");
    for (v, p) in machines[1].distribution().iter().enumerate() {
        println!("    {v:03b}  {:.3}  {p:.3}", DATA[v]);
    }
}

struct Machine {
    /// All states, a row each: visible units first, hidden states of one visible state together.
    states: Array,
    /// Only what is above the diagonal counts.
    weights: Array,
    biases: Array,
}

impl Machine {
    fn new(hidden: usize) -> Machine {
        let units = VISIBLE + hidden;
        let bit = |at: &[usize]| (at[0] >> (units - 1 - at[1]) & 1) as f64;
        let mut rng = seeded(2);
        Machine {
            states: Array::from_fn(&[1 << units, units], bit),
            weights: Epsilon(0.5).weights(&[units, units], units, units, &mut rng),
            biases: Array::zeros(&[units]),
        }
    }

    /// One step up the gradient of the log-likelihood; answers the divergence before it.
    fn learn(&mut self) -> f64 {
        let tape = Tape::without_lines();
        let (w, b) = (
            tape.tensor("w", &self.weights),
            tape.tensor("b", &self.biases),
        );
        let minus_energy = self.minus_energy(&tape, w, b);
        let likelihood = (tape.constant(DATA) * log_visible(minus_energy)).sum();
        let gradient = likelihood.backward();

        let (dw, db) = (gradient.array(w).unwrap(), gradient.array(b).unwrap());
        self.check(&minus_energy.to_vec(), &dw);
        for (parameter, slopes) in [(&mut self.weights, dw), (&mut self.biases, db)] {
            for (parameter, slope) in parameter.as_mut_slice().iter_mut().zip(&slopes) {
                *parameter += slope;
            }
        }
        let entropy = 4f64.ln();
        -likelihood.value() - entropy
    }

    /// `-E(s)` of every state.
    fn minus_energy(&self, tape: &Tape, w: Tensor, b: Tensor) -> Tensor {
        let s = tape.constant(&self.states);
        (s.matmul(w.triu(1)) * s).sum_over(-1) + s.matmul(b)
    }

    /// The distribution of the visible units.
    fn distribution(&self) -> Vec<f64> {
        let tape = Tape::without_lines();
        let [w, b] = [&self.weights, &self.biases].map(|array| tape.constant(array));
        log_visible(self.minus_energy(&tape, w, b)).exp().to_vec()
    }

    /// The textbook's two averages, counted over all states without a tape.
    fn check(&self, minus_energy: &[f64], dw: &Array) {
        let boltzmann: Vec<f64> = minus_energy.iter().map(|e| e.exp()).collect();
        let z: f64 = boltzmann.iter().sum();
        let each = boltzmann.len() / DATA.len();
        let units = self.biases.len();
        let mut difference = Array::zeros(&[units, units]);
        for (n, (s, weight)) in self.states.rows().zip(&boltzmann).enumerate() {
            let together: f64 = boltzmann.chunks(each).nth(n / each).unwrap().iter().sum();
            let data = DATA[n / each] * weight / together;
            let model = weight / z;
            for i in 0..units {
                for j in i + 1..units {
                    difference[[i, j]] += (data - model) * s[i] * s[j];
                }
            }
        }
        let apart = dw.iter().zip(&difference).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f64::max) < 1e-12);
    }
}

/// `ln p(v)` for every visible state: hidden states summed up, then all made a distribution.
fn log_visible(minus_energy: Tensor) -> Tensor {
    let rows = minus_energy.reshape(&[DATA.len() as i64, -1]);
    rows.logsumexp_over(-1).log_softmax(-1)
}
