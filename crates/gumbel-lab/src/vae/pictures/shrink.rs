//! `Shrink`: large images reduced to fit the report.

/// The most pixels of a side of an image in the report.
const MAX_SIDE: usize = 256;

/// Reduces large images to means over squares of pixels, and leaves small images as they are.
pub(crate) struct Shrink {
    from: (usize, usize),
    factor: usize,
}

impl Shrink {
    /// A reduction for images of this width and height.
    pub(crate) fn new(from: (usize, usize)) -> Self {
        Self::within(from, MAX_SIDE)
    }

    /// A reduction to at most `most` pixels of a side.
    pub(crate) fn within(from: (usize, usize), most: usize) -> Self {
        Self { from, factor: from.0.max(from.1).div_ceil(most).max(1) }
    }

    /// Width and height of the reduced images.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.from.0.div_ceil(self.factor), self.from.1.div_ceil(self.factor))
    }

    /// Reduces images.
    pub(crate) fn all(&self, images: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        if self.factor == 1 { images } else { images.iter().map(|image| self.one(image)).collect() }
    }

    fn one(&self, image: &[f32]) -> Vec<f32> {
        let (width, height) = self.size();
        let mut sums = vec![(0.0_f32, 0.0_f32); width * height];
        for (y, row) in image.chunks_exact(self.from.0).enumerate() {
            for (x, value) in row.iter().enumerate() {
                let (sum, n) = &mut sums[y / self.factor * width + x / self.factor];
                *sum += value;
                *n += 1.0;
            }
        }
        sums.into_iter().map(|(sum, n)| sum / n.max(1.0)).collect()
    }

    /// A sentence about the reduction for a caption; empty when there is none.
    pub(crate) fn remark(&self) -> String {
        match self.factor {
            1 => String::new(),
            factor => format!(" Each {factor} by {factor} pixels are shown as their mean."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_images_become_means_and_small_ones_stay() {
        let small = Shrink::new((28, 28));
        assert_eq!((small.size(), small.remark()), ((28, 28), String::new()));
        assert_eq!(small.all(vec![vec![0.5; 784]]), [vec![0.5; 784]]);
        // 2 x 2 pixels to one; the last column has one left.
        let wide = Shrink::new((513, 2));
        assert_eq!((wide.size(), wide.factor), ((171, 1), 3));
        let mut image = vec![0.0; 2 * 513];
        (image[0], image[513], image[512]) = (1.0, 1.0, 1.0);
        let made = wide.one(&image);
        assert_eq!((made.len(), made[0], made[170]), (171, 2.0 / 6.0, 1.0 / 6.0));
        assert!(wide.remark().contains("3 by 3"));
        assert_eq!(Shrink::new((1, 1_000_000)).size(), (1, 256));
    }
}
