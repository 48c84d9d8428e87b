use super::*;
use crate::problem::{Custom, Net, Quadratic, Skewed, standard};
use crate::simplex::dot;

#[test]
fn exact_norms() {
    for (problem, norm) in standard().iter().zip([0.834527, 0.625300, 0.151954]) {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let g = table.exact_gradient();
        assert!((dot(g, g).sqrt() - norm).abs() < 5e-7, "{problem:?} {}", dot(g, g).sqrt());
    }
}

#[test]
fn the_exact_gradient_equals_finite_differences() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for i in 0..table.logits().len() {
            let moved = |h: f64| {
                let mut logits = table.logits().to_vec();
                logits[i] += h;
                table.with_logits(logits).expected_cost()
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((table.exact_gradient()[i] - difference).abs() < 1e-9);
        }
    }
}

#[test]
fn states_are_digits() {
    let table = Tabulated::new(&Net).unwrap();
    for state in 0..table.states() {
        assert_eq!(table.state_of(&table.classes_of(state)), state);
        let other = table.with_class(state, 1, 2);
        assert_eq!(table.classes_of(other), [table.class(state, 0), 2, table.class(state, 2)]);
    }
}

/// Counts of 20,000 draws against P(D), each within 6 standard deviations: a false alarm in 5e7 for each of 90.
#[test]
fn draws_and_posteriors_have_the_law() {
    for problem in [&Quadratic as &dyn Problem, &Net, &Skewed] {
        let table = Tabulated::new(problem).unwrap();
        let n = 20_000;
        let mut counts = vec![0.0; table.states()];
        (0..n).for_each(|i| counts[table.sample(Key::new(1).fold_in(i))] += 1.0);
        for (state, count) in counts.iter().enumerate() {
            let p = table.probability(state);
            let deviation = (n as f64 * p * (1.0 - p)).sqrt();
            assert!((count - n as f64 * p).abs() < 6.0 * deviation + 3.0, "{state}");
        }
        let z = table.posterior(table.logits(), 5, 3, Key::new(2));
        let winners = argmax(&z, table.classes());
        assert_eq!(winners, table.classes_of(5).repeat(3));
    }
}

#[test]
fn bad_problems_are_refused() {
    let error = |classes, n, cost: f64| {
        let gradient = move |_: &[f64]| vec![0.0; n];
        let problem = Custom::new("p", classes, vec![0.0; n], move |_| cost, gradient);
        Tabulated::new(&problem).unwrap_err().to_string()
    };
    assert_eq!(error(2, 0, 1.0), "p: expected 1 to 65536 states, found 0 variables of 2 classes");
    assert!(error(2, 60, 1.0).ends_with("found 30 variables of 2 classes"));
    assert!(error(0, 4, 1.0).ends_with("found 0 variables of 0 classes"));
    assert_eq!(error(2, 5, 1.0), "p: expected 4 elements of the logits, found 5");
    assert_eq!(error(2, 4, f64::NAN), "p: expected a finite cost, found NaN");
}
