//! A set of JPEGs in three parts.

use super::image::JpegImage;
use super::options::Content;
use super::report::LoadReport;

/// The images of one part of a set, in the order of their paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JpegPart {
    /// The images.
    pub images: Vec<JpegImage>,
}

impl JpegPart {
    /// The number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The class of each image.
    #[must_use]
    pub fn labels(&self) -> Vec<usize> {
        self.images.iter().map(|image| image.class).collect()
    }
}

/// A set of JPEGs in three parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JpegSet {
    /// The last part of the folder's path, or `digits-jpeg`.
    pub name: String,
    /// The folder that the set was loaded from, or `embedded`.
    pub origin: String,
    /// The sha256, in hexadecimal, of the grid and of each image's part, class, path and file. Coefficients
    /// and pixels of the same files have the same sum.
    pub sha256: String,
    /// The form in which the images were loaded.
    pub content: Content,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The number of rows of blocks in the grid of the set, to which images are cut or filled up.
    pub rows: usize,
    /// The number of columns of blocks in the grid of the set.
    pub columns: usize,
    /// The training images.
    pub train: JpegPart,
    /// The images by which settings are chosen.
    pub validation: JpegPart,
    /// The images of the reported results.
    pub test: JpegPart,
    /// The report about the files: images of each part and grid, files left out, the cache.
    pub report: LoadReport,
}
