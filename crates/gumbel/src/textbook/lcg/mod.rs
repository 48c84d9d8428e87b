//! The linear congruential generator of the textbooks. It is here to teach; the crate does not draw with it.

use core::convert::Infallible;

use rand_core::{TryRng, utils};

use crate::error::Result;

mod parameters;

pub use parameters::{LcgParameters, Period};
use parameters::{gcd, refuse};

/// A linear congruential generator (Lehmer 1951), for study and not for use.
///
/// ```text
/// x <- (a x + c) mod m,    u = x / m in [0, 1)
/// ```
///
/// A stochastic model starts from uniform numbers, and this generator is the shortest way to make them. But one
/// state decides all later ones. The k lowest bits of a power-of-two modulus repeat after 2^k steps. And
/// successive values, taken as points of a plane or of space, lie on a few lines or planes: Marsaglia, "Random
/// numbers fall mainly in the planes", PNAS 61, 1968. [`LcgParameters::RANDU`] shows it best: all its triples lie
/// on 15 planes. For everything but teaching use [`Key`](crate::Key), or [`Key::rng`](crate::Key::rng) where a
/// generator is required.
///
/// The first value comes from the state after the seed.
///
/// The type also implements the generator traits of `rand_core`. The words of the generator are made of the high
/// bits of its states, because the low bits are bad. For m of 2^48 and more a word is the upper 32 bits,
/// floor(2^32 x / m), of one state. For smaller m it is the upper 16 bits, floor(2^16 x / m), of two states, the
/// first in the upper half. (With m below 2^16 there are few different words.) A `u64` is two words, the first in
/// the lower half.
///
/// ```
/// use gumbel::textbook::{Lcg, LcgParameters};
///
/// let mut minstd = Lcg::new(LcgParameters::MINSTD, 1)?;
/// assert_eq!(minstd.next_state(), 16_807);
/// assert_eq!(minstd.next_uniform(), 282_475_249.0 / 2_147_483_647.0);
///
/// // RANDU falls on planes: x'' = 6 x' - 9 x (mod 2^31).
/// let mut randu = Lcg::new(LcgParameters::RANDU, 1)?;
/// let [x, y, z] = [0; 3].map(|_| randu.next_state());
/// assert_eq!([x, y, z], [65_539, 393_225, 1_769_499]);
/// assert_eq!((z + 9 * x) % (1 << 31), 6 * y % (1 << 31));
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lcg {
    parameters: LcgParameters,
    x: u64,
}

impl Lcg {
    /// Creates a generator in the state `seed`.
    ///
    /// # Errors
    /// A seed that is not below m; with c = 0 also a seed that shares a factor with m (0 for MINSTD,
    /// an even number for RANDU), because all later states share it too.
    pub const fn new(parameters: LcgParameters, seed: u64) -> Result<Self> {
        if seed as u128 >= parameters.m {
            return refuse("seed", "a number below m", seed as u128);
        }
        if parameters.c == 0 && gcd(seed as u128, parameters.m) != 1 {
            let expected = "a number that shares no factor with m (as c = 0)";
            return refuse("seed", expected, seed as u128);
        }
        Ok(Self { parameters, x: seed })
    }

    /// The parameters a, c and m of the generator.
    pub const fn parameters(&self) -> LcgParameters {
        self.parameters
    }

    /// The current state; before the first step, the seed.
    pub const fn state(&self) -> u64 {
        self.x
    }

    /// Makes one step, and returns the new state, below m.
    pub const fn next_state(&mut self) -> u64 {
        let LcgParameters { a, c, m } = self.parameters;
        // Below 2^128: (2^64 - 1)^2 + 2^64 - 1.
        self.x = ((a as u128 * self.x as u128 + c as u128) % m) as u64;
        self.x
    }

    /// Makes one step, and returns x / m in [0, 1). It is rounded to nearest for m up to 2^53 and cut to the
    /// upper 53 bits for larger m, so that it is never 1.
    pub const fn next_uniform(&mut self) -> f64 {
        let m = self.parameters.m;
        if m <= 1 << 53 {
            self.next_state() as f64 / m as f64
        } else {
            self.next_high(53) as f64 / (1_u64 << 53) as f64
        }
    }

    /// Makes `steps` steps, in time log(steps).
    ///
    /// A step is an affine map, and so are 2, 4, 8, ... steps, each map made by doubling the map before. The maps
    /// for the binary digits 1 of `steps` are applied one after the other.
    ///
    /// ```
    /// use gumbel::textbook::{Lcg, LcgParameters};
    /// let mut minstd = Lcg::new(LcgParameters::MINSTD, 1)?;
    /// minstd.jump(10_000);
    /// assert_eq!(minstd.state(), 1_043_618_065); // the check of Park and Miller
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub const fn jump(&mut self, mut steps: u64) {
        let LcgParameters { a, c, m } = self.parameters;
        let (mut a, mut c, mut x) = (a as u128, c as u128, self.x as u128);
        while steps > 0 {
            if steps & 1 == 1 {
                x = (a * x + c) % m;
            }
            (a, c) = (a * a % m, (a * c + c) % m);
            steps >>= 1;
        }
        self.x = x as u64;
    }

    /// The upper bits of the next state: floor(2^bits x / m).
    const fn next_high(&mut self, bits: u32) -> u64 {
        (((self.next_state() as u128) << bits) / self.parameters.m) as u64
    }
}

impl TryRng for Lcg {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> core::result::Result<u32, Infallible> {
        if self.parameters.m >= 1 << 48 {
            return Ok(self.next_high(32) as u32);
        }
        let upper = self.next_high(16);
        Ok((upper << 16 | self.next_high(16)) as u32)
    }

    fn try_next_u64(&mut self) -> core::result::Result<u64, Infallible> {
        utils::next_u64_via_u32(self)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> core::result::Result<(), Infallible> {
        utils::fill_bytes_via_next_word(dst, || self.try_next_u32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use rand_core::Rng;

    fn states<const N: usize>(parameters: LcgParameters, seed: u64) -> [u64; N] {
        let mut lcg = Lcg::new(parameters, seed).unwrap();
        [0; N].map(|_| lcg.next_state())
    }

    #[test]
    fn published_values() {
        let mut minstd = Lcg::new(LcgParameters::MINSTD, 1).unwrap();
        let last = (0..10_000).fold(0, |_, _| minstd.next_state());
        assert_eq!(last, 1_043_618_065);
        assert_eq!(states(LcgParameters::RANDU, 1), [65_539, 393_225, 1_769_499, 7_077_969]);
        // The table beside the generator in Numerical Recipes.
        assert_eq!(
            states(LcgParameters::NUMERICAL_RECIPES, 0),
            [0x3C6E_F35F, 0x4750_2932, 0xD1CC_F6E9, 0xAAF9_5334, 0x6252_E503, 0x9F2E_C686]
        );
        // What rand() of the C standard returns after srand(1): bits 16 to 30.
        let c = states(LcgParameters::GLIBC, 1).map(|x| x >> 16);
        assert_eq!(c, [16_838, 5_758, 10_113, 17_515, 31_051]);
    }

    /// Wrapping arithmetic is another way to reduce by a power of two.
    #[test]
    fn powers_of_two_by_wrapping() {
        let constants =
            [LcgParameters::GLIBC, LcgParameters::NUMERICAL_RECIPES, LcgParameters::MMIX];
        for parameters in constants {
            let mask = (parameters.m - 1) as u64;
            let mut x = 7_u64;
            for state in states::<1000>(parameters, 7) {
                x = x.wrapping_mul(parameters.a).wrapping_add(parameters.c) & mask;
                assert_eq!(state, x);
            }
        }
    }

    #[test]
    fn randu_falls_in_the_planes() {
        let m = 1_i64 << 31;
        for three in states::<10_000>(LcgParameters::RANDU, 12_345).windows(3) {
            let [x, y, z] = [three[0] as i64, three[1] as i64, three[2] as i64];
            // An integer multiple of m, and 15 of these are possible: 9 x - 6 y + z is in (-6 m, 10 m).
            assert_eq!((9 * x - 6 * y + z) % m, 0);
        }
    }

    /// MINSTD visits all of 1 to m - 1 if 16807^((m - 1) / p) is not 1 for any prime p of m - 1.
    #[test]
    fn periods_of_the_named_generators() {
        let after = |parameters, steps| {
            let mut lcg = Lcg::new(parameters, 1).unwrap();
            lcg.jump(steps);
            lcg.state()
        };
        let order = (1 << 31) - 2;
        assert_eq!(2 * 9 * 7 * 11 * 31 * 151 * 331, order);
        assert_eq!(after(LcgParameters::MINSTD, order), 1);
        for prime in [2, 3, 7, 11, 31, 151, 331] {
            assert_ne!(after(LcgParameters::MINSTD, order / prime), 1);
        }
        assert_eq!(after(LcgParameters::RANDU, 1 << 29), 1);
        assert_ne!(after(LcgParameters::RANDU, 1 << 28), 1);
        for full in [LcgParameters::GLIBC, LcgParameters::NUMERICAL_RECIPES, LcgParameters::MMIX] {
            assert_eq!(full.period(), Period::Full);
        }
        assert_eq!(LcgParameters::MINSTD.period(), Period::Increment);
    }

    #[test]
    fn a_jump_equals_that_many_steps() {
        let odd = LcgParameters::new(u64::MAX - 4, u64::MAX - 1, u128::from(u64::MAX)).unwrap();
        for parameters in [LcgParameters::MMIX, LcgParameters::MINSTD, odd] {
            let mut walker = Lcg::new(parameters, 5).unwrap();
            for steps in 0..300 {
                let mut jumper = Lcg::new(parameters, 5).unwrap();
                jumper.jump(steps);
                assert_eq!(jumper, walker);
                walker.next_state();
            }
        }
    }

    #[test]
    fn uniforms_end_below_1() {
        // The state before the largest one, by one step of the inverse map: x + c with a = 1.
        for m in [2, 1 << 31, 1 << 53, (1 << 53) + 1, 1 << 64, (1 << 64) - 1_u128] {
            let parameters = LcgParameters::new(1, 1, m).unwrap();
            let mut lcg = Lcg::new(parameters, (m - 2) as u64).unwrap();
            let largest = lcg.next_uniform();
            assert!((0.5..1.0).contains(&largest), "{largest} for m = {m}");
            assert_eq!(lcg.next_uniform(), 0.0);
        }
    }

    #[test]
    fn words_are_the_high_bits() {
        let [x] = states(LcgParameters::MMIX, 9);
        let mut rng = Lcg::new(LcgParameters::MMIX, 9).unwrap();
        assert_eq!(rng.next_u32(), (x >> 32) as u32);
        let [x, y, z, w] = states(LcgParameters::GLIBC, 9).map(|x| (x >> 15) as u32);
        let mut rng = Lcg::new(LcgParameters::GLIBC, 9).unwrap();
        let word = u64::from(x << 16 | y);
        assert_eq!(rng.next_u64(), u64::from(z << 16 | w) << 32 | word);
        let mut bytes = [0; 3];
        Lcg::new(LcgParameters::GLIBC, 9).unwrap().fill_bytes(&mut bytes);
        assert_eq!(bytes, word.to_le_bytes()[..3]);
    }

    #[test]
    fn bad_seeds_are_refused() {
        for (parameters, seed) in [
            (LcgParameters::MINSTD, 0),
            (LcgParameters::MINSTD, (1 << 31) - 1),
            (LcgParameters::RANDU, 2),
            (LcgParameters::GLIBC, 1 << 31),
        ] {
            let refused = Lcg::new(parameters, seed);
            assert!(matches!(refused, Err(Error::Integer { argument: "seed", .. })), "{seed}");
        }
    }
}
