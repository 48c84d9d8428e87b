//! Describes errors of the argument parser, in one line of our own words.

use std::error::Error as _;
use std::num::{ParseFloatError, ParseIntError};

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use gumbel_files::names::{nearest, unknown};
use gumbel_lab::LabError;
use gumbel_train::TrainError;

use crate::args::expected;

/// The line for an error of the parser. `given` holds the arguments without the name of the program.
pub(super) fn line(error: &Error, command: &Command, given: &[String]) -> String {
    let command = deepest_command(command, given);
    let one = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let all = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    let argument = option_name(&one(ContextKind::InvalidArg));
    match error.kind() {
        ErrorKind::InvalidValue => {
            let known = all(ContextKind::ValidValue);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            match one(ContextKind::InvalidValue) {
                found if found.is_empty() && known.is_empty() => {
                    format!("{argument}: expected a value, found none")
                }
                found => format!("{argument}: {}", unknown(&known, &found)),
            }
        }
        ErrorKind::ValueValidation => {
            let found = one(ContextKind::InvalidValue);
            match error.source().and_then(|source| source.downcast_ref()) {
                // The library says what it found.
                Some(LabError::Train(TrainError::Setting { problem, .. })) => {
                    format!("{argument}: {problem}")
                }
                _ => {
                    let (expected, found) = (expected_value(error), quoted_unless_plain(&found));
                    format!("{argument}: {expected}, found {found}")
                }
            }
        }
        ErrorKind::UnknownArgument => unknown_argument(&argument, command),
        ErrorKind::InvalidSubcommand => {
            let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            let found = one(ContextKind::InvalidSubcommand);
            format!("command: {}", unknown(&names, &found))
        }
        ErrorKind::MissingSubcommand => {
            let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            format!("command: expected {}, found none", names.join(", "))
        }
        ErrorKind::ArgumentConflict => {
            let others: Vec<String> =
                all(ContextKind::PriorArg).iter().map(|other| option_name(other)).collect();
            match others.as_slice() {
                [other] if *other == argument => format!("{argument}: expected once, found twice"),
                [] => format!("{argument}: cannot be given with the other options"),
                others => format!("{argument}: cannot be given with {}", others.join(", ")),
            }
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = all(ContextKind::InvalidArg).join(" and ");
            format!("required, but not given: {missing}")
        }
        ErrorKind::TooManyValues => {
            let found = quoted_unless_plain(&one(ContextKind::InvalidValue));
            format!("{argument}: expected no more values, found {found}")
        }
        ErrorKind::InvalidUtf8 => "expected arguments in UTF-8, found one that is not".to_owned(),
        _ => {
            let text = error.render().to_string();
            let message = text.split("\n\n").next().unwrap_or(&text);
            message.trim_start_matches("error: ").to_owned()
        }
    }
}

/// The deepest subcommand that the arguments name.
fn deepest_command<'a>(command: &'a Command, given: &[String]) -> &'a Command {
    let mut at = command;
    for name in given {
        match at.find_subcommand(name) {
            Some(sub) => at = sub,
            None => break,
        }
    }
    at
}

/// The name of an option without its values: `--batch` of `--batch <BATCH>`, `RUN` of `<RUN>`.
fn option_name(text: &str) -> String {
    let name = text.split([' ', '=']).next().unwrap_or(text);
    let name = name.trim_end_matches("...");
    name.strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap_or(name).to_owned()
}

/// Describes the expected value.
fn expected_value(error: &Error) -> String {
    let Some(source) = error.source() else { return "expected another value".to_owned() };
    if source.is::<ParseIntError>() {
        return "expected a whole number, 0 or above".to_owned();
    }
    if source.is::<ParseFloatError>() {
        return "expected a number".to_owned();
    }
    let text = source.to_string();
    range(&text).unwrap_or(text)
}

/// Rewrites clap's "0 is not in 1..=1000".
fn range(text: &str) -> Option<String> {
    let (_, range) = text.split_once(" is not in ")?;
    let (least, most) = range.split_once("..")?;
    let most = match most.strip_prefix('=') {
        Some(most) => most.parse().ok()?,
        None if most.is_empty() => u64::MAX,
        None => most.parse::<u64>().ok()?.checked_sub(1)?,
    };
    // A range without an end comes as one up to the largest number, or up to the number before it.
    let most = if most >= u64::MAX - 1 { u64::MAX } else { most };
    Some(expected(least.parse().ok()?, most))
}

/// A value as it was given, in quotes unless it has only plain characters.
fn quoted_unless_plain(found: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
    if !found.is_empty() && found.chars().all(plain) {
        found.to_owned()
    } else {
        format!("{found:?}")
    }
}

/// Former names of options, each with its present name.
const RENAMED: [(&str, &str); 1] = [("--tau-min", "--tau-floor")];

/// The line for an option that does not exist, or for a value where none is allowed.
fn unknown_argument(argument: &str, command: &Command) -> String {
    let found = quoted_unless_plain(argument);
    if !argument.starts_with('-') {
        return format!("expected no further argument, found {found}");
    }
    let longs: Vec<String> = command
        .get_arguments()
        .filter_map(|arg| arg.get_long().map(|long| format!("--{long}")))
        .collect();
    let longs: Vec<&str> = longs.iter().map(String::as_str).collect();
    let renamed = RENAMED.iter().find(|(old, _)| *old == argument).map(|(_, new)| *new);
    match renamed.filter(|new| longs.contains(new)).or_else(|| nearest(&longs, argument)) {
        Some(near) => format!("there is no option {found}: did you mean {near}?"),
        None if longs.is_empty() => format!("there is no option {found}"),
        None => format!("there is no option {found}: there are {}", longs.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    fn refused(arguments: &str) -> String {
        let given: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        let mut command = args::command();
        let all = std::iter::once("gumbel".to_owned()).chain(given.clone());
        let error = command.try_get_matches_from_mut(all).unwrap_err();
        line(&error, &command, &given)
    }

    #[test]
    fn errors_of_the_parser_are_one_readable_line() {
        for (arguments, expected) in [
            (
                "train vae --seed -1",
                "--seed: expected a whole number from 0 to 18,446,744,073,709,551,615, found -1",
            ),
            (
                "train vae --batch many",
                "--batch: expected a whole number from 1 to 1,000,000, found many",
            ),
            (
                "train vae --batch 0",
                "--batch: expected a whole number from 1 to 1,000,000, found 0",
            ),
            ("train gate --keep -3", "--keep: expected a whole number from 1 to 192, found -3"),
            ("train vae --lr fast", "--lr: expected a number, found fast"),
            ("train vae --out=", "--out: expected a value, found none"),
            ("train vae --tau 1 --tau-floor 0.5", "--tau: cannot be given with --tau-floor"),
            ("train vae --resume", "required, but not given: --out <DIR>"),
            ("train vae --seed 1 --seed 2", "--seed: expected once, found twice"),
            ("train vae --epoch 3", "there is no option --epoch: did you mean --epochs?"),
            ("train vae --tau-min 0.5", "there is no option --tau-min: did you mean --tau-floor?"),
            ("train vae digits", "expected no further argument, found digits"),
            ("sample run -n 0", "-n: expected a whole number from 1 to 10,000, found 0"),
            ("sample", "required, but not given: <RUN>"),
            ("figures --format jpeg", "--format: expected svg or png, found \"jpeg\""),
            (
                "train vae --device vulkan",
                "--device: expected cpu, wgpu, cuda or rocm, found \"vulkan\"",
            ),
            (
                "train vae --prior lerned",
                "--prior: expected learned or uniform, found \"lerned\": did you mean learned?",
            ),
            ("train vae --prior=", "--prior: expected learned or uniform, found \"\""),
            (
                "train vae --hidden 200,x",
                "--hidden: expected sizes such as 200 or 200,200, or none, found \"200,x\"",
            ),
            ("train gate --grid 4", "--grid: expected rows and columns as in 32x32, found 4"),
            (
                "data get minst",
                "NAME: expected garments, digits, mnist or fashion-mnist, found \"minst\": did you mean mnist?",
            ),
            (
                "reproduce frequency --only gate,low",
                "--only: expected gate, gate-2, all, rgb-strided, rgb-patch, learned-N, low-N or \
                 random-N-DRAW, found \"low\": did you mean low-N?",
            ),
            (
                "reproduce frequency --seeds 0",
                "--seeds: expected a whole number from 1 to 1,000, found 0",
            ),
        ] {
            assert_eq!(refused(arguments), expected, "{arguments}");
        }
        let line = refused("trian");
        assert!(line.starts_with("command: expected train, eval, "), "{line}");
        assert!(line.ends_with("found \"trian\": did you mean train?"));
        let line = refused("runs list --frobnicate");
        assert!(line.starts_with("there is no option --frobnicate: there are --dir"), "{line}");
    }

    /// Every numeric option takes a value with a minus sign, and refuses it as a number out of range.
    #[test]
    fn negative_numbers_are_numbers_everywhere() {
        fn walk(command: &Command, path: &str, seen: &mut usize) {
            for arg in command.get_arguments() {
                let kind = arg.get_value_parser().type_id();
                let number = kind == std::any::TypeId::of::<u64>()
                    || kind == std::any::TypeId::of::<usize>()
                    || kind == std::any::TypeId::of::<f64>();
                if number && arg.get_action().takes_values() {
                    *seen += 1;
                    let negative =
                        arg.is_allow_negative_numbers_set() || arg.is_allow_hyphen_values_set();
                    assert!(negative, "{path} {}", arg.get_id());
                }
            }
            for sub in command.get_subcommands() {
                walk(sub, &format!("{path} {}", sub.get_name()), seen);
            }
        }
        let mut seen = 0;
        walk(&args::command(), "gumbel", &mut seen);
        assert!(seen > 40, "{seen}");
    }

    #[test]
    fn ranges_are_put_into_words() {
        assert_eq!(
            range("0 is not in 1..=1000").unwrap(),
            "expected a whole number from 1 to 1,000"
        );
        assert_eq!(range("0 is not in 1..18446744073709551615").unwrap(), expected(1, u64::MAX));
        assert_eq!(range("9 is not in 1..5").unwrap(), "expected a whole number from 1 to 4");
        assert_eq!(range("it is late"), None);
    }
}
