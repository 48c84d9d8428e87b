//! `Tabulated`: a problem with its cost and gradient at every corner, and the exact gradient.

use std::fmt;
use std::sync::{Arc, OnceLock};

use gumbel::{Key, noise, sample};

use crate::error::CompareError;
use crate::problem::Problem;
use crate::simplex::{add_scaled, argmax, softmax};

/// The most states that a problem may have.
pub const MOST_STATES: usize = 65_536;

/// A problem with its cost and gradient at every corner, computed once.
///
/// A state is the index of a corner: the classes of the variables as the digits of a number, those of variable 0
/// first. The variables are independent, and D ~ softmax(theta) has P(D) = prod_l pi_l . D_l.
///
/// ```
/// use gumbel_compare::{Tabulated, problem::Quadratic};
/// let table = Tabulated::new(&Quadratic)?;
/// assert_eq!((table.states(), table.class(0b0110, 1)), (16, 1));
/// let total: f64 = (0..16).map(|state| table.probability(state)).sum();
/// assert!((total - 1.0).abs() < 1e-15);
/// let norm = table.exact_gradient().iter().map(|g| g * g).sum::<f64>().sqrt();
/// assert!((norm - 0.834527).abs() < 5e-7);
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
#[derive(Clone)]
pub struct Tabulated<'a> {
    problem: &'a dyn Problem,
    variables: usize,
    classes: usize,
    logits: Vec<f64>,
    probabilities: Vec<f64>,
    tables: Arc<Tables>,
    exact: OnceLock<Vec<f64>>,
}

#[derive(Debug)]
struct Tables {
    costs: Vec<f64>,
    /// One gradient `[L, k]` for each state.
    gradients: Vec<f64>,
}

/// Checks the number of states; returns it.
pub(crate) fn check_states(
    name: &str,
    variables: usize,
    classes: usize,
) -> Result<usize, CompareError> {
    let states = u32::try_from(variables).ok().and_then(|l| classes.checked_pow(l));
    match states {
        Some(states @ 1..=MOST_STATES) if variables > 0 => Ok(states),
        _ => Err(CompareError::States { problem: name.to_owned(), variables, classes }),
    }
}

impl<'a> Tabulated<'a> {
    /// Computes the cost and the gradient at every corner.
    ///
    /// # Errors
    /// No variables, no classes, more than [`MOST_STATES`] states; logits or gradients of the wrong length; a logit, a
    /// cost or a gradient that is not finite.
    pub fn new(problem: &'a dyn Problem) -> Result<Self, CompareError> {
        let name = problem.name();
        let (variables, classes) = (problem.variables(), problem.classes());
        let states = check_states(name, variables, classes)?;
        let n = variables * classes;
        let length = |what, found| match found == n {
            true => Ok(()),
            false => {
                Err(CompareError::Length { problem: name.to_owned(), what, expected: n, found })
            }
        };
        let finite = |what, values: &[f64]| match values.iter().find(|x| !x.is_finite()) {
            None => Ok(()),
            Some(&found) => Err(CompareError::NotFinite { problem: name.to_owned(), what, found }),
        };
        let logits = problem.logits();
        length("logits", logits.len())?;
        finite("logit", &logits)?;
        let probabilities = softmax(&logits, classes, 1.0);
        let tables = Arc::new(Tables { costs: Vec::new(), gradients: Vec::new() });
        let exact = OnceLock::new();
        let mut table = Self { problem, variables, classes, logits, probabilities, tables, exact };
        let (mut costs, mut gradients) = (Vec::new(), Vec::with_capacity(states * n));
        for state in 0..states {
            let corner = table.corner(state);
            costs.push(problem.cost(&corner));
            let gradient = problem.gradient(&corner);
            length("gradient", gradient.len())?;
            gradients.extend(gradient);
        }
        finite("cost", &costs)?;
        finite("gradient", &gradients)?;
        table.tables = Arc::new(Tables { costs, gradients });
        Ok(table)
    }

    /// The same cost at other logits; the tables are shared.
    ///
    /// # Panics
    /// If the number of logits is another one.
    pub fn with_logits(&self, logits: Vec<f64>) -> Self {
        assert_eq!(logits.len(), self.logits.len(), "the number of logits");
        let probabilities = softmax(&logits, self.classes, 1.0);
        let exact = OnceLock::new();
        Self { logits, probabilities, exact, tables: Arc::clone(&self.tables), ..*self }
    }

    /// The problem.
    pub fn problem(&self) -> &'a dyn Problem {
        self.problem
    }

    /// The number L of variables.
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// The number k of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The number k^L of states.
    pub fn states(&self) -> usize {
        self.tables.costs.len()
    }

    /// The logits theta, `[L, k]`.
    pub fn logits(&self) -> &[f64] {
        &self.logits
    }

    /// The probabilities pi = softmax(theta), `[L, k]`.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    fn place(&self, variable: usize) -> usize {
        self.classes.pow((self.variables - 1 - variable) as u32)
    }

    /// The class of a variable in a state.
    pub fn class(&self, state: usize, variable: usize) -> usize {
        state / self.place(variable) % self.classes
    }

    /// The state with another class of one variable.
    pub fn with_class(&self, state: usize, variable: usize, class: usize) -> usize {
        state + class * self.place(variable) - self.class(state, variable) * self.place(variable)
    }

    /// The classes of all variables in a state.
    pub fn classes_of(&self, state: usize) -> Vec<usize> {
        (0..self.variables).map(|l| self.class(state, l)).collect()
    }

    /// The state with these classes.
    pub fn state_of(&self, classes: &[usize]) -> usize {
        classes.iter().fold(0, |state, class| state * self.classes + class)
    }

    /// The corner D of a state, `[L, k]`: one-hot rows.
    pub fn corner(&self, state: usize) -> Vec<f64> {
        let mut corner = vec![0.0; self.logits.len()];
        for l in 0..self.variables {
            corner[l * self.classes + self.class(state, l)] = 1.0;
        }
        corner
    }

    /// The score D - pi of a state, `[L, k]`: the gradient of ln P(D) in theta.
    pub fn score(&self, state: usize) -> Vec<f64> {
        let mut score = self.corner(state);
        add_scaled(&mut score, -1.0, &self.probabilities);
        score
    }

    /// The probability P(D) of a state.
    pub fn probability(&self, state: usize) -> f64 {
        (0..self.variables)
            .map(|l| self.probabilities[l * self.classes + self.class(state, l)])
            .product()
    }

    /// The cost f(D) of a state.
    pub fn cost(&self, state: usize) -> f64 {
        self.tables.costs[state]
    }

    /// The gradient g = df/dx at the corner of a state, `[L, k]`.
    pub fn gradient(&self, state: usize) -> &[f64] {
        let n = self.logits.len();
        &self.tables.gradients[state * n..(state + 1) * n]
    }

    /// The expected cost.
    pub fn expected_cost(&self) -> f64 {
        (0..self.states()).map(|s| self.probability(s) * self.cost(s)).sum()
    }

    /// The exact gradient of the expected cost in theta, `[L, k]`: sum_D P(D) f(D) (D - pi).
    pub fn exact_gradient(&self) -> &[f64] {
        self.exact.get_or_init(|| {
            let mut sum = vec![0.0; self.logits.len()];
            let mean = self.expected_cost();
            for state in 0..self.states() {
                let weight = self.probability(state) * (self.cost(state) - mean);
                add_scaled(&mut sum, weight, &self.score(state));
            }
            sum
        })
    }

    /// Perturbed logits Z = theta + G, `[L, k]`, and the state of their argmax, a draw of D.
    pub fn perturbed(&self, key: Key) -> (Vec<f64>, usize) {
        let mut z = vec![0.0; self.logits.len()];
        noise::gumbel_into(key, 0, &mut z);
        add_scaled(&mut z, 1.0, &self.logits);
        let state = self.state_of(&argmax(&z, self.classes));
        (z, state)
    }

    /// Draws D ~ softmax(theta): a state.
    pub fn sample(&self, key: Key) -> usize {
        self.perturbed(key).1
    }

    /// Draws perturbed logits given their argmax D, `copies` independent times: `[copies, L, k]`.
    ///
    /// `logits: [L, k]` may be others than theta, as long as they are finite.
    ///
    /// # Panics
    /// If the logits are not `[L, k]` finite numbers.
    pub fn posterior(&self, logits: &[f64], state: usize, copies: usize, key: Key) -> Vec<f64> {
        let (logits, winners) = (logits.repeat(copies), self.classes_of(state).repeat(copies));
        let mut z = vec![0.0; logits.len()];
        sample::gumbel_given_argmax_into(&logits, self.classes, &winners, key, &mut z)
            .expect("finite logits and classes in range");
        z
    }
}

impl fmt::Debug for Tabulated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tabulated")
            .field("problem", &self.problem)
            .field("logits", &self.logits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Custom, Net, Quadratic, Skewed, standard};
    use crate::simplex::dot;

    #[test]
    fn exact_norms() {
        for (problem, norm) in standard().iter().zip([0.834527, 0.625300, 0.151954]) {
            let table = Tabulated::new(problem.as_ref()).unwrap();
            let g = table.exact_gradient();
            assert!((dot(g, g).sqrt() - norm).abs() < 5e-7, "{problem:?} {}", dot(g, g).sqrt());
        }
    }

    #[test]
    fn the_exact_gradient_equals_finite_differences() {
        for problem in standard() {
            let table = Tabulated::new(problem.as_ref()).unwrap();
            for i in 0..table.logits().len() {
                let moved = |h: f64| {
                    let mut logits = table.logits().to_vec();
                    logits[i] += h;
                    table.with_logits(logits).expected_cost()
                };
                let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((table.exact_gradient()[i] - difference).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn states_are_digits() {
        let table = Tabulated::new(&Net).unwrap();
        for state in 0..table.states() {
            assert_eq!(table.state_of(&table.classes_of(state)), state);
            let other = table.with_class(state, 1, 2);
            assert_eq!(table.classes_of(other), [table.class(state, 0), 2, table.class(state, 2)]);
        }
    }

    /// Counts of 20,000 draws against P(D), each within 6 standard deviations: a false alarm in 5e7 for each of 90.
    #[test]
    fn draws_and_posteriors_have_the_law() {
        for problem in [&Quadratic as &dyn Problem, &Net, &Skewed] {
            let table = Tabulated::new(problem).unwrap();
            let n = 20_000;
            let mut counts = vec![0.0; table.states()];
            (0..n).for_each(|i| counts[table.sample(Key::new(1).fold_in(i))] += 1.0);
            for (state, count) in counts.iter().enumerate() {
                let p = table.probability(state);
                let deviation = (n as f64 * p * (1.0 - p)).sqrt();
                assert!((count - n as f64 * p).abs() < 6.0 * deviation + 3.0, "{state}");
            }
            let z = table.posterior(table.logits(), 5, 3, Key::new(2));
            let winners = argmax(&z, table.classes());
            assert_eq!(winners, table.classes_of(5).repeat(3));
        }
    }

    #[test]
    fn bad_problems_are_refused() {
        let error = |classes, n, cost: f64| {
            let gradient = move |_: &[f64]| vec![0.0; n];
            let problem = Custom::new("p", classes, vec![0.0; n], move |_| cost, gradient);
            Tabulated::new(&problem).unwrap_err().to_string()
        };
        assert_eq!(
            error(2, 0, 1.0),
            "p: expected 1 to 65536 states, found 0 variables of 2 classes"
        );
        assert!(error(2, 60, 1.0).ends_with("found 30 variables of 2 classes"));
        assert!(error(0, 4, 1.0).ends_with("found 0 variables of 0 classes"));
        assert_eq!(error(2, 5, 1.0), "p: expected 4 elements of the logits, found 5");
        assert_eq!(error(2, 4, f64::NAN), "p: expected a finite cost, found NaN");
    }
}
