//! The Rust snippets of the book as doctests, for each language.

mod en;
mod zh;
