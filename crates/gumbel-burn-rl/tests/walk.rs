//! A walk on a line written for `burn_rl`: ends, copies, resumes, environments that are dropped, bad input.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn_rl::StepResult;
use gumbel::Key;
use gumbel_burn_rl::{BurnRl, BurnRlState};
use gumbel_environments::{Environment, Episodes, Saved};

const LIMIT: usize = 12;

/// A walk that terminates at 4, where it sets `truncated` too, and is truncated at -4.
struct Walk {
    start: i32,
    position: i32,
    /// One more reference for each environment that lives.
    _alive: Arc<()>,
}

impl burn_rl::Environment for Walk {
    type State = i32;
    type Action = i32;

    const MAX_STEPS: usize = LIMIT;

    fn state(&self) -> i32 {
        self.position
    }

    fn reset(&mut self) {
        self.position = self.start;
    }

    fn step(&mut self, action: i32) -> StepResult<i32> {
        assert!(self.position.abs() < 4, "a step after the end");
        self.position += action;
        StepResult {
            next_state: self.position,
            reward: f64::from(self.position),
            done: self.position == 4,
            truncated: self.position.abs() == 4,
        }
    }
}

fn observe(position: &i32) -> Vec<f32> {
    vec![*position as f32, 1.0]
}

/// Walks from -1, 0 or 1: the start is a function of the key.
fn walks(alive: &Arc<()>) -> BurnRl<Walk> {
    let alive = Arc::clone(alive);
    let make = move |key: Key| {
        let start = (key.word(0) % 3) as i32 - 1;
        Walk { start, position: i32::MAX, _alive: Arc::clone(&alive) }
    };
    BurnRl::new("walk", make, [-1, 1], observe).unwrap()
}

/// Walks that start one further to the right each time one is made, whatever the key. The one that `new` makes starts
/// at -3, so the first episode starts at -2.
fn drifting() -> BurnRl<Walk> {
    let made = AtomicUsize::new(0);
    let make = move |_: Key| {
        let start = made.fetch_add(1, Ordering::Relaxed) as i32 - 3;
        Walk { start, position: i32::MAX, _alive: Arc::new(()) }
    };
    BurnRl::new("drift", make, [-1, 1], observe).unwrap()
}

/// Actions of a policy that draws with the keys of the episodes.
fn actions<E: Environment>(episodes: &Episodes<'_, E>) -> Vec<usize> {
    episodes.choice_keys().iter().map(|key| (key.word(0) % 2) as usize).collect()
}

/// The message of a resume that is refused.
fn refusal(walks: &BurnRl<Walk>, text: &str) -> String {
    let saved = serde_json::from_str(text).unwrap();
    Episodes::resume(walks, saved).unwrap_err().to_string()
}

fn panic_of(f: impl FnOnce()) -> String {
    *catch_unwind(AssertUnwindSafe(f)).unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn terminated_and_truncated_are_kept_apart() {
    let walks = walks(&Arc::new(()));
    let mut episodes = Episodes::new(&walks, Key::new(1), 3);
    assert_eq!(episodes.allowed(), [true; 6]);
    let starts: Vec<i32> = episodes.observations().chunks(2).map(|o| o[0] as i32).collect();
    let (right, left) = ((4 - starts[0]) as usize, (4 + starts[1]) as usize);
    for step in 1..=LIMIT {
        // One walks to the right, one to the left, one to and fro.
        let transitions = episodes.step(&[1, 0, step % 2]).unwrap();
        let ended = |i: usize| transitions.finished.iter().find(|f| f.environment == i);
        if step <= right {
            assert_eq!(transitions.terminated[0], step == right);
            assert!(!transitions.truncated[0]);
        }
        if step == right {
            assert_eq!(transitions.next_observations[..2], [4.0, 1.0]);
            assert!(!ended(0).unwrap().truncated);
        }
        if step <= left {
            assert_eq!(transitions.truncated[1], step == left);
            assert!(!transitions.terminated[1]);
        }
        if step == left {
            assert_eq!(transitions.next_observations[2..4], [-4.0, 1.0]);
            assert!(ended(1).unwrap().truncated);
        }
        assert_eq!((transitions.terminated[2], transitions.truncated[2]), (false, step == LIMIT));
    }
}

#[test]
fn time_limit_can_be_set() {
    let walks = walks(&Arc::new(())).with_time_limit(2).unwrap();
    let mut episodes = Episodes::new(&walks, Key::new(1), 1);
    assert_eq!(episodes.step(&[0]).unwrap().truncated, [false]);
    assert_eq!(episodes.step(&[1]).unwrap().truncated, [true]);
}

#[test]
fn saved_batch_is_replayed_to_the_same_bits() {
    let (walks, others) = (walks(&Arc::new(())), walks(&Arc::new(())));
    let mut episodes = Episodes::new(&walks, Key::new(2), 5);
    for step in 0..60 {
        if step % 7 == 0 {
            let text = serde_json::to_string(&episodes.save()).unwrap();
            let saved: Saved<BurnRlState<Walk>> = serde_json::from_str(&text).unwrap();
            assert_eq!(saved, episodes.save());
            let mut resumed = Episodes::resume(&others, saved).unwrap();
            let mut copied = Episodes::resume(&walks, episodes.save()).unwrap();
            for _ in 0..30 {
                let actions = actions(&copied);
                assert_eq!(copied.step(&actions).unwrap(), resumed.step(&actions).unwrap());
                assert_eq!(copied.save(), resumed.save());
            }
        }
        episodes.step(&actions(&episodes)).unwrap();
    }
}

#[test]
fn copies_of_a_state_do_not_disturb_each_other() {
    let walks = walks(&Arc::new(()));
    let mut states = vec![walks.reset(Key::new(3)); 3];
    let start = states[0].clone();
    let mut observed = [0.0; 2];
    walks.observe(&start, 0, &mut observed);
    let mut reward = [0.0];
    for step in 1..=2 {
        for (state, action) in states.iter_mut().zip([1, 0, 1]) {
            assert!(!walks.step(state, &[action], Key::new(9), &mut reward));
            let moved = if action == 1 { step } else { -step };
            assert_eq!(reward[0], f64::from(observed[0]) + f64::from(moved));
        }
    }
    assert_eq!(states[0], states[2]);
    assert_ne!(states[0], states[1]);
    assert_eq!((states[1].actions(), states[1].key()), ([0, 0].as_slice(), Key::new(3)));
    assert!(start.actions().is_empty());
}

#[test]
fn environments_live_no_longer_than_their_episodes() {
    let alive = Arc::new(());
    let walks = walks(&alive);
    let living = || Arc::strong_count(&alive) - 2; // without this one and that of the factory
    assert_eq!(living(), 0);
    let mut episodes = Episodes::new(&walks, Key::new(4), 6);
    for _ in 0..100 {
        let copy = episodes.save();
        episodes.step(&actions(&episodes)).unwrap();
        assert_eq!(living(), 6, "a copy that was left behind has none");
        drop(copy);
    }
    drop(episodes);
    assert_eq!(living(), 0);
    // The state at an end has no live environment.
    let mut state = walks.reset(Key::new(3));
    while !walks.step(&mut state, &[1], Key::new(9), &mut [0.0]) {
        assert_eq!(living(), 1);
    }
    assert_eq!(living(), 0);
}

#[test]
fn replay_that_observes_something_else_is_refused() {
    let walks = drifting();
    let mut episodes = Episodes::new(&walks, Key::new(1), 1);
    episodes.step(&[1]).unwrap();
    let text = serde_json::to_string(&episodes.save()).unwrap();
    let expected = "saved episodes: expected -1.0 as element 0 of the observation after a replay \
                    of 1 actions, found 0.0";
    assert_eq!(refusal(&walks, &text), expected);
}

#[test]
fn copy_that_cannot_be_replayed_is_named() {
    let walks = drifting();
    let mut state = walks.reset(Key::new(1));
    let mut copy = state.clone();
    walks.step(&mut state, &[1], Key::new(9), &mut [0.0]);
    let message = panic_of(|| {
        walks.step(&mut copy, &[1], Key::new(9), &mut [0.0]);
    });
    let expected = "drift: saved episodes: expected -2.0 as element 0 of the observation after a \
                    replay of 0 actions, found -1.0";
    assert_eq!(message, expected);
}

#[test]
fn malformed_saved_batches_are_refused() {
    let walks = walks(&Arc::new(()));
    let saved = Episodes::new(&walks, Key::new(1), 1).save();
    let text = serde_json::to_string(&saved).unwrap();
    let with_actions = |actions: &str| {
        assert!(text.contains("\"actions\":[]"), "{text}");
        refusal(&walks, &text.replace("\"actions\":[]", &format!("\"actions\":{actions}")))
    };
    let expected =
        "saved episodes: expected a replay of 7 actions without an end, found an end after ";
    let message = with_actions("[1,1,1,1,1,1,1]");
    assert!(message.starts_with(expected), "{message}");
    assert_eq!(with_actions("[1,2]"), "saved episodes: expected actions below 2, found 2");
    let long = format!("{:?}", [0; LIMIT]);
    assert_eq!(with_actions(&long), "saved episodes: expected fewer than 12 actions, found 12");
    let short = BurnRl::new(
        "walk",
        |_: Key| Walk { start: 0, position: 0, _alive: Arc::new(()) },
        [-1, 1],
        |position: &i32| vec![*position as f32],
    );
    let expected = "saved episodes: expected an observation of 1 elements, found 2";
    assert_eq!(refusal(&short.unwrap(), &text), expected);
}

#[test]
fn episodes_with_own_chance_are_truncated_where_the_environment_is_lost() {
    let walks = drifting().with_own_chance();
    let mut episodes = Episodes::new(&walks, Key::new(1), 1);
    episodes.step(&[1]).unwrap();
    let text = serde_json::to_string(&episodes.save()).unwrap();
    // Within the process the batch goes on.
    let mut episodes = Episodes::resume(&walks, episodes.save()).unwrap();
    let transitions = episodes.step(&[1]).unwrap();
    assert_eq!((transitions.next_observations[0], transitions.truncated[0]), (0.0, false));
    // A stored one has lost its environment.
    let mut resumed = Episodes::resume(&walks, serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(resumed.observations(), [-1.0, 1.0]);
    let transitions = resumed.step(&[1]).unwrap();
    assert_eq!((transitions.terminated[0], transitions.truncated[0]), (false, true));
    assert_eq!((transitions.rewards[0], transitions.next_observations[0]), (0.0, -1.0));
    assert!(transitions.finished[0].truncated && transitions.finished[0].length == 2);
    // The next episode has its own.
    assert_eq!((resumed.position(0), resumed.observations()[0]), ((1, 0), -1.0));
    let transitions = resumed.step(&[1]).unwrap();
    assert_eq!((transitions.next_observations[0], transitions.truncated[0]), (0.0, false));
}

/// An environment without a step.
#[derive(Debug)]
struct Still;

impl burn_rl::Environment for Still {
    type State = ();
    type Action = ();

    const MAX_STEPS: usize = 0;

    fn state(&self) {}

    fn reset(&mut self) {}

    fn step(&mut self, (): ()) -> StepResult<()> {
        StepResult { next_state: (), reward: 0.0, done: false, truncated: true }
    }
}

#[test]
fn bad_input_is_an_error_with_expected_and_found() {
    let make = |_: Key| Walk { start: 0, position: 0, _alive: Arc::new(()) };
    let no_actions = BurnRl::new("walk", make, [], observe).unwrap_err();
    assert_eq!(no_actions.to_string(), "actions: expected at least 1, found 0");
    let nothing = BurnRl::new("walk", make, [1], |_: &i32| Vec::new()).unwrap_err();
    assert_eq!(nothing.to_string(), "elements of an observation: expected at least 1, found 0");
    let still = BurnRl::new("still", |_| Still, [()], |()| vec![0.0]).unwrap_err();
    assert_eq!(still.to_string(), "MAX_STEPS: expected at least 1, found 0");
    let no_time = walks(&Arc::new(())).with_time_limit(0).unwrap_err();
    assert_eq!(no_time.to_string(), "time limit: expected at least 1, found 0");
}

#[test]
fn observation_of_another_length_is_named() {
    let make = |_: Key| Walk { start: 0, position: 0, _alive: Arc::new(()) };
    let growing = |position: &i32| vec![0.0; 1 + position.unsigned_abs() as usize];
    let walks = BurnRl::new("growing walk", make, [-1, 1], growing).unwrap();
    let mut episodes = Episodes::new(&walks, Key::new(1), 1);
    let message = panic_of(|| drop(episodes.step(&[1])));
    assert_eq!(message, "growing walk: observation: expected 1 elements, found 2");
}
