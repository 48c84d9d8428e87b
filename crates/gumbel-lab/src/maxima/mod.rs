//! Block maxima of one's own: floods, loads, daily peaks. `gumbel fit` is this module with arguments.
//!
//! | file | story |
//! |---|---|
//! | `table.rs` | one column of a CSV file as numbers, and every way in which it is none |
//! | `analysis.rs` | the fit, return levels with bounds, the p-value, and advice in words |
//! | `pictures.rs` | the quantile-quantile plot and the return levels |
//! | `report.rs` | the folder with pictures, `report.html` and `fit.json` |
//!
//! ```
//! use gumbel_lab::maxima::{Analysis, Column, Options, Settings};
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("peaks.csv");
//! # std::fs::write(&path, "year,flow\n2001,61\n2002,48\n2003,55\n2004,70\n2005,52\n").unwrap();
//! let column = Column::read(&path, &Options { column: Some("flow".into()), ..Options::default() })?;
//! let analysis = Analysis::of(column, Settings { periods: vec![10.0], ..Settings::default() })?;
//! assert!((analysis.levels()[0].value - 67.1).abs() < 0.1);
//! assert_eq!(analysis.advice().len(), 1); // five values are few
//! # Ok::<(), gumbel_lab::LabError>(())
//! ```

mod analysis;
mod pictures;
mod report;
mod table;

pub use analysis::{Analysis, Level, Settings, p_value};
pub use pictures::{percent, quantiles, return_levels};
pub use report::{default_folder, write};
pub use table::{Column, Options};
