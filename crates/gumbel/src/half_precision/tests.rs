//! Compares half-precision results with `f32` results, rounded.

use super::*;
use crate::noise;
use crate::relax;

const LAWS: [Law; 4] = [Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal];

fn to_f32<H: Half>(values: &[H]) -> Vec<f32> {
    let mut wide = vec![9.0; values.len()];
    H::widen(values, &mut wide);
    wide
}

/// The test of all words in `simd::noise` bounds the values that are rounded here.
fn noise_is_finite_for_every_draw<H: Half>() {
    for law in LAWS {
        let ends = [0, 1, (1 << 16) - 1, 1 << 31, u32::MAX - (1 << 16), u32::MAX];
        for word in ends {
            for second in [0, 1 << 31, u32::MAX] {
                let mut value = [law.of_words(word, second) as f32];
                assert!(value[0].abs() <= 45.1);
                let mut rounded = [H::default()];
                round_noise(law, &mut value, &mut rounded);
                let rounded = to_f32(&rounded)[0];
                assert!(rounded.abs() <= 45.25, "{law:?} {word:#x}");
                assert!(law != Law::Exponential || rounded > 0.0, "{word:#x}");
                // So Gumbel noise made from the rounded exponential is finite too.
                assert!(law != Law::Exponential || rounded.ln().is_finite());
            }
        }
    }
    // Rounding is monotone, so all values between these are finite too.
    let mut rounded = [H::default(); 2];
    H::narrow(&[-45.1, 45.1], &mut rounded);
    assert!(to_f32(&rounded).iter().all(|x| x.abs() <= 45.25));
}

#[test]
fn f16_and_bf16_noise_is_finite_for_every_draw() {
    noise_is_finite_for_every_draw::<f16>();
    noise_is_finite_for_every_draw::<bf16>();
}

/// The bounds that the docs of the functions state.
#[test]
fn noise_of_each_type_ends_where_the_docs_say() {
    fn check<H: Half>(law: Law, expected: [f32; 2]) {
        let mut ends = [0, u32::MAX].map(|word| law.of_words(word, word) as f32);
        ends.sort_by(f32::total_cmp);
        let mut rounded = [H::default(); 2];
        round_noise(law, &mut ends, &mut rounded);
        assert_eq!(to_f32(&rounded), expected, "{law:?} {ends:?}");
    }
    check::<f16>(Law::Gumbel, [-3.8085938, 45.0625]);
    check::<bf16>(Law::Gumbel, [-3.8125, 45.0]);
    check::<f16>(Law::Logistic, [-45.0625, 45.0625]);
    check::<bf16>(Law::Logistic, [-45.0, 45.0]);
    check::<f16>(Law::Normal, [-9.15625, 9.15625]);
    check::<bf16>(Law::Normal, [-9.125, 9.125]);
}

#[test]
fn noise_equals_f32_noise_rounded() {
    fn check<H: Half + PartialEq>(nearest: fn(f32) -> H) {
        for law in LAWS {
            for (offset, len) in [(0, 0), (5, 1), (37, 5000), (64, 200_000)] {
                let (mut ours, mut wide) = (vec![H::default(); len], vec![0.0_f32; len]);
                fill(law, Key::new(3), offset, &mut ours);
                law.fill_into(Key::new(3), offset, &mut wide);
                let positive = |x: f32| if law == Law::Exponential { x.max(H::LEAST) } else { x };
                let expected: Vec<H> = wide.into_iter().map(|x| nearest(positive(x))).collect();
                assert!(ours == expected, "{law:?} {len}");
            }
        }
    }
    check(f16::from_f32);
    check(bf16::from_f32);
}

#[test]
fn gumbel_softmax_equals_f32_rounded() {
    fn check<H: Half + PartialEq>(nearest: fn(f32) -> H) {
        for (shape, dim) in [
            (vec![1, 1], -1),
            (vec![700, 10], -1),
            (vec![50_000, 3], -1),
            (vec![7, 64], -1),
            (vec![5, 5000], -1),
            (vec![1, 200_000], -1),
            (vec![3, 7, 20], 1),
            (vec![2, 100, 300], 1),
        ] {
            let axis = Axis::of(&shape, dim).unwrap();
            let n: usize = shape.iter().product();
            let mut l = vec![0.0_f32; n];
            noise::logistic_into(Key::new(1), 0, &mut l);
            let l: Vec<H> = l.into_iter().map(nearest).collect();
            let key = Noise::Keyed { key: Key::new(2), offset: 37 };
            let (mut y, mut wide) = (vec![H::default(); n], vec![9.0_f32; n]);
            gumbel_softmax_into(&l, axis, 0.5, key, &mut y).unwrap();
            relax::gumbel_softmax_into(&to_f32(&l), axis, 0.5, key, &mut wide).unwrap();
            assert!(y.iter().zip(&wide).all(|(y, w)| *y == nearest(*w)), "{shape:?}");
            let mut g = vec![0.0_f32; n];
            noise::gumbel_into(Key::new(2), 37, &mut g);
            let mut given = vec![H::default(); n];
            gumbel_softmax_into(&l, axis, 0.5, &g, &mut given).unwrap();
            assert!(given == y);
        }
    }
    check(f16::from_f32);
    check(bf16::from_f32);
}

#[test]
fn the_largest_logits_do_not_overflow() {
    let l = [f16::MAX, f16::MIN, f16::NEG_INFINITY, f16::ZERO];
    for tau in [1e-300, 1.0, 1e300] {
        let mut y = [f16::ONE; 4];
        gumbel_softmax_into(&l, 4, tau, Key::new(1), &mut y).unwrap();
        assert_eq!(y[2], f16::ZERO);
        assert!((to_f32(&y).iter().sum::<f32>() - 1.0).abs() < 2e-3, "{tau} {y:?}");
    }
}

#[test]
fn bad_input_is_named_and_nothing_is_written() {
    let mut l = vec![f16::ONE; 6000];
    let mut y = vec![f16::ONE; 6000];
    for bad in [f16::NAN, f16::INFINITY] {
        l[5001] = bad;
        let error = gumbel_softmax_into(&l, 2, 1.0, Key::new(1), &mut y);
        assert!(matches!(error, Err(Error::Value { argument: "logits", index: 5001, .. })));
    }
    (l[5000], l[5001]) = (f16::NEG_INFINITY, f16::NEG_INFINITY);
    let error = gumbel_softmax_into(&l, 2, 1.0, Key::new(1), &mut y);
    assert_eq!(error, Err(Error::AllMasked { row: 2500 }));
    assert!(y.iter().all(|&y| y == f16::ONE));
    let error = gumbel_softmax_into(&l, 7, 1.0, Key::new(1), &mut y);
    assert!(matches!(error, Err(Error::NotRows { .. })));
    let error = gumbel_softmax_into(&l[..4], 2, 0.0, Key::new(1), &mut y[..4]);
    assert!(matches!(error, Err(Error::Temperature { .. })));
    assert!(gumbel_softmax_into::<f16>(&[], 2, 1.0, Key::new(1), &mut []).is_ok());
}

/// Rows of half precision with temperatures of their own are the rows of `f32`, rounded once.
#[test]
fn a_temperature_for_each_row() {
    for shape in [[700, 10, 1], [9, 100, 1], [2, 3000, 1], [3, 5, 20]] {
        let axis = Axis::of(&shape, 1).unwrap();
        let n = shape.iter().product();
        let mut wide = vec![0.0_f32; n];
        crate::noise::logistic_into(Key::new(1), 0, &mut wide);
        let logits: Vec<bf16> = wide.iter().map(|&l| bf16::from_f32(l)).collect();
        let wide: Vec<f32> = logits.iter().map(|l| l.to_f32()).collect();
        let tau: Vec<f64> = (0..n / shape[1]).map(|row| [0.1, 0.7, 3.0][row % 3]).collect();
        let (mut y, mut exact) = (vec![bf16::ZERO; n], vec![0.0_f32; n]);
        gumbel_softmax_into(&logits, axis, &tau, Key::new(2), &mut y).unwrap();
        crate::relax::gumbel_softmax_into(&wide, axis, &tau, Key::new(2), &mut exact).unwrap();
        let exact: Vec<bf16> = exact.into_iter().map(bf16::from_f32).collect();
        assert!(y == exact, "{shape:?}");
        let short = gumbel_softmax_into(&logits, axis, &tau[1..], Key::new(2), &mut y);
        assert!(matches!(short, Err(Error::Length { argument: "tau", .. })));
    }
}
