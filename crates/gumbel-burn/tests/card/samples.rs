//! Relaxed samples and their gradients.

use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::{Error, Noise, Temperature};

use crate::{alike, card, logistic, masked_logits, processor, tensor, values};

/// A function that draws a sample along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Soft,
    Hard,
    Log,
    Binary,
    HardBinary,
}

const FORMS: [Form; 5] = [Form::Soft, Form::Hard, Form::Log, Form::Binary, Form::HardBinary];

impl Form {
    fn is_hard(self) -> bool {
        matches!(self, Self::Hard | Self::HardBinary)
    }

    fn is_binary(self) -> bool {
        matches!(self, Self::Binary | Self::HardBinary)
    }

    fn draw<const D: usize>(
        self,
        logits: Tensor<D>,
        dim: isize,
        tau: Temperature<Tensor<D>>,
        noise: Noise<Tensor<D>>,
    ) -> Result<Tensor<D>, Error> {
        match self {
            Self::Soft => gumbel_burn::gumbel_softmax(logits, dim, tau, noise),
            Self::Hard => gumbel_burn::straight_through_gumbel_softmax(logits, dim, tau, noise),
            Self::Log => gumbel_burn::gumbel_log_softmax(logits, dim, tau, noise),
            Self::Binary => gumbel_burn::binary_concrete(logits, tau, noise),
            Self::HardBinary => gumbel_burn::straight_through_binary_concrete(logits, tau, noise),
        }
    }
}

/// The temperature of a case: one number, or a tensor with one for each row or for all.
#[derive(Clone, Debug)]
enum Tau {
    Number(f64),
    Tensor(Vec<f32>, [usize; 3]),
}

struct Case {
    form: Form,
    shape: [usize; 3],
    dim: isize,
    tau: Tau,
    given: bool,
}

/// The sample, the gradient of the logits, and that of the temperatures.
fn run(case: &Case, device: &Device) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let n: usize = case.shape.iter().product();
    let l = match case.form.is_binary() {
        true => logistic(n, 1),
        false => masked_logits(&case.shape, case.dim as usize, 1),
    };
    let logits = tensor(&l, case.shape, device).require_grad();
    let weights = tensor(&logistic(n, 2), case.shape, device);
    let noise = match case.given {
        // Both devices get the same numbers, whatever the card rounds.
        true => Noise::Given(tensor(&logistic(n, 3), case.shape, device)),
        false => Noise::Keyed { key: Key::new(7).fold_in(3), offset: 37 },
    };
    let (tau, taus) = match &case.tau {
        Tau::Number(tau) => (Temperature::Scalar(*tau), None),
        Tau::Tensor(tau, shape) => {
            let taus = tensor(tau, *shape, device).require_grad();
            (Temperature::PerRow(taus.clone()), Some(taus))
        }
    };
    // Operations on both sides, which a lazy backend would like to merge with the sample.
    let moved = logits.clone().mul_scalar(1.5).add_scalar(0.25);
    let y = case.form.draw(moved, case.dim, tau, noise).unwrap();
    let cost = match case.form {
        // -inf times a number is no number; exp is 0 there.
        Form::Log => (y.clone().clamp_min(-100.0) * weights).sum(),
        _ => (y.clone() * weights).sum(),
    };
    let gradients = cost.backward();
    let dl = values(logits.grad(&gradients).unwrap());
    let dtau = taus.map(|taus| values(taus.grad(&gradients).unwrap())).unwrap_or_default();
    (values(y), dl, dtau)
}

/// The largest distance over a bound that grows with the size.
fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let far = |(&a, &b): (&f32, &f32)| if a == b { 0.0 } else { (a - b).abs() / (1.0 + b.abs()) };
    a.iter().zip(b).map(far).fold(0.0, f32::max)
}

/// The sum of |x dl| over the elements of each temperature.
fn sums_of_sizes(case: &Case, dl: &[f32], of_rows: [usize; 3]) -> Vec<f32> {
    let soft = match case.form {
        Form::Hard => Form::Soft,
        Form::HardBinary => Form::Binary,
        form => form,
    };
    let tau = case.tau.clone();
    let (y, _, _) = run(&Case { form: soft, tau, ..*case }, &processor());
    let x = y.iter().map(|&y| match soft {
        Form::Log => y.max(-100.0),
        Form::Binary => y.max(1e-30).ln() - (1.0 - y).max(1e-7).ln(),
        _ => y.max(1e-38).ln(),
    });
    // The logits of `run` are 1.5 times those of the gradient.
    let terms: Vec<f32> = x.zip(dl).map(|(x, dl)| (x * dl).abs() / 1.5).collect();
    let mut sums = tensor(&terms, case.shape, &processor());
    for dim in (0..3).filter(|&dim| of_rows[dim] == 1) {
        sums = sums.sum_dim(dim);
    }
    values(sums)
}

fn compare(case: &Case, least_tau: f32) {
    let ((y, dl, dtau), (y0, dl0, dtau0)) = (run(case, &card()), run(case, &processor()));
    let Case { form, shape, dim, .. } = case;
    let place = format!("{form:?} {shape:?} {dim} {:?} given {}", case.tau, case.given);
    if form.is_hard() {
        assert!(y == y0, "{place}: hard samples differ");
    }
    // z, z / tau and the noise are rounded at a size of up to 10 / tau, and the exponential passes it on; sums add a few
    // roundings more.
    let unit = 2f32.powi(-24) * (8.0 + 12.0 / least_tau);
    let (far, far_dl, far_dtau) = (worst(&y, &y0), worst(&dl, &dl0), worst(&dtau, &dtau0));
    println!("{place}: {far:.1e} {far_dl:.1e} {far_dtau:.1e}, unit {unit:.1e}");
    assert!(far <= unit, "{place}: y differs by {far:e}, bound {unit:e}");
    // The gradient sums over a row, and has the factor 1.5 / tau.
    let bound = 4.0 * unit * 1.5 / least_tau;
    assert!(far_dl <= bound, "{place}: the gradient differs by {far_dl:e}, bound {bound:e}");
    // dtau is a sum of -x dl, x = ln y. A wrong term of it would be as large as the largest; roundings are this small part
    // of the sum of all sizes.
    if let Tau::Tensor(_, of_rows) = &case.tau {
        let terms = sums_of_sizes(case, &dl0, *of_rows);
        for ((a, b), size) in dtau.iter().zip(&dtau0).zip(terms) {
            let bound = 8.0 * unit / least_tau * (size + 1.0);
            assert!((a - b).abs() <= bound, "{place}: dtau {a} {b}, bound {bound:e}");
        }
    }
    assert!(dl.iter().all(|d| d.is_finite()), "{place}");
}

const SHAPES: [[usize; 3]; 12] = [
    [3, 4, 5],
    [1, 1, 1],
    [7, 1, 3],
    [2, 10, 1],
    [130, 1, 10],
    [5, 32, 3],
    [3, 33, 2],
    [2, 3, 64],
    [2, 100, 40],
    [3, 1, 1024],
    [2, 1, 2049],
    [2, 5000, 3],
];

#[test]
fn samples_and_gradients_are_those_of_the_processor_along_every_axis() {
    println!("alike {}", alike());
    for form in FORMS {
        for shape in SHAPES {
            for dim in 0..3 {
                for (given, tau) in [(false, 0.5), (true, 0.5), (false, 0.1), (false, 3.0)] {
                    let case = Case { form, shape, dim, tau: Tau::Number(tau), given };
                    compare(&case, tau.min(1.0) as f32);
                }
            }
        }
    }
}

#[test]
fn rows_have_their_own_temperatures_with_gradients() {
    for form in FORMS {
        for shape in SHAPES {
            for dim in 0..3 {
                let mut rows = shape;
                if !form.is_binary() {
                    rows[dim as usize] = 1;
                }
                for rows in [rows, [1, 1, 1], [rows[0], 1, 1]] {
                    let n: usize = rows.iter().product();
                    let taus = (0..n).map(|row| [0.3, 0.7, 3.0][row % 3]).collect();
                    let tau = Tau::Tensor(taus, rows);
                    compare(&Case { form, shape, dim, tau, given: false }, 0.3);
                }
            }
        }
    }
}

/// 2^20 classes, and rows on both sides of the length that stays in shared memory.
#[test]
fn long_rows_are_those_of_the_processor() {
    for form in [Form::Soft, Form::Hard, Form::Log] {
        for k in [2048, 2049, 131_072, 1 << 20] {
            let case = Case { form, shape: [1, 2, k], dim: 2, tau: Tau::Number(0.5), given: false };
            compare(&case, 0.5);
        }
    }
}

#[test]
fn extreme_temperatures_give_one_hot_and_uniform_samples() {
    for device in [card(), processor()] {
        for k in [4, 40, 3000] {
            let mut l = logistic(2 * k, 5);
            l[1] = f32::NEG_INFINITY;
            let draw = |tau: f64| {
                let logits = tensor(&l, [2, k], &device);
                let y = values(
                    gumbel_burn::gumbel_softmax(logits.clone(), -1, tau, Key::new(1)).unwrap(),
                );
                let x = gumbel_burn::gumbel_log_softmax(logits, -1, tau, Key::new(1)).unwrap();
                (y, values(x))
            };
            for tau in [1e-300, 1e-40] {
                let (y, x) = draw(tau);
                assert!(y.iter().all(|&y| y == 0.0 || y == 1.0), "{tau}: {y:?}");
                assert_eq!(y.iter().sum::<f32>(), 2.0);
                assert!(x.iter().all(|x| !x.is_nan() && *x <= 0.0));
            }
            for tau in [1e30, 1e300] {
                let (y, x) = draw(tau);
                assert_eq!((y[1], x[1]), (0.0, f32::NEG_INFINITY), "an impossible class at {tau}");
                assert!(
                    (y[0] - 1.0 / (k - 1) as f32).abs() < 1e-6
                        && (y[k] - 1.0 / k as f32).abs() < 1e-6
                );
            }
        }
    }
}

#[test]
fn infinite_log_odds_are_certain_at_every_temperature() {
    let l = [f32::INFINITY, f32::NEG_INFINITY, 0.5, f32::MAX, f32::MIN];
    for tau in [1e-300, 0.5, 1e300] {
        let logits = tensor(&l, [5], &card()).require_grad();
        let y = gumbel_burn::binary_concrete(logits.clone(), tau, Key::new(1)).unwrap();
        let dl = values(logits.grad(&y.clone().sum().backward()).unwrap());
        let y = values(y);
        assert_eq!((y[0], y[1]), (1.0, 0.0), "{tau}");
        assert_eq!((dl[0], dl[1]), (0.0, 0.0));
        assert!(y.iter().all(|y| (0.0..=1.0).contains(y)));
        let hard = gumbel_burn::straight_through_binary_concrete(
            tensor(&l, [5], &card()),
            tau,
            Key::new(1),
        );
        let hard = values(hard.unwrap());
        assert_eq!((hard[0], hard[1], hard[3], hard[4]), (1.0, 0.0, 1.0, 0.0));
    }
}

/// A gradient that is infinite where the sample is 0 stays out of the row.
#[test]
fn impossible_classes_have_no_gradient_whatever_the_cost() {
    for k in [4, 50] {
        let mut l = vec![0.0; k];
        l[2] = f32::NEG_INFINITY;
        let mut w = vec![1.0; k];
        (w[0], w[2]) = (2.0, f32::INFINITY);
        for form in [Form::Soft, Form::Log] {
            let logits = tensor(&l, [1, k], &card()).require_grad();
            let y = form.draw(logits.clone(), -1, 0.5.into(), Key::new(1).into()).unwrap();
            let gradients = (y * tensor(&w, [1, k], &card())).sum().backward();
            let dl = values(logits.grad(&gradients).unwrap());
            assert_eq!(dl[2], 0.0);
            assert!(dl.iter().all(|d| d.is_finite()) && dl[0] != 0.0, "{form:?} {dl:?}");
        }
    }
}
