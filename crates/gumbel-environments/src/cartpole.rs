//! A pole on a cart, with the dynamics of Gymnasium's CartPole-v1.

use gumbel::{Key, noise};
use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::error::{EnvironmentError, Result};

const GRAVITY: f64 = 9.8; // m / s^2
const POLE_MASS: f64 = 0.1; // kg
const TOTAL_MASS: f64 = 1.0 + POLE_MASS; // kg
const HALF_LENGTH: f64 = 0.5; // m, of the pole
const FORCE: f64 = 10.0; // N
const STEP: f64 = 0.02; // s
const LARGEST_POSITION: f64 = 2.4; // m
const LARGEST_ANGLE: f64 = 12.0 * std::f64::consts::PI / 180.0;
const LARGEST_START: f64 = 0.05;

/// A pole on a cart: push the cart to the left or to the right, so that the pole does not fall.
///
/// With position x, angle a from the vertical and force F = -10 N (action 0) or 10 N (action 1), masses m = 0.1 kg of
/// the pole and M = 1.1 kg of both, l = 0.5 m half the length of the pole, and g = 9.8 m/s^2:
///
/// ```text
/// u   = (F + m l a'^2 sin a) / M
/// a'' = (g sin a - u cos a) / (l (4/3 - m cos^2 a / M))
/// x'' = u - m l a'' cos a / M
/// ```
///
/// A step takes 0.02 s by the explicit Euler method: all four numbers move with the rates before the step. An episode
/// starts with each number uniform on (-0.05, 0.05). It terminates when |x| > 2.4 m or |a| > 12 degrees, and
/// is truncated after 500 steps. Each step has reward 1, the last one too, so the return is the length.
/// The agent observes x, x', a, a' as `f32`. The dynamics have no chance.
///
/// The dynamics equal those of Gymnasium's CartPole-v1 (Barto, Sutton and Anderson, "Neuronlike adaptive elements that
/// can solve difficult learning control problems", IEEE Trans. SMC 13, 1983): `tests/golden/make.py`
/// writes its trajectories, and a test compares them. A mean return of 475 counts as solved. The sine and cosine
/// are those of the platform, so another platform may give other last bits.
///
/// ```
/// use gumbel::Key;
/// use gumbel_environments::{Cartpole, CartpoleState, Environment};
///
/// let mut state = Cartpole.reset(Key::new(7));
/// let mut reward = [0.0];
/// let mut length = 0;
/// loop {
///     length += 1;
///     if Cartpole.step(&mut state, &[1], Key::new(8), &mut reward) { break }
/// }
/// assert!((8..12).contains(&length)); // always to the right: the pole falls to the left
/// assert!(state.angle < -0.2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cartpole;

/// The state of [`Cartpole`]. Serialised as the bits of its numbers, so that every format keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[u64; 4]", into = "[u64; 4]")]
pub struct CartpoleState {
    /// The position x of the cart, in metres.
    pub position: f64,
    /// The speed x' of the cart, in metres per second.
    pub speed: f64,
    /// The angle a of the pole from the vertical, in radians; positive to the right.
    pub angle: f64,
    /// The rate a' of the angle, in radians per second.
    pub angle_rate: f64,
}

impl CartpoleState {
    /// Returns the numbers in the order x, x', a, a'.
    pub const fn to_array(self) -> [f64; 4] {
        [self.position, self.speed, self.angle, self.angle_rate]
    }

    /// Makes a state of the numbers x, x', a, a'.
    pub const fn from_array([position, speed, angle, angle_rate]: [f64; 4]) -> Self {
        Self { position, speed, angle, angle_rate }
    }

    /// Whether the cart is off the track or the pole has fallen.
    fn is_over(&self) -> bool {
        self.position.abs() > LARGEST_POSITION || self.angle.abs() > LARGEST_ANGLE
    }
}

impl From<[u64; 4]> for CartpoleState {
    fn from(bits: [u64; 4]) -> Self {
        Self::from_array(bits.map(f64::from_bits))
    }
}

impl From<CartpoleState> for [u64; 4] {
    fn from(state: CartpoleState) -> Self {
        state.to_array().map(f64::to_bits)
    }
}

impl Environment for Cartpole {
    type State = CartpoleState;

    fn name(&self) -> &str {
        "cartpole"
    }

    fn actions(&self) -> usize {
        2
    }

    fn observation_size(&self) -> usize {
        4
    }

    fn time_limit(&self) -> u32 {
        500
    }

    fn reset(&self, key: Key) -> CartpoleState {
        let mut u = [0.0; 4];
        noise::uniform_into(key, 0, &mut u);
        CartpoleState::from_array(u.map(|u| (2.0 * u - 1.0) * LARGEST_START))
    }

    fn check(&self, state: &CartpoleState) -> Result<()> {
        if state.to_array().iter().all(|x| x.is_finite()) && !state.is_over() {
            return Ok(());
        }
        let expected = "finite numbers, |position| <= 2.4 and |angle| <= 12 degrees".to_owned();
        Err(EnvironmentError::Saved { expected, found: format!("{:?}", state.to_array()) })
    }

    fn observe(&self, state: &CartpoleState, _agent: usize, out: &mut [f32]) {
        out.copy_from_slice(&state.to_array().map(|x| x as f32));
    }

    fn step(
        &self,
        state: &mut CartpoleState,
        actions: &[usize],
        _key: Key,
        rewards: &mut [f64],
    ) -> bool {
        let force = if actions[0] == 1 { FORCE } else { -FORCE };
        let (sin, cos) = (state.angle.sin(), state.angle.cos());
        let turn = state.angle_rate * state.angle_rate;
        let u = (force + POLE_MASS * HALF_LENGTH * turn * sin) / TOTAL_MASS;
        let inertia = HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * (cos * cos) / TOTAL_MASS);
        let angle_acceleration = (GRAVITY * sin - cos * u) / inertia;
        let acceleration = u - POLE_MASS * HALF_LENGTH * angle_acceleration * cos / TOTAL_MASS;
        *state = CartpoleState {
            position: state.position + STEP * state.speed,
            speed: state.speed + STEP * acceleration,
            angle: state.angle + STEP * state.angle_rate,
            angle_rate: state.angle_rate + STEP * angle_acceleration,
        };
        rewards[0] = 1.0;
        state.is_over()
    }
}
