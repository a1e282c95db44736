//! How wide mathematics will be, about: what does not fit on a line is broken before TeX sees it.

/// The width of the page's text, in typewriter letters.
pub(super) const LINE: f64 = 86.0;

/// How deep groups within groups are looked at one by one.
const DEEPEST: usize = 40;

/// The width of a formula in typewriter letters, an estimate from above.
pub(super) fn width(latex: &str) -> f64 {
    let mut rest = latex;
    list(&mut rest, 0)
}

/// The width of what stands before the end, or the brace that closes a group.
fn list(rest: &mut &str, depth: usize) -> f64 {
    let mut total = 0.0;
    while !rest.is_empty() && !rest.starts_with('}') {
        total += item(rest, depth);
    }
    total
}

/// The width of the next letter, command or group.
fn item(rest: &mut &str, depth: usize) -> f64 {
    let Some(first) = rest.chars().next() else {
        return 0.0;
    };
    *rest = &rest[first.len_utf8()..];
    match first {
        '{' if depth < DEEPEST => group(rest, depth),
        '{' | '}' | '$' | '&' => 0.0,
        '^' | '_' => 0.75 * item(rest, depth),
        '=' | '+' | '<' | '>' => 2.6,
        ' ' => 0.0,
        '\\' => command(rest, depth),
        _ => 1.05,
    }
}

/// The rest of a group whose brace is behind us.
fn group(rest: &mut &str, depth: usize) -> f64 {
    let inside = list(rest, depth + 1);
    *rest = rest.strip_prefix('}').unwrap_or(rest);
    inside
}

fn command(rest: &mut &str, depth: usize) -> f64 {
    let letters = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let (name, after) = rest.split_at(letters);
    if name.is_empty() {
        let sign = rest.chars().next().unwrap_or(' ');
        *rest = &rest[sign.len_utf8().min(rest.len())..];
        return if sign == ',' { 0.4 } else { 1.05 };
    }
    *rest = after;
    match name {
        "frac" => item(rest, depth).max(item(rest, depth)) + 0.5,
        "underset" => (0.75 * item(rest, depth)).max(item(rest, depth)),
        // Spaces count in text; in names they are commands.
        "text" => {
            let inside = rest.split(['{', '}']).nth(1).unwrap_or("");
            let is_name = inside.starts_with("\\ttfamily");
            let spaces = if is_name {
                0
            } else {
                inside.matches(' ').count()
            };
            item(rest, depth) + 0.8 * spaces as f64
        }
        "overline" | "mathit" | "mathrm" | "ensuremath" => item(rest, depth),
        "operatorname" => item(rest, depth) + 0.5,
        "ttfamily" | "textstyle" | "scriptsize" | "displaystyle" => 0.0,
        "begin" | "end" => {
            let _ = item(rest, depth);
            1.0
        }
        "quad" => 2.0,
        "left" | "right" => 0.6,
        "cdot" | "odot" | "times" => 2.2,
        "textbackslash" | "textasciicircum" | "textasciitilde" => 1.05,
        _ => name.len().min(4) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::width;

    #[test]
    fn fractions_are_as_wide_as_their_wider_half_and_text_as_its_letters() {
        for (latex, about) in [
            ("", 0.0),
            ("x", 1.0),
            ("v_{11}", 2.6),
            ("\\frac{\\partial f}{\\partial v_{11}}", 7.0),
            ("\\text{\\ttfamily abc\\_def}", 7.0),
            ("\\text{\\ttfamily \\textbackslash{}}", 1.0),
            ("x = -0.53", 8.6),
        ] {
            assert!(
                (width(latex) - about).abs() < 1.0,
                "{latex}: {}",
                width(latex)
            );
        }
        // Whatever stands there, it ends.
        for odd in [
            "{",
            "}",
            "}}x",
            "\\",
            "\\frac",
            "\\frac{a}",
            "^",
            "é\\é",
            &"{".repeat(100_000),
        ] {
            assert!(width(odd).is_finite());
        }
    }
}
