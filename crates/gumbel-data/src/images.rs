//! `Images`: grey pictures of one size, one after the other; `Dataset`: three parts of them.

/// Grey images in [0, 1], row-major, with labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Images {
    /// The number of pixels in a row of an image.
    pub width: usize,
    /// The number of rows of an image.
    pub height: usize,
    /// The grey values of all images, `len * height * width` of them.
    pub pixels: Vec<f32>,
    /// One label for each image.
    pub labels: Vec<u8>,
}

impl Images {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The number of pixels of an image, `width * height`.
    pub fn pixels_per_image(&self) -> usize {
        self.width * self.height
    }

    /// The pixels of image `i`.
    ///
    /// # Panics
    /// When there is no image `i`, as a slice does.
    pub fn image(&self, i: usize) -> &[f32] {
        let size = self.pixels_per_image();
        &self.pixels[i * size..(i + 1) * size]
    }

    /// The images at `indices`, in that order.
    ///
    /// # Panics
    /// When there is no image at an index, as a slice does.
    #[must_use]
    pub fn take(&self, indices: &[usize]) -> Self {
        Self {
            width: self.width,
            height: self.height,
            pixels: indices.iter().flat_map(|&i| self.image(i)).copied().collect(),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
        }
    }
}

/// A set of images in three parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The name of the set: one of [`NAMES`](crate::NAMES), or the last part of the folder's path.
    pub name: String,
    /// The folder where the files were found, or `embedded`.
    pub origin: String,
    /// The sha256 of the content, in hexadecimal: over the uncompressed bytes of the files, training
    /// images, training labels, test images, test labels. The split of `digits` is not part of it.
    pub sha256: String,
    /// The training images.
    pub train: Images,
    /// The images by which settings are chosen.
    pub validation: Images,
    /// The images of the reported results.
    pub test: Images,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_rows_of_pixels() {
        let images = Images {
            width: 2,
            height: 1,
            pixels: vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5],
            labels: vec![7, 8, 9],
        };
        assert_eq!((images.len(), images.pixels_per_image(), images.is_empty()), (3, 2, false));
        assert_eq!(images.image(1), [0.2, 0.3]);
        let some = images.take(&[2, 0]);
        assert_eq!(some.pixels, [0.4, 0.5, 0.0, 0.1]);
        assert_eq!(some.labels, [9, 7]);
        assert!(images.take(&[]).is_empty());
    }
}
