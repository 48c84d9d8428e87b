//! `config.toml`: which experiment, its settings, the data and the versions.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

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

/// The kind of a run, from the table of its settings file.
pub(super) fn experiment(config: &toml::Table) -> String {
    let name = config.get("experiment").and_then(toml::Value::as_str).map(str::to_owned);
    name.unwrap_or_else(first_experiment)
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
    let table = toml::from_str(&text).map_err(one_line(&config, &text))?;
    Ok(experiment(&table))
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
    let table: toml::Table = toml::from_str(&text).map_err(&one_line)?;
    let kind = experiment(&table);
    if kind != S::NAME {
        let problem = format!("is a run of another kind ({kind}): expected one of {}", S::COMMANDS);
        return Err(LabError::run(path, problem));
    }
    let file: ConfigFile<S> = toml::from_str(&text).map_err(&one_line)?;
    file.settings.check().map_err(|error| LabError::run(path, error.to_string()))?;
    Ok(file)
}
