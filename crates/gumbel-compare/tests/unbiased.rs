//! Tests of every claim of no bias: by enumeration at many random logits, or by Monte Carlo at a stated false-alarm
//! rate.

use gumbel::Key;
use gumbel_compare::estimator::{
    Baseline, Darn, Disarm, DoubleCv, Estimator, Grpo, GumbelSoftmax, Needs, Point, Rebar,
    Reinforce, Relax, Rloo, Rodeo, Unimix, Vimco, Zgr, exact_gradient_of_bound,
};
use gumbel_compare::problem::{Custom, Net, Problem, Quadratic, RandomNet, standard};
use gumbel_compare::{Moments, Settings, Tabulated, compare, default_estimators};

mod shared;
use shared::moved;

/// The default list, and estimators with other parameters.
fn estimators() -> Vec<Box<dyn Estimator>> {
    let mut list = default_estimators();
    list.push(Box::new(Rloo::new(3).unwrap()));
    list.push(Box::new(Grpo::new(3).unwrap()));
    list.push(Box::new(Vimco::new(3).unwrap()));
    list.push(Box::new(Rodeo::new(3, 0.7, -1.3).unwrap()));
    list.push(Box::new(DoubleCv::new(3, 0.6).unwrap()));
    list.push(Box::new(Rebar::new(0.7, 1.5).unwrap()));
    list.push(Box::new(Relax::new(0.0, 1.0, 1.0).unwrap()));
    list.push(Box::new(Unimix::new(Disarm, 0.1).unwrap()));
    list.push(Box::new(Unimix::new(Vimco::new(2).unwrap(), 0.1).unwrap()));
    list.push(Box::new(Unimix::new(Zgr, 0.1).unwrap()));
    list.push(Box::new(Unimix::new(Rebar::new(1.0, 0.5).unwrap(), 0.1).unwrap()));
    list
}

/// Every claim on every problem, with one false alarm in a million runs.
#[test]
fn every_claim_of_no_bias_holds() {
    let mut problems = standard();
    problems.push(Box::new(RandomNet::new(3, 3, Key::new(6)).unwrap()));
    let claims: Vec<_> = estimators().into_iter().filter(|e| e.unbiased()).collect();
    let settings = Settings { draws: 80_000, key: Key::new(5), ..Settings::default() };
    let rows = compare(&problems, &claims, &settings).unwrap();
    assert!(rows.iter().filter(|row| row.draws.is_some()).count() >= 16);
    for row in rows {
        assert_eq!(row.pass, Some(true), "{row:?}");
    }
}

/// A table of 16,384 states: estimators that are functions of one D by enumeration.
#[test]
fn a_large_table_is_enumerated() {
    let problem = RandomNet::new(7, 4, Key::new(7)).unwrap();
    let table = Tabulated::new(&problem).unwrap();
    for estimator in [&Reinforce::new(Baseline::Learned).unwrap() as &dyn Estimator, &Zgr] {
        let moments = Moments::exact(estimator, &table).unwrap();
        assert_eq!(moments.agrees(0.0), estimator.unbiased());
    }
    let disarm = Moments::of(&Disarm, &table, 50_000, Key::new(8));
    // 28 coordinates: a false alarm in 1.8e7 at 6 standard errors.
    assert!(disarm.draws().is_some() && disarm.agrees(6.0));
}

#[test]
fn enumerated_means_equal_the_gradient_at_random_logits() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for estimator in estimators().iter().filter(|e| e.unbiased() && e.admits(&table)) {
            for seed in 0..4 {
                let table = moved(&table, seed);
                let Some(moments) = Moments::exact(estimator.as_ref(), &table) else { continue };
                assert!(moments.agrees(0.0), "{estimator:?} {problem:?} {}", moments.bias());
            }
        }
    }
}

/// Draws have the mean and the variance of the enumeration: all coordinates and the total variance within 6 standard
/// errors. With 2,000 numbers in all, a false alarm in 2.5e5 for normal errors; 20,000 draws are many enough for that.
#[test]
fn draws_have_the_enumerated_moments() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for estimator in estimators().iter().filter(|e| e.admits(&table)) {
            let Some(exact) = Moments::exact(estimator.as_ref(), &table) else { continue };
            let sampled = Moments::sampled(estimator.as_ref(), &table, 20_000, Key::new(2));
            let n = sampled.draws().unwrap() as f64;
            for (i, variance) in exact.variances().iter().enumerate() {
                let error = (sampled.mean()[i] - exact.mean()[i]).abs();
                let limit = 6.0 * (variance / n).sqrt() + 1e-12;
                assert!(error < limit, "{estimator:?} {problem:?} {i} {error} {limit}");
            }
            let error = (sampled.total_variance() - exact.total_variance()).abs();
            let limit = 6.0 * sampled.variance_error() + 1e-12;
            assert!(error < limit, "{estimator:?} {problem:?} {error} {limit}");
        }
    }
}

#[test]
fn the_probabilities_of_an_enumeration_sum_to_one() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for estimator in estimators().iter().filter(|e| e.admits(&table)) {
            let mut total = 0.0;
            if estimator.enumerate(&table, &mut |p, _| total += p) {
                assert!((total - 1.0).abs() < 1e-11, "{estimator:?} {total}");
            }
        }
    }
}

/// The bound by its definition, differentiated by central differences: errors of h^2 and of 1e-16/h, below 1e-9.
#[test]
fn the_gradient_of_the_bound_equals_finite_differences() {
    let table = Tabulated::new(&Quadratic).unwrap();
    let bound = |table: &Tabulated<'_>| {
        let all = || 0..table.states();
        let weight = |s: usize| (-table.cost(s)).exp();
        let pair = |s, t| {
            table.probability(s) * table.probability(t) * f64::ln((weight(s) + weight(t)) / 2.0)
        };
        all().map(|s| all().map(|t| pair(s, t)).sum::<f64>()).sum::<f64>()
    };
    let gradient = exact_gradient_of_bound(&table, 2);
    for (i, gradient) in gradient.iter().enumerate() {
        let moved = |h: f64| {
            let mut logits = table.logits().to_vec();
            logits[i] += h;
            bound(&table.with_logits(logits))
        };
        assert!((gradient - (moved(1e-5) - moved(-1e-5)) / 2e-5).abs() < 1e-9);
    }
}

/// What an estimator says that it needs is all that it uses: a cost that exists at corners only, and another gradient.
#[test]
fn estimators_need_what_they_say() {
    let logits = Net.logits();
    let at_corners = |x: &[f64]| assert!(x.iter().all(|x| *x == 0.0 || *x == 1.0), "a soft point");
    let corners = Custom::new(
        "corners",
        4,
        logits.clone(),
        move |x: &[f64]| {
            at_corners(x);
            Net.cost(x)
        },
        move |x: &[f64]| {
            at_corners(x);
            Net.gradient(x)
        },
    );
    let costs =
        Custom::new("costs", 4, logits, |x| Net.cost(x), |x| x.iter().map(|x| 7.0 * x).collect());
    let table = |problem| Tabulated::new(problem).unwrap();
    let (net, corners, costs) = (table(&Net), table(&corners), table(&costs));
    for estimator in estimators().iter().filter(|e| e.admits(&net)) {
        let draw = estimator.draw(&net, Key::new(1));
        if estimator.needs() != Needs::SoftPoints {
            assert_eq!(draw, estimator.draw(&corners, Key::new(1)), "{estimator:?}");
        }
        let same = draw == estimator.draw(&costs, Key::new(1));
        assert!(same || estimator.needs() != Needs::Costs, "{estimator:?}");
    }
}

/// Without a mixture the option changes nothing but rounding.
#[test]
fn unimix_zero_is_the_estimator() {
    let table = Tabulated::new(&Net).unwrap();
    for seed in 0..20 {
        let key = Key::new(seed);
        for (mixed, plain) in [
            (Unimix::new(Zgr, 0.0).unwrap().draw(&table, key), Zgr.draw(&table, key)),
            (
                Unimix::new(Darn::new(Point::Centre), 0.0).unwrap().draw(&table, key),
                Darn::new(Point::Centre).draw(&table, key),
            ),
            (
                Unimix::new(GumbelSoftmax::new(0.5).unwrap(), 0.0).unwrap().draw(&table, key),
                GumbelSoftmax::new(0.5).unwrap().draw(&table, key),
            ),
        ] {
            assert!(mixed.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-12));
        }
    }
}
