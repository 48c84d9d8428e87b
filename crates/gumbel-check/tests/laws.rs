//! The laws of the noises and samplers.

use gumbel::{
    Axis, Key, binary_concrete, binary_straight_through_into, gumbel_max, gumbel_softmax, noise,
    oracle, relax::gumbel_softmax::gumbel_softmax_vjp_into, straight_through_into,
};
use gumbel_check::{FALSE_ALARM, chi_square, kolmogorov_smirnov, kolmogorov_smirnov_limit};

/// Draws classes from repeated rows and tests their counts.
fn assert_law(logits: &[f64], draws: usize, seed: u64, sample: impl Fn(&[f32], Key) -> Vec<usize>) {
    let k = logits.len();
    let narrow: Vec<f32> = logits.iter().map(|&l| l as f32).collect();
    // The law is that of the logits as f32 holds them.
    let wide: Vec<f64> = narrow.iter().map(|&l| f64::from(l)).collect();
    let rows = (100_000 / k).max(1);
    let mut counts = vec![0; k];
    for batch in 0..draws.div_ceil(rows) {
        let winners = sample(&narrow.repeat(rows), Key::new(seed).fold_in(batch as u64));
        for winner in winners {
            counts[winner] += 1;
        }
    }
    let p = chi_square(&counts, &oracle::softmax(&wide)).unwrap();
    assert!(p > FALSE_ALARM, "p = {p} for {k} classes");
}

fn argmax_of_rows(y: &[f32], k: usize) -> Vec<usize> {
    let best = |row: &[f32]| (0..k).fold(0, |best, i| if row[i] > row[best] { i } else { best });
    y.chunks(k).map(best).collect()
}

/// Forward, back, left or right with probability .9, .05, .05 and 0: 10^7 draws.
#[test]
fn the_agent_of_the_explanation() {
    let logits = [0.9_f64, 0.05, 0.05, 0.0].map(f64::ln);
    assert_law(&logits, 10_000_000, 1, |l, key| gumbel_max(l, 4, key).unwrap());
    // The fourth way is impossible: its soft value and its gradient are exactly 0.
    let rows: Vec<f32> = logits.iter().map(|&l| l as f32).collect::<Vec<_>>().repeat(100_000);
    let y = gumbel_softmax(&rows, 4, 0.5, Key::new(2)).unwrap();
    let dy: Vec<f32> = (0..y.len()).map(|i| (i % 7) as f32 - 3.0).collect();
    let mut dl = vec![0.0; y.len()];
    gumbel_softmax_vjp_into(&y, &dy, 4, 0.5, &mut dl).unwrap();
    for i in (3..y.len()).step_by(4) {
        assert_eq!((y[i], dl[i]), (0.0, 0.0));
    }
    assert!(y.iter().chain(&dl).all(|x| x.is_finite()));
}

#[test]
fn argmax_of_the_relaxed_sample_has_the_law_at_every_temperature() {
    let logits = [1.0, 0.0, -1.0, 0.5, -3.0];
    for (seed, tau) in [(3, 0.1), (4, 0.5), (5, 1.0), (6, 10.0)] {
        assert_law(&logits, 1_000_000, seed, |l, key| {
            argmax_of_rows(&gumbel_softmax(l, 5, tau, key).unwrap(), 5)
        });
    }
}

#[test]
fn straight_through_samples_have_the_law() {
    let logits: Vec<f64> = (0..10).map(|i| f64::from(i) * 0.4).collect();
    assert_law(&logits, 1_000_000, 7, |l, key| {
        let (mut hard, mut soft) = (vec![0.0; l.len()], vec![0.0; l.len()]);
        straight_through_into(l, 10, 2.0, key, &mut hard, &mut soft).unwrap();
        argmax_of_rows(&hard, 10)
    });
}

#[test]
fn a_thousand_classes() {
    let logits: Vec<f64> = (0..1000).map(|i| (f64::from(i) * 0.37).sin() * 3.0).collect();
    assert_law(&logits, 1_000_000, 8, |l, key| gumbel_max(l, 1000, key).unwrap());
}

/// One head at 0 and 50,000 classes at -8: the head has 5.6 %. A noise that is capped at 6.9 draws
/// it 95 % of the time.
#[test]
fn the_tail_of_many_small_classes() {
    let mut logits = vec![-8.0_f32; 50_001];
    logits[0] = 0.0;
    let p = 1.0 / (1.0 + 50_000.0 * (-8.0_f64).exp());
    let trials = 2_000;
    let hits = (0..trials)
        .filter(|&i| gumbel_max(&logits, 50_001, Key::new(9).fold_in(i)).unwrap() == [0])
        .count() as u64;
    let p = chi_square(&[hits, trials - hits], &[p, 1.0 - p]).unwrap();
    assert!(p > FALSE_ALARM, "{hits} of {trials}, p = {p}");
}

/// With one key, neighbouring rows (and rows a group of the generator apart) choose independently.
#[test]
fn rows_are_independent() {
    let k = 4;
    let rows = 1_000_000;
    let winners = gumbel_max(&vec![0.0_f32; k * rows], k, Key::new(10)).unwrap();
    for apart in [1, 4, 16, 1000] {
        let mut counts = vec![0; k * k];
        // Pairs that do not overlap, so that they are independent of each other.
        for pair in winners.chunks_exact(2 * apart) {
            for i in 0..apart {
                counts[pair[i] * k + pair[i + apart]] += 1;
            }
        }
        let p = chi_square(&counts, &[1.0 / 16.0; 16]).unwrap();
        assert!(p > FALSE_ALARM, "rows {apart} apart, p = {p}");
    }
}

#[test]
fn choices_along_another_axis_have_the_law() {
    let (k, inner) = (3, 1000);
    let axis = Axis::of(&[100, k, inner], 1).unwrap();
    let p = oracle::softmax(&[0.0, 1.0, 2.0]);
    let logits: Vec<f32> = (0..100 * k * inner).map(|i| (i / inner % k) as f32).collect();
    let mut counts = vec![0; k];
    for seed in 0..5 {
        for winner in gumbel_max(&logits, axis, Key::new(11).fold_in(seed)).unwrap() {
            counts[winner] += 1;
        }
    }
    let p = chi_square(&counts, &p).unwrap();
    assert!(p > FALSE_ALARM, "p = {p}");
}

#[test]
fn binary_choices_have_the_law() {
    let n = 1_000_000;
    for (seed, logit) in [(12, 0.0_f64), (13, 1.5), (14, -4.0)] {
        let (logits, key) = (vec![logit as f32; n], Key::new(seed));
        let p = 1.0 / (1.0 + (-logit).exp());
        let soft = binary_concrete(&logits, 0.7, key).unwrap();
        let (mut hard, mut same) = (vec![0.0; n], vec![0.0; n]);
        binary_straight_through_into(&logits, 0.7, key, &mut hard, &mut same).unwrap();
        for on in [
            soft.iter().filter(|&&y| y > 0.5).count() as u64,
            hard.iter().filter(|&&y| y == 1.0).count() as u64,
        ] {
            let p = chi_square(&[on, n as u64 - on], &[p, 1.0 - p]).unwrap();
            assert!(p > FALSE_ALARM, "logit {logit}, p = {p}");
        }
    }
}

#[test]
fn noises_have_their_laws() {
    type Fill = fn(Key, u64, &mut [f64]);
    type FillNarrow = fn(Key, u64, &mut [f32]);
    type Cdf = fn(f64) -> f64;
    let laws: [(Fill, FillNarrow, Cdf); 5] = [
        (noise::uniform_into::<f64>, noise::uniform_into::<f32>, |x| x),
        (noise::exponential_into::<f64>, noise::exponential_into::<f32>, |x| -(-x).exp_m1()),
        (noise::gumbel_into::<f64>, noise::gumbel_into::<f32>, |x| (-(-x).exp()).exp()),
        (noise::logistic_into::<f64>, noise::logistic_into::<f32>, |x| 1.0 / (1.0 + (-x).exp())),
        (noise::normal_into::<f64>, noise::normal_into::<f32>, |x| {
            statrs::function::erf::erfc(-x / 2f64.sqrt()) / 2.0
        }),
    ];
    let n = 2_000_000;
    for (number, (wide, narrow, cdf)) in laws.into_iter().enumerate() {
        let key = Key::new(15).fold_in(number as u64);
        let mut sample = vec![0.0; n];
        wide(key, 0, &mut sample);
        let distance = kolmogorov_smirnov(&mut sample, cdf);
        assert!(distance < kolmogorov_smirnov_limit(n), "law {number}, f64: {distance}");
        let mut sample = vec![0.0; n];
        narrow(key.fold_in(1), 0, &mut sample);
        let mut sample: Vec<f64> = sample.into_iter().map(f64::from).collect();
        let distance = kolmogorov_smirnov(&mut sample, cdf);
        assert!(distance < kolmogorov_smirnov_limit(n), "law {number}, f32: {distance}");
    }
}

/// The largest of m Gumbels less ln m is Gumbel again: 4,000 maxima of 16,384 test the upper tail from
/// 2^-14 on, where single draws are too few. (The ends of the tails are held against the oracle, word
/// by word, beside the noise.)
#[test]
fn maxima_of_gumbels_are_gumbel() {
    let (m, n) = (16_384, 4_000);
    let mut noise = vec![0.0_f32; m];
    let mut maxima: Vec<f64> = (0..n)
        .map(|i| {
            noise::gumbel_into(Key::new(16), (i * m) as u64, &mut noise);
            f64::from(noise.iter().copied().fold(f32::MIN, f32::max)) - (m as f64).ln()
        })
        .collect();
    let distance = kolmogorov_smirnov(&mut maxima, |x| (-(-x).exp()).exp());
    assert!(distance < kolmogorov_smirnov_limit(n), "{distance}");
}
