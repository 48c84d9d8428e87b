//! Binary Concrete and its gradients.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::relax::straight_through_binary_concrete_into;
use gumbel::relax::{binary_concrete_into, binary_concrete_vjp_into, binary_concrete_vjp_tau};
use gumbel::{Noise, Real, noise};
use gumbel_fuzz::{Number, Numbers, Parts, Size, bits, is_temperature, most_noise};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    double: bool,
    length: Size,
    logits: Numbers,
    tau: Number,
    parts: Parts,
    offset: u64,
    given: Option<Numbers>,
    dy: Numbers,
}

fn check<T: Real>(input: &Input) {
    let (n, tau) = (input.length.0, input.tau.0);
    let logits: Vec<T> = input.logits.fill(n);
    let given: Option<Vec<T>> = input.given.as_ref().map(|given| given.fill(n));
    let noise = match &given {
        Some(given) => Noise::Given(given),
        None => Noise::Keyed { key: input.parts.key(), offset: input.offset },
    };
    let valid = is_temperature(tau)
        && logits.iter().all(|l| !l.to_f64().is_nan())
        && given.iter().flatten().all(|g| g.to_f64().abs() <= most_noise::<T>());
    let mut y = vec![T::from_f64(9.0); n];
    let result = binary_concrete_into(&logits, tau, noise, &mut y);
    assert_eq!(result.is_ok(), valid);
    if !valid {
        assert!(y.iter().all(|y| y.to_f64() == 9.0), "written despite an error");
        return;
    }
    for (y, l) in y.iter().zip(&logits) {
        let (y, l) = (y.to_f64(), l.to_f64());
        assert!((0.0..=1.0).contains(&y), "{y}");
        assert!(l.is_finite() || y == f64::from(l > 0.0), "{l} gives {y}");
    }
    let (mut hard, mut again) = (vec![T::from_f64(9.0); n], vec![T::default(); n]);
    straight_through_binary_concrete_into(&logits, tau, noise, &mut hard, &mut again)
        .expect("valid");
    assert_eq!(bits(&again), bits(&y));
    for (hard, y) in hard.iter().zip(&y) {
        let (hard, y) = (hard.to_f64(), y.to_f64());
        assert!(hard == 0.0 || hard == 1.0);
        assert!(if hard == 1.0 { y >= 0.5 } else { y <= 0.5 }, "{hard} and {y}");
    }
    if given.is_none() {
        let mut made = vec![T::default(); n];
        noise::logistic_into(input.parts.key(), input.offset, &mut made);
        binary_concrete_into(&logits, tau, &made, &mut again).expect("valid");
        assert_eq!(bits(&again), bits(&y));
    }
    let dy: Vec<T> = input.dy.fill(n);
    let mut dlogits = vec![T::default(); n];
    binary_concrete_vjp_into(&y, &dy, tau, &mut dlogits).expect("good lengths");
    for (dl, y) in dlogits.iter().zip(&y) {
        assert!((0.0 < y.to_f64() && y.to_f64() < 1.0) || dl.to_f64() == 0.0, "{dl:?} at {y:?}");
    }
    if tau >= 1e-6 && dy.iter().all(|d| d.to_f64().abs() <= 1e6) {
        assert!(dlogits.iter().all(|dl| dl.to_f64().is_finite()));
        let dtau = binary_concrete_vjp_tau(&logits, tau, noise, &dlogits).expect("valid");
        assert!(dtau.is_finite(), "{dtau}");
    }
    binary_concrete_vjp_into(&dy, &logits, tau, &mut dlogits).expect("good lengths");
}

fuzz_target!(|input: Input| match input.double {
    true => check::<f64>(&input),
    false => check::<f32>(&input),
});
