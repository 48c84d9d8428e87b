//! Tests that `gumbel` accepts every command line in the documents and the help texts.

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Parser};

use super::Cli;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Markdown files that may show commands: in the root, docs, the book and beside the code.
fn pages() -> Vec<PathBuf> {
    let (mut pages, mut folders) = (Vec::new(), vec![repository()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // Build outputs, runs and the like hold files from elsewhere.
            let source = ["book", "docs", "crates", "benches", "fuzz"].contains(&name.as_str());
            if path.is_dir() && (folder != repository() || source) && name != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// The commands of a page: whole lines of its code blocks, and spans of code in its sentences, which may
/// leave out required arguments.
#[derive(Debug, Default)]
struct Shown {
    lines: Vec<String>,
    spans: Vec<String>,
    /// Options without a command.
    options: Vec<String>,
}

fn shown(page: &str) -> Shown {
    let mut shown = Shown::default();
    let (mut fenced, mut prose) = (false, String::new());
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        match fenced || line.starts_with("    ") {
            true => shown.lines.extend(command(line)),
            false => prose = prose + line + "\n",
        }
    }
    // Every second part of a paragraph is between backticks.
    for paragraph in prose.split("\n\n") {
        for span in paragraph.split('`').skip(1).step_by(2) {
            let span = span.replace('\n', " ");
            shown.spans.extend(command(&span));
            let option = span.strip_prefix("--").and_then(|rest| rest.split([' ', '=']).next());
            shown.options.extend(option.map(str::to_owned));
        }
    }
    shown
}

/// The arguments in a line that calls `gumbel` by its name, by its path or through Cargo.
fn command(line: &str) -> Option<String> {
    let line = line.trim_start();
    let arguments = ["gumbel ", "target/release/gumbel ", "cargo run --release -- "]
        .iter()
        .find_map(|start| line.strip_prefix(start))?;
    // The arguments end at a comment, a description after two spaces, or another program.
    let end =
        ["  ", " > ", " | ", " #", " && "].iter().filter_map(|stop| arguments.find(stop)).min();
    let arguments = arguments[..end.unwrap_or(arguments.len())].trim();
    // A dependency in a Cargo.toml is no call. Optional arguments, in brackets, are kept.
    (!arguments.is_empty() && !arguments.starts_with('='))
        .then(|| arguments.replace(['[', ']'], ""))
}

/// The error of some arguments. Unless they are `whole`, required arguments may be missing.
fn problem_with(arguments: &str, whole: bool) -> Option<String> {
    let words = std::iter::once("gumbel").chain(arguments.split_whitespace());
    let error = Cli::try_parse_from(words).err()?;
    let value = error.get(ContextKind::InvalidValue);
    let allowed = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::InvalidValue => {
            // An option without its value.
            !whole && matches!(value, Some(ContextValue::String(value)) if value.is_empty())
        }
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => !whole,
        _ => false,
    };
    (!allowed).then(|| format!("gumbel {arguments}: {error}"))
}

#[test]
fn gumbel_accepts_every_command_in_a_document() {
    let (mut found, mut faults) = (0, Vec::new());
    for path in pages() {
        let shown = shown(&fs::read_to_string(&path).unwrap());
        found += shown.lines.len() + shown.spans.len();
        let lines = shown.lines.iter().filter_map(|line| problem_with(line, true));
        let spans = shown.spans.iter().filter_map(|span| problem_with(span, false));
        faults.extend(lines.chain(spans).map(|fault| format!("{}: {fault}", path.display())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // README.md alone shows sixteen lines.
    assert!(found > 50, "only {found} commands were found");
}

/// The long options of a command and its subcommands.
fn options(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|argument| argument.get_long());
    let below = command.get_subcommands().flat_map(options);
    own.map(str::to_owned).chain(below).collect()
}

#[test]
fn every_option_in_a_document_exists() {
    // Options that clap adds, and options of Cargo.
    let others = ["help", "features", "workspace"].map(str::to_owned);
    let known: Vec<String> = options(&Cli::command()).into_iter().chain(others).collect();
    let mut found = 0;
    // The scripts in benches have their own options.
    for path in pages().into_iter().filter(|path| !path.starts_with(repository().join("benches"))) {
        for option in shown(&fs::read_to_string(&path).unwrap()).options {
            found += 1;
            assert!(known.contains(&option), "{}: no command takes --{option}", path.display());
        }
    }
    assert!(found > 5, "only {found} options were found");
}

#[test]
fn the_readme_shows_every_command() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let lines = shown(&readme).lines;
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        let has = |line: &String| line.split(' ').next() == Some(name);
        assert!(lines.iter().any(has), "README.md shows no `gumbel {name}`");
    }
}

#[test]
fn gumbel_accepts_every_example_in_a_help_text() {
    fn faults(command: &Command, found: &mut usize) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<String> = help.lines().filter_map(self::command).collect();
        *found += examples.len();
        let of_this = examples.iter().filter_map(|example| problem_with(example, true));
        let below = command.get_subcommands().flat_map(|below| faults(below, found));
        // Collected first, because both iterators change `found`.
        let of_this: Vec<String> = of_this.collect();
        of_this.into_iter().chain(below.collect::<Vec<_>>()).collect()
    }
    let mut found = 0;
    let faults = faults(&Cli::command(), &mut found);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(found > 30, "only {found} examples were found");
}

/// `reproduce frequency` took the help of its --data from `train gate`, which names a --resume that
/// `reproduce` does not have.
#[test]
fn the_help_of_an_argument_names_only_options_of_its_command() {
    fn unknown(command: &Command, found: &mut usize) -> Vec<String> {
        let known: Vec<&str> =
            command.get_arguments().filter_map(|argument| argument.get_long()).collect();
        let mut faults = Vec::new();
        for argument in command.get_arguments() {
            let help = argument.get_long_help().or(argument.get_help());
            let help = help.map(ToString::to_string).unwrap_or_default();
            for part in help.split("--").skip(1) {
                let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
                let option = &part[..end.unwrap_or(part.len())];
                *found += 1;
                if !known.contains(&option) {
                    let name = (command.get_name(), argument.get_id());
                    faults.push(format!("{name:?} names --{option}: {help}"));
                }
            }
        }
        for below in command.get_subcommands() {
            faults.extend(unknown(below, found));
        }
        faults
    }
    let mut found = 0;
    let faults = unknown(&Cli::command(), &mut found);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(found > 5, "only {found} options were found");
}

#[test]
fn an_option_that_does_not_exist_is_found() {
    assert_eq!(
        command("    gumbel train vae --old 3   what it does").unwrap(),
        "train vae --old 3"
    );
    assert_eq!(command("gumbel bench --json > bench.json").unwrap(), "bench --json");
    assert_eq!(command("cargo run --release -- train vae").unwrap(), "train vae");
    assert_eq!(command("cargo test --release"), None);
    assert!(problem_with("train vae --old 3", true).unwrap().contains("--old"));
    assert!(problem_with("train vae --old 3", false).unwrap().contains("--old"));
    assert!(
        problem_with("train old", false).is_some()
            && problem_with("bench --seconds soon", false).is_some()
    );
    assert!(problem_with("eval", true).is_some() && problem_with("eval", false).is_none());
    assert!(
        problem_with("bench --growth", true).is_some()
            && problem_with("bench --growth", false).is_none()
    );
    assert!(
        problem_with("train vae --tau 1 --tau-floor 1", true).is_some(),
        "options that exclude each other"
    );
    let page = "Call `gumbel\neval` with `--iw 9` or\n\n    gumbel runs list\n\n```text\ngumbel bench\n```\n";
    let shown = shown(page);
    assert_eq!(
        (shown.lines.join(","), shown.spans.join(",")),
        ("runs list,bench".into(), "eval".into())
    );
    assert_eq!(shown.options, ["iw"]);
}
