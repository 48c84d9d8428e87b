//! The fused operations against finite differences in f64 and against their composed twins.

use burn::tensor::{DType, Device, Tensor, TensorData};
use gumbel::{Key, noise, oracle};
use gumbel_burn::{Error, composed, likelihood};

fn device() -> Device {
    Device::flex().autodiff()
}

fn logistic(n: usize, seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut x);
    x
}

fn tensor<const D: usize>(values: &[f64], shape: [usize; D], dtype: DType) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (&device(), dtype))
}

fn values<const D: usize>(t: Tensor<D>) -> Vec<f64> {
    t.into_data().iter::<f64>().collect()
}

const SHAPE: [usize; 3] = [3, 4, 5];
const N: usize = 60;

/// Value and gradient of sum(w * f(x)).
fn value_and_gradient<const D: usize>(
    f: impl Fn(Tensor<D>) -> Tensor<D>,
    x: &[f64],
    w: &[f64],
    shape: [usize; D],
    dtype: DType,
) -> (Vec<f64>, Vec<f64>) {
    let x = tensor(x, shape, dtype).require_grad();
    let y = f(x.clone());
    let grads = (y.clone() * tensor(w, shape, dtype)).sum().backward();
    (values(y), values(x.grad(&grads).unwrap()))
}

fn assert_close(a: &[f64], b: &[f64], bound: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= bound * (1.0 + b.abs()), "{i}: {a} {b}");
    }
}

type Relaxation = fn(Tensor<3>, isize, f64, Tensor<3>) -> Tensor<3>;

fn fused() -> [Relaxation; 4] {
    [
        |l, dim, tau, n| gumbel_burn::gumbel_softmax(l, dim, tau, n).unwrap(),
        |l, dim, tau, n| gumbel_burn::straight_through_gumbel_softmax(l, dim, tau, n).unwrap(),
        |l, _, tau, n| gumbel_burn::binary_concrete(l, tau, n).unwrap(),
        |l, _, tau, n| gumbel_burn::straight_through_binary_concrete(l, tau, n).unwrap(),
    ]
}

fn twins() -> [Relaxation; 4] {
    [
        |l, dim, tau, n| composed::gumbel_softmax(l, dim as usize, tau, n),
        |l, dim, tau, n| composed::straight_through_gumbel_softmax(l, dim as usize, tau, n),
        |l, _, tau, n| composed::binary_concrete(l, tau, n),
        |l, _, tau, n| composed::straight_through_binary_concrete(l, tau, n),
    ]
}

#[test]
fn fused_operations_equal_their_composed_twins_in_value_and_gradient() {
    let (l, g, w) = (logistic(N, 1), logistic(N, 2), logistic(N, 3));
    for (fused, twin) in fused().into_iter().zip(twins()) {
        for dim in 0..3 {
            for tau in [0.1, 0.5, 3.0] {
                // f64: rounding magnified by 1 / tau. f32: the twin rounds at every step.
                for (dtype, bound) in [(DType::F64, 1e-12), (DType::F32, 2e-5)] {
                    let run = |f: Relaxation| {
                        let f = |l: Tensor<3>| f(l, dim, tau, tensor(&g, SHAPE, dtype));
                        value_and_gradient(f, &l, &w, SHAPE, dtype)
                    };
                    let ((y, dl), (y_twin, dl_twin)) = (run(fused), run(twin));
                    assert_close(&y, &y_twin, bound);
                    assert_close(&dl, &dl_twin, bound / tau);
                }
            }
        }
    }
}

/// Straight-through samples too have the gradient of the soft function.
#[test]
fn gradients_equal_finite_differences_of_the_soft_function() {
    let (l, g, w) = (logistic(N, 4), logistic(N, 5), logistic(N, 6));
    let all = fused();
    for (f, soft) in [(0, 0), (1, 0), (2, 2), (3, 2)] {
        for dim in 0..3 {
            for tau in [0.4_f64, 1.0] {
                let noise = || tensor(&g, SHAPE, DType::F64);
                let cost = |l: &[f64]| -> f64 {
                    let y = all[soft](tensor(l, SHAPE, DType::F64), dim, tau, noise());
                    values(y).iter().zip(&w).map(|(y, w)| y * w).sum()
                };
                let run = |l: Tensor<3>| all[f](l, dim, tau, noise());
                let (_, ours) = value_and_gradient(run, &l, &w, SHAPE, DType::F64);
                // h = 1e-5: truncation of about h^2 |w| / tau^3, rounding of 1e-16 |cost| / h.
                let bound = 1e-10 * (1.0 + tau.powi(-3)) * 20.0;
                assert_close(&ours, &oracle::finite_difference(cost, &l, 1e-5), bound);
            }
        }
    }
}

#[test]
fn a_key_gives_the_sample_of_its_noise_along_any_axis() {
    let l = logistic(N, 7);
    let mut g = vec![0.0_f64; N];
    noise::gumbel_into(Key::new(8), 0, &mut g);
    for dim in [-1, -2, -3, 0, 1, 2] {
        let logits = || tensor(&l, SHAPE, DType::F64);
        let keyed = gumbel_burn::gumbel_softmax(logits(), dim, 0.5, Key::new(8)).unwrap();
        let given = tensor(&g, SHAPE, DType::F64);
        let given = gumbel_burn::gumbel_softmax(logits(), dim, 0.5, given).unwrap();
        assert_eq!(values(keyed), values(given));
    }
    let made = gumbel_burn::gumbel_noise(Key::new(8), SHAPE, &device());
    let narrow: Vec<f64> = g.iter().map(|&g| f64::from(g as f32)).collect();
    // The f32 noise has 32 bits where the f64 noise has 64.
    assert_close(&values(made), &narrow, 1e-5);
}

/// The gradient through a key is the gradient through its noise.
#[test]
fn a_key_gives_the_gradient_of_its_noise() {
    let (l, w) = (logistic(N, 21), logistic(N, 22));
    let mut g = vec![0.0_f64; N];
    noise::gumbel_into(Key::new(8), 0, &mut g);
    for dim in 0..3 {
        let keyed = |l: Tensor<3>| gumbel_burn::gumbel_softmax(l, dim, 0.5, Key::new(8)).unwrap();
        let given = |l: Tensor<3>| {
            gumbel_burn::gumbel_softmax(l, dim, 0.5, tensor(&g, SHAPE, DType::F64)).unwrap()
        };
        let keyed = value_and_gradient(keyed, &l, &w, SHAPE, DType::F64);
        assert_eq!(keyed, value_and_gradient(given, &l, &w, SHAPE, DType::F64));
    }
}

/// Half precision is computed in f32, other types are cast, a masked class adds nothing.
#[test]
fn likelihood_terms_take_every_float_type() {
    let l = logistic(12, 23);
    let x: Vec<f64> = (0..12).map(|i| f64::from(i % 2)).collect();
    for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
        let logits = tensor(&l, [2, 6], dtype);
        let wide = logits.clone().cast(DType::F32);
        let target = || tensor(&x, [2, 6], DType::F32);
        let nll = likelihood::bernoulli_nll(logits, target()).unwrap();
        assert_eq!(nll.dtype(), dtype);
        assert_close(
            &values(nll),
            &values(likelihood::bernoulli_nll(wide, target()).unwrap()),
            1e-2,
        );
        let posterior = tensor(&l, [2, 2, 3], dtype);
        let wide = posterior.clone().cast(DType::F32);
        let prior = || Tensor::<2>::zeros([2, 3], &device());
        let kl = likelihood::categorical_kl(posterior, prior()).unwrap();
        assert_eq!(kl.dtype(), dtype);
        assert_close(
            &values(kl),
            &values(likelihood::categorical_kl(wide, prior()).unwrap()),
            1e-2,
        );
    }
    let masked = || tensor(&[0.0, f64::NEG_INFINITY], [1, 1, 2], DType::F32);
    let prior = || Tensor::<2>::zeros([1, 2], &device());
    for kl in [
        likelihood::categorical_kl(masked(), prior()).unwrap(),
        composed::categorical_kl(masked(), prior()),
    ] {
        assert_close(&values(kl), &[2f64.ln()], 1e-6);
    }
}

/// A shift of all logits changes nothing, however large.
#[test]
fn a_common_shift_does_not_swallow_the_noise() {
    let g = || gumbel_burn::gumbel_noise(Key::new(24), SHAPE, &device());
    for dim in [0, 1, 2] {
        let run = |size: f64| {
            let l = || tensor::<3>(&vec![size; N], SHAPE, DType::F32);
            let axis = dim as isize;
            [
                composed::gumbel_softmax(l(), dim, 0.5, g()),
                gumbel_burn::gumbel_softmax(l(), axis, 0.5, g()).unwrap(),
                gumbel_burn::gumbel_softmax(l(), axis, 0.5, Key::new(24)).unwrap(),
                gumbel_burn::straight_through_gumbel_softmax(l(), axis, 0.5, g()).unwrap(),
            ]
            .map(values)
        };
        let plain = run(0.0);
        // The noise has an effect: not all are equal.
        assert!(plain.iter().all(|y| y.iter().any(|x| *x != y[0])));
        for size in [1e8, -1e9, 1e30, f64::from(f32::MIN)] {
            assert_eq!(run(size), plain, "axis {dim} at {size}");
        }
    }
}

/// Shares of class 0 of 20,000 rows of two equal logits; a false alarm in one of 10^9 (Hoeffding, 1963).
#[test]
fn equal_logits_at_a_finite_mask_give_equal_classes_on_tensors() {
    let n = 20_000;
    let bound = (2e9_f64.ln() / (2.0 * n as f64)).sqrt();
    for (dtype, sizes) in [
        (DType::F32, [-1e9, f64::from(f32::MIN), 1e8]),
        (DType::F64, [-1e17, f64::MIN, 1e15]),
        (DType::BF16, [-1e9, 1e30, 1e8]),
        (DType::F16, [-65_504.0, 30_000.0, 0.0]),
    ] {
        for (seed, size) in sizes.into_iter().enumerate() {
            let logits: Tensor<2> = tensor(&vec![size; 2 * n], [n, 2], dtype);
            let key = Key::new(700 + seed as u64);
            let made = gumbel_burn::gumbel_noise(key, [n, 2], &device());
            let wide = if dtype == DType::F64 { dtype } else { DType::F32 };
            let (l, g) = (logits.clone().cast(wide), made.clone().cast(wide));
            // The public functions widen half precision; the twins are given it widened.
            let samples = [
                gumbel_burn::gumbel_softmax(logits.clone(), -1, 0.5, key).unwrap(),
                gumbel_burn::gumbel_softmax(logits.clone(), -1, 0.5, made.clone()).unwrap(),
                gumbel_burn::straight_through_gumbel_softmax(logits, -1, 0.5, key).unwrap(),
                composed::gumbel_softmax(l.clone(), 1, 0.5, g.clone()),
                composed::straight_through_gumbel_softmax(l, 1, 0.5, g),
            ];
            for (which, y) in samples.into_iter().enumerate() {
                let y = values(y);
                // Without the noise both classes would be 1/2. In eight bits some are equal in any case.
                let ties = y.chunks(2).filter(|y| y[0] == y[1]).count();
                let half = matches!(dtype, DType::F16 | DType::BF16);
                assert!(ties <= if half { n / 50 } else { 2 }, "{which} of {dtype:?}: {ties} ties");
                let zeros = y.chunks(2).map(|y| match y[0] == y[1] {
                    true => 0.5, // a tie of half precision
                    false => f64::from(u8::from(y[0] > y[1])),
                });
                let share = zeros.sum::<f64>() / n as f64;
                assert!((share - 0.5).abs() < bound, "{which} of {dtype:?} at {size}: {share}");
            }
        }
    }
}

#[test]
fn a_transposed_tensor_has_the_samples_of_its_copy() {
    let l = logistic(20, 9);
    let plain = tensor(&l, [4, 5], DType::F32).transpose();
    let copied = tensor(&values(plain.clone()), [5, 4], DType::F32);
    let run = |l| values(gumbel_burn::gumbel_softmax(l, -1, 0.5, Key::new(1)).unwrap());
    assert_eq!(run(plain), run(copied));
}

#[test]
fn masked_classes_stay_at_zero() {
    let l = [0.9_f64.ln(), 0.05_f64.ln(), 0.05_f64.ln(), f64::NEG_INFINITY];
    for dtype in [DType::F32, DType::F64] {
        for f in &fused()[..2] {
            let noise = || tensor(&logistic(4, 10), [1, 1, 4], dtype);
            let run = |l: Tensor<3>| f(l, 2, 0.5, noise());
            let (y, dl) = value_and_gradient(run, &l, &[1.0, 2.0, 3.0, 4.0], [1, 1, 4], dtype);
            assert_eq!((y[3], dl[3]), (0.0, 0.0));
            assert!(dl.iter().all(|d| d.is_finite()));
        }
    }
}

#[test]
fn half_precision_is_the_f32_result_rounded_once() {
    let l = logistic(N, 11);
    for dtype in [DType::F16, DType::BF16] {
        let half = tensor(&l, SHAPE, dtype);
        let wide = half.clone().cast(DType::F32);
        let run = |l| gumbel_burn::gumbel_softmax(l, -1, 0.1, Key::new(3)).unwrap();
        let (y, reference) = (run(half), run(wide));
        assert_eq!(y.dtype(), dtype);
        assert!(values(y.clone()).iter().all(|y| y.is_finite()));
        assert_eq!(values(y), values(reference.cast(dtype)));
    }
}

#[test]
fn likelihood_terms_equal_their_twins_and_finite_differences() {
    let (rows, d) = (4, 6);
    let (l, w) = (logistic(rows * d, 12), logistic(rows, 13));
    let x: Vec<f64> =
        logistic(rows * d, 14).iter().map(|x| f64::from(u8::from(*x > 0.0))).collect();
    let weigh = |t: Tensor<1>, dtype| (t * tensor(&w, [rows], dtype)).sum();
    for (dtype, bound) in [(DType::F64, 1e-13), (DType::F32, 1e-5)] {
        let run = |f: &dyn Fn(Tensor<2>, Tensor<2>) -> Tensor<1>| {
            let logits = tensor(&l, [rows, d], dtype).require_grad();
            let nll = f(logits.clone(), tensor(&x, [rows, d], dtype));
            let grads = weigh(nll.clone(), dtype).backward();
            (values(nll), values(logits.grad(&grads).unwrap()))
        };
        let (nll, dl) = run(&|l, x| likelihood::bernoulli_nll(l, x).unwrap());
        let (nll_twin, dl_twin) = run(&composed::bernoulli_nll);
        assert_close(&nll, &nll_twin, bound);
        assert_close(&dl, &dl_twin, bound);
    }

    let (v, k) = (2, 3);
    let (a, b) = (logistic(rows * v * k, 15), logistic(v * k, 16));
    for (dtype, bound) in [(DType::F64, 1e-12), (DType::F32, 1e-5)] {
        let run = |f: &dyn Fn(Tensor<3>, Tensor<2>) -> Tensor<1>| {
            let posterior = tensor(&a, [rows, v, k], dtype).require_grad();
            let prior = tensor(&b, [v, k], dtype).require_grad();
            let kl = f(posterior.clone(), prior.clone());
            let grads = weigh(kl.clone(), dtype).backward();
            let da = values(posterior.grad(&grads).unwrap());
            (values(kl), da, values(prior.grad(&grads).unwrap()))
        };
        let (kl, da, db) = run(&|a, b| likelihood::categorical_kl(a, b).unwrap());
        let (kl_twin, da_twin, db_twin) = run(&composed::categorical_kl);
        assert_close(&kl, &kl_twin, bound);
        assert_close(&da, &da_twin, bound);
        assert_close(&db, &db_twin, bound);
    }
    let cost = |a: &[f64]| -> f64 {
        let kl = likelihood::categorical_kl(
            tensor(a, [rows, v, k], DType::F64),
            tensor(&b, [v, k], DType::F64),
        );
        values(kl.unwrap()).iter().zip(&w).map(|(kl, w)| kl * w).sum()
    };
    let posterior = tensor(&a, [rows, v, k], DType::F64).require_grad();
    let prior = tensor(&b, [v, k], DType::F64);
    let kl = likelihood::categorical_kl(posterior.clone(), prior).unwrap();
    let grads = weigh(kl, DType::F64).backward();
    let ours = values(posterior.grad(&grads).unwrap());
    assert_close(&ours, &oracle::finite_difference(cost, &a, 1e-5), 2e-9);
}

#[test]
fn empty_tensors_give_empty_results() {
    let logits = Tensor::<2>::zeros([0, 4], &device());
    let y = gumbel_burn::gumbel_softmax(logits, -1, 0.5, Key::new(1)).unwrap();
    assert_eq!(y.dims(), [0, 4]);
    let none = Tensor::<3>::zeros([2, 3, 0], &device());
    let y = gumbel_burn::gumbel_softmax(none, 1, 0.5, Key::new(1)).unwrap();
    assert_eq!(y.dims(), [2, 3, 0]);
    let one = tensor(&[3.0, -5.0], [2, 1], DType::F32);
    let y = gumbel_burn::gumbel_softmax(one, -1, 0.5, Key::new(1)).unwrap();
    assert_eq!(values(y), [1.0, 1.0]);
}

#[test]
fn bad_input_is_an_error_and_not_a_panic() {
    let zeros = || Tensor::<2>::zeros([2, 3], &device());
    let softmax = |l, dim, tau| gumbel_burn::gumbel_softmax(l, dim, tau, Key::new(1));
    for tau in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = softmax(zeros(), -1, tau).unwrap_err();
        assert!(matches!(error, Error::Core(gumbel::Error::Temperature { .. })));
        assert!(gumbel_burn::binary_concrete(zeros(), tau, Key::new(1)).is_err());
    }
    let error = softmax(zeros(), 2, 1.0).unwrap_err();
    assert!(matches!(error, Error::Core(gumbel::Error::Axis { dim: 2, rank: 2 })));
    let bad = tensor(&[0.0, f64::NAN, 0.0], [1, 3], DType::F32);
    let error = softmax(bad, -1, 1.0).unwrap_err();
    assert!(error.to_string().contains("index 1"), "{error}");
    let masked = tensor(&[0.0, 0.0, f64::NEG_INFINITY, f64::NEG_INFINITY], [2, 2], DType::F32);
    let error = softmax(masked, -1, 1.0).unwrap_err();
    assert_eq!(error, Error::Core(gumbel::Error::AllMasked { row: 1 }));
    let noise = Tensor::<2>::zeros([3, 2], &device());
    let error = gumbel_burn::gumbel_softmax(zeros(), -1, 1.0, noise).unwrap_err();
    assert!(matches!(error, Error::Shape { argument: "noise", .. }));
    let none = Tensor::<2>::zeros([2, 0], &device());
    let error = softmax(none, -1, 1.0).unwrap_err();
    assert_eq!(error, Error::Core(gumbel::Error::NoClasses));
    let x = Tensor::<2>::zeros([2, 4], &device());
    assert!(matches!(likelihood::bernoulli_nll(zeros(), x), Err(Error::Shape { .. })));
    let prior = Tensor::<2>::zeros([2, 2], &device());
    let posterior = Tensor::<3>::zeros([1, 2, 3], &device());
    assert!(matches!(likelihood::categorical_kl(posterior, prior), Err(Error::Shape { .. })));
    let posterior = tensor(&[0.0, f64::NAN], [1, 1, 2], DType::F32);
    let error = likelihood::categorical_kl(posterior, Tensor::zeros([1, 2], &device()));
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("posterior: expected"), "{error}");
}

/// Tensors with autodiff take the noise of a plain device as a constant.
#[test]
fn noise_of_a_plain_device_serves_tensors_with_autodiff() {
    let (l, w) = (logistic(N, 25), logistic(N, 26));
    let noise = |device: &Device| gumbel_burn::gumbel_noise(Key::new(27), SHAPE, device);
    let run = |device: &Device| {
        let f = |l: Tensor<3>| gumbel_burn::gumbel_softmax(l, 1, 0.5, noise(device)).unwrap();
        value_and_gradient(f, &l, &w, SHAPE, DType::F32)
    };
    assert_eq!(run(&Device::flex()), run(&device()));
}

#[test]
fn tensors_without_autodiff_give_the_values_of_those_with_it() {
    let plain = Device::flex();
    let logits = Tensor::<2>::zeros([2, 3], &plain);
    let y = gumbel_burn::gumbel_softmax(logits, -1, 0.5, Key::new(1)).unwrap();
    let tracked = Tensor::<2>::zeros([2, 3], &device());
    let z = gumbel_burn::gumbel_softmax(tracked, -1, 0.5, Key::new(1)).unwrap();
    assert_eq!(values(y), values(z));
}
