//! Who is to blame, as text.

use super::{few, source};
use crate::show::{Numbers, visible};
use crate::story::{
    Blame, Hidden, Mention, Origin, OriginKind, Seen, Spoiled, SpoiledKind, bracketed,
};
use std::fmt;

/// How many hidden products and further origins are spelled out.
const SPELLED_OUT: usize = 3;

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text(self.numbers);
        match &self.forward {
            Some(origin) => f.write_str(&text.forward(origin, &self.outputs))?,
            None => f.write_str(&text.no_origin(&self.outputs))?,
        }
        if !self.also.is_empty() {
            let others: Vec<String> = self.also.iter().map(ToString::to_string).collect();
            writeln!(f, "    also, on their own: {}", few(&others, SPELLED_OUT))?;
        }
        match &self.backward {
            Some(spoiled) => f.write_str(&text.backward(spoiled))?,
            None => writeln!(f, "backward: every term is made finite from what is finite")?,
        }
        for hidden in self.hidden.iter().take(SPELLED_OUT) {
            f.write_str(&text.hidden(hidden))?;
        }
        match self.hidden.len().saturating_sub(SPELLED_OUT) {
            0 => {}
            more => writeln!(f, "hidden: {more} more such terms")?,
        }
        match self.hidden.is_empty() {
            true => Ok(()),
            false => writeln!(
                f,
                "    right where that way is not taken; where both factors matter a derivative is lost"
            ),
        }
    }
}

impl Blame {
    /// What is told of each node at fault.
    pub(in crate::show) fn marks(&self) -> Vec<(u32, String)> {
        let text = Text(self.numbers);
        let forward = self.forward.iter();
        let forward = forward.map(|origin| (origin.at.node, text.forward(origin, &self.outputs)));
        let backward = self.backward.iter();
        let backward = backward.map(|spoiled| (spoiled.at.node, text.backward(spoiled)));
        let hidden = self.hidden.iter();
        let hidden = hidden.map(|hidden| (hidden.at.node, text.hidden(hidden)));
        forward.chain(backward).chain(hidden).collect()
    }
}

struct Text(Numbers);

impl Text {
    fn forward(&self, origin: &Origin, outputs: &[(String, f64)]) -> String {
        let given = match origin.kind {
            OriginKind::Input => ", as it was given",
            OriginKind::Data => ", as the data were given",
            OriginKind::Literal => ", as a literal is",
            OriginKind::Operation => "",
        };
        let place = place(&origin.index);
        let head = match origin.kind {
            OriginKind::Input | OriginKind::Data => visible(&origin.at.label),
            OriginKind::Operation | OriginKind::Literal => origin.at.to_string(),
        };
        let mut out = format!(
            "forward: {head}{} is {}{given}{}\n",
            if place.is_empty() {
                place
            } else {
                format!(" at {place}")
            },
            self.0.show(origin.value),
            source(&origin.at)
        );
        out += &self.operands(&origin.operands);
        if origin.count > 1 {
            out += &format!("    {} elements went wrong here\n", origin.count);
        }
        out += &format!("    {}\n    cure: {}\n", origin.mistake, origin.cure);
        out + &match (origin.reaches_output, outputs) {
            (true, _) => format!("    it spoils {}\n", self.outputs(outputs)),
            (false, []) => "    the outputs are finite all the same\n".to_string(),
            (false, _) => "    it does not reach an output\n".to_string(),
        }
    }

    fn no_origin(&self, outputs: &[(String, f64)]) -> String {
        match outputs {
            [] => "forward: every value is finite\n".to_string(),
            _ => format!(
                "forward: {}, and no node leads to it\n",
                self.outputs(outputs)
            ),
        }
    }

    fn outputs(&self, outputs: &[(String, f64)]) -> String {
        let output = |(label, value): &(String, f64)| match label.is_empty() {
            true => format!("the output is the constant {}", self.0.show(*value)),
            false => format!("{} = {}", visible(label), self.0.show(*value)),
        };
        few(&outputs.iter().map(output).collect::<Vec<_>>(), SPELLED_OUT)
    }

    fn backward(&self, spoiled: &Spoiled) -> String {
        let place = place(&spoiled.index);
        let [upstream, local, term] = [spoiled.upstream, spoiled.local, spoiled.contribution]
            .map(|number| self.0.show(number));
        let product = match spoiled.kind {
            SpoiledKind::Seed | SpoiledKind::Hook => return self.given(spoiled),
            SpoiledKind::Rule => term,
            SpoiledKind::Local | SpoiledKind::Product => format!("{upstream} * {local} = {term}"),
            SpoiledKind::Sum if spoiled.upstream.is_nan() => term,
            SpoiledKind::Sum => format!("{upstream} * {local} = {term}"),
        };
        let mut out = format!(
            "backward: {} hands {}{place} the term {product}{}\n    {}\n",
            visible(&spoiled.at.label),
            visible(&spoiled.operand.label),
            source(&spoiled.at),
            spoiled.formula
        );
        out += &self.operands(&spoiled.operands);
        if let (SpoiledKind::Sum, Some(before)) = (spoiled.kind, spoiled.before) {
            let term = self.0.show(spoiled.contribution);
            out += &format!(
                "    the sum before it is {}, and {term} is added\n",
                self.0.show(before)
            );
        }
        if spoiled.count > 1 {
            out += &format!("    {} elements went wrong here\n", spoiled.count);
        }
        out + &format!("    {}\n    cure: {}\n", spoiled.mistake, spoiled.cure)
    }

    /// Of a seed, or of a hook.
    fn given(&self, spoiled: &Spoiled) -> String {
        let at = visible(&spoiled.at.label) + &place(&spoiled.index);
        let term = self.0.show(spoiled.contribution);
        let mut out = match spoiled.before.map(|before| self.0.show(before)) {
            None => format!("backward: the seed of {at} is {term}\n"),
            Some(before) => {
                format!("backward: a hook makes the adjoint of {at} {term}, which was {before}\n")
            }
        };
        if spoiled.count > 1 {
            out += &format!("    {} elements went wrong here\n", spoiled.count);
        }
        out + &format!("    {}\n    cure: {}\n", spoiled.mistake, spoiled.cure)
    }

    fn hidden(&self, hidden: &Hidden) -> String {
        let Hidden {
            at,
            operand,
            index,
            upstream,
            local,
        } = hidden;
        let label = |mention: &Mention| visible(&mention.label);
        format!(
            "hidden: {} hands {}{} the term {} * {}, which counts as 0{}\n",
            label(at),
            label(operand),
            place(index),
            self.0.show(*upstream),
            self.0.show(*local),
            source(at)
        )
    }

    fn operands(&self, operands: &[Seen]) -> String {
        let named = operands.iter().filter(|seen| seen.node.is_some());
        let shown: Vec<String> = named
            .map(
                |seen| match seen.value.is_nan() && seen.shown.starts_with('[') {
                    true => format!("{} {}", visible(&seen.label), seen.shown),
                    false => format!("{} = {}", visible(&seen.label), seen.shown),
                },
            )
            .collect();
        match shown.is_empty() {
            true => String::new(),
            false => format!("    at {}\n", few(&shown, 2 * SPELLED_OUT)),
        }
    }
}

fn place(index: &Option<Vec<usize>>) -> String {
    index.as_deref().map_or(String::new(), bracketed)
}
