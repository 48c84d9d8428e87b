//! A cartpole written for `burn_rl`, adapted, against the same dynamics without the adapter.

use burn_rl::StepResult;
use gumbel::{Key, gumbel_max};
use gumbel_burn_rl::BurnRl;
use gumbel_environments::{Cartpole, CartpoleState, Environment, Episodes};

/// A cartpole as Burn's examples have it: a mutable object that counts its steps.
struct Pole {
    key: Key,
    state: CartpoleState,
    steps: usize,
}

#[derive(Clone)]
enum Push {
    Left,
    Right,
}

impl burn_rl::Environment for Pole {
    type State = [f64; 4];
    type Action = Push;

    const MAX_STEPS: usize = 500;

    fn state(&self) -> [f64; 4] {
        self.state.to_array()
    }

    fn reset(&mut self) {
        (self.state, self.steps) = (Cartpole.reset(self.key), 0);
    }

    fn step(&mut self, action: Push) -> StepResult<[f64; 4]> {
        let action = match action {
            Push::Left => 0,
            Push::Right => 1,
        };
        let mut rewards = [0.0];
        let done = Cartpole.step(&mut self.state, &[action], self.key, &mut rewards);
        self.steps += 1;
        let truncated = self.steps >= Self::MAX_STEPS;
        StepResult { next_state: self.state(), reward: rewards[0], done, truncated }
    }
}

fn poles() -> BurnRl<Pole> {
    let make = |key| Pole { key, state: CartpoleState::from_array([f64::NAN; 4]), steps: 0 };
    let observe = |state: &[f64; 4]| state.iter().map(|&x| x as f32).collect();
    BurnRl::new("pole", make, [Push::Left, Push::Right], observe).unwrap()
}

/// A policy that balances the pole to the time limit in even episodes, and lets it fall in odd ones.
fn actions<E: Environment>(episodes: &Episodes<'_, E>) -> Vec<usize> {
    let (observations, keys) = (episodes.observations(), episodes.choice_keys());
    let draw = |i: usize| {
        let o = &observations[4 * i..];
        let skill = if episodes.position(i).0.is_multiple_of(2) { 40.0 } else { 1.0 };
        let lean = skill * (o[2] + 0.5 * o[3] + 0.05 * o[0] + 0.1 * o[1]);
        gumbel_max(&[0.0, lean], 2, keys[i]).unwrap()[0]
    };
    (0..episodes.len()).map(draw).collect()
}

#[test]
fn adapted_cartpole_has_the_bits_of_cartpole() {
    let poles = poles();
    assert_eq!((poles.agents(), poles.actions(), poles.observation_size()), (1, 2, 4));
    assert_eq!(poles.time_limit(), 500);
    let mut ours = Episodes::new(&Cartpole, Key::new(3), 5);
    let mut theirs = Episodes::new(&poles, Key::new(3), 5);
    let (mut terminated, mut truncated) = (0, 0);
    for _ in 0..3000 {
        let actions = actions(&ours);
        assert_eq!(theirs.allowed(), [true; 10]);
        assert_eq!(theirs.observations(), ours.observations());
        let transitions = ours.step(&actions).unwrap();
        assert_eq!(theirs.step(&actions).unwrap(), transitions);
        terminated += transitions.terminated.iter().filter(|&&t| t).count();
        truncated += transitions.truncated.iter().filter(|&&t| t).count();
    }
    assert!(terminated > 5 && truncated > 5, "{terminated} {truncated}");
}

#[test]
fn episode_is_the_same_in_any_number_of_environments() {
    let poles = poles();
    let returns = |n: usize| {
        let mut episodes = Episodes::new(&poles, Key::new(4), n);
        let mut returns = [0.0; 12];
        while returns.contains(&0.0) {
            let actions = actions(&episodes);
            for finished in episodes.step(&actions).unwrap().finished {
                if let Some(place) = returns.get_mut(finished.episode as usize) {
                    *place = finished.returns[0];
                }
            }
        }
        returns
    };
    let alone = returns(1);
    assert!(alone.iter().any(|&r| r != alone[0]), "episodes differ");
    for n in [2, 3, 7] {
        assert_eq!(returns(n), alone, "{n} environments");
    }
}
