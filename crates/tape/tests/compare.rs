//! Runs side by side: what is planted in one of two random graphs is what is named first.

use tape::compare::{Comparison, Slope, Snapshot, SnapshotNode, Tolerance, Verdict};
use tape::{Array, CustomOp, ElementType, Explanation, Operand, Tape, Tensor, Var};

/// A stream of numbers that a seed decides (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % most as u64) as usize
    }
}

/// `sin(x)`, with a derivative that is a little off.
fn wrong_slope(x: Var) -> Var {
    let slope = |x: &[Var], _| vec![x[0].cos() * 1.001];
    let op = CustomOp::with_derivative("wrong_slope", &[0.5], |x| x[0].sin(), slope);
    op.expect("a well-formed operation").call(&[x])
}

const STEPS: usize = 24;
const INPUTS: usize = 3;

/// What a step computes.
type Step<'a> = &'a dyn Fn(Var) -> Var;

/// A random graph in which one step is `own`. Half of the nodes are named, if `named`.
fn random(seed: u64, at: usize, own: Step<'_>, named: bool) -> Explanation {
    let tape = Tape::without_lines();
    let random = &mut Random(seed);
    let mut nodes: Vec<Var> = (0..INPUTS)
        .map(|input| tape.var(format!("x{input}"), 0.1 + random.below(1000) as f64 / 600.0))
        .collect();
    for step in 0..STEPS {
        // Every node has the one before it as an operand: none is without effect.
        let (x, y) = (nodes[nodes.len() - 1], nodes[random.below(nodes.len())]);
        let node = match random.below(5) {
            _ if step == at => own(x),
            0 => x + y,
            1 => (x - y * 0.3).tanh(),
            2 => x * y,
            3 => x.sin() + y,
            _ => (x * -0.25).exp() + y,
        };
        let is_named = random.below(2) == 0 && named;
        nodes.push(if is_named {
            node.named(format!("n{step}"))
        } else {
            node
        });
    }
    (nodes[nodes.len() - 1] + nodes[nodes.len() - 2] * 0.5)
        .named("L")
        .explain()
}

/// The first place at which two lists of numbers have other bits.
fn first_other<'a>(pairs: impl Iterator<Item = (&'a f64, &'a f64)>) -> Option<usize> {
    pairs
        .into_iter()
        .position(|(a, b)| a.to_bits() != b.to_bits())
}

#[test]
fn what_is_planted_is_found_in_every_random_graph() {
    let (mut values, mut slopes) = (0, 0);
    for seed in 0..200 {
        let at = (seed as usize * 7) % STEPS;
        let plants: [(&str, [Step<'_>; 2]); 3] = [
            ("factor", [&|x| x * 1.5, &|x| x * 1.5001]),
            ("operation", [&|x| x.sin(), &|x| x.atan()]),
            ("slope", [&|x| x.sin(), &wrong_slope]),
        ];
        for (what, [right, wrong]) in plants {
            let (a, b) = (random(seed, at, right, true), random(seed, at, wrong, true));
            // By place, which are the same in both.
            let value = first_other(
                a.nodes()
                    .iter()
                    .map(|n| &n.value)
                    .zip(b.nodes().iter().map(|n| &n.value)),
            );
            let adjoints = |run: &Explanation| -> Vec<f64> {
                let adjoints = run.nodes().iter().rev();
                adjoints
                    .map(|node| node.adjoint.unwrap_or(f64::NAN))
                    .collect()
            };
            let adjoint = first_other(adjoints(&a).iter().zip(&adjoints(&b)));
            let adjoint = adjoint.map(|from_last| a.nodes().len() - 1 - from_last);
            let label = |place: Option<usize>| place.map(|place| &a.nodes()[place].label);

            let comparison = a.compare(&b);
            let told = format!("{what} at step {at}, seed {seed}:\n{comparison}");
            // Nodes without names behind another operation are nodes of another graph.
            let parts = what != "factor";
            let named = |label: Option<&String>| {
                label.is_some_and(|label| label.starts_with('n') || label == "L")
            };
            let found = comparison.first_value().map(|row| &row.labels[0]);
            if !parts || named(label(value)) {
                assert_eq!(found, label(value), "{told}");
            } else {
                assert_eq!(found.is_some(), value.is_some(), "{told}");
            }
            let found = comparison.first_adjoint().map(|row| &row.labels[0]);
            if !parts {
                assert_eq!(found, label(adjoint), "{told}");
            } else {
                assert_eq!(found.is_some(), adjoint.is_some(), "{told}");
            }
            assert!(!comparison.agrees(), "{told}");
            let parting = comparison
                .parting()
                .expect("an operation or a number differs");
            let place = parting.labels.each_ref().map(|label| label.as_deref());
            let node = |run: &Explanation, label: Option<&str>| {
                run.nodes()
                    .iter()
                    .position(|node| Some(&*node.label) == label)
            };
            let places = [node(&a, place[0]), node(&b, place[1])];
            assert_eq!(places[0], places[1], "{told}");
            let planted = parting.reads[1].as_deref().expect("a node of both");
            let is_planted = match what {
                "factor" => planted.ends_with(", 1.5001)"),
                "operation" => planted.starts_with("atan("),
                _ => planted.starts_with("wrong_slope("),
            };
            assert!(is_planted, "{told}");
            match what {
                "slope" => assert!(value.is_none() && adjoint.is_some(), "{told}"),
                _ => assert_eq!(places[0], value, "{told}"),
            }
            values += usize::from(value.is_some());
            slopes += usize::from(adjoint.is_some());
        }
    }
    assert_eq!((values, slopes), (400, 600));
}

#[test]
fn a_graph_is_recognised_without_names() {
    for seed in 0..100 {
        let at = (seed as usize * 5) % STEPS;
        let run = |named| random(seed, at, &|x| x.exp() * 0.1, named);
        let (named, bare) = (run(true), run(false));
        for (a, b) in [
            (&named, &named),
            (&named, &bare),
            (&bare, &named),
            (&bare, &bare),
        ] {
            let comparison = a.compare(b);
            assert!(comparison.agrees(), "{comparison}");
            assert_eq!(comparison.rows().len(), a.nodes().len());
            assert_eq!(comparison.only(), [&[] as &[String]; 2]);
        }
    }
}

/// Two steps of a layer, `scale` times as much of everything in the second.
fn layer(scale: f64, hidden: impl Fn(Tensor) -> Tensor) -> Explanation {
    let tape = Tape::without_lines();
    let x = tape
        .constant([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4]])
        .named("X");
    let w = tape.tensor(
        "W",
        Array::from([[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]]).map(|x| x * scale),
    );
    let a = hidden(x.matmul(w)).named("a");
    a.square().sum().named("J").explain()
}

#[test]
fn arrays_are_told_by_their_largest_difference() {
    let comparison = layer(1.0, |z| z.sigmoid()).compare(&layer(1.01, |z| z.sigmoid()));
    assert_eq!(
        comparison.to_string(),
        "\
first | second: 6 nodes in both, compared exactly.
The first value that differs: W, 0.6 | 0.606 at [1,2], by 0.006; 6 of 6 elements differ.
The first adjoint that differs, in the order of the sweep: a, 1.33193 | 1.335 at [0,2], by 0.00306636; 9 of 9 elements differ.

node    value: first    second  difference           adjoint: first    second  difference
X              [3,2]     [3,2]
W          [1,2] 0.6     0.606  0.006 ! 6 of 6        [0,1] 0.38607  0.385383  0.000686279 ! 6 of 6
v2        [0,2] 0.69    0.6969  0.0069 ! 9 of 9      [2,1] 0.198963  0.198414  0.00054964 ! 9 of 9
a     [0,2] 0.665967    0.6675  0.00153318 ! 9 of 9   [0,2] 1.33193     1.335  0.00306636 ! 9 of 9
v4    [0,2] 0.443512  0.445556  0.00204444 ! 9 of 9           [3,3]     [3,3]
J            2.69224   2.69712  0.00487898 !                      1         1
"
    );
}

#[test]
fn a_path_that_is_cut_and_another_shape_are_told() {
    let whole = layer(1.0, |z| z.tanh());
    let cut = layer(1.0, |z| z.tanh().detach());
    let comparison = whole.compare(&cut);
    let first = comparison
        .first_adjoint()
        .expect("W has none in the second");
    assert_eq!(
        (&first.labels[0][..], &first.adjoint),
        ("v2", &Verdict::Path { in_first: true }),
        "{comparison}"
    );
    let wide = layer(1.0, |z| z.tanh().slice(0, 0..2));
    let comparison = whole.compare(&wide);
    let first = comparison.first_value().expect("a has fewer rows");
    assert_eq!(first.labels[0], "a");
    assert!(matches!(first.value, Verdict::Shapes(_)), "{comparison}");
}

#[test]
fn other_names_and_other_graphs_are_told() {
    let run = |first: &str, scale: f64, tail: bool| {
        let tape = Tape::without_lines();
        let (x, y) = (tape.var(first, 2.0), tape.var("y", 3.0));
        let q = x * y * scale;
        (if tail { q.exp() } else { q }).named("f").explain()
    };
    let comparison = run("x", 2.0, false).compare(&run("u", 2.0, false));
    assert!(comparison.agrees(), "{comparison}");
    assert_eq!(comparison.rows()[0].labels, ["x", "u"]);
    // Another number in the program is another program.
    let comparison = run("x", 2.0, false).compare(&run("x", 3.0, false));
    let parting = comparison.parting().expect("2 is not 3");
    assert_eq!(
        parting.reads,
        [
            Some("mul(v2, 2)".to_string()),
            Some("mul(v2, 3)".to_string())
        ]
    );
    // A node more.
    let comparison = run("x", 2.0, false).compare(&run("x", 2.0, true));
    let parting = comparison.parting().expect("f is another node");
    assert_eq!(
        parting.labels,
        [Some("f".to_string()), Some("f".to_string())]
    );
    assert_eq!(comparison.only(), [&[] as &[String], &["v3".to_string()]]);
    let nothing = Tape::new().explain(&[]);
    assert!(!nothing.compare(&nothing).agrees());
    assert!(
        nothing
            .compare(&nothing)
            .to_string()
            .starts_with("first | second: 0 nodes in both")
    );
}

#[test]
fn a_snapshot_is_compared_by_names() {
    let explanation = layer(1.0, |z| z.sigmoid());
    let node = |name: &str| {
        explanation
            .nodes()
            .iter()
            .find(|node| node.label == name)
            .expect(name)
    };
    let array = |name: &str| node(name).array.as_ref().expect("an array");
    let single = |array: &Array| array.map(|x| f64::from(x as f32));
    let mut run = Snapshot::new("torch 2.15");
    for name in ["W", "a"] {
        let adjoint = array(name).adjoint.as_ref().expect("an adjoint");
        run.push(SnapshotNode {
            label: name.into(),
            is_named: true,
            op: None,
            operands: Vec::new(),
            attribute: None,
            element: ElementType::F32,
            value: std::borrow::Cow::Owned(single(&array(name).value)),
            adjoint: Slope::Known(std::borrow::Cow::Owned(single(adjoint))),
            scope: None,
        });
    }
    run.record("J", Array::from(node("J").value), None);
    run.record("elsewhere", Array::from(1.0), None);
    assert!(!Comparison::of(&run, &explanation, Tolerance::Exact).agrees());
    for tolerance in [
        Tolerance::Ulps(0),
        Tolerance::Within {
            absolute: 0.0,
            relative: 1e-7,
        },
    ] {
        let comparison = Comparison::of(&run, &explanation, tolerance);
        assert!(comparison.agrees(), "{comparison}");
        assert_eq!(comparison.rows().len(), 3);
        assert_eq!(comparison.only()[0], ["elsewhere"]);
    }
    let text = Comparison::of(&run, &explanation, Tolerance::Ulps(0))
        .called(["torch", "here"])
        .to_string();
    assert!(
        text.starts_with("torch | here: 3 nodes in both, compared within 0 ulp.\nThey agree.\n"),
        "{text}"
    );
}

#[test]
#[should_panic(expected = "h: operand 0 of node 0 is not before it")]
fn a_snapshot_has_operands_before_their_users() {
    let tape = Tape::new();
    let x = tape.var("h", 1.0);
    let explanation = x.explain();
    let run = Snapshot::from(&explanation);
    let mut node = run.nodes()[0].clone();
    node.operands.push(Operand::Node(0));
    Snapshot::default().push(node);
}

#[test]
fn hostile_names_stay_on_their_line() {
    let run = |x: f64| {
        let tape = Tape::without_lines();
        let x = tape.var("a\nb | \u{202e}c", x);
        let long = "n".repeat(100_000);
        (x * 2.0).named(long).explain()
    };
    let text = run(1.0)
        .compare(&run(2.0))
        .called(["one\n", ""])
        .to_string();
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(!text.contains('\u{202e}') && text.contains("\\u{202e}"));
    assert!(
        text.lines().skip(2).all(|line| line.chars().count() < 200),
        "{text}"
    );
}

#[test]
fn the_scope_of_what_differs_first_is_named() {
    let run = |slope: fn(Var) -> Var, factor: f64| {
        let tape = Tape::without_lines();
        let x = tape.var("x", 0.5);
        let y = tape.scope("encoder", || {
            let h = tape.scope("layer1", || x * factor);
            tape.scope("layer2", || slope(h).named("a"))
        });
        (y * y).named("J").explain()
    };
    let comparison = run(Var::tanh, 2.0).compare(&run(Var::sin, 2.0));
    let scope = Some("encoder.layer2".to_string());
    assert_eq!(comparison.first_value().unwrap().scope, scope);
    assert_eq!(comparison.first_adjoint().unwrap().scope, scope);
    assert_eq!(comparison.parting().unwrap().scope, scope);
    assert_eq!(comparison.rows()[0].scope, None);
    let text = comparison.to_string();
    for says in [
        "The graphs differ first at a in the scope \"encoder.layer2\": ",
        "The first value that differs: a = tanh(v1) in the scope \"encoder.layer2\", ",
        "The first adjoint that differs, in the order of the sweep: a in the scope \"encoder.layer2\", ",
    ] {
        assert!(text.contains(says), "{says}\nis not in\n{text}");
    }
    let comparison = run(Var::tanh, 2.0).compare(&run(Var::tanh, 3.0));
    let scope = comparison.first_value().unwrap().scope.as_deref();
    assert_eq!(scope, Some("encoder.layer1"));
}
