//! Downloads that take up what an earlier one has received.

use std::path::Path;

use serde_json::{Map, Value};

use super::download::{Downloaded, FirstResponse};
use super::kept_draft::{DraftObject, KeptDraft};
use super::known::KnownObject;
use super::object::ObjectTransfer;
use super::plan::PartSizes;
use super::ranges::{ContentRange, is_other_object, unexpected_range, write_error};
use super::target::FileTarget;
use super::whole::KEPT_ALGORITHM;
use crate::error::Result;
use crate::output::Output;

impl ObjectTransfer {
    pub(super) fn resume(&self, path: &Path, known: Option<&KnownObject>) -> Result<Downloaded> {
        let mut draft = KeptDraft::open(path).map_err(|error| write_error(&error))?;
        match self.receive_rest(&mut draft, known) {
            Ok(downloaded) => {
                draft.finish().map_err(|error| write_error(&error))?;
                Ok(downloaded)
            }
            Err(error) => {
                if !draft.is_worth_keeping() {
                    draft.remove();
                }
                Err(error)
            }
        }
    }

    fn receive_rest(&self, draft: &mut KeptDraft, known: Option<&KnownObject>) -> Result<Downloaded> {
        let first = match self.next_part(draft)? {
            Some(first) => first,
            None => {
                let first = self.first(known)?;
                draft.begin(self.object(&first)).map_err(|error| write_error(&error))?;
                first
            }
        };
        self.receive(first, &FileTarget(draft.file()), Some(draft))
    }

    /// Requests the first part that the draft does not have, if it is a draft of this object.
    fn next_part(&self, draft: &KeptDraft) -> Result<Option<FirstResponse>> {
        let Some(object) = draft.object().filter(|object| self.is_same(object)) else { return Ok(None) };
        let sizes = PartSizes::equal(object.part_size, object.total);
        let count = sizes.count().unwrap_or(0);
        // A draft that has all parts was not renamed: the last part shows that the object is still the same.
        let number = (1..=count).find(|number| !draft.has(*number)).unwrap_or(count);
        let range = sizes.range(number);
        let mut pinned = Map::new();
        pinned.insert("IfMatch".to_owned(), object.tag.as_str().into());
        let asked = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let Output { value, body, .. } = match self.get(Some(asked.clone()), pinned.clone()) {
            Err(error) if is_other_object(&error) => return Ok(None),
            response => response?,
        };
        let found = value["ContentRange"].as_str().unwrap_or_default();
        let expected = ContentRange { start: range.start, end: range.end, total: object.total };
        if ContentRange::parse(found) != Some(expected) {
            return Err(unexpected_range(found, &asked.replace('=', " ")));
        }
        let whole = if count > 1 { self.whole_checksum(&pinned)? } else { None };
        if whole.as_ref().map_or(KEPT_ALGORITHM, |whole| whole.algorithm) != object.algorithm {
            return Ok(None);
        }
        Ok(Some(FirstResponse { value, body, number, sizes, pinned, whole }))
    }

    fn is_same(&self, object: &DraftObject) -> bool {
        (&object.bucket, &object.key, object.version.as_deref()) == (&self.bucket, &self.key, self.version())
    }

    fn version(&self) -> Option<&str> {
        self.params.get("VersionId").and_then(Value::as_str)
    }

    fn object(&self, first: &FirstResponse) -> DraftObject {
        DraftObject {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            version: self.version().map(str::to_owned),
            tag: first.value["ETag"].as_str().unwrap_or_default().to_owned(),
            total: first.sizes.total.unwrap_or(0),
            part_size: first.sizes.first,
            algorithm: first.whole.as_ref().map_or(KEPT_ALGORITHM, |whole| whole.algorithm).to_owned(),
        }
    }
}
