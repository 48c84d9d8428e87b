//! A network with random weights, of any size that a table holds.

use gumbel::{Key, noise};

use super::Problem;
use crate::error::CompareError;
use crate::simplex::dot;
use crate::states::check_states;

const UNITS: usize = 16;

/// A network with one hidden layer and random weights over L variables with k classes.
///
/// ```text
/// f(x) = sum_h v_h tanh(sum_i W_hi x_i + c_h)     h = 0..15
/// W_hi ~ N(0, 4/L),  c_h ~ N(0, 1/4),  v_h ~ N(0, 1/16),  theta_i ~ N(0, 1)
/// ```
///
/// All numbers are functions of the key. With L = 7 and k = 4 there are 16,384 states.
///
/// ```
/// use gumbel::Key;
/// use gumbel_compare::problem::{Problem, RandomNet};
/// assert_eq!(RandomNet::new(7, 4, Key::new(1))?.name(), "random-7x4");
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RandomNet {
    name: String,
    variables: usize,
    classes: usize,
    logits: Vec<f64>,
    /// One row of L k weights for each hidden unit.
    weights: Vec<f64>,
    offsets: Vec<f64>,
    output: Vec<f64>,
}

impl RandomNet {
    /// Makes the network of a key.
    ///
    /// # Errors
    /// No variables, no classes, or too many states.
    pub fn new(variables: usize, classes: usize, key: Key) -> Result<Self, CompareError> {
        let name = format!("random-{variables}x{classes}");
        check_states(&name, variables, classes)?;
        let [weights, offsets, output, logits] = key.split();
        let normal = |key, n: usize, deviation: f64| {
            let mut x = vec![0.0; n];
            noise::normal_into(key, 0, &mut x);
            x.iter_mut().for_each(|x| *x *= deviation);
            x
        };
        let n = variables * classes;
        Ok(Self {
            name,
            variables,
            classes,
            logits: normal(logits, n, 1.0),
            weights: normal(weights, UNITS * n, 2.0 / (variables as f64).sqrt()),
            offsets: normal(offsets, UNITS, 0.5),
            output: normal(output, UNITS, 0.25),
        })
    }

    fn hidden(&self, x: &[f64]) -> Vec<f64> {
        let rows = self.weights.chunks_exact(self.logits.len());
        rows.zip(&self.offsets).map(|(w, c)| (dot(w, x) + c).tanh()).collect()
    }
}

impl Problem for RandomNet {
    fn name(&self) -> &str {
        &self.name
    }

    fn variables(&self) -> usize {
        self.variables
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn logits(&self) -> Vec<f64> {
        self.logits.clone()
    }

    fn cost(&self, x: &[f64]) -> f64 {
        dot(&self.output, &self.hidden(x))
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let n = self.logits.len();
        let mut gradient = vec![0.0; n];
        for (h, t) in self.hidden(x).iter().enumerate() {
            let slope = self.output[h] * (1.0 - t * t);
            crate::simplex::add_scaled(&mut gradient, slope, &self.weights[h * n..(h + 1) * n]);
        }
        gradient
    }
}
