//! Monte Carlo divergences of relaxed laws against a quadrature: two classes, and a yes-or-no choice, have a logistic
//! law, tau x ~ logistic(l), whose divergence is an integral over a line.

use burn::tensor::{DType, Device, Tensor, TensorData};
use gumbel::Key;
use gumbel::likelihood as core;
use gumbel_burn::Error;
use gumbel_burn::likelihood::{
    monte_carlo_relaxed_bernoulli_kl, monte_carlo_relaxed_categorical_kl,
};

const ROWS: usize = 20_000;

fn tensor(value: f64) -> Tensor<2> {
    let device = Device::flex().autodiff();
    let data = TensorData::new(vec![value; ROWS], [ROWS, 1]);
    Tensor::from_data(data, (&device, DType::F64))
}

fn values<const D: usize>(t: Tensor<D>) -> Vec<f64> {
    t.into_data().iter::<f64>().collect()
}

/// KL of the laws of x, by the midpoint rule over z = tau_q x - a. Its error is below 1e-9: the tails beyond 60 are below
/// e^-55, and the rule is exact to all orders for a smooth integrand that vanishes at both ends.
fn quadrature(a: f64, b: f64, tau_q: f64, tau_p: f64) -> f64 {
    let (n, h) = (24_000, 120.0 / 24_000.0);
    (0..n)
        .map(|i| {
            let z = -60.0 + (i as f64 + 0.5) * h;
            let x = [(z + a) / tau_q];
            let ln_q = core::relaxed_bernoulli_ln_density_of_logit(&x, &[a], tau_q).unwrap()[0];
            let ln_p = core::relaxed_bernoulli_ln_density_of_logit(&x, &[b], tau_p).unwrap()[0];
            // The density of z is that of x, divided by tau_q.
            (ln_q.exp() / tau_q) * (ln_q - ln_p) * h
        })
        .sum()
}

/// Mean, and half the width of its interval at a false-alarm rate of 1e-9 (6.11 standard errors; the terms have
/// exponential tails, and 20,000 of them a mean that is normal to that distance).
fn mean_and_bound(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    (mean, 6.11 * (variance / n).sqrt() + 1e-9)
}

type Kl = fn([Tensor<2>; 4], u64, Key) -> Tensor<2>;

/// The same law twice: as log-odds, and as two classes with the logits (a, 0).
const BOTH: [Kl; 2] = [
    |[a, b, tau_q, tau_p], draws, key| {
        monte_carlo_relaxed_bernoulli_kl(a, b, [tau_q, tau_p], draws, key).unwrap()
    },
    |[a, b, tau_q, tau_p], draws, key| {
        let two = |a: Tensor<2>| Tensor::cat(vec![a.clone(), a.zeros_like()], 1);
        monte_carlo_relaxed_categorical_kl(two(a), two(b), -1, [tau_q, tau_p], draws, key).unwrap()
    },
];

#[test]
fn the_estimate_and_its_gradients_are_unbiased() {
    let (a, b, tau_q, tau_p) = (1.2, -0.4, 0.5, 0.8);
    let exact = quadrature(a, b, tau_q, tau_p);
    let slope = |f: &dyn Fn(f64) -> f64| (f(1e-4) - f(-1e-4)) / 2e-4;
    let slopes = [
        slope(&|h| quadrature(a + h, b, tau_q, tau_p)),
        slope(&|h| quadrature(a, b + h, tau_q, tau_p)),
        slope(&|h| quadrature(a, b, tau_q + h, tau_p)),
        slope(&|h| quadrature(a, b, tau_q, tau_p + h)),
    ];
    for (which, kl) in BOTH.into_iter().enumerate() {
        let inputs = [a, b, tau_q, tau_p].map(|x| tensor(x).require_grad());
        let estimate = kl(inputs.clone(), 3, Key::new(1));
        let grads = estimate.clone().sum().backward();
        let (mean, bound) = mean_and_bound(&values(estimate));
        assert!((mean - exact).abs() < bound, "{which}: {mean} {exact} {bound}");
        assert!(bound < 0.05);
        for (i, input) in inputs.iter().enumerate() {
            let (mean, bound) = mean_and_bound(&values(input.grad(&grads).unwrap()));
            assert!((mean - slopes[i]).abs() < bound + 1e-6, "{which} {i}: {mean} {slopes:?}");
        }
    }
}

/// The divergence of the discrete choice is at most that of the relaxed laws, and equal laws have none.
#[test]
fn bounds_of_the_divergence() {
    let discrete = core::bernoulli_kl(&[1.2], &[-0.4]).unwrap()[0];
    for [tau_q, tau_p] in [[0.5, 0.5], [0.5, 0.8], [1.0, 0.3]] {
        assert!(quadrature(1.2, -0.4, tau_q, tau_p) >= discrete);
    }
    for kl in BOTH {
        let same = kl([tensor(0.7), tensor(0.7), tensor(0.5), tensor(0.5)], 2, Key::new(2));
        assert!(values(same).iter().all(|kl| *kl == 0.0));
    }
}

#[test]
fn draws_take_their_keys_in_order() {
    let inputs = || [1.0, -1.0, 0.5, 0.5].map(tensor);
    for kl in BOTH {
        // Two draws are the mean of one draw of each key.
        let key = Key::new(3);
        let two = values(kl(inputs(), 2, key));
        assert_eq!(two, values(kl(inputs(), 2, key)));
        assert_ne!(two, values(kl(inputs(), 2, Key::new(4))));
        let one = values(kl(inputs(), 1, key));
        assert_ne!(one, two);
        let spread = |x: &[f64]| mean_and_bound(x).1;
        // The standard error falls as 1 / sqrt(draws), within 10 %.
        let ratio = spread(&one) / spread(&two);
        assert!((ratio / 2f64.sqrt() - 1.0).abs() < 0.1, "{ratio}");
    }
}

#[test]
fn bad_input_is_named() {
    let inf = f64::INFINITY;
    let device = Device::flex();
    let t = |x: [f64; 2]| Tensor::<2>::from_data(TensorData::from([x]), (&device, DType::F32));
    let classes = |q, p, draws| {
        monte_carlo_relaxed_categorical_kl(t(q), t(p), -1, [0.5, 0.5], draws, Key::new(1))
    };
    assert!(matches!(
        classes([0.0; 2], [0.0; 2], 0),
        Err(Error::Core(gumbel::Error::Integer { argument: "draws", .. }))
    ));
    for (q, p) in [([0.0, -inf], [0.0, 0.0]), ([0.0, 0.0], [0.0, -inf])] {
        let text = classes(q, p, 1).unwrap_err().to_string();
        assert!(text.starts_with("prior: expected -inf exactly where"), "{text}");
        assert!(text.ends_with("at index 1"), "{text}");
    }
    // Masked in both: a law of one class less.
    let kl = classes([0.0, -inf], [3.0, -inf], 1).unwrap();
    assert_eq!(values(kl), [0.0]);
    let text = classes([0.0, f64::NAN], [0.0; 2], 1).unwrap_err().to_string();
    assert!(text.starts_with("posterior: "), "{text}");
    let binary = |q, p, tau| monte_carlo_relaxed_bernoulli_kl(t(q), t(p), tau, 1, Key::new(1));
    let text = binary([0.0, inf], [0.0; 2], [0.5, 0.5]).unwrap_err().to_string();
    assert!(text.starts_with("posterior: "), "{text}");
    let text = binary([0.0; 2], [0.0; 2], [0.5, 0.0]).unwrap_err().to_string();
    assert!(text.starts_with("tau: "), "{text}");
}
