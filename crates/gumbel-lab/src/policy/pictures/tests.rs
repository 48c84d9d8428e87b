//! Tests of the pictures, with agents that have learned nothing.

use burn::tensor::Device;
use gumbel::Key;
use gumbel_environments::maze::Maze;
use gumbel_environments::{Cartpole, Particles};

use super::*;
use crate::policy::evaluate::play_in;
use crate::policy::network::{Critic, Sizes};

fn net<E: World>(world: &E) -> PolicyNet {
    PolicyNet::new(&Sizes::of(world, &[], Critic::None), Key::new(0), &Device::flex())
}

/// Rows of an agent in a maze that always chooses uniformly.
fn rows(maze: &Maze) -> Vec<MetricsRow> {
    let policy = maze.model().uniform_policy();
    let row = |epoch: u64| MetricsRow {
        epoch,
        step: 10 * epoch,
        environment_steps: 500 * epoch,
        of_policy: -0.5,
        greedy_return: 0.5,
        entropy: 1.0,
        training_return: (epoch > 1).then_some(-3.0),
        tau: Some(0.5),
        policy: policy.iter().map(|p| format!("{:.0}", 1e3 * p)).collect::<Vec<_>>().join(" "),
    };
    (1..=5).map(row).collect()
}

fn map(rows: usize, columns: usize) -> Maze {
    let mut cells = vec!['.'; rows * columns];
    (cells[0], cells[1], cells[rows * columns - 1]) = ('S', '~', 'G');
    let lines = cells.chunks(columns).map(|row| row.iter().collect::<String>() + "\n");
    Maze::parse(&lines.collect::<String>()).unwrap()
}

fn assert_is_drawn(sketch: &Sketch, what: &str) {
    let (width, height) = sketch.size();
    assert!(
        (1..=4000).contains(&width) && (1..=4000).contains(&height),
        "{what}: {width} x {height}"
    );
    assert!(sketch.png().unwrap().starts_with(b"\x89PNG"), "{what}");
    for text in sketch.texts() {
        let inside = text.from.0 >= 0.0 && text.to.0 <= f64::from(width) + 1.0;
        assert!(inside && text.to.1 <= f64::from(height), "{what}: {text:?} in {width} x {height}");
    }
}

/// A map of more than 45 columns was trained to its end, and then could not be drawn: "expected 1 to 4095 pixels".
#[test]
fn maps_that_are_wide_tall_or_large_are_drawn() {
    for (r, c) in [(1, 4096), (4096, 1), (64, 64), (2, 100), (100, 2), (1, 46), (2, 2), (9, 9)] {
        let (maze, what) = (map(r, c), format!("{r} x {c}"));
        // Values that cost no exact solution.
        let states = maze.model().states();
        let values = (0..states).map(|s| 2.0 * s as f64 / states as f64 - 1.0).collect();
        let drawing = maze::MazeDrawing::of(&maze, maze.model().uniform_policy(), values);
        let episode = episode::Episode {
            states: (0..states.min(30)).collect(),
            actions: vec![vec![3]; states.min(30) - 1],
            rewards: vec![-0.01; states.min(30) - 1],
        };
        assert_is_drawn(&drawing.still(&episode), &what);
        assert_is_drawn(&drawing.stages(4), &what);
        let film = Film::of(&drawing, &episode, 18).unwrap();
        assert!(film.file.len() < 1_000_000, "{what}: {} bytes", film.file.len());
    }
}

/// A film was cut at 200 steps without a word.
#[test]
fn a_long_film_leaves_steps_out_and_says_so() {
    let maze = map(3, 3);
    let drawing = maze::MazeDrawing::new(&maze, &net(&maze)).unwrap();
    let film = |steps: usize| {
        let states = (0..=steps).map(|t| t % 2).collect();
        let (actions, rewards) = (vec![vec![3]; steps], vec![-0.01; steps]);
        Film::of(&drawing, &episode::Episode { states, actions, rewards }, 18).unwrap()
    };
    assert_eq!(film(250).length_in_words(), "250 steps");
    let long = film(1001);
    assert_eq!(long.length_in_words(), "1001 steps, of which one of every 5 is shown");
    // Small frames: only the disc moves.
    assert!(long.file.len() < 400_000, "{} bytes", long.file.len());
}

fn check_world<E: World>(world: &E) {
    let (net, key) = (net(world), Key::new(3));
    let (played, _) = play_in(world, &net, key, 6, false).unwrap();
    let mut moments = Vec::new();
    let mut show = |moment: &Moment| {
        moments.push(moment.clone());
        Ok::<(), Shown>(())
    };
    let watched = watch::watch_in(world, &net, key, 6, false, &mut show).unwrap();
    assert_eq!(watched.lengths, played.lengths, "{}", world.name());
    for (a, b) in watched.returns.iter().zip(&played.returns) {
        assert!((a - b).abs() < 1e-9, "{}: {a} and {b}", world.name());
    }
    let steps = played.lengths.iter().sum::<u32>() as usize;
    assert_eq!(moments.len(), steps + 6);
    assert_eq!(moments.iter().filter(|moment| moment.first).count(), 6);
    let lines = |moment: &Moment| moment.text.lines().count();
    assert!(moments.iter().all(|moment| lines(moment) == lines(&moments[0])));
    assert!(moments[1].text.contains("episode 0, step 1: "), "{}", moments[1].text);

    let folder = tempfile::tempdir().unwrap();
    let rows = world.maze().map(rows).unwrap_or_default();
    let sections = sections(world, &net, &rows, Some((0.9, -0.9)), key, folder.path()).unwrap();
    assert!(sections.iter().any(|section| matches!(section.picture, Picture::Gif { .. })));
    let drawing = world.drawing(&net).unwrap();
    let episode = play_episode(world, &net, key, 0, false).unwrap();
    assert_is_drawn(&drawing.still(&episode), world.name());
    let files = std::fs::read_dir(folder.path()).unwrap();
    for file in files.map(|file| file.unwrap().file_name().into_string().unwrap()) {
        use gumbel_train::Settings;
        let known = crate::policy::PolicyConfig::FILES;
        assert!(known.contains(&file.as_str()), "{file} is in no list of the files of a run");
    }
}

#[derive(Debug)]
enum Shown {}

impl From<LabError> for Shown {
    fn from(error: LabError) -> Self {
        panic!("{error}")
    }
}

/// Only mazes had pictures. And what is watched was played again for the list of the returns.
#[test]
fn every_environment_is_drawn_and_watched_as_it_is_played() {
    check_world(&Maze::parse("S.~.\n.#.T\n...G\n").unwrap());
    check_world(&Cartpole);
    check_world(&Particles);
}

/// The curves were over epochs, one chart each, with one for a constant temperature.
#[test]
fn curves_are_over_steps_and_have_no_constant_temperature() {
    use gumbel_train::report::Drawing;
    let maze = map(2, 2);
    let mut rows = rows(&maze);
    let charts = |rows: &[MetricsRow]| curves::charts(rows, Some((0.9, -0.9)), true);
    let files =
        |rows: &[MetricsRow]| charts(rows).iter().map(|chart| chart.file).collect::<Vec<_>>();
    assert_eq!(files(&rows), ["return", "training-return", "entropy"]);
    let lines = |rows: &[MetricsRow]| match charts(rows).swap_remove(0).drawing {
        Drawing::Lines(chart) => chart,
        _ => unreachable!(),
    };
    let chart = lines(&rows);
    assert_eq!((chart.x_label.as_str(), chart.series.len()), ("steps of the environment", 4));
    assert_eq!(chart.series[0].points, [(500.0, 0.9), (2500.0, 0.9)]);
    for row in &mut rows {
        (row.environment_steps, row.training_return) = (0, None);
    }
    rows[4].tau = Some(0.25);
    assert_eq!(files(&rows), ["return", "entropy", "temperature"]);
    assert_eq!(lines(&rows).x_label, "steps of the training");
}
