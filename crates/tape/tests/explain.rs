//! The ledger as data: what it holds, and that it adds up.

use approx::assert_relative_eq;
use tape::explain::{Node, Term};
use tape::op::Attribute;
use tape::{CustomOp, Explanation, Operand, Tape, Var, dot, logsumexp, product, sum};

fn locals(node: &Node) -> Vec<f64> {
    node.terms.iter().map(|term| term.local).collect()
}

/// The formulas of a node's local derivatives.
fn formulas(explanation: &Explanation, var: Var) -> Vec<String> {
    let node = explanation.node(var).unwrap();
    node.terms
        .iter()
        .map(|term| explanation.formula(node, term).to_string())
        .collect()
}

/// Bit for bit the same; of a NaN, whose bits are the processor's business, just NaN.
fn same(a: impl Into<Option<f64>>, b: impl Into<Option<f64>>) -> bool {
    let bits = |number: Option<f64>| {
        number.map(|n| {
            if n.is_nan() {
                f64::NAN.to_bits()
            } else {
                n.to_bits()
            }
        })
    };
    bits(a.into()) == bits(b.into())
}

/// What must hold of every explanation: terms add up to adjoints, and steps replay them.
fn check(explanation: &Explanation) {
    let mut sums: Vec<(u32, f64)> = Vec::new();
    for node in explanation.nodes() {
        let added = node
            .terms
            .iter()
            .map(|term| term.contribution)
            .reduce(|sum, term| sum + term);
        assert!(same(added, node.adjoint), "{}", node.label);
        for term in &node.terms {
            let Some(child) = term.child else { continue };
            let child = explanation.node_numbered(child).unwrap();
            assert!(child.id > node.id);
            assert_eq!(child.operands[term.slot as usize], Operand::Node(node.id));
            assert!(same(child.adjoint, term.upstream));
        }
    }
    for (step, number) in explanation.steps().zip(1..) {
        assert_eq!(step.number, number);
        assert!(same(step.node.adjoint, step.adjoint));
        for receipt in &step.receipts {
            assert_eq!(receipt.term.child, Some(step.node.id));
            sums.retain(|(id, _)| *id != receipt.operand.id);
            sums.push((receipt.operand.id, receipt.after));
        }
    }
    for (id, sum) in sums {
        assert!(same(explanation.node_numbered(id).unwrap().adjoint, sum));
    }
}

#[test]
fn the_circuit_of_the_lecture() {
    let tape = Tape::new();
    let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
    let q = (x + y).named("q");
    let f = (q * z).named("f");
    let explanation = f.explain();
    check(&explanation);
    let adjoint = |var| explanation.node(var).unwrap().adjoint;
    assert_eq!(
        [x, y, z, q, f].map(adjoint),
        [-4.0, -4.0, 3.0, -4.0, 1.0].map(Some)
    );
    let seed = Term {
        child: None,
        slot: 0,
        upstream: 1.0,
        local: 1.0,
        contribution: 1.0,
    };
    assert_eq!(explanation.node(f).unwrap().terms, [seed]);
    let q_node = explanation.node(q).unwrap();
    assert_eq!(
        (q_node.op_name, q_node.value, &q_node.label[..]),
        ("add", 3.0, "q")
    );
    assert_eq!(formulas(&explanation, q), ["df/dq = z = -4"]);
    assert_eq!(formulas(&explanation, z), ["df/dz = q = 3"]);
    assert_eq!(formulas(&explanation, x), ["dq/dx = 1"]);
    let names: Vec<&str> = explanation.inputs().map(|node| &node.label[..]).collect();
    assert_eq!(names, ["x", "y", "z"]);
    assert_eq!(explanation.jacobian(), [[-4.0, -4.0, 3.0]]);
    assert_eq!(
        (
            explanation.outputs()[0].value,
            explanation.outputs()[0].node
        ),
        (-12.0, Some(4))
    );
}

#[test]
fn the_sigmoid_circuit_taken_apart_and_as_one_gate() {
    let apart = |z: Var| {
        let e = (-z).named("n").exp().named("e");
        (e, (1.0 / (1.0 + e).named("d")).named("f"))
    };
    let weights = [
        -0.19661193324148185,
        0.3932238664829637,
        -0.3932238664829637,
        -0.5898357997244455,
    ];
    for grouped in [false, true] {
        let tape = Tape::new();
        let inputs: Vec<Var> = [
            ("w0", 2.0),
            ("x0", -1.0),
            ("w1", -3.0),
            ("x1", -2.0),
            ("w2", -3.0),
        ]
        .map(|(n, v)| tape.var(n, v))
        .into();
        let z = (inputs[0] * inputs[1] + inputs[2] * inputs[3] + inputs[4]).named("z");
        let (e, f) = if grouped {
            (z, z.sigmoid().named("f"))
        } else {
            apart(z)
        };
        let explanation = f.explain();
        check(&explanation);
        let adjoint = |var| explanation.node(var).unwrap().adjoint.unwrap();
        assert_relative_eq!(adjoint(z), 0.19661193324148185, max_relative = 1e-14);
        for (&input, expected) in inputs.iter().zip(weights) {
            assert_relative_eq!(adjoint(input), expected, max_relative = 1e-14);
        }
        if grouped {
            assert_eq!(
                formulas(&explanation, z),
                ["df/dz = (1 - f) * f = 0.196612"]
            );
        } else {
            assert_relative_eq!(adjoint(e), -0.534446645388523, max_relative = 1e-14);
            assert_eq!(formulas(&explanation, e), ["dd/de = 1"]);
        }
        let rounded = explanation.digits(2);
        assert_eq!(
            inputs
                .iter()
                .map(|&var| last_word(&rounded.ledger(var)))
                .collect::<Vec<_>>(),
            ["-0.20", "0.39", "-0.39", "-0.59", "0.20"]
        );
    }
}

fn last_word(text: &str) -> String {
    text.split_whitespace().next_back().unwrap().to_string()
}

#[test]
fn a_square_has_two_terms_and_a_shared_node_one_per_use() {
    let tape = Tape::new();
    let x = tape.var("x", 3.0);
    let y = (x * x).named("y");
    let f = (y.sin() + y * 2.0 + y).named("f");
    let explanation = f.explain();
    check(&explanation);
    let node = explanation.node(x).unwrap();
    assert_eq!(
        node.terms.iter().map(|term| term.slot).collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(
        formulas(&explanation, x),
        ["dy/dx = x = 3", "dy/dx = x = 3"]
    );
    assert_eq!(locals(explanation.node(y).unwrap()), [1.0, 2.0, 9f64.cos()]);
}

#[test]
fn several_outputs_are_seeded_each() {
    let tape = Tape::new();
    let (x, late) = (tape.var("x", 3.0), 7.0);
    let a = (x * x).named("a");
    let b = (a * 2.0).named("b");
    let _after = b.exp();
    let late = tape.var("late", late);
    let explanation = tape.explain(&[a, b, Var::constant(9.0), a]);
    check(&explanation);
    // a twice, and through b.
    assert_eq!(
        explanation
            .node(a)
            .unwrap()
            .terms
            .iter()
            .map(|t| t.contribution)
            .collect::<Vec<_>>(),
        [1.0, 1.0, 2.0]
    );
    assert_eq!(explanation.node(x).unwrap().adjoint, Some(24.0));
    assert_eq!(
        explanation.jacobian(),
        [[6.0, 0.0], [12.0, 0.0], [0.0, 0.0], [6.0, 0.0]]
    );
    assert_eq!(
        explanation.nodes().len(),
        4,
        "what comes after the last output is left out, but for inputs"
    );
    assert_eq!(explanation.node(late).unwrap().adjoint, None);
    assert_eq!(explanation.outputs()[2].node, None);
}

#[test]
fn a_constant_output_has_an_explanation() {
    let explanation = Var::constant(3.0).explain();
    assert_eq!(
        (explanation.nodes().len(), explanation.outputs()[0].value),
        (0, 3.0)
    );
    assert_eq!(
        explanation.to_string(),
        "the constant 3: no node leads to it\n"
    );
    assert_eq!(
        explanation.json().to_string(),
        r#"{"value":3.0,"gradient":{},"inputs":[],"nodes":[{"id":0,"name":null,"op":"const","operands":[],"value":3.0,"adjoint":null,"terms":[]}]}"#
    );
    let tape = Tape::new();
    let x = tape.var("x", 1.0);
    let explanation = tape.explain(&[Var::constant(3.0)]);
    assert_eq!(
        (explanation.node(x).unwrap().adjoint, explanation.jacobian()),
        (None, &[vec![0.0]][..])
    );
    for view in [
        explanation.to_string(),
        explanation.sweep(),
        explanation.latex(),
        explanation.markdown(),
    ] {
        assert!(view.contains('x'));
    }
    // A constant may also hide behind a handle: the derivative of 2x is a row that holds 2.
    let slope = x.mul_add(2.0, 0.0).gradient_of(&[x])[0];
    assert_eq!(slope.explain().jacobian(), [[0.0]]);
}

#[test]
fn literals_stand_among_the_operands() {
    let tape = Tape::new();
    let x = tape.var("x", 2.0);
    let y = (3.0 - x).named("y");
    let c = x.clamp(-1.0, 1.5).named("c");
    let p = x.powi(3).named("p");
    let explanation = (y + c + p).named("f").explain();
    check(&explanation);
    let operands = |var| explanation.node(var).unwrap().operands.to_vec();
    assert_eq!(operands(y), [Operand::Literal(3.0), Operand::Node(0)]);
    assert_eq!(
        operands(c),
        [
            Operand::Node(0),
            Operand::Literal(-1.0),
            Operand::Literal(1.5)
        ]
    );
    assert_eq!(
        explanation.node(p).unwrap().attribute,
        Attribute::Integer(3)
    );
    let expressions = [y, c, p].map(|var| explanation.expression(explanation.node(var).unwrap()));
    assert_eq!(expressions, ["3 - x", "clamp(x, -1, 1.5)", "x^3"]);
    assert_eq!(
        formulas(&explanation, x),
        [
            "dp/dx = 3 * x^2 = 12",
            "dc/dx = within(x, -1, 1.5) = 0",
            "dy/dx = -1"
        ]
    );
}

#[test]
fn formulas_put_parentheses_where_they_are_needed() {
    type Case = (fn(Var, Var) -> Var, &'static str, &'static str);
    let cases: [Case; 10] = [
        (|x, y| x / y, "x / y", "df/dx = 1 / y = 0.333333"),
        (|x, _| -3.0 / x, "-3 / x", "df/dx = 3 / x^2 = 0.75"),
        (|x, y| x.pow(y), "x^y", "df/dx = y * x^(y - 1) = 12"),
        (|x, _| x.pow(2.0), "x^2", "df/dx = 2 * x = 4"),
        (|x, _| x * -3.0, "x * (-3)", "df/dx = -3"),
        (|x, _| x.pow(-1.0), "x^(-1)", "df/dx = -1 * x^(-2) = -0.25"),
        (|x, _| x.recip(), "1 / x", "df/dx = -1 / x^2 = -0.25"),
        (
            |x, _| x.leaky_relu(0.1),
            "leaky_relu(x, 0.1)",
            "df/dx = leaky_relu_slope(x, 0.1) = 1",
        ),
        (|x, y| x % y, "x % y", "df/dx = 1"),
        (|x, _| x.tanh(), "tanh(x)", "df/dx = 1 - f^2 = 0.0706508"),
    ];
    for (f, expression, formula) in cases {
        let tape = Tape::new();
        let (x, y) = (tape.var("x", 2.0), tape.var("y", 3.0));
        let f = f(x, y).named("f");
        let explanation = f.explain();
        assert_eq!(
            explanation.expression(explanation.node(f).unwrap()),
            expression
        );
        assert_eq!(formulas(&explanation, x), [formula]);
    }
}

#[test]
fn lists_of_operands_have_a_formula_each() {
    type Case = (fn([Var; 4]) -> Var, &'static str);
    let cases: [Case; 6] = [
        (|[a, b, c, _]| product(&[b, a, c]), "df/da = b * c = 4"),
        (|[a, b, c, d]| dot(&[a, b], &[c, d]), "df/da = c = 2"),
        (|[a, b, c, _]| sum(&[a, b, c]), "df/da = 1"),
        (|[a, b, ..]| logsumexp(&[a, b]), "df/da = exp(a - f) = 0.5"),
        (|[a, ..]| product(&[a]), "df/da = 1"),
        (
            |[a, ..]| product(&[a; 6]),
            "df/da = product of the others = 32",
        ),
    ];
    let inputs = |tape: &Tape| ["a", "b", "c", "d"].map(|name| tape.var(name, 2.0));
    for (f, formula) in cases {
        let tape = Tape::new();
        let inputs = inputs(&tape);
        let explanation = f(inputs).named("f").explain();
        assert_eq!(formulas(&explanation, inputs[0])[0], formula);
    }
    let tape = Tape::new();
    let [a, ..] = inputs(&tape);
    let many: Vec<Var> = (0..1000).map(|_| a).collect();
    let f = sum(&many);
    let explanation = f.explain();
    check(&explanation);
    assert_eq!(
        explanation.expression(explanation.node(f).unwrap()),
        "sum(a, a, a, a, ..., a)"
    );
    assert!(
        explanation
            .ledger(a)
            .ends_with("adjoint 1000, the sum of 1000 terms\n")
    );
}

#[test]
fn a_custom_operation_says_that_the_rule_is_its_own() {
    let cube = CustomOp::with_derivative(
        "cube",
        &[1.0],
        |x| x[0].powi(3),
        |x, _| vec![3.0 * x[0] * x[0]],
    )
    .unwrap();
    let tape = Tape::new();
    let x = tape.var("x", 2.0);
    let y = cube.call(&[x]).named("y");
    let explanation = y.explain();
    check(&explanation);
    assert_eq!(
        explanation.expression(explanation.node(y).unwrap()),
        "cube(x)"
    );
    assert_eq!(explanation.node(y).unwrap().op_name, "cube");
    assert_eq!(formulas(&explanation, x), ["dy/dx = own rule = 12"]);
}

#[test]
fn a_zero_that_hides_an_infinity_is_marked() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.0);
    let root = x.sqrt().named("root");
    let explanation = (root * x.sqrt()).named("f").explain();
    check(&explanation);
    assert!(explanation.node(x).unwrap().terms.iter().all(Term::hides));
    assert!(
        explanation
            .node(root)
            .unwrap()
            .terms
            .iter()
            .all(|term| !term.hides())
    );
    let marked = [
        explanation.to_string(),
        explanation.sweep(),
        explanation.markdown(),
        explanation.latex(),
    ];
    for view in marked {
        assert!(
            view.contains("an exact zero hides an infinity or NaN"),
            "{view}"
        );
    }
    assert!(explanation.dot().contains("label=\"inf\", color="));
}

#[test]
fn nodes_without_a_path_are_kept() {
    let tape = Tape::new();
    let (x, unused) = (tape.var("x", 1.0), tape.var("unused", 1.0));
    let aside = unused.exp().named("aside");
    let cut = x.detach().named("cut");
    let explanation = (cut * 2.0).explain();
    check(&explanation);
    assert_eq!(explanation.node(aside).unwrap().adjoint, None);
    assert_eq!(explanation.node(cut).unwrap().adjoint, Some(2.0));
    assert_eq!(
        explanation.node(x).unwrap().adjoint,
        None,
        "a detached operand receives nothing"
    );
    let node = |name: &str| {
        explanation
            .nodes()
            .iter()
            .find(|node| node.label == name)
            .unwrap()
    };
    assert!(node("unused").terms.is_empty());
}

#[test]
fn labels_are_unique() {
    let tape = Tape::new();
    for name in ["x", "x", "x_2", "v7", "x1", ""] {
        tape.var(name, 1.0);
    }
    let last = tape.leaf(2.0);
    let f = last * 2.0;
    let labels: Vec<String> = f
        .explain()
        .nodes()
        .iter()
        .map(|node| node.label.clone())
        .collect();
    assert_eq!(labels, ["x", "x_3", "x_2", "v7", "x1", "x5", "x6", "v7_2"]);
    // The name that a made-up label would have had goes to the node that was given it.
    let tape = Tape::new();
    let unnamed = tape.leaf(1.0);
    let named = tape.var("x0", 2.0);
    let labels: Vec<String> = (unnamed * named)
        .explain()
        .nodes()
        .iter()
        .map(|node| node.label.clone())
        .collect();
    assert_eq!(labels, ["x0_2", "x0", "v2"]);
}

#[test]
fn lines_are_those_of_the_user() {
    let tape = Tape::new();
    let x = tape.var("x", 1.0);
    let first = line!() - 1;
    let mut line = 0;
    let power = |n| {
        line = line!() + 1;
        x.powi(n)
    };
    let powers: Vec<Var> = (1..4).map(power).collect();
    let f = powers.iter().sum::<Var>();
    let slope = f.gradient_of(&[x])[0];
    let explanation = tape.explain(&[f, slope]);
    let source = |var| explanation.node(var).unwrap().source.clone().unwrap();
    assert_eq!(source(x).to_string(), format!("{}:{first}", file!()));
    assert_eq!(source(powers[1]).to_string(), format!("{}:{line}", file!()));
    assert!(!source(powers[1]).of_operand);
    // The additions of the sum are in a library: their place is that of the newest operand.
    assert_eq!(source(f).to_string(), format!("~{}:{line}", file!()));
    assert_eq!(source(slope).place.file, file!());
    let quiet = Tape::without_lines();
    let x = quiet.leaf(1.0);
    assert_eq!(x.exp().explain().node(x).unwrap().source, None);
}

#[test]
#[should_panic(expected = "does not belong to this tape")]
fn an_output_of_another_tape_is_refused() {
    let (tape, other) = (Tape::new(), Tape::new());
    let _ = tape.explain(&[other.leaf(1.0)]);
}

#[test]
fn handles_of_other_recordings_have_no_node() {
    let (tape, other) = (Tape::new(), Tape::new());
    let f = tape.leaf(1.0).exp();
    let explanation = f.explain();
    assert!(explanation.node(other.leaf(1.0)).is_none());
    assert!(explanation.node(Var::constant(1.0)).is_none());
    assert!(explanation.node(f.exp()).is_none());
    drop(tape);
    assert!(
        explanation.node(f).is_some(),
        "the explanation outlives its tape"
    );
    fn is_plain_data<T: Clone + Send + Sync + 'static>(_: &T) {}
    is_plain_data(&explanation);
}

/// A small generator, so that the same graphs are made everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn terms_of_a_thousand_random_graphs_add_up_to_their_gradients_bit_for_bit() {
    let mut random = Random(7);
    for _ in 0..1000 {
        let tape = Tape::without_lines();
        let mut vars: Vec<Var> = (0..1 + random.below(4))
            .map(|i| tape.leaf(i as f64 * 0.7 - 0.9))
            .collect();
        for _ in 0..random.below(30) {
            let pick = |random: &mut Random| vars[random.below(vars.len())];
            let (a, b) = (pick(&mut random), pick(&mut random));
            vars.push(match random.below(16) {
                0 => a + b,
                1 => a - b,
                2 => a * b,
                3 => a / b,
                4 => a * 0.0,
                5 => 2.5 - a,
                6 => a.sin(),
                7 => a.sqrt(),
                8 => a.tanh(),
                9 => a.powi(3),
                10 => a.max(b),
                11 => a.select(b, 1.0),
                12 => logsumexp(&[a, b, a]),
                13 => a.detach(),
                14 => dot(&[a, b], &[b, a]),
                _ => a.ln().exp(),
            });
        }
        let output = vars[random.below(vars.len())];
        let explanation = output.explain();
        check(&explanation);
        let gradients = output.backward();
        for &var in &vars {
            let adjoint = explanation.node(var).and_then(|node| node.adjoint);
            assert!(same(adjoint, gradients.get(var)));
        }
        let two = [output, vars[random.below(vars.len())]];
        let both = tape.explain(&two);
        check(&both);
        for (output, row) in two.iter().zip(both.jacobian()) {
            let inputs: Vec<f64> = vars
                .iter()
                .take(row.len())
                .map(|&input| output.backward()[input])
                .collect();
            assert!(row.iter().zip(&inputs).all(|(&a, &b)| same(a, b)));
        }
    }
}

#[test]
fn a_long_tape_takes_linear_time_and_no_stack() {
    let work = || {
        let tape = Tape::new();
        let x = tape.var("x", 0.5);
        let mut y = x;
        for _ in 0..50_000 {
            y = (y * 0.999).named("h") + x;
        }
        let wide: Vec<Var> = (0..50_000).map(|_| tape.leaf(1.0)).collect();
        let explanation = (y + product(&wide)).explain();
        assert_eq!(explanation.steps().count(), 100_002);
        assert!(explanation.to_string().ends_with('\n'));
        let all = [
            explanation.sweep(),
            explanation.markdown(),
            explanation.dot(),
            explanation.latex(),
        ];
        assert!(all.iter().all(|view| view.len() > 1_000_000));
        assert!(explanation.json().to_string().len() > 1_000_000);
    };
    let thread = std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(work)
        .unwrap();
    thread.join().unwrap();
}
