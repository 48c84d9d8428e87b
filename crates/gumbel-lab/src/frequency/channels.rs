//! The 192 frequency channels of a JPEG, and fixed choices of some of them.

use std::fmt;
use std::str::FromStr;

use gumbel::Key;
use gumbel::sample::permutation;

use crate::error::LabError;

/// The number of channels: 64 of each of Y, Cb and Cr.
pub const CHANNELS: usize = gumbel_jpeg::CHANNELS;

/// A frequency channel: a component and a position in its 8x8 block.
///
/// ```
/// use gumbel_lab::frequency::Channel;
/// let channel = Channel::from_index(64 + 8 * 2 + 5);
/// assert_eq!(channel.to_string(), "Cb2,5");
/// assert_eq!("Cb2,5".parse::<Channel>()?.index(), 85);
/// # Ok::<(), gumbel_lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The component: 0 is Y, 1 Cb, 2 Cr.
    pub component: usize,
    /// The vertical frequency, 0 to 7 half waves a block.
    pub vertical: usize,
    /// The horizontal frequency, 0 to 7 half waves a block.
    pub horizontal: usize,
}

impl Channel {
    /// The names of the components, in the order of their numbers.
    pub const COMPONENTS: [&'static str; 3] = ["Y", "Cb", "Cr"];

    /// The channel with a number from 0 to 191: `64 component + 8 vertical + horizontal`.
    ///
    /// # Panics
    /// An index of 192 or more.
    pub fn from_index(index: usize) -> Self {
        assert!(index < CHANNELS, "channel {index} of {CHANNELS}");
        Self { component: index / 64, vertical: index % 64 / 8, horizontal: index % 8 }
    }

    /// The number of the channel, 0 to 191.
    pub fn index(self) -> usize {
        64 * self.component + 8 * self.vertical + self.horizontal
    }

    /// The position in JPEG's zigzag order, 0 to 63: low frequencies first.
    pub fn zigzag(self) -> usize {
        let (v, u) = (self.vertical, self.horizontal);
        let diagonal = v + u;
        // The cells on all earlier diagonals; diagonals become shorter after the eighth.
        let before: usize = (0..diagonal).map(|d| (d + 1).min(15 - d)).sum();
        // The order runs upwards on even diagonals and downwards on odd ones.
        let along = if diagonal.is_multiple_of(2) { u } else { v };
        before + along - diagonal.saturating_sub(7)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let component = Self::COMPONENTS[self.component];
        write!(f, "{component}{},{}", self.vertical, self.horizontal)
    }
}

impl FromStr for Channel {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        let parsed = || {
            let digits = text.find(|c: char| c.is_ascii_digit())?;
            let component = Self::COMPONENTS.iter().position(|name| *name == &text[..digits])?;
            let (vertical, horizontal) = text[digits..].split_once(',')?;
            let channel = Self {
                component,
                vertical: vertical.parse().ok()?,
                horizontal: horizontal.parse().ok()?,
            };
            (channel.vertical < 8 && channel.horizontal < 8).then_some(channel)
        };
        parsed().ok_or_else(|| {
            let problem = format!("expected a channel such as Y0,0 or Cb2,5, found {text:?}");
            LabError::setting("channels", problem)
        })
    }
}

/// A choice of channels, the same for all images, in rising order.
///
/// ```
/// use gumbel::Key;
/// use gumbel_lab::frequency::Selection;
///
/// assert_eq!(Selection::low(3)?.indices(), [0, 1, 8]); // Y0,0, Y0,1 and Y1,0
/// assert_eq!(Selection::random(24, Key::new(0))?.indices().len(), 24);
/// let mut p = vec![0.1; 192];
/// (p[3], p[64]) = (0.9, 0.8);
/// assert_eq!(Selection::largest(&p, 2)?.indices(), [3, 64]);
/// # Ok::<(), gumbel_lab::LabError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection(Vec<usize>);

impl Selection {
    /// All 192 channels.
    pub fn all() -> Self {
        Self((0..CHANNELS).collect())
    }

    /// The channels with these numbers.
    ///
    /// # Errors
    /// No channel, a number of 192 or more, a channel given twice.
    pub fn new(mut indices: Vec<usize>) -> Result<Self, LabError> {
        indices.sort_unstable();
        let problem = match (indices.last(), indices.windows(2).find(|pair| pair[0] == pair[1])) {
            (None, _) => "expected at least one channel, found none".to_owned(),
            (Some(last), _) if *last >= CHANNELS => {
                format!("expected numbers from 0 to {}, found {last}", CHANNELS - 1)
            }
            (_, Some(pair)) => format!("expected each channel once, found {} twice", pair[0]),
            _ => return Ok(Self(indices)),
        };
        Err(LabError::setting("channels", problem))
    }

    /// The `keep` channels with the largest values. Among equal values the lower frequency is taken first,
    /// then luma.
    ///
    /// # Errors
    /// A `keep` outside of 1 to 192.
    pub fn largest(values: &[f64], keep: usize) -> Result<Self, LabError> {
        Self::check_keep(keep)?;
        let mut order: Vec<usize> = (0..CHANNELS).collect();
        let rank = |index: &usize| (Channel::from_index(*index).zigzag(), *index);
        order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(rank(a).cmp(&rank(b))));
        Self::new(order[..keep].to_vec())
    }

    /// The lowest frequencies in zigzag order, two thirds of them of Y and a sixth of each chroma: the fixed
    /// sets of the paper (24 = 16 + 4 + 4, 48 = 32 + 8 + 8, 64 = 44 + 10 + 10).
    ///
    /// # Errors
    /// A `keep` outside of 1 to 192.
    pub fn low(keep: usize) -> Result<Self, LabError> {
        Self::check_keep(keep)?;
        let chroma = (keep / 6).max(keep.saturating_sub(64).div_ceil(2)).min(64);
        let counts = [keep - 2 * chroma, chroma, chroma];
        let kept = |index: &usize| {
            let channel = Channel::from_index(*index);
            channel.zigzag() < counts[channel.component]
        };
        Self::new((0..CHANNELS).filter(kept).collect())
    }

    /// Chooses `keep` random channels.
    ///
    /// # Errors
    /// A `keep` outside of 1 to 192.
    pub fn random(keep: usize, key: Key) -> Result<Self, LabError> {
        Self::check_keep(keep)?;
        Self::new(permutation(key, CHANNELS)[..keep].to_vec())
    }

    fn check_keep(keep: usize) -> Result<(), LabError> {
        if (1..=CHANNELS).contains(&keep) {
            return Ok(());
        }
        Err(LabError::setting("keep", format!("expected 1 to {CHANNELS} channels, found {keep}")))
    }

    /// The numbers of the chosen channels, in rising order.
    pub fn indices(&self) -> &[usize] {
        &self.0
    }

    /// The choice as a mask `[192]`: 1 for each chosen channel, 0 for the others.
    pub fn mask(&self) -> Vec<f64> {
        let mut mask = vec![0.0; CHANNELS];
        self.0.iter().for_each(|&index| mask[index] = 1.0);
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zigzag_order_follows_the_standard() {
        let order =
            |v: usize, u: usize| Channel { component: 0, vertical: v, horizontal: u }.zigzag();
        // ITU-T T.81, figure A.6, some of its cells and its last row.
        let cells =
            [(0, 0, 0), (0, 1, 1), (1, 0, 2), (2, 0, 3), (0, 7, 28), (7, 0, 35), (3, 4, 31)];
        for (v, u, place) in cells {
            assert_eq!(order(v, u), place, "{v}, {u}");
        }
        let last: Vec<usize> = (0..8).map(|u| order(7, u)).collect();
        assert_eq!(last, [35, 36, 48, 49, 57, 58, 62, 63]);
        let mut all: Vec<usize> = (0..64).map(|i| order(i / 8, i % 8)).collect();
        all.sort_unstable();
        assert_eq!(all, (0..64).collect::<Vec<_>>());
    }

    #[test]
    fn low_sets_equal_those_of_the_paper() {
        for (keep, counts) in [
            (24, [16, 4, 4]),
            (32, [22, 5, 5]),
            (48, [32, 8, 8]),
            (64, [44, 10, 10]),
            (1, [1, 0, 0]),
            (150, [64, 43, 43]),
            (191, [63, 64, 64]),
            (192, [64, 64, 64]),
        ] {
            let low = Selection::low(keep).unwrap();
            let of = |component| low.0.iter().filter(|&&index| index / 64 == component).count();
            assert_eq!([0, 1, 2].map(of), counts, "{keep}");
        }
        assert!(Selection::low(0).is_err() && Selection::low(193).is_err());
    }

    #[test]
    fn largest_breaks_ties_towards_low_frequencies() {
        let mut values = vec![0.5; CHANNELS];
        values[191] = 0.9;
        let best = Selection::largest(&values, 4).unwrap();
        assert_eq!(best.indices(), [0, 64, 128, 191]);
        assert_eq!(best.mask().iter().sum::<f64>(), 4.0);
    }

    #[test]
    fn bad_choices_are_named() {
        for (indices, part) in [(vec![], "at least one"), (vec![192], "192"), (vec![3, 3], "twice")]
        {
            let error = Selection::new(indices).unwrap_err().to_string();
            assert!(error.starts_with("channels: ") && error.contains(part), "{error}");
        }
        for text in ["", "Y", "Z1,1", "Y8,0", "Y0", "Cb-1,0", "7"] {
            assert!(text.parse::<Channel>().is_err(), "{text}");
        }
        for index in 0..CHANNELS {
            let channel = Channel::from_index(index);
            assert_eq!(channel.to_string().parse::<Channel>().unwrap().index(), index);
        }
    }

    #[test]
    fn random_choices_are_a_function_of_the_key() {
        let of = |seed| Selection::random(24, Key::new(seed)).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(of(1).indices().len(), 24);
    }
}
