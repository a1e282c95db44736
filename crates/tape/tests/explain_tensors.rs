//! The ledger of arrays: the matrix calculus of a network, sums by broadcasting, single elements.

use ledger::{check, same, sum_of};
use tape::explain::Node;
use tape::{Array, CustomOp, ElementType, Tape, Tensor, Var};

#[path = "support/ledger.rs"]
mod ledger;

/// The 2-3-1 network of the lecture, in matrix form.
struct Network {
    inputs: [Tensor; 2],
    z2: Tensor,
    loss: Var,
}

fn network(tape: &Tape) -> Network {
    let x = [[3.0, 5.0], [5.0, 1.0], [10.0, 2.0]].map(|[a, b]| [a / 10.0, b / 5.0]);
    let x = tape.constant(x).named("X");
    let y = tape.constant([[0.75], [0.82], [0.93]]).named("y");
    let w1 = tape.tensor("W1", [[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]]);
    let w2 = tape.tensor("W2", [[0.7], [-0.5], [0.2]]);
    let z2 = x.matmul(w1).named("z2");
    let a2 = z2.sigmoid().named("a2");
    let z3 = a2.matmul(w2).named("z3");
    let yhat = z3.sigmoid().named("yhat");
    let e = (y - yhat).named("e");
    let loss = (0.5 * e.square().named("s").sum()).named("J");
    Network {
        inputs: [w1, w2],
        z2,
        loss,
    }
}

/// Its ledger: the matrix calculus of the lecture, numbers under each line.
const LECTURE: &str = "\
J = 0.110063. A node's adjoint is the derivative of J by that node:
the sum, over its children, of the child's adjoint * the child's local derivative.
Of arrays, * is the product element by element, and . that of matrices.

J = 0.5 * v10 = 0.110063
    output: 1    dJ/dJ = 1
    adjoint 1

v10 = sum(s [3,1]) = 0.220127
    from J: 1 * 0.5 = 0.5    dJ/dv10 = 0.5
    adjoint 0.5

s [3,1] = e^2
    value [[0.037445] [0.063655] [0.119027]]
    from v10: dJ/ds [3,1] = dJ/dv10 repeated along the summed axes
    adjoint [3,1]: [[0.5] [0.5] [0.5]]

e [3,1] = y - yhat
    value [[0.193506] [0.2523  ] [0.345003]]
    from s: dJ/de [3,1] = dJ/ds * ds/de    ds/de = 2 * e
    adjoint [3,1]: [[0.193506] [0.2523  ] [0.345003]]

yhat [3,1] = sigmoid(z3)
    value [[0.556494] [0.5677  ] [0.584997]]
    from e: dJ/dyhat [3,1] = dJ/de * de/dyhat    de/dyhat = -1
    adjoint [3,1]: [[-0.193506] [-0.2523  ] [-0.345003]]

z3 [3,1] = a2 [3,3] . W2 [3,1]
    value [[0.226945] [0.272474] [0.343321]]
    from yhat: dJ/dz3 [3,1] = dJ/dyhat * dyhat/dz3    dyhat/dz3 = (1 - yhat) * yhat
    adjoint delta3 [3,1]: [[-0.047759] [-0.061919] [-0.083758]]

a2 [3,3] = sigmoid(z2)
    value
        [[0.487503 0.495    0.665967]
         [0.552308 0.455121 0.567093]
         [0.603483 0.41096  0.631812]]
    from z3: dJ/da2 [3,3] = delta3 [3,1] . W2^T [1,3]
    adjoint [3,3]:
        [[-0.033431  0.023879 -0.009552]
         [-0.043343  0.030959 -0.012384]
         [-0.058631  0.041879 -0.016752]]

z2 [3,3] = X [3,2] . W1 [2,3]
    value [[-0.05 -0.02  0.69] [ 0.21 -0.18  0.27] [ 0.42 -0.36  0.54]]
    from a2: dJ/dz2 [3,3] = dJ/da2 * da2/dz2    da2/dz2 = (1 - a2) * a2
    adjoint delta2 [3,3]:
        [[-0.008353  0.005969 -0.002125]
         [-0.010717  0.007677 -0.00304 ]
         [-0.01403   0.010138 -0.003897]]

W2 [3,1] = input
    value [[ 0.7] [-0.5] [ 0.2]]
    from z3: dJ/dW2 [3,1] = a2^T [3,3] . delta3 [3,1]
    adjoint [3,1]: [[-0.108027] [-0.086242] [-0.119839]]

W1 [2,3] = input
    value [[ 0.5 -0.4  0.3] [-0.2  0.1  0.6]]
    from z2: dJ/dW1 [2,3] = X^T [2,3] . delta2 [3,3]
    adjoint [2,3]:
        [[-0.021894  0.015767 -0.006054]
         [-0.016108  0.01156  -0.004292]]

y [3,1] = data
    value [[0.75] [0.82] [0.93]]
    adjoint none: it is data

X [3,2] = data
    value [[0.3 1. ] [0.5 0.2] [1.  0.4]]
    adjoint none: it is data
";

#[test]
fn the_network_of_the_lecture_in_matrices() {
    let tape = Tape::without_lines();
    let network = network(&tape);
    let explanation = network.loss.explain();
    check(&explanation);
    let gradients = network.loss.backward();
    for w in network.inputs {
        let array = explanation.node(w).unwrap().array.as_ref().unwrap();
        assert_eq!(array.adjoint, gradients.array(w));
    }
    assert_eq!(explanation.to_string(), LECTURE);
    let [w1, w2] = network.inputs.map(|w| explanation.node(w).unwrap());
    let z2 = explanation.node(network.z2).unwrap();
    assert_eq!(explanation.rule(z2, 1), "X^T [2,3] . delta2 [3,3]");
    assert!((explanation.outputs()[0].value - 0.110_063_447_213_497_59).abs() < 1e-12);
    let known = [
        -0.021_894_194,
        0.015_767_275,
        -0.006_054_408,
        -0.016_107_954,
        0.011_559_864,
        -0.004_291_623,
    ];
    let close = |node: &Node, known: &[f64]| {
        let adjoint = node.array.as_ref().unwrap().adjoint.as_ref().unwrap();
        adjoint.iter().zip(known).all(|(a, b)| (a - b).abs() < 1e-9)
    };
    assert!(close(w1, &known));
    assert!(close(w2, &[-0.108_027_453, -0.086_242_404, -0.119_838_983]));
    let two_decimals = network.loss.explain().digits(2).ledger(network.inputs[1]);
    assert!(
        two_decimals.contains("adjoint [3,1]: [[-0.11] [-0.09] [-0.12]]"),
        "{two_decimals}"
    );
}

#[test]
fn numbers_and_arrays_in_one_ledger() {
    let tape = Tape::without_lines();
    let (mu, k) = (tape.var("mu", 0.5), tape.var("k", 3.0));
    let x = tape.tensor(
        "x",
        [
            [1.0, 2.0, 3.0, 4.0],
            [5.0, 6.0, 7.0, 8.0],
            [9.0, 8.0, 7.0, 6.0],
        ],
    );
    let b = tape.tensor("b", [0.5, 1.0, 1.5, 2.0]);
    let unused = tape.tensor("unused", [1.0]);
    let shifted = (x - mu).named("shifted");
    let loss = ((shifted * b).sum().named("total") * k + mu).named("loss");
    let explanation = loss.explain();
    check(&explanation);
    let g = loss.backward();
    let mu_node = explanation.node(mu).unwrap();
    assert_eq!(mu_node.adjoint, g.get(mu));
    assert_eq!(
        explanation.ledger(mu),
        "\
mu = 0.5 (input)
    from loss: 1 * 1 = 1    dloss/dmu = 1
    from v5:   -45          sum of dloss/dv5 over all axes
    adjoint 1 + -45 = -44
"
    );
    assert_eq!(
        explanation.ledger(b),
        "\
b [4] = input
    value [0.5 1.  1.5 2. ]
    from v7: dloss/db [4] = sum of dloss/dv7 over axis 0
    adjoint [4]: [40.5 43.5 46.5 49.5]
"
    );
    assert_eq!(
        explanation.ledger(unused),
        "\
unused [1] = input
    value [1.]
    adjoint none: no path leads to an output
"
    );
    let expression = |id| explanation.expression(explanation.node_numbered(id).unwrap());
    assert_eq!(expression(5), "mu, a number, expanded to [3,4]");
    assert_eq!(expression(7), "b expanded from [4] to [3,4]");
    assert_eq!(
        explanation.element(shifted, &[2, 1]).to_string(),
        "\
shifted[2,1] = 7.5
    from v8[2,1]: 3 * 1 = 3    dv8/dshifted = v7
    adjoint 3
"
    );
    assert_eq!(
        explanation.element(b, &[1]).to_string(),
        "\
b[1] = 1
    from v7: 43.5    sum of dloss/dv7 over axis 0
    adjoint 43.5
"
    );
    let views = [
        (
            explanation.json().to_string(),
            r#""gradient":{"mu":-44.0,"k":77.5,"x":[[1.5,3.0,4.5,6.0],[1.5,3.0,4.5,6.0],[1.5,3.0,4.5,6.0]],"b":[40.5,43.5,46.5,49.5],"unused":[0.0]},"inputs":["mu","k","x","b","unused"]"#,
        ),
        (
            explanation.json().to_string(),
            r#"{"child":5,"rule":"sum of dloss/dv5 over all axes","contribution":-45.0}]}"#,
        ),
        (
            explanation.json().to_string(),
            r#"{"id":3,"name":"b","op":"input","operands":[],"shape":[4],"element":"f64","value":[0.5,1.0,1.5,2.0],"adjoint":[40.5,43.5,46.5,49.5],"terms":[{"child":7,"slot":0,"rule":"sum of dloss/dv7 over axis 0","contribution":[40.5,43.5,46.5,49.5]}]}"#,
        ),
        (
            explanation.json().to_string(),
            r#""name":"unused","op":"input","operands":[],"shape":[1],"element":"f64","value":[1.0],"adjoint":null,"terms":[]}"#,
        ),
        (
            explanation.markdown(),
            "| `b [4]` | `input` | [0.5 1.  1.5 2. ] | [40.5 43.5 46.5 49.5] | from `v7`: `sum of dloss/dv7 over axis 0` |\n",
        ),
        (
            explanation.dot(),
            "n3 -> n7 [label=\"sum of dloss/dv7 over axis 0\"];\n",
        ),
        (explanation.dot(), "<b>shifted</b> [3,4] = x - v5<br/>"),
        (
            explanation.latex(),
            "\\overline{b} &= \\text{sum of }\\overline{v_{7}}\\text{ over the repeated axes} \\\\\n",
        ),
        (
            explanation.sweep(),
            "    b receives sum of dloss/dv7 over axis 0 = [40.5 43.5 46.5 49.5]\n",
        ),
        (
            explanation.sweep(),
            "    mu receives -45, sum 1 + -45 = -44\n",
        ),
    ];
    for (view, part) in views {
        assert!(view.contains(part), "{part}\nis not in\n{view}");
    }
}

#[test]
fn matrices_are_typeset_with_their_shapes() {
    let tape = Tape::without_lines();
    let explanation = network(&tape).loss.explain();
    let latex = explanation.latex();
    for part in [
        "\\underset{3 \\times 1}{z_{3}} &= \\underset{3 \\times 3}{a_{2}} \\, \\underset{3 \\times 1}{W_{2}}",
        "\\overline{W_{2}} &= \\underset{3 \\times 3}{a_{2}^{\\top}} \\, \\underset{3 \\times 1}{\\overline{z_{3}}} \\\\\n",
        "\\text{none: it depends on data alone}",
    ] {
        assert!(latex.contains(part), "{part}\nis not in\n{latex}");
    }
    let dot = explanation.dot();
    assert!(
        dot.contains("[label=\"a2^T [3,3] . delta3 [3,1]\"]"),
        "{dot}"
    );
    assert!(dot.contains(" [style=dotted];"), "data is dotted: {dot}");
}

#[test]
fn an_element_has_a_ledger_of_its_own() {
    let tape = Tape::without_lines();
    let network = network(&tape);
    let explanation = network.loss.explain();
    for tensor in [network.inputs[0], network.inputs[1], network.z2] {
        let node = explanation.node(tensor).unwrap();
        let array = node.array.as_ref().unwrap();
        let [rows, columns] = *tensor.shape() else {
            unreachable!()
        };
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let element = explanation.element(tensor, &[i, j]);
            let terms = element.terms.iter().map(|term| term.contribution);
            assert_eq!(sum_of(ElementType::F64, terms), element.adjoint);
            assert_eq!(element.value, array.value[[i, j]]);
            for term in &element.terms {
                assert!(same(term.upstream * term.local, term.contribution));
            }
        }
    }
}

#[test]
fn a_shared_tensor_has_a_term_for_each_use() {
    let tape = Tape::without_lines();
    let x = tape.tensor("x", [0.1, 0.2, 0.7]);
    let f = ((x * x).named("s") + x.exp() + x).sum() + x.at([1]) * x.sum();
    let explanation = f.named("f").explain();
    check(&explanation);
    assert_eq!(
        explanation.ledger(x),
        "\
x [3] = input
    value [0.1 0.2 0.7]
    from v7: df/dv7 repeated along the summed axes
    from v6: df/dv6 put back among zeros
    from v4: df/dv4 * dv4/dx                          dv4/dx = 1
    from v2: df/dv2 * dv2/dx                          dv2/dx = exp(x)
    from s:  df/ds * ds/dx                            ds/dx = x (operand 1)
    from s:  df/ds * ds/dx                            ds/dx = x (operand 2)
    adjoint [3], the sum of 6 terms: [2.505171 3.821403 4.613753]
"
    );
}

#[test]
fn single_precision_adds_up_in_single_precision() {
    let tape = Tape::new();
    let x = tape.tensor("x", Array::<f32>::from([0.1_f32, -0.2, 0.7, 1e-3]));
    let mu = tape.var("mu", 0.3);
    let f = ((x * x).sin() + x.exp() / x - x * mu + x.tanh()).mean() * mu;
    let explanation = f.explain();
    check(&explanation);
    let part = explanation.node(x).unwrap().array.as_ref().unwrap();
    assert_eq!(part.element, ElementType::F32);
    assert_eq!(
        part.adjoint,
        f.backward().array(x).map(|adjoint| adjoint.cast())
    );
}

#[test]
fn large_arrays_are_told_in_statistics() {
    let tape = Tape::without_lines();
    let x = tape
        .tensor_of(
            &[2, 8],
            &[
                0.0,
                1.0,
                2.0,
                3.0,
                0.0,
                f64::INFINITY,
                -5.0,
                6.0,
                7.0,
                8.0,
                9.0,
                1.0,
                1.0,
                1.0,
                1.0,
                1.0,
            ],
        )
        .named("x");
    let f = x.sum();
    assert_eq!(
        f.explain().ledger(x),
        "\
x [2,8] = input
    value mean 2.4, std 3.53648, smallest -5, largest 9, 2 zeros, 1 not finite
    from v1: dv1/dx [2,8] = 1 repeated along the summed axes
    adjoint [2,8]: mean 1, std 0, smallest 1, largest 1, 0 zeros, 0 not finite
"
    );
    let far = tape.tensor("far", vec![1e308; 20]);
    let text = far.sum().explain().ledger(far);
    assert!(
        text.contains("value mean 1e308, std 0, smallest 1e308, largest 1e308"),
        "{text}"
    );
}

/// Random graphs of numbers and tensors: every term of every element adds up.
#[test]
fn terms_add_up_in_random_graphs() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    for _ in 0..60 {
        let tape = Tape::without_lines();
        let mut numbers = vec![tape.var("a", 0.3), tape.var("b", -1.2)];
        let mut tensors: Vec<Tensor> = vec![
            tape.tensor("x", [[0.1, 0.4, -0.3], [1.1, -0.2, 0.0], [0.5, 0.6, 0.7]]),
            tape.tensor("row", [0.2, 0.0, -0.9]),
            tape.constant([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0], [2.0, 2.0, 0.5]]),
        ];
        for _ in 0..12 {
            let (t, u) = (
                tensors[random(tensors.len())],
                tensors[random(tensors.len())],
            );
            let (p, q) = (
                numbers[random(numbers.len())],
                numbers[random(numbers.len())],
            );
            match random(12) {
                0 => tensors.push(t * u),
                1 => tensors.push(t + p),
                2 => tensors.push(t.tanh() - u),
                3 => tensors.push(t * p),
                4 if t.shape().rank() == 2 => tensors.push(t.matmul(u.expand(&[3, 3]))),
                5 if t.shape().rank() == 2 => tensors.push(t.t()),
                6 => tensors.push(t.sigmoid().max(u)),
                7 => numbers.push(t.sum()),
                8 => numbers.push(t.mean() * p),
                9 => numbers.push(p * q + p.sin()),
                10 => numbers.push(t.logsumexp()),
                _ => tensors.push(t.abs().sqrt()),
            }
        }
        let mut loss = numbers.into_iter().sum::<Var>();
        for tensor in tensors {
            loss += tensor.sum();
        }
        let explanation = loss.explain();
        check(&explanation);
        let gradients = loss.backward();
        for input in explanation.inputs() {
            assert!(input.has_adjoint());
        }
        assert!(gradients.get(loss).is_some());
    }
}

#[test]
fn what_replays_programs_says_that_it_has_no_tensors() {
    fn f(x: &[Var]) -> Var {
        let x = Tensor::<f64>::from(x[0]).expand(&[3]).named("three");
        x.square().sum()
    }
    assert_eq!(tape::gradient(f, &[2.0]), [12.0]);
    let error = tape::Program::record(f, &[2.0]).unwrap_err();
    assert_eq!(error.kind(), tape::ErrorKind::Record);
    assert!(
        error
            .to_string()
            .starts_with("programs are made of numbers: three [3] ("),
        "{error}"
    );
    let told = |run: fn()| {
        let panic = std::panic::catch_unwind(run).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(
            message.contains("programs are made of numbers"),
            "{message}"
        );
    };
    told(|| drop(tape::hessian(f, &[2.0])));
    told(|| drop(tape::hvp(f, &[2.0], &[1.0])));
    told(|| drop(tape::jacobian(|x| [f(x)], &[2.0])));
    told(|| drop(tape::derivatives(|x| f(&[x]), 2.0, 3)));
    told(|| drop(tape::Check::new().run(f, &[2.0])));
    assert!(tape::CustomOp::define("tensor inside", &[1.0], f).is_err());
}

#[test]
fn edges_of_the_ledger() {
    // No elements at all, and a matrix product over none.
    let tape = Tape::new();
    let empty = tape.tensor("empty", Array::<f64>::zeros(&[0, 3]));
    let w = tape.tensor("w", [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let explanation = empty.matmul(w).sum().explain();
    check(&explanation);
    assert!(explanation.ledger(empty).contains("value []\n"));
    let part = explanation.node(w).unwrap().array.as_ref().unwrap();
    assert_eq!(part.adjoint, Some(Array::zeros(&[3, 2])));

    // Several outputs, one twice, one a constant; a detached use; an operation of one's own.
    let cube = CustomOp::define("ledger_cube", &[1.0], |x| x[0] * x[0] * x[0]).unwrap();
    let tape = Tape::new();
    let (a, x) = (tape.var("a", 2.0), tape.tensor("x", [1.0, -1.0]));
    let cubed = cube.call(&[x]).named("cubed");
    let f = (cubed * a + x.detach()).sum();
    let explanation = tape.explain(&[f, a * a, f, Var::constant(3.0)]);
    check(&explanation);
    assert_eq!(explanation.jacobian(), [[0.0], [4.0], [0.0], [0.0]]);
    let part = explanation.node(x).unwrap().array.as_ref().unwrap();
    assert_eq!(part.adjoint, Some(Array::from([12.0, 12.0])));
    assert_eq!(explanation.node(cubed).unwrap().op_name, "ledger_cube");
    assert!(explanation.ledger(x).contains("dcubed/dx = own rule"));

    // Explaining leaves the tape as it was, and says the same again.
    let nodes = tape.len();
    assert_eq!(f.explain().to_string(), f.explain().to_string());
    assert_eq!(tape.len(), nodes);

    // A zero hides an infinity in one element.
    let x = tape.tensor("x", [0.0, 4.0]);
    let hidden = (x.sqrt().named("root") * 0.0).sum().explain();
    check(&hidden);
    assert!(hidden.ledger(x).contains("! an exact zero hides"));
    assert!(
        hidden
            .element(x, &[0])
            .to_string()
            .contains("! an exact zero hides")
    );
    assert!(
        !hidden
            .element(x, &[1])
            .to_string()
            .contains("! an exact zero hides")
    );
}

#[test]
#[should_panic(expected = "element: [2] is no place in x [2]")]
fn an_element_that_is_not_there() {
    let tape = Tape::new();
    let x = tape.tensor("x", [1.0, 2.0]);
    let _ = x.sum().explain().element(x, &[2]);
}

#[test]
#[should_panic(expected = "element: the tensor is no array of this explanation")]
fn an_element_of_another_tape() {
    let (tape, other) = (Tape::new(), Tape::new());
    let (x, y) = (tape.tensor("x", [1.0, 2.0]), other.tensor("y", [1.0]));
    let _ = x.sum().explain().element(y, &[0]);
}
