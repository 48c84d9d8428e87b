//! The time of an estimate and its backward pass beside `gumbel-softmax`, by variables and classes.
//!
//! The cost is the decoder of the autoencoder, 200 hidden units and 784 pixels, for 100 images. Every round runs all
//! estimators once, so a machine whose speed drifts slows all of them; the least time of the rounds counts. Run it on a
//! quiet machine: `cargo run --release -p gumbel-lab --example estimator_time`.

use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, activation};
use gumbel::Key;
use gumbel_burn::estimator::{Cost, Estimator, Name, Variables};
use gumbel_burn::{Error, init, likelihood};
use strum::IntoEnumIterator;

const IMAGES: usize = 100;
const HIDDEN: usize = 200;
const PIXELS: usize = 784;
/// Variables and classes.
const SIZES: [[usize; 2]; 5] = [[200, 2], [20, 2], [20, 10], [20, 100], [2, 1000]];
/// Estimators that evaluate the cost more often than this are left out.
const MOST_EVALUATIONS: usize = 64;
const ROUNDS: u64 = 15;

/// A decoder and its images.
struct Decoder {
    hidden: Tensor<2>,
    output: Tensor<2>,
    images: Tensor<2>,
}

impl Decoder {
    fn new(inputs: usize, device: &Device) -> Self {
        let weights = |key, shape: [usize; 2]| {
            init::uniform::<2>(Key::new(key), shape, shape[0], device).require_grad()
        };
        let images = gumbel_burn::uniform_noise(Key::new(3), [IMAGES, PIXELS], device);
        let images = images.greater_elem(0.7).float();
        Self { hidden: weights(1, [inputs, HIDDEN]), output: weights(2, [HIDDEN, PIXELS]), images }
    }

    fn cost(&self, code: Tensor<3>) -> Result<Tensor<1>, Error> {
        let hidden = activation::relu(code.flatten::<2>(1, 2).matmul(self.hidden.clone()));
        likelihood::bernoulli_nll(hidden.matmul(self.output.clone()), self.images.clone())
    }
}

fn time(estimator: &dyn Estimator, size: [usize; 2], round: u64) -> Result<Duration, Error> {
    let device = Device::flex().autodiff();
    let [v, k] = size;
    let decoder = Decoder::new(v * k, &device);
    let logits = init::uniform::<3>(Key::new(4), [IMAGES, v, k], 1, &device).require_grad();
    let own = estimator.parameters(v, k, Key::new(5), &device);
    let own = own.into_iter().map(Tensor::require_grad).collect();
    let tau = estimator.default_tau().unwrap_or(1.0);
    let variables = Variables::new(logits, Key::new(6).fold_in(round)).with_tau(tau);
    let (variables, cost) = (variables.with_parameters(own), |x| decoder.cost(x));
    let began = Instant::now();
    let estimate = estimator.estimate(&variables, &Cost::new(&cost))?;
    let _gradients = estimate.surrogate.mean().backward();
    Ok(began.elapsed())
}

fn main() -> Result<(), Error> {
    let head = SIZES.map(|[v, k]| format!("{v}x{k}")).join(" | ");
    println!("| estimator | {head} |\n|---|{}", "---|".repeat(SIZES.len()));
    let estimators: Vec<Box<dyn Estimator>> = Name::iter().map(Name::estimator).collect();
    let mut least = vec![[None::<Duration>; SIZES.len()]; estimators.len()];
    for (column, &size) in SIZES.iter().enumerate() {
        for round in 0..ROUNDS {
            for (row, estimator) in estimators.iter().enumerate() {
                let [v, k] = size;
                let few = estimator.evaluations(v, k) <= MOST_EVALUATIONS;
                if estimator.check(v, k).is_ok() && few {
                    let time = time(estimator, size, round)?;
                    let least = &mut least[row][column];
                    *least = Some(least.map_or(time, |before| before.min(time)));
                }
            }
        }
    }
    // The first one is gumbel-softmax.
    let base = least[0].map(|time| time.expect("it takes every size").as_secs_f64());
    for (estimator, times) in estimators.iter().zip(&least) {
        let cells = times.iter().zip(base).map(|(time, base)| match time {
            Some(time) => format!("{:.1}", time.as_secs_f64() / base),
            None => "-".to_owned(),
        });
        let cells: Vec<String> = cells.collect();
        println!("| `{}` | {} |", estimator.name(), cells.join(" | "));
    }
    println!("gumbel-softmax, microseconds: {:.0?}", base.map(|seconds| 1e6 * seconds));
    Ok(())
}
