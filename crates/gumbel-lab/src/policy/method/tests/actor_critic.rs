//! `a2c` with exact and with wrong critics, and the objective of `ppo`.

use super::*;
use crate::policy::maze::{live_states, views};

/// The network with other values of its critic, a table of all states.
fn with_critic(net: PolicyNet, values: &[f64]) -> PolicyNet {
    let mut numbers = net.to_numbers();
    // The weights of the critic and its bias are the last numbers.
    let first = numbers.len() - values.len() - 1;
    numbers.truncate(first);
    numbers.extend(values.iter().map(|&value| value as f32));
    numbers.push(0.0);
    net.with_numbers(&numbers)
}

/// The values of the critic, 0 where an episode ends.
fn critic(maze: &Maze, net: &PolicyNet) -> Vec<f64> {
    let states = live_states(maze);
    let found = net.valid().values_of(&views(maze, &states).0);
    let mut values = vec![0.0; maze.model().states()];
    states.into_iter().zip(found).for_each(|(state, value)| values[state] = f64::from(value));
    values
}

/// r + gamma V(s') of each action.
fn ahead(maze: &Maze, values: &[f64]) -> Vec<f64> {
    let model = maze.model();
    let of_pair = |pair: usize| {
        let outcomes = model.outcomes(pair / Model::ACTIONS, pair % Model::ACTIONS).iter();
        let terms = outcomes.map(|o| o.probability * (o.reward + 0.5 * values[o.next]));
        terms.sum()
    };
    (0..values.len() * Model::ACTIONS).map(of_pair).collect()
}

fn with_lambda(lambda: f64) -> PolicyConfig {
    PolicyConfig { lambda: Some(lambda), ..config(Method::A2c) }
}

/// With the exact values each estimate of an advantage is unbiased, at every lambda and also at the end of a rollout.
#[test]
fn a2c_with_the_exact_critic_has_the_gradient_of_the_visits_of_its_rollouts() {
    let maze = maze();
    for lambda in [0.0, 0.95, 1.0] {
        let config = with_lambda(lambda);
        let exact = values(&maze, &config);
        let net = with_critic(net(&maze, &config), &exact.values);
        let found = Estimate::of(&config, &maze, &net);
        let target = of_rollouts(&config, &maze, &exact.action_values);
        let z = found.z(&target);
        assert!(z < REFUTED, "{lambda}: {z}");
        let opposite: Vec<f64> = target.iter().map(|x| -x).collect();
        let z = found.z(&opposite);
        assert!(z > 2.0 * REFUTED, "{lambda}, the other sign: {z}");
    }
}

/// At lambda 0 the estimate is what the wrong values of the critic say, and no multiple of the gradient.
#[test]
fn a2c_with_a_wrong_critic_is_refuted_for_the_values_of_the_critic() {
    let maze = maze();
    for lambda in [0.0, 0.5] {
        let config = with_lambda(lambda);
        let net = net(&maze, &config);
        let found = Estimate::of(&config, &maze, &net);
        let exact = values(&maze, &config);
        let target = of_rollouts(&config, &maze, &exact.action_values);
        let z = found.z(&found.nearest(&target));
        assert!(z > REFUTED, "{lambda}, its direction: {z}");
        if lambda == 0.0 {
            let z = found.z(&of_rollouts(&config, &maze, &ahead(&maze, &critic(&maze, &net))));
            assert!(z < REFUTED, "the gradient of the critic: {z}");
        }
    }
}

/// -mean w (onehot(a) - pi(. | s)) over the transitions of a batch, with a weight for each.
fn of_weights(maze: &Maze, table: &[f64], batch: &Batch, weights: &[f64]) -> Vec<f64> {
    let n = maze.model().states();
    let mut gradient = vec![0.0; table.len()];
    for (place, weight) in weights.iter().enumerate() {
        let state = batch.observations[place * n..][..n].iter().position(|&x| x == 1.0).unwrap();
        for action in 0..Model::ACTIONS {
            let pair = state * Model::ACTIONS + action;
            let taken = f64::from(u8::from(action == batch.actions[place]));
            gradient[pair] -= weight * (taken - table[pair]) / weights.len() as f64;
        }
    }
    gradient
}

#[test]
fn ppo_at_ratio_1_has_the_gradient_of_its_normalised_advantages() {
    let maze = maze();
    let config = config(Method::Ppo);
    let (net, table) = (net(&maze, &config), table(&maze, &config));
    let batch = batch(&config, &maze, &net, 0);
    let advantages: Vec<f64> = batch.advantages.iter().map(|&a| f64::from(a)).collect();
    let n = advantages.len() as f64;
    assert!(advantages.iter().sum::<f64>().abs() < 1e-5 * n);
    assert!((dot(&advantages, &advantages) / n - 1.0).abs() < 1e-5);
    let found = gradient_of(&config, &maze, &net, &batch, 0);
    for (found, expected) in found.iter().zip(of_weights(&maze, &table, &batch, &advantages)) {
        assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
    }
}

/// The clip of 0.2 ends the gradient at a ratio of 3/2 where the advantage is positive, and of 1/2 where it is
/// negative. The other way it does not: there the gradient has the ratio as a factor.
#[test]
fn ppo_has_no_gradient_outside_the_clip() {
    let maze = maze();
    let config = config(Method::Ppo);
    let (net, table) = (net(&maze, &config), table(&maze, &config));
    let mut batch = batch(&config, &maze, &net, 0);
    let ln_p = batch.ln_old.clone();
    let ratios = |above: f64, below: f64| {
        batch.advantages.iter().map(move |&a| if a > 0.0 { above } else { below })
    };
    let [moved, back] = [ratios(1.5, 0.5), ratios(0.5, 1.5)].map(Iterator::collect::<Vec<f64>>);
    let weights = back.iter().zip(&batch.advantages).map(|(ratio, &a)| ratio * f64::from(a));
    let expected = of_weights(&maze, &table, &batch, &weights.collect::<Vec<_>>());
    let mut found = |ratios: &[f64]| {
        let ln_old = ln_p.iter().zip(ratios).map(|(ln_p, ratio)| ln_p - ratio.ln() as f32);
        batch.ln_old = ln_old.collect();
        gradient_of(&config, &maze, &net, &batch, 0)
    };
    assert!(found(&moved).iter().all(|&x| x == 0.0));
    for (found, expected) in found(&back).into_iter().zip(&expected) {
        assert!((f64::from(found) - expected).abs() < 1e-5, "{found} {expected}");
    }
    assert!(expected.iter().any(|x| x.abs() > 0.01));
}
