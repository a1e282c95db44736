//! Fisher's irises.

use super::csv::Csv;
use super::dataset::Dataset;
use super::labels::Labels;

/// Sepal length, sepal width, petal length and petal width in centimetres of 150 irises, 50 each of
/// `setosa`, `versicolor` and `virginica`, in this order.
///
/// The first species is apart from the others, which overlap a little. Source: R. A. Fisher, The use
/// of multiple measurements in taxonomic problems (1936), as printed there and in scikit-learn and R
/// (the copy of the UCI repository differs in two rows). In the public domain.
///
/// ```
/// let (iris, species) = nn::data::iris();
/// let (first, class) = iris.iter().next().unwrap();
/// assert_eq!((first, species.name(*class)), (&[5.1, 3.5, 1.4, 0.2][..], Some("setosa")));
/// ```
#[must_use]
pub fn iris() -> (Dataset<f64, Vec<usize>>, Labels) {
    let table = Csv::new().parse(include_str!("iris.csv"));
    let data = table.and_then(|table| table.classification("species"));
    data.expect("the table is part of the program, and a test reads it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Scaling;

    #[test]
    fn the_numbers_are_those_of_scikit_learn() {
        let (iris, species) = iris();
        assert_eq!(iris.class_counts(), [50, 50, 50]);
        assert!(iris.y().is_sorted());
        assert_eq!(species.names(), ["setosa", "versicolor", "virginica"]);
        // load_iris().data.sum(0), .data[34], .data[37]; .data.std(0)
        let sums = [0, 1, 2, 3].map(|c| iris.x().rows().map(|row| row[c]).sum::<f64>());
        for (found, expected) in sums.iter().zip([876.5, 458.6, 563.7, 179.9]) {
            assert!((found - expected).abs() < 1e-10, "{found}");
        }
        let row = |i| iris.x().rows().nth(i).unwrap();
        assert_eq!(row(34), [4.9, 3.1, 1.5, 0.2]);
        assert_eq!(row(37), [4.9, 3.6, 1.4, 0.1]);
        let deviations = [
            0.8253012917851409,
            0.43441096773549437,
            1.7594040657753032,
            0.7596926279021594,
        ];
        let fitted = Scaling::standardize(iris.x());
        for (found, expected) in fitted.divisor().iter().zip(deviations) {
            assert!((found - expected).abs() < 1e-14, "{found}");
        }
    }
}
