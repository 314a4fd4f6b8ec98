//! Single flight: work that outlives its caller's deadline runs once in a background thread, and later callers share it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::deadline::Deadline;

/// Runs at most one piece of work at a time.
pub(super) struct SingleFlight<T>(Mutex<Option<Arc<Run<T>>>>);

/// One run of the work.
struct Run<T> {
    state: Mutex<RunState<T>>,
    changed: Condvar,
}

enum RunState<T> {
    Running,
    Done(T),
    /// A caller took the result, or there is none because the work panicked.
    Finished {
        panicked: bool,
    },
}

/// The outcome of a wait.
pub(super) enum FlightOutcome<T> {
    /// The result of the work.
    Finished {
        result: T,
        /// The caller's own work ran, not work that was already running.
        is_own: bool,
    },
    /// Another caller took the result.
    Taken,
    Panicked,
    DeadlineExceeded,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        SingleFlight(Mutex::new(None))
    }
}

impl<T: Send + 'static> SingleFlight<T> {
    /// Starts the work unless some is running, and waits for its result until `deadline`.
    pub(super) fn wait(&self, deadline: Deadline, work: impl FnOnce() -> T + Send + 'static) -> FlightOutcome<T> {
        let (run, is_own) = self.join(work);
        let mut state = lock(&run.state);
        while matches!(*state, RunState::Running) {
            state = match deadline.left() {
                Some(left) if left.is_zero() => return FlightOutcome::DeadlineExceeded,
                Some(left) => run.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => run.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        match std::mem::replace(&mut *state, RunState::Finished { panicked: false }) {
            RunState::Done(result) => FlightOutcome::Finished { result, is_own },
            RunState::Finished { panicked: true } => {
                *state = RunState::Finished { panicked: true };
                FlightOutcome::Panicked
            }
            RunState::Finished { panicked: false } | RunState::Running => FlightOutcome::Taken,
        }
    }

    /// Starts the work unless some is running, without waiting for it.
    pub(super) fn start(&self, work: impl FnOnce() -> T + Send + 'static) {
        self.join(work);
    }

    fn join(&self, work: impl FnOnce() -> T + Send + 'static) -> (Arc<Run<T>>, bool) {
        let mut current = lock(&self.0);
        if let Some(run) = current.as_ref().filter(|run| matches!(*lock(&run.state), RunState::Running)) {
            return (Arc::clone(run), false);
        }
        let run = Arc::new(Run { state: Mutex::new(RunState::Running), changed: Condvar::new() });
        let background = Arc::clone(&run);
        let spawned = std::thread::Builder::new().name("tucuxi-credentials".to_owned()).spawn(move || {
            // The panic hook has reported the panic; the waiting callers must learn of it too.
            let state = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(result) => RunState::Done(result),
                Err(_) => RunState::Finished { panicked: true },
            };
            *lock(&background.state) = state;
            background.changed.notify_all();
        });
        if spawned.is_err() {
            // Without a thread there is no result, as after a panic.
            *lock(&run.state) = RunState::Finished { panicked: true };
        }
        *current = Some(Arc::clone(&run));
        (run, true)
    }
}

/// Ignores poisoning: no state is half updated while the lock is held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
