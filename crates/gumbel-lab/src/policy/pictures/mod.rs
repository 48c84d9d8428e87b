//! The pictures of an agent: what it has learned, its episodes, its curves.

pub(super) mod cartpole;
mod curves;
mod drawing;
mod episode;
pub(super) mod maze;
pub(super) mod particles;
#[cfg(test)]
mod tests;
mod watch;

use std::path::Path;

use gumbel::Key;
use gumbel_files::output::write as write_file;
use gumbel_report::{Picture, Section, Sketch};
use gumbel_train::report::save_charts;

use super::network::PolicyNet;
use super::record::MetricsRow;
use super::world::World;
use crate::error::LabError;

pub(super) use drawing::Drawing;
pub use drawing::Film;
use drawing::Learned;
use episode::play_episode;
pub use watch::{Moment, film, watch};

/// An SVG picture of more bytes becomes a PNG picture on the page.
const LARGE_SVG: usize = 1 << 20;

/// Sentences that lead through the pictures of a report.
pub(super) fn look_at() -> Vec<String> {
    [
        "Return: the curve should end flat, where the best return is known close to it; a gap between the policy and \
         its most probable actions is what its exploration costs.",
        "Entropy of the policy: it should fall while the return rises; at 0 early it has stopped to try.",
        "An episode: what the numbers mean.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Makes the sections of a report, and writes the files of their pictures: what the agent has learned, an episode, the
/// curves. `known` is the best return and that of uniform choices.
///
/// # Errors
/// Pictures that cannot be drawn or written.
pub(super) fn sections<E: World>(
    world: &E,
    net: &PolicyNet,
    rows: &[MetricsRow],
    known: Option<(f64, f64)>,
    key: Key,
    folder: &Path,
) -> Result<Vec<Section>, LabError> {
    let drawing = world.drawing(net)?;
    let save = |file: &str, sketch: &Sketch| -> Result<(), LabError> {
        Ok(write_file(&folder.join(format!("{file}.png")), &sketch.png()?)?)
    };
    let mut sections = Vec::new();
    for learned in drawing.learned(rows)? {
        save(learned.file, &learned.sketch)?;
        sections.push(learned.into_section()?);
    }
    let episode = play_episode(world, net, key, 0, false)?;
    let film = Film::of(&*drawing, &episode, E::HUNDREDTHS)?;
    write_file(&folder.join("episode.gif"), &film.file)?;
    let words = drawing.words();
    sections.push(Section {
        heading: "An episode".to_owned(),
        caption: format!(
            "One episode of the trained agent, which still chooses at random: {}, return {:.2}, not discounted. {} \
             gumbel play shows others.",
            film.length_in_words(),
            film.of_episode,
            words.film
        ),
        alt: "an episode of the trained agent".to_owned(),
        picture: Picture::Gif { file: film.file, width: film.width },
    });
    let (heading, caption, file) = words.still;
    let still = drawing.still(&episode);
    save(file, &still)?;
    let (caption, alt) = (caption.to_owned(), "the episode as one picture");
    sections.push(Learned { file, heading, caption, alt, sketch: still }.into_section()?);
    sections.extend(save_charts(folder, curves::charts(rows, known, world.maze().is_some()))?);
    Ok(sections)
}

/// A drawing on a page: as SVG, or as PNG where that would take many bytes.
fn picture(sketch: &Sketch) -> Result<Picture, LabError> {
    let svg = sketch.svg();
    if svg.len() > LARGE_SVG { Ok(Picture::Png(sketch.png()?)) } else { Ok(Picture::Svg(svg)) }
}
