//! Drawings of a maze: the policy as arrows, the values as colours, the path of an episode.

use gumbel_environments::maze::{Cell, Maze, Model, Move};
use gumbel_report::color::{BLUE, Color, GREEN, INK, MUTED, RULE, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Sketch, TEXT};

/// The side of a cell in a single drawing, in pixels, and in drawings beside each other.
const CELL: f64 = 44.0;
const SMALL_CELL: f64 = 22.0;
const MARGIN: f64 = 12.0;
/// A move of a smaller probability has no arrow.
const VISIBLE: f64 = 0.02;
/// The most frames of an animation.
const MOST_FRAMES: usize = 200;

/// A maze with a policy and its values.
#[derive(Clone, Copy, Debug)]
pub struct MazePicture<'a> {
    /// The maze.
    pub maze: &'a Maze,
    /// The policy, `[states, 4]`.
    pub policy: &'a [f64],
    /// The value of each state, `[states]`.
    pub values: &'a [f64],
}

/// Where a drawing of the maze lies, and the side of its cells.
#[derive(Clone, Copy)]
struct Place {
    left: f64,
    top: f64,
    cell: f64,
}

impl Place {
    fn center(self, maze: &Maze, state: usize) -> (f64, f64) {
        let (row, column) = maze.map().position(state);
        let at = |from: f64, i: usize| from + (i as f64 + 0.5) * self.cell;
        (at(self.left, column), at(self.top, row))
    }
}

fn size(maze: &Maze, cell: f64) -> (f64, f64) {
    (maze.map().columns() as f64 * cell, maze.map().rows() as f64 * cell)
}

/// The colour of a value: vermilion at -1, white at 0, green at 1.
fn color_of(value: f64) -> Color {
    let strength = 0.75 * value.abs().min(1.0);
    thin(if value < 0.0 { VERMILION } else { GREEN }, strength)
}

impl MazePicture<'_> {
    /// The maze with the policy as arrows.
    pub fn sketch(&self, title: &str) -> Sketch {
        let (width, height) = size(self.maze, CELL);
        let all = |side: f64| (side + 2.0 * MARGIN) as u32;
        let mut sketch = Sketch::new(title, all(width), all(height));
        self.draw(&mut sketch, Place { left: MARGIN, top: MARGIN, cell: CELL });
        sketch
    }

    /// The same with the path of an episode, a list of states.
    pub fn with_path(&self, path: &[usize]) -> Sketch {
        let mut sketch = self.sketch("The path of an episode");
        let place = Place { left: MARGIN, top: MARGIN, cell: CELL };
        // A path that crosses itself stays readable: each step is a little further right and down.
        let shift = |i: usize| 5.0 * (i as f64 / path.len() as f64 - 0.5);
        let points: Vec<(f64, f64)> = path
            .iter()
            .enumerate()
            .map(|(i, &state)| {
                let (x, y) = place.center(self.maze, state);
                (x + shift(i), y + shift(i))
            })
            .collect();
        sketch.line(&points, thin(BLUE, 0.8), 3.0);
        if let Some(&end) = points.last() {
            sketch.disc(end, 7.0, BLUE);
        }
        sketch
    }

    fn draw(&self, sketch: &mut Sketch, place: Place) {
        let map = self.maze.map();
        for row in 0..map.rows() {
            for column in 0..map.columns() {
                let corner = |row: usize, column: usize| {
                    let at = |from: f64, i: usize| from + i as f64 * place.cell;
                    (at(place.left, column), at(place.top, row))
                };
                let (from, to) = (corner(row, column), corner(row + 1, column + 1));
                self.draw_cell(sketch, place, (row, column), (from, to));
            }
        }
        let (width, height) = size(self.maze, place.cell);
        let end = (place.left + width, place.top + height);
        sketch.frame((place.left, place.top), end, INK, 1.5);
    }

    fn draw_cell(
        &self,
        sketch: &mut Sketch,
        place: Place,
        (row, column): (usize, usize),
        (from, to): ((f64, f64), (f64, f64)),
    ) {
        let map = self.maze.map();
        let kind = map.cell(row, column);
        let Some(state) = map.state_at(row, column) else {
            sketch.rect(from, to, MUTED);
            return;
        };
        let center = place.center(self.maze, state);
        let letter = |sketch: &mut Sketch, color| {
            let at = (center.0, center.1 + 0.36 * TEXT.max(0.4 * place.cell));
            let em = 0.5 * place.cell;
            sketch.text(kind.character().to_string(), at, em, color, Anchor::Middle);
        };
        match kind {
            Cell::Goal | Cell::Trap => {
                sketch.rect(from, to, if kind == Cell::Goal { GREEN } else { VERMILION });
                letter(sketch, WHITE);
            }
            _ => {
                sketch.rect(from, to, color_of(self.values[state]));
                if kind == Cell::Slippery {
                    hatch(sketch, from, place.cell);
                }
                if kind == Cell::Start {
                    let inset = |(x, y): (f64, f64), by: f64| (x + by, y + by);
                    sketch.frame(inset(from, 2.0), inset(to, -2.0), BLUE, 2.0);
                }
                self.arrows(sketch, place, state);
            }
        }
        sketch.frame(from, to, thin(RULE, 0.5), 0.5);
    }

    fn arrows(&self, sketch: &mut Sketch, place: Place, state: usize) {
        let center = place.center(self.maze, state);
        let row = &self.policy[state * Model::ACTIONS..][..Model::ACTIONS];
        for (direction, &p) in Move::ALL.into_iter().zip(row) {
            if p < VISIBLE {
                continue;
            }
            let (down, right) = direction.offset();
            let reach = p * 0.46 * place.cell;
            let to = (center.0 + right as f64 * reach, center.1 + down as f64 * reach);
            sketch.arrow(center, to, INK, (place.cell / 26.0).max(0.8));
        }
    }
}

/// Lines across a slippery cell.
fn hatch(sketch: &mut Sketch, from: (f64, f64), cell: f64) {
    for i in 1..4 {
        let d = cell * f64::from(i) / 4.0;
        let color = thin(BLUE, 0.35);
        sketch.line(&[(from.0 + d, from.1), (from.0, from.1 + d)], color, 1.0);
        sketch.line(&[(from.0 + cell, from.1 + d), (from.0 + d, from.1 + cell)], color, 1.0);
    }
}

/// Drawings beside each other: a caption, the policy and the values of each.
pub(super) fn side_by_side(maze: &Maze, stages: &[(String, Vec<f64>, Vec<f64>)]) -> Sketch {
    let (width, height) = size(maze, SMALL_CELL);
    let n = stages.len().max(1) as f64;
    let all = (n * width + (n + 1.0) * MARGIN) as u32;
    let mut sketch =
        Sketch::new("The policy while it learned", all, (height + 3.0 * MARGIN + 12.0) as u32);
    for (i, (caption, policy, values)) in stages.iter().enumerate() {
        let left = MARGIN + i as f64 * (width + MARGIN);
        sketch.text(caption, (left, MARGIN + 10.0), TEXT, INK, Anchor::Start);
        let place = Place { left, top: 2.0 * MARGIN + 8.0, cell: SMALL_CELL };
        MazePicture { maze, policy, values }.draw(&mut sketch, place);
    }
    sketch
}

/// The frames of an animation of an episode: a list of states.
pub fn frames(picture: &MazePicture<'_>, path: &[usize]) -> Vec<Sketch> {
    let place = Place { left: MARGIN, top: MARGIN, cell: CELL };
    let frame = |&state: &usize| {
        let mut sketch = picture.sketch("An episode");
        let center = place.center(picture.maze, state);
        sketch.disc(center, 0.3 * CELL, WHITE);
        sketch.disc(center, 0.24 * CELL, BLUE);
        sketch
    };
    let mut frames: Vec<Sketch> = path.iter().take(MOST_FRAMES).map(frame).collect();
    // The end stays for a moment.
    if let Some(end) = frames.last().cloned() {
        frames.extend(std::iter::repeat_n(end, 5));
    }
    frames
}
