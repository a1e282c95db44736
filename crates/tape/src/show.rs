//! Renderers of an [`Explanation`](crate::Explanation): each reads it, none computes.

mod arrays;
mod comparison;
mod dot;
mod element;
mod expression;
mod hook;
mod html;
mod json;
mod json_nodes;
mod json_parts;
mod latex;
mod latex_array;
mod latex_math;
mod latex_name;
mod latex_width;
mod layout;
mod markdown;
mod notebook;
mod notes;
mod rule;
mod save;
mod story;
mod svg;
mod sweep;
mod text;

pub use expression::Formula;
pub use json::Json;
pub use story::json::Story;

/// How numbers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// With up to six significant digits; whole numbers whole.
    Readable,
    /// With this many decimals.
    Decimals(usize),
    /// With as many digits as tell a number from its neighbours.
    Exact,
}

/// How many significant digits a reader gets unasked.
const SIGNIFICANT: i32 = 6;

impl Numbers {
    /// A number that was computed.
    pub(crate) fn show(self, number: f64) -> String {
        match self {
            Numbers::Decimals(decimals) if number.is_finite() => rounded(number, decimals),
            Numbers::Readable | Numbers::Decimals(_) => readable(number),
            Numbers::Exact => exact(number),
        }
    }

    /// A number that was written in the program: decimals do not cut it.
    pub(crate) fn literal(self, number: f64) -> String {
        if self == Numbers::Exact {
            exact(number)
        } else {
            readable(number)
        }
    }
}

fn exact(number: f64) -> String {
    let text = format!("{number:?}");
    text.strip_suffix(".0").map(str::to_string).unwrap_or(text)
}

fn readable(number: f64) -> String {
    let exact = exact(number);
    let whole = number.fract() == 0.0 && number.abs() < 1e15;
    let digits = exact
        .split('e')
        .next()
        .unwrap_or("")
        .chars()
        .filter(char::is_ascii_digit);
    if !number.is_finite()
        || whole
        || digits.skip_while(|&digit| digit == '0').count() as i32 <= SIGNIFICANT
    {
        return exact;
    }
    let scientific = format!("{number:.*e}", SIGNIFICANT as usize - 1);
    let (mantissa, exponent) = scientific
        .split_once('e')
        .expect("the format has an exponent");
    match exponent.parse::<i32>() {
        Ok(exponent @ -5..15) => {
            let decimals = (SIGNIFICANT - 1 - exponent).max(0) as usize;
            without_final_zeros(&format!("{number:.decimals$}")).to_string()
        }
        _ => format!("{}e{exponent}", without_final_zeros(mantissa)),
    }
}

fn without_final_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

fn rounded(number: f64, decimals: usize) -> String {
    if number.abs() >= 1e15 {
        return format!("{number:.decimals$e}");
    }
    let text = format!("{number:.decimals$}");
    let became_zero = number != 0.0 && !text.contains(|digit: char| ('1'..='9').contains(&digit));
    if became_zero {
        text.trim_start_matches('-').to_string()
    } else {
        text
    }
}

/// A label as it may stand in a formula: bare if it looks like a name, else in quotes, with
/// everything that could be taken for something else, or that cannot be seen, escaped.
pub(crate) fn visible(label: &str) -> String {
    if is_plain(label) {
        return label.to_string();
    }
    let mut out = String::from("\"");
    for c in label.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if c.is_control() || is_invisible(c) => out += &format!("\\u{{{:x}}}", c as u32),
            _ => out.push(c),
        }
    }
    out.push('"');
    // Where letters run from right to left, keep them from turning the formula around.
    if label.chars().any(runs_leftward) {
        format!("\u{2068}{out}\u{2069}")
    } else {
        out
    }
}

/// The name of a scope as a title: [`visible`], without quotes around it.
pub(crate) fn title(name: &str) -> String {
    let shown = visible(name);
    let inner = shown
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(|| shown.clone(), str::to_string)
}

/// Whether a label is letters, digits, `_`, `.`, `'` and indices like `[1][2,3]`, from a letter on.
fn is_plain(label: &str) -> bool {
    let mut inside = false;
    let fits = |c: char| {
        match c {
            '[' if !inside => inside = true,
            ']' if inside => inside = false,
            ',' | ':' if inside => {}
            '_' | '.' | '\'' => {}
            _ => return c.is_alphanumeric() && !runs_leftward(c),
        }
        true
    };
    let starts = label.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_number = ["nan", "inf"].contains(&label.to_lowercase().as_str());
    starts && !is_number && label.chars().all(fits) && !inside
}

/// Format characters, the ones that change the direction of text among them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn runs_leftward(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (number, readable, two) in [
            (0.0, "0", "0.00"),
            (-0.0, "-0", "-0.00"),
            (-12.0, "-12", "-12.00"),
            (-0.19661193324148185, "-0.196612", "-0.20"),
            (0.3932238664829637, "0.393224", "0.39"),
            (0.7310585786300049, "0.731059", "0.73"),
            (-0.001, "-0.001", "0.00"),
            (9.9999996, "10", "10.00"),
            (0.1 + 0.2, "0.3", "0.30"),
            (1234567.0, "1234567", "1234567.00"),
            (1234567.89, "1234568", "1234567.89"),
            (0.000123456789, "0.000123457", "0.00"),
            (1.23456789e-7, "1.23457e-7", "0.00"),
            (1e300, "1e300", "1.00e300"),
            (f64::MAX, "1.79769e308", "1.80e308"),
            (f64::NAN, "NaN", "NaN"),
            (f64::NEG_INFINITY, "-inf", "-inf"),
        ] {
            assert_eq!(Numbers::Readable.show(number), readable);
            assert_eq!(Numbers::Decimals(2).show(number), two);
            let back: f64 = Numbers::Exact.show(number).parse().unwrap();
            assert!(back == number || number.is_nan());
        }
        assert_eq!(Numbers::Decimals(1).literal(0.044715), "0.044715");
    }

    #[test]
    fn only_names_that_look_like_names_stand_bare() {
        for plain in ["x", "w[1][2,3]", "layer1.weight", "x'", "θ", "_h"] {
            assert_eq!(visible(plain), plain);
        }
        for (label, shown) in [
            ("x + y", "\"x + y\""),
            ("3", "\"3\""),
            ("NaN", "\"NaN\""),
            ("a\nb\"\\", "\"a\\nb\\\"\\\\\""),
            ("a\u{202e}b\u{1b}[1m", "\"a\\u{202e}b\\u{1b}[1m\""),
            ("w[1", "\"w[1\""),
            ("שלום", "\u{2068}\"שלום\"\u{2069}"),
        ] {
            assert_eq!(visible(label), shown);
        }
    }
}
