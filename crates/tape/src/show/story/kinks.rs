//! The kinks as text.

use super::source;
use crate::show::{Numbers, visible};
use crate::story::{Kink, KinkPlace, Kinks, bracketed};
use std::fmt;

/// Of how many operands the slopes are spelled out.
const OPERANDS: usize = 4;

impl fmt::Display for Kinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.found.is_empty() {
            let near = self.numbers.literal(self.near);
            return writeln!(f, "no kinks within {near}");
        }
        for kink in &self.found {
            f.write_str(&kink.text(self.numbers))?;
        }
        Ok(())
    }
}

impl Kink {
    pub(in crate::show) fn text(&self, numbers: Numbers) -> String {
        let mut out = self.at.to_string();
        if self.count > 1 || self.nearest.iter().any(|place| place.index.is_some()) {
            let elements = if self.count == 1 {
                "element"
            } else {
                "elements"
            };
            out += &format!(", {} {elements}", self.count);
        }
        let mut places = self.nearest.iter();
        if let (1, Some(place)) = (self.nearest.len(), places.clone().next()) {
            out += &format!(", {}", place.distance_text(numbers));
            places.next();
        }
        out += &format!("{}\n", source(&self.at));
        for place in places {
            out += &format!("    {}\n", place.distance_text(numbers));
        }
        for place in self.nearest.iter().take(1) {
            out += &self.slopes(place, numbers);
        }
        if !self.is_seen {
            out += "    not seen in the gradient: its adjoint is 0, or there is none\n";
        }
        out
    }

    /// The value if it jumps, and the derivatives that differ.
    fn slopes(&self, place: &KinkPlace, numbers: Numbers) -> String {
        let label = visible(&self.at.label);
        let mut out = String::new();
        let [below, taken, above] = [&place.below, &place.taken, &place.above];
        let row = |of: &str, [below, taken, above]: [f64; 3]| {
            let [below, taken, above] = [below, taken, above].map(|number| numbers.show(number));
            format!("    {of}: below {below}, taken {taken}, above {above}\n")
        };
        if below.jumps(above) {
            out += &row(&label, [below.value, taken.value, above.value]);
        }
        let slopes = below.slopes.len();
        for slot in (0..slopes).take(OPERANDS) {
            let sides = [below, taken, above].map(|side| side.slopes[slot]);
            let is_moved = slot == place.slot || slopes == 1;
            if sides[0] == sides[1] && sides[1] == sides[2] && !is_moved {
                continue;
            }
            let by = match (slopes == 1, self.operands.get(slot)) {
                (false, Some(operand)) => operand.clone(),
                _ => visible(&place.operand),
            };
            out += &row(&format!("d{label}/d{by}"), sides);
        }
        out
    }
}

impl KinkPlace {
    fn distance_text(&self, numbers: Numbers) -> String {
        let distance = self.distance();
        let (value, at) = (numbers.show(self.value), numbers.show(self.kink));
        let operand = visible(&self.operand);
        let element = match &self.index {
            Some(index) if !self.operand.ends_with(']') => format!("at {} ", bracketed(index)),
            _ => String::new(),
        };
        match distance {
            0.0 => format!("{element}at a kink: {operand} = {value}"),
            _ => format!(
                "{element}near a kink: {operand} = {value} is {} {} {at}",
                numbers.literal(distance.abs()),
                if distance > 0.0 { "above" } else { "below" },
            ),
        }
    }
}
