use std::fmt;

pub(super) type Result<T, E = DeltaError> = std::result::Result<T, E>;

/// What can go wrong when arrays are put together by hand.
///
/// Layers, examples and units are counted from 1 in the message.
///
/// ```
/// use nn::delta::{Activation, Layer};
///
/// let error = Layer::new(2, 3, vec![0.0; 5], vec![0.0; 3], Activation::Tanh).unwrap_err();
/// assert_eq!(error.to_string(), "weight [out, in]: expected shape [3, 2], found [5]");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum DeltaError {
    /// An array has another shape than its place demands.
    Shape {
        /// The array, and where it stands.
        what: String,
        /// The shape its place demands.
        expected: Vec<usize>,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// A network without a layer has no output error.
    NoLayers,
    /// The hinge cost was given a target that is neither +1 nor -1.
    Target {
        /// The example, counted from 0.
        example: usize,
        /// The output unit, counted from 0.
        unit: usize,
        /// The target found there.
        found: f64,
    },
}

/// `Ok` if the two shapes are the same; `what` is only spelled out if they are not.
pub(super) fn check(what: impl fmt::Display, expected: &[usize], found: &[usize]) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(DeltaError::Shape {
        what: what.to_string(),
        expected: expected.to_vec(),
        found: found.to_vec(),
    })
}

/// `Ok` if `rows` is one row of `width` numbers for each of `examples` examples.
pub(super) fn check_rows(
    what: impl fmt::Display,
    rows: &[Vec<f64>],
    examples: usize,
    width: usize,
) -> Result<()> {
    let count = format_args!("{what}, number of examples");
    check(count, &[examples], &[rows.len()])?;
    for (e, row) in rows.iter().enumerate() {
        check(
            format_args!("{what}, example {}", e + 1),
            &[width],
            &[row.len()],
        )?;
    }
    Ok(())
}

impl fmt::Display for DeltaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape {
                what,
                expected,
                found,
            } => {
                write!(f, "{what}: expected shape {expected:?}, found {found:?}")
            }
            Self::NoLayers => write!(f, "a network needs at least one layer, found none"),
            Self::Target {
                example,
                unit,
                found,
            } => write!(
                f,
                "hinge cost: the target of output {} in example {} is {found}, but must be +1 or -1 \
                 (classes 0 and 1 become 2 y - 1)",
                unit + 1,
                example + 1,
            ),
        }
    }
}

impl std::error::Error for DeltaError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_place_and_both_shapes() {
        let rows = [vec![1.0, 2.0], vec![1.0]];
        let say = |result: Result<(), DeltaError>| result.unwrap_err().to_string();
        assert_eq!(
            say(check_rows("targets", &rows, 3, 2)),
            "targets, number of examples: expected shape [3], found [2]"
        );
        assert_eq!(
            say(check_rows("targets", &rows, 2, 2)),
            "targets, example 2: expected shape [2], found [1]"
        );
        assert_eq!(
            say(Err(DeltaError::NoLayers)),
            "a network needs at least one layer, found none"
        );
        assert_eq!(
            say(Err(DeltaError::Target {
                example: 0,
                unit: 1,
                found: 0.0
            })),
            "hinge cost: the target of output 2 in example 1 is 0, but must be +1 or -1 \
             (classes 0 and 1 become 2 y - 1)"
        );
    }
}
