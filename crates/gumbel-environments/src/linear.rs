//! Linear equations by Gaussian elimination.

/// Solves A x = b for `matrix: [n, n]`, row-major, and `rhs: [n]`, by elimination with the largest pivot of each
/// column.
///
/// A must be regular. I - c P is, for a stochastic P and c below 1.
pub(crate) fn solve(mut matrix: Vec<f64>, mut rhs: Vec<f64>) -> Vec<f64> {
    let n = rhs.len();
    for column in 0..n {
        let size = |row: &usize| matrix[row * n + column].abs();
        let pivot = (column..n).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(column);
        if pivot != column {
            let (above, below) = matrix.split_at_mut(pivot * n);
            above[column * n..][..n].swap_with_slice(&mut below[..n]);
            rhs.swap(column, pivot);
        }
        let (above, below) = matrix.split_at_mut((column + 1) * n);
        let pivot_row = &above[column * n..];
        for (i, row) in below.chunks_mut(n).enumerate() {
            let factor = row[column] / pivot_row[column];
            if factor == 0.0 {
                continue;
            }
            for (x, p) in row[column..].iter_mut().zip(&pivot_row[column..]) {
                *x -= factor * p;
            }
            rhs[column + 1 + i] -= factor * rhs[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|j| matrix[row * n + j] * rhs[j]).sum();
        rhs[row] = (rhs[row] - known) / matrix[row * n + row];
    }
    rhs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::uniform;
    use gumbel::Key;

    #[test]
    fn solution_satisfies_the_equations() {
        let n = 20;
        let key = Key::new(1);
        let mut matrix: Vec<f64> =
            (0..n * n).map(|i| uniform(key.fold_in(i as u64)) - 0.5).collect();
        matrix[0] = 0.0; // needs an exchange of rows
        let x: Vec<f64> = (0..n).map(|i| i as f64 - 7.0).collect();
        let rhs = matrix.chunks(n).map(|row| row.iter().zip(&x).map(|(a, x)| a * x).sum());
        let found = solve(matrix.clone(), rhs.collect());
        for (x, found) in x.iter().zip(found) {
            assert!((x - found).abs() < 1e-10, "{x} {found}");
        }
    }
}
