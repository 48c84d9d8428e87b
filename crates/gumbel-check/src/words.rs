//! Tests of a stream of 32-bit words: the numbers of ones, and the independence of neighbours.

use statrs::function::gamma::checked_gamma_ur;

use crate::chi_square;

/// The number of words counted together: a block contains pairs up to 64 apart.
const BLOCK: usize = 128;
/// The distances of the words of a pair: neighbours, words of one block of four words of the generator, and
/// words of neighbouring groups of blocks.
const APART: [usize; 3] = [1, 16, 64];

/// Counts over a stream of 32-bit words, for tests of the stream.
#[derive(Clone, Debug)]
pub struct Counts {
    words: u64,
    /// Counts of the 33 x 33 pairs of numbers of ones in words 2i and 2i + 1.
    weights: Vec<u64>,
    /// Counts of the upper bytes of pairs of words, which do not overlap.
    apart: [Vec<u64>; 3],
    /// Counts of runs of 16 bits: `even` of runs that start at a byte, `odd` of runs that start in the middle
    /// of a byte.
    even: Vec<u64>,
    odd: Vec<u64>,
}

impl Default for Counts {
    fn default() -> Self {
        let all = || vec![0; 1 << 16];
        Self {
            words: 0,
            weights: vec![0; 33 * 33],
            apart: [all(), all(), all()],
            even: all(),
            odd: all(),
        }
    }
}

impl Counts {
    /// Counts `words`, and the runs of bits that reach from the last word into `next`, the word after it.
    ///
    /// # Panics
    /// If the number of words is not a multiple of 128.
    pub fn add(&mut self, words: &[u32], next: u32) {
        assert!(words.len().is_multiple_of(BLOCK), "expected a multiple of 128 words");
        self.words += words.len() as u64;
        for block in words.chunks_exact(BLOCK) {
            for pair in block.chunks_exact(2) {
                let ones = pair[0].count_ones() * 33 + pair[1].count_ones();
                self.weights[ones as usize] += 1;
            }
            for (apart, counts) in APART.into_iter().zip(&mut self.apart) {
                for two in block.chunks_exact(2 * apart) {
                    for (a, b) in two.iter().zip(&two[apart..]) {
                        counts[(a >> 24 << 8 | b >> 24) as usize] += 1;
                    }
                }
            }
        }
        let following = words.iter().skip(1).chain([&next]);
        for (word, following) in words.iter().zip(following) {
            let both = u64::from(*following) << 32 | u64::from(*word);
            for byte in 0..4 {
                self.even[(both >> (8 * byte) & 0xFFFF) as usize] += 1;
                self.odd[(both >> (8 * byte + 4) & 0xFFFF) as usize] += 1;
            }
        }
    }

    /// Adds the counts of another part of the stream.
    pub fn merge(mut self, other: &Self) -> Self {
        let add = |to: &mut [u64], from: &[u64]| to.iter_mut().zip(from).for_each(|(a, b)| *a += b);
        self.words += other.words;
        add(&mut self.weights, &other.weights);
        self.apart.iter_mut().zip(&other.apart).for_each(|(to, from)| add(to, from));
        add(&mut self.even, &other.even);
        add(&mut self.odd, &other.odd);
        self
    }

    /// The name and the p-value of each test. For a perfect stream, p-values are uniform on (0, 1); values
    /// near 0 (too irregular) and near 1 (too regular) are evidence against the stream. The stream must be
    /// counted as a ring, with its first word after the last.
    ///
    /// The tests are chi-square tests of the numbers of ones in words and in pairs of neighbours, and of pairs
    /// of upper bytes; and the serial test of I. J. Good (1953) for overlapping runs of m symbols out of d: with
    /// psi_m^2 = d^m/n sum c^2 - n, psi_m^2 - psi_(m-1)^2 is chi-square with d^m - d^(m-1) degrees of freedom.
    ///
    /// # Errors
    /// A message if too few words were counted.
    pub fn p_values(&self) -> Result<Vec<(String, f64)>, String> {
        let ones: Vec<f64> = (0..=32_u32)
            .map(|k| (1..=k).fold(0.5_f64.powi(32), |p, i| p * f64::from(33 - i) / f64::from(i)))
            .collect();
        let (mut first, mut products) = (vec![0; 33], Vec::new());
        for a in 0..33 {
            for b in 0..33 {
                let count = self.weights[a * 33 + b];
                first[a] += count;
                first[b] += count;
                products.push(ones[a] * ones[b]);
            }
        }
        let mut found = vec![
            ("ones of words".to_owned(), chi_square(&first, &ones)?),
            ("ones of neighbours".to_owned(), chi_square(&self.weights, &products)?),
        ];
        for (apart, counts) in APART.into_iter().zip(&self.apart) {
            let p = chi_square(counts, &vec![1.0 / 65_536.0; 65_536])?;
            found.push((format!("upper bytes {apart} apart"), p));
        }
        let nibbles: Vec<u64> = self.even.iter().zip(&self.odd).map(|(a, b)| a + b).collect();
        found.push(("overlapping pairs of bytes".to_owned(), serial(&self.even, 256)?));
        found.push(("overlapping fours of half bytes".to_owned(), serial(&nibbles, 16)?));
        Ok(found)
    }
}

/// The p-value of Good's test. `counts` are of runs of m symbols out of d; the first symbol is the lowest
/// digit of the index.
fn serial(counts: &[u64], d: usize) -> Result<f64, String> {
    // n psi^2, in whole numbers, because the difference is small compared with its terms.
    let scaled = |counts: &[u64]| {
        let n: i128 = counts.iter().map(|&c| i128::from(c)).sum();
        let squares: i128 = counts.iter().map(|&c| i128::from(c).pow(2)).sum();
        (counts.len() as i128 * squares - n * n, n)
    };
    let shorter: Vec<u64> = counts.chunks(d).map(|last| last.iter().sum()).collect();
    let ((long, n), (short, _)) = (scaled(counts), scaled(&shorter));
    if n < 50 * counts.len() as i128 {
        return Err(format!("{n} runs are too few for {} counts", counts.len()));
    }
    let freedom = (counts.len() - shorter.len()) as f64;
    let statistic = (long - short) as f64 / n as f64;
    if statistic <= 0.0 {
        return Ok(1.0);
    }
    checked_gamma_ur(freedom / 2.0, statistic / 2.0).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FALSE_ALARM;

    const N: u64 = 1 << 21;

    fn ring(word: impl Fn(u64) -> u32) -> Vec<(String, f64)> {
        let words: Vec<u32> = (0..N).map(word).collect();
        let mut counts = Counts::default();
        // Counted in two parts, as by threads.
        let half = words.len() / 2;
        counts.add(&words[..half], words[half]);
        let mut rest = Counts::default();
        rest.add(&words[half..], words[0]);
        counts.merge(&rest).p_values().unwrap()
    }

    fn refused(word: impl Fn(u64) -> u32) -> Vec<String> {
        let bad = |p: f64| !(FALSE_ALARM / 2.0..=1.0 - FALSE_ALARM / 2.0).contains(&p);
        ring(word).into_iter().filter(|(_, p)| bad(*p)).map(|(name, _)| name).collect()
    }

    /// The finaliser of SplitMix64 over a counter, independent of the tested generator.
    fn good(i: u64) -> u32 {
        let mut z = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) as u32
    }

    #[test]
    fn a_good_stream_passes() {
        assert_eq!(refused(good), Vec::<String>::new());
    }

    #[test]
    fn each_test_detects_its_fault() {
        // The lowest byte is stuck in one word of 64.
        let stuck = refused(|i| if i.is_multiple_of(64) { good(i) | 0xFF } else { good(i) });
        assert!(stuck.contains(&"ones of words".to_owned()), "{stuck:?}");
        // Now and then, a word repeats the word 1, 16 or 64 before it.
        for apart in [1, 16, 64] {
            let copies = |i: u64| i % (2 * apart) >= apart && i.is_multiple_of(13);
            let found = refused(|i| if copies(i) { good(i - apart) } else { good(i) });
            assert!(found.contains(&format!("upper bytes {apart} apart")), "{apart} {found:?}");
        }
        let heavy = refused(|i| {
            let before = good(i - i % 2);
            if i % 2 == 1 && before.count_ones() > 20 { good(i) | good(i + N) } else { good(i) }
        });
        assert!(heavy.contains(&"ones of neighbours".to_owned()), "{heavy:?}");
        // The lowest byte repeats the byte above it, in one word of 32.
        let bytes = refused(|i| {
            let w = good(i);
            if i.is_multiple_of(32) { w & !0xFF | w >> 8 & 0xFF } else { w }
        });
        assert!(bytes.contains(&"overlapping pairs of bytes".to_owned()), "{bytes:?}");
        // A counter is too regular.
        let regular = ring(|i| i as u32 & 0xFFFF | (i as u32) << 16);
        assert!(regular.iter().any(|(_, p)| *p < 1e-9 || *p > 1.0 - 1e-9), "{regular:?}");
    }
}
