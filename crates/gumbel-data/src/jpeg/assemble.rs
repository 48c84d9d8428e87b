//! Makes a set of images: its grid, its sum, its parts.

use std::collections::BTreeMap;

use gumbel_files::digest::hexadecimal;
use sha2::{Digest, Sha256};

use super::image::JpegImage;
use super::options::{LoadOptions, MOST};
use super::set::JpegSet;
use super::split::{Part, Parts};

/// What a set lacks: training images of a class, or images of a part.
pub(super) enum Lacking {
    Image(String),
    Part(Part),
}

/// Puts images, each with the bytes of its path and its part, into a set that has a name, classes and the
/// beginning of a report.
pub(super) fn assemble(
    mut set: JpegSet,
    images: Vec<(&[u8], Part, JpegImage)>,
    options: &LoadOptions,
) -> Result<JpegSet, Lacking> {
    let mut sizes = BTreeMap::new();
    for (.., image) in &images {
        *sizes.entry(image.grid).or_insert(0) += 1;
    }
    let grid = options.grid.unwrap_or_else(|| most_frequent(&sizes));
    (set.rows, set.columns) = grid;
    let mut hasher = Sha256::new();
    hasher.update(format!("{}x{}\n", grid.0, grid.1));
    for (name, part, image) in images {
        let class = &set.classes[image.class];
        // No file name has a byte 0, so the fields cannot run into each other.
        hasher.update(format!("{}\0{class}\0", part.name()));
        hasher.update(name);
        hasher.update([0]);
        hasher.update(image.sum);
        match part {
            Part::Train => &mut set.train,
            Part::Validation => &mut set.validation,
            Part::Test => &mut set.test,
        }
        .images
        .push(image);
    }
    set.sha256 = hexadecimal(&hasher.finalize());
    for (class, name) in set.classes.iter().enumerate() {
        let missing = set.train.images.iter().all(|image| image.class != class);
        if missing && options.parts == Parts::All {
            return Err(Lacking::Image(name.clone()));
        }
    }
    for (part, images) in [(Part::Validation, &set.validation), (Part::Test, &set.test)] {
        if images.is_empty() && options.parts.includes(part) {
            return Err(Lacking::Part(part));
        }
    }
    set.report.images = [set.train.len(), set.validation.len(), set.test.len()];
    set.report.grid = grid;
    set.report.grids = sizes;
    Ok(set)
}

/// The grid of most images, the smaller one of a tie, cut to [`MOST`].
fn most_frequent(grids: &BTreeMap<(usize, usize), usize>) -> (usize, usize) {
    let small = |grid: (usize, usize)| std::cmp::Reverse((grid.0 * grid.1, grid));
    let most = grids.iter().max_by_key(|&(&grid, &count)| (count, small(grid)));
    let (rows, columns) = most.map_or(MOST, |(&grid, _)| grid);
    (rows.min(MOST.0), columns.min(MOST.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_that_of_most_images_and_the_smaller_of_a_tie() {
        let of =
            |grids: &[((usize, usize), usize)]| most_frequent(&grids.iter().copied().collect());
        assert_eq!(of(&[((2, 3), 5), ((7, 7), 6)]), (7, 7));
        assert_eq!(of(&[((4, 4), 5), ((3, 5), 5), ((9, 9), 4)]), (3, 5));
        assert_eq!(of(&[((2, 6), 5), ((3, 4), 5)]), (2, 6));
        assert_eq!(of(&[((33, 7), 5), ((33, 80), 6)]), (32, 32));
    }
}
