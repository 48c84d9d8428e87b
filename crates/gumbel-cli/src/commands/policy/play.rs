//! `gumbel play`: episodes of a trained agent.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use gumbel::Key;
use gumbel_files::output;
use gumbel_lab::policy::pictures::{HUNDREDTHS, MazePicture, frames};
use gumbel_lab::policy::{Played, PolicyRun, as_text, path_of_episode, play, values_of};

use crate::args::{PlayArgs, Render};
use crate::commands::eval::note_state;
use crate::failure::Failure;
use crate::{Result, say};

/// Episodes that are listed one by one.
const LISTED: usize = 10;

pub(crate) fn run(args: &PlayArgs) -> Result<ExitCode> {
    let run = PolicyRun::open(&args.run)?;
    let net = run.load_networks()?;
    let key = Key::new(args.seed);
    let maze = run.maze()?;
    if args.render.is_some() && maze.is_none() {
        return Err(Failure::usage("--render: shows mazes, and this run is of cartpole"));
    }
    note_state(&run)?;
    if let (Some(render), Some(maze)) = (&args.render, &maze) {
        let (policy, values) = values_of(maze, &net)?;
        let picture = MazePicture { maze, policy: &policy, values: &values };
        match render {
            Render::Gif(file) => {
                let path = path_of_episode(maze, &net, key, 0, args.greedy)?;
                let film = gumbel_report::Sketch::gif(&frames(&picture, &path), HUNDREDTHS)
                    .map_err(|error| Failure::run(error.to_string()))?;
                output::write(file, &film)?;
                say(&format!("{}: an episode of {} steps", file.display(), path.len() - 1))?;
            }
            Render::Terminal => {
                for episode in 0..args.episodes as u64 {
                    let path = path_of_episode(maze, &net, key, episode, args.greedy)?;
                    in_terminal(&path.iter().map(|&at| as_text(maze, at)).collect::<Vec<_>>())?;
                }
            }
        }
    }
    print(&play(&run, &net, key, args.episodes, args.greedy)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Shows pictures of text one after the other in the same place; all below each other if the output is no terminal.
fn in_terminal(pictures: &[String]) -> Result<()> {
    let moving = std::io::stdout().is_terminal();
    for (i, picture) in pictures.iter().enumerate() {
        if moving && i > 0 {
            // Back to the first line of the picture before.
            let _ = write!(std::io::stdout(), "\x1b[{}A", picture.lines().count());
        }
        say(picture.trim_end_matches('\n'))?;
        if moving {
            std::thread::sleep(Duration::from_millis(10 * u64::from(HUNDREDTHS)));
        } else if i + 1 < pictures.len() {
            say("")?;
        }
    }
    Ok(())
}

fn print(played: &Played) -> Result<()> {
    let n = played.returns.len();
    let episodes = played.returns.iter().zip(&played.lengths);
    for (i, (of_episode, steps)) in episodes.enumerate().take(LISTED) {
        say(&format!("episode {i}: return {of_episode:.2} in {steps} steps"))?;
    }
    if n > LISTED {
        say(&format!("... and {} more", n - LISTED))?;
    }
    if n > 1 {
        say(&format!("mean return {:.4}, not discounted, of {n} episodes", played.mean()))?;
    }
    Ok(())
}
