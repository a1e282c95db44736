//! The page by keyboard and by ear: the drawing is one stop of Tab, arrows go through it, the focus
//! is never lost, and every control and part has a name.

use browser::{Page, page};
use std::collections::BTreeSet;
use tape::{Explanation, Tape, Var};

/// A chain of so many nodes, which begins with an input.
fn chain(count: usize) -> Explanation {
    let tape = Tape::new();
    let x = tape.var("x", 0.5);
    (1..count).fold(x, |h, _| h.sin()).explain()
}

/// Two layers within a net; nodes in several columns, some used twice.
fn net() -> Explanation {
    let tape = Tape::new();
    let x: Vec<Var> = (0..3)
        .map(|i| tape.var(format!("x{i}"), 0.1 + f64::from(i)))
        .collect();
    let layer = |name: &str, x: &[Var]| -> Vec<Var> {
        tape.scope(name, || {
            let unit = |k: usize| tape::sum(&[x[k], x[(k + 1) % 3] * 0.5]).tanh();
            (0..3).map(unit).collect()
        })
    };
    let y = tape.scope("net", || layer("1: layer", &layer("0: layer", &x)));
    (y[0] * y[1] + y[2]).named("L").explain()
}

/// What a screen reader calls what has the focus; nothing where it is lost.
fn focused(page: &Page<'_>) -> String {
    page.eval(
        "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id ?? ''",
    )
}

fn into_the_drawing(page: &Page<'_>) {
    page.key("Escape");
    page.key("Home");
}

#[test]
fn the_drawing_is_one_stop_however_large_it_is() {
    let Some(page) = page() else { return };
    let mut counts = BTreeSet::new();
    for count in [3, 12, 60, 2000] {
        page.open(&chain(count).html());
        let stops = page.tab_stops();
        let within = page.eval::<usize>("svg.querySelectorAll('[tabindex=\"0\"]').length");
        assert_eq!(within, 1, "{count} nodes");
        let is_thing = |id: &str| id.get(1..).is_some_and(|rest| rest.parse::<u32>().is_ok());
        let things = stops.iter().filter(|stop| is_thing(&stop.id));
        assert_eq!(things.count(), 1, "{stops:?}");
        // Buttons that fold are there where there is something to fold.
        let folding = stops.iter().filter(|stop| stop.id.ends_with("fold"));
        counts.insert(stops.len() - folding.count());
    }
    assert_eq!(counts.len(), 1, "{counts:?}");
    page.assert_quiet();
}

#[test]
fn arrows_lead_from_every_node_to_every_other() {
    let Some(page) = page() else { return };
    for explanation in [chain(1), chain(7), net()] {
        page.open(&explanation.html());
        into_the_drawing(&page);
        let all: BTreeSet<String> = page.eval(
            "[...svg.querySelectorAll('.node, .frame')].map(one => one.getAttribute('aria-label'))",
        );
        let mut down = vec![focused(&page)];
        for _ in 1..all.len() {
            page.key("ArrowDown");
            down.push(focused(&page));
        }
        assert_eq!(down.iter().cloned().collect::<BTreeSet<_>>(), all);
        // There it ends, at the same place as End; and back the same way.
        for key in ["ArrowDown", "End"] {
            page.key(key);
            assert_eq!(Some(&focused(&page)), down.last());
        }
        for label in down.iter().rev().skip(1) {
            page.key("ArrowUp");
            assert_eq!(&focused(&page), label);
        }
        page.assert_quiet();
    }
}

#[test]
fn arrows_follow_wires_and_come_back_the_same_way() {
    let Some(page) = page() else { return };
    let tape = Tape::new();
    let (x, y) = (tape.var("x", 2.0), tape.var("y", 3.0));
    let p = (x * y).named("p");
    let q = (x + y).named("q");
    page.open(&(q / p).named("f").explain().html());
    into_the_drawing(&page);
    page.key("End");
    for (key, node) in [
        ("ArrowLeft", "q"),
        ("ArrowRight", "f"),
        ("ArrowUp", "q"),
        ("ArrowLeft", "x"),
        ("ArrowLeft", "x"),
        ("ArrowRight", "q"),
        ("ArrowLeft", "x"),
        ("ArrowDown", "y"),
        ("ArrowRight", "p"),
        ("ArrowLeft", "y"),
    ] {
        page.key(key);
        assert!(
            focused(&page).starts_with(&format!("{node} = ")),
            "{key} leads to {}, not to {node}",
            focused(&page)
        );
        // What has the focus is what is told of.
        assert!(page.text("#ledger").starts_with(&format!("{node} = ")));
    }
    page.assert_quiet();
}

#[test]
fn the_focus_stays_when_frames_fold_and_when_steps_are_made() {
    let Some(page) = page() else { return };
    page.open(&net().html());
    into_the_drawing(&page);
    // From a node out to its frame, which folds and unfolds under the focus.
    page.eval::<()>("(stay(nodes.find(node => node.home.name === '1: layer'), true), null)");
    page.key("Escape");
    assert!(focused(&page).starts_with("1: layer, ") && focused(&page).ends_with(", fold"));
    for end in [", unfold", ", fold", ", unfold"] {
        page.key("Enter");
        assert!(focused(&page).starts_with("1: layer, "));
        assert!(focused(&page).ends_with(end), "{}", focused(&page));
    }
    // Out again, and what held the focus goes out of sight.
    page.key("Escape");
    assert!(focused(&page).starts_with("net, "));
    page.key(" ");
    assert!(focused(&page).ends_with(", unfold"));
    page.key("Enter");
    page.key("End");
    page.eval::<()>("(at('fold').click(), null)");
    assert!(focused(&page).starts_with("L = "));
    page.eval::<()>("(at('unfold').click(), null)");
    page.eval::<()>("(stay(nodes.find(node => node.home.name === '0: layer'), true), null)");
    page.eval::<()>("(at('fold').click(), null)");
    assert!(focused(&page).starts_with("net, "), "{}", focused(&page));
    // Steps by comma and full stop move the step and not the focus.
    let before = page.text("#count");
    page.key(",");
    let count = page.text("#count");
    assert_ne!(count, before);
    assert!(focused(&page).starts_with("net, "));
    assert!(page.text("#says").starts_with(&count), "it is told");
    page.key(".");
    assert_eq!(page.text("#count"), before);
    // Out of the drawing arrows step.
    page.key("Escape");
    assert_eq!(focused(&page), "One step on");
    page.key("ArrowLeft");
    assert_eq!(page.text("#count"), count);
    page.key("Escape");
    assert!(focused(&page).starts_with("net, "));
    page.assert_quiet();
}

#[test]
fn the_mouse_leaves_arrows_to_the_steps() {
    let Some(page) = page() else { return };
    page.open(&net().html());
    let count = page.text("#count");
    page.click("#drawing .node .gate");
    assert_eq!(
        page.eval::<String>("document.activeElement.tagName"),
        "BODY"
    );
    page.key("ArrowLeft");
    assert_ne!(page.text("#count"), count);
    // What was clicked is where the keyboard goes on.
    let clicked: String = page.eval("current.drawn.getAttribute('aria-label')");
    page.key("Escape");
    assert_eq!(focused(&page), clicked);
    page.assert_quiet();
}

#[test]
fn links_skip_to_the_parts() {
    let Some(page) = page() else { return };
    page.open(&net().html());
    for (nth, target) in [(1, ""), (2, "ledger-part"), (3, "controls")] {
        page.eval::<()>("(document.activeElement.blur(), scrollTo(0, 0), null)");
        page.eval::<()>("(document.querySelector('#skip a').focus(), null)");
        for _ in 1..nth {
            page.key("Tab");
        }
        let seen: bool = page.eval("document.activeElement.getBoundingClientRect().left >= 0");
        assert!(seen, "link {nth} shows with the focus");
        page.key("Enter");
        let id: String = page.eval("document.activeElement.id");
        match target {
            "" => assert!(page.eval::<bool>("svg.contains(document.activeElement)")),
            _ => assert_eq!(id, target),
        }
    }
    page.assert_quiet();
}

#[test]
fn controls_and_parts_have_names() {
    let Some(page) = page() else { return };
    let tape = Tape::new();
    let w = tape.tensor("w", [1.0, 2.0]);
    let arrays = (w.square().sum() + tape.var("c", 0.0)).explain();
    for explanation in [net(), arrays] {
        page.open(&explanation.html());
        for (what, nameless) in [
            (
                "controls without a label",
                "[...document.querySelectorAll('input')].filter(one => !one.labels.length)",
            ),
            (
                "labels of nothing",
                "[...document.querySelectorAll('label')].filter(one => !one.control)",
            ),
            (
                "buttons without words",
                "[...document.querySelectorAll('button, [role=button]')].filter(one =>
                    !one.textContent.trim() && !one.getAttribute('aria-label'))",
            ),
            (
                "regions without a name",
                "[...document.querySelectorAll('section')].filter(one =>
                    !document.getElementById(one.getAttribute('aria-labelledby')))",
            ),
            (
                "ids given twice",
                "[...document.querySelectorAll('[id]')].filter(one =>
                    document.querySelectorAll('#' + CSS.escape(one.id)).length > 1)",
            ),
        ] {
            let found: Vec<String> = page.eval(&format!("{nameless}.map(one => one.outerHTML)"));
            assert_eq!(found, [""; 0], "{what}");
        }
        for landmark in ["header", "main", "nav[aria-label]", "h1"] {
            let count = format!("document.querySelectorAll('{landmark}').length");
            assert_eq!(page.eval::<usize>(&count), 1, "{landmark}");
        }
        page.assert_quiet();
    }
}

#[test]
fn marks_are_one_stop_and_arrows_go_through_them() {
    let Some(page) = page() else { return };
    let tape = Tape::new();
    let x = tape.var("x", 0.0);
    let kinks: Vec<Var> = (0..5).map(|_| x.relu()).collect();
    page.open(&tape::sum(&kinks).explain().html());
    let stops = "document.querySelectorAll('#note-list button[tabindex=\"0\"]').length";
    assert!(page.eval::<usize>("document.querySelectorAll('#note-list button').length") >= 5);
    assert_eq!(page.eval::<usize>(stops), 1);
    page.eval::<()>("(document.querySelector('#note-list button').focus(), null)");
    page.key("ArrowDown");
    page.key("ArrowDown");
    let nth = "[...document.querySelectorAll('#note-list button')].indexOf(document.activeElement)";
    assert_eq!(page.eval::<i32>(nth), 2);
    page.key("ArrowUp");
    assert_eq!(page.eval::<i32>(nth), 1);
    assert_eq!(page.eval::<usize>(stops), 1);
    page.assert_quiet();
}
