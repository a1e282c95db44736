//! Arrays in the page: maps of their numbers, and the story of one element.

use browser::page;
use tape::{Explanation, Sweep, Tape, Tensor};

struct Layer {
    explanation: Explanation,
    b: Tensor,
    w: Tensor,
}

/// Two layers' worth: a bias that is repeated along rows, a weight that is used twice.
fn layer() -> Layer {
    let tape = Tape::new();
    let x = tape
        .constant([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4]])
        .named("X");
    let w = tape.tensor("W", [[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]]);
    let b = tape.tensor("b", [0.1, 0.2, -0.3]);
    let a = (x.matmul(w) + b).sigmoid().named("a");
    let loss = a.square().sum() + w.square().sum() * 0.1 + b.sin().sum();
    let explanation = loss.named("J").explain();
    Layer { explanation, b, w }
}

fn choose(page: &browser::Page<'_>, label: &str, index: &str) -> String {
    page.eval::<()>(&format!(
        "(look(nodes.find(node => node.label === '{label}')), at('element').value = '{index}', at('element').onchange(), null)"
    ));
    page.text("#element-story")
}

#[test]
fn an_element_tells_what_it_received_as_the_ledger_has_it() {
    let Some(page) = page() else { return };
    let Layer { explanation, b, w } = layer();
    page.open(&explanation.html());
    let number = |x: f64| page.eval::<String>(&format!("show({x:?})"));
    for (label, index, element) in [
        ("W", "1,2", explanation.element(w, &[1, 2])),
        ("W", "0,0", explanation.element(w, &[0, 0])),
        ("b", "1", explanation.element(b, &[1])),
    ] {
        let story = choose(&page, label, index);
        assert!(
            story.starts_with(&format!("{label}[{index}] = {}", number(element.value))),
            "{story}"
        );
        let adjoint = number(element.adjoint.expect("it has one"));
        assert!(story.ends_with(&adjoint), "{story}");
        let terms: Vec<String> = element
            .terms
            .iter()
            .map(|term| number(term.contribution))
            .collect();
        assert!(
            story.contains(&format!("adjoint {} = {adjoint}", terms.join(" + "))),
            "{story}"
        );
    }
    let story = choose(&page, "b", "1");
    assert!(story.contains("it was repeated 3 times"), "{story}");
    assert!(choose(&page, "b", "3").contains("no such element"));
    assert!(choose(&page, "b", "0,0").contains("no such element"));
    page.assert_quiet();
}

/// How strongly each map of the page is coloured in the middle of its cells, from 0 to 255.
fn strengths(page: &browser::Page<'_>) -> Vec<Vec<u8>> {
    page.eval(
        "[...document.querySelectorAll('#maps canvas')].map((canvas, nth) => {
            const { columns, rows } = gridOf(looked.array[nth ? 'adjoint' : 'value'], looked.array.shape);
            const [width, height] = [canvas.width / columns, canvas.height / rows];
            const dots = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return Array.from({ length: columns * rows }, (_, place) => dots[3
                + 4 * (Math.floor((place % columns + 0.5) * width)
                + canvas.width * Math.floor((Math.floor(place / columns) + 0.5) * height))]); })",
    )
}

fn look(page: &browser::Page<'_>, label: &str) {
    page.eval::<()>(&format!(
        "(look(nodes.find(node => node.label === '{label}')), null)"
    ));
}

#[test]
fn maps_have_a_cell_per_element_or_means_of_parts() {
    let Some(page) = page() else { return };
    page.open(&layer().explanation.html());
    choose(&page, "W", "0,1");
    let maps = strengths(&page);
    assert_eq!(maps.len(), 2);
    // By size, relative to the largest.
    let expected = [0.5, 0.4, 0.3, 0.2, 0.1, 0.6].map(|x: f64| x / 0.6 * 255.0);
    for (strength, expected) in maps[0].iter().zip(expected) {
        assert!((f64::from(*strength) - expected).abs() <= 1.0, "{maps:?}");
    }
    let tape = Tape::new();
    let big = tape.tensor("big", tape::Array::full(&[300, 200], 0.5));
    let long = tape.tensor("long", tape::Array::full(&[1, 4000], 0.5));
    let odd = tape.tensor("odd", [f64::NAN, f64::INFINITY, 0.0, -1.0]);
    let empty: Tensor = tape.tensor("empty", tape::Array::zeros(&[0, 3]));
    let all = big.square().sum() + long.sum() + odd.sum() + empty.sum();
    page.open(&all.explain().html());
    let cells = |label| {
        look(&page, label);
        strengths(&page).iter().map(Vec::len).collect::<Vec<_>>()
    };
    assert_eq!(cells("big"), [1600, 1600]);
    // Four thousand elements side by side would be no picture: 64 to a line.
    assert_eq!(cells("long"), [64 * 63, 64 * 63]);
    assert!(page.text("#maps").contains("64 to a line"));
    look(&page, "odd");
    assert!(page.text("#maps").contains("2 not finite"));
    assert_eq!(strengths(&page), [[255, 255, 0, 255], [255; 4]]);
    look(&page, "empty");
    assert!(page.text("#maps").contains("no elements"));
    page.assert_quiet();
}

#[test]
fn an_element_is_chosen_in_a_map_by_mouse_and_by_arrows() {
    let Some(page) = page() else { return };
    page.open(&layer().explanation.html());
    choose(&page, "W", "0,0");
    let chosen = || page.eval::<String>("at('element').value");
    // The middle of a map of two rows and three columns is the edge of two cells in its middle.
    page.click("#maps canvas");
    assert!(["0,1", "1,1"].contains(&&chosen()[..]), "{}", chosen());
    let focus = "document.activeElement.tagName";
    page.eval::<()>("(document.querySelector('#maps canvas').focus(), null)");
    let steps = page.text("#count");
    for (key, element) in [
        ("Home", "0,0"),
        ("ArrowRight", "0,1"),
        ("ArrowDown", "1,1"),
        ("ArrowLeft", "1,0"),
        ("ArrowUp", "0,0"),
        ("ArrowUp", "0,0"),
        ("End", "1,2"),
        ("ArrowRight", "1,2"),
    ] {
        page.key(key);
        assert_eq!(chosen(), element, "{key}");
        assert_eq!(page.eval::<String>(focus), "CANVAS", "{key}");
    }
    // It is told, framed in both maps, and no step was made.
    assert!(page.text("#says").starts_with("W[1,2] = 0.6"));
    let frames = "[...document.querySelectorAll('#maps .chosen')].filter(frame =>
        Math.abs(parseFloat(frame.style.left) - 200 / 3) < 1e-3 && frame.style.top === '50%').length";
    assert_eq!(page.eval::<usize>(frames), 2);
    assert_eq!(page.text("#count"), steps);
    // A step that takes the adjoint's map away leaves the focus on the value's.
    page.eval::<()>("(go(0), null)");
    assert_eq!(page.eval::<String>(focus), "CANVAS");
    page.assert_quiet();
}

#[test]
fn hooks_and_seeds_are_told_as_the_ledger_has_them() {
    let Some(page) = page() else { return };
    let tape = Tape::without_lines();
    let (x, n) = (tape.tensor("x", [3.0, -4.0]), tape.var("n", 2.0));
    let h = (x * n).named("h");
    let y = (h.square() + h).named("y");
    let explanation = Sweep::new()
        .hook(h, |adjoint| {
            *adjoint = adjoint.map(|a| f64::clamp(a, -10.0, 10.0))
        })
        .hook_number(n, |adjoint| *adjoint *= 0.5)
        .explain_vjp(y, &[1.0, -2.0].into());
    page.open(&explanation.html());
    let shown = |node: &str| {
        page.eval::<String>(&format!(
            "ledgerOf(nodes.find(node => node.label === '{node}'))"
        ))
    };
    for (label, ledger) in [
        ("x", explanation.ledger(x)),
        ("h", explanation.ledger(h)),
        ("y", explanation.ledger(y)),
        ("n", explanation.ledger(n)),
    ] {
        assert_eq!(shown(label).trim_end(), ledger.trim_end());
    }
    assert!(shown("n").contains("hook:"), "{}", shown("n"));
    let story = choose(&page, "h", "0");
    assert!(
        story.contains("hook: 13 -> 10") && story.ends_with(" = 13, made 10 by a hook"),
        "{story}"
    );
    let story = choose(&page, "h", "1");
    assert!(story.contains("hook: 30 -> 10"), "{story}");
    let story = choose(&page, "y", "1");
    assert!(story.ends_with("adjoint -2"), "{story}");
    // Every step can be told, and the seed.
    page.eval::<()>("(() => { for (let t = 0; t <= end; t++) go(t); return null; })()");
    page.eval::<()>("(go(seeded), null)");
    assert!(
        page.text("#phase")
            .contains("what the adjoint of the output starts as")
    );
}
