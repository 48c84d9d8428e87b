//! Shared by the fuzz targets: numbers of any bits, and long rows from few bytes.

use arbitrary::{Arbitrary, Result, Unstructured};
use gumbel::{Categorical, Key, Real};

/// Numbers at which arithmetic changes its behaviour.
const EDGES: [f64; 32] = [
    0.0,
    -0.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f32::MAX as f64,
    f32::MIN as f64,
    f64::MAX,
    f64::MIN,
    f32::MIN_POSITIVE as f64,
    f64::MIN_POSITIVE,
    1e-45,
    5e-324,
    1.0,
    -1.0,
    0.5,
    0.25,
    1e-300,
    1e300,
    -1e300,
    -16.7,
    88.8,
    -87.4,
    -103.98,
    709.8,
    -745.2,
    1e30,
    -1e30,
    1e290,
    16_777_216.0,
    1e-30,
    1e-4,
];

/// A number: mostly a small one, sometimes an edge, sometimes of any bits.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub f64);

impl<'a> Arbitrary<'a> for Number {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(match u8::arbitrary(u)? {
            tag @ 0..160 => (f64::from(tag) - 80.0) / 4.0,
            tag @ 160..192 => EDGES[usize::from(tag - 160)],
            192..216 => f64::from(i16::arbitrary(u)?) / 64.0,
            216..236 => f64::from(f32::from_bits(u32::arbitrary(u)?)),
            _ => f64::from_bits(u64::arbitrary(u)?),
        }))
    }
}

/// Numbers that fill an array of any length: repeated, or scattered over an array of the first number.
#[derive(Arbitrary, Clone, Debug)]
pub struct Numbers {
    numbers: Vec<Number>,
    scattered: bool,
}

impl Numbers {
    pub fn fill<T: Real>(&self, len: usize) -> Vec<T> {
        let count = self.numbers.len();
        if count == 0 {
            return vec![T::default(); len];
        }
        let at = |i: usize| T::from_f64(self.numbers[i % count].0);
        if !self.scattered {
            return (0..len).map(at).collect();
        }
        let mut values = vec![at(0); len];
        for i in 1..count.min(len) {
            values[i.wrapping_mul(0x9E37_79B9) % len] = at(i);
        }
        values
    }

    /// The numbers without repetition.
    pub fn plain(&self) -> Vec<f64> {
        self.numbers.iter().map(|number| number.0).collect()
    }
}

/// A length: mostly a short one, sometimes one near which kernels change their method.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub usize);

impl<'a> Arbitrary<'a> for Size {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(match u8::arbitrary(u)? {
            tag @ 0..230 => usize::from(tag % 46),
            230..248 => usize::from(u16::arbitrary(u)? % 2200),
            248..254 => {
                let edge = [128, 1024, 2048, 8192][usize::from(u8::arbitrary(u)? % 4)];
                edge - 1 + usize::from(u8::arbitrary(u)? % 3)
            }
            254 => 65_535 + usize::from(u8::arbitrary(u)? % 3),
            255 => 131_070 + usize::from(u8::arbitrary(u)? % 4),
        }))
    }
}

/// A key of any two numbers.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Parts(u64, u64);

impl Parts {
    pub fn key(self) -> Key {
        Key::from_parts(self.0, self.1)
    }
}

/// The bits of numbers, for exact comparison.
pub fn bits<T: Real>(values: &[T]) -> Vec<u64> {
    values.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// All values plus the same number, if the sum is exact for each value.
pub fn shifted<T: Real>(values: &[T], shift: f64) -> Option<Vec<T>> {
    let shift = T::from_f64(shift);
    shift.to_f64().is_finite().then_some(())?;
    let moved: Vec<T> = values.iter().map(|&x| x + shift).collect();
    let exact = |(&x, &y): (&T, &T)| {
        !x.to_f64().is_finite() || y.to_f64().is_finite() && is_sum(x, shift, y)
    };
    values.iter().zip(&moved).all(exact).then_some(moved)
}

/// Whether a + b is exactly `sum` (Knuth, The Art of Computer Programming 2, section 4.2.2).
fn is_sum<T: Real>(a: T, b: T, sum: T) -> bool {
    let of_b = sum - a;
    let error = (a - (sum - of_b)) + (b - of_b);
    error.to_f64() == 0.0
}

/// All values times the same power of two, if the product is exact for each value.
pub fn scaled<T: Real>(values: &[T], exponent: i8) -> Option<Vec<T>> {
    let (up, down) = (2f64.powi(exponent.into()), 2f64.powi(-i32::from(exponent)));
    let scaled: Vec<T> = values.iter().map(|x| T::from_f64(x.to_f64() * up)).collect();
    let exact = |(x, y): (&T, &T)| {
        !x.to_f64().is_finite() || y.to_f64().is_finite() && y.to_f64() * down == x.to_f64()
    };
    values.iter().zip(&scaled).all(exact).then_some(scaled)
}

/// Whether functions accept `tau`.
pub fn is_temperature(tau: f64) -> bool {
    tau > 0.0 && tau.is_finite()
}

/// The largest noise that functions accept.
pub fn most_noise<T: Real>() -> f64 {
    if is_narrow::<T>() { f64::from(1e30_f32) } else { 1e290 }
}

/// Whether the type is `f32`.
pub fn is_narrow<T: Real>() -> bool {
    T::from_f64(0.1).to_f64() != 0.1
}

/// Rows of classes for the samplers, valid or not.
#[derive(Arbitrary, Clone, Debug)]
pub struct Rows {
    kind: Kind,
    classes: Size,
    rows: u8,
    values: Numbers,
    normalise: bool,
    tau: Option<Number>,
    mask: Option<Mask>,
}

/// The meaning of the numbers of rows.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Logits,
    LogProbs,
    Probs,
    Weights,
}

#[derive(Arbitrary, Clone, Debug)]
struct Mask {
    bits: Vec<u8>,
    shared: bool,
}

/// [`Rows`] as arrays.
#[derive(Debug)]
pub struct Table<T> {
    pub kind: Kind,
    pub classes: usize,
    pub rows: usize,
    pub values: Vec<T>,
    pub tau: f64,
    mask: Option<Vec<bool>>,
}

impl Rows {
    /// The table; with one row if `one` is true.
    pub fn table<T: Real>(&self, one: bool) -> Table<T> {
        let classes = self.classes.0;
        let rows =
            if one { 1 } else { usize::from(self.rows % 20).min((1 << 18) / classes.max(1)) };
        let mut values: Vec<T> = self.values.fill(rows * classes);
        if self.normalise && classes > 0 {
            values.chunks_mut(classes).for_each(|row| normalise(row, self.kind));
        }
        let mask = self.mask.as_ref().map(|mask| {
            let length = if mask.shared { classes } else { rows * classes };
            let bit = |i: usize| mask.bits[i / 8 % mask.bits.len()] >> (i % 8) & 1 == 1;
            (0..length).map(|i| mask.bits.is_empty() || bit(i)).collect()
        });
        let tau = self.tau.map_or(1.0, |tau| tau.0);
        Table { kind: self.kind, classes, rows, values, tau, mask }
    }
}

/// Turns numbers into weights, or logarithms of weights, that sum to 1 if possible.
fn normalise<T: Real>(row: &mut [T], kind: Kind) {
    let max = row.iter().fold(f64::NEG_INFINITY, |m, x| m.max(x.to_f64()));
    if kind.linear() {
        let sum: f64 = row.iter().map(|x| x.to_f64().abs()).sum();
        row.iter_mut().for_each(|x| *x = T::from_f64(x.to_f64().abs() / sum));
    } else {
        let sum: f64 = row.iter().map(|x| (x.to_f64() - max).exp()).sum();
        row.iter_mut().for_each(|x| *x = T::from_f64(x.to_f64() - max - sum.ln()));
    }
}

impl Kind {
    /// Whether the numbers are weights themselves, not their logarithms.
    pub fn linear(self) -> bool {
        matches!(self, Self::Probs | Self::Weights)
    }

    /// Whether the weights of a row must sum to 1.
    pub fn normalised(self) -> bool {
        matches!(self, Self::LogProbs | Self::Probs)
    }
}

impl<T: Real> Table<T> {
    /// The same law in other numbers: shifted logits or scaled weights, if that is exact.
    pub fn in_other_numbers(&self, shift: f64, exponent: i8) -> Option<Self> {
        let values = match self.kind {
            Kind::Logits => shifted(&self.values, shift)?,
            // At another temperature, the logarithm of a subnormal weight is rounded differently.
            Kind::Weights if self.tau == 1.0 => scaled(&self.values, exponent)?,
            _ => return None,
        };
        Some(Self { values, mask: self.mask.clone(), ..*self })
    }

    /// The rows from `first` on. `None` if shape or temperature are wrong, which must be refused.
    pub fn categorical(&self, first: usize) -> Option<Categorical<'_, T>> {
        let values = &self.values[first * self.classes..];
        let rows = match self.kind {
            Kind::Logits => Categorical::from_logits(values, self.classes),
            Kind::LogProbs => Categorical::from_log_probs(values, self.classes),
            Kind::Probs => Categorical::from_probs(values, self.classes),
            Kind::Weights => Categorical::from_weights(values, self.classes),
        };
        assert_eq!(rows.is_ok(), self.classes > 0);
        let rows = rows.ok()?;
        assert_eq!((rows.rows(), rows.classes()), (self.rows - first, self.classes));
        let tempered = rows.temperature(self.tau);
        assert_eq!(tempered.is_ok(), is_temperature(self.tau));
        let tempered = tempered.ok()?;
        Some(match &self.mask {
            None => tempered,
            Some(mask) if mask.len() == self.classes => tempered.mask(mask).expect("one row"),
            Some(mask) => tempered.mask(&mask[first * self.classes..]).expect("all rows"),
        })
    }

    fn allowed(&self, i: usize) -> bool {
        self.mask.as_ref().is_none_or(|mask| mask[i % mask.len()])
    }

    /// Whether a class can be drawn.
    pub fn possible(&self, row: usize, class: usize) -> bool {
        let i = row * self.classes + class;
        let none = if self.kind.linear() { 0.0 } else { f64::NEG_INFINITY };
        self.allowed(i) && self.values[i].to_f64() > none
    }

    /// The number of classes that can be drawn.
    pub fn count(&self, row: usize) -> usize {
        (0..self.classes).filter(|&class| self.possible(row, class)).count()
    }

    /// Whether a draw from this row must succeed; `None` if rounding decides.
    pub fn good(&self, row: usize) -> Option<bool> {
        let at = row * self.classes..(row + 1) * self.classes;
        let allows = |x: f64| match self.kind.linear() {
            true => (0.0..f64::INFINITY).contains(&x),
            false => x < f64::INFINITY,
        };
        let is_checked = |&i: &usize| self.kind.normalised() || self.allowed(i);
        let values_good = at.clone().filter(is_checked).all(|i| allows(self.values[i].to_f64()));
        if !values_good || self.count(row) == 0 {
            return Some(false);
        }
        let weight = |i: usize| match self.kind.linear() {
            true => self.values[i].to_f64(),
            false => self.values[i].to_f64().exp(),
        };
        let sum: f64 = at.filter(is_checked).map(weight).sum();
        let tolerance = if is_narrow::<T>() { 1e-3 } else { 1e-6 };
        match self.kind {
            Kind::Logits | Kind::Weights => Some(true),
            _ if (sum - 1.0).abs() < 0.99 * tolerance => Some(true),
            _ if (sum - 1.0).abs() > 1.01 * tolerance => Some(false),
            _ => None,
        }
    }

    /// Asserts that a result is `Ok` if all rows are good, and an error if any row is bad.
    pub fn assert_outcome<R>(&self, result: &gumbel::Result<R>) {
        let rows: Vec<_> = (0..self.rows).map(|row| self.good(row)).collect();
        if rows.iter().any(|good| *good == Some(false)) {
            assert!(result.is_err(), "an Ok for bad rows");
        } else if rows.iter().all(|good| *good == Some(true)) {
            let error = result.as_ref().err();
            assert!(error.is_none(), "good rows refused: {error:?}");
        }
    }
}

/// Asserts that two results are the same. (An error may have a NaN, which is not equal to itself.)
pub fn assert_same<R: PartialEq + core::fmt::Debug>(a: &gumbel::Result<R>, b: &gumbel::Result<R>) {
    assert_eq!(a.as_ref().ok(), b.as_ref().ok());
    assert_eq!(format!("{:?}", a.as_ref().err()), format!("{:?}", b.as_ref().err()));
}
