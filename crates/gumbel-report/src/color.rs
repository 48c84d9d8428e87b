//! The colours of Okabe and Ito ("Color universal design", 2008), which colour-blind readers can tell
//! apart. Lines also differ in dashes or markers.

use crate::canvas::{RGBAColor, RGBColor};

/// Blue.
pub const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
/// Vermilion.
pub const VERMILION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
/// Bluish green.
pub const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
/// Reddish purple.
pub const PURPLE: RGBColor = RGBColor(0xcc, 0x79, 0xa7);
/// Orange.
pub const ORANGE: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
/// Sky blue.
pub const SKY: RGBColor = RGBColor(0x56, 0xb4, 0xe9);
/// Black.
pub const BLACK: RGBColor = RGBColor(0x00, 0x00, 0x00);

/// The colour with the opacity `alpha`: 0 is invisible, 1 is opaque.
pub const fn thin(color: RGBColor, alpha: f64) -> RGBAColor {
    RGBAColor(color.0, color.1, color.2, alpha)
}
