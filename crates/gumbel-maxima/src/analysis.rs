//! The fit of a column, its return levels and its p-value.

use gumbel::{Error, Key};

use crate::bootstrap::GumbelBootstrap;
use crate::error::{FitError, MaximaError};
use crate::fit::GumbelFit;
use crate::format::number;
use crate::table::Column;

/// The longest period: nobody has more blocks.
const LONGEST: f64 = 1e12;
/// The most bootstrap samples: more take hours and change nothing.
const MOST_SAMPLES: usize = 1_000_000;
/// The highest confidence, in round numbers, for which that many samples are enough.
const MOST_CONFIDENCE: f64 = 0.999_998;

/// The settings of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The periods of the return levels, in blocks.
    pub periods: Vec<f64>,
    /// The probability that the bounds contain the true level.
    pub confidence: f64,
    /// The number of bootstrap samples.
    pub bootstrap: usize,
    /// The seed of the bootstrap.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let periods = vec![2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0];
        Self { periods, confidence: 0.95, bootstrap: 1000, seed: 0 }
    }
}

impl Settings {
    /// Checks the settings before the long computation.
    ///
    /// # Errors
    /// A period that is not above 1 and up to 1e12; a confidence that is not between 0 and 1, or that needs
    /// more than 1,000,000 samples; fewer bootstrap samples than the confidence needs, or more than 1,000,000.
    pub fn check(&self) -> Result<(), MaximaError> {
        for &period in &self.periods {
            if !(period > 1.0 && period <= LONGEST) {
                let problem =
                    format!("expected a number above 1 and up to {LONGEST:e}, found {period:?}");
                return Err(MaximaError::setting("period", problem));
            }
        }
        let confidence = self.confidence;
        if !(confidence > 0.0 && confidence < 1.0) {
            let problem = format!("expected a number between 0 and 1, as 0.95, found {confidence}");
            return Err(MaximaError::setting("confidence", problem));
        }
        let needed = (2.0 / (1.0 - confidence) - 1.0 - 1e-6).ceil();
        if needed > MOST_SAMPLES as f64 {
            let problem = format!(
                "expected at most {MOST_CONFIDENCE}, for which {MOST_SAMPLES} samples are enough, found \
                 {confidence}"
            );
            return Err(MaximaError::setting("confidence", problem));
        }
        if (self.bootstrap as f64) < needed {
            let found = self.bootstrap;
            let problem = format!(
                "expected at least {needed} for a confidence of {confidence}, found {found}"
            );
            return Err(MaximaError::setting("bootstrap", problem));
        }
        if self.bootstrap > MOST_SAMPLES {
            let found = self.bootstrap;
            let problem = format!("expected at most {MOST_SAMPLES} samples, found {found}");
            return Err(MaximaError::setting("bootstrap", problem));
        }
        Ok(())
    }
}

/// A return level with its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The period: on average, one block in this many exceeds the level.
    pub period: f64,
    /// The level, in the unit of the values.
    pub value: f64,
    /// The standard error of the level, by the delta method.
    pub standard_error: f64,
    /// The lower bound, by the bootstrap.
    pub low: f64,
    /// The upper bound, by the bootstrap.
    pub high: f64,
}

/// A fitted column with its return levels, their bounds and the p-value.
#[derive(Clone, Debug)]
pub struct Analysis {
    column: Column,
    settings: Settings,
    fit: GumbelFit,
    bootstrap: GumbelBootstrap,
    levels: Vec<Level>,
}

impl Analysis {
    /// Fits a Gumbel law to the values, and simulates the uncertainty of the fit.
    ///
    /// # Errors
    /// Values that the fit refuses: fewer than two, all equal. Settings that [`Settings::check`]
    /// refuses.
    pub fn of(column: Column, settings: Settings) -> Result<Self, MaximaError> {
        settings.check()?;
        let refused =
            |error: FitError| MaximaError::table(&column.path, None, problem(&column, &error));
        let fit = GumbelFit::of(&column.values).map_err(refused)?;
        let bootstrap =
            fit.bootstrap(settings.bootstrap, Key::new(settings.seed)).map_err(refused)?;
        let mut analysis = Self { column, settings, fit, bootstrap, levels: Vec::new() };
        let periods = analysis.settings.periods.iter();
        analysis.levels =
            periods.map(|&period| analysis.level(period)).collect::<Result<_, _>>()?;
        Ok(analysis)
    }

    /// The level of any period, with its bounds.
    pub(crate) fn level(&self, period: f64) -> Result<Level, MaximaError> {
        let refused = |error: FitError| {
            MaximaError::table(&self.column.path, None, problem(&self.column, &error))
        };
        let level = self.fit.return_level(period).map_err(refused)?;
        let (low, high) =
            self.bootstrap.interval(&level, self.settings.confidence).map_err(refused)?;
        let (value, standard_error) = (level.value(), level.standard_error());
        Ok(Level { period, value, standard_error, low, high })
    }

    /// The column that was fitted.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// The settings of the fit.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The fitted Gumbel law.
    pub fn fit(&self) -> &GumbelFit {
        &self.fit
    }

    /// The bootstrap: fits of simulated samples.
    pub fn bootstrap(&self) -> &GumbelBootstrap {
        &self.bootstrap
    }

    /// The return levels for the periods of the settings, in their order.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The p-value: how often samples of a Gumbel law lie at least as far from their fit as the values from
    /// theirs. `None` for two values, whose distance from the fit is always the same.
    pub fn p_value(&self) -> Option<f64> {
        (self.fit.count() > 2).then(|| self.bootstrap.p_value())
    }
}

/// An error of the fit, in terms of the column.
fn problem(column: &Column, error: &FitError) -> String {
    let left_out = match column.left_out.missing() {
        0 => String::new(),
        empty => format!(" ({empty} without a value)"),
    };
    match error {
        FitError::TooFew { found } => {
            format!("column {:?}: expected at least 2 values, found {found}{left_out}", column.name)
        }
        FitError::AllEqual { found } => {
            let rounded = match column.rounded {
                0 => "",
                _ => ", as digits beyond 2^53 are not kept",
            };
            let found = number(*found);
            format!(
                "column {:?}: every value is {found}{rounded}: there is no scale to fit",
                column.name
            )
        }
        FitError::Argument(Error::Parameter { argument: "scale", found, .. }) => format!(
            "column {:?}: the values are too close together to fit (scale {found:e}): choose another unit, or \
             subtract what all values share",
            column.name
        ),
        error => format!("column {:?}: {error}", column.name),
    }
}

#[cfg(test)]
mod tests {
    use gumbel::distribution::Gumbel;

    use super::*;

    fn column(values: Vec<f64>) -> Column {
        let mut column =
            Column { path: "a.csv".into(), name: "peak".into(), values, ..Column::default() };
        column.left_out.cell("#N/A");
        column
    }

    fn drawn(n: usize) -> Vec<f64> {
        let mut values = vec![0.0; n];
        Gumbel::new(100.0, 20.0).unwrap().sample_into(Key::new(5), 0, &mut values);
        values
    }

    #[test]
    fn levels_rise_within_their_bounds() {
        let analysis = Analysis::of(column(drawn(60)), Settings::default()).unwrap();
        let levels = analysis.levels();
        assert_eq!(levels.len(), 7);
        assert!(levels.is_sorted_by(|a, b| a.value < b.value && a.high < b.high));
        assert!(levels.iter().all(|l| l.low < l.value && l.value < l.high));
        let warnings = analysis.warnings();
        assert!(warnings.len() == 1 && warnings[0].starts_with("Levels of periods beyond 120"));
    }

    #[test]
    fn warnings_are_given_where_they_are_due() {
        let few = Analysis::of(column(drawn(8)), Settings::default()).unwrap().warnings();
        assert!(few.len() == 1 && few[0].starts_with("8 values are few"), "{few:?}");
        let even = (0..200).map(|i| f64::from(i * 77 % 200)).collect();
        let wrong = Analysis::of(column(even), Settings::default()).unwrap().warnings();
        assert!(wrong.len() == 1 && wrong[0].contains("p-value is 0.0010"), "{wrong:?}");
        let settings = Settings { periods: vec![100.0], ..Settings::default() };
        assert!(Analysis::of(column(drawn(60)), settings).unwrap().warnings().is_empty());
    }

    #[test]
    fn mistakes_are_named() {
        let of = |values: &[f64], settings| {
            Analysis::of(column(values.to_vec()), settings).unwrap_err().to_string()
        };
        let error = of(&[1.0], Settings::default());
        assert_eq!(
            error,
            "a.csv: column \"peak\": expected at least 2 values, found 1 (1 without a value)"
        );
        let error = of(&[4.0, 4.0], Settings::default());
        assert_eq!(error, "a.csv: column \"peak\": every value is 4: there is no scale to fit");
        let error = of(&[1e290, 1e290], Settings::default());
        assert!(error.contains("every value is 1e290: there"), "{error}");
        let error = of(&[1e-290, 1e-290 * (1.0 + f64::EPSILON)], Settings::default());
        assert!(error.contains("too close together to fit (scale "), "{error}");
        let error = of(&[4.0], Settings { periods: vec![1.0], ..Settings::default() });
        assert_eq!(error, "period: expected a number above 1 and up to 1e12, found 1.0");
        let error = of(&[4.0], Settings { confidence: 95.0, ..Settings::default() });
        assert_eq!(error, "confidence: expected a number between 0 and 1, as 0.95, found 95");
        let settings = Settings { confidence: 0.999, ..Settings::default() };
        let error = of(&[4.0], settings);
        assert_eq!(
            error,
            "bootstrap: expected at least 1999 for a confidence of 0.999, found 1000"
        );
        let settings = Settings { bootstrap: usize::MAX, ..Settings::default() };
        let error = of(&[4.0], settings);
        assert!(error.starts_with("bootstrap: expected at most 1000000 samples"), "{error}");
        // A confidence that needs too many samples is refused; the highest one that the error names is not.
        for confidence in [0.999_999, 0.999_998_1, 1.0 - f64::EPSILON] {
            let error = of(&[4.0], Settings { confidence, ..Settings::default() });
            assert_eq!(
                error,
                format!(
                    "confidence: expected at most 0.999998, for which 1000000 samples are enough, found \
                     {confidence}"
                )
            );
        }
        let highest = Settings {
            confidence: MOST_CONFIDENCE,
            bootstrap: MOST_SAMPLES,
            ..Settings::default()
        };
        highest.check().unwrap();
        // The least number of samples that the error names is enough.
        let settings = Settings { confidence: 0.95, bootstrap: 39, ..Settings::default() };
        assert!(Analysis::of(column(drawn(9)), settings).is_ok());
    }
}
