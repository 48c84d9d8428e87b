//! The kernels that are guarded: most vector kernels of the core once, with the kernel that it is compared with and the
//! largest quotient of their times.
//!
//! The calls are short enough for the caches.

use std::hint::black_box;

use gumbel::noise::{self, Law};
use gumbel::relax::{
    binary_concrete_into, binary_concrete_vjp_into, binary_concrete_vjp_tau_into,
    gumbel_log_softmax_into, gumbel_log_softmax_vjp_into, gumbel_rao_vjp_into,
    gumbel_softmax_in_place, gumbel_softmax_into, gumbel_softmax_vjp_into,
    gumbel_softmax_vjp_tau_into, straight_through_gumbel_softmax_into,
};
use gumbel::sample::{gumbel_max_into, gumbel_max_one_hot_into};
use gumbel::{AliasTable, Axis, Categorical, Key, Real, check, top_k};

/// A call on buffers of its own.
pub(crate) struct Guarded {
    pub(crate) name: &'static str,
    /// The kernel whose time it is divided by.
    pub(crate) beside: &'static str,
    /// The largest quotient.
    pub(crate) most: f64,
    pub(crate) elements: usize,
    pub(crate) call: Box<dyn FnMut(Key)>,
}

const N: usize = 1 << 15;

fn guard(
    name: &'static str,
    (beside, most): (&'static str, f64),
    call: impl FnMut(Key) + 'static,
) -> Guarded {
    Guarded { name, beside, most, elements: N, call: Box::new(call) }
}

/// Some logits, gradients, or values near 0 that are not.
fn values<T: Real>() -> Vec<T> {
    let mut values = vec![T::default(); N];
    noise::logistic_into(Key::new(1), 0, &mut values);
    values
}

fn filled<T: Real>(name: &'static str, bound: (&'static str, f64), law: Law) -> Guarded {
    let mut out = vec![T::default(); N];
    guard(name, bound, move |key| law.fill_into(key, 0, black_box(&mut out)))
}

fn softmax<T: Real>(
    name: &'static str,
    bound: (&'static str, f64),
    axis: impl Into<Axis>,
) -> Guarded {
    let (axis, l) = (axis.into(), values::<T>());
    let n = N / axis.classes() / axis.stride() * axis.classes() * axis.stride();
    let mut y = vec![T::default(); n];
    guard(name, bound, move |key| {
        gumbel_softmax_into(&l[..n], axis, 0.5, key, black_box(&mut y)).expect("good logits");
    })
}

fn log_softmax(name: &'static str, bound: (&'static str, f64), k: usize) -> Guarded {
    let (l, n) = (values::<f32>(), N / k * k);
    let mut x = vec![0.0; n];
    guard(name, bound, move |key| {
        gumbel_log_softmax_into(&l[..n], k, 0.5, key, black_box(&mut x)).expect("good logits");
    })
}

fn softmax_vjp(name: &'static str, bound: (&'static str, f64), k: usize, log: bool) -> Guarded {
    let (l, n) = (values::<f32>(), N / k * k);
    let (mut y, mut dl) = (l[..n].to_vec(), vec![0.0; n]);
    match log {
        true => gumbel_log_softmax_into(&l[..n], k, 0.5, Key::new(1), &mut y),
        false => gumbel_softmax_in_place(&mut y, k, 0.5, Key::new(1)),
    }
    .expect("good logits");
    guard(name, bound, move |_| {
        match log {
            true => gumbel_log_softmax_vjp_into(&y, &l[..n], k, 0.5, black_box(&mut dl)),
            false => gumbel_softmax_vjp_into(&y, &l[..n], k, 0.5, black_box(&mut dl)),
        }
        .expect("buffers of one size");
    })
}

fn gumbel_max<T: Real>(
    name: &'static str,
    bound: (&'static str, f64),
    axis: impl Into<Axis>,
) -> Guarded {
    let (axis, l) = (axis.into(), values::<T>());
    let n = N / axis.classes() / axis.stride() * axis.classes() * axis.stride();
    let mut classes = vec![0; n / axis.classes()];
    guard(name, bound, move |key| {
        gumbel_max_into(&l[..n], axis, key, black_box(&mut classes)).expect("good logits");
    })
}

fn sample<T: Real>(
    name: &'static str,
    bound: (&'static str, f64),
    k: usize,
    weights: bool,
) -> Guarded {
    let mut l = values::<T>();
    if weights {
        l.iter_mut().for_each(|l| *l = T::from(l.to_f64().exp() as f32));
    }
    guard(name, bound, move |key| {
        let rows = match weights {
            true => Categorical::from_weights(&l, k),
            false => Categorical::from_logits(&l, k),
        };
        black_box(rows.and_then(|rows| rows.sample(key)).expect("good values"));
    })
}

pub(crate) fn kernels() -> Vec<Guarded> {
    let mut all = noises();
    all.extend(relaxations());
    all.extend(samplers());
    all
}

fn noises() -> Vec<Guarded> {
    vec![
        filled::<f32>("uniform", ("softmax-vjp-tau-32", 4.5), Law::Uniform),
        filled::<f32>("exponential", ("uniform", 5.0), Law::Exponential),
        filled::<f32>("gumbel", ("uniform", 6.0), Law::Gumbel),
        filled::<f32>("logistic", ("uniform", 6.0), Law::Logistic),
        filled::<f32>("normal", ("uniform", 8.0), Law::Normal),
        filled::<f64>("uniform-f64", ("uniform", 8.0), Law::Uniform),
        filled::<f64>("exponential-f64", ("uniform-f64", 9.0), Law::Exponential),
        filled::<f64>("gumbel-f64", ("gumbel", 17.0), Law::Gumbel),
        filled::<f64>("logistic-f64", ("gumbel-f64", 3.0), Law::Logistic),
        filled::<f64>("normal-f64", ("gumbel-f64", 4.0), Law::Normal),
    ]
}

fn relaxations() -> Vec<Guarded> {
    let along = |k, stride| Axis::of(&[N / k / stride, k, stride], 1).expect("a shape");
    let mut all = vec![
        softmax::<f32>("softmax-2", ("gumbel", 6.0), 2),
        softmax::<f32>("softmax-10", ("gumbel", 6.0), 10),
        softmax::<f32>("softmax-32", ("gumbel", 6.0), 32),
        softmax::<f32>("softmax-1024", ("gumbel", 5.0), 1_024),
        softmax::<f32>("softmax-16384", ("gumbel", 5.0), 16_384),
        softmax::<f32>("softmax-10-columns", ("gumbel", 7.0), along(10, 64)),
        softmax::<f32>("softmax-128-columns", ("gumbel", 12.0), along(128, 64)),
        softmax::<f64>("softmax-f64-10", ("gumbel-f64", 9.0), 10),
        softmax::<f64>("softmax-f64-1024", ("gumbel-f64", 11.0), 1_024),
        log_softmax("log-softmax-10", ("softmax-10", 3.0), 10),
        log_softmax("log-softmax-32", ("softmax-32", 3.0), 32),
        log_softmax("log-softmax-1024", ("softmax-1024", 4.0), 1_024),
        softmax_vjp("softmax-vjp-10", ("uniform", 6.0), 10, false),
        softmax_vjp("softmax-vjp-32", ("uniform", 1.3), 32, false),
        softmax_vjp("softmax-vjp-1024", ("uniform", 2.1), 1_024, false),
        softmax_vjp("log-softmax-vjp-10", ("uniform", 7.0), 10, true),
        softmax_vjp("log-softmax-vjp-1024", ("uniform", 3.0), 1_024, true),
    ];
    let (l, mut y, mut hard) = (values::<f32>(), vec![0.0; N], vec![0.0; N]);
    all.push(guard("straight-through-32", ("softmax-32", 3.0), move |key| {
        let buffers = (&mut hard, &mut y);
        straight_through_gumbel_softmax_into(&l, 32, 0.5, key, buffers.0, buffers.1)
            .expect("good logits");
    }));
    let (l, mut y) = (values::<f32>(), vec![0.0; N]);
    let taus: Vec<f64> = (0..N / 2).map(|row| 0.5 + 0.1 * (row % 7) as f64).collect();
    all.push(guard("softmax-2-temperatures", ("softmax-2", 4.0), move |key| {
        gumbel_softmax_into(&l, 2, &taus, key, black_box(&mut y)).expect("good logits");
    }));
    let (d, mut y, mut dtau) = (values::<f32>(), values::<f32>(), vec![0.0; N / 32]);
    gumbel_softmax_in_place(&mut y, 32, 0.5, Key::new(1)).expect("good logits");
    all.push(guard("softmax-vjp-tau-32", ("gumbel", 2.7), move |_| {
        gumbel_softmax_vjp_tau_into(&y, &d, 32, black_box(&mut dtau)).expect("lengths");
    }));
    for (name, k, most) in [("rao-16", 16, 11.0), ("rao-128", 128, 13.0)] {
        let (l, d, mut dl) = (values::<f32>(), values::<f32>(), vec![0.0; N]);
        let winners = gumbel::gumbel_max(&l, k, Key::new(1)).expect("good logits");
        all.push(guard(name, ("gumbel", most), move |key| {
            gumbel_rao_vjp_into(&l, k, &winners, &d, 0.5, &[key], black_box(&mut dl))
                .expect("good arguments");
        }));
    }
    let (l, mut y) = (values::<f32>(), vec![0.0; N]);
    all.push(guard("binary", ("gumbel", 5.0), move |key| {
        binary_concrete_into(&l, 0.5, key, black_box(&mut y)).expect("good logits");
    }));
    let (d, mut y, mut dl) = (values::<f32>(), vec![0.0; N], vec![0.0; N]);
    binary_concrete_into(&d, 0.5, Key::new(1), &mut y).expect("good logits");
    let soft = y.clone();
    all.push(guard("binary-vjp", ("uniform", 7.0), move |_| {
        binary_concrete_vjp_into(&soft, &d, 0.5, black_box(&mut dl)).expect("lengths");
    }));
    let (d, mut dtau) = (values::<f32>(), [0.0]);
    all.push(guard("binary-vjp-tau", ("gumbel", 4.0), move |_| {
        binary_concrete_vjp_tau_into(&y, &d, black_box(&mut dtau)).expect("lengths");
    }));
    all
}

fn samplers() -> Vec<Guarded> {
    let along = |k, stride| Axis::of(&[N / k / stride, k, stride], 1).expect("a shape");
    let mut all = vec![
        gumbel_max::<f32>("gumbel-max-10", ("gumbel", 5.0), 10),
        gumbel_max::<f32>("gumbel-max-32", ("gumbel", 5.0), 32),
        gumbel_max::<f32>("gumbel-max-1024", ("gumbel", 4.0), 1_024),
        gumbel_max::<f32>("gumbel-max-10-columns", ("gumbel", 6.0), along(10, 64)),
        gumbel_max::<f64>("gumbel-max-f64-32", ("gumbel-f64", 4.0), 32),
        sample::<f32>("sample-1024", ("gumbel", 2.2), 1_024, false),
        sample::<f32>("sample-32768", ("gumbel", 0.7), N, false),
        sample::<f64>("sample-f64-32768", ("gumbel", 1.3), N, false),
        sample::<f32>("sample-weights-1024", ("gumbel", 2.1), 1_024, true),
        sample::<f32>("sample-weights-32768", ("gumbel", 0.8), N, true),
    ];
    let (l, mut hard) = (values::<f32>(), vec![0.0; N]);
    all.push(guard("one-hot-32", ("gumbel", 5.0), move |key| {
        gumbel_max_one_hot_into(&l, 32, key, black_box(&mut hard)).expect("good logits");
    }));
    let l = values::<f32>();
    all.push(guard("top-k-10", ("gumbel", 8.0), move |key| {
        black_box(top_k(&l, 10, key).expect("good logits"));
    }));
    let l = values::<f32>();
    let row = Categorical::from_logits(&l[..1_000], 1_000).expect("a row");
    let (table, mut drawn) = (AliasTable::new(&row).expect("good logits"), vec![0; N]);
    all.push(guard("alias-table", ("uniform", 23.0), move |key| {
        table.sample_into(key, 0, black_box(&mut drawn));
    }));
    let l = values::<f32>();
    all.push(guard("sums", ("gumbel", 1.7), move |_| {
        let row = Categorical::from_logits(&l, N).expect("a row");
        black_box(row.ln_sum().expect("good logits"));
    }));
    let l = values::<f32>();
    all.push(guard("scan-of-rows", ("uniform", 0.6), move |_| {
        check::logits(black_box(&l), 32).expect("good logits");
    }));
    let l = values::<f32>();
    all.push(guard("scan", ("uniform", 0.6), move |_| {
        check::log_odds(black_box(&l)).expect("good logits");
    }));
    all
}
