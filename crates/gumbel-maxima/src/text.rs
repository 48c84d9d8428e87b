//! Decodes the bytes of a file as text; its line ends and its runs of spaces.

/// The first bytes of other kinds of files, and their names.
const OTHERS: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "a spreadsheet or a zip file"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet"),
    (b"\x1f\x8b", "gzip data"),
    (b"%PDF", "a PDF"),
    (b"\x93NUMPY", "a NumPy array"),
];

/// Decodes a file in UTF-8, or in UTF-16 with a byte-order mark, as spreadsheets write it. The mark is no part
/// of the text.
///
/// # Errors
/// What is wrong, and its line if it has one, the first being 1.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, (Option<u64>, String)> {
    if let Some((_, kind)) = OTHERS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err((
            None,
            format!("expected a table as text, found {kind}: save it as CSV in UTF-8"),
        ));
    }
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => {
            let mut text = String::from_utf8(bytes).map_err(|error| {
                let good = error.utf8_error().valid_up_to();
                let line = 1 + line_ends(&error.as_bytes()[..good], 0);
                (Some(line), "this is not UTF-8 text: save it as CSV in UTF-8".to_owned())
            })?;
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            text
        }
    };
    match text.find('\0') {
        None => Ok(text),
        Some(at) => {
            let line = 1 + line_ends(&text.as_bytes()[..at], 0);
            Err((
                Some(line),
                "found a zero byte, which is not text: save it as CSV in UTF-8".to_owned(),
            ))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, (Option<u64>, String)> {
    let (units, odd) = bytes.as_chunks::<2>();
    let text = String::from_utf16(&units.iter().copied().map(unit).collect::<Vec<_>>());
    match text {
        Ok(text) if odd.is_empty() => Ok(text),
        _ => Err((None, "this is not whole UTF-16 text: save it as CSV in UTF-8".to_owned())),
    }
}

/// Counts the line ends from byte `from` on: line feeds, carriage returns, and carriage returns with a line
/// feed, which count once, even where `from` is between the two.
pub(crate) fn line_ends(text: &[u8], from: usize) -> u64 {
    let ends = |&at: &usize| match text[at] {
        b'\r' => true,
        b'\n' => at == 0 || text[at - 1] != b'\r',
        _ => false,
    };
    (from..text.len()).filter(ends).count() as u64
}

/// The text with one space for each run of spaces and tabs, and none at either end of a line. Quoted text
/// stays as it is.
pub(crate) fn single_spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut run) = (false, false);
    for c in text.chars() {
        quoted ^= c == '"';
        if !quoted && matches!(c, ' ' | '\t') {
            run = true;
            continue;
        }
        let inside = !out.is_empty() && !out.ends_with(['\n', '\r']);
        if run && inside && !matches!(c, '\n' | '\r') {
            out.push(' ');
        }
        run = false;
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_marks_are_no_part_of_the_text() {
        let units = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{feff}débit\t水\r\n".encode_utf16().flat_map(bytes).collect()
        };
        for bytes in [
            "débit\t水\r\n".into(),
            "\u{feff}débit\t水\r\n".into(),
            units(u16::to_le_bytes),
            units(u16::to_be_bytes),
        ] {
            assert_eq!(text(bytes).unwrap(), "débit\t水\r\n");
        }
    }

    #[test]
    fn files_that_are_not_text_are_named() {
        for (bytes, line, part) in [
            (&b"PK\x03\x04\x14"[..], None, "found a spreadsheet"),
            (b"\x1f\x8b\x08", None, "found gzip data"),
            (b"a\r\n1\r\n\xe9\r\n", Some(3), "not UTF-8"),
            (b"a\r1\r\xe9\r", Some(3), "not UTF-8"),
            (b"\xff\xfea\0\n", None, "not whole UTF-16"),
            (b"a\0\n\x001\0", Some(1), "a zero byte"),
        ] {
            let (found, problem) = text(bytes.to_vec()).unwrap_err();
            assert_eq!(found, line, "{problem}");
            assert!(problem.contains(part), "{problem}");
        }
    }

    #[test]
    fn lines_end_in_three_ways() {
        assert_eq!(line_ends(b"a\nb\r\nc\rd\n\n", 0), 5);
        assert_eq!(line_ends(b"a\r\nb", 2), 0);
        assert_eq!(line_ends(b"a\r\nb", 1), 1);
    }
}
