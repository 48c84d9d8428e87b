//! The laws of the categorical samplers: chi-square over uniform, Zipf, one-hot, near-tied and masked rows.

use gumbel::{Categorical, Error, Key};
use gumbel_check::fast_or_slow;
use gumbel_check::samplers::{SAMPLERS, assert_law, softmax};

/// Uniform, Zipf, one-hot, near-tied and masked logits of k classes.
fn shapes(k: usize) -> [(&'static str, Vec<f32>); 5] {
    let from = |f: &dyn Fn(usize) -> f64| (0..k).map(|i| f(i) as f32).collect::<Vec<_>>();
    [
        ("uniform", from(&|_| 3.0)),
        ("Zipf", from(&|i| -((i + 1) as f64).ln())),
        ("one-hot", from(&|i| if i == k - 2 { -5.0 } else { f64::NEG_INFINITY })),
        // Neighbours in f32: a sampler that rounds the sum with noise to f32 ties them.
        ("near-tied", from(&|i| 100.0 + (i % 3) as f64 * 1e-5)),
        ("masked", from(&|i| if i % 4 == 1 { f64::NEG_INFINITY } else { (i % 7) as f64 * 0.5 })),
    ]
}

/// `sample` draws rows of up to 128 classes by Gumbel-max, and rows of up to 8,192 by inversion: here rows of
/// one and of two blocks of 1,024.
#[test]
fn every_sampler_has_the_law_of_every_shape() {
    for (k, n) in [(5, 100_000), (520, 60_000), (1_100, 30_000)] {
        let n = n * fast_or_slow(1, 30);
        for (number, (shape, logits)) in shapes(k).into_iter().enumerate() {
            let row = Categorical::from_logits(&logits, k).unwrap();
            for (sampler, draw) in SAMPLERS {
                let key = Key::new(100).fold_in(k as u64).fold_in(number as u64);
                let drawn = draw(&row, n, key);
                assert_law(
                    &format!("{sampler}, {shape}, {k} classes"),
                    &drawn,
                    &softmax(&logits, 1.0),
                );
            }
        }
    }
}

/// Rows of more than 8,192 classes are drawn by rejection from bounds.
#[test]
fn wide_rows_have_the_law_of_every_shape() {
    let k = 9_000;
    let n = 50_000 * fast_or_slow(1, 30);
    for (number, (shape, logits)) in shapes(k).into_iter().enumerate() {
        let (row, p) = (Categorical::from_logits(&logits, k).unwrap(), softmax(&logits, 1.0));
        for (sampler, draw) in [SAMPLERS[0], SAMPLERS[1]] {
            let drawn = draw(&row, n, Key::new(101).fold_in(number as u64));
            let what = format!("{sampler}, {shape}");
            // Neighbours are pooled up to 50 expected draws.
            assert_law(&what, &drawn, &p);
            // The place within a vector and within the periods of the shapes; the place in the row.
            assert_law_of(&format!("{what}, modulo 336"), &drawn, &p, |i| i % 336);
            assert_law_of(&format!("{what}, blocks of 32"), &drawn, &p, |i| i / 32);
        }
    }
}

/// [`assert_law`] of what the classes are grouped into.
fn assert_law_of(what: &str, drawn: &[usize], p: &[f64], group: impl Fn(usize) -> usize) {
    let mut of_group = vec![0.0; (0..p.len()).map(&group).max().unwrap() + 1];
    p.iter().enumerate().for_each(|(i, p)| of_group[group(i)] += p);
    assert_law(what, &drawn.iter().map(|&i| group(i)).collect::<Vec<_>>(), &of_group);
}

#[test]
fn each_constructor_and_the_temperature_have_the_law() {
    let k = 700;
    let weights: Vec<f32> =
        (0..k).map(|i| if i % 5 == 0 { 0.0 } else { 1.0 + (i % 11) as f32 }).collect();
    let sum: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let logits: Vec<f32> = weights.iter().map(|w| w.ln()).collect();
    let probs: Vec<f32> = weights.iter().map(|&w| (f64::from(w) / sum) as f32).collect();
    let log_probs: Vec<f32> = weights.iter().map(|&w| (f64::from(w) / sum).ln() as f32).collect();
    for (what, row) in [
        ("logits", Categorical::from_logits(&logits, k)),
        ("log-probabilities", Categorical::from_log_probs(&log_probs, k)),
        ("probabilities", Categorical::from_probs(&probs, k)),
        ("weights", Categorical::from_weights(&weights, k)),
    ] {
        for tau in [1.0, 0.5, 3.0] {
            let row = row.clone().unwrap().temperature(tau).unwrap();
            let mask: Vec<bool> = (0..k).map(|i| i % 3 > 0).collect();
            for masked in [false, true] {
                let row = if masked { row.mask(&mask).unwrap() } else { row };
                let w = |i: usize| match masked && !mask[i] {
                    true => 0.0,
                    false => f64::from(weights[i]).powf(1.0 / tau),
                };
                let sum: f64 = (0..k).map(w).sum();
                let p: Vec<f64> = (0..k).map(|i| w(i) / sum).collect();
                for (sampler, draw) in SAMPLERS {
                    let drawn = draw(&row, 8_000, Key::new(103).fold_in(tau.to_bits()));
                    assert_law(&format!("{what}, {sampler}, tau {tau}, mask {masked}"), &drawn, &p);
                }
            }
        }
    }
}

#[test]
fn an_accepted_temperature_is_not_ignored() {
    let logits: Vec<f32> = (0..2_000).map(|i| i as f32 * 1e-2).collect();
    let row = Categorical::from_logits(&logits, 2_000).unwrap();
    let cold = row.temperature(1e-300).unwrap();
    let hot = row.temperature(1e300).unwrap();
    for (sampler, draw) in SAMPLERS.into_iter().filter(|(name, _)| *name != "top_k") {
        assert!(draw(&cold, 50, Key::new(119)).into_iter().all(|i| i == 1_999), "{sampler}");
        let drawn: Vec<usize> =
            draw(&hot, 4_000, Key::new(119)).into_iter().map(|i| i / 200).collect();
        assert_law(sampler, &drawn, &[0.1; 10]);
    }
}

#[test]
fn nan_and_infinite_logits_are_errors_that_name_the_place() {
    for bad in [f32::NAN, f32::INFINITY] {
        for at in [0, 7, 1_499] {
            let mut logits = vec![0.0_f32; 3_000];
            logits[1_500 + at] = bad;
            let batch = Categorical::from_logits(&logits, 1_500).unwrap();
            for error in [batch.sample(Key::new(1)), batch.gumbel_max(Key::new(1))] {
                let Err(Error::Value { argument: "logits", index, .. }) = error else {
                    panic!("{error:?}")
                };
                assert_eq!(index, 1_500 + at);
            }
            // Masked logits are not checked.
            let mask: Vec<bool> = (0..3_000).map(|i| i != 1_500 + at).collect();
            assert!(batch.mask(&mask).unwrap().sample(Key::new(1)).is_ok());
        }
    }
}
