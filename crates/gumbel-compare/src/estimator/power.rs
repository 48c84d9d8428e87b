//! Tests with twins that are wrong on purpose: each must fail the test that the right one passes.

use gumbel::Key;

use super::control_variate::{relaxed_cost, through_posterior};
use super::disarm::{categorical, each_pair};
use super::enumeration::each_tuple;
use super::stick_breaking::Sticks;
use super::straight_through::through_softmax;
use super::{Disarm, Estimator, GumbelRao, Needs, Rebar, StraightThroughGumbelSoftmax};
use crate::moments::Moments;
use crate::problem::standard;
use crate::simplex::{add_scaled, scaled};
use crate::tabulated::Tabulated;

const TAU: f64 = 0.5;

#[derive(Debug)]
enum Twin {
    /// Gumbel-Rao with K = 1 and the derivative through Z given D.
    ThroughPosterior,
    /// REBAR with the partial derivative at a fixed posterior noise: dZt/dtheta = 1.
    PartialDerivative,
    /// Categorical DisARM with the sticks sorted descending.
    Descending,
    /// REINFORCE with a baseline that includes the own sample, K = 2.
    OwnSample,
}

fn descending<'a>(problem: &'a Tabulated<'_>) -> Vec<Sticks<'a>> {
    Sticks::of_all(problem, |order, q| order.sort_by(|&i, &j| q[j].total_cmp(&q[i])))
}

impl Estimator for Twin {
    fn name(&self) -> &str {
        "twin"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let [noise, given] = key.split();
        let (z, state) = problem.perturbed(noise);
        let zt = problem.posterior(problem.logits(), state, 1, given);
        match self {
            Self::ThroughPosterior => {
                let g = problem.gradient(state);
                let h = through_softmax(&zt, g, problem.classes(), TAU);
                through_posterior(problem, &zt, state, &h)
            }
            Self::PartialDerivative => {
                let (_, free) = relaxed_cost(problem, &z, 1.0, TAU);
                let (value, conditional) = relaxed_cost(problem, &zt, 1.0, TAU);
                let mut out = scaled(problem.score(state), problem.cost(state) - value);
                add_scaled(&mut out, 1.0, &free);
                add_scaled(&mut out, -1.0, &conditional);
                out
            }
            Self::Descending | Self::OwnSample => unreachable!("enumerated"),
        }
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        match self {
            Self::Descending => {
                let sticks = descending(problem);
                each_pair(problem, &sticks, visit, |pairs| categorical(problem, &sticks, pairs))
            }
            Self::OwnSample => each_tuple(problem, 2, visit, |states| {
                let mean = states.iter().map(|&s| problem.cost(s)).sum::<f64>() / 2.0;
                let mut out = vec![0.0; problem.logits().len()];
                for &s in states {
                    add_scaled(&mut out, (problem.cost(s) - mean) / 2.0, &problem.score(s));
                }
                out
            }),
            _ => false,
        }
    }
}

/// A z that a right estimator exceeds in one of 30 coordinates with probability below 1e-6.
const LIMIT: f64 = 5.6;

fn sampled(estimator: &dyn Estimator, table: &Tabulated<'_>) -> Moments {
    Moments::sampled(estimator, table, 200_000, Key::new(11))
}

#[test]
fn rebar_needs_the_total_derivative() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        assert!(sampled(&Rebar::new(1.0, TAU).unwrap(), &table).agrees(LIMIT));
        let twin = sampled(&Twin::PartialDerivative, &table);
        assert!(!twin.agrees(2.0 * LIMIT), "{problem:?} {:?}", twin.z_max());
    }
}

#[test]
fn gumbel_rao_needs_no_derivative_through_the_posterior() {
    for (problem, times) in standard().iter().zip([3.0, 3.0, 0.0]) {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let parent = sampled(&StraightThroughGumbelSoftmax::new(TAU).unwrap(), &table);
        // The largest difference of the means in standard errors.
        let z = |other: &Moments| {
            let one = |i: usize| {
                let error = (parent.variances()[i] + other.variances()[i]) / 200_000.0;
                (parent.mean()[i] - other.mean()[i]).abs() / error.sqrt()
            };
            (0..table.logits().len()).map(one).fold(0.0, f64::max)
        };
        let right =
            Moments::sampled(&GumbelRao::new(TAU, 1).unwrap(), &table, 200_000, Key::new(12));
        let wrong = Moments::sampled(&Twin::ThroughPosterior, &table, 200_000, Key::new(12));
        assert!(z(&right) < LIMIT, "{problem:?} {}", z(&right));
        assert!(z(&wrong) > 2.0 * LIMIT, "{problem:?} {}", z(&wrong));
        assert!(wrong.bias() > times * right.bias(), "{} {}", wrong.bias(), right.bias());
    }
}

#[test]
fn categorical_disarm_needs_ascending_order() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        assert!(Moments::exact(&Disarm, &table).unwrap().agrees(0.0));
        let twin = Moments::exact(&Twin::Descending, &table).unwrap();
        // Two classes do not show the mistake.
        assert_eq!(twin.agrees(0.0), table.classes() == 2, "{problem:?} {}", twin.bias());
        assert!(table.classes() == 2 || twin.relative_bias() > Some(0.05));
    }
}

#[test]
fn a_baseline_with_the_own_sample_halves_the_gradient_of_two() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let twin = Moments::exact(&Twin::OwnSample, &table).unwrap();
        assert!(!twin.agrees(0.0) && (twin.relative_bias().unwrap() - 0.5).abs() < 1e-12);
        assert!((twin.cosine().unwrap() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn the_formulas_of_disarm_for_two_and_for_more_classes_agree() {
    let table = Tabulated::new(&crate::problem::Quadratic).unwrap();
    let sticks = Sticks::ascending(&table);
    let mut general = Vec::new();
    each_pair(&table, &sticks, &mut |_, x| general.push(x.to_vec()), |pairs| {
        categorical(&table, &sticks, pairs)
    });
    let mut binary = Vec::new();
    Disarm.enumerate(&table, &mut |_, x| binary.push(x.to_vec()));
    assert_eq!(general.len(), binary.len());
    for (a, b) in general.iter().flatten().zip(binary.iter().flatten()) {
        assert!((a - b).abs() < 1e-14);
    }
}
