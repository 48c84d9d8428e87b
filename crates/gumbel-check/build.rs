//! Writes the pages of the book as doctests.
//!
//! The Rust blocks of the book use `?` and show no line that exists for the test alone. Here each block gets one:
//! the hidden line that makes its function return a `Result`. It takes the place of the closing fence, and the fence
//! that of the empty line after it, so that a failing test names the line of the page.

#[path = "build/testable.rs"]
mod testable;

use std::path::{Path, PathBuf};
use std::{env, fs};

use testable::testable;

const LANGUAGES: [&str; 2] = ["en", "zh"];

fn main() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book").canonicalize().unwrap();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let mut modules = String::new();
    for language in LANGUAGES {
        let (from, to) = (book.join(language).join("src"), out.join(language));
        println!("cargo::rerun-if-changed={}", from.display());
        let _ = fs::remove_dir_all(&to);
        fs::create_dir_all(&to).unwrap();
        modules.push_str(&format!("mod {language} {{\n"));
        for page in pages(&from) {
            println!("cargo::rerun-if-changed={}", page.display());
            let markdown = fs::read_to_string(&page).unwrap();
            let stem = page.file_stem().unwrap().to_str().unwrap();
            let tested = testable(&markdown)
                .unwrap_or_else(|(line, fault)| panic!("{}:{line}: {fault}", page.display()));
            fs::write(to.join(format!("{stem}.md")), tested).unwrap();
            // A file for each page, whose first line has its text: tests count from there.
            let module = to.join(format!("{stem}.rs"));
            fs::write(&module, format!("#![doc = include_str!(\"{stem}.md\")]\n")).unwrap();
            let name = stem.replace('-', "_");
            modules.push_str(&format!("    #[path = {module:?}]\n    mod {name};\n"));
        }
        modules.push_str("}\n");
    }
    fs::write(out.join("book.rs"), modules).unwrap();
}

/// The pages of a folder, sorted.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|is| is == "md")).collect();
    pages.sort();
    assert!(pages.len() > 10, "{}: only {} pages", folder.display(), pages.len());
    pages
}
