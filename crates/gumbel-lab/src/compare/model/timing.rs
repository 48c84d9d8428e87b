//! `time_draws`: the time of a draw for the rows of a comparison in f64.

use burn::module::Module;
use burn::tensor::Device;
use gumbel::Key;
use gumbel_burn::estimator::{Baseline, Name, Options};
use gumbel_compare::{Row, set_times};
use gumbel_train::workers::Workers;

use super::batch::{Candidate, Images, ROWS};
use super::candidates::candidate;
use crate::error::LabError;
use crate::vae::{Choices, Latents, Vae, VaeConfig};

/// The batches of which the fastest counts.
const BATCHES: usize = 12;
/// Variables and classes of the codes: the default, and one for two classes.
const SIZES: [(usize, usize); 2] = [(20, 10), (100, 2)];
/// The pixels of an image of the embedded digits.
const PIXELS: usize = 64;

/// Sets the time of a draw of each row, and its error at equal time: see [`set_times`].
///
/// The time is that of the estimator of this name on tensors, in f32, on one thread: a row of the fastest of 12 batches
/// of 100 images, forward and backward through the decoder, under an autoencoder of the size that `train vae` has on
/// the digits: 20 variables of 10 classes, one layer of 200 units, 64 pixels. So it is not the time of the row's own
/// problem, which is too small to be worth a batch. `arm`, which takes two classes, is timed with 100 variables of two
/// classes; `exact`, whose sum has too many terms here, has no time. `indecater` evaluates the cost for every class of
/// every variable, 181 times here: a row of a problem of another shape has this time, and no error at equal time.
///
/// # Errors
/// A thread that cannot be started.
///
/// ```
/// use gumbel_compare::{Settings, compare, estimator_by_name, problem::standard};
/// let estimator = estimator_by_name("straight-through").expect("a name");
/// let mut rows = compare(&standard()[..1], &[estimator], &Settings::default())?;
/// gumbel_lab::compare::time_draws(&mut rows, 100.0)?;
/// assert!(rows[0].time_us > Some(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn time_draws(rows: &mut [Row], evaluations: f64) -> Result<(), LabError> {
    let images = SIZES.map(|(variables, classes)| images(Choices { variables, classes }));
    let [ten, two] = images;
    let images = [ten?, two?];
    let workers = Workers::new(1)
        .map_err(|error| LabError::setting("threads", format!("cannot start one: {error}")))?;
    let mut known: Vec<(Name, Options, Option<f64>)> = Vec::new();
    for row in rows.iter() {
        let Some((name, options)) = on_tensors(row) else { continue };
        if known.iter().any(|(other, of, _)| (*other, *of) == (name, options)) {
            continue;
        }
        let fits = |images: &&Images| {
            let Choices { variables, classes } = images.choices;
            name.estimator().check(variables, classes).is_ok()
        };
        let time = images.iter().find(fits).map(|images| {
            let job = candidate(name, options, None, images, &[])?;
            workers.run(vec![()], |_, ()| shortest(images, &job)).remove(0)
        });
        known.push((name, options, time.transpose()?));
    }
    let time = |row: &Row| {
        let wanted = on_tensors(row)?;
        known.iter().find(|(name, options, _)| (*name, *options) == wanted)?.2
    };
    set_times(rows, evaluations, &time);
    for row in rows {
        if on_tensors(row).is_some_and(|(name, _)| depends_on_shape(name, row.evals)) {
            row.mean_squared_error_at_equal_time = None;
        }
    }
    Ok(())
}

/// Whether the evaluations of an estimator depend on the shape of the code, and are not these where it is timed.
fn depends_on_shape(name: Name, evaluations: usize) -> bool {
    let estimator = name.estimator();
    let of = |(variables, classes)| estimator.evaluations(variables, classes);
    of(SIZES[0]) != of(SIZES[1]) && of(SIZES[0]) != evaluations
}

/// The estimator on tensors of a row. Of its parameters only the baseline changes the work.
fn on_tensors(row: &Row) -> Option<(Name, Options)> {
    let name = row.name.parse::<Name>().ok()?;
    // A learned baseline has the exact expected cost there.
    let all = [
        (Baseline::None, "baseline none"),
        (Baseline::Mean, "baseline mean"),
        (Baseline::Learned, "baseline expected cost"),
    ];
    let baseline = all.into_iter().find(|(_, words)| row.params.starts_with(words));
    Some((name, Options { baseline: baseline.map(|(baseline, _)| baseline), ..Options::default() }))
}

/// A batch of images under an untrained autoencoder.
fn images(choices: Choices) -> Result<Images, LabError> {
    let config = VaeConfig::defaults("digits").with_latents(Latents::Categorical(choices));
    let vae = Vae::new(&config, &[0.5; PIXELS], Key::new(0), &Device::flex().autodiff()).valid();
    let pixels = (0..ROWS * PIXELS).map(|i| f32::from(u8::from(i % 3 == 0)));
    Images::new(&vae, &pixels.collect::<Vec<f32>>())
}

/// The shortest time of a row, in microseconds.
fn shortest(images: &Images, job: &Candidate) -> Result<f64, LabError> {
    let mut shortest = f64::INFINITY;
    for batch in 0..BATCHES {
        let (_, time) = images.draw(job, 1, batch, Key::new(0))?;
        shortest = shortest.min(1e6 * time.as_secs_f64() / images.images as f64);
    }
    Ok(shortest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gumbel_compare::{Settings, compare, default_estimators, problem::standard};

    #[test]
    fn every_row_but_the_sum_over_all_states_has_a_time() {
        let settings = Settings { draws: 2_048, ..Settings::default() };
        let mut rows = compare(&standard()[..1], &default_estimators(), &settings).unwrap();
        time_draws(&mut rows, settings.evaluations).unwrap();
        for row in &rows {
            assert_eq!(row.time_us.is_some(), row.name != "exact", "{row:?}");
            let equal_time = row.mean_squared_error_at_equal_time.is_some();
            assert_eq!(equal_time, !["exact", "indecater"].contains(&row.name.as_str()), "{row:?}");
        }
    }

    /// Its time is that of 181 evaluations, and its error that of 5.
    #[test]
    fn indecater_on_a_problem_of_another_shape_has_no_error_at_equal_time() {
        assert!(depends_on_shape(Name::Indecater, 5) && !depends_on_shape(Name::Indecater, 181));
        // The second K of `double-cv` is for the decoder, at every shape.
        assert!(!depends_on_shape(Name::DoubleCv, 2));
    }

    #[test]
    fn each_baseline_is_timed_as_itself() {
        let settings = Settings { draws: 2_048, ..Settings::default() };
        let mut estimators = default_estimators();
        estimators.retain(|estimator| estimator.name() == "reinforce");
        let rows = compare(&standard()[..1], &estimators, &settings).unwrap();
        let found = rows.iter().map(|row| on_tensors(row).unwrap().1.baseline.unwrap());
        let expected = [Baseline::None, Baseline::Mean, Baseline::Learned];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
