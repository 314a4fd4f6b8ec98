//! Work that may take longer than its caller can wait: it goes on in a thread of its own, for those who come later.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::moment::{end_of, left_until, part};

/// At most one piece of work at a time.
pub(super) struct Flights<T>(Mutex<Option<Arc<Flight<T>>>>);

struct Flight<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

enum State<T> {
    UnderWay,
    Done(T),
    /// The result was taken, or there is none since the work panicked.
    Over {
        panicked: bool,
    },
}

/// What became of a wait.
pub(super) enum Landing<T> {
    /// The result, and whether it is that of the caller's own work and not of some that was under way.
    Mine(T, bool),
    /// Somebody else who waited has the result.
    Taken,
    Panicked,
    TooLate,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Flights(Mutex::new(None))
    }
}

impl<T: Send + 'static> Flights<T> {
    /// Begins the work unless some is under way, and waits for its end, but not beyond `until`.
    pub(super) fn wait(&self, until: Instant, work: impl FnOnce() -> T + Send + 'static) -> Landing<T> {
        let (flight, own) = self.join(work);
        let mut state = lock(&flight.state);
        while matches!(*state, State::UnderWay) {
            let left = left_until(until);
            if left.is_zero() {
                return Landing::TooLate;
            }
            (state, _) = flight.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        match std::mem::replace(&mut *state, State::Over { panicked: false }) {
            State::Done(result) => Landing::Mine(result, own),
            State::Over { panicked: true } => {
                *state = State::Over { panicked: true };
                Landing::Panicked
            }
            State::Over { panicked: false } | State::UnderWay => Landing::Taken,
        }
    }

    /// Begins the work unless some is under way. Nobody waits for it, but those who come may.
    pub(super) fn begin(&self, work: impl FnOnce() -> T + Send + 'static) {
        self.join(work);
    }

    fn join(&self, work: impl FnOnce() -> T + Send + 'static) -> (Arc<Flight<T>>, bool) {
        let mut current = lock(&self.0);
        if let Some(flight) = current.as_ref().filter(|flight| matches!(*lock(&flight.state), State::UnderWay)) {
            return (Arc::clone(flight), false);
        }
        let flight = Arc::new(Flight { state: Mutex::new(State::UnderWay), changed: Condvar::new() });
        let landing = Arc::clone(&flight);
        let spawned = std::thread::Builder::new().name("tucuxi-credentials".to_owned()).spawn(move || {
            // The panic has been told of by the hook; those who wait must hear of it too.
            let state = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(result) => State::Done(result),
                Err(_) => State::Over { panicked: true },
            };
            *lock(&landing.state) = state;
            landing.changed.notify_all();
        });
        if spawned.is_err() {
            // Without a thread nothing comes of it, which is as bad.
            *lock(&flight.state) = State::Over { panicked: true };
        }
        *current = Some(Arc::clone(&flight));
        (flight, true)
    }
}

/// How long somebody waits for something newer who has something valid, and needs time to use it if nothing comes.
pub(super) fn halfway(until: Instant) -> Instant {
    end_of(part(left_until(until), 2)).unwrap_or(until)
}

/// Nothing is half done while it is held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
