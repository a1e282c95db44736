//! # 27. Vanishing gradients
//!
//! An error on its way back is multiplied, layer by layer, by weights and by the slope of the
//! activation. A sigmoid's slope is 1/4 at best: through ten layers little is left of the error,
//! and the first layers hardly learn. Relu's slope is 1 where it is not 0, and He's start gives the
//! weights the size that makes up for the half that is 0: the gradient arrives.
//!
//! The bars are the lengths of the gradients of each layer's weights; a mark is a factor of two.
//!
//! ```text
//! sigmoid, Glorot's start
//!    1    2.0e-6  #######
//!    2    1.0e-5  #########
//!    3    3.9e-5  ###########
//!    4    1.5e-4  #############
//!    5    5.8e-4  ###############
//!    6    3.2e-3  ##################
//!    7    1.3e-2  ####################
//!    8    5.6e-2  ######################
//!    9    2.0e-1  ########################
//!   10    9.6e-1  ##########################
//!
//! relu, He's start
//!    1    6.4e-1  #########################
//!    2    6.7e-1  #########################
//!    3    5.7e-1  #########################
//!    4    6.4e-1  #########################
//!    5    6.5e-1  #########################
//!    6    6.4e-1  #########################
//!    7    5.1e-1  #########################
//!    8    4.6e-1  #########################
//!    9    6.1e-1  #########################
//!   10    7.7e-1  ##########################
//!
//! the first layer's over the last one's
//!   sigmoid 2.1e-6
//!   relu    8.3e-1
//! ```

use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::{Activation, Init, Module, Session, seeded};
use chainrule::prelude::*;

const LAYERS: usize = 10;
const WIDTH: usize = 24;
const EXAMPLES: usize = 32;

fn main() {
    let sigmoid = lengths("sigmoid, Glorot's start", Activation::Sigmoid, Init::Glorot);
    let relu = lengths("relu, He's start", Activation::Relu, Init::He);

    let [first, last] = [0, LAYERS - 1];
    assert!(
        sigmoid.is_sorted(),
        "each layer has less than the one behind it"
    );
    assert!(sigmoid[first] < 1e-4 * sigmoid[last]);
    assert!(relu[first] > 0.2 * relu[last] && relu[first] < 5.0 * relu[last]);
    println!("the first layer's over the last one's");
    println!("  sigmoid {:.1e}", sigmoid[first] / sigmoid[last]);
    println!("  relu    {:.1e}", relu[first] / relu[last]);
}

/// The length of the gradient by each layer's weights, drawn as bars.
fn lengths(title: &str, activation: Activation, init: Init) -> Vec<f64> {
    let mut rng = seeded(1);
    let x: Array = Init::Normal.weights(&[EXAMPLES, WIDTH], 1, 1, &mut rng);
    let y: Array = Init::Normal.weights(&[EXAMPLES, 1], 1, 1, &mut rng);
    let mut net = Sequential::new();
    for _ in 0..LAYERS {
        net = net
            .then(Linear::with_init(WIDTH, WIDTH, init, &mut rng))
            .then(activation);
    }
    net = net.then(Linear::with_init(WIDTH, 1, init, &mut rng));

    let (_, gradient) = Session::new(0).step(|pass| {
        let (x, y) = (pass.tape().constant(&x), pass.tape().constant(&y));
        (net.forward(x, pass) - y).square().mean()
    });
    println!("{title}");
    let parameters = net
        .parameters()
        .only(|named| named.name.ends_with("weight"));
    let mut lengths = Vec::new();
    for (layer, named) in (1..=LAYERS).zip(&parameters) {
        let slopes = gradient
            .of(&named.parameter)
            .expect("the loss depends on it");
        let length = dot(slopes, slopes).sqrt();
        let marks = (length / 1e-8).log2().max(0.0) as usize;
        println!("{layer:4}  {length:8.1e}  {}", "#".repeat(marks));
        lengths.push(length);
    }
    println!();
    lengths
}
