//! The vector-Jacobian products of softmax and of its logarithm along an axis that is not the last, for both types:
//! sixteen neighbouring rows at a time, as columns.
//!
//! All arithmetic is in `f64`, with the operations and the order of single rows, and is rounded once. The loops over
//! sixteen rows compile to vectors.

use fearless_simd::dispatch;

use super::softmax::product_or_zero;
use crate::kernel::work::{Form, GradientRows};
use crate::math;
use crate::real::Real;
use crate::simd;
use crate::simd::lanes::LANES;

/// Writes the gradients of whole blocks `[k, stride]` of rows.
pub(super) fn vjp<T: Real>(form: Form, rows: GradientRows<'_, T>) {
    let GradientRows { y, dy, axis, tau, out } = rows;
    let (block, stride) = (axis.classes() * axis.stride(), axis.stride());
    let blocks = y.chunks_exact(block).zip(dy.chunks_exact(block));
    for (number, ((y, dy), out)) in blocks.zip(out.chunks_exact_mut(block)).enumerate() {
        for first in (0..stride).step_by(LANES) {
            let mut taus = [1.0; LANES];
            for (row, to) in taus.iter_mut().enumerate().take(stride - first) {
                *to = tau.of(number * stride + first + row);
            }
            let rows = Rows { stride, first, taus };
            dispatch!(simd::level(), _ => match form {
                Form::Soft => rows.soft(y, dy, out),
                Form::Log => rows.log(y, dy, out),
            });
        }
    }
}

/// Up to sixteen neighbouring rows of a block, from row `first` on.
struct Rows {
    stride: usize,
    first: usize,
    taus: [f64; LANES],
}

impl Rows {
    /// The numbers of one class, with zeros after the last row.
    #[inline(always)]
    fn column<T: Real>(&self, class: &[T]) -> [f64; LANES] {
        let class = &class[self.first..];
        let mut column = [0.0; LANES];
        if let Some(whole) = class.first_chunk::<LANES>() {
            for row in 0..LANES {
                column[row] = whole[row].to_f64();
            }
        } else {
            for (to, x) in column.iter_mut().zip(class) {
                *to = x.to_f64();
            }
        }
        column
    }

    /// Writes the gradients of one class.
    #[inline(always)]
    fn store<T: Real>(&self, gradient: [f64; LANES], class: &mut [T]) {
        let class = &mut class[self.first..];
        if let Some(whole) = class.first_chunk_mut::<LANES>() {
            for row in 0..LANES {
                whole[row] = T::from_f64(gradient[row] / self.taus[row]);
            }
        } else {
            for ((to, gradient), tau) in class.iter_mut().zip(gradient).zip(self.taus) {
                *to = T::from_f64(gradient / tau);
            }
        }
    }

    #[inline(always)]
    fn soft<T: Real>(&self, y: &[T], dy: &[T], out: &mut [T]) {
        let mut sums = [-0.0; LANES]; // as a sum of no terms
        for (y, dy) in y.chunks_exact(self.stride).zip(dy.chunks_exact(self.stride)) {
            let (y, dy) = (self.column(y), self.column(dy));
            for row in 0..LANES {
                sums[row] += product_or_zero(y[row], dy[row]);
            }
        }
        let classes = y.chunks_exact(self.stride).zip(dy.chunks_exact(self.stride));
        for ((y, dy), out) in classes.zip(out.chunks_exact_mut(self.stride)) {
            let (y, dy) = (self.column(y), self.column(dy));
            let mut gradient = [0.0; LANES];
            for row in 0..LANES {
                gradient[row] = product_or_zero(y[row], dy[row] - sums[row]);
            }
            self.store(gradient, out);
        }
    }

    #[inline(always)]
    fn log<T: Real>(&self, x: &[T], dx: &[T], out: &mut [T]) {
        let mut sums = [-0.0; LANES]; // as a sum of no terms
        for (x, dx) in x.chunks_exact(self.stride).zip(dx.chunks_exact(self.stride)) {
            let (x, dx) = (self.column(x), self.column(dx));
            for row in 0..LANES {
                sums[row] += if x[row] == f64::NEG_INFINITY { 0.0 } else { dx[row] };
            }
        }
        let classes = x.chunks_exact(self.stride).zip(dx.chunks_exact(self.stride));
        for ((x, dx), out) in classes.zip(out.chunks_exact_mut(self.stride)) {
            let (x, dx) = (self.column(x), self.column(dx));
            let mut gradient = [0.0; LANES];
            for row in 0..LANES {
                let d = dx[row] - math::exp(x[row]) * sums[row];
                gradient[row] = if x[row] == f64::NEG_INFINITY { 0.0 } else { d };
            }
            self.store(gradient, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::softmax;
    use crate::temperature::Temperature;
    use crate::{Axis, Key, noise};

    fn check<T: Real>() {
        for shape in [[3, 1, 5], [2, 7, 16], [3, 33, 17], [1, 100, 40], [2, 70, 3], [40, 20, 50]] {
            let axis = Axis::of(&shape, 1).unwrap();
            let (n, [_, k, stride]) = (shape.iter().product(), shape);
            let (mut l, mut dy) = (vec![T::default(); n], vec![T::default(); n]);
            noise::logistic_into(Key::new(1), 0, &mut l);
            noise::logistic_into(Key::new(2), 0, &mut dy);
            l.iter_mut().step_by(7).skip(1).for_each(|l| *l = T::from_f64(f64::NEG_INFINITY));
            for form in [Form::Soft, Form::Log] {
                let y: Vec<T> = match form {
                    Form::Soft => l.iter().map(|l| T::from_f64(l.to_f64().exp())).collect(),
                    Form::Log => l.clone(),
                };
                let each: Vec<f64> = (0..n / k).map(|row| [0.1, 0.7, 3.0][row % 3]).collect();
                let mut found = vec![T::default(); n];
                let tau = Temperature::PerRow(&each);
                vjp(form, GradientRows { y: &y, dy: &dy, axis, tau, out: &mut found });
                for (row, &tau) in each.iter().enumerate() {
                    let at = axis.first_index(row);
                    let gathered = |x: &[T]| -> Vec<T> {
                        x[at..].iter().step_by(stride).take(k).copied().collect()
                    };
                    let mut expected = vec![T::default(); k];
                    let (tau, one) = (Temperature::Scalar(tau), Axis::from(k));
                    softmax::vjp(form, &gathered(&y), &gathered(&dy), one, tau, &mut expected);
                    let bits =
                        |x: &[T]| -> Vec<u64> { x.iter().map(|x| x.to_f64().to_bits()).collect() };
                    assert_eq!(bits(&gathered(&found)), bits(&expected), "{shape:?} {form:?}");
                }
            }
        }
    }

    #[test]
    fn gradients_along_an_axis_have_the_bits_of_single_rows() {
        check::<f32>();
        check::<f64>();
    }
}
