//! A page: opened, driven, asked.

use crate::browser::Browser;
use crate::keys::Key;
use base64::Engine;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};

/// A page in the browser; closed when dropped.
///
/// Every method panics if the browser refuses: pages are for tests.
pub struct Page<'a> {
    browser: &'a Browser,
    context: String,
    session: String,
    /// Where what is opened lies.
    file: RefCell<Option<PathBuf>>,
    complaints: RefCell<Vec<String>>,
    requests: RefCell<Vec<String>>,
    size: Cell<[u32; 2]>,
}

/// How a page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// On a screen, light.
    Light,
    /// On a screen, dark.
    Dark,
    /// On paper.
    Print,
}

impl<'a> Page<'a> {
    pub(crate) fn new(browser: &'a Browser) -> Page<'a> {
        let mut pipe = browser.pipe();
        let mut ask = |session: &str, method: &str, parameters: Value, wanted: &str| {
            let answer = pipe.ask(session, method, &parameters);
            answer[wanted].as_str().unwrap_or_default().to_string()
        };
        let context = ask(
            "",
            "Target.createBrowserContext",
            json!({}),
            "browserContextId",
        );
        let target = json!({ "url": "about:blank", "browserContextId": context });
        let target = ask("", "Target.createTarget", target, "targetId");
        let attach = json!({ "targetId": target, "flatten": true });
        let session = ask("", "Target.attachToTarget", attach, "sessionId");
        let offline = json!({
            "offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1
        });
        for (method, parameters) in [
            ("Page.enable", json!({})),
            ("Runtime.enable", json!({})),
            ("Log.enable", json!({})),
            ("Network.enable", json!({})),
            ("Network.emulateNetworkConditions", offline),
            // It behaves as if it were in front.
            (
                "Emulation.setFocusEmulationEnabled",
                json!({ "enabled": true }),
            ),
        ] {
            ask(&session, method, parameters, "");
        }
        drop(pipe);
        let page = Page {
            browser,
            context,
            session,
            file: RefCell::default(),
            complaints: RefCell::default(),
            requests: RefCell::default(),
            size: Cell::default(),
        };
        page.resize(1280, 800);
        page.media(Media::Light);
        page
    }

    /// Opens a document, from a file as a reader would, and waits until it is loaded.
    pub fn open(&self, html: &str) {
        let file = self.file.borrow_mut().take().unwrap_or_else(|| {
            std::env::temp_dir().join(format!("chainrule-page-{}.html", self.session))
        });
        fs::write(&file, html).expect("a file in the temporary folder");
        let url = format!("file://{}", file.display());
        self.file.replace(Some(file));
        self.visit(&url);
    }

    /// Opens an address, and waits until it is loaded.
    pub fn visit(&self, url: &str) {
        let answer = self.ask("Page.navigate", json!({ "url": url }));
        assert!(answer["errorText"].is_null(), "{url}: {answer}");
        let mut pipe = self.browser.pipe();
        pipe.wait_for(&self.session, "Page.loadEventFired");
    }

    /// The value of an expression in the page. Promises are awaited.
    ///
    /// # Panics
    /// If it throws, or has another type.
    #[track_caller]
    pub fn eval<T: DeserializeOwned>(&self, script: &str) -> T {
        let answer = self.ask(
            "Runtime.evaluate",
            json!({ "expression": script, "returnByValue": true, "awaitPromise": true }),
        );
        let thrown = &answer["exceptionDetails"]["exception"];
        assert!(thrown.is_null(), "{script}\nthrows {thrown}");
        let value = answer["result"]["value"].clone();
        match serde_json::from_value(value) {
            Ok(value) => value,
            Err(why) => panic!("{script}\nis {}: {why}", answer["result"]),
        }
    }

    /// The text of the first element that a selector finds, as it is in the document.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    #[must_use]
    pub fn text(&self, selector: &str) -> String {
        self.eval(&format!(
            "document.querySelector({}).textContent",
            json!(selector)
        ))
    }

    /// Presses a key: `ArrowRight`, `Enter`, `a`, a space; with modifiers, `Shift+Tab`.
    pub fn key(&self, name: &str) {
        let Key {
            key,
            code,
            number,
            text,
            modifiers,
        } = Key::named(name);
        let mut press = json!({
            "type": if text.is_empty() { "rawKeyDown" } else { "keyDown" },
            "key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers,
        });
        if !text.is_empty() {
            press["text"] = text.into();
        }
        self.ask("Input.dispatchKeyEvent", press.clone());
        press["type"] = "keyUp".into();
        press.as_object_mut().expect("an object").remove("text");
        self.ask("Input.dispatchKeyEvent", press);
    }

    /// Types into what has the focus.
    pub fn write(&self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Presses and lets go the mouse in the middle of the first element that a selector finds,
    /// scrolled into view.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let [x, y]: [f64; 2] = self.eval(&format!(
            "(() => {{ const found = document.querySelector({});
            found.scrollIntoView({{ block: 'center', inline: 'center' }});
            const box = found.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        ));
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event);
        }
    }

    /// Sets the size of the page's window.
    pub fn resize(&self, width: u32, height: u32) {
        self.size.set([width, height]);
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    /// Shows the page light, dark or as on paper.
    pub fn media(&self, media: Media) {
        let scheme = if media == Media::Dark {
            "dark"
        } else {
            "light"
        };
        let kind = if media == Media::Print { "print" } else { "" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.ask(
            "Emulation.setEmulatedMedia",
            json!({ "media": kind, "features": features }),
        );
    }

    /// Lets the page's clock run on: its timers of that time fire at once.
    pub fn pass(&self, milliseconds: u32) {
        let policy = json!({ "policy": "advance", "budget": milliseconds });
        self.ask("Emulation.setVirtualTimePolicy", policy);
        let mut pipe = self.browser.pipe();
        pipe.wait_for(&self.session, "Emulation.virtualTimeBudgetExpired");
    }

    /// The innermost elements that reach beyond the window's right edge and make the page scroll
    /// sideways; none where it fits.
    #[must_use]
    pub fn too_wide(&self) -> Vec<String> {
        self.eval(
            "document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.body.querySelectorAll('*')].filter(one =>
                one.getBoundingClientRect().right > innerWidth && !one.firstElementChild)
            .map(one => `${one.tagName} #${one.id} ${one.textContent.slice(0, 40)}`)",
        )
    }

    /// A picture of the window, in PNG.
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        self.bytes("Page.captureScreenshot", json!({ "format": "png" }))
    }

    /// Writes a picture of the window to a PNG file.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn screenshot(&self, path: impl AsRef<Path>) {
        let path = path.as_ref();
        let written = fs::write(path, self.picture());
        written.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    }

    /// The page printed, in PDF.
    #[must_use]
    pub fn pdf(&self) -> Vec<u8> {
        self.bytes("Page.printToPDF", json!({}))
    }

    /// What went wrong since the page was made: exceptions, and all that was written to the
    /// console or the browser's log.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.read_events();
        self.complaints.borrow().clone()
    }

    /// The addresses that were asked for since the page was made, its own among them.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.read_events();
        self.requests.borrow().clone()
    }

    /// Checks that nothing went wrong and that nothing but the page itself was asked for.
    ///
    /// # Panics
    /// Else.
    #[track_caller]
    pub fn assert_quiet(&self) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "the page complains: {complaints:#?}");
        let foreign = |url: &String| !url.starts_with("file://") || !url.contains(&self.session);
        let foreign: Vec<String> = self.requests().into_iter().filter(foreign).collect();
        assert!(foreign.is_empty(), "the page asks for {foreign:#?}");
    }

    fn read_events(&self) {
        // Once it has answered, all events from before are here.
        self.ask("Runtime.evaluate", json!({ "expression": "0" }));
        for event in self.browser.pipe().take_events(&self.session) {
            let of = &event.parameters;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
            let mut complaints = self.complaints.borrow_mut();
            match &event.method[..] {
                "Runtime.exceptionThrown" => {
                    let thrown = &of["exceptionDetails"];
                    let what = text(&thrown["exception"]["description"]);
                    complaints.push(format!("{} {what}", text(&thrown["text"])));
                }
                "Runtime.consoleAPICalled" => complaints.push(format!("console: {}", of["args"])),
                "Log.entryAdded" => complaints.push(text(&of["entry"]["text"])),
                "Page.javascriptDialogOpening" => complaints.push(text(&of["message"])),
                "Network.requestWillBeSent" => {
                    self.requests.borrow_mut().push(text(&of["request"]["url"]));
                }
                _ => {}
            }
        }
    }

    fn ask(&self, method: &str, parameters: Value) -> Value {
        self.browser.pipe().ask(&self.session, method, &parameters)
    }

    fn bytes(&self, method: &str, parameters: Value) -> Vec<u8> {
        let answer = self.ask(method, parameters);
        let text = answer["data"].as_str().unwrap_or_default();
        let bytes = base64::engine::general_purpose::STANDARD.decode(text);
        bytes.expect("the browser sends base64")
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            let _ = fs::remove_file(file);
        }
        // A second panic would hide the first.
        if !std::thread::panicking() {
            let context = json!({ "browserContextId": self.context });
            self.browser
                .pipe()
                .ask("", "Target.disposeBrowserContext", &context);
        }
    }
}
