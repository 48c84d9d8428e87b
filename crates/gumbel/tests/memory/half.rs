//! Half precision.

use gumbel::Key;
use gumbel::half_precision::{
    bf16, binary_concrete_into, binary_concrete_vjp_into, gumbel_into, gumbel_log_softmax_into,
    gumbel_log_softmax_vjp_into, gumbel_max_into, gumbel_max_one_hot_into, gumbel_softmax_into,
    gumbel_softmax_vjp_into, straight_through_gumbel_softmax_into,
};

use crate::documented::{Output, Shape, narrow_rows};
use crate::{Counts, values};

/// Relaxations and Gumbel-max in half precision: a tile in `f32` with its working memory, and the picked classes of its
/// rows.
fn half_rows(shape: Shape, output: Output, picks: bool, threads: usize) -> usize {
    let tile = shape.tile(2_048);
    let part = Shape { outer: tile / shape.block(), ..shape };
    let picks = if picks { 8 * part.rows() } else { 0 };
    shape.blocks_in_work(threads) * (4 * tile + picks + narrow_rows(part, output, 1))
}

/// The gradient of Gumbel-Softmax in half precision: three tiles.
fn half_vjp(shape: Shape, threads: usize) -> usize {
    shape.blocks_in_work(threads) * 12 * shape.tile(2_048)
}

pub(crate) fn count(counts: &mut Counts, shape: Shape) {
    let (n, axis, key, t) = (shape.n(), shape.axis(), Key::new(7), counts.threads);
    let name = |what: &str| format!("{what} bf16 {}", shape.name());
    let rows = |output, picks| half_rows(shape, output, picks, t);
    let l: Vec<bf16> = values::<f32>(n).iter().map(|&l| bf16::from_f32(l)).collect();
    let (mut y, mut hard, mut out) =
        (vec![bf16::ZERO; n], vec![bf16::ZERO; n], vec![bf16::ZERO; n]);

    counts.call(&name("Gumbel noise"), 0, || gumbel_into(key, 0, &mut y));
    counts.call(&name("gumbel_softmax_into"), rows(Output::InPlace, false), || {
        gumbel_softmax_into(&l, axis, 0.5, key, &mut y).unwrap();
    });
    counts.call(&name("straight_through"), rows(Output::InPlace, true), || {
        straight_through_gumbel_softmax_into(&l, axis, 0.5, key, &mut hard, &mut y).unwrap();
    });
    counts.call(&name("gumbel_softmax_vjp_into"), half_vjp(shape, t), || {
        gumbel_softmax_vjp_into(&y, &l, axis, 0.5, &mut out).unwrap();
    });
    counts.call(&name("gumbel_log_softmax_into"), rows(Output::Log, false), || {
        gumbel_log_softmax_into(&l, axis, 0.5, key, &mut y).unwrap();
    });
    counts.call(&name("gumbel_log_softmax_vjp_into"), half_vjp(shape, t), || {
        gumbel_log_softmax_vjp_into(&y, &l, axis, 0.5, &mut out).unwrap();
    });
    let mut classes = vec![0; shape.rows()];
    counts.call(&name("gumbel_max_into"), rows(Output::Classes, true), || {
        gumbel_max_into(&l, axis, key, &mut classes).unwrap();
    });
    counts.call(&name("gumbel_max_one_hot_into"), rows(Output::Classes, true), || {
        gumbel_max_one_hot_into(&l, axis, key, &mut hard).unwrap();
    });
    counts.call(&name("binary_concrete_into"), 0, || {
        binary_concrete_into(&l, 0.5, key, &mut y).unwrap();
    });
    counts.call(&name("binary_concrete_vjp_into"), 0, || {
        binary_concrete_vjp_into(&y, &l, 0.5, &mut out).unwrap();
    });
}
