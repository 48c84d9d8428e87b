//! Draws compared with plain `f64` restatements of their rules.

use super::*;
use crate::noise;
use rand_core::Rng;

/// Asserts that each class has the same share of both sums.
pub(super) fn assert_proportional(drawn: &[f64], exact: &[f64]) {
    let (rate, sum): (f64, f64) = (drawn.iter().sum(), exact.iter().sum());
    // Two sums of k terms and some twenty operations, each within 2^-53.
    let tolerance = (2.0 * exact.len() as f64 + 20.0) * 2f64.powi(-53);
    assert_eq!(drawn.len(), exact.len());
    for (drawn, exact) in drawn.iter().zip(exact) {
        let (drawn, exact) = (drawn / rate, exact / sum);
        assert!((drawn - exact).abs() <= tolerance * exact, "{drawn} {exact}");
    }
}

fn logits<T: Real>(n: usize) -> Vec<T> {
    let mut l = vec![T::default(); n];
    noise::logistic_into(Key::new(1), 0, &mut l);
    l
}

/// The ends of intervals of these widths, rounded up, on a line of 2^52 places.
fn interval_ends(widths: &[f64]) -> Vec<f64> {
    let unit = (2f64.powi(52) * (1.0 - 2f64.powi(-15))) / widths.iter().sum::<f64>();
    let mut end = 0.0;
    let next_end = |x: &f64| {
        end += (x * unit).round_ties_even() + 1.0;
        end
    };
    widths.iter().map(next_end).collect()
}

/// The first proposal as `by_inversion.rs` states it, with the standard library's functions.
fn by_inversion(logits: &[f64], word: u64) -> usize {
    let weights: Vec<f64> = logits.iter().map(|l| l.exp()).collect();
    let unit = 2f64.powi(52) * (1.0 - 2f64.powi(-15)) / weights.iter().sum::<f64>();
    let mut left = (word >> 12) as f64;
    for (part, weights) in weights.chunks(64).enumerate() {
        let whole = weights.iter().sum::<f64>() * unit * (1.0 + 2f64.powi(-16)) + 129.0;
        if left >= whole {
            left -= whole;
            continue;
        }
        let mut drawn = weights.iter().map(|w| {
            left -= w * unit + 1.0;
            left < 0.0
        });
        return part * 64 + drawn.position(|here| here).unwrap_or(64);
    }
    logits.len()
}

/// Rejection as `by_rejection.rs` states it, with the standard library's functions.
fn by_rejection(logits: &[f64], key: Key) -> usize {
    let max = |x: &mut dyn Iterator<Item = f64>| x.fold(f64::NEG_INFINITY, f64::max);
    let top = max(&mut logits.iter().copied());
    let cells: Vec<Vec<f64>> = logits
        .chunks(512)
        .map(|block| {
            let cell = |c| max(&mut block.iter().skip(c).step_by(16).copied());
            (0..16).map(|c| (cell(c) - top).exp()).collect()
        })
        .collect();
    let sums: Vec<f64> = cells.iter().map(|cells| cells.iter().sum()).collect();
    let mut rng = key.rng();
    loop {
        let place = (rng.next_u64() >> 12) as f64;
        let Some(block) = interval_ends(&sums).iter().position(|&end| place < end) else {
            continue;
        };
        let word = rng.next_u64();
        let place = (word >> 12) as f64;
        let Some(cell) = interval_ends(&cells[block]).iter().position(|&end| place < end) else {
            continue;
        };
        let class = block * 512 + (word % 32) as usize * 16 + cell;
        let Some(l) = logits.get(class) else { continue };
        let u = (rng.next_u64() as f64 + 0.5) / 2f64.powi(64);
        if u < (l - top).exp() / cells[block][cell] * (1.0 - 2f64.powi(-15)) {
            return class;
        }
    }
}

fn assert_equals_the_rule<T: Real>() {
    let mut mismatches = 0;
    for k in [129, 1024, 1025, 8_192, 8_193, 70_000] {
        let rows = 200_000 / k;
        let l = logits::<T>(rows * k);
        let wide: Vec<f64> = l.iter().map(|l| l.to_f64()).collect();
        let key = Key::new(2);
        let drawn = Categorical::from_logits(&l, k).unwrap().first_row(7).sample(key).unwrap();
        for (r, (drawn, row)) in drawn.into_iter().zip(wide.chunks(k)).enumerate() {
            let number = r as u64 + 7;
            let word = |word: fn(Key, u64) -> u32| u64::from(word(key, number));
            let expected = match k {
                ..=INVERSION_UP_TO => {
                    by_inversion(row, word(Key::word) << 32 | word(Key::second_word))
                }
                _ => by_rejection(row, key.fold_in(number)),
            };
            mismatches += usize::from(drawn != expected);
        }
    }
    assert!(mismatches <= 5, "{mismatches}");
}

/// A draw differs where the first proposal of inversion is refused, or where a word is within 10^-5 of a
/// boundary: at most once in 10,000 rows. Of these 2,000 rows more than 5 differ for 10^-9 of all keys.
#[test]
fn draws_equal_the_rule_in_both_types() {
    assert_equals_the_rule::<f32>();
    assert_equals_the_rule::<f64>();
}

#[test]
fn masks_and_weights_draw_as_their_logits() {
    let (rows, k) = (50, 3_000);
    let l = logits::<f32>(rows * k);
    let mask: Vec<bool> = (0..k).map(|i| i % 3 > 0).collect();
    let masked: Vec<f32> = l
        .iter()
        .enumerate()
        .map(|(i, &l)| if mask[i % k] { l } else { f32::NEG_INFINITY })
        .collect();
    let plain = Categorical::from_logits(&masked, k).unwrap().sample(Key::new(3)).unwrap();
    let row = Categorical::from_logits(&l, k).unwrap().mask(&mask).unwrap();
    assert_eq!(row.sample(Key::new(3)).unwrap(), plain);
    let each = mask.repeat(rows);
    let row = Categorical::from_logits(&l, k).unwrap().mask(&each).unwrap();
    assert_eq!(row.sample(Key::new(3)).unwrap(), plain);
    let weights: Vec<f64> = masked.iter().map(|&l| f64::from(l).exp()).collect();
    let row = Categorical::from_weights(&weights, k).unwrap();
    assert_eq!(row.sample(Key::new(3)).unwrap(), plain);
    assert!(row.mask(&each[1..]).is_err());
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_changes_no_bit() {
    let l = logits::<f32>(1 << 20);
    let draw_on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let draws = [1 << 20, 1 << 14, 200, 10].map(|k| {
                let rows = Categorical::from_logits(&l[..(1 << 20) / k * k], k).unwrap();
                let keys: Vec<Key> =
                    (0..rows.rows() as u64).map(|r| Key::new(5).fold_in(r)).collect();
                let many = rows.sample_many_rows(3, &keys).unwrap();
                let top = rows.top_k_rows(2, &keys).unwrap();
                (rows.sample(Key::new(4)).unwrap(), rows.sample_rows(&keys).unwrap(), many, top)
            });
            (draws, crate::top_k(&l, 1_000, Key::new(6)).unwrap())
        })
    };
    let one = draw_on(1);
    for threads in [2, 3, 8] {
        assert!(draw_on(threads) == one, "{threads} threads");
    }
}

/// The largest logits over a small temperature do not overflow.
#[test]
fn extremes_stay_finite() {
    for tau in [1e-300, 1.0, 1e300] {
        let mut l = vec![-f64::MAX; 3_000];
        l[2_999] = f64::MAX;
        let row = Categorical::from_logits(&l, 3_000).unwrap().temperature(tau).unwrap();
        for drawn in [row.sample(Key::new(1)).unwrap()[0], row.gumbel_max(Key::new(1)).unwrap()[0]]
        {
            assert!(drawn < 3_000 && (tau > 1.0 || drawn == 2_999), "{tau} {drawn}");
        }
    }
    assert!(Categorical::from_logits(&[0.0_f32; 4], 0).is_err());
    assert!(Categorical::from_logits(&[0.0_f32; 4], 3).is_err());
    assert!(Categorical::from_logits(&[0.0_f32; 4], 4).unwrap().temperature(0.0).is_err());
    assert!(
        Categorical::<f32>::from_logits(&[], 4).unwrap().sample(Key::new(1)).unwrap().is_empty()
    );
}
