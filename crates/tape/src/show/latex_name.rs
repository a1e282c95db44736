//! Names and numbers as LaTeX mathematics.

/// A label as mathematics: `w[1][2,3]` becomes `w^{(1)}_{2,3}`, `w0` becomes `w_{0}`; what is no
/// such name is set letter by letter, everything special escaped.
pub(super) fn name(label: &str) -> String {
    typeset(label).unwrap_or_else(|| verbatim(label))
}

fn typeset(label: &str) -> Option<String> {
    let (base, rest) = label.split_at(
        label
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(label.len()),
    );
    let (primes, mut rest) = rest.split_at(rest.find(|c| c != '\'').unwrap_or(rest.len()));
    let mut indices: Vec<String> = Vec::new();
    let mut layers: Vec<&str> = Vec::new();
    while !rest.is_empty() {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == ',';
        let (index, after) = match rest.strip_prefix('[') {
            Some(inside) => inside.split_once(']')?,
            None => {
                let start = rest.trim_start_matches('_');
                start.split_at(start.find(['_', '[']).unwrap_or(start.len()))
            }
        };
        if index.is_empty() || !index.chars().all(fits) {
            return None;
        }
        if rest.starts_with('[')
            && after.starts_with('[')
            && layers.is_empty()
            && indices.is_empty()
        {
            layers.push(index);
        } else {
            indices.push(
                if index.chars().filter(char::is_ascii_alphabetic).count() > 1 {
                    format!("\\mathrm{{{index}}}")
                } else {
                    index.to_string()
                },
            );
        }
        rest = after;
    }
    let mut out = match base.chars().count() {
        0 => return None,
        _ if GREEK.contains(&base) => format!("\\{base}"),
        1 => greek(base.chars().next()?)?,
        _ if base.is_ascii() => format!("\\mathit{{{base}}}"),
        _ => return None,
    };
    if !primes.is_empty() {
        out = format!("{{{out}{primes}}}");
    }
    for layer in layers {
        out += &format!("^{{({layer})}}");
    }
    if !indices.is_empty() {
        out += &format!("_{{{}}}", indices.join(","));
    }
    Some(out)
}

/// The Greek letters that have a command; Latin ones look the same and have none.
const GREEK: [&str; 32] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi",
    "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi",
];
const LETTERS: &str = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨ";

/// A letter: an ASCII one as it is, a Greek one by its command.
fn greek(letter: char) -> Option<String> {
    if letter.is_ascii_alphabetic() {
        return Some(letter.to_string());
    }
    LETTERS
        .chars()
        .position(|known| known == letter)
        .map(|place| format!("\\{}", GREEK[place]))
}

/// Any text, in typewriter letters within mathematics.
fn verbatim(text: &str) -> String {
    format!("\\text{{\\ttfamily {}}}", letters(text, ""))
}

/// How many letters of a name are told: TeX would choke on a hundred thousand.
const TOLD: usize = 400;

/// Any text, in typewriter letters within a paragraph, whose lines may break anywhere in it.
pub(super) fn in_full(text: &str) -> String {
    let start: String = text.chars().take(TOLD).collect();
    let more = if start.len() < text.len() {
        " \\dots"
    } else {
        ""
    };
    format!("{{\\ttfamily {}}}{more}", letters(&start, "\\allowbreak{}"))
}

fn letters(text: &str, between: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out += "\\textbackslash{}",
            '^' => out += "\\textasciicircum{}",
            '~' => out += "\\textasciitilde{}",
            ' ' => out += "\\ ",
            '-' | '\'' | '`' | '"' | ',' => out.extend(['{', c, '}']),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => out.extend(['\\', c]),
            _ if c.is_ascii_graphic() => out.push(c),
            _ => match greek(c) {
                Some(command) => out += &format!("\\ensuremath{{{command}}}"),
                None => out += &format!("<U+{:04X}>", c as u32),
            },
        }
        out += between;
    }
    out
}

/// A number that was shown, as mathematics: `1.5e-7` becomes `1.5 \times 10^{-7}`.
pub(super) fn number(shown: &str) -> String {
    match (shown, shown.split_once('e')) {
        ("NaN", _) => "\\mathrm{NaN}".to_string(),
        ("inf", _) => "\\infty".to_string(),
        ("-inf", _) => "-\\infty".to_string(),
        (_, Some((mantissa, exponent))) => format!("{mantissa} \\times 10^{{{exponent}}}"),
        _ => shown.to_string(),
    }
}

/// Something within parentheses that grow with it.
pub(super) fn group(inner: &str) -> String {
    format!("\\left({inner}\\right)")
}

/// A factor: in parentheses if it begins with a minus sign.
pub(super) fn factor(number: &str) -> String {
    if number.starts_with('-') {
        group(number)
    } else {
        number.to_string()
    }
}

/// The name of an operation, upright.
pub(super) fn operator(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain {
        format!("\\operatorname{{{}}}", name.replace('_', "\\_"))
    } else {
        let start: String = name.chars().take(OPERATOR).collect();
        let more = if start.len() < name.len() {
            "\\dots"
        } else {
            ""
        };
        format!("{}{more}", verbatim(&start))
    }
}

/// How many letters of an operation's odd name are told.
const OPERATOR: usize = 24;
