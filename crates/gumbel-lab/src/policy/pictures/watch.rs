//! Episodes of a run to watch: as a film, or as text.

use gumbel::Key;

use super::drawing::Film;
use super::episode::{Episode, play_episode};
use crate::error::LabError;
use crate::policy::evaluate::Played;
use crate::policy::network::PolicyNet;
use crate::policy::run::PolicyRun;
use crate::policy::world::{World, in_world};

/// A moment of an episode as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Lines: the state, and below it the step, the action that led to the state, the return so far. All moments have
    /// the same number of lines.
    pub text: String,
    /// Whether it is the first moment of an episode.
    pub first: bool,
    /// The time until the next moment, in hundredths of a second.
    pub hundredths: u16,
}

/// Draws episode 0 of a key as a film: with samples of the policy, or `greedy`, with its most probable actions. It is
/// the first episode that [`play`](crate::policy::play) plays with that key.
///
/// # Errors
/// A map that cannot be read, networks whose logits are not finite.
pub fn film(run: &PolicyRun, net: &PolicyNet, key: Key, greedy: bool) -> Result<Film, LabError> {
    in_world!(run.config(), world => film_in(world, net, key, greedy))
}

fn film_in<E: World>(world: &E, net: &PolicyNet, key: Key, greedy: bool) -> Result<Film, LabError> {
    let episode = play_episode(world, net, key, 0, greedy)?;
    Film::of(&*world.drawing(net)?, &episode, E::HUNDREDTHS)
}

/// Plays episodes 0 .. n of a key as [`play`](crate::policy::play) does, and shows each moment.
///
/// # Errors
/// As [`film`], and those of `show`.
pub fn watch<X: From<LabError>>(
    run: &PolicyRun,
    net: &PolicyNet,
    key: Key,
    n: usize,
    greedy: bool,
    show: &mut dyn FnMut(&Moment) -> Result<(), X>,
) -> Result<Played, X> {
    in_world!(run.config(), world => watch_in(world, net, key, n, greedy, show))
}

pub(super) fn watch_in<E: World, X: From<LabError>>(
    world: &E,
    net: &PolicyNet,
    key: Key,
    n: usize,
    greedy: bool,
    show: &mut dyn FnMut(&Moment) -> Result<(), X>,
) -> Result<Played, X> {
    let mut played = Played { returns: Vec::new(), lengths: Vec::new() };
    for number in 0..n as u64 {
        let episode = play_episode(world, net, key, number, greedy)?;
        for t in 0..=episode.steps() {
            let text =
                format!("{}\n{}", world.text(&episode.states[t]), line::<E>(&episode, number, t));
            show(&Moment { text, first: t == 0, hundredths: E::HUNDREDTHS })?;
        }
        played.returns.push(episode.return_after(episode.steps()));
        played.lengths.push(u32::try_from(episode.steps()).unwrap_or(u32::MAX));
    }
    Ok(played)
}

/// The line below the state after t steps.
fn line<E: World>(episode: &Episode<E::State>, number: u64, t: usize) -> String {
    let so_far = format!("return so far {:.2}", episode.return_after(t));
    let Some(actions) = t.checked_sub(1).map(|step| &episode.actions[step]) else {
        return format!("episode {number}, step 0: the start, {so_far}");
    };
    let names: Vec<&str> =
        actions.iter().map(|&a| E::ACTIONS.get(a).copied().unwrap_or("?")).collect();
    format!("episode {number}, step {t}: {}, {so_far}", names.join(" "))
}
