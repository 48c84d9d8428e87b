//! `config.toml`: the experiment, its settings, the data and the versions.

use std::path::Path;
use std::{fmt, fs};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::TrainError;
use crate::run::checkpoint::FORMAT;
use crate::run::data_record::DataRecord;
use crate::settings::Settings;

/// `config.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConfigFile<S> {
    format: u32,
    #[serde(default = "first_experiment")]
    experiment: String,
    pub(crate) settings: S,
    pub(crate) data: DataRecord,
    pub(crate) versions: Versions,
}

impl<S: Settings> ConfigFile<S> {
    pub(crate) fn new(settings: S, data: DataRecord) -> Self {
        let (experiment, versions) = (S::NAME.to_owned(), Versions::ours());
        Self { format: FORMAT, experiment, settings, data, versions }
    }

    /// Refuses settings that the text of their file does not hold: a run that begins with them could never be
    /// opened again.
    pub(crate) fn check_text(&self, text: &str, path: &Path) -> Result<(), TrainError> {
        let read: Self = toml::from_str(text).map_err(one_line(path, text))?;
        if read.settings != self.settings || read.data != self.data {
            let problem = "does not hold these settings or facts: they read back as others";
            return Err(TrainError::run(path, problem));
        }
        Ok(())
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self).map(quote_large_integers)
    }
}

/// Writes integers above 2^63 - 1 as strings: TOML ends there, and few readers take larger ones. Seeds can
/// be larger.
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

/// The experiment of earlier runs, which do not name it: there was only one.
fn first_experiment() -> String {
    "vae".to_owned()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Versions {
    pub(crate) gumbel: String,
    pub(crate) burn: String,
    /// The version of the draws; runs without it have the first.
    #[serde(default = "first_values")]
    pub(crate) values: u32,
}

fn first_values() -> u32 {
    1
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "gumbel {} (version of the draws: {}) on burn {}",
            self.gumbel, self.values, self.burn
        )
    }
}

impl Versions {
    pub(crate) fn ours() -> Self {
        Self {
            gumbel: env!("CARGO_PKG_VERSION").to_owned(),
            burn: "0.22.1".to_owned(),
            values: gumbel::VALUE_VERSION,
        }
    }
}

/// The versions of this build in words.
pub(crate) fn versions_in_words() -> String {
    Versions::ours().to_string()
}

/// The experiment of a settings file of any version; `None` if it is not a settings file.
pub(crate) fn experiment_of_any_version(path: &Path) -> Option<String> {
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

/// The name of the experiment. (A TOML table would not do: it cannot hold integers above 2^63 - 1, which
/// earlier versions wrote.)
#[derive(Deserialize)]
struct Name {
    #[serde(default = "first_experiment")]
    experiment: String,
}

/// Checks that a path is a run folder; the error says what it is instead.
pub(crate) fn check_folder(path: &Path) -> Result<(), TrainError> {
    let problem = match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            "expected a run folder, found nothing there: gumbel runs list shows those in runs/"
                .to_owned()
        }
        Err(error) => return Err(TrainError::file("read", path)(error)),
        Ok(found) if !found.is_dir() => "expected a run folder, found a file".to_owned(),
        Ok(_) if path.join("config.toml").is_file() => return Ok(()),
        Ok(_) => {
            let empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
            let what = if empty { "an empty folder" } else { "a folder without config.toml" };
            format!("is not a run folder: found {what}")
        }
    };
    // A path may be empty.
    let path = if path.as_os_str().is_empty() { Path::new("''") } else { path };
    Err(TrainError::run(path, problem))
}

/// Reads the name of the experiment of the run in a folder.
///
/// # Errors
/// A path that is not a run folder, or a settings file that cannot be read.
pub fn experiment_of(path: &Path) -> Result<String, TrainError> {
    check_folder(path)?;
    let config = path.join("config.toml");
    let text = fs::read_to_string(&config).map_err(TrainError::file("read", &config))?;
    let name: Name = toml::from_str(&text).map_err(one_line(&config, &text))?;
    Ok(name.experiment)
}

/// The error of a settings file in one line: its place, the setting if its value is wrong, and the problem.
fn one_line(path: &Path, text: &str) -> impl Fn(toml::de::Error) -> TrainError {
    move |error| {
        let before = error.span().map_or("", |span| &text[..span.start]);
        let line = before.lines().count().max(1);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let setting = before[start..].split_once('=').map(|(name, _)| name.trim());
        let setting = setting.map_or_else(String::new, |name| format!("{name}: "));
        let problem = error.message().replace('\n', " ");
        TrainError::run(path, format!("line {line}: {setting}{problem}"))
    }
}

pub(crate) fn read_config<S: Settings>(path: &Path) -> Result<ConfigFile<S>, TrainError> {
    read_config_expecting(path, S::COMMANDS)
}

/// Like [`read_config`], with `commands` in the error for a run of another kind.
pub(crate) fn read_config_expecting<S: Settings>(
    path: &Path,
    commands: &str,
) -> Result<ConfigFile<S>, TrainError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let text = fs::read_to_string(path).map_err(TrainError::file("read", path))?;
    let one_line = one_line(path, &text);
    let Format { format } = toml::from_str(&text).map_err(&one_line)?;
    if format != FORMAT {
        let problem = format!("run format {format}, but this version reads format {FORMAT}");
        return Err(TrainError::run(path, problem));
    }
    let Name { experiment } = toml::from_str(&text).map_err(&one_line)?;
    if experiment != S::NAME {
        // The caller asked for the folder, so the error names it.
        let path = path.parent().unwrap_or(path).to_owned();
        let expected = commands.to_owned();
        return Err(TrainError::OtherExperiment { path, expected, found: experiment });
    }
    let file: ConfigFile<S> = toml::from_str(&text).map_err(&one_line)?;
    file.settings.check().map_err(|error| TrainError::run(path, error.to_string()))?;
    Ok(file)
}
