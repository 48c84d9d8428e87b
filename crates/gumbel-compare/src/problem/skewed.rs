//! `skewed-1x10`: one variable of 10 classes, with a cost far from quadratic.

use super::Problem;
use crate::simplex::dot;

/// A cost of one variable with 10 classes, far from quadratic, defined by a formula.
///
/// ```text
/// theta_j = 2 cos(1.3 j) - 0.5 j
/// f(x) = (c.x + 0.5)^3 + 0.5 sin(3 d.x)     c_j = sin(2.7 j + 0.2),  d_j = cos(1.4 j + 0.9)
/// ```
///
/// The derivative at a corner says little about the cost at the other corners: every straight-through-like estimator
/// has a cosine below 0.55 with the exact gradient at every temperature.
#[derive(Clone, Copy, Debug, Default)]
pub struct Skewed;

const CLASSES: usize = 10;

fn c() -> [f64; CLASSES] {
    std::array::from_fn(|j| (2.7 * j as f64 + 0.2).sin())
}

fn d() -> [f64; CLASSES] {
    std::array::from_fn(|j| (1.4 * j as f64 + 0.9).cos())
}

impl Problem for Skewed {
    fn name(&self) -> &str {
        "skewed-1x10"
    }

    fn variables(&self) -> usize {
        1
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn logits(&self) -> Vec<f64> {
        (0..CLASSES).map(|j| 2.0 * (1.3 * j as f64).cos() - 0.5 * j as f64).collect()
    }

    fn cost(&self, x: &[f64]) -> f64 {
        (dot(&c(), x) + 0.5).powi(3) + 0.5 * (3.0 * dot(&d(), x)).sin()
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let (c, d) = (c(), d());
        let cubic = 3.0 * (dot(&c, x) + 0.5).powi(2);
        let wave = 1.5 * (3.0 * dot(&d, x)).cos();
        c.iter().zip(&d).map(|(c, d)| cubic * c + wave * d).collect()
    }
}
