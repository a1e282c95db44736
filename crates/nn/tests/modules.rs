//! Modules: parameters by name, shared and frozen ones, and passes over a tape.

use nn::Activation::Tanh;
use nn::layers::{Linear, Sequential};
use nn::{Hand, Module, Parameter, Parts, Pass, Session, seeded};
use tape::{Array, Tape, Tensor};

fn net() -> Sequential {
    let mut rng = seeded(3);
    Sequential::new()
        .then(Linear::new(2, 4, &mut rng))
        .then(Tanh)
        .then(Linear::new(4, 1, &mut rng))
}

#[test]
fn parameters_have_names_and_unroll_into_one_vector() {
    let net = net();
    let parameters = net.parameters();
    let names: Vec<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]);
    assert_eq!(parameters.count(), 17);

    let vector = parameters.unrolled();
    let doubled: Vec<f64> = vector.iter().map(|w| 2.0 * w).collect();
    parameters.roll(&doubled);
    assert_eq!(net.parameters().unrolled(), doubled);
    assert_eq!(
        parameters.get("2.bias").unwrap().value()[[0]],
        2.0 * vector[16]
    );
}

#[test]
#[should_panic(expected = "a vector of 3 elements for parameters of 17")]
fn a_vector_of_the_wrong_length_is_refused() {
    net().parameters().roll(&[1.0; 3]);
}

/// An encoder and a decoder with one matrix: the decoder's is its transpose.
struct Tied {
    weight: Parameter,
    again: Parameter,
}

impl Module for Tied {
    fn forward(&self, x: Tensor, pass: &Pass<'_>) -> Tensor {
        let code = x.linear(pass.parameter(&self.weight), None);
        code.matmul(pass.parameter(&self.again))
    }
    fn parts(&self, parts: &mut Parts) {
        parts.parameter("weight", &self.weight);
        parts.parameter("again", &self.again);
    }
}

#[test]
fn a_shared_parameter_is_one_node_whose_terms_add() {
    let weight = Parameter::weight([[2.0, 3.0]]);
    let again = weight.share();
    let tied = Tied { weight, again };
    assert_eq!(tied.parameters().iter().count(), 1);

    let tape = Tape::new();
    let pass = Pass::new(&tape);
    // y = (x . w) w, x = (1, 0): the sum is w0 (w0 + w1), by w0 2 w0 + w1, by w1 w0.
    let y = tied.forward(tape.constant([[1.0, 0.0]]), &pass);
    let gradient = pass.gradient(y.sum());
    assert_eq!(gradient.of(&tied.weight), Some(&[7.0, 2.0][..]));
}

#[test]
fn a_frozen_parameter_has_no_gradient_and_a_thawed_one_has() {
    let net = net();
    let first = net.parameters().only(|p| p.name.starts_with("0."));
    let mut session = Session::new(0);
    let mut learned = || {
        let x = Array::from([[1.0, 2.0]]);
        let (_, gradient) = session.step(|pass| net.forward(pass.tape().constant(&x), pass).sum());
        gradient.iter().count()
    };
    first.freeze();
    assert_eq!(learned(), 2);
    first.thaw();
    assert_eq!(learned(), 4);
}

#[test]
fn the_backward_pass_by_hand_agrees_with_the_tape() {
    let net = net();
    let x = Array::from_fn(&[5, 2], |at| (at[0] as f64 - 2.0) * 0.3 + at[1] as f64);
    let seed = Array::from_fn(&[5, 1], |at| 1.0 - 0.5 * at[0] as f64);

    let tape = Tape::new();
    let pass = Pass::new(&tape);
    let on_tape = tape.tensor("x", &x);
    let y = net.forward(on_tape, &pass);
    let (value, g) = (y.to_array(), (y * tape.constant(&seed)).sum());
    let dx = g.backward().array(on_tape).unwrap();
    let gradient = pass.gradient(g);

    let mut hand = Hand::new();
    let (by_hand, back) = net.by_hand(&x, &mut hand).unwrap();
    let dx_by_hand = back(&seed, &mut hand);
    close(value.as_slice(), by_hand.as_slice());
    close(dx.as_slice(), dx_by_hand.as_slice());
    for named in &net.parameters() {
        let slopes = hand.of(&named.parameter).unwrap();
        close(gradient.of(&named.parameter).unwrap(), slopes.as_slice());
    }
}

fn close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-14 * b.abs().max(1.0), "{a} and {b}");
    }
}

#[test]
fn parts_of_a_batch_add_up_to_the_whole() {
    let net = net();
    let x = Array::from_fn(&[8, 2], |at| (at[0] * 2 + at[1]) as f64 * 0.1);
    let (whole, gradient) =
        Session::new(1).step(|pass| net.forward(pass.tape().constant(&x), pass).square().sum());
    let part = |part: usize, pass: &Pass<'_>| {
        let rows = Array::new(&[2, 2], &x.as_slice()[4 * part..4 * part + 4]);
        net.forward(pass.tape().constant(&rows), pass)
            .square()
            .sum()
    };
    let (sum, of_parts) = Session::new(1).step_in_parts(4, part);
    close(&[whole], &[sum]);
    for named in &net.parameters() {
        let [a, b] = [&gradient, &of_parts].map(|g| g.of(&named.parameter).unwrap());
        close(a, b);
    }
}

#[test]
fn the_last_part_of_a_batch_decides_what_a_buffer_holds() {
    let buffer = Parameter::buffer([0.0]);
    let w = Parameter::weight([1.0]);
    Session::new(1).step_in_parts(3, |part, pass| {
        assert_eq!(pass.latest(&buffer)[[0]], 0.0);
        pass.keep(&buffer, [part as f64].into());
        pass.parameter(&w).sum()
    });
    assert_eq!(buffer.value()[[0]], 2.0);
}

#[test]
fn a_step_in_parts_has_the_same_bits_on_any_number_of_threads() {
    let net = net();
    let x = Array::from_fn(&[8, 2], |at| (at[0] * 3 + at[1]) as f64 * 0.07);
    let step = || {
        let part = |part: usize, pass: &Pass<'_>| {
            let rows = Array::new(&[1, 2], &x.as_slice()[2 * part..2 * part + 2]);
            net.forward(pass.tape().constant(&rows), pass)
                .square()
                .sum()
        };
        let (loss, gradient) = Session::new(1).step_in_parts(8, part);
        let slopes: Vec<f64> = gradient
            .iter()
            .flat_map(|(_, slopes)| slopes.to_vec())
            .collect();
        (loss, slopes)
    };
    let [one, two, four] = [1, 2, 4].map(|threads| {
        tape::set_threads(threads);
        step()
    });
    assert_eq!(one, two);
    assert_eq!(one, four);
}
