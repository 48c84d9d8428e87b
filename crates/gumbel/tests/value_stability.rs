//! Pins the values of seeded keys, to the last bit. A change here breaks every stored result of a user, and
//! needs a `Value-breaking` line in the changelog and a larger `VALUE_VERSION`.
//!
//! Words, uniforms and winners are the same everywhere. Other `f32` results have these bits if the
//! machine fuses multiplication and addition; elsewhere (x86-64 without AVX2) their last bits differ,
//! and these tests skip them.

use fearless_simd::Level;
use gumbel::relax::{binary_concrete_vjp_into, binary_concrete_vjp_tau};
use gumbel::relax::{
    gumbel_log_softmax, gumbel_log_softmax_vjp_into, gumbel_log_softmax_vjp_tau_into,
};
use gumbel::relax::{gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau};
use gumbel::relax::{straight_through_binary_concrete_into, straight_through_gumbel_softmax_into};
use gumbel::sample::{distinct, integers_into, permutation};
use gumbel::{Categorical, Key, Noise, binary_concrete, gumbel_max, gumbel_softmax, noise};
use rand_core::Rng;

/// The number of elements: a multiple of each width.
const N: usize = 9_600;
/// The index, after [`OFFSET`], of an element whose noise takes the second word.
const RARE: usize = 3_499;
const OFFSET: u64 = 5;
const TAU: f64 = 0.7;
/// Narrow rows, with and without full lanes, wide rows, and rows wider than a tile.
const WIDTHS: [usize; 6] = [2, 10, 32, 60, 100, 4_800];

fn key() -> Key {
    Key::new(7)
}

/// Whether the kernels fuse multiplication and addition here.
fn fused() -> bool {
    let level = Level::try_detect().unwrap_or(Level::baseline());
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let fused = level.as_avx2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let fused = cfg!(target_arch = "aarch64") && !matches!(level, Level::Fallback(_));
    if !fused {
        println!("no fused multiply-add: the bits of f32 are not compared");
    }
    fused
}

/// The 64-bit FNV-1a hash (Fowler, Noll and Vo).
fn hash(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

fn hash_of(values: &[f32]) -> u64 {
    hash(values.iter().flat_map(|x| x.to_bits().to_le_bytes()))
}

fn hash_of_indices(indices: &[usize]) -> u64 {
    hash(indices.iter().flat_map(|&i| (i as u64).to_le_bytes()))
}

/// Multiples of 1/256 from -8 to 8; one class in 26 is impossible, never the first of a row.
fn logits() -> Vec<f32> {
    let of = |i: usize| (Key::new(1).word(i as u64) >> 20) as f32 / 256.0 - 8.0;
    (0..N).map(|i| if i % 26 == 25 { f32::NEG_INFINITY } else { of(i) }).collect()
}

/// Multiples of 1/256 from -8 to 8.
fn gradients() -> Vec<f32> {
    (0..N).map(|i| (Key::new(2).word(i as u64) >> 20) as f32 / 256.0 - 8.0).collect()
}

#[track_caller]
fn assert_hashes<const L: usize>(found: [u64; L], expected: [u64; L]) {
    assert!(found == expected, "found {found:#x?}");
}

#[test]
fn words() {
    // Element i is word (i >> 4) & 3 of block (i >> 6) * 16 + (i & 15) under key and stream.
    let at = |key: [u32; 2], number: u32, domain: u32| {
        gumbel::philox4x32_10([number, domain, 0, 0], key)
    };
    let key = Key::new(0x0123_4567_89AB_CDEF);
    let parts = [0x89AB_CDEF, 0x0123_4567];
    for i in [0u32, 1, 15, 16, 17, 63, 64, 1000] {
        let (number, word) = ((i >> 6) * 16 + (i & 15), (i >> 4 & 3) as usize);
        assert_eq!(key.word(i.into()), at(parts, number, 0)[word]);
        assert_eq!(key.second_word(i.into()), at(parts, number, 1 << 30)[word]);
    }
    let words: Vec<u32> = (0..4).map(|i| Key::new(7).word(i)).collect();
    assert_eq!(words, WORDS);
    assert_eq!(Key::new(7).word(u64::MAX), LAST_WORD);
}

#[test]
fn child_keys() {
    let key = Key::new(7);
    assert_eq!(key.fold_in(1).to_parts(), FOLDED);
    assert_eq!(key.fold_in(1).fold_in(2).to_parts(), FOLDED_TWICE);
    let [first, second] = key.split();
    assert_eq!([first.to_parts(), second.to_parts()], SPLIT);
}

#[test]
fn sequential_generator() {
    let mut rng = Key::new(7).rng();
    assert_eq!([rng.next_u32(), rng.next_u32(), rng.next_u32()], SEQUENTIAL);
    assert_eq!(rng.next_u64(), SEQUENTIAL_64);
}

#[test]
fn orders_and_integers() {
    assert_eq!(permutation(key(), 8), ORDER);
    assert_eq!(distinct(key(), 8, 3).unwrap(), [0, 6, 2]);
    let mut drawn = [0; N];
    let hashes = [9, 1 << 40, (1 << 63) + 5].map(|most| {
        integers_into(key(), OFFSET, most, &mut drawn);
        hash(drawn.iter().flat_map(|x| x.to_le_bytes()))
    });
    assert_hashes(hashes, INTEGERS);
}

#[test]
fn uniforms() {
    let (mut narrow, mut wide) = ([0.0_f32; 3], [0.0_f64; 3]);
    noise::uniform_into(Key::new(7), 0, &mut narrow);
    noise::uniform_into(Key::new(7), 0, &mut wide);
    assert_eq!(narrow.map(f32::to_bits), UNIFORMS_F32);
    assert_eq!(wide.map(f64::to_bits), UNIFORMS_F64);
}

#[test]
fn noise_of_each_distribution() {
    if !fused() {
        return;
    }
    let fills: [fn(Key, u64, &mut [f32]); 4] =
        [noise::exponential_into, noise::gumbel_into, noise::logistic_into, noise::normal_into];
    let (mut first, mut hashes) = ([[0; 3]; 4], [0; 4]);
    for (i, fill) in fills.into_iter().enumerate() {
        let mut x = vec![0.0; N];
        fill(key(), OFFSET, &mut x);
        first[i] = [x[0], x[1], x[RARE]].map(f32::to_bits);
        hashes[i] = hash_of(&x);
    }
    assert!(first == NOISES, "found {first:#x?}");
    assert_hashes(hashes, NOISE_HASHES);
}

#[test]
fn the_pinned_noise_includes_a_rare_word() {
    let word = key().word(OFFSET + RARE as u64);
    assert!(word.min(!word) < 1 << 16);
}

#[test]
fn winners() {
    let noise = Noise::Keyed { key: key(), offset: OFFSET };
    let of = |k| hash_of_indices(&gumbel_max(&logits(), k, noise).unwrap());
    assert_hashes(WIDTHS.map(of), WINNERS);
}

/// Draws by Gumbel-max, by inversion and by rejection; many from one row, by inversion and by table; and without
/// replacement.
#[test]
fn categorical_draws() {
    if !fused() {
        return;
    }
    let l = logits();
    let rows = |k: usize| Categorical::from_logits(&l[..N / k * k], k).unwrap();
    let sampled = |k| hash_of_indices(&rows(k).sample(key()).unwrap());
    assert_hashes([100, 400, 4_800, 9_600].map(sampled), DRAWS);
    let one = rows(N);
    let many = |n| hash_of_indices(&one.sample_many(n, key()).unwrap());
    let top = one.top_k(50, key()).unwrap().indices();
    let top = hash(top.iter().flat_map(|i| i.to_le_bytes()));
    assert_hashes([many(500), many(5_000), top], MANY);
}

/// One word in 32,768 is near an end of its range: its noise takes both words.
#[test]
fn noise_of_rare_words() {
    if !fused() {
        return;
    }
    let rare = |i: &u64| key().word(*i).wrapping_add(1 << 16) < 1 << 17;
    let of = |fill: fn(Key, u64, &mut [f32])| {
        let noise = (0..1 << 20).filter(rare).map(|i| {
            let mut noise = [0.0];
            fill(key(), i, &mut noise);
            noise[0]
        });
        hash_of(&noise.collect::<Vec<_>>())
    };
    let fills = [noise::exponential_into, noise::gumbel_into, noise::logistic_into];
    assert_hashes(fills.map(of), RARE_NOISE);
}

#[test]
fn relaxations() {
    if !fused() {
        return;
    }
    let noise = Noise::Keyed { key: key(), offset: OFFSET };
    let (l, dy) = (logits(), gradients());
    let mut forward = [0; WIDTHS.len()];
    let mut straight = [0; WIDTHS.len()];
    let mut backward = [0; WIDTHS.len()];
    let mut tau = [0; WIDTHS.len()];
    for (i, k) in WIDTHS.into_iter().enumerate() {
        let y = gumbel_softmax(&l, k, TAU, noise).unwrap();
        forward[i] = hash_of(&y);
        let (mut hard, mut soft, mut dl) = (vec![0.0; N], vec![0.0; N], vec![0.0; N]);
        straight_through_gumbel_softmax_into(&l, k, TAU, noise, &mut hard, &mut soft).unwrap();
        straight[i] = hash_of(&hard);
        assert_eq!(hash_of(&soft), forward[i]);
        gumbel_softmax_vjp_into(&y, &dy, k, TAU, &mut dl).unwrap();
        backward[i] = hash_of(&dl);
        tau[i] = gumbel_softmax_vjp_tau(&l, k, TAU, noise, &dl).unwrap().to_bits();
    }
    assert_hashes(forward, FORWARD);
    assert_hashes(straight, STRAIGHT_THROUGH);
    assert_hashes(backward, BACKWARD);
    assert_hashes(tau, BY_TAU);
}

#[test]
fn logarithms_of_relaxations() {
    if !fused() {
        return;
    }
    let noise = Noise::Keyed { key: key(), offset: OFFSET };
    let (l, dx) = (logits(), gradients());
    let (mut forward, mut backward) = ([0; WIDTHS.len()], [0; WIDTHS.len()]);
    let mut tau = [0; WIDTHS.len()];
    for (i, k) in WIDTHS.into_iter().enumerate() {
        let x = gumbel_log_softmax(&l, k, TAU, noise).unwrap();
        forward[i] = hash_of(&x);
        let (mut dl, mut dtau) = (vec![0.0; N], vec![0.0; N / k]);
        gumbel_log_softmax_vjp_into(&x, &dx, k, TAU, &mut dl).unwrap();
        backward[i] = hash_of(&dl);
        gumbel_log_softmax_vjp_tau_into(&x, &dl, k, &mut dtau).unwrap();
        tau[i] = hash(dtau.iter().flat_map(|d| d.to_bits().to_le_bytes()));
    }
    assert_hashes([forward, backward, tau].concat().try_into().unwrap(), LOGARITHMS);
}

#[test]
fn binary_relaxations() {
    if !fused() {
        return;
    }
    let noise = Noise::Keyed { key: key(), offset: OFFSET };
    let (l, dy) = (logits(), gradients());
    let y = binary_concrete(&l, TAU, noise).unwrap();
    let (mut hard, mut soft, mut dl) = (vec![0.0; N], vec![0.0; N], vec![0.0; N]);
    straight_through_binary_concrete_into(&l, TAU, noise, &mut hard, &mut soft).unwrap();
    binary_concrete_vjp_into(&y, &dy, TAU, &mut dl).unwrap();
    let by_tau = binary_concrete_vjp_tau(&l, TAU, noise, &dl).unwrap().to_bits();
    assert_eq!(hash_of(&soft), hash_of(&y));
    assert_hashes([hash_of(&y), hash_of(&hard), hash_of(&dl), by_tau], BINARY);
}

const WORDS: [u32; 4] = [0xf4607a2d, 0x682e8e9b, 0x18e23c0, 0x63e41616];
const LAST_WORD: u32 = 0xc65c6346;
const FOLDED: (u64, u64) = (0xeaa8183d72e42f4f, 0x57b6c1e5f53f756c);
const FOLDED_TWICE: (u64, u64) = (0xae8b58a18b456a6, 0x1cddead4bf98aadd);
const SPLIT: [(u64, u64); 2] =
    [(0x2dfb77b3db5c232e, 0xb3b4dd9db1ac4d30), (0xca38e08c201eba1, 0x79ba6df8457990ff)];
const SEQUENTIAL: [u32; 3] = [0x9e65e38, 0x104a6165, 0x5ce4128];
const SEQUENTIAL_64: u64 = 0x715636c48727b9ad;
const ORDER: [usize; 8] = [1, 3, 5, 7, 4, 2, 6, 0];
const INTEGERS: [u64; 3] = [0xe010641ea051ad83, 0x1958b73522392a9e, 0xbd2eb46675e11290];
const UNIFORMS_F32: [u32; 3] = [0x3f74607b, 0x3ed05d1e, 0x3bc71180];
const UNIFORMS_F64: [u64; 3] = [0x3fee8c0f45a5b843, 0x3fda0ba3a6fd9be6, 0x3f78e23c01ee8a80];
const NOISES: [[u32; 3]; 4] = [
    [0x3ed3ab45, 0x3fcfc056, 0x36746675],
    [0x3f622000, 0xbef7f7ad, 0x41485e4a],
    [0xbf2b6324, 0x3fb39efe, 0xc1485e48],
    [0xbed51eed, 0x3f59f064, 0xc08f86f8],
];
const NOISE_HASHES: [u64; 4] =
    [0xd3f8a531922de4a4, 0xd2dda3714387da3b, 0x85e7374faac7f718, 0xb7b53739d0ef8253];
const WINNERS: [u64; WIDTHS.len()] = [
    0xf5c607a9baee0a84,
    0xe45358b5cc7932b,
    0x38624464941470a8,
    0xa58d51c937c63194,
    0xffd619c1f4abf79f,
    0x6b82633c9931074f,
];
const RARE_NOISE: [u64; 3] = [0xe7c02d1031461956, 0x9c789fbe15cbf32c, 0x83996a7586f8a02];
const FORWARD: [u64; WIDTHS.len()] = [
    0x6afe42c572006c8b,
    0x33afb39869dc586c,
    0x609c295e28c7425f,
    0x66dc96c8edc2f214,
    0xe6b3628bde68930e,
    0x4a0d5b599ad0f9f4,
];
const STRAIGHT_THROUGH: [u64; WIDTHS.len()] = [
    0xd02f904bd1dab9d5,
    0xb4dd17da46f83f05,
    0xd81e2ccbf6f48ed5,
    0x98b417b681b391d5,
    0x45ef8906ebfbbc85,
    0x353ccec0f0777335,
];
const BACKWARD: [u64; WIDTHS.len()] = [
    0x6707e0e215a9f5b4,
    0x74f6bcebf28e180e,
    0xe16e4d266dd647fc,
    0x77d11144c2fc627,
    0x540755782a9d5bdd,
    0xb7da0d060c12a59b,
];
const BY_TAU: [u64; WIDTHS.len()] = [
    0x40427725dfadfb88,
    0xc050e37a30a5f018,
    0x401e7633b41f84a6,
    0xc039fe1bdc0633ee,
    0x401dca3ed599a90f,
    0xbffa444d9e214f50,
];
const BINARY: [u64; 4] =
    [0x28516cf553a937ee, 0xdb072593935dae98, 0x9f86a2f0572296b0, 0x40533e0ff5316d58];
const LOGARITHMS: [u64; 3 * WIDTHS.len()] = [
    0xd3ddc9b7ffcc8649,
    0x3d7245d7c214b1c1,
    0x63f551031b443d5e,
    0x3be6a875224a313e,
    0x76b302c852298bba,
    0x2a5857f42602854,
    0x5adb8e400cdacd4a,
    0xfd8a290b6f6ccfbf,
    0x9d749a0ab2422229,
    0x2973c4fcdc78e5ae,
    0x723ea5e06d5d0b96,
    0x51aba4e897334ef,
    0x955c55d180a0b27b,
    0x63c69c1f12b64487,
    0x6b66f8fbdf67af3d,
    0xa17f11f75dcd5fc6,
    0x76147e097469e384,
    0x6ad173723c9cf321,
];
const DRAWS: [u64; 4] =
    [0x2b305004fb3452e5, 0x4e636d0a39f5769d, 0xfc4d0dad60c89418, 0xd52f704fc15778fe];
const MANY: [u64; 3] = [0x552736f6b9c8df6a, 0xd07b8c5f13ca4e7e, 0x80e4fb0b40829aa9];
