//! `ddpg`: targets by hand, whose gradient is whose, and the target networks.

use burn::tensor::Tensor;
use gumbel_train::parameters::{collect, gradients};

use super::*;
use crate::policy::batch::one_hot;
use crate::policy::method::ddpg::{follow, targets};
use crate::policy::network::Critic;
use crate::policy::replay::Replay;
use crate::policy::rollout::Rollout;

/// Q'(s, a) = (1, 2, 4)_s + (1/4, 1/2)_a + 1/8; only the second action is allowed in the next states.
#[test]
fn targets_stop_at_a_terminated_episode_and_go_on_at_a_truncated_one() {
    let sizes = Sizes { agents: 1, inputs: 3, actions: 2, hidden: &[], critic: Critic::Action };
    let net = PolicyNet::new(&sizes, Key::new(0), &Device::flex());
    let mut numbers = net.to_numbers();
    let first = numbers.len() - 6;
    numbers[first..].copy_from_slice(&[1.0, 2.0, 4.0, 0.25, 0.5, 0.125]);
    let rollout = Rollout {
        rows: 1,
        agents: 1,
        observations: [1.0, 0.0, 0.0].repeat(3),
        allowed: vec![true; 6],
        actions: vec![0; 3],
        rewards: vec![3.0, 5.0, 7.0],
        terminated: vec![false, true, false],
        truncated: vec![false, false, true],
        next_observations: vec![0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0],
        next_allowed: [false, true].repeat(3),
        ..Rollout::default()
    };
    let mut replay = Replay::new(3, 1);
    replay.add(&rollout);
    let step = Step { size: 64, ..step(&config(Method::Ddpg), 0) };
    let rows = replay.sample(Key::new(1), step.size);
    let found = targets(&rows, &net.with_numbers(&numbers), 0.5, 1, &step).unwrap();
    for (reward, target) in rows.rewards.iter().zip(&found) {
        let expected = match reward {
            3.0 => 3.0 + 0.5 * (2.0 + 0.5 + 0.125),
            5.0 => 5.0,
            _ => 7.0 + 0.5 * (4.0 + 0.5 + 0.125),
        };
        assert!((target - expected).abs() < 1e-6, "{reward}: {target} {expected}");
    }
    for reward in [3.0, 5.0, 7.0] {
        assert!(rows.rewards.contains(&reward));
    }
}

/// The gradients of the actor and of the critic.
fn of_both(config: &PolicyConfig, maze: &Maze, net: &PolicyNet, batch: &Batch) -> [Vec<f32>; 2] {
    let (device, step) = (Device::flex().autodiff(), step(config, 0));
    let view = View::new(net, batch, 0..step.size, &step, &device).unwrap();
    let learner = config.method.learner::<Maze>();
    let objective = learner.objective(&Setting { config, world: maze }, net, view).unwrap();
    let mut of = [Vec::new(), Vec::new()];
    let found = gradients(net, objective.mean().backward());
    for (leaf, gradient) in collect(net).into_iter().zip(found) {
        let gradient = gradient.map(|gradient| match leaf.rank {
            1 => floats(Tensor::<1>::from_bridge(gradient)),
            _ => floats(Tensor::<2>::from_bridge(gradient)),
        });
        let critic = usize::from(leaf.name.starts_with("critics"));
        assert!(critic == 1 || leaf.name.starts_with("actors"), "{}", leaf.name);
        of[critic].extend(gradient.unwrap_or_default());
    }
    of
}

#[test]
fn the_critic_has_no_gradient_from_the_part_of_the_actor_nor_the_actor_from_that_of_the_critic() {
    let maze = maze();
    let config = config(Method::Ddpg);
    let net = net(&maze, &config);
    let mut batch = batch(&config, &maze, &net, 0);
    // With these targets the critic has no error.
    let plain = net.valid();
    let observations = plain.tensor(&batch.observations);
    let taken = one_hot(&batch.actions, Model::ACTIONS, &observations.device());
    batch.targets = floats(plain.action_values(observations, taken.clone(), taken));
    let [actor, critic] = of_both(&config, &maze, &net, &batch);
    assert!(actor.iter().any(|&x| x.abs() > 1e-3));
    assert!(critic.iter().all(|&x| x.abs() < 1e-6), "{critic:?}");
    batch.targets.iter_mut().for_each(|target| *target += 1.0);
    let [same, critic] = of_both(&config, &maze, &net, &batch);
    assert_eq!(same, actor);
    assert!(critic.iter().any(|&x| x.abs() > 1e-3));
}

#[test]
fn followers_begin_as_the_networks_and_move_by_their_share() {
    let mut numbers = Vec::new();
    follow(&mut numbers, vec![1.0, 2.0], 0.25);
    assert_eq!(numbers, [1.0, 2.0]);
    follow(&mut numbers, vec![3.0, 2.0], 0.25);
    assert_eq!(numbers, [1.5, 2.0]);

    let maze = maze();
    let config = PolicyConfig { target_rate: Some(0.25), ..config(Method::Ddpg) };
    let (setting, step) = (Setting { config: &config, world: &maze }, step(&config, 0));
    let mut memory = Memory::new(&maze, Key::new(1), config.environments);
    let first = net(&maze, &config).valid();
    let second = first.clone().perturbed(Key::new(6));
    let learner = config.method.learner::<Maze>();
    for net in [&first, &second] {
        learner.batch(&setting, net, &mut memory, &step).unwrap();
    }
    let pairs = first.to_numbers().into_iter().zip(second.to_numbers());
    for ((first, second), found) in pairs.zip(&memory.followers) {
        assert!((found - (0.75 * first + 0.25 * second)).abs() < 1e-6);
    }
}
