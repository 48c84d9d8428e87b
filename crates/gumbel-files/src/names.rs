//! Messages for unknown names, with a suggestion; counts and numbers as text.

use std::fmt;

use strsim::osa_distance;
use strum::IntoEnumIterator;

/// A name that is none of the names of a type. Its text is that of [`unknown`].
///
/// ```
/// use gumbel_files::names::UnknownName;
/// use strum::{EnumIter, EnumString, IntoStaticStr};
///
/// #[derive(Debug, EnumIter, EnumString, IntoStaticStr)]
/// #[strum(serialize_all = "kebab-case")]
/// #[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
/// enum Part {
///     Train,
///     Test,
/// }
///
/// let error = "tset".parse::<Part>().unwrap_err();
/// assert_eq!(error.to_string(), "expected train or test, found \"tset\": did you mean test?");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The names of the type.
    pub known: Vec<&'static str>,
    /// The name found.
    pub found: String,
}

impl UnknownName {
    /// The error of reading a `T` from `found`.
    pub fn of<T: IntoEnumIterator + Into<&'static str>>(found: &str) -> Self {
        Self { known: T::iter().map(Into::into).collect(), found: found.to_owned() }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&unknown(&self.known, &self.found))
    }
}

impl std::error::Error for UnknownName {}

/// Formats the message for an unknown name: the names expected, the name found, and a suggestion if one is close.
///
/// ```
/// use gumbel_files::names::unknown;
/// assert_eq!(
///     unknown(&["train", "validation", "test"], "valid"),
///     "expected train, validation or test, found \"valid\": did you mean validation?"
/// );
/// assert_eq!(unknown(&["learned", "uniform"], "3"), "expected learned or uniform, found \"3\"");
/// ```
pub fn unknown(known: &[&str], found: &str) -> String {
    let expected = match known {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    };
    let meant = nearest(known, found);
    let meant = meant.map_or_else(String::new, |name| format!(": did you mean {name}?"));
    format!("expected {expected}, found {found:?}{meant}")
}

/// The known name closest to `found`: at most a third of the letters differ, or it begins with `found`.
/// `None` if no name is close.
///
/// ```
/// use gumbel_files::names::nearest;
/// assert_eq!(nearest(&["digits", "mnist"], "minst"), Some("mnist"));
/// assert_eq!(nearest(&["digits", "mnist"], "small"), None);
/// ```
pub fn nearest<'a>(known: &[&'a str], found: &str) -> Option<&'a str> {
    let wanted = letters(&found.to_lowercase());
    if wanted.is_empty() {
        return None;
    }
    let distances = known.iter().map(|&name| (osa_distance(&letters(name), &wanted), name));
    let (distance, near) = distances.min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may be wrong, or the end may be missing.
    let longest = letters(near).chars().count().max(wanted.chars().count());
    if 3 * distance <= longest {
        return Some(near);
    }
    known.iter().copied().find(|name| wanted.len() > 1 && letters(name).starts_with(&wanted))
}

/// The letters and digits of a name, at most 100: hyphens do not count.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).take(100).collect()
}

/// A count with its noun, in the plural unless the count is 1.
///
/// ```
/// use gumbel_files::names::counted;
/// assert_eq!((counted(1, "step"), counted(2, "step")), ("1 step".into(), "2 steps".into()));
/// ```
pub fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A number as text, with an exponent if it would be longer than 12 characters.
///
/// ```
/// use gumbel_files::names::number;
/// assert_eq!((number(0.25), number(-1e300)), ("0.25".into(), "-1e300".into()));
/// ```
pub fn number(x: f64) -> String {
    let plain = x.to_string();
    if plain.len() > 12 { format!("{x:e}") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        let known = ["adam", "adam-w", "sgd", "rms-prop"];
        for (found, meant) in [
            ("adm", Some("adam")),
            ("Adam", Some("adam")),
            ("adamw", Some("adam-w")),
            ("rmsprop", Some("rms-prop")),
            ("rm", Some("rms-prop")),
            ("sdg", Some("sgd")),
            ("newton", None),
            ("", None),
            ("ψ", None),
        ] {
            assert_eq!(nearest(&known, found), meant, "{found}");
        }
        assert_eq!(nearest(&[], "x"), None);
        let line = unknown(&known, "a\nb");
        assert!(!line.contains('\n') && line.contains("sgd or rms-prop"), "{line}");
    }
}
