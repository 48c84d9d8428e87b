//! The laws of the relaxed samples, and of choices by Gumbel-max.

use gumbel::relax::{straight_through_binary_concrete_into, straight_through_gumbel_softmax_into};
use gumbel::{
    Axis, Key, binary_concrete, gumbel_max, gumbel_softmax, oracle, relax::gumbel_softmax_vjp_into,
};
use gumbel_check::{FALSE_ALARM, chi_square};

/// Draws classes from repeated rows and tests their counts.
fn assert_law(logits: &[f64], draws: usize, seed: u64, sample: impl Fn(&[f32], Key) -> Vec<usize>) {
    let k = logits.len();
    let narrow: Vec<f32> = logits.iter().map(|&l| l as f32).collect();
    // The law is that of the logits rounded to f32.
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

/// The agent goes forward, back, left or right with probability .9, .05, .05 and 0: 10^7 draws.
#[test]
fn the_agent_of_the_explanation() {
    let logits = [0.9_f64, 0.05, 0.05, 0.0].map(f64::ln);
    assert_law(&logits, 10_000_000, 1, |l, key| gumbel_max(l, 4, key).unwrap());
    // The fourth move is impossible, so its soft value and its gradient are exactly 0.
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
        straight_through_gumbel_softmax_into(l, 10, 2.0, key, &mut hard, &mut soft).unwrap();
        argmax_of_rows(&hard, 10)
    });
}

#[test]
fn a_thousand_classes() {
    let logits: Vec<f64> = (0..1000).map(|i| (f64::from(i) * 0.37).sin() * 3.0).collect();
    assert_law(&logits, 1_000_000, 8, |l, key| gumbel_max(l, 1000, key).unwrap());
}

/// With one key, neighbouring rows, and rows a group of the generator apart, are independent.
#[test]
fn rows_are_independent() {
    let k = 4;
    let rows = 1_000_000;
    let winners = gumbel_max(&vec![0.0_f32; k * rows], k, Key::new(10)).unwrap();
    for apart in [1, 4, 16, 1000] {
        let mut counts = vec![0; k * k];
        // Pairs that do not overlap, so that the counts are independent.
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
        straight_through_binary_concrete_into(&logits, 0.7, key, &mut hard, &mut same).unwrap();
        for on in [
            soft.iter().filter(|&&y| y > 0.5).count() as u64,
            hard.iter().filter(|&&y| y == 1.0).count() as u64,
        ] {
            let p = chi_square(&[on, n as u64 - on], &[p, 1.0 - p]).unwrap();
            assert!(p > FALSE_ALARM, "logit {logit}, p = {p}");
        }
    }
}
