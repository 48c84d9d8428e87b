//! Perturbed logits given their argmax or their maximum; truncated Gumbels.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::sample::{gumbel_given_argmax_into, gumbel_given_maximum_into, truncated_gumbel};
use gumbel::{Axis, Real, gumbel_max};
use gumbel_fuzz::{Number, Numbers, Parts, Size, bits};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    double: bool,
    outer: u8,
    classes: Size,
    inner: u8,
    logits: Numbers,
    winners: Option<u8>,
    maxima: Numbers,
    parts: Parts,
    scalars: [Number; 3],
}

fn check<T: Real>(input: &Input) {
    let (k, key) = (input.classes.0, input.parts.key());
    let inner = if input.inner < 200 { 1 } else { usize::from(input.inner - 200) };
    let outer = usize::from(input.outer).min((1 << 17) / (k * inner).max(1));
    let axis = Axis::of(&[outer, k, inner], 1).expect("axis 1 of three");
    let logits: Vec<T> = input.logits.fill(outer * k * inner);
    let at = |row: usize, class: usize| row / inner * k * inner + class * inner + row % inner;
    let tame = logits.iter().all(|l| l.to_f64().abs() <= 1e30 || l.to_f64() == f64::NEG_INFINITY);

    let drawn = gumbel_max(&logits, axis, key.fold_in(1));
    let winners = match (&drawn, input.winners) {
        (Ok(drawn), None) => drawn.clone(),
        (_, winner) => vec![usize::from(winner.unwrap_or_default()); outer * inner],
    };
    let mut z = vec![T::from_f64(9.0); logits.len()];
    let result = gumbel_given_argmax_into(&logits, axis, &winners, key, &mut z);
    assert!(drawn.is_ok() || result.is_err());
    assert!(result.is_ok() || drawn.is_err() || input.winners.is_some());
    let assert_below = |z: &[T], winners: &[usize]| {
        for (row, &winner) in winners.iter().enumerate() {
            let best = z[at(row, winner)].to_f64();
            assert!(!best.is_nan() && (best.is_finite() || !tame), "{best}");
            for class in (0..k).filter(|&class| class != winner) {
                let (z, l) = (z[at(row, class)].to_f64(), logits[at(row, class)].to_f64());
                assert!(z < best, "{z} beside {best}");
                assert!(if l == f64::NEG_INFINITY { z == l } else { z.is_finite() || !tame });
            }
        }
    };
    if result.is_ok() {
        assert_eq!(winners.len(), outer * inner);
        assert_below(&z, &winners);
        let first = bits(&z);
        gumbel_given_argmax_into(&logits, axis, &winners, key, &mut z).expect("as before");
        assert_eq!(bits(&z), first);
    }

    let maxima: Vec<T> = input.maxima.fill(outer * inner);
    let finite = maxima.iter().all(|m| m.to_f64().is_finite());
    let result = gumbel_given_maximum_into(&logits, axis, &maxima, key, &mut z);
    assert_eq!(result.is_ok(), drawn.is_ok() && finite, "{result:?}");
    if let Ok(winners) = result {
        for (row, &winner) in winners.iter().enumerate() {
            assert!(winner < k && logits[at(row, winner)].to_f64() > f64::NEG_INFINITY);
            assert_eq!(bits(&[z[at(row, winner)]]), bits(&[maxima[row]]));
        }
        if maxima.iter().all(|m| m.to_f64().abs() <= 1e30) {
            assert_below(&z, &winners);
        }
    }
}

fuzz_target!(|input: Input| {
    if input.double {
        check::<f64>(&input)
    } else {
        check::<f32>(&input)
    }
    let [phi, bound, e] = input.scalars.map(|number| number.0);
    let z = truncated_gumbel(phi, bound, e);
    let (inf, none) = (f64::INFINITY, f64::NEG_INFINITY);
    assert_eq!(z.is_ok(), phi < inf && bound > none && e > 0.0 && e < inf);
    if let Ok(z) = z {
        assert!(z <= bound && (z > none || phi <= -1e300), "{z}");
    }
});
