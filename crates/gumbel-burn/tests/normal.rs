//! The normal sample and its divergence on tensors, against the core and finite differences in f64.

use burn::tensor::{DType, Device, Tensor, TensorData};
use gumbel::{Key, noise, oracle};
use gumbel::{likelihood as core_likelihood, sample};
use gumbel_burn::{Error, Noise, likelihood, normal_noise, normal_sample};

fn device() -> Device {
    Device::flex().autodiff()
}

fn logistic(n: usize, seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut x);
    x
}

fn tensor(values: &[f64], shape: [usize; 2], dtype: DType) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (&device(), dtype))
}

fn values<const D: usize>(t: Tensor<D>) -> Vec<f64> {
    t.into_data().iter::<f64>().collect()
}

fn assert_close(a: &[f64], b: &[f64], bound: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= bound * (1.0 + b.abs()), "{i}: {a} {b}");
    }
}

const SHAPE: [usize; 2] = [6, 5];
const N: usize = 30;

/// Value and both gradients equal those of the core, from the same key.
#[test]
fn sample_and_gradients_equal_the_core() {
    let (mu, s, dx) = (logistic(N, 1), logistic(N, 2), logistic(N, 3));
    // f64: exp differs by 2 units. f32: three roundings of values that are up to 100.
    for (dtype, bound) in [(DType::F64, 1e-14), (DType::F32, 1e-5)] {
        let (tmu, ts) =
            (tensor(&mu, SHAPE, dtype).require_grad(), tensor(&s, SHAPE, dtype).require_grad());
        let noise = Noise::Keyed { key: Key::new(4), offset: 70 };
        let x = normal_sample(tmu.clone(), ts.clone(), noise).unwrap();
        let grads = (x.clone() * tensor(&dx, SHAPE, dtype)).sum().backward();
        let (mut core, mut dmu, mut ds) = (vec![0.0; N], vec![0.0; N], vec![0.0; N]);
        let mut eps = vec![0.0_f64; N];
        if dtype == DType::F64 {
            noise::normal_into(Key::new(4), 70, &mut eps);
        } else {
            let mut narrow = vec![0.0_f32; N];
            noise::normal_into(Key::new(4), 70, &mut narrow);
            eps = narrow.into_iter().map(f64::from).collect();
        }
        sample::normal_sample_into(&mu, &s, &eps, &mut core).unwrap();
        sample::normal_sample_vjp_into(&s, &dx, &eps, &mut dmu, &mut ds).unwrap();
        assert_close(&values(x), &core, bound);
        assert_close(&values(tmu.grad(&grads).unwrap()), &dmu, bound);
        assert_close(&values(ts.grad(&grads).unwrap()), &ds, bound);
    }
}

#[test]
fn divergence_and_gradients_equal_the_core() {
    let (mu, s, dkl) = (logistic(N, 5), logistic(N, 6), logistic(SHAPE[0], 7));
    for (dtype, bound) in [(DType::F64, 1e-13), (DType::F32, 1e-5)] {
        let (tmu, ts) =
            (tensor(&mu, SHAPE, dtype).require_grad(), tensor(&s, SHAPE, dtype).require_grad());
        let kl = likelihood::normal_kl(tmu.clone(), ts.clone()).unwrap();
        let weights =
            Tensor::<1>::from_data(TensorData::new(dkl.clone(), [SHAPE[0]]), (&device(), dtype));
        let grads = (kl.clone() * weights).sum().backward();
        let (mut core, mut dmu, mut ds) = (vec![0.0; SHAPE[0]], vec![0.0; N], vec![0.0; N]);
        core_likelihood::normal_kl_into(&mu, &s, SHAPE[1], &mut core).unwrap();
        core_likelihood::normal_kl_vjp_into(&mu, &s, &dkl, SHAPE[1], &mut dmu, &mut ds).unwrap();
        assert_close(&values(kl), &core, bound);
        assert_close(&values(tmu.grad(&grads).unwrap()), &dmu, bound);
        assert_close(&values(ts.grad(&grads).unwrap()), &ds, bound);
    }
}

/// A linear encoder x W, whose halves are mu and ln sigma, a sample, a quadratic cost and the divergence:
/// the gradients at the input x and at W equal finite differences.
#[test]
fn the_gradient_reaches_the_input_of_the_encoder() {
    let (rows, inputs, d) = (3, 4, 2);
    let x: Vec<f64> = logistic(rows * inputs, 8).iter().map(|x| x / 4.0).collect();
    let w: Vec<f64> = logistic(inputs * 2 * d, 9).iter().map(|w| w / 4.0).collect();
    let cost = |x: Tensor<2>, w: Tensor<2>| -> Tensor<1> {
        let encoded = x.matmul(w);
        let (mu, s) = (encoded.clone().narrow(1, 0, d), encoded.narrow(1, d, d));
        let z = normal_sample(mu.clone(), s.clone(), Key::new(10)).unwrap();
        let squares = z.powi_scalar(2).sum_dim(1).flatten(0, 1);
        (squares + likelihood::normal_kl(mu, s).unwrap()).sum()
    };
    let at = |x: &[f64], w: &[f64]| {
        let x = tensor(x, [rows, inputs], DType::F64);
        values(cost(x, tensor(w, [inputs, 2 * d], DType::F64)))[0]
    };
    let tx = tensor(&x, [rows, inputs], DType::F64).require_grad();
    let tw = tensor(&w, [inputs, 2 * d], DType::F64).require_grad();
    let grads = cost(tx.clone(), tw.clone()).backward();
    // h^2 / 6 of a third derivative of at most a few hundred, and rounding of 1e-14 / h.
    let numeric = oracle::finite_difference(|x| at(x, &w), &x, 1e-5);
    assert_close(&values(tx.grad(&grads).unwrap()), &numeric, 1e-8);
    let numeric = oracle::finite_difference(|w| at(&x, w), &w, 1e-5);
    assert_close(&values(tw.grad(&grads).unwrap()), &numeric, 1e-8);
    assert!(numeric.iter().all(|g| g.abs() > 1e-6));
}

#[test]
fn parts_half_precision_and_empty_tensors() {
    let zeros = |rows| Tensor::<2>::zeros([rows, 5], &device());
    let whole = normal_sample(zeros(6), zeros(6), Key::new(1)).unwrap();
    let part = Noise::Keyed { key: Key::new(1), offset: 20 };
    let part = normal_sample(zeros(2), zeros(2), part).unwrap();
    assert_eq!(values(whole.clone())[20..], values(part));
    assert_eq!(values(whole), values(normal_noise(Key::new(1), [6, 5], &device())));
    for dtype in [DType::F16, DType::BF16] {
        let (mu, s) =
            (tensor(&logistic(N, 2), SHAPE, dtype), tensor(&logistic(N, 3), SHAPE, dtype));
        let wide = (mu.clone().cast(DType::F32), s.clone().cast(DType::F32));
        let x = normal_sample(mu.clone(), s.clone(), Key::new(3)).unwrap();
        let reference = normal_sample(wide.0.clone(), wide.1.clone(), Key::new(3)).unwrap();
        assert_eq!(values(x), values(reference.cast(dtype)));
        let kl = likelihood::normal_kl(mu, s).unwrap();
        let reference = likelihood::normal_kl(wide.0, wide.1).unwrap();
        assert_eq!(values(kl), values(reference.cast(dtype)));
    }
    assert_eq!(normal_sample(zeros(0), zeros(0), Key::new(1)).unwrap().dims(), [0, 5]);
}

#[test]
fn bad_input_is_an_error_and_not_a_panic() {
    let zeros = || Tensor::<2>::zeros([1, 2], &device());
    let bad = |x: f64| tensor(&[0.0, x], [1, 2], DType::F32);
    let named = |result: Result<Tensor<2>, Error>, name: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(name) && error.contains("index 1"), "{error}");
    };
    named(normal_sample(bad(f64::NAN), zeros(), Key::new(1)), "mu");
    named(normal_sample(zeros(), bad(f64::INFINITY), Key::new(1)), "ln_sigma");
    named(normal_sample(zeros(), bad(44.5), Key::new(1)), "ln_sigma");
    named(normal_sample(zeros(), zeros(), bad(f64::NAN)), "noise");
    let wide = || Tensor::<2>::zeros([1, 3], &device());
    for result in [
        normal_sample(zeros(), wide(), Key::new(1)).map(drop),
        normal_sample(zeros(), zeros(), wide()).map(drop),
        likelihood::normal_kl(zeros(), wide()).map(drop),
    ] {
        assert!(matches!(result, Err(Error::Shape { .. })));
    }
    assert!(likelihood::normal_kl(bad(f64::NAN), zeros()).is_err());
    let none = || Tensor::<2>::zeros([2, 0], &device());
    assert!(likelihood::normal_kl(none(), none()).is_err());
}
