//! Relaxed and hard samples into the results of a call.
//!
//! Arguments: the key, the logits and the temperature. Attributes: `rank`, that of the logits of one call, `tau_rank`,
//! `form`, and `axis` for classes.

use gumbel::half_precision::Half;
use gumbel::{Axis, Key, Real, Temperature, check, half_precision, relax};

use super::batch::{Batch, Keys, Temperatures};
use super::frame::{Array, ArrayMut, Call, Elements, ElementsMut, Handler};

/// What a call returns.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Soft,
    Hard,
    /// The logarithm of the soft sample.
    Log,
}

impl Form {
    fn of(call: &Call<'_>) -> Result<Self, String> {
        [Self::Soft, Self::Hard, Self::Log]
            .get(call.attribute("form")?)
            .copied()
            .ok_or_else(|| "form: expected a number below 3".into())
    }
}

/// The arguments of a call that do not depend on the type of the logits.
struct Common<'a> {
    batch: Batch,
    keys: Keys<'a>,
    tau: Temperatures<'a>,
    one_tau: bool,
    rank: usize,
}

impl Common<'_> {
    /// Calls `f` with the key, the logits, the temperature and the result of each call.
    fn run<T: Sync>(
        &self,
        logits: &Array<'_>,
        elements: &[T],
        out: &mut [T],
        f: impl Fn(Key, &[T], Temperature<'_>, &mut [T]) -> gumbel::Result<()> + Sync,
    ) -> Result<(), String>
    where
        T: Send,
    {
        let logits = self.batch.spread(&logits.shape, elements)?;
        self.batch.run(out.len(), out, |number, out| {
            self.tau.with(number, self.one_tau, |tau| {
                f(self.keys.of_call(number), logits.of(number), tau, out)
            })
        })
    }
}

/// The parts of a call.
fn parts<'c, 'a>(
    call: &'c mut Call<'a>,
) -> Result<(Common<'a>, &'c Array<'a>, &'c mut ArrayMut<'a>), String> {
    let (rank, tau_rank) = (call.attribute("rank")?, call.attribute("tau_rank")?);
    let ([keys, logits, tau], [result]) = (&call.arguments[..], &mut call.results[..]) else {
        return Err("relaxation: expected three arguments and one result".into());
    };
    let batch = Batch::of(&result.shape, rank)?;
    let (keys, tau) = (Keys::of(&batch, keys)?, Temperatures::of(&batch, tau)?);
    Ok((Common { batch, keys, tau, one_tau: tau_rank == 0, rank }, logits, result))
}

/// Gumbel-Softmax along an axis.
pub(super) struct Classes;

impl Handler for Classes {
    fn run(mut call: Call<'_>) -> Result<(), String> {
        let (form, axis) = (Form::of(&call)?, call.attribute("axis")?);
        let (common, logits, result) = parts(&mut call)?;
        let own = &result.shape[result.shape.len() - common.rank..];
        let axis = Axis::of(own, axis as isize).map_err(|error| error.to_string())?;
        match (&logits.elements, &mut result.elements) {
            (Elements::F32(l), ElementsMut::F32(y)) => classes(&common, form, logits, l, axis, y),
            (Elements::F64(l), ElementsMut::F64(y)) => classes(&common, form, logits, l, axis, y),
            (Elements::F16(l), ElementsMut::F16(y)) if form == Form::Soft => {
                half_classes(&common, logits, l, axis, y)
            }
            (Elements::Bf16(l), ElementsMut::Bf16(y)) if form == Form::Soft => {
                half_classes(&common, logits, l, axis, y)
            }
            _ => Err("logits: expected another type".into()),
        }
    }
}

fn classes<T: Real>(
    common: &Common<'_>,
    form: Form,
    logits: &Array<'_>,
    elements: &[T],
    axis: Axis,
    out: &mut [T],
) -> Result<(), String> {
    common.run(logits, elements, out, |key, logits, tau, out| match form {
        Form::Soft => relax::gumbel_softmax_into(logits, axis, tau, key, out),
        Form::Hard => one_hot(logits, axis, tau, key, out),
        Form::Log => relax::gumbel_log_softmax_into(logits, axis, tau, key, out),
    })
}

/// One-hot rows: hard samples without the soft ones.
fn one_hot<T: Real>(
    logits: &[T],
    axis: Axis,
    tau: Temperature<'_>,
    key: Key,
    out: &mut [T],
) -> gumbel::Result<()> {
    match tau {
        Temperature::Scalar(tau) => check::temperature(tau)?,
        Temperature::PerRow(tau) => check::temperatures(tau)?,
    }
    let (classes, stride) = (axis.classes(), axis.stride());
    let winners = gumbel::gumbel_max(logits, axis, key)?;
    out.fill(T::from_f64(0.0));
    for (row, winner) in winners.into_iter().enumerate() {
        out[(row / stride * classes + winner) * stride + row % stride] = T::from_f64(1.0);
    }
    Ok(())
}

fn half_classes<H: Half>(
    common: &Common<'_>,
    logits: &Array<'_>,
    elements: &[H],
    axis: Axis,
    out: &mut [H],
) -> Result<(), String> {
    common.run(logits, elements, out, |key, logits, tau, out| {
        half_precision::gumbel_softmax_into(logits, axis, tau, key, out)
    })
}

/// Binary Concrete: each logit by itself.
pub(super) struct Binary;

impl Handler for Binary {
    fn run(mut call: Call<'_>) -> Result<(), String> {
        let form = Form::of(&call)?;
        let (common, logits, result) = parts(&mut call)?;
        match (&logits.elements, &mut result.elements) {
            (Elements::F32(l), ElementsMut::F32(y)) => binary(&common, form, logits, l, y),
            (Elements::F64(l), ElementsMut::F64(y)) => binary(&common, form, logits, l, y),
            _ => Err("logits: expected another type".into()),
        }
    }
}

fn binary<T: Real>(
    common: &Common<'_>,
    form: Form,
    logits: &Array<'_>,
    elements: &[T],
    out: &mut [T],
) -> Result<(), String> {
    common.run(logits, elements, out, |key, logits, tau, out| match form {
        Form::Hard => {
            let mut soft = vec![T::default(); out.len()];
            relax::straight_through_binary_concrete_into(logits, tau, key, out, &mut soft)
        }
        _ => relax::binary_concrete_into(logits, tau, key, out),
    })
}
