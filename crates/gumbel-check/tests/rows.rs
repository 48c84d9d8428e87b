//! Rows of a batch: each has its law, and is independent of the others.

use gumbel::{Categorical, Key};
use gumbel_check::samplers::{assert_law, softmax};

/// Rows of two kinds in one batch, each with its own law.
#[test]
fn rows_of_a_batch_have_their_laws_and_are_independent() {
    for k in [3, 600] {
        let rows = 120_000 / k * 3;
        let kinds: Vec<Vec<f32>> =
            (0..2).map(|r| (0..k).map(|i| (r * 2) as f32 * (i % 3) as f32).collect()).collect();
        let logits: Vec<f32> = (0..rows).flat_map(|r| kinds[r % 2].clone()).collect();
        let batch = Categorical::from_logits(&logits, k).unwrap();
        let keys: Vec<Key> = (0..rows as u64).map(|r| Key::new(101).fold_in(r)).collect();
        let draws = [
            batch.sample(Key::new(102)).unwrap(),
            batch.sample_rows(&keys).unwrap(),
            batch.gumbel_max(Key::new(102)).unwrap(),
        ];
        for drawn in draws {
            for (r, logits) in kinds.iter().enumerate() {
                let own: Vec<usize> = drawn.iter().skip(r).step_by(2).copied().collect();
                if k == 3 {
                    assert_law("rows", &own, &softmax(logits, 1.0));
                }
            }
            // Pairs of rows 2 and 64 rows apart: their classes modulo 3 are independent.
            for apart in [2, 64] {
                let p = softmax(&kinds[0], 1.0);
                let third = |c: usize| (0..k).filter(|i| i % 3 == c).map(|i| p[i]).sum::<f64>();
                let expected: Vec<f64> = (0..9).map(|c| third(c / 3) * third(c % 3)).collect();
                let mut pairs = Vec::new();
                for block in drawn.chunks_exact(2 * apart) {
                    for i in (0..apart).step_by(2) {
                        pairs.push(block[i] % 3 * 3 + block[i + apart] % 3);
                    }
                }
                assert_law(&format!("rows {apart} apart"), &pairs, &expected);
            }
        }
    }
}
