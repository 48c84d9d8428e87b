//! `gumbel runs list`: lists the runs of a folder.

use std::process::ExitCode;

use crate::args::ListArgs;
use crate::table::{self, wrapped};
use crate::{Result, experiments, say};

pub(crate) fn list(args: &ListArgs) -> Result<ExitCode> {
    let runs = gumbel_train::run::list(&args.dir)?;
    if runs.is_empty() {
        let dir = args.dir.display();
        say(&format!("no runs in {dir}: gumbel train vae starts one"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut problems = Vec::new();
    let mut rows = Vec::new();
    for path in runs {
        let name = one_line(&path.display().to_string());
        let (row, problem) =
            match experiments::entry_of_run(&path).and_then(|entry| Ok((entry.describe)(&path)?)) {
                Ok(run) => {
                    let (epochs, seed) = (run.epochs.to_string(), run.seed.to_string());
                    let data = one_line(&run.data);
                    ([name.clone(), data, run.model, epochs, seed, run.state], run.problem)
                }
                Err(error) => {
                    let mut row = [const { String::new() }; 6];
                    // A run of somebody else's experiment is not damaged.
                    let other = gumbel_train::run::experiment_of(&path).ok();
                    let other = other.filter(|name| experiments::entry(name).is_none());
                    let (state, problem) = match &other {
                        Some(_) => ("of an experiment that this command does not know", None),
                        None => ("damaged", Some(error.message())),
                    };
                    (row[0], row[5]) = (name.clone(), state.to_owned());
                    row[2] = other.unwrap_or_default();
                    (row, problem)
                }
            };
        rows.push(row);
        // The problem of a damaged file contains its path; other problems need the name of the run.
        problems.extend(problem.map(|problem| match problem.contains(&name) {
            true => one_line(&problem),
            false => format!("{name}: {}", one_line(&problem)),
        }));
    }
    let most = table::columns();
    for line in table::lines(["run", "data", "model", "epochs", "seed", "state"], &rows, most) {
        say(&line)?;
    }
    // Errors are long, so they come below the table.
    if !problems.is_empty() {
        say("")?;
    }
    for problem in problems {
        for line in most.map_or_else(|| vec![problem.clone()], |most| wrapped(&problem, "", most)) {
            say(&line)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A name with its control characters replaced, so that it is one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
