//! Modules as scopes of the tape: what the ledger calls the layers.

use nn::layers::{
    BatchNorm1d, Conv2d, Dropout, Gru, LayerNorm, Linear, Lstm, MaxPool2d, MultiHeadAttention,
    Residual, Sequential,
};
use nn::{Activation, Module, Pass, Session, seeded};
use tape::{Array, Explanation, Tape};

#[path = "support/doubled.rs"]
mod doubled;

/// The title of each scope, deeper ones indented, with how many nodes it has.
fn shown(explanation: &Explanation) -> String {
    let line = |scope: &tape::explain::Scope| {
        let (indent, nodes) = ("  ".repeat(scope.depth), scope.nodes.len());
        format!("{indent}{} {nodes}\n", scope.name)
    };
    explanation.scopes().iter().map(line).collect()
}

/// Checks the scopes of the sum of a module's outputs.
#[track_caller]
fn check(module: &impl Module, input: &[usize], expected: &str) {
    let tape = Tape::new();
    let x = tape.constant(Array::<f64>::full(input, 0.5));
    let explanation = module.forward(x, &Pass::new(&tape)).sum().explain();
    assert_eq!(shown(&explanation), expected);

    let tape = Tape::without_lines();
    let x = tape.constant(Array::<f64>::full(input, 0.5));
    let y = module.forward(x, &Pass::new(&tape)).sum();
    assert_eq!(y.explain().scopes(), []);
}

#[test]
fn modules_are_scopes_by_their_paths() {
    let mut rng = seeded(1);
    let block = Sequential::new()
        .then(Linear::new(3, 3, &mut rng))
        .then(Activation::Relu);
    let net = Sequential::new()
        .then_named("block", Residual::new(block))
        .then(Linear::new(3, 2, &mut rng));
    check(
        &net,
        &[2, 3],
        "\
block: Residual 5
  0: Linear 3 -> 3 3
  1: relu 1
1: Linear 3 -> 2 3
",
    );
    check(&Sequential::new(), &[2, 3], "");
}

#[test]
fn layers_and_steps_of_recurrent_units_are_scopes() {
    let mut rng = seeded(1);
    let one = Gru::new(2, 3, &mut rng);
    check(&one, &[2, 1, 2], "");
    check(&one.step_by_step(), &[2, 1, 2], "step 0 20\nstep 1 20\n");
    let two = Gru::stacked(2, 3, 2, &mut rng);
    check(&two, &[2, 1, 2], "layer 0 9\nlayer 1 9\n");
}

#[test]
fn the_parts_of_attention_are_scopes() {
    let attention = MultiHeadAttention::new(4, 2, &mut seeded(1));
    check(
        &attention,
        &[1, 3, 4],
        "in_proj 6\n2 heads 13\nout_proj 3\n",
    );
}

#[test]
fn a_step_of_training_has_no_scopes() {
    let net = Sequential::new().then(Linear::new(2, 1, &mut seeded(1)));
    for mut session in [Session::new(1), Session::default()] {
        session.step(|pass| {
            let y = net.forward(pass.tape().constant([[1.0, 2.0]]), pass).sum();
            assert_eq!(y.explain().scopes(), []);
            y
        });
    }
}

/// Checks that every node that a module records has the line that called it.
fn check_lines(module: &impl Module, input: &[usize]) {
    let tape = Tape::new();
    let x = tape.constant(Array::<f64>::full(input, 0.5));
    let y = module.forward(x, &Pass::learning(&tape, 1, 0));
    let line = line!() - 1;
    let explanation = y.sum().explain();
    for node in explanation.nodes() {
        let source = node.source.as_ref().expect("the tape keeps lines");
        let place = &source.place;
        let here = place.file.ends_with("scopes.rs") && place.line.abs_diff(line) <= 2;
        assert!(here, "{}: {} at {source}", module.describe(), node.op_name);
        assert_eq!(explanation.entered_from(node), None);
    }
}

/// Behind trait objects too.
#[test]
fn the_line_of_a_node_is_the_one_that_called_the_network() {
    let rng = &mut seeded(1);
    check_lines(&Linear::new(3, 2, rng), &[2, 3]);
    let inner = Sequential::new()
        .then(Linear::new(3, 3, rng))
        .then(Activation::Relu);
    let inner = Sequential::new().then_named("inner", Residual::new(inner));
    check_lines(&inner, &[2, 3]);
    for layers in [1, 2] {
        check_lines(&Gru::stacked(2, 3, layers, rng), &[2, 4, 2]);
        check_lines(&Gru::stacked(2, 3, layers, rng).step_by_step(), &[2, 4, 2]);
        check_lines(&Lstm::stacked(2, 3, layers, rng), &[2, 4, 2]);
    }
    let attention = MultiHeadAttention::new(4, 2, rng);
    check_lines(&Sequential::new().then(attention), &[1, 3, 4]);
    check_lines(&LayerNorm::new(&[3]), &[2, 3]);
    check_lines(&BatchNorm1d::new(3), &[4, 3]);
    check_lines(&Dropout::new(0.5), &[4, 3]);
    check_lines(
        &Conv2d::new(1, 2, [3, 3], tape::Conv::default(), rng),
        &[1, 1, 5, 5],
    );
    check_lines(&MaxPool2d::new([2, 2]), &[1, 1, 4, 4]);
}

/// A closure of somebody's has its own line, and beside it stands the one that called the network.
#[test]
fn where_a_closure_of_another_file_was_called_from_stands_beside_it() {
    let net = Sequential::new().then(doubled::doubled());
    let tape = Tape::new();
    let x = tape.tensor("x", [1.0, 2.0]);
    let (y, line) = (net.forward(x, &Pass::new(&tape)).sum(), line!());
    let explanation = y.explain();
    let doubled = explanation
        .nodes()
        .iter()
        .find(|node| node.op_name == "mul")
        .expect("a product");
    let file = &doubled.source.as_ref().expect("a line").place.file;
    assert!(file.ends_with("doubled.rs"), "{file}");
    let from = explanation.entered_from(doubled).expect("another file");
    assert_eq!(from.place.line, line);
    let text = explanation.to_string();
    assert!(text.contains(&format!(" from {from}\n")), "{text}");
}
