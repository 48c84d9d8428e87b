//! Agents that learn from episodes beside the exact gradient, and the noise of three estimates of it.

use gumbel::{Key, gumbel_max};
use gumbel_environments::Episodes;
use gumbel_environments::maze::{Maze, Model};
use gumbel_report::color::{BLUE, GREEN, INK, RULE, VERMILION, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke};

use crate::kit::{Sign, WIDTH, legend};
use crate::{Figure, FigureError, Language};

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
    chinese_title: "会学习的智能体，和它们所学信号的噪声",
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

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let maze = Maze::parse(MAP)?;
    let way = climb(maze.model())?;
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 378);
    returns_over_episodes(&mut sketch, language, &maze, &way)?;
    noise_over_steps(&mut sketch, language, &maze, &way)?;
    Ok(sketch)
}

const TICKS: [(f64, &str); 4] = [(1.0, "1"), (10.0, "10"), (100.0, "100"), (1000.0, "1,000")];

/// Left: twelve agents that learn from episodes, and the exact gradient.
fn returns_over_episodes(
    sketch: &mut Sketch,
    language: Language,
    maze: &Maze,
    way: &[(f64, Vec<f64>)],
) -> Result<(), FigureError> {
    let (first, last) = (0.9, 1.1 * STEPS as f64);
    let x = Scale::log(first, last)?.with_ticks(TICKS);
    let area = Rect::new(44.0, 40.0, 240.0, 214.0);
    // No grid line at 1, where a name is.
    let y = [(-0.4, "\u{2212}0.4"), (0.0, "0"), (0.4, "0.4"), (0.8, "0.8")];
    let panel = Panel::new(area, x, Scale::linear(-0.5, 1.1, 6.0)?.with_ticks(y));
    panel
        .title(language.of("Exact mean return", "精确的平均回报"))
        .x_label(language.of("episodes, or exact steps", "回合，或精确的步"))
        .axes(sketch);
    let ways = [
        (0.94, -5.0, language.of("short way", "近路")),
        (0.79, 14.0, language.of("long way", "远路")),
    ];
    for (worth, dy, name) in ways {
        panel.line(sketch, [(first, worth), (last, worth)], Stroke::dotted(RULE));
        panel.note(sketch, name, (1.0, worth), (0.0, dy), Anchor::Start);
    }
    for key in 0..AGENTS {
        let curve = agent(maze, Key::new(key))?;
        let astray = curve.last().is_some_and(|(_, last)| *last < ASTRAY);
        let color = thin(if astray { VERMILION } else { BLUE }, 0.6);
        panel.line(sketch, curve, Stroke::solid(color).width(1.2));
    }
    let mut exact = Vec::new();
    for (step, logits) in way {
        exact.push((*step, maze.model().policy_gradient(logits)?.expected_return));
    }
    panel.line(sketch, exact, Stroke::dashed(INK));
    let entries = [
        (thin(BLUE, 0.6), language.of("an agent, to the short way", "一个智能体，走近路")),
        (thin(VERMILION, 0.6), language.of("an agent, to the long way", "一个智能体，走远路")),
    ];
    for (row, (color, name)) in entries.into_iter().enumerate() {
        let at = (44.0, 320.0 + 22.0 * row as f64);
        legend(sketch, at, &[(Sign::Line(Stroke::solid(color)), name)]);
    }
    let exact = language.of("the exact gradient", "精确的梯度");
    legend(sketch, (44.0, 364.0), &[(Sign::Line(Stroke::dashed(INK)), exact)]);
    Ok(())
}

/// Right: the noise of three estimates, along the way of the exact gradient.
fn noise_over_steps(
    sketch: &mut Sketch,
    language: Language,
    maze: &Maze,
    way: &[(f64, Vec<f64>)],
) -> Result<(), FigureError> {
    let mut noises = Vec::new();
    for (step, logits) in way.iter().filter(|(step, _)| *step <= 320.0).step_by(2) {
        noises.push((*step, noise(maze, logits)?));
    }
    let x = Scale::log(0.9, 360.0)?.with_ticks(TICKS.into_iter().take(3));
    let y = Scale::log(0.6, 60.0)?.with_ticks([(1.0, "1"), (3.0, "3"), (10.0, "10"), (30.0, "30")]);
    let panel = Panel::new(Rect::new(344.0, 40.0, 240.0, 214.0), x, y);
    panel
        .title(language.of("Noise, in exact gradients", "噪声，以精确的梯度为单位"))
        .x_label(language.of("exact steps", "精确的步"))
        .axes(sketch);
    let entries = [
        (VERMILION, language.of("without a baseline", "没有基线")),
        (BLUE, language.of("baseline: exact value", "基线：精确的价值")),
        (GREEN, language.of("through the choice", "穿过选择")),
    ];
    for (i, (color, name)) in entries.into_iter().enumerate() {
        let points = || noises.iter().map(|(step, noise)| (*step, noise[i]));
        panel.line(sketch, points(), Stroke::solid(color));
        panel.points(sketch, points(), 3.5, color);
        legend(sketch, (344.0, 320.0 + 22.0 * i as f64), &[(Sign::Disc(color), name)]);
    }
    Ok(())
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
