//! Writes the pages of the book as doctests.
//!
//! The Rust blocks of the book use `?` and show no line that exists for the test alone. Here each block gets one:
//! the hidden line that makes its function return a `Result`. It takes the place of the closing fence, and the fence
//! that of the empty line after it, so that a failing test names the line of the page.

use std::path::{Path, PathBuf};
use std::{env, fs};

const LANGUAGES: [&str; 2] = ["en", "zh"];
/// Rustdoc wraps a block that ends with `(())` into a function with a result.
const RESULT: &str = "# Ok::<(), Box<dyn std::error::Error>>(())";

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

/// The page with a result at the end of each Rust block, on as many lines. The error is a line of the page, and what
/// is wrong there.
fn testable(markdown: &str) -> Result<String, (usize, &'static str)> {
    let mut tested = String::new();
    let mut block: Option<&str> = None;
    let mut lines = (1..).zip(markdown.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        match (block, line.strip_prefix("```")) {
            (None, Some(info)) => block = Some(info),
            (Some(info), Some(_)) => {
                block = None;
                if info == "rust" {
                    tested.push_str(RESULT);
                    tested.push('\n');
                    if lines.next().is_some_and(|(_, after)| !after.is_empty()) {
                        return Err((number + 1, "no empty line after a Rust block"));
                    }
                }
            }
            (Some("rust"), None) if line.trim() == "#" || line.trim().starts_with("# ") => {
                return Err((number, "a hidden line: a code host would show it"));
            }
            (Some(info), None) if info.starts_with("rust") && info != "rust" => {
                return Err((number, "a Rust block that is not run as it stands"));
            }
            _ => {}
        }
        tested.push_str(line);
        tested.push('\n');
    }
    match block {
        None => Ok(tested),
        Some(_) => Err((markdown.lines().count(), "a code block that does not end")),
    }
}
