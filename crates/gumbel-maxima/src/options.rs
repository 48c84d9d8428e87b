//! The options for reading a file.

/// Options for reading a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the column, or its number from 1. Not needed when there is one column.
    pub column: Option<String>,
    /// The character between cells; a space means any number of spaces and tabs. `None`: the delimiter is
    /// recognised from the first line.
    pub delimiter: Option<u8>,
    /// Whether decimals have a comma, as in 12,5, in place of a point.
    pub decimal_comma: bool,
    /// Whether to refuse cells without a value and blank lines between rows instead of leaving them out.
    pub strict: bool,
}
