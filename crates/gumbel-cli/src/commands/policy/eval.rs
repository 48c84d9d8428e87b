//! `gumbel eval` of an agent.

use std::process::ExitCode;

use gumbel_lab::policy::{PolicyRun, evaluate_run};

use crate::args::EvalArgs;
use crate::commands::eval::note_state;
use crate::{Result, say};

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode> {
    let run = PolicyRun::open(&args.run)?;
    let found = evaluate_run(&run)?;
    note_state(&run)?;
    if args.json {
        let known = found.known.map_or_else(String::new, |(best, uniform)| {
            format!(", \"optimal_return\": {best}, \"uniform_return\": {uniform}")
        });
        say(&format!(
            "{{\"return\": {}, \"greedy_return\": {}, \"entropy\": {}{known}}}",
            found.of_policy, found.of_greedy, found.entropy
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let how = if found.known.is_some() { "exact, discounted" } else { "mean of 100 episodes" };
    say(&format!(
        "return     {:.4}, its most probable actions {:.4} ({how})",
        found.of_policy, found.of_greedy
    ))?;
    if let Some((best, uniform)) = found.known {
        say(&format!("           at best {best:.4}, uniform choices {uniform:.4}"))?;
    }
    say(&format!("entropy    {:.4} nats", found.entropy))?;
    Ok(ExitCode::SUCCESS)
}
