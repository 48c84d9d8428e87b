//! Golden values of every estimator on tensors, for implementations in other languages.
//!
//! The estimators of the Python package are held against them, by the same keys. The costs, the gradients of the
//! logits, of the network in the cost and of the estimator's own parameters, and every point at which an estimator
//! evaluates the cost: `cargo run --release -p gumbel-lab --example estimator_golden`, or with the path of another file.
//! A test compares the committed file with new values.

use std::cell::RefCell;
use std::path::Path;

use burn::tensor::{DType, Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::estimator as es;
use gumbel_burn::estimator::{Cost, Estimator, Variables};
use gumbel_burn::{Error, init};
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator;

/// The committed file.
pub(crate) const FILE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../python/tests/golden/estimators.json");

/// The hidden units of the cost.
const UNITS: usize = 3;

/// Logits and a cost: f(x) = out . tanh(x weight) + (x . linear)^2, with x as one row of all variables.
struct Problem {
    name: &'static str,
    dtype: DType,
    shape: [usize; 3],
    logits: Vec<f64>,
    weight: Vec<f64>,
    out: Vec<f64>,
    linear: Vec<f64>,
}

impl Problem {
    /// All numbers are multiples of 1/64, so that every language and type reads the same ones.
    fn new(name: &'static str, dtype: DType, shape: [usize; 3]) -> Self {
        let n = shape[1] * shape[2];
        let wave = |size: f64, step: f64, start: f64, count: usize| -> Vec<f64> {
            let one = |i| (64.0 * size * (step * i as f64 + start).sin()).round() / 64.0;
            (0..count).map(one).collect()
        };
        Self {
            name,
            dtype,
            shape,
            logits: wave(1.5, 1.7, 0.4, shape[0] * n),
            weight: wave(1.2, 2.3, 0.5, n * UNITS),
            out: wave(1.0, 0.8, 2.2, UNITS),
            linear: wave(0.9, 2.1, 0.3, n),
        }
    }

    /// The same with an impossible class: the second of the first variable of each row.
    fn masked(mut self) -> Self {
        let row = self.shape[1] * self.shape[2];
        self.logits.iter_mut().skip(1).step_by(row).for_each(|l| *l = f64::NEG_INFINITY);
        self
    }

    fn tensor<const D: usize>(&self, values: &[f64], shape: [usize; D]) -> Tensor<D> {
        let data = TensorData::new(values.to_vec(), shape);
        Tensor::from_data(data, (&Device::flex().autodiff(), self.dtype))
    }

    fn json(&self) -> Value {
        let logits =
            self.logits.iter().map(|&l| if l.is_finite() { json!(l) } else { json!("-inf") });
        json!({
            "name": self.name,
            "dtype": if self.dtype == DType::F64 { "float64" } else { "float32" },
            "shape": self.shape,
            "logits": logits.collect::<Vec<_>>(),
            "weight": self.weight,
            "out": self.out,
            "linear": self.linear,
        })
    }
}

fn problems() -> Vec<Problem> {
    vec![
        Problem::new("3x2x3", DType::F32, [3, 2, 3]),
        Problem::new("3x3x2", DType::F32, [3, 3, 2]),
        Problem::new("masked", DType::F32, [2, 2, 4]).masked(),
        Problem::new("float64", DType::F64, [2, 2, 3]),
    ]
}

/// An estimator with the options of its Python class, and how it is used.
struct Case {
    estimator: Box<dyn Estimator>,
    options: Value,
    tau: f64,
    problem: &'static str,
    first_row: usize,
    trained: bool,
}

/// The numbers as decimals that are read back as the same numbers, short for `f32`.
fn numbers(data: &TensorData) -> Vec<Value> {
    let of = |text: String| json!(text.parse::<f64>().expect("a number"));
    match data.dtype() {
        DType::F64 => data.iter::<f64>().map(|x| json!(x)).collect(),
        _ => data.iter::<f32>().map(|x| of(x.to_string())).collect(),
    }
}

/// The classes of one-hot vectors, or the numbers of a soft point.
fn point(data: &TensorData, k: usize) -> Value {
    let values: Vec<f64> = data.iter::<f64>().collect();
    if values.iter().all(|&x| x == 0.0 || x == 1.0) {
        let class = |row: &[f64]| row.iter().position(|&x| x == 1.0).expect("one-hot");
        return json!({ "corner": values.chunks(k).map(class).collect::<Vec<_>>() });
    }
    json!({ "soft": numbers(data) })
}

impl Case {
    /// The parameters of the estimator, none of them 0: the weights of a last layer are drawn too.
    fn own(&self, [_, v, k]: [usize; 3], device: &Device) -> Vec<Tensor<2>> {
        let own = self.estimator.parameters(v, k, Key::new(5), device);
        let fill = |(i, p): (usize, Tensor<2>)| {
            let zero = p.clone().abs().max().into_scalar::<f32>() == 0.0;
            let shape = p.dims();
            if zero { init::uniform(Key::new(6).fold_in(i as u64), shape, 4, device) } else { p }
        };
        own.into_iter().enumerate().map(fill).collect()
    }

    fn run(&self, problem: &Problem, key: Key) -> Result<Value, Error> {
        let ([rows, v, k], n) = (problem.shape, problem.shape[1] * problem.shape[2]);
        let logits = problem.tensor(&problem.logits, problem.shape).require_grad();
        let weight = problem.tensor(&problem.weight, [n, UNITS]).require_grad();
        let (out, linear) =
            (problem.tensor(&problem.out, [UNITS, 1]), problem.tensor(&problem.linear, [n, 1]));
        let points = RefCell::new(Vec::new());
        let function = |x: Tensor<3>| {
            points.borrow_mut().push(point(&x.clone().into_data(), k));
            let x: Tensor<2> = x.flatten(1, 2);
            let hidden = x.clone().matmul(weight.clone()).tanh();
            let cost = hidden.matmul(out.clone()) + x.matmul(linear.clone()).square();
            Ok(cost.reshape([rows]))
        };
        let own = self.own(problem.shape, &logits.device()).into_iter();
        let own: Vec<_> = own.map(|p| if self.trained { p.require_grad() } else { p }).collect();
        let variables = Variables::new(logits.clone(), key).with_tau(self.tau);
        let variables = variables.first_row(self.first_row).with_parameters(own.clone());
        let estimate = self.estimator.estimate(&variables, &Cost::new(&function))?;
        // A factor for each row, so that a gradient of the wrong row shows.
        let factors: Vec<f64> = (0..rows).map(|row| 1.0 + 0.5 * row as f64).collect();
        let loss = (estimate.surrogate * problem.tensor(&factors, [rows])).sum();
        let gradients = loss.backward();
        let of = |data: TensorData| numbers(&data);
        let zeros = |shape: &[usize]| TensorData::zeros::<f32, _>(shape.to_vec());
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        put("estimator", json!(self.estimator.name()));
        put("options", self.options.clone());
        put("problem", json!(problem.name));
        put("temperature", json!(self.tau));
        put("key", json!(key.to_parts()));
        put("first_row", json!(self.first_row));
        put("evaluations", json!(self.estimator.evaluations(v, k)));
        put("points", json!(points.into_inner()));
        put("cost", json!(of(estimate.cost.into_data())));
        let gradient =
            logits.grad(&gradients).map_or_else(|| zeros(&[rows * n]), |g| g.into_data());
        put("gradient", json!(of(gradient)));
        let gradient =
            weight.grad(&gradients).map_or_else(|| zeros(&[n * UNITS]), |g| g.into_data());
        put("weight_gradient", json!(of(gradient)));
        if !own.is_empty() {
            let values = own.iter().map(|p| of(p.clone().into_data()));
            put("own", json!(values.collect::<Vec<_>>()));
        }
        if self.trained {
            let gradient = |p: &Tensor<2>| {
                of(p.grad(&gradients).map_or_else(|| zeros(&p.dims()), |g| g.into_data()))
            };
            put("own_gradients", json!(own.iter().map(gradient).collect::<Vec<_>>()));
        }
        Ok(Value::Object(all))
    }
}

/// Every estimator with the default options of its Python class and with others.
fn cases() -> Result<Vec<Case>, Error> {
    type Made = (Box<dyn Estimator>, Value);
    fn made(estimator: impl Estimator + 'static, options: Value) -> Made {
        (Box::new(estimator), options)
    }
    let frozen = vec![
        made(es::GumbelSoftmax, json!({})),
        made(es::StraightThroughGumbelSoftmax, json!({})),
        made(es::GumbelRao::new(10)?, json!({})),
        made(es::GumbelRao::new(1)?, json!({"samples": 1})),
        made(es::GappedStraightThrough::new(es::Gap::Constant(1.0))?, json!({})),
        made(es::GappedStraightThrough::new(es::Gap::Probability)?, json!({"gap": "probability"})),
        made(es::DecoupledStraightThrough::new(1.0)?, json!({})),
        made(es::DecoupledStraightThrough::new(2.0)?, json!({"sample_temperature": 2.0})),
        made(es::StraightThrough, json!({})),
        made(es::AnnealedStraightThrough, json!({})),
        made(es::Darn::new(es::Point::Mean), json!({})),
        made(es::Darn::new(es::Point::Centre), json!({"point": "centre"})),
        made(es::Zgr, json!({})),
        made(es::ReinMax, json!({})),
        made(es::ReinMaxRao::new(10)?, json!({})),
        made(es::ReinMaxCv::new(0.5, 10, es::CvNoise::Posterior)?, json!({})),
        made(
            es::ReinMaxCv::new(-0.25, 3, es::CvNoise::OfTheDraw)?,
            json!({"eta": -0.25, "samples": 3, "noise": "own"}),
        ),
        made(es::GumbelSparsemax, json!({})),
        made(es::Reinforce::new(es::Baseline::None), json!({"baseline": "none"})),
        made(es::Reinforce::new(es::Baseline::Mean), json!({})),
        made(es::Rloo::new(2)?, json!({})),
        made(es::Rloo::new(4)?, json!({"samples": 4})),
        made(es::Grpo::new(4)?, json!({"samples": 4})),
        made(es::Vimco::new(3)?, json!({"samples": 3})),
        made(es::MuProp, json!({})),
        made(es::Rebar::new(1.0, 0.5)?, json!({})),
        made(es::Relax::new(1.0, 0.5)?, json!({})),
        made(es::Disarm, json!({})),
        made(es::Rodeo::new(2, 2.0, 1.0)?, json!({})),
        made(es::DoubleCv::new(2, -0.7)?, json!({})),
        made(es::Indecater, json!({})),
        made(es::Exact, json!({})),
        made(es::Unimix::new(es::ReinMax, 0.01)?, json!({"unimix": 0.01})),
        made(es::Unimix::new(es::Disarm, 0.25)?, json!({"unimix": 0.25})),
    ];
    let trained = vec![
        made(es::Reinforce::new(es::Baseline::Learned), json!({"baseline": "learned"})),
        made(es::Rebar::new(0.5, 0.4)?, json!({"eta": 0.5, "lambd": 0.4})),
        made(es::Relax::new(0.5, 0.4)?, json!({"eta": 0.5, "lambd": 0.4})),
        made(es::Rodeo::new(3, 1.5, 0.5)?, json!({"samples": 3, "alpha": 1.5, "beta": 0.5})),
        made(es::DoubleCv::new(3, -0.5)?, json!({"samples": 3, "alpha": -0.5})),
    ];
    let mut all = Vec::new();
    for (i, (estimator, options)) in frozen.into_iter().enumerate() {
        // The first row of a batch that is cut changes the draws.
        let (tau, first_row) = (estimator.default_tau().unwrap_or(1.0), i % 3);
        let problem = ["3x2x3", "float64"][usize::from(i % 5 == 4)];
        all.push(Case { estimator, options, tau, problem, first_row, trained: false });
    }
    for (estimator, options) in trained {
        let (tau, problem) = (1.0, "3x2x3");
        all.push(Case { estimator, options, tau, problem, first_row: 1, trained: true });
    }
    let no = |estimator, options, tau, problem| Case {
        estimator,
        options,
        tau,
        problem,
        first_row: 0,
        trained: false,
    };
    // Two classes, an impossible class, and other temperatures.
    all.push(no(Box::new(es::Arm), json!({}), 1.0, "3x3x2"));
    for name in es::Name::iter() {
        let of = |tau, problem| {
            let estimator = name.estimator();
            no(estimator, json!({}), tau, problem)
        };
        all.push(of(1.0, "3x3x2"));
        if name.estimator().check(2, 4).is_ok() {
            all.push(of(0.7, "masked"));
        }
    }
    Ok(all)
}

/// All golden values.
pub(crate) fn golden() -> Result<Value, Error> {
    let problems = problems();
    let all = cases()?;
    let run = |(i, case): (usize, &Case)| {
        let problem = problems.iter().find(|problem| problem.name == case.problem);
        case.run(problem.expect("a problem"), Key::new(7).fold_in(i as u64))
    };
    let values = all.iter().enumerate().map(run).collect::<Result<Vec<_>, _>>()?;
    let problems: Vec<_> = problems.iter().map(Problem::json).collect();
    Ok(json!({ "problems": problems, "cases": values }))
}

/// One case in a line.
pub(crate) fn text(golden: &Value) -> String {
    let list = |name: &str| {
        let items = golden[name].as_array().expect("a list").iter().map(Value::to_string);
        format!("\"{name}\": [\n{}\n]", items.collect::<Vec<_>>().join(",\n"))
    };
    format!("{{\n{},\n{}\n}}\n", list("problems"), list("cases"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| FILE.to_owned());
    std::fs::write(Path::new(&path), text(&golden()?))?;
    println!("{path}");
    Ok(())
}
