//! The Gumbel-Rao vector-Jacobian product of rows in `f64`.

use alloc::vec;

use crate::kernel::work::RaoRows;
use crate::law::Law;
use crate::math;
use crate::noise::source::Noise;
use crate::parallel::{self, Work};
use crate::scalar::{noise, rows};

/// Runs [`Kernel::gumbel_rao_vjp`](crate::kernel::Kernel::gumbel_rao_vjp).
///
/// With m the largest logit, S = sum exp(l - m) and i the winner, the softmax of Z / tau is that of -u / tau:
///
/// ```text
/// u_j = Z_i - Z_j = ln(1 + e^x_j)     x_j = (m - l_j) + ln S - g_j + g_i,   g = -ln E
/// ```
pub(crate) fn vjp(rows: RaoRows<'_, f64>) {
    parallel::run(Rows(rows));
}

struct Rows<'a>(RaoRows<'a, f64>);

impl Work for Rows<'_> {
    fn pieces(&self) -> usize {
        self.0.winners.len()
    }

    fn elements(&self) -> usize {
        self.0.k * self.0.keys.len()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (first, rest) = self.0.split_at(pieces);
        (Self(first), Self(rest))
    }

    fn run(self) {
        let rate = self.0.rate();
        let RaoRows { logits, k, winners, dy, tau, keys, offset, out } = self.0;
        let (mut shift, mut y) = (vec![0.0; k], vec![0.0; k]);
        for (row, &winner) in winners.iter().enumerate() {
            let at = row * k..(row + 1) * k;
            let (logits, dy, out) = (&logits[at.clone()], &dy[at.clone()], &mut out[at.clone()]);
            let max = rows::max(logits);
            let ln_s = math::ln_positive(logits.iter().map(|l| math::exp(l - max)).sum());
            for (shift, l) in shift.iter_mut().zip(logits) {
                *shift = (max - l) + ln_s;
            }
            out.fill(0.0);
            for &key in keys {
                let source = Noise::Keyed { key, offset };
                noise::fill(source, Law::Gumbel, at.start, &mut y);
                let own = y[winner];
                for (y, shift) in y.iter_mut().zip(&shift) {
                    *y = math::exp(-softplus(shift - *y + own) / tau);
                }
                y[winner] = 1.0;
                let sum: f64 = y.iter().sum();
                let along: f64 = y.iter().zip(dy).map(|(y, d)| product_or_zero(*y, *d)).sum();
                for ((out, y), d) in out.iter_mut().zip(&y).zip(dy) {
                    *out += product_or_zero(y / sum, d - along / sum);
                }
            }
            for out in out {
                *out *= rate;
            }
        }
    }
}

/// ln(1 + e^x).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + math::ln_1p(math::exp(-x.abs()))
}

/// y x, but 0 if y is 0, whatever x is.
fn product_or_zero(y: f64, x: f64) -> f64 {
    if y == 0.0 { 0.0 } else { y * x }
}
