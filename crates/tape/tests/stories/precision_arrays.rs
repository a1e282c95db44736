//! The digits of arrays, against the same computation with more of them.

use crate::random_arrays::{expressions, operands};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::RefCell;
use tape::story::{Digits, NodeDigits};
use tape::{Array, Explanation, Tape, Tensor};

/// A node's value, and its adjoint.
fn numbers(explanation: &Explanation, place: usize) -> [Option<Vec<f64>>; 2] {
    let node = &explanation.nodes()[place];
    match &node.array {
        None => [
            Some(vec![node.value]),
            node.adjoint.map(|adjoint| vec![adjoint]),
        ],
        Some(array) => [
            Some(array.value.to_vec()),
            array.adjoint.as_ref().map(Array::to_vec),
        ],
    }
}

/// How far off each element is told to be.
fn told(digits: &Digits) -> Vec<f64> {
    match &digits.array {
        None => vec![digits.error],
        Some(array) => array.errors.to_vec(),
    }
}

/// The same expression in single and in double precision: no element of a value or an adjoint is
/// farther off than is told, and not much less.
#[test]
fn errors_of_random_expressions_in_single_precision_are_bounds() {
    let config = Config {
        cases: 300,
        rng_seed: RngSeed::Fixed(0xd161),
        failure_persistence: None,
        ..Config::default()
    };
    let gaps = RefCell::new(Vec::new());
    let strategy = (expressions(), operands());
    let result = TestRunner::new(config).run(&strategy, |(expression, x)| {
        let singles: Vec<Array<f32>> = x.iter().map(Array::cast).collect();
        let (tape, wide) = (Tape::without_lines(), Tape::without_lines());
        let leaves: Vec<Tensor<f32>> = singles
            .iter()
            .map(|x| tape.tensor_of(x.shape(), x.as_slice()))
            .collect();
        let doubles: Vec<Tensor> = singles
            .iter()
            .map(|x| wide.tensor_of(x.shape(), x.cast::<f64>().as_slice()))
            .collect();
        let explanation = expression.apply(&leaves).explain();
        let truth = expression.apply(&doubles).explain();
        let precision = explanation.precision();
        prop_assert_eq!(precision.not_covered, 0, "{:?}", precision.unknown);
        prop_assert_eq!(precision.adjoints_not_covered, 0);
        prop_assert_eq!(explanation.nodes().len(), truth.nodes().len());
        for (place, node) in precision.nodes.iter().enumerate() {
            let NodeDigits { at, value, adjoint } = node;
            let here = numbers(&explanation, place);
            let there = numbers(&truth, place);
            for (which, digits) in [Some(value), adjoint.as_ref()].into_iter().enumerate() {
                let Some(digits) = digits else { continue };
                let (Some(here), Some(there)) = (&here[which], &there[which]) else {
                    continue;
                };
                for ((&here, &there), told) in here.iter().zip(there).zip(told(digits)) {
                    let error = (here - there).abs();
                    prop_assert!(
                        error <= told * 1.001 + 1e-13 * there.abs() + 1e-15,
                        "{at} {which}: {here} for {there} is off by {error:e}, told {told:e}"
                    );
                    if error > 1e-12 * there.abs() {
                        gaps.borrow_mut().push((told / error).log10());
                    }
                }
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let mut gaps = gaps.into_inner();
    gaps.sort_by(f64::total_cmp);
    let part = |part: f64| gaps[(part * (gaps.len() - 1) as f64) as usize];
    println!(
        "{} numbers: digits too few by {:.2} (median), {:.2} (95 %), {:.2} (most)",
        gaps.len(),
        part(0.5),
        part(0.95),
        part(1.0)
    );
    assert!(part(0.5) < 0.5 && part(0.95) < 1.5);
}
