//! The source of noise: a key, or a buffer that already holds the noise.

use alloc::vec::Vec;

use crate::key::Key;

/// The noise source of a sampler: a key, or a buffer that already holds the noise.
///
/// Both give the same result to the bit if the buffer holds the noise of the key.
/// `From` converts a [`Key`], a slice, an array or a vector.
///
/// ```
/// use gumbel::{Key, noise::{self, Noise}};
/// let from_key: Noise<f32> = Key::new(7).into();
/// let mut buffer = vec![0.0; 3];
/// noise::gumbel_into(Key::new(7), 0, &mut buffer);
/// let logits = [0.1, 0.2, 0.3];
/// assert_eq!(
///     gumbel::gumbel_softmax(&logits, 3, 0.5, from_key)?,
///     gumbel::gumbel_softmax(&logits, 3, 0.5, &buffer)?,
/// );
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Noise<'a, T> {
    /// Noise of elements `offset ..` of `key`, made when it is needed.
    Keyed {
        /// The key.
        key: Key,
        /// The index of the first element: the global index if the slice is part of a larger array.
        offset: u64,
    },
    /// Noise made in advance: one finite number for each logit, in the same order.
    Given(&'a [T]),
}

impl<T> From<Key> for Noise<'_, T> {
    fn from(key: Key) -> Self {
        Self::Keyed { key, offset: 0 }
    }
}

impl<'a, T> From<&'a [T]> for Noise<'a, T> {
    fn from(noise: &'a [T]) -> Self {
        Self::Given(noise)
    }
}

impl<'a, T> From<&'a Vec<T>> for Noise<'a, T> {
    fn from(noise: &'a Vec<T>) -> Self {
        Self::Given(noise)
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for Noise<'a, T> {
    fn from(noise: &'a [T; N]) -> Self {
        Self::Given(noise)
    }
}

impl<T: Copy> Noise<'_, T> {
    /// The noise of elements `start ..`.
    pub(crate) fn after(self, start: usize) -> Self {
        match self {
            Self::Keyed { key, offset } => {
                Self::Keyed { key, offset: offset.wrapping_add(start as u64) }
            }
            Self::Given(noise) => Self::Given(&noise[start..]),
        }
    }
}
