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
