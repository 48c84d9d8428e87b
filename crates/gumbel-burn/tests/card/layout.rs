//! Tensors that are not one piece of memory, that are large, or empty.

use burn::tensor::{Device, Tensor};
use gumbel::Key;

use crate::{card, logistic, processor, tensor, values};

/// A view of a tensor, its straight-through sample, and the gradient of the whole.
fn of_view(view: fn(Tensor<2>) -> Tensor<2>, dim: isize, device: &Device) -> [Vec<f32>; 3] {
    let whole = tensor(&logistic(60 * 70, 1), [60, 70], device).require_grad();
    let part = view(whole.clone());
    let weights = view(tensor(&logistic(60 * 70, 2), [60, 70], device));
    let hard = gumbel_burn::straight_through_gumbel_softmax(part.clone(), dim, 0.7, Key::new(5));
    let hard = hard.unwrap();
    let soft = gumbel_burn::binary_concrete(part, 0.7, Key::new(6)).unwrap();
    let gradients = ((hard.clone() + soft.clone()) * weights).sum().backward();
    [values(hard), values(soft), values(whole.grad(&gradients).unwrap())]
}

#[test]
fn views_have_the_samples_of_their_copies() {
    let views: [fn(Tensor<2>) -> Tensor<2>; 6] = [
        |x| x,
        |x| x.transpose(),
        |x| x.slice([3..57, 10..49]),
        |x| x.narrow(1, 1, 40).transpose(),
        |x| x.flip([0, 1]),
        |x| x.slice([7..8, 0..70]).expand([9, 70]),
    ];
    for (number, view) in views.into_iter().enumerate() {
        for dim in [0, 1] {
            let ([hard, soft, dl], [hard0, soft0, dl0]) =
                (of_view(view, dim, &card()), of_view(view, dim, &processor()));
            assert!(hard == hard0, "view {number}, axis {dim}: hard samples differ");
            for (a, b) in soft.iter().zip(&soft0).chain(dl.iter().zip(&dl0)) {
                assert!(
                    (a - b).abs() <= 2e-5 * (1.0 + b.abs()),
                    "view {number}, axis {dim}: {a} {b}"
                );
            }
        }
    }
}

/// WGPU allows 65,535 cubes along an axis of a grid.
#[test]
fn grids_of_more_than_65535_cubes_reach_every_row() {
    for (rows, k) in [(65_536 * 64 + 100, 2), (70_001, 33)] {
        let on = |device: &Device| {
            let logits = Tensor::<2>::zeros([rows, k], device).require_grad();
            let y =
                gumbel_burn::straight_through_gumbel_softmax(logits.clone(), -1, 0.5, Key::new(3));
            let y = y.unwrap();
            let cost = y.clone().narrow(1, k - 1, 1).sum();
            (values(y), values(logits.grad(&cost.backward()).unwrap()))
        };
        let ((y, dl), (y0, dl0)) = (on(&card()), on(&processor()));
        assert!(y == y0, "{rows} rows of {k}");
        assert!(dl.iter().zip(&dl0).all(|(a, b)| (a - b).abs() < 1e-5), "{rows} rows of {k}");
    }
    let n = 65_536 * 256 + 300;
    let on = |device: &Device| {
        let logits = tensor(&vec![0.0; n], [n], device);
        values(gumbel_burn::straight_through_binary_concrete(logits, 0.5, Key::new(4)).unwrap())
    };
    assert!(on(&card()) == on(&processor().inner()));
}

#[test]
fn empty_tensors_give_empty_results_on_a_card() {
    for shape in [[0, 4, 3], [2, 4, 0], [0, 40, 1]] {
        let logits = Tensor::<3>::zeros(shape, &card()).require_grad();
        let y = gumbel_burn::gumbel_softmax(logits.clone(), 1, 0.5, Key::new(1)).unwrap();
        assert_eq!(y.dims(), shape);
        let index = gumbel_burn::gumbel_max(logits.clone(), 1, Key::new(1)).unwrap();
        assert_eq!(index.dims(), [shape[0], 1, shape[2]]);
        let y = gumbel_burn::binary_concrete(logits, 0.5, Key::new(1)).unwrap();
        assert_eq!(y.dims(), shape);
    }
    assert_eq!(gumbel_burn::gumbel_noise(Key::new(1), [0, 3], &card()).dims(), [0, 3]);
}

#[test]
fn empty_tensors_have_empty_gradients_on_a_card() {
    for (shape, of_rows) in
        [([0, 4, 3], [0, 1, 3]), ([2, 4, 0], [1, 1, 1]), ([0, 40, 1], [0, 1, 1])]
    {
        for device in [card(), processor()] {
            let logits = Tensor::<3>::zeros(shape, &device).require_grad();
            let tau = Tensor::<3>::ones(of_rows, &device).require_grad();
            let y = gumbel_burn::gumbel_softmax(logits.clone(), 1, tau.clone(), Key::new(1));
            let z = gumbel_burn::binary_concrete(logits.clone(), tau.clone(), Key::new(1)).unwrap();
            let gradients = (y.unwrap() + z).sum().backward();
            assert_eq!(logits.grad(&gradients).unwrap().dims(), shape);
            let dtau = tau.grad(&gradients).unwrap();
            assert_eq!(dtau.dims(), of_rows);
            assert!(values(dtau).iter().all(|d| *d == 0.0));
        }
    }
}

/// Given noise and temperatures that are views, too.
#[test]
fn views_of_noise_and_temperatures_are_read_in_their_order() {
    let on = |device: &Device| {
        let logits = tensor(&logistic(300, 1), [20, 15], device);
        let noise = tensor(&logistic(600, 2), [15, 40], device).narrow(1, 7, 20).transpose();
        let tau = tensor(&[0.3, 0.9, 2.0, 0.5], [1, 4], device).transpose();
        let tau = tau.narrow(0, 1, 2).repeat_dim(0, 10).flip([0]);
        let hard = gumbel_burn::straight_through_gumbel_softmax(
            logits.clone(),
            1,
            tau.clone(),
            noise.clone(),
        );
        let soft =
            gumbel_burn::gumbel_softmax(logits.clone(), 1, tau.clone(), noise.clone()).unwrap();
        let yes = gumbel_burn::binary_concrete(logits, tau, noise).unwrap();
        [values(hard.unwrap()), values(soft), values(yes)]
    };
    let ([hard, soft, yes], [hard0, soft0, yes0]) = (on(&card()), on(&processor()));
    assert_eq!(hard, hard0);
    let pairs = soft.iter().chain(&yes).zip(soft0.iter().chain(&yes0));
    assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-6));
}
