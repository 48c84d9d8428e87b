//! The variants of a comparison, by name.

use std::fmt;
use std::str::FromStr;

use gumbel_files::names::unknown;
use strum::IntoEnumIterator;

use crate::error::LabError;
use crate::frequency::config::Stem;

/// The number of random choices.
const RANDOM_DRAWS: u64 = 5;

/// A variant. The order is that in which a comparison trains them: gates first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// The gate that the learned choices come from.
    Gate,
    /// A gate with a larger penalty.
    SecondGate,
    /// All 192 channels.
    All,
    /// The most probable channels of the gate: how many.
    Learned(usize),
    /// The lowest frequencies, which are the fixed sets of the paper: how many.
    Low(usize),
    /// Random channels: how many, and the number of the draw.
    Random(usize, u64),
    /// Pixels, through a stem.
    Rgb(Stem),
}

impl Variant {
    /// All variants of the published comparison: both stems on pixels, all channels, both gates, 24 and 48
    /// learned and low channels, five random choices of 24.
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Gate,
            Self::SecondGate,
            Self::All,
            Self::Learned(24),
            Self::Learned(48),
            Self::Low(24),
            Self::Low(48),
        ];
        all.extend((0..RANDOM_DRAWS).map(|draw| Self::Random(24, draw)));
        all.extend(Stem::iter().map(Self::Rgb));
        all
    }

    /// The variant in words, for pictures.
    pub fn in_words(self) -> String {
        match self {
            Self::Gate => "gate".to_owned(),
            Self::SecondGate => "gate, larger penalty".to_owned(),
            Self::All => "all 192 channels".to_owned(),
            Self::Learned(keep) => format!("{keep} learned by the gate"),
            Self::Low(keep) => format!("{keep} lowest frequencies"),
            Self::Random(keep, draw) => format!("{keep} at random, draw {draw}"),
            Self::Rgb(Stem::Strided) => "pixels, strided layers".to_owned(),
            Self::Rgb(Stem::Patch) => "pixels, 8x8 patches".to_owned(),
        }
    }

    /// The variants whose names have no number of channels in them.
    fn plain() -> impl Iterator<Item = Self> {
        [Self::Gate, Self::SecondGate, Self::All].into_iter().chain(Stem::iter().map(Self::Rgb))
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gate => f.write_str("gate"),
            Self::SecondGate => f.write_str("gate-2"),
            Self::All => f.write_str("all"),
            Self::Learned(keep) => write!(f, "learned-{keep}"),
            Self::Low(keep) => write!(f, "low-{keep}"),
            Self::Random(keep, draw) => write!(f, "random-{keep}-{draw}"),
            Self::Rgb(stem) => write!(f, "rgb-{stem}"),
        }
    }
}

impl FromStr for Variant {
    type Err = LabError;

    fn from_str(name: &str) -> Result<Self, LabError> {
        let number = |text: &str| text.parse().ok().filter(|keep| (1..=192).contains(keep));
        let with_number = || match name.split('-').collect::<Vec<_>>()[..] {
            ["learned", keep] => number(keep).map(Self::Learned),
            ["low", keep] => number(keep).map(Self::Low),
            ["random", keep, draw] => {
                number(keep).zip(draw.parse().ok()).map(|(k, d)| Self::Random(k, d))
            }
            _ => None,
        };
        let plain = Self::plain().find(|variant| variant.to_string() == name);
        plain.or_else(with_number).ok_or_else(|| {
            let mut names: Vec<String> = Self::plain().map(|variant| variant.to_string()).collect();
            names.extend(["learned-N", "low-N", "random-N-DRAW"].map(str::to_owned));
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            LabError::setting("only", unknown(&names, name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for variant in Variant::all() {
            assert_eq!(variant.to_string().parse::<Variant>().unwrap(), variant);
        }
        for name in ["", "low", "low-0", "low-193", "random-24", "rgb", "learned-x"] {
            assert!(name.parse::<Variant>().is_err(), "{name}");
        }
        assert_eq!(Variant::all().len(), 14);
    }
}
