//! The heaviest paths, against all of them one by one, and where there are too many for that.

use crate::graph::{Random, all_of, grow, inputs};
use tape::{ErrorKind, Explanation, Tape, Var};

/// The product of every path from a node up to another.
fn enumerate(explanation: &Explanation, from: u32, to: u32) -> Vec<f64> {
    let mut products = Vec::new();
    let mut ways = vec![(from, 1.0f64, 1.0f64)];
    while let Some((at, size, sign)) = ways.pop() {
        if at == to {
            products.push(size * sign);
            continue;
        }
        for term in &explanation.node_numbered(at).unwrap().terms {
            if let Some(child) = term.child.filter(|&child| child <= to) {
                let size = if size == 0.0 || term.local == 0.0 {
                    0.0
                } else {
                    size * term.local.abs()
                };
                ways.push((child, size, sign * term.local.signum()));
            }
        }
    }
    products
}

#[test]
fn exact_against_enumeration_on_small_random_graphs() {
    let mut compared = 0;
    for seed in 0..300 {
        let mut random = Random::new(5000 + seed);
        let tape = Tape::without_lines();
        let mut values = inputs(&tape, &mut random);
        let steps = 1 + random.below(12);
        grow(&mut values, steps, &mut random);
        let output = all_of(&values);
        let explanation = output.explain();
        let from = random.pick(&values);
        let [start, end] = [from, output].map(|var| explanation.node(var).unwrap().id);
        let mut all = enumerate(&explanation, start, end);
        if all.len() > 20_000 {
            continue;
        }
        let k = if seed % 2 == 0 { 7 } else { 20_001 };
        let paths = explanation.paths(from, output, k).unwrap();
        assert_eq!(paths.count, all.len() as f64, "seed {seed}");
        assert_eq!(paths.heaviest.len(), all.len().min(k), "seed {seed}");
        let total = explanation.node(from).unwrap().adjoint.unwrap();
        assert_eq!(paths.total.to_bits(), total.to_bits(), "seed {seed}");
        all.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
        let mut seen = std::collections::HashSet::new();
        for (path, want) in paths.heaviest.iter().zip(&all) {
            let got = path.product;
            assert!(
                (got.abs() - want.abs()).abs() <= 1e-14 * want.abs(),
                "seed {seed}: {got} {want}"
            );
            let walked = path
                .steps
                .iter()
                .fold(1.0, |product, step| product * step.local);
            assert!(
                (walked - got).abs() <= 1e-14 * got.abs(),
                "seed {seed}: {walked} {got}"
            );
            let key: Vec<(u32, u32)> = path
                .steps
                .iter()
                .map(|step| (step.child, step.slot))
                .collect();
            assert!(seen.insert(key), "seed {seed}: a path twice");
            assert_eq!((path.nodes[0], path.nodes.last()), (start, Some(&end)));
        }
        if k > all.len() {
            let sum: f64 = paths.heaviest.iter().map(|path| path.product).sum();
            assert!(
                (sum - total).abs() <= 1e-12 * paths.gross.max(1e-300),
                "seed {seed}"
            );
            let gross: f64 = all.iter().map(|product| product.abs()).sum();
            assert!((gross - paths.gross).abs() <= 1e-12 * gross, "seed {seed}");
            let shares: f64 = paths.heaviest.iter().map(|path| path.share).sum();
            assert!(
                total == 0.0 || (shares - 1.0).abs() <= 1e-12 * gross / total.abs(),
                "{shares}"
            );
        }
        compared += 1;
    }
    assert!(compared > 250, "{compared}");
}

#[test]
fn fast_where_there_are_2_to_the_1000_paths() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.3);
    let mut y = x;
    for i in 0..1000 {
        y = y * 0.9 + y * (0.1 + 1e-4 * f64::from(i % 7));
    }
    let y = y.named("y");
    let paths = y.explain().paths(x, y, 100).unwrap();
    assert!((paths.count.log2() - 1000.0).abs() < 1e-9);
    let all_large: f64 = (0..1000).map(|_| 0.9).product();
    assert!((paths.heaviest[0].product / all_large - 1.0).abs() < 1e-12);
    assert_eq!(paths.heaviest.len(), 100);
    let sizes = paths
        .heaviest
        .windows(2)
        .map(|pair| pair[0].product / pair[1].product);
    assert!(sizes.clone().all(|ratio| ratio >= 1.0));
    // Both ways the same: each path is one of 2^1000 that weigh the same.
    let mut y = x;
    for _ in 0..1000 {
        y = y * 0.1 + y * 0.1;
    }
    let paths = y.explain().paths(x, y, 50).unwrap();
    assert!(paths.heaviest.iter().all(|path| path.product >= 0.0));
    assert_eq!(paths.heaviest.len(), 50);
}

#[test]
fn products_beyond_the_range_of_doubles_are_still_in_order() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 1.0);
    let small = (0..4).fold(x, |y, _| y * 1e-200).named("small");
    let large = (0..4).fold(x, |y, _| y * 1e200).named("large");
    let back = (0..4).fold(large, |y, _| y * 1e-200).named("back");
    let f = (small + back + x * 2.0).named("f");
    let paths = f.explain().paths(x, f, 9).unwrap();
    let products: Vec<f64> = paths.heaviest.iter().map(|path| path.product).collect();
    assert_eq!((products[0], products.len(), products[2]), (2.0, 3, 0.0));
    assert!((products[1] - 1.0).abs() < 1e-14); // though its first half is 1e800
}

#[test]
fn zeros_infinities_and_nan_rank_as_documented() {
    let tape = Tape::without_lines();
    let (x, zero) = (tape.var("x", 0.0), tape.var("zero", 0.0));
    let root = x.sqrt(); // slope infinite
    let f = (root * 1.0 + x * f64::NAN + x * 5.0 + root * zero + x * zero).named("f");
    let paths = f.explain().paths(x, f, 10).unwrap();
    let products: Vec<f64> = paths.heaviest.iter().map(|path| path.product).collect();
    assert!(products[0].is_nan() && products[1] == f64::INFINITY && products[2] == 5.0);
    assert_eq!(products[3..], [0.0, 0.0]);
    assert!(paths.total.is_nan());
}

#[test]
fn cancellation_shows_in_the_shares() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 2.0);
    let f = (x * 1001.0 - x * 1000.0).named("f");
    let paths = f.explain().paths(x, f, 5).unwrap();
    assert_eq!((paths.total, paths.gross), (1.0, 2001.0));
    assert_eq!(
        paths.to_string(),
        "\
df/dx = 1, the sum over 2 paths; their sizes add up to 2001
1.0e5 %  along x, v1, f: df/dv1 * dv1/dx = 1 * 1001 = 1001
-1.0e5 %  along x, v2, f: df/dv2 * dv2/dx = -1 * 1000 = -1000
"
    );
    assert_eq!(
        paths.heaviest[1].latex,
        r"\frac{\partial f}{\partial v_{2}} \, \frac{\partial v_{2}}{\partial x} = \left(-1\right) \cdot 1000 = -1000"
    );
}

#[test]
fn between_inner_nodes_and_from_a_node_to_itself() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 2.0);
    let a = (x * 3.0).named("a");
    let b = (a * a).named("b");
    let f = b.exp() + a;
    let explanation = f.explain();
    let paths = explanation.paths(a, b, 5).unwrap();
    assert_eq!((paths.count, paths.total), (2.0, 12.0));
    let same = explanation.paths(a, a, 5).unwrap();
    assert_eq!((same.count, same.total, same.heaviest.len()), (1.0, 1.0, 1));
    assert!(explanation.paths(x, f, 0).unwrap().heaviest.is_empty());
}

#[test]
fn what_cannot_be_told_is_an_error_that_says_why() {
    let tape = Tape::without_lines();
    let (x, y) = (tape.var("x", 2.0), tape.var("y", 3.0));
    let w = tape.tensor("w", [1.0, 2.0]);
    let f = ((w * x).tanh().sum() + y).named("f");
    let unused = (x * y).named("unused");
    let f = (f + unused.detach()).named("g");
    let explanation = f.explain();
    let cases: [(Var, Var, usize, ErrorKind, &str); 6] = [
        (
            x,
            f,
            3,
            ErrorKind::Shape,
            "a way leads through the array operation",
        ),
        (y, x, 3, ErrorKind::Record, "no path leads there"),
        (x, unused, 3, ErrorKind::Record, "from there to an output"),
        (
            Var::from(1.0),
            f,
            3,
            ErrorKind::Record,
            "`from` is a constant",
        ),
        (
            y,
            Tape::new().leaf(1.0),
            3,
            ErrorKind::Record,
            "`to` is a constant, or no node",
        ),
        (y, f, usize::MAX, ErrorKind::Option, "100000 are the most"),
    ];
    for (from, to, k, kind, message) in cases {
        let error = explanation.paths(from, to, k).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    let error = explanation.paths(w, f, 3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shape, "{error}");
    assert_eq!(explanation.paths(y, f, 3).unwrap().count, 1.0); // beside the arrays
}

#[test]
fn a_hundred_thousand_nodes_do_not_recurse() {
    let tape = Tape::without_lines();
    let x = tape.var("x", 0.3);
    let y = (0..100_000).fold(x, |y, _| (y + y * 1e-3) * 0.999);
    let paths = y.explain().paths(x, y, 3).unwrap();
    assert_eq!(paths.heaviest.len(), 3);
    assert!(paths.heaviest[0].text.len() < 400);
}
