//! Divergences, the re-parameterised normal sample, the likelihood of pixels.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::{Noise, Real, likelihood, sample};
use gumbel_fuzz::{Numbers, Parts, bits, is_narrow, most_noise};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    double: bool,
    rows: u8,
    variables: u8,
    classes: u8,
    a: Numbers,
    b: Numbers,
    c: Numbers,
    parts: Parts,
    offset: u64,
    given: Option<Numbers>,
}

fn categories<T: Real>(input: &Input) {
    let (rows, v, k) = (
        usize::from(input.rows % 24),
        usize::from(input.variables % 8),
        usize::from(input.classes),
    );
    let (a, b): (Vec<T>, Vec<T>) = (input.a.fill(rows * v * k), input.b.fill(v * k));
    let mut kl = vec![T::default(); rows];
    let possible = |row: &[T]| row.iter().any(|l| l.to_f64() > f64::NEG_INFINITY);
    let valid = k > 0
        && b.iter().all(|l| l.to_f64().is_finite())
        && a.iter().all(|l| l.to_f64() < f64::INFINITY)
        && a.chunks(k.max(1)).all(possible);
    let result = likelihood::categorical_kl_into(&a, &b, k, &mut kl);
    assert_eq!(result.is_ok(), valid, "{result:?}");
    let dkl: Vec<T> = input.c.fill(rows);
    let (mut da, mut db) = (vec![T::default(); a.len()], vec![T::default(); b.len()]);
    let result = likelihood::categorical_kl_vjp_into(&a, &b, &dkl, k, &mut da, &mut db);
    assert_eq!(result.is_ok(), valid);
    if !valid {
        return;
    }
    for kl in &kl {
        // Rounding of the terms, which are as large as the logits.
        let most = a.iter().chain(&b).map(|l| l.to_f64()).filter(|l| l.is_finite());
        let most = most.fold(1.0, |m: f64, l| m.max(l.abs()));
        assert!(kl.to_f64() >= -1e-13 * most * (v * k) as f64, "{kl:?}");
    }
    let tame = |x: &T| x.to_f64().abs() <= 1e6 || x.to_f64() == f64::NEG_INFINITY;
    if a.iter().chain(&b).chain(&dkl).all(tame) && dkl.iter().all(|d| d.to_f64().is_finite()) {
        assert!(kl.iter().chain(&da).chain(&db).all(|x| x.to_f64().is_finite()));
    }
}

fn normals<T: Real>(input: &Input) {
    let (rows, d) = (usize::from(input.rows % 24), usize::from(input.classes));
    let (mu, s): (Vec<T>, Vec<T>) = (input.a.fill(rows * d), input.b.fill(rows * d));
    let most_s = if is_narrow::<T>() { 44.0 } else { 300.0 };
    let finite = |x: &[T]| x.iter().all(|x| x.to_f64().is_finite());
    let mut kl = vec![T::default(); rows];
    let result = likelihood::normal_kl_into(&mu, &s, d, &mut kl);
    let ln_good = finite(&s) && s.iter().all(|s| s.to_f64() <= most_s);
    let shape = d > 0;
    assert_eq!(result.is_ok(), shape && finite(&mu) && ln_good, "{result:?}");
    if result.is_ok() {
        assert!(kl.iter().all(|kl| kl.to_f64() >= -1e-12), "{kl:?}");
    }
    let dx: Vec<T> = input.c.fill(rows * d);
    let (mut x, mut again) = (vec![T::default(); mu.len()], vec![T::default(); mu.len()]);
    let dkl: Vec<T> = input.c.fill(rows);
    let vjp = likelihood::normal_kl_vjp_into(&mu, &s, &dkl, d, &mut x, &mut again);
    assert_eq!(vjp.is_ok(), result.is_ok());

    let given: Option<Vec<T>> = input.given.as_ref().map(|given| given.fill(mu.len()));
    let noise = match &given {
        Some(given) => Noise::Given(given),
        None => Noise::Keyed { key: input.parts.key(), offset: input.offset },
    };
    let noise_good = given.iter().flatten().all(|g| g.to_f64().abs() <= most_noise::<T>());
    let result = sample::normal_sample_into(&mu, &s, noise, &mut x);
    assert_eq!(result.is_ok(), noise_good && finite(&mu) && ln_good, "{result:?}");
    if result.is_ok() {
        assert!(x.iter().all(|x| !x.to_f64().is_nan()));
        let tame = mu.iter().all(|mu| mu.to_f64().abs() <= 1e30) && given.is_none();
        assert!(!tame || finite(&x));
        sample::normal_sample_into(&mu, &s, noise, &mut again).expect("as before");
        assert_eq!(bits(&x), bits(&again));
        let [mut dmu, mut ds] = [vec![T::default(); mu.len()], vec![T::default(); mu.len()]];
        sample::normal_sample_vjp_into(&s, &dx, noise, &mut dmu, &mut ds).expect("as before");
        assert_eq!(bits(&dmu), bits(&dx));
    }
    let sigma: Vec<T> = s.iter().map(|s| T::from_f64(s.to_f64().abs())).collect();
    let result = sample::normal_sample_of_sigma_into(&mu, &sigma, noise, &mut x);
    assert_eq!(result.is_ok(), noise_good && finite(&mu) && finite(&sigma), "{result:?}");
    if result.is_ok() {
        assert!(x.iter().all(|x| !x.to_f64().is_nan()));
        for ((x, mu), sigma) in x.iter().zip(&mu).zip(&sigma) {
            assert!(sigma.to_f64() != 0.0 || x == mu);
        }
        sample::normal_sample_of_sigma_vjp_into(&dx, noise, &mut again, &mut x).expect("as before");
    }
}

fn pixels<T: Real>(input: &Input) {
    let (rows, d) = (usize::from(input.rows % 24), usize::from(input.classes));
    let (l, x): (Vec<T>, Vec<T>) = (input.a.fill(rows * d), input.b.fill(rows * d));
    let x: Vec<T> = x.iter().map(|x| T::from_f64(x.to_f64().abs().min(1.0))).collect();
    let (mut nll, mut mean) = (vec![T::default(); rows], vec![T::default(); l.len()]);
    let result = likelihood::bernoulli_nll_into(&l, &x, d, &mut nll, &mut mean);
    assert_eq!(result.is_ok(), d > 0);
    if result.is_ok() && l.iter().all(|l| l.to_f64().is_finite()) {
        assert!(nll.iter().all(|nll| !nll.to_f64().is_nan() && nll.to_f64() >= 0.0), "{nll:?}");
        assert!(mean.iter().all(|mean| (0.0..=1.0).contains(&mean.to_f64())));
    }
    let dnll: Vec<T> = input.c.fill(rows);
    let mut dl = vec![T::default(); l.len()];
    let result = likelihood::bernoulli_nll_vjp_into(&mean, &x, &dnll, d, &mut dl);
    assert_eq!(result.is_ok(), d > 0);
}

fn all<T: Real>(input: &Input) {
    categories::<T>(input);
    normals::<T>(input);
    pixels::<T>(input);
}

fuzz_target!(|input: Input| match input.double {
    true => all::<f64>(&input),
    false => all::<f32>(&input),
});
