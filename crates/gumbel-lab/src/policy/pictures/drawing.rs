//! `Drawing`: how an environment draws its episodes, and the film of an episode.

use gumbel_report::{Section, Sketch};

use super::episode::Episode;
use crate::error::LabError;
use crate::policy::record::MetricsRow;

/// The most frames of a film, the last moment not counted; of a longer episode some steps are left out.
const MOST_FRAMES: usize = 250;
/// The longest time of a frame, and the time for which the end stays, in hundredths of a second.
const LONGEST: u16 = 18;
const END: u16 = 100;

/// How the episodes of an environment with states `S` are drawn.
pub(crate) trait Drawing<S> {
    /// The words of the pictures.
    fn words(&self) -> Words;

    /// Draws what does not change during an episode.
    fn ground(&self, episode: &Episode<S>) -> Sketch;

    /// Draws the moment after t steps, over the ground.
    fn moment(&self, sketch: &mut Sketch, episode: &Episode<S>, t: usize);

    /// Draws the whole episode as one picture.
    fn still(&self, episode: &Episode<S>) -> Sketch;

    /// Draws what the agent has learned, where a picture can show it: the name of the file and the drawing, with the
    /// words of its section.
    ///
    /// # Errors
    /// A policy without values.
    fn learned(&self, rows: &[MetricsRow]) -> Result<Vec<Learned>, LabError> {
        let _ = rows;
        Ok(Vec::new())
    }
}

/// The words of the pictures of an episode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// What the film shows.
    pub(crate) film: &'static str,
    /// The heading of the still picture, its caption, and the name of its file.
    pub(crate) still: (&'static str, &'static str, &'static str),
}

/// A picture of what an agent has learned.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    pub(crate) file: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) caption: String,
    pub(crate) alt: &'static str,
    pub(crate) sketch: Sketch,
}

impl Learned {
    pub(crate) fn into_section(self) -> Result<Section, LabError> {
        let Self { heading, caption, alt, sketch, .. } = self;
        let picture = super::picture(&sketch)?;
        Ok(Section { heading: heading.to_owned(), caption, alt: alt.to_owned(), picture })
    }
}

/// An episode as an animation.
#[derive(Clone, Debug)]
pub struct Film {
    /// The bytes of the GIF file.
    pub file: Vec<u8>,
    /// The width in pixels of the page.
    pub width: u32,
    /// The number of steps of the episode.
    pub steps: usize,
    /// One of so many steps is shown; the last one always is.
    pub every: usize,
    /// The undiscounted return of the episode, the mean over the agents.
    pub of_episode: f64,
}

impl Film {
    /// Draws an episode. A step takes `hundredths` of a second, less where that would be long.
    pub(crate) fn of<S>(
        drawing: &dyn Drawing<S>,
        episode: &Episode<S>,
        hundredths: u16,
    ) -> Result<Self, LabError> {
        let steps = episode.steps();
        let every = steps.div_ceil(MOST_FRAMES).max(1);
        let time = LONGEST.min(hundredths.saturating_mul(u16::try_from(every).unwrap_or(u16::MAX)));
        let last = std::iter::repeat_n(steps, 1 + usize::from(END.div_ceil(time)));
        let ground = drawing.ground(episode);
        let (width, height) = ground.size();
        let frames = (0..steps).step_by(every).chain(last).map(|t| {
            let mut frame = Sketch::new("", width, height);
            drawing.moment(&mut frame, episode, t);
            frame
        });
        let file = ground.gif(frames, time)?;
        Ok(Self { file, width, steps, every, of_episode: episode.return_after(steps) })
    }

    /// The length of the episode in words, and whether steps are left out.
    pub fn length_in_words(&self) -> String {
        let Self { steps, every, .. } = self;
        let plural = if *steps == 1 { "" } else { "s" };
        match every {
            1 => format!("{steps} step{plural}"),
            _ => format!("{steps} steps, of which one of every {every} is shown"),
        }
    }
}
