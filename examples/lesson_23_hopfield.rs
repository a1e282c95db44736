//! # 23. A Hopfield network remembers
//!
//! Units of +1 and -1, each joined to each. Hebb's rule stores patterns: the weight between two
//! units counts in how many patterns they agree, less in how many they differ, so that weights are
//! symmetric, and no unit is joined to itself. A state has an energy, `E(s) = -1/2 s^T W s`, whose
//! gradient is `-W s`; the network's update, `s_i = sign(sum_j w_ij s_j)` for one unit after the
//! other, is minus the gradient's sign. So the energy never rises, and the state runs downhill into
//! the stored pattern that lies nearest: the network recalls it.
//!
//! ```text
//! stored     shown      recalled
//! ##.....    .#.....    ##.....
//! ##.....    ##...#.    ##.....
//! ##.....    ##..#.#    ##.....
//! ##.....    ##...#.    ##.....
//! ##.....    .#.....    ##.....
//! #######    ####.#.    #######
//! #######    .##.#.#    #######
//! energy -316 -> -1132
//!
//! stored     shown      recalled
//! ##...##    ##.###.    ##...##
//! ##...##    ##.#...    ##...##
//! #######    #######    #######
//! #######    #.####.    #######
//! #######    #.#####    #######
//! ##...##    ##...#.    ##...##
//! ##...##    #....##    ##...##
//! energy -316 -> -1128
//!
//! stored     shown      recalled
//! #######    ###.#.#    #######
//! #######    ..#..##    #######
//! ...###.    ....#..    ...###.
//! ..###..    ..###..    ..###..
//! .###...    .###.#.    .###...
//! #######    #####.#    #######
//! #######    ...###.    #######
//! energy -172 -> -1132
//! ```

use chainrule::nn::{Init::Unit, seeded};
use chainrule::prelude::*;

const SIDE: usize = 7;
const UNITS: usize = SIDE * SIDE;

const LETTERS: [&str; 3] = [
    "\
     ##.....\
     ##.....\
     ##.....\
     ##.....\
     ##.....\
     #######\
     #######",
    "\
     ##...##\
     ##...##\
     #######\
     #######\
     #######\
     ##...##\
     ##...##",
    "\
     #######\
     #######\
     ...###.\
     ..###..\
     .###...\
     #######\
     #######",
];

fn main() {
    let patterns = LETTERS.map(|dots| -> Vec<f64> {
        let sign = |dot| if dot == b'#' { 1.0 } else { -1.0 };
        dots.bytes().map(sign).collect()
    });
    let weights = Array::from_fn(&[UNITS, UNITS], |at| match at[0] == at[1] {
        true => 0.0,
        false => patterns.iter().map(|s| s[at[0]] * s[at[1]]).sum(),
    });

    let mut rng = seeded(5);
    let mut chance = move || Unit.bias(1, &mut rng);
    for pattern in &patterns {
        // A quarter of the units, drawn by lot, are turned over.
        let flip = |s: &f64| if chance() < 0.25 { -s } else { *s };
        let seen: Vec<f64> = pattern.iter().map(flip).collect();
        let (recalled, energies) = settle(&weights, seen.clone());
        draw(&[pattern, &seen, &recalled]);
        let energies: Vec<String> = energies.iter().map(f64::to_string).collect();
        println!("energy {}\n", energies.join(" -> "));
        assert_eq!(&recalled, pattern);
    }
}

/// Updates one unit after the other until a round changes nothing; answers the state, and the
/// energy after each round.
fn settle(weights: &Array, mut state: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    let (mut energy, _) = energy_and_gradient(weights, &state);
    let mut energies = vec![energy];
    loop {
        let before = state.clone();
        for i in 0..UNITS {
            let (_, gradient) = energy_and_gradient(weights, &state);
            let field: f64 = (0..UNITS).map(|j| weights[[i, j]] * state[j]).sum();
            assert_eq!(gradient[i], -field, "the update goes against the gradient");
            if gradient[i] != 0.0 {
                state[i] = -gradient[i].signum();
            }
            let (next, _) = energy_and_gradient(weights, &state);
            assert!(next <= energy, "the energy never rises");
            energy = next;
        }
        if state == before {
            return (state, energies);
        }
        energies.push(energy);
    }
}

/// `-1/2 s^T W s` on the tape, and its gradient in `s`.
fn energy_and_gradient(weights: &Array, state: &[f64]) -> (f64, Vec<f64>) {
    let tape = Tape::without_lines();
    let (w, s) = (tape.constant(weights), tape.tensor("s", state));
    let energy = -0.5 * (s * w.matmul(s)).sum();
    (energy.value(), energy.backward()[s].to_vec())
}

/// Draws the stored pattern, what the network was shown, and what it made of it.
fn draw(states: &[&Vec<f64>; 3]) {
    println!("stored     shown      recalled");
    for row in 0..SIDE {
        let line = states.map(|state| -> String {
            let units = &state[row * SIDE..(row + 1) * SIDE];
            units
                .iter()
                .map(|&s| if s > 0.0 { '#' } else { '.' })
                .collect()
        });
        println!("{}", line.join("    "));
    }
}
