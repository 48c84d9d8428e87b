//! The Rust snippets of the pages, which run as doctests.
