//! Binary Concrete in `f64`.

use crate::kernel::work::BinaryElements;
use crate::law::Law;
use crate::math;
use crate::scalar::noise;

/// Elements that are processed together.
const SCALAR_BINARY_BLOCK: usize = 1024;

/// Runs [`Kernel::binary`](crate::kernel::Kernel::binary).
pub(crate) fn run(work: BinaryElements<'_, f64>) {
    let BinaryElements { logits, tau, noise: source, soft, mut hard } = work;
    let mut z = [0.0; SCALAR_BINARY_BLOCK];
    for (number, part) in logits.chunks(SCALAR_BINARY_BLOCK).enumerate() {
        let (start, z) = (number * SCALAR_BINARY_BLOCK, &mut z[..part.len()]);
        noise::fill(source, Law::Logistic, start, z);
        for (z, l) in z.iter_mut().zip(part) {
            *z += l;
        }
        let soft = &mut soft[start..];
        tau.after(start).for_runs(z.len(), |tau, at| {
            for (y, z) in soft[at.clone()].iter_mut().zip(&z[at]) {
                *y = sigmoid(z / tau);
            }
        });
        if let Some(hard) = hard.as_deref_mut() {
            for (hard, z) in hard[start..].iter_mut().zip(&*z) {
                *hard = if *z > 0.0 { 1.0 } else { 0.0 };
            }
        }
    }
}

/// 1 / (1 + e^-t), without overflow at either end.
#[inline(always)]
fn sigmoid(t: f64) -> f64 {
    let e = math::exp(-t.abs());
    (if t < 0.0 { e } else { 1.0 }) / (1.0 + e)
}
