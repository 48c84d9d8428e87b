//! Makes, opens and lists run folders.

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::Device;
use gumbel_files::digest::sha256;
use gumbel_files::output;

use crate::error::TrainError;
use crate::parameters;
use crate::report::{Length, Rows, settings_in_words};
use crate::run::checkpoint::Checkpoint;
use crate::run::config_file::{
    ConfigFile, check_folder, experiment_of, experiment_of_any_version, read_config,
    read_config_expecting,
};
use crate::run::data_record::DataRecord;
use crate::run::devices;
use crate::settings::{Settings, differences};

/// What to do with a run that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Begin a new run; an existing run is an error.
    New,
    /// Continue an existing run; begin one if there is none.
    Resume,
    /// Remove an existing run, and begin a new one.
    Force,
}

/// The state of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState<R> {
    /// The training is not finished; there may be a checkpoint.
    Unfinished {
        /// The number of steps done at the last checkpoint, if there is one.
        step: Option<u64>,
    },
    /// The training is finished, with this result.
    Finished(R),
}

/// The folder of a run, with its settings and the record of its data.
///
/// | file | content |
/// |---|---|
/// | `config.toml` | every setting, the seed, the data's sha256, the versions |
/// | `metrics.csv` | a row for each epoch; no times, so equal runs have equal files |
/// | `timing.csv` | the times |
/// | `sessions.csv` | a row for each part of the training: command, date, duration, machine |
/// | `devices.csv` | the device that took the steps, and the step from which it did |
/// | `checkpoint.safetensors` | weights, optimiser state and position, replaced as a whole |
/// | `weights.safetensors` | the final weights alone |
/// | `summary.json` | the result; it exists once the run is finished |
/// | `report.html` | the page of the report; pictures and other files as the experiment writes them |
///
/// Use a trained network:
///
/// ```ignore
/// let run = RunFolder::<MySettings>::open("runs/mine".as_ref())?;
/// let network = run.load(|device| Ok::<_, TrainError>(MyNetwork::new(run.config(), device)))?;
/// ```
#[derive(Clone, Debug)]
pub struct RunFolder<S> {
    path: PathBuf,
    config: S,
    data: DataRecord,
}

impl<S: Settings> RunFolder<S> {
    /// Makes the folder of a run, or opens an existing one, as `start` says. Data that have moved are the
    /// same data: the run keeps the path and the name that it began with.
    ///
    /// # Errors
    /// A folder that exists (`New`), is not a run folder (`Force`), or has other settings, data or
    /// versions (`Resume`); a folder that cannot be written.
    pub fn prepare(
        path: &Path,
        config: &S,
        data: &DataRecord,
        start: Start,
    ) -> Result<Self, TrainError> {
        let ours = ConfigFile::new(config.clone(), data.clone());
        let config_path = path.join("config.toml");
        let occupied = path.exists() && !is_free(path)?;
        match start {
            Start::New => check_new::<S>(path)?,
            Start::Force if occupied => {
                remove_run::<S>(path)?;
            }
            Start::Resume if config_path.is_file() => {
                let theirs = read_config::<S>(&config_path)?;
                let differences = differences(&theirs.settings, config);
                if !differences.is_empty() {
                    let problem =
                        format!("settings differ from those given: {}", differences.join("; "));
                    return Err(TrainError::run(&config_path, problem));
                }
                if !theirs.data.is_same(&ours.data) {
                    let problem = if theirs.data.sha256 == ours.data.sha256 {
                        let facts = theirs.data.differences(&ours.data).join("; ");
                        format!("was trained on data with other facts: {facts}")
                    } else {
                        format!(
                            "was trained on other data (sha256 {}, now {})",
                            theirs.data.sha256, ours.data.sha256
                        )
                    };
                    return Err(TrainError::run(&config_path, problem));
                }
                if theirs.versions != ours.versions {
                    let problem = format!(
                        "was begun with {}, this is {}: resuming would not give the same run",
                        theirs.versions, ours.versions
                    );
                    return Err(TrainError::run(&config_path, problem));
                }
                return Ok(Self {
                    path: path.to_owned(),
                    config: theirs.settings,
                    data: theirs.data,
                });
            }
            Start::Resume if occupied => {
                let problem = "is not a run folder (no config.toml): nothing to resume";
                return Err(TrainError::run(path, problem));
            }
            _ => {}
        }
        let text = ours.text().map_err(|error| TrainError::run(&config_path, error.to_string()))?;
        ours.check_text(&text, &config_path)?;
        output::make_folder(path)?;
        output::write(&config_path, text.as_bytes())?;
        Ok(Self { path: path.to_owned(), config: ours.settings, data: ours.data })
    }

    /// Opens an existing run.
    ///
    /// # Errors
    /// A path that is not a run folder, or a run folder of another format.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        Self::open_expecting(path, S::COMMANDS)
    }

    /// Opens an existing run, as [`open`](Self::open) does. The error for a run of another experiment says that one
    /// of `commands` was expected.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_expecting(path: &Path, commands: &str) -> Result<Self, TrainError> {
        check_folder(path)?;
        let file = read_config_expecting(&path.join("config.toml"), commands)?;
        Ok(Self { path: path.to_owned(), config: file.settings, data: file.data })
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The settings of the run.
    pub fn config(&self) -> &S {
        &self.config
    }

    /// The names of the settings and their values in words, and the device that computed the run, for a report.
    ///
    /// # Errors
    /// A `devices.csv` or a `metrics.csv` that cannot be read.
    pub fn settings_as_text(&self) -> Result<Vec<(String, String)>, TrainError> {
        let mut facts = settings_in_words(&self.config, self.length()?);
        // Settings of earlier versions name a device: always the processor.
        facts.retain(|(name, _)| name != "device");
        facts.push(("device".to_owned(), self.devices_in_words()?));
        Ok(facts)
    }

    /// The devices that took the steps, in words.
    pub(crate) fn devices_in_words(&self) -> Result<String, TrainError> {
        devices::in_words(&self.path)
    }

    /// The length of the whole run, by the first epoch in `metrics.csv`; `None` before its end, and for rows without
    /// the columns `epoch` and `step`.
    ///
    /// # Errors
    /// A `metrics.csv` that cannot be read.
    pub fn length(&self) -> Result<Option<Length>, TrainError> {
        if !self.path.join("metrics.csv").is_file() {
            return Ok(None);
        }
        let steps_per_epoch = Rows::read(&self.path)?.steps_per_epoch();
        let epochs = self.config.plan().epochs;
        Ok(steps_per_epoch
            .map(|steps_per_epoch| Length { steps_per_epoch, steps: steps_per_epoch * epochs }))
    }

    /// The sha-256 of the data that the run was trained on.
    pub fn data_sha256(&self) -> &str {
        &self.data.sha256
    }

    /// The data that the run was trained on.
    pub fn data(&self) -> &DataRecord {
        &self.data
    }

    /// The identity of the run: the sha-256 of its settings and data. Checkpoints carry it.
    pub fn fingerprint(&self) -> String {
        let identity = (&self.config, &self.data);
        sha256([serde_json::to_vec(&identity).expect("plain numbers and names")])
    }

    /// Locks the run for this process: a second training in the same folder is an error. The lock ends
    /// with the returned file, or with the process. Temporary files of killed processes are removed.
    pub(crate) fn lock(&self) -> Result<fs::File, TrainError> {
        let held = lock(&self.path)?;
        output::remove_temporaries(&self.path)?;
        Ok(held)
    }

    /// Reads whether the run is finished, with its result or the step of its last checkpoint.
    ///
    /// # Errors
    /// A summary or checkpoint that cannot be read.
    pub fn state(&self) -> Result<RunState<S::Summary>, TrainError> {
        if let Some(summary) = self.summary()? {
            return Ok(RunState::Finished(summary));
        }
        let checkpoint = Checkpoint::load(&Checkpoint::path(&self.path))?;
        Ok(RunState::Unfinished { step: checkpoint.and_then(|c| c.position).map(|p| p.step) })
    }

    /// The result, if the run is finished.
    pub(crate) fn summary(&self) -> Result<Option<S::Summary>, TrainError> {
        let path = self.path.join("summary.json");
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|error| TrainError::run(&path, error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TrainError::file("read", &path)(error)),
        }
    }

    /// Refuses a checkpoint that was copied from another run.
    pub(crate) fn check_owner(
        &self,
        path: &Path,
        checkpoint: &Checkpoint,
    ) -> Result<(), TrainError> {
        if checkpoint.run == self.fingerprint() {
            return Ok(());
        }
        Err(TrainError::run(path, "belongs to a run with other settings or data"))
    }

    pub(crate) fn finish(&self, summary: &S::Summary) -> Result<(), TrainError> {
        let text = serde_json::to_string_pretty(summary).expect("plain numbers and names");
        // JSON has no NaN: the run could not be read again.
        if serde_json::from_str::<S::Summary>(&text).is_err() {
            let problem = "the summary holds what its file cannot: a figure that is not finite?";
            return Err(TrainError::run(&self.path, problem));
        }
        Ok(output::write(&self.path.join("summary.json"), format!("{text}\n").as_bytes())?)
    }

    /// Makes the error of a training whose loss or weights are not finite any more.
    pub fn not_finite(&self, step: u64, found: String) -> TrainError {
        let path = Checkpoint::path(&self.path);
        let checkpoint = path.is_file().then_some(path);
        TrainError::NotFinite { step, found, checkpoint }
    }

    /// Loads the trained model: the final weights, or those of the last checkpoint, into a model of the
    /// same shapes.
    ///
    /// # Errors
    /// No weights yet, weights that do not fit the model, damaged files, the errors of `model`.
    pub fn load<M: Module, E: From<TrainError>>(
        &self,
        model: impl FnOnce(&Device) -> Result<M, E>,
    ) -> Result<M, E> {
        let paths = [self.path.join("weights.safetensors"), Checkpoint::path(&self.path)];
        for path in paths {
            if let Some(checkpoint) = Checkpoint::load(&path)? {
                self.check_owner(&path, &checkpoint)?;
                let device = Device::flex().autodiff();
                return parameters::with_weights(model(&device)?, checkpoint.weights, &device)
                    .map(|model| model.valid())
                    .map_err(|problem| TrainError::run(&path, problem).into());
            }
        }
        Err(TrainError::run(&self.path, "has no checkpoint yet: train it with --resume").into())
    }
}

/// Checks that a new run can begin at a path: it does not exist, or is an empty folder.
///
/// # Errors
/// A run, a folder that holds other files, or a file; the message says what to do.
pub fn check_new<S: Settings>(path: &Path) -> Result<(), TrainError> {
    if !path.exists() || is_free(path)? {
        return Ok(());
    }
    let problem = match experiment_of(path).ok() {
        Some(kind) if kind == S::NAME => {
            "exists already: --resume continues it, --force replaces it"
        }
        Some(_) => "exists already and holds a run of another kind: choose another --out",
        None => "exists already and holds no run, but other files: choose another --out",
    };
    Err(TrainError::run(path, problem))
}

/// Whether a folder is empty, but for files that a killed start or removal leaves.
fn is_free(path: &Path) -> Result<bool, TrainError> {
    if !path.is_dir() {
        return Err(TrainError::run(
            path,
            "exists already and is not a folder: choose another --out",
        ));
    }
    let mut entries = fs::read_dir(path).map_err(TrainError::file("read", path))?;
    // An earlier version left config.toml.tmp.
    let leftover = |name: &std::ffi::OsStr| {
        output::is_temporary(name) || name == "config.toml.tmp" || name == "lock"
    };
    Ok(entries.all(|entry| entry.is_ok_and(|entry| leftover(&entry.file_name()))))
}

/// The files of any run except those of its experiment and its lock. The settings come last, so that an interrupted
/// removal can be repeated.
const FILES_OF_ANY: [&str; 9] = [
    "summary.json",
    "report.html",
    "weights.safetensors",
    "checkpoint.safetensors",
    "metrics.csv",
    "timing.csv",
    "sessions.csv",
    "devices.csv",
    "config.toml",
];

fn lock(folder: &Path) -> Result<fs::File, TrainError> {
    let path = folder.join("lock");
    let mut options = fs::OpenOptions::new();
    // An existing file keeps its content; opened to read and write, a pipe does not wait for a reader.
    let open = options.read(true).write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(TrainError::file("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(TrainError::run(folder, "another process is training this run"))
        }
        Err(fs::TryLockError::Error(error)) => Err(TrainError::file("lock", &path)(error)),
    }
}

/// Removes the files of a run that no process is training. Other files in the folder stay.
fn remove_run<S: Settings>(path: &Path) -> Result<(), TrainError> {
    let Some(kind) = experiment_of_any_version(&path.join("config.toml")) else {
        let problem = "is not a run folder (no config.toml of a run): it is not replaced";
        return Err(TrainError::run(path, problem));
    };
    if kind != S::NAME {
        let problem = format!(
            "holds a run of another kind ({kind}): one of {} does not replace it",
            S::COMMANDS
        );
        return Err(TrainError::run(path, problem));
    }
    let _held = lock(path)?;
    output::remove_temporaries(path)?;
    for file in S::FILES.iter().copied().chain(FILES_OF_ANY) {
        let file = path.join(file);
        match fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(TrainError::file("remove", &file)(error)),
        }
    }
    Ok(())
}

/// Lists the folders in a folder that hold a `config.toml`, by name.
///
/// # Errors
/// A folder that cannot be read. A folder that does not exist holds no runs.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(TrainError::file("read", folder)(error)),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.retain(|path| path.join("config.toml").is_file());
    Ok(paths)
}
