//! `metrics.csv` and `timing.csv`: a row for each epoch.
//!
//! After a crash `metrics.csv` may hold rows, or half a row, from after the last checkpoint: it is cut back to
//! the length that the checkpoint records.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gumbel_files::csv_rows::{csv_bytes, read_rows};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::TrainError;
use crate::run::checkpoint::Position;

const TIMING_HEADER: &str = "epoch,step,train_seconds,evaluation_seconds\n";

/// The two files, open for appending.
pub(crate) struct Metrics {
    path: PathBuf,
    file: File,
    bytes: u64,
    timing_path: PathBuf,
    timing: File,
}

impl Metrics {
    /// Opens the files of a run folder; `from` is the position to resume at, with the length of
    /// `metrics.csv` there, or `None` to begin.
    pub(crate) fn open(folder: &Path, from: Option<&Position>) -> Result<Self, TrainError> {
        let keep = from.map(|position| position.metrics_bytes);
        let path = folder.join("metrics.csv");
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).write(true).read(true);
            options.open(path).map_err(TrainError::file("open", path))
        };
        let mut file = open(&path)?;
        let length = file.metadata().map_err(TrainError::file("read", &path))?.len();
        if keep.is_some_and(|keep| keep > length) {
            let problem = "shorter than the checkpoint says: it was changed; start the run again \
                           with --force";
            return Err(TrainError::run(&path, problem));
        }
        file.set_len(keep.unwrap_or(0)).map_err(TrainError::file("cut", &path))?;
        file.seek(SeekFrom::End(0)).map_err(TrainError::file("write", &path))?;
        let timing_path = folder.join("timing.csv");
        let mut timing = open(&timing_path)?;
        let known = match from {
            Some(position) => timing_length(&timing_path, position.step)?,
            None => 0,
        };
        timing.set_len(known).map_err(TrainError::file("cut", &timing_path))?;
        let end = timing.seek(SeekFrom::End(0)).map_err(TrainError::file("write", &timing_path))?;
        let mut metrics = Self { path, file, bytes: keep.unwrap_or(0), timing_path, timing };
        if end == 0 {
            metrics.append_timing(TIMING_HEADER)?;
        }
        Ok(metrics)
    }

    /// The length of `metrics.csv`.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends the row of an epoch, `(epoch, step)`; before the first one, the names of its fields.
    pub(crate) fn push(
        &mut self,
        (epoch, step): (u64, u64),
        row: &impl Serialize,
        training: Duration,
        evaluation: Duration,
    ) -> Result<(), TrainError> {
        let line = csv_bytes(&self.path, &[row], self.bytes == 0)?;
        self.append(&String::from_utf8_lossy(&line))?;
        let (training, evaluation) = (training.as_secs_f64(), evaluation.as_secs_f64());
        self.append_timing(&format!("{epoch},{step},{training:.3},{evaluation:.3}\n"))
    }

    /// Syncs the rows to the disk. Call it before saving the checkpoint that records their length.
    pub(crate) fn sync(&self) -> Result<(), TrainError> {
        self.file.sync_data().map_err(TrainError::file("write", &self.path))
    }

    fn append(&mut self, text: &str) -> Result<(), TrainError> {
        self.file.write_all(text.as_bytes()).map_err(TrainError::file("write", &self.path))?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    fn append_timing(&mut self, text: &str) -> Result<(), TrainError> {
        let written = self.timing.write_all(text.as_bytes());
        written.map_err(TrainError::file("write", &self.timing_path))
    }
}

/// The length of the whole lines of `timing.csv` up to a step: the work of later rows was lost and is
/// done again.
fn timing_length(path: &Path, step: u64) -> Result<u64, TrainError> {
    let text = std::fs::read_to_string(path).map_err(TrainError::file("read", path))?;
    let mut length = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = line.split(',').nth(1).and_then(|step| step.parse::<u64>().ok());
        let kept =
            if number == 0 { line == TIMING_HEADER } else { end.is_some_and(|end| end <= step) };
        if !kept || !line.ends_with('\n') {
            break;
        }
        length += line.len();
    }
    Ok(length as u64)
}

/// Reads the rows of `metrics.csv` in a run folder.
///
/// # Errors
/// A file that cannot be read, or rows of another kind.
pub fn read_metrics<R: DeserializeOwned>(folder: &Path) -> Result<Vec<R>, TrainError> {
    Ok(read_rows(&folder.join("metrics.csv"))?)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        epoch: u64,
        tau: Option<f64>,
        objective: f64,
        bound: f64,
    }

    fn row(epoch: u64) -> Row {
        let tau = (epoch == 1).then_some(0.1 + 0.2);
        Row { epoch, tau, objective: 1e-17, bound: std::f64::consts::PI }
    }

    #[test]
    fn rows_after_the_checkpoint_are_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let zero = Duration::ZERO;
        let mut metrics = Metrics::open(folder.path(), None).unwrap();
        metrics.push((1, 10), &row(1), zero, zero).unwrap();
        let keep = metrics.bytes();
        metrics.push((2, 20), &row(2), zero, zero).unwrap();
        let whole = std::fs::read(folder.path().join("metrics.csv")).unwrap();
        metrics.append("3,half a r").unwrap();
        metrics.append_timing("3,30,half a r").unwrap();
        let at = |metrics_bytes| Position { step: 10, objective_bits: 0, metrics_bytes };
        let mut metrics = Metrics::open(folder.path(), Some(&at(keep))).unwrap();
        metrics.push((2, 20), &row(2), zero, zero).unwrap();
        assert_eq!(std::fs::read(folder.path().join("metrics.csv")).unwrap(), whole);
        let timing = std::fs::read_to_string(folder.path().join("timing.csv")).unwrap();
        assert_eq!(timing, format!("{TIMING_HEADER}1,10,0.000,0.000\n2,20,0.000,0.000\n"));
        assert_eq!(read_metrics::<Row>(folder.path()).unwrap(), [row(1), row(2)]);
        assert!(Metrics::open(folder.path(), Some(&at(10_000))).is_err());
    }
}
