//! `gumbel runs list`.

use std::process::ExitCode;

use gumbel_lab::run;
use gumbel_lab::runs::AnyRun;

use crate::args::ListArgs;
use crate::{Result, say};

pub(crate) fn list(args: &ListArgs) -> Result<ExitCode> {
    let runs = run::list(&args.dir)?;
    if runs.is_empty() {
        let dir = args.dir.display();
        say(&format!("no runs in {dir}: gumbel train vae makes one"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![["run", "data", "model", "epochs", "seed", "state"].map(str::to_owned)];
    for path in runs {
        let name = path.display().to_string();
        rows.push(match AnyRun::open(&path).map(|run| run.describe()) {
            Ok(run) => {
                let (epochs, seed) = (run.epochs.to_string(), run.seed.to_string());
                [name, run.data, run.model, epochs, seed, run.state]
            }
            Err(error) => {
                let mut row = [const { String::new() }; 6];
                (row[0], row[5]) = (name, format!("damaged: {error}"));
                row
            }
        });
    }
    let widths: Vec<usize> =
        (0..6).map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        say(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}
