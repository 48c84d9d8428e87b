//! Numbers on the command line; each error names the allowed range.

use std::any::TypeId;

use clap::Command;

/// Reads a whole number from `least` to `most`.
pub(crate) fn whole<T: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|n| (least..=most).contains(n));
        number.and_then(|n| T::try_from(n).ok()).ok_or_else(|| expected(least, most))
    }
}

/// Reads a seed: any unsigned number of 64 bits.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    whole(0, u64::MAX)(text)
}

/// Describes a range.
pub(crate) fn expected(least: u64, most: u64) -> String {
    match (least, most) {
        (1, u64::MAX) => "expected a whole number from 1 on".to_owned(),
        _ => format!("expected a whole number from {} to {}", grouped(least), grouped(most)),
    }
}

/// The digits of a number in groups of three.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Allows negative numbers in every numeric option, so that "-1" is a number out of range, not an unknown
/// option.
pub(crate) fn with_negative_numbers(command: Command) -> Command {
    let numbers = [TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<f64>()];
    let command = command.mut_args(|arg| {
        let kind = arg.get_value_parser().type_id();
        if numbers.iter().any(|number| kind == *number) {
            arg.allow_negative_numbers(true)
        } else {
            arg
        }
    });
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, with_negative_numbers))
}

/// Reads a time in minutes.
pub(super) fn minutes(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|x| *x > 0.0 && *x <= 1e6);
    number.ok_or_else(|| "expected a number of minutes above 0, at most 1,000,000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_number_out_of_range_names_the_range() {
        assert_eq!(whole::<usize>(1, 1_000_000)("1000000"), Ok(1_000_000));
        for text in ["0", "-1", "1.5", "", "many", "1000001", "99999999999999999999999"] {
            let error = whole::<usize>(1, 1_000_000)(text).unwrap_err();
            assert_eq!(error, "expected a whole number from 1 to 1,000,000", "{text}");
        }
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        assert!(seed("-1").unwrap_err().ends_with("from 0 to 18,446,744,073,709,551,615"));
        assert_eq!(expected(1, u64::MAX), "expected a whole number from 1 on");
        assert_eq!(
            (grouped(0), grouped(999), grouped(1_000)),
            ("0".into(), "999".into(), "1,000".into())
        );
    }
}
