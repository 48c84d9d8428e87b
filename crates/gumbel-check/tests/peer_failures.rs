//! Failures of other libraries that must not happen here. The name of a test is the failure; the reports are above
//! it. Only public functions are used.
//! Logits far from 0 and weights of any size are tested in `shifts.rs` and `weights.rs`; failures with files and in
//! the command are tested in `gumbel-jpeg`, `gumbel-data`, `gumbel-files`, `gumbel-maxima` and `gumbel-cli`.
//! Not tested here: temperature schedules, which the training loop steps (`gumbel-burn`), and speed, which
//! `benches/peers` measures.

use gumbel::half_precision::{self, Half, bf16, f16};
use gumbel::relax::straight_through_gumbel_softmax_into;
use gumbel::relax::{binary_concrete_vjp_into, binary_concrete_vjp_tau};
use gumbel::relax::{gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau};
use gumbel::{
    AliasTable, Categorical, Error, Key, Noise, binary_concrete, categorical_many, gumbel_max,
    gumbel_softmax, noise, top_k,
};
use gumbel_check::samplers::{SAMPLERS, TAIL, assert_law, assert_tail, tail_row};
use gumbel_check::{fast_or_slow, share_bound};

/// Words at the ends of their range, around 1/2, and where the second word is used.
const EXTREMES: [u32; 12] = [
    0,
    1,
    0xFFFF,
    0x1_0000,
    0x1_0001,
    0x7FFF_FFFF,
    0x8000_0000,
    0x8000_0001,
    0xFFFE_FFFF,
    0xFFFF_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
];

/// A key and an element whose first word is `word`, by inverting Philox from the output to the counter. (The
/// other three words of the block are varied until the counter is one of first words.)
fn element_of(word: u32) -> (Key, u64) {
    const SEED: u64 = 0x0123_4567_89AB_CDEF;
    // Inverses of the multipliers modulo 2^32, by Newton's iteration.
    let multipliers = [0xD251_1F53_u32, 0xCD9E_8D57];
    let inverses = multipliers
        .map(|m| (0..5).fold(1_u32, |x, _| x.wrapping_mul(2_u32.wrapping_sub(m.wrapping_mul(x)))));
    let high = |m: u32, c: u32| ((u64::from(m) * u64::from(c)) >> 32) as u32;
    for other in 0.. {
        let mut c = [word, other, 0x89AB, 0xCDEF];
        for round in (0..10).rev() {
            let key = |low: u32, weyl: u32| low.wrapping_add(weyl.wrapping_mul(round));
            let (k0, k1) = (key(SEED as u32, 0x9E37_79B9), key((SEED >> 32) as u32, 0xBB67_AE85));
            let (c2, c0) = (c[1].wrapping_mul(inverses[1]), c[3].wrapping_mul(inverses[0]));
            c = [
                c0,
                c[0] ^ high(multipliers[1], c2) ^ k0,
                c2,
                c[2] ^ high(multipliers[0], c0) ^ k1,
            ];
        }
        let block = u64::from(c[1]) << 32 | u64::from(c[0]);
        if block >> 62 == 0 {
            let key = Key::from_parts(SEED, u64::from(c[3]) << 32 | u64::from(c[2]));
            let index = (block >> 4 << 6) + (block & 15);
            assert_eq!(key.word(index), word);
            return (key, index);
        }
    }
    unreachable!("one block in four will do")
}

/// pytorch issues 22442, 22586, 34372, 41663, 101620, 103459, 127749, 192577; clab/dynet pull 561.
#[test]
fn an_exponential_draw_of_0_makes_gumbel_softmax_nan() {
    for word in EXTREMES {
        let (key, offset) = element_of(word);
        let (mut e, mut g, mut l, mut wide) = ([0.0_f32], [0.0_f32], [0.0_f32], [0.0_f64]);
        noise::exponential_into(key, offset, &mut e);
        noise::gumbel_into(key, offset, &mut g);
        noise::logistic_into(key, offset, &mut l);
        assert!(e[0] > 0.0 && e[0] < 45.1, "{word:#x}: {e:?}");
        assert!(g[0] > -3.82 && g[0] < 45.1, "{word:#x}: {g:?}");
        assert!(l[0].abs() < 45.1, "{word:#x}: {l:?}");
        noise::exponential_into(key, offset, &mut wide);
        assert!(wide[0] > 0.0, "{word:#x}: {wide:?}");
        noise::gumbel_into(key, offset, &mut wide);
        assert!(wide[0].is_finite(), "{word:#x}: {wide:?}");
        // The extreme element as first, and as last, of a row of two; cold and hot.
        for offset in [offset, offset.wrapping_sub(1)] {
            for tau in [0.05, 1e-30, 1.0, 1e30] {
                let noise = Noise::Keyed { key, offset };
                let y = gumbel_softmax(&[0.0_f32, 0.5], 2, tau, noise).unwrap();
                assert!((y[0] + y[1] - 1.0).abs() < 1e-6, "{word:#x}, tau {tau}: {y:?}");
                let noise = Noise::Keyed { key, offset };
                let b = binary_concrete(&[0.0_f32, -30.0], tau, noise).unwrap();
                assert!(b.iter().all(|b| (0.0..=1.0).contains(b)), "{word:#x}, tau {tau}: {b:?}");
            }
        }
    }
    // And ordinary draws.
    let (n, mut y) = (fast_or_slow(1_u64 << 27, 1 << 34), vec![0.0_f32; 1 << 20]);
    for offset in (0..n).step_by(1 << 20) {
        noise::gumbel_into(Key::new(130), offset, &mut y);
        assert!(y.iter().all(|g| g.is_finite()), "elements from {offset}");
    }
}

/// pytorch issues 34372, 41663; executorch pull 20454.
#[test]
fn in_f16_and_bf16_the_clamp_rounds_to_1_and_the_log_to_0() {
    half_noise::<f16>(f16::to_f32, 2f32.powi(-11));
    half_noise::<bf16>(bf16::to_f32, 2f32.powi(-8));
}

/// Tests the noise of a type with relative rounding of at most `unit`.
fn half_noise<H: Half>(wide: fn(H) -> f32, unit: f32) {
    let mut runs: Vec<(Key, u64, usize)> =
        EXTREMES.map(element_of).map(|(key, offset)| (key, offset, 2)).to_vec();
    runs.push((Key::new(131), 0, 1_000_000));
    for (key, offset, n) in runs {
        let (mut low, mut exact) = (vec![H::default(); n], vec![0.0_f32; n]);
        half_precision::gumbel_into(key, offset, &mut low);
        noise::gumbel_into(key, offset, &mut exact);
        for (low, exact) in low.iter().map(|&g| wide(g)).zip(&exact) {
            assert!((-3.82..45.07).contains(&low), "{low} of {exact}");
            // The noise is exact up to rounding; f16 has steps of at least 2^-24.
            assert!(
                (low - exact).abs() <= (exact.abs() * unit).max(2f32.powi(-25)),
                "{low} of {exact}"
            );
        }
        half_precision::exponential_into(key, offset, &mut low);
        assert!(low.iter().all(|&e| wide(e) > 0.0 && wide(e).ln().is_finite()));
        half_precision::logistic_into(key, offset, &mut low);
        assert!(low.iter().all(|&l| wide(l).abs() < 45.07));
    }
}

/// pytorch issues 4858, 13867, 48841, 50034, 25030; jax issue 25498.
#[test]
fn a_class_of_probability_0_is_drawn() {
    let k = 1_030;
    let impossible = |i: usize| i.is_multiple_of(2);
    let logits: Vec<f32> =
        (0..k).map(|i| if impossible(i) { f32::NEG_INFINITY } else { 0.0 }).collect();
    let weights: Vec<f32> = (0..k).map(|i| if impossible(i) { 0.0 } else { 1e-30 }).collect();
    for row in [Categorical::from_logits(&logits, k), Categorical::from_weights(&weights, k)] {
        let row = row.unwrap();
        for (sampler, draw) in SAMPLERS {
            let n = if sampler == "alias table" { 1_000_000 } else { 5_000 };
            let drawn = draw(&row, n, Key::new(113));
            assert!(drawn.into_iter().all(|i| !impossible(i)), "{sampler}");
        }
        let all = row.top_k(k / 2, Key::new(115)).unwrap();
        assert!(all.indices().into_iter().all(|i| !impossible(i as usize)));
        // Also at the ends of the range of words.
        let table = AliasTable::new(&row).unwrap();
        for (key, at) in EXTREMES.map(element_of) {
            assert!(!impossible(table.sample(key, at) as usize));
            assert!(!impossible(row.first_row(at).sample(key).unwrap()[0]));
            let noise = Noise::Keyed { key, offset: at };
            assert!(!impossible(gumbel_max(&logits, k, noise).unwrap()[0]));
        }
    }
    // The soft value and the gradient of an impossible class are exactly 0, for any values of the others.
    for tau in [0.05, 1.0, 1e30] {
        let y = gumbel_softmax(&logits, k, tau, Key::new(116)).unwrap();
        let dy: Vec<f32> = (0..k).map(|i| if impossible(i) { f32::MAX } else { 1.0 }).collect();
        let mut dl = vec![9.0; k];
        gumbel_softmax_vjp_into(&y, &dy, k, tau, &mut dl).unwrap();
        assert!((0..k).filter(|&i| impossible(i)).all(|i| y[i] == 0.0 && dl[i] == 0.0), "{tau}");
        assert!(dl.iter().all(|d| d.is_finite()));
        let dtau = gumbel_softmax_vjp_tau(&logits, k, tau, Key::new(116), &dl).unwrap();
        assert!(dtau.is_finite());
    }
}

/// pytorch issues 2576, 43115; pasqal-io/emulators 137; sbi-dev/sbi 1283.
#[test]
fn more_than_2_24_classes_are_refused_or_their_sum_stops_growing() {
    let (k, n) = (1 << 25, 4_000);
    let mut logits = vec![-3.0_f32; k];
    let drawn = categorical_many(&logits, n, Key::new(109)).unwrap();
    for bits in [0, 12, 21] {
        let nibbles: Vec<usize> = drawn.iter().map(|i| i >> bits & 15).collect();
        assert_law("2^25 classes", &nibbles, &[1.0 / 16.0; 16]);
    }
    // One pass for each draw; a sum that stops at 2^24 never reaches the upper half of the classes.
    let row = Categorical::from_logits(&logits, k).unwrap();
    let mut quarters = [0_u64; 4];
    for seed in 0..fast_or_slow(54, 2_000) {
        let one = row.sample(Key::new(110).fold_in(seed)).unwrap()[0];
        quarters[one >> 23] += 1;
        assert!(one < k);
    }
    // One of four is empty with probability below 4 (3/4)^54 = 0.7e-6.
    assert!(quarters.iter().all(|&n| n > 0), "{quarters:?}");
    let top = top_k(&logits, 3_000, Key::new(111)).unwrap();
    let nibbles: Vec<usize> = top.indices().iter().map(|i| (i >> 21) as usize).collect();
    assert_law("top-k of 2^25 classes", &nibbles, &[1.0 / 16.0; 16]);
    // Only the last class is possible.
    logits.fill(f32::NEG_INFINITY);
    logits[k - 1] = -1e30;
    let row = Categorical::from_logits(&logits, k).unwrap();
    assert_eq!(row.sample(Key::new(112)).unwrap(), [k - 1]);
    assert_eq!(row.sample_many(3, Key::new(112)).unwrap(), [k - 1; 3]);
}

/// jax pulls 5348, 26974, 28946; vllm pulls 34854, 37798, 43150, 45996, 47524; NVIDIA/Megatron-LM 7182;
/// LLaDA issues 36, 65. The test is that of vllm pull 43150: 32.8 hits in 10^5 trials are expected, and
/// 3,276 in the 10^7 of the slow suite.
mod the_noise_is_cut_and_rare_classes_are_under_drawn {
    use super::*;

    fn trials() -> usize {
        fast_or_slow(100_000, 10_000_000)
    }

    fn each(seed: u64, draw: impl Fn(&[f32], Key) -> usize) -> Vec<usize> {
        let (logits, key) = (tail_row(), Key::new(seed));
        (0..trials() as u64).map(|i| draw(&logits, key.fold_in(i))).collect()
    }

    #[test]
    fn by_categorical_sample() {
        let draw = |logits: &[f32], key| {
            Categorical::from_logits(logits, TAIL + 1).unwrap().sample(key).unwrap()[0]
        };
        assert_tail("sample", &each(106, draw));
    }

    #[test]
    fn by_gumbel_max() {
        let draw = |logits: &[f32], key| gumbel_max(logits, TAIL + 1, key).unwrap()[0];
        assert_tail("gumbel_max", &each(107, draw));
    }

    #[test]
    fn by_top_k() {
        let draw = |logits: &[f32], key| top_k(logits, 1, key).unwrap().indices()[0] as usize;
        assert_tail("top_k", &each(104, draw));
    }

    /// In parts of 25,000 draws, fewer than a tenth of the classes, which are drawn block by block.
    #[test]
    fn by_categorical_many_in_parts() {
        let (logits, key) = (tail_row(), Key::new(104));
        let parts = trials() as u64 / 25_000;
        let part = |i| categorical_many(&logits, 25_000, key.fold_in(i)).unwrap();
        assert_tail("categorical_many, 25,000", &(0..parts).flat_map(part).collect::<Vec<_>>());
    }

    /// With an alias table, always 10^7 draws.
    #[test]
    fn by_categorical_many() {
        assert_tail(
            "categorical_many",
            &categorical_many(&tail_row(), 10_000_000, Key::new(105)).unwrap(),
        );
    }

    /// Clipping the uniforms at 0.999 caps the noise at 6.9. Then, with one head at 0 and 50,000 classes at -8,
    /// 95 % of the draws are the head; correct are 5.6 %.
    #[test]
    fn by_a_clip() {
        let mut logits = vec![-8.0_f32; 50_001];
        logits[0] = 0.0;
        let p = 1.0 / (1.0 + 50_000.0 * (-8.0_f64).exp());
        let row = Categorical::from_logits(&logits, 50_001).unwrap();
        for (sampler, draw) in SAMPLERS {
            let heads =
                draw(&row, 2_000, Key::new(108)).into_iter().filter(|&i| i == 0).count() as f64;
            assert!(
                (heads / 2_000.0 - p).abs() < share_bound(p, 2_000),
                "{sampler}: {heads} of 2,000"
            );
        }
    }
}

/// vllm pull 43249; executorch pull 20454.
#[test]
fn a_uniform_of_1_gives_an_infinite_noise_and_an_illegal_index() {
    let weights: Vec<f32> = (0..1_500).map(|i| (i % 3) as f32).collect();
    let logits: Vec<f32> = weights.iter().map(|w| w.ln()).collect();
    let row = Categorical::from_weights(&weights, 1_500).unwrap();
    let table = AliasTable::new(&row).unwrap();
    for word in EXTREMES {
        let (key, at) = element_of(word);
        let noise = Noise::Keyed { key, offset: at };
        for class in [
            gumbel_max(&logits, 1_500, noise).unwrap()[0],
            row.first_row(at).sample(key).unwrap()[0],
            table.sample(key, at) as usize,
        ] {
            assert!(class < 1_500 && weights[class] > 0.0, "{word:#x}: {class}");
        }
        let (mut narrow, mut wide) = ([0.0_f32], [0.0_f64]);
        noise::uniform_into(key, at, &mut narrow);
        noise::uniform_into(key, at, &mut wide);
        assert!(0.0 < narrow[0] && narrow[0] < 1.0 && 0.0 < wide[0] && wide[0] < 1.0);
    }
}

/// pytorch issue 31829; allennlp issue 890; tensorflow issue 11756.
#[test]
fn a_row_with_everything_masked_is_nan() {
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
    // The relaxations too.
    let row_1 = Error::AllMasked { row: 1 };
    assert_eq!(gumbel_softmax(&logits, 1_000, 1.0, Key::new(1)), Err(row_1.clone()));
    assert_eq!(gumbel_max(&logits, 1_000, Key::new(1)), Err(row_1.clone()));
    let (mut hard, mut soft) = (vec![7.0; 3_000], vec![7.0; 3_000]);
    let done = straight_through_gumbel_softmax_into(
        &logits,
        1_000,
        1.0,
        Key::new(1),
        &mut hard,
        &mut soft,
    );
    assert_eq!(done, Err(row_1));
    assert!(hard.iter().chain(&soft).all(|&y| y == 7.0), "nothing is written");
}

/// pytorch issues 18254, 37162; tensorflow/probability issues 705, 1738, 1674; pyro issue 3304. (There is
/// no density of the relaxed law here, and one temperature for a call.)
#[test]
fn small_temperatures_underflow() {
    let logits: Vec<f32> = (0..640).map(|i| ((i * 37) % 101) as f32 * 0.1).collect();
    let key = Key::new(132);
    for tau in [0.05, 1e-10, 1e-300] {
        let y = gumbel_softmax(&logits, 64, tau, key).unwrap();
        let winners = gumbel_max(&logits, 64, key).unwrap();
        for (row, winner) in y.chunks(64).zip(winners) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(row.iter().all(|y| *y <= row[winner]), "tau {tau}");
        }
        let (mut dl, dy) = (vec![0.0; 640], vec![1.0; 640]);
        gumbel_softmax_vjp_into(&y, &dy, 64, tau, &mut dl).unwrap();
        assert!(gumbel_softmax_vjp_tau(&logits, 64, tau, key, &dl).is_ok_and(|d| !d.is_nan()));
        let b = binary_concrete(&logits, tau, key).unwrap();
        binary_concrete_vjp_into(&b, &dy, tau, &mut dl).unwrap();
        assert!(b.iter().chain(&dl).all(|x| !x.is_nan()), "tau {tau}");
        assert!(binary_concrete_vjp_tau(&logits, tau, key, &dl).is_ok_and(|d| !d.is_nan()));
    }
}

/// pytorch issues 114107, 82071, 145470, 148838; text-generation-inference 687; CTranslate2 1757;
/// vllm-omni pull 4261; sglang pull 10678.
#[test]
fn the_seed_is_ignored_or_threads_and_neighbours_change_the_draw() {
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
    // Another key gives other draws; the number of threads changes nothing.
    assert_ne!(batch.sample(Key::new(119)).unwrap(), whole);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            assert_eq!(batch.sample(Key::new(118)).unwrap(), whole);
            assert_eq!(batch.gumbel_max(Key::new(118)).unwrap(), coupled);
            let mut again = vec![0.0_f32; rows * k];
            noise::logistic_into(Key::new(116), 0, &mut again);
            assert_eq!(again, logits);
        });
    }
}

/// pytorch issue 14634; openai/baselines issue 1219.
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
    // The sum is checked with a mask, with a temperature and in long rows too.
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
