//! The pauses and the limit of batches that the table does not process as a whole.

use std::time::Duration;

use crate::retry::Backoff;

/// The number of responses in a row that may process nothing.
const MAX_STALLED: u32 = 10;

/// Counts the responses that left something unprocessed.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// The responses in a row that left something.
    incomplete: u32,
    /// The responses in a row that processed nothing.
    stalled: u32,
}

impl Rounds {
    /// Notes a response to `sent` requests that left some. Returns the pause before the next request, or `None` if there should be no
    /// further one.
    pub(super) fn note(&mut self, sent: usize, left: usize, jitter: f64) -> Option<Duration> {
        if left == 0 {
            *self = Rounds::default();
            return Some(Duration::ZERO);
        }
        self.incomplete = self.incomplete.saturating_add(1);
        self.stalled = if left < sent { 0 } else { self.stalled.saturating_add(1) };
        let backoff = Backoff { attempt: self.incomplete, throttled: false, base: None, retry_after: None };
        (self.stalled < MAX_STALLED).then(|| backoff.delay(jitter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_a_batch_is_complete_and_standstill_ends() {
        let mut rounds = Rounds::default();
        let millis = |pause: Option<Duration>| pause.map(|pause| pause.as_millis());
        assert_eq!(millis(rounds.note(25, 3, 1.0)), Some(50));
        assert_eq!(millis(rounds.note(25, 25, 1.0)), Some(100));
        assert_eq!(millis(rounds.note(25, 24, 1.0)), Some(200));
        assert_eq!(millis(rounds.note(25, 0, 1.0)), Some(0));
        for attempt in 1..MAX_STALLED {
            assert!(rounds.note(25, 25, 1.0).is_some(), "{attempt}");
        }
        assert_eq!(rounds.note(25, 25, 1.0), None);
        assert_eq!(rounds.note(25, 25, 1.0), None, "until something is processed");
        assert!(rounds.note(25, 24, 1.0).is_some());
    }
}
