//! Part 6: backpropagation by hand bears witness to the tape.

use nn::Activation::Sigmoid;
use nn::scalar::{Mlp, witness};
use nn::{Cost, Init};

use super::page::Page;

pub(super) fn write(page: &mut Page) {
    page.say(
        "Long before tapes, people derived the delta rule by hand: the error of a layer is that \
         of the next, carried back through its weights, times the slope. Here it is computed from \
         the book's formulas, loops and all, beside the tape's sweep: for the network of part 5 \
         before its first step, and the example x = (1, 1), y = 0.",
    );
    page.code(include_str!("witness.rs"));
    // shown:
    let shape = [(2, Sigmoid), (1, Sigmoid)]; // units of each layer
    let net = Mlp::random(2, &shape, Init::Signed, &mut nn::seeded(7));
    let witness = witness(&net, &[[1.0, 1.0]], &[[0.0]], Cost::Quadratic);
    // :shown
    match witness {
        Ok(witness) => page.lines(&witness.to_string()),
        Err(error) => page.lines(&error.to_string()),
    }
    page.say(
        "Two computations that share no line of code. The book's delta IS the tape's adjoint of z, \
         the weighted input of a unit.",
    );
}
