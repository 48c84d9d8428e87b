//! Fits block maxima from a CSV file: floods, loads, daily peaks. `gumbel fit` is this crate with arguments.
//!
//! | file | contents |
//! |---|---|
//! | `text.rs`, `rows.rs` | the text of a CSV file, its rows and its other lines |
//! | `cell.rs` | one cell: a number, a missing value, or a mistake and a hint |
//! | `comments.rs` | lines before the first row that begin with `#`: comments, names or rows |
//! | `left_out.rs` | counts of cells and lines that gave no value |
//! | `doubts.rs` | warnings about a table that looks wrong and may be right |
//! | `table.rs` | one column, and every way it can be malformed |
//! | `analysis.rs` | the fit, return levels with bounds, the p-value |
//! | `advice.rs` | warnings to read before using the levels |
//! | `pictures.rs` | the quantile-quantile plot and the return levels |
//! | `report.rs` | the folder with pictures, `report.html` and `fit.json` |
//! | `format.rs` | numbers as text |
//! | `error.rs` | [`MaximaError`] |
//!
//! ```
//! use gumbel_maxima::{Analysis, Column, Options, Settings};
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("peaks.csv");
//! # std::fs::write(&path, "year,flow\n2001,61\n2002,48\n2003,55\n2004,70\n2005,52\n").unwrap();
//! let column = Column::read(&path, &Options { column: Some("flow".into()), ..Options::default() })?;
//! let analysis = Analysis::of(column, Settings { periods: vec![10.0], ..Settings::default() })?;
//! assert!((analysis.levels()[0].value - 67.1).abs() < 0.1);
//! assert_eq!(analysis.advice().len(), 1); // five values are few
//! # Ok::<(), gumbel_maxima::MaximaError>(())
//! ```

mod advice;
mod analysis;
mod cell;
mod comments;
mod doubts;
mod error;
mod format;
mod left_out;
mod pictures;
mod report;
mod rows;
mod table;
mod text;

pub use analysis::{Analysis, Level, Settings};
pub use error::MaximaError;
pub use format::{p_value, percent};
pub use left_out::LeftOut;
pub use pictures::{quantiles, return_levels};
pub use report::{Written, default_folder, write};
pub use table::{Column, Options};
