//! Batches of episodes: independent of the number of environments, resumed to the same bits, ended and reset.

mod shared;

use std::collections::BTreeMap;

use gumbel::Key;
use gumbel_environments::maze::{Maze, Move};
use gumbel_environments::{Cartpole, Environment, Episodes, Particles, Saved};
use shared::random_actions;

/// One step of an episode: what was observed, done, rewarded.
type Step = (Vec<f32>, Vec<usize>, Vec<f64>);

/// Plays until episodes 0 .. `wanted` are over. Returns their steps.
fn play<E: Environment>(environment: &E, n: usize, wanted: u64) -> BTreeMap<u64, Vec<Step>> {
    let mut episodes = Episodes::new(environment, Key::new(11), n);
    let (agents, size) = (environment.agents(), environment.observation_size());
    let mut steps: BTreeMap<u64, Vec<Step>> = BTreeMap::new();
    let mut over = 0;
    while over < wanted {
        let (observations, actions) = (episodes.observations(), random_actions(&episodes));
        let of: Vec<u64> = (0..n).map(|i| episodes.position(i).0).collect();
        let transitions = episodes.step(&actions).unwrap();
        for (i, &episode) in of.iter().enumerate() {
            let width = agents * size;
            steps.entry(episode).or_default().push((
                observations[i * width..][..width].to_vec(),
                actions[i * agents..][..agents].to_vec(),
                transitions.rewards[i * agents..][..agents].to_vec(),
            ));
        }
        for finished in &transitions.finished {
            assert_eq!(finished.environment as u64, finished.episode % n as u64);
            let steps = &steps[&finished.episode];
            assert_eq!(finished.length as usize, steps.len());
            let sum: f64 = steps.iter().map(|step| step.2[0]).sum();
            assert_eq!(finished.returns[0], sum);
            over += u64::from(finished.episode < wanted);
        }
    }
    steps.retain(|&episode, _| episode < wanted);
    steps
}

fn check_any_number<E: Environment>(environment: &E) {
    let alone = play(environment, 1, 20);
    assert_eq!(alone.len(), 20);
    assert!(alone.values().any(|steps| *steps != alone[&0]), "episodes differ");
    for n in [2, 3, 7, 32] {
        assert_eq!(play(environment, n, 20), alone, "{n} environments");
    }
}

#[test]
fn episode_is_the_same_in_any_number_of_environments() {
    check_any_number(&Cartpole);
    check_any_number(&Particles);
    check_any_number(&Maze::generate(7, 7, Key::new(1)).unwrap());
}

fn check_resume<E: Environment>(environment: &E) {
    let mut episodes = Episodes::new(environment, Key::new(12), 5);
    for step in 0..200 {
        if step % 23 == 0 {
            let text = serde_json::to_string(&episodes.save()).unwrap();
            let saved: Saved<E::State> = serde_json::from_str(&text).unwrap();
            assert_eq!(saved, episodes.save());
            let mut resumed = Episodes::resume(environment, saved).unwrap();
            let mut original = Episodes::resume(environment, episodes.save()).unwrap();
            for _ in 0..100 {
                let actions = random_actions(&original);
                assert_eq!(actions, random_actions(&resumed));
                assert_eq!(original.step(&actions).unwrap(), resumed.step(&actions).unwrap());
            }
        }
        episodes.step(&random_actions(&episodes)).unwrap();
    }
}

#[test]
fn saved_batch_goes_on_with_the_same_bits() {
    check_resume(&Cartpole);
    check_resume(&Particles);
    check_resume(&Maze::generate(7, 7, Key::new(1)).unwrap());
}

#[test]
fn end_is_reported_and_followed_by_a_reset() {
    let maze = Maze::parse("S.G").unwrap();
    let mut episodes = Episodes::new(&maze, Key::new(1), 2);
    let (left, right) = (Move::Left as usize, Move::Right as usize);
    episodes.step(&[right, right]).unwrap();
    let transitions = episodes.step(&[right, left]).unwrap();
    assert_eq!(transitions.terminated, [true, false]);
    assert_eq!(transitions.truncated, [false, false]);
    assert_eq!(transitions.rewards, [1.0, -0.01]);
    assert_eq!(transitions.next_observations, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(transitions.next_allowed[..4], [true; 4]);
    assert_eq!(transitions.next_allowed[4..], [false, false, false, true]);
    assert_eq!(transitions.finished.len(), 1);
    let finished = &transitions.finished[0];
    assert_eq!((finished.environment, finished.episode, finished.length), (0, 0, 2));
    assert_eq!(finished.returns, [-0.01 + 1.0]);
    assert_eq!(episodes.observations(), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!((episodes.position(0), episodes.position(1)), ((2, 0), (1, 2)));
}

#[test]
fn time_limit_truncates_once() {
    let maze = Maze::parse("S.G").unwrap();
    let mut episodes = Episodes::new(&maze, Key::new(1), 1);
    let there_and_back = [Move::Right as usize, Move::Left as usize];
    for step in 0..24 {
        let transitions = episodes.step(&[there_and_back[step % 2]]).unwrap();
        assert_eq!(transitions.terminated, [false]);
        assert_eq!(transitions.truncated, [step % 12 == 11], "{step}");
        assert_eq!(transitions.finished.len(), usize::from(step % 12 == 11));
        assert!(transitions.finished.iter().all(|f| f.truncated && f.length == 12));
    }
    // The goal in the last step is an end, not a truncation.
    for step in 0..11 {
        episodes.step(&[there_and_back[step % 2]]).unwrap();
    }
    let transitions = episodes.step(&[Move::Right as usize]).unwrap();
    assert_eq!((transitions.terminated[0], transitions.truncated[0]), (true, false));
}

/// A walk on a line, with the goal at 3 and the edge of the map at -2.
#[derive(Debug)]
struct Edge;

impl Environment for Edge {
    type State = i32;

    fn name(&self) -> &str {
        "edge"
    }

    fn actions(&self) -> usize {
        2
    }

    fn observation_size(&self) -> usize {
        1
    }

    fn time_limit(&self) -> u32 {
        10
    }

    fn truncates(&self, state: &i32) -> bool {
        *state == -2 || *state == 3
    }

    fn reset(&self, _key: Key) -> i32 {
        0
    }

    fn observe(&self, state: &i32, _agent: usize, out: &mut [f32]) {
        out[0] = *state as f32;
    }

    fn step(&self, state: &mut i32, actions: &[usize], _key: Key, rewards: &mut [f64]) -> bool {
        *state += if actions[0] == 1 { 1 } else { -1 };
        rewards[0] = 1.0;
        *state == 3
    }
}

#[test]
fn environment_truncates_before_the_time_limit() {
    let mut episodes = Episodes::new(&Edge, Key::new(1), 2);
    let first = episodes.step(&[0, 1]).unwrap();
    assert_eq!((first.truncated, first.finished.len()), (vec![false, false], 0));
    let second = episodes.step(&[0, 1]).unwrap();
    assert_eq!((second.terminated, second.truncated), (vec![false, false], vec![true, false]));
    assert_eq!(second.next_observations, [-2.0, 2.0]);
    assert!(second.finished[0].truncated && second.finished[0].length == 2);
    assert_eq!(episodes.observations(), [0.0, 2.0]);
    // A state that terminates the episode does not truncate it.
    let third = episodes.step(&[0, 1]).unwrap();
    assert_eq!((third.terminated, third.truncated), (vec![false, true], vec![false, false]));
    assert!(!third.finished[0].truncated);
}

#[test]
fn bad_actions_change_nothing() {
    let maze = Maze::parse("S.G").unwrap();
    let mut episodes = Episodes::new(&maze, Key::new(1), 2);
    let before = episodes.save();
    let message = |episodes: &mut Episodes<'_, Maze>, actions: &[usize]| {
        episodes.step(actions).unwrap_err().to_string()
    };
    assert_eq!(message(&mut episodes, &[3]), "actions: expected 2 elements, found 1");
    let expected = "action of agent 0 in environment 1: expected one of [3], found";
    assert_eq!(message(&mut episodes, &[3, 2]), format!("{expected} 2"));
    assert_eq!(message(&mut episodes, &[3, 4]), format!("{expected} 4"));
    assert_eq!(episodes.save(), before);
}

#[test]
fn foreign_batches_are_refused() {
    let maze = Maze::parse("S.G").unwrap();
    let saved = Episodes::new(&maze, Key::new(1), 1).save();
    let text = serde_json::to_string(&saved).unwrap();
    let message = |text: String| {
        let saved: Saved<usize> = serde_json::from_str(&text).unwrap();
        Episodes::resume(&maze, saved).unwrap_err().to_string()
    };
    for (from, to, expected) in [
        ("\"maze\"", "\"cartpole\"", "expected those of maze, found cartpole"),
        (
            "\"state\":0",
            "\"state\":3",
            "expected a state below 3 that is no goal and no trap, found 3",
        ),
        (
            "\"state\":0",
            "\"state\":2",
            "expected a state below 3 that is no goal and no trap, found 2",
        ),
        ("\"step\":0", "\"step\":12", "expected fewer than 12 steps, found 12"),
        ("\"returns\":[0]", "\"returns\":[]", "expected 1 returns, found 0"),
    ] {
        assert!(text.contains(from), "{text}");
        assert_eq!(message(text.replace(from, to)), format!("saved episodes: {expected}"));
    }
}

#[test]
fn no_environments_have_empty_outputs() {
    let mut episodes = Episodes::new(&Cartpole, Key::new(1), 0);
    assert!(episodes.is_empty() && episodes.observations().is_empty());
    let transitions = episodes.step(&[]).unwrap();
    assert!(transitions.rewards.is_empty() && transitions.finished.is_empty());
}
