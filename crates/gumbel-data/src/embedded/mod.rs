//! The embedded sets: a part of the program, so the first command needs no network.

pub(crate) mod digits;
mod garments;

use super::images::Dataset;
use super::sets;

/// The origin of an embedded set, where others have their folder.
pub const EMBEDDED: &str = "embedded";

/// Whether this is the name of an embedded set.
pub fn is_embedded(name: &str) -> bool {
    sets::find(name).is_some_and(|about| about.source().is_none())
}

/// Loads an embedded set; `None` for a name that is not one of them. `seed` fixes the split of `digits`.
pub(super) fn load(name: &str, seed: u64) -> Option<Dataset> {
    match name {
        "garments" => Some(garments::load()),
        "digits" => Some(digits::load(seed)),
        _ => None,
    }
}
