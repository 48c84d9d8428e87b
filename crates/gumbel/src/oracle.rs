//! Reference versions of the functions: the simplest `f64` loops, with the standard library's logarithms.
//!
//! They are slow. Tests of this crate and of the crates that depend on it compare every fast version with them. They
//! are public so that other crates' tests can use them, and hidden because they are not part of the interface.

use alloc::vec;
use alloc::vec::Vec;

/// v and 1 - v for a word and an optional second word.
fn v_and_complement(word: u32, second: Option<u32>) -> (f64, f64) {
    let part = |high: u32, low: Option<u32>| match low {
        None => (f64::from(high) + 0.5) / 2f64.powi(32),
        Some(low) => f64::from(high) / 2f64.powi(32) + (f64::from(low) + 0.5) / 2f64.powi(64),
    };
    (part(word, second), part(!word, second.map(|w| !w)))
}

/// Exponential noise from the words of an element: E = -ln(1 - v).
pub fn exponential(word: u32, second: Option<u32>) -> f64 {
    let (v, complement) = v_and_complement(word, second);
    if v < 0.5 { -(-v).ln_1p() } else { -complement.ln() }
}

/// Gumbel noise from the words of an element: g = -ln E.
pub fn gumbel(word: u32, second: Option<u32>) -> f64 {
    -exponential(word, second).ln()
}

/// Logistic noise from the words of an element: L = ln v - ln(1 - v).
pub fn logistic(word: u32, second: Option<u32>) -> f64 {
    let (v, complement) = v_and_complement(word, second);
    if v < 0.5 { v.ln() - (-v).ln_1p() } else { (-complement).ln_1p() - complement.ln() }
}

/// phi(z), the standard normal density.
fn normal_density(z: f64) -> f64 {
    let high = (z * 16.0).round() / 16.0; // its square is exact
    let exponential = (-0.5 * high * high).exp() * (-0.5 * (z - high) * (z + high)).exp();
    exponential / (2.0 * core::f64::consts::PI).sqrt()
}

/// P(0 < Z < z) = phi(z) sum_n z^(2n+1) / (1 3 5 ... (2n+1)), for |z| < 4.
fn normal_from_the_centre(z: f64) -> f64 {
    let (mut term, mut sum) = (z, z);
    for n in 1..100 {
        term *= z * z / f64::from(2 * n + 1);
        sum += term;
    }
    normal_density(z) * sum
}

/// P(Z > z) = phi(z) / (z + 1 / (z + 2 / (z + 3 / ...))), for z > 1/2. A smaller z takes more terms.
fn normal_from_the_tail(z: f64) -> f64 {
    let terms = (500.0 / (z * z)) as u32 + 20;
    normal_density(z) / (1..terms).rev().fold(z, |below, n| z + f64::from(n) / below)
}

/// The upper tail of the standard normal distribution, Q(z) = P(Z > z).
pub fn normal_survival(z: f64) -> f64 {
    match z {
        _ if z < -0.7 => 1.0 - normal_from_the_tail(-z),
        _ if z < 0.7 => 0.5 - normal_from_the_centre(z),
        _ => normal_from_the_tail(z),
    }
}

/// Standard normal noise by Newton's iteration, near the centre on P - 1/2 and in the tail on ln P: neither cancels.
pub fn normal(word: u32, second: Option<u32>) -> f64 {
    if word >= 1 << 31 {
        return -normal(!word, second.map(|w| !w));
    }
    let (v, _) = v_and_complement(word, second);
    // v - 1/2, rounded once.
    let high = f64::from((word ^ 1 << 31) as i32) / 2f64.powi(32);
    let q = high + second.map_or(0.5 / 2f64.powi(32), |s| (f64::from(s) + 0.5) / 2f64.powi(64));
    let newton = |start: f64, step: &dyn Fn(f64) -> f64| {
        let mut z = start;
        for _ in 0..12 {
            let d = step(z);
            z -= d;
            if d.abs() <= 1e-17 * z.abs() {
                break;
            }
        }
        z
    };
    if q > -0.3 {
        return newton(0.0, &|z| (normal_from_the_centre(z) - q) / normal_density(z));
    }
    // Newton on ln P, which is concave, from the right: z decreases and never passes the root.
    newton(-0.8, &|z| {
        let tail = normal_from_the_tail(-z);
        (tail.ln() - v.ln()) * tail / normal_density(z)
    })
}

/// (logits - largest logit) + noise of one row; a shift of all logits does not change it.
fn perturbed(logits: &[f64], noise: &[f64]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logits.iter().zip(noise).map(|(l, g)| (l - top) + g).collect()
}

/// Gumbel-Softmax of one row: softmax((logits + noise) / tau).
pub fn gumbel_softmax(logits: &[f64], noise: &[f64], tau: f64) -> Vec<f64> {
    let z = perturbed(logits, noise);
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = z.iter().map(|z| ((z - max) / tau).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.iter().map(|e| e / sum).collect()
}

/// The logarithm of Gumbel-Softmax of one row. Of the sum 1 + rest only the rest is rounded.
pub fn gumbel_log_softmax(logits: &[f64], noise: &[f64], tau: f64) -> Vec<f64> {
    let (z, best) = (perturbed(logits, noise), gumbel_max(logits, noise));
    let u: Vec<f64> = z.iter().map(|x| (x - z[best]) / tau).collect();
    let others = u.iter().enumerate().filter(|(class, _)| *class != best);
    let ln_sum = others.map(|(_, u)| u.exp()).sum::<f64>().ln_1p();
    u.iter().map(|u| u - ln_sum).collect()
}

/// Binary Concrete of one element: sigmoid((logit + noise) / tau).
pub fn binary_concrete(logit: f64, noise: f64, tau: f64) -> f64 {
    1.0 / (1.0 + (-(logit + noise) / tau).exp())
}

/// The index of the largest of logits + noise in one row; of equal values, the first.
pub fn gumbel_max(logits: &[f64], noise: &[f64]) -> usize {
    let z = perturbed(logits, noise);
    (0..z.len()).fold(0, |best, i| if z[i] > z[best] { i } else { best })
}

/// Gumbel-perturbed logits of one row given that their argmax is `winner`, from exponential noise: equation 6 of arXiv
/// 2010.04838.
pub fn gumbel_given_argmax(logits: &[f64], e: &[f64], winner: usize) -> Vec<f64> {
    let s: f64 = logits.iter().map(|l| l.exp()).sum();
    let z = |j: usize| match j == winner {
        true => s.ln() - e[winner].ln(),
        false => -(e[j] / logits[j].exp() + e[winner] / s).ln(),
    };
    (0..logits.len()).map(z).collect()
}

/// J(softmax(z / tau)) dy / tau of one row, the vector-Jacobian product of softmax(z / tau).
pub fn softmax_vjp(z: &[f64], dy: &[f64], tau: f64) -> Vec<f64> {
    let y = gumbel_softmax(z, &vec![0.0; z.len()], tau);
    let mean: f64 = y.iter().zip(dy).map(|(y, d)| y * d).sum();
    y.iter().zip(dy).map(|(y, d)| y * (d - mean) / tau).collect()
}

/// The Gumbel-Rao gradient of one row: the mean of [`softmax_vjp`] over perturbed logits given their argmax, one for
/// each of the rows of exponential noise.
pub fn gumbel_rao_vjp(
    logits: &[f64],
    winner: usize,
    noise: &[Vec<f64>],
    dy: &[f64],
    tau: f64,
) -> Vec<f64> {
    let mut mean = vec![0.0; dy.len()];
    for e in noise {
        let one = softmax_vjp(&gumbel_given_argmax(logits, e, winner), dy, tau);
        mean.iter_mut().zip(one).for_each(|(mean, one)| *mean += one / noise.len() as f64);
    }
    mean
}

/// The softmax of one row.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    gumbel_softmax(logits, &vec![0.0; logits.len()], 1.0)
}

/// The log-density of the Concrete distribution at a point of the simplex, as definition 1 of arXiv 1611.00712 has it.
pub fn relaxed_categorical_ln_density(y: &[f64], logits: &[f64], tau: f64) -> f64 {
    let k = y.len();
    let product: f64 = (1..k).map(|i| i as f64 * tau).product();
    let sum: f64 = y.iter().zip(logits).map(|(y, l)| l.exp() * y.powf(-tau)).sum();
    let terms = y.iter().zip(logits).map(|(y, l)| l - (tau + 1.0) * y.ln() - sum.ln());
    product.ln() + terms.sum::<f64>()
}

/// The log-density of the binary Concrete distribution, as appendix B of arXiv 1611.00712 has it.
pub fn relaxed_bernoulli_ln_density(y: f64, log_odds: f64, tau: f64) -> f64 {
    let sum = log_odds.exp() * y.powf(-tau) + (1.0 - y).powf(-tau);
    tau.ln() + log_odds - (tau + 1.0) * (y.ln() + (1.0 - y).ln()) - 2.0 * sum.ln()
}

/// Gradient of `f` at `x` by central differences with step `h` in each coordinate.
pub fn finite_difference(f: impl Fn(&[f64]) -> f64, x: &[f64], h: f64) -> Vec<f64> {
    (0..x.len())
        .map(|i| {
            let mut moved = x.to_vec();
            moved[i] = x[i] + h;
            let above = f(&moved);
            moved[i] = x[i] - h;
            (above - f(&moved)) / (2.0 * h)
        })
        .collect()
}
