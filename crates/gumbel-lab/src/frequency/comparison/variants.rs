//! The variants of a comparison, by name.

use std::fmt;
use std::str::FromStr;

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
        all.extend([Self::Rgb(Stem::Strided), Self::Rgb(Stem::Patch)]);
        all
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
            Self::Rgb(Stem::Strided) => f.write_str("rgb-strided"),
            Self::Rgb(Stem::Patch) => f.write_str("rgb-patch"),
        }
    }
}

impl FromStr for Variant {
    type Err = LabError;

    fn from_str(name: &str) -> Result<Self, LabError> {
        let number = |text: &str| text.parse().ok().filter(|keep| (1..=192).contains(keep));
        let parsed = match name {
            "gate" => Some(Self::Gate),
            "gate-2" => Some(Self::SecondGate),
            "all" => Some(Self::All),
            "rgb-strided" => Some(Self::Rgb(Stem::Strided)),
            "rgb-patch" => Some(Self::Rgb(Stem::Patch)),
            other => match other.split('-').collect::<Vec<_>>()[..] {
                ["learned", keep] => number(keep).map(Self::Learned),
                ["low", keep] => number(keep).map(Self::Low),
                ["random", keep, draw] => {
                    number(keep).zip(draw.parse().ok()).map(|(k, d)| Self::Random(k, d))
                }
                _ => None,
            },
        };
        parsed.ok_or_else(|| {
            let problem = format!(
                "expected gate, gate-2, all, learned-N, low-N, random-N-DRAW, rgb-strided or \
                 rgb-patch, found {name:?}"
            );
            LabError::setting("only", problem)
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
