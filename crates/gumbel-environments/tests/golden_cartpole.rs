//! The cartpole against trajectories of Gymnasium's CartPole-v1: `golden/make.py`.

use gumbel::Key;
use gumbel_environments::{Cartpole, CartpoleState, Environment, Episodes};

const GOLDEN: &str = include_str!("golden/cartpole.txt");

fn numbers(text: &str) -> Vec<f64> {
    text.split(' ').map(|x| x.parse().unwrap()).collect()
}

/// All states, without a correction on the way, within 1e-12 of the size of each number or of 1e-3.
#[test]
fn trajectories_equal_those_of_gymnasium() {
    let mut state = CartpoleState::from_array([f64::NAN; 4]);
    let (mut starts, mut steps, mut ends) = (0, 0, 0);
    for line in GOLDEN.lines() {
        let (kind, fields) = line.split_once(' ').unwrap();
        let fields = numbers(fields);
        match kind {
            "limit" => assert_eq!(f64::from(Cartpole.time_limit()), fields[0]),
            "start" => {
                state = CartpoleState::from_array(fields.try_into().unwrap());
                starts += 1;
            }
            "step" => {
                let mut reward = [f64::NAN];
                let over =
                    Cartpole.step(&mut state, &[fields[0] as usize], Key::new(1), &mut reward);
                for (ours, theirs) in state.to_array().into_iter().zip(&fields[1..5]) {
                    let tolerance = 1e-12 * theirs.abs().max(1e-3);
                    assert!((ours - theirs).abs() <= tolerance, "{ours} {line}");
                }
                let end = u8::from(over);
                assert_eq!((reward[0], f64::from(end)), (fields[5], fields[6]), "{line}");
                steps += 1;
                ends += u32::from(end);
            }
            _ => panic!("{line}"),
        }
    }
    assert_eq!((starts, steps, ends), (10, 218, 9));
}

#[test]
fn balanced_pole_is_truncated_after_500_steps() {
    let mut episodes = Episodes::new(&Cartpole, Key::new(3), 8);
    let mut finished = Vec::new();
    for _ in 0..500 {
        let lean = |o: &[f32]| usize::from(0.1 * o[0] + 0.2 * o[1] + o[2] + 0.4 * o[3] > 0.0);
        let actions: Vec<usize> = episodes.observations().chunks(4).map(lean).collect();
        finished.extend(episodes.step(&actions).unwrap().finished);
    }
    assert_eq!(finished.len(), 8);
    assert!(finished.iter().all(|f| f.truncated && f.length == 500 && f.returns == [500.0]));
}

/// Starts are uniform on (-0.05, 0.05): mean and variance of 4,000 states within 5 standard errors, each a false alarm
/// in 1.7 million.
#[test]
fn starts_are_uniform() {
    let n = 4000_u32;
    let starts: Vec<[f64; 4]> =
        (0..n).map(|i| Cartpole.reset(Key::new(4).fold_in(u64::from(i))).to_array()).collect();
    for number in 0..4 {
        let values: Vec<f64> = starts.iter().map(|s| s[number] / 0.05).collect();
        assert!(values.iter().all(|x| x.abs() < 1.0));
        let n = f64::from(n);
        let mean = values.iter().sum::<f64>() / n;
        let square = values.iter().map(|x| x * x).sum::<f64>() / n;
        // Var x = 1/3, Var x^2 = 1/5 - 1/9.
        assert!(mean.abs() < 5.0 * (1.0 / 3.0 / n).sqrt(), "{mean}");
        assert!((square - 1.0 / 3.0).abs() < 5.0 * (4.0 / 45.0 / n).sqrt(), "{square}");
    }
}
