//! Checks of values on a device, whose results are read at once or later.

use std::cell::RefCell;
use std::marker::PhantomData;

use burn::tensor::{Int, Tensor};

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
/// then waits for the processor. Inside a scope the functions return `Ok`, and [`finish`](DeferredChecks::finish) reads
/// all the numbers at once: best just after the loss, which is read too.
///
/// - A scope holds for its thread. Scopes may be nested; each has the checks since its start.
/// - Shapes, axes and scalar temperatures are still checked at once, and so is everything on the processor.
/// - A sample of logits that are not allowed has no meaning. It holds no memory that it should not.
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
///     let loss = loss.into_scalar::<f32>();
///     checks.finish()?;
///     assert!(loss > 0.8 && weight.grad(&gradients).is_some());
/// }
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the checks of a scope that is dropped are never read"]
pub struct DeferredChecks {
    /// A scope belongs to its thread.
    here: PhantomData<*const ()>,
}

impl DeferredChecks {
    /// Opens a scope on this thread.
    #[expect(clippy::new_without_default, reason = "a scope is opened where it is written")]
    pub fn start() -> Self {
        SCOPES.with_borrow_mut(|scopes| scopes.push(Vec::new()));
        Self { here: PhantomData }
    }

    /// Reads the results of all checks since [`start`](Self::start) and closes the scope.
    ///
    /// # Errors
    /// The error of the first check that failed: the one that the function would have returned.
    pub fn finish(self) -> Result<(), Error> {
        let pending = SCOPES.with_borrow_mut(|scopes| scopes.last_mut().map(std::mem::take));
        verify(pending.unwrap_or_default())
    }
}

impl Drop for DeferredChecks {
    fn drop(&mut self) {
        SCOPES.with_borrow_mut(Vec::pop);
    }
}

/// Adds a check to the innermost scope, or without one reads its result now.
pub(crate) fn check(
    wrong: Tensor<1, Int>,
    explain: impl FnOnce() -> Result<(), Error> + 'static,
) -> Result<(), Error> {
    let pending = Pending { wrong, explain: Box::new(explain) };
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
        let numbers = Tensor::cat(group.iter().map(|check| check.wrong.clone()).collect(), 0);
        let numbers = numbers.into_data();
        for (check, number) in group.into_iter().zip(numbers.iter::<i64>()) {
            if number != 0 {
                (check.explain)()?;
            }
        }
    }
    Ok(())
}
