//! The choice of one column, by the names in the first line or by number.

use csv::StringRecord;

use crate::cell;
use crate::options::Options;

/// The names of the columns, if the first line is not all numbers.
pub(crate) fn names(first: &StringRecord, decimal_comma: bool) -> Option<Vec<String>> {
    let is_value =
        |cell: &str| cell::is_missing(cell) || cell::number(cell, decimal_comma).is_some();
    (!first.iter().all(is_value)).then(|| first.iter().map(str::to_owned).collect())
}

/// The index of the column that the options choose.
pub(crate) fn choose(
    options: &Options,
    names: Option<&Vec<String>>,
    columns: usize,
    comments: u64,
) -> Result<usize, String> {
    let available = || match names {
        Some(names) => format!("the names are {}", listed(names)),
        None => {
            let comments =
                if comments > 0 { " (a line that begins with # is a comment)" } else { "" };
            format!(
                "the first line holds numbers and no names{comments}: choose a column by number, 1 to {columns}"
            )
        }
    };
    let Some(wanted) = options.column.as_deref() else {
        return if columns == 1 {
            Ok(0)
        } else {
            Err(format!("choose one of {columns} columns with --column: {}", available()))
        };
    };
    if let Some(names) = names {
        let mut found = names.iter().enumerate().filter(|(_, name)| *name == wanted);
        match (found.next(), found.next()) {
            (Some((first, _)), None) => return Ok(first),
            (Some((first, _)), Some((second, _))) => {
                let (first, second) = (first + 1, second + 1);
                return Err(format!(
                    "columns {first} and {second} are both called {wanted:?}: choose by number"
                ));
            }
            (None, _) => {}
        }
    }
    match wanted.parse::<usize>() {
        Ok(number) if (1..=columns).contains(&number) => match names {
            Some(names) if cell::number(&names[number - 1], options.decimal_comma).is_some() => {
                let found = &names[number - 1];
                Err(format!(
                    "the first line is not all numbers, so it holds names, but in column {number} it has \
                     {found}: put a line of names above it, or, if that is a name, choose --column {found}"
                ))
            }
            _ => Ok(number - 1),
        },
        _ => Err(format!("no column {wanted:?}: {}", available())),
    }
}

/// The first 20 names, in quotes.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| format!("{name:?}")).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
