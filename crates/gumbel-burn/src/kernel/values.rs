//! Values as kernels read them: -inf by its bits, and a mark where something is not allowed.

use cubecl::prelude::*;

const NEG_INFINITY: u32 = 0xFF80_0000;

/// Whether a logit is NaN or +inf.
#[cube]
fn is_refused(x: f32) -> bool {
    let bits = u32::reinterpret(x);
    (bits & 0x7FFF_FFFFu32) >= 0x7F80_0000u32 && bits != NEG_INFINITY
}

/// Whether a number is NaN.
#[cube]
pub(crate) fn is_nan(x: f32) -> bool {
    (u32::reinterpret(x) & 0x7FFF_FFFFu32) > 0x7F80_0000u32
}

/// Whether a number is infinite.
#[cube]
pub(crate) fn is_infinite(x: f32) -> bool {
    (u32::reinterpret(x) & 0x7FFF_FFFFu32) == 0x7F80_0000u32
}

/// Whether a class is impossible: its logit is -inf.
#[cube]
pub(crate) fn is_impossible(x: f32) -> bool {
    u32::reinterpret(x) == NEG_INFINITY
}

/// -inf. A shading language has no name for it.
#[cube]
pub(crate) fn neg_infinity() -> f32 {
    f32::reinterpret(NEG_INFINITY)
}

/// Marks that something is not allowed.
#[cube]
pub(crate) fn mark(wrong: &[Atomic<u32>]) {
    wrong[0].fetch_max(1u32);
}

/// A logit; one that is not allowed is marked, and read as that of an impossible class.
#[cube]
pub(crate) fn logit(logits: &[f32], at: u32, wrong: &[Atomic<u32>]) -> f32 {
    let x = logits[at as usize];
    let refused = is_refused(x);
    if refused {
        mark(wrong);
    }
    select(refused, neg_infinity(), x)
}

/// A logit that was marked before if it is not allowed.
#[cube]
pub(crate) fn logit_again(logits: &[f32], at: u32) -> f32 {
    let x = logits[at as usize];
    select(is_refused(x), neg_infinity(), x)
}

/// z = (l - max l) + g of a possible class, and the lowest number for an impossible one.
#[cube]
pub(crate) fn perturbed(l: f32, top: f32, g: f32) -> f32 {
    select(is_impossible(l), f32::new(f32::MIN), (l - top) + g)
}

/// Whether z is that of an impossible class, or so low that it cannot be told from one.
#[cube]
pub(crate) fn is_lowest(z: f32) -> bool {
    z <= f32::new(f32::MIN)
}
