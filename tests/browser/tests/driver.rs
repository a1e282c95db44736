//! The driver itself: what it must notice, it notices.

use browser::{Media, page};

#[test]
fn complaints_and_requests_are_noticed() {
    let Some(page) = page() else { return };
    page.open("<!doctype html><title>quiet</title><p>ü &lt;b&gt;</p>");
    page.assert_quiet();
    assert_eq!(page.text("p"), "ü <b>");
    for (script, said) in [
        ("console.error('one')", "one"),
        ("console.warn('two')", "two"),
        ("setTimeout(() => { throw new Error('three') })", "three"),
        ("Promise.reject(new Error('four'))", "four"),
        (
            "document.body.append(Object.assign(new Image(), {src: 'file:///five'}))",
            "ERR_FILE_NOT_FOUND",
        ),
    ] {
        page.open(&format!("<!doctype html><body><script>{script}</script>"));
        let said_it = || {
            page.complaints()
                .last()
                .is_some_and(|last| last.contains(said))
        };
        // Timers and requests end after the page is loaded.
        let heard =
            (0..100).any(|_| said_it() || page.eval("new Promise(r => setTimeout(r, 20, false))"));
        assert!(heard, "{script}: {:?}", page.complaints());
    }
    assert!(page.requests().contains(&"file:///five".to_string()));
    page.open("<!doctype html><script>fetch('http://127.0.0.1:9/').catch(() => 0)</script>");
    assert!(page.requests().contains(&"http://127.0.0.1:9/".to_string()));
}

#[test]
fn a_policy_that_is_broken_is_noticed() {
    let Some(page) = page() else { return };
    page.open(
        "<!doctype html><meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">\
         <body onload='x()'>",
    );
    assert!(
        page.complaints()
            .concat()
            .contains("Content Security Policy")
    );
}

#[test]
fn keys_mouse_and_clock_work() {
    let Some(page) = page() else { return };
    page.open(
        "<!doctype html><style>#none { outline: none }</style>
         <button id=a onclick='this.textContent += 1'>A</button><input id=b aria-label=B>
         <button id=none>C</button><button disabled>D</button><div tabindex=-1>E</div><p></p>
         <script>document.onkeydown = event => document.querySelector('p').textContent = event.key;
         setTimeout(() => document.title = 'later', 100000)</script>",
    );
    assert_eq!(page.controls(), ["A", "B", "C"]);
    let stops = page.tab_stops();
    let stops: Vec<(&str, bool)> = stops
        .iter()
        .map(|stop| (&stop.name[..], stop.shows))
        .collect();
    assert_eq!(stops, [("A", true), ("B", true), ("C", false)]);
    page.key("ArrowRight");
    assert_eq!(page.text("p"), "ArrowRight");
    page.click("#a");
    page.key("Enter");
    assert_eq!(page.text("#a"), "A11");
    page.click("#b");
    page.write("ø");
    page.key("z");
    assert_eq!(
        page.eval::<String>("document.getElementById('b').value"),
        "øz"
    );
    page.pass(100_000);
    assert_eq!(page.eval::<String>("document.title"), "later");
    let is_dark = "matchMedia('(prefers-color-scheme: dark)').matches";
    assert!(!page.eval::<bool>(is_dark));
    page.media(Media::Dark);
    assert!(page.eval::<bool>(is_dark));
    page.resize(300, 200);
    assert_eq!(
        page.eval::<[u32; 2]>("[innerWidth, innerHeight]"),
        [300, 200]
    );
    let png = page.picture();
    // The header of a PNG file ends with its width and height.
    assert_eq!(
        (&png[1..4], &png[16..24]),
        (&b"PNG"[..], &[0, 0, 1, 44, 0, 0, 0, 200][..])
    );
    assert!(page.pdf().starts_with(b"%PDF-"));
}
