//! A table of columns, and the data sets in it.

use super::csv::{Missing, unknown_column};
use super::dataset::Dataset;
use super::error::{DataError, DataErrorKind, Result, quoted};
use super::labels::Labels;
use std::path::{Path, PathBuf};
use tape::{Array, Element};

/// What [`Csv`](super::Csv) has read: columns with names, from which data sets are made.
///
/// One or more columns are the targets, all others the inputs: numbers as they are, a category as
/// one column for each of its labels, 1 where it is that one and 0 elsewhere.
#[derive(Clone, Debug)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Column>,
    /// The line in the file of each row.
    lines: Vec<u64>,
    missing: Missing,
    most_categories: usize,
    file: Option<PathBuf>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; a missing one is NaN.
    Numbers(Vec<f64>),
    /// One of some labels for each row.
    Categories {
        /// The labels, sorted.
        labels: Labels,
        /// The class of each row among them; `None` if it is missing.
        classes: Vec<Option<usize>>,
    },
}

impl Column {
    fn is_missing(&self, row: usize) -> bool {
        match self {
            Column::Numbers(numbers) => numbers[row].is_nan(),
            Column::Categories { classes, .. } => classes[row].is_none(),
        }
    }
}

impl Table {
    pub(super) fn new(
        columns: Vec<(String, Column)>,
        lines: Vec<u64>,
        missing: Missing,
        most_categories: usize,
    ) -> Table {
        let (names, columns) = columns.into_iter().unzip();
        Table {
            names,
            columns,
            lines,
            missing,
            most_categories,
            file: None,
        }
    }

    pub(super) fn in_file(self, path: &Path) -> Table {
        let file = Some(path.to_path_buf());
        Table { file, ..self }
    }

    /// The names of the columns in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.place(name).ok().map(|i| &self.columns[i])
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The names of the columns of the inputs if these columns are the targets: `colour=red` for a
    /// category.
    ///
    /// # Errors
    /// If there is no such column, or an input with too many categories.
    pub fn input_names(&self, targets: &[&str]) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for i in self.inputs(&self.places(targets)?)? {
            match &self.columns[i] {
                Column::Numbers(_) => names.push(self.names[i].clone()),
                Column::Categories { labels, .. } => {
                    let labels = labels.names().iter();
                    names.extend(labels.map(|label| format!("{}={label}", self.names[i])));
                }
            }
        }
        Ok(names)
    }

    /// The data set whose targets are the classes of one column, and their names.
    ///
    /// The classes are the labels in sorted order. In a column of numbers each different number is a
    /// class.
    ///
    /// # Errors
    /// If there is no such column, an input has too many categories, or a value is missing that may
    /// not be.
    pub fn classification<T: Element>(
        &self,
        target: &str,
    ) -> Result<(Dataset<T, Vec<usize>>, Labels)> {
        let place = self.place(target)?;
        let (x, rows) = self.examples(&[place])?;
        let (classes, labels) = match &self.columns[place] {
            Column::Categories { labels, classes } => {
                let present = rows.iter().filter_map(|&row| classes[row]);
                (present.collect::<Vec<usize>>(), labels.clone())
            }
            Column::Numbers(numbers) => {
                // 0 and -0 are one class.
                let number = |row: usize| numbers[row] + 0.0;
                let mut different: Vec<f64> = rows.iter().map(|&row| number(row)).collect();
                different.sort_by(f64::total_cmp);
                different.dedup();
                let class = |&row| different.partition_point(|&other| other < number(row));
                let labels = Labels::new(different.iter().map(f64::to_string));
                (rows.iter().map(class).collect(), labels)
            }
        };
        Ok((Dataset::try_new(x, classes)?, labels))
    }

    /// The data set whose targets are the numbers of these columns, `[examples, columns]`.
    ///
    /// ```
    /// let table = nn::data::Csv::new().parse("slept,studied,score\n3,5,75\n5,1,82\n")?;
    /// let data = table.regression::<f32>(&["score"])?;
    /// assert_eq!(data.x().as_slice(), [3.0, 5.0, 5.0, 1.0]);
    /// assert_eq!(*data.y().shape(), [2, 1]);
    /// # Ok::<(), nn::data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such column or it is not of numbers, an input has too many categories, or a
    /// value is missing that may not be.
    pub fn regression<T: Element>(&self, targets: &[&str]) -> Result<Dataset<T>> {
        let places = self.places(targets)?;
        let mut columns = Vec::new();
        for &place in &places {
            match &self.columns[place] {
                Column::Numbers(numbers) => columns.push(numbers),
                Column::Categories { labels, .. } => {
                    let message = format!(
                        "expected a target of numbers, found categories: {:?}",
                        &labels.names()[..labels.len().min(5)]
                    );
                    let error = DataError::new(DataErrorKind::Format, message);
                    return Err(self.located(error, place));
                }
            }
        }
        let (x, rows) = self.examples(&places)?;
        let y = Array::from_fn(&[rows.len(), columns.len()], |i| {
            T::from_f64(columns[i[1]][rows[i[0]]])
        });
        Dataset::try_new(x, y)
    }

    /// The inputs, one row for each example, and the rows of the table that they are.
    fn examples<T: Element>(&self, targets: &[usize]) -> Result<(Array<T>, Vec<usize>)> {
        let inputs = self.inputs(targets)?;
        let mut rows = Vec::with_capacity(self.len());
        for row in 0..self.len() {
            let is_missing = |&&place: &&usize| self.columns[place].is_missing(row);
            let target = targets.iter().find(is_missing);
            let missing = target.or_else(|| inputs.iter().find(is_missing));
            match (missing, self.missing) {
                (Some(_), Missing::Drop) => continue,
                (Some(&place), Missing::Refuse) => return Err(self.hole(place, row, "examples with missing values are left out by `Missing::Drop`, kept by `Missing::Keep`")),
                (Some(&place), Missing::Keep) if target.is_some() => {
                    return Err(self.hole(place, row, "a target must be there; examples with missing values are left out by `Missing::Drop`"));
                }
                (Some(_), Missing::Keep) | (None, _) => rows.push(row),
            }
        }
        let (zero, one) = (T::from_f64(0.0), T::from_f64(1.0));
        let mut x = Vec::new();
        for &row in &rows {
            for &place in &inputs {
                match &self.columns[place] {
                    Column::Numbers(numbers) => x.push(T::from_f64(numbers[row])),
                    Column::Categories { labels, classes } => {
                        let start = x.len();
                        x.resize(start + labels.len(), zero);
                        if let Some(class) = classes[row] {
                            x[start + class] = one;
                        }
                    }
                }
            }
        }
        let width = inputs.iter().map(|&place| match &self.columns[place] {
            Column::Numbers(_) => 1,
            Column::Categories { labels, .. } => labels.len(),
        });
        let shape = [rows.len(), width.sum()];
        Ok((Array::new(&shape, x), rows))
    }

    /// The places of the columns that are no targets.
    fn inputs(&self, targets: &[usize]) -> Result<Vec<usize>> {
        let inputs = (0..self.columns.len()).filter(|place| !targets.contains(place));
        let check = |place: usize| match &self.columns[place] {
            Column::Categories { labels, .. } if labels.len() > self.most_categories => {
                let message = format!(
                    "{} different values, more than {}, would each become a column; `.ignore({})`, or allow more with `most_categories`",
                    labels.len(),
                    self.most_categories,
                    quoted(&self.names[place])
                );
                let error = DataError::new(DataErrorKind::Format, message);
                Err(self.located(error, place))
            }
            _ => Ok(place),
        };
        inputs.map(check).collect()
    }

    fn places(&self, names: &[&str]) -> Result<Vec<usize>> {
        names.iter().map(|name| self.place(name)).collect()
    }

    fn place(&self, name: &str) -> Result<usize> {
        let place = self.names.iter().position(|other| other == name);
        place.ok_or_else(|| self.filed(unknown_column(name, &self.names)))
    }

    fn hole(&self, place: usize, row: usize, hint: &str) -> DataError {
        let message = format!("the value is missing; {hint}");
        let error = DataError::new(DataErrorKind::Missing, message);
        self.located(error, place).at_line(self.lines[row])
    }

    fn located(&self, error: DataError, place: usize) -> DataError {
        self.filed(error.in_column(quoted(&self.names[place])))
    }

    fn filed(&self, error: DataError) -> DataError {
        match &self.file {
            Some(file) => error.in_file(file),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::csv::Csv;
    use super::*;

    const TEXT: &str = "a,b,c\n1,x,5\n,y,6\n3,,5\n4,x,\n";

    fn table(missing: Missing) -> Table {
        Csv::new().missing(missing).parse(TEXT).unwrap()
    }

    #[test]
    fn missing_values_are_refused_dropped_or_kept() {
        let error = table(Missing::Refuse)
            .classification::<f64>("c")
            .unwrap_err();
        assert_eq!(error.kind(), DataErrorKind::Missing);
        assert_eq!((error.line(), error.column()), (Some(3), Some("\"a\"")));

        let (data, labels) = table(Missing::Drop).classification::<f64>("c").unwrap();
        assert_eq!(data, Dataset::new([[1.0, 1.0, 0.0]], vec![0]));
        assert_eq!(labels.names(), ["5"]);

        let keep = table(Missing::Keep);
        let error = keep.regression::<f64>(&["c"]).unwrap_err();
        assert_eq!(error.line(), Some(5));
        let data = keep.classification::<f64>("b").unwrap_err();
        assert_eq!(data.line(), Some(4));
        let text = TEXT.replace("4,x,\n", "");
        let keep = Csv::new().missing(Missing::Keep).parse(text).unwrap();
        let (data, labels) = keep.classification::<f64>("c").unwrap();
        let x = data.x().as_slice();
        assert!(x[3].is_nan());
        assert_eq!(
            (&x[..3], &x[4..]),
            (&[1.0, 1.0, 0.0][..], &[0.0, 1.0, 3.0, 0.0, 0.0][..])
        );
        assert_eq!(
            (labels.names(), &**data.y()),
            (&["5".to_string(), "6".to_string()][..], &vec![0, 1, 0])
        );
    }

    #[test]
    fn targets_are_columns_of_the_right_kind() {
        let table = table(Missing::Drop);
        let error = table.regression::<f64>(&["b"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"column "b": expected a target of numbers, found categories: ["x", "y"]"#
        );
        let error = table.regression::<f64>(&["z"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"no column is called "z"; there are ["a", "b", "c"]"#
        );
        let two = table.regression::<f64>(&["c", "a"]).unwrap();
        assert_eq!(two, Dataset::new([[1.0, 0.0]], Array::from([[5.0, 1.0]])));
    }

    #[test]
    fn names_do_not_become_columns_by_the_hundred() {
        let rows = (0..101).map(|i| format!("n{i},1\n"));
        let text = "name,y\n".to_string() + &rows.collect::<String>();
        let table = Csv::new().parse(&text).unwrap();
        let error = table.regression::<f64>(&["y"]).unwrap_err();
        assert!(error.to_string().contains("`.ignore(\"name\")`"), "{error}");
        assert_eq!(table.classification::<f64>("name").unwrap().1.len(), 101);
        let table = Csv::new().most_categories(101).parse(&text).unwrap();
        assert_eq!(table.input_names(&["y"]).unwrap().len(), 101);
    }
}
