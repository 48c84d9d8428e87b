//! Log-densities of relaxed samples, entropies and divergences on tensors: values and gradients against the core, which
//! computes in f64 and is tested against golden values.

use burn::tensor::{DType, Device, Tensor, TensorData};
use gumbel::likelihood as core;
use gumbel::{Axis, Key, noise};
use gumbel_burn::likelihood::{
    bernoulli_entropy, bernoulli_kl, categorical_entropy, relaxed_bernoulli_ln_density,
    relaxed_bernoulli_ln_density_of_logit, relaxed_categorical_ln_density,
    relaxed_categorical_ln_density_of_log,
};
use gumbel_burn::{Error, Temperature};

fn draw(n: usize, seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut x);
    x
}

fn tensor<const D: usize>(values: &[f64], shape: [usize; D], dtype: DType) -> Tensor<D> {
    let device = Device::flex().autodiff();
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (&device, dtype))
}

fn values<const D: usize>(t: Tensor<D>) -> Vec<f64> {
    t.into_data().iter::<f64>().collect()
}

#[track_caller]
fn assert_close(a: &[f64], b: &[f64], bound: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= bound * (1.0 + b.abs()), "{i}: {a} {b}");
    }
}

const SHAPE: [usize; 3] = [3, 4, 5];
const N: usize = 60;
const INF: f64 = f64::INFINITY;

/// Numbers as f32 holds them, so that both types start from the same.
fn narrow(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x as f32)).collect()
}

/// Logits of which one class in thirteen is masked, never the first; a row of one possible class along the last axis.
fn masked_logits() -> Vec<f64> {
    let mut l = narrow(&draw(N, 1));
    l.iter_mut().skip(1).step_by(13).for_each(|l| *l = -INF);
    l
}

fn taus(n: usize) -> Vec<f64> {
    narrow(&(0..n).map(|i| 0.3 + 0.15 * (i * 7 % 12) as f64).collect::<Vec<_>>())
}

/// The density of a tensor with its gradients in the point, the logits and tau.
fn on_tensors(
    f: &dyn Fn(Tensor<3>, Tensor<3>, Tensor<3>) -> Tensor<3>,
    [x, l, tau, w]: [&[f64]; 4],
    [tau_shape, out_shape]: [[usize; 3]; 2],
    dtype: DType,
) -> [Vec<f64>; 4] {
    let x = tensor(x, SHAPE, dtype).require_grad();
    let l = tensor(l, SHAPE, dtype).require_grad();
    let tau = tensor(tau, tau_shape, dtype).require_grad();
    let p = f(x.clone(), l.clone(), tau.clone());
    assert_eq!(p.dims(), out_shape);
    let grads = (p.clone() * tensor(w, out_shape, dtype)).sum().backward();
    [
        values(p),
        values(x.grad(&grads).unwrap()),
        values(l.grad(&grads).unwrap()),
        values(tau.grad(&grads).unwrap()),
    ]
}

const TYPES: [(DType, f64); 2] = [(DType::F64, 1e-11), (DType::F32, 2e-4)];

#[test]
fn densities_of_classes_equal_the_core_in_value_and_all_gradients() {
    let l = masked_logits();
    for dim in 0..3 {
        let axis = Axis::of(&SHAPE, dim).unwrap();
        let (at, rows) = (dim as usize, N / axis.classes());
        let mut shape = SHAPE;
        shape[at] = 1;
        let (tau, w) = (taus(rows), narrow(&draw(rows, 2)));
        let x = gumbel::relax::gumbel_log_softmax(&l, axis, &tau, Key::new(3)).unwrap();
        let x = narrow(&x);
        let (mut p, mut dx, mut dl, mut dtau) =
            (vec![0.0; rows], vec![0.0; N], vec![0.0; N], vec![0.0; rows]);
        core::relaxed_categorical_ln_density_of_log_into(&x, &l, axis, &tau, &mut p).unwrap();
        core::relaxed_categorical_ln_density_of_log_vjp_into(
            &x, &l, &w, axis, &tau, &mut dx, &mut dl,
        )
        .unwrap();
        core::relaxed_categorical_ln_density_of_log_vjp_tau_into(&x, &l, &w, axis, &tau, &mut dtau)
            .unwrap();
        for (dtype, bound) in TYPES {
            let f = |x: Tensor<3>, l: Tensor<3>, tau: Tensor<3>| {
                relaxed_categorical_ln_density_of_log(x, l, dim, tau).unwrap()
            };
            let found = on_tensors(&f, [&x, &l, &tau, &w], [shape, shape], dtype);
            for (found, exact) in found.iter().zip([&p, &dx, &dl, &dtau]) {
                assert_close(found, exact, bound);
            }
        }
        // Warm samples, which do not underflow.
        let warm: Vec<f64> = tau.iter().map(|tau| tau + 1.0).collect();
        let mut y = vec![0.0; N];
        gumbel::relax::gumbel_softmax_into(&l, axis, &warm, Key::new(4), &mut y).unwrap();
        let y = narrow(&y);
        // The sum of a row of f32 numbers is 1 within 1e-7: near enough in both types.
        core::relaxed_categorical_ln_density_into(&y, &l, axis, &tau, &mut p).unwrap();
        core::relaxed_categorical_ln_density_vjp_into(&y, &l, &w, axis, &tau, &mut dx, &mut dl)
            .unwrap();
        core::relaxed_categorical_ln_density_vjp_tau_into(&y, &l, &w, axis, &tau, &mut dtau)
            .unwrap();
        for (dtype, bound) in TYPES {
            let f = |y: Tensor<3>, l: Tensor<3>, tau: Tensor<3>| {
                relaxed_categorical_ln_density(y, l, dim, tau).unwrap()
            };
            let found = on_tensors(&f, [&y, &l, &tau, &w], [shape, shape], dtype);
            for (found, exact) in found.iter().zip([&p, &dx, &dl, &dtau]) {
                assert_close(found, exact, bound);
            }
            // One number for all rows.
            let scalar = relaxed_categorical_ln_density(
                tensor(&y, SHAPE, dtype),
                tensor(&l, SHAPE, dtype),
                dim,
                0.7,
            );
            let exact = core::relaxed_categorical_ln_density(&y, &l, axis, 0.7).unwrap();
            assert_close(&values(scalar.unwrap()), &exact, bound);
        }
    }
}

#[test]
fn densities_of_yes_or_no_equal_the_core_in_value_and_all_gradients() {
    let mut l = narrow(&draw(N, 5));
    l.iter_mut().step_by(13).for_each(|l| *l = INF);
    l.iter_mut().skip(1).step_by(13).for_each(|l| *l = -INF);
    for (tau_shape, each) in [([3, 4, 1], 5), (SHAPE, 1), ([3, 1, 1], 20), ([1, 1, 1], 60)] {
        let (tau, w) = (taus(N / each), narrow(&draw(N, 6)));
        let g = draw(N, 7);
        let x: Vec<f64> = (0..N).map(|i| (l[i] + g[i]) / tau[i / each]).collect();
        let x = narrow(&x);
        let (mut p, mut dx, mut dl, mut dtau) =
            (vec![0.0; N], vec![0.0; N], vec![0.0; N], vec![0.0; N / each]);
        core::relaxed_bernoulli_ln_density_of_logit_into(&x, &l, &tau, &mut p).unwrap();
        core::relaxed_bernoulli_ln_density_of_logit_vjp_into(&x, &l, &w, &tau, &mut dx, &mut dl)
            .unwrap();
        core::relaxed_bernoulli_ln_density_of_logit_vjp_tau_into(&x, &l, &w, &tau, &mut dtau)
            .unwrap();
        for (dtype, bound) in TYPES {
            let f = |x: Tensor<3>, l: Tensor<3>, tau: Tensor<3>| {
                relaxed_bernoulli_ln_density_of_logit(x, l, tau).unwrap()
            };
            let found = on_tensors(&f, [&x, &l, &tau, &w], [tau_shape, SHAPE], dtype);
            for (found, exact) in found.iter().zip([&p, &dx, &dl, &dtau]) {
                assert_close(found, exact, bound);
            }
        }
        let y = |i: usize| if l[i].is_infinite() { l[i] } else { x[i].clamp(-4.0, 4.0) };
        let y: Vec<f64> = (0..N).map(|i| 1.0 / (1.0 + (-y(i)).exp())).collect();
        let y = narrow(&y);
        core::relaxed_bernoulli_ln_density_into(&y, &l, &tau, &mut p).unwrap();
        core::relaxed_bernoulli_ln_density_vjp_into(&y, &l, &w, &tau, &mut dx, &mut dl).unwrap();
        core::relaxed_bernoulli_ln_density_vjp_tau_into(&y, &l, &w, &tau, &mut dtau).unwrap();
        for (dtype, bound) in TYPES {
            let f = |y: Tensor<3>, l: Tensor<3>, tau: Tensor<3>| {
                relaxed_bernoulli_ln_density(y, l, tau).unwrap()
            };
            let found = on_tensors(&f, [&y, &l, &tau, &w], [tau_shape, SHAPE], dtype);
            for (found, exact) in found.iter().zip([&p, &dx, &dl, &dtau]) {
                assert_close(found, exact, bound);
            }
        }
    }
}

/// Samples at a temperature where y underflows, in f32.
#[test]
fn cold_samples_have_a_finite_density_and_finite_gradients() {
    let l = narrow(&draw(N, 8));
    for tau in [1e-3, 1e-30, 1e30] {
        let logits = tensor(&l, SHAPE, DType::F32).require_grad();
        let tau = tensor(&[tau], [1, 1, 1], DType::F32).require_grad();
        let x = gumbel_burn::gumbel_log_softmax(logits.clone(), 1, tau.clone(), Key::new(9));
        let p = relaxed_categorical_ln_density_of_log(x.unwrap(), logits.clone(), 1, tau.clone());
        let p = p.unwrap();
        assert!(values(p.clone()).iter().all(|p| p.is_finite()));
        let grads = p.sum().backward();
        assert!(values(logits.grad(&grads).unwrap()).iter().all(|d| d.is_finite()));
        assert!(values(tau.grad(&grads).unwrap()).iter().all(|d| d.is_finite()));
    }
}

#[test]
fn entropies_equal_the_core() {
    let l = masked_logits();
    // A tie of the largest, a choice that is almost certain, a certain one.
    let rows = [2.0, 2.0, -1.0, 60.0, 0.0, -INF, 1.0, -INF, -INF, 0.0, 0.0, 0.0];
    for (dtype, bound) in [(DType::F64, 1e-13), (DType::F32, 2e-6)] {
        for dim in 0..3 {
            let axis = Axis::of(&SHAPE, dim).unwrap();
            let n = N / axis.classes();
            let (w, mut h, mut dl) = (narrow(&draw(n, 10)), vec![0.0; n], vec![0.0; N]);
            core::categorical_entropy_into(&l, axis, &mut h).unwrap();
            core::categorical_entropy_vjp_into(&l, &w, axis, &mut dl).unwrap();
            let mut shape = SHAPE;
            shape[dim as usize] = 1;
            let logits = tensor(&l, SHAPE, dtype).require_grad();
            let entropy = categorical_entropy(logits.clone(), dim).unwrap();
            assert_eq!(entropy.dims(), shape);
            let grads = (entropy.clone() * tensor(&w, shape, dtype)).sum().backward();
            assert_close(&values(entropy), &h, bound);
            assert_close(&values(logits.grad(&grads).unwrap()), &dl, bound);
        }
        let (mut h, mut dl) = (vec![0.0; 4], vec![0.0; 12]);
        core::categorical_entropy_into(&rows, 3, &mut h).unwrap();
        core::categorical_entropy_vjp_into(&rows, &[1.0; 4], 3, &mut dl).unwrap();
        let logits = tensor(&rows, [4, 3], dtype).require_grad();
        let entropy = categorical_entropy(logits.clone(), -1).unwrap();
        let grads = entropy.clone().sum().backward();
        let (found, d) = (values(entropy), values(logits.grad(&grads).unwrap()));
        assert_close(&found, &h, bound);
        assert_close(&d, &dl, bound);
        // The digits of the entropy of a choice that is almost certain.
        assert!((found[1] / h[1] - 1.0).abs() < 10.0 * bound && (d[3] / dl[3] - 1.0).abs() < 1e-5);
        assert_eq!(found[2], 0.0);

        let l = [0.0, 0.3, -3.0, 30.0, -60.0, 1e30, INF, -INF];
        let exact = core::bernoulli_entropy(&l).unwrap();
        let mut dl = [0.0; 8];
        core::bernoulli_entropy_vjp_into(&l, &[1.0; 8], &mut dl).unwrap();
        let log_odds = tensor(&l, [8], dtype).require_grad();
        let entropy = bernoulli_entropy(log_odds.clone()).unwrap();
        let grads = entropy.clone().sum().backward();
        assert_close(&values(entropy), &exact, bound);
        assert_close(&values(log_odds.grad(&grads).unwrap()), &dl, bound);
    }
}

#[test]
fn the_bernoulli_divergence_equals_the_core() {
    let (rows, v) = (5, 4);
    let (mut a, b, w) = (narrow(&draw(rows * v, 11)), narrow(&draw(v, 12)), draw(rows, 13));
    (a[0], a[7]) = (INF, -INF);
    let w = narrow(&w);
    let (mut kl, mut da, mut db) = (vec![0.0; rows], vec![0.0; rows * v], vec![0.0; v]);
    core::bernoulli_kl_into(&a, &b, &mut kl).unwrap();
    core::bernoulli_kl_vjp_into(&a, &b, &w, &mut da, &mut db).unwrap();
    for (dtype, bound) in [(DType::F64, 1e-13), (DType::F32, 2e-6)] {
        let posterior = tensor(&a, [rows, v], dtype).require_grad();
        let prior = tensor(&b, [v], dtype).require_grad();
        let found = bernoulli_kl(posterior.clone(), prior.clone()).unwrap();
        let grads = (found.clone() * tensor(&w, [rows], dtype)).sum().backward();
        assert_close(&values(found), &kl, bound);
        assert_close(&values(posterior.grad(&grads).unwrap()), &da, bound);
        assert_close(&values(prior.grad(&grads).unwrap()), &db, bound);
    }
    let bad =
        bernoulli_kl(tensor(&[f64::NAN], [1, 1], DType::F32), tensor(&[0.0], [1], DType::F32));
    assert!(bad.unwrap_err().to_string().starts_with("posterior: "));
    let bad = bernoulli_kl(tensor(&[0.0], [1, 1], DType::F32), tensor(&[INF], [1], DType::F32));
    assert!(bad.unwrap_err().to_string().starts_with("prior: "));
    let bad = bernoulli_kl(tensor(&[0.0], [1, 1], DType::F32), tensor(&[0.0; 2], [2], DType::F32));
    assert!(matches!(bad, Err(Error::Shape { argument: "prior", .. })));
}

#[test]
fn half_precision_is_computed_in_f32() {
    for dtype in [DType::F16, DType::BF16] {
        let l: Tensor<2> = tensor(&draw(6, 14), [2, 3], dtype);
        let wide = l.clone().cast(DType::F32);
        let h = categorical_entropy(l.clone(), -1).unwrap();
        assert_eq!(values(h), values(categorical_entropy(wide.clone(), -1).unwrap().cast(dtype)));
        let h = bernoulli_entropy(l.clone()).unwrap();
        assert_eq!(values(h), values(bernoulli_entropy(wide.clone()).unwrap().cast(dtype)));
        let x: Tensor<2> = tensor(&draw(6, 15), [2, 3], dtype);
        let p = relaxed_categorical_ln_density_of_log(x.clone(), l.clone(), -1, 0.5).unwrap();
        let other = relaxed_categorical_ln_density_of_log(
            x.clone().cast(DType::F32),
            wide.clone(),
            -1,
            0.5,
        );
        assert_eq!(values(p), values(other.unwrap().cast(dtype)));
        let p = relaxed_bernoulli_ln_density_of_logit(x.clone(), l, 0.5).unwrap();
        let other = relaxed_bernoulli_ln_density_of_logit(x.cast(DType::F32), wide, 0.5);
        assert_eq!(values(p), values(other.unwrap().cast(dtype)));
    }
}

#[test]
fn bad_input_is_named() {
    let t = |values: &[f64]| tensor::<2>(values, [1, 2], DType::F32);
    let zeros = || t(&[0.0; 2]);
    let text = |result: Result<Tensor<2>, Error>| result.unwrap_err().to_string();
    let simplex = |y, l, tau: f64| relaxed_categorical_ln_density(y, l, -1, tau);
    assert!(text(simplex(t(&[1.0, 0.0]), zeros(), 0.5)).starts_with("y: expected a number above"));
    assert!(text(simplex(t(&[0.5, 0.6]), zeros(), 0.5)).starts_with("y: expected row 0 to sum"));
    assert!(text(simplex(t(&[0.5, 0.5]), t(&[0.0, f64::NAN]), 0.5)).starts_with("logits: "));
    assert!(text(simplex(t(&[0.5, 0.5]), zeros(), 0.0)).starts_with("tau: "));
    let log = |x| relaxed_categorical_ln_density_of_log(x, t(&[0.0; 2]), -1, 0.5);
    assert!(text(log(t(&[0.0, -INF]))).starts_with("x: expected a finite number"));
    let unit = |y| relaxed_bernoulli_ln_density(y, t(&[0.0; 2]), 0.5);
    assert!(text(unit(t(&[0.5, 1.0]))).starts_with("y: expected a number above 0 and below 1"));
    let logit = |x| relaxed_bernoulli_ln_density_of_logit(x, t(&[0.0; 2]), 0.5);
    assert!(text(logit(t(&[0.5, INF]))).starts_with("x: expected a finite number"));
    let wrong = tensor::<2>(&[0.5; 3], [1, 3], DType::F32);
    assert!(matches!(unit(wrong.clone()), Err(Error::Shape { argument: "y", .. })));
    assert!(matches!(log(wrong), Err(Error::Shape { argument: "x", .. })));
    let tau = Temperature::from(tensor::<2>(&[1.0; 2], [1, 2], DType::F32));
    let error = relaxed_categorical_ln_density_of_log(zeros(), zeros(), -1, tau);
    assert!(matches!(error, Err(Error::Shape { argument: "tau", .. })));
    assert!(text(categorical_entropy(t(&[-INF, -INF]), -1)).starts_with("logits: "));
    assert!(text(bernoulli_entropy(t(&[0.0, f64::NAN]))).starts_with("log_odds: "));
}
