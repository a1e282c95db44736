//! What must hold of every ledger with arrays in it.

use tape::explain::{ArrayPart, Node};
use tape::{ElementType, Explanation};

/// Bit for bit the same, and any NaN like any other.
pub(crate) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// The sum of terms as the sweep adds them.
pub(crate) fn sum_of(element: ElementType, terms: impl Iterator<Item = f64>) -> Option<f64> {
    terms.reduce(|sum, term| match element {
        ElementType::F64 => sum + term,
        ElementType::F32 => f64::from(sum as f32 + term as f32),
    })
}

/// What must hold of every explanation: terms add up, bit for bit, in every element of every node.
pub(crate) fn check(explanation: &Explanation) {
    for node in explanation.nodes() {
        let added = sum_of(
            ElementType::F64,
            node.terms.iter().map(|term| term.contribution),
        );
        let mut made = added;
        for hook in &node.hooks {
            assert!(same(made.unwrap(), hook.before), "{}", node.label);
            made = Some(hook.after);
        }
        match (made, node.adjoint) {
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
            let of_array = node.array.iter().flat_map(|array| &array.terms);
            let of_array = of_array.filter(|term| term.child.is_some()).count();
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
        explanation.svg(),
        explanation.html(),
        explanation.blame().to_string(),
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
        let Some(child) = term.child else { continue };
        let child = explanation.node_numbered(child).unwrap();
        assert_eq!(
            child.operands[term.slot as usize],
            tape::Operand::Node(node.id)
        );
        let Some(local) = &term.local else { continue };
        let upstream = child.array.as_ref().unwrap().adjoint.as_ref().unwrap();
        for ((&g, &local), &product) in upstream
            .iter()
            .zip(local.iter())
            .zip(term.contribution.iter())
        {
            let expected = match array.element {
                _ if g == 0.0 || local == 0.0 => 0.0,
                ElementType::F64 => g * local,
                ElementType::F32 => f64::from(g as f32 * local as f32),
            };
            // In single precision the rule of some operations is computed in double precision, and
            // the product rounded once, where `local` was rounded before.
            let neighbours = |a: f64, b: f64| {
                let step = (a as f32).to_bits().abs_diff((b as f32).to_bits());
                array.element == ElementType::F32 && step <= 1
            };
            assert!(
                same(expected + 0.0, product + 0.0) || neighbours(expected, product),
                "{g} * {local} is not {product}"
            );
        }
    }
    for (place, &adjoint) in adjoint.iter().enumerate() {
        let terms = array
            .terms
            .iter()
            .map(|term| term.contribution.as_slice()[place]);
        let mut sum = sum_of(array.element, terms).unwrap();
        for hook in &array.hooks {
            assert!(same(sum, hook.before.as_slice()[place]), "{}", node.label);
            sum = hook.after.as_slice()[place];
        }
        assert!(same(sum, adjoint), "{}", node.label);
    }
}
