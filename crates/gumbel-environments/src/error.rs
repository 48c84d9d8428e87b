//! The error type of this crate.

use std::fmt;

/// A map, a policy, an action or a saved batch that was refused. One line: what was expected, and what was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// A cell of a map that is not allowed where it is.
    Map {
        /// The row in the text, from 1.
        row: usize,
        /// The column in the text, from 1.
        column: usize,
        /// The allowed contents, in words.
        expected: String,
        /// The contents found.
        found: String,
    },
    /// A kind of cell that every map needs, and this one lacks.
    Missing {
        /// The kind of cell, in words.
        cell: &'static str,
    },
    /// A parameter that is not allowed.
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// The allowed values, in words.
        expected: &'static str,
        /// The number found.
        found: f64,
    },
    /// A slice with the wrong number of elements.
    Length {
        /// The name of the slice.
        what: &'static str,
        /// The number of elements that it must have.
        expected: usize,
        /// The number of elements found.
        found: usize,
    },
    /// A row of a policy, or of logits, that is not allowed in a cell.
    Policy {
        /// The row of the cell in the map, from 1.
        row: usize,
        /// The column of the cell in the map, from 1.
        column: usize,
        /// The allowed numbers, in words.
        expected: &'static str,
        /// The number found.
        found: f64,
    },
    /// An action that the environment does not have, or does not allow in its state.
    Action {
        /// The number of the environment in its batch, from 0.
        environment: usize,
        /// The number of the agent, from 0.
        agent: usize,
        /// The actions that are allowed in this state.
        expected: Vec<usize>,
        /// The action found.
        found: usize,
    },
    /// A saved batch that does not belong to the environment.
    Saved {
        /// What an acceptable batch has.
        expected: String,
        /// What the batch has.
        found: String,
    },
}

/// A value, or the reason why it was refused.
pub type Result<T> = std::result::Result<T, EnvironmentError>;

impl EnvironmentError {
    /// Checks a parameter.
    pub(crate) fn unless(
        good: bool,
        name: &'static str,
        expected: &'static str,
        found: f64,
    ) -> Result<()> {
        if good { Ok(()) } else { Err(Self::Parameter { name, expected, found }) }
    }

    /// Checks the number of elements of a slice.
    pub(crate) fn unless_length(what: &'static str, expected: usize, found: usize) -> Result<()> {
        if expected == found { Ok(()) } else { Err(Self::Length { what, expected, found }) }
    }
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map { row, column, expected, found } => {
                write!(f, "row {row}, column {column}: expected {expected}, found {found}")
            }
            Self::Missing { cell } => write!(f, "map: expected {cell}, found none"),
            Self::Parameter { name, expected, found } => {
                write!(f, "{name}: expected {expected}, found {found}")
            }
            Self::Length { what, expected, found } => {
                write!(f, "{what}: expected {expected} elements, found {found}")
            }
            Self::Policy { row, column, expected, found } => {
                write!(
                    f,
                    "policy in row {row}, column {column}: expected {expected}, found {found}"
                )
            }
            Self::Action { environment, agent, expected, found } => write!(
                f,
                "action of agent {agent} in environment {environment}: expected one of \
                 {expected:?}, found {found}",
            ),
            Self::Saved { expected, found } => {
                write!(f, "saved episodes: expected {expected}, found {found}")
            }
        }
    }
}

impl std::error::Error for EnvironmentError {}
