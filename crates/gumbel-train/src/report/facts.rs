//! How a training was made: command, date, duration, machine, device, data, versions.

use std::path::Path;

use gumbel_report::{Picture, Section};

use crate::error::TrainError;
use crate::run::{DataRecord, Fact, Session, read_sessions};

/// The facts of the trainings in some run folders, for the page of a run or of a comparison.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    sessions: Vec<Session>,
    runs: usize,
}

/// A list of texts, each once, in their order.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    texts.for_each(|text| {
        if !all.contains(&text) {
            all.push(text);
        }
    });
    all
}

impl Facts {
    /// Reads the sessions of runs. A folder without them is of an earlier version.
    pub(super) fn of<'a>(folders: impl Iterator<Item = &'a Path>) -> Result<Self, TrainError> {
        let mut facts = Self::default();
        for folder in folders {
            let parts = read_sessions(folder)?;
            facts.runs += usize::from(!parts.is_empty());
            facts.sessions.extend(parts);
        }
        Ok(facts)
    }

    /// This process, which has no run.
    pub(super) fn here(threads: usize) -> Self {
        Self { sessions: vec![Session::now(threads, "cpu")], runs: 0 }
    }

    /// The lines of the page.
    pub(super) fn lines(&self, command: Option<String>) -> Vec<(String, String)> {
        let all = &self.sessions;
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let commands =
            distinct(command.into_iter().chain(all.iter().map(|part| part.command.clone())));
        let mut lines = Vec::new();
        for (i, command) in commands.into_iter().enumerate() {
            lines.push(pair(if i == 0 { "command" } else { "and" }, command));
        }
        let (Some(first), Some(last)) = (
            all.iter().min_by_key(|part| part.began_seconds),
            all.iter().max_by_key(|part| part.ended()),
        ) else {
            return lines;
        };
        lines.push(pair("date", span(first.began_seconds, last.ended())));
        let seconds: f64 = all.iter().map(|part| part.seconds).sum();
        let parts = match (self.runs, all.len()) {
            (..=1, ..=1) => String::new(),
            (..=1, parts) => format!(", in {parts} parts"),
            (runs, _) => format!(", of {runs} trainings together"),
        };
        // A page without a run is written before its process ends.
        if self.runs > 0 {
            lines.push(pair("duration", format!("{}{parts}", duration(seconds))));
        }
        lines.push(pair("machine", distinct(all.iter().map(Session::machine)).join("; ")));
        lines.push(pair("system", distinct(all.iter().map(|part| part.system.clone())).join("; ")));
        lines
    }
}

/// The section with the lines.
pub(super) fn section(lines: Vec<(String, String)>) -> Section {
    Section {
        heading: "How it was made".to_owned(),
        caption: String::new(),
        picture: Picture::Facts(lines),
        alt: String::new(),
    }
}

/// Two times in UTC, seconds since 1970.
fn span(from: u64, to: u64) -> String {
    let [from, to] = [from, to].map(|seconds| crate::run::utc(seconds)[..16].to_owned());
    match (from == to, from[..10] == to[..10]) {
        (true, _) => format!("{from} UTC"),
        (_, true) => format!("{from} to {} UTC", &to[11..]),
        _ => format!("{from} to {to} UTC"),
    }
}

/// A time in words, with two units.
fn duration(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        3_600..86_400 => format!("{} h {} min", whole / 3_600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3_600 % 24),
    }
}

/// The data in words: their name and the numbers among their facts.
pub(super) fn data_in_words(data: &DataRecord) -> String {
    let fact = |(name, fact): (&String, &Fact)| match fact {
        Fact::Number(number) => Some(format!("{name} {number}")),
        Fact::Real(number) => Some(format!("{name} {number}")),
        Fact::Text(text) => Some(format!("{name} {text}")),
        Fact::Texts(texts) => Some(format!("{} {name}", texts.len())),
    };
    let facts: Vec<String> = data.facts.iter().filter_map(fact).collect();
    let facts = if facts.is_empty() { String::new() } else { format!(": {}", facts.join(", ")) };
    format!("{}{facts}", data.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(command: &str, began_seconds: u64, seconds: f64) -> Session {
        Session { command: command.to_owned(), began_seconds, seconds, ..Session::now(2, "cpu") }
    }

    #[test]
    fn times_have_two_units() {
        for (seconds, words) in [
            (0.04, "0.0 s"),
            (9.44, "9.4 s"),
            (59.6, "1 min 0 s"),
            (3_599.0, "59 min 59 s"),
            (7_260.0, "2 h 1 min"),
            (90_000.0, "1 d 1 h"),
        ] {
            assert_eq!(duration(seconds), words);
        }
        assert_eq!(span(0, 30), "1970-01-01 00:00 UTC");
        assert_eq!(span(0, 90), "1970-01-01 00:00 to 00:01 UTC");
        assert_eq!(span(0, 86_400), "1970-01-01 00:00 to 1970-01-02 00:00 UTC");
    }

    #[test]
    fn the_parts_of_a_training_are_added() {
        let resumed = part("gumbel train vae --resume", 200, 30.0);
        let sessions = vec![part("gumbel train vae", 0, 90.4), resumed.clone(), resumed];
        let lines = Facts { sessions, runs: 1 }.lines(None);
        let value = |name: &str| {
            let found: Vec<_> = lines.iter().filter(|line| line.0 == name).collect();
            assert_eq!(found.len(), 1, "{lines:?}");
            found[0].1.as_str()
        };
        assert_eq!(
            (value("command"), value("and")),
            ("gumbel train vae", "gumbel train vae --resume")
        );
        assert_eq!(value("date"), "1970-01-01 00:00 to 00:03 UTC");
        assert_eq!(value("duration"), "2 min 30 s, in 3 parts");
        assert!(value("machine").contains("2 of ") && !value("system").is_empty());
        let here = Facts::here(2).lines(None);
        let names: Vec<_> = here.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["command", "date", "machine", "system"]);
        // A run of an earlier version has none of these.
        assert_eq!(Facts::default().lines(None), []);
        let several =
            Facts { sessions: vec![part("a", 0, 1.0); 4], runs: 4 }.lines(Some("b".into()));
        assert_eq!(several[0].1, "b");
        assert!(
            several.iter().any(|line| line.1 == "4.0 s, of 4 trainings together"),
            "{several:?}"
        );
    }
}
