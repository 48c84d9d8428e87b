//! Compares half-precision results with `f32` results, rounded.

use super::*;
use crate::axis::Axis;
use crate::error::Error;
use crate::noise::{self, Noise};
use crate::relax;
use crate::sample;
use crate::temperature::Temperature;

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

/// Every function of rows is that of `f32`, rounded once; with one temperature and one for each row.
#[test]
fn relaxations_picks_and_gradients_equal_f32_rounded() {
    fn check<H: Half + PartialEq>(nearest: fn(f32) -> H) {
        let rounded = |x: &[f32]| x.iter().map(|&x| nearest(x.max(H::LOWEST))).collect::<Vec<H>>();
        for (shape, dim) in [
            (vec![1, 1], -1),
            (vec![700, 10], -1),
            (vec![50_000, 3], -1),
            (vec![7, 64], -1),
            (vec![5, 5000], -1),
            (vec![1, 70_000], -1),
            (vec![3, 7, 20], 1),
            (vec![2, 100, 300], 1),
        ] {
            let axis = Axis::of(&shape, dim).unwrap();
            let n: usize = shape.iter().product();
            let (mut l, mut dy) = (vec![0.0_f32; n], vec![0.0_f32; n]);
            noise::logistic_into(Key::new(1), 0, &mut l);
            noise::normal_into(Key::new(5), 0, &mut dy);
            let (l, dy) = (rounded(&l), rounded(&dy));
            let (wide_l, wide_dy) = (to_f32(&l), to_f32(&dy));
            let key = Noise::Keyed { key: Key::new(2), offset: 37 };
            let of_rows: Vec<f64> =
                (0..n / axis.classes()).map(|row| [0.1, 0.7, 3.0][row % 3]).collect();
            for tau in [Temperature::Scalar(0.5), Temperature::PerRow(&of_rows)] {
                let (mut a, mut b) = (vec![nearest(9.0); n], vec![nearest(9.0); n]);
                let (mut wide_a, mut wide_b) = (vec![9.0_f32; n], vec![9.0_f32; n]);
                straight_through_gumbel_softmax_into(&l, axis, tau, key, &mut a, &mut b).unwrap();
                relax::straight_through_gumbel_softmax_into(
                    &wide_l,
                    axis,
                    tau,
                    key,
                    &mut wide_a,
                    &mut wide_b,
                )
                .unwrap();
                assert!(a == rounded(&wide_a) && b == rounded(&wide_b), "{shape:?}");
                let y = to_f32(&b);
                gumbel_softmax_vjp_into(&b, &dy, axis, tau, &mut a).unwrap();
                relax::gumbel_softmax_vjp_into(&y, &wide_dy, axis, tau, &mut wide_a).unwrap();
                assert!(a == rounded(&wide_a), "{shape:?}");
                gumbel_log_softmax_into(&l, axis, tau, key, &mut b).unwrap();
                relax::gumbel_log_softmax_into(&wide_l, axis, tau, key, &mut wide_b).unwrap();
                assert!(b == rounded(&wide_b), "{shape:?}");
                let x = to_f32(&b);
                gumbel_log_softmax_vjp_into(&b, &dy, axis, tau, &mut a).unwrap();
                relax::gumbel_log_softmax_vjp_into(&x, &wide_dy, axis, tau, &mut wide_a).unwrap();
                assert!(a == rounded(&wide_a), "{shape:?}");
                straight_through_binary_concrete_into(&l, tau, key, &mut a, &mut b).unwrap();
                relax::straight_through_binary_concrete_into(
                    &wide_l,
                    tau,
                    key,
                    &mut wide_a,
                    &mut wide_b,
                )
                .unwrap();
                assert!(a == rounded(&wide_a) && b == rounded(&wide_b), "{shape:?}");
                a.fill(nearest(9.0));
                binary_concrete_into(&l, tau, key, &mut a).unwrap();
                assert!(a == b, "{shape:?}");
                let y = to_f32(&b);
                binary_concrete_vjp_into(&b, &dy, tau, &mut a).unwrap();
                relax::binary_concrete_vjp_into(&y, &wide_dy, tau, &mut wide_a).unwrap();
                assert!(a == rounded(&wide_a), "{shape:?}");
            }
            let expected = crate::gumbel_max(&wide_l, axis, key).unwrap();
            assert_eq!(gumbel_max(&l, axis, key).unwrap(), expected, "{shape:?}");
            let (mut hard, mut wide_hard) = (vec![nearest(9.0); n], vec![9.0_f32; n]);
            gumbel_max_one_hot_into(&l, axis, key, &mut hard).unwrap();
            sample::gumbel_max_one_hot_into(&wide_l, axis, key, &mut wide_hard).unwrap();
            assert!(hard == rounded(&wide_hard), "{shape:?}");
        }
    }
    check(f16::from_f32);
    check(bf16::from_f32);
}

#[test]
fn bad_arguments_of_every_function_are_named() {
    let (mut l, key) = (vec![f16::ONE; 6000], Key::new(1));
    let (mut a, mut b) = (l.clone(), l.clone());
    let length = |argument: &'static str, result: crate::Result<()>| {
        assert!(matches!(result, Err(Error::Length { argument: name, .. }) if name == argument));
    };
    length("hard", straight_through_gumbel_softmax_into(&l, 2, 1.0, key, &mut a[1..], &mut b));
    length("soft", straight_through_gumbel_softmax_into(&l, 2, 1.0, key, &mut a, &mut b[1..]));
    length("x", gumbel_log_softmax_into(&l, 2, 1.0, key, &mut a[1..]));
    length("dy", gumbel_softmax_vjp_into(&l, &b[1..], 2, 1.0, &mut a));
    length("dx", gumbel_log_softmax_vjp_into(&l, &b[1..], 2, 1.0, &mut a));
    length("dlogits", gumbel_softmax_vjp_into(&l, &b, 2, 1.0, &mut a[1..]));
    length("hard", straight_through_binary_concrete_into(&l, 1.0, key, &mut a[1..], &mut b));
    length("soft", straight_through_binary_concrete_into(&l, 1.0, key, &mut a, &mut b[1..]));
    length("y", binary_concrete_into(&l, 1.0, key, &mut a[1..]));
    length("dlogits", binary_concrete_vjp_into(&l, &b, 1.0, &mut a[1..]));
    length("out", gumbel_max_into(&l, 2, key, &mut [0; 2999]));
    length("out", gumbel_max_one_hot_into(&l, 2, key, &mut a[1..]));
    length("noise", gumbel_max(&l, 2, &[0.0; 3]).map(drop));
    for bad in [0.0, f64::NAN] {
        let tau = [1.0, bad];
        for tau in [Temperature::Scalar(bad), Temperature::PerRow(&tau)] {
            assert!(binary_concrete_vjp_into(&l, &b, tau, &mut a).is_err());
            assert!(binary_concrete_into(&l, tau, key, &mut a).is_err());
            assert!(gumbel_softmax_vjp_into(&l, &b, 3000, tau, &mut a).is_err());
        }
    }
    l[5001] = f16::NAN;
    let mut classes = [9; 3000];
    for error in [
        gumbel_max_into(&l, 2, key, &mut classes),
        binary_concrete_into(&l, 1.0, key, &mut b),
        straight_through_gumbel_softmax_into(&l, 2, 1.0, key, &mut a, &mut b),
    ] {
        assert!(matches!(error, Err(Error::Value { argument: "logits", index: 5001, .. })));
    }
    assert!(b.iter().all(|&b| b == f16::ONE) && classes == [9; 3000]);
    assert!(gumbel_max::<f16>(&[], 2, key).unwrap().is_empty());
    assert!(binary_concrete_into::<f16>(&[], 1.0, key, &mut []).is_ok());
    assert!(gumbel_softmax_vjp_into::<f16>(&[], &[], 2, 1.0, &mut []).is_ok());
}
