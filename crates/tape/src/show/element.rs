//! The ledger of one element as text.

use super::text::{HIDES, aligned};
use super::visible;
use crate::explain::{ElementLedger, Term};
use crate::op::Op;
use std::fmt;

/// ```
/// let tape = tape::Tape::without_lines();
/// let w = tape.tensor("w", [2.0, 3.0]);
/// let s = w.square().named("s");
/// let f = s.sum().named("f");
/// assert_eq!(
///     f.explain().element(w, &[1]).to_string(),
///     "\
/// w[1] = 3
///     from s[1]: 1 * 6 = 6    ds/dw = 2 * w
///     adjoint 6
/// "
/// );
/// ```
impl fmt::Display for ElementLedger<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |number| self.explanation.number(number);
        let place = self.index.iter().map(ToString::to_string);
        let place = format!("[{}]", place.collect::<Vec<_>>().join(","));
        writeln!(
            f,
            "{}{place} = {}",
            visible(&self.node.label),
            number(self.value)
        )?;
        let terms = self.terms.iter().map(|term| self.row(term, &place));
        let hooks = self.hooks.iter().map(|hook| {
            let text = self.explanation.hook_text(hook);
            self.explanation.hook_row(text, hook.source.as_ref())
        });
        let rows: Vec<_> = terms.chain(hooks).collect();
        f.write_str(&aligned(&rows))?;
        let Some(adjoint) = self.adjoint else {
            return writeln!(f, "    adjoint none: no path leads to an output");
        };
        let sum = self.hooks.first().map_or(adjoint, |hook| hook.before);
        let adjoint = number(sum) + &self.explanation.made(&self.hooks);
        let terms: Vec<String> = self
            .terms
            .iter()
            .map(|term| number(term.contribution))
            .collect();
        match terms.len() {
            0 | 1 => writeln!(f, "    adjoint {adjoint}"),
            _ => writeln!(f, "    adjoint {} = {adjoint}", terms.join(" + ")),
        }
    }
}

impl ElementLedger<'_> {
    fn row(&self, term: &Term, place: &str) -> [String; 3] {
        let explanation = self.explanation;
        let Some(child) = term.child.map(|child| explanation.at(child)) else {
            return [
                "output:".into(),
                explanation.number(term.contribution),
                String::new(),
            ];
        };
        let label = visible(&child.label);
        if child.op == Op::Structural {
            return [
                format!("from {label}:"),
                explanation.number(term.contribution),
                explanation.rule(child, term.slot as usize),
            ];
        }
        let terms = self.node.array.iter().flat_map(|array| &array.terms);
        let mut same = terms.filter(|other| (other.child, other.slot) == (term.child, term.slot));
        let formula = same
            .next()
            .and_then(|term| explanation.local_formula(self.node, term));
        let mark = if term.hides() {
            format!("  {HIDES}")
        } else {
            String::new()
        };
        [
            format!("from {label}{place}:"),
            explanation.factors(term),
            formula.unwrap_or_default() + &mark,
        ]
    }
}
