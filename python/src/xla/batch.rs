//! Batches of calls: what `jax.vmap` makes of a call.
//!
//! `vmap` adds axes in front: of length n to an argument that differs from call to call, of length 1 to the others,
//! and of length n to every result. Each call of the batch is computed by itself, so `vmap` gives, to the bit, what a
//! loop would give.

use gumbel::{Key, Temperature};
use rayon::prelude::*;

use super::frame::{Array, Elements};
use crate::pool;

/// The axes in front of the results.
pub(super) struct Batch {
    dims: Vec<usize>,
}

impl Batch {
    /// The batch of a result whose call alone has the rank `own`.
    pub(super) fn of(shape: &[usize], own: usize) -> Result<Self, String> {
        let axes = shape.len().checked_sub(own).ok_or("result: too few axes")?;
        Ok(Self { dims: shape[..axes].to_vec() })
    }

    pub(super) fn calls(&self) -> usize {
        self.dims.iter().product()
    }

    /// An argument, of which each call has a part.
    pub(super) fn spread<'a, T>(
        &self,
        shape: &[usize],
        elements: &'a [T],
    ) -> Result<Spread<'a, T>, String> {
        let axes = self.dims.len();
        let fits = |(&of, &dim): (&usize, &usize)| of == 1 || of == dim;
        if shape.len() < axes || !shape.iter().zip(&self.dims).all(fits) {
            return Err(format!("argument: expected axes for the batch {:?}", self.dims));
        }
        let size = shape[axes..].iter().product();
        let mut steps = vec![(1, 0); axes];
        let mut step = size;
        for (i, &of) in shape[..axes].iter().enumerate().rev() {
            steps[i] = (self.dims[i], if of == 1 { 0 } else { step });
            step *= of;
        }
        Ok(Spread { elements, size, steps })
    }

    /// Calls `f` with the number of each call and its part of the result, `out`. `elements` is a measure of the work.
    ///
    /// The error is that of the first call that has one.
    pub(super) fn run<T: Send>(
        &self,
        elements: usize,
        out: &mut [T],
        f: impl Fn(usize, &mut [T]) -> gumbel::Result<()> + Sync,
    ) -> Result<(), String> {
        let parts = self.parts(out);
        self.run_parts(elements, parts, f)
    }

    /// As [`Batch::run`], for two results of the same shape.
    pub(super) fn run_two<T: Send>(
        &self,
        elements: usize,
        [first, second]: [&mut [T]; 2],
        f: impl Fn(usize, &mut [T], &mut [T]) -> gumbel::Result<()> + Sync,
    ) -> Result<(), String> {
        let parts = self.parts(first).into_iter().zip(self.parts(second)).collect();
        self.run_parts(elements, parts, |number, (first, second)| f(number, first, second))
    }

    /// The part of each call.
    fn parts<'a, T>(&self, out: &'a mut [T]) -> Vec<&'a mut [T]> {
        let calls = self.calls();
        let size = out.len().checked_div(calls).unwrap_or(0);
        let mut rest = out;
        let next = |_| {
            let (part, later) = std::mem::take(&mut rest).split_at_mut(size);
            rest = later;
            part
        };
        (0..calls).map(next).collect()
    }

    fn run_parts<P: Send>(
        &self,
        elements: usize,
        parts: Vec<P>,
        f: impl Fn(usize, P) -> gumbel::Result<()> + Sync,
    ) -> Result<(), String> {
        let attempt = |(number, part)| Some((number, f(number, part).err()?));
        // Short work is done on this thread, so it must not meet rayon outside of the pool.
        let failed = if parts.len() == 1 || elements < pool::LEAST {
            pool::run_outside(elements, || parts.into_iter().enumerate().find_map(attempt))
        } else {
            pool::run_outside(elements, || {
                let errors = parts.into_par_iter().enumerate().filter_map(attempt);
                errors.min_by_key(|(number, _)| *number)
            })
        }?;
        match failed {
            None => Ok(()),
            Some((_, error)) if self.dims.is_empty() => Err(error.to_string()),
            Some((number, error)) => Err(format!("call {number} of the batch: {error}")),
        }
    }
}

/// The parts of an argument.
pub(super) struct Spread<'a, T> {
    elements: &'a [T],
    size: usize,
    /// The length of each axis of the batch, and the distance of neighbours along it.
    steps: Vec<(usize, usize)>,
}

impl<'a, T> Spread<'a, T> {
    /// The part of a call.
    pub(super) fn of(&self, mut number: usize) -> &'a [T] {
        let mut start = 0;
        for &(dim, step) in self.steps.iter().rev() {
            start += number % dim * step;
            number /= dim;
        }
        &self.elements[start..start + self.size]
    }
}

/// The key of each call.
pub(super) struct Keys<'a>(Spread<'a, u32>);

impl<'a> Keys<'a> {
    /// Keys from four words each: the two numbers of a key, low halves first.
    pub(super) fn of(batch: &Batch, array: &Array<'a>) -> Result<Self, String> {
        match array.elements {
            Elements::U32(words) if array.shape.last() == Some(&4) => {
                batch.spread(&array.shape, words).map(Self)
            }
            _ => Err("key: expected four words of 32 bits".into()),
        }
    }

    pub(super) fn of_call(&self, number: usize) -> Key {
        let words = self.0.of(number);
        let join = |low: usize| u64::from(words[low]) | u64::from(words[low + 1]) << 32;
        Key::from_parts(join(0), join(2))
    }
}

/// The temperatures of each call.
pub(super) enum Temperatures<'a> {
    Narrow(Spread<'a, f32>),
    Wide(Spread<'a, f64>),
}

impl<'a> Temperatures<'a> {
    pub(super) fn of(batch: &Batch, array: &Array<'a>) -> Result<Self, String> {
        match array.elements {
            Elements::F32(tau) => batch.spread(&array.shape, tau).map(Self::Narrow),
            Elements::F64(tau) => batch.spread(&array.shape, tau).map(Self::Wide),
            _ => Err("temperature: expected floating-point numbers".into()),
        }
    }

    /// Calls `f` with the temperatures of a call: one number if the argument has no axes of its own.
    pub(super) fn with<R>(
        &self,
        number: usize,
        one: bool,
        f: impl FnOnce(Temperature<'_>) -> R,
    ) -> R {
        match self {
            Self::Narrow(tau) if one => f(f64::from(tau.of(number)[0]).into()),
            Self::Wide(tau) if one => f(tau.of(number)[0].into()),
            Self::Narrow(tau) => {
                let tau: Vec<f64> = tau.of(number).iter().copied().map(f64::from).collect();
                f(tau.as_slice().into())
            }
            Self::Wide(tau) => f(tau.of(number).into()),
        }
    }
}
