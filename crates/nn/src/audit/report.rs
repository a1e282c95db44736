//! What an audit found, and how it is printed.

use std::fmt;
use tape::{Real, Shape};

/// What an [`audit`](crate::audit()) found. It displays as a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// What the network says of itself.
    pub model: String,
    /// The shape of the input.
    pub input: Shape,
    /// Whether the network was learning.
    pub learning: bool,
    /// How far the outputs by hand are from those on the tape, relative to the largest output; `None`
    /// if nobody has derived the backward pass by hand.
    pub value: Option<f64>,
    /// The gradient by the input and by each parameter that learns.
    pub audited: Vec<Audited>,
    /// The modules that are wrong, if something disagrees.
    pub culprits: Vec<Culprit>,
}

/// The gradient by the input or by one parameter, as the tape has it against the other two.
///
/// Differences are relative to the largest slope by the same parameter, or to a thousandth of the
/// largest of all, where that is more.
#[derive(Clone, Debug, PartialEq)]
pub struct Audited {
    /// The parameter's name, or `input`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// The largest slope; `None` if no path on the tape leads from it to the loss.
    pub largest: Option<f64>,
    /// The largest difference between the tape and the backward pass by hand.
    pub by_hand: Option<f64>,
    /// The largest difference between the tape and central differences.
    pub by_differences: Option<f64>,
    /// How many elements differences were taken of.
    pub compared: usize,
    /// How many more had none, because the loss has a kink or a jump there.
    pub unsettled: usize,
    /// Whether what was compared is the same but for rounding.
    pub agrees: bool,
}

/// A module that is wrong by itself, although those inside of it are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// Its name behind those of the modules around it; none if it is the network itself.
    pub path: String,
    /// What it says of itself.
    pub module: String,
    /// What the backward pass by hand has wrong: `output`, `input` or parameters.
    pub by_hand: Vec<String>,
    /// By what its derivative on the tape is wrong: `input` or parameters.
    pub on_the_tape: Vec<String>,
}

impl Culprit {
    /// From the audit of the module alone.
    pub(super) fn of(path: &str, audit: &Audit) -> Culprit {
        let (mut by_hand, mut on_the_tape) = (Vec::new(), Vec::new());
        if audit.value.is_some_and(is_far) {
            by_hand.push("output".to_string());
        }
        for audited in audit.audited.iter().filter(|audited| !audited.agrees) {
            // What differences confirm is right.
            if audited.by_hand.is_some_and(is_far) && !audited.by_differences.is_some_and(is_far) {
                by_hand.push(audited.name.clone());
            } else {
                on_the_tape.push(audited.name.clone());
            }
        }
        Culprit {
            path: path.to_string(),
            module: audit.model.clone(),
            by_hand,
            on_the_tape,
        }
    }
}

fn is_far(difference: f64) -> bool {
    difference.is_nan() || difference > 1e-9
}

impl Audit {
    /// Whether all that was compared is the same but for rounding.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.agrees() && self.culprits.is_empty()
    }

    pub(super) fn agrees(&self) -> bool {
        !self.value.is_some_and(is_far) && self.audited.iter().all(|audited| audited.agrees)
    }

    /// The largest difference between the tape and the backward pass by hand, outputs included; `None`
    /// if nobody has derived it. NaN if a number is NaN.
    #[must_use]
    pub fn by_hand(&self) -> Option<f64> {
        // f64::max would pass over NaN.
        let gradients = self.audited.iter().filter_map(|audited| audited.by_hand);
        self.value.map(|value| gradients.fold(value, Real::max))
    }

    /// The largest difference between the tape and central differences. NaN if a number is NaN.
    #[must_use]
    pub fn by_differences(&self) -> f64 {
        let found = self
            .audited
            .iter()
            .filter_map(|audited| audited.by_differences);
        found.fold(0.0, Real::max)
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.learning { "learning" } else { "in use" };
        writeln!(
            f,
            "The tape against the backward pass by hand and central differences: {}, input {}, {how}\n",
            self.model, self.input
        )?;
        let head = ["", "shape", "largest slope", "by hand", "differences", "of"];
        let mut table = vec![head.map(str::to_string)];
        table.extend(self.audited.iter().map(cells));
        let width = |column: usize| table.iter().map(|row| row[column].len()).max().unwrap_or(0);
        let [a, b, c, d, e, g]: [usize; 6] = std::array::from_fn(width);
        let verdicts = self.audited.iter().map(|audited| audited.agrees);
        for ([name, shape, largest, by_hand, differences, of], agrees) in
            table.iter().zip(std::iter::once(true).chain(verdicts))
        {
            let verdict = if agrees { "" } else { "  DISAGREES" };
            let line = format!(
                "{name:a$}  {shape:b$}  {largest:>c$}  {by_hand:>d$}  {differences:>e$}  {of:>g$}{verdict}"
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f)?;
        match self.value {
            Some(value) => writeln!(f, "outputs by hand off by {}", short(value))?,
            None => writeln!(
                f,
                "nobody has derived the backward pass by hand: the tape stands against differences alone"
            )?,
        }
        write!(
            f,
            "largest difference, relative to the largest slope by its parameter: "
        )?;
        if let Some(by_hand) = self.by_hand() {
            write!(f, "by hand {}, ", short(by_hand))?;
        }
        writeln!(f, "by differences {}", short(self.by_differences()))?;
        for culprit in &self.culprits {
            writeln!(f, "wrong: {culprit}")?;
        }
        if !self.agrees() && self.culprits.is_empty() {
            writeln!(f, "no module is wrong by itself: look at the loss")?;
        }
        Ok(())
    }
}

fn cells(audited: &Audited) -> [String; 6] {
    let none = || "-".to_string();
    let all = audited.shape.count();
    let kinks = match audited.unsettled {
        0 => String::new(),
        kinks => format!(", {kinks} at kinks"),
    };
    [
        audited.name.clone(),
        audited.shape.to_string(),
        audited.largest.map_or("no path".to_string(), number),
        audited.by_hand.map_or_else(none, short),
        audited.by_differences.map_or_else(none, short),
        format!("{} of {all}{kinks}", audited.compared),
    ]
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.path {
            "" => write!(f, "the network itself ({})", self.module)?,
            path => write!(f, "{path} ({})", self.module)?,
        }
        if !self.by_hand.is_empty() {
            write!(f, ", by hand: {}", self.by_hand.join(", "))?;
        }
        if !self.on_the_tape.is_empty() {
            write!(f, ", on the tape: {}", self.on_the_tape.join(", "))?;
        }
        Ok(())
    }
}

/// Four decimals, or a power of ten where they would hide the number.
fn number(x: f64) -> String {
    match x == 0.0 || (1e-2..1e5).contains(&x) {
        true => format!("{x:.4}"),
        false => format!("{x:.4e}"),
    }
}

fn short(difference: f64) -> String {
    match difference {
        0.0 => "0".to_string(),
        _ => format!("{difference:.0e}"),
    }
}
