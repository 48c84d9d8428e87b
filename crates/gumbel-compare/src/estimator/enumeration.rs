//! Enumeration of the outcomes of estimators that are functions of one or several draws D.

use gumbel::Key;

use crate::tabulated::Tabulated;

/// The most outcomes that an estimator enumerates.
pub const MOST_OUTCOMES: usize = 1 << 20;

/// Visits the estimates of an estimator that is a function of one draw D.
pub(super) fn each_state(
    problem: &Tabulated<'_>,
    visit: &mut dyn FnMut(f64, &[f64]),
    at: impl Fn(usize) -> Vec<f64>,
) -> bool {
    // An estimate at a state of probability 0 may be NaN, which 0 does not cancel.
    let possible = (0..problem.states()).filter(|&state| problem.probability(state) > 0.0);
    possible.for_each(|state| visit(problem.probability(state), &at(state)));
    true
}

/// Visits the estimates of an estimator that is a function of K independent draws D, if they are not too many.
pub(super) fn each_tuple(
    problem: &Tabulated<'_>,
    k: usize,
    visit: &mut dyn FnMut(f64, &[f64]),
    at: impl Fn(&[usize]) -> Vec<f64>,
) -> bool {
    let few = count(problem.states(), k).is_some();
    if few {
        each_choice(problem.states(), k, &mut |states| {
            let probability: f64 = states.iter().map(|&s| problem.probability(s)).product();
            if probability > 0.0 {
                visit(probability, &at(states));
            }
        });
    }
    few
}

/// The number base^digits, if it is at most [`MOST_OUTCOMES`].
pub(super) fn count(base: usize, digits: usize) -> Option<usize> {
    let count = base.checked_pow(u32::try_from(digits).ok()?)?;
    (count <= MOST_OUTCOMES).then_some(count)
}

/// Visits all tuples of `digits` numbers below `base`, the last number fastest.
pub(super) fn each_choice(base: usize, digits: usize, visit: &mut dyn FnMut(&[usize])) {
    let mut tuple = vec![0; digits];
    loop {
        visit(&tuple);
        let Some(last) = tuple.iter().rposition(|&digit| digit + 1 < base) else { return };
        tuple[last] += 1;
        tuple[last + 1..].fill(0);
    }
}

/// Draws K independent states.
pub(super) fn sample_tuple(problem: &Tabulated<'_>, k: usize, key: Key) -> Vec<usize> {
    (0..k).map(|i| problem.sample(key.fold_in(i as u64))).collect()
}
