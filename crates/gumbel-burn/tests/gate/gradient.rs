//! Gradients against finite differences in f64.

use burn::tensor::Tensor;
use gumbel::{Key, oracle};
use gumbel_burn::{
    GateCondition, GateEvaluation, GatePenalty, GateSqueeze, Gated, GumbelGate, GumbelGateConfig,
};

use super::{
    assert_close, device, gradients, gumbel, normal, parameters, tensor, values, with_parameters,
};

const N: usize = 3;
const C: usize = 4;
const TAU: f64 = 0.8;
/// Central differences with h = 1e-5: h^2 / 6 times a third derivative of a few hundred at most, and a
/// rounding of 1e-14 / h.
const BOUND: f64 = 1e-8;

fn gates() -> Vec<GumbelGate> {
    let config = GumbelGateConfig::new(C).with_initial_keep(0.6).with_init_std(0.7);
    let config = config.with_hard(false);
    let make = |config: GumbelGateConfig| {
        let gate = config.init(Key::new(3), &device()).unwrap();
        let values = parameters(&gate);
        with_parameters(gate, &values)
    };
    vec![
        make(config.clone()),
        make(config.clone().with_squeeze(GateSqueeze::MeanAbsolute)),
        make(config.with_condition(GateCondition::Static)),
    ]
}

/// A nonlinear cost of all results of a gate.
fn cost<const D: usize>(gated: Gated<D>, weights: &[f64]) -> Tensor<1> {
    let Gated { output, gates, keep_probability } = gated;
    let weights = tensor(weights, output.dims());
    let p = keep_probability.clone() * gates.clone();
    (output.clone() * weights).sum()
        + output.powi_scalar(2).sum()
        + p.powi_scalar(3).sum()
        + GatePenalty::above_target(3.0, 0.1).unwrap().loss(gates).unwrap()
}

/// Checks both gradients of `run`, for tensors of one shape.
fn check<const D: usize>(
    shape: [usize; D],
    run: impl Fn(&GumbelGate, Tensor<D>) -> Gated<D>,
    whole: bool,
) {
    let size = shape.iter().product();
    let (x, weights) = (normal(size, 1), normal(size, 2));
    for gate in gates() {
        let at =
            |gate: &GumbelGate, x: &[f64]| values(cost(run(gate, tensor(x, shape)), &weights))[0];
        let input = tensor(&x, shape).require_grad();
        let grads = cost(run(&gate, input.clone()), &weights).backward();
        let numeric = oracle::finite_difference(|x| at(&gate, x), &x, 1e-5);
        assert_close("x", &values(input.grad(&grads).unwrap()), &numeric, BOUND);
        let theta = parameters(&gate);
        let at_parameters = |theta: &[f64]| at(&with_parameters(gate.clone(), theta), &x);
        let numeric = oracle::finite_difference(at_parameters, &theta, 1e-5);
        assert_close("parameter", &gradients(&gate, &grads), &numeric, BOUND);
        // A test of zeros would prove nothing. The weights of hidden units that are off have no gradient, but
        // most units are on.
        let nonzero = numeric.iter().filter(|g| g.abs() > 1e-4).count();
        assert!(!whole || 3 * nonzero > theta.len(), "{nonzero} of {}", theta.len());
    }
}

#[test]
fn soft_gate_with_fixed_noise() {
    let noise = gumbel(2 * N * C, 4);
    let noise = || tensor(&noise, [N, C, 2]);
    check([N, C], |gate, x| gate.sample(x, TAU, noise()).unwrap(), true);
    check([N, C, 5], |gate, x| gate.sample(x, TAU, noise()).unwrap(), true);
    check([N, C, 2, 3], |gate, x| gate.sample(x, TAU, noise()).unwrap(), true);
}

#[test]
fn evaluation() {
    let decide = |gate: &GumbelGate, x| gate.decide(x, GateEvaluation::Expectation).unwrap();
    check([N, C, 2, 2], decide, true);
    let decide = |gate: &GumbelGate, x| gate.decide(x, GateEvaluation::Threshold).unwrap();
    check([N, C, 2, 2], decide, false);
}

/// The cost is linear in the gates, so the gradient at the gates is the same for soft and hard; the
/// gradients of the parameters must then be the same to the bit.
#[test]
fn the_hard_gate_has_the_gradient_of_the_soft_one() {
    let shape = [N, C, 2, 2];
    let (x, weights) = (normal(N * C * 4, 1), normal(N * C * 4, 2));
    for soft in gates() {
        let mut hard = soft.clone();
        hard.hard = true;
        let run = |gate: &GumbelGate| {
            let gated = gate.sample(tensor(&x, shape), TAU, Key::new(9)).unwrap();
            let cost = (gated.output * tensor(&weights, shape)).sum() + gated.gates.clone().mean();
            (values(gated.gates), gradients(gate, &cost.backward()))
        };
        let (soft_gates, soft) = run(&soft);
        let (hard_gates, hard) = run(&hard);
        assert_eq!(soft, hard);
        let rounded: Vec<f64> = soft_gates.iter().map(|g| g.round()).collect();
        assert_eq!(hard_gates, rounded);
        assert!(soft.iter().any(|g| g.abs() > 1e-3));
    }
}
