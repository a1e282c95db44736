//! # 9. XOR, trained
//!
//! A small network from a random start, its loss recorded on the tape and swept backward at every
//! step; then the witness: the adjoints that the tape found, beside the errors that the delta
//! rule's formulas give, worked out by hand and without a tape.
//!
//! ```text
//! step    0  loss 0.165506
//! step  200  loss 0.009256
//! step  400  loss 0.002005
//! step  600  loss 0.001071
//! step  800  loss 0.000722
//! step 1000  loss 0.000541
//! 0 xor 0 = 0.029
//! 0 xor 1 = 0.963
//! 1 xor 0 = 0.962
//! 1 xor 1 = 0.026
//!
//! The tape and the delta rule, cost sum_of_squares, 1 example
//!
//! layer 2             delta rule   adjoint of             tape  difference
//! delta[2][1]      -0.1416655064   z[2][1]       -0.1416655064           0
//! dE/dw[2][1,1]     0.0381172261   w[2][1,1]      0.0381172261           0
//! dE/dw[2][1,2]    -0.0241580598   w[2][1,2]     -0.0241580598           0
//! dE/db[2][1]      -0.1416655064   b[2][1]       -0.1416655064           0
//!
//! layer 1             delta rule   adjoint of             tape  difference
//! delta[1][1]      -0.0918000082   z[1][1]       -0.0918000082           0
//! delta[1][2]       0.0372847978   z[1][2]        0.0372847978           0
//! dE/dw[1][1,1]     0.0000000000   w[1][1,1]      0.0000000000           0
//! dE/dw[1][1,2]    -0.0918000082   w[1][1,2]     -0.0918000082           0
//! dE/dw[1][2,1]     0.0000000000   w[1][2,1]      0.0000000000           0
//! dE/dw[1][2,2]     0.0372847978   w[1][2,2]      0.0372847978           0
//! dE/db[1][1]      -0.0918000082   b[1][1]       -0.0918000082           0
//! dE/db[1][2]       0.0372847978   b[1][2]        0.0372847978           0
//!
//! inputs              delta rule   adjoint of             tape  difference
//! dE/dx[1]          0.0685080023   x[1]           0.0685080023           0
//! dE/dx[2]         -0.0479922426   x[2]          -0.0479922426           0
//!
//! largest difference, relative to the largest number of its layer: 0
//! ```

use chainrule::nn::Activation::{Sigmoid, Tanh};
use chainrule::nn::scalar::{Mlp, loss, witness};
use chainrule::nn::{Cost, Init, Sgd, delta::DeltaError, seeded};
use chainrule::prelude::*;

fn main() -> Result<(), DeltaError> {
    let x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let y = [[0.0], [1.0], [1.0], [0.0]];
    let mut net = Mlp::random(2, &[(2, Tanh), (1, Sigmoid)], Init::Signed, &mut seeded(7));
    let untrained = net.clone();

    let mut sgd = Sgd::new(1.0).momentum(0.5);
    let tape = Tape::without_lines();
    for step in 0..=1000 {
        tape.reset();
        let recorded = net.record(&tape);
        let loss = loss::quadratic(recorded.forward(&x).outputs(), &y);
        if step % 200 == 0 {
            println!("step {step:4}  loss {loss:.6}");
        }
        let gradient = loss.backward().of(&recorded.parameters());
        sgd.step_list(net.parameters_mut(), &gradient);
    }
    for x in x {
        println!("{} xor {} = {:.3}", x[0], x[1], net.predict(&x)[0]);
    }

    println!();
    print!(
        "{}",
        witness(&untrained, &x[1..2], &y[1..2], Cost::SumOfSquares)?
    );
    Ok(())
}
