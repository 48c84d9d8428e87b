//! Agents that learn from episodes beside the exact gradient, and the noise of three estimates of that gradient.

use gumbel::{Key, gumbel_max};
use gumbel_environments::Episodes;
use gumbel_environments::maze::{Maze, Model};
use gumbel_report::color::{BLUE, GREEN, INK, RULE, VERMILION, thin};
use gumbel_report::{Panel, Rect, Scale, Sketch, Stroke};

use crate::kit::{Sign, WIDTH, legend};
use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "policy-gradient",
    title: "Agents that learn, and the noise of what they learn from",
    caption: "The maze of the first page. Left: the exact mean return of twelve agents that learn by the score function \
              of their episodes, with the mean of past returns as baseline (thin lines), and of one that climbs along \
              the exact gradient with the same length of step, one step for each episode (dashed). Two of the twelve \
              end on the long way (vermilion), which is worth 0.79 at best; the short way is worth 0.94. Right: the \
              deviation of the estimate from one episode, in units of the exact gradient, for the policies along the \
              dashed line. The score function without a baseline, with the exact value as baseline, and through the \
              choice, by the exact value of every action in the states of the episode: what is left there is the noise \
              of the states. 400 episodes for each point.",
    sketch,
};

const MAP: &str = "\
.....#
.###.#
.###.#
.###.#
G...S#
##T#.#
";
const ACTIONS: usize = Model::ACTIONS;
/// The length of a step along the gradient.
const RATE: f64 = 0.2;
/// The weight of the newest return in the mean of a cell.
const NEWEST: f64 = 0.05;
const AGENTS: u64 = 12;
const STEPS: usize = 4000;
/// An agent below this return in the end goes the long way.
const ASTRAY: f64 = 0.85;
/// The episodes of each point of the noise, and their key.
const EPISODES: usize = 400;
const NOISE: Key = Key::new(100);

/// The numbers of steps at which curves have a point: eight for each factor of ten, at most.
fn marks() -> Vec<usize> {
    let mut marks: Vec<usize> =
        (0..).map(|i| 10_f64.powf(f64::from(i) / 8.0).round() as usize).take(30).collect();
    marks.dedup();
    marks.retain(|&mark| mark < STEPS);
    marks.push(STEPS);
    marks
}

/// A step of an episode: state, action, reward.
type Taken = (usize, usize, f64);

/// Plays the episode that `episodes` is in to its end.
fn play(episodes: &mut Episodes<'_, Maze>, policy: &[f64]) -> Result<Vec<Taken>, FigureError> {
    let mut path = Vec::new();
    loop {
        let state = *episodes.state(0);
        let logits: Vec<f64> =
            policy[state * ACTIONS..][..ACTIONS].iter().map(|p| p.ln()).collect();
        let action = gumbel_max(&logits, ACTIONS, episodes.choice_keys()[0])?;
        let taken = episodes.step(&action)?;
        path.push((state, action[0], taken.rewards[0]));
        if !taken.finished.is_empty() {
            return Ok(path);
        }
    }
}

/// The discounted return from each step of an episode on.
fn returns(path: &[Taken], discount: f64) -> Vec<f64> {
    let mut sum = 0.0;
    let mut all: Vec<f64> = path.iter().map(|step| step.2).collect();
    for from_here in all.iter_mut().rev() {
        sum = *from_here + discount * sum;
        *from_here = sum;
    }
    all
}

/// The estimate of the gradient from one episode by the score function:
/// `sum_t discount^t (G_t - baseline(s_t)) (z_t - p)`.
fn score(path: &[Taken], policy: &[f64], discount: f64, baseline: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; policy.len()];
    let mut weight = 1.0;
    for (&(state, action, _), from_here) in path.iter().zip(returns(path, discount)) {
        let factor = weight * (from_here - baseline[state]);
        for b in 0..ACTIONS {
            let i = state * ACTIONS + b;
            gradient[i] += factor * (f64::from(u8::from(b == action)) - policy[i]);
        }
        weight *= discount;
    }
    gradient
}

/// The estimate from the states of one episode and the exact value of every action:
/// `sum_t discount^t p (Q - V)`.
fn through_the_choice(
    path: &[Taken],
    policy: &[f64],
    model: &Model,
) -> Result<Vec<f64>, FigureError> {
    let exact = model.evaluate(policy)?;
    let mut gradient = vec![0.0; policy.len()];
    let mut weight = 1.0;
    for &(state, ..) in path {
        for i in (state * ACTIONS..).take(ACTIONS).filter(|&i| policy[i] > 0.0) {
            gradient[i] += weight * policy[i] * (exact.action_values[i] - exact.values[state]);
        }
        weight *= model.discount();
    }
    Ok(gradient)
}

fn add(logits: &mut [f64], gradient: &[f64]) {
    logits.iter_mut().zip(gradient).for_each(|(l, g)| *l += RATE * g);
}

/// The exact return of an agent that learns from episodes, at the marks.
fn agent(maze: &Maze, key: Key) -> Result<Vec<(f64, f64)>, FigureError> {
    let model = maze.model();
    let mut logits = vec![0.0; model.states() * ACTIONS];
    let mut past = vec![0.0; model.states()];
    let mut episodes = Episodes::new(maze, key, 1);
    let (marks, mut curve) = (marks(), Vec::new());
    for step in 1..=STEPS {
        let policy = model.softmax_policy(&logits)?;
        let path = play(&mut episodes, &policy)?;
        add(&mut logits, &score(&path, &policy, model.discount(), &past));
        for (&(state, ..), from_here) in path.iter().zip(returns(&path, model.discount())).rev() {
            past[state] += NEWEST * (from_here - past[state]);
        }
        if marks.contains(&step) {
            let policy = model.softmax_policy(&logits)?;
            curve.push((step as f64, model.evaluate(&policy)?.expected_return));
        }
    }
    Ok(curve)
}

/// The logits on the way along the exact gradient, at the marks.
fn climb(model: &Model) -> Result<Vec<(f64, Vec<f64>)>, FigureError> {
    let mut logits = vec![0.0; model.states() * ACTIONS];
    let (marks, mut way) = (marks(), Vec::new());
    for step in 1..=STEPS {
        let gradient = model.policy_gradient(&logits)?.gradient;
        add(&mut logits, &gradient);
        if marks.contains(&step) {
            way.push((step as f64, logits.clone()));
        }
    }
    Ok(way)
}

/// The deviations of the three estimates from the exact gradient, in units of its length.
fn noise(maze: &Maze, logits: &[f64]) -> Result<[f64; 3], FigureError> {
    let model = maze.model();
    let (policy, exact) = (model.softmax_policy(logits)?, model.policy_gradient(logits)?.gradient);
    let values = model.evaluate(&policy)?.values;
    let none = vec![0.0; model.states()];
    let mut episodes = Episodes::new(maze, NOISE, 1);
    let square = |estimate: &[f64]| -> f64 {
        estimate.iter().zip(&exact).map(|(a, b)| (a - b) * (a - b)).sum()
    };
    let mut sums = [0.0; 3];
    for _ in 0..EPISODES {
        let path = play(&mut episodes, &policy)?;
        sums[0] += square(&score(&path, &policy, model.discount(), &none));
        sums[1] += square(&score(&path, &policy, model.discount(), &values));
        sums[2] += square(&through_the_choice(&path, &policy, model)?);
    }
    let length = exact.iter().map(|g| g * g).sum::<f64>().sqrt();
    Ok(sums.map(|sum| (sum / EPISODES as f64).sqrt() / length))
}

fn sketch() -> Result<Sketch, FigureError> {
    let maze = Maze::parse(MAP)?;
    let model = maze.model();
    let agents =
        (0..AGENTS).map(|key| agent(&maze, Key::new(key))).collect::<Result<Vec<_>, _>>()?;
    let way = climb(model)?;
    let mut exact = Vec::new();
    for (step, logits) in &way {
        exact.push((*step, model.policy_gradient(logits)?.expected_return));
    }
    let mut noises = Vec::new();
    for (step, logits) in way.iter().filter(|(step, _)| *step <= 320.0).step_by(2) {
        noises.push((*step, noise(&maze, logits)?));
    }

    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 376);
    let ticks = [(1.0, "1"), (10.0, "10"), (100.0, "100"), (1000.0, "1,000")];
    let x = Scale::log(0.9, 1.1 * STEPS as f64)?.with_ticks(ticks);
    let left = Panel::new(Rect::new(52.0, 44.0, 316.0, 214.0), x, Scale::linear(-0.5, 1.0, 6.0)?);
    left.title("Exact mean return").x_label("episodes, or exact steps").axes(&mut sketch);
    for (y, text) in [(0.94, "short way"), (0.79, "long way")] {
        left.line(&mut sketch, [(0.9, y), (1.1 * STEPS as f64, y)], Stroke::dotted(RULE));
        let at = left.at((1.0, y));
        sketch.text(text, (at.0, at.1 - 4.0), 12.0, INK, gumbel_report::Anchor::Start);
    }
    for curve in &agents {
        let astray = curve.last().is_some_and(|(_, last)| *last < ASTRAY);
        let color = thin(if astray { VERMILION } else { BLUE }, 0.6);
        left.line(&mut sketch, curve.iter().copied(), Stroke::solid(color).width(1.2));
    }
    left.line(&mut sketch, exact, Stroke::dashed(INK));

    let x = Scale::log(0.9, 360.0)?.with_ticks(ticks.into_iter().take(3));
    let y = Scale::log(0.6, 60.0)?.with_ticks([(1.0, "1"), (3.0, "3"), (10.0, "10"), (30.0, "30")]);
    let right = Panel::new(Rect::new(436.0, 44.0, 306.0, 214.0), x, y);
    right
        .title("Noise of one episode, exact gradient = 1")
        .x_label("exact steps")
        .axes(&mut sketch);
    let colors = [VERMILION, BLUE, GREEN];
    for (i, color) in colors.into_iter().enumerate() {
        let points = || noises.iter().map(|(step, noise)| (*step, noise[i]));
        right.line(&mut sketch, points(), Stroke::solid(color));
        right.points(&mut sketch, points(), 3.0, color);
    }
    let agents = Sign::Line(Stroke::solid(thin(BLUE, 0.6)));
    legend(&mut sketch, (52.0, 334.0), &[(agents, "score function, one agent")]);
    let exact = Sign::Line(Stroke::dashed(INK));
    legend(&mut sketch, (52.0, 360.0), &[(exact, "exact gradient")]);
    let [none, value, through] = colors.map(Sign::Disc);
    let baselines = [(none, "no baseline"), (value, "baseline: exact value")];
    legend(&mut sketch, (400.0, 334.0), &baselines);
    legend(&mut sketch, (400.0, 360.0), &[(through, "through the choice, exact action values")]);
    Ok(sketch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caption_counts_the_agents_that_go_astray() {
        let maze = Maze::parse(MAP).unwrap();
        let last = (0..AGENTS).map(|key| agent(&maze, Key::new(key)).unwrap().pop().unwrap().1);
        let last: Vec<f64> = last.collect();
        let astray = last.iter().filter(|&&end| end < ASTRAY).count();
        assert_eq!(astray, 2, "{last:?}");
        assert!(
            last.iter().all(|&end| (0.75..0.79).contains(&end) || (0.93..0.941).contains(&end))
        );
    }

    /// Both means are the exact gradient, within six standard errors of each coordinate. One episode of 20,000 reaches
    /// the time limit.
    #[test]
    fn the_estimates_have_no_bias() {
        const N: usize = 20_000;
        let maze = Maze::parse(MAP).unwrap();
        let model = maze.model();
        let logits = climb(model).unwrap().into_iter().find(|(step, _)| *step >= 50.0).unwrap().1;
        let policy = model.softmax_policy(&logits).unwrap();
        let exact = model.policy_gradient(&logits).unwrap().gradient;
        let values = model.evaluate(&policy).unwrap().values;
        let mut episodes = Episodes::new(&maze, Key::new(2), 1);
        let mut sums = [vec![(0.0, 0.0); exact.len()], vec![(0.0, 0.0); exact.len()]];
        for _ in 0..N {
            let path = play(&mut episodes, &policy).unwrap();
            let estimates = [
                score(&path, &policy, model.discount(), &values),
                through_the_choice(&path, &policy, model).unwrap(),
            ];
            for (sums, estimate) in sums.iter_mut().zip(estimates) {
                sums.iter_mut().zip(estimate).for_each(|(s, g)| *s = (s.0 + g, s.1 + g * g));
            }
        }
        for sums in sums {
            for (i, ((sum, squares), exact)) in sums.into_iter().zip(&exact).enumerate() {
                let mean = sum / N as f64;
                let error = ((squares / N as f64 - mean * mean).max(0.0) / N as f64).sqrt();
                assert!((mean - exact).abs() <= 6.0 * error + 1e-12, "{i}: {mean} {exact} {error}");
            }
        }
    }
}
