//! The ledger of arrays: the matrix calculus of a network, sums by broadcasting, single elements.

use tape::explain::{ArrayPart, Node};
use tape::{Array, ElementType, Explanation, Tape, Tensor, Var};

/// Bit for bit the same, and any NaN like any other.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn shows(actual: &str, expected: &str) {
    if actual != expected {
        println!("<<<\n{actual}\n>>>");
    }
}

/// The sum of terms as the sweep adds them.
fn sum_of(element: ElementType, terms: impl Iterator<Item = f64>) -> Option<f64> {
    terms.reduce(|sum, term| match element {
        ElementType::F64 => sum + term,
        ElementType::F32 => f64::from(sum as f32 + term as f32),
    })
}

/// What must hold of every explanation: terms add up, bit for bit, in every element of every node.
fn check(explanation: &Explanation) {
    for node in explanation.nodes() {
        let added = sum_of(
            ElementType::F64,
            node.terms.iter().map(|term| term.contribution),
        );
        match (added, node.adjoint) {
            (None, None) => {}
            (Some(added), Some(adjoint)) => assert!(same(added, adjoint), "{}", node.label),
            different => panic!("{}: {different:?}", node.label),
        }
        if let Some(array) = &node.array {
            assert!(node.value.is_nan() && node.terms.is_empty());
            check_array(explanation, node, array);
        }
    }
    let steps = explanation.steps();
    let in_steps: usize = steps
        .map(|step| step.receipts.len() + step.array_receipts.len())
        .sum();
    let nodes = explanation.nodes().iter();
    let terms: usize = nodes
        .map(|node| {
            let seeds = node.terms.iter().filter(|term| term.child.is_none());
            let of_array = node.array.as_ref().map_or(0, |array| array.terms.len());
            node.terms.len() - seeds.count() + of_array
        })
        .sum();
    assert_eq!(in_steps, terms, "every term is handed on in a step");
    for view in [
        explanation.to_string(),
        explanation.sweep(),
        explanation.markdown(),
        explanation.latex(),
        explanation.dot(),
        explanation.json().to_string(),
    ] {
        assert!(!view.is_empty());
    }
}

fn check_array(explanation: &Explanation, node: &Node, array: &ArrayPart) {
    let Some(adjoint) = &array.adjoint else {
        assert!(array.terms.is_empty(), "{}", node.label);
        return;
    };
    assert_eq!(adjoint.shape(), array.shape());
    for term in &array.terms {
        assert_eq!(term.contribution.shape(), array.shape());
        let child = explanation.node_numbered(term.child).unwrap();
        assert_eq!(
            child.operands[term.slot as usize],
            tape::Operand::Node(node.id)
        );
        let Some(local) = &term.local else { continue };
        let upstream = child.array.as_ref().unwrap().adjoint.as_ref().unwrap();
        for ((&g, &local), &product) in upstream.iter().zip(local.iter()).zip(term.contribution.iter()) {
            let expected = match array.element {
                _ if g == 0.0 || local == 0.0 => 0.0,
                ElementType::F64 => g * local,
                ElementType::F32 => f64::from(g as f32 * local as f32),
            };
            assert!(same(expected + 0.0, product + 0.0), "{g} * {local} is not {product}");
        }
    }
    for (place, &adjoint) in adjoint.iter().enumerate() {
        let terms = array
            .terms
            .iter()
            .map(|term| term.contribution.as_slice()[place]);
        assert!(
            same(sum_of(array.element, terms).unwrap(), adjoint),
            "{}",
            node.label
        );
    }
}

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
    shows(&explanation.ledger(network.inputs[1]).to_string(), "");
    shows(&explanation.ledger(network.z2).to_string(), "");
    shows(&explanation.to_string().to_string(), "");
}

#[test]
fn numbers_and_arrays_in_one_ledger() {
    let tape = Tape::without_lines();
    let (mu, k) = (tape.var("mu", 0.5), tape.var("k", 3.0));
    let x = tape.tensor("x", [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 8.0, 7.0, 6.0]]);
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
    shows(&explanation.ledger(b).to_string(), "");
    shows(&explanation.ledger(unused).to_string(), "");
    let expanded = explanation.node_numbered(6).unwrap();
    shows(&explanation.expression(expanded).to_string(), "b expanded from [4] to [3,4]");
    shows(&explanation.element(x, &[2, 1]).to_string().to_string(), "");
    shows(&explanation.element(b, &[1]).to_string().to_string(), "");
    shows(&explanation.json().to_string().to_string(), "");
    shows(&explanation.markdown().to_string(), "");
    shows(&explanation.dot().to_string(), "");
    shows(&explanation.latex().to_string(), "");
    shows(&explanation.sweep().to_string(), "");
}

#[test]
fn an_element_has_a_ledger_of_its_own() {
    let tape = Tape::without_lines();
    let network = network(&tape);
    let explanation = network.loss.explain();
    for tensor in [network.inputs[0], network.inputs[1], network.z2] {
        let node = explanation.node(tensor).unwrap();
        let array = node.array.as_ref().unwrap();
        let [rows, columns] = *tensor.shape() else { unreachable!() };
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
    shows(&explanation.ledger(x).to_string(), "");
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
                0.0, 1.0, 2.0, 3.0, 0.0, f64::INFINITY, -5.0, 6.0, 7.0, 8.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0,
            ],
        )
        .named("x");
    let f = x.sum();
    shows(&f.explain().ledger(x).to_string(), "");
    let far = tape.tensor("far", vec![1e308; 20]);
    let text = far.sum().explain().ledger(far);
    assert!(text.contains("value mean 1e308, std 0, smallest 1e308, largest 1e308"), "{text}");
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
            let (t, u) = (tensors[random(tensors.len())], tensors[random(tensors.len())]);
            let (p, q) = (numbers[random(numbers.len())], numbers[random(numbers.len())]);
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
            loss = loss + tensor.sum();
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
            .starts_with("tensors are not part of programs yet: three [3] ("),
        "{error}"
    );
    let told = |run: fn()| {
        let panic = std::panic::catch_unwind(run).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("tensors are not part of programs yet"), "{message}");
    };
    told(|| drop(tape::hessian(f, &[2.0])));
    told(|| drop(tape::hvp(f, &[2.0], &[1.0])));
    told(|| drop(tape::jacobian(|x| [f(x)], &[2.0])));
    told(|| drop(tape::derivatives(|x| f(&[x]), 2.0, 3)));
    told(|| drop(tape::Check::new().run(f, &[2.0])));
    assert!(tape::CustomOp::define("tensor inside", &[1.0], f).is_err());
}
