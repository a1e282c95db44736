//! The page replays a recording at other inputs: its numbers are those of a fresh run in Rust, and
//! it prints numbers and ledgers as Rust does.

use browser::{Page, page};
use tape::op::Arity;
use tape::{Explanation, Op, Tape, Var};

/// Numbers of the page as they are; JSON has no NaN.
fn numbers(page: &Page<'_>, of: &str) -> Vec<f64> {
    let texts: Vec<String> = page.eval(&format!(
        "run.{of}.map(x => x === null ? 'none' : exact(x))"
    ));
    let read = |text: &String| match &text[..] {
        "none" => f64::NAN,
        text => text.parse().expect("a number"),
    };
    texts.iter().map(read).collect()
}

/// Demands that the page's run is that of `fresh`, to ten digits.
fn assert_runs_alike(page: &Page<'_>, fresh: &Explanation, what: &str) {
    let close = |a: f64, b: f64| {
        a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-10 * b.abs().max(1e-3)
    };
    let (values, adjoints) = (numbers(page, "values"), numbers(page, "adjoints"));
    assert_eq!(values.len(), fresh.nodes().len(), "{what}");
    for (place, node) in fresh.nodes().iter().enumerate() {
        let adjoint = node.adjoint.unwrap_or(f64::NAN);
        assert!(
            close(values[place], node.value) && close(adjoints[place], adjoint),
            "{what}: {} = {} {} here, {} {} in the page",
            node.label,
            node.value,
            adjoint,
            values[place],
            adjoints[place]
        );
    }
}

/// An operation of the table at a part of its domain, between 0 and 1.
fn applied(op: Op, part: f64) -> Explanation {
    let info = op.info();
    let count = match info.arity {
        Arity::Any => 4,
        _ => info.operands.len(),
    };
    let tape = Tape::without_lines();
    let at = |slot: usize| {
        let (low, high) = info.domain[slot.min(info.domain.len() - 1)];
        // No two operands at one place.
        low + (high - low) * (part + 0.17 * slot as f64).fract()
    };
    let operands: Vec<Var> = (0..count)
        .map(|slot| tape.var(format!("x{slot}"), at(slot)))
        .collect();
    let attribute = info.attributes.last().copied().unwrap_or(f64::NAN);
    let result = op
        .apply(&operands, attribute)
        .expect("it takes that many operands");
    (result * result + operands[0]).explain()
}

fn inputs(explanation: &Explanation) -> Vec<f64> {
    explanation.inputs().map(|input| input.value).collect()
}

/// Moves every input, as sliders do.
fn move_to(page: &Page<'_>, inputs: &[f64]) {
    page.eval::<()>(&format!(
        "({inputs:?}.forEach((value, place) => moveInput(nodes[place], value)), null)"
    ));
}

#[test]
fn every_operation_replays_as_in_rust() {
    let Some(page) = page() else { return };
    for &op in Op::ALL {
        page.open(&applied(op, 0.3).html());
        assert!(
            page.complaints().is_empty(),
            "{}: {:?}",
            op.info().name,
            page.complaints()
        );
        for part in [0.05, 0.5, 0.93] {
            let fresh = applied(op, part);
            move_to(&page, &inputs(&fresh));
            assert_runs_alike(&page, &fresh, op.info().name);
        }
        page.assert_quiet();
    }
}

/// Steps of a small generator of numbers.
struct Draws(u64);

impl Draws {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below
    }
    fn number(&mut self) -> f64 {
        self.next(1 << 30) as f64 / f64::from(1 << 29) - 1.0
    }
}

/// A random recording, the same nodes whatever the inputs.
fn random(seed: u64, inputs: &[f64]) -> Explanation {
    let mut draws = Draws(seed);
    let tape = Tape::without_lines();
    let mut vars: Vec<Var> = inputs.iter().map(|&x| tape.var("x", x)).collect();
    for _ in 0..60 {
        let (x, y) = (vars[draws.next(vars.len())], vars[draws.next(vars.len())]);
        let next = match draws.next(10) {
            0 => x + y,
            1 => x * y,
            2 => x - y * draws.number(),
            3 => (x + 3.0).recip() * y,
            4 => x.sin(),
            5 => (x * 0.1).exp(),
            6 => x.sigmoid(),
            7 => x.max(y),
            8 => tape::sum(&[x, y, x]),
            _ => x.square().tanh().named("h"),
        };
        vars.push(next);
    }
    tape::sum(&vars).named("L").explain()
}

#[test]
fn random_recordings_replay_and_their_ledgers_read_as_in_rust() {
    let Some(page) = page() else { return };
    for seed in 0..20 {
        let mut draws = Draws(seed + 1000);
        let mut point = || -> Vec<f64> { (0..5).map(|_| draws.number()).collect() };
        let recorded = random(seed, &point());
        page.open(&recorded.html());
        let ledgers: Vec<String> = page.eval("nodes.map(node => ledgerOf(node))");
        let text = recorded.to_string();
        let (_, blocks) = text.split_once("\n\n").expect("an opening, then blocks");
        let mut blocks: Vec<&str> = blocks.split("\n\n").map(str::trim_end).collect();
        blocks.reverse();
        let ledgers: Vec<&str> = ledgers.iter().map(|ledger| ledger.trim_end()).collect();
        assert_eq!(ledgers, blocks, "seed {seed}");
        for _ in 0..3 {
            let inputs = point();
            move_to(&page, &inputs);
            assert_runs_alike(&page, &random(seed, &inputs), &format!("seed {seed}"));
        }
        // Back at the start it is the recorded run again, to the bit.
        page.click("#reset");
        assert!(page.eval::<bool>("run === recorded"));
        page.assert_quiet();
    }
}

#[test]
fn numbers_are_printed_as_in_rust() {
    let Some(page) = page() else { return };
    let mut draws = Draws(7);
    let mut odd = vec![
        0.0,
        -0.0,
        0.5,
        1.5,
        2.5,
        -2.5,
        0.125,
        0.375,
        0.625,
        100_000.5,
        1_000_001.5,
        1e15,
        1e16,
        1e21,
        1e22,
        -1e300,
        5e-324,
        f64::MAX,
        f64::MIN_POSITIVE,
        1e-4,
        1e-5,
        9.999_995,
        9.999_999_6,
        0.1 + 0.2,
        123_456.5,
        1_234_565.0 / 10.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        999_999.5,
        0.000_099_999_95,
    ];
    odd.extend((0..400).map(|_| draws.number() * 10f64.powi(draws.next(40) as i32 - 20)));
    odd.extend(
        (0..200).map(|_| {
            f64::from_bits((draws.next(1 << 30) as u64) << 34 | draws.next(1 << 30) as u64)
        }),
    );
    odd.extend(
        (0..200).map(|_| (draws.next(1 << 20) as f64 + 0.5) / f64::from(1 << draws.next(12))),
    );
    let tape = Tape::without_lines();
    let sum = odd
        .iter()
        .fold(Var::constant(0.0), |sum, &x| sum + tape.var("x", x));
    let explanation = sum.explain();
    for explanation in [
        explanation.clone(),
        explanation.clone().exact(),
        explanation.clone().digits(0),
        explanation.clone().digits(2),
        explanation.digits(9),
    ] {
        page.open(&explanation.html());
        let heads: Vec<String> = page.eval("inputs.map(headline)");
        let text = explanation.to_string();
        let mut blocks: Vec<&str> = text
            .split("\n\n")
            .filter_map(|block| block.lines().next())
            .collect();
        blocks.reverse();
        let blocks: Vec<&str> = blocks
            .into_iter()
            .filter(|line| line.ends_with("(input)"))
            .collect();
        assert_eq!(heads.len(), blocks.len());
        for (head, block) in heads.iter().zip(blocks) {
            assert_eq!(head, block);
        }
    }
}

/// The circuit's slope of z, and a branch on it.
fn branching(z: f64) -> Explanation {
    let tape = Tape::new();
    let z = tape.var("z", z);
    let f = if z > 0.5 { z * z } else { z.sin() };
    f.named("f").explain()
}

#[test]
fn a_slider_moves_all_numbers_and_says_where_the_program_would_have_branched() {
    let Some(page) = page() else { return };
    page.open(&branching(1.25).html());
    assert!(page.eval::<bool>("at('live').hidden && at('turned').hidden"));
    // By keys: the slider's own steps.
    page.eval::<()>("(document.querySelector('#sliders input[type=range]').focus(), null)");
    page.key("ArrowRight");
    let value: f64 =
        page.eval("Number(document.querySelector('#sliders input[type=number]').value)");
    assert!(value > 1.25);
    assert_runs_alike(&page, &branching(value), "a step of the slider");
    let shown: Vec<String> = page
        .eval("[...document.querySelectorAll('#drawing .value')].map(text => text.textContent)");
    assert!(shown.iter().all(|text| {
        page.eval::<Vec<String>>("run.values.map(show)")
            .contains(text)
    }));
    assert!(page.eval::<bool>("!at('live').hidden && at('turned').hidden"));
    // Past the branch.
    move_to(&page, &[0.25]);
    let said = page.text("#turned");
    assert!(
        said.contains("would have branched otherwise at") && said.contains("replay.rs:"),
        "{said}"
    );
    // It is marked in the drawing where it was asked.
    let marks = || -> Vec<String> {
        page.eval("[...document.querySelectorAll('#drawing .mark')].map(mark => mark.textContent)")
    };
    assert_eq!(marks(), ["≠", ""]);
    move_to(&page, &[0.75]);
    assert!(page.eval::<bool>("at('turned').hidden"));
    assert_eq!(marks(), ["", ""]);
    page.click("#reset");
    assert!(page.eval::<bool>("at('live').hidden"));
    // What is no number changes nothing.
    page.eval::<()>("(document.querySelector('#sliders input[type=number]').focus(), null)");
    page.write("e");
    page.key("Tab");
    assert!(page.eval::<bool>("run === recorded"));
    page.assert_quiet();
}

#[test]
fn what_the_page_cannot_compute_it_says() {
    let Some(page) = page() else { return };
    let tape = Tape::new();
    page.open(&tape.tensor("w", [1.0, 2.0]).amax().explain().html());
    assert!(page.text("#inputs").contains("No sliders: it has `amax`"));
    page.assert_quiet();
}
