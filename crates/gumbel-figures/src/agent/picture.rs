//! A maze with the values of its cells as colours, a policy as arrows, and the path of an episode.

use gumbel_environments::maze::{Cell, Maze, Move};
use gumbel_report::color::{BLUE, Color, GREEN, INK, MUTED, RULE, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Sketch, TEXT};

use super::learner::{Path, row};
use crate::kit::number;

/// The side of a cell, in pixels.
pub(super) const CELL: f64 = 30.0;
/// The length of the arrow of a certain move, as a share of a cell.
const REACH: f64 = 0.46;
/// A move of a smaller probability has no arrow in a cell.
const VISIBLE: f64 = 0.02;

/// The colour of a value: vermilion at -1, white at 0, green at 1.
pub(super) fn color_of(value: f64) -> Color {
    thin(if value < 0.0 { VERMILION } else { GREEN }, 0.75 * value.abs().min(1.0))
}

/// A maze whose upper left corner is at `left`, `top`.
pub(super) struct Picture<'m> {
    pub(super) maze: &'m Maze,
    pub(super) left: f64,
    pub(super) top: f64,
}

impl Picture<'_> {
    fn corner(&self, row: usize, column: usize) -> (f64, f64) {
        (self.left + column as f64 * CELL, self.top + row as f64 * CELL)
    }

    fn center(&self, state: usize) -> (f64, f64) {
        let (row, column) = self.maze.map().position(state);
        let (x, y) = self.corner(row, column);
        (x + CELL / 2.0, y + CELL / 2.0)
    }

    /// Draws the cells with their values, and the policy as arrows.
    pub(super) fn draw(&self, sketch: &mut Sketch, policy: &[f64], values: &[f64]) {
        let map = self.maze.map();
        for (row, column) in
            (0..map.rows()).flat_map(|row| (0..map.columns()).map(move |column| (row, column)))
        {
            let (from, to) = (self.corner(row, column), self.corner(row + 1, column + 1));
            let kind = map.cell(row, column);
            let color = match (kind, map.state_at(row, column)) {
                (Cell::Goal, _) => GREEN,
                (Cell::Trap, _) => VERMILION,
                (_, Some(state)) => color_of(values[state]),
                (_, None) => MUTED,
            };
            sketch.rect(from, to, color);
            sketch.frame(from, to, thin(RULE, 0.5), 0.5);
        }
        for state in 0..map.states() {
            let (x, y) = self.center(state);
            if map.cell_of(state).is_terminal() {
                let letter = map.cell_of(state).character().to_string();
                sketch.text(letter, (x - 6.0, y + 2.0), 15.0, WHITE, Anchor::Middle);
            }
            arrows(sketch, (x, y), row(policy, state), REACH * CELL);
        }
        let (x, y) = self.center(map.start());
        let half = CELL / 2.0 - 1.5;
        sketch.frame((x - half, y - half), (x + half, y + half), INK, 2.5);
        let end = self.corner(map.rows(), map.columns());
        sketch.frame((self.left, self.top), end, INK, 1.5);
    }

    /// Draws an episode, beside the arrows. A path that crosses itself stays readable: each step is a little further
    /// right and down.
    pub(super) fn path(&self, sketch: &mut Sketch, path: &Path) {
        let steps = path.actions.len().max(24) as f64;
        let points = path.states.iter().enumerate().map(|(i, &state)| {
            let ((x, y), shift) = (self.center(state), 4.0 + 7.5 * i as f64 / steps);
            (x + shift, y + shift)
        });
        let points: Vec<(f64, f64)> = points.collect();
        sketch.line(&points, WHITE, 4.0);
        sketch.line(&points, BLUE, 2.2);
        for (&point, radius) in points.first().into_iter().chain(points.last()).zip([2.75, 4.5]) {
            sketch.disc(point, radius + 1.2, WHITE);
            sketch.disc(point, radius, BLUE);
        }
    }
}

/// Draws the moves of one state as arrows from a point; `reach` is the length of a certain move.
fn arrows(sketch: &mut Sketch, (x, y): (f64, f64), row: &[f64], reach: f64) {
    for (direction, &p) in Move::ALL.into_iter().zip(row) {
        let (down, right) = direction.offset();
        let to = (x + right as f64 * p * reach, y + down as f64 * p * reach);
        if p >= VISIBLE {
            sketch.line(&[(x, y), to], INK, 1.5);
            head(sketch, to, (right as f64, down as f64), 5.0_f64.min(p * reach));
        }
    }
}

/// Draws the head of an arrow: smaller than those of other figures, so that short arrows differ in length.
fn head(sketch: &mut Sketch, (x, y): (f64, f64), (dx, dy): (f64, f64), length: f64) {
    let (neck, half) = ((x - length * dx, y - length * dy), 0.55 * length);
    let side = |s: f64| (neck.0 - s * half * dy, neck.1 + s * half * dx);
    let tip = (x + 1.5 * dx, y + 1.5 * dy);
    sketch.polygon(&[tip, side(1.0), side(-1.0)], INK);
}

/// Draws the crossing enlarged around a point, with the probability of each move; to the right is a wall.
pub(super) fn crossing(sketch: &mut Sketch, (x, y): (f64, f64), row: &[f64]) {
    let (half, reach) = (36.0, 34.0);
    sketch.rect((x + half, y - half), (x + half + 7.0, y + half), MUTED);
    sketch.frame((x - half, y - half), (x + half, y + half), INK, 2.0);
    arrows(sketch, (x, y), row, reach);
    let texts = [
        (x, y - half - 6.0, Anchor::Middle),
        (x, y + half + 16.0, Anchor::Middle),
        (x - half - 6.0, y + 5.0, Anchor::End),
        (x + half + 12.0, y + 5.0, Anchor::Start),
    ];
    for (&p, (x, y, anchor)) in row.iter().zip(texts) {
        let digits = if p == 0.0 { 0 } else { 2 };
        sketch.text(number(p, digits), (x, y), TEXT, INK, anchor);
    }
}
