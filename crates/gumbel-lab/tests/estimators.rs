//! Estimators on tensors against the f64 oracle: the same mean, and the same variance.

use burn::tensor::TensorData;
use gumbel::Key;
use gumbel_burn::estimator as tensor;
use gumbel_burn::estimator::Estimator as _;
use gumbel_compare::estimator as oracle;
use gumbel_compare::problem::{Problem, standard};
use gumbel_compare::{Moments, Tabulated};
use gumbel_lab::compare::OnTensors;

type Tensors = OnTensors<Box<dyn tensor::Estimator>>;
type Pair = (Tensors, Box<dyn oracle::Estimator>);

fn on_tensors(estimator: impl tensor::Estimator + 'static) -> Tensors {
    OnTensors::new(Box::new(estimator) as Box<dyn tensor::Estimator>)
}

/// Draws on tensors. A coordinate that differs by more than 6 standard errors is a false alarm in 5e8; there are about
/// 1,000 of them.
const DRAWS: u64 = 16_384;
const Z: f64 = 6.0;

fn pairs() -> Vec<Pair> {
    use oracle::{Baseline, CvNoise, Gap, Point};
    let all: Vec<Pair> = vec![
        (
            on_tensors(tensor::GumbelSoftmax).at(0.5),
            Box::new(oracle::GumbelSoftmax::new(0.5).unwrap()),
        ),
        (
            on_tensors(tensor::StraightThroughGumbelSoftmax).at(0.7),
            Box::new(oracle::StraightThroughGumbelSoftmax::new(0.7).unwrap()),
        ),
        (
            on_tensors(tensor::GumbelRao::new(3).unwrap()).at(0.5),
            Box::new(oracle::GumbelRao::new(0.5, 3).unwrap()),
        ),
        (
            on_tensors(tensor::GappedStraightThrough::new(tensor::Gap::Constant(1.0)).unwrap())
                .at(0.8),
            Box::new(oracle::GappedStraightThrough::new(Gap::Constant(1.0), 0.8).unwrap()),
        ),
        (
            on_tensors(tensor::GappedStraightThrough::new(tensor::Gap::Probability).unwrap()),
            Box::new(oracle::GappedStraightThrough::new(Gap::Probability, 1.0).unwrap()),
        ),
        (
            on_tensors(tensor::DecoupledStraightThrough::new(2.0).unwrap()).at(1.5),
            Box::new(oracle::DecoupledStraightThrough::new(2.0, 1.5).unwrap()),
        ),
        (
            on_tensors(tensor::StraightThrough).at(0.6),
            Box::new(oracle::StraightThrough::new(0.6).unwrap()),
        ),
        (
            on_tensors(tensor::AnnealedStraightThrough).at(0.5),
            Box::new(oracle::AnnealedStraightThrough::new(2.0).unwrap()),
        ),
        (
            on_tensors(tensor::Darn::new(tensor::Point::Mean)),
            Box::new(oracle::Darn::new(Point::Mean)),
        ),
        (
            on_tensors(tensor::Darn::new(tensor::Point::Centre)),
            Box::new(oracle::Darn::new(Point::Centre)),
        ),
        (on_tensors(tensor::Zgr), Box::new(oracle::Zgr)),
        (on_tensors(tensor::ReinMax).at(1.3), Box::new(oracle::ReinMax::new(1.3).unwrap())),
        (
            on_tensors(tensor::ReinMaxRao::new(3).unwrap()).at(0.9),
            Box::new(oracle::ReinMaxRao::new(0.9, 3).unwrap()),
        ),
        (
            on_tensors(tensor::ReinMaxCv::new(0.5, 3, tensor::CvNoise::Posterior).unwrap()).at(1.0),
            Box::new(oracle::ReinMaxCv::new(0.5, 1.0, 3, CvNoise::Posterior).unwrap()),
        ),
        (
            on_tensors(tensor::ReinMaxCv::new(0.5, 3, tensor::CvNoise::OfTheDraw).unwrap()).at(1.0),
            Box::new(oracle::ReinMaxCv::new(0.5, 1.0, 3, CvNoise::OfTheDraw).unwrap()),
        ),
        (
            on_tensors(tensor::GumbelSparsemax).at(0.8),
            Box::new(oracle::GumbelSparsemax::new(0.8).unwrap()),
        ),
        (
            on_tensors(tensor::Reinforce::new(tensor::Baseline::None)),
            Box::new(oracle::Reinforce::new(Baseline::None).unwrap()),
        ),
        (
            on_tensors(tensor::Reinforce::new(tensor::Baseline::Mean)),
            Box::new(oracle::Reinforce::new(Baseline::Mean(1023)).unwrap()),
        ),
        (on_tensors(tensor::Rloo::new(3).unwrap()), Box::new(oracle::Rloo::new(3).unwrap())),
        (on_tensors(tensor::Grpo::new(3).unwrap()), Box::new(oracle::Grpo::new(3).unwrap())),
        (on_tensors(tensor::Vimco::new(2).unwrap()), Box::new(oracle::Vimco::new(2).unwrap())),
        (on_tensors(tensor::MuProp), Box::new(oracle::MuProp)),
        (
            on_tensors(tensor::Rebar::new(0.8, 0.5).unwrap()),
            Box::new(oracle::Rebar::new(0.8, 0.5).unwrap()),
        ),
        (on_tensors(tensor::Arm), Box::new(oracle::Arm)),
        (on_tensors(tensor::Disarm), Box::new(oracle::Disarm)),
        (
            on_tensors(tensor::Rodeo::new(3, 0.7, -1.3).unwrap()),
            Box::new(oracle::Rodeo::new(3, 0.7, -1.3).unwrap()),
        ),
        (
            on_tensors(tensor::DoubleCv::new(3, -0.7).unwrap()),
            Box::new(oracle::DoubleCv::new(3, -0.7).unwrap()),
        ),
        (on_tensors(tensor::Indecater), Box::new(oracle::Indecater)),
        (on_tensors(tensor::Exact), Box::new(oracle::Exact)),
        (
            on_tensors(tensor::Unimix::new(tensor::Disarm, 0.1).unwrap()),
            Box::new(oracle::Unimix::new(oracle::Disarm, 0.1).unwrap()),
        ),
        (
            on_tensors(tensor::Unimix::new(tensor::ReinMax, 0.1).unwrap()),
            Box::new(oracle::Unimix::new(oracle::ReinMax::new(1.0).unwrap(), 0.1).unwrap()),
        ),
    ];
    all
}

/// Holds the moments of draws on tensors against those of the oracle, which are exact or of other draws.
fn assert_same_law(tensors: &Tensors, oracle: &dyn oracle::Estimator, table: &Tabulated<'_>) {
    let name = format!("{} {} on {}", oracle.name(), oracle.params(), table.problem().name());
    let found = Moments::sampled(tensors, table, DRAWS, Key::new(1));
    let expected = Moments::of(oracle, table, 4 * DRAWS, Key::new(2));
    let size = expected.target_norm() + expected.total_variance().sqrt();
    for i in 0..found.mean().len() {
        let share =
            |moments: &Moments| moments.draws().map_or(0.0, |n| moments.variances()[i] / n as f64);
        // A rare event may be missing in the draws and not in the enumeration: the larger variance counts.
        let own = expected.variances()[i].max(found.variances()[i]) / DRAWS as f64;
        let error = (own + share(&expected)).sqrt();
        let difference = (found.mean()[i] - expected.mean()[i]).abs();
        assert!(difference <= Z * error + 1e-9 * size, "{name}: {i}: {difference} against {error}");
    }
    let error = (found.variance_error().powi(2) + expected.variance_error().powi(2)).sqrt();
    let difference = (found.total_variance() - expected.total_variance()).abs();
    assert!(difference <= Z * error + 1e-9 * size, "{name}: variance {difference} against {error}");
}

#[test]
fn every_estimator_on_tensors_has_the_law_of_the_oracle() {
    let (mut compared, pairs) = (0, pairs());
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        for (tensors, oracle) in &pairs {
            assert_eq!(oracle::Estimator::admits(tensors, &table), oracle.admits(&table));
            if oracle.admits(&table) {
                assert_same_law(tensors, oracle.as_ref(), &table);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 3 * pairs.len() - 2); // `arm` takes two classes
}

/// The comparison has power: an estimator at another temperature, or with other settings, is another one.
#[test]
fn an_estimator_at_another_temperature_is_told_apart() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let wrong: Vec<Pair> = vec![
        (
            on_tensors(tensor::GumbelRao::new(3).unwrap()).at(0.5),
            Box::new(oracle::GumbelRao::new(0.6, 3).unwrap()),
        ),
        (
            on_tensors(tensor::Rebar::new(0.8, 0.5).unwrap()),
            Box::new(oracle::Rebar::new(0.2, 0.5).unwrap()),
        ),
        (on_tensors(tensor::ReinMax).at(1.3), Box::new(oracle::ReinMax::new(1.0).unwrap())),
        (on_tensors(tensor::Arm), Box::new(oracle::Disarm)),
        (
            on_tensors(tensor::Rodeo::new(3, 0.7, -1.3).unwrap()),
            Box::new(oracle::Rodeo::new(3, 0.7, -1.0).unwrap()),
        ),
    ];
    let problem = gumbel_compare::problem::Quadratic;
    let table = Tabulated::new(&problem).unwrap();
    for (tensors, oracle) in &wrong {
        let check = AssertUnwindSafe(|| assert_same_law(tensors, oracle.as_ref(), &table));
        assert!(catch_unwind(check).is_err(), "{}", oracle.name());
    }
}

/// The list above has every name but `relax`, which has a test of its own.
#[test]
fn every_name_is_held_against_the_oracle() {
    use strum::IntoEnumIterator;
    let listed: Vec<String> =
        pairs().iter().map(|(tensors, _)| oracle::Estimator::name(tensors).to_owned()).collect();
    for name in tensor::Name::iter() {
        assert!(name == tensor::Name::Relax || listed.contains(&name.to_string()), "{name}");
    }
}

/// The network of the oracle, in the form of the tensors: 5 of the 64 units. Z is less its largest theta there.
fn network_of_the_oracle(problem: &dyn Problem) -> Vec<TensorData> {
    const UNITS: usize = 64;
    let (theta, k) = (problem.logits(), problem.classes());
    let largest = |row: &[f64]| row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shift: Vec<f64> = theta.chunks_exact(k).flat_map(|row| vec![largest(row); k]).collect();
    let (mut w, mut b, mut v) =
        (vec![0.0; theta.len() * UNITS], vec![0.0; UNITS], vec![0.0; UNITS]);
    for h in 0..5 {
        let x = h as f64;
        v[h] = 0.4 * (x + 0.3).cos();
        for i in 0..theta.len() {
            let weight = 0.3 * (1.9 * x + 0.8 * i as f64 + 0.1).sin();
            w[i * UNITS + h] = weight;
            b[h] += weight * shift[i];
        }
    }
    vec![
        TensorData::new(vec![0.5], [1, 1]),
        TensorData::new(vec![0.5f64.ln()], [1, 1]),
        TensorData::new(w, [theta.len(), UNITS]),
        TensorData::new(b, [1, UNITS]),
        TensorData::new(v, [UNITS, 1]),
    ]
}

#[test]
fn relax_with_the_network_of_the_oracle_has_its_law() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let tensors = on_tensors(tensor::Relax::new(0.5, 0.5).unwrap())
            .with_parameters(network_of_the_oracle(problem.as_ref()));
        let oracle = oracle::Relax::new(0.5, 0.5, 0.4).unwrap();
        assert_same_law(&tensors, &oracle, &table);
    }
}

/// A learned baseline is frozen at some value: still without bias.
#[test]
fn a_learned_baseline_adds_no_bias() {
    for problem in standard() {
        let table = Tabulated::new(problem.as_ref()).unwrap();
        let learned = tensor::Reinforce::new(tensor::Baseline::Learned);
        let device = burn::tensor::Device::flex();
        let (v, k) = (problem.variables(), problem.classes());
        let parameters = learned.parameters(v, k, Key::new(3), &device);
        let filled = parameters.into_iter().map(|x| x.add_scalar(0.3).into_data().convert::<f64>());
        let tensors = on_tensors(learned).with_parameters(filled.collect());
        let moments = Moments::sampled(&tensors, &table, DRAWS, Key::new(4));
        assert!(moments.agrees(Z), "{problem:?}: {:?}", moments.z_max());
    }
}

/// The cost of a choice of two variables of three classes, without ln q.
fn plain_cost(classes: [usize; 2]) -> f64 {
    let a = [0.9, -0.4, 0.3, 0.2, 1.1, -0.8];
    let sum = a[classes[0]] + a[3 + classes[1]];
    2.0 * sum + sum * sum
}

const THETA: [f64; 6] = [0.3, -0.5, 0.8, -0.2, 0.6, 0.1];

/// -E ln mean_k e^(l_k) with l = -cost - ln q, by its definition: a sum over all K-tuples of 9 states.
fn minus_bound(theta: &[f64], k: u32) -> f64 {
    let ln_q: Vec<f64> = theta
        .chunks_exact(3)
        .flat_map(|row| {
            let ln_sum = row.iter().map(|x| x.exp()).sum::<f64>().ln();
            row.iter().map(move |x| x - ln_sum)
        })
        .collect();
    let ln_q = |state: usize| ln_q[state / 3] + ln_q[3 + state % 3];
    let weight = |state: usize| (-plain_cost([state / 3, state % 3]) - ln_q(state)).exp();
    let tuple = |number: usize| (0..k).map(move |i| number / 9_usize.pow(i) % 9);
    let term = |number: usize| {
        let probability = tuple(number).map(ln_q).sum::<f64>().exp();
        probability * (tuple(number).map(weight).sum::<f64>() / f64::from(k)).ln()
    };
    -(0..9_usize.pow(k)).map(term).sum::<f64>()
}

/// The largest distance, in standard errors, of the mean gradient of many draws from that of the bound. The cost has
/// ln q of the logits in it, as in the objective of the autoencoder, with its gradient in them or without.
fn vimco_off_the_bound(k: usize, pathwise: bool) -> f64 {
    use burn::tensor::{DType, Device, Tensor, activation::log_softmax};
    let rows = DRAWS as usize;
    let device = Device::flex().autodiff();
    let tensor = |values: Vec<f64>, shape: [usize; 3]| {
        Tensor::<3>::from_data(TensorData::new(values, shape), (&device, DType::F64))
    };
    let logits = tensor(THETA.repeat(rows), [rows, 2, 3]).require_grad();
    let ln_q = log_softmax(logits.clone(), 2);
    let ln_q = if pathwise { ln_q } else { ln_q.detach() };
    let costs = (0..9).map(|state| plain_cost([state / 3, state % 3])).collect();
    let costs = tensor(costs, [1, 3, 3]);
    let minus_ln_weight = |code: Tensor<3>| {
        let [first, second] = [0, 1].map(|l| code.clone().narrow(1, l, 1));
        let chosen = first.swap_dims(1, 2).matmul(second) * costs.clone();
        let cost = chosen.sum_dim(2).sum_dim(1);
        Ok((cost + (code * ln_q.clone()).sum_dim(2).sum_dim(1)).flatten(0, 2))
    };
    let variables = tensor::Variables::new(logits.clone(), Key::new(9));
    let cost = tensor::Cost::new(&minus_ln_weight);
    let estimate = tensor::Vimco::new(k).unwrap().estimate(&variables, &cost).unwrap();
    let gradients = estimate.surrogate.sum().backward();
    let drawn = logits.grad(&gradients).unwrap().into_data();
    let drawn: Vec<f64> = drawn.iter::<f64>().collect();
    let of_coordinate = |i: usize| {
        let values = || drawn.iter().skip(i).step_by(6);
        let (n, mean) = (rows as f64, values().sum::<f64>() / rows as f64);
        let variance = values().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let moved = |h: f64| {
            let mut theta = THETA;
            theta[i] += h;
            minus_bound(&theta, k as u32)
        };
        // Central differences: errors of h^2 and of 1e-16/h, far below the standard error.
        let exact = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        (mean - exact).abs() / (variance / n).sqrt()
    };
    (0..6).map(of_coordinate).fold(0.0, f64::max)
}

/// 12 coordinates at 6 standard errors: one false alarm in 4e7.
#[test]
fn vimco_with_log_weights_of_the_logits_has_the_gradient_of_the_bound() {
    for k in [2, 3] {
        let z = vimco_off_the_bound(k, true);
        assert!(z <= Z, "K = {k}: {z}");
    }
}

#[test]
fn vimco_without_its_path_wise_part_is_off_the_gradient_of_the_bound() {
    for k in [2, 3] {
        let z = vimco_off_the_bound(k, false);
        assert!(z > 2.0 * Z, "K = {k}: {z}");
    }
}
