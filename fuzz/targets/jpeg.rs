//! Any bytes as a JPEG and as a sparse form: coefficients, grid, windows, crops and pixels. The seeds are the
//! golden files and the files in `tests/field`.

#![no_main]

use gumbel_jpeg::{Chroma, Jpeg, JpegError, Limits, Window, decode_rgb, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { bytes: 1 << 16, pixels: 1 << 18, scans: 20 };
    // An image has one sparse form.
    if let Ok(jpeg) = Jpeg::from_sparse(bytes) {
        assert_eq!(jpeg.to_sparse(), bytes);
        check_coded_bits(bytes, &jpeg);
    }
    let found = read(bytes, &limits);
    assert_eq!(found, read(bytes, &limits));
    let jpeg = match found {
        Ok(jpeg) => jpeg,
        Err(error) => {
            assert!(KINDS.contains(&error.kind()) && !error.to_string().is_empty(), "{error}");
            assert_eq!(decode_rgb(bytes, &limits).err(), Some(error));
            return;
        }
    };
    let (rows, columns) = (jpeg.rows(), jpeg.columns());
    assert!(jpeg.width() * jpeg.height() <= 1 << 18 && matches!(jpeg.components().len(), 1 | 3));
    let mut held = 0;
    for component in jpeg.components() {
        let blocks = component.blocks_wide() * component.blocks_high();
        assert_eq!(component.coefficients().len(), 64 * blocks);
        assert!(component.blocks_wide() <= columns && component.blocks_high() <= rows);
        assert!(component.coefficients().iter().all(|c| (-2047..=2047).contains(c)));
        assert!(component.quantisation().iter().all(|&step| step > 0));
        assert_eq!(component.dequantised().count(), 64 * blocks);
        held += blocks;
    }
    assert_eq!(jpeg.components()[0].coefficients().len(), 64 * rows * columns);
    assert!(held <= 8 * bytes.len(), "{held} blocks of {} bytes", bytes.len());

    assert_eq!(Jpeg::from_sparse(&jpeg.to_sparse()).as_ref(), Ok(&jpeg));
    check_coded_bits(bytes, &jpeg);
    let mut exact = vec![f32::NAN; 192 * rows * columns];
    jpeg.grid_into(Chroma::Exact, &mut exact).expect("the right length");
    assert_eq!(exact, jpeg.grid(Chroma::Exact));
    let simple = jpeg.grid(Chroma::Replicate);
    assert!(exact.iter().chain(&simple).all(|x| x.abs() < 2e9));
    let smooth = jpeg.grid(Chroma::Smooth);
    // Cosines exceed the samples that they pass through, by a factor of at most 4 in each direction.
    assert!(smooth.iter().all(|x| x.abs() < 2e10));
    for grid in [&exact, &smooth] {
        assert_eq!(grid[..64 * rows * columns], simple[..64 * rows * columns]);
    }
    for (chroma, grid) in
        [(Chroma::Exact, &exact), (Chroma::Replicate, &simple), (Chroma::Smooth, &smooth)]
    {
        check_windows(bytes, &jpeg, chroma, grid);
    }

    // An end marker may be added, and data after it is ignored.
    let ended = [bytes, &[0xff, 0xd9], b"anything"].concat();
    assert_eq!(read(&ended, &limits).as_ref(), Ok(&jpeg));
    // An end marker may be missing, unless its bytes are the end of a segment.
    if let Some(cut) = bytes.strip_suffix(&[0xff, 0xd9]) {
        match read(cut, &limits) {
            Ok(found) => assert_eq!(found, jpeg),
            Err(error) => assert!(matches!(error, JpegError::Truncated { .. }), "{error}"),
        }
    }
    // A file with coefficients has pixels.
    let image = decode_rgb(bytes, &limits).expect("a file with coefficients has pixels");
    assert_eq!((image.width, image.height), (jpeg.width(), jpeg.height()));
    assert_eq!(image.pixels.len(), image.width * image.height * 3);
    assert_eq!(jpeg.to_rgb().as_ref(), Ok(&image));
});

/// The kinds of error that a file may have.
const KINDS: [&str; 21] = [
    "not a JPEG",
    "truncated",
    "corrupt",
    "data left over",
    "scans out of order",
    "part of a sequential scan",
    "coefficients not sent",
    "coefficient too large",
    "run of zeros too long",
    "quantisation step of 0",
    "precision of a quantisation table",
    "height after the first scan",
    "arithmetic coding",
    "lossless",
    "hierarchical",
    "not 8 bits a sample",
    "CMYK",
    "RGB components",
    "number of components",
    "sampling layout",
    "over a limit",
];

/// Checks the bits of channels chosen by the bytes: without the means, the bits of components add up; and no
/// block has more bits than its codes.
fn check_coded_bits(bytes: &[u8], jpeg: &Jpeg) {
    let keep: [bool; 192] = std::array::from_fn(|c| bytes.get(c).is_some_and(|byte| byte & 1 == 1));
    let waves: [bool; 192] = std::array::from_fn(|c| keep[c] && c % 64 > 0);
    let alone = |i: usize| std::array::from_fn(|c| waves[c] && c / 64 == i);
    let parts = (0..3).map(|i| jpeg.coded_bits(&alone(i)));
    assert_eq!(jpeg.coded_bits(&waves), parts.sum());
    let bits = jpeg.coded_bits(&keep);
    let blocks: usize = jpeg.components().iter().map(|c| c.coefficients().len() / 64).sum();
    // A difference of 12 bits after a code of 11, 63 coefficients of 11 bits after codes of 16.
    assert!(bits <= (blocks * (23 + 63 * 27)) as u64, "{bits} bits of {blocks} blocks");
    assert_eq!(jpeg.coded_bits(&[false; 192]), 0);
}

/// Checks windows chosen by the bytes: within the grid, over its edges and outside.
fn check_windows(bytes: &[u8], jpeg: &Jpeg, chroma: Chroma, grid: &[f32]) {
    let (rows, columns) = (jpeg.rows(), jpeg.columns());
    for numbers in bytes.rchunks_exact(4).take(3) {
        let [top, left, high, wide] = [0, 1, 2, 3].map(|i| usize::from(numbers[i]));
        let start = |number: usize, all: usize| (number % (all + 6)) as isize - 3;
        let (top, left) = (start(top, rows), start(left, columns));
        let window = Window { top, left, rows: high % 8, columns: wide % 8 };
        let mut found = vec![f32::NAN; 192 * window.rows * window.columns];
        jpeg.window_into(chroma, window, &mut found).expect("the right length");
        let inside = |at: isize, all: usize| usize::try_from(at).ok().filter(|&at| at < all);
        let mut values = found.iter();
        let mut some = false;
        for channel in 0..192 {
            for (row, column) in (0..window.rows)
                .flat_map(|row| (0..window.columns).map(move |column| (row, column)))
            {
                let row = inside(top + row as isize, rows);
                let place = row.zip(inside(left + column as isize, columns));
                some |= place.is_some();
                let expected = place
                    .map_or(0.0, |(row, column)| grid[(channel * rows + row) * columns + column]);
                assert_eq!(values.next(), Some(&expected), "{chroma:?}, {window:?}");
            }
        }
        // A crop of the image shows the same in the window.
        let part = jpeg.crop(window);
        assert_eq!(part.is_some(), some);
        if let Some((part, origin)) = part {
            assert!(part.rows() <= window.rows + 3 && part.columns() <= window.columns + 3);
            assert_eq!(Jpeg::from_sparse(&part.to_sparse()).as_ref(), Ok(&part));
            let (top, left) = (top - origin.0 as isize, left - origin.1 as isize);
            let mut shown = vec![f32::NAN; found.len()];
            let window = Window { top, left, ..window };
            part.window_into(chroma, window, &mut shown).expect("the right length");
            assert_eq!(shown, found);
        }
    }
}
