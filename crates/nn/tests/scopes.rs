//! Modules as scopes of the tape: what the ledger calls the layers.

use nn::layers::{Gru, Linear, MultiHeadAttention, Residual, Sequential};
use nn::{Activation, Module, Pass, Session, seeded};
use tape::{Array, Explanation, Tape};

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

/// Line and file, without the folders, of the node with this operation, and of where the outermost
/// scope around it was entered.
fn lines(explanation: &Explanation, op: &str) -> (String, Option<String>) {
    let node = explanation
        .nodes()
        .iter()
        .find(|node| node.op_name == op)
        .expect(op);
    let short = |source: &tape::explain::Source| {
        let (path, line) = (&source.place.file, source.place.line);
        format!("{}:{line}", path.rsplit(['/', '\\']).next().unwrap())
    };
    let own = short(node.source.as_ref().expect("the tape keeps lines"));
    (own, explanation.entered_from(node).map(short))
}

#[test]
fn a_layer_behind_a_trait_object_has_the_line_that_called_the_network() {
    let rng = &mut seeded(1);
    let alone = Linear::new(3, 2, rng);
    let inner = Sequential::new().then(Linear::new(3, 2, rng));
    let net = Sequential::new().then_named("inner", inner);
    let tape = Tape::new();
    let x = tape.constant(Array::<f64>::full(&[1, 3], 0.5));
    let pass = Pass::new(&tape);
    // A layer itself is called by this line, and so are its operations.
    let (y, line) = (alone.forward(x, &pass), line!());
    let here = format!("scopes.rs:{line}");
    assert_eq!(lines(&y.sum().explain(), "linear"), (here, None));
    // Behind trait objects the line is the library's; the scope knows this one.
    let tape = Tape::new();
    let x = tape.constant(Array::<f64>::full(&[1, 3], 0.5));
    let (y, line) = (net.forward(x, &Pass::new(&tape)), line!());
    let explanation = y.sum().explain();
    let (own, from) = lines(&explanation, "linear");
    assert!(own.starts_with("linear.rs:"), "{own}");
    assert_eq!(from, Some(format!("scopes.rs:{line}")));
    let text = explanation.to_string();
    assert!(
        text.contains("linear.rs:") && text.contains(" from "),
        "{text}"
    );
}
