//! Small images of digits, drawn by a shaky hand.

use super::dataset::Dataset;
use crate::init::normal;
use rand::{Rng, RngExt};
use tape::Array;

/// Images `[count, side, side]` of the digits 0 to 9 in turn, from 0 (paper) to 1 (ink).
///
/// Each is drawn anew: the strokes of the digit, their corners moved a little, under a random
/// slant, turn, stretch and shift, with a pen of random width, and noise on every pixel. For when
/// there are no files: MNIST is [`mnist`](super::mnist).
///
/// Right among 1000 new images, after training on 5000 (scikit-learn 1.9, its defaults):
///
/// | side | nearest mean image | one layer | 32 hidden units | 64 hidden units |
/// |---|---|---|---|---|
/// | 8 | 86.7 % | 96.0 % | 96.8 % | 97.5 % |
/// | 12 | 88.0 % | 96.8 % | 97.6 % | 98.0 % |
/// | 16 | 85.5 % | 97.3 % | 97.4 % | 97.7 % |
///
/// ```
/// let digits = nn::data::digits(20, 8, &mut nn::seeded(7));
/// let image = digits.x().rows().nth(4).unwrap();
/// let shade = |x: &f64| if *x < 0.5 { "  " } else { "##" };
/// let rows: Vec<String> = image.chunks(8).map(|row| row.iter().map(shade).collect()).collect();
/// println!("{}", rows.join("\n"));
/// assert_eq!(digits.y()[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
/// ```
#[must_use]
pub fn digits(count: usize, side: usize, rng: &mut impl Rng) -> Dataset<f64, Vec<usize>> {
    let classes = Vec::from_iter((0..count).map(|i| i % 10));
    let mut pixels = Vec::with_capacity(count * side * side);
    for &digit in &classes {
        draw(digit, side, rng, &mut pixels);
    }
    Dataset::new(Array::new(&[count, side, side], pixels), classes)
}

/// A point of the unit square: to the right, and down.
type Point = [f64; 2];

enum Stroke {
    /// Straight from point to point.
    Lines(&'static [Point]),
    /// Part of an ellipse: centre, radii, and from where to where in degrees, clockwise from the
    /// right.
    Arc(Point, Point, [f64; 2]),
}

use Stroke::{Arc, Lines};

const STROKES: [&[Stroke]; 10] = [
    &[Arc([0.5, 0.5], [0.28, 0.4], [0.0, 360.0])],
    &[Lines(&[[0.32, 0.25], [0.52, 0.1], [0.52, 0.9]])],
    &[
        Arc([0.5, 0.33], [0.26, 0.23], [190.0, 390.0]),
        Lines(&[[0.73, 0.44], [0.25, 0.9], [0.78, 0.9]]),
    ],
    &[
        Arc([0.47, 0.3], [0.25, 0.2], [-150.0, 90.0]),
        Arc([0.47, 0.7], [0.28, 0.2], [-90.0, 150.0]),
    ],
    &[Lines(&[
        [0.62, 0.9],
        [0.62, 0.1],
        [0.2, 0.65],
        [0.82, 0.65],
    ])],
    &[
        Lines(&[[0.75, 0.1], [0.3, 0.1], [0.28, 0.47]]),
        Arc([0.48, 0.65], [0.28, 0.25], [-135.0, 140.0]),
    ],
    &[
        Lines(&[[0.66, 0.1], [0.4, 0.3], [0.25, 0.62]]),
        Arc([0.5, 0.67], [0.25, 0.23], [0.0, 360.0]),
    ],
    &[Lines(&[[0.22, 0.1], [0.78, 0.1], [0.42, 0.9]])],
    &[
        Arc([0.5, 0.3], [0.22, 0.2], [0.0, 360.0]),
        Arc([0.5, 0.7], [0.26, 0.2], [0.0, 360.0]),
    ],
    &[
        Arc([0.5, 0.33], [0.25, 0.23], [0.0, 360.0]),
        Lines(&[[0.75, 0.35], [0.7, 0.62], [0.55, 0.9]]),
    ],
];

/// How far things move: normal deviations in units of the image's side, of 1, or radians.
const CORNER: f64 = 0.02;
const SHIFT: f64 = 0.05;
const STRETCH: f64 = 0.1;
const TURN: f64 = 0.12;
const SLANT: f64 = 0.15;
const PIXEL: f64 = 0.1;

/// One image at the end of `pixels`.
fn draw(digit: usize, side: usize, rng: &mut impl Rng, pixels: &mut Vec<f64>) {
    let [wide, high] = [(); 2].map(|()| 1.0 + STRETCH * normal(rng));
    let [right, down] = [(); 2].map(|()| 0.5 + SHIFT * normal(rng));
    let (sin, cos) = (TURN * normal(rng)).sin_cos();
    let slant = SLANT * normal(rng);
    let width = 0.04 + 0.04 * rng.random::<f64>();
    let mut moved = |[x, y]: Point| {
        let [x, y] = [x, y].map(|at| at - 0.5 + CORNER * normal(rng));
        let [x, y] = [wide * (x - slant * y), high * y];
        [cos * x - sin * y + right, sin * x + cos * y + down]
    };
    let lines: Vec<Vec<Point>> = STROKES[digit]
        .iter()
        .map(|stroke| stroke.corners().into_iter().map(&mut moved).collect())
        .collect();

    let centre = |at: usize| (at as f64 + 0.5) / side as f64;
    for row in 0..side {
        for column in 0..side {
            let pixel = [centre(column), centre(row)];
            let segments = lines.iter().flat_map(|line| line.windows(2));
            let nearest = segments
                .map(|ends| distance(pixel, ends[0], ends[1]))
                .fold(f64::INFINITY, f64::min);
            // Grey where the edge of the stroke goes through the pixel.
            let ink = ((width - nearest) * side as f64 + 0.5).clamp(0.0, 1.0);
            pixels.push((ink + PIXEL * normal(rng)).clamp(0.0, 1.0));
        }
    }
}

impl Stroke {
    /// Its corners; an arc has one every 30 degrees or so.
    fn corners(&self) -> Vec<Point> {
        match *self {
            Lines(corners) => corners.to_vec(),
            Arc([x, y], [wide, high], [from, to]) => {
                let parts = ((to - from) / 30.0).ceil() as usize;
                let corner = |part: usize| {
                    let angle = from + (to - from) * part as f64 / parts as f64;
                    let (sin, cos) = angle.to_radians().sin_cos();
                    [x + wide * cos, y + high * sin]
                };
                (0..=parts).map(corner).collect()
            }
        }
    }
}

/// From a point to a segment.
fn distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let squared = dx * dx + dy * dy;
    let along = match squared > 0.0 {
        true => (((x - ax) * dx + (y - ay) * dy) / squared).clamp(0.0, 1.0),
        false => 0.0,
    };
    (x - ax - along * dx).hypot(y - ay - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded;
    use tape::{Tape, Tensor};

    #[test]
    fn distances_to_segments() {
        let segment = |p| distance(p, [0.0, 0.0], [2.0, 0.0]);
        assert_eq!(segment([1.0, 3.0]), 3.0);
        assert_eq!(segment([-3.0, 4.0]), 5.0);
        assert_eq!(segment([5.0, -4.0]), 5.0);
        assert_eq!(distance([3.0, 4.0], [0.0, 0.0], [0.0, 0.0]), 5.0);
    }

    #[test]
    fn images_are_shades_and_the_same_for_the_same_seed() {
        let images = digits(30, 12, &mut seeded(5));
        assert_eq!(*images.x().shape(), [30, 12, 12]);
        assert!(images.x().iter().all(|x| (0.0..=1.0).contains(x)));
        assert!(
            images
                .x()
                .rows()
                .all(|image| image.iter().any(|&x| x > 0.8))
        );
        assert_eq!(images, digits(30, 12, &mut seeded(5)));
        assert!(digits(3, 0, &mut seeded(5)).x().is_empty());
        assert!(digits(0, 8, &mut seeded(5)).is_empty());
    }

    /// The share of `test` that has the mean image of its own digit nearest.
    fn by_mean_image(train: &Dataset<f64, Vec<usize>>, test: &Dataset<f64, Vec<usize>>) -> f64 {
        let width = train.x().shape()[1..].iter().product();
        let mut means = vec![vec![0.0; width]; 10];
        let share = 10.0 / train.len() as f64;
        for (image, &digit) in train.iter() {
            for (mean, x) in means[digit].iter_mut().zip(image) {
                *mean += share * x;
            }
        }
        let mut right = 0;
        for (image, &digit) in test.iter() {
            let away = means.iter().map(|mean| {
                let squares = mean.iter().zip(image).map(|(m, x)| (m - x).powi(2));
                -squares.sum::<f64>()
            });
            right += usize::from(away.collect::<Array>().argmax() == digit);
        }
        right as f64 / test.len() as f64
    }

    #[test]
    fn a_small_network_learns_what_mean_images_do_not_tell() {
        let mut rng = seeded(11);
        let all = digits(5000, 12, &mut rng);
        let (train, test) = (all.take(4000), all.select(&Vec::from_iter(4000..5000)));
        let simple = by_mean_image(&train, &test);

        // 144 - 32 - 10, tanh, cross-entropy.
        let (train, test) = (train.reshape(&[-1]).one_hot(10), test.reshape(&[-1]));
        let mut weights = [[144, 32], [1, 32], [32, 10], [1, 10]].map(|shape: [usize; 2]| {
            let size = (1.0 / shape[0] as f64).sqrt();
            Array::from_fn(&shape, |_| size * normal(&mut rng)).cast::<f32>()
        });
        let train = train.cast::<f32>();
        let forward =
            |x: Tensor<f32>, [v, a, w, b]: [Tensor<f32>; 4]| (x.matmul(v) + a).tanh().matmul(w) + b;
        let tape = Tape::without_lines();
        for epoch in 0..10 {
            let rate = 0.5 / (1.0 + epoch as f32 / 5.0);
            for batch in train.shuffled(20, &mut rng) {
                tape.reset();
                let recorded = weights.each_ref().map(|w| tape.tensor("w", w));
                let scores = forward(tape.shared_constant(&batch.x), recorded);
                let loss = -(scores.log_softmax(-1) * tape.shared_constant(&batch.y)).sum() / 20.0;
                let gradients = loss.backward();
                for (w, recorded) in weights.iter_mut().zip(recorded) {
                    for (w, slope) in w.as_mut_slice().iter_mut().zip(&gradients[recorded]) {
                        *w -= rate * slope;
                    }
                }
            }
        }
        tape.reset();
        let x = test.x().cast::<f32>();
        let recorded = weights.each_ref().map(|w| tape.constant(w));
        let scores = forward(tape.constant(x), recorded).to_array();
        let found = crate::data::classes(&scores);
        let right = found.iter().zip(test.y().iter()).filter(|(a, b)| a == b);
        let learned = right.count() as f64 / test.len() as f64;
        assert!(learned > 0.95, "{learned}");
        assert!(simple < 0.9 && simple > 0.5, "{simple}");
    }
}
