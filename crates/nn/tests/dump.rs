//! A network of PyTorch and its port side by side: the port agrees, and whatever is wrong in
//! another is named where it begins.

use nn::layers::{LayerNorm, Linear, Sequential};
use nn::{Activation, Module, Pass, dump, loss, seeded};
use tape::compare::{Comparison, Snapshot, Tolerance};
use tape::{Array, Explanation, Tape, Var};

const NEAR: Tolerance = Tolerance::Within {
    absolute: 1e-6,
    relative: 1e-5,
};

fn torch() -> Snapshot<'static> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/dump.json");
    dump::read(file).expect("a dump")
}

/// What may be wrong in a port.
#[derive(Clone, Copy)]
struct Port {
    act: Activation,
    loss: fn(tape::Tensor<f32>, &[usize]) -> Var,
    /// Changes parameters after they are loaded.
    change: fn(&Sequential<f32>),
}

const RIGHT: Port = Port {
    act: Activation::Relu,
    loss: loss::cross_entropy,
    change: |_| {},
};

fn explain(torch: &Snapshot<'_>, port: Port) -> Explanation {
    let rng = &mut seeded(1);
    let net = Sequential::<f32>::new()
        .then_named("layer1", Linear::new(3, 4, rng))
        .then_named("norm", LayerNorm::new(&[4]))
        .then_named("act", port.act)
        .then_named("layer2", Linear::new(4, 2, rng));
    for one in &net.parameters() {
        let value = &torch
            .named(&one.name)
            .expect("a parameter of its name")
            .value;
        one.parameter.set(value.cast::<f32>());
    }
    (port.change)(&net);
    let tape = Tape::new();
    let pass = Pass::new(&tape).watched(dump::name_outputs());
    let input = torch.named("input").expect("the input").value.cast::<f32>();
    let input = tape.constant(input).named("input");
    let y = pass.run("", &net, input);
    pass.name_parameters(&net);
    (port.loss)(y, &[0, 1, 1, 0, 1]).named("loss").explain()
}

#[test]
fn a_faithful_port_agrees_with_pytorch() {
    let torch = torch();
    let explanation = explain(&torch, RIGHT);
    let comparison = Comparison::of(&torch, &explanation, NEAR);
    assert!(comparison.agrees(), "{comparison}");
    assert_eq!(comparison.rows().len(), 12, "{comparison}");
    // The same tensor as layer2.out.
    assert_eq!(comparison.only()[0], ["out"]);
    let adjoints = comparison
        .rows()
        .iter()
        .filter(|row| row.adjoint.contrast().is_some());
    assert_eq!(adjoints.count(), 11);
    assert!(
        comparison.to_string().starts_with("torch 2.15.0"),
        "{comparison}"
    );
}

#[test]
fn what_is_wrong_in_a_port_is_named_where_it_begins() {
    let torch = torch();
    let halved = |y: tape::Tensor<f32>, classes: &[usize]| loss::cross_entropy(y, classes) * 0.5;
    let ports: [(&str, Port, Option<&str>, Option<&str>); 5] = [
        (
            "another activation",
            Port {
                act: Activation::Softplus,
                ..RIGHT
            },
            Some("act.out"),
            Some("layer2.out"),
        ),
        (
            "half the loss",
            Port {
                loss: halved,
                ..RIGHT
            },
            Some("loss"),
            Some("layer2.out"),
        ),
        (
            "a bias left out",
            Port {
                change: |net| {
                    net.parameters()
                        .get("layer1.bias")
                        .expect("it")
                        .change(|b| b.fill(0.0))
                },
                ..RIGHT
            },
            Some("layer1.bias"),
            Some("layer2.out"),
        ),
        (
            "an epsilon",
            Port {
                change: |net| {
                    net.parameters()
                        .get("norm.weight")
                        .expect("it")
                        .change(|w| w[3] += 1e-3)
                },
                ..RIGHT
            },
            Some("norm.weight"),
            Some("layer2.out"),
        ),
        (
            "a row exchanged",
            Port {
                change: |net| {
                    net.parameters()
                        .get("layer2.weight")
                        .expect("it")
                        .change(|w| w.swap(0, 4))
                },
                ..RIGHT
            },
            Some("layer2.weight"),
            Some("layer2.out"),
        ),
    ];
    for (what, port, value, adjoint) in ports {
        let explanation = explain(&torch, port);
        let comparison = Comparison::of(&torch, &explanation, NEAR);
        let label = |row: Option<&tape::compare::Row>| row.map(|row| row.labels[0].clone());
        assert_eq!(
            label(comparison.first_value()).as_deref(),
            value,
            "{what}\n{comparison}"
        );
        assert_eq!(
            label(comparison.first_adjoint()).as_deref(),
            adjoint,
            "{what}\n{comparison}"
        );
    }
}

#[test]
fn an_explanation_reads_back_as_it_was() {
    let tape = Tape::new();
    let (x, w) = (
        tape.var("x", -0.3),
        tape.tensor("w", [[1.0, f64::NAN], [1e-310, f64::NEG_INFINITY]]),
    );
    let unused = tape.var("unused", 2.0);
    let _ = unused * 2.0;
    let z = (w * x).sum() * 3.0 + x.powi(3);
    let explanation = z.tanh().named("y").explain();
    let read = dump::parse(&explanation.json().to_string()).expect("what was written");
    let comparison = Comparison::of(&explanation, &read, Tolerance::Exact);
    assert!(comparison.agrees(), "{comparison}");
    assert_eq!(comparison.rows().len(), explanation.nodes().len());
    assert_eq!(comparison.only(), [&[] as &[String]; 2]);
}

#[test]
fn what_is_malformed_is_told_with_its_place() {
    let node =
        |fields: &str| format!(r#"{{"nodes": [{{"name": "a", "value": 1}}, {{{fields}}}]}}"#);
    for (text, said) in [
        (
            "".to_string(),
            "no JSON: EOF while parsing a value at line 1 column 0",
        ),
        (
            "3".to_string(),
            "the document: an object with \"nodes\" is wanted, and there is 3",
        ),
        (
            r#"{"nodes": 7}"#.to_string(),
            "nodes: a list of nodes is wanted, and there is 7",
        ),
        (
            r#"{"nodes": [], "producer": 7}"#.to_string(),
            "producer: a text is wanted, and there is 7",
        ),
        (
            r#"{"nodes": [[]]}"#.to_string(),
            "nodes[0]: a node, an object with \"value\" is wanted, and there is a list of 0",
        ),
        (
            node(""),
            "nodes[1].value: a number or lists of numbers is wanted, and there is nothing",
        ),
        (
            node(r#""value": true"#),
            "nodes[1].value: a number, or \"nan\", \"inf\" or \"-inf\", is wanted, and there is true",
        ),
        (
            node(r#""value": [[1, 2], [3]]"#),
            "nodes[1].value[1]: a list of 2 is wanted, and there is a list of 1",
        ),
        (
            node(r#""value": [1, "two"]"#),
            "nodes[1].value[1]: a number, or \"nan\", \"inf\" or \"-inf\", is wanted, and there is \"two\"",
        ),
        (
            node(r#""value": [1], "shape": [2]"#),
            "nodes[1].value: a list of 2 is wanted, and there is a list of 1",
        ),
        (
            node(r#""value": [1], "shape": [1.5]"#),
            "nodes[1].shape[0]: a length is wanted, and there is 1.5",
        ),
        (
            node(r#""value": [1], "shape": [99999999999999999999]"#),
            "nodes[1].shape[0]: a length is wanted, and there is 1e+20",
        ),
        (
            node(r#""value": [], "shape": [9000000000000000000]"#),
            "nodes[1].value: a list of 9000000000000000000 is wanted, and there is a list of 0",
        ),
        (
            node(r#""value": [], "shape": [0, 9000000000000000000]"#),
            "nodes[1].value: a shape of [0,9000000000000000000] has more elements than fit in memory",
        ),
        (
            node(r#""value": 1, "adjoint": [1]"#),
            "nodes[1].adjoint: a number, or \"nan\", \"inf\" or \"-inf\", is wanted, and there is a list of 1",
        ),
        (
            node(r#""value": 1, "operands": [1]"#),
            "nodes[1].operands[0]: the number of a node before this one is wanted, and there is 1",
        ),
        (
            node(r#""value": 1, "operands": [-1]"#),
            "nodes[1].operands[0]: the number of a node before this one is wanted, and there is -1",
        ),
        (
            node(r#""value": 1, "element": "f16""#),
            "nodes[1].element: \"f64\" or \"f32\" is wanted, and there is \"f16\"",
        ),
        (
            node(r#""value": 1, "name": {}"#),
            "nodes[1].name: a text or null is wanted, and there is an object",
        ),
        (
            node(&format!(
                r#""value": 1, "op": [], "name": "{}""#,
                "n".repeat(1000)
            )),
            "nodes[1].op: a text or null is wanted, and there is a list of 0",
        ),
        (
            "[".repeat(100_000),
            "no JSON: recursion limit exceeded at line 1 column 128",
        ),
        (
            node(&format!(
                r#""value": {}1{}"#,
                "[".repeat(100),
                "]".repeat(100)
            )),
            "nodes[1].value: a shape of 100 axes: 64 are the most",
        ),
        (
            r#"{"nodes": [], "scopes": 7}"#.to_string(),
            "scopes: a list of scopes is wanted, and there is 7",
        ),
        (
            r#"{"nodes": [], "scopes": [{"name": "a", "nodes": [0]}]}"#.to_string(),
            "scopes[0].nodes: its first node and the one behind its last is wanted, and there is a list of 1",
        ),
        (
            r#"{"nodes": [], "scopes": [{"name": "a", "nodes": [0, 1], "parent": 0}]}"#.to_string(),
            "scopes[0].parent: the place of a scope before this one, or null is wanted, and there is 0",
        ),
    ] {
        let start: String = text.chars().take(200).collect();
        let error = dump::parse(&text).expect_err(&start).to_string();
        assert_eq!(error, said, "{start}");
    }
    assert_eq!(dump::parse(r#"{"nodes": []}"#), Ok(Snapshot::default()));
    let read = dump::parse(r#"{"nodes": [{"name": "e", "shape": [2, 0], "value": [[], []]}]}"#);
    assert_eq!(
        *read.expect("an empty array").nodes()[0].value,
        Array::zeros(&[2, 0])
    );
}

#[test]
fn scopes_come_back_from_a_file() {
    let run = |slope: fn(Var) -> Var| {
        let tape = Tape::new();
        let x = tape.var("x", 0.5);
        let y = tape.scope("encoder", || {
            tape.scope("act", || 2.0 * slope(2.0 * x).named("a"))
        });
        (y * y).named("J").explain()
    };
    let (one, other) = (run(Var::tanh), run(Var::sin));
    let read = dump::parse(&one.json().to_string()).expect("a run");
    let written = Snapshot::from(&one);
    let scopes = |run: &Snapshot<'_>| -> Vec<Option<String>> {
        let nodes = run.nodes().iter();
        let path = |node: &tape::compare::SnapshotNode<'_>| node.scope.as_deref().map(String::from);
        nodes.map(path).collect()
    };
    assert_eq!(scopes(&read), scopes(&written));
    let comparison = Comparison::of(&read, &other, Tolerance::Exact);
    let first = comparison.first_value().expect("a difference");
    assert_eq!(first.scope.as_deref(), Some("encoder.act"));
    // A file of scopes within scopes takes no more memory than a multiple of its size.
    let scope = |place: usize| {
        let parent = place
            .checked_sub(1)
            .map_or("null".to_string(), |parent| parent.to_string());
        format!(
            r#"{{"name": "{}", "nodes": [0, 1], "parent": {parent}}}"#,
            "n".repeat(50)
        )
    };
    let scopes: Vec<String> = (0..20_000).map(scope).collect();
    let text = format!(
        r#"{{"nodes": [{{"value": 1}}], "scopes": [{}]}}"#,
        scopes.join(",")
    );
    let deep = dump::parse(&text).expect("a run");
    assert!(
        deep.nodes()[0]
            .scope
            .as_ref()
            .is_some_and(|path| path.len() < 1000)
    );
}
