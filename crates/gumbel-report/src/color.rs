//! `Color`, the colours of data, and the colours of texts and axes.
//!
//! The colours of data are those of Okabe and Ito ("Color universal design", 2008), which colour-blind
//! readers can tell apart. Lines also differ in dashes or markers.

/// A colour with an opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Color {
    pub(crate) rgb: [u8; 3],
    pub(crate) opacity: f64,
}

impl Color {
    /// An opaque colour of the given red, green and blue.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { rgb: [red, green, blue], opacity: 1.0 }
    }
}

/// Blue, a colour of data.
pub const BLUE: Color = Color::new(0x00, 0x72, 0xb2);
/// Vermilion, a colour of data.
pub const VERMILION: Color = Color::new(0xd5, 0x5e, 0x00);
/// Bluish green, a colour of data.
pub const GREEN: Color = Color::new(0x00, 0x9e, 0x73);
/// Reddish purple, a colour of data.
pub const PURPLE: Color = Color::new(0xcc, 0x79, 0xa7);
/// Orange, a colour of data.
pub const ORANGE: Color = Color::new(0xe6, 0x9f, 0x00);
/// Sky blue, a colour of data.
pub const SKY: Color = Color::new(0x56, 0xb4, 0xe9);
/// Black, a colour of data.
pub const BLACK: Color = Color::new(0x00, 0x00, 0x00);
/// The colours of successive curves of a chart.
pub const CURVES: [Color; 7] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK];

/// White, the colour of the page.
pub const WHITE: Color = Color::new(0xff, 0xff, 0xff);
/// The colour of titles, names and other important texts.
pub const INK: Color = Color::new(0x1f, 0x23, 0x28);
/// The colour of the labels of axes and ticks.
pub const MUTED: Color = Color::new(0x57, 0x60, 0x6a);
/// The colour of grid lines.
pub const FAINT: Color = Color::new(0xe4, 0xe7, 0xeb);
/// The colour of axes.
pub const RULE: Color = Color::new(0x9a, 0xa1, 0xa9);

/// The same colour with another opacity: 0 is invisible, 1 is opaque.
pub const fn thin(color: Color, opacity: f64) -> Color {
    Color { opacity, ..color }
}
