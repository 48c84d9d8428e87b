//! Files and words that the other crates of gumbel share.
//!
//! | module | contents |
//! |---|---|
//! | [`output`] | output files: written whole, through links, in the format of their extension |
//! | [`npy`], [`csv_table`] | arrays and tables of numbers: writing and reading |
//! | [`csv_rows`] | rows of a struct as CSV, read back to the bit |
//! | [`digest`] | sha-256 in hexadecimal |
//! | [`names`] | messages for unknown names, with a suggestion; counts and numbers as text |

mod error;

pub mod csv_rows;
pub mod csv_table;
pub mod digest;
pub mod names;
pub mod npy;
pub mod output;

pub use error::FileError;
