//! Reads the header of an `.npy` file in every form that `numpy.load` takes, and rewrites it in the one form
//! that the reader of the data knows.
//!
//! The header is a Python literal, `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`. Other
//! programs write other spaces and quotes, Python 2 wrote `(2L, 3L)`, and the type may have any name that
//! `numpy.dtype` knows: `u1`, `=i4`, `uint8`, `H`, `double`.

use npyz::{NpyHeader, Order};

/// A kind of number and its size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) kind: Kind,
    pub(super) bytes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Uint,
    Float,
}

/// The content of a header.
pub(super) struct Header {
    /// `None` if the type is not one of real numbers.
    pub(super) dtype: Option<Type>,
    /// The type as the header spells it.
    pub(super) written: String,
    pub(super) shape: Vec<u64>,
    pub(super) order: Order,
    /// The header for the reader of the data, with half-precision numbers as unsigned integers.
    pub(super) npy: NpyHeader,
}

/// The deepest nesting of brackets that is read: a header of numbers needs two, and the parser calls itself
/// at each bracket.
const DEEPEST: usize = 16;

impl Header {
    /// Reads the text of a header of version 1, 2 or 3.
    ///
    /// # Errors
    /// What is wrong with the header.
    pub(super) fn of(text: &[u8], version: u8) -> Result<Self, String> {
        let text: String = match version {
            // Latin-1, whose bytes are the first 256 characters.
            1 | 2 => text.iter().copied().map(char::from).collect(),
            _ => std::str::from_utf8(text).map_err(|_| "expected UTF-8")?.to_owned(),
        };
        let Normalised { text, dtype, written } = normalise(&text)?;
        let mut file = b"\x93NUMPY\x03\x00".to_vec();
        file.extend((text.len() as u32).to_le_bytes());
        file.extend(text.bytes());
        let npy =
            NpyHeader::from_reader(file.as_slice()).map_err(|error| one_line(&error, &text))?;
        let written = written.unwrap_or_else(|| npy.dtype().descr());
        Ok(Self { dtype, written, shape: npy.shape().to_vec(), order: npy.order(), npy })
    }
}

/// The reader's error in one line. For text that it cannot parse, its own message has several.
fn one_line(error: &std::io::Error, text: &str) -> String {
    let problem = error.to_string();
    if !problem.contains('\n') {
        return problem;
    }
    let start: String = text.trim().chars().take(100).collect();
    format!(
        "expected {{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }} or the like, found {start:?}"
    )
}

/// A header in the form that the reader knows.
struct Normalised {
    text: String,
    dtype: Option<Type>,
    written: Option<String>,
}

/// Rewrites a header in one pass: the type after `'descr':` gets the name that the reader knows, other
/// strings are copied, and an `L` after a digit, a `u` before a string, line ends and comments are dropped.
fn normalise(text: &str) -> Result<Normalised, String> {
    let mut plain = Normalised { text: String::new(), dtype: None, written: None };
    let (mut key, mut depth) = (String::new(), 0_usize);
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        let (token, after) = match c {
            '\'' | '"' => {
                let end = rest[1..].find(c).ok_or("a string that is never closed")?;
                rest.split_at(end + 2)
            }
            '#' => rest.split_at(rest.find(['\n', '\r']).unwrap_or(rest.len())),
            c => rest.split_at(c.len_utf8()),
        };
        match c {
            '\'' | '"' => {
                let inner = &token[1..token.len() - 1];
                if key == "descr:" && plain.written.is_none() {
                    plain.written = Some(token.to_owned());
                    let (dtype, name) = type_of(inner);
                    plain.dtype = dtype;
                    plain.text += &format!("'{name}'");
                } else {
                    plain.text += token;
                }
                key = inner.to_owned();
            }
            ':' => {
                key.push(':');
                plain.text.push(':');
            }
            'u' | 'U' if after.starts_with(['\'', '"']) => {}
            '#' => plain.text.push(' '),
            'L' | 'l' if plain.text.ends_with(|c: char| c.is_ascii_digit()) => {}
            c if c.is_whitespace() => plain.text.push(' '),
            c => {
                depth += usize::from("([{".contains(c));
                depth = depth.saturating_sub(usize::from(")]}".contains(c)));
                if depth > DEEPEST {
                    return Err(format!("brackets nested more than {DEEPEST} deep"));
                }
                key.clear();
                plain.text.push(c);
            }
        }
        rest = after;
    }
    Ok(plain)
}

/// The type that `numpy.dtype` makes of a name, and the name that the reader knows. A type that is not one of
/// real numbers is declared as raw bytes, which are never read.
fn type_of(name: &str) -> (Option<Type>, String) {
    let (mark, bare) = match name.chars().next() {
        Some(mark @ ('<' | '>' | '=' | '|')) => (Some(mark), &name[1..]),
        _ => (None, name),
    };
    let Some(dtype) = type_of_bare(bare, mark.is_some()) else { return (None, "|V1".to_owned()) };
    let big = mark == Some('>') || (mark != Some('<') && cfg!(target_endian = "big"));
    let order = match (dtype.bytes, big) {
        (1, _) => '|',
        (_, true) => '>',
        (_, false) => '<',
    };
    let kind = match dtype.kind {
        Kind::Bool => 'b',
        Kind::Int => 'i',
        Kind::Float if dtype.bytes > 2 => 'f',
        Kind::Uint | Kind::Float => 'u',
    };
    (Some(dtype), format!("{order}{kind}{}", dtype.bytes))
}

/// The type of a name without its byte order. `ordered`: it had one, which long names cannot have.
fn type_of_bare(name: &str, ordered: bool) -> Option<Type> {
    let (kind, bytes) = match name {
        "?" | "b1" => (Kind::Bool, 1),
        "b" | "i1" => (Kind::Int, 1),
        "h" | "i2" => (Kind::Int, 2),
        "i" | "i4" => (Kind::Int, 4),
        "l" | "q" | "p" | "n" | "i8" => (Kind::Int, 8),
        "B" | "u1" => (Kind::Uint, 1),
        "H" | "u2" => (Kind::Uint, 2),
        "I" | "u4" => (Kind::Uint, 4),
        "L" | "Q" | "P" | "N" | "u8" => (Kind::Uint, 8),
        "e" | "f2" => (Kind::Float, 2),
        "f" | "f4" => (Kind::Float, 4),
        "d" | "f8" => (Kind::Float, 8),
        _ if ordered => return None,
        "bool" | "bool_" | "bool8" => (Kind::Bool, 1),
        "int8" | "byte" => (Kind::Int, 1),
        "int16" | "short" => (Kind::Int, 2),
        "int32" | "intc" => (Kind::Int, 4),
        "int64" | "int" | "int_" | "intp" | "long" | "longlong" => (Kind::Int, 8),
        "uint8" | "ubyte" => (Kind::Uint, 1),
        "uint16" | "ushort" => (Kind::Uint, 2),
        "uint32" | "uintc" => (Kind::Uint, 4),
        "uint64" | "uint" | "uintp" | "ulong" | "ulonglong" => (Kind::Uint, 8),
        "float16" | "half" => (Kind::Float, 2),
        "float32" | "single" => (Kind::Float, 4),
        "float64" | "float" | "float_" | "double" => (Kind::Float, 8),
        _ => return None,
    };
    Some(Type { kind, bytes })
}

/// The value of a half-precision number (IEEE 754 binary16).
pub(super) fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10) & 31, f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name for the reader, on a little-endian machine.
    fn name(text: &str) -> String {
        type_of(text).1
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn types_have_the_names_of_numpy() {
        for (names, known) in [
            (&["u1", "|u1", "=u1", "<u1", ">u1", "B", "<B", "uint8", "ubyte"][..], "|u1"),
            (&["u2", "|u2", "=u2", "<u2", "H", "uint16", "ushort"], "<u2"),
            (&["i4", "i", "=i", "int32", "intc"], "<i4"),
            (&[">i4", ">i"], ">i4"),
            (&["int", "int_", "l", "q", "longlong", "p", "n", "int64", "intp"], "<i8"),
            (&["uint", "L", "Q", "uint64", "N", "P"], "<u8"),
            (&["f", "f4", "float32", "single"], "<f4"),
            (&["d", "f8", "float", "float64", "double", "=f8"], "<f8"),
            (&["e", "half", "float16", "f2", "<f2"], "<u2"),
            (&["?", "bool", "b1", "|b1"], "|b1"),
            (&["<int32", "U3", "|S3", "c8", "O", "M8[D]", "f16", "i16", "u3", " u1", ""], "|V1"),
        ] {
            for text in names {
                assert_eq!(name(text), known, "{text}");
            }
        }
    }

    #[test]
    fn half_precision_is_exact() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65_504.0),
            (0x0001, 2f64.powi(-24)),
            (0x0400, 2f64.powi(-14)),
            (0x3555, 0.333_251_953_125),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:#06x}");
        }
        assert!(half(0x7e00).is_nan());
        assert!(half(0x8000).is_sign_negative());
    }

    #[test]
    fn headers_of_other_programs_are_read() {
        for text in [
            "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }          \n",
            "{\"descr\": \"<i8\", \"fortran_order\": False, \"shape\": (2, 3)}",
            "{'shape':(2,3),'fortran_order':False,'descr':'<i8'}",
            "{'descr': '<i8', 'fortran_order': False, 'shape': (2L, 3L)}\n",
            "{u'descr': u'<i8', u'fortran_order': False, u'shape': (2L, 3L,)}\n",
            "  {'descr' : 'int64' ,\n 'fortran_order' :False,\t'shape':\n( 2 , 3 , ) , }\n\n",
            "{'fortran_order': False, 'shape': (2, 3), 'descr': 'l'}",
            "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), } # codes, 'b' and {c\n",
            "# of a program\n{'descr': # long\n'<i8', 'fortran_order': False, # rows\r\n'shape': (2, 3)}",
        ] {
            for version in 1..=3 {
                let header =
                    Header::of(text.as_bytes(), version).unwrap_or_else(|e| panic!("{text}: {e}"));
                assert_eq!(header.shape, [2, 3], "{text}");
                assert_eq!(header.order, Order::C);
                assert_eq!(header.dtype, Some(Type { kind: Kind::Int, bytes: 8 }), "{text}");
            }
        }
        let fields =
            "{'descr': [('descr', '<i8'), ('b', 'u1')], 'fortran_order': True, 'shape': ()}";
        let header = Header::of(fields.as_bytes(), 1);
        assert!(header.is_err() || header.is_ok_and(|h| h.dtype.is_none() && h.shape.is_empty()));
    }

    #[test]
    fn damage_is_named() {
        for text in [
            "",
            "{",
            "{}",
            "3",
            "{'descr': '<i8}",
            "{'descr': '<i8'}",
            "((((((((((((((((((((",
            "{'descr': '<i8', 'fortran_order': False, 'shape': 3}",
            "{'descr': '<i8', 'fortran_order': False, 'shape': (-3, 1)}",
            "{'descr': '<i8', 'fortran_order': 0, 'shape': (3, 1)}",
            "{'descr': 8, 'fortran_order': False, 'shape': (3, 1)}",
        ] {
            let Err(error) = Header::of(text.as_bytes(), 1) else { panic!("{text}") };
            assert!(!error.contains('\n') && !error.contains("-->"), "{text}: {error}");
        }
        let Err(error) = Header::of(b"{'descr': '<i8', 'fortran_order': ?, 'shape': (3, 1)}", 1)
        else {
            panic!("a question mark is no literal")
        };
        assert!(
            error.ends_with("found \"{'descr': '<i8', 'fortran_order': ?, 'shape': (3, 1)}\""),
            "{error}"
        );
        assert!(Header::of(b"{'\xff'", 3).is_err());
    }
}
