//! The contract that every estimator on tensors keeps. Their laws are tested against the f64 oracle in `gumbel-lab`.

use burn::tensor::{DType, Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::Error;
use gumbel_burn::estimator::{
    Baseline, Cost, Estimate, Estimator, Exact, Indecater, Name, Needs, Options, Rebar, Reinforce,
    Relax, Rloo, Variables, Zgr,
};
use strum::IntoEnumIterator;

fn device() -> Device {
    Device::flex().autodiff()
}

/// Every estimator that takes variables of k classes, `reinforce` with every baseline.
fn all(k: usize) -> Vec<Box<dyn Estimator>> {
    let named = Name::iter().filter(|&name| name != Name::Reinforce).map(Name::estimator);
    let baselines = Baseline::iter().map(|baseline| {
        let options = Options { baseline: Some(baseline), ..Options::default() };
        Name::Reinforce.estimator_with(options).unwrap()
    });
    named.chain(baselines).filter(|estimator| estimator.check(2, k).is_ok()).collect()
}

fn logits<const N: usize>(values: [[f32; N]; 2], rows: usize) -> Tensor<3> {
    let data = TensorData::from(values);
    Tensor::<2>::from_data(data, &device()).unsqueeze::<3>().repeat_dim(0, rows)
}

fn three() -> Tensor<3> {
    logits([[0.3, -0.5, 1.0], [0.0, 1.2, -0.7]], 6)
}

/// A cost that is far from linear: sin(w . x) + (w . x)^2, over all variables.
fn curved(x: Tensor<3>) -> Result<Tensor<1>, Error> {
    let [_, v, k] = x.dims();
    let w: Vec<f32> = (0..v * k).map(|i| (1.7 * i as f32 + 0.4).sin()).collect();
    let w = Tensor::<3>::from_data(TensorData::new(w, [1, v, k]), &x.device()).cast(x.dtype());
    let dot = (x * w).sum_dim(2).sum_dim(1).flatten::<1>(0, 2);
    Ok(dot.clone().sin() + dot.square())
}

/// Variables with the estimator's own parameters, frozen.
fn variables(estimator: &dyn Estimator, logits: Tensor<3>, key: Key) -> Variables {
    let [_, v, k] = logits.dims();
    let parameters = estimator.parameters(v, k, Key::new(9), &logits.device());
    let tau = estimator.default_tau().unwrap_or(1.0);
    Variables::new(logits, key).with_tau(tau).with_parameters(parameters)
}

fn gradient(estimate: &Estimate, logits: &Tensor<3>) -> Vec<f32> {
    let gradients = estimate.surrogate.clone().sum().backward();
    logits.grad(&gradients).map_or_else(Vec::new, |g| g.into_data().iter::<f32>().collect())
}

#[test]
fn the_surrogate_has_the_value_of_the_cost() {
    for estimator in all(3).iter().chain(&all(2)) {
        let k = if estimator.check(2, 3).is_ok() { 3 } else { 2 };
        let logits = three().narrow(2, 0, k).require_grad();
        let variables = variables(estimator.as_ref(), logits.clone(), Key::new(1));
        let estimate = estimator.estimate(&variables, &Cost::new(&curved)).unwrap();
        let difference = (estimate.cost.clone() - estimate.surrogate.clone()).abs().max();
        let largest = estimate.cost.abs().max().into_scalar::<f32>();
        assert!(difference.into_scalar::<f32>() <= 1e-6 * largest, "{}", estimator.name());
    }
}

/// An example has the same estimate however the batch is cut, unless its baseline is the batch.
#[test]
fn a_row_has_the_same_estimate_in_a_part_of_the_batch() {
    for estimator in all(3) {
        if estimator.settings() == "baseline mean" {
            continue;
        }
        let of = |logits: Tensor<3>, first| {
            let logits = logits.require_grad();
            let variables = variables(estimator.as_ref(), logits.clone(), Key::new(2));
            let estimate =
                estimator.estimate(&variables.first_row(first), &Cost::new(&curved)).unwrap();
            gradient(&estimate, &logits)
        };
        let (whole, part) = (of(three(), 0), of(three().narrow(0, 2, 3), 2));
        for (a, b) in whole[12..30].iter().zip(&part) {
            assert!((a - b).abs() <= 1e-5 * (1.0 + a.abs()), "{}: {a} {b}", estimator.name());
        }
    }
}

/// The cost is w . x, so its gradient in w is the point of evaluation. At corners it is one-hot; the mean of K corners
/// is a multiple of 1/K.
#[test]
fn the_network_in_the_cost_is_trained_at_corners_alone() {
    for estimator in all(3) {
        let name = estimator.name().to_owned();
        let w = Tensor::<3>::from_data([[[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]]], &device());
        let w = w.require_grad();
        let cost = |x: Tensor<3>| Ok((x * w.clone()).sum_dim(2).sum_dim(1).flatten(0, 2));
        let logits = logits([[0.3, -0.5, 1.0], [0.0, 1.2, -0.7]], 1).require_grad();
        let variables = variables(estimator.as_ref(), logits, Key::new(3));
        let estimate = estimator.estimate(&variables, &Cost::new(&cost)).unwrap();
        let gradients = estimate.surrogate.sum().backward();
        let point: Vec<f32> = w.grad(&gradients).unwrap().into_data().iter::<f32>().collect();
        for of_variable in point.chunks(3) {
            assert!((of_variable.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{name}: {point:?}");
        }
        let at_corners = point.iter().all(|x| (2.0 * x - (2.0 * x).round()).abs() < 1e-5);
        let replaces_the_corner = ["gumbel-softmax", "gumbel-sparsemax"].contains(&name.as_str());
        // A bound weighs its samples, and the exact sum all of them.
        let weighs = ["vimco", "exact"].contains(&name.as_str());
        assert!(at_corners || replaces_the_corner || weighs, "{name}: {point:?}");
    }
}

#[test]
fn a_class_of_minus_infinity_is_never_evaluated_and_has_no_gradient() {
    let masked = f32::NEG_INFINITY;
    for estimator in all(3) {
        let logits = logits([[0.3, masked, 1.0], [masked, 1.2, -0.7]], 20).require_grad();
        let variables = variables(estimator.as_ref(), logits.clone(), Key::new(4));
        let estimate = estimator.estimate(&variables, &Cost::new(&curved)).unwrap();
        for (i, g) in gradient(&estimate, &logits).into_iter().enumerate() {
            assert!(g.is_finite(), "{}: {g}", estimator.name());
            assert!(![1, 3].contains(&(i % 6)) || g == 0.0, "{}: {g}", estimator.name());
        }
    }
}

#[test]
fn a_variable_of_one_class_has_the_gradient_zero() {
    for estimator in all(1) {
        let logits = Tensor::<3>::full([4, 2, 1], 0.7, &device()).require_grad();
        let variables = variables(estimator.as_ref(), logits.clone(), Key::new(5));
        let estimate = estimator.estimate(&variables, &Cost::new(&curved)).unwrap();
        let gradient = gradient(&estimate, &logits);
        assert!(gradient.iter().all(|g| g.abs() < 1e-5), "{}: {gradient:?}", estimator.name());
    }
}

/// The trainer compares the objective of two models without gradients.
#[test]
fn without_autodiff_the_cost_is_the_same() {
    for estimator in all(3) {
        let cost = |logits: Tensor<3>| {
            let variables = variables(estimator.as_ref(), logits, Key::new(6));
            let estimate = estimator.estimate(&variables, &Cost::new(&curved)).unwrap();
            estimate.cost.into_data().iter::<f32>().collect::<Vec<_>>()
        };
        let (with, without) = (cost(three().require_grad()), cost(three().inner()));
        assert_eq!(with, without, "{}", estimator.name());
    }
}

/// Half precision is widened, computed with, and rounded once: the gradient is that of the rounded logits in f32.
#[test]
fn half_precision_is_widened() {
    for estimator in all(3) {
        let half = three().cast(DType::F16).require_grad();
        let single = three().cast(DType::F16).cast(DType::F32).require_grad();
        let of = |logits: &Tensor<3>| {
            let variables = variables(estimator.as_ref(), logits.clone(), Key::new(6));
            let estimate = estimator.estimate(&variables, &Cost::new(&curved)).unwrap();
            logits.grad(&estimate.surrogate.sum().backward()).unwrap()
        };
        let (found, expected) = (of(&half), of(&single).cast(DType::F16));
        assert_eq!(found.into_data(), expected.into_data(), "{}", estimator.name());
    }
}

/// Three equal costs of 500.1 have a mean that is not 500.1 in f32; divided by their deviation it was a gradient.
#[test]
fn equal_costs_have_no_gradient_however_large_they_are() {
    let flat = |x: Tensor<3>| Ok(Tensor::full([x.dims()[0]], 500.1, &x.device()));
    for name in [Name::Rloo, Name::Grpo, Name::Vimco] {
        for samples in [2, 3, 10] {
            let estimator =
                name.estimator_with(Options { samples: Some(samples), ..Options::default() });
            let (estimator, logits) = (estimator.unwrap(), three().require_grad());
            let variables = variables(estimator.as_ref(), logits.clone(), Key::new(14));
            let estimate = estimator.estimate(&variables, &Cost::new(&flat)).unwrap();
            let largest =
                gradient(&estimate, &logits).into_iter().fold(0.0, |a: f32, b| a.max(b.abs()));
            assert!(largest < 1e-3, "{name}, K {samples}: {largest}");
        }
    }
}

/// A masked class may have no cost at all.
#[test]
fn an_infinite_cost_of_a_masked_class_is_not_used() {
    let masked = f32::NEG_INFINITY;
    let infinite = |x: Tensor<3>| {
        let chosen: Tensor<1> = x.clone().narrow(1, 0, 1).narrow(2, 1, 1).flatten(0, 2);
        Ok(curved(x)?.mask_fill(chosen.equal_elem(1.0), f32::INFINITY))
    };
    for estimator in all(3) {
        if estimator.needs() == Needs::SoftPoints {
            continue;
        }
        let logits = logits([[0.3, masked, 1.0], [0.0, 1.2, -0.7]], 20).require_grad();
        let variables = variables(estimator.as_ref(), logits.clone(), Key::new(15));
        let estimate = estimator.estimate(&variables, &Cost::at_corners(&infinite)).unwrap();
        let gradient = gradient(&estimate, &logits);
        assert!(gradient.iter().all(|g| g.is_finite()), "{}: {gradient:?}", estimator.name());
    }
}

/// Burn refuses a second pass through a graph; the documentation of `Cost` names the five estimators and the way out.
#[test]
#[should_panic(expected = "already been consumed")]
fn a_closure_that_holds_the_output_of_an_encoder_panics_in_muprop() {
    let logits = three().require_grad();
    let encoded: Tensor<1> = logits.clone().sum_dim(2).sum_dim(1).flatten(0, 2);
    let cost = |x: Tensor<3>| Ok(curved(x)? + encoded.clone());
    let variables = Variables::new(logits, Key::new(16));
    let muprop = Name::MuProp.estimator();
    let estimate = muprop.estimate(&variables, &Cost::new(&cost)).unwrap();
    let _ = (estimate.surrogate + encoded.clone()).sum().backward();
}

#[test]
fn a_cost_is_evaluated_only_where_it_may_be() {
    for estimator in all(3) {
        // A cost that refuses points between the corners, and gradients where there are none.
        let strict = |x: Tensor<3>| {
            let off = (x.clone() * (x.clone() - 1.0)).abs().max().into_scalar::<f32>();
            assert!(off < 1e-6 || estimator.needs() == Needs::SoftPoints);
            assert!(!x.is_tracked() || estimator.needs() >= Needs::Gradients);
            curved(x)
        };
        let variables = variables(estimator.as_ref(), three().require_grad(), Key::new(7));
        let made: [(Cost<'_>, Needs); 3] = [
            (Cost::without_gradient(&strict), Needs::Costs),
            (Cost::at_corners(&strict), Needs::Gradients),
            (Cost::new(&strict), Needs::SoftPoints),
        ];
        for (cost, allows) in made {
            let result = estimator.estimate(&variables, &cost);
            assert_eq!(result.is_ok(), estimator.needs() <= allows, "{}", estimator.name());
            if let Err(error) = result {
                assert!(error.to_string().contains("does not allow"), "{error}");
            }
        }
    }
}

#[test]
fn arguments_that_are_not_allowed_are_named() {
    let error = |variables: &Variables, estimator: &dyn Estimator| {
        estimator.estimate(variables, &Cost::new(&curved)).unwrap_err().to_string()
    };
    let with = |logits: Tensor<3>| Variables::new(logits, Key::new(0));
    let nan = three() * f32::NAN;
    assert!(error(&with(nan), &Zgr).starts_with("logits"));
    assert!(error(&with(three()).with_tau(0.0), &Zgr).contains("temperature"));
    let rebar = Rebar::new(1.0, 0.5).unwrap();
    assert!(error(&with(three()), &rebar).ends_with("[[1, 1], [1, 1]], found []"));
    let learned = Reinforce::new(Baseline::Learned);
    let other = learned.parameters(3, 3, Key::new(0), &device());
    assert!(error(&with(three()).with_parameters(other), &learned).starts_with("parameters"));
    let none = Tensor::<3>::zeros([2, 2, 0], &device());
    assert!(error(&with(none), &Zgr).contains("class"));
    let large = Tensor::<3>::zeros([1, 20, 10], &device());
    assert!(error(&with(large), &Exact).starts_with("exact: expected at most 16384 states"));
    let wrong = |x: Tensor<3>| Ok(x.sum());
    let shape = Zgr.estimate(&with(three()), &Cost::new(&wrong)).unwrap_err().to_string();
    assert_eq!(shape, "cost: expected shape [6], found [1]");
    let fails = |_: Tensor<3>| Err(Error::Cost { problem: "the game is over".into() });
    let own = Zgr.estimate(&with(three()), &Cost::new(&fails)).unwrap_err().to_string();
    assert_eq!(own, "cost: the game is over");
}

/// Two layers with two weights between them: every pair of unbiased estimators agrees with the exact gradient.
#[test]
fn layers_in_sequence_have_the_exact_gradient() {
    const ROWS: usize = 40_000;
    const GROUPS: usize = 200;
    let weight = [[0.4, -0.3, 0.9, -1.1], [1.0, 0.2, -0.6, 0.5], [-0.8, 0.7, 0.3, -0.2]];
    let gradients = |outer: &dyn Estimator, inner: &dyn Estimator, rows: usize, groups: usize| {
        let first = Tensor::<3>::from_data([[[0.2, -0.4, 0.6]]], &device());
        let first = first.repeat_dim(0, rows).require_grad();
        let weight = Tensor::<2>::from_data(weight, &device()).unsqueeze::<3>();
        let weight = weight.repeat_dim(0, groups).require_grad();
        let [one, two] = Key::new(8).split();
        let cost = |x: Tensor<3>| {
            let of_groups = x.reshape([groups, rows / groups, 3]);
            let second = of_groups.matmul(weight.clone()).reshape([rows, 2, 2]);
            let variables = variables(inner, second, two);
            Ok(inner.estimate(&variables, &Cost::new(&curved))?.surrogate)
        };
        let variables = variables(outer, first.clone(), one);
        let estimate = outer.estimate(&variables, &Cost::new(&cost)).unwrap();
        let gradients = estimate.surrogate.sum().backward();
        let of_first: Vec<f32> = first.grad(&gradients).unwrap().into_data().iter().collect();
        let of_weight: Vec<f32> = weight.grad(&gradients).unwrap().into_data().iter().collect();
        (of_first, of_weight)
    };
    let exact = gradients(&Exact, &Exact, 1, 1);
    let names =
        [Name::Rloo, Name::Disarm, Name::Indecater, Name::MuProp, Name::Rebar, Name::DoubleCv];
    for (i, outer) in names.into_iter().enumerate() {
        let inner = names[(i + 1) % names.len()];
        let (of_first, of_weight) =
            gradients(outer.estimator().as_ref(), inner.estimator().as_ref(), ROWS, GROUPS);
        for c in 0..3 {
            let draws: Vec<f64> = of_first.iter().skip(c).step_by(3).map(|&g| g.into()).collect();
            let mean = draws.iter().sum::<f64>() / ROWS as f64;
            let squares: f64 = draws.iter().map(|g| (g - mean).powi(2)).sum();
            let error = squares.sqrt() / ROWS as f64;
            // 18 coordinates beyond 6 standard errors: a false alarm in 3e7.
            let z = (mean - f64::from(exact.0[c])) / error;
            assert!(z.abs() < 6.0, "{outer} over {inner}: {mean} {:?} {z}", exact.0);
        }
        // The gradient of a weight in 200 groups of rows, each with a copy of the weights.
        for (weight, exact) in exact.1.iter().enumerate() {
            let groups: Vec<f64> =
                of_weight.iter().skip(weight).step_by(12).map(|&g| g.into()).collect();
            let n = groups.len() as f64;
            let mean = groups.iter().sum::<f64>() / n;
            let squares: f64 = groups.iter().map(|g| (g - mean).powi(2)).sum();
            let error = (squares / (n - 1.0) / n).sqrt();
            let per_row = (ROWS / GROUPS) as f64;
            // 72 weights beyond 6 standard errors of 200 groups: a false alarm in 5e5.
            let z = (mean - per_row * f64::from(*exact)) / error;
            assert!(z.abs() < 6.0, "{outer} over {inner}: weight {weight}: {z}");
        }
    }
}

/// Plain gradient descent on the estimator's own parameters.
fn train_own(estimator: &dyn Estimator, steps: u64, rate: f64) -> Vec<Tensor<2>> {
    let logits = three().repeat_dim(0, 20);
    let [_, v, k] = logits.dims();
    let mut own = estimator.parameters(v, k, Key::new(9), &device());
    for step in 0..steps {
        let tracked: Vec<_> = own.into_iter().map(|x| x.detach().require_grad()).collect();
        let variables = Variables::new(logits.clone(), Key::new(10).fold_in(step));
        let variables = variables.with_parameters(tracked.clone());
        let estimate = estimator.estimate(&variables, &Cost::new(&curved)).unwrap();
        let gradients = estimate.surrogate.mean().backward();
        let moved = tracked.into_iter().map(|x| {
            let gradient = Tensor::from_inner(x.grad(&gradients).expect("every one is trained"));
            x.detach().set_require_grad(false) - gradient.mul_scalar(rate)
        });
        own = moved.collect();
    }
    own
}

/// The mean squared norm of an estimate with these parameters.
fn squared_norm(estimator: &dyn Estimator, own: Vec<Tensor<2>>) -> f64 {
    let logits = three().repeat_dim(0, 2_000).require_grad();
    let rows = logits.dims()[0] as f64;
    let variables = Variables::new(logits.clone(), Key::new(11)).with_parameters(own);
    let estimate = estimator.estimate(&variables, &Cost::new(&curved)).unwrap();
    gradient(&estimate, &logits).iter().map(|&g| f64::from(g).powi(2)).sum::<f64>() / rows
}

/// The spread of the mean over 12,000 rows is about 1 %; training gains far more.
#[test]
fn own_parameters_lower_the_variance() {
    let cases: [(Box<dyn Estimator>, f64); 3] = [
        (Box::new(Rebar::new(0.0, 2.0).unwrap()), 0.05),
        (Box::new(Relax::new(0.0, 2.0).unwrap()), 0.02),
        (Name::DoubleCv.estimator(), 0.01),
    ];
    for (estimator, rate) in cases {
        let [_, v, k] = three().dims();
        let before =
            squared_norm(estimator.as_ref(), estimator.parameters(v, k, Key::new(9), &device()));
        let after = squared_norm(estimator.as_ref(), train_own(estimator.as_ref(), 300, rate));
        assert!(after < 0.97 * before, "{}: {before} {after}", estimator.name());
    }
}

#[test]
fn a_learned_baseline_tends_to_the_expected_cost() {
    let learned = Reinforce::new(Baseline::Learned);
    let own = train_own(&learned, 400, 0.02);
    let logits = three();
    let variables = Variables::new(logits, Key::new(0));
    let expected = Exact.estimate(&variables, &Cost::new(&curved)).unwrap().cost;
    let expected = expected.narrow(0, 0, 1).into_scalar::<f32>();
    let pi: Tensor<2> = variables.probabilities().narrow(0, 0, 1).flatten(1, 2);
    let [w, c, v, b] = own.try_into().unwrap();
    let found = ((pi.matmul(w) + c).tanh().matmul(v) + b).into_scalar::<f32>();
    assert!((found - expected).abs() < 0.1, "{found} {expected}");
}

#[test]
fn bernoulli_variables_are_variables_of_two_classes() {
    let log_odds = Tensor::<2>::from_data([[0.3, -1.2, 0.0]], &device()).require_grad();
    let pair = Tensor::<3>::from_data([[[0.0, 0.3], [0.0, -1.2], [0.0, 0.0]]], &device());
    let pair = pair.require_grad();
    for estimator in all(2) {
        let key = Key::new(12);
        let tau = estimator.default_tau().unwrap_or(1.0);
        let own = |v| estimator.parameters(v, 2, Key::new(9), &device());
        let bits =
            Variables::bernoulli(log_odds.clone(), key).with_tau(tau).with_parameters(own(3));
        let one = estimator.estimate(&bits, &Cost::new(&curved)).unwrap();
        let gradients = one.surrogate.sum().backward();
        let found: Vec<f32> = log_odds.grad(&gradients).unwrap().into_data().iter().collect();
        let both = variables(estimator.as_ref(), pair.clone(), key);
        let two = estimator.estimate(&both, &Cost::new(&curved)).unwrap();
        let expected: Vec<f32> = gradient(&two, &pair).into_iter().skip(1).step_by(2).collect();
        // One tensor is put together from two, and its sums are taken in another order.
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{}: {a} {b}", estimator.name());
        }
    }
}

/// With frozen parameters as often as documented; REBAR and RELAX twice more while their temperature is trained.
#[test]
fn the_cost_is_evaluated_as_often_as_documented() {
    use std::cell::Cell;
    for estimator in all(3) {
        let (name, dims) = (estimator.name(), three().dims());
        let evaluations = |trained: &dyn Fn(usize) -> bool| {
            let count = Cell::new(0);
            let cost = |x: Tensor<3>| {
                count.set(count.get() + 1);
                curved(x)
            };
            let own = estimator.parameters(dims[1], dims[2], Key::new(9), &device());
            let own = own.into_iter().enumerate();
            let own = own.map(|(i, x)| x.set_require_grad(trained(i))).collect();
            let variables = Variables::new(three().require_grad(), Key::new(13));
            let variables = variables.with_parameters(own);
            estimator.estimate(&variables, &Cost::new(&cost)).unwrap();
            count.get()
        };
        let expected = estimator.evaluations(dims[1], dims[2]);
        let trains_lambda = ["rebar", "relax"].contains(&name);
        assert_eq!(evaluations(&|_| false), expected, "{name}");
        assert_eq!(evaluations(&|i| i == 0), expected, "{name}, the first parameter trained");
        let more = if trains_lambda { 2 } else { 0 };
        assert_eq!(evaluations(&|_| true), expected + more, "{name}, all trained");
    }
    assert_eq!(Indecater.evaluations(20, 10), 181);
    assert_eq!(Rloo::new(4).unwrap().evaluations(20, 10), 4);
}
