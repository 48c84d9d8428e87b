//! An image: its size and its components.

use crate::component::Component;

/// An image from [`read`](crate::read): one component (grey) or three (Y, Cb, Cr).
///
/// The first component has the most samples. In each direction, every other component has as many samples as the
/// first, or a half or a quarter as many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jpeg {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) components: Vec<Component>,
}

impl Jpeg {
    /// The width of the image in pixels, 1 to 65,535.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The height of the image in pixels, 1 to 65,535.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The components of the image: Y (grey), or Y, Cb and Cr.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }
}
