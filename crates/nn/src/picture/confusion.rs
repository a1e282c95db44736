use super::svg::{Anchor, Svg};
use crate::metrics::Confusion;

/// A confusion matrix: a row for each true class, a column for each predicted one, darker the larger
/// the share of its row.
///
/// ```
/// use nn::metrics::Confusion;
///
/// let confusion = Confusion::new(2, &[0, 0, 1], &[0, 1, 1]).with_names(["cat", "dog"]);
/// let svg = nn::picture::confusion("Pets", &confusion);
/// assert!(svg.as_str().contains(">cat</text>"));
/// ```
#[must_use]
pub fn confusion(title: &str, confusion: &Confusion) -> Svg {
    let classes = confusion.classes();
    let names = confusion.names();
    let longest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let cell = (400.0 / classes.max(1) as f64).clamp(24.0, 64.0);
    let (left, top) = (40.0 + 7.0 * longest as f64, 60.0);
    let side = cell * classes as f64;
    let mut svg = Svg::new((left + side + 20.0).max(160.0), top + side + 40.0, title);
    let middle = left + side / 2.0;
    svg.title([middle, 22.0], title);
    svg.text([middle, top + side + 32.0], Anchor::Middle, "predicted");
    svg.upward([14.0, top + side / 2.0], "actual");
    for (actual, name) in names.iter().enumerate() {
        let y = top + cell * actual as f64;
        svg.text([left - 6.0, y + cell / 2.0 + 4.0], Anchor::End, name);
        // Where names are wider than cells, every other one is a line higher.
        let lift = if longest as f64 * 7.0 > cell && actual % 2 == 1 {
            13.0
        } else {
            0.0
        };
        let x = left + cell * (actual as f64 + 0.5);
        svg.text([x, top - 6.0 - lift], Anchor::Middle, name);
        for predicted in 0..classes {
            let count = confusion.count(actual, predicted);
            let share = count as f64 / confusion.support(actual).max(1) as f64;
            let corner = [left + cell * predicted as f64, y];
            let class = if actual == predicted {
                "area c0"
            } else {
                "area c1"
            };
            svg.rectangle(class, corner, [cell - 1.0, cell - 1.0], 0.04 + 0.6 * share);
            let centre = [corner[0] + cell / 2.0, y + cell / 2.0 + 4.0];
            match count {
                // What did not happen leaves the eye to what did.
                0 => svg.styled("faint", centre, Anchor::Middle, "0"),
                _ => svg.text(centre, Anchor::Middle, &count.to_string()),
            }
        }
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_for_each_pair_of_classes() {
        for classes in [0, 1, 3, 20] {
            let svg = confusion("a & b", &Confusion::empty(classes));
            let cells = svg.as_str().matches("class=\"area").count();
            assert_eq!(cells, classes * classes);
            assert!(svg.as_str().contains("<title>a &amp; b</title>"));
        }
    }
}
