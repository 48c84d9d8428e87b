//! Linear congruential generators: parameters, periods, jumps; axes of shapes.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::Axis;
use gumbel::textbook::Period;
use gumbel::textbook::{Lcg, LcgParameters};
use libfuzzer_sys::fuzz_target;
use rand_core::Rng;

#[derive(Arbitrary, Debug)]
struct Input {
    a: u64,
    c: u64,
    m: u128,
    small: bool,
    seed: u64,
    steps: u8,
    jump: u64,
    shape: Vec<usize>,
    dim: isize,
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fuzz_target!(|input: Input| {
    let axis = Axis::of(&input.shape, input.dim);
    let rank = input.shape.len() as i128;
    assert_eq!(axis.is_ok(), (-rank..rank).contains(&(input.dim as i128)));

    let (mut a, mut c, mut m, mut seed) = (input.a, input.c, input.m, input.seed);
    if input.small {
        m %= 4096;
        (a, c, seed) = (a % 4096, c % 4096, seed % 4096);
    }
    let wide = [u128::from(a), u128::from(c)];
    let good = (2..=1 << 64).contains(&m) && wide.iter().all(|&x| x < m) && gcd(m, wide[0]) == 1;
    let parameters = LcgParameters::new(a, c, m);
    assert_eq!(parameters.is_ok(), good);
    let Ok(parameters) = parameters else { return };
    assert_eq!((parameters.multiplier(), parameters.increment(), parameters.modulus()), (a, c, m));
    let lcg = Lcg::new(parameters, seed);
    assert_eq!(lcg.is_ok(), u128::from(seed) < m && (c != 0 || gcd(m, seed.into()) == 1));
    let period = parameters.period();
    let Ok(mut lcg) = lcg else { return };

    let start = lcg.clone();
    let mut jumped = lcg.clone();
    jumped.jump(input.steps.into());
    for _ in 0..input.steps {
        assert!(u128::from(lcg.next_state()) < m);
    }
    assert_eq!(jumped, lcg);
    // Jumps add up.
    let mut far = start.clone();
    far.jump(input.jump / 2);
    far.jump(input.jump - input.jump / 2);
    jumped = start.clone();
    jumped.jump(input.jump);
    assert_eq!(far, jumped);
    let u = lcg.next_uniform();
    assert!((0.0..1.0).contains(&u), "{u}");
    let mut bytes = [0; 7];
    lcg.fill_bytes(&mut bytes);
    if m < 4096 {
        let mut walk = start.clone();
        let length = (1..=m).find(|_| u128::from(walk.next_state()) == u128::from(seed));
        assert_eq!(length == Some(m), period == Period::Full, "{length:?} {period}");
    }
});
