//! The numbers of a maze: rewards, the discount, how far a slippery cell misleads.

use crate::error::{EnvironmentError, Result};

/// The rewards and probabilities of a maze.
///
/// ```text
/// reward of a move = goal      into a goal
///                    trap      into a trap
///                    -cost     otherwise
/// J = E sum_t discount^t reward_t
/// ```
///
/// With the default numbers an agent that walks for ever has J = -0.01 / (1 - 0.99) = -1, the reward of a trap: no
/// walk is worse than a trap at once, and every way to a goal is better than a walk without end. With a much smaller
/// cost an agent gains most at first when it learns to hide from the traps, and may never look for the goal.
///
/// ```
/// use gumbel_environments::maze::{Maze, Rules};
///
/// let rules = Rules { discount: 0.9, ..Rules::default() };
/// let maze = Maze::parse("S.G")?.with_rules(rules)?;
/// // One move at a cost of 0.01, then the goal.
/// assert!((maze.model().optimum().values[0] - (-0.01 + 0.9)).abs() < 1e-12);
/// # Ok::<(), gumbel_environments::EnvironmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The reward of the move into a goal, by default 1.
    pub goal: f64,
    /// The reward of the move into a trap, by default -1.
    pub trap: f64,
    /// The cost of every other move, by default 0.01.
    pub cost: f64,
    /// The probability with which a move from a slippery cell goes to one side, the same for the other side: at most
    /// 1/2, by default 0.1. Where that side is a wall, the agent stays.
    pub slip: f64,
    /// The discount, at least 0 and below 1, by default 0.99. Exact values use it; episodes are not discounted.
    pub discount: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { goal: 1.0, trap: -1.0, cost: 0.01, slip: 0.1, discount: 0.99 }
    }
}

impl Rules {
    pub(crate) fn check(&self) -> Result<()> {
        let rewards = [("goal", self.goal), ("trap", self.trap), ("cost", self.cost)];
        for (name, found) in rewards {
            EnvironmentError::unless(found.is_finite(), name, "a finite number", found)?;
        }
        let (slip, discount) = (self.slip, self.discount);
        EnvironmentError::unless((0.0..=0.5).contains(&slip), "slip", "0 to 0.5", slip)?;
        let expected = "at least 0 and below 1";
        EnvironmentError::unless((0.0..1.0).contains(&discount), "discount", expected, discount)
    }
}
