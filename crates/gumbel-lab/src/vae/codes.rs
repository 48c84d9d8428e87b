//! Encoding images to codes, and decoding codes to images.
//!
//! ```text
//! encode    z_v = argmax_k a_vk,  a = logits of q(z | x)           the most probable class
//!           z_v = argmax_k (a_vk + g_vk),  g standard Gumbel       a draw of q(z | x)
//!           z = mu, or mu + sigma eps                              of a Gaussian code
//! decode    mean of p(x | z)                                       from 0 to 1
//! ```
//!
//! A discrete code is one class for each variable, `[images, v]`; ties go to the lower class. A
//! Gaussian code is D numbers, `[images, D]`.

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel::noise::Noise;
use gumbel_data::Dataset;
use gumbel_files::npy::Table;
use gumbel_train::values::floats;
use gumbel_train::workers::Workers;
use strum::{Display, EnumIter, IntoStaticStr};

use crate::error::LabError;
use crate::vae::VaeRun;
use crate::vae::eval::{over_parts, rows_at_once};
use crate::vae::latents::Choices;
use crate::vae::model::Vae;
use crate::vae::pixels::Pixels;
use crate::vae::posterior::Posterior;

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Split {
    /// The images that a model is fitted to.
    Train,
    /// The images that settings are chosen by.
    Validation,
    /// The images that results are reported on.
    Test,
}

/// The code to take for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The most probable code: the likeliest class of each variable, or mu.
    Likeliest,
    /// A code drawn from q(z | x). The draw of an image depends on the key and its index.
    Sample(Key),
}

/// The pixels of a part of a data set as a run sees them, binarised by its settings and its seed.
/// Training images are binarised once, also when the run binarises them again in each epoch.
///
/// # Errors
/// Images whose size differs from those of the run.
pub fn split_pixels(run: &VaeRun, dataset: &Dataset, split: Split) -> Result<Vec<f32>, LabError> {
    let (width, height) = run.picture_size()?;
    let found = (dataset.train.width, dataset.train.height);
    if found != (width, height) {
        let problem = format!(
            "was trained on images of {height}x{width} pixels, found {}x{} in {}",
            found.1, found.0, dataset.name
        );
        return Err(LabError::run(run.path(), problem));
    }
    let pixels = Pixels::new(dataset, run.config());
    Ok(match split {
        Split::Train => pixels.train,
        Split::Validation => pixels.validation,
        Split::Test => pixels.test,
    })
}

/// Logits of q(z | x), `[images, v, k]`, for `pixels: [images, d]` and a model with discrete latents.
/// `done` receives the number of images of each part when it is done.
///
/// # Errors
/// A model with Gaussian latents; logits that are not finite.
pub fn code_logits(
    model: &Vae,
    pixels: &[f32],
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<f32>, LabError> {
    let logits = over_parts(model, pixels, workers, |x, _| {
        let rows = x.dims()[0];
        let logits = match model.encode(x) {
            Posterior::Categorical(q) => Ok(floats(q.logits())),
            Posterior::Gaussian(_) => {
                Err(LabError::setting("logits", "expected discrete latents, found Gaussian ones"))
            }
        };
        done(rows);
        logits
    })?;
    check_finite("logits", logits.concat())
}

/// Gaussian codes, `[images, D]`, for `pixels: [images, d]` and a model with Gaussian latents.
/// `done` receives the number of images of each part when it is done.
///
/// # Errors
/// A model with discrete latents; codes that are not finite.
pub fn code_numbers(
    model: &Vae,
    pixels: &[f32],
    pick: Pick,
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<f32>, LabError> {
    let codes = over_parts(model, pixels, workers, |x, first| {
        let rows = x.dims()[0];
        let codes = match model.encode(x) {
            Posterior::Gaussian(q) => Ok(floats(match pick {
                Pick::Likeliest => q.mu(),
                Pick::Sample(key) => q.sample(key, first)?,
            })),
            Posterior::Categorical(_) => {
                Err(LabError::setting("codes", "expected Gaussian latents, found discrete ones"))
            }
        };
        done(rows);
        codes
    })?;
    check_finite("codes", codes.concat())
}

fn check_finite(argument: &'static str, values: Vec<f32>) -> Result<Vec<f32>, LabError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values),
        Some(index) => Err(gumbel_burn::Error::from(gumbel::Error::Value {
            argument,
            expected: "finite",
            index,
            found: values[index].into(),
        })
        .into()),
    }
}

/// The class of each variable, `[images, v]`, from logits `[images, v, k]`.
///
/// ```
/// use gumbel_lab::vae::{Pick, pick_classes};
/// let logits = [0.0, 1.0, 0.5, 2.0, -1.0, 2.0]; // two variables of three classes
/// assert_eq!(pick_classes(&logits, 3, Pick::Likeliest)?, [1, 0]);
/// # Ok::<(), gumbel_lab::LabError>(())
/// ```
///
/// # Errors
/// Logits that do not fill whole rows, are NaN, or +inf.
pub fn pick_classes(logits: &[f32], k: usize, pick: Pick) -> Result<Vec<u32>, LabError> {
    let zeros;
    let noise = match pick {
        // Gumbel-max without noise.
        Pick::Likeliest => {
            zeros = vec![0.0; logits.len()];
            Noise::Given(&zeros)
        }
        Pick::Sample(key) => Noise::from(key),
    };
    let classes = gumbel::gumbel_max(logits, k, noise);
    let classes = classes.map_err(gumbel_burn::Error::from)?;
    Ok(classes.into_iter().map(|class| class as u32).collect())
}

/// Checks that an array holds discrete codes of these variables and classes, and returns the codes.
///
/// # Errors
/// A message: no rows, another number of variables, or a class out of range with its row and variable.
pub fn codes_of(array: &Table<i128>, choices: Choices) -> Result<Vec<u32>, String> {
    let Choices { variables, classes } = choices;
    check_shape(array, variables, &format!("classes 0 to {}", classes - 1))?;
    let class = |(i, &value): (usize, &i128)| {
        let class = u32::try_from(value).ok().filter(|&class| (class as usize) < classes);
        class.ok_or_else(|| {
            let (row, variable) = (i / variables, i % variables);
            format!(
                "row {row}, variable {variable}: expected a class of 0 to {}, found {value}",
                classes - 1
            )
        })
    };
    array.values.iter().enumerate().map(class).collect()
}

/// Checks that an array holds Gaussian codes of this many dimensions, and returns the codes.
///
/// # Errors
/// A message: no rows, another number of dimensions, or a number that is not finite in f32 with its row
/// and dimension.
pub fn numbers_of(array: &Table<f64>, dimensions: usize) -> Result<Vec<f32>, String> {
    check_shape(array, dimensions, "numbers")?;
    let number = |(i, &value): (usize, &f64)| {
        let narrow = value as f32;
        if narrow.is_finite() {
            return Ok(narrow);
        }
        let (row, dimension) = (i / dimensions, i % dimensions);
        Err(format!("row {row}, dimension {dimension}: expected a finite number, found {value}"))
    };
    array.values.iter().enumerate().map(number).collect()
}

fn check_shape<T>(array: &Table<T>, columns: usize, what: &str) -> Result<(), String> {
    if array.columns == columns && array.rows > 0 {
        return Ok(());
    }
    Err(format!(
        "expected codes [images, {columns}] of {what}, found an array [{}, {}]: is it of another run?",
        array.rows, array.columns
    ))
}

/// Converts discrete codes `[images, v]` to one-hot decoder inputs, `[images, v k]`.
///
/// # Panics
/// A class that is not below k.
pub fn one_hot(codes: &[u32], k: usize) -> Vec<f32> {
    let mut out = vec![0.0_f32; codes.len() * k];
    for (row, &class) in out.chunks_exact_mut(k).zip(codes) {
        row[class as usize] = 1.0;
    }
    out
}

/// Means of the pixels, `[images, d]` in 0 to 1, for one-hot or Gaussian codes `[images, code size]`.
/// `done` receives the number of images of each part when it is done.
///
/// # Panics
/// Codes that do not fill whole rows.
pub fn decode_codes(
    model: &Vae,
    codes: &[f32],
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Vec<f32> {
    let size = model.latents().code_size();
    assert!(codes.len().is_multiple_of(size), "decode_codes: codes are not whole rows");
    let parts: Vec<&[f32]> = codes.chunks(rows_at_once(model) * size).collect();
    let means = workers.run(parts, |_, part| {
        let rows = part.len() / size;
        let code = TensorData::new(part.to_vec(), [rows, size]);
        let means = floats(model.means(Tensor::from_data(code, &Device::flex())));
        done(rows);
        means
    });
    means.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vae::config::VaeConfig;
    use burn::module::Module;

    const PIXELS: usize = 5;

    fn model(latents: &str) -> Vae {
        let mut config = VaeConfig::defaults("digits");
        config.latents = latents.parse().unwrap();
        config.hidden = vec![8];
        Vae::new(&config, &[0.3; PIXELS], Key::new(5), &Device::flex().autodiff()).valid()
    }

    fn pixels(images: usize) -> Vec<f32> {
        (0..images * PIXELS)
            .map(|i| f32::from(u8::from(Key::new(6).word(i as u64).is_multiple_of(3))))
            .collect()
    }

    #[test]
    fn the_likeliest_class_is_the_argmax_and_a_draw_equals_that_of_the_model() {
        let (model, pixels) = (model("3x4"), pixels(600));
        let workers = Workers::new(2).unwrap();
        let logits = code_logits(&model, &pixels, &workers, &|_| {}).unwrap();
        assert_eq!(logits.len(), 600 * 12);
        let likeliest = pick_classes(&logits, 4, Pick::Likeliest).unwrap();
        for (row, &class) in logits.chunks(4).zip(&likeliest) {
            assert!(row.iter().all(|&other| other <= row[class as usize]));
        }
        // Compared with the tensor sampler on all images at once.
        let x = Tensor::from_data(TensorData::new(pixels, [600, PIXELS]), &Device::flex());
        let key = Key::new(9);
        let code = floats(model.encode(x).sample(key, 0).unwrap());
        let drawn = pick_classes(&logits, 4, Pick::Sample(key)).unwrap();
        for (one_hot, &class) in code.chunks(4).zip(&drawn) {
            assert_eq!(one_hot[class as usize], 1.0);
        }
        assert_ne!(drawn, likeliest);
        assert_ne!(drawn, pick_classes(&logits, 4, Pick::Sample(Key::new(1))).unwrap());
    }

    #[test]
    fn a_code_decodes_to_the_means_of_its_one_hot_vector() {
        let model = model("3x4");
        let codes: Vec<u32> = (0..600 * 3).map(|i| Key::new(2).word(i) % 4).collect();
        let codes = one_hot(&codes, 4);
        for (i, row) in codes.chunks(4).enumerate() {
            assert_eq!(row[(Key::new(2).word(i as u64) % 4) as usize], 1.0);
            assert_eq!(row.iter().sum::<f32>(), 1.0);
        }
        let run = |threads| decode_codes(&model, &codes, &Workers::new(threads).unwrap(), &|_| {});
        let means = run(1);
        assert_eq!(means, run(3));
        let code = Tensor::from_data(TensorData::new(codes.clone(), [600, 12]), &Device::flex());
        for (a, b) in means.iter().zip(floats(model.means(code))) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn a_gaussian_code_is_mu_or_a_draw_around_it() {
        let (model, pixels) = (model("gaussian:3"), pixels(600));
        let codes = |pick, threads| {
            let workers = Workers::new(threads).unwrap();
            code_numbers(&model, &pixels, pick, &workers, &|_| {}).unwrap()
        };
        let x = Tensor::from_data(TensorData::new(pixels.clone(), [600, PIXELS]), &Device::flex());
        let Posterior::Gaussian(q) = model.encode(x) else { unreachable!() };
        let (mu, key) = (codes(Pick::Likeliest, 1), Key::new(9));
        let near = |a: &[f32], b: Vec<f32>| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(mu.len() == 1800 && near(&mu, floats(q.mu())));
        let drawn = codes(Pick::Sample(key), 1);
        assert!(near(&drawn, floats(q.sample(key, 0).unwrap())));
        assert_eq!(drawn, codes(Pick::Sample(key), 3));
        let workers = Workers::new(1).unwrap();
        assert!(code_logits(&model, &pixels, &workers, &|_| {}).is_err());
    }

    #[test]
    fn arrays_that_are_not_gaussian_codes_of_the_run_are_refused() {
        let array = |values: &[f64]| Table { rows: 1, columns: 2, values: values.to_vec() };
        assert_eq!(numbers_of(&array(&[0.5, -1.0]), 2).unwrap(), [0.5, -1.0]);
        for bad in [f64::NAN, f64::INFINITY, 1e300] {
            let error = numbers_of(&array(&[0.5, bad]), 2).unwrap_err();
            assert!(error.starts_with("row 0, dimension 1"), "{error}");
        }
        let error = numbers_of(&array(&[0.5, 0.5]), 3).unwrap_err();
        assert!(error.contains("[images, 3] of numbers"), "{error}");
    }

    #[test]
    fn arrays_that_are_not_codes_of_the_run_are_refused() {
        let latents = Choices { variables: 2, classes: 3 };
        let array = |columns: usize, values: &[i128]| Table {
            rows: values.len() / columns,
            columns,
            values: values.to_vec(),
        };
        assert_eq!(codes_of(&array(2, &[0, 2, 1, 1]), latents).unwrap(), [0, 2, 1, 1]);
        let error = codes_of(&array(2, &[0, 2, 1, 3]), latents).unwrap_err();
        assert_eq!(error, "row 1, variable 1: expected a class of 0 to 2, found 3");
        let error = codes_of(&array(2, &[0, 2, -1, 0]), latents).unwrap_err();
        assert_eq!(error, "row 1, variable 0: expected a class of 0 to 2, found -1");
        let error = codes_of(&array(2, &[1 << 32, 0]), latents).unwrap_err();
        assert!(error.ends_with("found 4294967296"), "{error}");
        for wrong in [array(4, &[0; 8]), array(1, &[0; 2]), array(2, &[])] {
            assert!(
                codes_of(&wrong, latents).unwrap_err().contains("[images, 2] of classes 0 to 2")
            );
        }
    }
}
