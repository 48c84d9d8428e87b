//! Problems: small ones with an exact gradient, each a cost over L variables of k classes.
//!
//! | problem | L x k | cost |
//! |---|---|---|
//! | [`Quadratic`], `quadratic-4x2` | 4 x 2 | quadratic: some biased estimators are exact here |
//! | [`Net`], `net-3x4` | 3 x 4 | a network with one hidden layer of 8 |
//! | [`Skewed`], `skewed-1x10` | 1 x 10 | far from quadratic, with rare classes |
//! | [`RandomNet`] | any | a network with random weights |
//! | [`Custom`] | any | the user's |
//!
//! The first three are formulas, so that another implementation can be held against this one. Their costs are to be
//! minimised; an estimate is of the gradient of the expected cost, without a change of sign.

mod custom;
mod net;
mod quadratic;
mod random_net;
mod skewed;

use std::fmt::Debug;

use gumbel::Key;

pub use custom::Custom;
pub use net::Net;
pub use quadratic::Quadratic;
pub use random_net::RandomNet;
pub use skewed::Skewed;

/// A cost over L variables of k classes, and the logits at which its gradient is wanted.
///
/// A point x is `[L, k]`, row-major: variable l has x at l k .. l k + k. At a corner each row is one-hot. The cost is
/// also defined between the corners; estimators that need such points use it there (the relaxed cost).
pub trait Problem: Debug + Send + Sync {
    /// The name, as in the rows of a comparison.
    fn name(&self) -> &str;
    /// The number L of variables.
    fn variables(&self) -> usize;
    /// The number k of classes of each variable.
    fn classes(&self) -> usize;
    /// The logits theta, `[L, k]`.
    fn logits(&self) -> Vec<f64>;
    /// The cost f(x).
    fn cost(&self, x: &[f64]) -> f64;
    /// The gradient df/dx, `[L, k]`.
    fn gradient(&self, x: &[f64]) -> Vec<f64>;
}

/// Lists the three problems that are defined by formulas.
///
/// ```
/// let names: Vec<_> = gumbel_compare::problem::standard().iter().map(|p| p.name().to_owned()).collect();
/// assert_eq!(names, ["quadratic-4x2", "net-3x4", "skewed-1x10"]);
/// ```
pub fn standard() -> Vec<Box<dyn Problem>> {
    vec![Box::new(Quadratic), Box::new(Net), Box::new(Skewed)]
}

/// The names that [`by_name`] knows: the problems of [`standard`], and a random network of 16,384 states.
pub const PROBLEMS: [&str; 4] = ["quadratic-4x2", "net-3x4", "skewed-1x10", "random-7x4"];

/// The problem of a name.
///
/// ```
/// use gumbel_compare::problem::{PROBLEMS, by_name};
/// assert!(PROBLEMS.iter().all(|name| by_name(name).is_some_and(|p| p.name() == *name)));
/// assert!(by_name("net").is_none());
/// ```
pub fn by_name(name: &str) -> Option<Box<dyn Problem>> {
    let mut all = standard();
    all.push(Box::new(RandomNet::new(7, 4, Key::new(1)).expect("an allowed size")));
    all.into_iter().find(|problem| problem.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gumbel::noise;

    /// Central differences with h = 1e-5 have an error of h^2 f'''/6 (below 1e-9 here) and of 2^-53 f / h (1e-11).
    #[test]
    fn gradients_equal_finite_differences() {
        let mut problems = standard();
        problems.push(Box::new(RandomNet::new(3, 5, Key::new(1)).unwrap()));
        for problem in problems {
            let n = problem.variables() * problem.classes();
            assert_eq!(problem.logits().len(), n);
            for seed in 0..20 {
                let mut x = vec![0.0; n];
                noise::uniform_into(Key::new(seed), 0, &mut x);
                let gradient = problem.gradient(&x);
                for i in 0..n {
                    let moved = |h: f64| {
                        let mut x = x.clone();
                        x[i] += h;
                        problem.cost(&x)
                    };
                    let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!((gradient[i] - difference).abs() < 1e-8, "{problem:?} {i}");
                }
            }
        }
    }
}
