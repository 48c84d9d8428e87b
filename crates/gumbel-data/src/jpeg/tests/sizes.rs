//! Images of other sizes than the set's.

use gumbel_jpeg::{Chroma, Limits, Window, decode_rgb, read};

use super::*;
use crate::jpeg::{Content, JpegImage};

/// A folder of two classes in all parts, and in `train/a` images of these sizes.
fn with(sizes: &[(usize, usize)]) -> Folder {
    let folder = Folder::of(&["train/b", "validation/a", "validation/b", "test/a", "test/b"], 1);
    for (i, &(width, height)) in sizes.iter().enumerate() {
        folder.put(&format!("train/a/{i:03}.jpg"), &photo(i, width, height));
    }
    folder
}

fn grid_of(sizes: &[(usize, usize)]) -> (usize, usize) {
    let set = with(sizes).set();
    (set.rows, set.columns)
}

#[test]
fn the_grid_of_most_images() {
    // Five images are of 2 x 2 blocks.
    assert_eq!(grid_of(&[(40, 24)]), (2, 2));
    assert_eq!(grid_of(&[(40, 24); 6]), (3, 5));
    assert_eq!(grid_of(&[(40, 24), (39, 17), (33, 23), (40, 24), (40, 24), (34, 20)]), (3, 5));
    // The smaller one of a tie.
    assert_eq!(grid_of(&[(40, 24); 5]), (2, 2));
    assert_eq!(grid_of(&[(8, 8); 5]), (1, 1));
    assert_eq!(grid_of(&[(32, 8); 5]), (1, 4));
    // Not above 32 x 32.
    assert_eq!(grid_of(&[(300, 20); 6]), (3, 32));
    assert_eq!(grid_of(&[(300, 270); 6]), (32, 32));
}

#[test]
fn the_report_counts_them() {
    let folder = with(&[(16, 16), (40, 24), (8, 40), (8, 8), (15, 9)]);
    let report = folder.set().report;
    assert_eq!((report.grid, report.cropped(), report.padded()), ((2, 2), 2, 2));
    let text = report.to_string();
    let line = "2 x 2 blocks of 8x8 pixels; 4 grids in all, 2 images cut, 2 filled up";
    assert!(text.contains(line), "{text}");
    let options = LoadOptions { grid: Some((1, 9)), ..LoadOptions::default() };
    let report = folder.load(&options).unwrap().report;
    assert_eq!((report.grid, report.cropped(), report.padded()), ((1, 9), 9, 10));
}

#[test]
fn grids_out_of_range() {
    let folder = Folder::of(&ALL, 1);
    for grid in [(0, 4), (4, 0), (8_193, 1), (1, usize::MAX)] {
        let options = LoadOptions { grid: Some(grid), ..LoadOptions::default() };
        let expected = format!(
            "grid: expected 1 to 8192 rows and columns of blocks, found {} x {}",
            grid.0, grid.1
        );
        folder.error(&options, &[&expected]);
        assert_eq!(JpegSet::smoke(&options).unwrap_err().to_string(), expected);
    }
}

fn grid(image: &JpegImage, rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![f32::NAN; 192 * rows * columns];
    image.coefficients_into(rows, columns, &mut out);
    out
}

/// However much was cut at loading, a grid up to the loaded one is around the image's centre.
#[test]
fn coefficients_are_those_around_the_centre() {
    let sizes = [(16, 16), (100, 75), (8, 40), (57, 9), (410, 330)];
    let folder = with(&sizes);
    for most in [None, Some((3, 5)), Some((4, 4)), Some((60, 2))] {
        let options = LoadOptions { grid: most, ..LoadOptions::default() };
        let set = folder.load(&options).unwrap();
        let most = most.unwrap_or((32, 32));
        for (i, (width, height)) in sizes.into_iter().enumerate() {
            let image = &set.train.images[i];
            let jpeg = read(&photo(i, width, height), &Limits::default()).unwrap();
            assert_eq!((image.rows(), image.columns()), (jpeg.rows(), jpeg.columns()));
            for (rows, columns) in [(1, 1), (2, 2), (3, 5), (4, 2), most] {
                if rows > most.0 || columns > most.1 {
                    continue;
                }
                let window = Window::centred((jpeg.rows(), jpeg.columns()), (rows, columns));
                let mut expected = vec![f32::NAN; 192 * rows * columns];
                jpeg.window_into(Chroma::Smooth, window, &mut expected).unwrap();
                assert_eq!(
                    grid(image, rows, columns),
                    expected,
                    "{i}: {rows} x {columns} of {most:?}"
                );
            }
            let kept = image.jpeg().unwrap();
            assert!(kept.rows() <= most.0 + 1 && kept.columns() <= most.1 + 1);
        }
    }
}

#[test]
fn pixels_are_those_of_the_same_blocks() {
    let sizes = [(16, 16), (100, 75), (8, 40), (57, 9), (410, 330)];
    let folder = with(&sizes);
    for most in [None, Some((3, 5)), Some((7, 2))] {
        let options =
            LoadOptions { content: Content::Pixels, grid: most, ..LoadOptions::default() };
        let set = folder.load(&options).unwrap();
        assert_eq!(set.content, Content::Pixels);
        let most = most.unwrap_or((32, 32));
        for (i, (width, height)) in sizes.into_iter().enumerate() {
            let image = decode_rgb(&photo(i, width, height), &Limits::default()).unwrap();
            for (rows, columns) in [(1, 1), (2, 2), (3, 5), (7, 2), most] {
                if rows > most.0 || columns > most.1 {
                    continue;
                }
                let own = (height.div_ceil(8), width.div_ceil(8));
                let window = Window::centred(own, (rows, columns));
                let mut out = vec![0; 192 * rows * columns];
                set.train.images[i].pixels_into(rows, columns, &mut out);
                for (at, pixel) in out.chunks_exact(3).enumerate() {
                    let y = 8 * window.top + (at / (8 * columns)) as isize;
                    let x = 8 * window.left + (at % (8 * columns)) as isize;
                    let on = (0..8 * own.0 as isize).contains(&y)
                        && (0..8 * own.1 as isize).contains(&x);
                    let at = (y.min(height as isize - 1) * width as isize
                        + x.min(width as isize - 1))
                        * 3;
                    let expected = if on { &image.pixels[at as usize..][..3] } else { &[128; 3] };
                    assert_eq!(pixel, expected, "{i}: {rows} x {columns} of {most:?}: {x}, {y}");
                }
            }
        }
    }
}

#[test]
fn other_contents_and_lengths_are_refused() {
    let folder = Folder::of(&ALL, 1);
    let coefficients = folder.set().train.images.remove(0);
    let options = LoadOptions { content: Content::Pixels, ..LoadOptions::default() };
    let pixels = folder.load(&options).unwrap().train.images.remove(0);
    assert!(pixels.jpeg().is_none());
    let panics =
        |work: &dyn Fn()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err();
    assert!(panics(&|| coefficients.pixels_into(2, 2, &mut [0; 768])));
    assert!(panics(&|| pixels.coefficients_into(2, 2, &mut [0.0; 768])));
    assert!(panics(&|| coefficients.coefficients_into(2, 2, &mut [0.0; 767])));
    assert!(panics(&|| pixels.pixels_into(2, 2, &mut [0; 769])));
}
