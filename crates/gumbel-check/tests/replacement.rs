//! The laws of samples without replacement and of posterior Gumbels.

use gumbel::sample::{gumbel_given_argmax_into, gumbel_given_maximum_into};
use gumbel::{Categorical, Key, gumbel_max, noise, oracle};
use gumbel_check::samplers::assert_law;
use gumbel_check::{kolmogorov_smirnov, kolmogorov_smirnov_limit, share_bound};

/// Ordered samples of 3 out of 5 possible classes: tested against the product of conditional probabilities, and
/// each class against its inclusion probability.
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

/// The distribution function of Gumbel(location).
fn gumbel_cdf(x: f64, location: f64) -> f64 {
    (-(location - x).exp()).exp()
}

/// If D is drawn and then Z given D, Z must have the law of theta + G: each coordinate, their maximum, and the
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
    // And from the top down: the maximum first, then its class, then the others.
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
        // The maximum of all rows, and of the rows that one class wins.
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
