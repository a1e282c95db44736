//! Text as a sequence of characters, each a class.

use super::error::{DataError, DataErrorKind, Result};
use super::streams::Streams;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The characters that occur in a text; the class of each is its place in the order of Unicode.
///
/// ```
/// use nn::data::Characters;
///
/// let characters = Characters::of("hello");
/// assert_eq!(characters.as_slice(), ['e', 'h', 'l', 'o']);
/// assert_eq!(characters.encode("hole")?, [1, 3, 2, 0]);
/// assert_eq!(characters.decode(&[1, 3, 2, 0])?, "hole");
/// assert_eq!(characters.encode("hello\nworld").unwrap_err().to_string(),
///     "line 1, column 6: the character '\\n' is not among the 4 known ones");
/// # Ok::<(), nn::data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Characters {
    sorted: Vec<char>,
}

impl Characters {
    /// The characters of a text, each once.
    #[must_use]
    pub fn of(text: &str) -> Characters {
        let mut different = BTreeSet::new();
        different.extend(text.chars()); // one by one: collecting would sort the whole text
        Characters {
            sorted: different.into_iter().collect(),
        }
    }

    /// The characters in order.
    #[must_use]
    pub fn as_slice(&self) -> &[char] {
        &self.sorted
    }

    /// The number of characters: of classes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The class of a character.
    #[must_use]
    pub fn class(&self, character: char) -> Option<usize> {
        self.sorted.binary_search(&character).ok()
    }

    /// The classes of a text's characters.
    ///
    /// # Errors
    /// If a character is not known: its line and column, counted from 1.
    pub fn encode(&self, text: &str) -> Result<Vec<usize>> {
        let (mut line, mut column) = (1, 1);
        let mut classes = Vec::with_capacity(text.len());
        for character in text.chars() {
            let Some(class) = self.class(character) else {
                let message = format!(
                    "the character {character:?} is not among the {} known ones",
                    self.len()
                );
                let error = DataError::new(DataErrorKind::Unknown, message);
                return Err(error.at_line(line).in_column(u64::to_string(&column)));
            };
            classes.push(class);
            column += 1;
            if character == '\n' {
                (line, column) = (line + 1, 1);
            }
        }
        Ok(classes)
    }

    /// The text of these classes.
    ///
    /// # Errors
    /// If a class is not below the number of characters.
    pub fn decode(&self, classes: &[usize]) -> Result<String> {
        let character = |(i, &class): (usize, &usize)| {
            self.sorted.get(class).copied().ok_or_else(|| {
                let message = format!(
                    "class {class} at position {i} is not among {} characters",
                    self.len()
                );
                DataError::new(DataErrorKind::Unknown, message)
            })
        };
        classes.iter().enumerate().map(character).collect()
    }
}

/// A text as the classes of its characters, ready for a network that reads it and guesses the next.
///
/// ```
/// use nn::data::Text;
///
/// let text = Text::new("the quick brown fox jumps over the lazy dog");
/// let (train, test) = text.hold_out(0.25)?;
/// assert_eq!(test.to_string(), "e lazy dog");
/// assert_eq!(train.characters(), test.characters());
/// for window in train.streams(2, 5)? {
///     assert_eq!(window.x.shape()[0], 2);
/// }
/// # Ok::<(), nn::data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    characters: Arc<Characters>,
    classes: Vec<usize>,
}

impl Text {
    /// A text, with the characters that occur in it.
    #[must_use]
    pub fn new(text: &str) -> Text {
        let characters = Characters::of(text);
        let class = |character| characters.class(character).expect("it occurs in the text");
        Text {
            classes: text.chars().map(class).collect(),
            characters: Arc::new(characters),
        }
    }

    /// The text in a file.
    ///
    /// # Errors
    /// If the file cannot be read or is not UTF-8.
    pub fn read(path: impl AsRef<Path>) -> Result<Text> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| DataError::unreadable(path, error))?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Text::new(text)),
            Err(error) => {
                let at = error.valid_up_to();
                let message = format!("expected UTF-8, found the byte {:#04x}", bytes[at]);
                let error = DataError::new(DataErrorKind::Format, message);
                let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
                Err(error.in_file(path).at_line(line as u64).at_byte(at as u64))
            }
        }
    }

    /// Its characters, each once.
    #[must_use]
    pub fn characters(&self) -> &Characters {
        &self.characters
    }

    /// The class of each character of the text.
    #[must_use]
    pub fn classes(&self) -> &[usize] {
        &self.classes
    }

    /// The length in characters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The text without its end, and its end, `share` of its length: one to learn, one to test.
    /// Both know the characters of the whole.
    ///
    /// # Errors
    /// If the share is not between 0 and 1.
    pub fn hold_out(&self, share: f64) -> Result<(Text, Text)> {
        if !(0.0..=1.0).contains(&share) {
            let message = format!("hold_out: a share is between 0 and 1, not {share}");
            return Err(DataError::new(DataErrorKind::Option, message));
        }
        let held = (share * self.len() as f64).floor() as usize;
        let (start, end) = self.classes.split_at(self.len() - held);
        let part = |classes: &[usize]| Text {
            characters: Arc::clone(&self.characters),
            classes: classes.to_vec(),
        };
        Ok((part(start), part(end)))
    }

    /// The text in `batch` parallel streams, read `steps` characters at a time; see [`Streams`].
    ///
    /// # Errors
    /// If there is no stream or no step, or the text is too short.
    pub fn streams(&self, batch: usize, steps: usize) -> Result<Streams<'_>> {
        Streams::new(&self.classes, batch, steps)
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decoded = self.characters.decode(&self.classes);
        f.write_str(&decoded.expect("the classes are those of the characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_comes_back_from_its_classes(text in "\\PC{0,60}") {
            let found = Text::new(&text);
            prop_assert_eq!(found.to_string(), text.clone());
            let characters = found.characters();
            prop_assert!(characters.as_slice().is_sorted());
            prop_assert_eq!(&characters.encode(&text).unwrap(), found.classes());
        }
    }

    #[test]
    fn an_unknown_character_is_named_by_its_place() {
        let error = Characters::of("ab\n").encode("ab\nba\naéb").unwrap_err();
        assert_eq!(error.kind(), DataErrorKind::Unknown);
        assert_eq!((error.line(), error.column()), (Some(3), Some("2")));
        let error = Characters::of("ab").decode(&[0, 2]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "class 2 at position 1 is not among 2 characters"
        );
    }

    #[test]
    fn the_end_is_held_out() {
        let text = Text::new("0123456789");
        for (share, expected) in [(0.0, ""), (0.25, "89"), (1.0, "0123456789")] {
            let (start, end) = text.hold_out(share).unwrap();
            assert_eq!(end.to_string(), expected);
            assert_eq!(start.to_string() + expected, "0123456789");
        }
        assert!(text.hold_out(1.5).is_err() && text.hold_out(f64::NAN).is_err());
    }

    #[test]
    fn a_file_that_is_not_utf8_is_refused() {
        let path = std::env::temp_dir().join(format!("chainrule-text-{}", std::process::id()));
        std::fs::write(&path, b"one\ntwo \xff").unwrap();
        let error = Text::read(&path).unwrap_err();
        std::fs::write(&path, "one\n").unwrap();
        assert_eq!(Text::read(&path).unwrap(), Text::new("one\n"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!((error.line(), error.byte()), (Some(2), Some(8)));
        assert!(
            error
                .to_string()
                .ends_with("line 2, byte 8: expected UTF-8, found the byte 0xff")
        );
        assert_eq!(Text::read(&path).unwrap_err().kind(), DataErrorKind::Read);
    }

    #[test]
    fn a_million_characters_of_plays() {
        let Some(data) = std::env::var_os("CHAINRULE_DATA") else {
            eprintln!("skipped: CHAINRULE_DATA names no folder with text/tinyshakespeare.txt");
            return;
        };
        let text = Text::read(Path::new(&data).join("text/tinyshakespeare.txt")).unwrap();
        assert_eq!((text.len(), text.characters().len()), (1_115_394, 65));
        assert_eq!(text.streams(64, 50).unwrap().len(), 349);
    }
}
