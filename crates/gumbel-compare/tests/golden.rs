//! Tests of enumerated rows against a second implementation: `golden/make.py`, which differentiates surrogates.

use gumbel::Key;
use gumbel_compare::estimator::ReinMax;
use gumbel_compare::problem::standard;
use gumbel_compare::{Moments, Tabulated, default_estimators};

const GOLDEN: &str = include_str!("golden/moments.txt");

#[test]
fn enumerated_rows_equal_those_of_the_second_implementation() {
    let problems = standard();
    let mut estimators = default_estimators();
    estimators.push(Box::new(ReinMax::new(2.0).unwrap()));
    assert_eq!(GOLDEN.lines().count(), 3 * 18);
    for line in GOLDEN.lines() {
        let &[problem, name, params, bias, variance] =
            line.split(';').collect::<Vec<_>>().as_slice()
        else {
            panic!("{line}")
        };
        let problem = problems.iter().find(|p| p.name() == problem).expect("a known problem");
        let estimator = estimators
            .iter()
            .find(|e| e.name() == name && e.params() == params)
            .unwrap_or_else(|| panic!("{line}"));
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let moments = Moments::of(estimator.as_ref(), &table, 0, Key::new(1));
        assert_eq!(moments.draws(), None);
        // Twelve digits in the text.
        let near = |ours: f64, theirs: &str| (ours - theirs.parse::<f64>().unwrap()).abs() < 2e-12;
        assert!(near(moments.bias(), bias), "{line} {}", moments.bias());
        assert!(near(moments.total_variance(), variance), "{line} {}", moments.total_variance());
    }
}
