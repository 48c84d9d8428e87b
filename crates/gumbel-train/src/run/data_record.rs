//! `DataRecord`: what a run folder knows about the data of its run.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The data that a run was trained on, or the environment that made them.
///
/// ```
/// use gumbel_train::DataRecord;
///
/// let data = DataRecord::new("digits", "d4735e3a")
///     .with("width", 8)
///     .with("height", 8)
///     .with("classes", ["zero", "one"].map(str::to_owned).to_vec());
/// assert_eq!(data.number("width"), Some(8));
/// assert_eq!(data.texts("classes").len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// The name of the data.
    pub name: String,
    /// The sha-256 of the content of the data, in hexadecimal: what identifies them.
    pub sha256: String,
    /// What else describes the data: sizes, numbers of examples, names of classes. In a settings file each
    /// fact is a line beside the name.
    #[serde(flatten)]
    pub facts: IndexMap<String, Fact>,
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// A size or a number of examples.
    Number(usize),
    /// Any other number.
    Real(f64),
    /// A text.
    Text(String),
    /// A list of names.
    Texts(Vec<String>),
}

impl From<usize> for Fact {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

impl From<f64> for Fact {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<String>> for Fact {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl DataRecord {
    /// Makes a record without facts.
    pub fn new(name: impl Into<String>, sha256: impl Into<String>) -> Self {
        Self { name: name.into(), sha256: sha256.into(), facts: IndexMap::new() }
    }

    /// Adds a fact.
    ///
    /// # Panics
    /// A fact called `name` or `sha256`: a record has these already.
    #[must_use]
    pub fn with(mut self, name: &str, fact: impl Into<Fact>) -> Self {
        assert!(!["name", "sha256"].contains(&name), "a record has a {name} already");
        self.facts.insert(name.to_owned(), fact.into());
        self
    }

    /// A number among the facts.
    pub fn number(&self, name: &str) -> Option<usize> {
        match self.facts.get(name) {
            Some(Fact::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A list of names among the facts; empty if there is none.
    pub fn texts(&self, name: &str) -> &[String] {
        match self.facts.get(name) {
            Some(Fact::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// The facts in which two records differ, with both values in words.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let only_there = other.facts.keys().filter(|name| !self.facts.contains_key(*name));
        let mut names: Vec<&String> = self.facts.keys().chain(only_there).collect();
        let text = |record: &Self, name: &String| {
            record.facts.get(name).map_or_else(|| "none".to_owned(), |fact| format!("{fact:?}"))
        };
        names.retain(|name| self.facts.get(*name) != other.facts.get(*name));
        names
            .into_iter()
            .map(|name| {
                format!("{name} is {} there and {} here", text(self, name), text(other, name))
            })
            .collect()
    }

    /// Whether `other` describes the same data; the name of the data does not count.
    pub fn is_same(&self, other: &Self) -> bool {
        self.sha256 == other.sha256 && self.facts == other.facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of both records were chained, so a fact of both was named twice.
    #[test]
    fn each_fact_that_differs_is_named_once() {
        let there = DataRecord::new("a", "0f").with("width", 8).with("height", 8).with("train", 5);
        let here = DataRecord::new("b", "0f").with("width", 9).with("height", 8).with("test", 1);
        let differences = there.differences(&here);
        let names: Vec<_> = differences.iter().filter_map(|text| text.split(' ').next()).collect();
        assert_eq!(names, ["width", "train", "test"], "{differences:?}");
    }
}
