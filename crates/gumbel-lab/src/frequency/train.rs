//! Training a classifier on the frequency channels of JPEGs: the task that the shared loop runs.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use burn::tensor::{Device, Tensor, TensorData, activation};
use gumbel::Key;
use gumbel::noise::uniform_into;
use gumbel_burn::{GateEvaluation, GatePenalty, TemperatureSchedule};
use gumbel_data::jpeg::{JpegPart, JpegSet, nonzero_counts};
use gumbel_files::names::number;
use gumbel_report::Page;
use gumbel_train::report::{Better, Figure, Guide};
use gumbel_train::values::floats;
use gumbel_train::{
    Compute, DataRecord, EpochEnd, Health, Measured, Observer, Outcome, Part, Resident, Settings,
    Shuffle, Start, Step, Task, TrainError, train as run_training,
};

use crate::advice::few_images;
use crate::error::LabError;
use crate::frequency::channels::CHANNELS;
use crate::frequency::config::{FrequencyConfig, Input};
use crate::frequency::cost::Cost;
use crate::frequency::eval::{Evaluation, Gates, evaluate};
use crate::frequency::input::{ImageReader, Moments};
use crate::frequency::model::FrequencyNet;
use crate::frequency::record::{
    ChannelRow, MetricsRow, Summary, write_channels, write_predictions,
};
use crate::frequency::{advice, pictures};
use crate::{record, streams};

/// A gate has moved when its P(on) differs from the initial one by this share of the distance between the
/// initial one and the nearer of 0 and 1.
const MOVED: f64 = 0.01;

/// The most numbers of images that are kept on a graphics card: 1 GiB. A larger set is sent batch by batch.
const MOST_RESIDENT: usize = 1 << 28;

/// Trains a network into the folder `out`, or resumes the run that is there.
///
/// `stop` is read after each step. When it is set, the function writes a checkpoint and returns. `compute`
/// is a number of threads, or with a device [`Compute`].
///
/// # Errors
/// Settings or data that cannot be used, a folder that is taken or belongs to another run, a loss that is
/// not finite, files that cannot be written. The last good checkpoint stays.
pub fn train(
    config: &FrequencyConfig,
    set: &JpegSet,
    out: &Path,
    start: Start,
    compute: impl Into<Compute>,
    observer: &mut dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome<Summary>, LabError> {
    config.check_start()?;
    check_set(config, set)?;
    let compute = compute.into();
    let threads = compute.threads;
    let moments = Moments::of(config, set, threads)?;
    let grid = (set.rows, set.columns);
    let reader = ImageReader::new(config, grid, &moments);
    // Settings that make no network are refused here, before the loop needs one.
    let device = Device::flex().autodiff();
    FrequencyNet::new(config, grid, set.classes.len(), &moments, Key::new(0), &device)?;
    let shuffle = Shuffle::new(set.train.len());
    let resident = Resident::new();
    let task = FrequencyTask { config, set, moments, reader, threads, shuffle, resident };
    Ok(run_training(&task, out, start, compute, observer, stop)?)
}

/// Checks that a set has the content that the settings need, and images in every part.
pub(crate) fn check_set(config: &FrequencyConfig, set: &JpegSet) -> Result<(), LabError> {
    let content = config.input.content();
    let problem = if set.content != content {
        format!("expected images loaded as {content:?} for the input {}", config.input)
    } else if [&set.train, &set.validation, &set.test].iter().any(|part| part.is_empty()) {
        "expected images to train, to validate and to test".to_owned()
    } else {
        return Ok(());
    };
    Err(LabError::setting("data", problem))
}

struct FrequencyTask<'a> {
    config: &'a FrequencyConfig,
    set: &'a JpegSet,
    moments: Moments,
    reader: ImageReader,
    threads: usize,
    shuffle: Shuffle,
    /// On a graphics card: the training images, then each of them mirrored.
    resident: Resident<3>,
}

impl FrequencyTask<'_> {
    fn grid(&self) -> (usize, usize) {
        (self.set.rows, self.set.columns)
    }

    /// The number of steps of the training.
    fn steps(&self) -> u64 {
        self.config.plan().steps(self.set.train.len())
    }

    /// The images of a part of a batch; a draw for each decides whether it is mirrored.
    fn batch(&self, part: &Part<'_, Vec<usize>>, device: &Device) -> Tensor<3> {
        let mut u = vec![1.0_f32; part.rows.len()];
        if self.config.flip {
            let key = part.step.run_key.fold_in(streams::MIRROR).fold_in(part.step.number);
            uniform_into(key, part.rows.start as u64, &mut u);
        }
        let images = part.indices().iter().zip(&u).map(|(&i, &u)| (i, u < 0.5));
        let of_set = |(i, mirrored): (usize, bool)| (&self.set.train.images[i], mirrored);
        let n = self.set.train.len();
        let copies = if self.config.flip { 2 } else { 1 };
        let [channels, positions] = self.reader.shape();
        let numbers = (copies * n).saturating_mul(channels * positions);
        if !Resident::<3>::is_card(device) || numbers > MOST_RESIDENT {
            return self.reader.read(images.map(of_set), device);
        }
        let rows = images.map(|(i, mirrored)| if mirrored { n + i } else { i });
        self.resident.rows(0, device, rows, |device| {
            self.reader.read((0..copies * n).map(|i| of_set((i % n, i >= n))), device)
        })
    }

    fn measure(
        &self,
        model: &FrequencyNet,
        at: &EpochEnd<'_, FrequencyConfig>,
        part: &JpegPart,
    ) -> Result<Evaluation, TrainError> {
        let how = GateEvaluation::Threshold;
        let evaluation = evaluate(model, part, how, &self.reader, at.workers, &|_| {})?;
        if !evaluation.loss().is_finite() {
            return Err(at.not_finite(format!("the loss is {}", evaluation.loss())));
        }
        Ok(evaluation)
    }

    /// The share of the validation images for which one sample of the gate is on, for each channel.
    fn sampled_shares(
        &self,
        model: &FrequencyNet,
        at: &EpochEnd<'_, FrequencyConfig>,
    ) -> Result<Vec<f64>, LabError> {
        let Some(gate) = model.gate() else { return Ok(vec![1.0; CHANNELS]) };
        let mut gate = gate.clone();
        gate.hard = true;
        let key = at.run_key.fold_in(streams::EVALUATE);
        let rows = self.reader.rows();
        let parts: Vec<_> = self.set.validation.images.chunks(rows).collect();
        let samples = at.workers.run(parts, |i, images| {
            let x = self.reader.read(images.iter().map(|image| (image, false)), &Device::flex());
            // A hard gate is the same at every temperature.
            let sample = gate.sample(x, 1.0, gate.noise(key, (rows * i) as u64))?;
            Ok::<_, LabError>(floats(sample.gates))
        });
        let gates = samples.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        Ok(Gates { gates, probabilities: Vec::new() }.kept())
    }

    /// The rows of `channels.csv`, where there is a gate.
    fn channel_rows(
        &self,
        model: &FrequencyNet,
        at: &EpochEnd<'_, FrequencyConfig>,
        validation: &Evaluation,
    ) -> Result<Option<Vec<ChannelRow>>, LabError> {
        let Some(gates) = &validation.gates else { return Ok(None) };
        let nonzero = nonzero_counts(&self.set.validation, self.threads)?;
        let sampled = self.sampled_shares(model, at)?;
        Ok(Some(ChannelRow::all(&gates.kept(), &gates.probability(), &sampled, &nonzero)))
    }

    /// The mean bytes of a test image in the channels that are read, and in all channels. Counted image by
    /// image, as a gate opens more channels for an image with more detail.
    fn coded_bytes(&self, test: &Evaluation) -> (f64, f64) {
        let fixed = self.config.selection().mask();
        let bits = self.set.test.images.iter().enumerate().map(|(i, image)| {
            let open: [bool; CHANNELS] = std::array::from_fn(|c| match &test.gates {
                Some(gates) => gates.gates[i * CHANNELS + c] > 0.0,
                None => fixed[c] > 0.0,
            });
            (image.coded_bits(&open), image.coded_bits(&[true; CHANNELS]))
        });
        let (read, all) = bits.fold((0, 0), |sums, bits| (sums.0 + bits.0, sums.1 + bits.1));
        let bytes = |bits: u64| bits as f64 / (8 * self.set.test.len()) as f64;
        (bytes(read), bytes(all))
    }
}

impl Task for FrequencyTask<'_> {
    type Settings = FrequencyConfig;
    type Model = FrequencyNet;
    type Batch = Vec<usize>;
    type Memory = ();
    type Row = MetricsRow;

    fn settings(&self) -> &FrequencyConfig {
        self.config
    }

    fn data(&self) -> DataRecord {
        record::of_jpegs(self.set)
    }

    fn examples(&self) -> usize {
        self.set.train.len()
    }

    fn lr(&self, step: u64) -> f64 {
        self.config.lr(step, self.steps())
    }

    fn schedule(&self) -> Option<TemperatureSchedule> {
        self.config.gate.as_ref().map(|gate| gate.tau)
    }

    fn guide(&self) -> Guide {
        let figure = Figure {
            column: "validation_accuracy",
            name: "validation accuracy",
            factor: 100.0,
            unit: " %",
            better: Better::Higher,
            remedy: "a smaller network (--width, --blocks)",
        };
        Guide {
            figure: Some(figure),
            share_of: Some(self.set.validation.len()),
            epochs: Some("--epochs"),
            cooler: "a new run with --tau-share 0.5",
            ..Guide::default()
        }
    }

    fn init(&self, key: Key, device: &Device) -> FrequencyNet {
        let classes = self.set.classes.len();
        FrequencyNet::new(self.config, self.grid(), classes, &self.moments, key, device)
            .expect("the same settings built a network before")
    }

    fn memory(&self, _: &FrequencyNet, _: Key) {}

    fn batch(&self, _: &FrequencyNet, (): &mut (), step: &Step) -> Result<Vec<usize>, TrainError> {
        Ok(self.shuffle.indices(step))
    }

    fn objective(
        &self,
        model: &FrequencyNet,
        part: &Part<'_, Vec<usize>>,
        device: &Device,
    ) -> Result<Tensor<1>, TrainError> {
        let tau = self.tau(part.step.number).unwrap_or(1.0);
        let noise = (part.step.noise, part.rows.start as u64);
        let answer = model.forward(self.batch(part, device), |gate, x| {
            gate.sample(x, tau, gate.noise(noise.0, noise.1))
        })?;
        let (n, classes) = (part.rows.len(), model.classes());
        let mut target = vec![0.0_f32; n * classes];
        for (row, &i) in target.chunks_exact_mut(classes).zip(part.indices()) {
            row[self.set.train.images[i].class] = -1.0;
        }
        let target = Tensor::<2>::from_data(TensorData::new(target, [n, classes]), device);
        let loss = (activation::log_softmax(answer.logits, 1) * target).sum_dim(1).reshape([n]);
        match (&self.config.gate, answer.gates) {
            (Some(settings), Some((gates, probabilities))) => {
                // A target is compared with P(on), which has no noise that could push the rate below it.
                let open = match settings.penalty {
                    GatePenalty::AboveTarget { .. } => probabilities,
                    _ => gates,
                };
                let share = settings.penalty_share(part.step.number, self.steps());
                Ok(loss + (settings.penalty.loss(open)? * share).expand([n]))
            }
            _ => Ok(loss),
        }
    }

    fn evaluate(
        &self,
        model: &FrequencyNet,
        (): &(),
        at: &EpochEnd<'_, FrequencyConfig>,
    ) -> Result<(MetricsRow, Measured), TrainError> {
        let validation = self.measure(model, at, &self.set.validation)?;
        let p = validation.gates.as_ref().map(Gates::probability);
        let thousandths = |p: &Vec<f64>| {
            let all = p.iter().map(|p| format!("{:.0}", 1000.0 * p)).collect::<Vec<_>>();
            all.join(" ")
        };
        let row = MetricsRow {
            epoch: at.epochs,
            step: at.steps,
            tau: self.tau(at.steps - 1),
            lr: self.lr(at.steps - 1),
            objective: at.objective,
            validation_loss: validation.loss(),
            validation_accuracy: validation.accuracy(),
            channels: validation.gates.as_ref().map(Gates::channels),
            rate: p.as_ref().map(|p| p.iter().sum::<f64>() / CHANNELS as f64),
            probabilities: p.as_ref().map(thousandths).unwrap_or_default(),
        };
        let value = 100.0 * validation.accuracy();
        Ok((row, Measured { name: "accuracy", value, unit: " %" }))
    }

    fn finish(
        &self,
        model: &FrequencyNet,
        (): &(),
        at: &EpochEnd<'_, FrequencyConfig>,
        mut health: Health,
    ) -> Result<(Summary, Page), TrainError> {
        let test = self.measure(model, at, &self.set.test)?;
        let validation = self.measure(model, at, &self.set.validation)?;
        let cost = Cost::of(self.config, self.grid(), self.set.classes.len());
        let on_coefficients = self.config.input == Input::Coefficients;
        let channels = match &test.gates {
            Some(gates) => gates.channels(),
            None => self.config.selection().indices().len() as f64,
        };
        let most = largest_class(&test);
        if health.diverged.is_none() && test.correct() <= most {
            health.warnings.push(format!(
                "{} of {} test images are classified correctly, and {most} are of one class: \
                 always answering that class is as good",
                test.correct(),
                test.verdicts.len()
            ));
        }
        if health.diverged.is_none() {
            health.warnings.extend(unmoved_gate(self.config, &test));
        }
        if let Some(gates) = &test.gates
            && health.diverged.is_none()
            && health.warnings.is_empty()
        {
            health.advice.extend(advice::of_gate(self.config, gates));
        }
        let sets = [("validation", self.set.validation.len()), ("test", self.set.test.len())];
        health.advice.extend(few_images(sets));
        let interval = test.interval();
        let bytes = on_coefficients.then(|| self.coded_bytes(&test));
        let summary = Summary {
            test_accuracy: test.accuracy(),
            low: interval.low,
            high: interval.high,
            test_loss: test.loss(),
            validation_accuracy: validation.accuracy(),
            channels: on_coefficients.then_some(channels),
            input_size: if on_coefficients { channels / CHANNELS as f64 } else { 1.0 },
            coded_bytes: bytes.map(|(read, _)| read),
            coded_share: bytes.map(|(read, all)| read / all),
            parameters: cost.parameters,
            flop: cost.flop,
            images: test.verdicts.len(),
            data: at.folder.data().name.clone(),
            kind: self.config.kind(),
            epochs: self.config.epochs,
            steps: at.steps,
            left_out: self.set.report.left_out_counts(),
            health,
        };
        let rows = self.channel_rows(model, at, &validation)?;
        if let Some(rows) = &rows {
            write_channels(at.folder.path(), rows)?;
        }
        let files = self.set.test.images.iter().map(|image| image.file.clone());
        write_predictions(at.folder.path(), files, &test, channels)?;
        let page = pictures::page(at.folder, self.set, &test, rows.as_deref(), &summary)?;
        Ok((summary, page))
    }
}

/// A warning about a gate that has a reason to close and has not moved from its initial P(on).
fn unmoved_gate(config: &FrequencyConfig, test: &Evaluation) -> Option<String> {
    let (settings, gates) = (config.gate.as_ref()?, test.gates.as_ref()?);
    let initial = settings.initial_keep;
    let pushed = match settings.penalty {
        GatePenalty::Mean { lambda } => lambda > 0.0,
        GatePenalty::AboveTarget { lambda, target } => lambda > 0.0 && target < initial,
        _ => false,
    };
    let far = |p: f64| (p - initial).abs() >= MOVED * initial.min(1.0 - initial);
    if !pushed || gates.probability().into_iter().any(far) {
        return None;
    }
    Some(format!(
        "the gate has not moved: P(on) of every channel is still at its initial {}, so the \
         channels that it keeps mean nothing",
        number(initial)
    ))
}

/// The number of images of the most frequent class.
fn largest_class(test: &Evaluation) -> usize {
    let mut counts = std::collections::BTreeMap::new();
    test.verdicts.iter().for_each(|verdict| *counts.entry(verdict.class).or_insert(0) += 1);
    counts.into_values().max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
