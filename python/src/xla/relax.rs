//! Relaxed and hard samples into the results of a call.
//!
//! Arguments: the key, the logits and the temperature. Attributes: `rank`, that of the logits of one call, `tau_rank`,
//! `form`, and `axis` for classes. With two results these are the hard and the soft samples.

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
    fn run<T: Send + Sync>(
        &self,
        logits: &Array<'_>,
        elements: &[T],
        out: &mut [T],
        f: impl Fn(Key, &[T], Temperature<'_>, &mut [T]) -> gumbel::Result<()> + Sync,
    ) -> Result<(), String> {
        let logits = self.batch.spread(&logits.shape, elements)?;
        self.batch.run(out.len(), out, |number, out| {
            self.tau.with(number, self.one_tau, |tau| {
                f(self.keys.of_call(number), logits.of(number), tau, out)
            })
        })
    }
}

/// The parts of a call: what is common to all types, the logits, and the results.
type Parts<'c, 'a> = (Common<'a>, &'c Array<'a>, &'c mut [ArrayMut<'a>]);

fn parts<'c, 'a>(call: &'c mut Call<'a>) -> Result<Parts<'c, 'a>, String> {
    let (rank, tau_rank) = (call.attribute("rank")?, call.attribute("tau_rank")?);
    let ([keys, logits, tau], [result, ..]) = (&call.arguments[..], &mut call.results[..]) else {
        return Err("relaxation: expected three arguments and a result".into());
    };
    let batch = Batch::of(&result.shape, rank)?;
    let (keys, tau) = (Keys::of(&batch, keys)?, Temperatures::of(&batch, tau)?);
    Ok((Common { batch, keys, tau, one_tau: tau_rank == 0, rank }, logits, &mut call.results))
}

/// Gumbel-Softmax along an axis.
pub(super) struct Classes;

impl Handler for Classes {
    fn run(mut call: Call<'_>) -> Result<(), String> {
        use {Elements as E, ElementsMut as M};
        let (form, axis) = (Form::of(&call)?, call.attribute("axis")?);
        let (common, logits, results) = parts(&mut call)?;
        let own = &results[0].shape[results[0].shape.len() - common.rank..];
        let axis = Axis::of(own, axis as isize).map_err(|error| error.to_string())?;
        let is_soft = form == Form::Soft;
        match (&logits.elements, results) {
            (E::F32(l), [ArrayMut { elements: M::F32(y), .. }]) => {
                classes(&common, form, logits, l, axis, y)
            }
            (E::F64(l), [ArrayMut { elements: M::F64(y), .. }]) => {
                classes(&common, form, logits, l, axis, y)
            }
            (E::F16(l), [ArrayMut { elements: M::F16(y), .. }]) if is_soft => {
                half_classes(&common, logits, l, axis, y)
            }
            (E::Bf16(l), [ArrayMut { elements: M::Bf16(y), .. }]) if is_soft => {
                half_classes(&common, logits, l, axis, y)
            }
            (
                E::F32(l),
                [ArrayMut { elements: M::F32(h), .. }, ArrayMut { elements: M::F32(y), .. }],
            ) => both(&common, logits, l, axis, [h, y]),
            (
                E::F64(l),
                [ArrayMut { elements: M::F64(h), .. }, ArrayMut { elements: M::F64(y), .. }],
            ) => both(&common, logits, l, axis, [h, y]),
            _ => Err("logits: expected another type".into()),
        }
    }
}

/// The hard samples, and the soft ones that give their derivatives, in one pass.
fn both<T: Real>(
    common: &Common<'_>,
    logits: &Array<'_>,
    elements: &[T],
    axis: Axis,
    out: [&mut [T]; 2],
) -> Result<(), String> {
    let logits = common.batch.spread(&logits.shape, elements)?;
    common.batch.run_two(out[0].len(), out, |number, hard, soft| {
        let (key, logits) = (common.keys.of_call(number), logits.of(number));
        common.tau.with(number, common.one_tau, |tau| {
            relax::straight_through_gumbel_softmax_into(logits, axis, tau, key, hard, soft)
        })
    })
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
    gumbel::sample::gumbel_max_one_hot_into(logits, axis, key, out)
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
    fn memory(call: &Call<'_>) -> Result<usize, String> {
        // The soft samples that a hard one has beside it.
        let shape = call.results.first().map_or(&[][..], |result| &result.shape);
        let soft = shape.iter().product::<usize>().saturating_mul(size_of::<f64>());
        Ok(if Form::of(call)? == Form::Hard { soft } else { 0 })
    }

    fn run(mut call: Call<'_>) -> Result<(), String> {
        let form = Form::of(&call)?;
        let (common, logits, results) = parts(&mut call)?;
        match (&logits.elements, &mut results[0].elements) {
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

/// The derivative of soft samples along an axis, y (t - sum(y t)) / tau: of t the product with the Jacobian, which is
/// symmetric. Arguments: y, t and the temperature. Attributes: `axis` and `tau_rank`.
pub(super) struct Slopes;

impl Handler for Slopes {
    fn run(mut call: Call<'_>) -> Result<(), String> {
        use {Elements as E, ElementsMut as M};
        let (axis, one) = (call.attribute("axis")?, call.attribute("tau_rank")? == 0);
        let ([y, t, tau], [result]) = (&call.arguments[..], &mut call.results[..]) else {
            return Err("slopes: expected three arguments and one result".into());
        };
        let axis = Axis::of(&result.shape, axis as isize).map_err(|error| error.to_string())?;
        let batch = Batch::of(&result.shape, result.shape.len())?;
        let tau = Temperatures::of(&batch, tau)?;
        match (&y.elements, &t.elements, &mut result.elements) {
            (E::F32(y), E::F32(t), M::F32(out)) => slopes(&batch, y, t, axis, &tau, one, out),
            (E::F64(y), E::F64(t), M::F64(out)) => slopes(&batch, y, t, axis, &tau, one, out),
            _ => Err("y: expected another type".into()),
        }
    }
}

fn slopes<T: Real>(
    batch: &Batch,
    y: &[T],
    t: &[T],
    axis: Axis,
    tau: &Temperatures<'_>,
    one: bool,
    out: &mut [T],
) -> Result<(), String> {
    batch.run(out.len(), out, |number, out| {
        tau.with(number, one, |tau| relax::gumbel_softmax_vjp_into(y, t, axis, tau, out))
    })
}
