//! `net-3x4`: a network of 3 variables with 4 classes.

use super::Problem;

/// A network with one hidden layer over 3 variables with 4 classes, defined by a formula.
///
/// ```text
/// theta_i = 1.5 sin(1.7 i + 0.4)
/// f(x) = sum_h v_h tanh(sum_i W_hi x_i + c_h)      h = 0..7, i = 0..11
/// W_hi = 1.2 sin(1.1 h + 2.3 i + 0.37 h i + 0.5),  c_h = 0.5 cos(1.9 h + 0.2),  v_h = cos(0.8 h + 0.6)
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Net;

const UNITS: usize = 8;

fn w(h: usize, i: usize) -> f64 {
    1.2 * (1.1 * h as f64 + 2.3 * i as f64 + 0.37 * (h * i) as f64 + 0.5).sin()
}

fn v(h: usize) -> f64 {
    (0.8 * h as f64 + 0.6).cos()
}

fn hidden(h: usize, x: &[f64]) -> f64 {
    let c = 0.5 * (1.9 * h as f64 + 0.2).cos();
    let sum: f64 = (0..x.len()).map(|i| w(h, i) * x[i]).sum();
    (sum + c).tanh()
}

impl Problem for Net {
    fn name(&self) -> &str {
        "net-3x4"
    }

    fn variables(&self) -> usize {
        3
    }

    fn classes(&self) -> usize {
        4
    }

    fn logits(&self) -> Vec<f64> {
        (0..12).map(|i| 1.5 * (1.7 * i as f64 + 0.4).sin()).collect()
    }

    fn cost(&self, x: &[f64]) -> f64 {
        (0..UNITS).map(|h| v(h) * hidden(h, x)).sum()
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let slope: Vec<f64> = (0..UNITS).map(|h| v(h) * (1.0 - hidden(h, x).powi(2))).collect();
        (0..x.len()).map(|i| (0..UNITS).map(|h| slope[h] * w(h, i)).sum()).collect()
    }
}
