//! The explorer's page in a browser: it loads with the network off, steps by keys to the very
//! digits that the ledger prints, and names are text whatever they look like.

use browser::{Media, Page, page};
use tape::{Explanation, Tape};

/// `(x + y) z`, the lecture's numbers.
fn circuit() -> Explanation {
    let tape = Tape::new();
    let (x, y, z) = (tape.var("x", -2.0), tape.var("y", 5.0), tape.var("z", -4.0));
    let q = (x + y).named("q");
    (q * z).named("f").explain()
}

/// Numbers with many digits, a node used twice, one that nothing flows back to.
fn medley() -> Explanation {
    let tape = Tape::new();
    let (x, w) = (tape.var("x", 0.3), tape.var("w", -1.7));
    let unused = tape.var("unused", 1e-9);
    let h = (x * w).tanh().named("h");
    let _ = (unused * h).named("aside");
    (h * h + h.exp() * 1e200 + (x / w)).named("L").explain()
}

/// A layer, as arrays.
fn layer() -> Explanation {
    let tape = Tape::new();
    let x = tape
        .constant([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4]])
        .named("X");
    let w = tape.tensor("W", [[0.5, -0.4, 0.3], [-0.2, 0.1, 0.6]]);
    let a = x.matmul(w).sigmoid().named("a");
    a.square().sum().named("J").explain()
}

/// Names that would do harm if they were anything but text.
const HOSTILE: [&str; 20] = [
    "</script><script>window.harm=1</script>",
    "<img src=x onerror=window.harm=1>",
    "\"><svg onload=window.harm=1>",
    "' onfocus='window.harm=1' x='",
    "]]><b>b</b><!--<script>",
    "&lt;b&gt;&amp;&#60;",
    "{{data}}{{script}}",
    "${window.harm=1}`",
    "javascript:window.harm=1",
    "\u{202e}turned\u{2066}",
    "שלום",
    "a\u{0}b\u{1b}[31m\u{7}\r\n\t",
    "\u{2028}\u{2029}",
    "__proto__",
    "constructor",
    "n0",
    "data",
    "\\u003c\\",
    "🦀e\u{301}",
    " ",
];

fn hostile() -> Explanation {
    let tape = Tape::new();
    let enormous = "m".repeat(100_000);
    let names = HOSTILE.iter().copied().chain([&enormous[..]]);
    let inputs = names.map(|name| tape.var(name, 1.5));
    let sum = inputs.fold(tape.var("x", 1.0), |sum, input| {
        (sum * input).named("</title><i>")
    });
    sum.named("</style><script>window.harm=1</script>")
        .explain()
}

fn graphs() -> [(&'static str, Explanation); 4] {
    [
        ("circuit", circuit()),
        ("medley", medley()),
        ("layer", layer()),
        ("hostile", hostile()),
    ]
}

/// Steps on until nothing changes any more; how many steps there were.
fn to_the_end(page: &Page<'_>, key: &str) -> usize {
    let mut before = page.text("#count");
    for steps in 0.. {
        page.key(key);
        let now = page.text("#count");
        if now == before {
            return steps;
        }
        before = now;
    }
    unreachable!("the steps end")
}

/// What a screen reader says of each node of the drawing.
fn nodes(page: &Page<'_>) -> Vec<String> {
    page.eval("[...document.querySelectorAll('#drawing .node')].map(node => node.getAttribute('aria-label'))")
}

/// The adjoint as the ledger prints it.
fn printed_adjoint(explanation: &Explanation, id: u32) -> Option<String> {
    let node = explanation.node_numbered(id)?;
    let text = explanation.to_string();
    let start = text.find(&format!("\n{} ", node.label))?;
    let line = text[start..]
        .lines()
        .find(|line| line.starts_with("    adjoint "))?;
    let sum = line.rsplit([' ', '=']).next();
    sum.map(str::to_string).filter(|_| node.adjoint.is_some())
}

#[test]
fn pages_load_with_the_network_off_and_say_nothing() {
    let Some(page) = page() else { return };
    for (name, explanation) in graphs() {
        page.open(&explanation.html());
        page.assert_quiet();
        assert_eq!(nodes(&page).len(), explanation.nodes().len(), "{name}");
        for id in [
            "first", "back", "play", "next", "last", "scrubber", "count", "predict", "search",
        ] {
            assert!(
                page.eval::<bool>(&format!("document.getElementById('{id}') !== null")),
                "{name}: #{id}"
            );
        }
    }
}

#[test]
fn stepping_by_keys_ends_at_the_printed_gradients() {
    let Some(page) = page() else { return };
    for (name, explanation) in [("circuit", circuit()), ("medley", medley())] {
        page.open(&explanation.html());
        page.key("Home");
        let start = nodes(&page).concat();
        assert!(!start.contains("adjoint"), "{name} begins with {start}");
        let steps = to_the_end(&page, "ArrowRight");
        assert!(
            steps > explanation.nodes().len(),
            "{name} has {steps} steps"
        );
        let shown = nodes(&page);
        let mut compared = 0;
        for (node, shown) in explanation.nodes().iter().zip(&shown) {
            assert!(
                shown.starts_with(&format!("{} = ", node.label)),
                "{name}: {shown}"
            );
            match printed_adjoint(&explanation, node.id) {
                Some(printed) => {
                    assert!(
                        shown.ends_with(&format!("adjoint {printed}")),
                        "{name}: {shown}, not {printed}"
                    );
                    compared += 1;
                }
                None => assert!(!shown.contains("adjoint"), "{name}: {shown}"),
            }
        }
        assert!(compared >= 5, "{name}: {compared}");
        // And back, and at one go.
        assert_eq!(to_the_end(&page, "ArrowLeft"), steps);
        assert_eq!(nodes(&page).concat(), start);
        page.key("End");
        assert_eq!(nodes(&page), shown);
        page.assert_quiet();
    }
}

#[test]
fn arrays_end_at_the_printed_gradients() {
    let Some(page) = page() else { return };
    let explanation = layer();
    page.open(&explanation.html());
    page.key("End");
    let places = explanation
        .nodes()
        .iter()
        .position(|node| node.label == "W");
    page.eval::<()>(&format!(
        "(document.querySelectorAll('#drawing .node')[{}].focus(), null)",
        places.expect("W is a node")
    ));
    let ledger = page.text("#ledger");
    let text = explanation.to_string();
    let block = text
        .split("\n\n")
        .find(|block| block.starts_with("W [2,3]"));
    let block = block.expect("W is in the ledger");
    let adjoint = &block[block.find("adjoint [").expect("W has an adjoint")..];
    let numbers = adjoint.split(['[', ']', ' ', ',', '\n']);
    let numbers: Vec<&str> = numbers.filter(|word| word.contains('.')).collect();
    assert_eq!(numbers.len(), 6);
    for number in numbers {
        assert!(ledger.contains(number), "{number} is not in\n{ledger}");
    }
    page.assert_quiet();
}

#[test]
fn the_keyboard_alone_reaches_everything_and_shows_where_it_is() {
    let Some(page) = page() else { return };
    for media in [Media::Light, Media::Dark] {
        let explanation = circuit();
        page.media(media);
        page.open(&explanation.html());
        let stops = page.tab_stops();
        let reached: Vec<&str> = stops.iter().map(|stop| &stop.name[..]).collect();
        for control in page.controls() {
            assert!(
                reached.contains(&&control[..]),
                "Tab does not reach {control:?}: {reached:?}"
            );
        }
        for stop in &stops {
            assert!(stop.shows, "the focus does not show on {:?}", stop.name);
        }
        page.assert_quiet();
    }
}

#[test]
fn buttons_work_by_enter_and_by_mouse() {
    let Some(page) = page() else { return };
    page.open(&circuit().html());
    let press = |id: &str| {
        page.eval::<()>(&format!("(document.getElementById('{id}').focus(), null)"));
        page.key("Enter");
        page.text("#count")
    };
    let (end, start) = (press("last"), press("first"));
    assert_ne!(start, end);
    let second = press("next");
    assert_ne!(second, start);
    assert_eq!(press("back"), start);
    page.click("#last");
    assert_eq!(page.text("#count"), end);
    page.click("#first");
    page.click("#next");
    assert_eq!(page.text("#count"), second);
    // Playing takes time, which passes.
    page.click("#first");
    page.click("#play");
    page.pass(60_000);
    assert_eq!(page.text("#count"), end);
    page.assert_quiet();
}

#[test]
fn what_is_to_be_predicted_is_hidden_until_chosen() {
    let Some(page) = page() else { return };
    // What has no adjoint has none to hide.
    page.open(&medley().html());
    page.click("#predict");
    page.eval::<()>("(look(nodes.find(node => node.label === 'unused')), null)");
    assert!(page.text("#ledger").contains("adjoint none"));
    page.open(&circuit().html());
    page.click("#predict");
    // What the sweep has not reached yet cannot be revealed.
    page.eval::<()>("(document.querySelector('#drawing .node').focus(), null)");
    page.key("Enter");
    page.eval::<()>("(document.activeElement.blur(), null)");
    page.key("End");
    let hidden = nodes(&page);
    assert!(!hidden.concat().contains("adjoint -4"), "{hidden:?}");
    // Nor does the step give it away.
    let told = page.text("#phase") + &page.text("#story") + &page.text("#ledger");
    assert!(!told.contains("-4"), "{told}");
    page.eval::<()>("(document.querySelector('#drawing .node').focus(), null)");
    page.key("Enter");
    let shown = nodes(&page);
    assert!(
        shown[0].contains("adjoint -4") && shown[1] == hidden[1],
        "{shown:?}"
    );
    page.assert_quiet();
}

#[test]
fn a_node_is_found_by_its_name() {
    let Some(page) = page() else { return };
    page.open(&circuit().html());
    page.click("#search");
    page.write("q");
    assert!(page.text("#ledger").contains("q = x + y = 3"));
    // Keys are letters here, and no steps.
    let count = page.text("#count");
    page.key("ArrowLeft");
    page.key("Home");
    assert_eq!(page.text("#count"), count);
    page.assert_quiet();
}

#[test]
fn hostile_names_are_text() {
    let Some(page) = page() else { return };
    let explanation = hostile();
    page.open(&circuit().html());
    let parts = "['script', 'style', 'title', 'img', 'iframe', 'i', 'b', 'body > *'].map(
        kind => document.querySelectorAll(kind).length)";
    let usual: Vec<usize> = page.eval(parts);
    page.open(&explanation.html());
    page.key("Home");
    to_the_end(&page, "ArrowRight");
    let ids = "[...document.querySelectorAll('#drawing .node')]";
    page.eval::<()>(&format!("({ids}.forEach(node => node.focus()), null)"));
    assert_eq!(page.eval::<Vec<usize>>(parts), usual);
    assert!(page.eval::<bool>("!('harm' in window)"));
    page.click("#search");
    page.write("<img src=x");
    assert!(
        page.text("#ledger")
            .contains("<img src=x onerror=window.harm=1>")
    );
    // No control or format character gets through as such, but for line ends of our own.
    let seen: String = page.eval("document.body.innerText");
    let odd = |c: &char| c.is_control() && !"\n\t".contains(*c) || *c == '\u{202e}';
    assert_eq!(seen.chars().find(odd), None);
    assert_eq!(page.too_wide(), [""; 0]);
    assert!(page.eval::<bool>("!('harm' in window)"));
    page.assert_quiet();
}

#[test]
fn pages_are_dark_print_and_fit_a_telephone() {
    let Some(page) = page() else { return };
    for (name, explanation) in graphs() {
        page.resize(1280, 800);
        page.media(Media::Light);
        page.open(&explanation.html());
        let paper = "getComputedStyle(document.body).backgroundColor";
        let light: String = page.eval(paper);
        page.media(Media::Dark);
        assert_ne!(page.eval::<String>(paper), light, "{name}");
        // Paper is white, whatever the screen is, and has the ledger of every node.
        page.media(Media::Print);
        page.eval::<()>("(dispatchEvent(new Event('beforeprint')), null)");
        assert_eq!(page.eval::<String>(paper), light, "{name}");
        let missing: Vec<String> =
            page.eval("nodes.map(headline).filter(head => !at('all').textContent.includes(head))");
        assert_eq!(missing, [""; 0], "{name}");
        page.eval::<()>("(dispatchEvent(new Event('afterprint')), null)");
        assert!(page.eval::<bool>("at('paper').hidden"));
        assert!(page.pdf().len() > 1000, "{name}");
        page.media(Media::Light);
        page.resize(360, 640);
        assert_eq!(page.too_wide(), [""; 0], "{name} on a telephone");
        page.assert_quiet();
    }
}
