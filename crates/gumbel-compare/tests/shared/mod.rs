//! Functions that several test files share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses some of them")]

use gumbel::{Key, noise};
use gumbel_compare::{Moments, Tabulated};

/// The same cost at other logits: normal with deviation 1.5, from a seed.
pub fn moved<'a>(table: &Tabulated<'a>, seed: u64) -> Tabulated<'a> {
    let mut logits = vec![0.0; table.logits().len()];
    noise::normal_into(Key::new(seed), 0, &mut logits);
    table.with_logits(logits.iter().map(|x| 1.5 * x).collect())
}

/// Whether two means differ by at most 6 standard errors in each coordinate.
pub fn same_mean(a: &Moments, b: &Moments) -> bool {
    let error = |m: &Moments, i: usize| m.draws().map_or(0.0, |n| m.variances()[i] / n as f64);
    (0..a.mean().len()).all(|i| {
        let limit = 6.0 * (error(a, i) + error(b, i)).sqrt() + 1e-12;
        (a.mean()[i] - b.mean()[i]).abs() <= limit
    })
}
