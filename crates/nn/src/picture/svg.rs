//! The text of a picture.

use std::fmt::{self, Write};
use std::io;
use std::path::Path;

/// A picture, as the text of an SVG file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg {
    text: String,
}

/// How a picture looks by day and by night, and on paper as by day. Colours of series are told apart by the colour-blind
/// too (after Okabe and Ito).
const STYLE: &str = "\
.chainrule{font:12px system-ui,sans-serif}.chainrule text{fill:#1f2328;stroke:none}\
.chainrule .paper{fill:#fff}.chainrule .grid{stroke:#dfe3e8;fill:none}.chainrule .edge{stroke:#8c959f;fill:none}\
.chainrule .title{font-size:14px;font-weight:600}.chainrule .line{fill:none;stroke-width:1.8;stroke-linejoin:round}\
.chainrule .c0{stroke:#0072b2;fill:#0072b2}.chainrule .c1{stroke:#d55e00;fill:#d55e00}\
.chainrule .c2{stroke:#009e73;fill:#009e73}.chainrule .c3{stroke:#b5578f;fill:#b5578f}\
.chainrule .c4{stroke:#a67c00;fill:#a67c00}.chainrule .c5{stroke:#3d8fc2;fill:#3d8fc2}\
.chainrule .line{fill:none}.chainrule .area{stroke:none;shape-rendering:crispEdges}.chainrule .dot{stroke:#fff;stroke-width:.8}\
.chainrule .bare{fill:none}.chainrule .disc{stroke:none}.chainrule .odd{stroke-dasharray:4 3}.chainrule .mute{fill:#8c959f}\
.chainrule text.small{font-size:10px}.chainrule text.faint{fill:#656d76}.chainrule text.mark{fill:#b4460a;font-weight:600}\
@media screen and (prefers-color-scheme:dark){.chainrule text{fill:#e6edf3}.chainrule .paper{fill:#0d1117}\
.chainrule .grid{stroke:#2a313a}.chainrule .edge{stroke:#6e7681}\
.chainrule .c0{stroke:#56b4e9;fill:#56b4e9}.chainrule .c1{stroke:#ff8c42;fill:#ff8c42}\
.chainrule .c2{stroke:#2fd3a3;fill:#2fd3a3}.chainrule .c3{stroke:#e58fc0;fill:#e58fc0}\
.chainrule .c4{stroke:#f0c84b;fill:#f0c84b}.chainrule .c5{stroke:#9ecfee;fill:#9ecfee}\
.chainrule .line{fill:none}.chainrule .area{stroke:none}.chainrule .dot{stroke:#0d1117}\
.chainrule .bare{fill:none}.chainrule .disc{stroke:none}.chainrule text.faint{fill:#9198a1}.chainrule text.mark{fill:#ff8c42}.chainrule .mute{fill:#6e7681}}";

/// How many colours there are; a seventh series has the first again.
pub(super) const COLOURS: usize = 6;

impl Svg {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Writes the text into a file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        std::fs::write(path, &self.text)
    }

    /// An empty picture with a title, which is also what it is called where it cannot be seen.
    pub(super) fn new(width: f64, height: f64, title: &str) -> Svg {
        let title = Escaped(title);
        Svg {
            text: format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chainrule\" viewBox=\"0 0 {width} {height}\" \
                 width=\"{width}\" height=\"{height}\" role=\"img\"><title>{title}</title>\n<style>{STYLE}</style>\n\
                 <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
            ),
        }
    }

    pub(super) fn finish(mut self) -> Svg {
        self.text.push_str("</svg>\n");
        self
    }

    pub(super) fn line(&mut self, class: &str, from: [f64; 2], to: [f64; 2]) {
        let ([x1, y1], [x2, y2]) = (from.map(Pixel), to.map(Pixel));
        self.push(format_args!(
            "<path class=\"{class}\" d=\"M{x1} {y1}L{x2} {y2}\"/>\n"
        ));
    }

    /// Lines from point to point.
    pub(super) fn path(&mut self, class: &str, points: &[[f64; 2]]) {
        self.push(format_args!("<path class=\"{class}\" d=\""));
        for (place, point) in points.iter().enumerate() {
            let ([x, y], to) = (point.map(Pixel), if place == 0 { 'M' } else { 'L' });
            self.push(format_args!("{to}{x} {y}"));
        }
        self.push(format_args!("\"/>\n"));
    }

    pub(super) fn rectangle(
        &mut self,
        class: &str,
        corner: [f64; 2],
        size: [f64; 2],
        opacity: f64,
    ) {
        let ([x, y], [width, height]) = (corner.map(Pixel), size.map(Pixel));
        let opacity = Pixel(opacity);
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill-opacity=\"{opacity}\"/>\n"
        ));
    }

    pub(super) fn circle(&mut self, class: &str, centre: [f64; 2], radius: f64) {
        let [x, y] = centre.map(Pixel);
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>\n"
        ));
    }

    /// A line as wide as is said, and what is told of it to who points at it.
    pub(super) fn wide_line(
        &mut self,
        class: &str,
        [from, to]: [[f64; 2]; 2],
        [width, opacity]: [f64; 2],
        told: &str,
    ) {
        let ([x1, y1], [x2, y2]) = (from.map(Pixel), to.map(Pixel));
        let ([width, opacity], told) = ([width, opacity].map(Pixel), Escaped(told));
        self.push(format_args!(
            "<path class=\"{class}\" d=\"M{x1} {y1}L{x2} {y2}\" stroke-width=\"{width}\" \
             stroke-opacity=\"{opacity}\"><title>{told}</title></path>\n"
        ));
    }

    /// A circle filled as strongly as is said.
    pub(super) fn disc(&mut self, class: &str, centre: [f64; 2], radius: f64, opacity: f64) {
        let ([x, y], opacity) = (centre.map(Pixel), Pixel(opacity));
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill-opacity=\"{opacity}\"/>\n"
        ));
    }

    /// A circle's rim, and what is told of it.
    pub(super) fn ring(
        &mut self,
        class: &str,
        centre: [f64; 2],
        [radius, width]: [f64; 2],
        told: &str,
    ) {
        let ([x, y], width, told) = (centre.map(Pixel), Pixel(width), Escaped(told));
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" stroke-width=\"{width}\">\
             <title>{told}</title></circle>\n"
        ));
    }

    /// A text of another look.
    pub(super) fn styled(&mut self, class: &str, at: [f64; 2], anchor: Anchor, text: &str) {
        self.classed(&format!(" class=\"{class}\""), at, anchor, text);
    }

    /// A text that begins, has its middle, or ends at a point.
    pub(super) fn text(&mut self, at: [f64; 2], anchor: Anchor, text: &str) {
        self.classed("", at, anchor, text);
    }

    pub(super) fn title(&mut self, at: [f64; 2], text: &str) {
        self.classed(" class=\"title\"", at, Anchor::Middle, text);
    }

    /// A text that runs upward.
    pub(super) fn upward(&mut self, at: [f64; 2], text: &str) {
        let ([x, y], text) = (at.map(Pixel), Escaped(text));
        self.push(format_args!(
            "<text transform=\"translate({x} {y})rotate(-90)\" text-anchor=\"middle\">{text}</text>\n"
        ));
    }

    fn classed(&mut self, class: &str, at: [f64; 2], anchor: Anchor, text: &str) {
        if text.is_empty() {
            return;
        }
        let ([x, y], text) = (at.map(Pixel), Escaped(text));
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(format_args!(
            "<text{class} x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>\n"
        ));
    }

    fn push(&mut self, text: fmt::Arguments<'_>) {
        self.text.write_fmt(text).expect("a text takes all");
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Where a text stands at its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A length, to two digits: a hundredth of a pixel.
struct Pixel(f64);

impl fmt::Display for Pixel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", (self.0 * 100.0).round() / 100.0)
    }
}

/// A text in which nothing is markup.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                // XML has no place for these, not even escaped.
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markup() {
        let name = Escaped("</title><script>\"a\" & 'b'\u{0}\n").to_string();
        let shown = "&lt;/title&gt;&lt;script&gt;&quot;a&quot; &amp; 'b'\u{fffd} ";
        assert_eq!(name, shown);
    }
}
