//! What is around the data: title, axes, grid, legend.

use super::axis::{Axis, Scale};
use super::svg::{Anchor, COLOURS, Svg};

/// The size of a picture, and the box in it that the data are drawn in: left, top, right, bottom.
pub(super) const SIZE: [f64; 2] = [640.0, 400.0];
pub(super) const BOX: [f64; 4] = [64.0, 36.0, 620.0, 352.0];

/// A picture with two axes.
pub(super) struct Frame {
    pub(super) svg: Svg,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Frame {
    /// Axes, a grid, and their names.
    pub(super) fn new(title: &str, names: [&str; 2], x: Axis, y: Axis) -> Frame {
        let [left, top, right, bottom] = BOX;
        let mut svg = Svg::new(SIZE[0], SIZE[1], title);
        let middle = (left + right) / 2.0;
        svg.title([middle, 22.0], title);
        for (place, text) in x.ticks(8) {
            svg.line("grid", [place, top], [place, bottom]);
            svg.text([place, bottom + 16.0], Anchor::Middle, &text);
        }
        for (place, text) in y.ticks(6) {
            svg.line("grid", [left, place], [right, place]);
            svg.text([left - 6.0, place + 4.0], Anchor::End, &text);
        }
        svg.path("edge", &[[left, top], [left, bottom], [right, bottom]]);
        svg.text([middle, SIZE[1] - 10.0], Anchor::Middle, names[0]);
        svg.upward([14.0, (top + bottom) / 2.0], names[1]);
        Frame { svg, x, y }
    }

    /// The horizontal axis of a frame.
    pub(super) fn across(numbers: impl IntoIterator<Item = f64>) -> Axis {
        Axis::fitting(numbers, Scale::Linear, [BOX[0], BOX[2]])
    }

    /// The vertical axis of a frame.
    pub(super) fn upward(numbers: impl IntoIterator<Item = f64>, scale: Scale) -> Axis {
        Axis::fitting(numbers, scale, [BOX[3], BOX[1]])
    }

    /// The names of the series in their colours, in the upper right corner.
    pub(super) fn legend(&mut self, names: &[&str]) {
        let longest = names.iter().map(|name| name.chars().count()).max();
        let Some(longest) = longest.filter(|longest| *longest > 0) else {
            return;
        };
        let width = (30.0 + 6.8 * longest as f64).min(BOX[2] - BOX[0]);
        let (left, top) = (BOX[2] - width - 6.0, BOX[1] + 4.0);
        let height = 16.0 * names.len() as f64 + 8.0;
        self.svg
            .rectangle("paper", [left, top], [width, height], 0.85);
        for (place, name) in names.iter().enumerate() {
            let y = top + 16.0 * place as f64 + 12.0;
            let class = format!("line c{}", place % COLOURS);
            self.svg.line(&class, [left + 6.0, y], [left + 22.0, y]);
            self.svg.text([left + 27.0, y + 4.0], Anchor::Start, name);
        }
    }
}
