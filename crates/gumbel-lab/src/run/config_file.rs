//! `config.toml`: which experiment, its settings, the data and the versions.

use std::fs;
use std::path::Path;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::LabError;
use crate::run::checkpoint::FORMAT;
use crate::run::experiment::Experiment;

/// `config.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ConfigFile<S> {
    format: u32,
    #[serde(default = "first_experiment")]
    experiment: String,
    pub(super) settings: S,
    pub(super) data: DataRecord,
    pub(super) versions: Versions,
}

impl<S: Experiment> ConfigFile<S> {
    pub(super) fn new(settings: S, data: DataRecord) -> Self {
        let (experiment, versions) = (S::NAME.to_owned(), Versions::ours());
        Self { format: FORMAT, experiment, settings, data, versions }
    }

    /// The text of the file.
    pub(super) fn text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self).map(quote_large_integers)
    }
}

/// Integers of TOML end at 2^63 - 1, and few readers take larger ones: a seed beyond that is written as
/// a string.
fn quote_large_integers(mut text: String) -> String {
    fn collect(value: &Spanned<DeValue<'_>>, places: &mut Vec<(usize, usize)>) {
        match value.get_ref() {
            DeValue::Integer(number) if number.as_str().parse::<i64>().is_err() => {
                places.push((value.span().start, value.span().end));
            }
            DeValue::Array(values) => values.iter().for_each(|value| collect(value, places)),
            DeValue::Table(table) => table.values().for_each(|value| collect(value, places)),
            _ => {}
        }
    }
    let mut places = Vec::new();
    if let Ok(table) = DeTable::parse(&text) {
        table.get_ref().values().for_each(|value| collect(value, &mut places));
    }
    places.sort_unstable();
    for (start, end) in places.into_iter().rev() {
        text.insert(end, '"');
        text.insert(start, '"');
    }
    text
}

/// Runs from before there was more than one kind do not name theirs.
fn first_experiment() -> String {
    "vae".to_owned()
}

/// Which data a run was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// The name of the set.
    pub name: String,
    /// The sha-256 of its content.
    pub sha256: String,
    /// The width of an image in pixels.
    pub width: usize,
    /// The height of an image in pixels.
    pub height: usize,
    /// Images to train on.
    pub train: usize,
    /// Images that settings are chosen by.
    pub validation: usize,
    /// Images that are reported.
    pub test: usize,
    /// The names of the classes, where they are learned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}

impl DataRecord {
    /// Whether these are the same data, whatever the folder is called where they lie.
    pub fn is_same(&self, other: &Self) -> bool {
        *self == Self { name: self.name.clone(), ..other.clone() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Versions {
    pub(super) gumbel: String,
    pub(super) burn: String,
}

impl Versions {
    pub(super) fn ours() -> Self {
        Self { gumbel: env!("CARGO_PKG_VERSION").to_owned(), burn: "0.22.1".to_owned() }
    }
}

/// The kind of the run whose settings file this is, if it is one, whatever version wrote it.
pub(super) fn replaceable(path: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Outline {
        #[serde(rename = "format")]
        _format: IgnoredAny,
        #[serde(default = "first_experiment")]
        experiment: String,
        #[serde(rename = "settings")]
        _settings: IgnoredAny,
        #[serde(rename = "versions")]
        _versions: IgnoredAny,
    }
    let text = fs::read_to_string(path).ok()?;
    toml::from_str(&text).ok().map(|outline: Outline| outline.experiment)
}

#[derive(Deserialize)]
struct Kind {
    #[serde(default = "first_experiment")]
    experiment: String,
}

/// The kind of the run in a folder.
///
/// # Errors
/// No run folder, or a settings file that cannot be read.
pub fn experiment_of(path: &Path) -> Result<String, LabError> {
    let config = path.join("config.toml");
    if !config.is_file() {
        return Err(LabError::run(path, "is not a run folder (no config.toml)"));
    }
    let text = fs::read_to_string(&config).map_err(LabError::file("read", &config))?;
    let Kind { experiment } = toml::from_str(&text).map_err(one_line(&config, &text))?;
    Ok(experiment)
}

fn one_line(path: &Path, text: &str) -> impl Fn(toml::de::Error) -> LabError {
    move |error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        LabError::run(path, format!("line {line}: {}", error.message().replace('\n', " ")))
    }
}

pub(super) fn read_config<S: Experiment>(path: &Path) -> Result<ConfigFile<S>, LabError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let text = fs::read_to_string(path).map_err(LabError::file("read", path))?;
    let one_line = one_line(path, &text);
    let Format { format } = toml::from_str(&text).map_err(&one_line)?;
    if format != FORMAT {
        let problem = format!("run format {format}, but this version reads format {FORMAT}");
        return Err(LabError::run(path, problem));
    }
    let Kind { experiment: kind } = toml::from_str(&text).map_err(&one_line)?;
    if kind != S::NAME {
        let problem = format!("is a run of another kind ({kind}): expected one of {}", S::COMMANDS);
        return Err(LabError::run(path, problem));
    }
    let file: ConfigFile<S> = toml::from_str(&text).map_err(&one_line)?;
    file.settings.check().map_err(|error| LabError::run(path, error.to_string()))?;
    Ok(file)
}

#[cfg(test)]
mod tests;
