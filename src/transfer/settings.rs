//! The settings of a transfer, from code or from the `s3` block of the profile.

use super::plan::PlanSettings;
use crate::config::Config;
use crate::error::Result;

const DEFAULT_THREADS: usize = 10;
const DEFAULT_SIZE: u64 = 8 << 20;
const DEFAULT_MEMORY: u64 = 48 << 20;
const DEFAULT_IO_CHUNK: u64 = 256 << 10;
/// The largest buffer for reads of a download.
const MAX_IO_CHUNK: u64 = 64 << 20;

/// The settings made in code; what is not set comes from the profile.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TransferSettings {
    pub(super) threads: Option<usize>,
    pub(super) part_size: Option<u64>,
    pub(super) threshold: Option<u64>,
    pub(super) memory_limit: Option<u64>,
    pub(super) max_bandwidth: Option<u64>,
    pub(super) io_chunk: Option<u64>,
    pub(super) equal_parts: bool,
    pub(super) guesses_no_type: bool,
}

/// The settings in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EffectiveSettings {
    pub(super) threads: usize,
    pub(super) memory_limit: u64,
    /// Bytes per second.
    pub(super) max_bandwidth: Option<u64>,
    /// The size of a read of a download.
    pub(super) io_chunk: usize,
    pub(super) plan: PlanSettings,
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
        let max_bandwidth = match self.max_bandwidth {
            Some(rate) => Some(rate),
            None => config.s3_max_bandwidth()?.map(|rate| rate.value),
        };
        let io_chunk = match self.io_chunk {
            Some(size) => size,
            None => config.s3_io_chunksize()?.map_or(DEFAULT_IO_CHUNK, |size| size.value),
        };
        // With a limit, a read takes at most an eighth of a second.
        let most = max_bandwidth.map_or(MAX_IO_CHUNK, |rate| (rate / 8).clamp(1024, MAX_IO_CHUNK));
        let io_chunk = usize::try_from(io_chunk.clamp(1, most)).unwrap_or(usize::MAX);
        let plan = PlanSettings { threshold, part_size, equal_parts: self.equal_parts };
        let memory_limit = self.memory_limit.unwrap_or(DEFAULT_MEMORY);
        Ok(EffectiveSettings { threads, memory_limit, max_bandwidth, io_chunk, plan })
    }
}
