//! The Rust snippets of the book as doctests, a module for each page of each language: `build.rs` writes them.

include!(concat!(env!("OUT_DIR"), "/book.rs"));
