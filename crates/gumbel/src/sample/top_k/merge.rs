//! Merges the top-k samples of shards of one row.

use super::TopK;
use crate::error::{Error, Result};

impl TopK {
    /// Merges the samples of two parts of one row into the sample of both. Neither the order of the parts matters,
    /// nor where the row was cut.
    ///
    /// # Errors
    /// Different k; a class that is in both parts.
    ///
    /// ```
    /// use gumbel::{Categorical, Key, top_k};
    /// let (logits, key) = ([0.0_f32, 3.0, 1.0, 2.0, 0.5, 2.5], Key::new(7));
    /// // A shard of four classes and one of two, whose first class is class 4 of the row.
    /// let left = Categorical::from_logits(&logits[..4], 4)?.top_k_shard(0, 3, key)?;
    /// let right = Categorical::from_logits(&logits[4..], 2)?.top_k_shard(4, 3, key)?;
    /// assert_eq!((left.picks().len(), right.picks().len()), (3, 2));
    /// let whole = left.merge(right.clone())?;
    /// assert_eq!(whole.indices(), [2, 1, 5]);
    /// assert_eq!(whole, top_k(&logits, 3, key)?);
    /// assert!(right.clone().merge(right).is_err()); // its classes would be there twice
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn merge(self, other: Self) -> Result<Self> {
        if self.k != other.k {
            return Err(Error::Length { argument: "k", expected: self.k, found: other.k });
        }
        let k = self.k;
        let mut picks = [self.picks, other.picks].concat();
        picks.sort_unstable();
        if let Some(pair) = picks.windows(2).find(|pair| pair[0].index == pair[1].index) {
            return Err(Error::Integer {
                argument: "merge",
                expected: "parts without a class in common",
                found: pair[0].index.into(),
            });
        }
        picks.truncate(k);
        Ok(Self { k, picks })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Key, top_k};

    #[test]
    fn parts_that_do_not_belong_together_are_refused() {
        let one = top_k(&[0.0_f32; 3], 2, Key::new(1)).unwrap();
        assert!(one.clone().merge(one.clone()).is_err());
        assert!(one.merge(top_k(&[0.0_f32; 3], 1, Key::new(1)).unwrap()).is_err());
    }
}
