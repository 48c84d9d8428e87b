//! Drawings of a pole on a cart.

use gumbel_environments::CartpoleState;
use gumbel_report::color::{BLUE, Color, INK, MUTED, ORANGE, RULE, VERMILION, thin};
use gumbel_report::{Anchor, Sketch, TEXT};

use super::drawing::{Drawing, Words};
use super::episode::Episode;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 160.0;
/// The pixels of a metre.
const METRE: f64 = 84.0;
/// The end of the track and the length of the pole in metres, and the angle at which it counts as fallen.
const TRACK: f64 = 2.4;
const POLE: f64 = 1.0;
const FALLEN: f64 = 12.0;
/// The height of the track in the picture, and the cart.
const GROUND: f64 = 132.0;
const CART: (f64, f64) = (44.0, 18.0);
/// The earlier moments in the still picture, and the steps between them.
const GHOSTS: usize = 6;
const BETWEEN: usize = 8;
/// The cells of the text picture from the middle of the track to its end, and the lines of the pole.
const TEXT_HALF: f64 = 24.0;
const TEXT_POLE: u32 = 4;

/// The names of the actions, by their numbers.
pub(crate) const ACTIONS: [&str; 2] = ["left", "right"];

/// The drawings of a pole on a cart.
pub(crate) struct CartpoleDrawing;

fn place(position: f64) -> f64 {
    WIDTH / 2.0 + METRE * position
}

/// Draws cart and pole with some opacity.
fn draw(sketch: &mut Sketch, state: &CartpoleState, opacity: f64) {
    let ink = |color: Color| thin(color, opacity);
    let (x, top) = (place(state.position), GROUND - 6.0 - CART.1);
    for side in [-1.0, 1.0] {
        sketch.disc((x + side * 0.3 * CART.0, GROUND - 5.0), 5.0, ink(MUTED));
    }
    let half = CART.0 / 2.0;
    sketch.rect((x - half, top), (x + half, top + CART.1), ink(BLUE));
    let (sin, cos) = state.angle.sin_cos();
    let end = (x + POLE * METRE * sin, top - POLE * METRE * cos);
    sketch.line(&[(x, top), end], ink(ORANGE), 7.0);
    sketch.disc((x, top), 3.0, ink(INK));
}

impl Drawing<CartpoleState> for CartpoleDrawing {
    fn words(&self) -> Words {
        let still = "The last moment of the same episode, and fainter what was before it: one of every 8 steps. The \
                     orange marks on the track are its ends.";
        Words {
            film: "The agent pushes the cart to the left or to the right at each step; the arrow shows the push. The \
                   episode ends when the pole leans by 12 degrees, when the cart leaves the track, or after 500 steps.",
            still: ("How it ended", still, "last"),
        }
    }

    fn ground(&self, _: &Episode<CartpoleState>) -> Sketch {
        let mut sketch = Sketch::new("An episode", WIDTH as u32, HEIGHT as u32);
        let at = |x: f64, y: f64| (place(x), y);
        sketch.line(&[at(-TRACK, GROUND), at(TRACK, GROUND)], RULE, 2.0);
        for end in [-TRACK, TRACK] {
            sketch.line(&[at(end, GROUND - 12.0), at(end, GROUND + 8.0)], VERMILION, 3.0);
        }
        sketch
    }

    fn moment(&self, sketch: &mut Sketch, episode: &Episode<CartpoleState>, t: usize) {
        let state = &episode.states[t];
        draw(sketch, state, 1.0);
        let (x, y) = (place(state.position), GROUND - 6.0 - CART.1 / 2.0);
        if let Some(&action) = episode.actions.get(t).and_then(|actions| actions.first()) {
            let side = if action == 1 { 1.0 } else { -1.0 };
            let from = x + side * (CART.0 / 2.0 + 3.0);
            sketch.arrow((from, y), (from + side * 18.0, y), INK, 2.0);
        }
        let text = format!("step {t}");
        sketch.text(text, (WIDTH / 2.0, HEIGHT - 6.0), TEXT, MUTED, Anchor::Middle);
    }

    fn still(&self, episode: &Episode<CartpoleState>) -> Sketch {
        let mut sketch = self.ground(episode);
        let steps = episode.steps();
        for ghost in (1..=GHOSTS).rev().filter(|ghost| ghost * BETWEEN <= steps) {
            let opacity = 0.4 * (1.0 - ghost as f64 / (GHOSTS + 1) as f64);
            draw(&mut sketch, &episode.states[steps - ghost * BETWEEN], opacity);
        }
        self.moment(&mut sketch, episode, steps);
        sketch
    }
}

/// The cart and its pole as text. The pole leans further than it does, so that one sees it.
pub(crate) fn text(state: &CartpoleState) -> String {
    let width = 2 * TEXT_HALF as usize + 1;
    let column = |x: f64| ((x + TEXT_HALF).round().max(0.0) as usize).min(width - 1);
    let cart = state.position / TRACK * TEXT_HALF;
    let lean = state.angle.to_degrees() / FALLEN;
    let sign = if lean.abs() < 0.25 {
        '|'
    } else if lean > 0.0 {
        '/'
    } else {
        '\\'
    };
    let line = |marks: &[(f64, char)], ground: char| {
        let mut line = vec![ground; width];
        for &(x, mark) in marks {
            line[column(x)] = mark;
        }
        line.into_iter().collect::<String>().trim_end().to_owned()
    };
    let mut lines: Vec<String> = (1..=TEXT_POLE)
        .rev()
        .map(|height| line(&[(cart + lean * f64::from(height), sign)], ' '))
        .collect();
    lines.push(line(&[(cart - 1.0, '['), (cart, '='), (cart + 1.0, ']')], ' '));
    lines.push(line(&[(-TEXT_HALF, '|'), (TEXT_HALF, '|')], '-'));
    let degrees = state.angle.to_degrees();
    lines.push(format!("position {:+.2} m, angle {degrees:+.1} degrees", state.position));
    lines.join("\n")
}
