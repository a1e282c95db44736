//! What went wrong, what is near a kink, which paths matter, how many digits are left.

use tape::explain::Json;
use tape::story::{Blame, Kinks, Paths, Precision};
use tape::{ErrorKind, Explanation};

/// What is told behind the ledger.
#[derive(clap::Args)]
pub(crate) struct Stories {
    /// Also who made the first NaN or infinity, forward and backward (text, json, svg)
    #[arg(long)]
    pub(crate) blame: bool,

    /// Also the kinks within NEAR, and the side taken (text, json, svg) [default: 1e-6]
    #[arg(long, value_name = "NEAR", num_args = 0..=1, require_equals = true, default_missing_value = "1e-6", value_parser = nearness)]
    pub(crate) kinks: Option<f64>,

    /// Also the K heaviest paths from each input to each output (text, json)
    #[arg(long, value_name = "K", value_parser = crate::explain::whole)]
    pub(crate) paths: Option<usize>,

    /// Also how many digits of each number survive rounding (text, json, svg)
    #[arg(long)]
    pub(crate) precision: bool,
}

fn nearness(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(near) if near >= 0.0 && near.is_finite() => Ok(near),
        Ok(_) | Err(_) => Err("a number from 0 on is wanted, such as 1e-6".to_string()),
    }
}

impl Stories {
    /// Whether anything is asked for.
    pub(crate) fn any(&self) -> bool {
        self.blame || self.kinks.is_some() || self.paths.is_some() || self.precision
    }

    /// The stories as data.
    pub(crate) fn told(&self, explanation: &Explanation) -> Result<Told, String> {
        let paths = match self.paths {
            Some(k) => Some(paths(explanation, k)?),
            None => None,
        };
        Ok(Told {
            blame: self.blame.then(|| explanation.blame()),
            kinks: self.kinks.map(|near| explanation.kinks(near)),
            paths: paths.map(|paths| paths.into_iter().flatten().collect()),
            precision: self.precision.then(|| explanation.precision()),
        })
    }

    /// Whether a drawing can mark what is asked for.
    pub(crate) fn are_marks(&self) -> bool {
        self.any() && self.paths.is_none()
    }

    /// The stories as text, a blank line before each.
    pub(crate) fn text(&self, explanation: &Explanation) -> Result<String, String> {
        let mut text = String::new();
        if self.blame {
            text += &format!("\nblame\n{}", explanation.blame());
        }
        if let Some(near) = self.kinks {
            text += &format!("\nkinks within {near:?}\n{}", explanation.kinks(near));
        }
        if let Some(k) = self.paths {
            text += "\nheaviest paths\n";
            for paths in paths(explanation, k)? {
                text += &paths.map_or_else(|none| none, |paths| paths.to_string());
            }
        }
        if self.precision {
            text += &format!("\nprecision\n{}", explanation.precision());
        }
        Ok(text)
    }
}

/// The stories that are asked for.
pub(crate) struct Told {
    blame: Option<Blame>,
    kinks: Option<Kinks>,
    paths: Option<Vec<Paths>>,
    precision: Option<Precision>,
}

impl Told {
    /// Adds them to an answer in JSON.
    pub(crate) fn add_to<'a>(&'a self, mut json: Json<'a>) -> Json<'a> {
        if let Some(blame) = &self.blame {
            json = json.story(blame);
        }
        if let Some(kinks) = &self.kinks {
            json = json.story(kinks);
        }
        if let Some(paths) = &self.paths {
            json = json.story(&paths[..]);
        }
        if let Some(precision) = &self.precision {
            json = json.story(precision);
        }
        json
    }
}

/// The paths from each input to each output, or a line about those that are not connected.
fn paths(explanation: &Explanation, k: usize) -> Result<Vec<Result<Paths, String>>, String> {
    let mut all = Vec::new();
    let outputs = explanation.outputs().iter();
    let outputs = outputs.filter_map(|output| output.node);
    for output in outputs.filter_map(|id| explanation.node_numbered(id)) {
        for input in explanation.inputs() {
            all.push(match explanation.paths_between(input, output, k) {
                Ok(paths) => Ok(paths),
                Err(error) if error.kind() == ErrorKind::Record => Err(format!(
                    "no path leads from {} to {}\n",
                    input.label, output.label
                )),
                Err(error) => return Err(error.to_string()),
            });
        }
    }
    Ok(all)
}
