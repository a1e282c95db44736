use super::axis::Scale;
use super::frame::{BOX, Frame};
use super::svg::{COLOURS, Svg};
use tape::{Array, Element};

/// What a network of two inputs answers all over the plane, and the examples it learned from.
///
/// ```
/// use nn::picture::Boundary;
/// use tape::Array;
///
/// let x = Array::from([[-1.0, 0.0], [1.0, 0.5], [0.8, -0.2]]);
/// let svg = Boundary::new("Left and right", &x, &[0, 1, 1])
///     .classes(|plane| plane.rows().map(|point| usize::from(point[0] > 0.0)).collect());
/// assert_eq!(svg.as_str().matches("<circle").count(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct Boundary<T: Element = f64> {
    title: String,
    examples: Vec<[f64; 2]>,
    classes: Vec<usize>,
    plane: Array<T>,
}

/// How many places across and up the network is asked at.
const CELLS: [usize; 2] = [120, 80];

impl<T: Element> Boundary<T> {
    /// The plane around these examples, `[n, 2]`, each of a class.
    ///
    /// # Panics
    /// If the examples are not points, or there is not a class for each.
    #[must_use]
    #[track_caller]
    pub fn new(title: &str, x: &Array<T>, classes: &[usize]) -> Boundary<T> {
        assert!(
            x.rank() == 2 && x.shape()[1] == 2 && x.shape()[0] == classes.len(),
            "examples of shape {} and {} classes; a plane takes [n,2] and n",
            x.shape(),
            classes.len()
        );
        let examples: Vec<[f64; 2]> = x.rows().map(|p| [p[0].to_f64(), p[1].to_f64()]).collect();
        let (across, up) = axes(&examples);
        let share = |cell: usize, cells: usize| (cell as f64 + 0.5) / cells as f64;
        let plane = Array::from_fn(&[CELLS[0] * CELLS[1], 2], |at| {
            let (cell, coordinate) = (at[0], at[1]);
            T::from_f64(match coordinate {
                0 => across.at(share(cell % CELLS[0], CELLS[0])),
                _ => up.at(share(cell / CELLS[0], CELLS[1])),
            })
        });
        Boundary {
            title: title.to_string(),
            examples,
            classes: classes.to_vec(),
            plane,
        }
    }

    /// The points that the network is asked at, `[m, 2]`.
    #[must_use]
    pub fn plane(&self) -> &Array<T> {
        &self.plane
    }

    /// The picture of a network that answers a class for each point of the plane, `[m, 2]`.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    #[track_caller]
    pub fn classes(&self, classes: impl FnOnce(&Array<T>) -> Vec<usize>) -> Svg {
        let classes = classes(&self.plane);
        self.drawn(&Vec::from_iter(
            classes.into_iter().map(|class| (class, 0.25)),
        ))
    }

    /// The picture of a network that answers for each point of the plane, `[m, 2]`, the probability
    /// of class 1: the paler the less sure it is.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    #[track_caller]
    pub fn probabilities(&self, probabilities: impl FnOnce(&Array<T>) -> Vec<f64>) -> Svg {
        let shade = |p: f64| {
            let sure = (2.0 * p.clamp(0.0, 1.0) - 1.0).abs();
            let shades = (sure * 10.0).round() / 10.0; // few, so that cells join
            (
                usize::from(p > 0.5),
                if p.is_nan() { 0.0 } else { 0.5 * shades },
            )
        };
        let probabilities = probabilities(&self.plane);
        self.drawn(&Vec::from_iter(probabilities.into_iter().map(shade)))
    }

    /// Colour and opacity of each cell, and the examples.
    #[track_caller]
    fn drawn(&self, cells: &[(usize, f64)]) -> Svg {
        let [columns, rows] = CELLS;
        assert!(
            cells.len() == columns * rows,
            "{} answers for {} points of the plane",
            cells.len(),
            columns * rows
        );
        let (across, up) = axes(&self.examples);
        let mut frame = Frame::new(&self.title, ["", ""], across, up);
        let [left, top, right, bottom] = BOX;
        let size = [
            (right - left) / columns as f64,
            (bottom - top) / rows as f64,
        ];
        for (row, cells) in cells.chunks(columns).enumerate() {
            let mut column = 0;
            // Cells that are alike are one rectangle.
            for alike in cells.chunk_by(|a, b| a == b) {
                let (class, opacity) = alike[0];
                let corner = [
                    left + size[0] * column as f64,
                    bottom - size[1] * (row + 1) as f64,
                ];
                let area = [size[0] * alike.len() as f64, size[1]];
                if opacity > 0.0 {
                    let class = format!("area c{}", class % COLOURS);
                    frame.svg.rectangle(&class, corner, area, opacity);
                }
                column += alike.len();
            }
        }
        for ([x, y], class) in self.examples.iter().zip(&self.classes) {
            if let (Some(x), Some(y)) = (frame.x.place(*x), frame.y.place(*y)) {
                let class = format!("c{} dot", class % COLOURS);
                frame.svg.circle(&class, [x, y], 3.0);
            }
        }
        frame.svg.finish()
    }
}

fn axes(examples: &[[f64; 2]]) -> (super::axis::Axis, super::axis::Axis) {
    let along = |axis: usize| examples.iter().map(move |point| point[axis]);
    let (across, up) = (
        Frame::across(along(0)),
        Frame::upward(along(1), Scale::Linear),
    );
    (across.with_room(0.08), up.with_room(0.08))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_are_alike_are_one_rectangle() {
        let x = Array::from([[0.0, 0.0], [1.0, 1.0]]);
        let boundary = Boundary::new("halves", &x, &[0, 1]);
        let halves = |plane: &Array| {
            plane
                .rows()
                .map(|p| f64::from(u8::from(p[0] > 0.5)))
                .collect()
        };
        let svg = boundary.probabilities(halves);
        assert_eq!(svg.as_str().matches("class=\"area").count(), 2 * CELLS[1]);
        let unsure = boundary.probabilities(|plane| vec![f64::NAN; plane.shape()[0]]);
        assert_eq!(unsure.as_str().matches("class=\"area").count(), 0);
    }

    #[test]
    fn no_examples_have_a_plane_too() {
        let boundary = Boundary::new("", &Array::<f32>::zeros(&[0, 2]), &[]);
        let svg = boundary.classes(|plane| vec![3; plane.shape()[0]]);
        assert_eq!(svg.as_str().matches("class=\"area c3\"").count(), CELLS[1]);
    }

    #[test]
    #[should_panic(expected = "examples of shape [2,3] and 2 classes; a plane takes [n,2] and n")]
    fn three_inputs_are_no_plane() {
        let _ = Boundary::new("", &Array::<f64>::zeros(&[2, 3]), &[0, 1]);
    }
}
