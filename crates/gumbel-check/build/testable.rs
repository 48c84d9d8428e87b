//! A page of the book as rustdoc tests it. The build script and a test of it share this file.

/// Rustdoc wraps a block that ends with `(())` into a function with a result.
const RESULT: &str = "# Ok::<(), Box<dyn std::error::Error>>(())";

/// The page with a result at the end of each Rust block, on as many lines. The error is a line of the page, and what
/// is wrong there.
pub(crate) fn testable(markdown: &str) -> Result<String, (usize, &'static str)> {
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
