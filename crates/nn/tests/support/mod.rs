//! The numbers of tests/reference/layers.txt, and those that both sides compute.

use tape::Array;

/// `((37 i + 11 k) mod 101 - 50) / 32`, as in tests/reference/layers.py.
pub(crate) fn fill(shape: &[usize], k: usize) -> Array {
    let mut i = 0;
    Array::from_fn(shape, |_| {
        let number = ((37 * i + 11 * k) % 101) as f64 - 50.0;
        i += 1;
        number / 32.0
    })
}

/// Lines of `case what [shape] numbers ..` and `case names names ..`.
pub(crate) struct Reference<'a> {
    lines: Vec<(&'a str, &'a str, Vec<&'a str>)>,
}

impl<'a> Reference<'a> {
    pub(crate) fn read(text: &'a str) -> Reference<'a> {
        let line = |line: &'a str| {
            let mut words = line.split(' ');
            let (case, what) = (words.next().unwrap(), words.next().unwrap());
            (case, what, words.collect())
        };
        Reference {
            lines: text.lines().map(line).collect(),
        }
    }

    fn words(&self, case: &str, what: &str) -> &[&'a str] {
        let found = self
            .lines
            .iter()
            .find(|line| (line.0, line.1) == (case, what));
        &found.unwrap_or_else(|| panic!("no {what} of {case}")).2
    }

    pub(crate) fn names(&self, case: &str) -> Vec<String> {
        self.words(case, "names")
            .iter()
            .map(|name| name.to_string())
            .collect()
    }

    pub(crate) fn array(&self, case: &str, what: &str) -> Array {
        let (shape, numbers) = self.words(case, what).split_first().expect("a shape");
        let lengths = shape.trim_matches(['[', ']']).split(',');
        let lengths: Vec<usize> = lengths.map(|length| length.parse().unwrap()).collect();
        let numbers: Vec<f64> = numbers
            .iter()
            .map(|number| number.parse().unwrap())
            .collect();
        Array::new(&lengths, numbers)
    }

    /// How many numbers there are in all.
    pub(crate) fn count(&self) -> usize {
        let arrays = self.lines.iter().filter(|line| line.1 != "names");
        arrays.map(|line| line.2.len() - 1).sum()
    }
}
