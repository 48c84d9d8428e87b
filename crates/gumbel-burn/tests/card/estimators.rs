//! Every gradient estimator, and the posterior Gumbels that some take: the estimate of the processor.

use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::Error;
use gumbel_burn::estimator::{Cost, Estimator, Name, Variables};
use strum::IntoEnumIterator;

use crate::{card, logistic, processor, tensor, values};

/// A cost that is far from linear: sin(w . x) + (w . x)^2, over all variables.
fn curved(x: Tensor<3>) -> Result<Tensor<1>, Error> {
    let [_, v, k] = x.dims();
    let w: Vec<f32> = (0..v * k).map(|i| (1.7 * i as f32 + 0.4).sin()).collect();
    let dot = (x.clone() * tensor(&w, [1, v, k], &x.device())).sum_dim(2).sum_dim(1);
    let dot = dot.flatten::<1>(0, 2);
    Ok(dot.clone().sin() + dot.square())
}

/// The costs and the gradients of logits and own parameters.
fn estimate(estimator: &dyn Estimator, k: usize, device: &Device) -> Vec<f32> {
    let logits = tensor(&logistic(20 * 3 * k, 1), [20, 3, k], device).require_grad();
    let parameters = estimator.parameters(3, k, Key::new(9), device);
    let tau = estimator.default_tau().unwrap_or(1.0);
    let variables = Variables::new(logits.clone(), Key::new(4)).with_tau(tau);
    let variables = variables.with_parameters(parameters);
    let estimate = estimator.estimate(&variables, &Cost::new(&curved)).unwrap();
    let gradients = estimate.surrogate.sum().backward();
    let costs = values(estimate.cost);
    costs.into_iter().chain(logits.grad(&gradients).map(values).unwrap_or_default()).collect()
}

#[test]
fn every_estimator_gives_on_a_card_what_it_gives_on_the_processor() {
    let mut compared = 0;
    for name in Name::iter() {
        let estimator = name.estimator();
        for k in [2, 5].into_iter().filter(|&k| estimator.check(3, k).is_ok()) {
            let (ours, theirs) = (
                estimate(estimator.as_ref(), k, &card()),
                estimate(estimator.as_ref(), k, &processor()),
            );
            assert_eq!(ours.len(), theirs.len());
            let far = |(a, b): (&f32, &f32)| (a - b).abs() / (1.0 + b.abs());
            let far = ours.iter().zip(&theirs).map(far).fold(0.0, f32::max);
            let moved = ours.iter().filter(|x| **x != 0.0).count();
            println!("{name} of {k} classes: {far:.1e}, {moved} of {}", ours.len());
            assert!(moved > 25, "{name} of {k} classes: almost all 0");
            // Draws are equal: a different one would change a cost by about 1. The rest is rounding.
            assert!(far < 1e-5, "{name} of {k} classes: {far:e}");
            compared += 1;
        }
    }
    assert!(compared > 40, "{compared}");
}
