//! Drawings of a maze: the policy as arrows, the values as colours, the path of an episode.

use gumbel_environments::maze::{Cell, Map, Maze, Model, Move};
use gumbel_report::color::{BLUE, Color, GREEN, INK, MUTED, RULE, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Sketch, TEXT};

use super::drawing::{Drawing, Learned, Words};
use super::episode::Episode;
use crate::error::LabError;
use crate::policy::evaluate::values_of;
use crate::policy::maze::evaluation;
use crate::policy::network::PolicyNet;
use crate::policy::record::MetricsRow;

const MARGIN: f64 = 12.0;
/// The side of a cell in a single drawing, in pixels: that of a small map, and the least one of a map that is larger
/// than the page. Drawings of larger maps still have at most `MOST` pixels on a side.
const CELL: f64 = 44.0;
const LEAST_CELL: f64 = 16.0;
/// The same in drawings beside each other.
const SMALL_CELL: f64 = 22.0;
const LEAST_SMALL_CELL: f64 = 6.0;
const PAGE: f64 = 960.0;
const MOST: f64 = 4000.0;
/// The height of a caption above a drawing, and the width that it needs.
const CAPTION: f64 = 22.0;
const CAPTION_WIDTH: f64 = 90.0;
/// Arrows, letters and grid lines are left out in smaller cells.
const LEGIBLE: f64 = 5.0;
/// A move of a smaller probability has no arrow.
const VISIBLE: f64 = 0.02;
/// The points of the training that are drawn beside each other.
const POINTS: usize = 4;

const POLICY: &str = "The length of an arrow is the probability of that move: an arrow to the edge of the cell has \
                      probability 1. A move into a wall has probability 0. The colour of a cell is its value under the \
                      policy: orange is near -1, the reward of a trap (T), white is 0, green is near 1, the reward of \
                      a goal (G); a value beyond has the colour of -1 or 1. The blue frame is the start. Hatched cells \
                      are slippery, grey ones are walls.";
const LEARNING: &str = "The same after some steps of the training. The values are those of probabilities rounded to \
                        thousandths.";

/// The names of the moves, by their numbers.
pub(crate) const ACTIONS: [&str; 4] = ["up", "down", "left", "right"];

/// A maze with a policy and its values.
pub(crate) struct MazeDrawing<'a> {
    maze: &'a Maze,
    /// `[states, 4]`.
    policy: Vec<f64>,
    /// `[states]`.
    values: Vec<f64>,
}

/// Where a drawing of the map lies, and the side of its cells.
#[derive(Clone, Copy)]
struct Place {
    left: f64,
    top: f64,
    cell: f64,
}

impl Place {
    /// The place of a map that is drawn alone.
    fn alone(map: &Map) -> Self {
        let longest = map.rows().max(map.columns()) as f64;
        let fitting = |side: f64| (side - 2.0 * MARGIN) / longest;
        let cell = whole(fitting(PAGE).clamp(LEAST_CELL, CELL).min(fitting(MOST)));
        Self { left: MARGIN, top: MARGIN, cell }
    }

    fn corner(self, row: usize, column: usize) -> (f64, f64) {
        (self.left + column as f64 * self.cell, self.top + row as f64 * self.cell)
    }

    fn center(self, map: &Map, state: usize) -> (f64, f64) {
        let (row, column) = map.position(state);
        let (x, y) = self.corner(row, column);
        (x + 0.5 * self.cell, y + 0.5 * self.cell)
    }
}

/// Whole pixels, where that changes little: grid lines are sharp.
fn whole(cell: f64) -> f64 {
    if cell < LEGIBLE { cell } else { cell.floor() }
}

fn size(map: &Map, cell: f64) -> (f64, f64) {
    (map.columns() as f64 * cell, map.rows() as f64 * cell)
}

/// The colour of a value: vermilion at -1, white at 0, green at 1.
fn color_of(value: f64) -> Color {
    let strength = 0.75 * value.abs().min(1.0);
    thin(if value < 0.0 { VERMILION } else { GREEN }, strength)
}

/// The cells of a maze as text, with `@` where the agent is.
pub(crate) fn text(maze: &Maze, state: usize) -> String {
    let (row, column) = maze.map().position(state);
    let text = maze.map().to_string();
    let lines = text.lines().enumerate().map(|(r, line)| {
        let cells = line.chars().enumerate();
        cells.map(|(c, cell)| if (r, c) == (row, column) { '@' } else { cell }).collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl<'a> MazeDrawing<'a> {
    pub(crate) fn new(maze: &'a Maze, net: &PolicyNet) -> Result<Self, LabError> {
        let (policy, values) = values_of(maze, net)?;
        Ok(Self::of(maze, policy, values))
    }

    /// A policy `[states, 4]` with the value of each state.
    pub(super) fn of(maze: &'a Maze, policy: Vec<f64>, values: Vec<f64>) -> Self {
        Self { maze, policy, values }
    }

    /// The same policy several times, as at several points of a training.
    #[cfg(test)]
    pub(super) fn stages(&self, n: usize) -> Sketch {
        let copy = || Self::of(self.maze, self.policy.clone(), self.values.clone());
        let stages: Vec<_> = (0..n).map(|i| (format!("step {}", 100 * i), copy())).collect();
        side_by_side(self.maze.map(), &stages)
    }

    /// The maze alone, with arrows of some colour.
    fn sketch(&self, title: &str, arrows: Color) -> Sketch {
        let place = Place::alone(self.maze.map());
        let (width, height) = size(self.maze.map(), place.cell);
        let all = |side: f64| (side + 2.0 * MARGIN) as u32;
        let mut sketch = Sketch::new(title, all(width), all(height));
        self.draw(&mut sketch, place, arrows);
        sketch
    }

    fn draw(&self, sketch: &mut Sketch, place: Place, arrows: Color) {
        let map = self.maze.map();
        for row in 0..map.rows() {
            for column in 0..map.columns() {
                let (from, to) = (place.corner(row, column), place.corner(row + 1, column + 1));
                let Some(state) = map.state_at(row, column) else {
                    sketch.rect(from, to, MUTED);
                    continue;
                };
                self.draw_cell(sketch, place, state, (from, to));
                if place.cell >= LEGIBLE {
                    sketch.frame(from, to, thin(RULE, 0.5), 0.5);
                }
            }
        }
        for state in 0..map.states() {
            if place.cell >= LEGIBLE && !map.cell_of(state).is_terminal() {
                self.draw_arrows(sketch, place, state, arrows);
            }
        }
        let (width, height) = size(map, place.cell);
        let end = (place.left + width, place.top + height);
        sketch.frame((place.left, place.top), end, INK, 1.5);
    }

    fn draw_cell(
        &self,
        sketch: &mut Sketch,
        place: Place,
        state: usize,
        (from, to): ((f64, f64), (f64, f64)),
    ) {
        let kind = self.maze.map().cell_of(state);
        if kind.is_terminal() {
            sketch.rect(from, to, if kind == Cell::Goal { GREEN } else { VERMILION });
            if place.cell >= LEGIBLE {
                let (x, y) = place.center(self.maze.map(), state);
                let em = 0.5 * place.cell;
                let at = (x, y + 0.36 * em);
                sketch.text(kind.character().to_string(), at, em, WHITE, Anchor::Middle);
            }
            return;
        }
        sketch.rect(from, to, color_of(self.values[state]));
        if kind == Cell::Slippery && place.cell >= LEGIBLE {
            hatch(sketch, from, place.cell);
        }
        if kind == Cell::Start {
            let by = 0.045 * place.cell;
            let inset = |(x, y): (f64, f64), by: f64| (x + by, y + by);
            sketch.frame(inset(from, by), inset(to, -by), BLUE, by);
        }
    }

    /// Draws lines whose length is a probability, with heads of one size, shorter ones in short lines.
    fn draw_arrows(&self, sketch: &mut Sketch, place: Place, state: usize, color: Color) {
        let (x, y) = place.center(self.maze.map(), state);
        let row = &self.policy[state * Model::ACTIONS..][..Model::ACTIONS];
        let width = (place.cell / 26.0).max(0.7);
        for (direction, &p) in Move::ALL.into_iter().zip(row).filter(|(_, p)| **p >= VISIBLE) {
            let (down, right) = direction.offset();
            let (down, right) = (down as f64, right as f64);
            let reach = 0.47 * p * place.cell;
            let head = (0.15 * place.cell).min(0.45 * reach);
            let half = 0.5 * head + 0.35 * width;
            let at = |along: f64, side: f64| {
                (x + along * right + side * down, y + along * down + side * right)
            };
            let neck = reach - head;
            sketch.line(&[(x, y), at(neck, 0.0)], color, width);
            sketch.polygon(&[at(reach, 0.0), at(neck, half), at(neck, -half)], color);
        }
    }

    fn line_of(&self, episode: &Episode<usize>) -> Vec<(f64, f64)> {
        let place = Place::alone(self.maze.map());
        // A path that crosses itself stays readable: each step is a little further right and down.
        let shift = |i: usize| 0.11 * place.cell * (i as f64 / episode.states.len() as f64 - 0.5);
        let point = |(i, &state): (usize, &usize)| {
            let (x, y) = place.center(self.maze.map(), state);
            (x + shift(i), y + shift(i))
        };
        episode.states.iter().enumerate().map(point).collect()
    }
}

impl Drawing<usize> for MazeDrawing<'_> {
    fn words(&self) -> Words {
        let still = "The same episode as a line from the dot at the start to the ring at its end. Each step is \
                     drawn a little further right and down than the one before.";
        Words { film: "The disc is the agent.", still: ("Its path", still, "path") }
    }

    fn ground(&self, _: &Episode<usize>) -> Sketch {
        self.sketch("An episode", INK)
    }

    fn moment(&self, sketch: &mut Sketch, episode: &Episode<usize>, t: usize) {
        let place = Place::alone(self.maze.map());
        let center = place.center(self.maze.map(), episode.states[t]);
        let radius = (0.24 * place.cell).max(2.5);
        sketch.disc(center, 1.25 * radius, WHITE);
        sketch.disc(center, radius, BLUE);
    }

    fn still(&self, episode: &Episode<usize>) -> Sketch {
        let mut sketch = self.sketch("The path of an episode", thin(INK, 0.25));
        let cell = Place::alone(self.maze.map()).cell;
        let width = (0.07 * cell).max(1.5);
        let points = self.line_of(episode);
        if let [start, .., end] = points[..] {
            let radius = (0.38 * cell).max(4.0);
            // The line ends at the ring, so that the letter in it stays readable.
            let mut line = points.clone();
            if let [.., before, last] = &mut line[..] {
                let (dx, dy) = (before.0 - end.0, before.1 - end.1);
                let share = (radius / dx.hypot(dy).max(radius)).min(1.0);
                *last = (end.0 + share * dx, end.1 + share * dy);
            }
            sketch.line(&line, thin(BLUE, 0.8), width);
            sketch.disc(start, (0.14 * cell).max(2.5), BLUE);
            ring(&mut sketch, end, radius, width + 0.05 * cell, WHITE);
            ring(&mut sketch, end, radius, width, BLUE);
        }
        sketch
    }

    fn learned(&self, rows: &[MetricsRow]) -> Result<Vec<Learned>, LabError> {
        let mut stages = Vec::new();
        for row in chosen(rows) {
            let policy = row.policy_table();
            let values = evaluation(self.maze, &policy)?.values;
            stages.push((format!("step {}", row.step), Self::of(self.maze, policy, values)));
        }
        Ok(vec![
            Learned {
                file: "policy",
                heading: "The policy",
                caption: POLICY.to_owned(),
                alt: "the maze with the policy as arrows",
                sketch: self.sketch("The policy", INK),
            },
            Learned {
                file: "learning",
                heading: "While it learned",
                caption: LEARNING.to_owned(),
                alt: "the policy at some points of the training",
                sketch: side_by_side(self.maze.map(), &stages),
            },
        ])
    }
}

/// Draws lines across a slippery cell.
fn hatch(sketch: &mut Sketch, from: (f64, f64), cell: f64) {
    let (color, width) = (thin(BLUE, 0.35), (cell / 44.0).max(0.5));
    for i in 1..4 {
        let d = cell * f64::from(i) / 4.0;
        sketch.line(&[(from.0 + d, from.1), (from.0, from.1 + d)], color, width);
        sketch.line(&[(from.0 + cell, from.1 + d), (from.0 + d, from.1 + cell)], color, width);
    }
}

/// Draws a circle.
pub(super) fn ring(sketch: &mut Sketch, (x, y): (f64, f64), radius: f64, width: f64, color: Color) {
    let at = |i: u32| {
        let (sin, cos) = (f64::from(i) * std::f64::consts::TAU / 48.0).sin_cos();
        (x + radius * cos, y + radius * sin)
    };
    sketch.line(&(0..=48).map(at).collect::<Vec<_>>(), color, width);
}

/// The number of drawings in a row, and the side of their cells: the largest with which all are on the page, or at
/// least in the picture.
fn arrangement(map: &Map, drawings: usize) -> (usize, f64) {
    let (rows, columns) = (map.rows() as f64, map.columns() as f64);
    let fitting = |side: f64, across: usize| {
        let (n, down) = (across as f64, drawings.div_ceil(across) as f64);
        let wide = (side - MARGIN) / n - MARGIN;
        let high = (side - MARGIN) / down - MARGIN - CAPTION;
        let enough = wide >= CAPTION_WIDTH || across == 1;
        if enough { (wide / columns).min(high / rows) } else { 0.0 }
    };
    let best = |side: f64| {
        let all = (1..=drawings).map(|across| (across, fitting(side, across).min(SMALL_CELL)));
        all.fold((1, 0.0), |best, this| if this.1 >= best.1 { this } else { best })
    };
    let (across, cell) = best(PAGE);
    if cell >= LEAST_SMALL_CELL {
        return (across, whole(cell));
    }
    let (across, cell) = best(MOST);
    (across, whole(cell.min(LEAST_SMALL_CELL)))
}

/// Draws some policies beside each other, each with its caption.
fn side_by_side(map: &Map, stages: &[(String, MazeDrawing<'_>)]) -> Sketch {
    let (across, cell) = arrangement(map, stages.len().max(1));
    let (width, height) = size(map, cell);
    let width = if across > 1 { width.max(CAPTION_WIDTH) } else { width };
    let down = stages.len().div_ceil(across) as f64;
    let all = (across as f64 * (width + MARGIN) + MARGIN).max(CAPTION_WIDTH) as u32;
    let high = (down * (height + CAPTION + MARGIN) + MARGIN) as u32;
    let mut sketch = Sketch::new("The policy while it learned", all, high);
    for (i, (caption, drawing)) in stages.iter().enumerate() {
        let left = MARGIN + (i % across) as f64 * (width + MARGIN);
        let top = MARGIN + (i / across) as f64 * (height + CAPTION + MARGIN);
        sketch.text(caption, (left, top + TEXT), TEXT, INK, Anchor::Start);
        drawing.draw(&mut sketch, Place { left, top: top + CAPTION, cell }, INK);
    }
    sketch
}

/// Chooses some rows of the metrics, the first and the last among them: later ones are further apart, as less changes.
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
