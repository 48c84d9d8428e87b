//! The error type of this crate.

use core::fmt;

/// An argument that was refused. Each variant carries what was expected and what was found; most also
/// name the argument.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A buffer has the wrong number of elements.
    Length {
        /// The name of the argument.
        argument: &'static str,
        /// The number of elements that the buffer must have.
        expected: usize,
        /// The number of elements found.
        found: usize,
    },
    /// The number of elements is not a multiple of the size of a row.
    NotRows {
        /// The name of the argument.
        argument: &'static str,
        /// The number of elements found.
        found: usize,
        /// The number of elements of a row (or of a block of rows along the axis).
        row: usize,
    },
    /// The number of rows does not divide the number of elements.
    NotEqualRows {
        /// The name of the argument with one value for each row.
        argument: &'static str,
        /// The number of rows found.
        found: usize,
        /// The number of elements of all rows.
        elements: usize,
    },
    /// The number of classes is 0.
    NoClasses,
    /// An axis that the shape does not have.
    Axis {
        /// The requested axis.
        dim: isize,
        /// The rank of the shape.
        rank: usize,
    },
    /// A temperature that is not a finite number above 0.
    Temperature {
        /// The temperature found.
        tau: f64,
    },
    /// A parameter or an argument of a distribution that is not allowed.
    Parameter {
        /// The name of the argument.
        argument: &'static str,
        /// The allowed values, in words.
        expected: &'static str,
        /// The number found.
        found: f64,
    },
    /// An element that is not allowed: NaN, an infinity of the wrong sign, or a number out of range.
    Value {
        /// The name of the argument.
        argument: &'static str,
        /// The allowed values, in words.
        expected: &'static str,
        /// The index of the element, row-major.
        index: usize,
        /// The value found.
        found: f64,
    },
    /// A row in which every logit is -inf: no class is possible.
    AllMasked {
        /// The index of the row, from 0.
        row: usize,
    },
    /// A row in which every class has probability 0 or is masked out: no class is possible.
    NothingAllowed {
        /// The name of the argument.
        argument: &'static str,
        /// The index of the row, from 0.
        row: usize,
    },
    /// A function that takes one row got several rows or no row.
    OneRow {
        /// The name of the argument.
        argument: &'static str,
        /// The number of rows found.
        found: usize,
    },
    /// Probabilities that do not sum to 1.
    NotNormalised {
        /// The name of the argument.
        argument: &'static str,
        /// The index of the row, from 0.
        row: usize,
        /// The largest allowed distance of the sum from 1.
        tolerance: f64,
        /// The sum found; for log-probabilities, the sum of their exponentials.
        sum: f64,
    },
    /// An integer that is not allowed.
    Integer {
        /// The name of the argument.
        argument: &'static str,
        /// The allowed values, in words.
        expected: &'static str,
        /// The number found.
        found: u128,
    },
    /// A function given by the caller returned a value that is not allowed.
    Function {
        /// The name of the function.
        argument: &'static str,
        /// The allowed values, in words.
        expected: &'static str,
        /// The point at which the function was evaluated.
        x: f64,
        /// The value that the function returned.
        found: f64,
    },
    /// Rejection sampling found a point where the target density is above M times the proposal density.
    AboveBound {
        /// The point x.
        x: f64,
        /// The target density at x.
        target: f64,
        /// The bound at x: M times the proposal density.
        bound: f64,
    },
    /// Adaptive rejection sampling found a point where ln f is above one of its tangents.
    NotLogConcave {
        /// The point x.
        x: f64,
        /// The value of the tangent at x.
        bound: f64,
        /// The value of ln f at x.
        found: f64,
    },
    /// Rejection sampling accepted no draw within the limit of tries.
    NothingAccepted {
        /// The number of tries.
        tries: u64,
    },
    /// An argument with too few values.
    TooFew {
        /// The name of the argument.
        argument: &'static str,
        /// The smallest number of values allowed.
        least: usize,
        /// The number of values found.
        found: usize,
    },
}

/// The result of the functions of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// Shows a number in its short form: 1e300 instead of three hundred zeros.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(x) = *self;
        if x == 0.0 || !x.is_finite() || (1e-5..1e16).contains(&x.abs()) {
            write!(f, "{x}")
        } else {
            write!(f, "{x:e}")
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { argument, expected, found } => {
                write!(f, "{argument}: expected {expected} elements, found {found}")
            }
            Self::NotRows { argument, found, row } => {
                write!(f, "{argument}: {found} elements are not a whole number of rows of {row}")
            }
            Self::NotEqualRows { argument, found, elements } => {
                write!(f, "{argument}: {elements} elements are not {found} rows of equal length")
            }
            Self::NoClasses => write!(f, "k: expected at least 1 class, found 0"),
            Self::Axis { dim, rank } => {
                write!(f, "dim: expected an axis of a tensor of rank {rank}, found {dim}")
            }
            Self::Temperature { tau } => {
                write!(f, "tau: expected a finite temperature above 0, found {}", Number(*tau))
            }
            Self::Value { argument, expected, index, found } => {
                let found = Number(*found);
                write!(f, "{argument}: expected {expected}, found {found} at index {index}")
            }
            Self::AllMasked { row } => {
                write!(f, "logits: every class of row {row} is -inf, nothing can be chosen")
            }
            Self::NothingAllowed { argument, row } => {
                write!(f, "{argument}: every class of row {row} has probability 0 or is masked out")
            }
            Self::OneRow { argument, found } => {
                write!(f, "{argument}: expected one row, found {found}")
            }
            Self::NotNormalised { argument: argument @ "y", row, tolerance, sum } => write!(
                f,
                "{argument}: expected row {row} to sum to 1 within {tolerance}, found {sum}"
            ),
            Self::NotNormalised { argument, row, tolerance, sum } => write!(
                f,
                "{argument}: expected row {row} to sum to 1 within {tolerance}, found {sum}; \
                 from_logits and from_weights take values that are not normalised"
            ),
            Self::Parameter { argument, expected, found } => {
                let found = Number(*found);
                write!(f, "{argument}: expected {expected}, found {found}")
            }
            Self::Integer { argument, expected, found } => {
                write!(f, "{argument}: expected {expected}, found {found}")
            }
            Self::Function { argument, expected, x, found } => {
                let (x, found) = (Number(*x), Number(*found));
                write!(f, "{argument}: expected {expected}, found {found} at x = {x}")
            }
            Self::AboveBound { x, target, bound } => write!(
                f,
                "target density: expected at most M times the proposal density, {} at x = {}, found {}",
                Number(*bound),
                Number(*x),
                Number(*target)
            ),
            Self::NotLogConcave { x, bound, found } => write!(
                f,
                "ln density: expected at most its tangent, {} at x = {}, found {}; the function must be \
                 concave and its derivative correct",
                Number(*bound),
                Number(*x),
                Number(*found)
            ),
            Self::NothingAccepted { tries } => {
                write!(f, "expected an accepted draw in {tries} tries, found none")
            }
            Self::TooFew { argument, least, found } => {
                write!(f, "{argument}: expected at least {least} values, found {found}")
            }
        }
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact() {
        let shown = |x: f64| Number(x).to_string();
        assert_eq!(
            [0.0, -1.5, 1e15, 0.1 + 0.2].map(shown),
            ["0", "-1.5", "1000000000000000", "0.30000000000000004"]
        );
        assert_eq!([1e300, -5e-324, 2.5e-7].map(shown), ["1e300", "-5e-324", "2.5e-7"]);
        assert_eq!([f64::NAN, f64::NEG_INFINITY].map(shown), ["NaN", "-inf"]);
    }
}
