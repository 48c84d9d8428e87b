//! Values with parts on the command line.

use std::path::PathBuf;
use std::str::FromStr;

use gumbel_lab::frequency::Channel;

/// The sizes of the hidden layers of a decoder: `200,200`, or `none` for a linear one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HiddenLayers(pub(crate) Vec<usize>);

impl FromStr for HiddenLayers {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let sizes = text.split(',').map(|size| size.trim().parse());
        let sizes = sizes.collect::<Result<_, _>>();
        sizes.map(Self).map_err(|_| "expected sizes such as 200 or 200,200, or none")
    }
}

/// Where `play` shows an episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Render {
    Terminal,
    Gif(PathBuf),
}

impl FromStr for Render {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "terminal" => Ok(Self::Terminal),
            file if file.to_ascii_lowercase().ends_with(".gif") => Ok(Self::Gif(file.into())),
            _ => Err("expected terminal, or a file whose name ends in .gif"),
        }
    }
}

/// A grid of blocks: `32x32`, rows first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl FromStr for Grid {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let size = |text: &str| text.trim().parse().ok();
        let sizes = text.split_once('x').and_then(|(r, c)| Some((size(r)?, size(c)?)));
        let (rows, columns) = sizes.ok_or("expected rows and columns as in 32x32")?;
        Ok(Self { rows, columns })
    }
}

/// A fixed choice of channels. A text that is not one of the other forms is the path of a run; the folder of
/// a run with the name of another form is written `./low`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChannelsArg {
    /// `all`.
    All,
    /// `low`: the lowest frequencies.
    Low,
    /// `random`.
    Random,
    /// `Y0,0+Cb2,5`.
    List(Vec<Channel>),
    /// The most probable channels of the run of a gate.
    Run(PathBuf),
}

impl ChannelsArg {
    pub(crate) const EXPECTED: &'static str =
        "expected all, low, random, the folder of a run, or a list such as Y0,0+Cb2,5";
}

impl FromStr for ChannelsArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let channels = text.split('+').map(|name| name.trim().parse::<Channel>());
        Ok(match (text, channels.collect()) {
            ("", _) => return Err(Self::EXPECTED),
            ("all", _) => Self::All,
            ("low", _) => Self::Low,
            ("random", _) => Self::Random,
            (_, Ok(channels)) => Self::List(channels),
            (path, Err(_)) => Self::Run(path.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_parts_are_read() {
        assert_eq!("none".parse(), Ok(HiddenLayers(vec![])));
        assert_eq!("200, 100".parse(), Ok(HiddenLayers(vec![200, 100])));
        for text in ["", "200,", "-1", "200,x", "None"] {
            assert!(text.parse::<HiddenLayers>().is_err(), "{text}");
        }
        assert_eq!("4x32".parse(), Ok(Grid { rows: 4, columns: 32 }));
        for text in ["", "x", "32", "32x", "4x-1", "4x4x4"] {
            assert!(text.parse::<Grid>().is_err(), "{text}");
        }
        let channels = |text: &str| text.parse::<ChannelsArg>();
        let list = [0, 64].map(Channel::from_index).to_vec();
        assert_eq!(channels("Y0,0 + Cb0,0"), Ok(ChannelsArg::List(list)));
        assert_eq!(channels("low"), Ok(ChannelsArg::Low));
        assert_eq!(channels("./low"), Ok(ChannelsArg::Run("./low".into())));
        assert_eq!(channels("Y0,0+Y8,0"), Ok(ChannelsArg::Run("Y0,0+Y8,0".into())));
        assert!(channels("").is_err());
    }
}
