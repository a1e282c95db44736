//! Keys by the names that scripts know them by.

/// What the browser is told of a key.
pub(crate) struct Key<'a> {
    pub(crate) key: &'a str,
    pub(crate) code: String,
    pub(crate) number: u32,
    /// What it types.
    pub(crate) text: &'a str,
    pub(crate) modifiers: u32,
}

/// The keys that type nothing, or not what they are called, with their numbers.
const NAMED: [(&str, u32, &str); 15] = [
    ("Backspace", 8, ""),
    ("Tab", 9, ""),
    ("Enter", 13, "\r"),
    ("Escape", 27, ""),
    ("PageUp", 33, ""),
    ("PageDown", 34, ""),
    ("End", 35, ""),
    ("Home", 36, ""),
    ("ArrowLeft", 37, ""),
    ("ArrowUp", 38, ""),
    ("ArrowRight", 39, ""),
    ("ArrowDown", 40, ""),
    ("Delete", 46, ""),
    ("F1", 112, ""),
    ("F5", 116, ""),
];

const MODIFIERS: [(&str, u32); 4] = [("Alt+", 1), ("Control+", 2), ("Meta+", 4), ("Shift+", 8)];

impl Key<'_> {
    /// A key by its name (`ArrowRight`, `Enter`, `a`, a space), with modifiers before it
    /// (`Shift+Tab`).
    ///
    /// # Panics
    /// If no key is called so.
    pub(crate) fn named(name: &str) -> Key<'_> {
        let (mut key, mut modifiers) = (name, 0);
        while let Some((word, bit)) = MODIFIERS.iter().find(|(word, _)| key.starts_with(word)) {
            key = &key[word.len()..];
            modifiers |= bit;
        }
        if let Some(&(_, number, text)) = NAMED.iter().find(|(named, ..)| *named == key) {
            return Key {
                key,
                code: key.to_string(),
                number,
                text,
                modifiers,
            };
        }
        let mut letters = key.chars();
        let (Some(letter), None) = (letters.next(), letters.next()) else {
            panic!("no key is called {name:?}");
        };
        let upper = letter.to_ascii_uppercase();
        let code = match upper {
            ' ' => "Space".to_string(),
            'A'..='Z' => format!("Key{upper}"),
            '0'..='9' => format!("Digit{upper}"),
            _ => String::new(),
        };
        Key {
            key,
            code,
            number: upper as u32,
            text: key,
            modifiers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn keys_have_their_numbers_and_texts() {
        for (name, key, code, number, text, modifiers) in [
            ("ArrowRight", "ArrowRight", "ArrowRight", 39, "", 0),
            ("Shift+Tab", "Tab", "Tab", 9, "", 8),
            (" ", " ", "Space", 32, " ", 0),
            ("Control+Alt+x", "x", "KeyX", 88, "x", 3),
            ("/", "/", "", 47, "/", 0),
        ] {
            let found = Key::named(name);
            assert_eq!(
                (
                    found.key,
                    &found.code[..],
                    found.number,
                    found.text,
                    found.modifiers
                ),
                (key, code, number, text, modifiers)
            );
        }
    }
}
