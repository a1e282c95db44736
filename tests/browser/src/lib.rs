//! A page of ours in a real browser, without a window: opened, driven by keys, and asked.
//!
//! ```no_run
//! let Some(page) = browser::page() else { return };
//! page.open("<!doctype html><output id=count>forward 3 of 5</output>");
//! page.key("ArrowRight");
//! assert_eq!(page.text("#count"), "forward 3 of 5");
//! page.assert_quiet();
//! ```
//!
//! The browser is the Chromium that is installed (see [`Browser::find`]); where there is none,
//! [`page`] says so and gives `None`. One browser serves all tests of a program, each page in a
//! profile of its own, with the network off.
//!
//! The driver is our own: Chromium takes its protocol from a pipe, one JSON text behind the other,
//! and for these few requests drivers from the registry bring 112 crates (`headless_chrome` 1.0)
//! or 150 (`chromiumoxide` 0.9), where `base64` is the one that this needs.

mod browser;
mod focus;
mod keys;
mod page;
mod pipe;

pub use browser::Browser;
pub use focus::Stop;
pub use page::{Media, Page};

/// A new page in the program's one browser; `None`, said on standard error, where there is no
/// Chromium.
#[must_use]
pub fn page() -> Option<Page<'static>> {
    Browser::shared().map(Browser::page)
}
