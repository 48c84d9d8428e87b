//! The methods on whole episodes: weights by hand, and what their gradient is one of.

use gumbel_environments::Environment;

use super::*;
use crate::policy::method::scores::{leave_one_out, scaled};

fn changed(change: fn(&mut [f32]), numbers: &[f32]) -> Vec<f32> {
    let mut numbers = numbers.to_vec();
    change(&mut numbers);
    numbers
}

fn assert_close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-6, "{found:?} {expected:?}");
    }
}

#[test]
fn weights_of_returns_are_those_of_a_computation_by_hand() {
    // The means of the others are 4, 3.5 and 1.5.
    assert_close(&changed(leave_one_out, &[1.0, 2.0, 6.0]), &[-3.0, -1.5, 4.5]);
    // Mean 3, variance (4 + 1 + 9) / 3.
    let deviation = (14.0_f32 / 3.0).sqrt();
    let expected = [-2.0, -1.0, 3.0].map(|x| x / deviation);
    assert_close(&changed(scaled, &[1.0, 2.0, 6.0]), &expected);
    assert_eq!(changed(scaled, &[2.0, 2.0]), [0.0, 0.0]);
}

#[test]
fn each_step_of_an_episode_has_the_weight_of_its_return() {
    let maze = maze();
    for (method, weights) in
        [(Method::Rloo, leave_one_out as fn(&mut [f32])), (Method::Grpo, scaled)]
    {
        let config = config(method);
        let batch = batch(&config, &maze, &net(&maze, &config), 0);
        assert_eq!(batch.examples(), EPISODES);
        let returns: Vec<f32> =
            batch.starts[..EPISODES].iter().map(|&i| batch.targets[i]).collect();
        let weights = changed(weights, &returns);
        for (ends, weight) in batch.starts.windows(2).zip(weights) {
            assert!(batch.advantages[ends[0]..ends[1]].iter().all(|&a| a == weight), "{method}");
        }
    }
}

#[test]
fn reinforce_with_a_wrong_critic_and_rloo_have_the_exact_gradient() {
    let maze = maze();
    for method in [Method::Reinforce, Method::Rloo] {
        let config = config(method);
        let z = Estimate::of(&config, &maze, &net(&maze, &config)).z(&exact(&maze, &config));
        assert!(z < REFUTED, "{method}: {z}");
    }
}

/// `grpo` divides by the deviation of the returns. Its gradient is 13 times as long here, so that the test compares
/// directions: in groups of 64 a bias is smaller than what the test sees, 1.3% of the gradient with its noise.
#[test]
fn grpo_in_large_groups_has_the_direction_of_the_exact_gradient_and_another_length() {
    let maze = maze();
    let config = config(Method::Grpo);
    let found = Estimate::of(&config, &maze, &net(&maze, &config));
    let exact = exact(&maze, &config);
    let nearest = found.nearest(&exact);
    let (z, bias) = (found.z(&nearest), found.bias(&nearest));
    let scale = dot(&nearest, &exact) / dot(&exact, &exact);
    assert!(z < REFUTED && bias < 0.03 && (12.0..14.0).contains(&scale), "{z} {bias} {scale}");
    let z = found.z(&exact);
    assert!(z > 2.0 * REFUTED, "its length: {z}");
}

/// The gradient of -E sum_{t < limit} gamma^t r_t in the logits, by dynamic programming.
fn up_to(maze: &Maze, table: &[f64], limit: usize) -> Vec<f64> {
    let (model, k) = (maze.model(), Model::ACTIONS);
    let (n, gamma) = (model.states(), model.discount());
    // Q with 1, 2, ... steps left.
    let mut q: Vec<Vec<f64>> = Vec::new();
    let mut v = vec![0.0; n];
    for _ in 0..limit {
        let of_pair = |pair: usize| -> f64 {
            let outcomes = model.outcomes(pair / k, pair % k).iter();
            outcomes.map(|o| o.probability * (o.reward + gamma * v[o.next])).sum()
        };
        let row: Vec<f64> = (0..n * k).map(of_pair).collect();
        v = (0..n).map(|s| dot(&table[s * k..][..k], &row[s * k..][..k])).collect();
        q.push(row);
    }
    let (mut gradient, mut now) = (vec![0.0; n * k], vec![0.0; n]);
    now[model.start()] = 1.0;
    for q in q.iter().rev() {
        let mut next = vec![0.0; n];
        for (pair, p) in table.iter().enumerate() {
            let state = pair / k;
            let mean = dot(&table[state * k..][..k], &q[state * k..][..k]);
            gradient[pair] -= now[state] * p * (q[pair] - mean);
            for o in model.outcomes(state, pair % k) {
                next[o.next] += gamma * now[state] * p * o.probability;
            }
        }
        now = next;
    }
    gradient
}

/// At a discount of 0.99 much of a return may follow after the time limit.
#[test]
fn reinforce_and_rloo_have_the_gradient_of_the_return_up_to_the_time_limit() {
    let maze = with_discount(0.99);
    let limit = maze.time_limit() as usize;
    for method in [Method::Reinforce, Method::Rloo] {
        let config = PolicyConfig { discount: 0.99, ..config(method) };
        let target = up_to(&maze, &table(&maze, &config), limit);
        let z = Estimate::of(&config, &maze, &net(&maze, &config)).z(&target);
        assert!(z < REFUTED, "{method}: {z}");
    }
}

/// How far the gradient up to the time limit is from that of J, for the first policy of a training. On the default map,
/// of seed 0, a uniform policy gains as much from the goal as it loses in the trap: there the gradient of J is small,
/// and that of the cut episodes is another one.
#[test]
fn the_time_limit_changes_most_gradients_by_a_few_per_cent_and_that_of_the_default_map_altogether()
{
    let mut differences = Vec::new();
    for seed in 0..20 {
        let maze = Maze::generate(9, 9, Key::new(seed)).unwrap();
        let model = maze.model();
        let logits = vec![0.0; model.states() * Model::ACTIONS];
        let of_j = model.policy_gradient(&logits).unwrap().gradient;
        let of_j: Vec<f64> = of_j.iter().map(|g| -g).collect();
        let cut = up_to(&maze, &model.uniform_policy(), maze.time_limit() as usize);
        let lengths = [&cut, &of_j].map(|gradient| dot(gradient, gradient).sqrt());
        differences.push(distance(&cut, &of_j) / lengths[1]);
        if seed == 0 {
            let cosine = dot(&cut, &of_j) / (lengths[0] * lengths[1]);
            assert!(cosine < 0.0 && lengths[0] > 5.0 * lengths[1], "{cosine} {lengths:?}");
        }
        // With ten times the steps nothing is left.
        let long = up_to(&maze, &model.uniform_policy(), 3_240);
        assert!(distance(&long, &of_j) < 1e-9 * lengths[1]);
    }
    differences.sort_by(f64::total_cmp);
    assert!((0.01..0.03).contains(&differences[10]) && differences[18] < 0.2, "{differences:?}");
}
