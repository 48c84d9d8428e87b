//! The kernels against the core: words, noise and its tails, bit by bit.
//!
//! Noise has the core's bits where the device and the processor round alike. On a device that does not fuse, run with
//! a level of the core that does not either (`GUMBEL_LEVEL=sse4_2`, feature `levels`); else the noise is close.

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Device, Shape, Tensor};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;
use gumbel::noise::Law;
use gumbel::{Key, oracle};

use super::launch::{self, UNITS};
use super::words::{DrawsLaunch, blocks, fill_words};
use super::{noise, words};
use crate::backend::CardOps;

fn card() -> cubecl::Device {
    cubecl::Device::default()
}

fn empty(n: usize, dtype: DType) -> CubeTensor {
    let device = card();
    empty_device_contiguous_dtype(device.client(), device, Shape::new([n]), dtype)
}

fn upload(values: &[u32]) -> CubeTensor {
    let device = card();
    let client = device.client();
    let handle = client.create_from_slice(u32::as_bytes(values));
    CubeTensor::new_contiguous(client, device, Shape::new([values.len()]), handle, DType::U32)
}

fn words_of(tensor: CubeTensor) -> Vec<u32> {
    let bytes = tensor.client.read_one_unchecked(tensor.handle);
    u32::from_bytes(&bytes).to_vec()
}

fn floats_of(tensor: CubeTensor) -> Vec<f32> {
    words_of(tensor).into_iter().map(f32::from_bits).collect()
}

/// Whether card and processor round alike.
fn alike() -> bool {
    let card = crate::fuses_multiply_add(&Device::wgpu(Default::default()));
    println!("fused: card {card}, processor {}", gumbel::fuses_multiply_add());
    card == gumbel::fuses_multiply_add()
}

/// The distance of two floats in units in the last place.
fn distance(a: f32, b: f32) -> u64 {
    let place = |x: f32| {
        let bits = i64::from(x.to_bits() as i32);
        if bits < 0 { i64::from(i32::MIN) - bits } else { bits }
    };
    place(a).abs_diff(place(b))
}

#[test]
fn words_are_those_of_the_core_at_every_carry() {
    let cases = [
        (Key::new(7), 0, 1 << 20),
        (Key::new(3).fold_in(5), (1 << 40) + 37, 1 << 20),
        (Key::from_parts(u64::MAX, u64::MAX), u64::MAX - 70, 200),
        (Key::new(1), (1 << 34) - 64_000 + 5, 1 << 18),
        (Key::new(2), (1 << 32) - 777, 2000),
    ];
    for (key, offset, n) in cases {
        for second in [false, true] {
            let out = empty(n, DType::U32);
            fill_words::launch(
                &out.client.clone(),
                launch::grid_of_units(blocks(offset, n)),
                launch::cube(UNITS),
                out.clone().into_buffer_arg(),
                DrawsLaunch::of(key, offset),
                second,
            );
            let element = |i: usize| offset.wrapping_add(i as u64);
            let word = |i| if second { key.second_word(element(i)) } else { key.word(element(i)) };
            let differ = words_of(out).into_iter().enumerate().filter(|&(i, w)| w != word(i));
            assert_eq!(differ.count(), 0, "offset {offset}, second {second}");
        }
    }
}

const LAWS: [Law; 4] = [Law::Gumbel, Law::Exponential, Law::Logistic, Law::Uniform];

#[test]
fn noise_has_the_bits_of_the_core_where_both_round_alike() {
    // About a thousand rare words are among them.
    let (key, offset, n) = (Key::new(7).fold_in(1), (1 << 40) + 37, 1 << 25);
    let alike = alike();
    let mut words = vec![0; n];
    key.words_into(offset, &mut words);
    let rare = words.iter().filter(|word| word.wrapping_add(1 << 16) < 1 << 17).count();
    assert!(rare > 900, "{rare}");
    drop(words);
    for law in LAWS {
        let out = empty(n, DType::F32);
        super::elements::fill_noise::launch(
            &out.client.clone(),
            launch::grid_of_units(blocks(offset, n)),
            launch::cube(UNITS),
            out.clone().into_buffer_arg(),
            DrawsLaunch::of(key, offset),
            noise::number(law).unwrap(),
        );
        let mut ours = vec![0.0_f32; n];
        law.fill_into(key, offset, &mut ours);
        let theirs = floats_of(out);
        let pairs = || ours.iter().copied().zip(theirs.iter().copied());
        let differ = pairs().filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        println!("{law:?}: {:.2} % have other bits", 100.0 * differ as f64 / n as f64);
        if alike || law == Law::Uniform {
            assert_eq!(differ, 0, "{law:?}");
            continue;
        }
        // Rounded products: some elements differ in the last bit, near 0 in more.
        assert!(differ < n / 10, "{law:?}: {differ}");
        for (a, b) in pairs() {
            let near = (a - b).abs() <= 2f32.powi(-22);
            assert!(near || distance(a, b) <= 2, "{law:?}: {a} {b}");
        }
    }
}

/// Every rare word, which alone reach the tails to 2^-64, with three second words. Their bits are compared by the test
/// above, for those of a sample.
#[test]
fn the_noise_of_all_rare_words_is_within_the_bounds_of_the_core() {
    let first: Vec<u32> = (0..1 << 16).chain((0..1 << 16).map(|w: u32| !w)).collect();
    let n = first.len();
    let alike = alike();
    for law in [Law::Gumbel, Law::Exponential, Law::Logistic] {
        for mix in [|_| 0, |_| u32::MAX, |i: usize| Key::new(5).word(i as u64)] {
            let second: Vec<u32> = (0..n).map(mix).collect();
            let out = empty(n, DType::F32);
            noise::fill_of_words::launch(
                &out.client.clone(),
                launch::grid_of_units(n),
                launch::cube(UNITS),
                upload(&first).into_buffer_arg(),
                upload(&second).into_buffer_arg(),
                out.clone().into_buffer_arg(),
                noise::number(law).unwrap(),
            );
            let mut worst = 0.0_f64;
            for ((&w, &s), ours) in first.iter().zip(&second).zip(floats_of(out)) {
                let (exact, floor) = match law {
                    Law::Gumbel => (oracle::gumbel(w, Some(s)), 2f64.powi(-24)),
                    Law::Exponential => (oracle::exponential(w, Some(s)), 0.0),
                    _ => (oracle::logistic(w, Some(s)), 2f64.powi(-24)),
                };
                let near = (exact as f32).abs();
                let ulp = f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near);
                worst = worst.max((f64::from(ours) - exact).abs() / ulp.max(floor));
            }
            println!("{law:?}, alike {alike}: {worst:.3} units");
            // Below the bounds that the core states for all words.
            let bound = match law {
                Law::Gumbel => 2.73,
                Law::Exponential => 1.72,
                _ => 2.74,
            };
            assert!(worst <= bound, "{law:?}: {worst}");
        }
    }
}

/// The place of a draw in the noise of a key does not depend on how it is cut.
#[test]
fn a_draw_from_an_offset_is_a_part_of_the_whole() {
    let whole = Tensor::<1>::from_dispatch(burn::backend::Dispatch::noise(
        Tensor::<1>::empty([1], &Device::wgpu(Default::default())).into_dispatch(),
        Shape::new([1000]),
        Law::Gumbel,
        Key::new(3),
        u64::MAX - 400,
    ));
    for (from, n) in [(0, 1000), (1, 64), (63, 65), (390, 200), (999, 1)] {
        let part = empty(n, DType::F32);
        super::elements::fill_noise::launch(
            &part.client.clone(),
            launch::grid_of_units(words::blocks((u64::MAX - 400).wrapping_add(from as u64), n)),
            launch::cube(UNITS),
            part.clone().into_buffer_arg(),
            DrawsLaunch::of(Key::new(3), (u64::MAX - 400).wrapping_add(from as u64)),
            noise::GUMBEL,
        );
        let expected = whole.clone().narrow(0, from, n).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(part.shape().num_elements(), n);
        assert_eq!(floats_of(part), expected, "{from} {n}");
    }
}
