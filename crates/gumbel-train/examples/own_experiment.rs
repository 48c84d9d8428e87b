//! An experiment of one's own in one file: digits classified through 32 units that are 0 or 1.
//!
//! `cargo run --release -p gumbel-train --example own_experiment [FOLDER]`
//!
//! Stop it at any time: the next call resumes it, and ends in the same bits.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use gumbel::Key;
use gumbel_burn::{BinaryConcrete, BinaryConcreteConfig, Noise, init};
use gumbel_data::{Dataset, Images};
use gumbel_report::Page;
use gumbel_train::optimizer::OptimizerKind;
use gumbel_train::values::floats;
use gumbel_train::{
    DataRecord, Epoch, EpochLines, EpochRow, Experiment, Health, Measured, Part, Plan, Result,
    Score, Shuffle, Start, Step, Task, train,
};
use serde::{Deserialize, Serialize};

const UNITS: usize = 32;
const TAU: f64 = 0.5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    epochs: u64,
    seed: u64,
}

impl Experiment for Settings {
    const NAME: &'static str = "binary-units";
    type Summary = Score;

    fn plan(&self) -> Plan {
        let Self { epochs, seed } = *self;
        Plan { batch: 50, epochs, shards: 2, seed, optimizer: OptimizerKind::Adam, lr: 3e-3 }
    }
}

#[derive(Module, Debug)]
pub(crate) struct Network {
    encoder: Linear,
    units: BinaryConcrete,
    decoder: Linear,
}

/// The pixels, `[n, 64]`, and the labels, `[n, 1]`, of images.
fn tensors(images: Images, device: &Device) -> (Tensor<2>, Tensor<2, Int>) {
    let labels: Vec<i64> = images.labels.iter().map(|&label| label.into()).collect();
    let n = labels.len();
    let x = Tensor::from_data(TensorData::new(images.pixels, [n, 64]), device);
    (x, Tensor::from_data(TensorData::new(labels, [n, 1]), device))
}

/// The share of right answers, with the likeliest value of every unit.
fn accuracy(network: &Network, images: &Images) -> Result<Measured> {
    let (x, labels) = tensors(images.clone(), &Device::flex());
    let bits = network.units.most_likely(network.encoder.forward(x))?;
    let right = network.decoder.forward(bits).argmax(1).equal(labels).float().sum();
    let value = 100.0 * f64::from(floats(right)[0]) / images.len() as f64;
    Ok(Measured { name: "accuracy", value, unit: " %" })
}

pub(crate) struct Digits {
    settings: Settings,
    set: Dataset,
    shuffle: Shuffle,
}

impl Task for Digits {
    type Settings = Settings;
    type Model = Network;
    type Batch = Vec<usize>;
    type Row = EpochRow;

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn data(&self) -> DataRecord {
        DataRecord::new(&self.set.name, &self.set.sha256).with("train", self.set.train.len())
    }

    fn examples(&self) -> usize {
        self.set.train.len()
    }

    fn init(&self, key: Key, device: &Device) -> Network {
        let layer = |number: u64, inputs: usize, outputs: usize| {
            let weight = init::uniform(key.fold_in(number), [inputs, outputs], inputs, device);
            let bias = Param::from_tensor(Tensor::zeros([outputs], device));
            Linear { weight: Param::from_tensor(weight), bias: Some(bias) }
        };
        let units = BinaryConcreteConfig::new().with_hard(true).init();
        Network { encoder: layer(0, 64, UNITS), units, decoder: layer(1, UNITS, 10) }
    }

    fn batch(&self, _: &Network, step: &Step) -> Result<Vec<usize>> {
        Ok(self.shuffle.indices(step))
    }

    fn objective(
        &self,
        net: &Network,
        part: &Part<'_, Vec<usize>>,
        on: &Device,
    ) -> Result<Tensor<1>> {
        let (x, labels) = tensors(self.set.train.take(part.indices()), on);
        // The noise of an example does not depend on the part that it is in.
        let offset = (part.rows.start * UNITS) as u64;
        let noise = Noise::Keyed { key: part.step.noise, offset };
        let bits = net.units.forward(net.encoder.forward(x), TAU, noise)?;
        let log_probability =
            activation::log_softmax(net.decoder.forward(bits), 1).gather(1, labels);
        Ok(log_probability.neg().reshape([part.rows.len()]))
    }

    fn epoch(&self, network: &Network, at: &Epoch<'_, Settings>) -> Result<(EpochRow, Measured)> {
        let measured = accuracy(network, &self.set.validation)?;
        Ok((EpochRow::new(at, &measured), measured))
    }

    fn finish(
        &self,
        network: &Network,
        at: &Epoch<'_, Settings>,
        health: Health,
    ) -> Result<(Score, Page)> {
        let score = Score::new(accuracy(network, &self.set.test)?, health);
        let page = at.page("Digits through 32 binary units", &score)?;
        Ok((score, page))
    }
}

pub(crate) fn task(epochs: u64) -> Digits {
    let set = gumbel_data::load("digits", None, 0).expect("the digits are embedded");
    Digits { settings: Settings { epochs, seed: 0 }, shuffle: Shuffle::new(set.train.len()), set }
}

fn main() -> Result<()> {
    let out = std::env::args().nth(1).unwrap_or_else(|| "runs/own-experiment".to_owned());
    let (out, stop) = (Path::new(&out), AtomicBool::new(false));
    let outcome = train(&task(40), out, Start::Resume, 2, &mut EpochLines, &stop)?;
    println!("{outcome:?}\nreport: {}", out.join("report.html").display());
    Ok(())
}
