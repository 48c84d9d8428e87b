//! `gumbel-book BOOK OUT` builds the explanation.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [book, out] = arguments.as_slice() else {
        eprintln!("usage: gumbel-book BOOK OUT");
        return ExitCode::from(2);
    };
    match gumbel_book::build(Path::new(book), Path::new(out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gumbel-book: {error:#}");
            ExitCode::FAILURE
        }
    }
}
