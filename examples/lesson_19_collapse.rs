//! # 19. Layers without a non-linearity collapse
//!
//! Two linear layers one behind the other, `W2 (W1 x + b1) + b2`, are one linear layer with the
//! weights `W2 W1` and the bias `W2 b1 + b2`: the depth is an illusion. So however long it trains,
//! it does on XOR what the best line does: 1/2 for everything, a mean squared error of 1/4. The
//! same layers with a tanh between them learn it.
//!
//! ```text
//! W2 W1 =
//! [[-0.072802  0.177176]]
//! W2 b1 + b2 = [-0.261553]
//!
//! the network   the one layer
//! -0.26155287     -0.26155287
//! -0.08437644     -0.08437644
//! -0.33435465     -0.33435465
//! -0.15717822     -0.15717822
//!
//! identity between
//! step    0  mse 0.762372
//! step   10  mse 0.255542
//! step  100  mse 0.250000
//! step 1000  mse 0.250000
//! says 0.500  0.500  0.500  0.500
//!
//! tanh between
//! step    0  mse 0.732946
//! step   10  mse 0.255044
//! step  100  mse 0.177545
//! step 1000  mse 0.000000
//! says 0.000  1.000  1.000  0.000
//! ```

use chainrule::nn::Activation::{Identity, Tanh};
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::{Activation, Module, Parameter, Pass, Session, seeded};
use chainrule::prelude::*;

const X: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const XOR: [[f64; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];

fn network(between: Activation) -> Sequential {
    let mut rng = seeded(3);
    Sequential::new()
        .then(Linear::new(2, 3, &mut rng))
        .then(between)
        .then(Linear::new(3, 1, &mut rng))
}

/// The one layer that two linear layers are.
fn collapsed(net: &Sequential) -> Linear {
    let parameters = net.parameters();
    let tape = Tape::new();
    let [w1, b1, w2, b2] = ["0.weight", "0.bias", "2.weight", "2.bias"].map(|name| {
        let parameter: &Parameter = parameters.get(name).expect("a parameter of this name");
        tape.constant(&*parameter.value())
    });
    let (weight, bias) = (w2.matmul(w1), w2.matmul(b1) + b2);
    Linear::from_arrays(weight.to_array(), bias.to_array())
}

fn outputs(net: &impl Module, session: &Session) -> Array {
    session.evaluate(|pass: &Pass<'_>| net.forward(pass.tape().constant(X), pass).to_array())
}

fn main() {
    let net = network(Identity);
    let one = collapsed(&net);
    println!("W2 W1 =\n{:.6}", one.weight().value());
    println!(
        "W2 b1 + b2 = {:.6}",
        one.bias().expect("it has one").value()
    );
    let session = Session::new(0);
    let (two, one) = (outputs(&net, &session), outputs(&one, &session));
    println!("\nthe network   the one layer");
    for (two, one) in two.iter().zip(&one) {
        println!("{two:11.8} {one:15.8}");
        assert!((two - one).abs() < 1e-15);
    }

    for between in [Identity, Tanh] {
        let net = network(between);
        println!("\n{} between", between.name());
        let mse = train(&net);
        let line = collapsed(&net).weight().value();
        match between {
            Identity => {
                assert!((mse - 0.25).abs() < 1e-12);
                assert!(
                    line.iter().all(|w| w.abs() < 1e-6),
                    "nothing of x is left: {line}"
                );
            }
            _ => assert!(mse < 1e-3),
        }
    }
}

/// Descends on XOR; answers the mean squared error in the end.
fn train(net: &Sequential) -> f64 {
    let mut session = Session::new(0);
    let mut mse = f64::NAN;
    for step in 0..=1000 {
        let (loss, gradient) = session.step(|pass| {
            let y = pass.tape().constant(XOR);
            (net.forward(pass.tape().constant(X), pass) - y)
                .square()
                .mean()
        });
        mse = loss;
        if [0, 10, 100, 1000].contains(&step) {
            println!("step {step:4}  mse {mse:.6}");
        }
        for (parameter, slopes) in gradient.iter() {
            parameter.change(|weights| {
                let pairs = weights.iter_mut().zip(slopes);
                pairs.for_each(|(weight, slope)| *weight -= 0.3 * slope);
            });
        }
    }
    let says = outputs(net, &session);
    let says: Vec<String> = says.iter().map(|y| format!("{y:.3}")).collect();
    println!("says {}", says.join("  "));
    mse
}
