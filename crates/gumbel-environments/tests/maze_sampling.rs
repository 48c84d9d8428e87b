//! Sampled episodes of a maze against its model. Seeds are fixed; each test refuses a correct sampler with
//! probability [`FALSE_ALARM`] at most.

mod shared;

use gumbel::Key;
use gumbel_environments::maze::{Maze, Model, Move, Rules};
use gumbel_environments::{Environment, Episodes};

const FALSE_ALARM: f64 = 1e-6;

/// The deviation of the mean of n values from a range that it exceeds with probability a at most:
/// range sqrt(ln(2 / a) / 2 n) (Hoeffding 1963).
fn deviation(n: usize, range: f64, false_alarm: f64) -> f64 {
    range * ((2.0 / false_alarm).ln() / (2.0 * n as f64)).sqrt()
}

/// The largest difference between frequencies of next states in `steps` and the probabilities of `model`.
fn largest_difference(maze: &Maze, model: &Model, draws: usize) -> f64 {
    let mut largest = 0.0_f64;
    for state in (0..model.states()).filter(|&s| !model.is_terminal(s)) {
        for action in (0..Model::ACTIONS).filter(|&a| model.allowed(state)[a]) {
            let key = Key::new(5).fold_in((state * Model::ACTIONS + action) as u64);
            let mut counts = vec![0; model.states()];
            for draw in 0..draws {
                let (mut next, mut reward) = (state, [f64::NAN]);
                let over = maze.step(&mut next, &[action], key.fold_in(draw as u64), &mut reward);
                counts[next] += 1;
                assert_eq!(over, model.is_terminal(next));
                let outcomes = maze.model().outcomes(state, action);
                let outcome = outcomes.iter().find(|o| o.next == next).expect("a known outcome");
                assert_eq!(reward[0], outcome.reward);
            }
            let mut expected = vec![0.0; model.states()];
            model.outcomes(state, action).iter().for_each(|o| expected[o.next] = o.probability);
            for (count, p) in counts.into_iter().zip(expected) {
                largest = largest.max((f64::from(count) / draws as f64 - p).abs());
            }
        }
    }
    largest
}

#[test]
fn steps_follow_the_model() {
    let maze = Maze::parse("S~.\n~~T\n.~G\n").unwrap();
    let draws = 100_000;
    let tests = (maze.model().states() * Model::ACTIONS * 4) as f64;
    let limit = deviation(draws, 1.0, FALSE_ALARM / tests);
    let largest = largest_difference(&maze, maze.model(), draws);
    assert!(largest < limit, "{largest} {limit}");
    // A model that slips a little more often is refused.
    let other = maze.clone().with_rules(Rules { slip: 0.11, ..Rules::default() }).unwrap();
    assert!(largest_difference(&maze, other.model(), draws) > limit);
}

/// The mean discounted return of the first episodes against the exact one. An episode cut off after T steps loses
/// at most discount^T, because values are between -1 and 1; the tolerance adds this.
#[test]
fn sampled_return_is_the_exact_return() {
    let rules = Rules { discount: 0.9, ..Rules::default() };
    let maze = Maze::parse("S~.~\n.#~T\n~.~G\n").unwrap().with_rules(rules).unwrap();
    let exact = maze.model().evaluate(&maze.model().uniform_policy()).unwrap().expected_return;
    let wanted = 100_000;
    let mut episodes = Episodes::new(&maze, Key::new(3), 64);
    let mut sums = vec![0.0; episodes.len()];
    let mut returns = Vec::new();
    while returns.len() < wanted {
        let steps: Vec<i32> = (0..sums.len()).map(|i| episodes.position(i).1 as i32).collect();
        let transitions = episodes.step(&shared::random_actions(&episodes)).unwrap();
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum += 0.9_f64.powi(steps[i]) * transitions.rewards[i];
        }
        for finished in &transitions.finished {
            let sum = std::mem::take(&mut sums[finished.environment]);
            if finished.episode < wanted as u64 {
                returns.push(sum); // not the first to end, which are short
            }
        }
    }
    let mean = returns.iter().sum::<f64>() / wanted as f64;
    let cut_off = 0.9_f64.powi(maze.time_limit() as i32);
    // A return is between -1.1 and 1.
    let limit = deviation(wanted, 2.1, FALSE_ALARM) + cut_off;
    assert!((mean - exact).abs() < limit, "{mean} {exact} {limit}");
    // The test distinguishes a better policy.
    assert!(maze.model().optimum().expected_return - exact > 10.0 * limit, "{limit}");
}

#[test]
fn move_into_a_wall_is_never_taken() {
    let maze = Maze::generate(9, 9, Key::new(1)).unwrap();
    let mut episodes = Episodes::new(&maze, Key::new(2), 16);
    for _ in 0..2000 {
        let actions = shared::random_actions(&episodes);
        for (i, &action) in actions.iter().enumerate() {
            let next = maze.map().neighbour(*episodes.state(i), Move::ALL[action]);
            assert!(next.is_some());
        }
        episodes.step(&actions).unwrap();
    }
}
