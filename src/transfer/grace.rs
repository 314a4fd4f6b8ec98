//! Calls that a cancellation ends late.

use std::thread;
use std::time::Duration;

use crate::cancel::{CANCEL_INTERVAL, CancelToken};
use crate::deadline::Deadline;

/// How long such a call goes on after its transfer was cancelled or its deadline has passed.
const GRACE: Duration = Duration::from_secs(3);

/// Makes a call whose response is needed to clean up, with a token that is cancelled some time after `stop`, and a deadline that
/// is as much later.
pub(super) fn with_grace<T>(
    stop: &CancelToken,
    deadline: Deadline,
    call: impl FnOnce(&CancelToken, Deadline) -> T,
) -> T {
    let deadline = match deadline.left() {
        Some(left) if !left.is_zero() => Deadline::after(left.saturating_add(GRACE)),
        _ => deadline,
    };
    let (late, done) = (CancelToken::new(), CancelToken::new());
    thread::scope(|scope| {
        let watch = || {
            while !stop.is_cancelled() && !done.is_cancelled() {
                done.wait(CANCEL_INTERVAL);
            }
            done.wait(GRACE);
            late.cancel();
        };
        let is_watched = thread::Builder::new().spawn_scoped(scope, watch).is_ok();
        let _done = CancelOnDrop(&done);
        // A call that began after the cancellation has nothing to clean up.
        call(if is_watched && !stop.is_cancelled() { &late } else { stop }, deadline)
    })
}

/// Ends the watch, also if the call panics.
struct CancelOnDrop<'t>(&'t CancelToken);

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_goes_on_for_a_while_after_the_cancellation() {
        let stop = CancelToken::new();
        let is_late = with_grace(&stop, Deadline::NONE, |token, _| {
            stop.cancel();
            token.wait(CANCEL_INTERVAL * 4);
            let is_early = token.is_cancelled();
            token.wait(GRACE * 10);
            !is_early && token.is_cancelled()
        });
        assert!(is_late);
        assert!(with_grace(&stop, Deadline::NONE, |token, _| token.is_cancelled()));
    }

    #[test]
    fn call_that_ends_or_panics_is_not_waited_for() {
        let started = std::time::Instant::now();
        with_grace(&CancelToken::new(), Deadline::NONE, |_, _| ());
        let panicking = || with_grace(&CancelToken::new(), Deadline::NONE, |_, _| panic!("on purpose"));
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert!(started.elapsed() < GRACE);
    }
}
