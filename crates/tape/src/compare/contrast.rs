//! Numbers against numbers, and where they differ most.

use super::{Slope, SnapshotNode};
use crate::array::Array;
use crate::element::ElementType;
use crate::shape::Shape;

/// When two numbers count as equal. NaN equals NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// When their bits are the same: 0 and -0 differ.
    Exact,
    /// When at most so many numbers of their type lie between them, and one of them: units in the
    /// last place. If one of both is single precision, they are counted in that.
    Ulps(u64),
    /// When `|a - b| <= absolute + relative * |b|`, as in NumPy's and PyTorch's `allclose`, with
    /// the larger of `|a|` and `|b|` in place of `|b|`, so that neither side is favoured.
    Within {
        /// Of any numbers.
        absolute: f64,
        /// Of large numbers more.
        relative: f64,
    },
}

/// How the numbers of a node compare.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// They agree.
    Agree(Contrast),
    /// They do not.
    Differ(Contrast),
    /// They have different shapes.
    Shapes([Shape; 2]),
    /// A path leads to an output in one of the runs only: in the first?
    Path {
        /// Whether the first has a derivative, and the second has none.
        in_first: bool,
    },
    /// Neither has a derivative.
    NoPath,
    /// Not known of both.
    Unknown,
}

/// Where two arrays differ most: of the elements that count as different, or else of all.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// Their shape.
    pub shape: Shape,
    /// Where the difference is largest; of equal ones the first. Empty for a number.
    pub index: Vec<usize>,
    /// The two numbers there; `None` of an empty array.
    pub numbers: Option<[f64; 2]>,
    /// Their distance; infinite if one of them is a NaN.
    pub difference: f64,
    /// How many elements differ.
    pub differing: usize,
}

impl Tolerance {
    /// Whether two numbers count as equal.
    #[must_use]
    pub fn accepts(self, [a, b]: [f64; 2], element: ElementType) -> bool {
        if a.is_nan() || b.is_nan() {
            return a.is_nan() && b.is_nan();
        }
        match self {
            Tolerance::Exact => a.to_bits() == b.to_bits(),
            Tolerance::Ulps(most) => {
                let steps = match element {
                    ElementType::F64 => rank(a.to_bits() as i64, i64::MIN),
                    ElementType::F32 => rank((a as f32).to_bits() as i32 as i64, i32::MIN as i64),
                };
                let other = match element {
                    ElementType::F64 => rank(b.to_bits() as i64, i64::MIN),
                    ElementType::F32 => rank((b as f32).to_bits() as i32 as i64, i32::MIN as i64),
                };
                // Infinity is no neighbour of the largest number.
                (a.is_finite() && b.is_finite() && steps.abs_diff(other) <= most) || a == b
            }
            Tolerance::Within { absolute, relative } => {
                let bound = absolute + relative * a.abs().max(b.abs());
                a == b || (a.is_finite() && b.is_finite() && (a - b).abs() <= bound)
            }
        }
    }
}

/// The place of a number among all, from its bits: those of negative ones count backwards.
fn rank(bits: i64, least: i64) -> i64 {
    if bits < 0 { least - bits } else { bits }
}

impl Verdict {
    /// Whether this is a difference.
    #[must_use]
    pub fn differs(&self) -> bool {
        match self {
            Verdict::Differ(_) | Verdict::Shapes(_) | Verdict::Path { .. } => true,
            Verdict::Agree(_) | Verdict::NoPath | Verdict::Unknown => false,
        }
    }

    /// Where the arrays differ most, if they were compared element by element.
    #[must_use]
    pub fn contrast(&self) -> Option<&Contrast> {
        match self {
            Verdict::Agree(contrast) | Verdict::Differ(contrast) => Some(contrast),
            Verdict::Shapes(_) | Verdict::Path { .. } | Verdict::NoPath | Verdict::Unknown => None,
        }
    }
}

/// Compares the values of two nodes.
pub(super) fn values(pair: [&SnapshotNode<'_>; 2], tolerance: Tolerance) -> Verdict {
    arrays(pair.map(|node| &*node.value), element(pair), tolerance)
}

/// Compares the adjoints of two nodes.
pub(super) fn adjoints(pair: [&SnapshotNode<'_>; 2], tolerance: Tolerance) -> Verdict {
    let element = element(pair);
    match pair.map(|node| &node.adjoint) {
        [Slope::Unknown, _] | [_, Slope::Unknown] => Verdict::Unknown,
        [Slope::NoPath, Slope::NoPath] => Verdict::NoPath,
        [Slope::Known(first), Slope::Known(second)] => arrays([first, second], element, tolerance),
        [one, other] => {
            let in_first = matches!(one, Slope::Known(_));
            let is_zero = |slope: &Slope<'_>| match slope {
                Slope::Known(array) => array.iter().all(|&x| tolerance.accepts([x, 0.0], element)),
                Slope::NoPath | Slope::Unknown => true,
            };
            match tolerance != Tolerance::Exact && is_zero(one) && is_zero(other) {
                true => Verdict::NoPath,
                false => Verdict::Path { in_first },
            }
        }
    }
}

fn element(pair: [&SnapshotNode<'_>; 2]) -> ElementType {
    let single = pair.iter().any(|node| node.element == ElementType::F32);
    if single {
        ElementType::F32
    } else {
        ElementType::F64
    }
}

fn arrays([first, second]: [&Array; 2], element: ElementType, tolerance: Tolerance) -> Verdict {
    if first.shape() != second.shape() {
        return Verdict::Shapes([first.shape().clone(), second.shape().clone()]);
    }
    let mut differing = 0;
    // Of those that differ, or else of all: the place and the distance.
    let mut worst: Option<(usize, f64)> = None;
    for (place, (&a, &b)) in first.iter().zip(second.iter()).enumerate() {
        let accepted = tolerance.accepts([a, b], element);
        if !accepted {
            if differing == 0 {
                worst = None;
            }
            differing += 1;
        }
        let distance = distance(a, b);
        if (accepted && differing > 0) || worst.is_some_and(|(_, worst)| distance <= worst) {
            continue;
        }
        worst = Some((place, distance));
    }
    let contrast = Contrast {
        shape: first.shape().clone(),
        index: worst.map_or_else(Vec::new, |(place, _)| index(first.shape(), place)),
        numbers: worst.map(|(place, _)| [first.as_slice()[place], second.as_slice()[place]]),
        difference: worst.map_or(0.0, |(_, distance)| distance),
        differing,
    };
    match differing {
        0 => Verdict::Agree(contrast),
        _ => Verdict::Differ(contrast),
    }
}

fn distance(a: f64, b: f64) -> f64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        return 0.0;
    }
    let distance = (a - b).abs();
    if distance.is_nan() {
        f64::INFINITY
    } else {
        distance
    }
}

/// Where an element stands along each axis, from its place in row-major order.
fn index(shape: &Shape, mut place: usize) -> Vec<usize> {
    let mut index = vec![0; shape.rank()];
    for (at, &length) in index.iter_mut().zip(shape.iter()).rev() {
        *at = place % length;
        place /= length;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_close_as_the_tolerance_says() {
        use ElementType::{F32, F64};
        let next = f64::from_bits(1f64.to_bits() + 1);
        let single = f64::from(f32::from_bits(1f32.to_bits() + 1));
        let near = Tolerance::Within {
            absolute: 1e-8,
            relative: 1e-3,
        };
        for (tolerance, numbers, element, accepted) in [
            (Tolerance::Exact, [1.0, 1.0], F64, true),
            (Tolerance::Exact, [1.0, next], F64, false),
            (Tolerance::Exact, [0.0, -0.0], F64, false),
            (Tolerance::Exact, [f64::NAN, -f64::NAN], F64, true),
            (Tolerance::Ulps(0), [0.0, -0.0], F64, true),
            (Tolerance::Ulps(0), [1.0, next], F64, false),
            (Tolerance::Ulps(1), [1.0, next], F64, true),
            (Tolerance::Ulps(2), [-5e-324, 5e-324], F64, true),
            (Tolerance::Ulps(1), [-5e-324, 5e-324], F64, false),
            (Tolerance::Ulps(1), [1.0, single], F64, false),
            (Tolerance::Ulps(1), [1.0, single], F32, true),
            (Tolerance::Ulps(1), [-1.0, -single], F32, true),
            (Tolerance::Ulps(9), [f64::MAX, f64::INFINITY], F64, false),
            (Tolerance::Ulps(u64::MAX), [f64::MIN, f64::MAX], F64, true),
            (Tolerance::Ulps(u64::MAX), [f64::NAN, 0.0], F64, false),
            (near, [1.0, 1.0009], F64, true),
            (near, [1.0, 1.002], F64, false),
            (near, [0.0, 1e-8], F64, true),
            (near, [f64::INFINITY, f64::INFINITY], F64, true),
            (near, [f64::INFINITY, -f64::INFINITY], F64, false),
            (near, [f64::INFINITY, 1.0], F64, false),
        ] {
            assert_eq!(
                tolerance.accepts(numbers, element),
                accepted,
                "{tolerance:?} {numbers:?}"
            );
        }
    }

    #[test]
    fn the_largest_difference_is_one_that_counts() {
        let [first, second] = [
            [[1e6, 1.0], [2.0, f64::NAN]],
            [[1e6 + 1.0, 1.5], [2.0, f64::NAN]],
        ];
        let near = Tolerance::Within {
            absolute: 0.0,
            relative: 1e-3,
        };
        let pair = [&Array::from(first), &Array::from(second)];
        let Verdict::Differ(contrast) = arrays(pair, ElementType::F64, near) else {
            panic!("they differ");
        };
        assert_eq!((&contrast.index[..], contrast.differing), (&[0, 1][..], 1));
        assert_eq!(
            (contrast.numbers, contrast.difference),
            (Some([1.0, 1.5]), 0.5)
        );
        // The largest of those that agree, where all do.
        let near = Tolerance::Within {
            absolute: 0.0,
            relative: 1.0,
        };
        let Verdict::Agree(contrast) = arrays(pair, ElementType::F64, near) else {
            panic!("they agree");
        };
        assert_eq!(
            (&contrast.index[..], contrast.difference),
            (&[0, 0][..], 1.0)
        );
    }
}
