//! Gumbel-Softmax, straight-through and their gradients, and Gumbel-max, along any axis.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::relax::straight_through_gumbel_softmax_into;
use gumbel::relax::{gumbel_softmax_into, gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau};
use gumbel::{Axis, Noise, Real, gumbel_max, noise};
use gumbel_fuzz::{
    Number, Numbers, Parts, Size, bits, is_narrow, is_temperature, most_noise, shifted,
};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    double: bool,
    outer: u8,
    classes: Size,
    inner: u8,
    logits: Numbers,
    tau: Number,
    parts: Parts,
    offset: u64,
    given: Option<Numbers>,
    dy: Numbers,
    shift: Number,
    wrong_length: bool,
}

fn check<T: Real>(input: &Input) {
    let (k, tau) = (input.classes.0, input.tau.0);
    let inner = if input.inner < 200 { 1 } else { usize::from(input.inner - 200) };
    let outer = usize::from(input.outer).min((1 << 18) / (k * inner).max(1));
    let axis = Axis::of(&[outer, k, inner], 1).expect("axis 1 of three");
    let n = outer * k * inner + usize::from(input.wrong_length);
    let logits: Vec<T> = input.logits.fill(n);
    let given: Option<Vec<T>> = input.given.as_ref().map(|given| given.fill(n));
    let noise = match &given {
        Some(given) => Noise::Given(given),
        None => Noise::Keyed { key: input.parts.key(), offset: input.offset },
    };
    let at = |row: usize, class: usize| row / inner * k * inner + class * inner + row % inner;
    let whole = n == 0 || (k * inner > 0 && n % (k * inner) == 0);
    let rows = if k * inner > 0 { n / k } else { 0 };
    let finite = |l: &T| l.to_f64() > f64::NEG_INFINITY;
    let valid = k > 0
        && whole
        && logits.iter().all(|l| l.to_f64() < f64::INFINITY)
        && (0..rows).all(|row| (0..k).any(|class| finite(&logits[at(row, class)])))
        && given.iter().flatten().all(|g| g.to_f64().abs() <= most_noise::<T>());

    let winners = gumbel_max(&logits, axis, noise);
    assert_eq!(winners.is_ok(), valid);
    let mut y = vec![T::from_f64(9.0); n];
    let soft = gumbel_softmax_into(&logits, axis, tau, noise, &mut y);
    assert_eq!(soft.is_ok(), valid && is_temperature(tau), "{soft:?}");
    if soft.is_err() {
        assert!(y.iter().all(|y| y.to_f64() == 9.0), "written despite an error");
        return;
    }

    let winners = winners.expect("valid");
    assert_eq!(winners.len(), rows);
    let rounding = if is_narrow::<T>() { 2f64.powi(-24) } else { 2f64.powi(-53) };
    // Sums of up to 64 terms are in the type itself, longer sums in f64; the sum here is rounded too.
    let terms = if is_narrow::<T>() { k.min(64) + 8 } else { 2 * k + 8 };
    for (row, &winner) in winners.iter().enumerate() {
        assert!(winner < k && finite(&logits[at(row, winner)]), "a masked class");
        let mut sum = 0.0;
        for class in 0..k {
            let p = y[at(row, class)].to_f64();
            assert!((0.0..=1.0).contains(&p), "{p}");
            assert!(p == 0.0 || finite(&logits[at(row, class)]), "a masked class of {p}");
            sum += p;
        }
        assert!((sum - 1.0).abs() <= terms as f64 * rounding, "row of {sum}");
    }

    let (mut hard, mut again) = (vec![T::from_f64(9.0); n], vec![T::default(); n]);
    straight_through_gumbel_softmax_into(&logits, axis, tau, noise, &mut hard, &mut again)
        .expect("valid");
    assert_eq!(bits(&again), bits(&y));
    for (row, &winner) in winners.iter().enumerate() {
        for class in 0..k {
            let expected = if class == winner { 1.0 } else { 0.0 };
            assert_eq!(hard[at(row, class)].to_f64(), expected);
        }
    }
    if given.is_none() {
        let mut made = vec![T::default(); n];
        noise::gumbel_into(input.parts.key(), input.offset, &mut made);
        gumbel_softmax_into(&logits, axis, tau, &made, &mut again).expect("valid");
        assert_eq!(bits(&again), bits(&y));
        assert_eq!(gumbel_max(&logits, axis, &made), Ok(winners.clone()));
    }

    if let Some(moved) = shifted(&logits, input.shift.0) {
        assert_eq!(gumbel_max(&moved, axis, noise), Ok(winners), "moved by {:?}", input.shift);
        gumbel_softmax_into(&moved, axis, tau, noise, &mut again).expect("valid");
        assert_eq!(bits(&again), bits(&y), "moved by {:?}", input.shift);
    }

    let dy: Vec<T> = input.dy.fill(n);
    let mut dlogits = vec![T::default(); n];
    gumbel_softmax_vjp_into(&y, &dy, axis, tau, &mut dlogits).expect("good lengths");
    for (dl, y) in dlogits.iter().zip(&y) {
        assert!(y.to_f64() != 0.0 || dl.to_f64() == 0.0, "a gradient of {dl:?} where y is 0");
    }
    let tame = |d: &T| d.to_f64().abs() <= 1e6;
    if tau >= 1e-6 && dy.iter().all(tame) {
        assert!(dlogits.iter().all(|dl| dl.to_f64().is_finite()));
        let dtau = gumbel_softmax_vjp_tau(&logits, axis, tau, noise, &dlogits).expect("valid");
        assert!(dtau.is_finite(), "{dtau}");
    }
    // A y that is not a sample must not panic.
    gumbel_softmax_vjp_into(&dy, &logits, axis, tau, &mut dlogits).expect("good lengths");
}

fuzz_target!(|input: Input| match input.double {
    true => check::<f64>(&input),
    false => check::<f32>(&input),
});
