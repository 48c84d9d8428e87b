//! Names of rows in a picture: with those parameters that tell rows of one name apart.

use crate::row::Row;

/// A label for each row of one problem.
pub(super) fn labels(rows: &[&Row]) -> Vec<String> {
    let label = |row: &&Row| {
        let twins: Vec<&&Row> = rows.iter().filter(|other| other.name == row.name).collect();
        let parts = row.params.split(", ").filter(|part| !part.is_empty());
        let telling = parts.filter(|part| !twins.iter().all(|twin| has(&twin.params, part)));
        let telling: Vec<&str> = telling.collect();
        match telling.is_empty() {
            true => row.name.clone(),
            false => format!("{} ({})", row.name, telling.join(", ")),
        }
    };
    rows.iter().map(label).collect()
}

fn has(params: &str, part: &str) -> bool {
    params.split(", ").any(|other| other == part)
}
