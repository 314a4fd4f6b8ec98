//! The fixed clock of both drivers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tucuxi::Clock;

/// 2026-08-01T12:00:00Z, which botocore's side uses too.
const NOW: u64 = 1_785_585_600;

#[derive(Debug)]
pub(crate) struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn sleep(&self, _: Duration) {}
}
