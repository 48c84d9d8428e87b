//! Tests of every claim of no bias: by enumeration at many random logits, or by Monte Carlo at a stated false-alarm rate.

use gumbel::{Key, noise};
use gumbel_compare::estimator::{
    Arm, Baseline, Disarm, Estimator, Exact, Grpo, Indecater, Reinforce, Rloo, Vimco,
};
use gumbel_compare::problem::{RandomNet, standard};
use gumbel_compare::{Moments, Tabulated};

fn enumerated() -> Vec<Box<dyn Estimator>> {
    vec![
        Box::new(Exact),
        Box::new(Reinforce::new(Baseline::None).unwrap()),
        Box::new(Reinforce::new(Baseline::Mean(3)).unwrap()),
        Box::new(Reinforce::new(Baseline::Learned).unwrap()),
        Box::new(Rloo::new(2).unwrap()),
        Box::new(Rloo::new(3).unwrap()),
        Box::new(Grpo::new(2).unwrap()),
        Box::new(Vimco::new(2).unwrap()),
        Box::new(Vimco::new(3).unwrap()),
        Box::new(Indecater),
        Box::new(Arm),
        Box::new(Disarm),
    ]
}

/// The table at other logits: normal with deviation 1.5, from a seed.
fn moved<'a>(table: &Tabulated<'a>, seed: u64) -> Tabulated<'a> {
    let mut logits = vec![0.0; table.logits().len()];
    noise::normal_into(Key::new(seed), 0, &mut logits);
    table.with_logits(logits.iter().map(|x| 1.5 * x).collect())
}

#[test]
fn enumerated_means_equal_the_gradient_at_random_logits() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for estimator in enumerated().iter().filter(|e| e.unbiased() && e.admits(&table)) {
            for seed in 0..5 {
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
        for estimator in enumerated().iter().filter(|e| e.admits(&table)) {
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
    let mut problems = standard();
    problems.push(Box::new(RandomNet::new(3, 3, Key::new(4)).unwrap()));
    for problem in problems {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for estimator in enumerated().iter().filter(|e| e.admits(&table)) {
            let mut total = 0.0;
            if estimator.enumerate(&table, &mut |p, _| total += p) {
                assert!((total - 1.0).abs() < 1e-11, "{estimator:?} {total}");
            }
        }
    }
}
