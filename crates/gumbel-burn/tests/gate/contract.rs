//! The contract of a gate: its first probabilities, its laws, its determinism, its errors.

use burn::config::Config;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Tensor};
use gumbel::Key;
use gumbel_burn::{
    Error, GateCondition, GateEvaluation, GatePenalty, GateSqueeze, GumbelGate, GumbelGateConfig,
};
use gumbel_check::share_bound;

use super::{device, gradients, normal, parameters, tensor, values, with_parameters};

fn gate(config: &GumbelGateConfig) -> GumbelGate {
    config.init(Key::new(1), &device()).unwrap()
}

/// A per-example gate whose probabilities differ from example to example.
fn varied(c: usize) -> GumbelGate {
    gate(&GumbelGateConfig::new(c).with_initial_keep(0.4).with_init_std(2.0))
}

fn input<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    tensor(&normal(shape.iter().product(), seed), shape).cast(DType::F32)
}

#[test]
fn a_new_gate_has_the_probability_of_its_config_and_the_weights_of_its_key() {
    for (keep, condition) in [(0.87, GateCondition::PerExample), (0.25, GateCondition::Static)] {
        let config = GumbelGateConfig::new(6).with_initial_keep(keep).with_condition(condition);
        let p = values(gate(&config).keep_probability(input([5, 6, 2, 2], 1)).unwrap());
        // A slope of at most 5 x 1e-3 times a hidden unit of at most 4 moves P(on) by a quarter of it.
        assert!(p.iter().all(|p| (p - keep).abs() < 0.01), "{p:?}");
        assert_eq!(parameters(&gate(&config)), parameters(&gate(&config)));
    }
    let config = GumbelGateConfig::new(6);
    let other = config.init(Key::new(2), &device()).unwrap();
    assert_ne!(parameters(&gate(&config)), parameters(&other));
    // Every parameter has rank 1 or 2: c^2 + c + 2c + 2c of them.
    assert_eq!(parameters(&other).len(), 36 + 6 + 12 + 12);
}

/// The formula of the config in plain f64, independent of the layer's code.
#[test]
fn logits_are_the_formula() {
    let (n, c, positions) = (3, 4, 6);
    let x = normal(n * c * positions, 2);
    for squeeze in [GateSqueeze::Mean, GateSqueeze::MeanAbsolute] {
        let config = GumbelGateConfig::new(c).with_init_std(1.0).with_squeeze(squeeze);
        let gate = gate(&config);
        let theta = parameters(&gate);
        let gate = with_parameters(gate, &theta);
        let (weight, rest) = theta.split_at(c * c);
        let (bias, rest) = rest.split_at(c);
        let (slope, pair) = rest.split_at(2 * c);
        let found = values(gate.logits(tensor(&x, [n, c, 2, 3])).unwrap());
        for i in 0..n {
            let s: Vec<f64> = (0..c)
                .map(|j| {
                    let channel = &x[(i * c + j) * positions..][..positions];
                    let mean = |f: fn(f64) -> f64| channel.iter().map(|&x| f(x)).sum::<f64>() / 6.0;
                    if squeeze == GateSqueeze::Mean { mean(|x| x) } else { mean(f64::abs) }
                })
                .collect();
            for j in 0..c {
                let h = (0..c).map(|k| s[k] * weight[k * c + j]).sum::<f64>() + bias[j];
                for state in 0..2 {
                    let expected = h.max(0.0) * slope[2 * j + state] + pair[2 * j + state];
                    let found = found[2 * (i * c + j) + state];
                    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                }
            }
        }
    }
}

#[test]
fn temperature_counts_in_training_and_not_in_evaluation() {
    let x = input([8, 5, 3], 3);
    let mut soft = varied(5);
    soft.hard = false;
    let hard = varied(5);
    for gate in [soft.clone(), hard.clone()] {
        let run = |tau: f64| {
            let gated = gate.sample(x.clone(), tau, Key::new(5)).unwrap();
            let grads = gated.output.clone().sum().backward();
            (values(gated.gates), gradients(&gate, &grads))
        };
        let ((warm, warm_gradient), (cold, cold_gradient)) = (run(1.0), run(0.2));
        assert_ne!(warm_gradient, cold_gradient);
        // A hard gate is the same at every temperature; its gradient is not.
        assert_eq!(warm == cold, gate.hard);
        assert_eq!(run(1.0), (warm, warm_gradient));
    }
    for evaluation in [GateEvaluation::Threshold, GateEvaluation::Expectation] {
        let decide = |gate: &GumbelGate| {
            let gated = gate.decide(x.clone(), evaluation).unwrap();
            (values(gated.output), values(gated.gates))
        };
        let first = decide(&soft);
        assert_eq!(first, decide(&soft));
        assert_eq!(first, decide(&hard));
    }
}

#[test]
fn decisions_are_those_of_the_probability_and_a_tie_is_off() {
    let x = input([16, 5, 2], 4);
    let gated = varied(5).decide(x.clone(), GateEvaluation::Threshold).unwrap();
    let (gates, p) = (values(gated.gates), values(gated.keep_probability));
    assert!(gates.iter().zip(&p).all(|(&g, &p)| g == f64::from(u8::from(p > 0.5))));
    assert!(gates.contains(&0.0) && gates.contains(&1.0));
    let output: Vec<f64> =
        values(x.clone()).iter().zip(0..).map(|(x, i)| x * gates[i / 2]).collect();
    assert_eq!(values(gated.output), output);
    let gated = varied(5).decide(x, GateEvaluation::Expectation).unwrap();
    assert_eq!(values(gated.gates), p);
    let even =
        GumbelGateConfig::new(2).with_initial_keep(0.5).with_condition(GateCondition::Static);
    let gated = gate(&even).decide(input([1, 2], 5), GateEvaluation::Threshold).unwrap();
    assert_eq!(values(gated.gates), [0.0; 2]);
}

/// Hard gates are on with probability P(on), for each channel of each example.
#[test]
fn measured_frequencies_are_the_probabilities() {
    let (kinds, c, copies) = (4, 5, 20_000);
    for tau in [1.0, 0.1] {
        let x = input([kinds, c], 6).repeat_dim(0, copies);
        let gated = varied(c).sample(x, tau, Key::new(11)).unwrap();
        let p = &values(gated.keep_probability)[..kinds * c];
        assert!(p.iter().any(|&p| p < 0.3) && p.iter().any(|&p| p > 0.7), "{p:?}");
        let mut on = vec![0.0; kinds * c];
        for (i, g) in values(gated.gates).into_iter().enumerate() {
            assert!(g == 0.0 || g == 1.0);
            on[i % (kinds * c)] += g;
        }
        for (&p, on) in p.iter().zip(on) {
            let share = on / copies as f64;
            // P(on) is rounded to f32, 6e-8.
            let bound = share_bound(p, copies) + 1e-7;
            assert!((share - p).abs() < bound, "on {share}, P(on) {p}, bound {bound}");
        }
    }
}

#[test]
fn parts_of_a_batch_draw_what_the_whole_draws() {
    let x = input([6, 5, 2, 2], 7);
    for condition in [GateCondition::PerExample, GateCondition::Static] {
        for hard in [false, true] {
            let gate = gate(&GumbelGateConfig::new(5).with_condition(condition).with_hard(hard));
            let whole = gate.sample(x.clone(), 1.0, Key::new(8)).unwrap();
            let part = |first: usize, n: usize| {
                let noise = gate.noise(Key::new(8), first as u64);
                gate.sample(x.clone().narrow(0, first, n), 1.0, noise).unwrap()
            };
            let (head, tail) = (part(0, 4), part(4, 2));
            assert_eq!([values(head.gates), values(tail.gates)].concat(), values(whole.gates));
            assert_eq!([values(head.output), values(tail.output)].concat(), values(whole.output));
        }
    }
}

#[test]
fn every_float_every_device_and_an_empty_batch() {
    let x = input([3, 5, 2], 9);
    for dtype in [DType::F16, DType::BF16, DType::F64] {
        let narrow = x.clone().cast(dtype);
        let gated = varied(5).sample(narrow.clone(), 1.0, Key::new(1)).unwrap();
        assert_eq!((gated.output.dtype(), gated.gates.dtype()), (dtype, DType::F32));
        let reference = varied(5).sample(narrow.cast(DType::F32), 1.0, Key::new(1)).unwrap();
        assert_eq!(values(gated.gates), values(reference.gates));
        assert_eq!(values(gated.output), values(reference.output.cast(dtype)));
    }
    let plain = GumbelGateConfig::new(5).init(Key::new(1), &Device::flex()).unwrap();
    let gated = plain.sample(x.clone().inner(), 1.0, Key::new(1)).unwrap();
    let trained = gate(&GumbelGateConfig::new(5)).sample(x.clone(), 1.0, Key::new(1)).unwrap();
    assert_eq!(values(gated.output), values(trained.output));
    let none = Tensor::<3>::zeros([0, 5, 2], &device());
    let gated = plain.sample(none.clone().inner(), 1.0, Key::new(1)).unwrap();
    assert_eq!(gated.output.dims(), [0, 5, 2]);
    let gated = varied(5).decide(none, GateEvaluation::Threshold).unwrap();
    assert_eq!((gated.output.dims(), gated.gates.dims()), ([0, 5, 2], [0, 5]));
}

fn names<T>(result: Result<T, Error>, argument: &str) {
    let error = result.map(drop).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{argument}: expected ")), "{error}");
}

#[test]
fn bad_input_is_an_error_that_names_the_argument() {
    let config = || GumbelGateConfig::new(3);
    let init = |config: GumbelGateConfig| config.init(Key::new(1), &device());
    names(init(GumbelGateConfig::new(0)), "channels");
    for keep in [0.0, 1.0, -0.5, f64::NAN] {
        names(init(config().with_initial_keep(keep)), "initial_keep");
    }
    for tau in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let gate = init(config()).unwrap();
        names(gate.sample(input([2, 3], 1), tau, Key::new(1)), "tau");
    }
    for std in [-1.0, f64::NAN, f64::INFINITY] {
        names(init(config().with_init_std(std)), "init_std");
    }
    for condition in [GateCondition::PerExample, GateCondition::Static] {
        let gate = init(config().with_condition(condition)).unwrap();
        for bad in [f64::NAN, f64::INFINITY] {
            let x = tensor(&[0.0, 1.0, bad], [1, 3]).cast(DType::F32);
            names(gate.sample(x.clone(), 1.0, Key::new(1)), "x");
            names(gate.decide(x.clone(), GateEvaluation::Threshold), "x");
            names(gate.keep_probability(x), "x");
        }
        names(gate.sample(input([2, 4], 1), 1.0, Key::new(1)), "x");
        names(gate.sample(input([3], 1), 1.0, Key::new(1)), "x");
        names(
            gate.decide(Tensor::<3>::zeros([2, 3, 0], &device()), GateEvaluation::Threshold),
            "x",
        );
        names(gate.sample(input([2, 3], 1), 1.0, input([2, 3, 1], 1)), "noise");
        let noise = tensor(&[0.0, f64::NAN, 0.0, 0.0, 0.0, 0.0], [1, 3, 2]);
        names(gate.sample(input([1, 3], 1), 1.0, noise), "noise");
    }
    // Finite input that gives infinite logits.
    let gate = init(config().with_init_std(1e6)).unwrap();
    let x = input([9, 3], 1).mul_scalar(1e35);
    names(gate.sample(x.clone(), 1.0, Key::new(1)), "logits");
    names(gate.decide(x.clone(), GateEvaluation::Threshold), "logits");
    names(gate.keep_probability(x), "logits");
}

#[test]
fn a_config_is_read_back() {
    let config = GumbelGateConfig::new(3).with_squeeze(GateSqueeze::MeanAbsolute);
    let config = config.with_condition(GateCondition::Static).with_hard(false);
    let text = config.to_string();
    assert!(text.contains("\"mean-absolute\"") && text.contains("\"static\""), "{text}");
    let read = GumbelGateConfig::load_binary(text.as_bytes()).unwrap();
    assert_eq!(read.to_string(), text);
    assert_eq!((read.squeeze, read.condition), (config.squeeze, config.condition));
    // The temperature was a setting of the gate once.
    let old = text.replacen('{', "{ \"tau\": 0.25,", 1);
    assert_eq!(GumbelGateConfig::load_binary(old.as_bytes()).unwrap().to_string(), text);
}

/// A checkpoint holds a gate's parameters under these names.
#[test]
fn parameters_keep_their_names() {
    #[derive(Default)]
    struct Names {
        path: Vec<String>,
        found: Vec<String>,
    }
    impl ModuleVisitor for Names {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }

        fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
            self.found.push(self.path.join("."));
        }
    }
    let mut names = Names::default();
    gate(&GumbelGateConfig::new(3)).visit(&mut names);
    let weights = ["per_example.weight", "per_example.bias", "per_example.slope", "bias"];
    assert_eq!(names.found, weights);
}

#[test]
fn impossible_penalties_are_refused() {
    for lambda in [-1.0, f64::NAN, f64::INFINITY] {
        names(GatePenalty::mean(lambda), "lambda");
        names(GatePenalty::above_target(lambda, 0.5), "lambda");
        names(GatePenalty::Mean { lambda }.loss(input([1, 2], 1)), "lambda");
    }
    for target in [-0.1, 1.1, f64::NAN] {
        names(GatePenalty::above_target(1.0, target), "target");
    }
    let penalty = GatePenalty::mean(1.0).unwrap();
    names(penalty.loss(Tensor::zeros([0, 3], &device())), "gates");
}
