//! # 5. A neuron
//!
//! The same circuit as in lesson 3, now as a neuron with weights and a bias: its parameters carry
//! the lecture's names, and the ledger of a weight shows the chain from the loss down to it.
//!
//! ```text
//! a = 0.731059, loss = 0.045318
//!
//! error = a - 0.43 = 0.301059                 examples/lesson_05_neuron.rs:40
//!     from v9: 0.5 * 0.602117 = 0.301059    dv9/derror = 2 * error = 0.602117
//!     adjoint 0.301059
//!
//! a = sigmoid(z) = 0.731059                   examples/lesson_05_neuron.rs:39
//!     from error: 0.301059 * 1 = 0.301059    derror/da = 1
//!     adjoint 0.301059
//!
//! z = v5 + b = 1                              examples/lesson_05_neuron.rs:38
//!     from a: 0.301059 * 0.196612 = 0.0591917    da/dz = (1 - a) * a = 0.196612
//!     adjoint 0.0591917
//!
//! w[1] = 2 (input)                            examples/lesson_05_neuron.rs:37
//!     from v3: 0.0591917 * -1 = -0.0591917    dv3/dw[1] = -1
//!     adjoint -0.0591917
//!
//! after one step: a = 0.655849
//! ```

use chainrule::nn::Sgd;
use chainrule::nn::scalar::Neuron;
use chainrule::prelude::*;

fn main() {
    let mut neuron = Neuron::new(-3.0, [2.0, -3.0]);
    let (x, target) = ([-1.0, -2.0], 0.43);

    let tape = Tape::new();
    let recorded = neuron.record(&tape).named();
    let z = recorded.weigh(&x).named("z");
    let a = z.sigmoid().named("a");
    let error = (a - target).named("error");
    let loss = (error.square() / 2.0).named("loss");
    println!("a = {a:.6}, loss = {loss:.6}\n");
    let story = loss.explain();
    for node in [error, a, z, recorded.weights[0]] {
        println!("{}", story.ledger(node));
    }

    // One step down the gradient, and a look at what it bought.
    let gradient = loss
        .backward()
        .of(&[recorded.bias, recorded.weights[0], recorded.weights[1]]);
    let parameters = [&mut neuron.bias].into_iter().chain(&mut neuron.weights);
    Sgd::new(1.0).step_list(parameters, &gradient);
    println!("after one step: a = {:.6}", neuron.weigh(&x).sigmoid());
}
