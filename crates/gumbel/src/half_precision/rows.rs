//! Rows of half precision in tiles of `f32`: checked, relaxed or picked, and rounded.

use alloc::vec;

use super::{HALF_TILE, Half};
use crate::axis::Axis;
use crate::check;
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::kernel::winners::Winners;
use crate::kernel::work::{Buffers, Form, GradientRows, GumbelRows};
use crate::noise::Noise;
use crate::parallel::{self, Work};
use crate::temperature::Temperature;

/// Rows to relax, to pick from, or both. The buffer of the winners has the right length.
pub(super) struct HalfRows<'a, H> {
    pub(super) logits: &'a [H],
    pub(super) axis: Axis,
    pub(super) noise: Noise<'a, f32>,
    pub(super) tau: Temperature<'a>,
    pub(super) soft: Option<Soft<'a, H>>,
    pub(super) winners: Winners<'a, H>,
}

/// Where the soft samples go, in which form, and the name of that buffer for errors.
pub(super) struct Soft<'a, H> {
    pub(super) argument: &'static str,
    pub(super) form: Form,
    pub(super) out: &'a mut [H],
}

/// Checks the arguments, then does the work on all cores.
pub(super) fn relax<H: Half>(work: HalfRows<'_, H>) -> Result<()> {
    let HalfRows { logits, axis, noise, tau, .. } = work;
    tau.check()?;
    check::source(noise, logits.len())?;
    tau.check_rows(axis.rows("logits", logits.len())?)?;
    if let Some(Soft { argument, out, .. }) = &work.soft {
        check::length(argument, out.len(), logits.len())?;
    }
    if logits.is_empty() {
        return Ok(());
    }
    let mut wide = vec![0.0; tile_len(axis).min(logits.len())];
    let mut start = 0;
    for logits in logits.chunks(wide.len()) {
        let wide = &mut wide[..logits.len()];
        H::widen(logits, wide);
        check::rows(wide, axis).map_err(|error| shift_error(error, start, axis))?;
        start += logits.len();
    }
    drop(wide); // the work has tiles of its own
    parallel::run(work);
    Ok(())
}

/// The number of elements of the whole rows that are processed together.
fn tile_len(axis: Axis) -> usize {
    let block = axis.classes() * axis.stride();
    block * (HALF_TILE / block).max(1)
}

/// Converts an error in a part that begins at `start` to an error in the whole array.
pub(super) fn shift_error(error: Error, start: usize, axis: Axis) -> Error {
    match error {
        Error::Value { argument, expected, index, found } => {
            Error::Value { argument, expected, index: index + start, found }
        }
        Error::AllMasked { row } => Error::AllMasked { row: row + start / axis.classes() },
        other => other,
    }
}

impl<H: Half> Work for HalfRows<'_, H> {
    fn pieces(&self) -> usize {
        self.logits.len() / self.elements()
    }

    fn elements(&self) -> usize {
        self.axis.classes() * self.axis.stride()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (at, rows) = (pieces * self.elements(), pieces * self.axis.stride());
        let Self { logits, axis, noise, tau, soft, winners } = self;
        let (logits, later_logits) = logits.split_at(at);
        let (tau, later_tau) = tau.split(rows);
        let (winners, later_winners) = winners.split(rows, at);
        let (soft, later_soft) = soft.map(|soft| soft.split_at(at)).unzip();
        let later = HalfRows {
            logits: later_logits,
            axis,
            noise: noise.after(at),
            tau: later_tau,
            soft: later_soft,
            winners: later_winners,
        };
        (HalfRows { logits, axis, noise, tau, soft, winners }, later)
    }

    fn run(self) {
        let Self { logits, axis, noise, tau, mut soft, mut winners } = self;
        let mut wide = vec![0.0; tile_len(axis).min(logits.len())];
        let (size, k) = (wide.len(), axis.classes());
        let mut classes = vec![0; if winners.wanted() { size / k } else { 0 }];
        for (number, l) in logits.chunks(size).enumerate() {
            let (at, rows) = (number * size..number * size + l.len(), l.len() / k);
            let first = at.start / k;
            let wide = &mut wide[..l.len()];
            H::widen(l, wide);
            let maxima = &f32::scan_rows(wide, axis).1[..];
            let picks = match winners.wanted() {
                true => Winners::Index(&mut classes[..rows]),
                false => Winners::Unwanted,
            };
            let (buffers, form) = match &soft {
                Some(soft) => (Buffers::InPlace(&mut *wide), soft.form),
                None => (Buffers::Logits(&*wide), Form::Soft),
            };
            let (tau, noise) = (tau.after(first), noise.after(at.start));
            f32::gumbel_rows(GumbelRows {
                axis,
                tau,
                noise,
                maxima,
                buffers,
                form,
                winners: picks,
            });
            if let Some(soft) = &mut soft {
                round_sample(soft.form, wide, &mut soft.out[at.clone()]);
            }
            match &mut winners {
                Winners::Unwanted => {}
                Winners::Index(out) => out[first..first + rows].copy_from_slice(&classes[..rows]),
                Winners::OneHot(out) => {
                    let out = &mut out[at];
                    out.fill(H::default());
                    for (row, class) in classes[..rows].iter().enumerate() {
                        out[axis.first_index(row) + class * axis.stride()] = H::ONE;
                    }
                }
            }
        }
    }
}

impl<H> Soft<'_, H> {
    fn split_at(self, at: usize) -> (Self, Self) {
        let Self { argument, form, out } = self;
        let (out, later) = out.split_at_mut(at);
        (Soft { argument, form, out }, Soft { argument, form, out: later })
    }
}

/// Rounds a soft sample. A logarithm of a possible class stays finite.
fn round_sample<H: Half>(form: Form, values: &mut [f32], out: &mut [H]) {
    if form == Form::Log {
        for x in values.iter_mut() {
            *x = if *x < H::LOWEST && x.is_finite() { H::LOWEST } else { *x };
        }
    }
    H::narrow(values, out);
}

/// The vector-Jacobian product of softmax(z / tau), or of its logarithm, in tiles of `f32`. The samples and the gradients
/// come with their names for errors.
pub(super) fn vjp<H: Half>(
    form: Form,
    (y_name, y): (&'static str, &[H]),
    (dy_name, dy): (&'static str, &[H]),
    axis: Axis,
    tau: Temperature<'_>,
    dlogits: &mut [H],
) -> Result<()> {
    tau.check()?;
    tau.check_rows(axis.rows(y_name, y.len())?)?;
    check::length(dy_name, dy.len(), y.len())?;
    check::length("dlogits", dlogits.len(), y.len())?;
    if !y.is_empty() {
        parallel::run(Vjp { form, rows: GradientRows { y, dy, axis, tau, out: dlogits } });
    }
    Ok(())
}

struct Vjp<'a, H> {
    form: Form,
    rows: GradientRows<'a, H>,
}

impl<H: Half> Work for Vjp<'_, H> {
    fn pieces(&self) -> usize {
        self.rows.y.len() / self.elements()
    }

    fn elements(&self) -> usize {
        self.rows.piece()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (rows, later) = self.rows.split(pieces);
        (Self { rows, ..self }, Self { rows: later, ..self })
    }

    fn run(self) {
        let Self { form, rows: GradientRows { y, dy, axis, tau, out } } = self;
        let size = tile_len(axis).min(y.len());
        let mut wide = [vec![0.0; size], vec![0.0; size], vec![0.0; size]];
        let inputs = y.chunks(size).zip(dy.chunks(size));
        for (number, ((y, dy), out)) in inputs.zip(out.chunks_mut(size)).enumerate() {
            let [wide_y, wide_dy, wide_out] = wide.each_mut().map(|wide| &mut wide[..y.len()]);
            H::widen(y, wide_y);
            H::widen(dy, wide_dy);
            let tau = tau.after(number * size / axis.classes());
            f32::softmax_vjp(form, wide_y, wide_dy, axis, tau, wide_out);
            H::narrow(wide_out, out);
        }
    }
}
