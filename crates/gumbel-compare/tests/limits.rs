//! Tests of limits in the temperature, and of what the skewed problem tells apart.
//!
//! Norms and cosines of sampled means have margins of 3 or more standard errors of the mean as a vector. The norm of a
//! normal vector with two equal components exceeds 3 of them with probability e^-9 = 1e-4.

use gumbel::Key;
use gumbel_compare::estimator::{
    AnnealedStraightThrough, CvNoise, Darn, DecoupledStraightThrough, Estimator, Gap,
    GappedStraightThrough, GumbelRao, GumbelSoftmax, Point, ReinMax, ReinMaxCv, ReinMaxRao,
    StraightThrough, StraightThroughGumbelSoftmax, Zgr,
};
use gumbel_compare::problem::{Skewed, standard};
use gumbel_compare::simplex::{dot, jacobian, scaled};
use gumbel_compare::{Moments, Tabulated};

fn sampled(estimator: &dyn Estimator, table: &Tabulated<'_>, draws: u64) -> Moments {
    Moments::sampled(estimator, table, draws, Key::new(1))
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let d: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    dot(&d, &d).sqrt()
}

#[test]
fn gumbel_rao_tends_to_zgr_at_rate_tau() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let zgr = Moments::exact(&Zgr, &table).unwrap();
        let far = |tau: f64| {
            let rao = sampled(&GumbelRao::new(tau, 10).unwrap(), &table, 100_000);
            (distance(rao.mean(), zgr.mean()), 6.0 * rao.bias_error())
        };
        let (start, _) = far(0.8);
        for tau in [0.4, 0.2, 0.1] {
            let (now, margin) = far(tau);
            assert!(now < 1.3 * start * tau / 0.8 + margin, "{problem:?} {tau} {now} {start}");
            assert!(tau > 0.1 || now + margin < start / 2.0, "{problem:?} {now} {start} {margin}");
        }
    }
}

/// At tau = 1e6 the relaxed sample is 1/k within 1e-4, so tau times the estimate is J(1/k) g within 1e-4.
#[test]
fn at_large_tau_three_estimators_have_one_limit() {
    let tau = 1e6;
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let k = table.classes();
        let centre = vec![1.0 / k as f64; table.logits().len()];
        let limit = |state| jacobian(&centre, table.gradient(state), k);
        let gapped = GappedStraightThrough::new(Gap::Constant(1.0), tau).unwrap();
        let list: [Box<dyn Estimator>; 3] = [
            Box::new(StraightThroughGumbelSoftmax::new(tau).unwrap()),
            Box::new(GumbelRao::new(tau, 10).unwrap()),
            Box::new(gapped),
        ];
        for estimator in list {
            let mut states = vec![0_u32; table.states()];
            for i in 0..5_000 {
                let draw = scaled(estimator.draw(&table, Key::new(2).fold_in(i)), tau);
                // Each draw is the limit at some state, and the states have the law of D.
                let near = |&state: &usize| distance(&draw, &limit(state)) < 1e-3;
                let state = (0..table.states()).find(near).expect("the limit at some state");
                states[state] += 1;
            }
            for (state, count) in states.into_iter().enumerate() {
                let p = table.probability(state);
                let error = (f64::from(count) - 5_000.0 * p).abs();
                assert!(error < 6.0 * (5_000.0 * p).sqrt() + 3.0, "{estimator:?} {state}");
            }
        }
    }
}

#[test]
fn the_bias_of_gumbel_softmax_falls_with_tau() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let mut before = f64::INFINITY;
        for (tau, draws) in [(2.0, 20_000), (1.0, 60_000), (0.5, 120_000), (0.1, 400_000)] {
            let moments = sampled(&GumbelSoftmax::new(tau).unwrap(), &table, draws);
            let bias = moments.bias() + 3.0 * moments.bias_error();
            assert!(bias < before, "{problem:?} {tau} {bias} {before}");
            before = moments.bias() - 3.0 * moments.bias_error();
        }
    }
}

#[test]
fn no_straight_through_like_estimator_finds_the_gradient_of_the_skewed_problem() {
    let table = Tabulated::new(&Skewed).unwrap();
    let mut list: Vec<Box<dyn Estimator>> = vec![
        Box::new(Darn::new(Point::Mean)),
        Box::new(Darn::new(Point::Centre)),
        Box::new(Zgr),
        Box::new(ReinMaxCv::new(0.5, 1.0, 4, CvNoise::Posterior).unwrap()),
        Box::new(ReinMaxCv::new(0.5, 1.0, 4, CvNoise::OfTheDraw).unwrap()),
    ];
    for tau in [0.01, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 20.0, 100.0] {
        list.push(Box::new(StraightThrough::new(tau).unwrap()));
        list.push(Box::new(AnnealedStraightThrough::new(tau).unwrap()));
        list.push(Box::new(DecoupledStraightThrough::new(1.0, tau).unwrap()));
        list.push(Box::new(DecoupledStraightThrough::new(2.0, tau).unwrap()));
        list.push(Box::new(GappedStraightThrough::new(Gap::Constant(1.0), tau).unwrap()));
        list.push(Box::new(GappedStraightThrough::new(Gap::Probability, tau).unwrap()));
        if tau >= 1.0 {
            list.push(Box::new(ReinMax::new(tau).unwrap()));
        }
    }
    for tau in [0.1, 0.5, 1.0, 2.0, 5.0] {
        list.push(Box::new(StraightThroughGumbelSoftmax::new(tau).unwrap()));
        list.push(Box::new(GumbelRao::new(tau, 4).unwrap()));
        list.push(Box::new(ReinMaxRao::new(tau, 4).unwrap()));
    }
    for estimator in list {
        let moments = Moments::of(estimator.as_ref(), &table, 60_000, Key::new(1));
        // The direction of the mean is known to the error over its norm.
        let norm = dot(moments.mean(), moments.mean()).sqrt();
        let margin = 3.0 * moments.bias_error() / norm;
        let cosine = moments.cosine().unwrap();
        assert!(cosine + margin < 0.55, "{estimator:?} {cosine} {margin}");
    }
}

#[test]
fn gumbel_softmax_finds_it_at_low_temperature() {
    let table = Tabulated::new(&Skewed).unwrap();
    let moments = sampled(&GumbelSoftmax::new(0.1).unwrap(), &table, 500_000);
    // Noise of 0.0018 in a mean of norm 0.15 changes the cosine by less than 0.0003.
    assert!((moments.cosine().unwrap() - 0.998).abs() < 0.001);
}
