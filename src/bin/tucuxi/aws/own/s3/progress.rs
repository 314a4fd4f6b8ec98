//! The progress line: `Completed 256.0 KiB/8.6 MiB (14.1 MiB/s) with 1 file(s) remaining`.

use std::time::{Duration, Instant};

use super::size::readable;

/// How the progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProgressStyle {
    /// The least time between two lines.
    pub(super) frequency: Duration,
    /// Whether each line stays.
    pub(super) multiline: bool,
}

/// What was done, and what is still to be done.
#[derive(Debug, Default)]
pub(super) struct ProgressCount {
    bytes: u64,
    /// Bytes of failed transfers, which will not be transferred.
    lost: u64,
    expected_bytes: u64,
    files: u64,
    skipped: u64,
    expected_files: u64,
    /// The number of files, once all are known.
    pub(super) total: Option<u64>,
    started: Option<Instant>,
    /// Bytes per second, when bytes last arrived.
    speed: u64,
}

impl ProgressCount {
    pub(super) fn queued(&mut self, size: Option<u64>) {
        self.started.get_or_insert_with(Instant::now);
        self.expected_bytes = self.expected_bytes.saturating_add(size.unwrap_or(0));
        self.expected_files = self.expected_files.saturating_add(1);
    }

    pub(super) fn moved(&mut self, bytes: u64, size_is_known: bool) {
        self.bytes = self.bytes.saturating_add(bytes);
        if !size_is_known {
            self.expected_bytes = self.expected_bytes.saturating_add(bytes);
        }
        let seconds = self.started.map_or(0.0, |started| started.elapsed().as_secs_f64());
        if seconds > 0.0 {
            self.speed = (self.bytes as f64 / seconds) as u64;
        }
    }

    pub(super) fn done(&mut self) {
        self.files = self.files.saturating_add(1);
    }

    pub(super) fn failed(&mut self, left: u64) {
        self.lost = self.lost.saturating_add(left);
        self.done();
    }

    pub(super) fn skipped(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
    }

    /// Whether all files are known and done.
    pub(super) fn is_complete(&self) -> bool {
        self.is_final() && self.remaining() == 0
    }

    fn is_final(&self) -> bool {
        self.total == Some(self.expected_files)
    }

    fn remaining(&self) -> u64 {
        self.expected_files.saturating_sub(self.files).saturating_sub(self.skipped)
    }

    /// The line without what ends it.
    pub(super) fn statement(&self) -> String {
        let (about, calculating) = if self.is_final() { ("", "") } else { ("~", " (calculating...)") };
        let remaining = self.remaining();
        let size = |bytes: u64| readable(u128::from(bytes));
        match self.expected_bytes {
            0 => format!("Completed {} file(s) with {about}{remaining} file(s) remaining{calculating}", self.files),
            expected => format!(
                "Completed {}/{about}{} ({}/s) with {about}{remaining} file(s) remaining{calculating}",
                size(self.bytes.saturating_add(self.lost)),
                size(expected),
                size(self.speed),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statement_tells_what_is_known() {
        let mut count = ProgressCount::default();
        count.queued(None);
        assert_eq!(count.statement(), "Completed 0 file(s) with ~1 file(s) remaining (calculating...)");
        count.queued(Some(2048));
        count.done();
        count.total = Some(2);
        count.moved(1024, true);
        let statement = count.statement();
        assert!(statement.starts_with("Completed 1.0 KiB/2.0 KiB ("), "{statement}");
        assert!(statement.ends_with("/s) with 1 file(s) remaining"), "{statement}");
        count.failed(1024);
        assert!(count.statement().starts_with("Completed 2.0 KiB/2.0 KiB (") && count.is_complete());
    }
}
