//! What a run folder records about a set of images.

use gumbel_data::Dataset;
use gumbel_data::jpeg::JpegSet;
use gumbel_train::{DataRecord, RunFolder, Settings, TrainError};

/// The record of a set of grey images.
pub(crate) fn of_dataset(set: &Dataset) -> DataRecord {
    of_images(
        (&set.name, &set.sha256),
        (set.train.width, set.train.height),
        [&set.train, &set.validation, &set.test].map(gumbel_data::Images::len),
    )
}

/// The record of a set of JPEGs, whose size is that of its grid.
pub(crate) fn of_jpegs(set: &JpegSet) -> DataRecord {
    let record = of_images(
        (&set.name, &set.sha256),
        (8 * set.columns, 8 * set.rows),
        [set.train.len(), set.validation.len(), set.test.len()],
    );
    record.with("classes", set.classes.clone())
}

fn of_images(
    (name, sha256): (&str, &str),
    (width, height): (usize, usize),
    [train, validation, test]: [usize; 3],
) -> DataRecord {
    DataRecord::new(name, sha256)
        .with("width", width)
        .with("height", height)
        .with("train", train)
        .with("validation", validation)
        .with("test", test)
}

/// The width and the height of the images of a run, in pixels.
///
/// # Errors
/// A `config.toml` whose data have no width or height.
pub(crate) fn picture_size<S: Settings>(run: &RunFolder<S>) -> Result<(usize, usize), TrainError> {
    Ok((number(run, "width")?, number(run, "height")?))
}

/// A number among the facts of the data of a run.
pub(crate) fn number<S: Settings>(run: &RunFolder<S>, name: &str) -> Result<usize, TrainError> {
    run.data().number(name).ok_or_else(|| {
        let path = run.path().join("config.toml");
        TrainError::run(&path, format!("data: expected a whole number for {name}, found none"))
    })
}
