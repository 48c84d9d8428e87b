//! The options for reading a file, and the character between its cells.

use std::fmt;
use std::str::FromStr;

use crate::error::MaximaError;

/// Options for reading a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the column, or its number from 1. Not needed when there is one column.
    pub column: Option<String>,
    /// The character between cells. `None`: it is recognised from the first line.
    pub delimiter: Option<Delimiter>,
    /// Whether decimals have a comma, as in 12,5, in place of a point.
    pub decimal_comma: bool,
    /// Whether to refuse cells without a value and blank lines between rows instead of leaving them out.
    pub strict: bool,
}

impl Options {
    /// Checks that the options can be used together.
    ///
    /// # Errors
    /// A comma between cells where decimals have a comma too.
    pub fn check(&self) -> Result<(), MaximaError> {
        if self.decimal_comma && self.delimiter == Some(Delimiter::COMMA) {
            let problem =
                "expected another character: with --decimal-comma a comma is part of a number";
            return Err(MaximaError::setting("delimiter", problem));
        }
        Ok(())
    }
}

/// The character between cells; a space means any number of spaces and tabs.
///
/// As text it is the character itself, or `tab`, `\t` or `space`.
///
/// ```
/// use gumbel_maxima::Delimiter;
/// assert_eq!(";".parse(), Ok(Delimiter::SEMICOLON));
/// assert_eq!("tab".parse(), Ok(Delimiter::TAB));
/// assert!("ab".parse::<Delimiter>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiter(u8);

impl Delimiter {
    /// A comma.
    pub const COMMA: Self = Self(b',');
    /// A semicolon.
    pub const SEMICOLON: Self = Self(b';');
    /// A tab.
    pub const TAB: Self = Self(b'\t');
    /// Any number of spaces and tabs.
    pub const SPACE: Self = Self(b' ');

    /// The character, which is ASCII.
    pub const fn byte(self) -> u8 {
        self.0
    }
}

impl FromStr for Delimiter {
    type Err = DelimiterError;

    fn from_str(text: &str) -> Result<Self, DelimiterError> {
        // Letters, digits, signs and points are part of values, and quotes, # and line ends of the format.
        let usable = |byte: u8| {
            byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"#\n\r.-+".contains(&byte)
        };
        match text.as_bytes() {
            b"tab" | b"\\t" => Ok(Self::TAB),
            b"space" => Ok(Self::SPACE),
            &[byte] if usable(byte) => Ok(Self(byte)),
            _ => Err(DelimiterError),
        }
    }
}

/// The error of a text that is no [`Delimiter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelimiterError;

impl fmt::Display for DelimiterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "expected one character that is not a letter, a digit or part of a number, or the word tab or space",
        )
    }
}

impl std::error::Error for DelimiterError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_characters_or_words() {
        for (text, byte) in [
            (",", b','),
            (";", b';'),
            ("|", b'|'),
            (":", b':'),
            ("\t", b'\t'),
            ("tab", b'\t'),
            ("\\t", b'\t'),
            (" ", b' '),
            ("space", b' '),
        ] {
            assert_eq!(text.parse().map(Delimiter::byte), Ok(byte), "{text:?}");
        }
        for text in ["", "ab", "a", "7", ".", "-", "+", "\"", "#", "\n", "\r", "·", "Tab", ";;"] {
            assert_eq!(text.parse::<Delimiter>(), Err(DelimiterError), "{text:?}");
        }
    }

    #[test]
    fn a_comma_cannot_have_two_meanings() {
        let of = |delimiter, decimal_comma| {
            Options { delimiter, decimal_comma, ..Options::default() }.check()
        };
        let error = of(Some(Delimiter::COMMA), true).unwrap_err().to_string();
        assert!(error.starts_with("delimiter: expected another character"), "{error}");
        assert!(of(Some(Delimiter::COMMA), false).is_ok());
        assert!(of(Some(Delimiter::SEMICOLON), true).is_ok() && of(None, true).is_ok());
    }
}
