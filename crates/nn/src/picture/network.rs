//! A network as it is drawn on a board.

mod columns;

use super::axis::number_text;
use super::flow::shortened;
use super::svg::{Anchor, Svg};
use crate::Module;
use columns::{Column, columns};
use tape::{Array, Element};

/// A network, layer by layer: its units as circles, its weights as lines, the wider the larger they
/// are against the largest of their layer, blue above 0 and orange below; its biases as the rims of
/// circles, in the same way. Whoever points at a line or a circle is told its number.
///
/// Of a layer with many units the first and the last are drawn. What has other shapes than a row of
/// units (images, sequences) is a box with its lengths; what has weights that are no matrix from
/// units to units is joined by a plain line. Weights that are infinite or NaN are dashed.
///
/// ```
/// use nn::layers::{Linear, Sequential};
/// use nn::{Activation::Tanh, picture, seeded};
/// use tape::Array;
///
/// let mut rng = seeded(7);
/// let net = Sequential::new().then(Linear::new(2, 3, &mut rng)).then(Tanh).then(Linear::new(3, 1, &mut rng));
/// let svg = picture::Network::new("XOR", &net, &Array::from([[0.0, 1.0]])).values().svg();
/// assert_eq!(svg.as_str().matches("-&gt; unit").count(), 2 * 3 + 3 * 1);
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    title: String,
    columns: Vec<Column>,
    most: usize,
    values: bool,
}

/// From one unit to the one below it.
const STEP: f64 = 42.0;
const RADIUS: f64 = 15.0;
/// The sides of what is drawn in place of units.
const BOX: [f64; 2] = [96.0, 48.0];
const TOP: f64 = 48.0;
/// How many layers are drawn at most.
const MOST_COLUMNS: usize = 16;
/// How long a label may be.
const LABEL: usize = 32;

impl Network {
    /// A network and an example, or several of which the first counts: `x` is `[examples, ..]`. The
    /// network is run in use, not learning; its inner modules are seen that are
    /// [run](crate::Pass::run) by name.
    ///
    /// # Panics
    /// If the network does not take such an input.
    #[must_use]
    #[track_caller]
    pub fn new<T: Element>(
        title: &str,
        model: &(impl Module<T> + ?Sized),
        x: &Array<T>,
    ) -> Network {
        Network {
            title: title.to_string(),
            columns: columns(model, x),
            most: 10,
            values: false,
        }
    }

    /// With what the example makes of each unit, as a number and as the strength of its colour.
    #[must_use]
    pub fn values(self) -> Network {
        Network {
            values: true,
            ..self
        }
    }

    /// With at most so many units of a layer drawn; 10 unless said otherwise, at least 3.
    #[must_use]
    pub fn units(self, most: usize) -> Network {
        Network {
            most: most.max(3),
            ..self
        }
    }

    /// The picture.
    #[must_use]
    pub fn svg(&self) -> Svg {
        let shown: Vec<Shown<'_>> = self.shown();
        let labels = shown.iter().map(|column| column.labels.len()).max();
        let longest = shown.iter().flat_map(|column| &column.labels);
        let longest = longest
            .map(|label| label.chars().count())
            .max()
            .unwrap_or(0);
        let gap = (6.4 * longest as f64 + 24.0).max(150.0);
        let rows = shown
            .iter()
            .map(|column| column.height())
            .fold(1.0, f64::max);
        let foot = TOP + STEP * rows + 18.0;
        let title = 7.6 * self.title.chars().count() as f64 + 24.0;
        let width = (gap * shown.len() as f64).max(title).max(200.0);
        let height = foot + 15.0 * labels.unwrap_or(0) as f64 + 34.0;
        let left = (width - gap * shown.len() as f64) / 2.0 + gap / 2.0;
        let middle = TOP + STEP * rows / 2.0;
        let centre = |place: usize| [left + gap * place as f64, middle];
        let mut svg = Svg::new(width, height, &self.title);
        svg.title([width / 2.0, 24.0], &self.title);
        for (place, pair) in shown.windows(2).enumerate() {
            draw_lines(
                &mut svg,
                [&pair[0], &pair[1]],
                [centre(place), centre(place + 1)],
            );
        }
        for (place, column) in shown.iter().enumerate() {
            column.draw(&mut svg, centre(place), self.values);
            for (line, label) in column.labels.iter().enumerate() {
                let at = [centre(place)[0], foot + 15.0 * line as f64];
                match line {
                    0 => svg.text(at, Anchor::Middle, label),
                    _ => svg.styled("small faint", at, Anchor::Middle, label),
                }
            }
        }
        if self.columns.iter().any(|column| column.weights.is_some()) {
            legend(&mut svg, [16.0, height - 12.0]);
        }
        svg.finish()
    }

    /// What is drawn side by side: the columns, without the middle ones where there are too many.
    fn shown(&self) -> Vec<Shown<'_>> {
        let all = self
            .columns
            .iter()
            .map(|column| Shown::of(column, self.most));
        let mut all: Vec<Shown<'_>> = all.collect();
        if all.len() > MOST_COLUMNS {
            let left_out = all.len() - MOST_COLUMNS;
            let dots = Shown {
                column: None,
                units: Vec::new(),
                text: "...".to_string(),
                labels: vec![format!("{left_out} more layers")],
            };
            let middle = MOST_COLUMNS / 2;
            all.splice(middle..middle + left_out, [dots]);
        }
        all
    }
}

/// A column as it is drawn: with some of its units, or none and a text in place of them.
struct Shown<'a> {
    column: Option<&'a Column>,
    /// The numbers of the units that are drawn, `None` where some are left out.
    units: Vec<Option<usize>>,
    text: String,
    labels: Vec<String>,
}

impl Shown<'_> {
    fn of(column: &Column, most: usize) -> Shown<'_> {
        let mut labels: Vec<String> = column
            .labels
            .iter()
            .map(|label| shortened(label, LABEL))
            .collect();
        let mut units = Vec::new();
        let mut text = String::new();
        match column.units() {
            Some(count) if count <= most => units.extend((0..count).map(Some)),
            Some(count) => {
                let last = most / 2;
                units.extend((0..most - last).map(Some));
                units.push(None);
                units.extend((count - last..count).map(Some));
                labels.push(format!("{count} units"));
            }
            None => {
                let lengths: Vec<String> = column.shape.iter().map(ToString::to_string).collect();
                text = lengths.join(" x ");
                if text.is_empty() {
                    text = "a number".to_string();
                }
            }
        }
        if column.units() == Some(0) {
            text = "0 units".to_string();
        }
        if let Some(largest) = column
            .weights
            .as_ref()
            .and_then(|weights| largest(weights.iter()))
        {
            labels.push(format!("weights within {}", number_text(largest)));
        }
        Shown {
            column: Some(column),
            units,
            text,
            labels,
        }
    }

    /// In units.
    fn height(&self) -> f64 {
        self.units.len().max(1) as f64
    }

    /// Where a row of it is.
    fn at(&self, [x, y]: [f64; 2], row: usize) -> [f64; 2] {
        [x, y + STEP * (row as f64 - (self.height() - 1.0) / 2.0)]
    }

    fn draw(&self, svg: &mut Svg, centre: [f64; 2], values: bool) {
        let Some(column) = self.column.filter(|_| !self.units.is_empty()) else {
            let corner = [centre[0] - BOX[0] / 2.0, centre[1] - BOX[1] / 2.0];
            svg.rectangle("paper edge", corner, BOX, 1.0);
            svg.text([centre[0], centre[1] + 4.0], Anchor::Middle, &self.text);
            return;
        };
        let shown = self.units.iter().flatten();
        let strongest = largest(shown.clone().filter_map(|&unit| column.values.get(unit)));
        let biases = column.biases.as_ref();
        let widest = biases.and_then(|biases| largest(biases.iter()));
        for (row, unit) in self.units.iter().enumerate() {
            let at = self.at(centre, row);
            let Some(unit) = *unit else {
                for dot in [-6.0, 0.0, 6.0] {
                    svg.circle("mute", [at[0], at[1] + dot], 2.0);
                }
                continue;
            };
            svg.disc("paper", at, RADIUS, 1.0);
            let value = column.values.get(unit).filter(|_| values);
            if let Some(&value) = value {
                let strength = share(value, strongest) * 0.55;
                svg.disc(&format!("disc {}", colour(value)), at, RADIUS, strength);
            }
            let told = |bias: f64| format!("unit {unit}: bias {}", number_text(bias));
            match biases.map(|biases| biases.as_slice()[unit]) {
                Some(bias) => {
                    let width = 1.0 + 2.6 * share(bias, widest);
                    svg.ring(
                        &format!("bare {}", colour(bias)),
                        at,
                        [RADIUS, width],
                        &told(bias),
                    );
                }
                None => svg.ring("bare edge", at, [RADIUS, 1.0], &format!("unit {unit}")),
            }
            if let Some(&value) = value {
                let at = [at[0], at[1] + 3.5];
                svg.styled("small", at, Anchor::Middle, &two_digits(value));
            }
        }
    }
}

/// The weights between two columns, the large ones over the small ones.
fn draw_lines(svg: &mut Svg, [from, to]: [&Shown<'_>; 2], centres: [[f64; 2]; 2]) {
    let known = to.column.and_then(|column| column.weights.as_ref());
    let Some(weights) = known.filter(|_| from.column.is_some()) else {
        let [mut start, mut end] = centres;
        let side = |shown: &Shown<'_>| match shown.units.is_empty() {
            true => BOX[0] / 2.0,
            false => RADIUS + 6.0,
        };
        (start[0], end[0]) = (start[0] + side(from), end[0] - side(to));
        svg.line("line edge", start, end);
        return;
    };
    let widest = largest(weights.iter());
    let mut lines = Vec::new();
    let rows = |shown: &Shown<'_>| {
        let units = shown.units.clone().into_iter().enumerate();
        units.filter_map(|(row, unit)| Some((row, unit?)))
    };
    for (row, output) in rows(to) {
        for (input_row, input) in rows(from) {
            let ends = [from.at(centres[0], input_row), to.at(centres[1], row)];
            lines.push((weights[[output, input]], input, output, ends));
        }
    }
    lines.sort_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
    for (weight, input, output, ends) in lines {
        let share = share(weight, widest);
        let look = [0.4 + 3.6 * share, 0.35 + 0.6 * share];
        let told = format!("unit {input} -> unit {output}: {}", number_text(weight));
        svg.wide_line(&format!("bare {}", colour(weight)), ends, look, &told);
    }
}

fn legend(svg: &mut Svg, [x, y]: [f64; 2]) {
    for (place, (class, text)) in [("c0", "above 0"), ("c1", "below 0")]
        .into_iter()
        .enumerate()
    {
        let x = x + 84.0 * place as f64;
        svg.line(&format!("line {class}"), [x, y - 4.0], [x + 18.0, y - 4.0]);
        svg.styled("small", [x + 24.0, y], Anchor::Start, text);
    }
}

/// The colour of a number.
fn colour(number: f64) -> &'static str {
    match number {
        number if !number.is_finite() => "c3 odd",
        0.0 => "edge",
        number if number > 0.0 => "c0",
        _ => "c1",
    }
}

/// The largest size among finite numbers, if one is not 0.
fn largest<'a>(numbers: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let sizes = numbers.map(|number| number.abs());
    sizes
        .filter(|size| size.is_finite() && *size > 0.0)
        .reduce(f64::max)
}

/// A size as a share of the largest. What is not finite is to be seen, but not to be taken for large.
fn share(number: f64, largest: Option<f64>) -> f64 {
    match largest {
        _ if !number.is_finite() => 0.3,
        Some(largest) => number.abs() / largest,
        None => 0.0,
    }
}

/// A number that fits into a circle.
fn two_digits(number: f64) -> String {
    let size = number.abs();
    match size {
        0.0 => "0".to_string(),
        _ if !size.is_finite() => number.to_string(),
        _ if !(0.005..999.5).contains(&size) => format!("{number:.0e}"),
        _ if size < 9.95 => format!("{number:.2}"),
        _ if size < 99.5 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}
