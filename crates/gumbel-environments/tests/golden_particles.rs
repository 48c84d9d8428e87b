//! The particles against trajectories of `simple_spread_v3` of mpe2: `golden/make.py`.

use gumbel::Key;
use gumbel_environments::{Environment, Episodes, Particles, ParticlesState};

const GOLDEN: &str = include_str!("golden/particles.txt");

fn close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0)
}

#[test]
fn trajectories_equal_those_of_mpe2() {
    let mut state = Particles.reset(Key::new(1));
    let (mut starts, mut steps, mut observations, mut collisions, mut pushes) = (0, 0, 0, 0, 0);
    for line in GOLDEN.lines() {
        let (kind, fields) = line.split_once(' ').unwrap();
        let fields: Vec<f64> = fields.split(' ').map(|x| x.parse().unwrap()).collect();
        match kind {
            "limit" => assert_eq!(f64::from(Particles.time_limit()), fields[0]),
            "start" => {
                let numbers = [&fields[..6], &[0.0; 6], &fields[6..]].concat();
                state = ParticlesState::from_array(numbers.try_into().unwrap());
                starts += 1;
            }
            "step" => {
                let actions: Vec<usize> = fields[..3].iter().map(|&x| x as usize).collect();
                let mut rewards = [f64::NAN; 3];
                assert!(!Particles.step(&mut state, &actions, Key::new(1), &mut rewards));
                let moved = state.to_array();
                let ours = moved[..12].iter().chain(&rewards);
                assert_eq!(fields.len(), 3 + 12 + 3);
                for (&ours, &theirs) in ours.zip(&fields[3..]) {
                    assert!(close(ours, theirs), "{ours} {theirs}: {line}");
                }
                steps += 1;
                collisions += u32::from(rewards[0] != rewards[1] || rewards[0] != rewards[2]);
                pushes += u32::from(state.speeds.as_flattened().iter().any(|v| v.abs() > 2.5));
            }
            "observation" => {
                assert_eq!(fields.len(), 3 * 18);
                for (agent, theirs) in fields.chunks(18).enumerate() {
                    let mut ours = [f32::NAN; 18];
                    Particles.observe(&state, agent, &mut ours);
                    for (ours, &theirs) in ours.into_iter().zip(theirs) {
                        // Half a unit in the last place of f32, and the difference of the states.
                        let tolerance = 6e-8 * theirs.abs() + 1e-11;
                        assert!((f64::from(ours) - theirs).abs() <= tolerance, "{ours} {theirs}");
                    }
                }
                observations += 1;
            }
            _ => panic!("{line}"),
        }
    }
    assert_eq!((starts, steps, observations), (4, 100, 8));
    assert!(collisions > 5 && pushes > 5, "{collisions} {pushes}");
}

#[test]
fn episodes_have_25_steps_and_no_end() {
    let mut episodes = Episodes::new(&Particles, Key::new(2), 3);
    for step in 1..=50 {
        let transitions = episodes.step(&[0, 1, 2, 3, 4, 0, 1, 2, 3]).unwrap();
        assert_eq!(transitions.truncated, [step % 25 == 0; 3]);
        assert_eq!(transitions.terminated, [false; 3]);
        assert_eq!(transitions.rewards.len(), 9);
        assert!(transitions.finished.iter().all(|f| f.returns.len() == 3 && f.length == 25));
    }
    let starts: Vec<_> = (0..3).map(|i| *episodes.state(i)).collect();
    assert!(starts[0] != starts[1] && starts[1] != starts[2]);
    assert!(starts.iter().all(|s| s.speeds == [[0.0; 2]; 3]));
    assert!(starts.iter().flat_map(|s| s.to_array()).all(|x| x.abs() < 1.0));
}

#[test]
fn agents_at_one_place_stay_finite() {
    let mut state = ParticlesState::from_array([0.25; 18]);
    let mut rewards = [0.0; 3];
    for _ in 0..25 {
        Particles.step(&mut state, &[0, 0, 0], Key::new(1), &mut rewards);
        assert!(state.to_array().iter().chain(&rewards).all(|x| x.is_finite()));
    }
}
