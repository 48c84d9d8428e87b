//! The laws of the categorical samplers, of samples without replacement and of posterior Gumbels.
//!
//! A test that stands for a failure reported against another library has the failure in its name.

use gumbel::sample::posterior::{gumbel_given_argmax_into, gumbel_given_maximum_into};
use gumbel::{
    AliasTable, Categorical, Error, Key, categorical_many, gumbel_max, noise, oracle, top_k,
};
use gumbel_check::{
    FALSE_ALARM, chi_square, kolmogorov_smirnov, kolmogorov_smirnov_limit, share_bound,
};

/// Draws n times from one row.
type Draw = fn(&Categorical<'_, f32>, usize, Key) -> Vec<usize>;

/// Each way to draw one class, by repeating it or by asking for many.
const SAMPLERS: [(&str, Draw); 6] = [
    ("sample_rows", |row, n, key| {
        (0..n as u64).map(|i| row.sample_rows(&[key.fold_in(i)]).unwrap()[0]).collect()
    }),
    ("sample", |row, n, key| {
        (0..n as u64).map(|i| row.first_row(i).sample(key).unwrap()[0]).collect()
    }),
    ("sample_many, a few at a time", |row, n, key| {
        let few = (row.classes() / 8).saturating_sub(1).max(1);
        let parts =
            (0..n.div_ceil(few) as u64).map(|i| row.sample_many(few, key.fold_in(i)).unwrap());
        let mut drawn: Vec<usize> = parts.flatten().collect();
        drawn.truncate(n);
        drawn
    }),
    ("sample_many", |row, n, key| row.sample_many(n, key).unwrap()),
    ("gumbel_max_rows", |row, n, key| {
        (0..n as u64).map(|i| row.gumbel_max_rows(&[key.fold_in(i)]).unwrap()[0]).collect()
    }),
    ("top_k", |row, n, key| {
        (0..n as u64).map(|i| row.top_k(1, key.fold_in(i)).unwrap().indices()[0] as usize).collect()
    }),
];

/// The law of logits as `f32` holds them.
fn softmax(logits: &[f32], tau: f64) -> Vec<f64> {
    oracle::softmax(&logits.iter().map(|&l| f64::from(l) / tau).collect::<Vec<_>>())
}

fn assert_law(what: &str, drawn: &[usize], p: &[f64]) {
    let mut counts = vec![0; p.len()];
    drawn.iter().for_each(|&i| counts[i] += 1);
    match chi_square(&counts, p) {
        Ok(value) => assert!(value > FALSE_ALARM, "{what}: p = {value}"),
        // One class has it all.
        Err(error) => {
            let hot = p.iter().position(|&p| p > 1.0 - 1e-12).expect(&error);
            assert_eq!(counts[hot], drawn.len() as u64, "{what}: {error}");
        }
    }
}

/// Uniform, Zipf, one-hot, near-tied and masked logits of k classes.
fn shapes(k: usize) -> [(&'static str, Vec<f32>); 5] {
    let from = |f: &dyn Fn(usize) -> f64| (0..k).map(|i| f(i) as f32).collect::<Vec<_>>();
    [
        ("uniform", from(&|_| 3.0)),
        ("Zipf", from(&|i| -((i + 1) as f64).ln())),
        ("one-hot", from(&|i| if i == k - 2 { -5.0 } else { f64::NEG_INFINITY })),
        // Neighbours in f32: a sampler that rounds their sum to f32 ties them.
        ("near-tied", from(&|i| 100.0 + (i % 3) as f64 * 1e-5)),
        ("masked", from(&|i| if i % 4 == 1 { f64::NEG_INFINITY } else { (i % 7) as f64 * 0.5 })),
    ]
}

/// Five classes; a bit more than one block of 512; three blocks.
#[test]
fn every_sampler_has_the_law_of_every_shape() {
    for (k, n) in [(5, 100_000), (520, 60_000), (1_100, 30_000)] {
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

/// A batch is its rows; each with its own law.
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
            // Pairs of rows 2 and 64 rows apart: what the class modulo 3 of one says about the other.
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
                    let drawn = draw(&row, 20_000, Key::new(103).fold_in(tau.to_bits()));
                    assert_law(&format!("{what}, {sampler}, tau {tau}, mask {masked}"), &drawn, &p);
                }
            }
        }
    }
}

/// In the class of the tail test: 262,144 classes 20.5 nats below one head.
const TAIL: usize = 262_144;

fn tail_row() -> Vec<f32> {
    let mut logits = vec![-20.5_f32; TAIL + 1];
    logits[TAIL / 3] = 0.0;
    logits
}

fn tail_probability() -> f64 {
    let tail = TAIL as f64 * (-20.5_f64).exp();
    tail / (1.0 + tail)
}

/// The counts that a Poisson variable of this mean leaves with probability below FALSE_ALARM.
fn poisson_bounds(mean: f64) -> (u64, u64) {
    // As logarithms: e^-mean is 0 from 746 on.
    let mut ln_term = -mean;
    let (mut below, mut low) = (ln_term.exp(), None);
    for n in 0_u64.. {
        if low.is_none() && below > FALSE_ALARM / 2.0 {
            low = Some(n);
        }
        if 1.0 - below < FALSE_ALARM / 2.0 {
            return (low.unwrap_or(0), n + 1);
        }
        ln_term += (mean / (n + 1) as f64).ln();
        below += ln_term.exp();
    }
    unreachable!("the sum tends to 1")
}

fn assert_tail(drawn: impl Iterator<Item = usize>, trials: f64) {
    let hits = drawn.filter(|&i| i != TAIL / 3).count() as u64;
    let expected = trials * tail_probability();
    let (low, high) = poisson_bounds(expected);
    assert!(
        (low..=high).contains(&hits),
        "{hits} hits, expected {expected} within {low} to {high}"
    );
}

/// Rare classes are under-drawn where noise ends at 16: 100,000 trials, 32.76 hits expected. Here the
/// trials are four times 25,000 draws from one row, whose blocks are summed once each time; the ignored
/// tests below sum them for each trial.
#[test]
fn the_cut_tail_100_000_trials() {
    let (logits, key) = (tail_row(), Key::new(104));
    let parts = (0..4).map(|i| categorical_many(&logits, 25_000, key.fold_in(i)).unwrap());
    assert_tail(parts.flatten(), 1e5);
}

#[test]
fn poisson_bounds_hold_what_they_promise() {
    let (low, high) = poisson_bounds(1e5 * tail_probability());
    let mass = |n: u64| (1..=n).fold((-32.766_f64).exp(), |p, i| p * 32.766 / i as f64);
    let below: f64 = (0..low).map(mass).sum();
    let within: f64 = (low..=high).map(mass).sum();
    assert!(
        below < FALSE_ALARM / 2.0 && within > 1.0 - FALSE_ALARM,
        "{low} {high} {below} {within}"
    );
    assert!(below + mass(low) > FALSE_ALARM / 2.0);
}

/// By an alias table, 10^7 trials: 3,276 hits.
#[test]
fn the_cut_tail_of_an_alias_table() {
    let drawn = categorical_many(&tail_row(), 10_000_000, Key::new(105)).unwrap();
    assert_tail(drawn.into_iter(), 1e7);
}

/// 2.6e10 exponentials.
#[test]
#[ignore = "slow: a row of 262,145 classes read 100,000 times"]
fn the_cut_tail_100_000_rows() {
    let (logits, key) = (tail_row(), Key::new(106));
    let row = Categorical::from_logits(&logits, TAIL + 1).unwrap();
    assert_tail((0..100_000).map(|i| row.sample(key.fold_in(i)).unwrap()[0]), 1e5);
}

/// 2.6e10 Gumbels.
#[test]
#[ignore = "slow: 2.6e10 Gumbels"]
fn the_cut_tail_100_000_rows_of_gumbel_max() {
    let (logits, key) = (tail_row(), Key::new(107));
    assert_tail(
        (0..100_000).map(|i| gumbel_max(&logits, TAIL + 1, key.fold_in(i)).unwrap()[0]),
        1e5,
    );
}

/// One head at 0 and 50,000 classes at -8: the head has 5.6 %; a noise capped at 6.9 gives it 95 %.
#[test]
fn the_capped_tail_of_50_000_classes() {
    let mut logits = vec![-8.0_f32; 50_001];
    logits[0] = 0.0;
    let p = 1.0 / (1.0 + 50_000.0 * (-8.0_f64).exp());
    let row = Categorical::from_logits(&logits, 50_001).unwrap();
    for (sampler, draw) in SAMPLERS {
        let heads = draw(&row, 2_000, Key::new(108)).into_iter().filter(|&i| i == 0).count() as f64;
        assert!((heads / 2_000.0 - p).abs() < share_bound(p, 2_000), "{sampler}: {heads} of 2,000");
    }
}

/// A running sum in `f32` stops growing at 2^24 classes.
#[test]
fn more_than_2_24_classes_in_one_row() {
    let (k, n) = (1 << 25, 4_000);
    let mut logits = vec![-3.0_f32; k];
    let drawn = categorical_many(&logits, n, Key::new(109)).unwrap();
    for bits in [0, 12, 21] {
        let nibbles: Vec<usize> = drawn.iter().map(|i| i >> bits & 15).collect();
        assert_law("2^25 classes", &nibbles, &[1.0 / 16.0; 16]);
    }
    // Passes of their own; the upper half of the classes is where a sum of 2^24 has stopped.
    let row = Categorical::from_logits(&logits, k).unwrap();
    let mut halves = [0_u64; 4];
    for seed in 0..25 {
        let one = row.sample(Key::new(110).fold_in(seed)).unwrap()[0];
        halves[one >> 23 & 3] += 1;
        assert!(one < k);
    }
    // Each quarter is empty with probability (3/4)^25 = 0.0008; this seed is fixed.
    assert!(halves.iter().all(|&n| n > 0), "{halves:?}");
    let top = top_k(&logits, 3_000, Key::new(111)).unwrap();
    let nibbles: Vec<usize> = top.indices().iter().map(|i| (i >> 21) as usize).collect();
    assert_law("top-k of 2^25 classes", &nibbles, &[1.0 / 16.0; 16]);
    // The last class alone.
    logits.fill(f32::NEG_INFINITY);
    logits[k - 1] = -1e30;
    let row = Categorical::from_logits(&logits, k).unwrap();
    assert_eq!(row.sample(Key::new(112)).unwrap(), [k - 1]);
    assert_eq!(row.sample_many(3, Key::new(112)).unwrap(), [k - 1; 3]);
}

#[test]
fn a_zero_probability_class_is_never_drawn() {
    let k = 1_030;
    let impossible = |i: usize| i.is_multiple_of(2);
    let logits: Vec<f32> =
        (0..k).map(|i| if impossible(i) { f32::NEG_INFINITY } else { 0.0 }).collect();
    let weights: Vec<f32> = (0..k).map(|i| if impossible(i) { 0.0 } else { 1e-30 }).collect();
    for row in [Categorical::from_logits(&logits, k), Categorical::from_weights(&weights, k)] {
        let row = row.unwrap();
        for (sampler, draw) in SAMPLERS {
            assert!(
                draw(&row, 5_000, Key::new(113)).into_iter().all(|i| !impossible(i)),
                "{sampler}"
            );
        }
        let table = AliasTable::new(&row).unwrap();
        assert!((0..1_000_000).all(|i| !impossible(table.sample(Key::new(114), i) as usize)));
        let all = row.top_k(k / 2, Key::new(115)).unwrap();
        assert!(all.indices().into_iter().all(|i| !impossible(i as usize)));
    }
}

#[test]
fn an_all_masked_row_is_an_error_that_names_it() {
    let mut logits = vec![0.0_f32; 3_000];
    logits[1_000..2_000].fill(f32::NEG_INFINITY);
    let batch = Categorical::from_logits(&logits, 1_000).unwrap();
    assert_eq!(batch.sample(Key::new(1)), Err(Error::AllMasked { row: 1 }));
    assert_eq!(batch.gumbel_max(Key::new(1)), Err(Error::AllMasked { row: 1 }));
    assert_eq!(batch.ln_sum(), Err(Error::AllMasked { row: 1 }));
    let none = Error::NothingAllowed { argument: "logits", row: 0 };
    assert_eq!(batch.mask(&[false; 1_000]).unwrap().sample(Key::new(1)), Err(none));
    let zero = Categorical::from_weights(&[0.0_f32; 4], 2).unwrap().sample(Key::new(1));
    assert_eq!(
        zero.unwrap_err().to_string(),
        "weights: every class of row 0 has probability 0 or is masked out"
    );
}

#[test]
fn probabilities_passed_where_logits_are_meant_and_the_reverse() {
    let probs = [0.5_f32, 0.25, 0.25, 0.1, 0.2, 0.7];
    let log_probs = probs.map(f32::ln);
    assert!(Categorical::from_probs(&probs, 3).unwrap().sample(Key::new(1)).is_ok());
    assert!(Categorical::from_log_probs(&log_probs, 3).unwrap().sample(Key::new(1)).is_ok());
    let sum = Categorical::from_log_probs(&probs, 3).unwrap().sample(Key::new(1));
    assert!(matches!(sum, Err(Error::NotNormalised { argument: "log_probs", row: 0, .. })));
    let negative = Categorical::from_probs(&log_probs, 3).unwrap().sample(Key::new(1));
    assert!(matches!(negative, Err(Error::Value { argument: "probs", index: 0, .. })));
    let negative = Categorical::from_weights(&log_probs, 3).unwrap().top_k(1, Key::new(1));
    assert!(matches!(negative, Err(Error::OneRow { argument: "weights", found: 2 })));
    // The sum is looked at under a mask, at a temperature and in long rows too.
    let half = [0.5_f32, 0.4];
    let row = Categorical::from_probs(&half, 2).unwrap();
    let mask = [true, false];
    let odd = [row, row.temperature(0.5).unwrap(), row.mask(&mask).unwrap()];
    assert!(
        odd.iter().all(|row| matches!(row.sample(Key::new(1)), Err(Error::NotNormalised { .. })))
    );
    let long = vec![1e-3_f32; 1_100];
    let long = Categorical::from_probs(&long, 1_100).unwrap();
    assert!(matches!(long.sample(Key::new(1)), Err(Error::NotNormalised { .. })));
    assert!(matches!(long.gumbel_max(Key::new(1)), Err(Error::NotNormalised { .. })));
    assert!(matches!(long.sample_many(9, Key::new(1)), Err(Error::NotNormalised { .. })));
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
            // What the mask rules out is not looked at.
            let mask: Vec<bool> = (0..3_000).map(|i| i != 1_500 + at).collect();
            assert!(batch.mask(&mask).unwrap().sample(Key::new(1)).is_ok());
        }
    }
}

/// One seed for the whole batch made rows depend on their place in it.
#[test]
fn the_same_key_gives_the_same_draw_whatever_is_beside_it() {
    let (rows, k) = (90, 700);
    let mut logits = vec![0.0_f32; rows * k];
    noise::logistic_into(Key::new(116), 0, &mut logits);
    let keys: Vec<Key> = (0..rows as u64).map(|r| Key::new(117).fold_in(r)).collect();
    let batch = Categorical::from_logits(&logits, k).unwrap();
    let (whole, by_row) = (batch.sample(Key::new(118)).unwrap(), batch.sample_rows(&keys).unwrap());
    let (coupled, coupled_rows) =
        (batch.gumbel_max(Key::new(118)).unwrap(), batch.gumbel_max_rows(&keys).unwrap());
    assert_eq!(coupled, gumbel_max(&logits, k, Key::new(118)).unwrap());
    for at in [0..1, 1..64, 64..90] {
        let part = Categorical::from_logits(&logits[at.start * k..at.end * k], k).unwrap();
        let here = part.first_row(at.start as u64);
        assert_eq!(here.sample(Key::new(118)).unwrap(), whole[at.clone()]);
        assert_eq!(here.gumbel_max(Key::new(118)).unwrap(), coupled[at.clone()]);
        assert_eq!(part.sample_rows(&keys[at.clone()]).unwrap(), by_row[at.clone()]);
        assert_eq!(part.gumbel_max_rows(&keys[at.clone()]).unwrap(), coupled_rows[at]);
    }
    assert!(batch.sample_rows(&keys[1..]).is_err());
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

/// Ordered samples of 3 out of 5, against the product of conditional probabilities; inclusion of each.
#[test]
fn samples_without_replacement_have_the_law_of_their_order() {
    let w = [5.0_f64, 1.0, 2.0, 0.5, 0.0, 3.0];
    let weights = w.map(|w| w as f32);
    let (n, sum) = (300_000, w.iter().sum::<f64>());
    let mut p = vec![0.0; 216];
    let mut inclusion = [0.0; 6];
    for a in 0..6 {
        for b in (0..6).filter(|&b| b != a) {
            for c in (0..6).filter(|&c| c != a && c != b) {
                let left = sum - w[a] - w[b];
                let here = w[a] / sum * w[b] / (sum - w[a]) * w[c] / left;
                p[a * 36 + b * 6 + c] = here;
                [a, b, c].iter().for_each(|&i| inclusion[i] += here);
            }
        }
    }
    let row = Categorical::from_weights(&weights, 6).unwrap();
    let mut drawn = Vec::new();
    let mut included = [0_u64; 6];
    for i in 0..n as u64 {
        let top = row.top_k(3, Key::new(120).fold_in(i)).unwrap().indices();
        top.iter().for_each(|&i| included[i as usize] += 1);
        drawn.push(top.iter().fold(0, |sum, &i| sum * 6 + i as usize));
    }
    assert_law("ordered samples", &drawn, &p);
    for (found, p) in included.iter().zip(inclusion) {
        assert!((*found as f64 / n as f64 - p).abs() <= share_bound(p, n), "{found} {p}");
    }
}

/// Gumbel(location).
fn gumbel_cdf(x: f64, location: f64) -> f64 {
    (-(location - x).exp()).exp()
}

/// Draw D, then Z given D: Z must have the law of theta + G, each coordinate, their maximum, and the
/// maximum given D.
#[test]
fn posterior_gumbels_have_the_law_of_the_prior_ones() {
    let theta = [0.5_f64, -1.0, 2.0, f64::NEG_INFINITY, 0.0];
    let (k, n) = (theta.len(), 200_000);
    let ln_s = theta.iter().map(|t| t.exp()).sum::<f64>().ln();
    let logits = theta.repeat(n);
    let winners = gumbel_max(&logits, k, Key::new(121)).unwrap();
    let mut given_argmax = vec![0.0; n * k];
    gumbel_given_argmax_into(&logits, k, &winners, Key::new(122), &mut given_argmax).unwrap();
    // And from the top down: the maximum first, then where it is, then the others.
    let mut maxima = vec![0.0; n];
    noise::gumbel_into(Key::new(123), 0, &mut maxima);
    maxima.iter_mut().for_each(|m| *m += ln_s);
    let mut given_maximum = vec![0.0; n * k];
    let tops =
        gumbel_given_maximum_into(&logits, k, &maxima, Key::new(124), &mut given_maximum).unwrap();
    assert_law("argmax given the maximum", &tops, &oracle::softmax(&theta));
    for (z, winners) in [(&given_argmax, &winners), (&given_maximum, &tops)] {
        let limit = kolmogorov_smirnov_limit(n);
        for (i, &location) in theta.iter().enumerate() {
            let mut one: Vec<f64> = z.iter().skip(i).step_by(k).copied().collect();
            if location == f64::NEG_INFINITY {
                assert!(one.iter().all(|&z| z == location));
                continue;
            }
            let distance = kolmogorov_smirnov(&mut one, |x| gumbel_cdf(x, location));
            assert!(distance < limit, "Z of class {i}: {distance}");
        }
        let rows = || z.chunks(k).zip(winners.iter());
        assert!(rows().all(|(row, &w)| (0..k).all(|i| i == w || row[i] < row[w])));
        // The maximum, over all rows and over those that one class has won.
        let mut max: Vec<f64> = rows().map(|(row, &w)| row[w]).collect();
        assert!(kolmogorov_smirnov(&mut max, |x| gumbel_cdf(x, ln_s)) < limit);
        let mut won: Vec<f64> = rows().filter(|(_, w)| **w == 1).map(|(row, &w)| row[w]).collect();
        let limit = kolmogorov_smirnov_limit(won.len());
        assert!(kolmogorov_smirnov(&mut won, |x| gumbel_cdf(x, ln_s)) < limit);
        // Two coordinates together: their difference is logistic.
        let mut apart: Vec<f64> = z.chunks(k).map(|row| row[0] - row[2] + 1.5).collect();
        let distance = kolmogorov_smirnov(&mut apart, |x| 1.0 / (1.0 + (-x).exp()));
        assert!(distance < kolmogorov_smirnov_limit(n), "{distance}");
    }
}
