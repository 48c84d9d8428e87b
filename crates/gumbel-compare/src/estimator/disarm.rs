//! `disarm`: ARM with u integrated out given the two draws; for more than two classes by stick breaking.

use gumbel::Key;

use super::arm::{antithetic, from_difference, uniforms};
use super::enumeration::{count, each_choice};
use super::interface::{Estimator, Needs};
use super::stick_breaking::Sticks;
use crate::tabulated::Tabulated;

/// The antithetic estimator DisARM, for two classes and for more.
///
/// ```text
/// two classes:   (f(b) - f(bt)) (-1)^bt 1[b != bt] sigma(|phi|) / 2      phi = theta_1 - theta_0
/// more classes:  q(z) q(zt) / p(z, zt) (f(z) - f(zt)) / 2 (e_z - e_zt)   z and zt by antithetic stick breaking
/// ```
///
/// b and bt are the antithetic draws of [`Arm`](super::Arm), of which this is the mean given b and bt: the variance is
/// at most that of ARM. The first line is the derivative in phi; that in theta is (-1, 1) times it. The second line is
/// for each variable, with the costs of all variables together; q is the law of one draw and p the joint law of the
/// two. The sticks are sorted ascending by logit: then every pair of different classes is possible, which the proof
/// needs. For two classes both lines are one estimator. Unbiased; 2 evaluations, at corners.
///
/// Dong, Mnih and Tucker, "DisARM: an antithetic gradient estimator for binary latent variables", arXiv 2006.10680
/// (2020), and "Coupled gradient estimators for discrete latent variables", arXiv 2106.08056 (2021).
#[derive(Clone, Copy, Debug, Default)]
pub struct Disarm;

fn binary(problem: &Tabulated<'_>, pairs: &[(usize, usize)]) -> Vec<f64> {
    let (b, bt): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
    let difference = problem.cost(problem.state_of(&b)) - problem.cost(problem.state_of(&bt));
    let p = problem.probabilities().chunks_exact(2);
    from_difference(p.zip(pairs).map(|(p, &(b, bt))| match (b, bt) {
        (1, 0) => difference / 2.0 * p[0].max(p[1]),
        (0, 1) => -difference / 2.0 * p[0].max(p[1]),
        _ => 0.0,
    }))
}

/// The estimate from the two classes of each variable, for sticks in any order.
pub(super) fn categorical(
    problem: &Tabulated<'_>,
    sticks: &[Sticks<'_>],
    pairs: &[(usize, usize)],
) -> Vec<f64> {
    let (z, zt): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
    let difference = problem.cost(problem.state_of(&z)) - problem.cost(problem.state_of(&zt));
    let mut out = vec![0.0; problem.logits().len()];
    for ((row, sticks), &(z, zt)) in out.chunks_exact_mut(problem.classes()).zip(sticks).zip(pairs)
    {
        if z != zt {
            let q = sticks.probability(z) * sticks.probability(zt);
            let estimate = q / sticks.joint(z, zt) * difference / 2.0;
            row[z] += estimate;
            row[zt] -= estimate;
        }
    }
    out
}

/// Visits the estimates for all pairs of classes that are possible.
pub(super) fn each_pair(
    problem: &Tabulated<'_>,
    sticks: &[Sticks<'_>],
    visit: &mut dyn FnMut(f64, &[f64]),
    at: impl Fn(&[(usize, usize)]) -> Vec<f64>,
) -> bool {
    let (l, k) = (problem.variables(), problem.classes());
    let few = count(k * k, l).is_some();
    if few {
        each_choice(k * k, l, &mut |choice| {
            let pairs: Vec<_> = choice.iter().map(|i| (i / k, i % k)).collect();
            let joint = |(s, &(z, zt)): (&Sticks<'_>, &(usize, usize))| s.joint(z, zt);
            let weight: f64 = sticks.iter().zip(&pairs).map(joint).product();
            if weight > 0.0 {
                visit(weight, &at(&pairs));
            }
        });
    }
    few
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

    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        2
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let k = problem.classes();
        let u = uniforms(problem.variables() * (k - 1), key);
        if k == 2 {
            let p = problem.probabilities().chunks_exact(2);
            let pairs: Vec<_> = p.zip(u).map(|(p, u)| antithetic(u, p[1])).collect();
            return binary(problem, &pairs);
        }
        let sticks = Sticks::ascending(problem);
        let draw = |(l, sticks): (usize, &Sticks<'_>)| sticks.draw(&u[l * (k - 1)..][..k - 1]);
        let pairs: Vec<_> = sticks.iter().enumerate().map(draw).collect();
        categorical(problem, &sticks, &pairs)
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        let sticks = Sticks::ascending(problem);
        each_pair(problem, &sticks, visit, |pairs| match problem.classes() {
            2 => binary(problem, pairs),
            _ => categorical(problem, &sticks, pairs),
        })
    }
}
