//! `sessions.csv`: when, where and by which command a run was trained, a row for each part of a training that was
//! interrupted.
//!
//! Times and machines differ between equal runs: they are in this file and on the page of the report, and nowhere else.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gumbel_files::csv_rows::{csv_bytes, read_rows};
use gumbel_files::output;
use serde::{Deserialize, Serialize};

use crate::device::Opened;
use crate::error::TrainError;
use crate::machine::Machine;

pub(crate) const FILE: &str = "sessions.csv";

/// A part of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The time at which the part began, in UTC.
    pub(crate) began: String,
    /// The same in seconds since 1970.
    pub(crate) began_seconds: u64,
    /// The step at which it began.
    pub(crate) step: u64,
    /// The seconds until its last checkpoint.
    pub(crate) seconds: f64,
    /// The workers on the processor.
    pub(crate) threads: usize,
    pub(crate) device: String,
    pub(crate) processor: String,
    /// The threads that the processor runs at once.
    pub(crate) cores: usize,
    pub(crate) instructions: String,
    pub(crate) system: String,
    pub(crate) command: String,
}

/// The parts of a training, of which the last one is under way.
#[derive(Debug)]
pub(crate) struct Sessions {
    path: PathBuf,
    earlier: Vec<Session>,
    now: Session,
    began: Instant,
}

impl Sessions {
    /// Begins a part; writes nothing yet.
    pub(crate) fn begin(
        folder: &Path,
        threads: usize,
        opened: &Opened,
    ) -> Result<Self, TrainError> {
        let earlier = read(folder)?;
        let now = Session::now(threads, &opened.name.to_string());
        Ok(Self { path: folder.join(FILE), earlier, now, began: Instant::now() })
    }

    /// Records the step at which this part begins. What was done from there on before is lost.
    pub(crate) fn begin_at(&mut self, step: u64) {
        self.now.step = step;
        self.earlier.retain(|part| part.step < step);
    }

    /// Writes the file: call it after each checkpoint.
    pub(crate) fn save(&mut self) -> Result<(), TrainError> {
        // Milliseconds, and never none.
        self.now.seconds = (1e3 * self.began.elapsed().as_secs_f64()).ceil() / 1e3;
        let all: Vec<&Session> = self.earlier.iter().chain([&self.now]).collect();
        Ok(output::write(&self.path, &csv_bytes(&self.path, &all, true)?)?)
    }
}

impl Session {
    /// This process on this machine, with no time used.
    pub(crate) fn now(threads: usize, device: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let Machine { processor, cores, instructions, system } = Machine::here();
        Self {
            began: utc(since.as_secs()),
            began_seconds: since.as_secs(),
            step: 0,
            seconds: 0.0,
            threads,
            device: device.to_owned(),
            processor,
            cores,
            instructions: instructions.to_owned(),
            system,
            command: command_line(),
        }
    }

    /// The time of the end, in seconds since 1970.
    pub(crate) fn ended(&self) -> u64 {
        self.began_seconds + self.seconds.round() as u64
    }

    /// The processor in words.
    pub(crate) fn machine(&self) -> String {
        format!(
            "{}, {} of {} threads, {}",
            self.processor, self.threads, self.cores, self.instructions
        )
    }
}

/// The parts of the training in a folder; none for a run of an earlier version.
pub(crate) fn read(folder: &Path) -> Result<Vec<Session>, TrainError> {
    let path = folder.join(FILE);
    if path.is_file() { Ok(read_rows(&path)?) } else { Ok(Vec::new()) }
}

/// The command line of this process: the name of the program without its folder, and the arguments, quoted for a shell.
pub(crate) fn command_line() -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:=,@%".contains(c);
    let quoted = |text: String| match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''").replace(char::is_control, "?")),
    };
    let mut arguments = std::env::args_os().map(|text| text.to_string_lossy().into_owned());
    let program = arguments.next().unwrap_or_default();
    let program =
        Path::new(&program).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    std::iter::once(program).chain(arguments).map(quoted).collect::<Vec<_>>().join(" ")
}

/// A time in UTC as `2026-11-30 22:08:03`, from seconds since 1970.
///
/// The date is that of Hinnant, "chrono-compatible low-level date algorithms" (2013): years begin in March, so the day
/// of a leap year is their last.
pub(crate) fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + 400 * era + later;
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02}", second % 60)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::device::DeviceName;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_251_200, "2024-03-01 00:00:00"),
            (1_798_761_599, "2026-12-31 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(utc(seconds), text);
        }
    }

    #[test]
    fn a_part_whose_work_was_lost_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let name = DeviceName::Cpu;
        let cpu = Opened { name, adapter: String::new(), device: Device::flex(), worker: None };
        assert_eq!(read(folder.path()).unwrap(), []);
        for (step, kept) in
            [(0, vec![0]), (20, vec![0, 20]), (40, vec![0, 20, 40]), (20, vec![0, 20])]
        {
            let mut sessions = Sessions::begin(folder.path(), 3, &cpu).unwrap();
            sessions.begin_at(step);
            sessions.save().unwrap();
            sessions.save().unwrap();
            let read = read(folder.path()).unwrap();
            assert_eq!(read.iter().map(|part| part.step).collect::<Vec<_>>(), kept);
            assert!(read.iter().all(|part| part.seconds > 0.0 && part.threads == 3), "{read:?}");
            assert!(read.iter().all(|part| part.device == "cpu" && part.began.len() == 19));
        }
        let line = command_line();
        assert!(line.starts_with("gumbel_train") && !line.contains('\n'), "{line}");
    }
}
