//! How an object is cut into parts: a pure function of its size and the settings.
//!
//! Limits: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>. The rule for a known size is that of
//! s3transfer (`utils.py: ChunksizeAdjuster`).

use std::ops::Range;

use crate::error::{Error, ErrorKind};

/// The smallest part, except for the last one of an object.
pub(crate) const MIN_PART: u64 = 5 << 20;
/// The largest part.
pub(crate) const MAX_PART: u64 = 5 << 30;
/// The maximum number of parts.
pub(crate) const MAX_PARTS: u64 = 10_000;
/// With an unknown size, the part size doubles after this number of parts, so that the parts suffice for any object.
const PARTS_BEFORE_GROWTH: u64 = 1000;

/// How an object is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferPlan {
    /// In one request.
    Single,
    Parts(PartSizes),
}

/// The sizes of the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartSizes {
    /// The size of the first part; of all but the last one, unless `grows`.
    pub(crate) first: u64,
    pub(crate) total: Option<u64>,
    grows: bool,
}

/// Why an object cannot be cut into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlanError {
    #[error("the object has {0} bytes, more than the {max} that {MAX_PARTS} parts can have", max = MAX_PART * MAX_PARTS)]
    TooLarge(u64),
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Error {
        Error::new(ErrorKind::Validation, error.to_string())
    }
}

/// What a plan depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlanSettings {
    /// Objects of this size and larger are cut into parts.
    pub(crate) threshold: u64,
    pub(crate) part_size: u64,
    /// All parts but the last one have the same size, which some stores demand.
    pub(crate) equal_parts: bool,
}

/// Plans the upload or copy of an object. `size` is `None` for a reader of unknown length that has at least as many bytes
/// as the threshold.
pub(crate) fn plan(size: Option<u64>, settings: PlanSettings) -> Result<TransferPlan, PlanError> {
    let Some(size) = size else {
        let first = settings.part_size.clamp(MIN_PART, MAX_PART);
        return Ok(TransferPlan::Parts(PartSizes { first, total: None, grows: !settings.equal_parts }));
    };
    if size < settings.threshold || size == 0 {
        return Ok(TransferPlan::Single);
    }
    if size > MAX_PART.saturating_mul(MAX_PARTS) {
        return Err(PlanError::TooLarge(size));
    }
    let mut first = settings.part_size.max(1);
    while size.div_ceil(first) > MAX_PARTS {
        first = first.saturating_mul(2);
    }
    let first = first.clamp(MIN_PART, MAX_PART);
    Ok(TransferPlan::Parts(PartSizes { first, total: Some(size), grows: false }))
}

impl PartSizes {
    /// Parts of an object of known size, all but the last one equally large.
    pub(crate) fn equal(first: u64, total: u64) -> Self {
        PartSizes { first, total: Some(total), grows: false }
    }

    #[cfg(test)]
    pub(crate) fn with_first(self, first: u64) -> Self {
        PartSizes { first, ..self }
    }

    /// The maximum size of a part; numbers begin with 1. The last part may be smaller.
    pub(crate) fn size(&self, number: u64) -> u64 {
        let doublings = if self.grows { number.saturating_sub(1) / PARTS_BEFORE_GROWTH } else { 0 };
        let doubled = self.first.saturating_mul(1 << doublings.min(32));
        doubled.min(MAX_PART)
    }

    /// The number of parts, if the size is known.
    pub(crate) fn count(&self) -> Option<u64> {
        self.total.map(|total| total.div_ceil(self.first))
    }

    /// The bytes of a part of an object whose size is known.
    pub(crate) fn range(&self, number: u64) -> Range<u64> {
        let start = number.saturating_sub(1).saturating_mul(self.first);
        let end = start.saturating_add(self.first).min(self.total.unwrap_or(u64::MAX));
        start.min(end)..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const SETTINGS: PlanSettings = PlanSettings { threshold: 8 * MIB, part_size: 8 * MIB, equal_parts: false };

    fn parts(size: u64) -> (u64, u64) {
        match plan(Some(size), SETTINGS).unwrap() {
            TransferPlan::Single => (0, 0),
            TransferPlan::Parts(parts) => (parts.first, parts.count().unwrap()),
        }
    }

    #[test]
    fn sizes_are_those_of_s3transfer() {
        for (size, expected) in [
            (0, (0, 0)),
            (1, (0, 0)),
            (8 * MIB - 1, (0, 0)),
            (8 * MIB, (8 * MIB, 1)),
            (8 * MIB + 1, (8 * MIB, 2)),
            (80_000 * MIB, (8 * MIB, 10_000)),
            (80_000 * MIB + 1, (16 * MIB, 5001)),
            (79 * 1024 * MIB, (16 * MIB, 5056)),
            (5 * 1024 * 1024 * MIB, (1024 * MIB, 5120)),
            (MAX_PART * MAX_PARTS, (MAX_PART, MAX_PARTS)),
        ] {
            assert_eq!(parts(size), expected, "{size}");
        }
        assert_eq!(plan(Some(MAX_PART * MAX_PARTS + 1), SETTINGS), Err(PlanError::TooLarge(MAX_PART * MAX_PARTS + 1)));
    }

    #[test]
    fn part_size_stays_within_the_limits_of_s3() {
        let plan = |part_size| match plan(Some(20 * MIB), PlanSettings { part_size, ..SETTINGS }).unwrap() {
            TransferPlan::Parts(parts) => parts.first,
            TransferPlan::Single => 0,
        };
        assert_eq!((plan(1), plan(0), plan(6 * MIB), plan(u64::MAX)), (MIN_PART, MIN_PART, 6 * MIB, MAX_PART));
    }

    #[test]
    fn ranges_cover_the_object_once() {
        let TransferPlan::Parts(parts) = plan(Some(20 * MIB + 3), SETTINGS).unwrap() else { panic!("parts") };
        let ranges: Vec<Range<u64>> = (1..=parts.count().unwrap()).map(|number| parts.range(number)).collect();
        assert_eq!(ranges, [0..8 * MIB, 8 * MIB..16 * MIB, 16 * MIB..20 * MIB + 3]);
    }

    #[test]
    fn parts_of_unknown_size_grow_unless_they_must_be_equal() {
        let TransferPlan::Parts(parts) = plan(None, SETTINGS).unwrap() else { panic!("parts") };
        assert_eq!(
            (parts.size(1), parts.size(1000), parts.size(1001), parts.size(9001)),
            (8 * MIB, 8 * MIB, 16 * MIB, 4096 * MIB)
        );
        let all: u64 = (1..=MAX_PARTS).map(|number| parts.size(number)).sum();
        assert!(all > 5 * 1024 * 1024 * MIB);
        let equal = plan(None, PlanSettings { equal_parts: true, ..SETTINGS }).unwrap();
        assert!(matches!(equal, TransferPlan::Parts(parts) if parts.size(MAX_PARTS) == 8 * MIB));
    }
}
