//! `Language`: the languages of the letters in the figures.

use gumbel_report::Sketch;
use strum::{Display, EnumIter, IntoStaticStr};

/// The language of the letters in a figure. Its name is that of the language's folder in the book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumIter, IntoStaticStr)]
pub enum Language {
    /// English.
    #[default]
    #[strum(serialize = "en")]
    English,
    /// Chinese, in simplified characters. SVG only.
    #[strum(serialize = "zh")]
    Chinese,
}

impl Language {
    /// The words of this language.
    pub(crate) const fn of<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

/// A drawing of another crate, with its English words replaced by the Chinese ones of a table.
pub(crate) fn reworded(
    sketch: &Sketch,
    title: &str,
    language: Language,
    words: &[(&str, &str)],
) -> Sketch {
    if language == Language::English {
        return sketch.clone();
    }
    let word = |text: &str| {
        words
            .iter()
            .fold(text.to_owned(), |text, (english, chinese)| text.replace(english, chinese))
    };
    sketch.reworded(title, word)
}
