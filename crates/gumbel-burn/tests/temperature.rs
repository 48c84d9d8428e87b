//! Temperatures as tensors: the fused operations against their composed twins, against finite differences in f64, and
//! against the scalar path; a temperature that is learned.

use burn::tensor::{DType, Device, Tensor, TensorData};
use gumbel::{Key, noise, oracle};
use gumbel_burn::{Error, Temperature, composed};

fn device() -> Device {
    Device::flex().autodiff()
}

fn logistic(n: usize, seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut x);
    x
}

/// Temperatures from 0.4 to 3.
fn taus(n: usize, seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; n];
    noise::uniform_into(Key::new(seed), 0, &mut x);
    x.iter().map(|u| 0.4 + 2.6 * u).collect()
}

fn tensor<const D: usize>(values: &[f64], shape: [usize; D], dtype: DType) -> Tensor<D> {
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

const SHAPE: [usize; 3] = [3, 4, 5];
const N: usize = 60;

type Relaxation = fn(Tensor<3>, isize, Tensor<3>, Tensor<3>) -> Tensor<3>;

fn fused() -> [Relaxation; 5] {
    [
        |l, dim, tau, n| gumbel_burn::gumbel_softmax(l, dim, tau, n).unwrap(),
        |l, dim, tau, n| gumbel_burn::straight_through_gumbel_softmax(l, dim, tau, n).unwrap(),
        |l, dim, tau, n| gumbel_burn::gumbel_log_softmax(l, dim, tau, n).unwrap(),
        |l, _, tau, n| gumbel_burn::binary_concrete(l, tau, n).unwrap(),
        |l, _, tau, n| gumbel_burn::straight_through_binary_concrete(l, tau, n).unwrap(),
    ]
}

fn twins() -> [Relaxation; 5] {
    [
        |l, dim, tau, n| composed::gumbel_softmax(l, dim as usize, tau, n),
        |l, dim, tau, n| composed::straight_through_gumbel_softmax(l, dim as usize, tau, n),
        |l, dim, tau, n| composed::gumbel_log_softmax(l, dim as usize, tau, n),
        |l, _, tau, n| composed::binary_concrete(l, tau, n),
        |l, _, tau, n| composed::straight_through_binary_concrete(l, tau, n),
    ]
}

/// The soft function with whose gradient each relaxation answers.
const SOFT: [usize; 5] = [0, 0, 2, 3, 3];

/// The shapes of temperatures that a relaxation along `dim` takes.
fn tau_shapes(f: usize, dim: usize) -> Vec<[usize; 3]> {
    let mut all = vec![[1, 1, 1]];
    for mask in 1..8 {
        let shape: [usize; 3] =
            core::array::from_fn(|axis| if mask >> axis & 1 == 1 { SHAPE[axis] } else { 1 });
        if SOFT[f] == 3 || shape[dim] == 1 {
            all.push(shape);
        }
    }
    all
}

/// Value, and gradients of sum(w y) in the logits and in tau.
fn run(
    f: Relaxation,
    dim: usize,
    [l, tau, g, w]: [&[f64]; 4],
    tau_shape: [usize; 3],
    dtype: DType,
) -> [Vec<f64>; 3] {
    let logits = tensor(l, SHAPE, dtype).require_grad();
    let tau = tensor(tau, tau_shape, dtype).require_grad();
    let y = f(logits.clone(), dim as isize, tau.clone(), tensor(g, SHAPE, dtype));
    let grads = (y.clone() * tensor(w, SHAPE, dtype)).sum().backward();
    let dtau = tau.grad(&grads).unwrap();
    assert_eq!(dtau.dims(), tau_shape);
    [values(y), values(logits.grad(&grads).unwrap()), values(dtau)]
}

#[test]
fn fused_operations_equal_their_composed_twins_in_value_and_gradients() {
    let (l, g, w) = (logistic(N, 1), logistic(N, 2), logistic(N, 3));
    for (f, (fused, twin)) in fused().into_iter().zip(twins()).enumerate() {
        for dim in 0..3 {
            for shape in tau_shapes(f, dim) {
                let tau = taus(shape.iter().product(), 4);
                // f64: rounding. f32: the twin rounds at every step; up to 60 terms in one temperature.
                for (dtype, bound) in [(DType::F64, 1e-12), (DType::F32, 1e-4)] {
                    let inputs = [&l[..], &tau, &g, &w];
                    let (a, b) = (
                        run(fused, dim, inputs, shape, dtype),
                        run(twin, dim, inputs, shape, dtype),
                    );
                    for (a, b) in a.iter().zip(&b) {
                        assert_close(a, b, bound);
                    }
                }
            }
        }
    }
}

/// Straight-through samples too have the gradient of the soft function, in the temperature as in the logits.
#[test]
fn gradients_equal_finite_differences_of_the_soft_function() {
    let (l, g, w) = (logistic(N, 5), logistic(N, 6), logistic(N, 7));
    let all = fused();
    for f in 0..5 {
        for dim in 0..3 {
            for shape in tau_shapes(f, dim) {
                let tau = taus(shape.iter().product(), 8);
                let cost = |l: &[f64], tau: &[f64]| -> f64 {
                    let tau = tensor(tau, shape, DType::F64);
                    let (l, g) = (tensor(l, SHAPE, DType::F64), tensor(&g, SHAPE, DType::F64));
                    let y = all[SOFT[f]](l, dim as isize, tau, g);
                    values(y).iter().zip(&w).map(|(y, w)| y * w).sum()
                };
                let [_, dl, dtau] = run(all[f], dim, [&l, &tau, &g, &w], shape, DType::F64);
                // h = 1e-5: truncation of about h^2 |w| / tau^3 for each of up to 60 terms, rounding of 1e-16 |cost| / h.
                let numeric = oracle::finite_difference(|l| cost(l, &tau), &l, 1e-5);
                assert_close(&dl, &numeric, 2e-8);
                let numeric = oracle::finite_difference(|tau| cost(&l, tau), &tau, 1e-5);
                assert_close(&dtau, &numeric, 2e-7);
            }
        }
    }
}

/// A tensor that holds one temperature everywhere gives the bits of that number.
#[test]
fn a_tensor_of_equal_temperatures_gives_the_bits_of_the_number() {
    let l = logistic(N, 9);
    for dtype in [DType::F32, DType::F64] {
        let logits = || tensor::<3>(&l, SHAPE, dtype);
        let tau = |shape: [usize; 3]| tensor(&vec![0.75; shape.iter().product()], shape, dtype);
        let key = Key::new(10);
        for dim in 0..3 {
            let mut shape = SHAPE;
            shape[dim] = 1;
            let axis = dim as isize;
            let y = gumbel_burn::gumbel_softmax(logits(), axis, tau(shape), key).unwrap();
            let z = gumbel_burn::gumbel_softmax(logits(), axis, 0.75, key).unwrap();
            assert_eq!(values(y), values(z));
            let y = gumbel_burn::gumbel_log_softmax(logits(), axis, tau(shape), key).unwrap();
            let z = gumbel_burn::gumbel_log_softmax(logits(), axis, 0.75, key).unwrap();
            assert_eq!(values(y), values(z));
        }
        for shape in [SHAPE, [3, 1, 1], [3, 4, 1], [1, 4, 5], [1, 1, 1]] {
            let y = gumbel_burn::binary_concrete(logits(), tau(shape), key).unwrap();
            let z = gumbel_burn::binary_concrete(logits(), 0.75, key).unwrap();
            assert_eq!(values(y), values(z));
        }
    }
}

/// The logarithm of a sample against the core, at temperatures where the sample itself underflows.
#[test]
fn the_logarithm_is_that_of_the_core_and_does_not_underflow() {
    let l = logistic(N, 11);
    for tau in [1e-4, 0.01, 1.0, 50.0] {
        for dim in 0..3 {
            let axis = gumbel::Axis::of(&SHAPE, dim).unwrap();
            let core = gumbel::relax::gumbel_log_softmax(&l, axis, tau, Key::new(12)).unwrap();
            let logits = tensor(&l, SHAPE, DType::F64).require_grad();
            let ours = gumbel_burn::gumbel_log_softmax(logits.clone(), dim, tau, Key::new(12));
            let ours = ours.unwrap();
            assert_eq!(values(ours.clone()), core);
            assert!(tau > 1e-3 || core.iter().any(|x| x.exp() == 0.0));
            let grads = ours.sum().backward();
            assert!(values(logits.grad(&grads).unwrap()).iter().all(|d| d.is_finite()));
        }
    }
}

#[test]
fn masked_classes_and_certain_choices_give_the_temperature_no_gradient() {
    let inf = f64::INFINITY;
    let (l, g) = ([0.3, -inf, 1.0, -inf, 0.0, -inf], logistic(6, 13));
    for dtype in [DType::F32, DType::F64] {
        for (f, (fused, twin)) in fused().into_iter().zip(twins()).enumerate().take(3) {
            let run = |f: Relaxation| {
                let logits = tensor(&l, [1, 2, 3], dtype).require_grad();
                let tau = tensor(&[0.5, 2.0], [1, 2, 1], dtype).require_grad();
                let y = f(logits.clone(), 2, tau.clone(), tensor(&g, [1, 2, 3], dtype));
                let possible = tensor(&l, [1, 2, 3], dtype).equal_elem(-inf).bool_not();
                // A masked logarithm is -inf: its square is no cost.
                let squares = y.powi_scalar(2).mask_fill(possible.bool_not(), 0.0);
                let grads = squares.sum().backward();
                [values(logits.grad(&grads).unwrap()), values(tau.grad(&grads).unwrap())]
            };
            let ([dl, dtau], [dl_twin, dtau_twin]) = (run(fused), run(twin));
            assert_eq!((dl[1], dl[3], dl[5]), (0.0, 0.0, 0.0), "{f}");
            assert_close(&dl, &dl_twin, 1e-5);
            assert_close(&dtau, &dtau_twin, 1e-5);
            // The second row has one possible class.
            assert_eq!(dtau[1], 0.0);
        }
        for f in [fused()[3], fused()[4], twins()[3], twins()[4]] {
            let logits = tensor(&[-inf, inf, 0.5], [1, 1, 3], dtype).require_grad();
            let tau = tensor(&[0.5, 2.0, 1.0], [1, 1, 3], dtype).require_grad();
            let y = f(logits.clone(), 2, tau.clone(), tensor(&[0.1, 0.2, 0.3], [1, 1, 3], dtype));
            let grads = y.powi_scalar(2).sum().backward();
            let dtau = values(tau.grad(&grads).unwrap());
            assert!(dtau[..2] == [0.0, 0.0] && dtau[2].is_finite(), "{dtau:?}");
            let dl = values(logits.grad(&grads).unwrap());
            assert!(dl[..2] == [0.0, 0.0] && dl[2].is_finite(), "{dl:?}");
        }
    }
}

#[test]
fn half_precision_is_the_f32_result_rounded_once() {
    let l = logistic(N, 14);
    for dtype in [DType::F16, DType::BF16] {
        let (logits, tau) = (tensor(&l, SHAPE, dtype), tensor(&taus(12, 15), [3, 4, 1], dtype));
        let wide = (logits.clone().cast(DType::F32), tau.clone().cast(DType::F32));
        let y = gumbel_burn::gumbel_softmax(logits, -1, tau, Key::new(3)).unwrap();
        let z = gumbel_burn::gumbel_softmax(wide.0, -1, wide.1, Key::new(3)).unwrap();
        assert_eq!(y.dtype(), dtype);
        assert_eq!(values(y), values(z.cast(dtype)));
    }
}

/// Temperatures of the device of the logits, tracked or not, with and without a gradient for the logits.
#[test]
fn either_argument_may_have_a_gradient() {
    let logits = || tensor::<3>(&logistic(N, 16), SHAPE, DType::F32);
    let tau = || tensor::<3>(&[0.5], [1, 1, 1], DType::F32);
    let run = |l: Tensor<3>, tau: Tensor<3>| {
        let y = gumbel_burn::gumbel_softmax(l.clone(), 1, tau.clone(), Key::new(17)).unwrap();
        let grads = y.powi_scalar(2).sum().backward();
        (l.grad(&grads).map(values), tau.grad(&grads).map(values))
    };
    let both = run(logits().require_grad(), tau().require_grad());
    assert!(both.0.is_some() && both.1.is_some());
    assert_eq!(run(logits().require_grad(), tau()), (both.0.clone(), None));
    assert_eq!(run(logits(), tau().require_grad()), (None, both.1));
    // A temperature of a plain device is a constant.
    let plain = Tensor::<3>::from_data(TensorData::new(vec![0.5_f32], [1, 1, 1]), &Device::flex());
    assert_eq!(run(logits().require_grad(), plain).0, both.0);
}

#[test]
fn bad_temperatures_are_errors_that_name_tau() {
    let logits = || tensor::<2>(&[0.0; 6], [2, 3], DType::F32);
    let softmax = |tau: Tensor<2>| gumbel_burn::gumbel_softmax(logits(), -1, tau, Key::new(1));
    let binary = |tau: Tensor<2>| gumbel_burn::binary_concrete(logits(), tau, Key::new(1));
    for shape in [[2, 3], [1, 3], [3, 1], [6, 1]] {
        let error =
            softmax(tensor(&vec![1.0; shape[0] * shape[1]], shape, DType::F32)).unwrap_err();
        let expected = vec![2, 1];
        assert_eq!(error, Error::Shape { argument: "tau", expected, found: shape.to_vec() });
    }
    let error = binary(tensor(&[1.0; 4], [2, 2], DType::F32)).unwrap_err();
    assert!(error.to_string().starts_with("tau: expected shape [2, 3]"), "{error}");
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let tau = || tensor(&[1.0, bad], [2, 1], DType::F32);
        for error in [softmax(tau()).unwrap_err(), binary(tau()).unwrap_err()] {
            let text = error.to_string();
            assert!(text.starts_with("tau: expected a finite temperature above 0"), "{text}");
            assert!(text.ends_with("at index 1"), "{text}");
        }
        let log = gumbel_burn::gumbel_log_softmax(logits(), -1, bad, Key::new(1));
        assert!(matches!(log, Err(Error::Core(gumbel::Error::Temperature { .. }))));
    }
    let none = Tensor::<2>::zeros([0, 3], &device());
    let tau = Tensor::<2>::ones([0, 1], &device());
    let y = gumbel_burn::gumbel_softmax(none, -1, tau, Key::new(1)).unwrap();
    assert_eq!(y.dims(), [0, 3]);
}

/// Gradient descent finds the temperatures that samples were made with.
#[test]
fn a_temperature_can_be_learned() {
    let (l, truth) = (logistic(N, 18), taus(4, 19));
    let logits = || tensor::<3>(&l, SHAPE, DType::F64);
    let sample = |tau: Tensor<3>, key| gumbel_burn::gumbel_softmax(logits(), -1, tau, key).unwrap();
    let run_key = Key::new(20);
    let mut ln_tau = vec![0.0; 4];
    for step in 0..300 {
        let key = run_key.fold_in(step);
        let target = sample(tensor(&truth, [1, 4, 1], DType::F64), key);
        let parameter = tensor(&ln_tau, [1, 4, 1], DType::F64).require_grad();
        let loss = (sample(parameter.clone().exp(), key) - target).powi_scalar(2).sum();
        let gradient = values(parameter.grad(&loss.backward()).unwrap());
        for (p, d) in ln_tau.iter_mut().zip(gradient) {
            *p -= 0.5 * d;
        }
    }
    let learned: Vec<f64> = ln_tau.iter().map(|p| p.exp()).collect();
    assert_close(&learned, &truth, 1e-3);
}

#[test]
fn a_layer_takes_a_tensor() {
    let layer = gumbel_burn::GumbelSoftmaxConfig::new().init();
    let logits = || tensor::<2>(&logistic(6, 21), [2, 3], DType::F32);
    let tau = tensor(&[0.5, 2.0], [2, 1], DType::F32);
    let y = values(layer.forward(logits(), tau, Key::new(1)).unwrap());
    let [cold, warm] = [0.5, 2.0].map(|t| values(layer.forward(logits(), t, Key::new(1)).unwrap()));
    assert_eq!((&y[..3], &y[3..]), (&cold[..3], &warm[3..]));
    let layer = gumbel_burn::BinaryConcreteConfig::new().init();
    let tau = Temperature::from(tensor::<2>(&[0.5], [1, 1], DType::F32));
    let y = layer.forward(logits(), tau, Key::new(1)).unwrap();
    assert_eq!(values(y), values(layer.forward(logits(), 0.5, Key::new(1)).unwrap()));
}

/// Burn refuses to broadcast to an axis of length 0.
#[test]
fn an_empty_batch_takes_temperatures_and_gives_them_a_gradient_of_zero() {
    let device = Device::flex().autodiff();
    for (shape, of_rows) in [([0, 4, 3], [0, 1, 3]), ([0, 4, 3], [1, 1, 3]), ([2, 4, 0], [1, 1, 1])]
    {
        let logits = Tensor::<3>::zeros(shape, &device).require_grad();
        let tau = Tensor::<3>::ones(of_rows, &device).require_grad();
        let y = gumbel_burn::gumbel_softmax(logits.clone(), 1, tau.clone(), Key::new(1)).unwrap();
        let z = gumbel_burn::binary_concrete(logits.clone(), tau.clone(), Key::new(1)).unwrap();
        let gradients = (y + z).sum().backward();
        assert_eq!(logits.grad(&gradients).unwrap().dims(), shape);
        let dtau = tau.grad(&gradients).unwrap();
        assert_eq!(dtau.dims(), of_rows);
        assert!(dtau.into_data().iter::<f32>().all(|d| d == 0.0));
    }
}
