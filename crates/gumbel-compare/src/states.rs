//! The number of states of a problem, and its limit.

use crate::error::CompareError;

/// The most states that a problem may have.
pub const MOST_STATES: usize = 65_536;

/// Checks the number of states; returns it.
pub(crate) fn check_states(
    name: &str,
    variables: usize,
    classes: usize,
) -> Result<usize, CompareError> {
    let states = u32::try_from(variables).ok().and_then(|l| classes.checked_pow(l));
    match states {
        Some(states @ 1..=MOST_STATES) if variables > 0 => Ok(states),
        _ => Err(CompareError::States {
            problem: name.to_owned(),
            variables,
            classes,
            most: MOST_STATES,
        }),
    }
}
