//! Files that cannot be read.

use super::*;

/// A folder with a bad file of each kind, and two of one.
fn folder() -> Folder {
    let folder = Folder::of(&ALL, 2);
    let good = photo(0, 40, 24);
    let frame = good.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[frame + at] = byte;
        bytes
    };
    folder.put("train/a/truncated.jpg", &good[..good.len() / 2]);
    folder.put("train/b/truncated.jpg", &good[..good.len() - 10]);
    folder.put("train/a/arithmetic.jpg", &changed(1, 0xc9));
    folder.put("validation/b/cmyk.jpg", &changed(9, 4));
    folder.put("test/a/deep.jpg", &changed(4, 12));
    folder.put("train/b/corrupt.jpg", &changed(11, 0));
    folder.put("train/b/picture.jpg", b"\x89PNG\r\n");
    folder.put("train/b/empty.jpg", b"");
    folder
}

#[test]
fn bad_files_are_left_out_counted_and_named() {
    let set = folder().set();
    assert_eq!(set.report.images, [4, 4, 4]);
    let kinds: Vec<(&str, usize)> =
        set.report.kinds().into_iter().map(|(kind, files)| (kind, files.len())).collect();
    let expected = [
        ("CMYK", 1),
        ("arithmetic coding", 1),
        ("corrupt", 1),
        ("not 8 bits a sample", 1),
        ("not a JPEG", 2),
        ("truncated", 2),
    ];
    assert_eq!(kinds, expected);
    let names: Vec<&str> = set.report.left_out.iter().map(|left| left.file.as_str()).collect();
    assert!(names.is_sorted() && names.len() == 8, "{names:?}");
    let text = set.report.to_string();
    for part in [
        "4 training, 4 validation and 4 test images\n2 x 2 blocks of 8x8 pixels\n8 files left out\n",
        "\n  CMYK: 1\n    validation/b/cmyk.jpg: expected grey or YCbCr, found four components",
        "\n  not a JPEG: 2\n    train/b/empty.jpg: not a JPEG",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn only_some_of_many_are_named() {
    let folder = Folder::of(&ALL, 2);
    (0..9).for_each(|i| folder.put(&format!("test/a/x{i}.jpg"), b"GIF89a"));
    let text = folder.set().report.to_string();
    assert!(text.contains("9 files left out\n  not a JPEG: 9\n    test/a/x0.jpg"), "{text}");
    assert!(text.ends_with(
        "x2.jpg: not a JPEG: expected the first bytes FF D8, found 47 49\n    and 6 more"
    ));
}

#[test]
fn one_is_not_many() {
    let folder = Folder::of(&ALL, 2);
    assert_eq!(folder.set().report.left_out_lines(), None);
    folder.put("test/a/x.jpg", b"GIF89a");
    folder.put("train/a/large.jpg", &photo(0, 24, 16));
    folder.put("train/a/notes.txt", b"");
    let report = folder.set().report;
    let lines = "1 file left out\n  not a JPEG: 1\n    test/a/x.jpg: not a JPEG: expected the first \
                 bytes FF D8, found 47 49";
    assert_eq!(report.left_out_lines().as_deref(), Some(lines));
    let expected = format!(
        "5 training, 4 validation and 4 test images\n2 x 2 blocks of 8x8 pixels; 2 grids in all, 1 image \
         cut, 0 filled up\n{lines}\n1 other file passed over"
    );
    assert_eq!(report.to_string(), expected);
    let grid = LoadOptions { grid: Some((2, 3)), ..LoadOptions::default() };
    let text = Folder::of(&ALL, 1).load(&grid).unwrap().report.to_string();
    let expected = "2 training, 2 validation and 2 test images\n2 x 3 blocks of 8x8 pixels; 1 grid in \
                    all, 0 images cut, 6 filled up";
    assert_eq!(text, expected);
}

#[test]
fn strict_stops_at_the_first_in_order() {
    let folder = folder();
    for threads in [1, 4] {
        let options = LoadOptions { strict: true, threads, ..LoadOptions::default() };
        let error = folder.error(&options, &["test/a/deep.jpg", "8 bits", "--strict"]);
        assert!(matches!(error, DataError::Jpeg { .. }));
    }
    let good = LoadOptions { strict: true, ..LoadOptions::default() };
    let folder = Folder::of(&ALL, 2);
    assert_eq!(folder.load(&good).unwrap(), folder.set());
}

#[test]
fn nothing_but_bad_files() {
    let folder = Folder::of(&ALL, 0);
    for name in ALL {
        folder.put(&format!("{name}/x.jpg"), b"GIF89a");
    }
    folder.error(
        &LoadOptions::default(),
        &["a JPEG that can be read", "6 that cannot", "not a JPEG"],
    );
    // If only one class has an image, the error names the other class.
    folder.put("train/a/x.jpg", &photo(0, 16, 16));
    folder.error(
        &LoadOptions::default(),
        &[
            "training images in every class",
            "none in \"b\"; 5 files left out, the first test/a/x.jpg: not a JPEG",
        ],
    );
}

/// Files without an end marker once had coefficients and no pixels, so a comparison of the two used other
/// images. Every file that is met in practice has both, or neither.
#[test]
fn pixels_and_coefficients_are_of_the_same_files() {
    use crate::jpeg::Content;

    let folder = Folder::of(&["a", "b"], 10);
    let bad = self::folder();
    for name in ["train/a/truncated.jpg", "validation/b/cmyk.jpg", "train/b/corrupt.jpg"] {
        folder.put(&format!("a/{}", name.replace('/', "-")), &fs::read(bad.at(name)).unwrap());
    }
    let bytes = photo(4, 30, 20);
    let end = bytes.len() - 2;
    let part = |marker: u8| {
        let at = bytes.windows(2).position(|m| m == [0xff, marker]).unwrap();
        (at, at + 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]])))
    };
    let with = |at: usize, new: &[u8]| [&bytes[..at], new, &bytes[at..]].concat();
    let (scan, _) = part(0xda);
    let mut no_tables = bytes.clone();
    while let Some(at) = no_tables.windows(2).position(|m| m == [0xff, 0xc4]) {
        let length = usize::from(u16::from_be_bytes([no_tables[at + 2], no_tables[at + 3]]));
        no_tables.drain(at..at + 2 + length);
    }
    let good = [
        ("no-end", bytes[..end].to_vec()),
        ("no-tables", no_tables),
        ("conditioning", with(scan, &[0xff, 0xcc, 0, 4, 0x10, 5])),
        ("adobe", with(scan, b"\xff\xee\0\x0eAdobe\0d\0\0\0\0\x07")),
        ("height", with(end, &[0xff, 0xdc, 0, 4, 0, 20])),
        ("restart", with(end, &[0xff, 0xd0])),
        ("garbage", with(scan, b"garbage")),
    ];
    for (name, bytes) in &good {
        folder.put(&format!("b/{name}.jpg"), bytes);
    }
    let mut order = bytes.clone();
    order.swap(scan + 5, scan + 7);
    folder.put("b/order.jpg", &order);
    let load = |content| {
        let set = folder.load(&LoadOptions { content, ..LoadOptions::default() }).unwrap();
        let files = [&set.train, &set.validation, &set.test].map(files).concat();
        let files: Vec<String> = files.into_iter().map(str::to_owned).collect();
        (set.sha256, files, set.report.left_out)
    };
    let coefficients = load(Content::Coefficients);
    assert_eq!(coefficients, load(Content::Pixels));
    assert_eq!(coefficients.1.len(), 20 + good.len());
    assert_eq!(coefficients.2.len(), 4);
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_is_unreadable() {
    let folder = Folder::of(&ALL, 2);
    std::os::unix::fs::symlink("nowhere", folder.at("test/b/link.jpg")).unwrap();
    let set = folder.set();
    assert_eq!(set.report.left_out[0].kind, "unreadable");
    assert_eq!(set.report.images, [4, 4, 4]);
}
