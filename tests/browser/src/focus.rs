//! Where the Tab key leads.

use crate::page::Page;
use serde::Deserialize;

/// A place where the focus rests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Stop {
    /// What a screen reader calls it: its label, else its text, else its id.
    pub name: String,
    /// The element's id, or nothing.
    pub id: String,
    /// Whether it looks different with the focus than without.
    pub shows: bool,
}

/// Which elements can be used, and are there to be seen.
const USABLE: &str = "[...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex], [role=button]')]
    .filter(one => one.getClientRects().length && !one.disabled && one.tabIndex >= 0
        && getComputedStyle(one).visibility === 'visible')";

const NAME: &str = "(one => one.getAttribute('aria-label') || one.labels?.[0]?.textContent.trim()
    || one.textContent.trim() || one.id)";

/// What an element and all within it look like.
const LOOKS: &str = "(one => JSON.stringify([one, ...one.querySelectorAll('*')].map(part => {
    const look = getComputedStyle(part);
    return [look.outlineStyle, look.outlineWidth, look.outlineColor, look.boxShadow, look.fill,
        look.stroke, look.strokeWidth, look.borderColor, look.backgroundColor]; })))";

impl Page<'_> {
    /// The names of the elements that a mouse can use and that ask to be reached by Tab.
    #[must_use]
    pub fn controls(&self) -> Vec<String> {
        self.eval(&format!("{USABLE}.map({NAME})"))
    }

    /// Presses Tab from the top of the page until it leaves the page or returns to where it was:
    /// the stops in their order.
    ///
    /// # Panics
    /// If the focus never leaves.
    #[must_use]
    pub fn tab_stops(&self) -> Vec<Stop> {
        self.eval::<()>("(document.activeElement?.blur(), window.stops = new Set(), null)");
        let step = format!(
            "(() => {{ const one = document.activeElement;
            if (!one || one === document.body || window.stops.has(one)) return null;
            window.stops.add(one);
            const lit = {LOOKS}(one);
            one.blur();
            const dark = {LOOKS}(one);
            one.focus({{ focusVisible: true, preventScroll: true }});
            return {{ name: {NAME}(one), id: one.id, shows: lit !== dark }}; }})()"
        );
        let mut stops = Vec::new();
        let most = self.eval::<usize>("document.querySelectorAll('*').length");
        loop {
            self.key("Tab");
            let Some(stop) = self.eval::<Option<Stop>>(&step) else {
                return stops;
            };
            stops.push(stop);
            assert!(stops.len() <= most, "Tab leads round and round: {stops:?}");
        }
    }
}
