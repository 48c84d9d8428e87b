//! Feature selection with a gate: which of 26 columns tell the grower of a wine?
//!
//! 13 columns are measurements; 13 are the same with their rows shuffled, so that they carry no information.
//! A static gate in front of a linear classifier is trained on four fifths of the wines to leave 5 columns open,
//! and tested on the last fifth; five times over.
//!
//! ```text
//! cargo build --release --workspace --example feature_selection && target/release/examples/feature_selection
//! ```
//!
//! (`cargo run -p gumbel-burn --example feature_selection` does the same but builds Burn with features of
//! its own.)

use burn::module::{Module, Param};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use gumbel::{Key, noise};
use gumbel_burn::{
    GateCondition, GateEvaluation, GatePenalty, GumbelGate, GumbelGateConfig, TemperatureSchedule,
};

const WINE: &str = include_str!("data/wine.csv");
const NAMES: [&str; 13] = [
    "alcohol",
    "malic acid",
    "ash",
    "alcalinity of ash",
    "magnesium",
    "total phenols",
    "flavanoids",
    "nonflavanoid phenols",
    "proanthocyanins",
    "colour intensity",
    "hue",
    "OD280/OD315",
    "proline",
];
const MEASURED: usize = NAMES.len();
const COLUMNS: usize = 2 * MEASURED;
const KEEP: usize = 5;
const FOLDS: usize = 5;
const STEPS: u64 = 600;

/// A classifier whose columns may have a gate.
#[derive(Module, Debug)]
struct Model {
    gate: Option<GumbelGate>,
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Model {
    fn ln_p(&self, x: Tensor<2>) -> Tensor<2> {
        activation::log_softmax(x.matmul(self.weight.val()) + self.bias.val().unsqueeze(), 1)
    }

    /// The number of examples classified rightly when the gate decides.
    fn right(&self, part: &Part) -> Result<usize, gumbel_burn::Error> {
        let x = match &self.gate {
            Some(gate) => gate.decide(part.x.clone(), GateEvaluation::Threshold)?.output,
            None => part.x.clone(),
        };
        let found = self.ln_p(x).argmax(1).squeeze_dim(1);
        Ok(found.equal(part.growers.clone()).int().sum().into_scalar::<i64>() as usize)
    }

    /// The columns that the gate keeps.
    fn kept(&self) -> Result<Vec<usize>, gumbel_burn::Error> {
        let Some(gate) = &self.gate else { return Ok((0..COLUMNS).collect()) };
        // A static gate does not look at its input: any example will do.
        let example = Tensor::<2>::zeros([1, COLUMNS], &device());
        let gates = gate.decide(example, GateEvaluation::Threshold)?.gates.into_data();
        Ok(gates.iter::<f32>().enumerate().filter(|(_, g)| *g == 1.0).map(|(c, _)| c).collect())
    }
}

/// Some rows of the table.
struct Part {
    x: Tensor<2>,
    growers: Tensor<1, Int>,
}

fn device() -> Device {
    Device::flex().autodiff()
}

/// Trains on a part; a gate, if there is one, is to leave a share of columns open.
fn train(part: &Part, gate: Option<GumbelGate>, key: Key) -> Result<Model, gumbel_burn::Error> {
    let penalty = GatePenalty::above_target(1.0, KEEP as f64 / COLUMNS as f64)?;
    let schedule = TemperatureSchedule::linear(1.0, 0.5, STEPS)?;
    let zeros = |shape: &[usize]| TensorData::zeros::<f32, _>(shape.to_vec());
    let mut model = Model {
        gate,
        weight: Param::from_data(zeros(&[COLUMNS, 3]), &device()),
        bias: Param::from_data(zeros(&[3]), &device()),
    };
    let mut adam = AdamConfig::new().init();
    for step in 0..STEPS {
        let (x, cost) = match &model.gate {
            Some(gate) => {
                let tau = schedule.tau(step);
                let gated = gate.sample(part.x.clone(), tau, key.fold_in(step))?;
                (gated.output, penalty.loss(gated.gates)?)
            }
            None => (part.x.clone(), Tensor::zeros([1], &device())),
        };
        let nll = model.ln_p(x).gather(1, part.growers.clone().unsqueeze_dim(1)).mean().neg();
        let gradients = GradientsParams::from_grads((nll + cost).backward(), &model);
        model = adam.step(0.03, model, gradients);
    }
    Ok(model)
}

/// The numbers 0 to n - 1 in an order that a key decides.
fn shuffled(n: usize, key: Key) -> Vec<usize> {
    let mut u = vec![0.0_f64; n];
    noise::uniform_into(key, 0, &mut u);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| u[a].total_cmp(&u[b]));
    order
}

/// The rows `rows`: each column of `columns` scaled to mean 0 and deviation 1 over `fit`, the others 0.
fn part(
    table: &[[f64; COLUMNS]],
    growers: &[i32],
    rows: &[usize],
    fit: &[usize],
    columns: &[usize],
) -> Part {
    let mut x = vec![0.0_f32; rows.len() * COLUMNS];
    for &c in columns {
        let values = || fit.iter().map(|&i| table[i][c]);
        let mean = values().sum::<f64>() / fit.len() as f64;
        let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / fit.len() as f64;
        for (row, &i) in rows.iter().enumerate() {
            x[row * COLUMNS + c] = ((table[i][c] - mean) / variance.sqrt()) as f32;
        }
    }
    let growers: Vec<i32> = rows.iter().map(|&i| growers[i]).collect();
    Part {
        x: Tensor::from_data(TensorData::new(x, [rows.len(), COLUMNS]), &device()),
        growers: Tensor::from_data(TensorData::new(growers, [rows.len()]), &device()),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut table = Vec::new();
    let mut growers = Vec::new();
    for line in WINE.lines().skip(1) {
        let fields: Vec<f64> = line.split(',').map(str::parse).collect::<Result<_, _>>()?;
        let mut row = [0.0; COLUMNS];
        row[..MEASURED].copy_from_slice(&fields[..MEASURED]);
        table.push(row);
        growers.push(fields[MEASURED] as i32);
    }
    let n = table.len();
    let key = Key::new(7);
    for c in 0..MEASURED {
        for (i, from) in shuffled(n, key.fold_in(c as u64)).into_iter().enumerate() {
            table[i][MEASURED + c] = table[from][c];
        }
    }

    let order = shuffled(n, key.fold_in(100));
    let all: Vec<usize> = (0..COLUMNS).collect();
    let config = GumbelGateConfig::new(COLUMNS).with_condition(GateCondition::Static);
    let (mut with_all, mut with_kept, mut with_random) = (0, 0, 0);
    let mut times = [0; COLUMNS];
    for fold in 0..FOLDS {
        // One key is one draw: each use below has its own.
        let [weights, noise, choice] = key.fold_in(200 + fold as u64).split();
        let (test, fit): (Vec<usize>, Vec<usize>) = order.iter().partition(|&&i| i % FOLDS == fold);
        let run = |columns: &[usize], gate: Option<GumbelGate>| {
            let model = train(&part(&table, &growers, &fit, &fit, columns), gate, noise)?;
            let right = model.right(&part(&table, &growers, &test, &fit, columns))?;
            Ok::<_, gumbel_burn::Error>((right, model.kept()?))
        };
        with_all += run(&all, None)?.0;
        let (right, kept) = run(&all, Some(config.init(weights, &device())?))?;
        with_kept += right;
        kept.iter().for_each(|&c| times[c] += 1);
        let random = &shuffled(MEASURED, choice)[..kept.len()];
        with_random += run(random, None)?.0;
        println!("fold {fold}: kept {} of {COLUMNS} columns", kept.len());
    }

    println!("\ncolumn                 kept, of {FOLDS}    its shuffled copy");
    for (c, name) in NAMES.iter().enumerate() {
        println!("{name:<22} {:>10} {:>20}", times[c], times[MEASURED + c]);
    }
    println!("\nright of {n} wines");
    println!("all {COLUMNS} columns               {with_all}");
    println!("those that the gate kept     {with_kept}");
    println!("as many measured, at random  {with_random}");
    Ok(())
}
