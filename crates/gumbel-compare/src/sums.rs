//! `Sums`: the sums from which means and variances are made.

use crate::simplex::add_scaled;

/// Weighted sums of x, of x - target and of its squares.
///
/// A mean that is small beside the target needs the first, a variance that is small beside it the others.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    weight: f64,
    plain: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Sums {
    pub(crate) fn new(n: usize) -> Self {
        let zeros = || vec![0.0; n];
        Self { weight: 0.0, plain: zeros(), first: zeros(), second: zeros() }
    }

    pub(crate) fn add(&mut self, weight: f64, estimate: &[f64], target: &[f64]) {
        self.weight += weight;
        for (i, (x, target)) in estimate.iter().zip(target).enumerate() {
            let d = x - target;
            self.plain[i] += weight * x;
            self.first[i] += weight * d;
            self.second[i] += weight * d * d;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.weight += other.weight;
        add_scaled(&mut self.plain, 1.0, &other.plain);
        add_scaled(&mut self.first, 1.0, &other.first);
        add_scaled(&mut self.second, 1.0, &other.second);
    }

    /// The mean, and the variance of each coordinate.
    pub(crate) fn moments(&self) -> (Vec<f64>, Vec<f64>) {
        let variance = |(first, second): (&f64, &f64)| {
            let variance = second / self.weight - (first / self.weight).powi(2);
            // Not `max`, which would hide a NaN.
            if variance < 0.0 { 0.0 } else { variance }
        };
        let mean = self.plain.iter().map(|sum| sum / self.weight).collect();
        (mean, self.first.iter().zip(&self.second).map(variance).collect())
    }

    /// The mean square of x - mean, summed over the coordinates; given mean - target.
    pub(crate) fn variance_about(&self, difference: &[f64]) -> f64 {
        let squares = difference
            .iter()
            .enumerate()
            .map(|(i, d)| (self.second[i] - 2.0 * d * self.first[i]) / self.weight + d * d);
        squares.sum()
    }
}
