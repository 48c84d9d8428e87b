//! Drawings of three agents and three landmarks.

use gumbel_environments::ParticlesState;
use gumbel_report::color::{BLUE, Color, GREEN, INK, MUTED, PURPLE, RULE, WHITE, thin};
use gumbel_report::{Anchor, Sketch, TEXT};

use super::drawing::{Drawing, Words};
use super::episode::Episode;
use super::maze::ring;

const SIDE: f64 = 420.0;
const MARGIN: f64 = 12.0;
/// The radius of an agent.
const RADIUS: f64 = 0.15;
const AGENTS: [(&str, Color); 3] = [("A", BLUE), ("B", GREEN), ("C", PURPLE)];
/// The columns and the rows of the text picture, and the largest coordinate in it.
const TEXT_SIZE: (usize, usize) = (41, 17);
const TEXT_END: f64 = 1.4;

/// The names of the actions, by their numbers.
pub(crate) const ACTIONS: [&str; 5] = ["nothing", "left", "right", "down", "up"];

/// The drawings of three agents and three landmarks.
pub(crate) struct ParticlesDrawing;

/// The place of a point in the picture, and the pixels of a unit: all of the episode is inside.
fn scale(episode: &Episode<ParticlesState>) -> (impl Fn([f64; 2]) -> (f64, f64) + Copy, f64) {
    let points = episode.states.iter().flat_map(|state| [state.positions, state.landmarks]);
    let largest = points.flatten().flatten().map(f64::abs).fold(0.0, f64::max);
    let unit = (SIDE / 2.0 - MARGIN) / (largest + RADIUS + 0.05).max(1.0 + RADIUS);
    let place = move |[x, y]: [f64; 2]| (SIDE / 2.0 + unit * x, SIDE / 2.0 - unit * y);
    (place, unit)
}

impl Drawing<ParticlesState> for ParticlesDrawing {
    fn words(&self) -> Words {
        let still = "The last moment of the same episode. A line is the way of an agent from the ring where it began.";
        Words {
            film: "Each of the three agents (discs) should stand on another landmark (cross), and none should touch \
                   another. The lines are their ways.",
            still: ("How it ended", still, "last"),
        }
    }

    fn ground(&self, episode: &Episode<ParticlesState>) -> Sketch {
        let mut sketch = Sketch::new("An episode", SIDE as u32, SIDE as u32);
        let (place, unit) = scale(episode);
        let (one, all) = (MARGIN / 2.0, SIDE - MARGIN / 2.0);
        sketch.frame((one, one), (all, all), thin(RULE, 0.6), 1.0);
        for (&start, (_, color)) in episode.states[0].positions.iter().zip(AGENTS) {
            ring(&mut sketch, place(start), RADIUS * unit, 1.5, thin(color, 0.6));
        }
        sketch
    }

    fn moment(&self, sketch: &mut Sketch, episode: &Episode<ParticlesState>, t: usize) {
        let (place, unit) = scale(episode);
        for (agent, (name, color)) in AGENTS.into_iter().enumerate() {
            let way = episode.states[..=t].iter().map(|state| place(state.positions[agent]));
            let way: Vec<(f64, f64)> = way.collect();
            sketch.line(&way, thin(color, 0.6), 2.5);
            if let Some(&(x, y)) = way.last() {
                sketch.disc((x, y), RADIUS * unit, thin(color, 0.75));
                sketch.text(name, (x, y + 5.0), TEXT, WHITE, Anchor::Middle);
            }
        }
        // Over the agents: one sees which landmark is covered.
        for &landmark in &episode.states[t].landmarks {
            let (x, y) = place(landmark);
            for side in [-1.0, 1.0] {
                sketch.line(&[(x - 6.0, y - 6.0 * side), (x + 6.0, y + 6.0 * side)], INK, 3.0);
            }
        }
        sketch.text(format!("step {t}"), (16.0, SIDE - 16.0), TEXT, MUTED, Anchor::Start);
    }

    fn still(&self, episode: &Episode<ParticlesState>) -> Sketch {
        let mut sketch = self.ground(episode);
        self.moment(&mut sketch, episode, episode.steps());
        sketch
    }
}

/// The agents A, B and C and the landmarks `x` as text. Those far outside are at the edge.
pub(crate) fn text(state: &ParticlesState) -> String {
    let (columns, rows) = TEXT_SIZE;
    let cell = |x: f64, cells: usize| {
        let share = (x / TEXT_END).clamp(-1.0, 1.0) / 2.0 + 0.5;
        (share * (cells - 1) as f64).round() as usize
    };
    let mut lines = vec![vec!['.'; columns]; rows];
    let landmarks = state.landmarks.iter().map(|&at| (at, 'x'));
    let agents = state.positions.iter().zip("ABC".chars()).map(|(&at, name)| (at, name));
    for ([x, y], mark) in landmarks.chain(agents) {
        lines[cell(-y, rows)][cell(x, columns)] = mark;
    }
    let lines: Vec<String> = lines.into_iter().map(|line| line.into_iter().collect()).collect();
    lines.join("\n")
}
