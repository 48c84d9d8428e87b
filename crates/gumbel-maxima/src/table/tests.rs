//! Tables as people write them: which column is read, what is left out, and the error of each mistake.

use super::*;

fn read(text: impl AsRef<[u8]>, column: &str) -> Result<Column, String> {
    with(text, column, false)
}

fn with(text: impl AsRef<[u8]>, column: &str, strict: bool) -> Result<Column, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, text).unwrap();
    let column = (!column.is_empty()).then(|| column.to_owned());
    let options = Options { column, strict, ..Options::default() };
    Column::read(&path, &options).map_err(|error| error.to_string())
}

#[test]
fn columns_are_found_by_name_and_number() {
    for (text, column) in [
        ("year,flow\n2001,1.5\n2002,-2e1\n", "flow"),
        ("year,flow\n2001,1.5\n2002,-2e1\n", "2"),
        ("\u{feff}flow\n1.5\n-2e1\n", "flow"),
        ("flow\n1.5\n-2e1", ""),
        ("1.5\n-20\n", ""),
        ("1.5;7\n-20;8\n", "1"),
        ("year\tpeak, \"high\"\tflow\r\n2001\t1\t1.5\r\n2002\t1\t-20\r\n", "flow"),
        ("# a gauge\n\n\"the year; local\";\"flow\"\n2001; 1.5\n\n2002;-20\n", "flow"),
        // A name takes precedence over a number.
        ("2,1,x\n1.5,9,7\n-20,9,7\n", "2"),
    ] {
        let found = read(text, column).map(|column| column.values);
        assert_eq!(found, Ok(vec![1.5, -20.0]), "{text:?}");
    }
}

/// A first line of numbers is data, even if one of its cells is empty.
#[test]
fn no_line_is_taken_for_names_by_mistake() {
    assert_eq!(read("1.5,,NA\n-20,2,3\n", "1").unwrap().values, [1.5, -20.0]);
}

#[test]
fn empty_cells_are_counted_or_refused() {
    let text = "flow,x\n1,1\n,1\nNA,1\nnan,1\n2,1\n";
    let column = read(text, "flow").unwrap();
    assert_eq!((column.left_out.missing(), column.values), (3, vec![1.0, 2.0]));
    let error = with(text, "flow", true).unwrap_err();
    assert!(
        error.contains("line 3: column \"flow\": expected a number, found an empty"),
        "{error}"
    );
}

#[test]
fn decimals_may_have_a_comma() {
    let read = |text: &str, column: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, text).unwrap();
        let column = Some(column.to_owned());
        let options = Options { column, decimal_comma: true, ..Options::default() };
        Column::read(&path, &options).map(|column| column.values).map_err(|error| error.to_string())
    };
    for (text, column) in [
        ("year;flow\n2001;1,5\n2002;-20\n", "flow"),
        ("flow\n1,5\n-20\n", "1"),
        // The commas of the first line do not divide it.
        ("flow, peak\n1,5\n-2,0e1\n", "flow, peak"),
        ("1,5\t1,0\n-20\t2,0\n", "1"),
    ] {
        assert_eq!(read(text, column), Ok(vec![1.5, -20.0]), "{text:?}");
    }
    let error = read("flow\n1.265,5\n", "flow").unwrap_err();
    assert!(error.contains("line 2: column \"flow\": expected a finite number"), "{error}");
    let error = read("flow\n1.5\n", "flow").unwrap_err();
    assert!(error.contains("--decimal-comma expects a comma"), "{error}");
}

/// A rank or a mark before each row is no comment.
#[test]
fn rows_that_all_begin_with_a_hash_are_rows() {
    let found = read("rank,flow\n#1,5\n#2,7\n", "flow").unwrap();
    assert_eq!(found.values, [5.0, 7.0]);
    let found = read("day,flow\n####,5\n1,7\n#N/A,6\n", "flow").unwrap();
    assert_eq!(found.values, [5.0, 7.0, 6.0]);
}

#[test]
fn names_after_a_hash_choose_the_column() {
    let text = "# a gauge\n#,year,peak\n1,2001,312\n2,2002,275\n";
    for column in ["peak", "3"] {
        let found = with(text, column, true).unwrap();
        assert_eq!((found.name.as_str(), found.values), ("peak", vec![312.0, 275.0]));
        assert_eq!(found.left_out.comment_lines, 1);
        assert_eq!(
            found.warnings,
            ["The names of the columns are those of line 2, which begins with #."]
        );
    }
}

#[test]
fn rows_after_a_hash_are_not_left_out_silently() {
    let text = "#1,312\n#2,275\n3,299\n4,310\n";
    let found = read(text, "2").unwrap();
    assert_eq!((found.values, found.left_out.comment_lines), (vec![299.0, 310.0], 2));
    let warning = "2 lines, the first of them line 1, begin with # and look like rows: they were left \
                out as comments. If they are rows, remove the #.";
    assert_eq!(found.warnings, [warning]);
    let error = with(text, "2", true).unwrap_err();
    assert!(error.contains("line 1: a comment that looks like a row"), "{error}");
    // Before names too, in one column too, and one alone.
    for text in ["# a\n#1,5\nyear,peak\n2,7\n", "\n#5\n7\n"] {
        let column = if text.contains("peak") { "peak" } else { "1" };
        let warnings = read(text, column).unwrap().warnings;
        assert!(
            warnings[0].starts_with("Line 2 begins with # and looks like a row"),
            "{warnings:?}"
        );
    }
}

#[test]
fn mistakes_are_named() {
    for (text, column, part) in [
        (&b"a,b\n1,2\n"[..], "c", "no column \"c\": the names are \"a\", \"b\""),
        (b"a,b\n1,2\n", "3", "no column \"3\""),
        (b"a,b\n1,2\n", "", "choose one of 2 columns with --column: the names are \"a\", \"b\""),
        (b"1,2\n3,4\n", "flow", "holds numbers and no names: choose a column by number, 1 to 2"),
        (b"a,a\n1,2\n", "a", "columns 1 and 2 are both called \"a\""),
        (b"a\n1\nx y\n", "a", "line 3: column \"a\": expected a finite number, found \"x y\""),
        (b"a\n1\ninf\n", "a", "line 3: column \"a\": expected a finite number, found \"inf\""),
        (b"a\n1e999\n", "a", "line 2: column \"a\": expected 0 or a number whose size is"),
        (b"a;b\n1;2,5\n", "b", "found \"2,5\" (write 12.5, not 12,5, or choose --decimal-comma"),
        (
            "a\n\u{2212}5\n".as_bytes(),
            "a",
            "found \"\u{2212}5\" (this is not the minus sign of the keyboard",
        ),
        (b"a,b\n1,\"2\n3,4\n", "a", "line 2: a quote opens in this row and is never closed"),
        (b"a\n2,5\n", "a", "line 2: expected 1 cell as in the first line, found 2 (--decimal"),
        (b"a\r\n1\r\n\r\nx\r\n", "a", "line 4: column"),
        (
            b"a,b\n1,2\n#x\n",
            "a",
            "(a line that begins with # is a comment only before the first row",
        ),
        (b"a,b\n1,2\n#3,4\n", "b", "line 3: a row that begins with #: comments are allowed only"),
        (b"a\n5s\n", "a", "line 2: column \"a\": expected a finite number, found \"5s\""),
        (b"a,b\n1,2\na,b\n3,4\n", "a", "line 3: the names of the first line again"),
        (b"2001-01-01,5\n2002-01-01,6\n", "2", "but in column 2 it has 5: put a line of names"),
        (b"#years\n1,2\n", "flow", "no names (a line that begins with # is a comment)"),
        (b"a,b\n1,2\n3\n", "a", "line 3: expected 2 cells as in the first line, found 1"),
        (b"a\n1\n\xff\n", "a", "line 3: this is not UTF-8 text: save it"),
        (b"", "a", "the file is empty"),
        (b"# nothing\n\n", "a", "holds no row: its line that begins with # is a comment"),
        (b"#1,5\n#2,7\n", "2", "holds no row: its 2 lines that begin with # are comments"),
        (b"#year,flow\n1,2\n3,4\n", "peak", "no column \"peak\": the names are \"year\", \"flow\""),
    ] {
        let error = read(text, column).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}
