//! Finding the data of a run again.

use std::path::Path;

use gumbel_data::{self as data, DataError, Dataset, NAMES};

use crate::error::LabError;
use crate::vae::VaeRun;
use crate::vae::pixels::check_data;

/// Loads the data of a run again, from the place in its settings or from a new place.
///
/// `data` is a named set or a folder. `data_dir` is where [`data::load`] looks for a named set; for a run on
/// a folder, it holds that folder or its files. Data are identified by the sha256 of their content, not by
/// name.
///
/// # Errors
/// Missing data, with advice; data that are not those of the run, with both sha256 sums.
pub fn run_data(
    run: &VaeRun,
    data: Option<&Path>,
    data_dir: Option<&Path>,
) -> Result<Dataset, LabError> {
    let (origin, seed) = (run.config().data.as_str(), run.config().seed);
    let named = NAMES.contains(&origin);
    let dataset = match (data, data_dir) {
        (Some(path), _) => match path.to_str() {
            Some(name) => data::load(name, data_dir, seed)?,
            None => data::load_folder(path)?,
        },
        (None, Some(place)) if !named => match data::find_moved(Path::new(origin), place)? {
            Some(folder) => data::load_folder(&folder)?,
            None => {
                let problem = format!(
                    "expected the idx files of {origin} in {0} or in a folder of that name in it, \
                     found none: name their folder with --data DIR",
                    place.display()
                );
                return Err(LabError::run(run.path(), problem));
            }
        },
        (None, _) if named => data::load(origin, data_dir, seed)?,
        (None, _) => data::load(origin, None, seed).map_err(|error| unreadable(run, &error))?,
    };
    check_data(run, &dataset)?;
    Ok(dataset)
}

fn unreadable(run: &VaeRun, error: &DataError) -> LabError {
    let origin = &run.config().data;
    let problem = match error {
        DataError::UnknownSet { .. } => {
            format!("its data were in {origin}, which is not a folder now")
        }
        error => format!("its data cannot be read: {error}"),
    };
    let advice = "if they are elsewhere now, name their folder with --data DIR";
    LabError::run(run.path(), format!("{problem}; {advice}"))
}
