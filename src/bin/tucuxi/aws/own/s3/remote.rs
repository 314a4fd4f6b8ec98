//! Listings of objects.

use serde_json::{Map, Value, json};
use tucuxi::{CancelToken, Client, Pages};

use super::item::ListedFile;
use super::paths;
use crate::aws::error::{AwsError, AwsResult};

/// The parameters of requests for listings and for single objects.
#[derive(Debug, Clone, Default)]
pub(super) struct ListingParams {
    pub(super) list: Map<String, Value>,
    pub(super) head: Map<String, Value>,
    pub(super) page_size: Option<u32>,
}

/// The objects of a bucket whose keys begin with a prefix, page by page.
pub(super) struct RemoteObjects {
    bucket: String,
    /// The only path that is meant, if not all are.
    only: Option<String>,
    /// Whether empty objects whose keys end with a slash are listed, too.
    with_folders: bool,
    pages: Pages,
    page: std::vec::IntoIter<Value>,
}

impl RemoteObjects {
    /// `path` is `BUCKET/PREFIX`; if it is not `recursive`, only an object with exactly this path is listed.
    pub(super) fn list(
        client: &Client,
        path: &str,
        recursive: bool,
        with_folders: bool,
        params: &ListingParams,
        stop: &CancelToken,
    ) -> AwsResult<RemoteObjects> {
        let (bucket, prefix) = paths::bucket_and_key(path)?;
        let mut paginator = client.get_paginator("ListObjectsV2").map_err(AwsError::library)?.cancel(stop);
        if let Some(size) = params.page_size {
            paginator = paginator.page_size(size);
        }
        let mut request = params.list.clone();
        request.insert("Bucket".to_owned(), bucket.into());
        request.insert("Prefix".to_owned(), prefix.into());
        let pages = paginator.paginate(request);
        let only = (!recursive).then(|| path.to_owned());
        Ok(RemoteObjects { bucket: bucket.to_owned(), only, with_folders, pages, page: Vec::new().into_iter() })
    }

    /// The object, if it takes part.
    fn listed(&self, object: Value) -> AwsResult<Option<ListedFile>> {
        let key = object["Key"].as_str().unwrap_or_default();
        let path = format!("{}/{key}", self.bucket);
        let size = object["Size"].as_u64();
        let is_folder = size == Some(0) && path.ends_with('/');
        if is_folder && !self.with_folders || self.only.as_ref().is_some_and(|only| *only != path) {
            return Ok(None);
        }
        let modified = Some(modified(&object)?);
        Ok(Some(ListedFile { path, size, modified, object: Some(object) }))
    }
}

impl Iterator for RemoteObjects {
    type Item = AwsResult<ListedFile>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(object) = self.page.next() {
                match self.listed(object) {
                    Ok(None) => continue,
                    Ok(Some(listed)) => return Some(Ok(listed)),
                    Err(error) => return Some(Err(error)),
                }
            }
            match self.pages.next()? {
                Ok(mut page) => match page.get_mut("Contents").map(Value::take) {
                    Some(Value::Array(objects)) => self.page = objects.into_iter(),
                    _ => continue,
                },
                Err(error) => return Some(Err(AwsError::Library(error))),
            }
        }
    }
}

/// Asks for a single object.
pub(super) fn head(client: &Client, path: &str, params: &ListingParams, stop: &CancelToken) -> AwsResult<ListedFile> {
    let (bucket, key) = paths::bucket_and_key(path)?;
    let mut request = params.head.clone();
    request.insert("Bucket".to_owned(), bucket.into());
    request.insert("Key".to_owned(), key.into());
    let found = client.request("HeadObject").params(request).cancel(stop).send();
    let object = found.map_err(|error| missing_key(error, key))?.value;
    let size = object["ContentLength"].as_u64();
    Ok(ListedFile { path: path.to_owned(), size, modified: Some(modified(&object)?), object: Some(object) })
}

/// The text for a key that does not exist, which the store does not give in a response without a body.
fn missing_key(error: tucuxi::Error, key: &str) -> AwsError {
    match error.code() {
        Some("404") => AwsError::General(format!(
            "An error occurred (404) when calling the HeadObject operation: Key \"{key}\" does not exist"
        )),
        _ => AwsError::Library(error),
    }
}

/// When an object was modified, in microseconds since 1970.
fn modified(object: &Value) -> AwsResult<i64> {
    let text = object["LastModified"].as_str().unwrap_or_default();
    micros(text).ok_or_else(|| {
        let shown = json!(text);
        AwsError::General(format!("expected the time of the last modification of an object, found {shown}"))
    })
}

/// Reads `2015-01-02T03:54:56.123Z`.
fn micros(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = numbers(time, ':')?;
    let is_valid = (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_valid || hour > 23 || minute > 59 || second > 60 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    // The days of the Gregorian calendar, in years that begin with March.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut numbers = text.splitn(3, separator).map(|digits| match digits.len() {
        1..=4 if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    });
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_store_are_read_to_microseconds() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2015-01-02T03:54:56.123Z", Some(1_420_170_896_123_000)),
            ("2016-02-29T23:59:59.1234567Z", Some(1_456_790_399_123_456)),
            ("2000-03-01T00:00:00Z", Some(951_868_800_000_000)),
            ("1969-12-31T23:59:59Z", Some(-1_000_000)),
            ("2015-13-02T03:54:56Z", None),
            ("2015-01-02T03:54:56+01:00", None),
            ("", None),
        ] {
            assert_eq!(micros(text), expected, "{text}");
        }
    }
}
