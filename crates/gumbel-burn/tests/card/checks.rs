//! What is not allowed is refused with the words of the processor, at once or at the end of a scope.

use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::{DeferredChecks, Error, likelihood};

use crate::{card, processor, tensor};

const NAN: f32 = f32::NAN;
const INF: f32 = f32::INFINITY;

type Call = fn(&Device) -> Result<(), Error>;

fn softmax(l: &[f32], shape: [usize; 2], device: &Device) -> Result<(), Error> {
    let dim = 1;
    gumbel_burn::gumbel_softmax(tensor(l, shape, device), dim, 0.5, Key::new(1)).map(drop)
}

/// Calls with a value that is not allowed in each argument that is checked.
const CALLS: [Call; 16] = [
    |d| softmax(&[0.0, NAN, 0.0, 1.0], [2, 2], d),
    |d| softmax(&[0.0, 1.0, INF, 1.0], [2, 2], d),
    |d| softmax(&[0.0, -NAN, 0.0, 1.0], [2, 2], d),
    |d| softmax(&[0.0, 0.0, -INF, -INF], [2, 2], d),
    |d| softmax(&[-INF; 100], [2, 50], d),
    |d| {
        let mut l = [0.0; 9000];
        l[7001] = NAN;
        softmax(&l, [3, 3000], d)
    },
    |d| {
        let logits = tensor(&[0.0, NAN], [1, 2], d);
        gumbel_burn::gumbel_max(logits, 0, Key::new(1)).map(drop)
    },
    |d| {
        let logits = tensor(&[0.0, NAN], [1, 2], d);
        gumbel_burn::straight_through_binary_concrete(logits, 0.5, Key::new(1)).map(drop)
    },
    |d| {
        let noise = tensor(&[0.0, INF, 0.0, 0.0], [2, 2], d);
        let logits = Tensor::<2>::zeros([2, 2], d);
        gumbel_burn::gumbel_softmax(logits, 1, 0.5, noise).map(drop)
    },
    |d| {
        let tau = tensor(&[0.5, 0.0], [2, 1], d);
        let logits = Tensor::<2>::zeros([2, 2], d);
        gumbel_burn::gumbel_softmax(logits, 1, tau, Key::new(1)).map(drop)
    },
    |d| {
        let tau = tensor(&[NAN], [1, 1], d);
        gumbel_burn::binary_concrete(Tensor::<2>::zeros([2, 2], d), tau, Key::new(1)).map(drop)
    },
    |d| {
        let ln_sigma = tensor(&[0.0, 45.0], [2], d);
        gumbel_burn::normal_sample(Tensor::<1>::zeros([2], d), ln_sigma, Key::new(1)).map(drop)
    },
    |d| {
        let mu = tensor(&[INF, 0.0], [2], d);
        gumbel_burn::normal_sample(mu, Tensor::<1>::zeros([2], d), Key::new(1)).map(drop)
    },
    |d| {
        let posterior = tensor(&[0.0, NAN], [1, 1, 2], d);
        likelihood::categorical_kl(posterior, Tensor::zeros([1, 2], d)).map(drop)
    },
    |d| {
        // The sum is not 1.
        let y = tensor(&[0.5, 0.6, 0.5, 0.5], [2, 2], d);
        let logits = Tensor::<2>::zeros([2, 2], d);
        likelihood::relaxed_categorical_ln_density(y, logits, 1, 0.5).map(drop)
    },
    |d| {
        let x = tensor(&[NAN, 0.0], [2], d);
        likelihood::relaxed_bernoulli_ln_density_of_logit(x, Tensor::zeros([2], d), 0.5).map(drop)
    },
];

#[test]
fn a_card_refuses_what_the_processor_refuses_in_the_same_words() {
    for (number, call) in CALLS.into_iter().enumerate() {
        let theirs = call(&processor()).expect_err("the processor refuses").to_string();
        for device in [card(), card().inner()] {
            let ours = call(&device).expect_err(&theirs).to_string();
            assert_eq!(ours, theirs, "call {number}");
        }
    }
}

#[test]
fn a_scope_returns_the_error_of_its_first_call_at_its_end() {
    for (number, call) in CALLS.into_iter().enumerate() {
        let theirs = call(&processor()).unwrap_err().to_string();
        let checks = DeferredChecks::start();
        softmax(&[0.0, 1.0], [1, 2], &card()).unwrap();
        call(&card()).expect("the check is deferred");
        softmax(&[0.0, NAN], [1, 2], &card()).expect("the check is deferred");
        assert_eq!(checks.finish().unwrap_err().to_string(), theirs, "call {number}");
        // The scope is closed.
        assert!(call(&card()).is_err());
    }
}

#[test]
fn scopes_are_nested_and_a_dropped_one_forgets() {
    let outer = DeferredChecks::start();
    let inner = DeferredChecks::start();
    softmax(&[0.0, NAN], [1, 2], &card()).unwrap();
    drop(inner);
    let inner = DeferredChecks::start();
    softmax(&[0.0, 1.0], [1, 2], &card()).unwrap();
    inner.finish().unwrap();
    softmax(&[0.0, 1.0], [1, 2], &card()).unwrap();
    outer.finish().unwrap();
}

/// Rows and classes on both sides of every kernel's borders.
#[test]
fn one_bad_logit_is_found_wherever_it_is() {
    for (rows, k) in [(1, 2), (70, 3), (65, 32), (2, 33), (3, 2048), (2, 2049), (1, 10_000)] {
        let n = rows * k;
        for at in [0, k - 1, k, n / 2, n - 1].into_iter().filter(|at| *at < n) {
            for bad in [NAN, INF] {
                let mut l = vec![0.5; n];
                l[at] = bad;
                let error = softmax(&l, [rows, k], &card()).unwrap_err().to_string();
                assert!(error.contains(&format!("index {at}")), "{error}");
            }
            let mut l = vec![0.5; n];
            let row = at / k;
            l[row * k..(row + 1) * k].fill(-INF);
            let error = softmax(&l, [rows, k], &card()).unwrap_err();
            assert_eq!(error, Error::Core(gumbel::Error::AllMasked { row }));
        }
    }
}

/// An output of refused logits holds numbers all the same, in every kernel.
#[test]
fn a_refused_row_gives_zeros_and_leaves_its_neighbours_alone() {
    for k in [2, 50, 3000] {
        let draw = |middle: f32| {
            let mut l = vec![0.5; 3 * k];
            l[k..2 * k].fill(middle);
            let checks = DeferredChecks::start();
            let y = gumbel_burn::gumbel_softmax(tensor(&l, [3, k], &card()), 1, 0.5, Key::new(1));
            drop(checks);
            crate::values(y.unwrap())
        };
        let (y, good) = (draw(NAN), draw(0.0));
        assert_eq!((&y[..k], &y[2 * k..]), (&good[..k], &good[2 * k..]));
        assert!(y[k..2 * k].iter().all(|y| *y == 0.0), "{k}");
        // One bad logit is read as that of an impossible class.
        let mut l = vec![0.5; k];
        l[1] = INF;
        let checks = DeferredChecks::start();
        let y = gumbel_burn::gumbel_softmax(tensor(&l, [1, k], &card()), 1, 0.5, Key::new(1));
        drop(checks);
        let y = crate::values(y.unwrap());
        assert!(y[1] == 0.0 && (y.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{k}");
    }
}

/// Burn says that WGPU has doubles where the driver has them, and gives nonsense for their exponentials. It lets a program
/// make a tensor of a type that the device lacks, too.
#[test]
fn a_type_that_the_card_does_not_have_is_refused_by_name() {
    use burn::tensor::DType;
    use gumbel_burn::estimator::{Cost, Estimator, StraightThrough, Variables};
    for dtype in [DType::F16, DType::BF16, DType::F64] {
        if dtype != DType::F64 && card().supports_dtype(dtype) {
            let logits = Tensor::<2>::zeros([2, 3], &card()).cast(dtype);
            let y = gumbel_burn::gumbel_softmax(logits, -1, 0.5, Key::new(1)).unwrap();
            assert_eq!(y.dtype(), dtype);
            continue;
        }
        let logits = || Tensor::<2>::zeros([2, 3], (&card(), dtype));
        let good = || Tensor::<2>::zeros([2, 3], &card());
        let ones = |x: Tensor<3>| Ok(x.sum_dim(2).sum_dim(1).flatten(0, 2));
        let variables = Variables::new(logits().unsqueeze(), Key::new(1));
        for error in [
            gumbel_burn::gumbel_softmax(logits(), -1, 0.5, Key::new(1)).unwrap_err(),
            gumbel_burn::gumbel_max(logits(), -1, Key::new(1)).unwrap_err(),
            likelihood::bernoulli_nll(logits(), logits()).unwrap_err(),
            StraightThrough.estimate(&variables, &Cost::new(&ones)).map(drop).unwrap_err(),
            // In the other arguments too, before they are cast.
            gumbel_burn::gumbel_softmax(good(), -1, logits().narrow(1, 0, 1), Key::new(1))
                .unwrap_err(),
            gumbel_burn::gumbel_softmax(good(), -1, 0.5, logits()).unwrap_err(),
            gumbel_burn::normal_sample(good(), logits(), Key::new(1)).unwrap_err(),
            likelihood::bernoulli_nll(good(), logits()).unwrap_err(),
        ] {
            assert!(error.to_string().contains(&format!("{dtype:?}")), "{error}");
        }
    }
}

/// Checks of a card and of its tensors with autodiff are read in one scope, in the order of the calls.
#[test]
fn one_scope_takes_checks_of_several_devices() {
    let checks = DeferredChecks::start();
    softmax(&[0.0, 1.0], [1, 2], &card()).unwrap();
    softmax(&[0.0, 1.0], [1, 2], &card().inner()).unwrap();
    softmax(&[0.0, 1.0, NAN], [1, 3], &card()).unwrap();
    softmax(&[0.0, NAN], [1, 2], &card().inner()).unwrap();
    // The loss of another device is read with them.
    let loss = Tensor::<1>::ones([1], &processor());
    let error = checks.finish_with(loss).unwrap_err().to_string();
    assert!(error.contains("index 2"), "{error}");
}
