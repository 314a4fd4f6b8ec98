//! Checksums of request bodies, in headers. <https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html>

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::body::Body;
use crate::customize::Draft;
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::value;

/// Adds the checksum of the body where the operation demands one or the caller chose an algorithm, unless the caller gave a
/// checksum (botocore's `httpchecksum.py: resolve_request_checksum_algorithm`).
pub(crate) fn add(request: &mut Draft<'_>, operation: &Operation, params: &Map<String, Value>) -> Result<()> {
    let is_checksum = |name: &HeaderName| name.as_str().starts_with("x-amz-checksum-");
    if request.headers.keys().any(is_checksum) {
        return Ok(());
    }
    let member = operation.http_checksum.as_ref().and_then(|checksum| checksum.request_algorithm_member.as_deref());
    let chosen = member.and_then(|member| params.get(member)).and_then(Value::as_str);
    let algorithm = match chosen {
        Some(chosen) => chosen,
        None if operation.checksum_required => "CRC32",
        None => return Ok(()),
    };
    let (name, digest) = match algorithm.to_ascii_lowercase().as_str() {
        "crc32" => {
            let mut digest = crc32fast::Hasher::new();
            scan(&mut request.body, |bytes| digest.update(bytes))?;
            ("x-amz-checksum-crc32", digest.finalize().to_be_bytes().to_vec())
        }
        "sha256" => {
            let mut digest = Sha256::new();
            scan(&mut request.body, |bytes| digest.update(bytes))?;
            ("x-amz-checksum-sha256", digest.finalize().to_vec())
        }
        _ => {
            let message = format!("checksums by {algorithm} are not supported yet, CRC32 and SHA256 are");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    };
    let header = HeaderValue::try_from(value::encode(&digest))
        .map_err(|_| Error::new(ErrorKind::Signing, "a checksum that is no header"))?;
    request.headers.insert(HeaderName::from_static(name), header);
    if chosen.is_none() && member.is_some() {
        request.headers.insert("x-amz-sdk-checksum-algorithm", HeaderValue::from_static("CRC32"));
    }
    Ok(())
}

fn scan(body: &mut Body, each: impl FnMut(&[u8])) -> Result<()> {
    body.scan(each).map_err(|error| {
        let message = "the body could not be read for its checksum, which goes into a header: give bytes, a file or a source \
                       that can be rewound (Body::from_seekable)";
        Error::new(ErrorKind::Body, message).with_source(error)
    })
}
