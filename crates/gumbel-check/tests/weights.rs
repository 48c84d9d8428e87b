//! Weights of any size: only their ratios determine the law, over the whole range of the type.
//!
//! The failure of others, cpython pull 7954, rust-random/rand issue 1476: tiny and subnormal weights are drawn as
//! if they were equal, because a total or its inverse overflows.

use gumbel::{AliasTable, Categorical, Key, Real};
use gumbel_check::samplers::assert_law;

const DRAWS: usize = 100_000;

/// Every function that draws classes from weights.
fn draws<T: Real>(weights: &[T], key: Key) -> Vec<(&'static str, Vec<usize>)> {
    let k = weights.len();
    let row = Categorical::from_weights(weights, k).unwrap();
    let repeated = weights.repeat(DRAWS);
    let rows = Categorical::from_weights(&repeated, k).unwrap();
    let mut drawn = vec![0; DRAWS];
    AliasTable::new(&row).unwrap().sample_into(key, 0, &mut drawn);
    let first = |i: usize| row.top_k(1, key.fold_in(i as u64)).unwrap().indices()[0] as usize;
    vec![
        ("AliasTable", drawn.into_iter().map(|class| class as usize).collect()),
        ("sample_many", row.sample_many(DRAWS, key).unwrap()),
        ("sample", rows.sample(key).unwrap()),
        ("gumbel_max", rows.gumbel_max(key).unwrap()),
        ("top_k", (0..DRAWS / 4).map(first).collect()),
    ]
}

#[test]
fn tiny_weights_become_uniform() {
    let p = [0.25, 0.75];
    for (i, a) in
        [1e-280, 1e-289, 1e-290, 1e-300, 2.3e-308, 1e-310, 1e-320, 5e-324].into_iter().enumerate()
    {
        for (what, drawn) in draws(&[a, 3.0 * a], Key::new(1_200 + i as u64)) {
            assert_law(&format!("{what} of {a}"), &drawn, &p);
        }
    }
    for (i, a) in [1e-36_f32, 1e-38, 1e-40, 1e-44, f32::from_bits(1)].into_iter().enumerate() {
        for (what, drawn) in draws(&[a, 3.0 * a], Key::new(1_220 + i as u64)) {
            assert_law(&format!("{what} of {a} in f32"), &drawn, &p);
        }
    }
}

#[test]
fn weights_whose_sum_overflows_are_drawn_by_their_ratios() {
    let p = [0.25, 0.0, 0.75];
    for (what, drawn) in draws(&[5e307, 0.0, 1.5e308], Key::new(1_230)) {
        assert_law(what, &drawn, &p);
    }
    for (what, drawn) in draws(&[1e38_f32, 0.0, 3e38], Key::new(1_231)) {
        assert_law(what, &drawn, &p);
    }
    let many = vec![f64::MAX; 5_000];
    let row = Categorical::from_weights(&many, 5_000).unwrap();
    let exact = f64::MAX.ln() + 5_000_f64.ln();
    assert!((row.ln_sum().unwrap()[0] - exact).abs() < 1e-12 * exact);
    // By inversion, and with a table.
    for n in [500, 20_000] {
        let drawn = row.sample_many(n, Key::new(1_232)).unwrap();
        let low: Vec<usize> = drawn.iter().map(|class| class / 2_500).collect();
        assert_law("sample_many", &low, &[0.5, 0.5]);
    }
}

#[test]
fn a_row_that_mixes_tiny_and_ordinary_weights_keeps_the_ordinary_ones() {
    let p = [0.0, 0.5, 0.0, 0.5];
    for tiny in [1e-300, 5e-324] {
        for (what, drawn) in draws(&[tiny, 1.0, tiny, 1.0], Key::new(1_240)) {
            assert_law(&format!("{what} beside {tiny}"), &drawn, &p);
        }
        // And huge weights: over 2,000 powers of two.
        for (what, drawn) in draws(&[tiny, 1e308, 1.0, 1e308], Key::new(1_241)) {
            assert_law(&format!("{what} beside {tiny} and 1e308"), &drawn, &p);
        }
    }
}

/// Each block of 1,024 classes has its own unit.
#[test]
fn blocks_of_different_sizes_weigh_beside_each_other_what_they_should() {
    let (tiny, k) = (f64::from_bits(1), 3 * 1_024);
    for scale in [tiny, 1e-300, 1.0, 1e300] {
        // 1, 2 and 3 units a class.
        let weights: Vec<f64> = (0..k).map(|i| scale * (i / 1_024 + 1) as f64).collect();
        let row = Categorical::from_weights(&weights, k).unwrap();
        for n in [k / 10, 100_000] {
            let drawn = row.sample_many(n, Key::new(1_250)).unwrap();
            let blocks: Vec<usize> = drawn.iter().map(|class| class / 1_024).collect();
            assert_law(&format!("{scale}"), &blocks, &[1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0]);
        }
        let exact = scale.ln() + (6.0 * 1_024.0_f64).ln();
        assert!((row.ln_sum().unwrap()[0] - exact).abs() < 1e-12 * exact.abs().max(1.0));
    }
    // A block that is negligible beside another, and a block of zeros.
    let mut weights = vec![tiny; k];
    weights[..1_024].fill(0.0);
    weights[2_048..].fill(1e300);
    let row = Categorical::from_weights(&weights, k).unwrap();
    assert!(row.sample_many(10_000, Key::new(1_251)).unwrap().iter().all(|&class| class >= 2_048));
}

/// Scaling by a power of two changes no draw.
#[test]
fn a_power_of_two_changes_no_draw() {
    let weights: Vec<f64> =
        (0..3_000).map(|i| f64::from(Key::new(4).word(i) >> 12) + 1.0).collect();
    let many = |scale: f64| {
        let weights: Vec<f64> = weights.iter().map(|w| w * scale).collect();
        let row = Categorical::from_weights(&weights, 3_000).unwrap();
        [300, 10_000].map(|n| row.sample_many(n, Key::new(1_260)).unwrap())
    };
    let plain = many(1.0);
    for scale in [2f64.powi(900), 2f64.powi(-1_000), 2f64.powi(-1_050)] {
        assert!(many(scale) == plain, "{scale}");
    }
}
