//! Clocks that do not wait. Clones share the time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tucuxi::Clock;

/// 2023-11-14T22:13:20Z.
pub(crate) const START: u64 = 1_700_000_000;

/// A clock that advances by sleeping, and records its pauses.
#[derive(Debug, Clone)]
pub(crate) struct VirtualClock(Arc<Mutex<Times>>);

#[derive(Debug)]
struct Times {
    begin: SystemTime,
    now: SystemTime,
    pauses: Vec<Duration>,
}

impl Default for VirtualClock {
    fn default() -> VirtualClock {
        VirtualClock::at(START)
    }
}

impl VirtualClock {
    /// Starts at a time in seconds since the epoch.
    pub(crate) fn at(seconds: u64) -> VirtualClock {
        let begin = UNIX_EPOCH + Duration::from_secs(seconds);
        VirtualClock(Arc::new(Mutex::new(Times { begin, now: begin, pauses: Vec::new() })))
    }

    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.0.lock().unwrap().pauses.clone()
    }

    /// The sum of the pauses.
    pub(crate) fn slept(&self) -> Duration {
        self.pauses().iter().sum()
    }

    /// Seconds since the beginning.
    pub(crate) fn seconds(&self) -> u64 {
        let times = self.0.lock().unwrap();
        times.now.duration_since(times.begin).unwrap().as_secs()
    }

    /// Sets the seconds since the beginning.
    pub(crate) fn set_seconds(&self, seconds: u64) {
        let times = &mut *self.0.lock().unwrap();
        times.now = times.begin + Duration::from_secs(seconds);
    }

    /// Lets time pass without a pause.
    pub(crate) fn advance(&self, by: Duration) {
        self.0.lock().unwrap().now += by;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> SystemTime {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, duration: Duration) {
        let times = &mut *self.0.lock().unwrap();
        times.now += duration;
        times.pauses.push(duration);
    }
}

/// A clock that changes only when the test sets it. Sleeping takes no time.
#[derive(Debug, Clone)]
pub(crate) struct ManualClock(Arc<Mutex<SystemTime>>);

impl Default for ManualClock {
    fn default() -> ManualClock {
        ManualClock::at(START)
    }
}

impl ManualClock {
    /// Fixed at a time in seconds since the epoch.
    pub(crate) fn at(seconds: u64) -> ManualClock {
        ManualClock::at_time(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    pub(crate) fn at_time(time: SystemTime) -> ManualClock {
        ManualClock(Arc::new(Mutex::new(time)))
    }

    pub(crate) fn set(&self, time: SystemTime) {
        *self.0.lock().unwrap() = time;
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, _: Duration) {}
}
