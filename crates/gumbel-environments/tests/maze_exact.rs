//! The exact values of a maze, against hand-made formulas, enumeration and finite differences.

use gumbel::{Key, noise};
use gumbel_environments::maze::{Maze, Model, Move, Rules};

fn mazes() -> Vec<Maze> {
    let generated = (0..10).map(|seed| Maze::generate(9, 9, Key::new(seed)).unwrap());
    let text = ["S~G\n.#T\n...\n", "S~~G\nT~.T\n", "SG\n"].map(|text| Maze::parse(text).unwrap());
    generated.chain(text).collect()
}

fn normal(key: u64, n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n];
    noise::normal_into(Key::new(key), 0, &mut out);
    out
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

#[test]
fn transitions_are_distributions_over_allowed_moves() {
    for maze in mazes() {
        let (map, model) = (maze.map(), maze.model());
        let (table, rewards) = (model.transition_table(), model.reward_table());
        for state in 0..model.states() {
            assert_eq!(model.is_terminal(state), map.cell_of(state).is_terminal());
            for (action, direction) in Move::ALL.into_iter().enumerate() {
                let pair = state * Model::ACTIONS + action;
                let row = &table[pair * model.states()..][..model.states()];
                let outcomes = model.outcomes(state, action);
                let sum: f64 = outcomes.iter().map(|o| o.probability).sum();
                let allowed =
                    !model.is_terminal(state) && map.neighbour(state, direction).is_some();
                assert_eq!(model.allowed(state)[action], allowed);
                assert!(close(sum, f64::from(u8::from(allowed)), 1e-15));
                assert!(close(row.iter().sum(), sum, 1e-15));
                let mean: f64 = outcomes.iter().map(|o| o.probability * o.reward).sum();
                assert!(close(rewards[pair], mean, 1e-15));
                assert!(outcomes.iter().all(|o| row[o.next] == o.probability));
            }
        }
    }
}

#[test]
fn slip_goes_to_both_sides_and_stays_at_walls() {
    let maze = Maze::parse("G.T\nS~.\n.#.\n").unwrap();
    let (map, model) = (maze.map(), maze.model());
    let at = |row, column| map.state_at(row, column).unwrap();
    let of = |direction: Move| {
        let outcomes = model.outcomes(at(1, 1), direction as usize).iter();
        outcomes.map(|o| (o.next, o.probability, o.reward)).collect::<Vec<_>>()
    };
    // Below the slippery cell is a wall.
    let expected = [(at(1, 2), 0.8, -0.01), (at(0, 1), 0.1, -0.01), (at(1, 1), 0.1, -0.01)];
    assert_eq!(of(Move::Right), expected);
    let expected = [(at(0, 1), 0.8, -0.01), (at(1, 0), 0.1, -0.01), (at(1, 2), 0.1, -0.01)];
    assert_eq!(of(Move::Forward), expected);
    assert_eq!(of(Move::Back), []);
    assert_eq!(model.outcomes(at(0, 1), Move::Left as usize)[0].reward, 1.0);
    assert_eq!(model.outcomes(at(0, 1), Move::Right as usize)[0].reward, -1.0);
}

/// A corridor with one slippery cell before the goal, whose value is a geometric series.
#[test]
fn corridor_has_its_closed_form() {
    for (slip, discount) in [(0.1, 0.99), (0.25, 0.5), (0.0, 0.9), (0.5, 0.9)] {
        let rules = Rules { slip, discount, ..Rules::default() };
        let maze = Maze::parse("S~G").unwrap().with_rules(rules).unwrap();
        let stay = 2.0 * slip;
        // V(1) = (1 - stay) goal + stay (-cost + discount V(1)), or back to the start if that were better.
        let middle = ((1.0 - stay) - stay * 0.01) / (1.0 - discount * stay);
        let optimum = maze.model().optimum();
        if slip < 0.5 {
            assert!(close(optimum.values[1], middle, 1e-12), "{slip} {discount}");
            assert!(close(optimum.expected_return, -0.01 + discount * middle, 1e-12));
        } else {
            // No move leaves the slippery cell: a cost for ever.
            assert!(close(optimum.expected_return, -0.01 / (1.0 - discount), 1e-12));
        }
    }
}

#[test]
fn optimum_is_the_value_of_its_policy_and_of_no_better_action() {
    for maze in mazes() {
        let model = maze.model();
        let optimum = model.optimum();
        let exact = model.evaluate(&optimum.policy()).unwrap();
        assert_eq!(optimum.expected_return, optimum.values[model.start()]);
        for state in 0..model.states() {
            assert!(close(exact.values[state], optimum.values[state], 2e-12));
            let row = &optimum.action_values[state * Model::ACTIONS..][..Model::ACTIONS];
            let best = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if !model.is_terminal(state) {
                assert!(close(best, optimum.values[state], 1e-12));
                assert_eq!(row[optimum.actions[state]], best);
            }
        }
        for seed in 0..5 {
            let logits = normal(seed, model.states() * Model::ACTIONS);
            let other = model.evaluate(&model.softmax_policy(&logits).unwrap()).unwrap();
            let pairs = other.values.iter().zip(&optimum.values);
            assert!(pairs.into_iter().all(|(other, best)| *other <= best + 1e-12));
        }
    }
}

/// Every deterministic policy of small mazes, by enumeration: the largest return is the optimum.
#[test]
fn optimum_is_the_best_of_all_deterministic_policies() {
    for text in ["S~G\n~.T\n", "S~~G\n", "T~S\n.#~\n~.G\n"] {
        let maze = Maze::parse(text).unwrap();
        let model = maze.model();
        let decisions: Vec<usize> =
            (0..model.states()).filter(|&s| !model.is_terminal(s)).collect();
        let mut best = f64::NEG_INFINITY;
        let mut policies = 0;
        'codes: for code in 0..Model::ACTIONS.pow(decisions.len() as u32) {
            let mut policy = vec![0.0; model.states() * Model::ACTIONS];
            for (i, &state) in decisions.iter().enumerate() {
                let action = code / Model::ACTIONS.pow(i as u32) % Model::ACTIONS;
                if !model.allowed(state)[action] {
                    continue 'codes;
                }
                policy[state * Model::ACTIONS + action] = 1.0;
            }
            policies += 1;
            best = best.max(model.evaluate(&policy).unwrap().expected_return);
        }
        assert!(policies >= 4);
        assert!(close(best, model.optimum().expected_return, 1e-12), "{text}");
    }
}

/// d = e + discount P^T d by summing powers, J = sum d r, and the equations of the values.
#[test]
fn evaluation_satisfies_its_equations() {
    for (seed, maze) in mazes().into_iter().enumerate() {
        let model = maze.model();
        let (n, discount) = (model.states(), model.discount());
        let logits = normal(seed as u64, n * Model::ACTIONS);
        let policy = model.softmax_policy(&logits).unwrap();
        let exact = model.evaluate(&policy).unwrap();
        let (table, rewards) = (model.transition_table(), model.reward_table());

        let mut at = vec![0.0; n];
        at[model.start()] = 1.0;
        let mut visits = vec![0.0; n];
        let mut sum = 0.0;
        for _ in 0..4000 {
            let mut next = vec![0.0; n];
            for (pair, p) in policy.iter().enumerate() {
                let weight = at[pair / Model::ACTIONS] * p;
                sum += weight * rewards[pair];
                for (next, transition) in next.iter_mut().zip(&table[pair * n..]) {
                    *next += discount * weight * transition;
                }
            }
            visits.iter_mut().zip(&at).for_each(|(v, a)| *v += a);
            at = next;
        }
        assert!(close(sum, exact.expected_return, 1e-10), "{sum} {}", exact.expected_return);
        assert!(visits.iter().zip(&exact.visits).all(|(a, b)| close(*a, *b, 1e-9)));
        for state in (0..n).filter(|&s| !model.is_terminal(s)) {
            let row = state * Model::ACTIONS..(state + 1) * Model::ACTIONS;
            let terms = policy[row.clone()].iter().zip(&exact.action_values[row]);
            let mean: f64 = terms.filter(|(p, _)| **p > 0.0).map(|(p, q)| p * q).sum();
            assert!(close(mean, exact.values[state], 1e-12));
        }
    }
}

#[test]
fn gradient_equals_central_differences() {
    let h = 1e-5;
    for (seed, maze) in mazes().into_iter().skip(8).enumerate() {
        let model = maze.model();
        let logits = normal(seed as u64, model.states() * Model::ACTIONS);
        let exact = model.policy_gradient(&logits).unwrap();
        let value = |logits: &[f64]| {
            let policy = model.softmax_policy(logits).unwrap();
            model.evaluate(&policy).unwrap().expected_return
        };
        assert!(close(exact.expected_return, value(&logits), 1e-14));
        let mut largest = 0.0_f64;
        for i in 0..logits.len() {
            let mut moved = logits.clone();
            moved[i] = logits[i] + h;
            let above = value(&moved);
            moved[i] = logits[i] - h;
            let difference = (above - value(&moved)) / (2.0 * h);
            // Truncation of order h^2 and rounding of order 1e-15 / h.
            assert!(close(exact.gradient[i], difference, 2e-9), "{seed} {i}");
            let state = i / Model::ACTIONS;
            if !model.allowed(state)[i % Model::ACTIONS] {
                assert_eq!(exact.gradient[i], 0.0);
            }
            largest = largest.max(difference.abs());
        }
        // Where there is a choice, the test compares more than zeros.
        let choices = |state| model.allowed(state).iter().filter(|a| **a).count() > 1;
        assert!(largest > 1e-5 || !(0..model.states()).any(choices), "{largest}");
    }
}

#[test]
fn bad_policies_are_refused_with_their_cell() {
    let maze = Maze::parse("S.G").unwrap();
    let model = maze.model();
    let message = |policy: &[f64]| model.evaluate(policy).unwrap_err().to_string();
    assert_eq!(message(&[1.0]), "policy: expected 12 elements, found 1");
    let with = |row: [f64; 4]| [[0.0, 0.0, 0.0, 1.0], row, [9.0; 4]].concat();
    let place = "policy in row 1, column 2: expected";
    for (row, expected) in [
        ([0.0, 0.0, 1.5, -0.5], "probabilities of at least 0, found -0.5"),
        ([0.0, 0.0, f64::NAN, 0.5], "probabilities of at least 0, found NaN"),
        ([0.1, 0.0, 0.4, 0.5], "probability 0 of a move that is not allowed, found 0.1"),
        ([0.0, 0.0, 0.25, 0.5], "probabilities with sum 1, found 0.75"),
        ([0.0, 0.0, 0.5, f64::INFINITY], "probabilities with sum 1, found inf"),
    ] {
        assert_eq!(message(&with(row)), format!("{place} {expected}"));
    }
    assert!(model.evaluate(&with([0.0, 0.0, 0.5 + 1e-7, 0.5])).is_ok(), "rounded to f32");

    let message = |logits: &[f64]| model.softmax_policy(logits).unwrap_err().to_string();
    assert_eq!(message(&[0.0; 8]), "logits: expected 12 elements, found 8");
    let infinity = f64::INFINITY;
    assert_eq!(
        message(&with([0.0, 0.0, infinity, 0.0])),
        format!("{place} logits below infinity, found inf")
    );
    let expected = format!("{place} a finite logit of an allowed move, found -inf");
    assert_eq!(message(&with([0.0, 0.0, -infinity, -infinity])), expected);
}
