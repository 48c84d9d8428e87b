//! Statistics of each channel.

use super::*;
use crate::jpeg::{LEAST_DEVIATION, channel_moments, nonzero_counts};

fn set() -> JpegSet {
    let folder = Folder::of(&ALL, 5);
    folder.put("train/a/large.jpg", &photo(3, 50, 40));
    folder.set()
}

#[test]
fn moments_are_those_of_all_blocks() {
    let set = set();
    let (rows, columns) = (3, 2);
    let blocks = rows * columns;
    let mut all = vec![Vec::new(); 192];
    for image in &set.train.images {
        let mut grid = vec![0.0; 192 * blocks];
        image.coefficients_into(rows, columns, &mut grid);
        for (values, plane) in all.iter_mut().zip(grid.chunks_exact(blocks)) {
            values.extend(plane.iter().map(|&x| f64::from(x)));
        }
    }
    let (mean, deviation) = channel_moments(&set.train, rows, columns, 2).unwrap();
    let mut least = 0;
    for (channel, values) in all.iter().enumerate() {
        let n = values.len() as f64;
        let expected = values.iter().sum::<f64>() / n;
        let square = values.iter().map(|x| (x - expected).powi(2)).sum::<f64>() / n;
        let spread = square.sqrt().max(LEAST_DEVIATION);
        least += usize::from(spread == LEAST_DEVIATION);
        // Sums of 66 values below 2^11, each rounded to 2^-53 of it.
        assert!((mean[channel] - expected).abs() < 1e-10, "{channel}");
        assert!((deviation[channel] - spread).abs() < 1e-10, "{channel}");
    }
    assert!((1..192).contains(&least), "{least}");
    for threads in [0, 1, 3] {
        let again = channel_moments(&set.train, rows, columns, threads).unwrap();
        assert_eq!(again, (mean, deviation));
    }
}

#[test]
fn a_channel_of_one_value_is_0_when_normalised() {
    let folder = Folder::new();
    for name in ALL {
        for i in 0..3 {
            let flat = gumbel_jpeg::encode_rgb(
                &[90, 200, 41].repeat(256),
                16,
                16,
                &gumbel_jpeg::Encoding::default(),
            );
            folder.put(&format!("{name}/{i}.jpg"), &flat.unwrap());
        }
    }
    let set = folder.set();
    let (mean, deviation) = channel_moments(&set.train, 2, 2, 1).unwrap();
    let mut grid = vec![0.0; 192 * 4];
    set.test.images[0].coefficients_into(2, 2, &mut grid);
    assert!(mean[0] > 0.0 && mean[64] < 0.0 && mean[128] < 0.0);
    assert!(deviation.iter().all(|&deviation| deviation == LEAST_DEVIATION));
    assert!(grid.iter().enumerate().all(|(i, &x)| f64::from(x) == mean[i / 4]));
}

#[test]
fn statistics_without_images() {
    let (mean, deviation) = channel_moments(&JpegPart::default(), 2, 2, 1).unwrap();
    assert_eq!((mean, deviation), ([0.0; 192], [1.0; 192]));
    assert_eq!(channel_moments(&set().train, 0, 2, 1).unwrap(), (mean, deviation));
    assert_eq!(nonzero_counts(&JpegPart::default(), 1).unwrap(), [0.0; 192]);
}

#[test]
fn counts_are_of_the_files_own_blocks() {
    let set = set();
    let counts = nonzero_counts(&set.train, 2).unwrap();
    let mut expected = [0_usize; 192];
    for image in &set.train.images {
        for (c, component) in image.jpeg().unwrap().components().iter().enumerate() {
            for (i, _) in component.coefficients().iter().enumerate().filter(|(_, x)| **x != 0) {
                expected[64 * c + i % 64] += 1;
            }
        }
    }
    let expected = expected.map(|count| count as f64 / set.train.len() as f64);
    assert_eq!(counts, expected);
    assert_eq!(nonzero_counts(&set.train, 1).unwrap(), counts);
    // Ten images of 4 blocks and one of 35; the chroma has 1 block of ten, and 12 of the other.
    assert!(counts[0] <= 75.0 / 11.0 && counts[64] <= 22.0 / 11.0 && counts[64] > 0.0);
}
