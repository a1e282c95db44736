//! What is large is folded: it opens as few things, unfolds where one asks, and keeps its numbers.

use browser::{Page, page};
use tape::{Explanation, Tape};

/// Layers in scopes, twelve units each.
fn layers(count: usize) -> Explanation {
    let tape = Tape::new();
    let mut h: Vec<_> = (0..3)
        .map(|i| tape.var(format!("x{i}"), 0.1 * f64::from(i)))
        .collect();
    for layer in 0..count {
        h = tape.scope(format!("layer {layer}"), || {
            let unit = |unit: usize| {
                let terms: Vec<_> = h.iter().map(|&h| h * (0.3 - 0.1 * unit as f64)).collect();
                tape::sum(&terms).tanh().named(format!("h{layer}.{unit}"))
            };
            (0..6).map(unit).collect()
        });
    }
    tape::sum(&h).named("L").explain()
}

fn chain(count: usize) -> Explanation {
    let tape = Tape::without_lines();
    let mut h = tape.var("h", 0.5);
    for step in 0..count {
        h = match (step * step) % 7 {
            0 => h.sin(),
            1 => h * 0.99,
            _ => h + 0.01,
        };
    }
    h.named("end").explain()
}

fn things(page: &Page<'_>) -> Vec<String> {
    page.eval("[...document.querySelectorAll('#drawing .node')].map(thing => thing.getAttribute('aria-label'))")
}

#[test]
fn a_large_recording_opens_folded_by_scope() {
    let Some(page) = page() else { return };
    let explanation = layers(10);
    assert!(explanation.nodes().len() > 300);
    page.open(&explanation.html());
    let seen = things(&page);
    assert!(seen.len() < 20, "{seen:?}");
    assert!(
        seen.iter().any(|thing| thing.starts_with("layer 3, ")),
        "{seen:?}"
    );
    // By keyboard: open a layer, look at a node within, fold it again.
    page.eval::<()>("([...document.querySelectorAll('.node')].find(thing => thing.getAttribute('aria-label').startsWith('layer 3,')).focus(), null)");
    page.key("Enter");
    let opened = things(&page);
    assert!(opened.len() > seen.len() + 12, "{opened:?}");
    assert!(
        opened.iter().any(|thing| thing.starts_with("h3.2 = tanh(")),
        "{opened:?}"
    );
    let overlaps: Vec<String> = page.eval(
        "scene.things.flatMap((a, i) => scene.things.slice(i + 1).filter(b => a.box.left < b.box.right && b.box.left < a.box.right
            && Math.abs(a.box.y - b.box.y) < (a.box.height + b.box.height) / 2 - 1).map(b => keyOf(a) + ' ' + keyOf(b)))",
    );
    assert_eq!(overlaps, [""; 0]);
    page.key("Enter");
    assert_eq!(things(&page), seen);
    page.assert_quiet();
}

#[test]
fn unfolding_all_shows_every_node_with_its_numbers() {
    let Some(page) = page() else { return };
    let explanation = layers(8);
    page.open(&explanation.html());
    page.click("#unfold");
    let seen = things(&page);
    assert_eq!(seen.len(), explanation.nodes().len());
    let text = explanation.to_string();
    for (node, seen) in explanation.nodes().iter().zip(&seen) {
        let head = seen
            .split(", adjoint ")
            .next()
            .expect("it has a first part");
        assert!(
            text.contains(&format!("\n{head}")),
            "{}: {seen}",
            node.label
        );
    }
    page.click("#fold");
    assert!(things(&page).len() < 20);
    page.assert_quiet();
}

#[test]
fn finding_a_node_unfolds_what_hides_it() {
    let Some(page) = page() else { return };
    page.open(&layers(10).html());
    page.click("#search");
    page.write("h7.4");
    assert!(page.text("#ledger").starts_with("h7.4 = tanh("));
    assert!(
        things(&page)
            .iter()
            .any(|thing| thing.starts_with("h7.4 ="))
    );
    page.assert_quiet();
}

#[test]
fn stepping_goes_through_what_is_folded() {
    let Some(page) = page() else { return };
    page.open(&layers(6).html());
    page.key("Home");
    page.eval::<()>("(go(40), null)");
    assert_eq!(
        page.text("#count"),
        format!("forward 40 of {}", layers(6).nodes().len())
    );
    assert_eq!(
        page.eval::<usize>("document.querySelectorAll('.node.active').length"),
        1
    );
    page.key("End");
    assert_eq!(
        page.eval::<usize>("document.querySelectorAll('.node.unborn').length"),
        0
    );
    page.assert_quiet();
}

#[test]
fn a_hundred_thousand_nodes_open() {
    let Some(page) = page() else { return };
    let explanation = chain(100_000);
    page.open(&explanation.html());
    assert!(things(&page).len() < 100);
    page.key("ArrowLeft");
    assert_eq!(page.text("#count"), "backward 99999 of 100000");
    page.click("#search");
    page.write("end");
    assert!(page.text("#ledger").starts_with("end = "));
    page.assert_quiet();
}

#[test]
fn nothing_and_a_single_node_are_shown() {
    let Some(page) = page() else { return };
    let tape = Tape::new();
    page.open(&tape.explain(&[]).html());
    assert_eq!(things(&page), [""; 0]);
    page.key("ArrowLeft");
    page.key("End");
    page.assert_quiet();
    let x = tape.var("x", f64::NAN);
    page.open(&x.explain().html());
    assert_eq!(
        things(&page),
        ["x = NaN (input), marked: not finite, adjoint 1"]
    );
    page.assert_quiet();
}
