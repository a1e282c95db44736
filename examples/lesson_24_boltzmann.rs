//! # 24. A Boltzmann machine learns a distribution
//!
//! Units of 0 and 1, any two of them linked, hidden ones too: the state `s` has the energy
//! `E(s) = -sum_(i<j) w_ij s_i s_j - sum_i b_i s_i`, and the probability `e^-E(s) / Z`. What is
//! seen of it, the visible units, has the probability of all hidden states together. With few units
//! all states can be listed, so that the likelihood is an ordinary expression, and the tape has its
//! gradient. It is the difference of two averages: how often two units are on together while the
//! data hold the visible ones, and how often while the machine runs freely,
//!
//! `dL/dw_ij = <s_i s_j>_data - <s_i s_j>_model`.
//!
//! The data: three units of which an odd number is on. Any two of them are independent, so that
//! links between visible units find nothing to learn. Hidden units do.
//!
//! ```text
//! hidden units: 0
//! step    0  D(data, model) = 0.709780
//! step 1000  D(data, model) = 0.693147
//! step 2000  D(data, model) = 0.693147
//! step 3000  D(data, model) = 0.693147
//! model [0.125 0.125 0.125 0.125 0.125 0.125 0.125 0.125]
//!
//! hidden units: 3
//! step    0  D(data, model) = 0.710715
//!   link      tape  <>data - <>model
//!    1-2  -0.05321  0.2500 - 0.3032
//!    2-3  -0.01427  0.2500 - 0.2643
//!    1-4  -0.03031  0.2413 - 0.2716
//!    3-4  -0.01632  0.1954 - 0.2117
//!    2-5  -0.01147  0.2547 - 0.2662
//!    4-5   0.00025  0.2256 - 0.2253
//!    3-6  -0.01975  0.2909 - 0.3106
//!    5-6  -0.00294  0.2353 - 0.2382
//! step 1000  D(data, model) = 0.055774
//! step 2000  D(data, model) = 0.020914
//! step 3000  D(data, model) = 0.012675
//! model [0.003 0.246 0.246 0.004 0.248 0.003 0.003 0.247]
//! ```

use chainrule::nn::{Init::Epsilon, seeded};
use chainrule::prelude::*;

const VISIBLE: usize = 3;

/// The truth: each of 001, 010, 100, 111 in a quarter of all cases.
const DATA: [f64; 8] = [0.0, 0.25, 0.25, 0.0, 0.25, 0.0, 0.0, 0.25];

fn main() {
    for (hidden, least) in [(0, 2f64.ln()), (3, 0.0)] {
        let units = VISIBLE + hidden;
        // A row for each state, visible units first: all hidden states of one visible state lie
        // together.
        let bit = |at: &[usize]| (at[0] >> (units - 1 - at[1]) & 1) as f64;
        let states = Array::from_fn(&[1 << units, units], bit);
        let mut weights = Epsilon(0.5).weights(&[units, units], units, units, &mut seeded(2));
        let mut biases = Array::zeros(&[units]);

        println!("hidden units: {hidden}");
        let tape = Tape::without_lines();
        for step in 0..=3000 {
            tape.reset();
            let s = tape.constant(&states);
            let (w, b) = (tape.tensor("w", &weights), tape.tensor("b", &biases));
            let minus_energy = (s.matmul(w.triu(1)) * s).sum_over(-1) + s.matmul(b);
            // Hidden states added up, then all made a distribution.
            let visible = minus_energy.reshape(&[8, -1]).logsumexp_over(-1);
            let log_p = visible.log_softmax(-1);
            let likelihood = (tape.constant(DATA) * log_p).sum();
            let gradient = likelihood.backward();

            let divergence = -likelihood.value() - 4f64.ln();
            let dw = gradient.array(w).expect("the links count");
            if step % 1000 == 0 {
                println!("step {step:4}  D(data, model) = {divergence:.6}");
                compare(
                    &states,
                    &minus_energy.to_vec(),
                    &dw,
                    step == 0 && hidden > 0,
                );
            }
            if step == 3000 {
                println!("model {:.3}\n", log_p.exp());
                assert!((divergence - least).abs() < 0.02);
            }
            for (array, slopes) in [(&mut weights, dw.as_slice()), (&mut biases, &gradient[b])] {
                let pairs = array.as_mut_slice().iter_mut().zip(slopes);
                pairs.for_each(|(number, slope)| *number += slope);
            }
        }
    }
}

/// Holds the tape's gradient against the two averages, counted over all states without a tape.
fn compare(states: &Array, minus_energy: &[f64], dw: &Array, print: bool) {
    let boltzmann: Vec<f64> = minus_energy.iter().map(|e| e.exp()).collect();
    let each = boltzmann.len() / 8;
    let seen: Vec<f64> = boltzmann
        .chunks(each)
        .map(|hidden| hidden.iter().sum())
        .collect();
    let z: f64 = seen.iter().sum();
    let units = states.shape()[1];
    if print {
        println!("  link      tape  <>data - <>model");
    }
    for (i, j) in (0..units).flat_map(|j| (0..j).map(move |i| (i, j))) {
        let (mut data, mut model) = (0.0, 0.0);
        for (n, s) in states.rows().enumerate() {
            data += DATA[n / each] * boltzmann[n] / seen[n / each] * s[i] * s[j];
            model += boltzmann[n] / z * s[i] * s[j];
        }
        let taped = dw[[i, j]];
        assert!((taped - (data - model)).abs() < 1e-14);
        if print && (i + 1 == j || i + 3 == j) {
            println!(
                "   {}-{}  {taped:8.5}  {data:.4} - {model:.4}",
                i + 1,
                j + 1
            );
        }
    }
}
