//! The page marks who made the first NaN, what stands at a kink, and where digits are lost.

use browser::page;
use tape::Tape;

#[test]
fn nodes_at_fault_are_marked_and_told_of() {
    let Some(page) = page() else { return };
    let tape = Tape::new();
    let (a, b, x) = (tape.var("a", 2.0), tape.var("b", 3.0), tape.var("x", 1e-6));
    let bad = (a - b).ln().named("bad");
    let lost = (1.0 - x.cos()).named("lost");
    let kink = (a - 2.0).relu().named("kink");
    let loss = (bad + lost / (x * x) + kink).named("loss");
    page.open(&loss.explain().html());
    let mark = |label: &str| {
        page.eval::<String>(&format!(
            "nodes.find(node => node.label === '{label}').drawn.querySelector('.mark').textContent"
        ))
    };
    assert_eq!(["bad", "kink", "lost", "a"].map(mark), ["!", "∠", "≈", ""]);
    let told = page.text("#note-list");
    for part in [
        "forward: bad = ln(",
        "cure: ",
        "kink = relu(",
        "taken 0, above 1",
        "lost = 1 - ",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    // What is told leads to its node, and what is hidden is unfolded for it.
    page.eval::<()>("(document.querySelector('#note-list button').focus(), null)");
    page.key("Enter");
    assert!(page.text("#ledger").starts_with("bad = ln("));
    // Marks are of the recorded run.
    page.eval::<()>("(moveInput(nodes[0], 5), null)");
    assert_eq!(mark("bad"), "");
    page.assert_quiet();
    let calm = (a * b).explain();
    page.open(&calm.html());
    assert!(page.eval::<bool>("at('notes').hidden"));
    page.assert_quiet();
}
