//! The same functions in the plainest `f64` loops, with the standard library's logarithms.
//!
//! Nothing here is fast. Every fast version, in this crate and above it, is held against these.
//! Public so that other crates' tests can use it, hidden because it is no interface.

/// v and 1 - v for a word and, where there is one, a second word.
fn unit(word: u32, second: Option<u32>) -> (f64, f64) {
    let part = |high: u32, low: Option<u32>| match low {
        None => (f64::from(high) + 0.5) / 2f64.powi(32),
        Some(low) => f64::from(high) / 2f64.powi(32) + (f64::from(low) + 0.5) / 2f64.powi(64),
    };
    (part(word, second), part(!word, second.map(|w| !w)))
}

/// E = -ln(1 - v).
pub fn exponential(word: u32, second: Option<u32>) -> f64 {
    let (v, complement) = unit(word, second);
    if v < 0.5 { -(-v).ln_1p() } else { -complement.ln() }
}

/// g = -ln E.
pub fn gumbel(word: u32, second: Option<u32>) -> f64 {
    -exponential(word, second).ln()
}

/// L = ln v - ln(1 - v).
pub fn logistic(word: u32, second: Option<u32>) -> f64 {
    let (v, complement) = unit(word, second);
    if v < 0.5 { v.ln() - (-v).ln_1p() } else { (-complement).ln_1p() - complement.ln() }
}

/// softmax((logits + noise) / tau) of one row.
pub fn gumbel_softmax(logits: &[f64], noise: &[f64], tau: f64) -> Vec<f64> {
    let z: Vec<f64> = logits.iter().zip(noise).map(|(l, g)| l + g).collect();
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = z.iter().map(|z| ((z - max) / tau).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.iter().map(|e| e / sum).collect()
}

/// sigmoid((logit + noise) / tau) of one element.
pub fn binary_concrete(logit: f64, noise: f64, tau: f64) -> f64 {
    1.0 / (1.0 + (-(logit + noise) / tau).exp())
}

/// The index of the largest of logits + noise of one row; the first of equal ones.
pub fn gumbel_max(logits: &[f64], noise: &[f64]) -> usize {
    let mut best = 0;
    for i in 0..logits.len() {
        if logits[i] + noise[i] > logits[best] + noise[best] {
            best = i;
        }
    }
    best
}

/// softmax of one row.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    gumbel_softmax(logits, &vec![0.0; logits.len()], 1.0)
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
