//! # 16. The perceptron and its rule
//!
//! A unit that fires, `yhat = 1`, where `w . x > 0`, and otherwise does not (`x` begins with a 1
//! for the bias). Rosenblatt's rule looks at one example at a time, `w += eta (y - yhat) x`, and
//! does nothing where the unit was right. If some line separates the two sides, the rule ends; if
//! none does, as with XOR, the weights come round to where they were, and go round for ever.
//!
//! Adaline (Widrow and Hoff) has almost the same rule, `w += eta (y - z) x`, with the linear sum
//! `z = w . x` itself in place of what fires. That is descent along the gradient of
//! `(y - z)^2 / 2`: it has something to say to every example, and comes to rest even on XOR, at
//! the best line there is, which says 1/2 to everything.
//!
//! ```text
//! perceptron, eta 1: b, w1, w2 after each epoch
//!  AND  [1, 1, 1] [0, 2, 1] [-1, 2, 1] [-1, 2, 2] [-2, 2, 1]  all right in epoch 6
//!   OR  [1, 0, 1] [1, 1, 1] [0, 1, 1]  all right in epoch 4
//!  NOT  [0, -1] [1, -1]  all right in epoch 3
//!  XOR  [0, -1, 0] [1, -1, 0] [1, -1, 0]  as after epoch 2: for ever
//!       [0, -1, 0], [1, -1, 1], [2, 0, 1], [1, -1, 0], and again
//!
//! Adaline, eta 0.25: the best line, and z for 00, 01, 10, 11
//!  AND  [-0.250,  0.500,  0.500]  z = [-0.250, 0.250, 0.250, 0.750]
//!   OR  [ 0.250,  0.500,  0.500]  z = [0.250, 0.750, 0.750, 1.250]
//!  XOR  [ 0.500,  0.000,  0.000]  z = [0.500, 0.500, 0.500, 0.500]
//! ```

use chainrule::prelude::*;

const PAIRS: [[f64; 3]; 4] = [
    [1.0, 0.0, 0.0],
    [1.0, 0.0, 1.0],
    [1.0, 1.0, 0.0],
    [1.0, 1.0, 1.0],
];
const AND: [f64; 4] = [0.0, 0.0, 0.0, 1.0];
const OR: [f64; 4] = [0.0, 1.0, 1.0, 1.0];
const XOR: [f64; 4] = [0.0, 1.0, 1.0, 0.0];

fn main() {
    println!("perceptron, eta 1: b, w1, w2 after each epoch");
    assert!(perceptron("AND", &PAIRS, &AND));
    assert!(perceptron("OR", &PAIRS, &OR));
    assert!(perceptron("NOT", &[[1.0, 0.0], [1.0, 1.0]], &[1.0, 0.0]));
    assert!(!perceptron("XOR", &PAIRS, &XOR));

    println!("\nAdaline, eta 0.25: the best line, and z for 00, 01, 10, 11");
    for (name, y) in [("AND", AND), ("OR", OR), ("XOR", XOR)] {
        let w = adaline(&y);
        let z = PAIRS.map(|x| dot(&w, &x));
        println!("{name:>4}  {w:6.3?}  z = {z:.3?}");
        // It fires above 1/2, half way between the two targets.
        let right = (0..4).all(|i| (z[i] > 0.5) == (y[i] > 0.5) && (z[i] - 0.5).abs() > 0.2);
        assert_eq!(right, name != "XOR");
    }
}

/// Runs the rule until an epoch is without a mistake, `true`, or ends where an earlier one did.
fn perceptron<const N: usize>(name: &str, x: &[[f64; N]], y: &[f64]) -> bool {
    print!("{name:>4} ");
    let mut w = [0.0; N];
    let mut seen = vec![w];
    loop {
        let epoch = seen.len();
        let mut round = Vec::new();
        let mut mistakes = 0;
        for (x, y) in x.iter().zip(y) {
            let yhat = f64::from(dot(&w, x) > 0.0);
            mistakes += usize::from(yhat != *y);
            for (w, x) in w.iter_mut().zip(x) {
                *w += (y - yhat) * x;
            }
            round.push(format!("{w:.0?}"));
        }
        if mistakes == 0 {
            println!("  all right in epoch {epoch}");
            return true;
        }
        print!(" {w:.0?}");
        if let Some(earlier) = seen.iter().position(|before| *before == w) {
            println!("  as after epoch {earlier}: for ever");
            println!("      {}, and again", round.join(", "));
            return false;
        }
        seen.push(w);
    }
}

/// Runs Adaline's rule over all examples, 100 times; each correction is a step down a gradient.
fn adaline(y: &[f64; 4]) -> [f64; 3] {
    let mut w = [0.0; 3];
    for _ in 0..100 {
        let cost = |w: &[Var]| {
            let squares = (0..4).map(|i| (y[i] - dot(w, &PAIRS[i].map(Var::from))).square() / 2.0);
            squares.sum::<Var>()
        };
        let slope = gradient(cost, &w);
        let rule: [f64; 3] = std::array::from_fn(|j| {
            (0..4)
                .map(|i| (y[i] - dot(&w, &PAIRS[i])) * PAIRS[i][j])
                .sum()
        });
        for j in 0..3 {
            assert!(
                (rule[j] + slope[j]).abs() < 1e-14,
                "the rule is minus the gradient"
            );
            w[j] += 0.25 * rule[j];
        }
    }
    w
}
