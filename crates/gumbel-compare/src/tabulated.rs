//! `Tabulated`: a problem with its cost and gradient at every corner, and the exact gradient.

use std::fmt;
use std::sync::{Arc, OnceLock};

use gumbel::{Key, noise, sample};

use crate::error::CompareError;
use crate::problem::Problem;
use crate::simplex::{add_scaled, argmax, softmax};
use crate::states::check_states;

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

impl<'a> Tabulated<'a> {
    /// Computes the cost and the gradient at every corner.
    ///
    /// # Errors
    /// No variables, no classes, more than [`MOST_STATES`](crate::MOST_STATES) states; logits or gradients of the wrong
    /// length; a logit, a cost or a gradient that is not finite.
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

    /// The probability of the rarest class of any variable.
    pub(crate) fn rarest_probability(&self) -> f64 {
        self.probabilities.iter().copied().fold(1.0, f64::min)
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
mod tests;
