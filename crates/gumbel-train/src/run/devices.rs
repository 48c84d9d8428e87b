//! `devices.csv`: which device computed a run from which step on.

use std::path::Path;

use gumbel_files::csv_rows::{csv_bytes, read_rows};
use gumbel_files::output;
use serde::{Deserialize, Serialize};

use crate::device::{DeviceName, Opened};
use crate::error::TrainError;

const FILE: &str = "devices.csv";

/// A row: the device that takes the steps from this one on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    step: u64,
    device: String,
    /// The name of the card; empty for the processor.
    adapter: String,
}

impl Row {
    fn of(step: u64, opened: &Opened) -> Self {
        Self { step, device: opened.name.to_string(), adapter: opened.adapter.clone() }
    }

    fn is_same_device(&self, other: &Self) -> bool {
        (&self.device, &self.adapter) == (&other.device, &other.adapter)
    }

    fn in_words(&self) -> String {
        match self.adapter.as_str() {
            "" => self.device.clone(),
            adapter => format!("{} ({adapter})", self.device),
        }
    }
}

/// The rows; a run of an earlier version has no file, and was computed by the processor.
fn rows(folder: &Path) -> Result<Vec<Row>, TrainError> {
    let path = folder.join(FILE);
    if !path.is_file() {
        let device = DeviceName::Cpu.to_string();
        return Ok(vec![Row { step: 0, device, adapter: String::new() }]);
    }
    Ok(read_rows(&path)?)
}

/// Records that a device takes the steps from `step` on; the work of later steps was lost. Returns a sentence if an
/// other device took the steps before.
pub(crate) fn record(
    folder: &Path,
    step: u64,
    opened: &Opened,
) -> Result<Option<String>, TrainError> {
    let mut all = rows(folder)?;
    all.retain(|row| row.step < step);
    let ours = Row::of(step, opened);
    let before = all.last().filter(|last| !last.is_same_device(&ours));
    let remark = before.map(|before| {
        format!(
            "steps up to {step} were taken on {}, further ones are taken on {}: keys and noise are the same, but the \
             last bits of numbers are not those of a run on one device",
            before.in_words(),
            ours.in_words()
        )
    });
    if all.last().is_none_or(|last| !last.is_same_device(&ours)) {
        all.push(ours);
    }
    let path = folder.join(FILE);
    let text = csv_bytes(&path, &all, true)?;
    // Untouched if nothing changes, like the other files of a run that is resumed.
    if std::fs::read(&path).ok().as_ref() != Some(&text) {
        output::write(&path, &text)?;
    }
    Ok(remark)
}

/// The devices of a run in words, for its report.
pub(crate) fn in_words(folder: &Path) -> Result<String, TrainError> {
    let parts = rows(folder)?.into_iter().map(|row| match row.step {
        0 => row.in_words(),
        step => format!("from step {step} on {}", row.in_words()),
    });
    Ok(parts.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn opened(name: DeviceName, adapter: &str) -> Opened {
        Opened { name, adapter: adapter.to_owned(), device: Device::flex(), worker: None }
    }

    #[test]
    fn another_device_is_recorded_and_said_and_lost_work_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |step, name, adapter| record(folder.path(), step, &opened(name, adapter)).unwrap();
        let text = || std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(at(0, DeviceName::Cpu, ""), None);
        assert_eq!(text(), "step,device,adapter\n0,cpu,\n");
        assert_eq!(at(20, DeviceName::Cpu, ""), None);
        let remark = at(20, DeviceName::Wgpu, "Card, large").unwrap();
        let start =
            "steps up to 20 were taken on cpu, further ones are taken on wgpu (Card, large):";
        assert!(remark.starts_with(start), "{remark}");
        assert_eq!(text(), "step,device,adapter\n0,cpu,\n20,wgpu,\"Card, large\"\n");
        assert_eq!(in_words(folder.path()).unwrap(), "cpu, from step 20 on wgpu (Card, large)");
        // Killed before its first checkpoint: nothing of this card is left.
        assert_eq!(at(20, DeviceName::Cpu, ""), None);
        assert_eq!(text(), "step,device,adapter\n0,cpu,\n");
        assert!(at(30, DeviceName::Cuda, "A").is_some() && at(40, DeviceName::Cuda, "B").is_some());
        assert_eq!(at(0, DeviceName::Cuda, "B"), None);
        assert_eq!(in_words(folder.path()).unwrap(), "cuda (B)");
    }

    #[test]
    fn a_run_without_the_file_was_on_the_processor() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(in_words(folder.path()).unwrap(), "cpu");
        let remark = record(folder.path(), 7, &opened(DeviceName::Rocm, "C")).unwrap().unwrap();
        assert!(remark.contains("on cpu, further ones are taken on rocm (C)"), "{remark}");
    }
}
