//! Functions on rows of k numbers: softmax, its Jacobian, the dot product. What estimators are written with.
//!
//! A vector of all variables is `[L, k]`, row-major. Each function treats the rows one by one.

/// Computes softmax(z / tau) of each row.
///
/// ```
/// let p = gumbel_compare::simplex::softmax(&[0.0, 3f64.ln(), 5.0, 5.0], 2, 1.0);
/// assert!((p[0] - 0.25).abs() < 1e-15 && p[2] == 0.5);
/// ```
pub fn softmax(z: &[f64], k: usize, tau: f64) -> Vec<f64> {
    let mut p = z.to_vec();
    for row in p.chunks_exact_mut(k) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.iter_mut().for_each(|x| *x = ((*x - largest) / tau).exp());
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|x| *x /= sum);
    }
    p
}

/// Computes J(p) v of each row, J(p) = diag(p) - p p^T: the vector-Jacobian product of the softmax.
///
/// ```text
/// p_i (v_i - p.v) = p_i (d_i - p.d)     d_i = v_i - v_a,  a the largest class
/// ```
///
/// J(p) maps a constant to 0, so v may be shifted. With d nothing cancels where p is near a corner; with v itself,
/// v_a - p.v there is the rounding error of p.v.
///
/// ```
/// use gumbel_compare::simplex::jacobian;
/// assert_eq!(jacobian(&[0.25, 0.75], &[1.0, 0.0], 2), [0.1875, -0.1875]);
/// assert_eq!(jacobian(&[1e-40, 1.0], &[0.75, 0.25], 2), [0.5e-40, -0.5e-40]);
/// ```
pub fn jacobian(p: &[f64], v: &[f64], k: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(p.len());
    for (p, v) in p.chunks_exact(k).zip(v.chunks_exact(k)) {
        let reference = v[largest(p)];
        let mean: f64 = p.iter().zip(v).map(|(p, v)| p * (v - reference)).sum();
        out.extend(p.iter().zip(v).map(|(p, v)| p * (v - reference - mean)));
    }
    out
}

/// Computes the dot product a . b.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds s v to `sum`.
pub fn add_scaled(sum: &mut [f64], s: f64, v: &[f64]) {
    sum.iter_mut().zip(v).for_each(|(sum, v)| *sum += s * v);
}

/// Multiplies each element by s.
pub fn scaled(mut v: Vec<f64>, s: f64) -> Vec<f64> {
    v.iter_mut().for_each(|x| *x *= s);
    v
}

/// Finds the argmax of each row: the first of the largest.
pub fn argmax(z: &[f64], k: usize) -> Vec<usize> {
    z.chunks_exact(k).map(largest).collect()
}

fn largest(row: &[f64]) -> usize {
    (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}
