//! Tests of path-wise estimators against derivatives and integrals that are computed another way.

use gumbel::Key;
use gumbel_compare::estimator::{
    Estimator, GumbelRao, GumbelSoftmax, ReinMaxRao, StraightThroughGumbelSoftmax,
};
use gumbel_compare::problem::{Quadratic, standard};
use gumbel_compare::simplex::softmax;
use gumbel_compare::{Moments, Tabulated};

/// E[y (1 - y) / tau | x on the side of class d], y = sigma(x/tau), x logistic with location phi: by Simpson's rule.
///
/// The logistic law has the density s (1 - s) with s = sigma(x - phi). Steps of 0.005 on 40 units err by about 1e-10.
fn slope_given_class(phi: f64, d: usize, tau: f64) -> f64 {
    let sigma = |x: f64| 1.0 / (1.0 + (-x).exp());
    let side = if d == 1 { 1.0 } else { -1.0 };
    let density = |x: f64| sigma(x - phi) * sigma(phi - x);
    let slope = |x: f64| sigma(x / tau) * sigma(-x / tau) / tau;
    let (n, width) = (8_000, 40.0);
    let h = width / n as f64;
    let sum = |f: &dyn Fn(f64) -> f64| -> f64 {
        let weight = |i| if i == 0 || i == n { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
        (0..=n).map(|i| weight(i) * f(side * h * f64::from(i))).sum::<f64>() * h / 3.0
    };
    sum(&|x| density(x) * slope(x)) / sigma(side * phi)
}

/// The mean of an estimator of the form (slope of variable l at D) x (g_1 - g_0), for two classes.
fn mean(table: &Tabulated<'_>, slope: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut mean = vec![0.0; table.logits().len()];
    for state in 0..table.states() {
        let (p, g) = (table.probability(state), table.gradient(state));
        for l in 0..table.variables() {
            let term = p * slope(l, table.class(state, l)) * (g[2 * l + 1] - g[2 * l]);
            mean[2 * l] -= term;
            mean[2 * l + 1] += term;
        }
    }
    mean
}

/// 8 coordinates within 5.5 standard errors: a false alarm in 3e6 for each of five estimators.
fn assert_mean(estimator: &dyn Estimator, table: &Tabulated<'_>, expected: &[f64]) {
    let moments = Moments::sampled(estimator, table, 150_000, Key::new(3));
    let n = moments.draws().unwrap() as f64;
    for (i, expected) in expected.iter().enumerate() {
        let z = (moments.mean()[i] - expected) / (moments.variances()[i] / n).sqrt();
        assert!(z.abs() < 5.5, "{estimator:?} {i} {z}");
    }
}

#[test]
fn means_for_two_classes_equal_integrals() {
    let table = Tabulated::new(&Quadratic).unwrap();
    let theta = table.logits().to_vec();
    let phi = |l: usize| theta[2 * l + 1] - theta[2 * l];
    for tau in [0.5, 1.0] {
        let expected = mean(&table, |l, d| slope_given_class(phi(l), d, tau));
        assert_mean(&StraightThroughGumbelSoftmax::new(tau).unwrap(), &table, &expected);
        assert_mean(&GumbelRao::new(tau, 4).unwrap(), &table, &expected);
    }
    let expected = mean(&table, |l, d| {
        let pi = &table.probabilities()[2 * l..2 * l + 2];
        let middle = [0, 1].map(|i| ((pi[i] + f64::from(u8::from(i == d))) / 2.0).ln());
        2.0 * slope_given_class(middle[1] - middle[0], d, 1.0) - pi[0] * pi[1] / 2.0
    });
    assert_mean(&ReinMaxRao::new(1.0, 4).unwrap(), &table, &expected);
}

/// The estimate of Gumbel-Softmax is the derivative of the relaxed cost at fixed noise. Central differences with
/// h = 1e-5 err by about h^2 times a third derivative, which 1/tau^3 makes large: 1e-6 in all.
#[test]
fn gumbel_softmax_is_a_derivative() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for tau in [0.5, 2.0] {
            let estimator = GumbelSoftmax::new(tau).unwrap();
            for key in (0..20).map(Key::new) {
                let draw = estimator.draw(&table, key);
                for (i, draw) in draw.iter().enumerate() {
                    let moved = |h: f64| {
                        let mut logits = table.logits().to_vec();
                        logits[i] += h;
                        let (z, _) = table.with_logits(logits).perturbed(key);
                        problem.cost(&softmax(&z, table.classes(), tau))
                    };
                    let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!((draw - difference).abs() < 1e-6, "{problem:?} {draw} {difference}");
                }
            }
        }
    }
}
