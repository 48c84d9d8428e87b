//! `OnTensors`: an estimator on tensors as an estimator of `gumbel-compare`.

use std::ops::Range;

use burn::tensor::{DType, Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::Error;
use gumbel_burn::estimator::{Cost, Estimator, Needs, Variables};
use gumbel_compare::Tabulated;
use gumbel_compare::estimator::exact_gradient_of_bound;
use gumbel_compare::{estimator as oracle, problem::Problem};

/// An estimator on tensors that [`gumbel_compare::compare`] takes: those of this library, and your own.
///
/// It draws in f64, many rows at once, and its own parameters are frozen: at their initial values, or at those that
/// [`with_parameters`](Self::with_parameters) gives. Of an estimator for a bound, the evaluations are the K of the bound.
///
/// A draw panics with the error of the estimator, for parameters of other shapes, say.
///
/// ```
/// use gumbel_burn::estimator::Zgr;
/// use gumbel_compare::{Settings, compare, problem::standard};
/// use gumbel_lab::compare::OnTensors;
/// let settings = Settings { draws: 4_096, ..Settings::default() };
/// let rows = compare(&standard()[..1], &[Box::new(OnTensors::new(Zgr))], &settings)?;
/// assert_eq!(rows[0].name, "zgr");
/// assert!(rows[0].bias < 6.0 * rows[0].bias_error); // exact on the quadratic cost
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
#[derive(Debug)]
pub struct OnTensors<E> {
    estimator: E,
    tau: Option<f64>,
    parameters: Option<Vec<TensorData>>,
}

impl<E: Estimator> OnTensors<E> {
    /// Takes an estimator, at its default temperature.
    pub fn new(estimator: E) -> Self {
        Self { tau: estimator.default_tau(), estimator, parameters: None }
    }

    /// Sets the temperature.
    #[must_use]
    pub fn at(self, tau: f64) -> Self {
        Self { tau: Some(tau), ..self }
    }

    /// Sets the estimator's own parameters, frozen.
    #[must_use]
    pub fn with_parameters(self, parameters: Vec<TensorData>) -> Self {
        Self { parameters: Some(parameters), ..self }
    }

    fn variables(&self, problem: &Tabulated<'_>, rows: usize, key: Key) -> (Variables, Tensor<3>) {
        let device = Device::flex().autodiff();
        let (v, k) = (problem.variables(), problem.classes());
        let logits = TensorData::new(problem.logits().repeat(rows), [rows, v, k]);
        let logits = Tensor::<3>::from_data(logits, (&device, DType::F64)).require_grad();
        let parameters = match &self.parameters {
            Some(parameters) => {
                let tensor =
                    |data: &TensorData| Tensor::<2>::from_data(data.clone(), (&device, DType::F64));
                parameters.iter().map(tensor).collect()
            }
            None => {
                let initial = self.estimator.parameters(v, k, Key::new(0), &device);
                initial.into_iter().map(|x| x.cast(DType::F64)).collect()
            }
        };
        let variables = Variables::new(logits.clone(), key).with_parameters(parameters);
        (variables.with_tau(self.tau.unwrap_or(1.0)), logits)
    }

    /// The estimates of `rows` rows, `[rows, L, k]`.
    fn estimates(
        &self,
        problem: &Tabulated<'_>,
        rows: usize,
        first: usize,
        key: Key,
    ) -> Result<Vec<f64>, Error> {
        let (variables, logits) = self.variables(problem, rows, key);
        let cost = |x| Ok(cost_of(problem.problem(), x));
        let estimate = self.estimator.estimate(&variables.first_row(first), &Cost::new(&cost))?;
        let mut gradients = estimate.surrogate.sum().backward();
        let gradient = logits.grad_remove(&mut gradients);
        let gradient = gradient.map_or_else(
            || vec![0.0; rows * problem.logits().len()],
            |gradient| gradient.into_data().iter::<f64>().collect(),
        );
        // The oracle's bound is to be maximised.
        let sign = if self.estimator.is_for_bound() { -1.0 } else { 1.0 };
        Ok(gradient.into_iter().map(|g| sign * g).collect())
    }
}

/// The cost of a problem on tensors `[rows, L, k]`: its values and its gradient are computed in f64.
fn cost_of(problem: &dyn Problem, x: Tensor<3>) -> Tensor<1> {
    let ([rows, v, k], device) = (x.dims(), x.device());
    let plain = x.clone().detach().set_require_grad(false);
    let points: Vec<f64> = plain.to_data().iter::<f64>().collect();
    let of_rows = || points.chunks_exact(v * k);
    let costs: Vec<f64> = of_rows().map(|point| problem.cost(point)).collect();
    let costs = Tensor::<1>::from_data(TensorData::new(costs, [rows]), (&device, DType::F64));
    if !x.is_tracked() {
        return costs;
    }
    let gradients: Vec<f64> = of_rows().flat_map(|point| problem.gradient(point)).collect();
    let gradients = TensorData::new(gradients, [rows, v, k]);
    let gradients = Tensor::<3>::from_data(gradients, (&device, DType::F64));
    costs + (gradients * (x - plain)).sum_dim(2).sum_dim(1).flatten(0, 2)
}

impl<E: Estimator> oracle::Estimator for OnTensors<E> {
    fn name(&self) -> &str {
        self.estimator.name()
    }

    fn params(&self) -> String {
        let tau = self.tau.map(|tau| format!("tau {tau}"));
        let settings = Some(self.estimator.settings()).filter(|text| !text.is_empty());
        [tau, settings].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn tau(&self) -> Option<f64> {
        self.tau
    }

    fn unbiased(&self) -> bool {
        self.estimator.unbiased()
    }

    fn needs(&self) -> oracle::Needs {
        match self.estimator.needs() {
            Needs::Costs => oracle::Needs::Costs,
            Needs::Gradients => oracle::Needs::Gradients,
            Needs::SoftPoints => oracle::Needs::SoftPoints,
        }
    }

    fn evaluations(&self, problem: &Tabulated<'_>) -> usize {
        self.estimator.evaluations(problem.variables(), problem.classes())
    }

    fn admits(&self, problem: &Tabulated<'_>) -> bool {
        self.estimator.check(problem.variables(), problem.classes()).is_ok()
    }

    fn target(&self, problem: &Tabulated<'_>) -> Vec<f64> {
        if self.estimator.is_for_bound() {
            return exact_gradient_of_bound(problem, self.evaluations(problem));
        }
        problem.exact_gradient().to_vec()
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        self.estimates(problem, 1, 0, key).unwrap_or_else(|error| panic!("{error}"))
    }

    fn draw_range(
        &self,
        problem: &Tabulated<'_>,
        key: Key,
        range: Range<u64>,
        add: &mut dyn FnMut(&[f64]),
    ) {
        let (rows, first) = ((range.end - range.start) as usize, range.start as usize);
        let estimates = self.estimates(problem, rows, first, key);
        let estimates = estimates.unwrap_or_else(|error| panic!("{error}"));
        estimates.chunks_exact(problem.logits().len()).for_each(add);
    }
}
