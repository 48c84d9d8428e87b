//! Checks of values on a device, whose results are read at once or later.

use std::cell::RefCell;
use std::marker::PhantomData;

use burn::tensor::{Int, IntDType, Tensor, TensorData, Transaction};

use crate::error::Error;

/// A check that a device makes: its number, which is 0 if all is well, and what finds the error if not.
struct Pending {
    wrong: Tensor<1, Int>,
    explain: Box<dyn FnOnce() -> Result<(), Error>>,
}

thread_local! {
    /// The checks of each scope that is open on this thread, the innermost last.
    static SCOPES: RefCell<Vec<Vec<Pending>>> = const { RefCell::new(Vec::new()) };
}

/// A scope in which the results of checks on a device are kept and read together at its end.
///
/// Every function of this crate checks the values that it is given. On a graphics card the check is part of the kernel,
/// and its result is one number. To return an error at once, the processor has to wait for that number, and the card
/// then waits for the processor. Inside a scope the functions return `Ok`, and [`finish_with`](Self::finish_with) reads
/// all the numbers together with the loss, which a step reads anyway.
///
/// - A scope holds for its thread. Scopes may be nested; the results go to the innermost. The end of a scope ends the
///   scopes that were opened inside it, with their results.
/// - Shapes, axes and scalar temperatures are still checked at once, and so is everything on the processor.
/// - A sample of logits that are not allowed has no meaning.
/// - The scope keeps the checked tensors until its end. A scope that is dropped reads nothing.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::{DeferredChecks, gumbel_softmax};
/// let device = Device::flex().autodiff();
/// let weight = Tensor::<2>::zeros([8, 10], &device).require_grad();
/// let run_key = Key::new(7);
/// for step in 0..3 {
///     let checks = DeferredChecks::start();
///     let y = gumbel_softmax(weight.clone(), -1, 0.5, run_key.fold_in(step))?;
///     let loss = y.powi_scalar(2).sum();
///     let gradients = loss.backward();
///     let loss = checks.finish_with(loss)?.iter::<f32>().next();
///     assert!(loss.unwrap() > 0.8 && weight.grad(&gradients).is_some());
/// }
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the checks of a scope that is dropped are never read"]
pub struct DeferredChecks {
    /// The number of scopes around this one.
    depth: usize,
    /// A scope belongs to its thread.
    here: PhantomData<*const ()>,
}

impl DeferredChecks {
    /// Opens a scope on this thread.
    pub fn start() -> Self {
        let depth = SCOPES.with_borrow_mut(|scopes| {
            scopes.push(Vec::new());
            scopes.len() - 1
        });
        Self { depth, here: PhantomData }
    }

    /// Reads the results of all checks since [`start`](Self::start) and closes the scope.
    ///
    /// # Errors
    /// The error of the first check that failed: the one that the function would have returned.
    pub fn finish(self) -> Result<(), Error> {
        verify(self.take())
    }

    /// Reads a tensor, for instance the loss, together with the results of all checks, and closes the scope.
    ///
    /// # Errors
    /// As [`finish`](Self::finish). The values of the tensor mean nothing then.
    pub fn finish_with<const D: usize>(self, values: Tensor<D>) -> Result<TensorData, Error> {
        let values = plain(values);
        let pending = self.take();
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|check| check.wrong.device() == values.device());
        let Some(numbers) = numbers(&here) else {
            verify(elsewhere)?;
            return Ok(values.into_data());
        };
        let read = Transaction::default().register(values).register(numbers).execute();
        let [values, numbers]: [TensorData; 2] = read.try_into().expect("two tensors");
        explain(here, &numbers)?;
        verify(elsewhere)?;
        Ok(values)
    }

    /// The checks of this scope, and of those that were opened inside it and not closed.
    fn take(&self) -> Vec<Pending> {
        SCOPES.with_borrow_mut(|scopes| {
            let first = self.depth.min(scopes.len());
            scopes.drain(first..).flatten().collect()
        })
    }
}

impl Drop for DeferredChecks {
    fn drop(&mut self) {
        SCOPES.with_borrow_mut(|scopes| scopes.truncate(self.depth));
    }
}

/// A tensor without its graph.
pub(crate) fn plain<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    if tensor.device().is_autodiff() { tensor.inner() } else { tensor }
}

/// Adds a check to the innermost scope, or without one reads its result now.
pub(crate) fn check(
    wrong: Tensor<1, Int>,
    explain: impl FnOnce() -> Result<(), Error> + 'static,
) -> Result<(), Error> {
    let wrong = if wrong.device().is_autodiff() { wrong.inner() } else { wrong };
    let pending = Pending { wrong: wrong.cast(IntDType::I32), explain: Box::new(explain) };
    let rest = SCOPES.with_borrow_mut(|scopes| match scopes.last_mut() {
        Some(scope) => {
            scope.push(pending);
            None
        }
        None => Some(pending),
    });
    rest.map_or(Ok(()), |pending| verify(vec![pending]))
}

/// Reads the numbers of checks, those of one device together, and returns the first error.
fn verify(pending: Vec<Pending>) -> Result<(), Error> {
    let mut pending = pending.into_iter().peekable();
    while let Some(first) = pending.next() {
        let device = first.wrong.device();
        let mut group = vec![first];
        while let Some(next) = pending.next_if(|next| next.wrong.device() == device) {
            group.push(next);
        }
        if let Some(numbers) = numbers(&group) {
            explain(group, &numbers.into_data())?;
        }
    }
    Ok(())
}

/// The numbers of checks on one device, as one tensor; none without checks.
fn numbers(pending: &[Pending]) -> Option<Tensor<1, Int>> {
    let all: Vec<Tensor<1, Int>> = pending.iter().map(|check| check.wrong.clone()).collect();
    (!all.is_empty()).then(|| Tensor::cat(all, 0))
}

/// The first error of checks with these numbers.
fn explain(pending: Vec<Pending>, numbers: &TensorData) -> Result<(), Error> {
    for (check, number) in pending.into_iter().zip(numbers.iter::<i64>()) {
        if number != 0 {
            (check.explain)()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn wrong(number: i32, name: &'static str) -> Result<(), Error> {
        let number = Tensor::<1, Int>::from_data([number], &Device::flex());
        check(number, move || Err(Error::Unreadable { argument: name, reason: String::new() }))
    }

    fn name(result: Result<(), Error>) -> &'static str {
        match result {
            Err(Error::Unreadable { argument, .. }) => argument,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_error_of_a_scope_comes_at_its_end() {
        assert_eq!(name(wrong(1, "now")), "now");
        wrong(0, "no").unwrap();
        let checks = DeferredChecks::start();
        wrong(0, "no").unwrap();
        wrong(2, "first").unwrap();
        wrong(1, "second").unwrap();
        assert_eq!(name(checks.finish()), "first");
        assert_eq!(name(wrong(1, "now")), "now");
    }

    #[test]
    fn scopes_that_end_out_of_order_lose_no_check() {
        let outer = DeferredChecks::start();
        wrong(1, "outer").unwrap();
        let inner = DeferredChecks::start();
        wrong(1, "inner").unwrap();
        assert_eq!(name(outer.finish()), "outer");
        // The inner scope ended with the outer one.
        assert_eq!(name(wrong(1, "now")), "now");
        inner.finish().unwrap();
        let outer = DeferredChecks::start();
        let inner = DeferredChecks::start();
        wrong(1, "inner").unwrap();
        drop(inner);
        outer.finish().unwrap();
    }

    #[test]
    fn a_tensor_is_read_with_the_checks() {
        let loss = || Tensor::<1>::from_floats([3.0], &Device::flex().autodiff());
        let checks = DeferredChecks::start();
        wrong(0, "no").unwrap();
        assert_eq!(checks.finish_with(loss()).unwrap().iter::<f32>().next(), Some(3.0));
        let checks = DeferredChecks::start();
        wrong(1, "yes").unwrap();
        assert_eq!(name(checks.finish_with(loss()).map(drop)), "yes");
        let checks = DeferredChecks::start();
        assert_eq!(checks.finish_with(loss()).unwrap().iter::<f32>().next(), Some(3.0));
    }
}
