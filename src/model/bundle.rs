//! The models that are embedded in the library: one blob with a sorted index, read in place.
//!
//! `build.rs` packs the blob and describes its layout. Opening it costs nothing and finding a file is a binary search;
//! nothing is parsed or inflated before it is asked for.

/// A view of a packed blob. Everything in it is bounds-checked: a damaged blob is one with fewer files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bundle {
    blob: &'static [u8],
}

/// The position of a file in the blob that is embedded; it stays the same as long as the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Entry(u32);

const COUNT: usize = 4;
const RECORD: usize = 16;

impl Bundle {
    /// A bundle without files.
    pub(crate) const EMPTY: Bundle = Bundle { blob: &[] };

    /// The blob of the feature `bundled-models`; an empty one in a build without it.
    pub(crate) fn embedded() -> Self {
        #[cfg(feature = "bundled-models")]
        let blob = include_bytes!(concat!(env!("OUT_DIR"), "/bundle.bin"));
        #[cfg(not(feature = "bundled-models"))]
        let blob = &[];
        Bundle { blob }
    }

    fn len(self) -> u32 {
        let announced = number(self.blob, 0).unwrap_or(0);
        let room = self.blob.len().saturating_sub(COUNT) / RECORD;
        announced.min(u32::try_from(room).unwrap_or(u32::MAX))
    }

    /// The file of that name (`sqs/2012-11-05/service-2`, `partitions`).
    pub(crate) fn get(self, name: &str) -> Option<Entry> {
        let position = self.partition_point(|other| other < name.as_bytes());
        let entry = Entry(position);
        (self.name(entry) == Some(name)).then_some(entry)
    }

    /// The versions of a service which have that file, in ascending order.
    pub(crate) fn versions(self, service: &str, stem: &str) -> impl DoubleEndedIterator<Item = (&'static str, Entry)> {
        let prefix = [service.as_bytes(), b"/"].concat();
        let start = self.partition_point(|name| name < &prefix[..]);
        let end = self.partition_point(|name| name < &prefix[..] || name.starts_with(&prefix));
        (start..end).map(Entry).filter_map(move |entry| {
            let (version, file) = self.name(entry)?.get(prefix.len()..)?.split_once('/')?;
            (file == stem).then_some((version, entry))
        })
    }

    /// The names of all services that have a file of that stem.
    pub(crate) fn services(self, stem: &str) -> impl Iterator<Item = &'static str> {
        (0..self.len()).filter_map(move |position| {
            let (service, rest) = self.name(Entry(position))?.split_once('/')?;
            let (_, file) = rest.split_once('/')?;
            (file == stem).then_some(service)
        })
    }

    pub(crate) fn name(self, entry: Entry) -> Option<&'static str> {
        std::str::from_utf8(self.field(entry, 0)?).ok()
    }

    /// The gzip file as it is in `data/`.
    pub(crate) fn file(self, entry: Entry) -> Option<&'static [u8]> {
        self.field(entry, 8)
    }

    /// The bytes whose offset and length are that far into the entry's record.
    fn field(self, entry: Entry, within: usize) -> Option<&'static [u8]> {
        if entry.0 >= self.len() {
            return None;
        }
        let at = COUNT + usize::try_from(entry.0).ok()? * RECORD + within;
        let offset = usize::try_from(number(self.blob, at)?).ok()?;
        let length = usize::try_from(number(self.blob, at + 4)?).ok()?;
        self.blob.get(offset..offset.checked_add(length)?)
    }

    /// The first position whose name does not fulfil the predicate. Names are in the order of their bytes.
    fn partition_point(self, predicate: impl Fn(&[u8]) -> bool) -> u32 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.field(Entry(middle), 0).is_some_and(&predicate) {
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
            assert_eq!(bundle.file(Entry(0)), None);
            assert_eq!(bundle.file(Entry(u32::MAX)), None);
        }
    }

    #[cfg(feature = "bundled-models")]
    #[test]
    fn every_file_is_found_by_its_name() {
        let bundle = Bundle::embedded();
        let names: Vec<_> = (0..bundle.len()).map(|position| bundle.name(Entry(position)).unwrap()).collect();
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
