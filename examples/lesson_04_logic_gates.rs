//! # 4. Logic gates
//!
//! One sigmoid unit draws one line: AND, OR and NOT are single units with fixed weights. No line
//! separates the two sides of XOR, so XOR needs a layer in between: OR and not AND.
//!
//! ```text
//! x1 x2      AND       OR      NOR     XNOR      XOR
//!  0  0  0.00000  0.00005  0.99995  0.99995  0.00005
//!  0  1  0.00005  0.99995  0.00005  0.00005  0.99995
//!  1  0  0.00005  0.99995  0.00005  0.00005  0.99995
//!  1  1  0.99995  1.00000  0.00000  0.99995  0.00005
//!
//! NOT 0 = 0.99995
//! NOT 1 = 0.00005
//! ```

use chainrule::nn::scalar::{Neuron, gates};
use chainrule::prelude::*;

fn main() {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    println!("x1 x2      AND       OR      NOR     XNOR      XOR");
    for x in inputs {
        let unit = |gate: Neuron| gate.weigh(&x).sigmoid();
        let row = [
            unit(gates::and()),
            unit(gates::or()),
            unit(gates::nor()),
            gates::xnor().predict(&x)[0],
            gates::xor().predict(&x)[0],
        ];
        println!(
            " {}  {} {}",
            x[0],
            x[1],
            row.map(|a| format!("{a:8.5}")).join(" ")
        );
    }
    println!();
    for x in [0.0, 1.0] {
        println!("NOT {x} = {:.5}", gates::not().weigh(&[x]).sigmoid());
    }
}
