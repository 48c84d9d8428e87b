//! Binary Concrete in `f64`.

use fearless_simd::dispatch;

use crate::kernel::work::BinaryElements;
use crate::law::Law;
use crate::parallel::{self, Work};
use crate::scalar::noise;
use crate::simd::{self, double};
use crate::temperature::{REPEAT, Temperature};

/// Elements that are processed together.
const SCALAR_BINARY_BLOCK: usize = 1024;

/// Runs [`Kernel::binary`](crate::kernel::Kernel::binary) on all cores.
pub(crate) fn run(elements: BinaryElements<'_, f64>) {
    parallel::run(Elements(elements));
}

struct Elements<'a>(BinaryElements<'a, f64>);

impl Work for Elements<'_> {
    fn pieces(&self) -> usize {
        self.0.logits.len()
    }

    fn elements(&self) -> usize {
        1
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (first, later) = self.0.split(pieces);
        (Self(first), Self(later))
    }

    fn run(self) {
        relax(self.0);
    }
}

fn relax(work: BinaryElements<'_, f64>) {
    let BinaryElements { logits, tau, noise: source, soft, mut hard } = work;
    let mut z = [0.0; SCALAR_BINARY_BLOCK];
    let mut each = [0.0; SCALAR_BINARY_BLOCK + REPEAT];
    for (number, part) in logits.chunks(SCALAR_BINARY_BLOCK).enumerate() {
        let (start, z) = (number * SCALAR_BINARY_BLOCK, &mut z[..part.len()]);
        noise::fill(source, Law::Logistic, start, z);
        for (z, l) in z.iter_mut().zip(part) {
            *z += l;
        }
        let soft = &mut soft[start..start + part.len()];
        match tau.tau {
            Temperature::Scalar(tau) => {
                for (t, z) in soft.iter_mut().zip(&*z) {
                    *t = z / tau;
                }
            }
            Temperature::PerRow(_) => {
                let each = tau.after(start).each(part.len(), &mut each);
                for ((t, z), tau) in soft.iter_mut().zip(&*z).zip(each) {
                    *t = z / tau;
                }
            }
        }
        sigmoids(soft);
        if let Some(hard) = hard.as_deref_mut() {
            for (hard, z) in hard[start..].iter_mut().zip(&*z) {
                *hard = if *z > 0.0 { 1.0 } else { 0.0 };
            }
        }
    }
}

/// Replaces each t by 1 / (1 + e^-t), without overflow at either end.
fn sigmoids(t: &mut [f64]) {
    let mut e = [0.0; SCALAR_BINARY_BLOCK];
    let e = &mut e[..t.len()];
    dispatch!(simd::level(), simd => {
        for (e, t) in e.iter_mut().zip(&*t) {
            *e = -t.abs();
        }
        double::exp_in_place(simd, e);
        for (t, e) in t.iter_mut().zip(&*e) {
            *t = (if *t < 0.0 { *e } else { 1.0 }) / (1.0 + e);
        }
    });
}
