//! `over_temperature`: the estimators with a temperature, over a range of it.

use crate::compare::{Settings, compare_with_progress};
use crate::defaults::estimators_at;
use crate::error::CompareError;
use crate::problem::Problem;
use crate::row::Row;

/// The temperatures of [`over_temperature`].
pub const TEMPERATURES: [f64; 11] = [0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0];

/// Compares the estimators with a temperature at each of [`TEMPERATURES`]: those whose name `wanted` accepts.
///
/// `progress` is as for [`compare_with_progress`], over all temperatures.
///
/// # Errors
/// As [`compare`](crate::compare()).
///
/// ```
/// use gumbel_compare::{Settings, over_temperature, problem::standard};
/// let settings = Settings { draws: 2_048, ..Settings::default() };
/// let one = |name: &str| name == "straight-through";
/// let rows = over_temperature(&standard()[..1], &one, &settings, &|_, _| {})?;
/// assert_eq!(rows.len(), 11);
/// assert!(rows[0].tau == Some(0.1) && rows[0].params == "tau 0.1");
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
pub fn over_temperature(
    problems: &[Box<dyn Problem>],
    wanted: &dyn Fn(&str) -> bool,
    settings: &Settings,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Vec<Row>, CompareError> {
    let mut all = Vec::new();
    let told = |n, part| progress(n, part * TEMPERATURES.len() as u64);
    for tau in TEMPERATURES {
        let mut estimators = estimators_at(tau)?;
        estimators.retain(|estimator| wanted(estimator.name()));
        let rows = compare_with_progress(problems, &estimators, settings, &told)?;
        all.extend(rows);
    }
    Ok(all)
}
