//! Fits a Gumbel law to block maxima: floods, loads, daily peaks. `gumbel fit` is this crate with arguments.
//!
//! The values may be in a program, with [`GumbelFit`]:
//!
//! ```
//! use gumbel::Key;
//! use gumbel_maxima::GumbelFit;
//! let fit = GumbelFit::of(&[61.0, 48.0, 55.0, 70.0, 52.0])?;
//! let level = fit.return_level(10.0)?;
//! assert!((level.value() - 67.1).abs() < 0.1);
//! let (low, high) = fit.bootstrap(999, Key::new(0))?.interval(&level, 0.95)?;
//! assert!(low < level.value() && level.value() < high);
//! # Ok::<(), gumbel_maxima::FitError>(())
//! ```
//!
//! or in a column of a CSV file, with [`Column`] and [`Analysis`], which also warn of data that look wrong; [`write()`]
//! makes the report:
//!
//! ```
//! use gumbel_maxima::{Analysis, Column, Options, Settings};
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("peaks.csv");
//! # std::fs::write(&path, "year,flow\n2001,61\n2002,48\n2003,55\n2004,70\n2005,52\n").unwrap();
//! let column = Column::read(&path, &Options { column: Some("flow".into()), ..Options::default() })?;
//! let analysis = Analysis::of(column, Settings { periods: vec![10.0], ..Settings::default() })?;
//! assert!((analysis.levels()[0].value - 67.1).abs() < 0.1);
//! assert_eq!(analysis.warnings().len(), 1); // five values are few
//! # Ok::<(), gumbel_maxima::MaximaError>(())
//! ```
//!
//! # Map
//!
//! | file | contents |
//! |---|---|
//! | `fit.rs` | the fit: the law of highest likelihood, standard errors |
//! | `return_level.rs` | return levels, with bounds by the delta method |
//! | `bootstrap.rs` | the parametric bootstrap: bounds that hold at every n, a p-value |
//! | `options.rs` | the options for reading a file; the character between cells |
//! | `text.rs`, `rows.rs` | the text of a CSV file, its rows and its other lines |
//! | `cell.rs` | one cell: a number, a missing value, or a mistake and a hint |
//! | `comments.rs` | lines before the first row that begin with `#`: comments, names or rows |
//! | `left_out.rs` | counts of cells and lines that gave no value |
//! | `choice.rs` | the choice of one column, by name or by number |
//! | `table.rs` | the values of one column, and every way it can be malformed |
//! | `table_warnings.rs` | warnings about a table, while it is read: what looks wrong and may be right |
//! | `analysis.rs` | the column with its fit, return levels with bounds, the p-value |
//! | `fit_warnings.rs` | warnings about a fit, to read before using its levels |
//! | `pictures.rs` | the quantile-quantile plot and the return levels |
//! | `report.rs` | the folder with pictures, `report.html` and `fit.json` |
//! | `format.rs` | numbers as text |
//! | `check.rs`, `error.rs` | arguments; [`FitError`], [`MaximaError`] |

mod analysis;
mod bootstrap;
mod cell;
mod check;
mod choice;
mod comments;
mod error;
mod fit;
mod fit_known;
mod fit_warnings;
mod format;
mod left_out;
mod options;
mod pictures;
mod report;
mod return_level;
mod rows;
mod table;
mod table_warnings;
mod text;

pub use analysis::{Analysis, Level, Settings};
pub use bootstrap::GumbelBootstrap;
pub use error::{FitError, MaximaError};
pub use fit::GumbelFit;
pub use format::{p_value, percent};
pub use left_out::LeftOut;
pub use options::{Delimiter, DelimiterError, Options};
pub use pictures::{quantiles, return_levels};
pub use report::{Written, default_folder, write};
pub use return_level::ReturnLevel;
pub use table::Column;
