//! `gumbel play`: episodes of a trained agent.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use gumbel::Key;
use gumbel_files::output;
use gumbel_lab::policy::pictures::{Moment, film, watch};
use gumbel_lab::policy::{Played, PolicyRun, play};

use crate::args::{PlayArgs, Render};
use crate::commands::eval::note_state;
use crate::failure::Failure;
use crate::{Result, say};

/// Episodes that are listed one by one.
const LISTED: usize = 10;

pub(crate) fn run(args: &PlayArgs) -> Result<ExitCode> {
    let run = PolicyRun::open(&args.run)?;
    let net = run.load_networks()?;
    let (key, n, greedy) = (Key::new(args.seed), args.episodes, args.greedy);
    note_state(&run)?;
    let played = match &args.render {
        Some(Render::Terminal) => {
            let mut terminal = Terminal::default();
            let mut show = |moment: &Moment| -> Result<()> { terminal.show(moment) };
            watch::<Failure>(&run, &net, key, n, greedy, &mut show)?
        }
        Some(Render::Gif(file)) => {
            let film = film(&run, &net, key, greedy)?;
            output::write(file, &film.file)?;
            say(&format!("{}: an episode of {}", file.display(), film.length_in_words()))?;
            let length = u32::try_from(film.steps).unwrap_or(u32::MAX);
            match n {
                1 => Played { returns: vec![film.of_episode], lengths: vec![length] },
                _ => play(&run, &net, key, n, greedy)?,
            }
        }
        None => play(&run, &net, key, n, greedy)?,
    };
    print(&played)?;
    Ok(ExitCode::SUCCESS)
}

/// Shows the moments of an episode one after the other in the same place; all below each other if the output is no
/// terminal.
#[derive(Default)]
struct Terminal {
    begun: bool,
}

impl Terminal {
    fn show(&mut self, moment: &Moment) -> Result<()> {
        let moving = std::io::stdout().is_terminal();
        if moving && !moment.first {
            // Back to the first line of the moment before.
            let _ = write!(std::io::stdout(), "\x1b[{}A", moment.text.lines().count());
        } else if self.begun {
            say("")?;
        }
        self.begun = true;
        if !moving {
            return say(&moment.text);
        }
        // What was longer before is erased to the end of each line.
        say(&moment
            .text
            .lines()
            .map(|line| format!("{line}\x1b[K"))
            .collect::<Vec<_>>()
            .join("\n"))?;
        std::thread::sleep(Duration::from_millis(10 * u64::from(moment.hundredths)));
        Ok(())
    }
}

fn print(played: &Played) -> Result<()> {
    let n = played.returns.len();
    let not_discounted = if n == 1 { ", not discounted," } else { "" };
    let episodes = played.returns.iter().zip(&played.lengths);
    for (i, (of_episode, steps)) in episodes.enumerate().take(LISTED) {
        let plural = if *steps == 1 { "" } else { "s" };
        say(&format!(
            "episode {i}: return {of_episode:.2}{not_discounted} in {steps} step{plural}"
        ))?;
    }
    if n > LISTED {
        say(&format!("... and {} more", n - LISTED))?;
    }
    if n > 1 {
        say(&format!("mean return {:.4}, not discounted, of {n} episodes", played.mean()))?;
    }
    Ok(())
}
