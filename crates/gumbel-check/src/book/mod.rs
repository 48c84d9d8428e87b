//! The snippets of the book.

mod en;
mod zh;
