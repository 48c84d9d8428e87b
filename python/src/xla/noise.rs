//! Noise into the result of a call.

use gumbel::Real;
use gumbel::half_precision::Half;
use gumbel::noise::Law;

use super::batch::{Batch, Keys};
use super::frame::{ArrayMut, Call, ElementsMut, Handler};
use crate::arrays::{Filler, narrow, wide};

/// Noise of the element numbers of each call. Argument: the key. Attributes: `law`, and the `rank` of one call.
pub(super) struct Noise;

/// The laws, by the number that the Python half gives them.
const LAWS: [Law; 5] = [Law::Uniform, Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal];

impl Handler for Noise {
    fn run(mut call: Call<'_>) -> Result<(), String> {
        let law = *LAWS.get(call.attribute("law")?).ok_or("law: expected a number below 5")?;
        let rank = call.attribute("rank")?;
        let ([keys], [result]) = (&call.arguments[..], &mut call.results[..]) else {
            return Err("noise: expected one argument and one result".into());
        };
        let ArrayMut { shape, elements } = result;
        let batch = Batch::of(shape, rank)?;
        let keys = Keys::of(&batch, keys)?;
        match elements {
            ElementsMut::F32(out) => fill(&batch, &keys, of_wide::<f32>(law), out),
            ElementsMut::F64(out) => fill(&batch, &keys, of_wide::<f64>(law), out),
            ElementsMut::F16(out) => fill(&batch, &keys, of_narrow(law), out),
            ElementsMut::Bf16(out) => fill(&batch, &keys, of_narrow(law), out),
            ElementsMut::I32(_) => Err("noise: expected floating-point numbers".into()),
        }
    }
}

fn of_wide<T: Real>(law: Law) -> Option<Filler<T>> {
    wide::filler(law)
}

fn of_narrow<H: Half>(law: Law) -> Option<Filler<H>> {
    narrow::filler(law)
}

fn fill<T: Send>(
    batch: &Batch,
    keys: &Keys<'_>,
    filler: Option<Filler<T>>,
    out: &mut [T],
) -> Result<(), String> {
    let filler = filler.ok_or("dtype: uniform numbers of 16 bits would round to 0 and 1")?;
    batch.run(out.len(), out, |number, out| {
        filler(keys.of_call(number), 0, out);
        Ok(())
    })
}
