//! The control variate of REBAR and RELAX: a function c of the perturbed logits, with and without D given.

use gumbel::Key;

use super::straight_through::through_softmax;
use crate::simplex::{add_scaled, scaled, softmax};
use crate::tabulated::Tabulated;

/// Computes (f(D) - c(Zt)) (D - pi) + d/dtheta c(Z) - d/dtheta c(Zt), for c that returns its value and its gradient.
pub(super) fn estimate(
    problem: &Tabulated<'_>,
    key: Key,
    c: impl Fn(&[f64]) -> (f64, Vec<f64>),
) -> Vec<f64> {
    let [noise, given] = key.split();
    let (z, state) = problem.perturbed(noise);
    let zt = problem.posterior(problem.logits(), state, 1, given);
    let (_, free) = c(&z);
    let (value, conditional) = c(&zt);
    let mut out = scaled(problem.score(state), problem.cost(state) - value);
    add_scaled(&mut out, 1.0, &free);
    add_scaled(&mut out, -1.0, &through_posterior(problem, &zt, state, &conditional));
    out
}

/// Computes eta f(softmax(Z/lambda)), and its gradient in Z.
pub(super) fn relaxed_cost(
    problem: &Tabulated<'_>,
    z: &[f64],
    eta: f64,
    lambda: f64,
) -> (f64, Vec<f64>) {
    let k = problem.classes();
    let y = softmax(z, k, lambda);
    let gradient = through_softmax(z, &problem.problem().gradient(&y), k, lambda);
    (eta * problem.problem().cost(&y), scaled(gradient, eta))
}

/// Pulls a gradient in Zt back to theta: the vector-Jacobian product of the perturbed logits given D, at fixed noise.
///
/// ```text
/// dZt_j/dtheta_m = w_j [j = m] + (1 - w_j) pi_m     w_j = 1 - exp(Zt_j - Zt_D),  w_D = 0
/// ```
///
/// From Zt_j = -ln(E_j e^-theta_j + E_D/S): w_j is the share of the first term, and E_D/S = e^-Zt_D.
pub(super) fn through_posterior(
    problem: &Tabulated<'_>,
    zt: &[f64],
    state: usize,
    gradient: &[f64],
) -> Vec<f64> {
    let k = problem.classes();
    let mut out = gradient.to_vec();
    for (l, row) in out.chunks_exact_mut(k).enumerate() {
        let largest = zt[l * k + problem.class(state, l)];
        let mut shared = 0.0;
        for (x, z) in row.iter_mut().zip(&zt[l * k..]) {
            let w = -(z - largest).exp_m1();
            shared += (1.0 - w) * *x;
            *x *= w;
        }
        add_scaled(row, shared, &problem.probabilities()[l * k..][..k]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Net, Problem, Skewed};
    use crate::simplex::dot;
    use gumbel::noise;

    /// The derivative at fixed noise: central differences with h = 1e-5 err by about h^2 and 1e-16/h.
    #[test]
    fn the_derivative_through_the_posterior_equals_finite_differences() {
        for problem in [&Net as &dyn Problem, &Skewed] {
            let table = Tabulated::new(problem).unwrap();
            for seed in 0..10 {
                let (key, mut v) = (Key::new(seed), vec![0.0; table.logits().len()]);
                noise::normal_into(key, 0, &mut v);
                let state = table.sample(key);
                let zt = table.posterior(table.logits(), state, 1, key);
                let gradient = through_posterior(&table, &zt, state, &v);
                for i in 0..v.len() {
                    let moved = |h: f64| {
                        let mut logits = table.logits().to_vec();
                        logits[i] += h;
                        dot(&v, &table.posterior(&logits, state, 1, key))
                    };
                    let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!((gradient[i] - difference).abs() < 1e-7, "{seed} {i}");
                }
            }
        }
    }
}
