//! # 34. The learning rate: too small, good, too large
//!
//! A straight line through four points, found by descent from `b = w = 0` at three rates. Too small
//! a rate gets there, some day. Too large a one steps across the valley and lands higher up on the
//! other side, each time. Where that begins the curvature says: with `c` the largest eigenvalue of
//! the Hessian, descent on a quadratic cost converges for rates below `2/c`, and for no other.
//!
//! The picture has the cost of each step on a logarithmic scale, a row for half a power of ten, and
//! nothing below 1e-4: `s` is the small rate, `g` the good one, `L` the large one.
//!
//! ```text
//! largest curvature 4.2026: rates below 0.4759 converge
//!
//!    rate    step 0        1       10       30       60
//! s 0.005    1.05e1   1.01e1   6.87e0   2.94e0  8.22e-1
//! g   0.4    1.05e1   4.87e0  4.87e-3  2.45e-7 1.22e-10
//! L   0.5    1.05e1   1.27e1   7.23e1   3.43e3   1.12e6
//!
//!  1e5 |                                             LLLLLLLLLLLLLLLL
//!      |                                       LLLLLL
//!  1e4 |                                 LLLLLL
//!      |                           LLLLLL
//!  1e3 |                     LLLLLL
//!      |               LLLLLL
//!  1e2 |         LLLLLL
//!      |   LLLLLL
//!  1e1 |LLLssssssssssss
//!      | gg            sssssssssssssssssssssssssss
//!  1e0 |   g                                      sssssssssssssssssss
//!      |    gg
//! 1e-1 |      g
//!      |       gg
//! 1e-2 |         g
//!      |          gg
//! 1e-3 |            g
//!      |             gg
//! 1e-4 |               gggggggggggggggggggggggggggggggggggggggggggggg
//!      0                            30                            60
//!
//!   rate   after 1000 steps
//! 0.4283   at the bottom
//! 0.4711   at the bottom
//! 0.4807   far away
//! 0.5235   far away
//! ```

use chainrule::prelude::*;

/// Points on y = 1 + 2 x.
const POINTS: [[f64; 2]; 4] = [[0.0, 1.0], [1.0, 3.0], [2.0, 5.0], [3.0, 7.0]];
const STEPS: usize = 60;
const RATES: [(char, f64); 3] = [('s', 0.005), ('g', 0.4), ('L', 0.5)];

/// The quadratic cost: half the mean of the squared errors.
fn cost<R: Real>(line: &[R]) -> R {
    let squares = POINTS.map(|[x, y]| (line[0] + line[1] * x - y).square());
    squares.into_iter().sum::<R>() / (2.0 * POINTS.len() as f64)
}

/// The cost at the start and after each step.
fn descent(rate: f64) -> Vec<f64> {
    let mut line = [0.0; 2];
    let mut costs = vec![cost(&line)];
    for _ in 0..STEPS {
        let slopes = gradient(cost, &line);
        for (parameter, slope) in line.iter_mut().zip(slopes) {
            *parameter -= rate * slope;
        }
        costs.push(cost(&line));
    }
    costs
}

fn main() {
    let h = hessian(cost, &[0.0, 0.0]);
    let half = ((h[0][0] - h[1][1]) / 2.0).hypot(h[0][1]);
    let largest = (h[0][0] + h[1][1]) / 2.0 + half;
    println!(
        "largest curvature {largest:.4}: rates below {:.4} converge\n",
        2.0 / largest
    );

    println!("   rate    step 0        1       10       30       60");
    let mut rows = [[' '; STEPS + 1]; 19];
    for (mark, rate) in RATES {
        let costs = descent(rate);
        let shown = [0, 1, 10, 30, 60].map(|step| format!("{:8.2e}", costs[step]));
        println!("{mark} {rate:5}  {}", shown.join(" "));
        assert_eq!(costs.is_sorted(), rate > 2.0 / largest, "it climbs");
        assert_eq!(
            costs.is_sorted_by(|a, b| a > b),
            rate < 2.0 / largest,
            "it falls"
        );
        for (step, cost) in costs.iter().enumerate() {
            let row = (2.0 * (5.0 - cost.log10())).round();
            rows[(row as usize).min(18)][step] = mark;
        }
    }
    println!();
    for (row, marks) in rows.iter().enumerate() {
        let exponent = 5.0 - row as f64 / 2.0;
        let label = if row.is_multiple_of(2) {
            format!("1e{exponent:.0}")
        } else {
            String::new()
        };
        println!("{label:>4} |{}", String::from_iter(marks).trim_end());
    }
    println!("     0{:>30}{:>30}", 30, 60);

    // Close to the bound, on both sides of it.
    println!("\n  rate   after 1000 steps");
    for share in [0.9, 0.99, 1.01, 1.1] {
        let rate = share * 2.0 / largest;
        let mut line = [0.0; 2];
        for _ in 0..1000 {
            let slopes = gradient(cost, &line);
            line = [line[0] - rate * slopes[0], line[1] - rate * slopes[1]];
        }
        let end = cost(&line);
        println!(
            "{rate:6.4}   {}",
            if end < 1e-6 {
                "at the bottom"
            } else {
                "far away"
            }
        );
        assert_eq!(end < 1e-6, share < 1.0);
    }
}
