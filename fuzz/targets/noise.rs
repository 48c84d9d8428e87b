//! Noise and keys: any key, any offset, any length; any chunking gives the same bits.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::{Key, Real, noise, philox4x32_10};
use gumbel_fuzz::{Parts, Size, bits};
use libfuzzer_sys::fuzz_target;
use rand_core::Rng;

#[derive(Arbitrary, Debug)]
struct Input {
    parts: Parts,
    offset: u64,
    near_end: bool,
    length: Size,
    cut: u16,
    data: u64,
    bytes: u8,
}

type Fill<T> = fn(Key, u64, &mut [T]);

fn check<T: Real>(fill: Fill<T>, input: &Input, good: impl Fn(f64) -> bool) {
    let (key, offset) = (input.parts.key(), start(input));
    let mut whole = vec![T::default(); input.length.0];
    fill(key, offset, &mut whole);
    for x in &whole {
        assert!(good(x.to_f64()), "{x:?}");
    }
    if whole.is_empty() {
        return;
    }
    let cut = usize::from(input.cut) % whole.len();
    let mut parts = vec![T::default(); whole.len()];
    let (low, high) = parts.split_at_mut(cut);
    fill(key, offset, low);
    fill(key, offset.wrapping_add(cut as u64), high);
    assert_eq!(bits(&parts), bits(&whole));
    let mut one = [T::default()];
    fill(key, offset.wrapping_add(cut as u64), &mut one);
    assert_eq!(bits(&one), bits(&whole[cut..=cut]));
}

fn start(input: &Input) -> u64 {
    if input.near_end { u64::MAX - input.offset % 200 } else { input.offset }
}

fn all<T: Real>(input: &Input) {
    check::<T>(noise::uniform_into, input, |u| 0.0 < u && u < 1.0);
    check::<T>(noise::exponential_into, input, |e| 2.7e-20 < e && e < 45.06);
    check::<T>(noise::gumbel_into, input, |g| -3.82 < g && g < 45.06);
    check::<T>(noise::logistic_into, input, |l| l.abs() < 45.07);
    check::<T>(noise::normal_into, input, |z| z.abs() < 9.3);
}

fuzz_target!(|input: Input| {
    all::<f32>(&input);
    all::<f64>(&input);

    let key = input.parts.key();
    let (number, stream) = key.to_parts();
    assert_eq!(Key::from_parts(number, stream), key);
    assert_eq!(key.fold_in(input.data), key.fold_in(input.data));
    assert_ne!(key.fold_in(input.data), key.fold_in(input.data ^ 1));
    let [a, b] = key.split();
    assert!(a != b && a != key.fold_in(0) && b != key.fold_in(1));
    let index = start(&input);
    let block = (index >> 6) * 16 + (index & 15);
    let halves = |x: u64| [x as u32, (x >> 32) as u32];
    let ([b0, b1], [s0, s1]) = (halves(block), halves(stream));
    let word = philox4x32_10([b0, b1, s0, s1], halves(number))[(index >> 4 & 3) as usize];
    assert_eq!(key.word(index), word);

    let mut filled = vec![0; usize::from(input.bytes)];
    key.rng().fill_bytes(&mut filled);
    let mut words = key.rng();
    for chunk in filled.chunks(4) {
        assert_eq!(chunk, &words.next_u32().to_le_bytes()[..chunk.len()]);
    }
});
