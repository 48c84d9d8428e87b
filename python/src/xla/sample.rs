//! Classes, orders and integers into the result of a call, as `int32`.

use gumbel::{Axis, Categorical, Key, Real};
use rand_core::Rng;

use super::batch::{Batch, Keys};
use super::frame::{Array, ArrayMut, Call, Elements, ElementsMut, Handler};

/// Classes of rows. Arguments: the key, and the values of the classes. Attributes: `method`, `rank`, that of the values
/// of one call, `axis`, and `n`, the number of draws of a row, which are the last axis of the result.
pub(super) struct Choices;

#[derive(Clone, Copy)]
enum Method {
    /// One class by the fastest method for the number of classes, from logits.
    Sample,
    /// The argmax of logits + Gumbel noise, along any axis.
    GumbelMax,
    /// n classes with replacement, from logits.
    Many,
    /// n classes without replacement, from logits.
    Top,
    /// The same two from one row of weights.
    ManyOfWeights,
    TopOfWeights,
}

const METHODS: [Method; 6] = [
    Method::Sample,
    Method::GumbelMax,
    Method::Many,
    Method::Top,
    Method::ManyOfWeights,
    Method::TopOfWeights,
];

impl Handler for Choices {
    fn memory(call: &Call<'_>) -> Result<usize, String> {
        // The indices of all draws; a draw by inversion or a pick takes 24 bytes more.
        let drawn = call.results.first().map_or(0, |result| result.shape.iter().product());
        Ok(usize::saturating_mul(drawn, 32))
    }

    fn run(mut call: Call<'_>) -> Result<(), String> {
        let method = *METHODS.get(call.attribute("method")?).ok_or("method: unknown")?;
        let (rank, axis) = (call.attribute("rank")?, call.attribute("axis")?);
        let n = call.attribute("n")?;
        let ([keys, values], [result]) = (&call.arguments[..], &mut call.results[..]) else {
            return Err("choices: expected two arguments and one result".into());
        };
        let (shape, out) = integers(result)?;
        let several = !matches!(method, Method::Sample | Method::GumbelMax);
        let batch = Batch::of(shape, rank - 1 + usize::from(several))?;
        let own = values.shape.len().checked_sub(rank).ok_or("values: too few axes")?;
        let axis = Axis::of(&values.shape[own..], axis as isize).map_err(|e| e.to_string())?;
        let draw = Draw { method, axis, n, single: rank == 1 };
        let keys = Keys::of(&batch, keys)?;
        match values.elements {
            Elements::F32(elements) => choose(&batch, &keys, values, elements, draw, out),
            Elements::F64(elements) => choose(&batch, &keys, values, elements, draw, out),
            _ => Err("logits: expected another type".into()),
        }
    }
}

/// What is drawn from each row.
#[derive(Clone, Copy)]
struct Draw {
    method: Method,
    axis: Axis,
    n: usize,
    /// Whether the values are one row without axes for rows.
    single: bool,
}

fn choose<T: Real>(
    batch: &Batch,
    keys: &Keys<'_>,
    values: &Array<'_>,
    elements: &[T],
    draw: Draw,
    out: &mut [i32],
) -> Result<(), String> {
    let spread = batch.spread(&values.shape, elements)?;
    let work = elements.len().max(out.len()).max(spread.of(0).len() * batch.calls());
    batch.run(work, out, |number, out| {
        let drawn = draw.classes(keys.of_call(number), spread.of(number))?;
        for (out, class) in out.iter_mut().zip(drawn) {
            // The Python half refuses more classes than an `int32` can count.
            *out = class as i32;
        }
        Ok(())
    })
}

impl Draw {
    /// The classes of the rows of one call.
    fn classes<T: Real>(self, key: Key, values: &[T]) -> gumbel::Result<Vec<usize>> {
        let k = self.axis.classes();
        match self.method {
            Method::Sample => Categorical::from_logits(values, k)?.sample(key),
            Method::GumbelMax => gumbel::gumbel_max(values, self.axis, key),
            Method::Many => self.many(key, Categorical::from_logits(values, k)?),
            Method::ManyOfWeights => self.many(key, Categorical::from_weights(values, k)?),
            Method::Top => self.top(key, Categorical::from_logits(values, k)?),
            Method::TopOfWeights => self.top(key, Categorical::from_weights(values, k)?),
        }
    }

    /// The keys for several draws of each row: a single row draws with the key itself, row r of a batch with its child
    /// r, as in `gumbelkit.categorical`.
    fn keys(&self, key: Key, rows: usize) -> Vec<Key> {
        if self.single { vec![key] } else { (0..rows as u64).map(|row| key.fold_in(row)).collect() }
    }

    fn many<T: Real>(self, key: Key, rows: Categorical<'_, T>) -> gumbel::Result<Vec<usize>> {
        rows.sample_many_rows(self.n, &self.keys(key, rows.rows()))
    }

    fn top<T: Real>(self, key: Key, rows: Categorical<'_, T>) -> gumbel::Result<Vec<usize>> {
        let drawn = rows.top_k_rows(self.n, &self.keys(key, rows.rows()))?;
        Ok(drawn.iter().flat_map(|top| top.picks()).map(|pick| pick.index as usize).collect())
    }
}

fn integers<'c>(result: &'c mut ArrayMut<'_>) -> Result<(&'c [usize], &'c mut [i32]), String> {
    match &mut result.elements {
        ElementsMut::I32(out) => Ok((&result.shape, out)),
        _ => Err("result: expected int32".into()),
    }
}

/// Numbers below `n`. Argument: the key. Attributes: `n`; `distinct`, 1 for the first of a random order; `rank`.
pub(super) struct Integers;

impl Handler for Integers {
    fn memory(call: &Call<'_>) -> Result<usize, String> {
        let (n, distinct) = (call.attribute("n")?, call.attribute("distinct")? == 1);
        Ok(if distinct { n.saturating_mul(size_of::<usize>()) } else { 0 })
    }

    fn run(mut call: Call<'_>) -> Result<(), String> {
        let (n, distinct) = (call.attribute("n")?, call.attribute("distinct")? == 1);
        let rank = call.attribute("rank")?;
        let ([keys], [result]) = (&call.arguments[..], &mut call.results[..]) else {
            return Err("integers: expected one argument and one result".into());
        };
        let (shape, out) = integers(result)?;
        let batch = Batch::of(shape, rank)?;
        let keys = Keys::of(&batch, keys)?;
        let work = if distinct { n * batch.calls() } else { out.len() };
        batch.run(work, out, |number, out| {
            let key = keys.of_call(number);
            if distinct {
                let order = gumbel::sample::permutation(key, n);
                out.iter_mut().zip(order).for_each(|(out, index)| *out = index as i32);
            } else {
                let mut rng = key.rng();
                out.fill_with(|| below(&mut rng, n as u64) as i32);
            }
            Ok(())
        })
    }
}

/// A uniform integer below `n`, by rejection: words from the last multiple of `n` on would favour the small results.
fn below(rng: &mut impl Rng, n: u64) -> u64 {
    let limit = u64::MAX - u64::MAX % n;
    loop {
        let word = rng.next_u64();
        if word < limit {
            return word % n;
        }
    }
}
