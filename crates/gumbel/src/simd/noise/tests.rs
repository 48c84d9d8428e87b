//! Compares the noise of every word with `f64`, and filled buffers with single elements.

use super::*;
use crate::{oracle, simd};
use std::sync::Mutex;

/// Words at which a kernel changes its branch, or a float its exponent.
const EDGES: [u32; 7] = [0, RARE, 1 << 23, 1 << 24, 1 << 30, 1 << 31, u32::MAX - RARE + 1];

fn of_words(level: Level, law: Law, words: &[u32]) -> Vec<f32> {
    #[inline(always)]
    fn all<S: Simd, T: Transform>(simd: S, words: &[u32], out: &mut [f32]) {
        for (words, out) in words.chunks(16).zip(out.chunks_mut(16)) {
            let mut whole = [1 << 31; 16];
            whole[..words.len()].copy_from_slice(words);
            let kept: [f32; 16] = T::start(simd, u32x16::simd_from(simd, whole)).into();
            let mut values = [kept];
            T::finish(simd, &mut values);
            out.copy_from_slice(&values[0][..words.len()]);
        }
    }
    let mut out = vec![0.0; words.len()];
    dispatch!(level, simd => match law {
        Law::Uniform => all::<_, Uniform>(simd, words, &mut out),
        Law::Exponential => all::<_, Exponential>(simd, words, &mut out),
        Law::Gumbel => all::<_, Gumbel>(simd, words, &mut out),
        Law::Logistic => all::<_, Logistic>(simd, words, &mut out),
        Law::Normal => all::<_, Normal>(simd, words, &mut out),
    });
    out
}

/// The noise of rare words, each with its second word.
fn of_rare(level: Level, law: Law, words: &[(u32, u32)]) -> Vec<f32> {
    #[inline(always)]
    fn all<S: Simd, L: FromQ>(simd: S, words: &[(u32, u32)]) -> Vec<f32> {
        let values = words.chunks(16).flat_map(|words| {
            let mut q = [-0.25; 16];
            for (q, &(word, second)) in q.iter_mut().zip(words) {
                *q = signed_of_both(word, second);
            }
            let values: [f32; 16] = L::of_q(simd, f32x16::simd_from(simd, q)).into();
            values.into_iter().take(words.len())
        });
        values.collect()
    }
    dispatch!(level, simd => match law {
        Law::Exponential => all::<_, Exponential>(simd, words),
        Law::Gumbel => all::<_, Gumbel>(simd, words),
        Law::Logistic => all::<_, Logistic>(simd, words),
        _ => words.iter().map(|&(word, second)| Normal::of_rare(simd, word, second)).collect(),
    })
}

fn exact(law: Law, word: u32) -> f64 {
    match law {
        Law::Uniform => (f64::from(word >> 9) + 0.5) / 8_388_608.0,
        Law::Exponential => oracle::exponential(word, None),
        Law::Gumbel => oracle::gumbel(word, None),
        Law::Logistic => oracle::logistic(word, None),
        Law::Normal => crate::law::normal_of_word(word),
    }
}

/// The largest error that the docs allow, in [`unit`]s.
fn bound(law: Law, fused: bool) -> f64 {
    match law {
        Law::Uniform => 0.0,
        Law::Exponential => {
            if fused {
                1.72
            } else {
                1.86
            }
        }
        Law::Gumbel => {
            if fused {
                2.73
            } else {
                2.87
            }
        }
        Law::Logistic => {
            if fused {
                2.74
            } else {
                2.83
            }
        }
        Law::Normal => {
            if fused {
                3.66
            } else {
                4.06
            }
        }
    }
}

/// A unit in the last place; for Gumbel and logistic noise at least 2^-24.
fn unit(law: Law, exact: f64) -> f64 {
    let ulp = f64::from(f32::EPSILON) * 2f64.powi(exact.abs().log2().floor() as i32);
    if matches!(law, Law::Exponential | Law::Normal) { ulp } else { ulp.max(2f64.powi(-24)) }
}

/// All 2^32 words with `GUMBEL_SLOW=1`; otherwise one in 1021 and the words around the edges.
#[test]
fn every_word_is_finite_and_within_its_bound() {
    let levels = simd::levels();
    let reference = levels[0];
    for law in Law::ALL {
        let worst = [const { Mutex::new(0.0_f64) }; 2];
        simd::for_words(&EDGES, |words| {
            let expected = of_words(reference.0, law, words);
            for &(level, fused) in &levels {
                let ours = of_words(level, law, words);
                if reference.1 && fused {
                    assert!(bits(&ours) == bits(&expected), "{level:?} {law:?}");
                }
            }
            let common: Vec<u32> = words.iter().copied().filter(|w| !is_rare(*w)).collect();
            let exact: Vec<f64> = common.iter().map(|word| exact(law, *word)).collect();
            for fused in [true, false] {
                let Some(&(level, _)) = levels.iter().find(|l| l.1 == fused) else { continue };
                let mut here = 0.0_f64;
                for (i, ours) in of_words(level, law, &common).into_iter().enumerate() {
                    let units = (f64::from(ours) - exact[i]).abs() / unit(law, exact[i]);
                    // Far below the largest f16.
                    assert!(ours.abs() <= 45.1, "{level:?} {law:?} {:#x}", common[i]);
                    assert!(units <= bound(law, fused), "{level:?} {law:?} {:#x}", common[i]);
                    here = here.max(units);
                }
                let mut worst = worst[usize::from(fused)].lock().unwrap();
                *worst = worst.max(here);
            }
        });
        let [plain, fused] = worst.map(|worst| worst.into_inner().unwrap());
        println!("{law:?}: {fused} units, {plain} without fused multiply-add");
    }
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// The noise of neighbouring words is in order, up to the rounding of both values. Across the edges of the
/// rare words it is always in order.
#[test]
fn noise_is_monotone_up_to_its_rounding() {
    for law in [Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal] {
        let sign = if law == Law::Gumbel { -1.0 } else { 1.0 };
        simd::for_words(&EDGES, |words| {
            let values = of_words(simd::level(), law, words);
            for (pair, words) in values.windows(2).zip(words.windows(2)) {
                if words[0] > words[1] || is_rare(words[0]) || is_rare(words[1]) {
                    continue;
                }
                let drop = sign * f64::from(pair[0] - pair[1]);
                assert!(drop <= 2.0 * unit(law, pair[0].into()), "{law:?} {words:x?}");
            }
        });
    }
    for law in [Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal] {
        let sign = if law == Law::Gumbel { -1.0 } else { 1.0 };
        let [low, high] = [RARE, u32::MAX - RARE];
        for (level, _) in simd::levels() {
            let inner = of_words(level, law, &[low, high]);
            let outer = of_rare(level, law, &[(low - 1, u32::MAX), (high + 1, 0)]);
            assert!(sign * outer[0] <= sign * inner[0] && sign * outer[1] >= sign * inner[1]);
        }
    }
}

/// The largest error of a rare word, in the units of [`bound`].
fn rare_bound(law: Law, fused: bool) -> f64 {
    match law {
        Law::Gumbel => 1.14,
        Law::Logistic if fused => 1.1,
        Law::Logistic => 1.58,
        Law::Exponential if fused => 1.0,
        Law::Exponential => 1.12,
        _ => 0.51,
    }
}

#[test]
fn every_rare_word_is_within_its_bound_and_the_same_at_every_level_that_fuses() {
    let words = (0..RARE).chain(u32::MAX - RARE + 1..=u32::MAX);
    let words: Vec<(u32, u32)> = words
        .flat_map(|word| [0, u32::MAX, word.wrapping_mul(2_654_435_761)].map(|s| (word, s)))
        .collect();
    let levels = simd::levels();
    for law in [Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal] {
        let exact: Vec<f64> = words.iter().map(|&(word, s)| law.of_words(word, s)).collect();
        let mut first: Option<Vec<f32>> = None;
        for &(level, fused) in &levels {
            let ours = of_rare(level, law, &words);
            let mut worst = 0.0_f64;
            for (ours, exact) in ours.iter().zip(&exact) {
                assert!(ours.is_finite());
                worst = worst.max((f64::from(*ours) - exact).abs() / unit(law, *exact));
            }
            println!("{law:?}, rare words, {level:?}: {worst} units");
            assert!(worst <= rare_bound(law, fused), "{law:?} {level:?} {worst}");
            if fused {
                assert!(
                    bits(first.get_or_insert(ours.clone())) == bits(&ours),
                    "{level:?} {law:?}"
                );
            }
        }
    }
}

#[test]
fn buffers_equal_elements_at_every_level() {
    let key = Key::new(11);
    for (level, fused) in simd::levels() {
        for law in Law::ALL {
            let mut all = vec![0.0; 3 * BLOCK];
            fill(level, law, key, 0, &mut all);
            if simd::levels()[0].1 && fused {
                let mut best = vec![0.0; 3 * BLOCK];
                fill(simd::level(), law, key, 0, &mut best);
                assert_eq!(bits(&all), bits(&best));
            }
            let blocks = [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3];
            for len in (0..=3 * GROUP + 1).chain(blocks) {
                for offset in [0, 1, 15, 16, 37, 63, 64, 100] {
                    let mut out = vec![0.0; len];
                    fill(level, law, key, offset as u64, &mut out);
                    assert_eq!(bits(&out), bits(&all[offset..offset + len]));
                }
            }
        }
    }
}

#[test]
fn rare_words_take_the_second_word() {
    let key = Key::new(12);
    let rare: Vec<u64> = (0..1 << 19).filter(|&i| is_rare(key.word(i))).collect();
    // 16 are expected; fewer than 4 have a chance of 1e-4, and the key is fixed.
    assert!(rare.len() >= 4);
    for index in rare {
        for law in [Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal] {
            for (level, _) in simd::levels() {
                let mut out = [0.0; 3];
                fill(level, law, key, index - 1, &mut out);
                let expected = of_rare(level, law, &[(key.word(index), key.second_word(index))]);
                assert_eq!(out[1], expected[0], "{law:?} {index}");
            }
        }
    }
}

#[test]
fn indices_wrap_after_the_last_element() {
    let mut out = [0.0; 3];
    fill(simd::level(), Law::Gumbel, Key::new(1), u64::MAX - 1, &mut out);
    let mut first = [0.0];
    fill(simd::level(), Law::Gumbel, Key::new(1), 0, &mut first);
    assert_eq!(out[2], first[0]);
    assert!(out.iter().all(|g| g.is_finite()));
}
