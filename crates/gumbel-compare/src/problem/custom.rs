//! A problem of the user: a cost and its gradient as closures.

use std::fmt;

use super::Problem;

/// A problem made of a cost and its gradient.
///
/// Lengths and values are checked when the problem is tabulated.
///
/// ```
/// use gumbel_compare::{Tabulated, problem::Custom};
/// // Two yes-or-no variables; the cost is 1 where both say yes.
/// let both = Custom::new("both", 2, vec![0.0; 4], |x| x[1] * x[3], |x| vec![0.0, x[3], 0.0, x[1]]);
/// let table = Tabulated::new(&both)?;
/// assert_eq!(table.exact_gradient(), [-0.125, 0.125, -0.125, 0.125]);
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
pub struct Custom<F, G> {
    name: String,
    classes: usize,
    logits: Vec<f64>,
    cost: F,
    gradient: G,
}

impl<F, G> Custom<F, G>
where
    F: Fn(&[f64]) -> f64 + Send + Sync,
    G: Fn(&[f64]) -> Vec<f64> + Send + Sync,
{
    /// Makes a problem from its logits, `[L, k]`, its cost f and its gradient df/dx.
    pub fn new(
        name: impl Into<String>,
        classes: usize,
        logits: Vec<f64>,
        cost: F,
        gradient: G,
    ) -> Self {
        Self { name: name.into(), classes, logits, cost, gradient }
    }
}

impl<F, G> fmt::Debug for Custom<F, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custom")
            .field("name", &self.name)
            .field("logits", &self.logits)
            .finish_non_exhaustive()
    }
}

impl<F, G> Problem for Custom<F, G>
where
    F: Fn(&[f64]) -> f64 + Send + Sync,
    G: Fn(&[f64]) -> Vec<f64> + Send + Sync,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn variables(&self) -> usize {
        self.logits.len().checked_div(self.classes).unwrap_or_default()
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn logits(&self) -> Vec<f64> {
        self.logits.clone()
    }

    fn cost(&self, x: &[f64]) -> f64 {
        (self.cost)(x)
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        (self.gradient)(x)
    }
}
