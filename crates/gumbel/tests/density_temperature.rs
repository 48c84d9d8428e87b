//! Log-densities of relaxed samples with a temperature for each row: against the scalar path to the bit, and their
//! derivatives against finite differences in f64.

use gumbel::likelihood::{
    relaxed_bernoulli_ln_density, relaxed_bernoulli_ln_density_of_logit,
    relaxed_bernoulli_ln_density_of_logit_vjp_into, relaxed_bernoulli_ln_density_of_logit_vjp_tau,
    relaxed_bernoulli_ln_density_of_logit_vjp_tau_into, relaxed_bernoulli_ln_density_vjp_into,
    relaxed_bernoulli_ln_density_vjp_tau, relaxed_bernoulli_ln_density_vjp_tau_into,
    relaxed_categorical_ln_density, relaxed_categorical_ln_density_of_log,
    relaxed_categorical_ln_density_of_log_vjp_into, relaxed_categorical_ln_density_of_log_vjp_tau,
    relaxed_categorical_ln_density_of_log_vjp_tau_into, relaxed_categorical_ln_density_vjp_into,
    relaxed_categorical_ln_density_vjp_tau, relaxed_categorical_ln_density_vjp_tau_into,
};
use gumbel::{Axis, Error, Key, Result, Temperature, noise, oracle};

type Density = fn(&[f64], &[f64], Axis, Temperature<'_>) -> Result<Vec<f64>>;
type Vjp = fn(&[f64], &[f64], &[f64], Axis, Temperature<'_>, &mut [f64], &mut [f64]) -> Result<()>;
type Total = fn(&[f64], &[f64], &[f64], Axis, f64) -> Result<f64>;
type ByRow = fn(&[f64], &[f64], &[f64], Axis, Temperature<'_>, &mut [f64]) -> Result<()>;

/// A density with its gradients; whether its point is a logarithm, and whether it is that of classes.
struct Law {
    density: Density,
    vjp: Vjp,
    total: Total,
    by_row: ByRow,
    log: bool,
    classes: bool,
}

const LAWS: [Law; 4] = [
    Law {
        density: |y, l, axis, tau| relaxed_categorical_ln_density(y, l, axis, tau),
        vjp: |y, l, d, axis, tau, dy, dl| {
            relaxed_categorical_ln_density_vjp_into(y, l, d, axis, tau, dy, dl)
        },
        total: |y, l, d, axis, tau| relaxed_categorical_ln_density_vjp_tau(y, l, d, axis, tau),
        by_row: |y, l, d, axis, tau, out| {
            relaxed_categorical_ln_density_vjp_tau_into(y, l, d, axis, tau, out)
        },
        log: false,
        classes: true,
    },
    Law {
        density: |x, l, axis, tau| relaxed_categorical_ln_density_of_log(x, l, axis, tau),
        vjp: |x, l, d, axis, tau, dx, dl| {
            relaxed_categorical_ln_density_of_log_vjp_into(x, l, d, axis, tau, dx, dl)
        },
        total: |x, l, d, axis, tau| {
            relaxed_categorical_ln_density_of_log_vjp_tau(x, l, d, axis, tau)
        },
        by_row: |x, l, d, axis, tau, out| {
            relaxed_categorical_ln_density_of_log_vjp_tau_into(x, l, d, axis, tau, out)
        },
        log: true,
        classes: true,
    },
    Law {
        density: |y, l, _, tau| relaxed_bernoulli_ln_density(y, l, tau),
        vjp: |y, l, d, _, tau, dy, dl| relaxed_bernoulli_ln_density_vjp_into(y, l, d, tau, dy, dl),
        total: |y, l, d, _, tau| relaxed_bernoulli_ln_density_vjp_tau(y, l, d, tau),
        by_row: |y, l, d, _, tau, out| relaxed_bernoulli_ln_density_vjp_tau_into(y, l, d, tau, out),
        log: false,
        classes: false,
    },
    Law {
        density: |x, l, _, tau| relaxed_bernoulli_ln_density_of_logit(x, l, tau),
        vjp: |x, l, d, _, tau, dx, dl| {
            relaxed_bernoulli_ln_density_of_logit_vjp_into(x, l, d, tau, dx, dl)
        },
        total: |x, l, d, _, tau| relaxed_bernoulli_ln_density_of_logit_vjp_tau(x, l, d, tau),
        by_row: |x, l, d, _, tau, out| {
            relaxed_bernoulli_ln_density_of_logit_vjp_tau_into(x, l, d, tau, out)
        },
        log: true,
        classes: false,
    },
];

const SHAPE: [usize; 3] = [3, 4, 5];

fn draw(seed: u64) -> Vec<f64> {
    let mut x = vec![0.0; 60];
    noise::logistic_into(Key::new(seed), 0, &mut x);
    x
}

/// Points of the support of a law.
fn points(law: &Law, axis: Axis) -> Vec<f64> {
    let x = draw(1);
    match (law.log, law.classes) {
        (true, _) => x,
        (false, true) => {
            let mut y = vec![0.0; 60];
            gumbel::relax::gumbel_softmax_into(&x, axis, 2.0, &[0.0; 60], &mut y).unwrap();
            y
        }
        (false, false) => x.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
    }
}

fn taus(rows: usize) -> Vec<f64> {
    (0..rows).map(|i| 0.4 + 0.07 * (i * 7 % 20) as f64).collect()
}

/// The rows of a law: those along the axis, or the elements.
fn cases() -> impl Iterator<Item = (&'static Law, Axis, usize)> {
    LAWS.iter().flat_map(|law| {
        (0..3).map(move |dim| {
            let axis = Axis::of(&SHAPE, dim).unwrap();
            (law, axis, if law.classes { 60 / axis.classes() } else { [60, 12, 4][dim as usize] })
        })
    })
}

#[test]
fn rows_have_the_bits_of_the_scalar() {
    for (law, axis, rows) in cases() {
        let (x, l, tau) = (points(law, axis), draw(2), taus(rows));
        let outputs = if law.classes { rows } else { 60 };
        let weights = &draw(3)[..outputs];
        let call = |tau: Temperature<'_>| {
            let density = (law.density)(&x, &l, axis, tau).unwrap();
            let (mut dx, mut dl) = (vec![9.0; 60], vec![9.0; 60]);
            (law.vjp)(&x, &l, weights, axis, tau, &mut dx, &mut dl).unwrap();
            (density, dx, dl)
        };
        let found = call((&tau).into());
        for (row, &t) in tau.iter().enumerate() {
            let one = call(t.into());
            let elements: Vec<usize> = if law.classes {
                let (k, stride) = (axis.classes(), axis.stride());
                let first = row / stride * k * stride + row % stride;
                (first..).step_by(stride).take(k).collect()
            } else {
                (row * (60 / rows)..(row + 1) * (60 / rows)).collect()
            };
            let results = if law.classes { vec![row] } else { elements.clone() };
            assert!(results.iter().all(|&i| found.0[i] == one.0[i]));
            assert!(elements.iter().all(|&i| found.1[i] == one.1[i] && found.2[i] == one.2[i]));
        }
    }
}

#[test]
fn derivatives_equal_finite_differences_and_sum_to_the_total() {
    for (law, axis, rows) in cases() {
        let (x, l, tau) = (points(law, axis), draw(2), taus(rows));
        let outputs = if law.classes { rows } else { 60 };
        let weights = &draw(3)[..outputs];
        let cost = |tau: &[f64]| -> f64 {
            let density = (law.density)(&x, &l, axis, tau.into()).unwrap();
            density.iter().zip(weights).map(|(p, w)| p * w).sum()
        };
        let mut dtau = vec![9.0; rows];
        (law.by_row)(&x, &l, weights, axis, (&tau).into(), &mut dtau).unwrap();
        // h = 1e-5: truncation h^2 n / (3 tau^3) |w|, rounding 1e-16 |cost| / h.
        let numeric = oracle::finite_difference(cost, &tau, 1e-5);
        for (ours, numeric) in dtau.iter().zip(&numeric) {
            assert!((ours - numeric).abs() < 1e-7, "{ours} {numeric}");
        }
        (law.by_row)(&x, &l, weights, axis, 0.7.into(), &mut dtau).unwrap();
        let total = (law.total)(&x, &l, weights, axis, 0.7).unwrap();
        assert!((dtau.iter().sum::<f64>() - total).abs() < 1e-11 * (1.0 + total.abs()));
    }
}

#[test]
fn bad_temperatures_are_named() {
    for (law, axis, rows) in cases() {
        let (x, l) = (points(law, axis), draw(2));
        let of = |tau: &[f64]| (law.density)(&x, &l, axis, tau.into()).unwrap_err();
        let mut tau = taus(rows);
        tau[rows - 1] = f64::NAN;
        assert!(matches!(of(&tau), Error::Value { argument: "tau", .. }));
        assert!(of(&[1.0; 7]).to_string().starts_with("tau: "));
        let outputs = if law.classes { rows } else { 60 };
        let mut short = [0.0; 7];
        let error =
            (law.by_row)(&x, &l, &draw(3)[..outputs], axis, Temperature::from(1.0), &mut short);
        assert!(error.unwrap_err().to_string().starts_with("dtau: "));
    }
}
