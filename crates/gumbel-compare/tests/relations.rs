//! Tests of relations between estimators that hold exactly, at many random logits.

use gumbel::Key;
use gumbel_compare::estimator::{
    Arm, Baseline, CvNoise, Darn, Disarm, Estimator, GumbelRao, Indecater, MuProp, Point, ReinMax,
    ReinMaxCv, Reinforce, StraightThrough, StraightThroughGumbelSoftmax, Zgr,
};
use gumbel_compare::problem::{Custom, Problem, Quadratic, RandomNet, standard};
use gumbel_compare::{Moments, Tabulated, default_estimators, simplex};

mod shared;
use shared::{moved, same_mean};

/// A quadratic cost of 2 variables with 3 classes.
fn ternary() -> impl Problem {
    let q = |i: usize, m: usize| (0.7 * (i + m) as f64 + 0.3 * (i * m) as f64 + 0.1).cos();
    let gradient = move |x: &[f64]| -> Vec<f64> {
        (0..6)
            .map(|i| (1.3 * i as f64).sin() + (0..6).map(|m| q(i, m) * x[m]).sum::<f64>())
            .collect()
    };
    let cost = move |x: &[f64]| {
        let linear: Vec<f64> = (0..6).map(|i| (1.3 * i as f64).sin()).collect();
        (simplex::dot(&gradient(x), x) + simplex::dot(&linear, x)) / 2.0
    };
    Custom::new("ternary", 3, vec![0.3, -0.5, 0.9, 0.0, 1.0, -1.0], cost, gradient)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn exact(estimator: &dyn Estimator, table: &Tabulated<'_>) -> Moments {
    Moments::exact(estimator, table).expect("an enumeration")
}

#[test]
fn disarm_has_at_most_the_variance_of_arm() {
    let random = RandomNet::new(3, 2, Key::new(5)).unwrap();
    for problem in [&Quadratic as &dyn Problem, &random] {
        let table = Tabulated::new(problem).unwrap();
        for seed in 0..20 {
            let table = moved(&table, seed);
            let (arm, disarm) = (exact(&Arm, &table), exact(&Disarm, &table));
            assert!(disarm.total_variance() <= arm.total_variance(), "{seed}");
        }
    }
}

#[test]
fn arm_is_not_always_below_reinforce() {
    let sign = Custom::new("sign", 2, vec![0.0; 2], |x| x[1] - x[0], |_| vec![-1.0, 1.0]);
    let table = Tabulated::new(&sign).unwrap();
    let reinforce = exact(&Reinforce::new(Baseline::None).unwrap(), &table);
    assert_eq!(reinforce.total_variance(), 0.0);
    // 1/12 in the difference of the logits, twice that in the two logits.
    assert!((exact(&Arm, &table).total_variance() - 2.0 / 12.0).abs() < 1e-15);
}

/// The same mean: no coordinate differs by more than 6 standard errors. 60 coordinates: a false alarm in 8e6.
#[test]
fn gumbel_rao_has_the_mean_of_its_parent_and_less_variance() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for tau in [0.5, 1.0] {
            let parent = StraightThroughGumbelSoftmax::new(tau).unwrap();
            let sampled =
                |e: &dyn Estimator, seed| Moments::sampled(e, &table, 60_000, Key::new(seed));
            let parent = sampled(&parent, 1);
            let rao = sampled(&GumbelRao::new(tau, 10).unwrap(), 2);
            assert!(same_mean(&parent, &rao), "{problem:?} {tau}");
            let margin = 6.0 * (parent.variance_error() + rao.variance_error());
            assert!(rao.total_variance() + margin < parent.total_variance(), "{problem:?} {tau}");
            // With K = 1 nothing is averaged.
            let one = sampled(&GumbelRao::new(tau, 1).unwrap(), 3);
            let margin = 6.0 * (parent.variance_error() + one.variance_error());
            assert!((one.total_variance() - parent.total_variance()).abs() < margin);
        }
    }
}

#[test]
fn reinmax_at_one_is_zgr_and_for_two_classes_gregor() {
    let (reinmax, gregor) = (ReinMax::new(1.0).unwrap(), Darn::new(Point::Centre));
    for problem in standard() {
        for seed in 0..20 {
            let table = moved(&Tabulated::new(problem.as_ref()).unwrap(), seed);
            for draw in 0..50 {
                let key = Key::new(seed).fold_in(draw);
                let zgr = Zgr.draw(&table, key);
                assert!(distance(&zgr, &reinmax.draw(&table, key)) < 1e-13);
                if table.classes() == 2 {
                    assert!(distance(&zgr, &gregor.draw(&table, key)) < 1e-13);
                }
            }
        }
    }
}

#[test]
fn on_quadratics_zgr_is_exact_and_its_parts_have_opposite_biases() {
    let ternary = ternary();
    for problem in [&Quadratic as &dyn Problem, &ternary] {
        for seed in 0..20 {
            let table = moved(&Tabulated::new(problem).unwrap(), seed);
            let truth = table.exact_gradient();
            let through = exact(&StraightThrough::new(1.0).unwrap(), &table);
            let darn = exact(&Darn::new(Point::Mean), &table);
            for ((a, b), truth) in through.mean().iter().zip(darn.mean()).zip(truth) {
                assert!((a + b - 2.0 * truth).abs() < 1e-13);
            }
            assert!(through.bias() > 1e-3);
            assert!(exact(&Zgr, &table).bias() < 1e-13);
            assert!(exact(&ReinMax::new(1.0).unwrap(), &table).bias() < 1e-13);
        }
    }
}

#[test]
fn darn_is_exact_on_linear_costs_and_muprop_has_no_variance_there() {
    let b = [0.3, -1.0, 2.0, 0.5, 0.1, -0.7];
    let linear =
        Custom::new("linear", 3, vec![0.5; 6], move |x| simplex::dot(&b, x), move |_| b.to_vec());
    for seed in 0..20 {
        let table = moved(&Tabulated::new(&linear).unwrap(), seed);
        assert!(exact(&Darn::new(Point::Mean), &table).bias() < 1e-14);
        assert!(exact(&MuProp, &table).total_variance() < 1e-28);
    }
}

#[test]
fn the_control_variate_of_reinmax_keeps_the_mean_and_adds_variance() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let reinmax = exact(&ReinMax::new(1.0).unwrap(), &table);
        let cv = ReinMaxCv::new(1.0, 1.0, 10, CvNoise::Posterior).unwrap();
        let cv = Moments::sampled(&cv, &table, 60_000, Key::new(4));
        assert!(same_mean(&reinmax, &cv), "{problem:?}");
        assert!(cv.total_variance() > reinmax.total_variance() + 6.0 * cv.variance_error());
    }
}

#[test]
fn one_variable_makes_indecater_exact() {
    let table = Tabulated::new(&gumbel_compare::problem::Skewed).unwrap();
    assert!(exact(&Indecater, &table).total_variance() < 1e-30);
}

/// RELAX's network depends on Z even with one class: its estimate is 0 in the mean alone. 3 coordinates within 6
/// standard errors: a false alarm in 1.6e8.
#[test]
fn one_class_gives_zero() {
    let one = Custom::new("one", 1, vec![0.4, -2.0, 1.0], |x| x[0] + x[1], |_| vec![1.0, 1.0, 0.0]);
    let table = Tabulated::new(&one).unwrap();
    assert_eq!(table.exact_gradient(), [0.0; 3]);
    for estimator in default_estimators().iter().filter(|e| e.admits(&table)) {
        if estimator.name() == "relax" {
            let moments = Moments::sampled(estimator.as_ref(), &table, 20_000, Key::new(1));
            assert!(moments.agrees(6.0) && moments.total_variance() > 0.0);
            continue;
        }
        for seed in 0..20 {
            let draw = estimator.draw(&table, Key::new(seed));
            assert!(distance(&draw, &[0.0; 3]) < 1e-15, "{estimator:?} {draw:?}");
        }
    }
}

/// A shift of the logits of one variable changes nothing, so the gradient of a variable sums to 0. RELAX's network
/// depends on the shift of Z: there it holds in the mean alone.
#[test]
fn each_estimate_sums_to_zero() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for estimator in default_estimators().iter().filter(|e| e.admits(&table)) {
            for seed in 0..20 {
                let draw = estimator.draw(&table, Key::new(seed));
                let sum = |row: &[f64]| row.iter().sum::<f64>().abs();
                let largest = draw.chunks(table.classes()).map(sum).fold(0.0, f64::max);
                assert!(largest < 1e-12 || estimator.name() == "relax", "{estimator:?} {largest}");
            }
        }
    }
}
