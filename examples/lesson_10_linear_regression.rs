//! # 10. Linear regression, downhill and in one step
//!
//! A straight line through measurements, found twice: by descent along the gradient of the cost,
//! and by the textbook's formula for the line at which that gradient vanishes. The formula is
//! recorded like anything else, so it too has a gradient: how much the slope would rise if a
//! measurement did.
//!
//! ```text
//!  step  intercept     slope         cost
//!     0   0.000000  0.000000  10.28333333
//!     1   0.423333  1.751667   3.76106829
//!    10   0.378865  1.062423   0.10956494
//!   100   0.876485  0.953008   0.07437716
//!  1000   0.993333  0.925714   0.07306349
//! exact   0.993333  0.925714
//!
//! a mark's pull on the slope: [-0.143 -0.086 -0.029  0.029  0.086  0.143]
//! ```

use chainrule::prelude::*;

const HOURS: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
const MARKS: [f64; 6] = [1.8, 3.1, 3.3, 4.9, 6.2, 6.1];

fn main() {
    // Downhill: a row for each measurement, (1, hours), so that both parameters are one vector.
    let rows = Array::from(HOURS.map(|hours| [1.0, hours]));
    let mut theta = Array::zeros(&[2]);
    let tape = Tape::new();
    println!(" step  intercept     slope         cost");
    for step in 0..=1000 {
        tape.reset();
        let line = tape.tensor("theta", &theta);
        let error = tape.constant(&rows).matmul(line) - tape.constant(MARKS);
        let cost = (error.square().mean() / 2.0).named("cost");
        if [0, 1, 10, 100, 1000].contains(&step) {
            let [intercept, slope] = [line.at([0]), line.at([1])];
            println!("{step:5} {intercept:10.6} {slope:9.6} {cost:12.8}");
        }
        let gradient = cost.backward();
        for (parameter, slope) in theta.as_mut_slice().iter_mut().zip(&gradient[line]) {
            *parameter -= 0.1 * slope;
        }
    }

    // In one step: the covariance over the variance.
    tape.reset();
    let (x, y) = (tape.constant(HOURS), tape.tensor("marks", MARKS));
    let aside = x - x.mean();
    let slope = (aside * y).sum() / aside.square().sum();
    let intercept = y.mean() - slope * x.mean();
    println!("exact {intercept:10.6} {slope:9.6}");

    let pull = slope
        .backward()
        .array(y)
        .expect("the slope depends on the marks");
    println!("\na mark's pull on the slope: {pull:.3}");
}
