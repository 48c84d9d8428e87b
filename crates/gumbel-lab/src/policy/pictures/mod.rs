//! The pictures of an agent.

mod maze;

use std::path::Path;

use gumbel::Key;
use gumbel_environments::maze::Maze;
use gumbel_files::output::write as write_file;
use gumbel_report::{Page, Picture, Section};

use super::evaluate::{path_of_episode, values_of};
use super::maze::evaluation;
use super::network::PolicyNet;
use super::record::MetricsRow;
use crate::error::LabError;

pub use maze::{MazePicture, frames};

/// The points of the training that are drawn beside each other.
const POINTS: usize = 4;
/// The time of a step in an animation, in hundredths of a second.
pub const HUNDREDTHS: u16 = 18;

/// Adds the pictures of an agent in a maze to its page, and writes their files.
///
/// # Errors
/// Pictures that cannot be drawn or written.
pub(super) fn add_maze(
    page: &mut Page,
    maze: &Maze,
    net: &PolicyNet,
    rows: &[MetricsRow],
    key: Key,
    folder: &Path,
) -> Result<(), LabError> {
    let (policy, values) = values_of(maze, net)?;
    let picture = MazePicture { maze, policy: &policy, values: &values };
    let now = picture.sketch("The policy");
    write_file(&folder.join("policy.png"), &now.png()?)?;

    let mut stages = Vec::new();
    for row in chosen(rows) {
        let policy = row.policy_table();
        let values = evaluation(maze, &policy)?.values;
        let caption = format!("step {}", row.step);
        stages.push((caption, policy, values));
    }
    let learning = maze::side_by_side(maze, &stages);
    write_file(&folder.join("learning.png"), &learning.png()?)?;

    let path = path_of_episode(maze, net, key, 0, false)?;
    let drawn = picture.with_path(&path);
    write_file(&folder.join("path.png"), &drawn.png()?)?;
    let film = gumbel_report::Sketch::gif(&frames(&picture, &path), HUNDREDTHS)?;
    write_file(&folder.join("episode.gif"), &film)?;

    page.sections.extend([
        Section {
            heading: "The policy".to_owned(),
            caption: "The length of an arrow is the probability of that move, the colour of a cell its value under the \
                      policy: red is near -1, the reward of a trap (T), green near 1, that of a goal (G). Hatched cells \
                      are slippery. A move into a wall has probability 0."
                .to_owned(),
            alt: "the maze with the policy as arrows".to_owned(),
            picture: Picture::Svg(now.svg()),
        },
        Section {
            heading: "While it learned".to_owned(),
            caption: "The same at some points of the training.".to_owned(),
            alt: "the policy at four points of the training".to_owned(),
            picture: Picture::Svg(learning.svg()),
        },
        Section {
            heading: "An episode".to_owned(),
            caption: format!(
                "One episode of the trained agent, which still chooses at random: {} steps. gumbel play shows others.",
                path.len() - 1
            ),
            alt: "the path of an episode through the maze".to_owned(),
            picture: Picture::Gif(film),
        },
        Section {
            heading: "Its path".to_owned(),
            caption: "The same episode as a line from the start.".to_owned(),
            alt: "the path of the episode as a line".to_owned(),
            picture: Picture::Svg(drawn.svg()),
        },
    ]);
    Ok(())
}

/// Some rows of the metrics, the first and the last among them: later ones are further apart, as less changes.
fn chosen(rows: &[MetricsRow]) -> Vec<&MetricsRow> {
    let last = rows.len().saturating_sub(1);
    let mut places: Vec<usize> = (0..POINTS)
        .map(|i| {
            let share = i as f64 / (POINTS - 1) as f64;
            (share * share * last as f64).round() as usize
        })
        .collect();
    places.dedup();
    places.into_iter().filter_map(|place| rows.get(place)).collect()
}
