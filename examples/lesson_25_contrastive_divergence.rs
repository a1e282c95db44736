//! # 25. A restricted Boltzmann machine, and contrastive divergence
//!
//! Visible units linked to hidden ones, and to nothing else. Then the hidden units can be summed
//! out: `p(v) = e^-F(v) / Z`, with the free energy
//! `F(v) = -a . v - sum_j softplus(b_j + (v W)_j)`. Descent on `F(data) + ln Z` needs `Z`, a sum
//! over all states. Contrastive divergence does without: from the data, the two sides draw each
//! other for `k` rounds, and the descent is on `F(data) - F(drawn)`. What was drawn is data, too:
//! no derivative flows through it.
//!
//! The bars and stripes of a 3 x 3 picture are so small a world that `Z` can be had, and the two
//! gradients compared. `k = 1` learns; but once little is left to learn it points well off the
//! exact gradient. The bias falls as `k` grows.
//!
//! ```text
//!  step  D(data, model)
//!     0          3.6057
//!   400          3.0100
//!   800          1.4503
//!  1200          0.8551
//!       CD-1   76.7 degrees off the gradient, bias 0.980 of its length
//!       CD-2   44.0 degrees off the gradient, bias 0.880 of its length
//!       CD-4   20.3 degrees off the gradient, bias 0.680 of its length
//!       CD-8    9.3 degrees off the gradient, bias 0.404 of its length
//!       CD-16   4.1 degrees off the gradient, bias 0.155 of its length
//!  1600          0.6255
//!  2000          0.5844
//!  2400          0.4731
//! ```

use chainrule::nn::{Init, seeded};
use chainrule::prelude::*;

const SIDE: usize = 3;
const VISIBLE: usize = SIDE * SIDE;
const HIDDEN: usize = 8;

/// a, b, W.
type Machine = [Array; 3];

/// The free energy of each row.
fn free_energy([a, b, w]: [Tensor; 3], v: Tensor) -> Tensor {
    -v.matmul(a) - (v.matmul(w) + b).softplus().sum_over(-1)
}

/// `ln Z`, over all states.
fn ln_z(tape: &Tape, machine: [Tensor; 3]) -> Var {
    (-free_energy(machine, tape.constant(states(VISIBLE)))).logsumexp()
}

/// One round: the visible units draw the hidden ones, and these the visible.
fn drawn(machine: &Machine, v: &Array, chance: &mut impl FnMut() -> f64) -> Array {
    let tape = Tape::without_lines();
    let [a, b, w] = machine.each_ref().map(|array| tape.constant(array));
    let mut draw = |p: Tensor| p.to_array().map(|p| f64::from(p > chance()));
    let h = draw((tape.constant(v).matmul(w) + b).sigmoid());
    draw((tape.constant(h).matmul(w.t()) + a).sigmoid())
}

/// `mean F(data)` and something more; its gradient, all parameters in one row.
fn descent(machine: &Machine, more: impl Fn(&Tape, [Tensor; 3]) -> Var) -> (f64, Vec<f64>) {
    let tape = Tape::without_lines();
    let machine = machine.each_ref();
    let machine = machine.map(|array| tape.tensor_of(array.shape(), array.as_slice()));
    let data = free_energy(machine, tape.constant(bars_and_stripes()));
    let loss = data.mean() + more(&tape, machine);
    let gradient = loss.backward();
    let slopes = machine.iter().flat_map(|&p| gradient[p].to_vec());
    (loss.value(), slopes.collect())
}

fn main() {
    let mut rng = seeded(4);
    let mut machine = [
        Array::zeros(&[VISIBLE]),
        Array::zeros(&[HIDDEN]),
        Init::Epsilon(0.1).weights(&[VISIBLE, HIDDEN], VISIBLE, HIDDEN, &mut rng),
    ];
    let mut chance = move || Init::Unit.bias(1, &mut rng);
    // Ten chains start at each picture.
    let data = bars_and_stripes();
    let starts = Array::from_rows(&(0..10).flat_map(|_| data.rows()).collect::<Vec<_>>());

    println!(" step  D(data, model)");
    for step in 0..=2400 {
        if step % 400 == 0 {
            let divergence = descent(&machine, ln_z).0 - 14f64.ln();
            println!("{step:5} {divergence:15.4}");
            assert!(step < 2400 || divergence < 0.6);
        }
        if step == 1200 {
            compare(&machine);
        }
        let drawn = drawn(&machine, &starts, &mut chance);
        let (_, slopes) = descent(&machine, |tape, machine| {
            -free_energy(machine, tape.constant(&drawn)).mean()
        });
        let numbers = machine.iter_mut().flat_map(Array::as_mut_slice);
        numbers
            .zip(slopes)
            .for_each(|(number, slope)| *number -= 0.2 * slope);
    }
}

/// Contrastive divergence beside the exact gradient, as `k` grows: what it is on average over all
/// that could be drawn. With every state in a list, half a round is a product with a matrix.
fn compare(machine: &Machine) {
    let tape = Tape::without_lines();
    let [a, b, w] = machine.each_ref().map(|array| tape.constant(array));
    let [v, h] = [VISIBLE, HIDDEN].map(|units| tape.constant(states(units)));
    let hidden_given = |v: Tensor| conditional(v.matmul(w) + b, h);
    let visible_given_hidden = conditional(h.matmul(w.t()) + a, v);
    let mut hidden = hidden_given(tape.constant(bars_and_stripes())).mean_over(0);

    let length = |g: &[f64]| dot(g, g).sqrt();
    let (_, exact) = descent(machine, ln_z);
    let mut last = f64::INFINITY;
    for k in 1..=16_u32 {
        let p = hidden.matmul(visible_given_hidden);
        hidden = p.matmul(hidden_given(v));
        if k.is_power_of_two() {
            let (_, average) = descent(machine, |tape, machine| {
                let all = free_energy(machine, tape.constant(states(VISIBLE)));
                -(tape.constant(p.to_array()) * all).sum()
            });
            let cosine = dot(&average, &exact) / length(&average) / length(&exact);
            let angle = cosine.acos().to_degrees();
            let bias: Vec<f64> = average.iter().zip(&exact).map(|(k, e)| k - e).collect();
            let bias = length(&bias) / length(&exact);
            println!(
                "      CD-{k:<2} {angle:5.1} degrees off the gradient, bias {bias:.3} of its length"
            );
            assert!(bias < last, "longer chains have less bias");
            last = bias;
        }
    }
}

/// The probability of each state, given the sums that its units read.
fn conditional(sums: Tensor, states: Tensor) -> Tensor {
    (sums.matmul(states.t()) - sums.softplus().sum_over(axes(-1).keep())).exp()
}

/// Every state of so many units, a row each.
fn states(units: usize) -> Array {
    Array::from_fn(&[1 << units, units], |at| (at[0] >> at[1] & 1) as f64)
}

/// The pictures in which all rows are alike, or all columns.
fn bars_and_stripes() -> Array {
    let all = states(VISIBLE);
    let alike = |v: &&[f64], of: fn(usize) -> usize| (0..VISIBLE).all(|i| v[i] == v[of(i)]);
    let found = |v: &&[f64]| alike(v, |i| i % SIDE) || alike(v, |i| i - i % SIDE);
    Array::from_rows(&all.rows().filter(found).collect::<Vec<_>>())
}
