//! Binary Concrete in `f64`.

use crate::kernel::work::BinaryElements;
use crate::law::Law;
use crate::math;
use crate::scalar::noise;
use crate::temperature::{REPEAT, Temperature};

/// Elements that are processed together.
const SCALAR_BINARY_BLOCK: usize = 1024;

/// Runs [`Kernel::binary`](crate::kernel::Kernel::binary).
pub(crate) fn run(work: BinaryElements<'_, f64>) {
    let BinaryElements { logits, tau, noise: source, soft, mut hard } = work;
    let mut z = [0.0; SCALAR_BINARY_BLOCK];
    let mut each = [0.0; SCALAR_BINARY_BLOCK + REPEAT];
    for (number, part) in logits.chunks(SCALAR_BINARY_BLOCK).enumerate() {
        let (start, z) = (number * SCALAR_BINARY_BLOCK, &mut z[..part.len()]);
        noise::fill(source, Law::Logistic, start, z);
        for (z, l) in z.iter_mut().zip(part) {
            *z += l;
        }
        let pairs = soft[start..].iter_mut().zip(&*z);
        match tau.tau {
            Temperature::Scalar(tau) => {
                for (y, z) in pairs {
                    *y = sigmoid(z / tau);
                }
            }
            Temperature::PerRow(_) => {
                for ((y, z), tau) in pairs.zip(tau.after(start).each(part.len(), &mut each)) {
                    *y = sigmoid(z / tau);
                }
            }
        }
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
