//! What the stories rely on: the ledger's terms are the adjoint, bit for bit.

use crate::graph::{Random, all_of, grow, inputs};
use tape::Tape;

#[test]
fn terms_add_up_to_the_adjoint_bit_for_bit_on_1000_random_graphs() {
    let mut nodes = 0;
    for seed in 0..1000 {
        let mut random = Random::new(seed);
        let tape = Tape::without_lines();
        let mut values = inputs(&tape, &mut random);
        let steps = 1 + random.below(40);
        grow(&mut values, steps, &mut random);
        let output = all_of(&values);
        let gradient = output.backward();
        let explanation = output.explain();
        for node in explanation.nodes() {
            let sum = node
                .terms
                .iter()
                .map(|term| term.contribution)
                .reduce(|a, b| a + b);
            assert_eq!(
                node.adjoint.map(f64::to_bits),
                sum.map(f64::to_bits),
                "seed {seed}, {}",
                node.label
            );
            nodes += 1;
        }
        for &value in &values {
            let node = explanation.node(value).unwrap();
            assert_eq!(
                gradient.get(value).map(f64::to_bits),
                node.adjoint.map(f64::to_bits)
            );
        }
    }
    assert!(nodes > 30_000, "{nodes}");
}
