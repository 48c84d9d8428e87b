//! The axis of the classes in a row-major array.

use crate::error::{Error, Result};

/// The axis of the classes in a row-major array: its length and its stride.
///
/// A `usize` k converts into the last axis, `[rows, k]`. For any other axis, use [`Axis::of`].
/// The noise of an element depends on its row-major index, whatever the axis.
///
/// ```
/// use gumbel::Axis;
/// // Choices among 4 classes along the middle axis.
/// let axis = Axis::of(&[2, 4, 3], 1)?;
/// assert_eq!((axis.classes(), axis.stride()), (4, 3));
/// assert_eq!(Axis::of(&[2, 4, 3], -1)?, Axis::from(3));
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    classes: usize,
    stride: usize,
}

impl From<usize> for Axis {
    fn from(classes: usize) -> Self {
        Self { classes, stride: 1 }
    }
}

impl Axis {
    /// Axis `dim` of `shape`; negative numbers count from the end, -1 is the last.
    ///
    /// # Errors
    /// [`Error::Axis`] when the shape has no such axis.
    pub fn of(shape: &[usize], dim: isize) -> Result<Self> {
        let rank = shape.len();
        let index = if dim < 0 { dim + rank as isize } else { dim };
        if index < 0 || index >= rank as isize {
            return Err(Error::Axis { dim, rank });
        }
        let index = index as usize;
        Ok(Self {
            classes: shape[index],
            stride: shape[index + 1..].iter().fold(1, |n, &d| n.saturating_mul(d)),
        })
    }

    /// The number of classes, k.
    pub const fn classes(self) -> usize {
        self.classes
    }

    /// The distance between neighbouring classes of one row, in elements.
    pub const fn stride(self) -> usize {
        self.stride
    }

    /// The number of rows (single choices) in an array of `elements` elements.
    pub(crate) fn rows(self, argument: &'static str, elements: usize) -> Result<usize> {
        if self.classes == 0 {
            return Err(Error::NoClasses);
        }
        if elements == 0 {
            return Ok(0);
        }
        let block = self.classes.checked_mul(self.stride).unwrap_or(0);
        if block == 0 || !elements.is_multiple_of(block) {
            return Err(Error::NotRows { argument, found: elements, row: block });
        }
        Ok(elements / self.classes)
    }

    /// The index of class 0 of `row`; the other classes follow at distances of [`Axis::stride`].
    pub(crate) const fn first_index(self, row: usize) -> usize {
        row / self.stride * self.classes * self.stride + row % self.stride
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_axis_is_an_error() {
        assert_eq!(Axis::of(&[2, 3], 2), Err(Error::Axis { dim: 2, rank: 2 }));
        assert_eq!(Axis::of(&[2, 3], -3), Err(Error::Axis { dim: -3, rank: 2 }));
        assert_eq!(Axis::of(&[], 0), Err(Error::Axis { dim: 0, rank: 0 }));
        assert_eq!(Axis::from(0).rows("logits", 0), Err(Error::NoClasses));
        assert!(matches!(Axis::from(3).rows("logits", 4), Err(Error::NotRows { row: 3, .. })));
    }

    #[test]
    fn empty_shapes_have_no_rows() {
        for (shape, dim) in
            [([2, 3, 0], 1), ([0, 3, 2], 1), ([0, usize::MAX, 3], 1), ([2, 3, 0], 0)]
        {
            let axis = Axis::of(&shape, dim).unwrap();
            assert_eq!(axis.rows("logits", 0), Ok(0));
            assert_eq!(crate::gumbel_max::<f32>(&[], axis, crate::Key::new(1)), Ok(vec![]));
        }
    }

    #[test]
    fn rows_cover_every_element_once() {
        let shape = [2, 3, 4];
        for dim in 0..3 {
            let axis = Axis::of(&shape, dim).unwrap();
            let mut seen = [0; 24];
            for row in 0..axis.rows("logits", 24).unwrap() {
                for class in 0..axis.classes() {
                    seen[axis.first_index(row) + class * axis.stride()] += 1;
                }
            }
            assert_eq!(seen, [1; 24]);
        }
    }
}
