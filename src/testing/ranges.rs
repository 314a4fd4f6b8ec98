//! A range of a payload, if the parameters ask for one.

use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::reply::error_response;
use crate::error::Result;
use crate::model::shape::{Location, Structure};
use crate::plan::{OperationPlan, ServicePlan};

/// The error of a range behind the end, in the words of the services that have ranges.
const NOT_SATISFIABLE: &str = "InvalidRange";

/// Cuts the range out that the parameters ask for, unless the reply says itself what it has. The length of a payload is a
/// header.
pub(super) fn ranged(
    mut response: http::Response<Vec<u8>>,
    service: &ServicePlan,
    plan: &OperationPlan,
    params: &Value,
    request_id: &str,
) -> Result<http::Response<Vec<u8>>> {
    if plan.operation.streaming_output().is_none() {
        return Ok(response);
    }
    let length = response.body().len();
    let is_whole = response.status() == StatusCode::OK && !response.headers().contains_key(CONTENT_RANGE);
    let asked = asked(plan.operation.input_structure(), params).filter(|_| is_whole);
    if let Some(range) = asked.and_then(|text| parse(text, length)) {
        let Some((first, last)) = range else {
            let mut error =
                error_response(service, plan, NOT_SATISFIABLE, &json!({"message": "not satisfiable"}), request_id)?;
            *error.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            return Ok(error);
        };
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let content_range = HeaderValue::try_from(format!("bytes {first}-{last}/{length}"));
        response.headers_mut().extend(content_range.ok().map(|range| (CONTENT_RANGE, range)));
        let body = response.body_mut();
        body.truncate(last.saturating_add(1));
        body.drain(..first);
    }
    let length = response.body().len();
    let has_member = |name: http::HeaderName| {
        plan.operation.output_structure().is_some_and(|output| output.by_header(name.as_str()).is_some())
    };
    if has_member(CONTENT_LENGTH) {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if has_member(ACCEPT_RANGES) {
        response.headers_mut().entry(ACCEPT_RANGES).or_insert(HeaderValue::from_static("bytes"));
    }
    Ok(response)
}

/// The range that the parameters ask for.
fn asked<'p>(input: Option<&Structure>, params: &'p Value) -> Option<&'p str> {
    let is_range = |name: &str| name.eq_ignore_ascii_case(RANGE.as_str());
    let members = input?.members.iter();
    let member = members
        .into_iter()
        .find(|member| member.target.location == Location::Header && is_range(&member.target.wire))?;
    params.get(&*member.name)?.as_str()
}

/// The first and the last byte of `bytes=0-99`, `bytes=100-` or `bytes=-10`. `None` for other texts, which servers ignore, and
/// `Some(None)` for a range behind the end.
fn parse(text: &str, length: usize) -> Option<Option<(usize, usize)>> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1);
    if first.is_empty() {
        let count: usize = last.parse().ok()?;
        return Some(end.filter(|_| count > 0).map(|end| (length.saturating_sub(count), end)));
    }
    let first: usize = first.parse().ok()?;
    let last = if last.is_empty() { usize::MAX } else { last.parse().ok()? };
    if first > last {
        return None;
    }
    Some(end.filter(|end| first <= *end).map(|end| (first, last.min(end))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_http() {
        for (text, length, expected) in [
            ("bytes=0-9", 100, Some(Some((0, 9)))),
            ("bytes=90-", 100, Some(Some((90, 99)))),
            ("bytes=90-1000", 100, Some(Some((90, 99)))),
            ("bytes=-10", 100, Some(Some((90, 99)))),
            ("bytes=-1000", 100, Some(Some((0, 99)))),
            ("bytes=100-", 100, Some(None)),
            ("bytes=0-0", 0, Some(None)),
            ("bytes=-0", 100, Some(None)),
            ("bytes=5-4", 100, None),
            ("lines=1-2", 100, None),
            ("bytes=a-b", 100, None),
        ] {
            assert_eq!(parse(text, length), expected, "{text}");
        }
    }
}
