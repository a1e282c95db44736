//! Tables of text: a header, columns of numbers and of categories, missing values.

use super::error::{DataError, DataErrorKind, Result, quoted};
use super::labels::Labels;
use super::table::{Column, Table};
use csv::{ByteRecord, ReaderBuilder, Trim};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How a CSV file is read: RFC 4180, with a header line, quoted fields, and spaces around fields
/// ignored.
///
/// A column is of numbers if its first value is one, else of categories; say
/// [`categorical`](Csv::categorical) where numbers are names (postcodes), and
/// [`numeric`](Csv::numeric) to be sure.
///
/// ```
/// use nn::data::{Csv, Missing};
///
/// let text = "\
/// height,colour,kind
/// 1.5,red,oak
/// 2.5,\"red, dark\",elm
/// NA,red,elm
/// ";
/// let table = Csv::new().missing(Missing::Drop).parse(text)?;
/// let (data, kinds) = table.classification::<f64>("kind")?;
/// assert_eq!(table.input_names(&["kind"])?, ["height", "colour=red", "colour=red, dark"]);
/// assert_eq!(data.x().as_slice(), [1.5, 1.0, 0.0, 2.5, 0.0, 1.0]);
/// assert_eq!(kinds.decode(data.y())?, ["oak", "elm"]);
/// # Ok::<(), nn::data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    delimiter: u8,
    header: bool,
    missing: Missing,
    missing_words: Vec<String>,
    most_categories: usize,
    declared: Vec<(String, Kind)>,
}

/// What to do with an example of which a value is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missing {
    /// An error that names the line and the column.
    #[default]
    Refuse,
    /// Leave the example out.
    Drop,
    /// Keep it: a missing number is NaN, a missing category a row of zeros. (A NaN survives
    /// [`Scaling`](super::Scaling); set to 0 after [`standardize`](super::Scaling::standardize), it
    /// is the column's mean.) A missing target is still an error.
    Keep,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Numeric,
    Categorical,
    Ignored,
}

impl Default for Csv {
    fn default() -> Csv {
        Csv::new()
    }
}

impl Csv {
    /// Commas, a header, types by the first value of each column; `NA`, `NaN`, `nan`, `null`, `?`
    /// and nothing at all are missing values, and refused.
    #[must_use]
    pub fn new() -> Csv {
        Csv {
            delimiter: b',',
            header: true,
            missing: Missing::Refuse,
            missing_words: ["", "NA", "NaN", "nan", "null", "?"]
                .map(String::from)
                .into(),
            most_categories: 100,
            declared: Vec::new(),
        }
    }

    /// Another separator: `b';'`, `b'\t'`.
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Csv {
        Csv { delimiter, ..self }
    }

    /// No header line: columns are called `column 1`, `column 2` and so on.
    #[must_use]
    pub fn without_header(self) -> Csv {
        let header = false;
        Csv { header, ..self }
    }

    /// What to do with missing values.
    #[must_use]
    pub fn missing(self, missing: Missing) -> Csv {
        Csv { missing, ..self }
    }

    /// What stands for a missing value, instead of the usual words.
    #[must_use]
    pub fn missing_words(self, words: &[&str]) -> Csv {
        let missing_words = words.iter().map(ToString::to_string).collect();
        Csv {
            missing_words,
            ..self
        }
    }

    /// The most categories that a column of inputs may have, 100 unless told: each becomes a column.
    #[must_use]
    pub fn most_categories(self, most_categories: usize) -> Csv {
        Csv {
            most_categories,
            ..self
        }
    }

    /// A column of numbers.
    #[must_use]
    pub fn numeric(self, column: &str) -> Csv {
        self.declare(column, Kind::Numeric)
    }

    /// A column of categories, even if they look like numbers.
    #[must_use]
    pub fn categorical(self, column: &str) -> Csv {
        self.declare(column, Kind::Categorical)
    }

    /// A column to be left out: a name, a running number.
    #[must_use]
    pub fn ignore(self, column: &str) -> Csv {
        self.declare(column, Kind::Ignored)
    }

    fn declare(mut self, column: &str, kind: Kind) -> Csv {
        self.declared.push((column.to_string(), kind));
        self
    }

    /// The table in a file.
    ///
    /// # Errors
    /// If the file cannot be read, is not UTF-8, has no header, has a line with more or fewer fields
    /// than the header, or something else than a number in a column of numbers; if a column that was
    /// declared is not there. The error says the file, the line and the column, what was expected
    /// and what was found.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| DataError::unreadable(path, error))?;
        let table = self.table(file).map_err(|error| error.in_file(path))?;
        Ok(table.in_file(path))
    }

    /// The table in a text.
    ///
    /// # Errors
    /// As for [`read`](Csv::read).
    pub fn parse(&self, text: impl AsRef<[u8]>) -> Result<Table> {
        self.table(text.as_ref())
    }

    fn table(&self, source: impl Read) -> Result<Table> {
        let mut reader = ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(source);
        let mut columns: Option<Vec<Reading>> = None;
        let mut lines = Vec::new();
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(unread)? {
            let line = record.position().map_or(0, csv::Position::line);
            if let Some(columns) = &mut columns {
                self.row(&record, columns, lines.len())
                    .map_err(|e| e.at_line(line))?;
                lines.push(line);
                continue;
            }
            let columns = columns.insert(self.columns(&record).map_err(|e| e.at_line(line))?);
            if !self.header {
                self.row(&record, columns, 0).map_err(|e| e.at_line(line))?;
                lines.push(line);
            }
        }
        let Some(columns) = columns else {
            let message = "the table is empty: expected a line with the names of its columns";
            return Err(DataError::new(DataErrorKind::Format, message));
        };
        let columns = columns
            .into_iter()
            .filter(|column| column.kind != Some(Kind::Ignored))
            .map(|column| column.finish(lines.len()));
        Ok(Table::new(
            columns.collect(),
            lines,
            self.missing,
            self.most_categories,
        ))
    }

    /// The columns that the first line names.
    fn columns(&self, record: &ByteRecord) -> Result<Vec<Reading>> {
        let mut columns: Vec<Reading> = Vec::with_capacity(record.len());
        for (i, field) in record.iter().enumerate() {
            let mut name = format!("column {}", i + 1);
            let written = text(field).map_err(|error| error.in_column((i + 1).to_string()))?;
            if self.header && !written.is_empty() {
                name = written.to_string();
            }
            columns.push(Reading::new(name));
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let mut sorted = Vec::from_iter(&names);
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            let message = format!("two columns are called {}", quoted(twice[0]));
            return Err(DataError::new(DataErrorKind::Format, message));
        }
        for (name, kind) in &self.declared {
            match names.iter().position(|other| other == name) {
                Some(place) => columns[place].kind = Some(*kind),
                None => return Err(unknown_column(name, &names)),
            }
        }
        for column in &mut columns {
            column.declared = column.kind.is_some();
        }
        Ok(columns)
    }

    /// One more row of values.
    fn row(&self, record: &ByteRecord, columns: &mut [Reading], rows: usize) -> Result<()> {
        if record.len() != columns.len() {
            let message = format!(
                "expected {} fields, one for each column, found {}; a field with a separator in it is put in quotes",
                columns.len(),
                record.len()
            );
            return Err(DataError::new(DataErrorKind::Format, message));
        }
        for (field, column) in record.iter().zip(columns) {
            if column.kind == Some(Kind::Ignored) {
                continue;
            }
            let found = text(field).and_then(|found| {
                let missing = self.missing_words.iter().any(|word| word == found);
                column.push((!missing).then_some(found), rows)
            });
            found.map_err(|error| error.in_column(quoted(&column.name)))?;
        }
        Ok(())
    }
}

/// A column while it is read.
struct Reading {
    name: String,
    /// `None` until the first value that is not missing.
    kind: Option<Kind>,
    declared: bool,
    numbers: Vec<f64>,
    classes: Vec<Option<usize>>,
    labels: Labels,
}

impl Reading {
    fn new(name: String) -> Reading {
        Reading {
            name,
            kind: None,
            declared: false,
            numbers: Vec::new(),
            classes: Vec::new(),
            labels: Labels::new::<&str>([]),
        }
    }

    /// One more value, after `rows` others; `None` if it is missing.
    fn push(&mut self, found: Option<&str>, rows: usize) -> Result<()> {
        if let (None, Some(found)) = (self.kind, found) {
            self.kind = Some(match found.parse::<f64>() {
                Ok(_) => Kind::Numeric,
                Err(_) => Kind::Categorical,
            });
        }
        // What was missing before the kind was known, too.
        match self.kind {
            Some(Kind::Numeric) => {
                self.numbers.resize(rows, f64::NAN);
                self.numbers.push(match found {
                    Some(found) => self.number(found)?,
                    None => f64::NAN,
                });
            }
            Some(Kind::Categorical) => {
                self.classes.resize(rows, None);
                let class = found.map(|found| self.labels.class_or_new(found));
                self.classes.push(class);
            }
            Some(Kind::Ignored) | None => {}
        }
        Ok(())
    }

    fn number(&self, found: &str) -> Result<f64> {
        let message = match found.parse::<f64>() {
            Ok(number) if number.is_finite() => return Ok(number),
            Ok(_) => format!("expected a finite number, found {}", quoted(found)),
            Err(_) if self.declared => format!("expected a number, found {}", quoted(found)),
            Err(_) => format!(
                "expected a number, as in the lines above, found {}; if the column holds categories, say `.categorical({})`",
                quoted(found),
                quoted(&self.name)
            ),
        };
        Err(DataError::new(DataErrorKind::Format, message))
    }

    /// The column of so many rows, its categories sorted.
    fn finish(mut self, rows: usize) -> (String, Column) {
        let column = match self.kind {
            Some(Kind::Categorical) => {
                let labels = Labels::of(self.labels.names());
                let sorted = self.labels.names().iter().map(|name| labels.class(name));
                let sorted: Vec<Option<usize>> = sorted.collect();
                for class in &mut self.classes {
                    *class = class.and_then(|class| sorted[class]);
                }
                self.classes.resize(rows, None);
                let classes = self.classes;
                Column::Categories { labels, classes }
            }
            Some(Kind::Numeric | Kind::Ignored) | None => {
                self.numbers.resize(rows, f64::NAN);
                Column::Numbers(self.numbers)
            }
        };
        (self.name, column)
    }
}

/// A field as text.
fn text(field: &[u8]) -> Result<&str> {
    std::str::from_utf8(field).map_err(|error| {
        let message = format!(
            "expected UTF-8, found the byte {:#04x} after {}",
            field[error.valid_up_to()],
            quoted(&String::from_utf8_lossy(&field[..error.valid_up_to()]))
        );
        DataError::new(DataErrorKind::Format, message)
    })
}

pub(super) fn unknown_column(name: &str, names: &[String]) -> DataError {
    let message = format!(
        "no column is called {}; there are {:?}{}",
        quoted(name),
        &names[..names.len().min(20)],
        if names.len() > 20 { " and more" } else { "" }
    );
    DataError::new(DataErrorKind::Unknown, message)
}

/// What the system says when a file ends to be readable.
fn unread(error: csv::Error) -> DataError {
    let line = error.position().map(csv::Position::line);
    let error = match error.into_kind() {
        csv::ErrorKind::Io(error) => DataError::unreadable(Path::new("table"), error),
        kind => DataError::new(DataErrorKind::Format, format!("{kind:?}")),
    };
    match line {
        Some(line) => error.at_line(line),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_are_numbers_or_categories_by_their_first_value() {
        let text =
            "\u{feff}a, b ,c,\"d \"\"x\"\"\"\r\n?,NA,1,x\r\n\r\n 1e3 ,\"p\nq\",,7\r\n-.5,\"\",3,x";
        let table = Csv::new().parse(text).unwrap();
        assert_eq!(table.names(), ["a", "b", "c", "d \"x\""]);
        let Some(Column::Numbers(a)) = table.column("a") else {
            panic!()
        };
        assert!(a[0].is_nan() && a[1..] == [1000.0, -0.5], "{a:?}");
        let b = Column::Categories {
            labels: Labels::new(["p\nq"]),
            classes: vec![None, Some(0), None],
        };
        assert_eq!(table.column("b"), Some(&b));
        let d = Column::Categories {
            labels: Labels::new(["7", "x"]),
            classes: vec![Some(1), Some(0), Some(1)],
        };
        assert_eq!(table.column("d \"x\""), Some(&d));
    }

    #[test]
    fn mistakes_are_named_with_their_line_and_column() {
        let csv = Csv::new;
        let cases: [(Csv, &[u8], &str); 11] = [
            (
                csv(),
                b"",
                "the table is empty: expected a line with the names of its columns",
            ),
            (
                csv(),
                b"a,b\n1,2\n3\n",
                "line 3: expected 2 fields, one for each column, found 1; a field with a separator in it is put in quotes",
            ),
            (
                csv(),
                b"a,b\n1,\"2\n2\"\n3,4,5\n",
                "line 4: expected 2 fields, one for each column, found 3; a field with a separator in it is put in quotes",
            ),
            (csv(), b"a,b,a\n", "line 1: two columns are called \"a\""),
            (
                csv().numeric("b"),
                b"a,b\nx,y\n",
                "line 2, column \"b\": expected a number, found \"y\"",
            ),
            (
                csv(),
                b"a\n1\n2\n1e999\n",
                "line 4, column \"a\": expected a finite number, found \"1e999\"",
            ),
            (
                csv(),
                b"a\n-inf\n",
                "line 2, column \"a\": expected a finite number, found \"-inf\"",
            ),
            (
                csv(),
                b"a,b\n1,ok\n2,ab\xffc\n",
                "line 3, column \"b\": expected UTF-8, found the byte 0xff after \"ab\"",
            ),
            (
                csv(),
                b"a,\xff\n",
                "line 1, column 2: expected UTF-8, found the byte 0xff after \"\"",
            ),
            (
                csv().ignore("c"),
                b"a,b\n1,2\n",
                "line 1: no column is called \"c\"; there are [\"a\", \"b\"]",
            ),
            (
                csv().without_header(),
                b"1,x\n2,y\nz,y\n",
                "line 3, column \"column 1\": expected a number, as in the lines above, found \"z\"; if the column holds categories, say `.categorical(\"column 1\")`",
            ),
        ];
        for (csv, text, expected) in cases {
            assert_eq!(csv.parse(text).unwrap_err().to_string(), expected);
        }
        let error = csv().read("no/such.csv").unwrap_err();
        assert_eq!(error.kind(), DataErrorKind::Read);
        assert!(error.to_string().starts_with("no/such.csv: cannot be read"));
    }

    #[test]
    fn the_separator_the_header_and_missing_words_can_be_others() {
        let csv = Csv::new()
            .delimiter(b';')
            .without_header()
            .missing_words(&["-"]);
        let table = csv.categorical("column 2").parse("1;2\n-;3\n").unwrap();
        let Some(Column::Numbers(first)) = table.column("column 1") else {
            panic!()
        };
        assert!(first[0] == 1.0 && first[1].is_nan());
        assert!(matches!(
            table.column("column 2"),
            Some(Column::Categories { .. })
        ));
        assert_eq!(table.len(), 2);
        let ignored = Csv::new().ignore("a").parse(b"a,b\n\xff,2\n").unwrap();
        assert_eq!(ignored.names(), ["b"]);
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_there_is_a_table_or_an_error(
            bytes in proptest::collection::vec(
                proptest::sample::select(b"ab1.e-,;\"\r\n \xff\xc3?".to_vec()), 0..200,
            ),
        ) {
            if let Ok(table) = Csv::new().missing(Missing::Drop).parse(&bytes) {
                for name in table.names() {
                    let _ = table.classification::<f32>(name);
                    let _ = table.regression::<f64>(&[name]);
                }
            }
        }
    }
}
