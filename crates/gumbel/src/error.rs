//! What goes wrong, said with what was expected and what came.

use core::fmt;

/// A refused argument. Every variant names the argument and carries the value that was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A buffer has the wrong number of elements.
    Length {
        /// The argument.
        argument: &'static str,
        /// The number of elements it should have.
        expected: usize,
        /// The number of elements it has.
        found: usize,
    },
    /// The number of elements is not a multiple of the size of one choice.
    NotRows {
        /// The argument.
        argument: &'static str,
        /// The number of elements it has.
        found: usize,
        /// Elements in one whole row (or one block of rows along the axis).
        row: usize,
    },
    /// A choice among no classes.
    NoClasses,
    /// An axis that the shape does not have.
    Axis {
        /// The axis asked for.
        dim: isize,
        /// The rank of the shape.
        rank: usize,
    },
    /// A temperature that is not a finite number above 0.
    Temperature {
        /// The temperature given.
        tau: f64,
    },
    /// A number that parameterises a distribution, or is asked of one, and may not be what it is.
    Parameter {
        /// The argument.
        argument: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// The number given.
        found: f64,
    },
    /// A value that may not stand there: NaN, or an infinity of the wrong sign.
    Value {
        /// The argument.
        argument: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// The index of the element, row-major.
        index: usize,
        /// The value found.
        found: f64,
    },
    /// A row whose every logit is -inf: there is nothing to choose.
    AllMasked {
        /// The number of the row.
        row: usize,
    },
    /// A row whose every class has probability 0 or is masked out: there is nothing to choose.
    NothingAllowed {
        /// The argument.
        argument: &'static str,
        /// The number of the row.
        row: usize,
    },
    /// A function of one row was given several, or none.
    OneRow {
        /// The argument.
        argument: &'static str,
        /// The number of rows found.
        found: usize,
    },
    /// Probabilities that do not sum to 1.
    NotNormalised {
        /// The argument.
        argument: &'static str,
        /// The number of the row.
        row: usize,
        /// How far from 1 the sum may be.
        tolerance: f64,
        /// The sum found, of log-probabilities that of their exponentials.
        sum: f64,
    },
    /// A whole number that may not have this value.
    Integer {
        /// The argument.
        argument: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// The number found.
        found: u128,
    },
    /// A function given by the caller returned what it may not.
    Function {
        /// The function.
        argument: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// Where it was evaluated.
        x: f64,
        /// The value it returned.
        found: f64,
    },
    /// Rejection sampling met a point where the target is above M times the proposal density.
    AboveBound {
        /// The point.
        x: f64,
        /// The target density there.
        target: f64,
        /// The bound M times the proposal density there.
        bound: f64,
    },
    /// Adaptive rejection sampling met a point of ln f above a tangent of it.
    NotLogConcave {
        /// The point.
        x: f64,
        /// The tangent there.
        bound: f64,
        /// ln f there.
        found: f64,
    },
    /// Rejection sampling gave up.
    NothingAccepted {
        /// The number of tries, none of which was accepted.
        tries: u64,
    },
    /// Too few values to do what was asked.
    TooFew {
        /// The argument.
        argument: &'static str,
        /// The least number of values that will do.
        least: usize,
        /// The number of values there are.
        found: usize,
    },
    /// Values that are all the same, where a spread has to be estimated.
    AllEqual {
        /// The argument.
        argument: &'static str,
        /// The value that each of them has.
        found: f64,
    },
}

/// The result of the functions of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// A number as a person writes it: 1e300 rather than three hundred zeros.
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
            Self::NotNormalised { argument, row, tolerance, sum } => write!(
                f,
                "{argument}: expected row {row} to sum to 1 within {tolerance}, found {sum}; \
                 from_logits and from_weights take what is not normalised"
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
                "ln density: expected a concave function and its derivative, at x = {} not above its \
                 tangent, {}, found {}",
                Number(*x),
                Number(*bound),
                Number(*found)
            ),
            Self::NothingAccepted { tries } => {
                write!(f, "expected an accepted draw in {tries} tries, found none")
            }
            Self::TooFew { argument, least, found } => {
                write!(f, "{argument}: expected at least {least} values, found {found}")
            }
            Self::AllEqual { argument, found } => {
                let found = Number(*found);
                write!(f, "{argument}: expected different values, found {found} everywhere")
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
