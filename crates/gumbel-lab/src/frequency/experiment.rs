//! The frequency classifier as an experiment: its names in a run folder, and the checks of its settings.

use gumbel_files::names::number;
use gumbel_train::{Plan, Settings, TrainError, check_schedule, limits};

use super::channels::Selection;
use super::config::{FrequencyConfig, Input};
use super::record::Summary;

impl Settings for FrequencyConfig {
    const NAME: &'static str = "frequency";
    const COMMANDS: &'static str = "train gate or train rgb";
    const FILES: &'static [&'static str] = &[
        "channels.csv",
        "channels.svg",
        "predictions.csv",
        "kept.png",
        "accuracy.png",
        "loss.png",
        "rate.png",
        "temperature.png",
        "gates.png",
        "calibration.png",
        "confusion.png",
        "images.png",
    ];
    const PROVENANCE: &'static [&'static str] = &["chosen", "data"];
    type Summary = Summary;

    fn plan(&self) -> Plan {
        let Self { batch, epochs, shards, seed, optimizer, lr, .. } = *self;
        Plan { batch, epochs, shards, seed, optimizer, lr }
    }

    fn model_in_words(&self) -> String {
        self.kind()
    }

    fn check(&self) -> Result<(), TrainError> {
        let wrong = |name, problem: String| Err(TrainError::setting(name, problem));
        let check_range = |name, found: usize, most: usize| {
            if (1..=most).contains(&found) {
                return Ok(());
            }
            Err(TrainError::setting(name, format!("expected 1 to {most}, found {found}")))
        };
        check_range("batch", self.batch, 100_000)?;
        check_range("shards", self.shards, self.batch.min(1024))?;
        check_range("width", self.width, 4096)?;
        check_range("blocks", self.blocks, 100)?;
        if self.epochs == 0 || self.epochs > 1_000_000 {
            return wrong("epochs", format!("expected 1 to 1,000,000, found {}", self.epochs));
        }
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            let found = number(self.lr);
            return wrong("lr", format!("expected a finite rate above 0, found {found}"));
        }
        for (name, size) in [("rows", self.rows), ("columns", self.columns)] {
            if let Some(size) = size {
                check_range(name, size, 512)?;
            }
        }
        if self.rows.is_some() != self.columns.is_some() {
            return wrong("rows", "expected rows and columns, or neither".to_owned());
        }
        if let Some(indices) = &self.channels {
            let selection = Selection::new(indices.clone())?;
            if selection.indices() != indices {
                return wrong("channels", "expected numbers in rising order".to_owned());
            }
        }
        if matches!(self.input, Input::Pixels(_))
            && (self.gate.is_some() || self.channels.is_some())
        {
            return wrong("input", "pixels have no frequency channels to choose".to_owned());
        }
        let Some(gate) = &self.gate else { return Ok(()) };
        if self.channels.is_some() {
            let problem = "a gate has nothing to choose from a fixed choice of channels".to_owned();
            return wrong("channels", problem);
        }
        if !(gate.initial_keep > 0.0 && gate.initial_keep < 1.0) {
            let found = number(gate.initial_keep);
            let problem = format!("expected a probability above 0 and below 1, found {found}");
            return wrong("initial_keep", problem);
        }
        if !(0.0..=1.0).contains(&gate.rise) {
            let found = number(gate.rise);
            let problem = format!("expected a share of the steps from 0 to 1, found {found}");
            return wrong("rise", problem);
        }
        gate.penalty
            .checked()
            .map_err(|error| TrainError::setting("penalty", error.to_string()))?;
        check_schedule(gate.tau)
    }

    fn check_start(&self) -> Result<(), TrainError> {
        self.check()?;
        limits::check(self.lr, self.gate.as_ref().map(|gate| gate.tau))
    }
}
