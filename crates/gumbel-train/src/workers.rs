//! Single-threaded workers: no tensor operation is split between threads.
//!
//! With its feature `rayon`, Flex splits large operations between threads. The size of the pool decides how an operation is
//! split, and so would decide the last bits of a sum. Here every worker is a rayon pool of one thread. An
//! operation inside a worker is not split, whatever the machine, and work is divided one level up: shards
//! of a batch, slices of a data set, parameters of a model. Results are taken in the order of the jobs. So
//! the number of workers changes the time and nothing else.

use std::sync::mpsc;

/// A fixed set of single-threaded workers.
#[derive(Debug)]
pub struct Workers {
    pools: Vec<rayon::ThreadPool>,
}

impl Workers {
    /// Starts `threads` workers, at least one.
    ///
    /// # Errors
    /// A thread that the system refuses to start.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let start = |number: usize| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(1)
                .thread_name(move |_| format!("worker-{number}"))
                .build()
                .map_err(std::io::Error::other)
        };
        Ok(Self { pools: (0..threads.max(1)).map(start).collect::<Result<_, _>>()? })
    }

    /// The number of workers.
    pub fn len(&self) -> usize {
        self.pools.len()
    }

    /// Returns `false`: there is at least one worker.
    pub fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    /// Runs every job, job `i` on worker `i` modulo their number, and returns the results in the
    /// order of the jobs.
    pub fn run<T: Send, R: Send>(
        &self,
        jobs: Vec<T>,
        work: impl Fn(usize, T) -> R + Sync,
    ) -> Vec<R> {
        let count = jobs.len();
        let mut queues: Vec<Vec<(usize, T)>> = self.pools.iter().map(|_| Vec::new()).collect();
        for (i, job) in jobs.into_iter().enumerate() {
            queues[i % self.pools.len()].push((i, job));
        }
        let (send, receive) = mpsc::channel();
        let work = &work;
        run_queues(&self.pools, queues, work, &send);
        drop(send);
        let mut results: Vec<Option<R>> = (0..count).map(|_| None).collect();
        for (i, result) in receive {
            results[i] = Some(result);
        }
        results.into_iter().map(|r| r.expect("every job sends one result")).collect()
    }
}

/// Starts the queue of each pool in a scope inside the scope of the pool before it, so that all run at
/// once and all are waited for.
fn run_queues<T: Send, R: Send>(
    pools: &[rayon::ThreadPool],
    mut queues: Vec<Vec<(usize, T)>>,
    work: &(impl Fn(usize, T) -> R + Sync),
    send: &mpsc::Sender<(usize, R)>,
) {
    let Some((pool, rest)) = pools.split_first() else {
        return;
    };
    let queue = queues.remove(0);
    pool.in_place_scope(|scope| {
        let send_here = send.clone();
        scope.spawn(move |_| {
            for (i, job) in queue {
                // The receiver lives until all scopes have ended.
                let _ = send_here.send((i, work(i, job)));
            }
        });
        run_queues(rest, queues, work, send);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for threads in [1, 2, 5] {
            let workers = Workers::new(threads).unwrap();
            let offset = 10;
            let squares = workers.run((0..7).collect(), |i, job: usize| {
                assert_eq!(rayon::current_num_threads(), 1);
                i * job + offset
            });
            assert_eq!(squares, [10, 11, 14, 19, 26, 35, 46]);
        }
    }

    #[test]
    fn no_jobs_no_results() {
        let none: Vec<u8> = Workers::new(2).unwrap().run(Vec::<u8>::new(), |_, job| job);
        assert!(none.is_empty());
    }
}
