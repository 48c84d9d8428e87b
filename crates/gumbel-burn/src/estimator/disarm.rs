//! `disarm`: two antithetic samples by stick breaking, weighted by the probability of the pair.

use burn::tensor::{Bool, DType, Element, Tensor, TensorData};
use gumbel::Real;
use gumbel::sample::antithetic_pairs;

use super::algebra::{constant, mean, per_row};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::backend::is_flex;
use crate::error::Error;

/// The antithetic estimator DisARM, for two classes and for more.
///
/// ```text
/// q(z) q(zt) / p(z, zt) (f(z) - f(zt)) / 2 (e_z - e_zt)     z and zt by antithetic stick breaking
/// ```
///
/// For each variable, with the costs of all variables together; q is the law of one sample and p the joint law of the
/// two. The sticks are sorted ascending by logit: then every pair of different classes is possible, which the proof
/// needs. In f32 an event rarer than 2^-24 is drawn in one of the two directions only. For two classes this is
/// (f(b) - f(bt)) (-1)^bt 1[b != bt] sigma(|phi|) / 2, the mean of [`Arm`](super::Arm) given its two samples, with at most
/// its variance. Unbiased; 2 evaluations, at corners. Sorts
/// the classes: on the CPU by [`gumbel::sample::antithetic_pairs`], elsewhere by tensor operations.
///
/// Dong, Mnih and Tucker, "DisARM: an antithetic gradient estimator for binary latent variables", arXiv 2006.10680
/// (2020), and "Coupled gradient estimators for discrete latent variables", arXiv 2106.08056 (2021).
///
/// For a Bernoulli variable of log-odds phi and f(b) = b the estimate is sigma(|phi|) / 2 where the two samples differ,
/// and 0 elsewhere. They differ with the probability 2 sigma(-|phi|): a variable that is nearly certain seldom gets a
/// gradient, and then a large one.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Disarm, Estimator, Variables};
/// let device = Device::flex().autodiff();
/// let phi = Tensor::<2>::full([10_000, 1], 3.0, &device).require_grad();
/// let variables = Variables::bernoulli(phi.clone(), Key::new(7));
/// let cost = |x| Ok(Variables::yes(x).flatten(0, 1));
/// let estimate = Disarm.estimate(&variables, &Cost::without_gradient(&cost))?;
/// let gradient = phi.grad(&estimate.surrogate.sum().backward()).unwrap().into_data();
/// let sigma = |x: f32| 1.0 / (1.0 + (-x).exp());
/// let (given, zero): (Vec<f32>, Vec<f32>) = gradient.iter::<f32>().partition(|x| x.abs() > 1e-6);
/// assert!(given.iter().all(|x| (x - sigma(3.0) / 2.0).abs() < 1e-5));
/// let share = given.len() as f32 / (given.len() + zero.len()) as f32;
/// assert!((share - 2.0 * sigma(-3.0)).abs() < 0.015);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Disarm;

/// The sum over the classes up to each one, itself included.
fn up_to(x: Tensor<3>) -> Tensor<3> {
    x.cumsum(2)
}

/// The values of the class before, and `first` for the first class.
fn shifted(x: Tensor<3>, first: f64) -> Tensor<3> {
    let k = x.dims()[2];
    let first = x.clone().narrow(2, 0, 1).full_like(first);
    Tensor::cat(vec![first, x.narrow(2, 0, k - 1)], 2)
}

/// 1 at the first true class, 0 elsewhere.
fn first(broken: Tensor<3, Bool>, like: &Tensor<3>) -> Tensor<3> {
    let broken = broken.float().cast(like.dtype());
    let before = shifted(broken.clone().neg().add_scalar(1.0).cumprod(2), 1.0);
    broken * before
}

/// The product of x where the mask is 1.
fn product(x: Tensor<3>, mask: Tensor<3>) -> Tensor<3> {
    let k = x.dims()[2];
    (mask * x.sub_scalar(1.0)).add_scalar(1.0).cumprod(2).narrow(2, k - 1, 1)
}

/// Two dependent samples, and q(z) q(zt) / p(z, zt) of each variable where they differ, else 0.
struct Pair {
    z: Tensor<3>,
    zt: Tensor<3>,
    weight: Tensor<3>,
}

impl Pair {
    fn draw(variables: &Variables) -> Self {
        let [_, _, k] = variables.dims();
        if k == 1 {
            let z = variables.probabilities().ones_like();
            return Self { weight: z.zeros_like(), zt: z.clone(), z };
        }
        if is_flex(&variables.device()) {
            return Self::fused(variables);
        }
        Self::composed(variables)
    }

    /// The pairs of the core, on the values of the logits.
    fn fused(variables: &Variables) -> Self {
        match variables.dtype() {
            DType::F64 => Self::of_type::<f64>(variables),
            _ => Self::of_type::<f32>(variables),
        }
    }

    fn of_type<T: Real + Element>(variables: &Variables) -> Self {
        let ([rows, v, k], device) = (variables.dims(), variables.device());
        let logits = variables.constant_logits().into_data();
        let logits = logits.as_slice::<T>().expect("logits of the type of the tensor");
        let (key, offset) = variables.keyed(v * (k - 1), 0);
        let uniforms = gumbel::Noise::Keyed { key, offset };
        let pairs = antithetic_pairs(logits, k, uniforms).expect("logits were checked");
        let [mut z, mut zt] = [vec![T::default(); logits.len()], vec![T::default(); logits.len()]];
        for (pair, (z, zt)) in pairs.iter().zip(z.chunks_mut(k).zip(zt.chunks_mut(k))) {
            z[pair.classes[0]] = T::from(1.0);
            zt[pair.classes[1]] = T::from(1.0);
        }
        let weight: Vec<T> = pairs.iter().map(|pair| T::from_f64(pair.weight)).collect();
        let of = |values: Vec<T>, shape| {
            Tensor::from_data(TensorData::new(values, shape), (&device, variables.dtype()))
        };
        let (whole, single) = ([rows, v, k], [rows, v, 1]);
        Self { z: of(z, whole), zt: of(zt, whole), weight: of(weight, single) }
    }

    /// The twin in ordinary operations, on any device.
    fn composed(variables: &Variables) -> Self {
        let [_, _, k] = variables.dims();
        let order = variables.constant_logits().argsort(2);
        let q = variables.probabilities().gather(2, order.clone());
        // Stick j breaks with probability b_j = q_j / sum_{m >= j} q_m, the last one always.
        let rest = q.clone().flip([2]).cumsum(2).flip([2]);
        let last = q.clone().narrow(2, 0, 1).ones_like();
        let b = Tensor::cat(vec![(q.clone() / rest).narrow(2, 0, k - 1), last], 2);
        let u = variables.uniforms(k - 1, 0);
        let u = Tensor::cat(vec![u, q.clone().narrow(2, 0, 1).full_like(0.5)], 2);
        let z = first(u.clone().lower(b.clone()), &q);
        let zt = first(u.neg().add_scalar(1.0).lower(b.clone()), &q);
        // Before the first of the two breaks neither does: 1 - 2b each. There one breaks: the smaller of b and 1 - b.
        // After it the other goes on alone.
        let (from_z, from_zt) = (up_to(z.clone()), up_to(zt.clone()));
        let from_first = from_z.clone().max_pair(from_zt.clone());
        let from_last = from_z * from_zt;
        let at_first = from_first.clone() - shifted(from_first.clone(), 0.0);
        let at_last = from_last.clone() - shifted(from_last.clone(), 0.0);
        let before = from_first.clone().neg().add_scalar(1.0);
        let between = from_first - from_last - at_first.clone();
        let neither = product(b.clone().mul_scalar(-2.0).add_scalar(1.0).clamp_min(0.0), before);
        let alone = product(b.clone().neg().add_scalar(1.0), between);
        let b_first = (b.clone() * at_first).sum_dim(2);
        let one = b_first.clone().min_pair(b_first.neg().add_scalar(1.0));
        let joint = neither * one * alone * (b * at_last).sum_dim(2);
        let of = |sample: &Tensor<3>| (q.clone() * sample.clone()).sum_dim(2);
        let same = (z.clone() * zt.clone()).sum_dim(2).greater_elem(0.5);
        let weight = (of(&z) * of(&zt) / joint).mask_fill(same, 0.0);
        let place = order.argsort(2);
        Self { z: z.gather(2, place.clone()), zt: zt.gather(2, place), weight }
    }
}

impl Estimator for Disarm {
    fn name(&self) -> &str {
        "disarm"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        2
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let Pair { z, zt, weight } = Pair::draw(variables);
        let (one, two) = (cost.at(z.clone())?, cost.at(zt.clone())?);
        let difference = per_row(constant(one.clone() - two.clone())).mul_scalar(0.5);
        let gradient = weight * difference * (z - zt);
        Ok(Estimate::with_gradient(mean(vec![one, two]), variables, gradient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use gumbel::Key;

    #[test]
    fn fused_and_composed_draw_the_same_pairs() {
        for (k, dtype) in [(2, DType::F32), (3, DType::F64), (10, DType::F32), (10, DType::F64)] {
            let mut logits = vec![0.0; 40 * 5 * k];
            gumbel::noise::logistic_into(Key::new(1), 0, &mut logits);
            logits[k - 1] = f64::NEG_INFINITY;
            let data = TensorData::new(logits, [40, 5, k]);
            let logits = Tensor::<3>::from_data(data, (&Device::flex(), dtype));
            let variables = Variables::new(logits, Key::new(2)).first_row(3);
            let (ours, twin) = (Pair::fused(&variables), Pair::composed(&variables));
            assert_eq!(ours.z.into_data(), twin.z.into_data());
            assert_eq!(ours.zt.into_data(), twin.zt.into_data());
            // The twin adds and multiplies up to k probabilities in the type of the logits.
            let error = ((ours.weight - twin.weight.clone()) / twin.weight.add_scalar(1e-30)).abs();
            assert!(error.max().into_scalar::<f64>() < 1e-4);
        }
    }
}
