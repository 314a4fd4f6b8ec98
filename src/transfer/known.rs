//! [`KnownObject`]: what the caller knows of an object, so that it need not be asked for.

use serde_json::{Map, Value};

use super::whole::WholeChecksum;

/// An object in an output of `HeadObject` or in a listing.
pub(super) struct KnownObject {
    pub(super) size: u64,
    /// The members that were given.
    pub(super) value: Value,
}

impl KnownObject {
    /// Reads an output of `HeadObject` or an item of a listing. `None` if it has no size.
    pub(super) fn read(value: Value) -> Option<KnownObject> {
        let size = value["ContentLength"].as_u64().or_else(|| value["Size"].as_u64())?;
        Some(KnownObject { size, value })
    }

    /// Whether the metadata and the checksums are known, too.
    pub(super) fn has_metadata(&self) -> bool {
        self.value.get("ContentLength").is_some()
    }

    /// The parameters that make a request fail if the object is another one by then.
    pub(super) fn pinned(&self) -> Map<String, Value> {
        let tag = self.value.get("ETag").filter(|tag| tag.is_string());
        tag.map(|tag| ("IfMatch".to_owned(), tag.clone())).into_iter().collect()
    }

    /// The checksum of the whole object.
    pub(super) fn checksum(&self) -> Option<WholeChecksum> {
        WholeChecksum::of(&self.value)
    }
}
