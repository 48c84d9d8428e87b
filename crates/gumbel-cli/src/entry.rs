//! `Entry`: what the commands for any run need to know about an experiment.

use std::path::Path;
use std::process::ExitCode;

use gumbel_lab::LabError;
use gumbel_train::Description;

use crate::Result;
use crate::args::EvalArgs;

/// An experiment, as far as the commands for any run need it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name of the experiment in `config.toml`.
    pub(crate) name: &'static str,
    /// The commands that make its runs.
    pub(crate) commands: &'static str,
    /// Describes the run in a folder.
    pub(crate) describe: fn(&Path) -> std::result::Result<Description, LabError>,
    /// Says which command made the run in a folder, and which commands are for it.
    pub(crate) made_by: fn(&Path) -> std::result::Result<&'static str, LabError>,
    /// Evaluates a run.
    pub(crate) eval: fn(&EvalArgs) -> Result<ExitCode>,
    /// The options of `eval` that not every experiment has, and this one has.
    pub(crate) eval_options: &'static [&'static str],
}
