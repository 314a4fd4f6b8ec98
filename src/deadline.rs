//! [`Deadline`]: when work has to be done.

use std::time::{Duration, Instant};

use crate::moment::part;

/// The moment by which work has to be done, or none. It is measured by the machine's monotonic clock.
///
/// A limit of time starts to run when it becomes a deadline; the deadline is then handed down, so that all steps of the work
/// share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// No deadline.
    pub(crate) const NONE: Deadline = Deadline(None);

    /// The end of a time limit that starts now. A limit that never ends, such as [`Duration::MAX`], is no deadline.
    pub(crate) fn after(limit: impl Into<Option<Duration>>) -> Self {
        Deadline(limit.into().and_then(|limit| Instant::now().checked_add(limit)))
    }

    /// The moment itself, for interfaces that take one.
    pub(crate) fn at(self) -> Option<Instant> {
        self.0
    }

    pub(crate) fn is_set(self) -> bool {
        self.0.is_some()
    }

    /// The time until the deadline: zero after it, `None` without one.
    pub(crate) fn left(self) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(Instant::now()))
    }

    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|at| at <= Instant::now())
    }

    /// The earlier one of two deadlines.
    #[allow(dead_code, reason = "part of the type, for limits of a step within a deadline of the whole")]
    pub(crate) fn earlier(self, other: Deadline) -> Self {
        Deadline(self.0.into_iter().chain(other.0).min())
    }

    /// Half of the remaining time, for work with a fallback that needs the other half.
    pub(crate) fn halfway(self) -> Self {
        Deadline::after(self.left().map(|left| part(left, 2)))
    }
}

impl From<Option<Instant>> for Deadline {
    fn from(at: Option<Instant>) -> Self {
        Deadline(at)
    }
}

impl From<Instant> for Deadline {
    fn from(at: Instant) -> Self {
        Deadline(Some(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn endless_limit_is_no_deadline() {
        assert_eq!(Deadline::after(Duration::MAX), Deadline::NONE);
        assert_eq!(Deadline::after(None), Deadline::NONE);
        assert_eq!((Deadline::NONE.left(), Deadline::NONE.has_passed()), (None, false));
        assert_eq!(Deadline::NONE.halfway(), Deadline::NONE);
    }

    #[test]
    fn deadline_passes_when_its_limit_ends() {
        let past = Deadline::after(Duration::ZERO);
        assert_eq!((past.left(), past.has_passed()), (Some(Duration::ZERO), true));
        let coming = Deadline::after(MINUTE);
        assert!(!coming.has_passed() && coming.left().unwrap() <= MINUTE && coming.left().unwrap() > MINUTE / 2);
        assert!(coming.halfway().left().unwrap() <= MINUTE / 2);
    }

    #[test]
    fn earlier_deadline_wins() {
        let (soon, late) = (Deadline::after(MINUTE), Deadline::after(2 * MINUTE));
        assert_eq!((soon.earlier(late), late.earlier(soon)), (soon, soon));
        assert_eq!((soon.earlier(Deadline::NONE), Deadline::NONE.earlier(soon)), (soon, soon));
    }
}
