//! Bundled models: a blob with a sorted index, embedded in the library and read in place.
//!
//! `build.rs` packs the blob and documents its layout. Opening the bundle is free, and finding a file is a binary search.
//! Files are inflated and parsed on demand.

/// View of a packed blob. All reads are bounds-checked, so a damaged blob has fewer files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bundle {
    blob: &'static [u8],
}

/// Index of a file in the embedded blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BundleEntry(u32);

const COUNT_SIZE: usize = 4;
const RECORD_SIZE: usize = 16;

impl Bundle {
    /// Bundle without files.
    pub(crate) const EMPTY: Bundle = Bundle { blob: &[] };

    /// Returns the bundle of the feature `bundled-models`, which is empty in a build without it.
    pub(crate) fn embedded() -> Self {
        #[cfg(feature = "bundled-models")]
        let blob = include_bytes!(concat!(env!("OUT_DIR"), "/bundle.bin"));
        #[cfg(not(feature = "bundled-models"))]
        let blob = &[];
        Bundle { blob }
    }

    fn len(self) -> u32 {
        let declared = number(self.blob, 0).unwrap_or(0);
        let capacity = self.blob.len().saturating_sub(COUNT_SIZE) / RECORD_SIZE;
        declared.min(u32::try_from(capacity).unwrap_or(u32::MAX))
    }

    /// Finds a file by name (`sqs/2012-11-05/service-2`, `partitions`).
    pub(crate) fn get(self, name: &str) -> Option<BundleEntry> {
        let position = self.partition_point(|other| other < name.as_bytes());
        let entry = BundleEntry(position);
        (self.name(entry) == Some(name)).then_some(entry)
    }

    /// Returns the versions of a service that have this file, in ascending order.
    pub(crate) fn versions(
        self,
        service: &str,
        stem: &str,
    ) -> impl DoubleEndedIterator<Item = (&'static str, BundleEntry)> {
        let prefix = [service.as_bytes(), b"/"].concat();
        let start = self.partition_point(|name| name < &prefix[..]);
        let end = self.partition_point(|name| name < &prefix[..] || name.starts_with(&prefix));
        (start..end).map(BundleEntry).filter_map(move |entry| {
            let (version, file) = self.name(entry)?.get(prefix.len()..)?.split_once('/')?;
            (file == stem).then_some((version, entry))
        })
    }

    /// Returns the names of all services that have a file with this stem.
    pub(crate) fn services(self, stem: &str) -> impl Iterator<Item = &'static str> {
        (0..self.len()).filter_map(move |position| {
            let (service, rest) = self.name(BundleEntry(position))?.split_once('/')?;
            let (_, file) = rest.split_once('/')?;
            (file == stem).then_some(service)
        })
    }

    pub(crate) fn name(self, entry: BundleEntry) -> Option<&'static str> {
        std::str::from_utf8(self.field(entry, 0)?).ok()
    }

    /// Returns the gzip file from `data/`.
    pub(crate) fn file(self, entry: BundleEntry) -> Option<&'static [u8]> {
        self.field(entry, 8)
    }

    /// Returns the bytes whose offset and length are at position `within` of the entry's record.
    fn field(self, entry: BundleEntry, within: usize) -> Option<&'static [u8]> {
        if entry.0 >= self.len() {
            return None;
        }
        let at = COUNT_SIZE + usize::try_from(entry.0).ok()? * RECORD_SIZE + within;
        let offset = usize::try_from(number(self.blob, at)?).ok()?;
        let length = usize::try_from(number(self.blob, at + 4)?).ok()?;
        self.blob.get(offset..offset.checked_add(length)?)
    }

    /// Returns the first position whose name does not satisfy the predicate. Names are sorted by bytes.
    fn partition_point(self, predicate: impl Fn(&[u8]) -> bool) -> u32 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.field(BundleEntry(middle), 0).is_some_and(&predicate) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn number(blob: &[u8], at: usize) -> Option<u32> {
    blob.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_blobs_have_no_files() {
        for blob in [
            &b""[..],
            b"\x01",
            b"\xff\xff\xff\xff",
            b"\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            let bundle = Bundle { blob };
            assert_eq!(bundle.get("sqs/2012-11-05/service-2"), None);
            assert_eq!(bundle.versions("sqs", "service-2").count(), 0);
            assert_eq!(bundle.services("service-2").count(), 0);
            assert_eq!(bundle.file(BundleEntry(0)), None);
            assert_eq!(bundle.file(BundleEntry(u32::MAX)), None);
        }
    }

    #[cfg(feature = "bundled-models")]
    #[test]
    fn every_file_is_found_by_name() {
        let bundle = Bundle::embedded();
        let names: Vec<_> = (0..bundle.len()).map(|position| bundle.name(BundleEntry(position)).unwrap()).collect();
        assert!(names.is_sorted());
        for (position, name) in names.iter().enumerate() {
            let entry = bundle.get(name).unwrap();
            assert_eq!(entry.0 as usize, position);
            assert!(bundle.file(entry).unwrap().starts_with(b"\x1f\x8b"), "{name}");
            if let Some((service, rest)) = name.split_once('/') {
                let (version, stem) = rest.split_once('/').unwrap();
                assert!(bundle.versions(service, stem).any(|found| found == (version, entry)), "{name}");
            }
        }
        assert!(bundle.get("partitions").is_some());
        assert_eq!(bundle.get("no-such-service/2012-11-05/service-2"), None);
        assert_eq!(bundle.versions("no-such-service", "service-2").count(), 0);
    }
}
