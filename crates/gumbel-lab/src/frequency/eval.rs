//! Evaluation on unseen images, without noise: accuracy, and the decisions of the gate.

use burn::tensor::{Device, activation};
use gumbel_burn::GateEvaluation;
use gumbel_data::jpeg::JpegPart;
use gumbel_train::values::floats;
use gumbel_train::workers::Workers;

use crate::error::LabError;
use crate::frequency::channels::CHANNELS;
use crate::frequency::input::ImageReader;
use crate::frequency::model::FrequencyNet;
use crate::statistics::{Interval, wilson};

/// The prediction of the network for one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The class of the image.
    pub class: usize,
    /// The likeliest class; the first of equally likely classes.
    pub predicted: usize,
    /// -ln of the predicted probability of the class of the image, in nats.
    pub loss: f64,
}

/// The result of one pass over a set of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The prediction for each image, in the order of the images.
    pub verdicts: Vec<Verdict>,
    /// The decisions of the gate; `None` for a network without a gate.
    pub gates: Option<Gates>,
}

/// The decisions of a gate on a set of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Gates {
    /// The value of each gate, `[images, 192]`.
    pub gates: Vec<f32>,
    /// The probability P(on) of each gate, `[images, 192]`.
    pub probabilities: Vec<f32>,
}

impl Gates {
    /// The mean of each channel over the images.
    fn mean(values: &[f32]) -> Vec<f64> {
        let mut sums = vec![0.0; CHANNELS];
        for row in values.chunks_exact(CHANNELS) {
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let n = (values.len() / CHANNELS).max(1) as f64;
        sums.into_iter().map(|sum| sum / n).collect()
    }

    /// The share of the images for which each channel was kept, `[192]`.
    pub fn kept(&self) -> Vec<f64> {
        Self::mean(&self.gates)
    }

    /// The mean of P(on) of each channel, `[192]`.
    pub fn probability(&self) -> Vec<f64> {
        Self::mean(&self.probabilities)
    }

    /// The mean number of channels kept for an image.
    pub fn channels(&self) -> f64 {
        self.kept().iter().sum()
    }
}

impl Evaluation {
    /// The share of images that are classified correctly.
    pub fn accuracy(&self) -> f64 {
        self.correct() as f64 / self.verdicts.len().max(1) as f64
    }

    /// The number of images that are classified correctly.
    pub fn correct(&self) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.class == verdict.predicted).count()
    }

    /// The 95 % interval of the accuracy (Wilson 1927).
    pub fn interval(&self) -> Interval {
        wilson(self.correct(), self.verdicts.len())
    }

    /// The mean cross-entropy in nats an image.
    pub fn loss(&self) -> f64 {
        let sum: f64 = self.verdicts.iter().map(|verdict| verdict.loss).sum();
        sum / self.verdicts.len().max(1) as f64
    }
}

/// Classifies images. `done` is called after each batch with the number of its images.
///
/// # Errors
/// Network outputs that are not finite, an image of a class that the model does not know.
///
/// # Panics
/// If the images were loaded with another [`Content`](gumbel_data::jpeg::Content) than the reader reads.
pub fn evaluate(
    model: &FrequencyNet,
    part: &JpegPart,
    how: GateEvaluation,
    reader: &ImageReader,
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Evaluation, LabError> {
    let classes = model.classes();
    if let Some(image) = part.images.iter().find(|image| image.class >= classes) {
        let problem =
            format!("{}: expected a class below {classes}, found {}", image.file, image.class);
        return Err(LabError::setting("data", problem));
    }
    let parts: Vec<_> = part.images.chunks(reader.rows()).collect();
    let results = workers.run(parts, |_, images| {
        let x = reader.read(images.iter().map(|image| (image, false)), &Device::flex());
        let answer = model.forward(x, |gate, x| gate.decide(x, how))?;
        let log_p = floats(activation::log_softmax(answer.logits, 1));
        let verdicts = images.iter().zip(log_p.chunks_exact(model.classes()));
        let verdicts: Vec<Verdict> = verdicts
            .map(|(image, log_p)| Verdict {
                class: image.class,
                predicted: largest(log_p),
                // Not -0 for a probability of 1.
                loss: 0.0 - f64::from(log_p[image.class]),
            })
            .collect();
        let gates = answer.gates.map(|(gates, p)| (floats(gates), floats(p)));
        done(images.len());
        Ok::<_, LabError>((verdicts, gates))
    });
    let mut evaluation = Evaluation { verdicts: Vec::new(), gates: None };
    for result in results {
        let (verdicts, gates) = result?;
        evaluation.verdicts.extend(verdicts);
        if let Some((g, p)) = gates {
            let empty = || Gates { gates: Vec::new(), probabilities: Vec::new() };
            let all = evaluation.gates.get_or_insert_with(empty);
            all.gates.extend(g);
            all.probabilities.extend(p);
        }
    }
    Ok(evaluation)
}

/// The index of the largest value; the first of equal ones.
fn largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_few_verdicts() {
        let verdict = |class, predicted, loss| Verdict { class, predicted, loss };
        let evaluation = Evaluation {
            verdicts: vec![verdict(0, 0, 0.5), verdict(1, 0, 1.5), verdict(2, 2, 1.0)],
            gates: None,
        };
        assert_eq!((evaluation.correct(), evaluation.loss()), (2, 1.0));
        assert_eq!(largest(&[0.0, 2.0, 2.0, f32::NAN]), 1);
        let mut gates = vec![0.0; 2 * CHANNELS];
        (gates[0], gates[CHANNELS], gates[5]) = (1.0, 1.0, 1.0);
        let gates = Gates { probabilities: gates.clone(), gates };
        assert_eq!((gates.kept()[0], gates.kept()[5], gates.channels()), (1.0, 0.5, 1.5));
    }
}
