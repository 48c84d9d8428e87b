//! An image as its components.

use crate::component::Component;

/// What [`read`](crate::read) finds in a file: one component (grey) or three (Y, Cb, Cr).
///
/// The first component has the most samples. The others have a half or a quarter of them, or as many, in
/// each direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jpeg {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) components: Vec<Component>,
}

impl Jpeg {
    /// The width in pixels, 1 to 65,535.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The height in pixels, 1 to 65,535.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Y, or Y, Cb and Cr.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }
}
