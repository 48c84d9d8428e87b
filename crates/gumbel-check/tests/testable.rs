//! The pages of the book as doctests: what the build script writes for a page, and the pages that it refuses.

#[path = "../build/testable.rs"]
mod testable;

use testable::testable;

#[test]
fn a_rust_block_gets_a_result_on_as_many_lines() {
    let page = "# A\n\n```rust\nlet a = b?;\n```\n\n```text\n# c\n```\nd\n";
    let result = "# Ok::<(), Box<dyn std::error::Error>>(())";
    let tested = testable(page).unwrap();
    let expected = format!("# A\n\n```rust\nlet a = b?;\n{result}\n```\n```text\n# c\n```\nd\n");
    assert_eq!(tested, expected);
    assert_eq!(tested.lines().count(), page.lines().count());
    assert_eq!(testable("```rust\na\n```").unwrap(), format!("```rust\na\n{result}\n```\n"));
}

#[test]
fn a_page_that_would_not_run_as_it_stands_is_refused() {
    for (page, line, fault) in [
        ("a\n\n```rust\nb\n```\nc\n", 6, "no empty line after a Rust block"),
        ("```rust\n# use a;\nb\n```\n\n", 2, "a hidden line: a code host would show it"),
        ("```rust\na\n  #\n```\n\n", 3, "a hidden line: a code host would show it"),
        ("\n```rust,ignore\na\n```\n\n", 3, "a Rust block that is not run as it stands"),
        ("```rust no_run\na\n```\n\n", 2, "a Rust block that is not run as it stands"),
        ("a\n\n```rust\nb\n", 4, "a code block that does not end"),
        ("```text\na\n", 2, "a code block that does not end"),
    ] {
        assert_eq!(testable(page), Err((line, fault)), "{page:?}");
    }
}
