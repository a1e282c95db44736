//! The reverse sweep as a log: what happens at each node, in order.

use super::text::HIDES;
use super::visible;
use crate::explain::{Explanation, Node};
use crate::op::Op;

impl Explanation {
    /// The reverse sweep as a log, step by step.
    ///
    /// ```
    /// let tape = tape::Tape::new();
    /// let (x, y) = (tape.var("x", 2.0), tape.var("y", 5.0));
    /// let p = (x * y).named("p");
    /// let f = (p + x).named("f");
    /// assert_eq!(
    ///     f.explain().sweep(),
    ///     "\
    /// start: f = p + x = 12, an output, adjoint 1
    /// step 1: at f = p + x, adjoint 1
    ///     p receives 1 * 1 = 1, sum 1
    ///     x receives 1 * 1 = 1, sum 1
    /// step 2: at p = x * y, adjoint 1
    ///     x receives 1 * 5 = 5, sum 1 + 5 = 6
    ///     y receives 1 * 2 = 2, sum 2
    /// end: x 6, y 2
    /// "
    /// );
    /// ```
    #[must_use]
    pub fn sweep(&self) -> String {
        let mut out = String::new();
        for node in self.nodes().iter().rev() {
            let seeds = node.terms.iter().take_while(|term| term.child.is_none());
            let seed = seeds.map(|term| term.contribution).reduce(|a, b| a + b);
            let terms = node.array.iter().flat_map(|array| &array.terms);
            let mut array_seeds = terms.filter(|term| term.child.is_none());
            let shown = match (seed, array_seeds.next()) {
                (Some(seed), _) => self.number(seed),
                (None, Some(seed)) => self.array_line(&seed.contribution),
                (None, None) => continue,
            };
            let head = self.headline(node);
            out += &format!("start: {head}, an output, adjoint {shown}\n");
        }
        for step in self.steps() {
            out += &self.hook_lines(step.node);
            let (label, expression) = (visible(&step.node.label), self.expression(step.node));
            let adjoint = match step.node.array.as_ref().map(|array| &array.adjoint) {
                Some(Some(adjoint)) => self.array_line(adjoint),
                Some(None) | None => self.number(step.adjoint),
            };
            let end = if step.receipts.is_empty() && step.array_receipts.is_empty() {
                ": it hands nothing on"
            } else {
                ""
            };
            out += &format!(
                "step {}: at {label} = {expression}, adjoint {adjoint}{end}\n",
                step.number
            );
            for receipt in &step.receipts {
                let after = self.number(receipt.after);
                let sum = match receipt.before {
                    Some(before) => {
                        format!(
                            "{} + {} = {after}",
                            self.number(before),
                            self.number(receipt.term.contribution)
                        )
                    }
                    None => after,
                };
                let mark = if receipt.term.hides() {
                    format!("  {HIDES}")
                } else {
                    String::new()
                };
                let (operand, product) =
                    (visible(&receipt.operand.label), self.product(&receipt.term));
                out += &format!("    {operand} receives {product}, sum {sum}{mark}\n");
            }
            for receipt in &step.array_receipts {
                let (operand, term) = (visible(&receipt.operand.label), receipt.term);
                let reads = self.rule(step.node, term.slot as usize);
                let added = self.array_line(&term.contribution);
                let nth = match receipt.place {
                    0 => String::new(),
                    place => format!(", its term {}", place + 1),
                };
                let mark = match self.array_hides(term) {
                    true => format!("  {HIDES}"),
                    false => String::new(),
                };
                out += &format!("    {operand} receives {reads} = {added}{nth}{mark}\n");
            }
        }
        for input in self.inputs().collect::<Vec<_>>().into_iter().rev() {
            out += &self.hook_lines(input);
        }
        let inputs = self
            .nodes()
            .iter()
            .filter(|node| node.op == Op::Input)
            .map(|node| format!("{} {}", visible(&node.label), self.adjoint_line(node)));
        out + &format!("end: {}\n", inputs.collect::<Vec<_>>().join(", "))
    }

    /// What hooks do before a node hands its adjoint on.
    fn hook_lines(&self, node: &Node) -> String {
        let label = visible(&node.label);
        let rows = self.hook_rows(node).into_iter();
        rows.map(|[_, text, source]| {
            let source = match source.is_empty() {
                true => source,
                false => format!(" ({source})"),
            };
            format!("hook: the adjoint of {label}: {text}{source}\n")
        })
        .collect()
    }
}
