//! Three agents that share three landmarks, with the dynamics of MPE's simple spread.

use gumbel::{Key, noise};
use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::error::{EnvironmentError, Result};

const AGENTS: usize = 3;
const NUMBERS: usize = 6 * AGENTS;
const STEP: f64 = 0.1; // s
const KEPT_SPEED: f64 = 1.0 - 0.25; // the damping is 0.25 a step
const ACCELERATION: f64 = 5.0;
const CONTACT: f64 = 0.3; // twice the radius of an agent
const CONTACT_FORCE: f64 = 100.0;
const CONTACT_MARGIN: f64 = 1e-3;
const COLLISION_REWARD: f64 = -1.0;
/// The weight of an agent's own reward; the rest is the weight of the common one.
const LOCAL_RATIO: f64 = 0.5;

/// Cooperative navigation: three agents cover three landmarks, and do not collide.
///
/// An agent has five actions: 0 nothing, 1 left (-x), 2 right (+x), 3 down (-y), 4 up (+y), each an acceleration u of
/// 5. Agents are discs of radius 0.15 and mass 1, and push each other apart with the force
///
/// ```text
/// f = 100 m ln(1 + exp((0.3 - d) / m)),   m = 0.001, d the distance of the centres
/// p <- p + 0.1 v,   v <- 0.75 v + 0.1 (u + forces)         in this order, forces at the old p
/// ```
///
/// Positions start uniform on (-1, 1)^2, speeds at 0. Landmarks do not move, and nothing collides with them. After the
/// step agent i has the reward
///
/// ```text
/// r_i = -1/2 sum over landmarks of the distance to the nearest agent - 1/2 (the number of agents nearer than 0.3)
/// ```
///
/// An agent observes 18 numbers, as `f32`: its speed (x, y), its position, the three landmarks and the two other agents
/// relative to itself, and four zeros, where agents of other scenarios of the family tell each other something.
/// An episode is truncated after 25 steps and never terminates. The dynamics have no chance. Two agents at exactly
/// the same place do not push each other.
///
/// The dynamics equal those of `simple_spread_v3` of mpe2 and `PettingZoo` with discrete actions and default settings
/// (Lowe, Wu, Tamar, Harb, Abbeel and Mordatch, "Multi-agent actor-critic for mixed cooperative-competitive
/// environments", arXiv 1706.02275): `tests/golden/make.py` writes trajectories, and a test compares them.
/// Exponentials and logarithms are those of the platform, so another platform may give other last bits.
///
/// ```
/// use gumbel::Key;
/// use gumbel_environments::{Environment, Particles};
///
/// let mut state = Particles.reset(Key::new(7));
/// let before = state.positions[0][0];
/// let mut rewards = [0.0; 3];
/// for _ in 0..10 {
///     let over = Particles.step(&mut state, &[2, 0, 0], Key::new(8), &mut rewards);
///     assert!(!over && rewards.iter().all(|&r| r < 0.0));
/// }
/// assert!(state.positions[0][0] > before); // to the right
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Particles;

/// The state of [`Particles`]. Serialised as the bits of its numbers, so that every format keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[u64; NUMBERS]", into = "[u64; NUMBERS]")]
pub struct ParticlesState {
    /// The positions (x, y) of the agents.
    pub positions: [[f64; 2]; AGENTS],
    /// The speeds of the agents.
    pub speeds: [[f64; 2]; AGENTS],
    /// The positions of the landmarks.
    pub landmarks: [[f64; 2]; AGENTS],
}

impl ParticlesState {
    /// Returns positions, speeds and landmarks as numbers in this order.
    pub fn to_array(self) -> [f64; NUMBERS] {
        let points = [self.positions, self.speeds, self.landmarks];
        let numbers = points.as_flattened().as_flattened();
        std::array::from_fn(|i| numbers[i])
    }

    /// Makes a state of positions, speeds and landmarks as numbers in this order.
    pub fn from_array(numbers: [f64; NUMBERS]) -> Self {
        let points = |group: usize| -> [[f64; 2]; AGENTS] {
            std::array::from_fn(|i| {
                std::array::from_fn(|axis| numbers[2 * (group * AGENTS + i) + axis])
            })
        };
        Self { positions: points(0), speeds: points(1), landmarks: points(2) }
    }
}

impl From<[u64; NUMBERS]> for ParticlesState {
    fn from(bits: [u64; NUMBERS]) -> Self {
        Self::from_array(bits.map(f64::from_bits))
    }
}

impl From<ParticlesState> for [u64; NUMBERS] {
    fn from(state: ParticlesState) -> Self {
        state.to_array().map(f64::to_bits)
    }
}

impl Environment for Particles {
    type State = ParticlesState;

    fn name(&self) -> &str {
        "particles"
    }

    fn agents(&self) -> usize {
        AGENTS
    }

    fn actions(&self) -> usize {
        5
    }

    fn observation_size(&self) -> usize {
        18
    }

    fn time_limit(&self) -> u32 {
        25
    }

    fn reset(&self, key: Key) -> ParticlesState {
        let mut u = [0.0; 4 * AGENTS];
        noise::uniform_into(key, 0, &mut u);
        let point = |i: usize| [2.0 * u[2 * i] - 1.0, 2.0 * u[2 * i + 1] - 1.0];
        ParticlesState {
            positions: std::array::from_fn(point),
            speeds: [[0.0; 2]; AGENTS],
            landmarks: std::array::from_fn(|i| point(AGENTS + i)),
        }
    }

    fn check(&self, state: &ParticlesState) -> Result<()> {
        match state.to_array().into_iter().find(|x| !x.is_finite()) {
            None => Ok(()),
            Some(found) => {
                let expected = "finite numbers".to_owned();
                Err(EnvironmentError::Saved { expected, found: found.to_string() })
            }
        }
    }

    fn observe(&self, state: &ParticlesState, agent: usize, out: &mut [f32]) {
        let own = state.positions[agent];
        let others = (0..AGENTS).filter(|&i| i != agent).map(|i| state.positions[i]);
        let relative = state.landmarks.into_iter().chain(others).map(|p| difference(p, own));
        let points = [state.speeds[agent], own].into_iter().chain(relative);
        let numbers = points.flatten().chain([0.0; 4]);
        out.iter_mut().zip(numbers).for_each(|(out, x)| *out = x as f32);
    }

    fn step(
        &self,
        state: &mut ParticlesState,
        actions: &[usize],
        _key: Key,
        rewards: &mut [f64],
    ) -> bool {
        let forces = forces(&state.positions, actions);
        for (agent, force) in forces.into_iter().enumerate() {
            for (axis, force) in force.into_iter().enumerate() {
                let speed = &mut state.speeds[agent][axis];
                state.positions[agent][axis] += *speed * STEP;
                *speed = *speed * KEPT_SPEED + force * STEP;
            }
        }
        let common = common_reward(state);
        for (agent, reward) in rewards.iter_mut().enumerate() {
            let own = COLLISION_REWARD * collisions(state, agent) as f64;
            *reward = common * (1.0 - LOCAL_RATIO) + own * LOCAL_RATIO;
        }
        false
    }
}

/// The force on each agent: its action, then the contacts with the others.
fn forces(positions: &[[f64; 2]; AGENTS], actions: &[usize]) -> [[f64; 2]; AGENTS] {
    let mut forces: [[f64; 2]; AGENTS] = std::array::from_fn(|agent| match actions[agent] {
        1 => [-ACCELERATION, 0.0],
        2 => [ACCELERATION, 0.0],
        3 => [0.0, -ACCELERATION],
        4 => [0.0, ACCELERATION],
        _ => [0.0, 0.0],
    });
    for a in 0..AGENTS {
        for b in a + 1..AGENTS {
            let apart = difference(positions[a], positions[b]);
            let distance = norm(apart);
            if distance == 0.0 {
                continue; // no direction
            }
            let depth = softplus((CONTACT - distance) / CONTACT_MARGIN) * CONTACT_MARGIN;
            for axis in 0..2 {
                let force = CONTACT_FORCE * apart[axis] / distance * depth;
                forces[a][axis] += force;
                forces[b][axis] -= force;
            }
        }
    }
    forces
}

/// -sum over landmarks of the distance to the nearest agent.
fn common_reward(state: &ParticlesState) -> f64 {
    let nearest = |landmark: &[f64; 2]| {
        let distances = state.positions.iter().map(|&p| norm(difference(p, *landmark)));
        distances.fold(f64::INFINITY, f64::min)
    };
    -state.landmarks.iter().map(nearest).sum::<f64>()
}

/// The number of agents that touch this one.
fn collisions(state: &ParticlesState, agent: usize) -> usize {
    let touches =
        |other: usize| norm(difference(state.positions[other], state.positions[agent])) < CONTACT;
    (0..AGENTS).filter(|&other| other != agent && touches(other)).count()
}

/// ln(1 + exp(x)), without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn difference(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

fn norm([x, y]: [f64; 2]) -> f64 {
    (x * x + y * y).sqrt()
}
