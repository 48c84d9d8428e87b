//! An experiment of one's own in one file: digits classified through 32 units that are 0 or 1.
//!
//! `cargo build --release --workspace --examples`, then `target/release/examples/own_experiment [FOLDER]`
//!
//! Stop it at any time: the next call resumes it, and ends in the same bits.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use gumbel::Key;
use gumbel_burn::{BinaryConcrete, BinaryConcreteConfig, TemperatureSchedule, init};
use gumbel_data::{Dataset, Images};
use gumbel_report::Page;
use gumbel_train::report::{Better, Figure, Guide};
use gumbel_train::{
    DataRecord, EpochEnd, EpochLines, EpochRow, Health, Measured, OptimizerKind, Part, Plan,
    Result, Score, Settings, Shuffle, Start, Step, Task, floats, train,
};
use serde::{Deserialize, Serialize};

/// Everything that fixes the bits of a run: `config.toml` holds it, and a resume compares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BinaryUnits {
    units: usize,
    tau: TemperatureSchedule,
    pub(crate) plan: Plan,
}

impl Settings for BinaryUnits {
    const NAME: &'static str = "binary-units";
    type Summary = Score;

    fn plan(&self) -> Plan {
        self.plan
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

/// The percentage of right answers, with the likeliest value of every unit.
fn accuracy(network: &Network, images: &Images) -> Result<Measured> {
    let (x, labels) = tensors(images.clone(), &Device::flex());
    let bits = network.units.most_likely(network.encoder.forward(x))?;
    let right = network.decoder.forward(bits).argmax(1).equal(labels).float().sum();
    let value = 100.0 * f64::from(floats(right)[0]) / images.len() as f64;
    Ok(Measured { name: "accuracy", value, unit: " %" })
}

pub(crate) struct Digits {
    pub(crate) settings: BinaryUnits,
    set: Dataset,
    shuffle: Shuffle,
}

type Shard<'a> = Part<'a, Vec<usize>>;
type End<'a> = EpochEnd<'a, BinaryUnits>;

impl Task for Digits {
    type Settings = BinaryUnits;
    type Model = Network;
    type Batch = Vec<usize>;
    type Memory = ();
    type Row = EpochRow;

    fn settings(&self) -> &BinaryUnits {
        &self.settings
    }

    fn data(&self) -> DataRecord {
        DataRecord::new(&self.set.name, &self.set.sha256).with("train", self.set.train.len())
    }

    fn examples(&self) -> usize {
        self.set.train.len()
    }

    fn schedule(&self) -> Option<TemperatureSchedule> {
        Some(self.settings.tau)
    }

    fn guide(&self) -> Guide {
        let (column, name, unit) = ("validation", "validation accuracy", " %");
        let (better, remedy) = (Better::Higher, "fewer units");
        let figure = Some(Figure { column, name, factor: 1.0, unit, better, remedy });
        Guide { figure, ..Guide::default() }
    }

    fn init(&self, key: Key, device: &Device) -> Network {
        let layer = |number: u64, inputs: usize, outputs: usize| {
            let weight = init::uniform(key.fold_in(number), [inputs, outputs], inputs, device);
            let bias = Param::from_tensor(Tensor::zeros([outputs], device));
            Linear { weight: Param::from_tensor(weight), bias: Some(bias) }
        };
        let (units, n) = (BinaryConcreteConfig::new().with_hard(true).init(), self.settings.units);
        Network { encoder: layer(0, 64, n), units, decoder: layer(1, n, 10) }
    }

    fn memory(&self, _: &Network, _: Key) {}

    fn batch(&self, _: &Network, (): &mut (), step: &Step) -> Result<Vec<usize>> {
        Ok(self.shuffle.indices(step))
    }

    fn objective(&self, network: &Network, part: &Shard<'_>, on: &Device) -> Result<Tensor<1>> {
        let (x, labels) = tensors(self.set.train.take(part.indices()), on);
        let tau = self.settings.tau.tau(part.step.number);
        let noise = part.noise(self.settings.units);
        let bits = network.units.forward(network.encoder.forward(x), tau, noise)?;
        let log_p = activation::log_softmax(network.decoder.forward(bits), 1).gather(1, labels);
        Ok(log_p.neg().reshape([part.rows.len()]))
    }

    fn evaluate(&self, network: &Network, (): &(), at: &End<'_>) -> Result<(EpochRow, Measured)> {
        let measured = accuracy(network, &self.set.validation)?;
        Ok((EpochRow::new(at, &measured), measured))
    }

    fn finish(
        &self,
        network: &Network,
        (): &(),
        at: &End<'_>,
        health: Health,
    ) -> Result<(Score, Page)> {
        let score = Score::new(accuracy(network, &self.set.test)?, health);
        let page = at.page("Digits through binary units", &score)?;
        Ok((score, page))
    }
}

pub(crate) fn task(epochs: u64) -> Digits {
    let set = gumbel_data::load("digits", None, 0).expect("the digits are embedded");
    let tau = TemperatureSchedule::exponential(1.0, 0.3, 2e-3, 26).expect("valid temperatures");
    let optimizer = OptimizerKind::Adam;
    let plan = Plan { batch: 50, epochs, shards: 2, seed: 0, optimizer, lr: 3e-3 };
    let settings = BinaryUnits { units: 32, tau, plan };
    Digits { settings, shuffle: Shuffle::new(set.train.len()), set }
}

fn main() -> Result<()> {
    let out = std::env::args().nth(1).unwrap_or_else(|| "own-experiment".to_owned());
    let (out, stop) = (Path::new(&out), AtomicBool::new(false));
    let outcome = train(&task(40), out, Start::Resume, 2, &mut EpochLines, &stop)?;
    println!("{outcome:?}\nreport: {}", out.join("report.html").display());
    Ok(())
}
