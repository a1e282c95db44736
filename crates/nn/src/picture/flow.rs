use super::axis::number_text;
use super::svg::{Anchor, Svg};
use crate::flow::{Distribution, FlowLayer, FlowReport, Histogram};

/// What flows through a network: beside each layer's name a histogram of its activations, on an axis
/// of its own, and one of the gradient by them, by size and on one logarithmic axis, so that a
/// gradient that vanishes moves to the left from layer to layer. What is exactly 0, and what is not
/// finite, is counted in words.
///
/// ```
/// use nn::layers::{Linear, Sequential};
/// use nn::{Activation::Tanh, flow, loss, picture, seeded};
///
/// let mut rng = seeded(1);
/// let net = Sequential::new().then(Linear::new(1, 8, &mut rng)).then(Tanh).then(Linear::new(8, 1, &mut rng));
/// let line = nn::data::line(64, 2.0, 1.0, 0.1, &mut rng);
/// let svg = picture::flow("A line", &flow(&net, &line.whole(), loss::mse));
/// assert_eq!(svg.as_str().matches("<path class=\"disc").count(), 6);
/// ```
#[must_use]
pub fn flow(title: &str, report: &FlowReport) -> Svg {
    let rows = rows(&report.layers);
    let (top, bottom) = (64.0, 64.0 + HEIGHT * rows.len() as f64);
    let mut svg = Svg::new(WIDTH, bottom + 44.0, title);
    svg.title([WIDTH / 2.0, 24.0], title);
    let sizes = report
        .layers
        .iter()
        .filter_map(|layer| layer.gradient.as_ref());
    let decades = decades(sizes.map(|gradient| &gradient.sizes));
    for [column, middle] in
        [ACTIVATIONS, GRADIENTS].map(|[left, right]| [left, (left + right) / 2.0])
    {
        let text = match column == ACTIVATIONS[0] {
            true => "activations",
            false => "size of the gradient by them",
        };
        svg.text([middle, top - 14.0], Anchor::Middle, text);
    }
    for (place, text) in ticks(decades) {
        svg.line("grid", [place, top], [place, bottom]);
        svg.styled("small", [place, bottom + 14.0], Anchor::Middle, &text);
    }
    for (row, layer) in rows.iter().enumerate() {
        let base = top + HEIGHT * (row + 1) as f64 - 16.0;
        match layer {
            Row::Layer(layer) => draw(&mut svg, layer, base, decades),
            Row::LeftOut(count) => {
                let text = format!("... {count} more layers");
                svg.styled("faint", [16.0, base - 20.0], Anchor::Start, &text);
            }
        }
    }
    if rows.is_empty() {
        svg.styled("faint", [16.0, top], Anchor::Start, "no layers");
    }
    svg.finish()
}

const WIDTH: f64 = 720.0;
/// From one layer to the next.
const HEIGHT: f64 = 68.0;
/// The height of the highest bar.
const BARS: f64 = 44.0;
/// Where the columns of histograms begin and end.
const ACTIVATIONS: [f64; 2] = [200.0, 440.0];
const GRADIENTS: [f64; 2] = [468.0, 704.0];
/// How many layers are shown at most.
const MOST: usize = 48;

enum Row<'a> {
    Layer(&'a FlowLayer),
    LeftOut(usize),
}

/// The layers, without the middle ones where there are too many.
fn rows(layers: &[FlowLayer]) -> Vec<Row<'_>> {
    if layers.len() <= MOST {
        return layers.iter().map(Row::Layer).collect();
    }
    let left_out = layers.len() - MOST;
    let first = layers[..MOST / 2].iter().map(Row::Layer);
    let last = layers[layers.len() - MOST / 2..].iter().map(Row::Layer);
    first.chain([Row::LeftOut(left_out)]).chain(last).collect()
}

/// The powers of ten that all these sizes are between.
fn decades<'a>(sizes: impl Iterator<Item = &'a Histogram>) -> [f64; 2] {
    let any = sizes.filter(|sizes| !sizes.counts.is_empty());
    let ends = any.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], sizes| {
        [low.min(sizes.low), high.max(sizes.high())]
    });
    match ends.map(f64::is_finite) {
        [true, true] => [ends[0].floor(), ends[1].ceil().max(ends[0].floor() + 1.0)],
        _ => [-1.0, 0.0],
    }
}

/// Powers of ten, some eight at most, with their places.
fn ticks([low, high]: [f64; 2]) -> Vec<(f64, String)> {
    let step = ((high - low) / 8.0).ceil().max(1.0);
    let count = ((high - low) / step).floor() as usize;
    let power = |tick: usize| {
        let exponent = low + step * tick as f64;
        let place = across(exponent, [low, high], GRADIENTS);
        let text = match exponent {
            0.0 => "1".to_string(),
            _ => format!("1e{exponent}"),
        };
        (place, text)
    };
    (0..=count).map(power).collect()
}

fn across(number: f64, [low, high]: [f64; 2], [left, right]: [f64; 2]) -> f64 {
    left + (number - low) / (high - low) * (right - left)
}

/// One layer, standing on `base`.
fn draw(svg: &mut Svg, layer: &FlowLayer, base: f64, decades: [f64; 2]) {
    let name = match layer.path.is_empty() {
        true => layer.module.clone(),
        false => format!("{}: {}", layer.path, layer.module),
    };
    svg.text([16.0, base - 26.0], Anchor::Start, &shortened(&name, 28));
    let marks: Vec<String> = layer.marks.iter().map(ToString::to_string).collect();
    svg.styled(
        "mark small",
        [16.0, base - 10.0],
        Anchor::Start,
        &marks.join(", "),
    );

    draw_activations(svg, &layer.activations.values, base);
    let note = left_out(&layer.activations);
    svg.styled("small faint", [16.0, base + 3.0], Anchor::Start, &note);
    match &layer.gradient {
        Some(gradient) => {
            bars(svg, "c1", &gradient.sizes, decades, GRADIENTS, base);
            let at = [GRADIENTS[1], base + 11.0];
            svg.styled("small faint", at, Anchor::End, &left_out(gradient));
        }
        None => {
            let middle = (GRADIENTS[0] + GRADIENTS[1]) / 2.0;
            svg.styled("small faint", [middle, base - 18.0], Anchor::Middle, "none");
        }
    }
    for [left, right] in [ACTIVATIONS, GRADIENTS] {
        svg.line("edge", [left, base], [right, base]);
    }
}

/// A histogram with the ends of its axis, and 0 where that is well inside.
fn draw_activations(svg: &mut Svg, values: &Histogram, base: f64) {
    let [left, right] = ACTIVATIONS;
    let below = base + 11.0;
    if let [_] = values.counts[..] {
        // All are the same: a bar in the middle.
        let room = 20.0 * values.width;
        let range = [values.low - room, values.high() + room];
        bars(svg, "c0", values, range, ACTIVATIONS, base);
        let middle = [(left + right) / 2.0, below];
        svg.styled(
            "small faint",
            middle,
            Anchor::Middle,
            &number_text(values.low),
        );
    } else if !values.counts.is_empty() {
        let range = [values.low, values.high()];
        bars(svg, "c0", values, range, ACTIVATIONS, base);
        let [low, high] = range.map(number_text);
        svg.styled("small faint", [left, below], Anchor::Start, &low);
        svg.styled("small faint", [right, below], Anchor::End, &high);
        let zero = across(0.0, range, ACTIVATIONS);
        if (left + 24.0..=right - 24.0).contains(&zero) {
            svg.line("edge", [zero, base - BARS], [zero, base + 3.0]);
            svg.styled("small faint", [zero, below], Anchor::Middle, "0");
        }
    }
}

/// The outline of a histogram.
fn bars(svg: &mut Svg, class: &str, of: &Histogram, range: [f64; 2], columns: [f64; 2], base: f64) {
    let Some(&largest) = of.counts.iter().max() else {
        return;
    };
    let place = |bin: usize| across(of.low + of.width * bin as f64, range, columns);
    let mut points = vec![[place(0), base]];
    for (bin, &count) in of.counts.iter().enumerate() {
        let height = base - BARS * count as f64 / largest as f64;
        points.extend([[place(bin), height], [place(bin + 1), height]]);
    }
    points.push([place(of.counts.len()), base]);
    svg.path(&format!("disc {class}"), &points);
}

/// What a histogram leaves out.
fn left_out(of: &Distribution) -> String {
    let mut parts = Vec::new();
    if of.zeros > 0.0 {
        let percent = 100.0 * of.zeros;
        parts.push(match percent < 1.0 {
            true => "below 1 % zero".to_string(),
            false => format!("{percent:.0} % zero"),
        });
    }
    if of.not_finite > 0 {
        parts.push(format!("{} not finite", of.not_finite));
    }
    parts.join(", ")
}

/// A text of no more than so many characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 3).chain("...".chars()).collect(),
        false => text.to_string(),
    }
}
