//! The settings of a transfer, from code or from the `s3` block of the profile.

use super::plan::PlanSettings;
use crate::config::Config;
use crate::error::Result;

const DEFAULT_THREADS: usize = 10;
const DEFAULT_SIZE: u64 = 8 << 20;
const DEFAULT_MEMORY: u64 = 40 << 20;

/// The settings made in code; what is not set comes from the profile.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TransferSettings {
    pub(super) threads: Option<usize>,
    pub(super) part_size: Option<u64>,
    pub(super) threshold: Option<u64>,
    pub(super) memory_limit: Option<u64>,
    pub(super) equal_parts: bool,
}

/// The settings in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EffectiveSettings {
    pub(super) threads: usize,
    pub(super) memory_limit: u64,
    pub(super) plan: PlanSettings,
}

impl EffectiveSettings {
    /// The number of threads for this number of parts.
    pub(super) fn threads_for(&self, parts: u64) -> usize {
        self.threads.min(usize::try_from(parts).unwrap_or(usize::MAX))
    }
}

impl TransferSettings {
    pub(super) fn resolve(&self, config: &Config) -> Result<EffectiveSettings> {
        let threads = match self.threads {
            Some(threads) => threads,
            None => config.s3_max_concurrent_requests()?.map_or(DEFAULT_THREADS, |count| count.value as usize),
        };
        let part_size = match self.part_size {
            Some(size) => size,
            None => config.s3_multipart_chunksize()?.map_or(DEFAULT_SIZE, |size| size.value),
        };
        let threshold = match self.threshold {
            Some(size) => size,
            None => config.s3_multipart_threshold()?.map_or(DEFAULT_SIZE, |size| size.value),
        };
        let plan = PlanSettings { threshold, part_size, equal_parts: self.equal_parts };
        Ok(EffectiveSettings { threads, memory_limit: self.memory_limit.unwrap_or(DEFAULT_MEMORY), plan })
    }
}
