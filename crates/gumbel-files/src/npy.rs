//! Codes as NumPy's `.npy` files: writes and reads classes and floats.
//!
//! Files are written little-endian and row-major, as `numpy.save` does on most machines. They are read with
//! any integer type (or any floating-point type, where floats are wanted), either byte order, either order
//! of the axes, and every form of the header that `numpy.load` takes. Another rank or kind of type, which
//! `numpy.load` would read, is an error that names it. Data after the array, which `numpy.load` ignores, is
//! an error too: either the file holds a second array, or its header does not match its data, and part of
//! the codes would be lost silently.

mod header;

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use npyz::{AutoSerialize, Deserialize, NpyFile, Order, WriterBuilder};

use crate::FileError;
use header::{Header, Kind, Type, half};

/// The longest header that is read, in bytes: the limit of `numpy.load`.
const LONGEST_HEADER: usize = 10_000;

/// An array of rank two: `values: [rows, columns]`, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<T> {
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// The values, row by row.
    pub values: Vec<T>,
}

/// Encodes `values` as the bytes of a `.npy` file with an array of f32 of this shape.
///
/// ```
/// let file = gumbel_files::npy::floats(&[0.5, 1.0], &[1, 2]);
/// assert!(file.starts_with(b"\x93NUMPY") && file.ends_with(&1.0_f32.to_le_bytes()));
/// ```
///
/// # Panics
/// When `shape` does not have `values.len()` elements.
pub fn floats(values: &[f32], shape: &[usize]) -> Vec<u8> {
    file(values.iter().copied(), shape)
}

/// Encodes classes below `classes` as the bytes of a `.npy` file; returns NumPy's name of the element type
/// as well. The elements are unsigned integers of 8 bits if these suffice, else of 16 or 32.
///
/// # Panics
/// When `shape` does not have `values.len()` elements.
pub fn classes(values: &[u32], shape: &[usize], classes: usize) -> (Vec<u8>, &'static str) {
    let values = values.iter().copied();
    match classes {
        0..=0x100 => (file(values.map(|class| class as u8), shape), "uint8"),
        0x101..=0x1_0000 => (file(values.map(|class| class as u16), shape), "uint16"),
        _ => (file(values, shape), "uint32"),
    }
}

fn file<T: AutoSerialize>(values: impl Iterator<Item = T>, shape: &[usize]) -> Vec<u8> {
    let shape: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
    let written = options.writer(&mut bytes).begin_nd().and_then(|mut writer| {
        writer.extend(values)?;
        writer.finish()
    });
    written.expect("a vector takes every byte, and the shape is that of the values");
    bytes
}

/// Reads an array of integers of rank two. Every integer type of NumPy fits.
///
/// # Errors
/// A file that cannot be read, is not a `.npy` file or is damaged; another type or rank.
pub fn read_integers(path: &Path) -> Result<Table<i128>, FileError> {
    let advice =
        "integers, found the type {}: codes of another run? Else save codes.astype(numpy.uint16)";
    read(path, advice, |dtype, npy| {
        Some(match (dtype.kind, dtype.bytes) {
            (Kind::Uint, 1) => read_all::<u8, _>(npy),
            (Kind::Uint, 2) => read_all::<u16, _>(npy),
            (Kind::Uint, 4) => read_all::<u32, _>(npy),
            (Kind::Uint, 8) => read_all::<u64, _>(npy),
            (Kind::Int, 1) => read_all::<i8, _>(npy),
            (Kind::Int, 2) => read_all::<i16, _>(npy),
            (Kind::Int, 4) => read_all::<i32, _>(npy),
            (Kind::Int, 8) => read_all::<i64, _>(npy),
            _ => return None,
        })
    })
}

/// Reads an array of floating-point numbers of rank two, of 16, 32 or 64 bits.
///
/// # Errors
/// As [`read_integers`].
pub fn read_floats(path: &Path) -> Result<Table<f64>, FileError> {
    let advice = "floating-point numbers, found the type {}: codes of another run? Else save \
                  codes.astype(numpy.float32)";
    read(path, advice, |dtype, npy| {
        Some(match (dtype.kind, dtype.bytes) {
            (Kind::Float, 2) => {
                read_all::<u16, u16>(npy).map(|bits| bits.into_iter().map(half).collect())
            }
            (Kind::Float, 4) => read_all::<f32, _>(npy),
            (Kind::Float, 8) => read_all::<f64, _>(npy),
            _ => return None,
        })
    })
}

type Body<'a> = NpyFile<&'a mut BufReader<File>>;

/// Reads an array. `values` reads the numbers of the types that it knows, and `{}` in `expected` stands for
/// the type found.
fn read<T: Copy>(
    path: &Path,
    expected: &str,
    values: impl FnOnce(Type, Body<'_>) -> Option<io::Result<Vec<T>>>,
) -> Result<Table<T>, FileError> {
    let wrong = |problem: String| FileError::content(path, problem);
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => FileError::content(path, "the file ends before its array does"),
        _ => FileError::system("read", path)(error),
    };
    let file = File::open(path).map_err(FileError::system("read", path))?;
    let mut reader = BufReader::new(file);
    if !reader.fill_buf().map_err(failed)?.starts_with(b"\x93NUMPY") {
        return Err(wrong("not a .npy file: expected one as numpy.save writes it".to_owned()));
    }
    let mut start = [0; 8];
    reader.read_exact(&mut start).map_err(failed)?;
    let (major, minor) = (start[6], start[7]);
    if !(1..=3).contains(&major) || minor != 0 {
        return Err(wrong(format!(
            "version {major}.{minor} of the .npy format: expected 1.0, 2.0 or 3.0"
        )));
    }
    // Little-endian: two bytes in version 1, four from then on.
    let mut length = [0; 4];
    let bytes = if major == 1 { 2 } else { 4 };
    reader.read_exact(&mut length[..bytes]).map_err(failed)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        return Err(wrong(format!(
            "a header of {length} bytes: expected {LONGEST_HEADER} at most"
        )));
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).map_err(failed)?;
    let header =
        Header::of(&text, major).map_err(|problem| wrong(format!("damaged header: {problem}")))?;
    let Header { dtype, written, shape, order, npy } = header;
    let &[rows, columns] = shape.as_slice() else {
        let found = shape.len();
        return Err(wrong(format!(
            "expected an array of rank 2 [rows, columns], found rank {found}"
        )));
    };
    if rows.checked_mul(columns).is_none() {
        return Err(wrong(format!("an array of {rows} x {columns} values is too large")));
    }
    let npy = NpyFile::with_header(npy, &mut reader);
    let values = dtype
        .and_then(|dtype| values(dtype, npy))
        .ok_or_else(|| wrong(format!("expected {}", expected.replace("{}", &written))))?
        .map_err(failed)?;
    if !reader.fill_buf().map_err(failed)?.is_empty() {
        return Err(wrong(format!(
            "more data than the {rows} x {columns} of its header: expected a file of one array"
        )));
    }
    // They fit: so many values were read.
    let (rows, columns) = (rows as usize, columns as usize);
    let values = match order {
        Order::C => values,
        Order::Fortran => {
            (0..values.len()).map(|i| values[i % columns * rows + i / columns]).collect()
        }
    };
    Ok(Table { rows, columns, values })
}

fn read_all<T: Deserialize + Into<V>, V>(npy: Body<'_>) -> io::Result<Vec<V>> {
    let values = npy.data::<T>().map_err(|e| io::Error::new(ErrorKind::InvalidData, e))?;
    values.map(|value| value.map(Into::into)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes<T>(bytes: &[u8], read: fn(&Path) -> Result<T, FileError>) -> Result<T, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes.npy");
        std::fs::write(&path, bytes).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    fn read(bytes: &[u8]) -> Result<Table<i128>, String> {
        read_bytes(bytes, read_integers)
    }

    /// A file with this header, as NumPy writes it, and these data.
    fn npy(dtype: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
        let order = if fortran { "True" } else { "False" };
        let text = format!("{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}");
        let text = format!("{text:<117}\n");
        [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), data]
            .concat()
    }

    #[test]
    fn written_arrays_are_read_back() {
        for (k, name, size) in [
            (2, "uint8", 1),
            (256, "uint8", 1),
            (257, "uint16", 2),
            (65_536, "uint16", 2),
            (65_537, "uint32", 4),
        ] {
            let values = [0, 1, 0, k - 1, 1, 0];
            let (bytes, dtype) = classes(&values, &[2, 3], k as usize);
            assert_eq!((dtype, bytes.len() % 64), (name, 6 * size));
            let found = read(&bytes).unwrap();
            assert_eq!((found.rows, found.columns), (2, 3));
            assert_eq!(found.values, values.map(i128::from));
        }
        let (bytes, _) = classes(&[], &[0, 3], 10);
        assert_eq!(read(&bytes).unwrap(), Table { rows: 0, columns: 3, values: vec![] });
    }

    #[test]
    fn types_and_orders() {
        let expected = [1, 2, 3, 4, 5, 6].map(i128::from).to_vec();
        let big: Vec<u8> = (1..=6_i16).flat_map(i16::to_be_bytes).collect();
        assert_eq!(read(&npy(">i2", false, "(2, 3)", &big)).unwrap().values, expected);
        let long: Vec<u8> = (1..=6_i64).flat_map(i64::to_le_bytes).collect();
        assert_eq!(read(&npy("<i8", false, "(2, 3)", &long)).unwrap().values, expected);
        // Columns first: 1 4 2 5 3 6 are the rows 1 2 3 and 4 5 6.
        assert_eq!(
            read(&npy("|u1", true, "(2, 3)", &[1, 4, 2, 5, 3, 6])).unwrap().values,
            expected
        );
        for name in ["u1", "=u1", "<u1", "B", "uint8"] {
            assert_eq!(
                read(&npy(name, false, "(2L, 3L)", &[1, 2, 3, 4, 5, 6])).unwrap().values,
                expected
            );
        }
        // A header of another program, in versions 2 and 3, which have a length of four bytes.
        for version in [2, 3] {
            let text = b"{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"u1\"}";
            let start =
                [b'\x93', b'N', b'U', b'M', b'P', b'Y', version, 0, text.len() as u8, 0, 0, 0];
            let file = [&start[..], text, &[1, 2, 3, 4, 5, 6]].concat();
            assert_eq!(read(&file).unwrap().values, expected);
        }
        let none = read(&npy("u1", true, "(0, 3)", &[])).unwrap();
        assert_eq!((none.rows, none.columns, none.values.len()), (0, 3, 0));
        let most = read(&npy("<u8", false, "(1, 1)", &[255; 8])).unwrap();
        assert_eq!(most.values, [i128::from(u64::MAX)]);
    }

    #[test]
    fn numbers_are_read_too() {
        let expected = Table { rows: 2, columns: 1, values: vec![0.5, -3.25] };
        let narrow = floats(&[0.5, -3.25], &[2, 1]);
        assert_eq!(read_bytes(&narrow, read_floats).unwrap(), expected);
        let wide: Vec<u8> = [0.5_f64, -3.25].into_iter().flat_map(f64::to_be_bytes).collect();
        assert_eq!(read_bytes(&npy(">f8", true, "(2, 1)", &wide), read_floats).unwrap(), expected);
        // 0.5 and -3.25 in half precision.
        let half = npy("float16", false, "(2, 1)", &[0x00, 0x38, 0x80, 0xc2]);
        assert_eq!(read_bytes(&half, read_floats).unwrap(), expected);
        let error = read_bytes(&npy("|u1", false, "(2, 1)", &[1; 2]), read_floats).unwrap_err();
        assert!(error.contains("floating-point") && error.contains("'|u1'"), "{error}");
    }

    #[test]
    fn malformed_arrays_are_refused() {
        let good = npy("|u1", false, "(2, 3)", &[1; 6]);
        let cases: [(Vec<u8>, &str); 19] = [
            (vec![], "not a .npy file"),
            (b"PK\x03\x04".to_vec(), "not a .npy file"),
            (good[..8].to_vec(), "ends before"),
            (good[..60].to_vec(), "ends before"),
            (good[..good.len() - 1].to_vec(), "ends before"),
            ([&good[..], &[0]].concat(), "more data than the 2 x 3"),
            (npy("<f4", false, "(2, 3)", &[0; 24]), "found the type '<f4'"),
            (npy("|b1", false, "(2, 3)", &[0; 6]), "found the type '|b1'"),
            (npy("U3", false, "(2, 3)", &[0; 6]), "found the type 'U3'"),
            (npy("|O", false, "(2, 3)", &[0; 6]), "found the type '|O'"),
            (npy("<c8", false, "(2, 3)", &[0; 48]), "found the type '<c8'"),
            (npy("f16", false, "(2, 3)", &[0; 96]), "found the type 'f16'"),
            (npy("|u1", false, "()", &[0; 1]), "found rank 0"),
            (npy("|u1", false, "(1, 2, 3)", &[0; 6]), "found rank 3"),
            ([b"\x93NUMPY\x04\x00", &good[8..]].concat(), "version 4.0"),
            (npy("|u1", false, "(6,)", &[0; 6]), "found rank 1"),
            (npy("|u1", false, "(2, 3", &[0; 6]), "damaged header"),
            (npy("|u1", false, "(4000000000, 4000000000)", &[0; 6]), "ends before"),
            (npy("|u1", false, "(5000000000, 5000000000)", &[0; 6]), "is too large"),
        ];
        for (bytes, part) in cases {
            let error = read(&bytes).unwrap_err();
            assert!(error.contains(part) && error.contains("codes.npy"), "{part}: {error}");
        }
        // A header of four gigabytes, and one that is nested as deeply as its length allows.
        let error = read(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{").unwrap_err();
        assert!(error.contains("4294967295"), "{error}");
        let deep = [&b"\x93NUMPY\x01\x00\x10\x27"[..], &[b'('; 10_000]].concat();
        assert!(read(&deep).unwrap_err().contains("damaged header"));
    }
}
