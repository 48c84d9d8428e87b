//! Grey pixels become 0 or 1: each is 1 with probability its grey value.

use gumbel::{Key, noise};
use gumbel_files::names::UnknownName;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// How grey pixels become 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Binarise {
    /// One draw of each pixel for the whole training.
    Fixed,
    /// A new draw of each pixel in each pass over the training images.
    Dynamic,
    /// No draw: pixels stay grey.
    None,
}

/// Draws each pixel: 1 with probability its grey value, else 0.
///
/// `out[i]` is 1 when the uniform number of element `offset + i` of `key` is below `grey[i]`, so a
/// set may be drawn in pieces. Grey 0 always gives 0, and grey 1 always gives 1.
///
/// ```
/// let mut pixels = [0.5; 3];
/// gumbel_data::binarise_into(gumbel::Key::new(7), 0, &[0.0, 1.0, 0.3], &mut pixels);
/// assert_eq!(pixels[..2], [0.0, 1.0]);
/// ```
///
/// # Panics
/// When `grey` and `out` differ in length.
pub fn binarise_into(key: Key, offset: u64, grey: &[f32], out: &mut [f32]) {
    assert_eq!(grey.len(), out.len(), "binarise_into: grey and out differ in length");
    let mut uniform = [0.0_f32; 256];
    let mut index = offset;
    for (grey, out) in grey.chunks(uniform.len()).zip(out.chunks_mut(uniform.len())) {
        let uniform = &mut uniform[..grey.len()];
        noise::uniform_into(key, index, uniform);
        for ((out, grey), uniform) in out.iter_mut().zip(grey).zip(uniform) {
            *out = f32::from(u8::from(*uniform < *grey));
        }
        index = index.wrapping_add(grey.len() as u64);
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn names() {
        for how in Binarise::iter() {
            assert_eq!(how.to_string().parse::<Binarise>().unwrap(), how);
        }
        let error = "Fixed".parse::<Binarise>().unwrap_err().to_string();
        let expected = "expected fixed, dynamic or none, found \"Fixed\": did you mean fixed?";
        assert_eq!(error, expected);
    }

    #[test]
    fn pixels_are_one_with_probability_their_grey() {
        // 17 greys of the digits, n = 2^16 draws each. |mean - p| < 6 sqrt(p (1 - p) / n) fails by
        // chance for one of the 15 inner greys in 3e-8 of the keys; the ends leave no room.
        const N: usize = 1 << 16;
        let mut out = vec![0.5; N];
        for step in 0..=16_u8 {
            let grey = f32::from(step) / 16.0;
            binarise_into(Key::new(3).fold_in(step.into()), 0, &vec![grey; N], &mut out);
            assert!(out.iter().all(|&x| x == 0.0 || x == 1.0));
            let (mean, p) = (f64::from(out.iter().sum::<f32>()) / N as f64, f64::from(grey));
            let room = 6.0 * (p * (1.0 - p) / N as f64).sqrt();
            assert!((mean - p).abs() <= room, "{p}: {mean}");
        }
    }

    #[test]
    fn pieces_make_the_whole() {
        let key = Key::new(5);
        let grey: Vec<f32> = (0..1_000).map(|i| (i % 17) as f32 / 16.0).collect();
        let (mut whole, mut pieces) = (vec![0.0; 1_000], vec![0.0; 1_000]);
        binarise_into(key, 9, &grey, &mut whole);
        for (start, end) in [(0, 1), (1, 700), (700, 1_000)] {
            binarise_into(key, 9 + start as u64, &grey[start..end], &mut pieces[start..end]);
        }
        assert_eq!(whole, pieces);
        binarise_into(key.fold_in(0), 9, &grey, &mut pieces);
        assert_ne!(whole, pieces);
    }
}
