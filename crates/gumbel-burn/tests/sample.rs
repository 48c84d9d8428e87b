//! Exact samples of classes on tensors, against the core and the composed twin.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use gumbel::{Axis, Key, noise};
use gumbel_burn::{Error, Noise, categorical, composed, gumbel_max, gumbel_noise};

fn device() -> Device {
    Device::flex().autodiff()
}

fn logits(shape: [usize; 3], seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; shape.iter().product()];
    noise::logistic_into(Key::new(seed), 0, &mut x);
    x
}

fn tensor<const D: usize>(values: &[f64], shape: [usize; D], dtype: DType) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (&device(), dtype))
}

fn indices<const D: usize>(t: Tensor<D, Int>) -> Vec<usize> {
    t.into_data().iter::<i64>().map(|class| class as usize).collect()
}

/// Narrow rows and wide ones, where the core's `Categorical::sample` would draw otherwise.
const SHAPES: [[usize; 3]; 3] = [[3, 4, 5], [2, 300, 3], [1, 1, 1]];

#[test]
fn classes_are_those_of_the_core_for_the_same_key() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let mut l = logits(shape, seed as u64);
        if l.len() > 1 {
            l[1] = f64::NEG_INFINITY;
        }
        let narrow: Vec<f32> = l.iter().map(|&l| l as f32).collect();
        for dim in [-3, -2, -1, 0, 1, 2] {
            let axis = Axis::of(&shape, dim).unwrap();
            let mut expected_shape = shape;
            expected_shape[dim.rem_euclid(3) as usize] = 1;
            for offset in [0, 37] {
                let noise = || Noise::Keyed { key: Key::new(9), offset };
                let core = gumbel::Noise::Keyed { key: Key::new(9), offset };
                let found = gumbel_max(tensor(&l, shape, DType::F64), dim, noise()).unwrap();
                assert_eq!(found.dims(), expected_shape);
                let core = gumbel::gumbel_max(&l, axis, core).unwrap();
                assert_eq!(indices(found), core, "{shape:?}, axis {dim}");
                let core = gumbel::Noise::Keyed { key: Key::new(9), offset };
                let found = gumbel_max(tensor(&l, shape, DType::F32), dim, noise()).unwrap();
                assert_eq!(found.dtype(), device().settings().int_dtype.into());
                let core = gumbel::gumbel_max(&narrow, axis, core).unwrap();
                assert_eq!(indices(found), core, "{shape:?}, axis {dim}");
            }
            let by_key = gumbel_max(tensor(&l, shape, DType::F32), dim, Key::new(9)).unwrap();
            let named = categorical(tensor(&l, shape, DType::F32), dim, Key::new(9)).unwrap();
            assert_eq!(by_key.into_data(), named.into_data());
        }
    }
}

/// A sum of logit and noise is rounded alike in both, so the argmax is the same.
#[test]
fn classes_are_those_of_the_composed_twin_and_of_straight_through() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let l = logits(shape, 10 + seed as u64);
        for (dtype, axis) in
            [(DType::F32, 0), (DType::F32, 1), (DType::F32, 2), (DType::F64, 1), (DType::BF16, 1)]
        {
            let dim = axis as isize;
            let logits = || tensor(&l, shape, dtype);
            let noise = || gumbel_noise(Key::new(11), shape, &device());
            let drawn = gumbel_max(logits(), dim, noise()).unwrap();
            let wide = if dtype == DType::F64 { DType::F64 } else { DType::F32 };
            let twin = composed::gumbel_max(logits().cast(wide), axis, noise().cast(wide));
            assert_eq!(twin.dims(), drawn.dims());
            let drawn = indices(drawn);
            assert_eq!(drawn, indices(twin));
            let hard =
                gumbel_burn::straight_through_gumbel_softmax(logits(), dim, 0.5, noise()).unwrap();
            assert_eq!(drawn, indices(hard.cast(DType::F32).argmax(dim)));
        }
    }
}

#[test]
fn masked_classes_never_come_and_plain_tensors_draw_the_same() {
    let row = [0.0, f64::NEG_INFINITY, 0.0, f64::NEG_INFINITY];
    let many = tensor(&row.repeat(1000), [1000, 4], DType::F32);
    let drawn = gumbel_max(many.clone(), -1, Key::new(12)).unwrap();
    let plain = gumbel_max(many.inner(), -1, Key::new(12)).unwrap();
    let drawn = indices(drawn);
    assert_eq!(drawn, indices(plain));
    assert!(drawn.iter().all(|class| [0, 2].contains(class)));
    assert!(drawn.contains(&0) && drawn.contains(&2));
}

#[test]
fn a_transposed_tensor_draws_what_its_copy_draws() {
    let shape = [3, 4, 5];
    let turned = tensor(&logits(shape, 13), shape, DType::F32).swap_dims(0, 2);
    let values: Vec<f64> = turned.to_data().iter::<f64>().collect();
    let copy = tensor(&values, [5, 4, 3], DType::F32);
    let draw = |l: Tensor<3>| indices(gumbel_max(l, 1, Key::new(14)).unwrap());
    assert_eq!(draw(turned), draw(copy));
}

#[test]
fn noise_tensors_are_the_core_noise() {
    type Made = fn(Key, [usize; 2], &Device) -> Tensor<2>;
    type Core = fn(Key, u64, &mut [f32]);
    let laws: [(Made, Core); 5] = [
        (gumbel_burn::uniform_noise, noise::uniform_into),
        (gumbel_burn::exponential_noise, noise::exponential_into),
        (gumbel_burn::gumbel_noise, noise::gumbel_into),
        (gumbel_burn::logistic_noise, noise::logistic_into),
        (gumbel_burn::normal_noise, noise::normal_into),
    ];
    for (made, core) in laws {
        let mut values = [0.0_f32; 15];
        core(Key::new(15), 0, &mut values);
        let made = made(Key::new(15), [3, 5], &device());
        assert_eq!(made.into_data().try_to_vec::<f32>().unwrap(), values);
    }
}

#[test]
fn empty_tensors_have_no_classes_drawn() {
    let none = Tensor::<2>::zeros([0, 4], &device());
    assert_eq!(gumbel_max(none, -1, Key::new(1)).unwrap().dims(), [0, 1]);
    let none = Tensor::<3>::zeros([2, 3, 0], &device());
    assert_eq!(gumbel_max(none, 1, Key::new(1)).unwrap().dims(), [2, 1, 0]);
}

#[test]
fn bad_input_is_an_error_that_names_the_argument() {
    let named = |result: Result<Tensor<2, Int>, Error>, name: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    };
    let zeros = || Tensor::<2>::zeros([2, 3], &device());
    for bad in [f64::NAN, f64::INFINITY] {
        let l = || tensor(&[0.0, bad, 0.0], [1, 3], DType::F32);
        named(gumbel_max(l(), -1, Key::new(1)), "logits");
        named(gumbel_max(zeros().narrow(0, 0, 1), -1, l()), "noise");
    }
    named(gumbel_max(zeros(), -1, Tensor::zeros([3, 2], &device())), "noise");
    let masked = tensor(&[0.0, f64::NEG_INFINITY], [2, 1], DType::F32);
    let error = categorical(masked, -1, Key::new(1)).unwrap_err();
    assert_eq!(error, Error::Core(gumbel::Error::AllMasked { row: 1 }));
    let error = gumbel_max(zeros(), 2, Key::new(1)).unwrap_err();
    assert_eq!(error, Error::Core(gumbel::Error::Axis { dim: 2, rank: 2 }));
    let none = Tensor::<2>::zeros([2, 0], &device());
    let error = gumbel_max(none, -1, Key::new(1)).unwrap_err();
    assert_eq!(error, Error::Core(gumbel::Error::NoClasses));
}
