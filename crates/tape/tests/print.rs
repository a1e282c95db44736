//! Arrays as text against what NumPy prints.
//!
//! The arrays, the texts and the script that made them stand in `tests/reference`.

use std::fs;
use tape::{Array, Element};

#[test]
fn arrays_print_as_in_numpy() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/print.txt");
    let text = fs::read_to_string(path).expect("the reference is there");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for case in text.trim_end().split("> ").skip(1) {
        let (header, expected) = case.split_once('\n').expect("a case has a header");
        let printed = if header.starts_with("float32") {
            print::<f32>(header)
        } else {
            print::<f64>(header)
        };
        cases += 1;
        if printed != expected.trim_end_matches('\n') {
            wrong.push(format!(
                "> {header}\nis\n{printed}\nbut NumPy has\n{expected}"
            ));
        }
    }
    assert!(cases > 100, "{cases} cases");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What the file has for an array: `print`, and `repr` where no precision is asked for.
fn print<T: Element>(header: &str) -> String {
    let fields: Vec<&str> = header.split(' ').collect();
    let [_, precision, shape, numbers] = fields[..] else {
        panic!("four fields: {header}")
    };
    let array = array::<T>(&list(shape.trim_matches(['[', ']'])), numbers);
    if let Ok(precision) = precision.parse::<usize>() {
        return format!("{array:.precision$}");
    }
    format!("{array}\nrepr\n{}", as_repr(&array))
}

fn array<T: Element>(shape: &[usize], numbers: &str) -> Array<T> {
    let count = shape.iter().product::<usize>();
    let numbers: Vec<f64> = match numbers {
        "range" => (0..count).map(|i| i as f64).collect(),
        "eighths" => (0..count).map(|i| i as f64 / 8.0).collect(),
        "tiny" => {
            let mut numbers = vec![1.0; count];
            (numbers[0], numbers[count - 1]) = (1e-10, f64::NAN);
            numbers
        }
        numbers => list(numbers),
    };
    Array::new(shape, numbers).cast()
}

fn list<N: std::str::FromStr>(text: &str) -> Vec<N> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words
        .map(|word| word.parse().unwrap_or_else(|_| panic!("`{word}`")))
        .collect()
}

/// `{:#?}` with NumPy's names: the type, and shapes as tuples.
fn as_repr<T: Element>(array: &Array<T>) -> String {
    let text = format!("{array:#?}").replacen("Array(", "array(", 1);
    let Some((numbers, _)) = text.split_once("shape=") else {
        return text;
    };
    let lengths: Vec<String> = array.shape().iter().map(usize::to_string).collect();
    let comma = if lengths.len() == 1 { "," } else { "" };
    format!("{numbers}shape=({}{comma}))", lengths.join(", "))
}
