//! `gumbel-book BOOK OUT` builds the explanation; `gumbel-book BOOK` writes the last links of its pages.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [book, out] => gumbel_book::build(Path::new(book), Path::new(out)),
        [book] => gumbel_book::write_navigation(Path::new(book)),
        _ => {
            eprintln!("usage: gumbel-book BOOK [OUT]");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gumbel-book: {error:#}");
            ExitCode::FAILURE
        }
    }
}
