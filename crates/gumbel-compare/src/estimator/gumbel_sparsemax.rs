//! `gumbel-sparsemax`: Gumbel-Softmax with the projection onto the simplex in place of the softmax.

use gumbel::Key;

use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::scaled;
use crate::tabulated::Tabulated;

/// The gradient of the cost at the sample that sparsemax relaxes.
///
/// ```text
/// J_s(y) f'(y) / tau     y = sparsemax((theta + G)/tau), the nearest point of the simplex
/// J_s(y) v = s (v - mean of v where s = 1)     s = 1[y > 0]
/// ```
///
/// The reading here: the cost is taken at the relaxed sample, not straight-through. Unbiased for the relaxed cost,
/// biased for the discrete one. 1 evaluation, with the gradient at a soft point.
///
/// Sparsemax: Martins and Astudillo, "From softmax to sparsemax", arXiv 1602.02068, algorithm 1 (2016).
#[derive(Clone, Copy, Debug)]
pub struct GumbelSparsemax {
    tau: f64,
}

impl GumbelSparsemax {
    /// Makes the estimator at a temperature.
    ///
    /// # Errors
    /// tau not a finite number above 0.
    pub fn new(tau: f64) -> Result<Self, CompareError> {
        CompareError::unless_positive("tau", tau)?;
        Ok(Self { tau })
    }
}

/// Projects each row onto the simplex.
fn sparsemax(z: &[f64], k: usize) -> Vec<f64> {
    let mut y = z.to_vec();
    for row in y.chunks_exact_mut(k) {
        let mut sorted = row.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let (mut sum, mut threshold) = (0.0, 0.0);
        for (j, z) in sorted.iter().enumerate() {
            sum += z;
            let size = j as f64 + 1.0;
            if 1.0 + size * z > sum {
                threshold = (sum - 1.0) / size;
            }
        }
        row.iter_mut().for_each(|z| *z = (*z - threshold).max(0.0));
    }
    y
}

/// J_s(y) v of each row.
fn sparse_jacobian(y: &[f64], v: &[f64], k: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(y.len());
    for (y, v) in y.chunks_exact(k).zip(v.chunks_exact(k)) {
        let support = || y.iter().zip(v).filter(|(y, _)| **y > 0.0).map(|(_, v)| v);
        let mean = support().sum::<f64>() / support().count() as f64;
        out.extend(y.iter().zip(v).map(|(&y, v)| if y > 0.0 { v - mean } else { 0.0 }));
    }
    out
}

impl Estimator for GumbelSparsemax {
    fn name(&self) -> &str {
        "gumbel-sparsemax"
    }

    fn params(&self) -> String {
        format!("tau {}", self.tau)
    }

    fn tau(&self) -> Option<f64> {
        Some(self.tau)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let ((z, _), k) = (problem.perturbed(key), problem.classes());
        let y = sparsemax(&scaled(z, 1.0 / self.tau), k);
        scaled(sparse_jacobian(&y, &problem.problem().gradient(&y), k), 1.0 / self.tau)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gumbel::noise;

    #[test]
    fn sparsemax_is_the_projection_and_the_jacobian_its_derivative() {
        assert_eq!(sparsemax(&[0.5, 0.25, 3.0, -1.0], 2), [0.625, 0.375, 1.0, 0.0]);
        for seed in 0..50 {
            let (mut z, mut v) = (vec![0.0; 5], vec![0.0; 5]);
            noise::gumbel_into(Key::new(seed), 0, &mut z);
            noise::normal_into(Key::new(seed), 5, &mut v);
            let y = sparsemax(&z, 5);
            assert!((y.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            // The condition of the projection: z - y is the same number on the support, and no larger off it.
            let rest = |i: usize| z[i] - y[i];
            let on = (0..5).find(|&i| y[i] > 0.0).unwrap();
            for i in 0..5 {
                assert!(if y[i] > 0.0 {
                    (rest(i) - rest(on)).abs() < 1e-14
                } else {
                    z[i] <= rest(on)
                });
            }
            let moved = |h: f64| {
                let z: Vec<f64> = z.iter().zip(&v).map(|(z, v)| z + h * v).collect();
                sparsemax(&z, 5)
            };
            let (up, down) = (moved(1e-6), moved(-1e-6));
            for (i, j) in sparse_jacobian(&y, &v, 5).iter().enumerate() {
                assert!((j - (up[i] - down[i]) / 2e-6).abs() < 1e-8);
            }
        }
    }
}
