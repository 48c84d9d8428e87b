//! `gumbel runs list`.

use std::process::ExitCode;

use gumbel_lab::run::{self, RunState};
use gumbel_lab::vae::VaeRun;

use crate::args::ListArgs;
use crate::{Result, say};

pub(crate) fn list(args: &ListArgs) -> Result<ExitCode> {
    let runs = run::list(&args.dir)?;
    if runs.is_empty() {
        let dir = args.dir.display();
        say(&format!("no runs in {dir}: gumbel train vae makes one"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows =
        vec![["run", "data", "latents", "estimator", "epochs", "seed", "state"].map(str::to_owned)];
    for path in runs {
        let run = match VaeRun::open(&path) {
            Ok(run) => run,
            Err(error) => {
                let mut row = [const { String::new() }; 7];
                (row[0], row[6]) = (path.display().to_string(), format!("damaged: {error}"));
                rows.push(row);
                continue;
            }
        };
        let config = run.config();
        let state = match run.state() {
            Ok(RunState::Finished(summary)) => {
                format!("test bound {:.3} +- {:.3} nats", summary.test_bound_nats, summary.se)
            }
            Ok(RunState::Unfinished { step: Some(step) }) => format!("unfinished, step {step}"),
            Ok(RunState::Unfinished { step: None }) => "unfinished, no checkpoint".to_owned(),
            Err(error) => format!("damaged: {error}"),
        };
        rows.push([
            path.display().to_string(),
            config.data.clone(),
            config.latents.to_string(),
            config.estimator_name().to_owned(),
            config.epochs.to_string(),
            config.seed.to_string(),
            state,
        ]);
    }
    let widths: Vec<usize> =
        (0..7).map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        say(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}
