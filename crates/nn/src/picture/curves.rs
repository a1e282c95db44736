use super::axis::Scale;
use super::frame::{BOX, Frame};
use super::svg::{COLOURS, Svg};

/// Curves with axes and a legend: losses by epoch.
///
/// What is not finite is a gap in its curve. Of more points than a picture has room for, those that
/// a reader would see are kept: at each place the highest and the lowest.
///
/// ```
/// use nn::picture::Curves;
///
/// let (train, test) = ([1.0, 0.3, 0.1, 0.05], [1.1, 0.5, 0.4, 0.45]);
/// let svg = Curves::new("A network learns too much")
///     .axes("epoch", "loss")
///     .line("train", train)
///     .line("test", test)
///     .logarithmic()
///     .svg();
/// assert_eq!(svg.as_str().matches("class=\"line c1\"").count(), 2); // the curve, and the legend
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    title: String,
    names: [String; 2],
    lines: Vec<(String, Vec<[f64; 2]>)>,
    scale: Scale,
}

impl Curves {
    /// No curves yet.
    #[must_use]
    pub fn new(title: &str) -> Curves {
        Curves {
            title: title.to_string(),
            names: [String::new(), String::new()],
            lines: Vec::new(),
            scale: Scale::Linear,
        }
    }

    /// The names of the horizontal and the vertical axis.
    #[must_use]
    pub fn axes(self, x: &str, y: &str) -> Curves {
        let names = [x.to_string(), y.to_string()];
        Curves { names, ..self }
    }

    /// Adds a curve through values at 0, 1, 2 and so on.
    #[must_use]
    pub fn line(self, name: &str, values: impl IntoIterator<Item = f64>) -> Curves {
        let points = values.into_iter().enumerate();
        self.points(name, points.map(|(place, value)| [place as f64, value]))
    }

    /// Adds a curve through points.
    #[must_use]
    pub fn points(mut self, name: &str, points: impl IntoIterator<Item = [f64; 2]>) -> Curves {
        let points = points.into_iter().collect();
        self.lines.push((name.to_string(), points));
        self
    }

    /// Lays the values out by their logarithm; what is not above 0 is a gap.
    #[must_use]
    pub fn logarithmic(self) -> Curves {
        let scale = Scale::Logarithmic;
        Curves { scale, ..self }
    }

    /// The picture.
    #[must_use]
    pub fn svg(&self) -> Svg {
        let all = |at: usize| {
            self.lines
                .iter()
                .flat_map(move |line| line.1.iter().map(move |p| p[at]))
        };
        let (x, y) = (Frame::across(all(0)), Frame::upward(all(1), self.scale));
        let names = [self.names[0].as_str(), self.names[1].as_str()];
        let mut frame = Frame::new(&self.title, names, x, y.with_room(0.04));
        for (place, (_, points)) in self.lines.iter().enumerate() {
            let class = format!("line c{}", place % COLOURS);
            let pixels = points
                .iter()
                .map(|[x, y]| Some([frame.x.place(*x)?, frame.y.place(*y)?]));
            let pixels: Vec<Option<[f64; 2]>> = pixels.collect();
            for part in pixels.split(Option::is_none) {
                match &thinned(part.iter().flatten())[..] {
                    [] => {}
                    [only] => frame.svg.circle(&class.replace("line", "dot"), *only, 2.5),
                    many => frame.svg.path(&class, many),
                }
            }
        }
        let names: Vec<&str> = self.lines.iter().map(|(name, _)| name.as_str()).collect();
        frame.legend(&names);
        frame.svg.finish()
    }
}

/// The points that can be told apart: of those on one pixel across, the first, the highest, the
/// lowest and the last.
fn thinned<'a>(points: impl Iterator<Item = &'a [f64; 2]>) -> Vec<[f64; 2]> {
    let points: Vec<[f64; 2]> = points.copied().collect();
    if points.len() as f64 <= 2.0 * (BOX[2] - BOX[0]) {
        return points;
    }
    let mut kept = Vec::new();
    for column in points.chunk_by(|a, b| a[0].floor() == b[0].floor()) {
        let by = |better: fn(f64, f64) -> bool| {
            let pick = |best: usize, at: usize| {
                if better(column[at][1], column[best][1]) {
                    at
                } else {
                    best
                }
            };
            (0..column.len()).fold(0, pick)
        };
        let mut places = [0, by(|a, b| a < b), by(|a, b| a > b), column.len() - 1];
        places.sort_unstable();
        let mut last = usize::MAX;
        for place in places {
            if place != last {
                kept.push(column[place]);
            }
            last = place;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_a_gap_and_what_is_alone_a_dot() {
        let nan = f64::NAN;
        let values = [1.0, 2.0, nan, 3.0, f64::INFINITY, 4.0, 5.0];
        let svg = Curves::new("").line("", values).svg();
        assert_eq!(svg.as_str().matches("<path class=\"line c0\"").count(), 2);
        assert_eq!(svg.as_str().matches("<circle class=\"dot c0\"").count(), 1);
        assert!(!svg.as_str().contains("NaN") && !svg.as_str().contains("inf"));
        let nothing = Curves::new("nothing").svg();
        assert!(nothing.as_str().ends_with("</svg>\n"));
    }

    #[test]
    fn a_million_points_are_as_many_as_there_are_pixels() {
        let svg = Curves::new("long")
            .line("x", (0..1_000_000).map(|i| f64::from(i).sin()))
            .svg();
        assert!(svg.as_str().len() < 60_000, "{}", svg.as_str().len());
    }
}
