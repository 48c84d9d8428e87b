//! A policy for tests: each allowed action with the same probability, drawn with the keys of the episodes.

use gumbel::gumbel_max;
use gumbel_environments::{Environment, Episodes};

pub(crate) fn random_actions<E: Environment>(episodes: &Episodes<'_, E>) -> Vec<usize> {
    let (agents, actions) = (episodes.environment().agents(), episodes.environment().actions());
    let logit = |&allowed: &bool| if allowed { 0.0_f32 } else { f32::NEG_INFINITY };
    let logits: Vec<f32> = episodes.allowed().iter().map(logit).collect();
    let draw = |(row, key)| gumbel_max(row, actions, key).unwrap();
    logits.chunks(agents * actions).zip(episodes.choice_keys()).flat_map(draw).collect()
}
