//! # 40. Four stories a ledger can tell
//!
//! A loss that is NaN, a unit that does not learn, a deep network whose gradient comes by a
//! thousand paths, and a formula that is right and yet has no digits: four questions that a ledger
//! answers. Who made the first NaN? Which side of a corner was taken? By which paths does the
//! gradient come? How many digits are left?
//!
//! ```text
//! 1. A NaN
//! forward: v3 = exp(z1) is inf    examples/lesson_40_stories.rs:87
//!     at z1 = 800
//!     an exponential above the largest double, 1.8e308
//!     cure: work with the exponent, as logsumexp, softplus and log_softmax do, or clamp it
//!     it spoils loss = NaN
//!     also, on their own: v5 = exp(z1)
//! backward: v7 hands p the term -1 * NaN = NaN    examples/lesson_40_stories.rs:89
//!     dv7/dp = 1 / p = NaN
//!     at p = NaN
//!     an operand is NaN or infinite already
//!     cure: mend the forward pass first
//! hidden: p hands v5 the term NaN * 0, which counts as 0    examples/lesson_40_stories.rs:88
//! hidden: v5 hands z1 the term 0 * inf, which counts as 0    examples/lesson_40_stories.rs:88
//!     right where that way is not taken; where both factors matter a derivative is lost
//! cured: loss = 0
//! forward: every value is finite
//! backward: every term is made finite from what is finite
//!
//! 2. A kink
//! dloss/dw = 0
//! h = relu(z), at a kink: z = 0    examples/lesson_40_stories.rs:101
//!     dh/dz: below 0, taken 0, above 1
//!
//! 3. Paths
//! dy4/dx = 2.302, the sum over 16 paths; their sizes add up to 2.302
//!  43.4 %  along x, y1, y2, y3, y4: dy4/dy3 * dy3/dy2 * dy2/dy1 * dy1/dx = 1.000 * 1.000 * 1.000 * 1.000 = 1.000
//!  15.5 %  along x, y1, y2, y3, v10, h4, y4: dy4/dh4 * dh4/dv10 * dv10/dy3 * dy3/dy2 * dy2/dy1 * dy1/dx = 1.000 * 0.892 * 0.400 * 1.000 * 1.000 * 1.000 = 0.357
//!  12.5 %  along x, y1, y2, v7, h3, y3, y4: dy4/dy3 * dy3/dh3 * dh3/dv7 * dv7/dy2 * dy2/dy1 * dy1/dx = 1.000 * 1.000 * 0.962 * 0.300 * 1.000 * 1.000 = 0.289
//!   8.6 %  along x, y1, v4, h2, y2, y3, y4: dy4/dy3 * dy3/dy2 * dy2/dh2 * dh2/dv4 * dv4/dy1 * dy1/dx = 1.000 * 1.000 * 1.000 * 0.988 * 0.200 * 1.000 = 0.198
//! 4 of 16 paths bring 80 %
//!
//! 4. Digits
//! decimal digits that survive rounding, of 15.9; inputs and literals count as exact
//!                                  value  digits                adjoint  digits
//!     f = d / v3      0.5000000413701854     5.3                      1   exact
//!     v3 = x^2    1.0000000000000002e-10    15.9     -5000000413.701853     5.3
//!     d = 1 - c    5.000000413701855e-11     5.3      9999999999.999998    15.9
//!     c = cos(x)           0.99999999995    15.6     -9999999999.999998    15.9
//!     x = input                     1e-5   exact  -0.008275703759863973     0.0
//! cancellation: the adjoint of x, a sum of terms, loses 7.3 digits: 7.3 before, 0.0 after
//! cancellation: d = 1 - c loses 10.3 digits: 15.6 before, 5.3 after
//!
//! the same as 2 (sin(x/2) / x)^2: 0.4999999999958332, 15.3 digits; its derivative by x 4.0
//!
//! 5. Digits of arrays
//! decimal digits that survive rounding, of 15.9; inputs and literals count as exact
//! of arrays: the worst element, of 7.2 digits in f32; lost are those with fewer than 3
//!                                  value                         digits             adjoint            digits
//!     v8 = sum(v [2])            3.18056                            1.6                   1             exact
//!     v = squares - v6      1.625 at [1]  1.3 (median 6.7), 1 of 2 lost            1 at [0]             exact
//!     v6 = v5^2           5.44444 at [0]                            7.2           -1 at [0]             exact
//!     v5 = v4 / 3         2.33333 at [0]                            7.2     -4.66667 at [0]               7.2
//!     v4 = sum(x [2,3])         7 at [0]                          exact     -1.55556 at [0]               7.2
//!     squares = v2 / 3    1004674 at [1]                            7.2            1 at [0]             exact
//!     v2 = sum(v1 [2,3])       21 at [0]                          exact     0.333333 at [0]               7.2
//!     v1 = x^2                1 at [0,0]                          exact   0.333333 at [0,0]               7.2
//!     x = input               1 at [0,0]                          exact  -0.888855 at [1,0]  4.4 (median 7.2)
//! cancellation: v = squares - v6 loses 5.8 digits in [1]: 7.2 before, 1.3 after
//!
//! the worst of variance_over has 7.2 digits
//! ```

use chainrule::prelude::*;

fn main() {
    nan();
    kink();
    paths();
    digits();
    digits_of_arrays();
}

/// The cross-entropy of two logits, as one would write it, and as it should be written.
fn nan() {
    println!("1. A NaN");
    let tape = Tape::new();
    let (z0, z1) = (tape.var("z0", 2.0), tape.var("z1", 800.0));
    let total = (z0.exp() + z1.exp()).named("total");
    let p = (z1.exp() / total).named("p");
    let loss = (-p.ln()).named("loss");
    print!("{}", loss.explain().blame());

    let cured = Var::logsumexp(&[z0, z1]) - z1;
    println!("cured: loss = {cured}\n{}", cured.explain().blame());
}

/// A unit that starts with nothing.
fn kink() {
    println!("2. A kink");
    let tape = Tape::new();
    let (w, b) = (tape.var("w", 0.0), tape.var("b", 0.0));
    let h = (w * 3.0 + b).named("z").relu().named("h");
    let loss = (h - 1.0).square().named("loss");
    let explanation = loss.explain();
    println!("dloss/dw = {}", loss.backward()[w]);
    println!("{}", explanation.kinks(1e-6));
}

/// Four residual layers: each lets its input pass, and adds a little.
fn paths() {
    println!("3. Paths");
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.5);
    let mut y = x;
    for layer in 1..=4 {
        let weight = 0.1 * f64::from(layer);
        let added = (y * weight).tanh().named(format!("h{layer}"));
        y = (y + added).named(format!("y{layer}"));
    }
    let paths = y.explain().digits(3).paths(x, y, 4);
    let paths = paths.expect("numbers all the way");
    print!("{paths}");
    let share: f64 = paths.heaviest.iter().map(|path| path.share).sum();
    println!("4 of {} paths bring {:.0} %\n", paths.count, 100.0 * share);
}

/// `(1 - cos x) / x^2`, which is nearly 1/2.
fn digits() {
    println!("4. Digits");
    let tape = Tape::without_lines();
    let x = tape.var("x", 1e-5);
    let c = x.cos().named("c");
    let d = (1.0 - c).named("d");
    let f = (d / x.square()).named("f");
    println!("{}", f.explain().exact().precision());

    let s = ((x / 2.0).sin() / x).named("s");
    let same = (2.0 * s.square()).named("same");
    let precision = same.explain().precision();
    let last = precision.nodes.last().expect("a node");
    println!(
        "the same as 2 (sin(x/2) / x)^2: {}, {:.1} digits; its derivative by x {:.1}",
        last.value.number,
        last.value.count(),
        precision.nodes[0]
            .adjoint
            .as_ref()
            .expect("x is used")
            .count()
    );
}

/// The variance of each row, in single precision, by a formula that has no digits far from 0.
fn digits_of_arrays() {
    println!("\n5. Digits of arrays");
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [[1.0f32, 2.0, 4.0], [1001.0, 1002.0, 1004.0]]);
    let squares = x.square().mean_over(1).named("squares");
    let v = (squares - x.mean_over(1).square()).named("v");
    println!("{}", v.sum().explain().precision());
    let precision = x.variance_over(1, 0.0).sum().explain().precision();
    let v = &precision.nodes[precision.nodes.len() - 2].value;
    println!("the worst of variance_over has {:.1} digits", v.count());
}
