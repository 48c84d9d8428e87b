//! Discrete codes: images to classes, and classes to images.
//!
//! ```text
//! encode    z_v = argmax_k a_vk,  a = logits of q(z | x)           the most probable class
//!           z_v = argmax_k (a_vk + g_vk),  g standard Gumbel       a draw of q(z | x)
//! decode    mean of p(x | z) of the one-hot code                   in 0 to 1
//! ```
//!
//! A code is one class for each variable, `[images, v]`; ties go to the lower class.

use std::fmt;
use std::str::FromStr;

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel::noise::Noise;

use crate::data::Dataset;
use crate::error::LabError;
use crate::npy::Integers;
use crate::run::RunFolder;
use crate::vae::config::Latents;
use crate::vae::eval::over_parts;
use crate::vae::model::{Vae, floats};
use crate::vae::pixels::Pixels;
use crate::workers::Workers;

/// Codes that are decoded at once. Fixed, so that it cannot change a result.
const ROWS: usize = 250;

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// What a model is fitted to.
    Train,
    /// What settings are chosen by.
    Validation,
    /// What is reported.
    Test,
}

impl FromStr for Split {
    type Err = LabError;

    fn from_str(name: &str) -> Result<Self, LabError> {
        match name {
            "train" => Ok(Self::Train),
            "validation" => Ok(Self::Validation),
            "test" => Ok(Self::Test),
            other => {
                let problem = format!("expected train, validation or test, found {other:?}");
                Err(LabError::setting("split", problem))
            }
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// Which class of each variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The most probable one.
    Likeliest,
    /// One drawn from q(z | x). The draw of an image depends on the key and on its index.
    Sample(Key),
}

/// The pixels of a part of a data set as a run sees them: made 0 or 1 by its settings and its seed.
/// Training images are drawn once, also when the run draws them again in each epoch.
///
/// # Errors
/// Images of another size than those of the run.
pub fn split_pixels(
    run: &RunFolder,
    dataset: &Dataset,
    split: Split,
) -> Result<Vec<f32>, LabError> {
    let (width, height) = run.picture_size();
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

/// Logits of q(z | x), `[images, v, k]`, for `pixels: [images, d]`. `done` is told the number of
/// images as they are done.
///
/// # Errors
/// Weights that give no numbers.
pub fn code_logits(
    model: &Vae,
    pixels: &[f32],
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<f32>, LabError> {
    let logits = over_parts(model, pixels, workers, done, |x, _| Ok(floats(model.encode(x))))?;
    let logits = logits.concat();
    match logits.iter().position(|logit| !logit.is_finite()) {
        None => Ok(logits),
        Some(index) => Err(gumbel_burn::Error::from(gumbel::Error::Value {
            argument: "logits",
            expected: "finite",
            index,
            found: logits[index].into(),
        })
        .into()),
    }
}

/// The class of each variable, `[images, v]`, from logits `[images, v, k]`.
///
/// ```
/// use gumbel_lab::vae::{Latents, Pick, pick_classes};
/// let latents = Latents { variables: 2, classes: 3 };
/// let logits = [0.0, 1.0, 0.5, 2.0, -1.0, 2.0];
/// assert_eq!(pick_classes(&logits, latents, Pick::Likeliest)?, [1, 0]);
/// # Ok::<(), gumbel_lab::LabError>(())
/// ```
///
/// # Errors
/// Logits that are not whole rows, NaN, or +inf.
pub fn pick_classes(logits: &[f32], latents: Latents, pick: Pick) -> Result<Vec<u32>, LabError> {
    let silent;
    let noise = match pick {
        // Gumbel-max without noise.
        Pick::Likeliest => {
            silent = vec![0.0; logits.len()];
            Noise::Given(&silent)
        }
        Pick::Sample(key) => Noise::from(key),
    };
    let classes = gumbel::gumbel_max(logits, latents.classes, noise);
    let classes = classes.map_err(gumbel_burn::Error::from)?;
    Ok(classes.into_iter().map(|class| class as u32).collect())
}

/// The codes of an array, if they are codes of this shape.
///
/// # Errors
/// In words: no rows, another number of variables, a class out of range with its row and variable.
pub fn codes_of(array: &Integers, latents: Latents) -> Result<Vec<u32>, String> {
    let Latents { variables, classes } = latents;
    if array.columns != variables || array.rows == 0 {
        return Err(format!(
            "expected codes [images, {variables}] of classes 0 to {}, found an array [{}, {}]: is it \
             of another run?",
            classes - 1,
            array.rows,
            array.columns
        ));
    }
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

/// Means of the pixels, `[images, d]` in 0 to 1, of codes `[images, v]` with classes below k.
///
/// # Panics
/// When a class is not below k, or the codes are not whole rows.
pub fn decode_codes(
    model: &Vae,
    codes: &[u32],
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Vec<f32> {
    let Latents { variables, classes } = model.latents();
    assert!(codes.len().is_multiple_of(variables), "decode_codes: codes are not whole rows");
    let parts: Vec<&[u32]> = codes.chunks(ROWS * variables).collect();
    let means = workers.run(parts, |_, part| {
        let rows = part.len() / variables;
        let mut code = vec![0.0_f32; part.len() * classes];
        for (one_hot, &class) in code.chunks_exact_mut(classes).zip(part) {
            one_hot[class as usize] = 1.0;
        }
        let code = TensorData::new(code, [rows, variables, classes]);
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

    fn model() -> Vae {
        let mut config = VaeConfig::defaults("digits");
        config.latents = Latents { variables: 3, classes: 4 };
        config.hidden = vec![8];
        Vae::new(&config, &[0.3; PIXELS], Key::new(5), &Device::flex().autodiff()).valid()
    }

    fn pixels(images: usize) -> Vec<f32> {
        (0..images * PIXELS)
            .map(|i| f32::from(u8::from(Key::new(6).word(i as u64).is_multiple_of(3))))
            .collect()
    }

    #[test]
    fn the_likeliest_class_is_the_argmax_and_a_draw_is_that_of_the_model() {
        let (model, pixels) = (model(), pixels(600));
        let workers = Workers::new(2).unwrap();
        let logits = code_logits(&model, &pixels, &workers, &|_| {}).unwrap();
        assert_eq!(logits.len(), 600 * 12);
        let likeliest = pick_classes(&logits, model.latents(), Pick::Likeliest).unwrap();
        for (row, &class) in logits.chunks(4).zip(&likeliest) {
            assert!(row.iter().all(|&other| other <= row[class as usize]));
        }
        // Against the sampler on tensors, all images at once.
        let x = Tensor::from_data(TensorData::new(pixels, [600, PIXELS]), &Device::flex());
        let key = Key::new(9);
        let code = floats(model.sample_code(model.encode(x), key.into()).unwrap());
        let drawn = pick_classes(&logits, model.latents(), Pick::Sample(key)).unwrap();
        for (one_hot, &class) in code.chunks(4).zip(&drawn) {
            assert_eq!(one_hot[class as usize], 1.0);
        }
        assert_ne!(drawn, likeliest);
        assert_ne!(
            drawn,
            pick_classes(&logits, model.latents(), Pick::Sample(Key::new(1))).unwrap()
        );
    }

    #[test]
    fn a_code_decodes_to_the_means_of_its_one_hot_vector() {
        let model = model();
        let codes: Vec<u32> = (0..600 * 3).map(|i| Key::new(2).word(i) % 4).collect();
        let run = |threads| decode_codes(&model, &codes, &Workers::new(threads).unwrap(), &|_| {});
        let means = run(1);
        assert_eq!(means, run(3));
        let mut code = vec![0.0; 600 * 12];
        for (i, &class) in codes.iter().enumerate() {
            code[i * 4 + class as usize] = 1.0;
        }
        let code = Tensor::from_data(TensorData::new(code, [600, 3, 4]), &Device::flex());
        for (a, b) in means.iter().zip(floats(model.means(code))) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn arrays_that_are_no_codes_of_the_run() {
        let latents = Latents { variables: 2, classes: 3 };
        let array = |columns: usize, values: &[i128]| Integers {
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

    #[test]
    fn splits_have_names() {
        for split in [Split::Train, Split::Validation, Split::Test] {
            assert_eq!(split.to_string().parse::<Split>().unwrap(), split);
        }
        let error = "valid".parse::<Split>().unwrap_err().to_string();
        assert_eq!(error, "split: expected train, validation or test, found \"valid\"");
    }
}
