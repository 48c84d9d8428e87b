//! Noise, relaxations and their gradients.

use std::any::type_name;

use gumbel::noise::Law;
use gumbel::relax::{
    binary_concrete_into, binary_concrete_vjp_into, binary_concrete_vjp_tau,
    binary_concrete_vjp_tau_into, gumbel_log_softmax_into, gumbel_log_softmax_vjp_into,
    gumbel_log_softmax_vjp_tau_into, gumbel_rao_vjp_into, gumbel_softmax_in_place,
    gumbel_softmax_into, gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau,
    gumbel_softmax_vjp_tau_into, straight_through_binary_concrete_into,
    straight_through_gumbel_softmax_into,
};
use gumbel::sample::{gumbel_max_into, gumbel_max_one_hot_into};
use gumbel::{Key, Real, gumbel_softmax};

use crate::documented::{self, Output, Shape};
use crate::{Counts, values};

pub(crate) fn count<T: Real>(counts: &mut Counts, shape: Shape) {
    let (n, k, axis, key, t) = (shape.n(), shape.k, shape.axis(), Key::new(7), counts.threads);
    let name = |what: &str| format!("{what} {} {}", type_name::<T>(), shape.name());
    let rows = |output| documented::rows::<T>(shape, output, t);
    let (l, d) = (values::<T>(n), values::<T>(n));
    let (mut y, mut hard, mut out) =
        (vec![T::default(); n], vec![T::default(); n], vec![T::default(); n]);
    let (taus, mut dtau) = (vec![0.5; shape.rows()], vec![0.0; shape.rows()]);

    for law in [Law::Uniform, Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal] {
        counts.call(&name(&format!("{law:?} noise")), 0, || law.fill_into(key, 3, &mut y));
    }
    let keys = documented::keys(shape);
    counts.call(&name("fill_rows_into"), documented::noise_of_rows::<T>(shape, t), || {
        Law::Gumbel.fill_rows_into(&keys, axis, &mut y).unwrap();
    });

    counts.call(&name("gumbel_softmax_in_place"), rows(Output::InPlace), || {
        y.copy_from_slice(&l);
        gumbel_softmax_in_place(&mut y, axis, 0.5, key).unwrap();
    });
    counts.call(&name("gumbel_softmax_into"), rows(Output::Soft), || {
        gumbel_softmax_into(&l, axis, 0.5, key, &mut y).unwrap();
    });
    counts.call(&name("gumbel_softmax_into, temperatures"), rows(Output::Soft), || {
        gumbel_softmax_into(&l, axis, &taus, key, &mut y).unwrap();
    });
    counts.call(&name("gumbel_softmax_into, given noise"), rows(Output::Soft), || {
        gumbel_softmax_into(&l, axis, 0.5, &d, &mut y).unwrap();
    });
    if shape.stride == 1 {
        let bytes = n * size_of::<T>() + rows(Output::Soft);
        counts.call(&name("gumbel_softmax"), bytes, || gumbel_softmax(&l, k, 0.5, key).unwrap());
    }
    counts.call(&name("straight_through_gumbel_softmax_into"), rows(Output::Soft), || {
        straight_through_gumbel_softmax_into(&l, axis, 0.5, key, &mut hard, &mut y).unwrap();
    });
    counts.call(&name("gumbel_softmax_vjp_into"), 0, || {
        gumbel_softmax_vjp_into(&y, &d, axis, 0.5, &mut out).unwrap();
    });
    counts.call(&name("gumbel_softmax_vjp_tau"), documented::vjp_tau::<T>(shape), || {
        gumbel_softmax_vjp_tau(&l, axis, 0.5, key, &out).unwrap()
    });
    counts.call(&name("gumbel_softmax_vjp_tau_into"), 0, || {
        gumbel_softmax_vjp_tau_into(&y, &out, axis, &mut dtau).unwrap();
    });
    counts.call(&name("gumbel_log_softmax_into"), rows(Output::Log), || {
        gumbel_log_softmax_into(&l, axis, 0.5, key, &mut y).unwrap();
    });
    counts.call(&name("gumbel_log_softmax_vjp_into"), documented::log_vjp::<T>(shape, t), || {
        gumbel_log_softmax_vjp_into(&y, &d, axis, 0.5, &mut out).unwrap();
    });
    counts.call(&name("gumbel_log_softmax_vjp_tau_into"), 0, || {
        gumbel_log_softmax_vjp_tau_into(&y, &out, axis, &mut dtau).unwrap();
    });

    let mut classes = vec![0; shape.rows()];
    counts.call(&name("gumbel_max_into"), rows(Output::Classes), || {
        gumbel_max_into(&l, axis, key, &mut classes).unwrap();
    });
    counts.call(&name("gumbel_max_one_hot_into"), rows(Output::OneHot), || {
        gumbel_max_one_hot_into(&l, axis, key, &mut hard).unwrap();
    });
    if shape.stride == 1 {
        counts.call(&name("gumbel_rao_vjp_into"), documented::rao::<T>(shape, t), || {
            gumbel_rao_vjp_into(&l, k, &classes, &d, 0.5, &[key], &mut out).unwrap();
        });
    }

    counts.call(&name("binary_concrete_into"), 0, || {
        binary_concrete_into(&l, 0.5, key, &mut y).unwrap();
    });
    counts.call(&name("binary_concrete_into, temperatures"), 0, || {
        binary_concrete_into(&l, &taus, key, &mut y).unwrap();
    });
    counts.call(&name("straight_through_binary_concrete_into"), 0, || {
        straight_through_binary_concrete_into(&l, 0.5, key, &mut hard, &mut y).unwrap();
    });
    counts.call(&name("binary_concrete_vjp_into"), 0, || {
        binary_concrete_vjp_into(&y, &d, 0.5, &mut out).unwrap();
    });
    counts.call(&name("binary_concrete_vjp_tau"), 0, || {
        binary_concrete_vjp_tau(&l, 0.5, key, &out).unwrap()
    });
    counts.call(&name("binary_concrete_vjp_tau_into"), 0, || {
        binary_concrete_vjp_tau_into(&y, &out, &mut dtau).unwrap();
    });
}
