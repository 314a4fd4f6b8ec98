//! The headers of requests and responses that a tape has. All others are left out.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::redact::Redactor;
use crate::model::shape::{Location, Shapes, Structure};

/// Of requests: what they are, and conditions.
const OF_REQUESTS: &[&str] = &[
    "accept",
    "content-encoding",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "range",
    "smithy-protocol",
    "x-amz-target",
    "x-amz-sdk-checksum-algorithm",
];

/// Of responses, beside those of the model's members: what the reader looks at.
const OF_RESPONSES: &[&str] = &[
    "content-encoding",
    "content-range",
    "content-type",
    "location",
    "retry-after",
    "smithy-protocol",
    "x-amz-bucket-region",
    "x-amz-crc32",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amz-retry-after",
    "x-amz-error-code",
    "x-amz-error-message",
    "x-amzn-error-message",
    "x-amzn-errormessage",
    "x-amzn-errortype",
    "x-amzn-query-error",
    "x-amzn-requestid",
];

/// Digests of a body. They tell something of it, and are wrong once it is changed.
fn is_digest(name: &str) -> bool {
    matches!(name, "x-amz-crc32" | "content-md5")
        || name.starts_with("x-amz-checksum-") && name != "x-amz-checksum-type"
}

/// The headers of a request. `is_redacted` says that its parameters have secrets.
pub(super) fn of_request(headers: &HeaderMap, redactor: &Redactor, is_redacted: bool) -> Vec<(String, String)> {
    let kept = headers
        .iter()
        .filter(|(name, _)| OF_REQUESTS.contains(&name.as_str()) || is_digest(name.as_str()) && !is_redacted);
    kept.map(|(name, value)| (name.as_str().to_owned(), redactor.text(&String::from_utf8_lossy(value.as_bytes()))))
        .collect()
}

/// The headers of a response: those above, and those that `shapes` have members for.
pub(super) fn of_response(headers: &HeaderMap, redactor: &Redactor, shapes: Option<&Shapes>) -> HeaderMap {
    let structure = shapes.and_then(Shapes::root_structure);
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        let text = name.as_str();
        let is_known = OF_RESPONSES.contains(&text) || text.starts_with("x-amz-checksum-");
        if !is_known && !structure.is_some_and(|structure| is_bound(structure, text)) {
            continue;
        }
        let cleaned = match value.to_str() {
            Ok(text) => HeaderValue::try_from(redactor.text(text)).unwrap_or_else(|_| value.clone()),
            Err(_) if redactor.has_secret(value.as_bytes()) => continue,
            Err(_) => value.clone(),
        };
        kept.append(name.clone(), cleaned);
    }
    kept
}

/// Whether a member of the structure is in this header.
pub(super) fn is_bound(structure: &Structure, name: &str) -> bool {
    structure.by_header(name).is_some()
        || structure.members.iter().any(|member| {
            let target = &member.target;
            // A map without a location name stands for all headers, of which only the known ones are kept.
            target.location == Location::Headers
                && target.named
                && name.get(..target.wire.len()).is_some_and(|start| start.eq_ignore_ascii_case(&target.wire))
        })
}

/// Removes what belongs to a body that was changed.
pub(super) fn remove_digests(headers: &mut HeaderMap) {
    let digests: Vec<HeaderName> = headers.keys().filter(|name| is_digest(name.as_str())).cloned().collect();
    for name in digests {
        headers.remove(name);
    }
}
