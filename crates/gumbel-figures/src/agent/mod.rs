//! The agent of the book in its maze: before it learns, while it learns, and after.

mod learner;
mod picture;

use gumbel::Key;
use gumbel_environments::Episodes;
use gumbel_environments::maze::{Maze, Move};
use gumbel_report::color::{BLUE, INK, MUTED};
use gumbel_report::{Anchor, Sketch, Stroke, TEXT};

use crate::kit::{Sign, WIDTH, legend, number};
use crate::{Figure, FigureError, Language};
use learner::{Learner, Path, play, row};
use picture::{CELL, Picture, color_of, crossing};

pub(crate) const FIGURE: Figure = Figure {
    name: "agent",
    title: "An agent that acts by sampling, while it learns",
    caption: "An agent walks from the crossing (framed) to the goal G, which is worth 1. The trap T costs 1 \
              and ends the episode, every other step costs 0.01, and what comes a step later counts 1 % \
              less. Arrows: the probabilities of its moves. Colours: the exact value of each cell for these \
              probabilities. Blue: one episode, sampled. Below: the crossing enlarged, and the \
              exact mean return of an episode. Left: before it learns, all moves are equally likely. Middle: \
              it goes forward with probability 0.90, the long way round; the episode shown is one of the few \
              that turned left and took the short way past the trap. Right: from those episodes it has \
              learned that the short way is better, and takes it.",
    chinese_title: "边学习边抽样行动的智能体",
    sketch,
};

/// The maze of the book's first page: a long way forward, a short one to the left past a trap, and a dead end.
pub(crate) const MAP: &str = "\
.....#
.###.#
.###.#
.###.#
G...S#
##T#.#
";
/// The episodes before each panel, and their key. Both are chosen: the policy at the crossing rounds, in the middle
/// panel, to the example of the whole book, 0.9, 0.05, 0.05 and 0.
const STAGES: [(u64, &str); 3] =
    [(0, "Before learning"), (2240, "After 2,240 episodes"), (4000, "After 4,000 episodes")];
const TRAINING: Key = Key::new(6);
/// The key of the episodes shown.
const SHOWN: Key = Key::new(12);

/// The agent at one time of its training.
struct Stage {
    policy: Vec<f64>,
    values: Vec<f64>,
    expected_return: f64,
    path: Path,
}

/// The agent before each panel.
fn stages(maze: &Maze) -> Result<Vec<Stage>, FigureError> {
    let mut learner = Learner::new(maze, TRAINING);
    let (mut done, mut stages) = (0, Vec::new());
    for (i, (episodes, _)) in STAGES.into_iter().enumerate() {
        learner.learn(episodes - done)?;
        done = episodes;
        let policy = learner.policy()?;
        let exact = maze.model().evaluate(&policy)?;
        let (values, expected_return) = (exact.values, exact.expected_return);
        let path = shown(maze, &policy, i)?;
        stages.push(Stage { policy, values, expected_return, path });
    }
    Ok(stages)
}

/// The first episode of a panel, in the middle one the first that goes to the left all the way.
fn shown(maze: &Maze, policy: &[f64], panel: usize) -> Result<Path, FigureError> {
    let mut episodes = Episodes::new(maze, SHOWN.fold_in(panel as u64), 1);
    loop {
        let path = play(&mut episodes, policy)?;
        if panel != 1 || path.actions == [Move::Left as usize; 4] {
            return Ok(path);
        }
    }
}

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let maze = Maze::parse(MAP)?;
    let best = maze.model().optimum().expected_return;
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 448);
    for (i, (stage, (episodes, title))) in stages(&maze)?.iter().zip(STAGES).enumerate() {
        let left = 15.0 + 195.0 * i as f64;
        let chinese = match episodes {
            0 => "学习之前".to_owned(),
            _ => format!("{} 回合之后", title.trim_matches(|c: char| !c.is_ascii_digit())),
        };
        let title = language.of(title, &chinese);
        sketch.text(title, (left, 24.0), TEXT + 1.0, INK, Anchor::Start);
        let picture = Picture { maze: &maze, left, top: 36.0 };
        picture.draw(&mut sketch, &stage.policy, &stage.values);
        picture.path(&mut sketch, &stage.path);
        let middle = left + 3.0 * CELL;
        crossing(&mut sketch, (middle, 284.0), row(&stage.policy, maze.model().start()));
        let value = number(stage.expected_return, 2);
        let texts = [
            (format!("{} {value}", language.of("return", "回报")), INK),
            (format!("{} {}", language.of("at best", "最好"), number(best, 2)), MUTED),
        ];
        for ((text, color), y) in texts.into_iter().zip([364.0, 382.0]) {
            sketch.text(text, (middle, y), TEXT, color, Anchor::Middle);
        }
    }
    let entries = [
        (Sign::Arrow(INK), language.of("probability of a move", "动作的概率")),
        (Sign::Line(Stroke::solid(BLUE)), language.of("one episode", "一个回合")),
    ];
    legend(&mut sketch, (15.0, 414.0), &entries);
    let entries = [
        (Sign::Box(color_of(-1.0)), language.of("value −1", "价值 −1")),
        (Sign::Box(color_of(-0.5)), "−0.5"),
        (Sign::Box(color_of(0.5)), "0.5"),
        (Sign::Box(color_of(1.0)), "1"),
    ];
    legend(&mut sketch, (15.0, 438.0), &entries);
    Ok(sketch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hundredths(x: f64) -> f64 {
        (100.0 * x).round() / 100.0
    }

    /// The logits of a policy; those of moves into walls are not used.
    fn logits(policy: &[f64]) -> Vec<f64> {
        policy.iter().map(|p| p.ln()).collect()
    }

    /// The numbers of the book's first page that its snippets do not compute.
    #[test]
    fn the_first_page_has_these_numbers() {
        let maze = Maze::parse(MAP).unwrap();
        let stages = stages(&maze).unwrap();
        let start = maze.model().start();
        let rows = stages.iter().map(|stage| row(&stage.policy, start));
        let rounded: Vec<_> = rows.map(|row| [0, 1, 2, 3].map(|a| hundredths(row[a]))).collect();
        assert_eq!(rounded[1..], [[0.9, 0.05, 0.05, 0.0], [0.02, 0.02, 0.96, 0.0]]);
        let returns = stages.iter().map(|stage| hundredths(stage.expected_return));
        assert_eq!(returns.collect::<Vec<_>>(), [-0.38, 0.77, 0.93]);
        // After 100 episodes it is worse to begin to the left than forward, in the middle panel it is better.
        let mut learner = Learner::new(&maze, TRAINING);
        learner.learn(100).unwrap();
        let ways = |policy: &[f64]| {
            let values = maze.model().evaluate(policy).unwrap().action_values;
            [Move::Forward, Move::Left].map(|way| hundredths(row(&values, start)[way as usize]))
        };
        let found = [ways(&learner.policy().unwrap()), ways(&stages[1].policy)];
        assert_eq!(found, [[0.67, 0.61], [0.77, 0.83]]);
    }

    /// The agents of the first page that no figure shows.
    #[test]
    fn most_agents_find_the_short_way() {
        let maze = Maze::parse(MAP).unwrap();
        let model = maze.model();
        let live = (0..model.states()).filter(|&state| !model.is_terminal(state));
        assert_eq!(live.count(), 16);
        let (mut early, mut late, mut seldom) = (0, 0, 0);
        for key in 100..200 {
            let mut learner = Learner::new(&maze, Key::new(key));
            let mut left_after = |episodes| {
                learner.learn(episodes).unwrap();
                row(&learner.policy().unwrap(), model.start())[Move::Left as usize]
            };
            early += u32::from(left_after(500) > 0.5);
            let left = left_after(3500);
            late += u32::from(left > 0.5);
            seldom += u32::from(left < 0.1);
        }
        assert_eq!((early, late, seldom), (86, 90, 9));
    }

    /// The numbers of the page on sampling.
    #[test]
    fn a_longer_arrow_leaves_a_path_as_it_is_or_replaces_it() {
        let maze = Maze::parse(MAP).unwrap();
        let model = maze.model();
        let policy = stages(&maze).unwrap().swap_remove(1).policy;
        let left = 4 * model.start() + Move::Left as usize;
        let mut raised = logits(&policy);
        raised[left] += 0.1;
        let raised = model.softmax_policy(&raised).unwrap();
        let mut same = 0;
        for episode in 0..1000 {
            let key = SHOWN.fold_in(episode);
            let [before, after] =
                [&policy, &raised].map(|p| play(&mut Episodes::new(&maze, key, 1), p).unwrap());
            match before.actions.iter().zip(&after.actions).position(|(a, b)| a != b) {
                None => assert_eq!(before, after),
                Some(step) => assert_eq!(before.states[step], model.start()),
            }
            same += u32::from(before == after);
        }
        assert_eq!(same, 994);
        let exact = [&policy, &raised].map(|p| model.evaluate(p).unwrap().expected_return);
        assert_eq!(exact.map(|j| (1e4 * j).round()), [7730.0, 7734.0]);
        let slope = model.policy_gradient(&logits(&policy)).unwrap().gradient[left];
        assert_eq!((1e4 * slope).round(), 33.0);
    }

    /// The mean of the estimates is the exact gradient, within six standard errors: a false-alarm rate below 1e-6. The
    /// time limit of an episode cuts off next to nothing: one episode of 20,000 reaches it.
    #[test]
    fn the_estimate_from_an_episode_has_no_bias() {
        const N: u32 = 20_000;
        let maze = Maze::parse(MAP).unwrap();
        let mut learner = Learner::new(&maze, Key::new(1));
        learner.learn(50).unwrap();
        let policy = learner.policy().unwrap();
        let exact = maze.model().policy_gradient(&logits(&policy)).unwrap().gradient;
        let mut episodes = Episodes::new(&maze, Key::new(2), 1);
        let (mut sum, mut squares) = (vec![0.0; exact.len()], vec![0.0; exact.len()]);
        for _ in 0..N {
            let path = play(&mut episodes, &policy).unwrap();
            for (i, g) in learner.gradient(&policy, &path, 0.0).into_iter().enumerate() {
                sum[i] += g;
                squares[i] += g * g;
            }
        }
        let n = f64::from(N);
        for (i, exact) in exact.iter().enumerate() {
            let mean = sum[i] / n;
            let error = ((squares[i] / n - mean * mean) / n).sqrt();
            assert!((mean - exact).abs() <= 6.0 * error, "{i}: {mean} {exact} {error}");
        }
    }
}
