//! What hooks made of adjoints, in words.

use super::arrays::SPELLED_OUT;
use crate::explain::{ArrayHookTerm, Explanation, HookTerm, Node, Source};

impl Explanation {
    /// `18 -> 5`
    pub(super) fn hook_text(&self, hook: &HookTerm) -> String {
        format!(
            "{} -> {}",
            self.number(hook.before),
            self.number(hook.after)
        )
    }

    /// `[3. 4.] -> [0.6 0.8]`; of a large array how many elements are others.
    pub(super) fn array_hook_text(&self, hook: &ArrayHookTerm) -> String {
        let count = hook.after.len();
        if count > SPELLED_OUT {
            return format!("{} of {count} elements changed", hook.changed());
        }
        let [before, after] = [&hook.before, &hook.after].map(|array| self.array_line(array));
        format!("{before} -> {after}")
    }

    /// A row of the ledger: `hook: 18 -> 5`.
    pub(super) fn hook_row(&self, text: String, source: Option<&Source>) -> [String; 3] {
        let source = source.map_or(String::new(), ToString::to_string);
        ["hook:".to_string(), text, source]
    }

    /// The rows of a node's hooks.
    pub(super) fn hook_rows(&self, node: &Node) -> Vec<[String; 3]> {
        let hooks = node.hooks.iter();
        let mut rows: Vec<_> = hooks
            .map(|hook| self.hook_row(self.hook_text(hook), hook.source.as_ref()))
            .collect();
        let hooks = node.array.iter().flat_map(|array| &array.hooks);
        rows.extend(
            hooks.map(|hook| self.hook_row(self.array_hook_text(hook), hook.source.as_ref())),
        );
        rows
    }

    /// What stands behind an adjoint that hooks changed: `, made 5 by a hook`.
    pub(super) fn made(&self, hooks: &[HookTerm]) -> String {
        let Some(last) = hooks.last() else {
            return String::new();
        };
        format!(", made {} by {}", self.number(last.after), by(hooks.len()))
    }
}

/// `a hook`, `2 hooks`
pub(super) fn by(hooks: usize) -> String {
    match hooks {
        1 => "a hook".to_string(),
        many => format!("{many} hooks"),
    }
}
