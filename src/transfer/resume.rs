//! Parts that an earlier upload has stored, and whether they have the content that they should have.

use std::collections::BTreeMap;
use std::io::{self, Read};

use serde_json::{Value, json};

use super::object::ObjectTransfer;
use super::plan::{MAX_PARTS, MIN_PART, PartSizes};
use super::source::unreadable;
use crate::checksum::{Digest, digest_of, md5};
use crate::error::{Error, ErrorKind, Result};
use crate::value;

/// The size of a read.
const BUFFER: usize = 128 << 10;

/// The parts of an upload, as `ListParts` lists them.
#[derive(Default)]
pub(super) struct KnownParts {
    parts: BTreeMap<u64, Value>,
    /// The algorithm and type of the upload's checksums, if the store tells them.
    pub(super) algorithm: Option<String>,
    pub(super) kind: Option<String>,
}

impl KnownParts {
    pub(super) fn list(run: &ObjectTransfer, id: &str) -> Result<KnownParts> {
        let client = &run.transfer.client;
        let own = json!({"Bucket": run.bucket, "Key": run.key, "UploadId": id});
        let params = run.params.of(client, "ListParts", own)?;
        let mut known = KnownParts::default();
        for page in client.get_paginator("ListParts")?.cancel(&run.stop).paginate(params) {
            let mut page = page?;
            if run.deadline.has_passed() {
                return Err(Error::new(ErrorKind::Timeout, "the deadline of the upload has passed"));
            }
            let text = |name: &str| page[name].as_str().map(str::to_owned);
            known.algorithm = text("ChecksumAlgorithm").or(known.algorithm);
            known.kind = text("ChecksumType").or(known.kind);
            let Value::Array(parts) = page["Parts"].take() else { continue };
            known.parts.extend(parts.into_iter().filter_map(|part| Some((part["PartNumber"].as_u64()?, part))));
        }
        Ok(known)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The sizes of the earlier upload, whose settings may have been others, if they are possible.
    pub(super) fn sizes(&self, planned: PartSizes) -> PartSizes {
        let first = self.parts.get(&1).and_then(|part| part["Size"].as_u64());
        match (first, planned.total) {
            (Some(first), Some(total)) if first >= MIN_PART && total.div_ceil(first) <= MAX_PARTS => {
                PartSizes::equal(first, total)
            }
            _ => planned,
        }
    }

    /// The stored part, if it has this content. `algorithm` is that of the upload's checksums; a part without one is compared by
    /// its tag, if that is an MD5. A part that cannot be compared is not the same.
    pub(super) fn get(
        &self,
        number: u64,
        length: u64,
        algorithm: Option<&str>,
        content: impl Read,
    ) -> Result<Option<&Value>> {
        let Some(part) = self.parts.get(&number).filter(|part| part["Size"].as_u64() == Some(length)) else {
            return Ok(None);
        };
        let comparison = match algorithm {
            Some(algorithm) => part[format!("Checksum{algorithm}")]
                .as_str()
                .and_then(|expected| Some((expected.to_owned(), digest_of(algorithm)?))),
            None => part["ETag"].as_str().and_then(of_tag).map(|expected| (expected, md5())),
        };
        let Some((expected, digest)) = comparison else { return Ok(None) };
        let computed = digest_all(content, digest).map_err(|error| unreadable(error.into()))?;
        Ok((computed == expected).then_some(part))
    }
}

/// An MD5 in a tag, in base64: `"d41d8cd98f00b204e9800998ecf8427e"`.
fn of_tag(tag: &str) -> Option<String> {
    let digits = tag.trim_matches('"');
    if digits.len() != 32 || !digits.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..16).map(|index| u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()).collect();
    Some(value::encode(&bytes?))
}

/// The checksum of all content, in base64.
pub(super) fn digest_all(mut content: impl Read, mut digest: Digest) -> io::Result<String> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(digest.finish()),
            Ok(read) => digest.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_is_an_md5_only_in_its_form() {
        assert_eq!(of_tag("\"d41d8cd98f00b204e9800998ecf8427e\"").as_deref(), Some("1B2M2Y8AsgTpgAmY7PhCfg=="));
        for other in ["", "\"d41d8cd98f00b204e9800998ecf8427e-2\"", "\"zz1d8cd98f00b204e9800998ecf8427e\"", "\"v1\""] {
            assert_eq!(of_tag(other), None, "{other}");
        }
    }
}
