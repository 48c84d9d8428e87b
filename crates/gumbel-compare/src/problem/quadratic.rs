//! `quadratic-4x2`: a quadratic cost of 4 variables with 2 classes.

use super::Problem;
use crate::simplex::dot;

/// A quadratic cost of 4 variables with 2 classes, defined by a formula.
///
/// ```text
/// theta_i = sin(1.3 i + 0.7)
/// f(x) = b.x + x'Qx / 2     b_i = sin(2.1 i + 0.3),  Q_im = cos(0.9 (i + m) + 0.4 i m + 0.2)
/// ```
///
/// i and m run from 0 to 7; the diagonal of Q stays. Estimators that are exact to second order are exact here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quadratic;

impl Quadratic {
    fn b(i: usize) -> f64 {
        (2.1 * i as f64 + 0.3).sin()
    }

    fn q_times(i: usize, x: &[f64]) -> f64 {
        let q = |m: usize| (0.9 * (i + m) as f64 + 0.4 * (i * m) as f64 + 0.2).cos();
        (0..x.len()).map(|m| q(m) * x[m]).sum()
    }
}

impl Problem for Quadratic {
    fn name(&self) -> &str {
        "quadratic-4x2"
    }

    fn variables(&self) -> usize {
        4
    }

    fn classes(&self) -> usize {
        2
    }

    fn logits(&self) -> Vec<f64> {
        (0..8).map(|i| (1.3 * i as f64 + 0.7).sin()).collect()
    }

    fn cost(&self, x: &[f64]) -> f64 {
        let half: Vec<f64> = (0..8).map(|i| Self::b(i) + Self::q_times(i, x) / 2.0).collect();
        dot(&half, x)
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        (0..8).map(|i| Self::b(i) + Self::q_times(i, x)).collect()
    }
}
