//! Circuits as text: a drawing with places for numbers.

use super::page::{GRADIENT, VALUE};

/// Fills the places of `drawing`. `{+q }` is the place of q's value, `{-q }` that of its
/// gradient; each number takes as much room as its place, and stands at the right of it.
///
/// `numbers` answers value and gradient of a wire; `decimals` says how they are written.
pub(super) fn draw(drawing: &str, decimals: usize, numbers: impl Fn(&str) -> (f64, f64)) -> String {
    let mut text = String::new();
    for (index, piece) in drawing
        .trim_start_matches('\n')
        .split(['{', '}'])
        .enumerate()
    {
        if index % 2 == 0 {
            text += piece;
            continue;
        }
        let (kind, wire) = piece.split_at(1);
        let (value, gradient) = numbers(wire.trim());
        let (style, number) = if kind == "+" {
            (VALUE, value)
        } else {
            (GRADIENT, gradient)
        };
        let width = piece.len() + 2;
        text += &format!("{style}{number:>width$.decimals$}{style:#}");
    }
    text
}
