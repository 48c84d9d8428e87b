//! The vector-Jacobian products of softmax and of its logarithm in `f32`, along an axis that is not the last:
//! sixteen neighbouring rows at a time, as columns.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, f64x8};

use super::vjp::{Formula, Log, Rates, Soft};
use crate::axis::Axis;
use crate::kernel::work::Form;
use crate::parallel::{self, Work};
use crate::simd::lanes::{LANES, load, store};
use crate::temperature::Temperature;

/// Classes whose terms are summed in `f32`; these sums are added in `f64`.
const CLASSES: usize = 32;

/// Writes the gradients of the rows along `axis`.
pub(crate) fn softmax(
    level: Level,
    form: Form,
    y: &[f32],
    dy: &[f32],
    axis: Axis,
    tau: Temperature<'_>,
    out: &mut [f32],
) {
    if y.is_empty() {
        return; // with no elements, the axis may have any shape
    }
    match form {
        Form::Soft => parallel::run(Blocks { level, form: Soft, y, dy, axis, tau, out }),
        Form::Log => parallel::run(Blocks { level, form: Log, y, dy, axis, tau, out }),
    }
}

/// Blocks `[k, stride]`, one after the other.
struct Blocks<'a, F> {
    level: Level,
    form: F,
    y: &'a [f32],
    dy: &'a [f32],
    axis: Axis,
    tau: Temperature<'a>,
    out: &'a mut [f32],
}

impl<F: Formula> Work for Blocks<'_, F> {
    fn pieces(&self) -> usize {
        self.y.len() / self.elements()
    }

    fn elements(&self) -> usize {
        self.axis.classes() * self.axis.stride()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let at = pieces * self.elements();
        let (y, later_y) = self.y.split_at(at);
        let (dy, later_dy) = self.dy.split_at(at);
        let (out, later_out) = self.out.split_at_mut(at);
        let (tau, later_tau) = self.tau.split(pieces * self.axis.stride());
        let later = Self { y: later_y, dy: later_dy, out: later_out, tau: later_tau, ..self };
        (Self { y, dy, out, tau, ..self }, later)
    }

    fn run(self) {
        let (block, stride) = (self.elements(), self.axis.stride());
        let Self { form, y, dy, tau, out, .. } = self;
        dispatch!(self.level, simd => {
            let rates = Rates::new(simd, tau);
            let blocks = y.chunks_exact(block).zip(dy.chunks_exact(block));
            for (number, ((y, dy), out)) in blocks.zip(out.chunks_exact_mut(block)).enumerate() {
                for first in (0..stride).step_by(LANES) {
                    let here = first..stride.min(first + LANES);
                    let rate = rates.of_rows(simd, number * stride + first);
                    columns(simd, form, [y, dy], stride, here, rate, out);
                }
            }
        });
    }
}

/// The gradients of at most sixteen neighbouring rows of a block.
#[inline(always)]
fn columns<S: Simd, F: Formula>(
    simd: S,
    form: F,
    [y, dy]: [&[f32]; 2],
    stride: usize,
    here: core::ops::Range<usize>,
    rate: f32x16<S>,
    out: &mut [f32],
) {
    let mut sums = [f64x8::splat(simd, 0.0); 2];
    for (y, dy) in y.chunks(CLASSES * stride).zip(dy.chunks(CLASSES * stride)) {
        let mut sum = f32x16::splat(simd, 0.0);
        for (y, dy) in y.chunks_exact(stride).zip(dy.chunks_exact(stride)) {
            let (y, dy) = (&y[here.clone()], &dy[here.clone()]);
            sum += form.term(simd, load(simd, y, 0.0), load(simd, dy, 0.0));
        }
        let wide = sum.widen();
        (sums[0], sums[1]) = (sums[0] + wide.0, sums[1] + wide.1);
    }
    let sum = sums[0].narrow(sums[1]);
    let classes = y.chunks_exact(stride).zip(dy.chunks_exact(stride));
    for ((y, dy), out) in classes.zip(out.chunks_exact_mut(stride)) {
        let (y, dy) = (load(simd, &y[here.clone()], 0.0), load(simd, &dy[here.clone()], 0.0));
        store(form.gradient(simd, y, dy, sum) * rate, &mut out[here.clone()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, noise, scalar, simd};

    #[test]
    fn gradients_equal_plain_f64_along_every_axis_at_every_level() {
        for shape in [[3, 1, 5], [2, 7, 16], [3, 33, 17], [1, 100, 40], [2, 70, 3], [40, 20, 50]] {
            let axis = Axis::of(&shape, 1).unwrap();
            let n: usize = shape.iter().product();
            let (mut l, mut dy) = (vec![0.0_f32; n], vec![0.0; n]);
            noise::logistic_into(Key::new(1), 0, &mut l);
            noise::logistic_into(Key::new(2), 0, &mut dy);
            let each: Vec<f64> = (0..n / shape[1]).map(|row| [0.1, 0.7, 3.0][row % 3]).collect();
            for tau in [Temperature::Scalar(0.5), Temperature::PerRow(&each)] {
                for form in [Form::Soft, Form::Log] {
                    let mut y = vec![0.0_f32; n];
                    if form == Form::Soft {
                        crate::relax::gumbel_softmax_into(&l, axis, tau, Key::new(3), &mut y)
                    } else {
                        crate::relax::gumbel_log_softmax_into(&l, axis, tau, Key::new(3), &mut y)
                    }
                    .unwrap();
                    let mut expected = vec![0.0; n];
                    scalar::softmax::vjp(form, &y, &dy, axis, tau, &mut expected);
                    for (level, _) in simd::levels() {
                        let mut found = vec![9.0; n];
                        softmax(level, form, &y, &dy, axis, tau, &mut found);
                        for i in 0..n {
                            // The sum has terms of up to 20 in size; 32 additions and the roundings after them.
                            let row = i / (shape[1] * shape[2]) * shape[2] + i % shape[2];
                            let tau = tau.of(row);
                            let bound = 40.0 * 20.0 * f32::EPSILON / tau as f32;
                            let difference = (found[i] - expected[i]).abs();
                            assert!(
                                difference <= bound,
                                "{level:?} {shape:?} {form:?} {difference}"
                            );
                        }
                    }
                }
            }
        }
    }
}
