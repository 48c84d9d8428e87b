//! The result of a comparison for people: a table, pictures, a page.
//!
//! All numbers of a table or a picture are relative to the norm of the exact gradient, so that the problems can be laid
//! beside each other.

mod page;
mod pictures;
mod table;

pub use page::{Comparison, Drawn};
pub use pictures::{narrow_plane, narrow_temperature, plane, temperature};
pub use table::{HEAD, RELATIVE, cells, explained, ranked};
