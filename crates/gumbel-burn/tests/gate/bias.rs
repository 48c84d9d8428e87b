//! The gradient of the expected loss by enumeration of all 2^c states, and the bias of the hard gate.
//!
//! With log-odds l, p = sigmoid(l) and P(s) = prod p^s (1 - p)^(1 - s) over the channels:
//!
//! ```text
//! E f            = sum over s of P(s) f(s)
//! d E f / d l[c] = sum over s of P(s) f(s) (s[c] - p[c])
//! straight-through, expected:
//!                  sum over s of P(s without c) df/dg[c](s) I(s[c]),
//!                  I(1) = integral over L > -l of y (1 - y) / tau dF(L),  I(0) the same over L < -l
//! ```
//!
//! with y = sigmoid((l + L) / tau) and L logistic, the difference of two Gumbel variables.

use burn::tensor::{DType, Tensor};
use gumbel::{Key, oracle};
use gumbel_burn::{GateCondition, GumbelGate, GumbelGateConfig};
use gumbel_check::FALSE_ALARM;

use super::{assert_close, device, gradients, tensor, values, with_parameters};

const DRAWS: usize = 1 << 18;

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// f(g) = (w . g - t)^2 + u g[0] g[last].
struct Loss {
    w: Vec<f64>,
    t: f64,
    u: f64,
}

impl Loss {
    fn at(&self, g: &[f64]) -> f64 {
        let sum: f64 = self.w.iter().zip(g).map(|(w, g)| w * g).sum();
        (sum - self.t).powi(2) + self.u * g[0] * g[g.len() - 1]
    }

    fn slope(&self, g: &[f64], c: usize) -> f64 {
        oracle::finite_difference(|g| self.at(g), g, 0.5)[c]
    }

    /// For gates `[n, c]`: `[n]`.
    fn tensor(&self, g: Tensor<2>) -> Tensor<1> {
        let c = self.w.len();
        let sum = (g.clone() * tensor(&self.w, [1, c])).sum_dim(1);
        let product = g.clone().narrow(1, 0, 1) * g.narrow(1, c - 1, 1);
        let loss = sum.sub_scalar(self.t).powi_scalar(2) + product.mul_scalar(self.u);
        loss.squeeze_dim(1)
    }
}

fn states(c: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..1_u32 << c).map(move |bits| (0..c).map(|i| f64::from(bits >> i & 1)).collect())
}

/// P(s) without the channel `skip`.
fn probability(l: &[f64], s: &[f64], skip: Option<usize>) -> f64 {
    let channels = l.iter().zip(s).enumerate().filter(|(c, _)| Some(*c) != skip);
    channels.map(|(_, (l, s))| if *s == 1.0 { sigmoid(*l) } else { sigmoid(-l) }).product()
}

fn expected(loss: &Loss, l: &[f64]) -> f64 {
    states(l.len()).map(|s| probability(l, &s, None) * loss.at(&s)).sum()
}

fn enumerated(loss: &Loss, l: &[f64]) -> Vec<f64> {
    let term = |s: &[f64], c: usize| probability(l, s, None) * loss.at(s) * (s[c] - sigmoid(l[c]));
    (0..l.len()).map(|c| states(l.len()).map(|s| term(&s, c)).sum()).collect()
}

/// I(state), by Simpson's rule with 4,000 steps up to where 1e-26 of the law of L remains.
fn weight(l: f64, tau: f64, state: f64) -> f64 {
    let sign = 2.0 * state - 1.0;
    let integrand = |d: f64| {
        // L = -l + sign d, d >= 0.
        let (y, f) = (sigmoid(d / tau), sigmoid(sign * d - l));
        y * (1.0 - y) / tau * f * (1.0 - f)
    };
    let (steps, end) = (4000, 60.0 + l.abs());
    let h = end / f64::from(steps);
    let coefficient = |i| if i == 0 || i == steps { 1 } else { 2 + 2 * (i % 2) };
    (0..=steps).map(|i| f64::from(coefficient(i)) * integrand(f64::from(i) * h)).sum::<f64>() * h
        / 3.0
}

fn straight_through(loss: &Loss, l: &[f64], tau: f64) -> Vec<f64> {
    let term = |s: &[f64], c: usize| {
        probability(l, s, Some(c)) * loss.slope(s, c) * weight(l[c], tau, s[c])
    };
    (0..l.len()).map(|c| states(l.len()).map(|s| term(&s, c)).sum()).collect()
}

/// A bound on the distance of the mean of [`DRAWS`] values that span `range` from its expectation, by
/// Hoeffding's inequality, with false alarm [`FALSE_ALARM`].
fn hoeffding(range: f64) -> f64 {
    range * ((2.0 / FALSE_ALARM).ln() / (2.0 * DRAWS as f64)).sqrt()
}

fn losses() -> Vec<(Loss, Vec<f64>)> {
    let log_odds = [1.9, -0.4, 0.7, -1.5];
    let w = [1.0, -0.6, 0.8, 0.3];
    (1..=4)
        .map(|c| {
            let u = if c == 1 { 0.0 } else { 0.5 };
            (Loss { w: w[..c].to_vec(), t: 0.45, u }, log_odds[..c].to_vec())
        })
        .collect()
}

/// A static hard gate with these log-odds, in `f64`.
fn gate(l: &[f64]) -> GumbelGate {
    let config = GumbelGateConfig::new(l.len()).with_condition(GateCondition::Static);
    let logits: Vec<f64> = l.iter().flat_map(|l| [0.3, 0.3 + l]).collect();
    with_parameters(config.init(Key::new(1), &device()).unwrap(), &logits)
}

fn ones(c: usize) -> Tensor<2> {
    Tensor::ones([DRAWS, c], (&device(), DType::F64))
}

/// The gradients of the "on" logits; those of "off" must be their negatives.
fn on(gradient: &[f64]) -> Vec<f64> {
    let pairs = gradient.as_chunks::<2>().0;
    let off: Vec<f64> = pairs.iter().map(|pair| -pair[0]).collect();
    let on: Vec<f64> = pairs.iter().map(|pair| pair[1]).collect();
    assert_close("off", &off, &on, 1e-9);
    on
}

#[test]
fn enumeration_equals_finite_differences_of_the_expected_loss() {
    for (loss, l) in losses() {
        // The loss is smooth in l: h^2 / 6 of a third derivative below 10, rounding 1e-15 / h.
        let numeric = oracle::finite_difference(|l| expected(&loss, l), &l, 1e-5);
        assert_close("enumeration", &enumerated(&loss, &l), &numeric, 1e-9);
    }
}

/// The layer's gates and probabilities, put together as a score-function estimate, which is unbiased:
/// f(g) d ln P(g). Mean loss and mean gradient are those of the enumeration.
#[test]
fn gates_and_probabilities_give_the_enumerated_gradient() {
    for (loss, l) in losses() {
        let gate = gate(&l);
        let gated = gate.sample(ones(l.len()), 1.0, Key::new(21)).unwrap();
        let (g, p) = (gated.gates.detach(), gated.keep_probability);
        let f = loss.tensor(g.clone());
        let off = p.clone().neg().add_scalar(1.0);
        let ln_p = g.clone() * p.log() + g.neg().add_scalar(1.0) * off.log();
        let surrogate = f.clone() * ln_p.sum_dim(1).squeeze_dim(1);
        let found = on(&gradients(&gate, &surrogate.mean().backward()));
        let largest = states(l.len()).map(|s| loss.at(&s)).fold(0.0, f64::max);
        let mean = values(f.mean())[0];
        assert!((mean - expected(&loss, &l)).abs() < hoeffding(largest), "{mean}");
        for (found, truth) in found.iter().zip(enumerated(&loss, &l)) {
            // f (s - p) spans at most f, from -f p to f (1 - p).
            assert!((found - truth).abs() < hoeffding(largest), "{found} {truth}");
        }
    }
}

/// The mean gradient of the hard gate is the expectation of the straight-through estimate, which is not the
/// gradient. Prints both: the bias.
#[test]
fn bias_of_the_hard_gate_is_that_of_straight_through() {
    for (loss, l) in losses() {
        for tau in [0.5, 1.0, 2.0] {
            let gate = gate(&l);
            let gates = gate.sample(ones(l.len()), tau, Key::new(22)).unwrap().gates;
            let found = on(&gradients(&gate, &loss.tensor(gates).mean().backward()));
            let (truth, biased) = (enumerated(&loss, &l), straight_through(&loss, &l, tau));
            for c in 0..l.len() {
                // y (1 - y) is at most 1/4.
                let slopes: Vec<f64> = states(l.len()).map(|s| loss.slope(&s, c)).collect();
                let most = slopes.iter().fold(0.0_f64, |m, s| m.max(*s));
                let least = slopes.iter().fold(0.0_f64, |m, s| m.min(*s));
                let bound = hoeffding((most - least) / (4.0 * tau));
                println!(
                    "c = {}, tau = {tau}, channel {c}: true {:.4}, straight-through {:.4} (found {:.4})",
                    l.len(),
                    truth[c],
                    biased[c],
                    found[c]
                );
                assert!((found[c] - biased[c]).abs() < bound, "{} {}", found[c], biased[c]);
                if l.len() == 1 {
                    // The bias is visible: it is many times the bound.
                    assert!((found[c] - truth[c]).abs() > 5.0 * bound, "{} {}", found[c], truth[c]);
                }
            }
        }
    }
}

/// The figures in the documentation of the layer.
#[test]
fn documented_bias_figures() {
    let loss = Loss { w: vec![1.0], t: 0.45, u: 0.0 };
    for (p, linear, squared) in [(0.5_f64, 0.67, 0.67), (0.87, 1.04, 7.1)] {
        let l = (p / (1.0 - p)).ln();
        let slope = (weight(l, 1.0, 0.0) + weight(l, 1.0, 1.0)) / (p * (1.0 - p));
        assert!((slope - linear).abs() < 0.005, "{slope}");
        let ratio = straight_through(&loss, &[l], 1.0)[0] / enumerated(&loss, &[l])[0];
        assert!((ratio - squared).abs() < 0.05, "{ratio}");
    }
    // Two channels: the sign of the first is wrong.
    let loss = Loss { w: vec![1.0, -0.6], t: 0.45, u: 0.5 };
    let l = [1.9, -0.4];
    let (truth, biased) = (enumerated(&loss, &l)[0], straight_through(&loss, &l, 1.0)[0]);
    assert!(truth < -0.02 && biased > 0.04, "{truth} {biased}");
    // y is uniform at l = 0 and tau = 1, so both weights are half of 1/6.
    assert_close(
        "weight",
        &[weight(0.0, 1.0, 0.0), weight(0.0, 1.0, 1.0)],
        &[1.0 / 12.0; 2],
        1e-10,
    );
}
