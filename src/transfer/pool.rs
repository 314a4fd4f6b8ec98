//! Runs the parts of a transfer in several threads.

use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::shared_threads::SharedThreads;
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};

/// Runs `work` on each job in up to `threads` threads, this one included, and returns the results in the order of the jobs.
/// Jobs are taken from the iterator when a thread is free. With `shared` threads, this one counts as taken, and before each of its
/// jobs it starts as many others as are free.
///
/// The first error ends the rest: no further job is taken, `stop` is cancelled, and the error is returned once all threads have
/// ended.
pub(crate) fn run<J: Send, R: Send>(
    threads: usize,
    shared: Option<&Arc<SharedThreads>>,
    stop: &CancelToken,
    jobs: impl Iterator<Item = Result<J>> + Send,
    work: impl Fn(J) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let queue = Mutex::new(Queue { jobs: jobs.fuse().enumerate(), failure: None, results: Vec::new() });
    let work_off = |before: &mut dyn FnMut()| {
        let _panicking = StopOnPanic { stop };
        loop {
            // In a statement of its own, so that the lock is not held while the job runs.
            let next = lock(&queue).next(stop);
            let Some((index, job)) = next else { break };
            before();
            let result = work(job);
            lock(&queue).finish(index, result, stop);
        }
    };
    thread::scope(|scope| {
        let mut others = Vec::new();
        let mut start_others = || {
            while others.len().saturating_add(1) < threads {
                let taken = shared.map(SharedThreads::try_take);
                if matches!(taken, Some(None)) {
                    break;
                }
                let other = move || {
                    let _taken = taken;
                    work_off(&mut || ());
                };
                match thread::Builder::new().spawn_scoped(scope, other) {
                    Ok(other) => others.push(other),
                    Err(_) => break,
                }
            }
        };
        let own = panic::catch_unwind(panic::AssertUnwindSafe(|| work_off(&mut start_others)));
        let ended: Vec<_> = others.into_iter().map(thread::ScopedJoinHandle::join).collect();
        // A panic of a callback is the caller's.
        for ended in ended.into_iter().chain([own]) {
            if let Err(panic) = ended {
                panic::resume_unwind(panic);
            }
        }
    });
    queue.into_inner().unwrap_or_else(PoisonError::into_inner).into_results(stop)
}

/// A panic within a job, such as that of a callback, ends the other threads.
struct StopOnPanic<'s> {
    stop: &'s CancelToken,
}

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.stop.cancel();
        }
    }
}

fn lock<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Queue<I, R> {
    jobs: I,
    failure: Option<Error>,
    results: Vec<(usize, R)>,
}

impl<J, R, I: Iterator<Item = (usize, Result<J>)>> Queue<I, R> {
    fn next(&mut self, stop: &CancelToken) -> Option<(usize, J)> {
        if self.failure.is_some() || stop.is_cancelled() {
            return None;
        }
        match self.jobs.next()? {
            (index, Ok(job)) => Some((index, job)),
            (_, Err(error)) => {
                self.fail(error, stop);
                None
            }
        }
    }

    fn finish(&mut self, index: usize, result: Result<R>, stop: &CancelToken) {
        match result {
            Ok(result) => self.results.push((index, result)),
            Err(error) => self.fail(error, stop),
        }
    }

    /// The results in the order of the jobs.
    fn into_results(self, stop: &CancelToken) -> Result<Vec<R>> {
        let Queue { failure, mut results, .. } = self;
        match failure {
            Some(error) => Err(error),
            None if stop.is_cancelled() => Err(Error::new(ErrorKind::Cancelled, "cancelled")),
            None => {
                results.sort_by_key(|(index, _)| *index);
                Ok(results.into_iter().map(|(_, result)| result).collect())
            }
        }
    }

    /// Keeps the first error. Those that follow are about the cancellation.
    fn fail(&mut self, error: Error, stop: &CancelToken) {
        stop.cancel();
        self.failure.get_or_insert(error);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_jobs() {
        let jobs = (0..100).map(Ok);
        let results = run(7, None, &CancelToken::new(), jobs, |job: u32| Ok(job * 2)).unwrap();
        assert_eq!(results, (0..100).map(|job| job * 2).collect::<Vec<_>>());
    }

    #[test]
    fn first_error_ends_the_rest() {
        let (stop, started) = (CancelToken::new(), AtomicUsize::new(0));
        let jobs = (0..1_000_000).map(Ok);
        let result = run(4, None, &stop, jobs, |job: u32| {
            started.fetch_add(1, Ordering::SeqCst);
            match job {
                3 => Err(Error::new(ErrorKind::Other, "three")),
                _ => Ok(job),
            }
        });
        assert_eq!(result.unwrap_err().to_string(), "three");
        assert!(stop.is_cancelled() && started.load(Ordering::SeqCst) < 1_000_000);
    }

    #[test]
    fn shared_threads_are_taken_while_they_are_free() {
        let shared = SharedThreads::new(3);
        let taken = shared.try_take();
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let results = run(8, Some(&shared), &CancelToken::new(), (0..200).map(Ok), |job: u32| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(job)
        });
        drop(taken);
        assert_eq!(results.unwrap().len(), 200);
        assert!((1..=3).contains(&most.into_inner()));
        assert_eq!((0..4).map_while(|_| shared.try_take()).collect::<Vec<_>>().len(), 3);
    }

    #[test]
    fn failed_source_of_jobs_is_the_error() {
        let jobs = [Ok(1), Err(Error::new(ErrorKind::Body, "gone")), Ok(2)].into_iter();
        let result = run(1, None, &CancelToken::new(), jobs, |job: u32| Ok(job));
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Body);
    }
}
