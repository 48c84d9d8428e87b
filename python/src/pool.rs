//! The threads of the package: a pool of its own, made anew in a forked process.
//!
//! A forked process has a copy of the pool's memory and none of its threads, so a call into the old pool would wait for
//! ever. `multiprocessing` and the workers of a `DataLoader` fork. So the pool is known by the number of its process,
//! and a process with another number makes its own. The choices have the same bits on any number of threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error;

/// Work below this number of elements stays on the calling thread. The core cuts no smaller work either.
pub(crate) const LEAST: usize = 1 << 16;

/// Work of XLA below this number of elements, a third of a millisecond, stays on the calling thread too: the threads of
/// XLA and those of the pool share the processors, and one that waits for the other loses more than the pool gains.
const LEAST_SHARED: usize = 1 << 18;

struct Threads {
    process: u32,
    pool: Option<Arc<ThreadPool>>,
    /// The number that the user asked for.
    wanted: Option<usize>,
}

// Locked only while the interpreter is held. With the global lock of the interpreter no fork finds it locked; on a build
// of Python without that lock, a fork in the microseconds in which another thread holds it would.
static THREADS: Mutex<Threads> = Mutex::new(Threads { process: 0, pool: None, wanted: None });

impl Threads {
    /// Forgets a pool that belongs to the parent of this process. Its threads are not here to be joined.
    fn leave_parent(&mut self) {
        let process = std::process::id();
        if self.process != process {
            std::mem::forget(self.pool.take());
            self.process = process;
        }
    }

    fn pool(&mut self) -> PyResult<Arc<ThreadPool>> {
        self.leave_parent();
        if let Some(pool) = &self.pool {
            return Ok(Arc::clone(pool));
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.wanted.unwrap_or(0))
            .thread_name(|i| format!("gumbelkit-{i}"))
            .build()
            .map_err(|e| error::refused(format!("threads: {e}")))?;
        let pool = Arc::new(pool);
        publish(self.process, &pool);
        self.pool = Some(Arc::clone(&pool));
        Ok(pool)
    }
}

/// A pool that threads without the interpreter find without a lock: a fork could find a lock of theirs locked.
struct Published {
    process: u32,
    pool: Weak<ThreadPool>,
    next: OnceLock<&'static Published>,
}

static PUBLISHED: OnceLock<&'static Published> = OnceLock::new();

/// The last published pool.
fn last_published() -> Option<&'static Published> {
    let mut last = *PUBLISHED.get()?;
    while let Some(next) = last.next.get() {
        last = next;
    }
    Some(last)
}

/// Adds a pool to the list, while [`THREADS`] is locked. The entry, of some bytes, lives as long as the process.
fn publish(process: u32, pool: &Arc<ThreadPool>) {
    let entry = Published { process, pool: Arc::downgrade(pool), next: OnceLock::new() };
    let place = last_published().map_or(&PUBLISHED, |last| &last.next);
    // The place is empty: only the holder of the lock fills one.
    let _ = place.set(Box::leak(Box::new(entry)));
}

/// Runs `work` on `elements` elements on a thread that does not hold the interpreter: in the pool if it is long, else
/// here. It never asks for the interpreter: at the end of a process, that would wait for ever.
pub(crate) fn run_outside<T: Send>(
    elements: usize,
    work: impl FnOnce() -> T + Send,
) -> Result<T, String> {
    if elements < LEAST {
        return Ok(work());
    }
    let published = last_published().filter(|last| last.process == std::process::id());
    // `gumbelkit.jax` makes the pool when it is imported, and in a forked process.
    let Some(pool) = published.and_then(|last| last.pool.upgrade()) else {
        let alone = |own: &Option<ThreadPool>| own.as_ref().map(|own| own.install(work));
        return OWN.with(alone).ok_or_else(|| "threads: expected a pool, found none".into());
    };
    let alone = elements < LEAST_SHARED || pool.current_num_threads() == 1;
    Ok(if alone { here(&pool, work) } else { pool.install(work) })
}

/// The calling threads that have a pool of their own: its memory lasts as long as the process.
static OWNERS: AtomicUsize = AtomicUsize::new(0);
const MOST_OWNERS: usize = 256;

thread_local! {
    /// A pool that has this thread alone.
    static OWN: Option<ThreadPool> = {
        let builder = ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        let free = OWNERS.fetch_add(1, Ordering::Relaxed) < MOST_OWNERS;
        free.then(|| builder.build().ok()).flatten()
    };
}

/// Runs `work` on the calling thread, as the only thread of a pool: to hand work to another thread and to wait for it
/// takes ten microseconds, and milliseconds on a busy machine. Where that fails, `pool` does the work.
fn here<T: Send>(pool: &ThreadPool, work: impl FnOnce() -> T + Send) -> T {
    OWN.with(|own| own.as_ref().unwrap_or(pool).install(work))
}

/// Runs `work` on `elements` elements without the interpreter: in the pool if it is long, else here.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    elements: usize,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    if elements < LEAST {
        return Ok(if elements < 1 << 11 { work() } else { py.detach(work) });
    }
    let pool = THREADS.lock().unwrap_or_else(PoisonError::into_inner).pool()?;
    let alone = pool.current_num_threads() == 1;
    Ok(py.detach(|| if alone { here(&pool, work) } else { pool.install(work) }))
}

/// The number of threads that long calls use.
#[pyfunction]
pub(crate) fn num_threads() -> PyResult<usize> {
    let pool = THREADS.lock().unwrap_or_else(PoisonError::into_inner).pool()?;
    Ok(pool.current_num_threads())
}

/// Sets the number of threads that long calls use; None is the default: `RAYON_NUM_THREADS`, or all processors.
#[pyfunction]
#[pyo3(signature = (n, /))]
pub(crate) fn set_num_threads(n: Option<i64>) -> PyResult<()> {
    if let Some(found) = n.filter(|n| !(1..=1024).contains(n)) {
        return Err(error::refused(format!("n: expected from 1 to 1024 threads, found {found}")));
    }
    let n = n.map(|n| n as usize);
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    threads.leave_parent();
    threads.wanted = n;
    // Threads without the interpreter look for a pool, and make none.
    if let Some(_until_the_next_is_there) = threads.pool.take() {
        threads.pool()?;
    }
    Ok(())
}

/// Whether the float32 kernels round a product and the sum after it once here: then float32 bits are those of every
/// machine that does.
#[pyfunction]
pub(crate) fn fuses_multiply_add() -> bool {
    gumbel::fuses_multiply_add()
}
