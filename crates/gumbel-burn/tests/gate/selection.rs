//! Whether the penalty drives the rate, and whether a gate finds the channels that are informative.

use burn::module::{Module, Param};
use burn::optim::{AdamConfig, GradientsParams, SgdConfig};
use burn::tensor::{Int, Tensor, TensorData, activation};
use gumbel::{Key, noise};
use gumbel_burn::{GateCondition, GateEvaluation, GatePenalty, GumbelGate, GumbelGateConfig};

use super::{device, values};

/// The mean of P(on) over eight channels before each step of plain gradient descent on `penalty` alone.
fn rates(penalty: GatePenalty, sampled: bool, steps: u64) -> Vec<f64> {
    let config = GumbelGateConfig::new(8).with_condition(GateCondition::Static);
    let mut gate = config.init(Key::new(1), &device()).unwrap();
    let mut sgd = SgdConfig::new().init();
    (0..steps)
        .map(|step| {
            let gated = gate
                .sample(Tensor::<2>::ones([1024, 8], &device()), 1.0, Key::new(2).fold_in(step))
                .unwrap();
            let p = gated.keep_probability;
            let rate = values(p.clone().mean())[0];
            let loss = penalty.loss(if sampled { gated.gates } else { p }).unwrap();
            let grads = GradientsParams::from_grads(loss.backward(), &gate);
            gate = sgd.step(1.0, gate.clone(), grads);
            rate
        })
        .collect()
}

#[test]
fn a_penalty_on_the_mean_closes_all_gates() {
    for sampled in [false, true] {
        let rates = rates(GatePenalty::mean(4.0).unwrap(), sampled, 400);
        let last = rates[399];
        assert!((rates[0] - 0.87).abs() < 1e-6 && last < 0.02, "{last}");
    }
    // lambda = 0 does not change them, to the bit.
    let idle = rates(GatePenalty::mean(0.0).unwrap(), true, 50);
    assert!(idle.iter().all(|&rate| rate == idle[0]));
}

#[test]
fn a_target_is_where_the_rate_stops() {
    let target = 0.25;
    let penalty = GatePenalty::above_target(4.0, target).unwrap();
    // Without noise: a step moves a logit by 4 / 8 p (1 - p) at most, twice that for a pair, and the rate by
    // p (1 - p) times it; at the target that is 4 / 8 x 2 x 0.1875^2 = 0.035. It stops within one step.
    let exact = rates(penalty, false, 600);
    let last = exact[599];
    assert!(last <= target && last > target - 0.036, "{last}");
    assert_eq!(exact[598], last);
    // With it: sd(r) is at most sqrt(0.25 x 0.75 / (1024 x 8)) = 0.0048 below the target. That r exceeds the
    // target from 6 sd below has probability 1e-9 a step, 6e-7 in all: the last push came from above that.
    let sampled = rates(penalty, true, 600)[599];
    assert!(
        sampled < target + 6.0 * 0.0048 && sampled > target - 6.0 * 0.0048 - 0.036,
        "{sampled}"
    );
}

const CHANNELS: usize = 16;
const INFORMATIVE: usize = 4;
const CLASSES: usize = 3;

/// The mean of the informative channel j in a class.
fn mean(class: usize, j: usize) -> f64 {
    [1.5, -1.5, 0.0][(class + j) % CLASSES]
}

/// Examples of three classes. Each informative channel separates two classes by 3 deviations at every
/// position; the others are noise.
struct Data<const D: usize> {
    x: Tensor<D>,
    classes: Tensor<1, Int>,
    /// The informative channels, in the order of their means.
    channels: [usize; INFORMATIVE],
}

impl<const D: usize> Data<D> {
    fn new(n: usize, positions: [usize; D], seed: u64, key: Key) -> Self {
        let mut shape = positions;
        (shape[0], shape[1]) = (n, CHANNELS);
        let size = shape[2..].iter().product::<usize>();
        let mut x = vec![0.0_f32; n * CHANNELS * size];
        noise::normal_into(key, 0, &mut x);
        // 5 and 16 have no common divisor: four different channels, others for each seed.
        let channels = core::array::from_fn(|j| (5 * j + 3 * seed as usize) % CHANNELS);
        for (j, channel) in channels.into_iter().enumerate() {
            for i in 0..n {
                let at = (i * CHANNELS + channel) * size;
                x[at..][..size].iter_mut().for_each(|x| *x += mean(i % CLASSES, j) as f32);
            }
        }
        let classes: Vec<i32> = (0..n).map(|i| (i % CLASSES) as i32).collect();
        Self {
            x: Tensor::from_data(TensorData::new(x, shape), &device()),
            classes: Tensor::from_data(TensorData::new(classes, [n]), &device()),
            channels,
        }
    }

    /// 1 for an informative channel, 0 for another.
    fn informative(&self) -> Vec<f64> {
        (0..CHANNELS).map(|c| f64::from(u8::from(self.channels.contains(&c)))).collect()
    }
}

impl Data<2> {
    /// The share of examples whose nearest class mean is that of their class.
    fn nearest_mean(&self) -> f64 {
        let x = values(self.x.clone());
        let right = |(i, row): (usize, &[f64])| {
            let distance = |class: usize| -> f64 {
                let channels = self.channels.iter().enumerate();
                channels.map(|(j, &c)| (row[c] - mean(class, j)).powi(2)).sum()
            };
            let nearest = (0..CLASSES).min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
            nearest == Some(i % CLASSES)
        };
        let rows = x.chunks_exact(CHANNELS).enumerate();
        rows.filter(|&row| right(row)).count() as f64 / (x.len() / CHANNELS) as f64
    }
}

/// A gate and a linear classifier after it.
#[derive(Module, Debug)]
struct Model {
    gate: GumbelGate,
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Model {
    fn classify<const D: usize>(&self, gated: Tensor<D>) -> Tensor<2> {
        let n = gated.dims()[0];
        let weight = self.weight.val();
        let width = weight.dims()[0];
        activation::log_softmax(
            gated.reshape([n, width]).matmul(weight) + self.bias.val().unsqueeze(),
            1,
        )
    }

    /// The share of examples classified rightly when the gate decides.
    fn accuracy<const D: usize>(&self, data: &Data<D>) -> f64 {
        let gated = self.gate.decide(data.x.clone(), GateEvaluation::Threshold).unwrap();
        let right =
            self.classify(gated.output).argmax(1).squeeze_dim(1).equal(data.classes.clone());
        values(right.float().mean())[0]
    }
}

fn train<const D: usize>(data: &Data<D>, condition: GateCondition, lambda: f64, key: Key) -> Model {
    let config = GumbelGateConfig::new(CHANNELS).with_condition(condition);
    let width = data.x.dims()[1..].iter().product();
    let zeros = |shape: &[usize]| TensorData::zeros::<f32, _>(shape.to_vec());
    let mut model = Model {
        gate: config.init(key, &device()).unwrap(),
        weight: Param::from_data(zeros(&[width, CLASSES]), &device()),
        bias: Param::from_data(zeros(&[CLASSES]), &device()),
    };
    let share = INFORMATIVE as f64 / CHANNELS as f64;
    let penalty = GatePenalty::above_target(lambda, share).unwrap();
    let mut adam = AdamConfig::new().init();
    for step in 0..400 {
        let gated = model.gate.sample(data.x.clone(), 1.0, key.fold_in(step)).unwrap();
        let ln_p = model.classify(gated.output);
        let nll = ln_p.gather(1, data.classes.clone().unsqueeze_dim(1)).mean().neg();
        let loss = nll + penalty.loss(gated.gates).unwrap();
        let grads = GradientsParams::from_grads(loss.backward(), &model);
        model = adam.step(0.03, model, grads);
    }
    model
}

/// The gates of each channel, averaged over examples.
fn kept<const D: usize>(gate: &GumbelGate, x: Tensor<D>) -> Vec<f64> {
    let gated = gate.decide(x, GateEvaluation::Threshold).unwrap();
    values(gated.gates.mean_dim(0))
}

#[test]
fn a_static_gate_keeps_exactly_the_informative_columns() {
    let data = |seed, n, key| Data::new(n, [0; 2], seed, Key::new(key));
    for seed in 0..3 {
        let train_set = data(seed, 300, seed);
        let model = train(&train_set, GateCondition::Static, 1.0, Key::new(10 + seed));
        // So the share kept is the target, 4 of 16.
        assert_eq!(kept(&model.gate, train_set.x.clone()), train_set.informative(), "{seed}");
        // The best possible rule is the nearest mean. 15 weights learned from 300 examples lose
        // 15 / (2 x 300) = 0.025 nats an example, and less than that in right answers.
        let test_set = data(seed, 3000, 100 + seed);
        let (found, best) = (model.accuracy(&test_set), test_set.nearest_mean());
        println!("seed {seed}: accuracy {found:.4}, of the nearest mean {best:.4}");
        assert!(found > best - 0.025, "{found} {best}");
    }
    // Without the penalty it keeps others.
    let train_set = data(0, 300, 0);
    let model = train(&train_set, GateCondition::Static, 0.0, Key::new(10));
    assert_ne!(kept(&model.gate, train_set.x.clone()), train_set.informative());
}

#[test]
fn a_per_example_gate_keeps_informative_channels_of_images() {
    for seed in 0..3 {
        let data = |n, key| Data::new(n, [0, 0, 2, 2], seed, Key::new(key));
        let model = train(&data(300, seed), GateCondition::PerExample, 1.0, Key::new(10 + seed));
        let test_set = data(3000, 100 + seed);
        let kept = kept(&model.gate, test_set.x.clone());
        println!("seed {seed}: {kept:.2?}");
        for (kept, informative) in kept.iter().zip(test_set.informative()) {
            // It may drop an informative channel where that has mean 0, for one class of three, and the
            // others tell the class.
            assert!(if informative == 1.0 { *kept > 0.6 } else { *kept < 0.01 }, "{kept}");
        }
        // The means of two classes are 7.9 deviations apart at least: the best rule errs 4 times in 10^5.
        assert!(model.accuracy(&test_set) > 0.99);
    }
}
