//! The report about a folder that was loaded.

use std::collections::BTreeMap;
use std::fmt;

use gumbel_files::names::counted;
use serde::{Deserialize, Serialize};

use super::split::Part;

/// How many files of a kind the summary names.
const EXAMPLES: usize = 3;

/// A file that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The path of the file from the folder of the set.
    pub file: String,
    /// The kind of error, as [`JpegError::kind`](gumbel_jpeg::JpegError::kind) names it, or `unreadable`.
    pub kind: String,
    /// The message of the error.
    pub error: String,
}

/// The files that were left out for one reason, as `summary.json` keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutCount {
    /// The kind of error, as [`LeftOut::kind`] names it.
    pub kind: String,
    /// The number of files.
    pub files: usize,
    /// The path of the first of these files, from the folder of the set.
    pub first: String,
    /// The message of the error of the first file.
    pub error: String,
}

/// Whether a load used the cache, wrote it, or did neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CacheUse {
    /// No cache was asked for.
    #[default]
    Off,
    /// The images were read from the cache.
    Used,
    /// The cache was written.
    Written {
        /// The problem of the cache that was replaced, if there was one.
        replaced: Option<String>,
    },
    /// The cache could not be written; the images were read all the same.
    Failed {
        /// The reason why the cache could not be written.
        error: String,
    },
}

impl fmt::Display for CacheUse {
    /// A note for the report, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off | Self::Used | Self::Written { replaced: None } => Ok(()),
            Self::Written { replaced: Some(why) } => write!(f, "cache rebuilt: {why}"),
            Self::Failed { error } => write!(f, "cache not written: {error}"),
        }
    }
}

/// The summary of a folder that was loaded. `Display` gives its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// The numbers of training, validation and test images.
    pub images: [usize; 3],
    /// The grid of the set: rows and columns of blocks.
    pub grid: (usize, usize),
    /// The number of images of each grid.
    pub grids: BTreeMap<(usize, usize), usize>,
    /// The parts without a folder, which the seed filled.
    pub divided: Vec<Part>,
    /// The files that were left out, in the order of their paths.
    pub left_out: Vec<LeftOut>,
    /// The number of files and folders that were passed over, without hidden ones.
    pub others: usize,
    /// Whether the cache was used or written.
    pub cache: CacheUse,
}

impl LoadReport {
    /// The number of images with more rows or columns than the grid of the set.
    #[must_use]
    pub fn cropped(&self) -> usize {
        self.count(|(rows, columns)| rows > self.grid.0 || columns > self.grid.1)
    }

    /// The number of images with fewer rows or columns than the grid of the set.
    #[must_use]
    pub fn padded(&self) -> usize {
        self.count(|(rows, columns)| rows < self.grid.0 || columns < self.grid.1)
    }

    fn count(&self, of: impl Fn((usize, usize)) -> bool) -> usize {
        self.grids.iter().filter(|&(&grid, _)| of(grid)).map(|(_, count)| count).sum()
    }

    /// Groups the files left out by kind of error.
    #[must_use]
    pub fn kinds(&self) -> BTreeMap<&str, Vec<&LeftOut>> {
        kinds(&self.left_out)
    }

    /// The number of files left out of each kind, with the first of each; empty if no file was left out.
    #[must_use]
    pub fn left_out_counts(&self) -> Vec<LeftOutCount> {
        let count = |(kind, files): (&str, Vec<&LeftOut>)| LeftOutCount {
            kind: kind.to_owned(),
            files: files.len(),
            first: files[0].file.clone(),
            error: files[0].error.clone(),
        };
        self.kinds().into_iter().map(count).collect()
    }

    /// The lines of `Display` about files left out: their number, and the first three files of each kind.
    /// `None` if no file was left out.
    #[must_use]
    pub fn left_out_lines(&self) -> Option<String> {
        lines(&self.left_out).map(|lines| lines.join("\n"))
    }
}

/// The lines about files left out; `None` if no file was left out.
pub fn lines(left_out: &[LeftOut]) -> Option<Vec<String>> {
    if left_out.is_empty() {
        return None;
    }
    let mut lines = vec![format!("{} left out", counted(left_out.len() as u64, "file"))];
    for (kind, files) in kinds(left_out) {
        lines.push(format!("  {kind}: {}", files.len()));
        let named = files.iter().take(EXAMPLES);
        lines.extend(named.map(|left| format!("    {}: {}", left.file, left.error)));
        if files.len() > EXAMPLES {
            lines.push(format!("    and {} more", files.len() - EXAMPLES));
        }
    }
    Some(lines)
}

fn kinds(left_out: &[LeftOut]) -> BTreeMap<&str, Vec<&LeftOut>> {
    let mut kinds = BTreeMap::<&str, Vec<&LeftOut>>::new();
    for left in left_out {
        kinds.entry(&left.kind).or_default().push(left);
    }
    kinds
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.images {
            [0, 0, test] => write!(f, "{}", counted(test as u64, "test image"))?,
            [train, validation, test] => write!(
                f,
                "{train} training, {validation} validation and {}",
                counted(test as u64, "test image")
            )?,
        }
        if !self.divided.is_empty() && self.divided.len() < 3 {
            let names: Vec<_> = self.divided.iter().map(|part| part.name()).collect();
            write!(f, " ({} drawn from train)", names.join(" and "))?;
        } else if !self.divided.is_empty() {
            write!(f, " (divided by the seed)")?;
        }
        let (rows, columns) = self.grid;
        write!(f, "\n{rows} x {columns} blocks of 8x8 pixels")?;
        if let (cropped @ 1.., padded) | (cropped, padded @ 1..) = (self.cropped(), self.padded()) {
            write!(
                f,
                "; {} in all, {} cut, {padded} filled up",
                counted(self.grids.len() as u64, "grid"),
                counted(cropped as u64, "image")
            )?;
        }
        if let Some(lines) = self.left_out_lines() {
            write!(f, "\n{lines}")?;
        }
        if self.others > 0 {
            write!(f, "\n{} passed over", counted(self.others as u64, "other file"))?;
        }
        match self.cache.to_string().as_str() {
            "" => Ok(()),
            note => write!(f, "\n{note}"),
        }
    }
}
