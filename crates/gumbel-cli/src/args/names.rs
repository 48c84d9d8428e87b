//! Names on the command line. Help texts, errors and the completion of shells know the names of an option.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use strum::IntoEnumIterator;

/// Reads the name of a variant of `T`.
pub(crate) fn names<T>() -> impl TypedValueParser<Value = T>
where
    T: IntoEnumIterator + Into<&'static str> + Copy + Send + Sync + 'static,
{
    one_of(T::iter().collect(), T::into)
}

/// Reads the name of one of `all`.
pub(crate) fn one_of<T>(
    all: Vec<T>,
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let known = all.iter().map(|&one| name(one)).collect::<Vec<_>>();
    PossibleValuesParser::new(known).try_map(move |found| {
        // The parser of possible values passes on only names that it knows.
        all.iter().copied().find(|&one| name(one) == found).ok_or("expected a known name")
    })
}
