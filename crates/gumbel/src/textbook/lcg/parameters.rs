//! Parameters of linear congruential generators, and the theorem about their period.

use core::fmt;

use crate::error::{Error, Result};

/// Multiplier a, increment c and modulus m of an [`Lcg`](super::Lcg).
///
/// | constant | a | c | m | from |
/// |---|---|---|---|---|
/// | [`GLIBC`](Self::GLIBC) | 1103515245 | 12345 | 2^31 | example of the C standard, glibc's TYPE_0 |
/// | [`MINSTD`](Self::MINSTD) | 16807 | 0 | 2^31 - 1 | Park and Miller 1988 |
/// | [`NUMERICAL_RECIPES`](Self::NUMERICAL_RECIPES) | 1664525 | 1013904223 | 2^32 | Press et al. 1992 |
/// | [`MMIX`](Self::MMIX) | 6364136223846793005 | 1442695040888963407 | 2^64 | Knuth |
/// | [`RANDU`](Self::RANDU) | 65539 | 0 | 2^31 | IBM, 1960s: a bad generator |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LcgParameters {
    pub(super) a: u64,
    pub(super) c: u64,
    pub(super) m: u128,
}

impl LcgParameters {
    /// The example generator of the C standard, with all 31 bits of the state. glibc's `rand` has this
    /// generator as TYPE_0, which is not the default of `rand`.
    pub const GLIBC: Self = Self { a: 1_103_515_245, c: 12_345, m: 1 << 31 };
    /// MINSTD of Park and Miller, "Random number generators: good ones are hard to find", CACM 31,
    /// 1988, with the multiplier of that paper (their advice of 1993 was 48271). A prime modulus and
    /// c = 0: the states are 1 to m - 1.
    pub const MINSTD: Self = Self { a: 16_807, c: 0, m: (1 << 31) - 1 };
    /// The "quick and dirty" generator of Press, Teukolsky, Vetterling and Flannery, "Numerical
    /// Recipes", 2nd edition, 1992, section 7.1.
    pub const NUMERICAL_RECIPES: Self = Self { a: 1_664_525, c: 1_013_904_223, m: 1 << 32 };
    /// The 64-bit generator that Knuth gives for MMIX ("The Art of Computer Programming" 2, 3rd
    /// edition, section 3.3.4).
    pub const MMIX: Self =
        Self { a: 6_364_136_223_846_793_005, c: 1_442_695_040_888_963_407, m: 1 << 64 };
    /// RANDU of IBM's Scientific Subroutine Package, from odd seeds. As a = 2^16 + 3,
    /// x_{k+2} = 6 x_{k+1} - 9 x_k (mod 2^31): three values in a row lie on one of 15 planes.
    pub const RANDU: Self = Self { a: 65_539, c: 0, m: 1 << 31 };

    /// Checks and returns parameters of your own. m may be up to 2^64.
    ///
    /// a must share no factor with m, so that no two states have the same successor and every state
    /// recurs.
    ///
    /// # Errors
    /// m below 2 or above 2^64, a not below m, a that shares a factor with m, c not below m.
    ///
    /// ```
    /// use gumbel::textbook::{Lcg, LcgParameters};
    ///
    /// // Knuth's small example: 7, 6, 9, 0, and again from 7.
    /// let mut small = Lcg::new(LcgParameters::new(7, 7, 10)?, 7)?;
    /// assert_eq!([0; 4].map(|_| small.next_state()), [6, 9, 0, 7]);
    ///
    /// assert_eq!(
    ///     LcgParameters::new(4, 1, 10).unwrap_err().to_string(),
    ///     "a: expected a number that shares no factor with m, found 4"
    /// );
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub const fn new(a: u64, c: u64, m: u128) -> Result<Self> {
        if m < 2 || m > 1 << 64 {
            return refuse("m", "a modulus from 2 to 2^64", m);
        }
        if a as u128 >= m {
            return refuse("a", "a number below m", a as u128);
        }
        if gcd(a as u128, m) != 1 {
            return refuse("a", "a number that shares no factor with m", a as u128);
        }
        if c as u128 >= m {
            return refuse("c", "a number below m", c as u128);
        }
        Ok(Self { a, c, m })
    }

    /// The multiplier a.
    pub const fn multiplier(self) -> u64 {
        self.a
    }

    /// The increment c.
    pub const fn increment(self) -> u64 {
        self.c
    }

    /// The modulus m, up to 2^64.
    pub const fn modulus(self) -> u128 {
        self.m
    }

    /// Whether the period is m, its largest possible value, and if not, why.
    ///
    /// The theorem of Hull and Dobell ("Random number generators", SIAM Review 4, 1962): the period
    /// is m exactly if c shares no factor with m, a - 1 is a multiple of every prime that divides m,
    /// and a - 1 is a multiple of 4 if m is. With c = 0 the period is never m, as 0 follows 0.
    ///
    /// ```
    /// use gumbel::textbook::Period;
    /// use gumbel::textbook::LcgParameters;
    /// assert_eq!(LcgParameters::MMIX.period(), Period::Full);
    /// assert_eq!(LcgParameters::RANDU.period(), Period::Increment);
    /// assert_eq!(LcgParameters::new(7, 7, 10)?.period(), Period::Multiplier);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub const fn period(self) -> Period {
        let a_less_1 = self.a as u128 - 1;
        if gcd(self.c as u128, self.m) != 1 {
            return Period::Increment;
        }
        // What is left of m when all factors that it shares with a - 1 are taken out.
        let mut rest = self.m;
        loop {
            let shared = gcd(a_less_1, rest);
            if shared == 1 {
                break;
            }
            rest /= shared;
        }
        if rest != 1 {
            Period::Multiplier
        } else if self.m.is_multiple_of(4) && !a_less_1.is_multiple_of(4) {
            Period::Four
        } else {
            Period::Full
        }
    }
}

pub(super) const fn refuse<T>(
    argument: &'static str,
    expected: &'static str,
    found: u128,
) -> Result<T> {
    Err(Error::Integer { argument, expected, found })
}

pub(super) const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The result of the theorem of Hull and Dobell for [`LcgParameters`]: the period is m, or the first of
/// its three conditions that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// The period is m: every state occurs.
    Full,
    /// The period is shorter than m: c shares a factor with m (c = 0 shares m itself).
    Increment,
    /// The period is shorter than m: a - 1 is not a multiple of some prime that divides m.
    Multiplier,
    /// The period is shorter than m: m is a multiple of 4, and a - 1 is not.
    Four,
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the period is m",
            Self::Increment => "the period is below m: c shares a factor with m",
            Self::Multiplier => "the period is below m: a prime divides m but not a - 1",
            Self::Four => "the period is below m: 4 divides m but not a - 1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The theorem agrees with enumeration, for all parameters of some small moduli.
    #[test]
    fn the_period_is_that_of_enumeration() {
        let mut seen = [0; 4];
        for m in 2..=36_u64 {
            for (a, c) in (0..m).flat_map(|a| (0..m).map(move |c| (a, c))) {
                let Ok(parameters) = LcgParameters::new(a, c, m.into()) else {
                    assert_ne!(gcd(a.into(), m.into()), 1);
                    continue;
                };
                // From 0 a full period returns after m steps, and any other is shorter.
                let mut x = 0;
                let next = |x: &mut u64| {
                    *x = (a * *x + c) % m;
                    *x
                };
                let length = (1..=m).find(|_| next(&mut x) == 0).unwrap();
                let period = parameters.period();
                assert_eq!(period == Period::Full, length == m, "{a} x + {c} mod {m}");
                seen[period as usize] += 1;
            }
        }
        assert!(seen.iter().all(|&count| count > 0), "{seen:?}");
    }

    #[test]
    fn bad_lcg_parameters_are_refused() {
        let argument = |result: Result<LcgParameters>| match result {
            Err(Error::Integer { argument, found, .. }) => (argument, found),
            other => panic!("{other:?}"),
        };
        assert_eq!(argument(LcgParameters::new(0, 0, 1)), ("m", 1));
        assert_eq!(argument(LcgParameters::new(1, 0, (1 << 64) + 1)), ("m", (1 << 64) + 1));
        assert_eq!(argument(LcgParameters::new(10, 0, 10)), ("a", 10));
        assert_eq!(argument(LcgParameters::new(0, 0, 10)), ("a", 0));
        assert_eq!(argument(LcgParameters::new(5, 0, 10)), ("a", 5));
        assert_eq!(argument(LcgParameters::new(3, 10, 10)), ("c", 10));
    }
}
